/* The token endpoint (OAuth 2.0, RFC 6749: client credentials, password, refresh token), the end of
 * a token, and whose a token is. Where the words of a request stand, and what they are called, says
 * the profile. */
#include "mockapi/secret.h"
#include "mockapi/sessions.h"

#include "mockapi/oauth_words.h"

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

static bool read_body(const struct request *rq, const struct query *words, struct credentials *out)
{
    const struct token_rule *rule = &rq->op->token;
    struct str id = query_get(words, rule->words[WORD_CLIENT]);
    struct str secret = query_get(words, rule->words[WORD_SECRET]);
    if (!rule->takes_body || !id.s || !secret.s) {
        return false;
    }
    *out = (struct credentials){id, secret};
    return true;
}

size_t oauth_named(struct request *rq, struct str *out, size_t max)
{
    struct credentials given = {0};
    struct query words = {0};
    size_t n = 0;
    if (read_basic(rq, &given) && n < max) {
        out[n++] = given.id;
    }
    if (!oauth_any_words(rq, &words)) {
        return n;
    }
    for (size_t i = 0; i < words.n && n < max; i++) {
        out[n++] = words.pairs[i].value;
    }
    return n;
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

static bool is_of_kinds(const struct token_rule *rule, const struct tenant_client *client)
{
    for (size_t i = 0; i < rule->n_kinds; i++) {
        if (str_eq(rule->kinds[i], client->kind)) {
            return true;
        }
    }
    return false;
}

/* A token request on its way. */
struct ask {
    struct request *rq;
    const struct token_rule *rule;
    const struct grant_rule *grant;
    struct query words;
    const struct tenant_client *app, *subject; /* NULL: none */
    struct str scope;                          /* of the token that is renewed */
    struct str audience;
    uint64_t chain;
};

/* The application that asks; false: replied. */
static bool find_app(struct ask *ask)
{
    struct request *rq = ask->rq;
    struct credentials given = {0};
    bool is_shown =
        (ask->rule->takes_basic && read_basic(rq, &given)) || read_body(rq, &ask->words, &given);
    struct str header = request_header(rq, STR("Authorization"));
    bool tried = str_eq_fold(str_slice(header, 0, 6), STR("Basic "));
    if (!is_shown && !tried && ask->grant->is_public) {
        return true;
    }
    const struct tenant_client *app = is_shown ? site_client(rq->site, rq->tenant, given.id) : NULL;
    if (!app || app->kind.len || !secret_is_same(given.secret, app->secret)) {
        return reply_case(rq, STR("token.client"));
    }
    ask->app = app;
    ask->audience = app->id;
    return true;
}

/* Who signs in with a name and a secret of his own; false: replied. */
static bool find_user(struct ask *ask)
{
    struct request *rq = ask->rq;
    struct str name = query_get(&ask->words, ask->rule->words[WORD_USER]);
    struct str secret = query_get(&ask->words, ask->rule->words[WORD_PASSWORD]);
    if (!name.s || !secret.s) {
        return reply_case(rq, STR("token.request"));
    }
    const struct tenant_client *user = site_client(rq->site, rq->tenant, name);
    if (!user || !is_of_kinds(ask->rule, user) || !secret_is_same(secret, user->secret)) {
        return reply_case(rq, STR("token.key"));
    }
    ask->subject = user;
    return true;
}

/* Whose token is renewed; false: replied. A token that was renewed already is in strange hands: all
 * of its chain end (RFC 9700 4.14.2). */
static bool find_renewed(struct ask *ask)
{
    struct request *rq = ask->rq;
    struct token_grant old = {0};
    struct str text = query_get(&ask->words, ask->rule->words[WORD_REFRESH]);
    if (!text.s) {
        return reply_case(rq, STR("token.request"));
    }
    enum token_state state = tokens_look_up(rq->site->tokens, &old, rq->arena, TOKEN_REFRESH, text,
                                            ask->rule->rotates, rq->now_us);
    if (state == TOKEN_REVOKED) {
        tokens_revoke_chain(rq->site->tokens, old.chain);
    }
    bool is_good = state == TOKEN_GOOD;
    ask->subject = is_good ? site_client(rq->site, rq->tenant, old.client_id) : NULL;
    if (!ask->subject || (ask->app && old.audience.len && !str_eq(ask->app->id, old.audience))) {
        return reply_case(rq, STR("token.refresh"));
    }
    ask->scope = old.scope;
    ask->audience = old.audience;
    ask->chain = old.chain;
    return true;
}

/* The access token's text: drawn, or signed where the profile has claims. */
static struct str make_text(struct request *rq)
{
    const struct template *claims = rq->contract->claims;
    struct template_source source = request_source(rq);
    struct buf payload, text;
    if (!claims) {
        return rq->token_id;
    }
    buf_init(&payload, rq->arena);
    buf_init(&text, rq->arena);
    template_put(&payload, claims, &source);
    signer_put_token(&text, rq->site->signer, buf_str(&payload));
    return buf_str(&text);
}

static void issue(struct ask *ask)
{
    struct request *rq = ask->rq;
    struct tokens *tokens = rq->site->tokens;
    const struct tenant_client *c = ask->subject;
    struct bearer *b = &rq->bearer;
    if (!ask->chain && (ask->rule->refresh_lifetime_s || rq->contract->identity_claims)) {
        ask->chain = tokens_chain(tokens);
    }
    rq->token_lifetime_s = c->lifetime_s ? c->lifetime_s : ask->rule->lifetime_s;
    b->audience = ask->audience;
    b->chain = ask->chain;
    b->issued_us = rq->now_us;
    b->expires_us = tokens_end_us(rq->now_us, rq->token_lifetime_s);
    rq->token_id = tokens_draw(tokens, rq->arena);
    struct token_grant grant = {
        .kind = TOKEN_ACCESS,
        .chain = ask->chain,
        .text = make_text(rq),
        .client_id = c->id,
        .scope = rq->token_scope,
        .audience = ask->audience,
        .lifetime_s = rq->token_lifetime_s,
    };
    rq->token_value = grant.text;
    tokens_keep(tokens, &grant, rq->now_us);
    if (ask->rule->refresh_lifetime_s) {
        grant.kind = TOKEN_REFRESH;
        grant.text = rq->token_refresh = tokens_draw(tokens, rq->arena);
        grant.lifetime_s = rq->token_refresh_lifetime_s = ask->rule->refresh_lifetime_s;
        tokens_keep(tokens, &grant, rq->now_us);
    }
}

struct str oauth_mint(struct request *rq, struct site *s, struct token_grant *grant, int64_t now_us)
{
    struct request *own = ARENA_NEW(rq->arena, struct request);
    own->arena = rq->arena;
    own->site = s;
    own->contract = s->contract;
    own->each = SIZE_MAX;
    own->now_us = now_us;
    own->is_tls = rq->is_tls;
    for (; own->n_headers < rq->n_headers; own->n_headers++) {
        own->headers[own->n_headers] = rq->headers[own->n_headers];
    }
    own->token_id = tokens_draw(s->tokens, rq->arena);
    own->token_scope = grant->scope;
    own->token_lifetime_s = grant->lifetime_s;
    own->bearer = (struct bearer){.audience = STR(""),
                                  .issued_us = now_us,
                                  .expires_us = tokens_end_us(now_us, grant->lifetime_s)};
    pthread_rwlock_rdlock(&s->tenant_lock);
    own->tenant = s->tenant;
    own->bearer.client = site_client(s, s->tenant, grant->client_id);
    grant->text = make_text(own);
    pthread_rwlock_unlock(&s->tenant_lock);
    tokens_keep(s->tokens, grant, now_us);
    return grant->text;
}

struct str oauth_identity(struct request *rq)
{
    const struct template *claims = rq->contract->identity_claims;
    struct template_source source = request_source(rq);
    struct buf payload, text;
    if (rq->token_identity.s || !claims || !rq->token_value.s) {
        return rq->token_identity;
    }
    buf_init(&payload, rq->arena);
    buf_init(&text, rq->arena);
    template_put(&payload, claims, &source);
    signer_put_token(&text, rq->site->signer, buf_str(&payload));
    rq->token_identity = buf_str(&text);
    struct token_grant grant = {
        .kind = TOKEN_IDENTITY,
        .chain = rq->bearer.chain,
        .text = rq->token_identity,
        .client_id = rq->bearer.client->id,
        .scope = rq->token_scope,
        .audience = rq->bearer.audience,
        .lifetime_s = rq->token_lifetime_s,
    };
    tokens_keep(rq->site->tokens, &grant, rq->now_us);
    return rq->token_identity;
}

bool oauth_put_keys(struct buf *out, struct request *rq)
{
    signer_put_keys(out, rq->site->signer);
    return true;
}

static const struct grant_rule *find_grant(const struct token_rule *rule, struct str name)
{
    for (size_t i = 0; i < rule->n_grants; i++) {
        if (str_eq(rule->grants[i].name, name)) {
            return &rule->grants[i];
        }
    }
    return NULL;
}

/* Application and subject; false: replied. */
static bool find_both(struct ask *ask)
{
    if (!find_app(ask)) {
        return false;
    }
    switch (ask->grant->grant) {
    case GRANT_CLIENT:
        ask->subject = ask->app;
        return ask->subject || reply_case(ask->rq, STR("token.client"));
    case GRANT_PASSWORD:
        return find_user(ask);
    case GRANT_REFRESH:
        return find_renewed(ask);
    case GRANT_COUNT:
        break;
    }
    unreachable();
}

bool act_token(struct request *rq)
{
    const struct token_rule *rule = &rq->op->token;
    struct ask ask = {.rq = rq, .rule = rule, .audience = STR("")};
    if (!oauth_words(rq, &ask.words)) {
        return reply_case(rq, STR("token.request"));
    }
    struct str name = query_get(&ask.words, rule->words[WORD_GRANT]);
    name = name.len ? name : rule->always;
    if (name.len == 0) {
        return reply_case(rq, STR("token.request"));
    }
    ask.grant = find_grant(rule, name);
    if (!ask.grant) {
        return reply_case(rq, STR("token.grant"));
    }
    if (!find_both(&ask)) {
        return false;
    }
    if (!ask.subject) {
        unreachable(); /* find_both found it */
    }
    rq->bearer.client = ask.subject;
    struct str scope = query_get(&ask.words, rule->words[WORD_SCOPE]);
    if (!grant_scope(rq, ask.subject, scope.len ? scope : ask.scope)) {
        return reply_case(rq, STR("token.scope"));
    }
    if (rule->per_minute_max &&
        !tokens_mint(rq->site->tokens, ask.subject->id, rule->per_minute_max, rq->now_us)) {
        return reply_case(rq, STR("token.rate"));
    }
    issue(&ask);
    return reply_success(rq, STR(""));
}

/* The token that the request is about: in its body or its query. */
static struct str named_token(struct request *rq)
{
    struct query words = {0};
    struct str name = rq->op->token.words[WORD_TOKEN];
    struct str text = query_get(&rq->query, name);
    if (!text.s && rq->body_text.len && oauth_words(rq, &words)) {
        text = query_get(&words, name);
    }
    return text;
}

bool act_revoke(struct request *rq)
{
    static const enum token_kind kinds[] = {TOKEN_ACCESS, TOKEN_REFRESH, TOKEN_IDENTITY};
    struct tokens *tokens = rq->site->tokens;
    struct str text = rq->op->needs_token ? rq->bearer.value : named_token(rq);
    for (size_t i = 0; text.s && i < sizeof kinds / sizeof *kinds; i++) {
        struct token_grant found = {0};
        if (tokens_look_up(tokens, &found, rq->arena, kinds[i], text, false, rq->now_us) !=
            TOKEN_UNKNOWN) {
            tokens_revoke(tokens, text);
            tokens_revoke_chain(tokens, found.chain);
        }
    }
    return reply_success(rq, STR(""));
}

bool act_introspect(struct request *rq)
{
    struct str text = named_token(rq), client_id = {0};
    struct str header = request_header(rq, STR("Authorization"));
    if (!text.s && str_eq_fold(str_slice(header, 0, 7), STR("Bearer "))) {
        text = str_trim(str_slice(header, 7, header.len));
    }
    if (!text.s) {
        return reply_case(rq, STR("auth.missing"));
    }
    switch (tokens_find(rq->site->tokens, &rq->bearer, &client_id, rq->arena, text, rq->now_us)) {
    case TOKEN_UNKNOWN:
        return reply_case(rq, STR("auth.unknown"));
    case TOKEN_EXPIRED:
        return reply_case(rq, STR("auth.expired"));
    case TOKEN_REVOKED:
        return reply_case(rq, STR("auth.revoked"));
    case TOKEN_GOOD:
        break;
    }
    rq->bearer.client = site_client(rq->site, rq->tenant, client_id);
    return rq->bearer.client ? reply_success(rq, STR("")) : reply_case(rq, STR("auth.unknown"));
}
