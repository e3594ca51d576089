/* How this tenant's tokens are asked for, with the credentials that we have. */
#include "replay/client_int.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { SECRETS_BYTES_MAX = 1 << 16, LIFETIME_S = 3600, EARLY_PART = 5 };

static struct str of_environment(struct arena *a, const char *name)
{
    const char *value = getenv(name);
    return value ? str_copy(a, str_of(value)) : STR("");
}

bool client_secrets_read(struct client_secrets *out, struct arena *a, const char *path,
                         struct err *err)
{
    struct client_secrets s = {.id = of_environment(a, "REHEARSE_CLIENT_ID"),
                               .secret = of_environment(a, "REHEARSE_CLIENT_SECRET"),
                               .user = of_environment(a, "REHEARSE_USER"),
                               .password = of_environment(a, "REHEARSE_PASSWORD"),
                               .scope = of_environment(a, "REHEARSE_SCOPE")};
    struct stat st;
    struct str text;
    const struct json_doc *doc = NULL;
    if (path) {
        if (stat(path, &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & 077) != 0) {
            return err_set(err, ERR_INPUT,
                           "%s holds secrets and others may read it; chmod 600 it first", path);
        }
        if (!file_read(&text, a, path, SECRETS_BYTES_MAX, err) ||
            !json_parse(&doc, a, str_of(path), text, NULL, NULL, err)) {
            return false;
        }
        struct json root = json_root(doc);
        s.id = json_str_or(json_get(root, STR("clientId")), s.id);
        s.secret = json_str_or(json_get(root, STR("clientSecret")), s.secret);
        s.user = json_str_or(json_get(root, STR("user")), s.user);
        s.password = json_str_or(json_get(root, STR("password")), s.password);
        s.scope = json_str_or(json_get(root, STR("scope")), s.scope);
    }
    *out = s;
    return s.id.len || s.user.len ||
           err_set(err, ERR_INPUT,
                   "there are no credentials: set REHEARSE_CLIENT_ID and REHEARSE_CLIENT_SECRET, "
                   "or name a file with --credentials");
}

static const struct grant_rule *grant_of(const struct operation *op, enum grant grant,
                                         bool is_public)
{
    for (size_t i = 0; i < op->token.n_grants; i++) {
        if (op->token.grants[i].grant == grant && op->token.grants[i].is_public == is_public) {
            return &op->token.grants[i];
        }
    }
    return NULL;
}

static const struct grant_rule *find_grant(struct client *c, enum grant grant, bool is_public)
{
    for (size_t i = 0; i < c->contract->n_operations; i++) {
        const struct operation *op = &c->contract->operations[i];
        const struct grant_rule *g =
            op->action == ACTION_TOKEN ? grant_of(op, grant, is_public) : NULL;
        if (g) {
            c->token_op = op;
            return g;
        }
    }
    return NULL;
}

static void put_member(struct buf *out, bool is_json, struct str name, struct str value)
{
    if (!name.len || !value.len) {
        return;
    }
    if (is_json) {
        buf_put(out, out->len > 1 ? STR(",") : STR(""));
        buf_put_json_string(out, name);
        buf_put_char(out, ':');
        buf_put_json_string(out, value);
    } else {
        buf_put(out, out->len ? STR("&") : STR(""));
        uri_encode(out, name);
        buf_put_char(out, '=');
        uri_encode(out, value);
    }
}

static bool is_said(struct str so_far, struct str scope)
{
    struct str head;
    while (so_far.len && str_cut(&so_far, ' ', &head)) {
        if (str_eq(head, scope)) {
            return true;
        }
    }
    return false;
}

/* All that the profile's operations ask for. */
static struct str all_scopes(struct client *c)
{
    struct buf out;
    buf_init(&out, &c->arena);
    for (size_t i = 0; i < c->contract->n_operations; i++) {
        const struct operation *op = &c->contract->operations[i];
        for (size_t k = 0; k < op->n_scopes; k++) {
            if (!is_said(buf_str(&out), op->scopes[k])) {
                buf_put(&out, out.len ? STR(" ") : STR(""));
                buf_put(&out, op->scopes[k]);
            }
        }
    }
    return buf_str(&out);
}

static void make_request(struct client *c, const struct grant_rule *grant,
                         const struct client_secrets *s)
{
    const struct token_rule *t = &c->token_op->token;
    struct json ways = json_path(c->token_op->source, STR("x-rehearse.token.credentials"));
    bool is_json = t->body == TOKEN_BODY_JSON;
    bool is_basic =
        t->takes_basic &&
        (!t->takes_body || str_eq(json_str_or(json_first(ways), STR("")), STR("basic")));
    struct buf body;
    buf_init(&body, &c->arena);
    buf_put(&body, is_json ? STR("{") : STR(""));
    put_member(&body, is_json, t->words[WORD_GRANT], grant->name);
    if (grant->grant == GRANT_PASSWORD) {
        put_member(&body, is_json, t->words[WORD_USER], s->user);
        put_member(&body, is_json, t->words[WORD_PASSWORD], s->password);
    }
    if (!grant->is_public && !is_basic) {
        put_member(&body, is_json, t->words[WORD_CLIENT], s->id);
        put_member(&body, is_json, t->words[WORD_SECRET], s->secret);
    }
    if (t->takes_scope) {
        bool is_all = t->needs_scope && !s->scope.len;
        put_member(&body, is_json, t->words[WORD_SCOPE], is_all ? all_scopes(c) : s->scope);
    }
    buf_put(&body, is_json ? STR("}") : STR(""));
    if (is_basic && !grant->is_public) {
        struct buf basic;
        buf_init(&basic, &c->arena);
        buf_printf(&basic, "%.*s:%.*s", STR_ARG(s->id), STR_ARG(s->secret));
        c->basic = buf_str(&basic);
    }
    c->token_request = (struct client_request){.op = c->token_op,
                                               .path = client_path(&c->arena, c->token_op, NULL, 0),
                                               .method = str_cstr(&c->arena, c->token_op->method),
                                               .body = buf_str(&body),
                                               .may_repeat = true};
}

/* "api-{area}.example.com" and "api-na1.example.com". */
static bool fits_host(struct str pattern, struct str host, struct arena *a)
{
    struct buf glob;
    bool is_inside = false;
    buf_init(&glob, a);
    for (size_t i = 0; i < pattern.len; i++) {
        if (pattern.s[i] == '{') {
            is_inside = true;
            buf_put_char(&glob, '*');
        } else if (pattern.s[i] == '}') {
            is_inside = false;
        } else if (!is_inside) {
            buf_put_char(&glob, pattern.s[i]);
        }
    }
    return str_glob(buf_str(&glob), host);
}

/* Where the profile says that tokens for this host come from; hosts with variables are not guessed. */
static void find_token_base(struct client *c)
{
    struct uri u;
    const struct host_rule *h = c->contract->hosts;
    size_t n = c->contract->n_hosts, at = n;
    c->token_base = c->options.token_url.len ? c->options.token_url : c->options.url;
    if (c->options.token_url.len || !uri_parse(&u, c->options.url, NULL)) {
        return;
    }
    for (size_t i = 0; i < n && at == n; i++) {
        at = str_eq(h[i].role, STR("api")) && fits_host(h[i].host, u.host, &c->arena) ? i : n;
    }
    if (at == n) {
        return;
    }
    for (size_t k = 0; k < n; k++) {
        const struct host_rule *login = &h[(at + 1 + k) % n];
        if (str_eq(login->role, STR("login")) &&
            str_find_char(login->host, '{') == login->host.len) {
            struct buf base;
            buf_init(&base, &c->arena);
            buf_printf(&base, "https://%.*s", STR_ARG(login->host));
            c->token_base = buf_str(&base);
            return;
        }
    }
}

bool client_choose_token(struct client *c, struct err *err)
{
    struct client_secrets s = c->options.secrets;
    const struct grant_rule *grant = NULL;
    if (s.user.len) {
        grant = s.id.len ? find_grant(c, GRANT_PASSWORD, false) : NULL;
        grant = grant ? grant : find_grant(c, GRANT_PASSWORD, true);
    } else {
        grant = find_grant(c, GRANT_CLIENT, false);
        if (!grant) { /* keys that stand for a user and not for an application */
            s.user = s.id;
            s.password = s.secret;
            grant = find_grant(c, GRANT_PASSWORD, true);
        }
    }
    if (!grant) {
        return err_set(err, ERR_INPUT, "%.*s gives no token for such credentials",
                       STR_ARG(c->contract->name));
    }
    struct json reply = json_path(c->token_op->source, STR("x-rehearse.reply.body"));
    c->value_path = client_place(&c->arena, reply, STR("token.value"));
    c->lifetime_path = client_place(&c->arena, reply, STR("token.lifetime"));
    if (!c->value_path.s) {
        return err_set(err, ERR_INPUT, "%.*s does not say where a token's answer has the token",
                       STR_ARG(c->contract->name));
    }
    make_request(c, grant, &s);
    find_token_base(c);
    return true;
}

bool client_take_token(struct client *c, struct str text, struct err *err)
{
    struct arena a;
    const struct json_doc *doc = NULL;
    int64_t lifetime_s = LIFETIME_S, early_s = c->contract->client.early_s;
    arena_init(&a, 0, 0);
    bool is_json = json_parse(&doc, &a, STR("token"), text, NULL, NULL, NULL);
    struct json root = is_json ? json_root(doc) : (struct json){0};
    struct str value = json_str_or(json_path(root, c->value_path), STR(""));
    struct json lifetime =
        c->lifetime_path.s ? json_path(root, c->lifetime_path) : (struct json){0};
    if (json_kind(lifetime) == JSON_STRING) {
        lifetime_s =
            num_parse_i64(&lifetime_s, json_str(lifetime), 1, INT32_MAX) ? lifetime_s : LIFETIME_S;
    } else {
        lifetime_s = json_i64_or(lifetime, LIFETIME_S);
    }
    bool is_fit = value.len > 0;
    for (size_t i = 0; i < value.len && is_fit; i++) {
        is_fit = value.s[i] > ' ' && value.s[i] < 0x7f;
    }
    if (is_fit) {
        int64_t now_us = clock_monotonic_us(), life_us = lifetime_s * US_PER_S;
        int64_t early_us = early_s * US_PER_S;
        early_us = early_us < life_us / EARLY_PART ? early_us : life_us / EARLY_PART;
        buf_clear(&c->token.value);
        buf_put(&c->token.value, value);
        c->token.renew_us = now_us + life_us - early_us;
        c->token.generation++;
    }
    arena_done(&a);
    return is_fit || err_set(err, ERR_SYSTEM, "the token's answer has no token");
}

bool client_has_token(const struct client *c, int64_t now_us)
{
    return c->token.value.len > 0 && now_us < c->token.renew_us;
}
