/* The graph of what uses what: types of objects, and the operations that look at it. */
#include "model/contract_int.h"

void load_graph_types(struct loader *l)
{
    struct json all = json_path(l->ext, STR("graph.types"));
    struct graph_type *at = ARENA_ARRAY(l->a, json_count(all) + 1, struct graph_type);
    for (struct json m = json_first(all); json_exists(m); m = json_next(m)) {
        struct graph_type *type = &at[l->c->n_graph_types++];
        struct json is = json_get(m, STR("is"));
        type->name = load_str(m, "type", "");
        type->resource = load_resource_named(l, json_get(m, STR("resource")));
        type->is_field = load_field(l, json_get(is, STR("field")));
        type->is_value = load_str(is, "value", "");
        type->version_field = load_field(l, json_get(m, STR("version")));
    }
    l->c->graph_types = at;
}

static enum graph_find find_of(struct str word)
{
    static const struct str words[] = {
        STR_INIT("consumers"), STR_INIT("consumed"), STR_INIT("object"), STR_INIT("all"),
        STR_INIT("deleted"),   STR_INIT("updated"),  STR_INIT("types")};
    size_t i = 0;
    while (i + 1 < sizeof words / sizeof *words && !str_eq(words[i], word)) {
        i++;
    }
    return (enum graph_find)i; /* the format's schema lets no other word through */
}

static void load_only(struct loader *l, struct graph_rule *g, struct json only)
{
    struct json fields = json_get(only, STR("fields"));
    struct str *words = ARENA_ARRAY(l->a, json_count(fields) + 1, struct str);
    g->only_fields = ARENA_ARRAY(l->a, json_count(fields) + 1, const struct field_path *);
    g->only = load_str(only, "query", "");
    for (struct json m = json_first(fields); json_exists(m); m = json_next(m)) {
        words[g->n_only] = json_key(m);
        g->only_fields[g->n_only++] = load_field(l, m);
    }
    g->only_words = words;
}

/* Every parameter named must be one of the operation's. */
static void check_names(struct loader *l, const struct operation *op, struct json source)
{
    struct str *known = ARENA_ARRAY(l->a, op->n_parameters + 1, struct str);
    for (size_t i = 0; i < op->n_parameters; i++) {
        known[i] = op->parameters[i].name;
    }
    for (struct json m = json_first(source); json_exists(m); m = json_next(m)) {
        struct str key = json_key(m);
        bool is_name =
            !str_eq(key, STR("find")) && !str_eq(key, STR("source")) && json_kind(m) == JSON_STRING;
        bool is_there = !is_name;
        for (size_t i = 0; i < op->n_parameters && is_name; i++) {
            is_there = is_there || str_eq(known[i], json_str(m));
        }
        if (!is_there) {
            load_unknown(l, m, "parameter", json_str(m), known, op->n_parameters);
        }
    }
}

void load_graph(struct loader *l, struct operation *op, struct json x)
{
    struct json source = json_get(x, STR("graph"));
    if (op->action != ACTION_GRAPH) {
        return;
    }
    struct graph_rule *g = ARENA_NEW(l->a, struct graph_rule);
    g->find = find_of(load_str(source, "find", ""));
    g->id = load_str(source, "id", "");
    g->type = load_str(source, "type", "");
    g->version = load_str(source, "version", "");
    g->name = load_str(source, "name", "");
    g->types = load_str(source, "types", "");
    g->consumed_types = load_str(source, "consumedTypes", "");
    g->consumer_types = load_str(source, "consumerTypes", "");
    g->with_consumed = load_str(source, "withConsumed", "");
    g->with_consumers = load_str(source, "withConsumers", "");
    load_only(l, g, json_get(source, STR("only")));
    load_template(l, &g->item, json_get(source, STR("item")));
    check_names(l, op, source);
    bool wants_one = g->find <= GRAPH_OBJECT;
    if (wants_one && (g->id.len == 0 || g->type.len == 0)) {
        load_bad(l, source, "this needs \"id\" and \"type\": the parameters that name the object");
    }
    if (op->paging && op->paging->style == PAGING_CURSOR) {
        load_bad(l, json_get(x, STR("paging")), "a graph is paged by numbers or offsets");
    }
    op->graph = g;
}
