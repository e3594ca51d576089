/* How tokens are asked for: the `token` member of an operation. */
#include "model/contract_int.h"

static const struct str grant_names[] = {
    [GRANT_CLIENT] = STR_INIT("client_credentials"),
    [GRANT_PASSWORD] = STR_INIT("password"),
    [GRANT_REFRESH] = STR_INIT("refresh_token"),
};

/* The words of profiles, and what stands for them where a profile names nothing (RFC 6749). */
static const struct {
    const char *word, *otherwise;
} words[] = {
    [WORD_GRANT] = {"grant", "grant_type"},      [WORD_CLIENT] = {"client", "client_id"},
    [WORD_SECRET] = {"secret", "client_secret"}, [WORD_USER] = {"user", "username"},
    [WORD_PASSWORD] = {"password", "password"},  [WORD_REFRESH] = {"refresh", "refresh_token"},
    [WORD_SCOPE] = {"scope", "scope"},           [WORD_TOKEN] = {"token", "token"},
};

static enum grant grant_of(struct str name)
{
    size_t i = 0;
    for (; i < GRANT_COUNT && !str_eq(grant_names[i], name); i++) {
    }
    return (enum grant)i;
}

static bool is_listed(struct json list, struct str word)
{
    for (struct json m = json_first(list); json_exists(m); m = json_next(m)) {
        if (str_eq(json_str_or(m, STR("")), word)) {
            return true;
        }
    }
    return false;
}

static bool has_grant(const struct token_rule *t, struct str name)
{
    for (size_t i = 0; i < t->n_grants; i++) {
        if (str_eq(t->grants[i].name, name)) {
            return true;
        }
    }
    return false;
}

static void load_grants(struct loader *l, struct token_rule *out, struct json t)
{
    struct json all = json_get(t, STR("grants")), without = json_get(t, STR("public"));
    struct grant_rule *at = ARENA_ARRAY(l->a, json_count(all) + 1, struct grant_rule);
    for (struct json m = json_first(all); json_exists(m); m = json_next(m)) {
        struct str name = json_str_or(m, load_str(m, "name", ""));
        struct str as = json_kind(m) == JSON_STRING ? name : load_str(m, "as", "");
        enum grant grant = grant_of(as);
        if (grant == GRANT_COUNT) {
            load_unknown(l, m, "grant", as, grant_names, GRANT_COUNT);
            continue;
        }
        at[out->n_grants++] = (struct grant_rule){name, grant, is_listed(without, name)};
    }
    out->grants = at;
    out->always = load_str(t, "always", "");
    for (struct json m = json_first(without); json_exists(m); m = json_next(m)) {
        if (!has_grant(out, json_str_or(m, STR("")))) {
            load_bad(l, m, "this is none of the grants");
        }
    }
    if (out->always.len && !has_grant(out, out->always)) {
        load_bad(l, json_get(t, STR("always")), "this is none of the grants");
    }
}

void load_token(struct loader *l, struct token_rule *out, struct json t)
{
    struct json ways = json_get(t, STR("credentials")), names = json_get(t, STR("names"));
    struct str body = load_str(t, "body", "form"), scope = load_str(t, "scope", "ignored");
    load_grants(l, out, t);
    out->takes_basic = is_listed(ways, STR("basic"));
    out->takes_body = is_listed(ways, STR("form")) || is_listed(ways, STR("json"));
    out->body = str_eq(body, STR("json"))  ? TOKEN_BODY_JSON
                : str_eq(body, STR("any")) ? TOKEN_BODY_ANY
                                           : TOKEN_BODY_FORM;
    for (size_t i = 0; i < WORD_COUNT; i++) {
        out->words[i] = load_str(names, words[i].word, words[i].otherwise);
    }
    out->n_kinds = load_words(l, &out->kinds, json_get(t, STR("kinds")));
    out->lifetime_s = json_i64_or(json_get(t, STR("lifetimeS")), 3600);
    out->refresh_lifetime_s = json_i64_or(json_get(t, STR("refreshS")), 0);
    out->rotates = json_is_true(json_get(t, STR("rotates")));
    out->needs_scope = str_eq(scope, STR("required"));
    out->takes_scope = out->needs_scope || str_eq(scope, STR("optional"));
    out->per_minute_max = json_i64_or(json_get(t, STR("perMinute")), 0);
}
