/* Those who use a tenant's entities from outside: reports, CRM maps, and what the profile knows by its
 * Terraform type alone. */
#include "validator/graph_int.h"

/* Strings of a document may stand in its text, which is the tenant's. */
static struct str text_of(struct deps *g, struct json v)
{
    return str_copy(&g->arena, json_str_or(v, STR("")));
}

/* Names, once somebody uses one: the first of each, and the next of the same. */
static void index_names(struct deps *g)
{
    if (g->names) {
        return;
    }
    g->names = ARENA_ARRAY(&g->arena, g->contract->n_resources + 1, struct map);
    g->same_name = ARENA_ARRAY(&g->arena, g->n_nodes + 1, uint32_t);
    g->n_named = g->n_nodes;
    for (size_t i = g->n_nodes; i > 0; i--) {
        const struct deps_node *node = &g->nodes[i - 1];
        g->same_name[i - 1] = DEPS_NONE;
        if (!node->resource || !node->name.len || node->is_missing) {
            continue;
        }
        uint32_t *at = ARENA_NEW(&g->arena, uint32_t);
        *at = (uint32_t)(i - 1);
        const uint32_t *next = map_put(&g->names[node->resource->index], node->name, at);
        g->same_name[i - 1] = next ? *next : DEPS_NONE;
    }
}

/* Edges to all of that name: which of them is meant, only the name says. */
static void add_by_name(struct deps *g, const struct resource *to, struct str name,
                        struct deps_edge *edge)
{
    index_names(g);
    const uint32_t *first = map_get(&g->names[to->index], name);
    edge->is_by_name = true;
    if (!first) {
        edge->to = deps_target(g, to, name);
        g->nodes[edge->to].name = g->nodes[edge->to].id;
        deps_add_edge(g, edge);
        return;
    }
    for (uint32_t at = *first; at != DEPS_NONE; at = g->same_name[at]) {
        edge->to = at;
        deps_add_edge(g, edge);
    }
}

struct attribute_walk {
    struct deps *g;
    const struct terraform_reference *rule;
    uint32_t from;
};

static void take_attribute(struct str value, struct str place, void *ctx)
{
    struct attribute_walk *w = ctx;
    const struct terraform_reference *rule = w->rule;
    struct deps_edge edge = {.from = w->from,
                             .kind = edge_kind_named(rule->edge),
                             .pointer = str_copy(&w->g->arena, place)};
    for (size_t i = 0; i < rule->n_except; i++) {
        if (str_eq(rule->except[i], value)) {
            return;
        }
    }
    if (rule->by) {
        add_by_name(w->g, rule->to, value, &edge);
        return;
    }
    edge.to = deps_target(w->g, rule->to, value);
    deps_add_edge(w->g, &edge);
}

static void take_attributes(struct deps *g, const struct terraform_type *type, uint32_t from,
                            struct json attributes)
{
    struct attribute_walk w = {.g = g, .from = from};
    struct buf place = {0};
    for (size_t i = 0; i < type->n_references; i++) {
        w.rule = &type->references[i];
        deps_walk(w.rule->attribute, attributes, &place, take_attribute, &w);
    }
    buf_done(&place);
}

static void take_use(struct deps *g, uint32_t from, struct json use)
{
    struct str id = json_str_or(json_get(use, STR("id")), STR(""));
    struct str word = json_str_or(json_get(use, STR("edge")), STR("shows"));
    const struct resource *to =
        contract_resource(g->contract, json_str_or(json_get(use, STR("to")), STR("")));
    struct deps_edge edge = {.from = from, .kind = edge_kind_named(word)};
    edge.pointer = text_of(g, json_get(use, STR("at")));
    if (!to || edge.kind == EDGE_KIND_COUNT) {
        return; /* the tenant's loader lets none of these through */
    }
    if (id.len) {
        edge.to = deps_target(g, to, id);
        deps_add_edge(g, &edge);
        return;
    }
    add_by_name(g, to, json_str_or(json_get(use, STR("name")), STR("")), &edge);
}

void deps_external(struct deps *g, const struct tenant *t)
{
    struct str text = tenant_external(t);
    const struct json_doc *doc = NULL;
    if (!text.len || !json_parse(&doc, &g->arena, STR(""), text, NULL, NULL, NULL)) {
        return;
    }
    struct json all = json_root(doc);
    for (struct json v = json_first(all); json_exists(v); v = json_next(v)) {
        struct json attributes = json_get(v, STR("attributes")), uses = json_get(v, STR("uses"));
        struct str word = json_str_or(json_get(v, STR("type")), STR(""));
        const struct terraform_type *type = contract_terraform_type(g->contract, word);
        uint32_t from = deps_add_node(
            g, &(struct deps_node){.type = type ? type->title : str_copy(&g->arena, word),
                                   .id = text_of(g, json_get(v, STR("id"))),
                                   .name = text_of(g, json_get(v, STR("name")))});
        if (type && json_exists(attributes)) {
            take_attributes(g, type, from, attributes);
        }
        for (struct json use = json_first(uses); json_exists(use); use = json_next(use)) {
            take_use(g, from, use);
        }
    }
}
