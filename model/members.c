/* Which members a schema knows, as far as that can be told without running it: its own properties,
 * and those of all branches that it is put together from. A schema with properties is closed unless
 * one of its branches says otherwise. */
#include "model/contract.h"

enum { HOPS_MAX = 16, BRANCHES_MAX = 256 };

struct json contract_deref(const struct contract *c, struct json schema)
{
    struct json root = json_root(c->doc);
    for (int i = 0; i < HOPS_MAX; i++) {
        struct json ref = json_get(schema, STR("$ref"));
        if (json_kind(ref) != JSON_STRING || json_exists(json_get(schema, STR("properties")))) {
            break;
        }
        struct str target = json_str(ref);
        if (!str_starts(target, STR("#/"))) {
            break;
        }
        schema = json_pointer_find(root, str_slice(target, 1, target.len));
    }
    return schema;
}

struct walk {
    const struct contract *contract;
    struct str name;
    struct member_look *out;
    size_t left; /* branches that may still be looked at */
};

static void look(struct walk *w, struct json schema);

static void look_all(struct walk *w, struct json branches)
{
    for (struct json b = json_first(branches); json_exists(b); b = json_next(b)) {
        look(w, b);
    }
}

static void look(struct walk *w, struct json schema)
{
    static const struct str opening[] = {STR_INIT("additionalProperties"),
                                         STR_INIT("patternProperties"),
                                         STR_INIT("unevaluatedProperties")};
    if (w->left == 0) {
        w->out->is_open = true; /* it goes round, or is too much to say more about */
        return;
    }
    w->left--;
    schema = contract_deref(w->contract, schema);
    struct json properties = json_get(schema, STR("properties"));
    struct json member = json_get(properties, w->name);
    w->out->has_names = w->out->has_names || json_exists(properties);
    if (json_exists(member)) {
        bool is_read_only = json_is_true(json_get(member, STR("readOnly")));
        w->out->is_read_only = is_read_only && (w->out->n == 0 || w->out->is_read_only);
        w->out->member = member;
        w->out->n++;
    }
    for (size_t i = 0; i < sizeof opening / sizeof *opening; i++) {
        w->out->is_open = w->out->is_open || json_exists(json_get(schema, opening[i]));
    }
    look_all(w, json_get(schema, STR("allOf")));
    look_all(w, json_get(schema, STR("anyOf")));
    look_all(w, json_get(schema, STR("oneOf")));
    if (json_exists(json_get(schema, STR("if")))) {
        look(w, json_get(schema, STR("if")));
        look(w, json_get(schema, STR("then")));
        look(w, json_get(schema, STR("else")));
    }
}

struct member_look contract_member(const struct contract *c, struct json schema, struct str name)
{
    struct member_look out = {0};
    struct walk w = {.contract = c, .name = name, .out = &out, .left = BRANCHES_MAX};
    look(&w, schema);
    return out;
}
