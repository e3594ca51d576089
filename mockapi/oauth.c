/* The token endpoint (OAuth 2.0 client credentials, RFC 6749 4.4) and the end of a token. */
#include "mockapi/secret.h"
#include "mockapi/sessions.h"

struct credentials {
    struct str id, secret;
};

static bool read_basic(struct request *rq, struct credentials *out)
{
    struct str header = request_header(rq, STR("Authorization")), pair, id;
    if (!str_eq_fold(str_slice(header, 0, 6), STR("Basic ")) ||
        !base64_decode(&pair, rq->arena, str_trim(str_slice(header, 6, header.len)))) {
        return false;
    }
    if (str_find_char(pair, ':') == pair.len || !str_cut(&pair, ':', &id)) {
        return false;
    }
    *out = (struct credentials){id, pair.s ? pair : STR("")};
    return true;
}

static bool read_form(const struct query *form, struct credentials *out)
{
    struct str id = query_get(form, STR("client_id"));
    struct str secret = query_get(form, STR("client_secret"));
    if (!id.s || !secret.s) {
        return false;
    }
    *out = (struct credentials){id, secret};
    return true;
}

static bool is_form(const struct request *rq)
{
    struct str type = request_header(rq, STR("Content-Type"));
    type = str_trim(str_slice(type, 0, str_find_char(type, ';')));
    return str_eq_fold(type, STR("application/x-www-form-urlencoded"));
}

struct str oauth_named_client(struct request *rq)
{
    enum { FORM_BYTES_MAX = 16 << 10 };
    struct credentials given = {0};
    struct query form = {0};
    struct err err = {0};
    if (!str_eq(rq->method, STR("POST")) || rq->body_text.len > FORM_BYTES_MAX || !is_form(rq)) {
        return given.id;
    }
    if (!read_basic(rq, &given) && query_parse(&form, rq->arena, rq->body_text, &err)) {
        (void)read_form(&form, &given);
    }
    return given.id;
}

static bool is_word_of(const struct str *words, size_t n, struct str word)
{
    for (size_t i = 0; i < n; i++) {
        struct str w = words[i];
        if (str_eq(w, word) ||
            (str_ends(w, STR("*")) && str_starts(word, str_slice(w, 0, w.len - 1)))) {
            return true;
        }
    }
    return false;
}

/* The scopes that the token gets: those asked for, if the client has them all; else all that the
 * client has. */
static bool grant_scope(struct request *rq, const struct tenant_client *client, struct str asked)
{
    struct buf scope;
    struct str word;
    buf_init(&scope, rq->arena);
    if (rq->op->token.takes_scope && asked.len) {
        struct str rest = asked;
        while (rest.len && str_cut(&rest, ' ', &word)) {
            if (word.len && !is_word_of(client->scopes, client->n_scopes, word)) {
                return false;
            }
        }
        rq->token_scope = asked;
        return true;
    }
    if (rq->op->token.needs_scope) {
        return false;
    }
    for (size_t i = 0; i < client->n_scopes; i++) {
        if (i) {
            buf_put_char(&scope, ' ');
        }
        buf_put(&scope, client->scopes[i]);
    }
    rq->token_scope = buf_str(&scope);
    return true;
}

bool act_token(struct request *rq)
{
    const struct token_rule *rule = &rq->op->token;
    struct query form = {0};
    struct credentials given = {0};
    struct err err = {0};
    if (!is_form(rq) || !query_parse(&form, rq->arena, rq->body_text, &err)) {
        return reply_case(rq, STR("token.request"));
    }
    struct str grant = query_get(&form, STR("grant_type"));
    if (grant.len == 0) {
        return reply_case(rq, STR("token.request"));
    }
    if (!is_word_of(rule->grants, rule->n_grants, grant)) {
        return reply_case(rq, STR("token.grant"));
    }
    const struct tenant_client *client = NULL;
    if ((rule->takes_basic && read_basic(rq, &given)) ||
        (rule->takes_form && read_form(&form, &given))) {
        client = site_client(rq->site, rq->tenant, given.id);
    }
    if (!client || !secret_is_same(given.secret, client->secret)) {
        return reply_case(rq, STR("token.client"));
    }
    rq->bearer.client = client;
    if (!grant_scope(rq, client, query_get(&form, STR("scope")))) {
        return reply_case(rq, STR("token.scope"));
    }
    if (rule->per_minute_max &&
        !tokens_mint(rq->site->tokens, client->id, rule->per_minute_max, rq->now_us)) {
        return reply_case(rq, STR("token.rate"));
    }
    rq->token_lifetime_s = client->lifetime_s ? client->lifetime_s : rule->lifetime_s;
    rq->token_value = tokens_issue(rq->site->tokens, rq->arena, client->id, rq->token_scope,
                                   rq->token_lifetime_s, rq->now_us);
    return reply_success(rq, STR(""));
}

bool act_revoke(struct request *rq)
{
    tokens_revoke(rq->site->tokens, rq->bearer.value);
    return reply_success(rq, STR(""));
}
