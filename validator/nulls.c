/* Members that are null where their schema takes no null. */
#include "validator/validator_int.h"

/* True if the schema's type speaks of null, or of nothing. */
static bool takes_null(const struct contract *c, struct json schema)
{
    struct json type = json_get(contract_deref(c, schema), STR("type"));
    bool takes = !json_exists(type) || str_eq(json_str_or(type, STR("")), STR("null"));
    for (struct json t = json_first(type); json_exists(t); t = json_next(t)) {
        takes = takes || str_eq(json_str_or(t, STR("")), STR("null"));
    }
    return takes;
}

static bool put_without_nulls(struct buf *out, const struct contract *c, struct json schema,
                              struct json v)
{
    bool is_object = json_kind(v) == JSON_OBJECT, is_array = json_kind(v) == JSON_ARRAY,
         is_first = true, is_changed = false;
    if (!is_object && !is_array) {
        json_put(out, v);
        return false;
    }
    struct json items = json_get(contract_deref(c, schema), STR("items"));
    buf_put_char(out, is_object ? '{' : '[');
    for (struct json m = json_first(v); json_exists(m); m = json_next(m)) {
        struct member_look known = {.member = items};
        if (is_object) {
            known = contract_member(c, schema, json_key(m));
        }
        if (is_object && json_kind(m) == JSON_NULL && known.n && !takes_null(c, known.member)) {
            is_changed = true;
            continue;
        }
        buf_put(out, is_first ? STR("") : STR(","));
        is_first = false;
        if (is_object) {
            buf_put_json_string(out, json_key(m));
            buf_put_char(out, ':');
        }
        is_changed = put_without_nulls(out, c, known.member, m) || is_changed;
    }
    buf_put_char(out, is_object ? '}' : ']');
    return is_changed;
}

bool body_without_nulls(struct buf *out, const struct contract *c, const struct operation *op,
                        struct json body)
{
    return put_without_nulls(out, c, op->body_schema_source, body);
}
