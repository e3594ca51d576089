/* A tenant becomes a graph: nodes first, then what they name, then the tables by either end. */
#include "validator/graph_int.h"

#include <string.h>

static uint32_t *kept(struct deps *g, uint32_t node)
{
    uint32_t *out = ARENA_NEW(&g->arena, uint32_t);
    *out = node;
    return out;
}

uint32_t deps_add_node(struct deps *g, const struct deps_node *node)
{
    enum { FIRST = 256 };
    if (g->n_nodes == g->nodes_cap) {
        g->nodes_cap = g->nodes_cap ? 2 * g->nodes_cap : FIRST;
        g->nodes = mem_resize(g->nodes, g->nodes_cap, sizeof *g->nodes);
    }
    uint32_t at = (uint32_t)g->n_nodes;
    g->nodes[g->n_nodes++] = *node;
    if (node->resource && node->id.len) {
        (void)map_put(&g->ids[node->resource->index], node->id, kept(g, at));
    }
    return at;
}

void deps_add_edge(struct deps *g, const struct deps_edge *edge)
{
    enum { FIRST = 1024 };
    if (g->n_edges == g->edges_cap) {
        g->edges_cap = g->edges_cap ? 2 * g->edges_cap : FIRST;
        g->edges = mem_resize(g->edges, g->edges_cap, sizeof *g->edges);
    }
    g->edges[g->n_edges++] = *edge;
}

uint32_t deps_find(const struct deps *g, const struct resource *r, struct str id)
{
    const uint32_t *at = map_get(&g->ids[r->index], id);
    return at ? *at : DEPS_NONE;
}

uint32_t deps_target(struct deps *g, const struct resource *r, struct str id)
{
    uint32_t at = deps_find(g, r, id);
    if (at != DEPS_NONE) {
        return at;
    }
    return deps_add_node(g, &(struct deps_node){.resource = r,
                                                .type = r->title,
                                                .id = str_copy(&g->arena, id),
                                                .name = STR(""),
                                                .is_missing = true});
}

/* --- nodes --- */

struct node_walk {
    struct deps *g;
    const struct resource *r;
};

static bool take_entity(const struct entity *e, void *ctx)
{
    struct node_walk *w = ctx;
    struct deps_node node = {.resource = w->r, .type = w->r->title, .name = STR("")};
    struct str quoted = w->r->name_field && !w->r->name_field->is_list
                            ? json_text_path(e->text, w->r->name_field->text)
                            : (struct str){0};
    if (quoted.len > 1 && quoted.s[0] == '"') {
        struct buf name;
        buf_init(&name, &w->g->arena);
        json_put_decoded(&name, str_slice(quoted, 1, quoted.len - 1));
        node.name = buf_str(&name);
    }
    node.id = str_copy(&w->g->arena, e->id);
    (void)deps_add_node(w->g, &node);
    return true;
}

/* --- edges --- */

struct place_walk {
    struct buf *place;
    void (*each)(struct str value, struct str place, void *ctx);
    void *ctx;
};

static void tell(const struct place_walk *w, struct str value)
{
    if (value.len) {
        w->each(value, buf_str(w->place), w->ctx);
    }
}

static void walk_from(const struct place_walk *w, const struct field_path *field, size_t part,
                      struct json v)
{
    size_t start = w->place->len;
    for (; part < field->n && field->parts[part].len; part++) {
        v = json_get(v, field->parts[part]);
        buf_put(w->place, w->place->len ? STR(".") : STR(""));
        buf_put(w->place, field->parts[part]);
    }
    if (part < field->n) {
        size_t i = 0, stem = w->place->len;
        for (struct json m = json_kind(v) == JSON_ARRAY ? json_first(v) : (struct json){0};
             json_exists(m); m = json_next(m)) {
            buf_printf(w->place, "[%zu]", i++);
            walk_from(w, field, part + 1, m); /* as deep as the path has lists */
            w->place->len = stem;
        }
    } else if (field->is_names) {
        size_t stem = w->place->len;
        for (struct json m = json_kind(v) == JSON_OBJECT ? json_first(v) : (struct json){0};
             json_exists(m); m = json_next(m)) {
            buf_put_char(w->place, '.');
            buf_put(w->place, json_key(m));
            tell(w, json_key(m));
            w->place->len = stem;
        }
    } else if (json_kind(v) == JSON_STRING || json_kind(v) == JSON_NUMBER) {
        tell(w, json_kind(v) == JSON_STRING ? json_str(v) : json_number_text(v));
    }
    w->place->len = start;
}

void deps_walk(const struct field_path *field, struct json v, struct buf *place,
               void (*each)(struct str value, struct str place, void *ctx), void *ctx)
{
    struct place_walk w = {place, each, ctx};
    walk_from(&w, field, 0, v);
}

struct edge_walk {
    struct deps *g;
    const struct tenant *t;
    const struct resource *r;
    const struct reference_rule *rule;
    uint32_t from;
    struct arena scratch; /* of the entity at hand */
    struct buf place;
};

static bool is_excepted(const struct reference_rule *rule, struct str value)
{
    for (size_t i = 0; i < rule->n_except; i++) {
        if (str_eq(rule->except[i], value)) {
            return true;
        }
    }
    return false;
}

static void take_reference(struct str value, struct str place, void *ctx)
{
    struct edge_walk *w = ctx;
    const struct reference_rule *rule = w->rule;
    struct deps *g = w->g;
    struct deps_edge edge = {.from = w->from, .kind = rule->edge, .rule = rule};
    if (is_excepted(rule, value)) {
        return;
    }
    const struct entity *e = rule->by ? tenant_find_by_rule(w->t, rule, value) : NULL;
    edge.to = deps_target(g, rule->to, e ? e->id : value);
    if (rule->by && !e) {
        g->nodes[edge.to].name = g->nodes[edge.to].id;
    }
    edge.is_by_name =
        rule->by && rule->to->name_field && str_eq(rule->by->text, rule->to->name_field->text);
    edge.is_mirror = rule->mirror && w->r->index < rule->to->index;
    edge.link = w->r->parent ? w->r : NULL;
    edge.pointer = edge.link ? w->r->title : str_copy(&g->arena, place);
    deps_add_edge(g, &edge);
}

static bool take_edges(const struct entity *e, void *ctx)
{
    struct edge_walk *w = ctx;
    struct arena_mark mark = arena_mark(&w->scratch);
    const struct json_doc *doc = NULL;
    const struct resource *r = w->r;
    if (!json_parse(&doc, &w->scratch, STR(""), e->text, NULL, NULL, NULL)) {
        arena_release(&w->scratch, mark);
        return true;
    }
    struct json root = json_root(doc);
    w->from = r->parent ? deps_find(w->g, r->parent, field_text(r->parent_field, root))
                        : deps_find(w->g, r, e->id);
    for (size_t i = 0; i < r->n_references && w->from != DEPS_NONE; i++) {
        w->rule = &r->references[i];
        bool is_owner = r->parent && str_eq(w->rule->field->text, r->parent_field->text);
        if (!is_owner) {
            buf_clear(&w->place);
            deps_walk(w->rule->field, root, &w->place, take_reference, w);
        }
    }
    arena_release(&w->scratch, mark);
    return true;
}

/* --- tables by either end --- */

/* Edges go where their `from` is, in the order in which they were found. */
static void sort_edges(struct deps *g)
{
    size_t *at = ARENA_ARRAY(&g->arena, g->n_nodes + 1, size_t);
    struct deps_edge *sorted = ARENA_ARRAY(&g->arena, g->n_edges + 1, struct deps_edge);
    g->out_from = ARENA_ARRAY(&g->arena, g->n_nodes + 1, size_t);
    for (size_t i = 0; i < g->n_edges; i++) {
        g->out_from[g->edges[i].from + 1]++;
    }
    for (size_t i = 0; i < g->n_nodes; i++) {
        g->out_from[i + 1] += g->out_from[i];
    }
    memcpy(at, g->out_from, (g->n_nodes + 1) * sizeof *at);
    for (size_t i = 0; i < g->n_edges; i++) {
        sorted[at[g->edges[i].from]++] = g->edges[i];
    }
    mem_free(g->edges);
    g->edges = sorted;
}

static void reverse_edges(struct deps *g)
{
    size_t *at = ARENA_ARRAY(&g->arena, g->n_nodes + 1, size_t);
    g->in_from = ARENA_ARRAY(&g->arena, g->n_nodes + 1, size_t);
    g->in = ARENA_ARRAY(&g->arena, g->n_edges + 1, struct deps_in);
    for (size_t i = 0; i < g->n_edges; i++) {
        g->in_from[g->edges[i].to + 1]++;
    }
    for (size_t i = 0; i < g->n_nodes; i++) {
        g->in_from[i + 1] += g->in_from[i];
    }
    memcpy(at, g->in_from, (g->n_nodes + 1) * sizeof *at);
    for (size_t i = 0; i < g->n_edges; i++) {
        g->in[at[g->edges[i].to]++] =
            (struct deps_in){g->edges[i].from, (uint32_t)i, g->edges[i].kind};
    }
}

static void settle(struct deps *g)
{
    struct deps_node *nodes = ARENA_ARRAY(&g->arena, g->n_nodes + 1, struct deps_node);
    if (g->n_nodes) {
        memcpy(nodes, g->nodes, g->n_nodes * sizeof *nodes);
    }
    mem_free(g->nodes);
    g->nodes = nodes;
    sort_edges(g);
    reverse_edges(g);
}

struct deps *deps_build(const struct tenant *t)
{
    struct deps *g = MEM_NEW(struct deps);
    const struct contract *c = tenant_contract(t);
    struct edge_walk edges = {.g = g, .t = t};
    arena_init(&g->arena, 1 << 16, 0);
    arena_init(&edges.scratch, 1 << 16, 0);
    g->contract = c;
    g->ids = ARENA_ARRAY(&g->arena, c->n_resources + 1, struct map);
    for (size_t i = 0; i < c->n_resources; i++) {
        struct node_walk nodes = {g, &c->resources[i]};
        if (!nodes.r->parent) {
            (void)tenant_each(t, nodes.r, take_entity, &nodes);
        }
    }
    for (size_t i = 0; i < c->n_resources; i++) {
        edges.r = &c->resources[i];
        if (edges.r->n_references) {
            (void)tenant_each(t, edges.r, take_edges, &edges);
        }
    }
    deps_external(g, t);
    settle(g);
    arena_done(&edges.scratch);
    buf_done(&edges.place);
    return g;
}

void deps_free(struct deps *g)
{
    if (g) {
        for (size_t i = 0; i < g->contract->n_resources; i++) {
            map_done(&g->ids[i]);
            if (g->names) {
                map_done(&g->names[i]);
            }
        }
        arena_done(&g->arena);
        mem_free(g);
    }
}
