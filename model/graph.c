/* What uses what. Costs are those of the tenant's reverse map of references. */
#include "model/graph.h"

#include "model/tenant_int.h"

#include <stdlib.h>

static void add(struct graph_nodes *out, const struct graph_node *node)
{
    if (out->n == out->cap) {
        size_t cap = out->cap ? out->cap * 2 : 16;
        struct graph_node *at = ARENA_ARRAY(out->arena, cap, struct graph_node);
        for (size_t i = 0; i < out->n; i++) {
            at[i] = out->at[i];
        }
        out->at = at;
        out->cap = cap;
    }
    out->at[out->n++] = *node;
}

static int by_name(const void *a, const void *b)
{
    const struct graph_node *x = a, *y = b;
    int order = str_cmp(x->name, y->name);
    order = order ? order : str_cmp(x->type->name, y->type->name);
    return order ? order : str_cmp(x->id, y->id);
}

void graph_settle(struct graph_nodes *nodes)
{
    size_t n = 0;
    if (nodes->n) {
        qsort(nodes->at, nodes->n, sizeof *nodes->at, by_name);
    }
    for (size_t i = 0; i < nodes->n; i++) {
        if (n && by_name(&nodes->at[n - 1], &nodes->at[i]) == 0) {
            nodes->at[n - 1].is_newer = nodes->at[n - 1].is_newer || nodes->at[i].is_newer;
        } else {
            nodes->at[n++] = nodes->at[i];
        }
    }
    nodes->n = n;
}

const struct graph_type *graph_type(const struct contract *c, struct str name)
{
    for (size_t i = 0; i < c->n_graph_types; i++) {
        if (str_eq(c->graph_types[i].name, name)) {
            return &c->graph_types[i];
        }
    }
    return NULL;
}

bool graph_node(struct graph_node *out, struct arena *a, const struct contract *c,
                const struct resource *r, const struct entity *e)
{
    *out = (struct graph_node){.entity = e, .id = e->id};
    for (size_t i = 0; i < c->n_graph_types; i++) {
        const struct graph_type *type = &c->graph_types[i];
        if (type->resource != r) {
            continue;
        }
        if (!json_exists(out->value)) {
            out->value = entity_parse(a, e);
        }
        struct str is =
            type->is_field ? json_str_or(field_find(type->is_field, out->value), STR("")) : STR("");
        if (!type->is_field || str_eq(is, type->is_value)) {
            out->type = type;
            out->name = r->name_field ? json_str_or(field_find(r->name_field, out->value), STR(""))
                                      : STR("");
            return true;
        }
    }
    return false;
}

struct object_walk {
    struct graph_nodes *out;
    const struct tenant *t;
    const struct resource *r;
    const struct graph_type *type;
};

static bool take_object(const struct entity *e, void *ctx)
{
    struct object_walk *w = ctx;
    struct graph_node node;
    if (graph_node(&node, w->out->arena, w->t->contract, w->r, e) &&
        (!w->type || node.type == w->type)) {
        add(w->out, &node);
    }
    return true;
}

void graph_objects(struct graph_nodes *out, const struct tenant *t, const struct graph_type *type)
{
    const struct contract *c = t->contract;
    for (size_t i = 0; i < c->n_resources; i++) {
        struct object_walk w = {out, t, &c->resources[i], type};
        const struct table *table = t->tables[i];
        bool is_wanted = false;
        for (size_t k = 0; k < c->n_graph_types; k++) {
            is_wanted = is_wanted || (c->graph_types[k].resource == w.r &&
                                      (!type || type == &c->graph_types[k]));
        }
        if (is_wanted) {
            order_walk(&table->sortings[0], 0, table->ids.count, false, take_object, &w);
        }
    }
}

struct consumer_walk {
    struct graph_nodes *out;
    const struct tenant *t;
};

static bool take_consumer(const struct resource *from, const struct reference_rule *rule,
                          const struct entity *e, void *ctx)
{
    struct consumer_walk *w = ctx;
    struct graph_node node;
    if (!rule->consumes) {
        return true;
    }
    if (from->parent) {
        e = tenant_link_parent(w->t, from, e);
        from = from->parent;
    }
    if (e && graph_node(&node, w->out->arena, w->t->contract, from, e)) {
        add(w->out, &node);
    }
    return true;
}

void graph_consumers(struct graph_nodes *out, const struct tenant *t, const struct resource *r,
                     struct str id)
{
    struct consumer_walk w = {out, t};
    tenant_referrers(t, r, id, take_consumer, &w);
}

/* The references of one rule, one after the other, each with the object that it stands in. */
struct consumed_walk {
    struct graph_nodes *out;
    const struct tenant *t;
    const struct reference_rule *rule;
    const struct graph_node *of;
};

static void take_value(struct consumed_walk *w, struct str value, struct json owner)
{
    const struct resource *to = w->rule->to;
    const struct entity *target = tenant_find_by_rule(w->t, w->rule, value);
    struct graph_node node;
    if (target) {
        if (graph_node(&node, w->out->arena, w->t->contract, to, target)) {
            node.is_newer = target->changed_us > w->of->entity->changed_us;
            add(w->out, &node);
        }
        return;
    }
    for (size_t i = 0; i < w->t->contract->n_graph_types; i++) {
        const struct graph_type *type = &w->t->contract->graph_types[i];
        if (type->resource == to && !type->is_field) {
            struct str name = to->name_field
                                  ? json_str_or(json_get(owner, to->name_field->text), STR(""))
                                  : STR("");
            add(w->out, &(struct graph_node){.type = type, .id = value, .name = name});
        }
    }
}

static void take_owner(struct json owner, void *ctx)
{
    struct consumed_walk *w = ctx;
    const struct field_path *field = w->rule->field;
    struct str last = field->parts[field->n - 1];
    struct json v = last.len ? json_get(owner, last) : owner;
    if (field->is_names) {
        for (struct json m = json_first(v); json_exists(m); m = json_next(m)) {
            take_value(w, json_key(m), (struct json){0});
        }
    } else if (json_kind(v) == JSON_STRING && json_str(v).len) {
        take_value(w, json_str(v), owner);
    }
}

/* The links whose parent the node is. */
static void take_links(struct consumed_walk *w, const struct resource *links)
{
    struct page_request all = {
        .resource = links, .parent_id = w->of->id, .take = SIZE_MAX, .now_us = INT64_MAX};
    struct page page = {0};
    bool is_listed = tenant_page(&page, w->out->arena, w->t, &all);
    for (size_t i = 0; is_listed && i < page.n; i++) {
        struct json link = entity_parse(w->out->arena, page.at[i]);
        struct str id = json_str_or(field_find(w->rule->field, link), STR(""));
        if (id.len) {
            take_value(w, id, link);
        }
    }
}

void graph_consumed(struct graph_nodes *out, const struct tenant *t, const struct graph_node *of)
{
    const struct contract *c = t->contract;
    for (size_t i = 0; i < c->n_resources; i++) {
        const struct resource *r = &c->resources[i];
        bool is_own = r == of->type->resource, is_link = r->parent == of->type->resource;
        for (size_t k = 0; (is_own || is_link) && k < r->n_references; k++) {
            struct consumed_walk w = {out, t, &r->references[k], of};
            if (!w.rule->consumes) {
                continue;
            }
            if (is_link) {
                take_links(&w, r);
                continue;
            }
            struct field_path owners = *w.rule->field;
            owners.n--;
            owners.is_names = false;
            field_each(&owners, of->value, take_owner, &w);
        }
    }
}
