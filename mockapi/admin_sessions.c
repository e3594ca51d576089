/* Sessions from outside: made, listed, dropped. Everything else that is asked of one goes below
 * /sessions/ID, as for a site. */
#include "mockapi/admin_int.h"

#include <assert.h>

enum { CLIENT_BYTES_MAX = 200, HOST_BYTES_MAX = 253, PORT_MAX = 65535 };

static bool is_name(struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        bool is_letter = s.s[i] >= 'a' && s.s[i] <= 'z', is_digit = s.s[i] >= '0' && s.s[i] <= '9';
        if (!is_letter && !is_digit && (s.s[i] != '-' || i == 0)) {
            return false;
        }
    }
    return s.len <= SESSION_NAME_BYTES_MAX;
}

/* What may be a host name; its port is not part of it. */
static bool is_host(struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if ((unsigned char)s.s[i] <= ' ' || (unsigned char)s.s[i] >= 0x7f || s.s[i] == ':' ||
            s.s[i] == '/') {
            return false;
        }
    }
    return s.len <= HOST_BYTES_MAX;
}

/* What may go through HTTP Basic (RFC 7617): no control characters, and no colon in an id. */
static bool is_credential(struct str s, bool is_id)
{
    for (size_t i = 0; i < s.len; i++) {
        if ((unsigned char)s.s[i] <= ' ' || (unsigned char)s.s[i] >= 0x7f ||
            (is_id && s.s[i] == ':')) {
            return false;
        }
    }
    return s.len <= CLIENT_BYTES_MAX;
}

static bool is_known_word(struct str word)
{
    static const struct str words[] = {STR_INIT("name"), STR_INIT("from"), STR_INIT("client"),
                                       STR_INIT("host"), STR_INIT("port"), STR_INIT("ttlS"),
                                       STR_INIT("idleS")};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (str_eq(word, words[i])) {
            return true;
        }
    }
    return false;
}

static bool refuse(struct admin_call *call, const char *what)
{
    admin_refuse(call, 422, "%s", what);
    return false;
}

static bool read_seconds(struct admin_call *call, struct str name, int64_t *out)
{
    struct json v = json_get(call->body, name);
    if (json_exists(v) && (!json_i64(v, out) || *out < 0 || *out > SESSION_S_MAX)) {
        admin_refuse(call, 422, "%.*s is a whole number of seconds, at most %d; 0: no end",
                     STR_ARG(name), SESSION_S_MAX);
        return false;
    }
    return true;
}

static bool read_text(struct json from, struct str name, struct str *out)
{
    struct json v = json_get(from, name);
    if (!json_exists(v)) {
        return true;
    }
    *out = json_str_or(v, STR(""));
    return json_kind(v) == JSON_STRING && out->len > 0;
}

static bool read_client(struct admin_call *call, struct session_wish *wish, struct str *out_like)
{
    struct json client = json_get(call->body, STR("client"));
    *out_like = json_str_or(client, STR(""));
    if (!json_exists(client) || json_kind(client) == JSON_STRING) {
        return true;
    }
    if (json_kind(client) != JSON_OBJECT || !read_text(client, STR("like"), out_like) ||
        !read_text(client, STR("id"), &wish->client_id) ||
        !read_text(client, STR("secret"), &wish->client_secret) ||
        !is_credential(wish->client_id, true) || !is_credential(wish->client_secret, false)) {
        return refuse(call,
                      "client is the id of a client of the tenant, whose rights the session's "
                      "own has, or {like, id, secret}: texts without blanks");
    }
    return true;
}

static bool read_wish(struct admin_call *call, struct session_wish *wish, struct str *out_like)
{
    struct json port = json_get(call->body, STR("port"));
    int64_t number = 0;
    for (struct json m = json_first(call->body); json_exists(m); m = json_next(m)) {
        if (!is_known_word(json_key(m))) {
            admin_refuse(call, 422,
                         "a session has no \"%.*s\"; it is name, from, client, host, port, ttlS, "
                         "idleS",
                         STR_ARG(str_slice(json_key(m), 0, 80)));
            return false;
        }
    }
    if (!read_text(call->body, STR("name"), &wish->name) || !is_name(wish->name)) {
        return refuse(call, "name is made of a-z, 0-9 and '-', which does not come first; at most "
                            "63 characters");
    }
    if (!read_text(call->body, STR("host"), &wish->host) || !is_host(wish->host)) {
        return refuse(call, "host is a host name without a port");
    }
    wish->has_port = json_exists(port);
    if (wish->has_port && (!json_i64(port, &number) || number < 0 || number > PORT_MAX)) {
        return refuse(call, "port is a number from 0 (any free one) to 65535");
    }
    wish->port = (uint16_t)number;
    return read_seconds(call, STR("ttlS"), &wish->ttl_s) &&
           read_seconds(call, STR("idleS"), &wish->idle_s) && read_client(call, wish, out_like);
}

/* The state that it starts from; NULL, refused, where there is none of that name. */
static struct tenant *start_state(struct admin_call *call)
{
    struct site *s = call->site;
    struct str from = json_str_or(json_get(call->body, STR("from")), STR("baseline"));
    struct tenant *start = NULL;
    bool is_now = str_eq(from, STR("state"));
    if (is_now || str_eq(from, STR("baseline"))) {
        (void)pthread_rwlock_rdlock(&s->tenant_lock);
        struct tenant *t = is_now ? s->tenant : s->baseline;
        tenant_lock_read(t);
        start = tenant_clone(t);
        tenant_unlock(t);
        (void)pthread_rwlock_unlock(&s->tenant_lock);
        return start;
    }
    start = snapshots_clone(s->snapshots, from);
    if (!start) {
        admin_refuse(call, 422,
                     "from is \"baseline\", \"state\" (as it is now) or the name of a kept state; "
                     "\"%.*s\" was not kept",
                     STR_ARG(str_slice(from, 0, 80)));
    }
    return start;
}

static void answer(struct admin_call *call, enum session_result result, struct site *made,
                   const struct err *err)
{
    switch (result) {
    case SESSION_MADE:
        session_put(admin_reply(call, 201), made, true);
        return;
    case SESSION_FULL:
        admin_refuse(call, 409, "there are %d sessions already: drop one with DELETE",
                     SESSIONS_MAX);
        return;
    case SESSION_TAKEN:
        admin_refuse(call, 409, "another session has this name, host or client id");
        return;
    case SESSION_NO_PORT:
        admin_refuse(call, 409, "%s", err->msg[0] ? err->msg : "the session was dropped meanwhile");
        return;
    }
    unreachable();
}

void admin_make_session(struct admin_call *call)
{
    struct session_wish wish = {.idle_s = SESSION_IDLE_DEFAULT_S};
    struct site *made = NULL;
    struct str like;
    struct err err = {0};
    if (!call->admin->sessions || call->site->session) {
        admin_refuse(call, 409, "sessions are made of a profile's own tenant, not of a session");
        return;
    }
    if (!json_exists(call->body)) {
        struct str empty = STR("{}");
        bool is_read =
            json_parse(&call->rq->body_doc, call->rq->arena, STR(""), empty, NULL, NULL, NULL);
        assert(is_read);
        call->body = json_root(call->rq->body_doc);
    }
    if (!read_wish(call, &wish, &like) || !(wish.tenant = start_state(call))) {
        return;
    }
    wish.like = like.len                               ? tenant_client_find(wish.tenant, like)
                : tenant_client_count(wish.tenant) > 0 ? tenant_client_at(wish.tenant, 0)
                                                       : NULL;
    if (!wish.like) {
        tenant_free(wish.tenant);
        admin_refuse(call, 422, "the tenant has no client \"%.*s\"",
                     STR_ARG(str_slice(like, 0, 80)));
        return;
    }
    enum session_result result =
        sessions_add(call->admin->sessions, &made, call->site, &wish, &err);
    answer(call, result, made, &err);
    site_free(made);
}

void admin_list_sessions(struct admin_call *call)
{
    struct buf *out = admin_reply(call, 200);
    buf_put(out, STR("{\"sessions\":"));
    if (call->admin->sessions) {
        sessions_put(out, call->admin->sessions);
    } else {
        buf_put(out, STR("[]"));
    }
    buf_put_char(out, '}');
}

static void refuse_unknown(struct admin_call *call)
{
    admin_refuse(call, 404, "there is no session \"%.*s\"; GET /__rehearse/sessions lists them",
                 STR_ARG(str_slice(call->name, 0, 80)));
}

void admin_get_session(struct admin_call *call)
{
    struct site *session =
        call->admin->sessions ? sessions_find(call->admin->sessions, call->name) : NULL;
    if (!session) {
        refuse_unknown(call);
        return;
    }
    session_put(admin_reply(call, 200), session, false);
    site_free(session);
}

void admin_drop_session(struct admin_call *call)
{
    if (!call->admin->sessions || !sessions_drop(call->admin->sessions, call->name)) {
        refuse_unknown(call);
        return;
    }
    struct buf *out = admin_reply(call, 200);
    buf_put_char(out, '{');
    admin_put_text(out, STR("dropped"), call->name);
    buf_put_char(out, '}');
}
