/* Requirements: what must hold of the entity that a reference names, or that an operation is about.
 */
#include "model/contract_int.h"

static size_t load_values(struct loader *l, const struct str **out, struct json list)
{
    struct str *at = ARENA_ARRAY(l->a, json_count(list) + 1, struct str);
    size_t n = 0;
    for (struct json v = json_first(list); json_exists(v); v = json_next(v)) {
        struct buf text;
        buf_init(&text, l->a);
        json_put(&text, v);
        at[n++] = buf_str(&text);
    }
    *out = at;
    return n;
}

size_t load_requires(struct loader *l, const struct requirement **out, struct json all,
                     const struct operation *op)
{
    struct requirement *at = ARENA_ARRAY(l->a, json_count(all) + 1, struct requirement);
    size_t n = 0;
    for (struct json m = json_first(all); json_exists(m); m = json_next(m)) {
        struct requirement *r = &at[n++];
        r->rule = load_str(m, "rule", "R406");
        r->field = load_field(l, json_get(m, STR("field")));
        r->n_is = load_values(l, &r->is, json_get(m, STR("is")));
        r->is_filled = json_is_true(json_get(m, STR("filled")));
        r->case_name = load_case_name(l, json_get(m, STR("case")), "reference", op);
        r->says = load_str(m, "says", "");
        if (r->n_is == 0 && !r->is_filled) {
            load_bad(l, m,
                     "nothing is required: say \"is\" with the values that may stand there, or "
                     "\"filled\": true");
        }
    }
    *out = at;
    return n;
}

void load_refusals(struct loader *l, struct operation *op, struct json all)
{
    struct refusal *at = ARENA_ARRAY(l->a, json_count(all) + 1, struct refusal);
    bool is_asked = op->action == ACTION_CREATE || op->action == ACTION_REPLACE ||
                    op->action == ACTION_MERGE || op->action == ACTION_DELETE ||
                    op->action == ACTION_LINK_ADD || op->action == ACTION_LINK_CHANGE ||
                    op->action == ACTION_LINK_REPLACE || op->action == ACTION_LINK_REMOVE;
    for (struct json m = json_first(all); json_exists(m); m = json_next(m)) {
        struct refusal *r = &at[op->n_refusals++];
        load_template_rows(l, &r->when, json_get(m, STR("when")));
        r->case_name = load_case_name(l, json_get(m, STR("case")), "in_use", op);
    }
    op->refusals = at;
    if (op->n_refusals && !is_asked) {
        load_bad(l, all, "\"refuses\" is about writes: create, replace, merge, delete, link-…");
    }
}
