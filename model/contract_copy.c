/* Creates that copy another entity, and operations that assign entities to one. */
#include "model/contract_int.h"

void load_copy(struct loader *l, struct operation *op, struct json m)
{
    struct json links = json_get(m, STR("links"));
    const struct resource **at = ARENA_ARRAY(l->a, json_count(links) + 1, const struct resource *);
    if (!json_exists(m)) {
        return;
    }
    op->copy.from = load_field(l, json_get(m, STR("from")));
    op->copy.n_omit = load_words(l, &op->copy.omit, json_get(m, STR("omit")));
    op->copy.missing_case = load_case_name(l, json_get(m, STR("missing")), "reference", op);
    for (struct json v = json_first(links); json_exists(v); v = json_next(v)) {
        const struct resource *r = load_resource_named(l, v);
        at[op->copy.n_links++] = r;
        if (r && r->parent != op->resource) {
            load_bad(l, v, "\"%.*s\" are no links of what is created here", STR_ARG(r->name));
        }
    }
    op->copy.links = at;
    if (op->action != ACTION_CREATE) {
        load_bad(l, m, "\"copy\" is for the action \"create\"");
    }
}

void load_assign(struct loader *l, struct operation *op, struct json m)
{
    struct json kinds = json_get(m, STR("kinds"));
    struct assign_kind *at = ARENA_ARRAY(l->a, json_count(kinds) + 1, struct assign_kind);
    struct str param = load_str(m, "param", "");
    bool is_there = op->action != ACTION_ASSIGN;
    for (struct json v = json_first(kinds); json_exists(v); v = json_next(v)) {
        struct assign_kind *kind = &at[op->assign.n++];
        kind->word = json_key(v);
        kind->resource = load_resource_named(l, json_get(v, STR("resource")));
        kind->field = load_field(l, json_get(v, STR("field")));
        if (kind->field && kind->field->is_list) {
            load_bad(l, json_get(v, STR("field")), "an id cannot be assigned to a list");
        }
    }
    for (size_t i = 0; i < op->n_segments; i++) {
        is_there =
            is_there || (op->segments[i].is_parameter && str_eq(op->segments[i].text, param));
    }
    if (!is_there) {
        load_bad(l, m, "the path has no parameter \"%.*s\"", STR_ARG(param));
    }
    op->assign.kinds = at;
    op->assign.param = param;
    op->assign.missing_case = load_case_name(l, json_get(m, STR("missing")), "not_found", op);
}
