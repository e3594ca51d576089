/* What a profile tells clients: how to go about it, and what of its entities tells of people. */
#include "model/contract_int.h"

static const struct str kinds[] = {
#define X(name, text) [name] = STR_INIT(text),
    PERSONAL_KINDS(X)
#undef X
};

void load_client(struct loader *l)
{
    enum { TRIES = 5, CONFLICT_TRIES = 3, BACKOFF_MS = 500, EARLY_S = 60, SETTLE_MS = 4000 };
    struct json m = json_get(l->ext, STR("client"));
    l->c->client = (struct client_rule){
        .tries = (unsigned)json_i64_or(json_get(m, STR("tries")), TRIES),
        .conflict_tries = (unsigned)json_i64_or(json_get(m, STR("conflictTries")), CONFLICT_TRIES),
        .backoff_ms = json_i64_or(json_get(m, STR("backoffMs")), BACKOFF_MS),
        .early_s = json_i64_or(json_get(m, STR("earlyS")), EARLY_S),
        .settle_ms = json_i64_or(json_get(m, STR("settleMs")), SETTLE_MS)};
}

void load_personal(struct loader *l, struct resource *r, struct json all)
{
    struct personal_rule *at = ARENA_ARRAY(l->a, json_count(all) + 1, struct personal_rule);
    for (struct json m = json_first(all); json_exists(m); m = json_next(m)) {
        size_t kind = 0;
        while (kind < PERSONAL_COUNT && !str_eq(kinds[kind], json_str_or(m, STR("")))) {
            kind++;
        }
        if (kind == PERSONAL_COUNT) {
            load_unknown(l, m, "kind of personal data", json_str_or(m, STR("")), kinds,
                         PERSONAL_COUNT);
            continue;
        }
        const struct field_path *field = NULL;
        if (!field_compile(&field, l->a, json_key(m))) {
            load_bad(l, m, "this is no field path");
            continue;
        }
        struct member_look look = contract_member(l->c, r->schema, field->parts[0]);
        if (look.has_names && look.n == 0) {
            load_bad(l, m, "the schema of \"%.*s\" has no member \"%.*s\"", STR_ARG(r->name),
                     STR_ARG(field->parts[0]));
            continue;
        }
        at[r->n_personal++] = (struct personal_rule){field, (enum personal_kind)kind};
    }
    r->personal = at;
}
