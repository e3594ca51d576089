/* The way of an admin request: token, site, endpoint by the table, body, handler. Refusals are JSON
 * of our own: {"error": {"status", "message"}, "findings": […]}. */
#include "mockapi/admin.h"

#include "mockapi/admin_int.h"
#include "mockapi/coding.h"
#include "mockapi/secret.h"
#include "mockapi/store.h"

#include <stdarg.h>
#include <stdio.h>

#define ADMIN_ROOT STR("/__rehearse")
#define SITES_PART STR("/sites/")
#define SESSIONS_PART STR("/sessions/")
enum { ADMIN_BODY_DEPTH_MAX = 100, ADMIN_QUERY_MAX = 24, ADMIN_PATHS_MAX = 64 };

struct buf *admin_reply(struct admin_call *call, int status)
{
    struct reply *reply = &call->rq->reply;
    *reply = (struct reply){.status = status, .content_type = STR("application/json")};
    buf_init(&reply->body, call->rq->arena);
    reply_header(call->rq, STR("Cache-Control"), STR("no-store"));
    return &reply->body;
}

void admin_put_name(struct buf *out, struct str name)
{
    if (out->len && out->s[out->len - 1] != '{') {
        buf_put_char(out, ',');
    }
    buf_put_json_string(out, name);
    buf_put_char(out, ':');
}

void admin_put_text(struct buf *out, struct str name, struct str value)
{
    admin_put_name(out, name);
    buf_put_json_string(out, value);
}

void admin_put_number(struct buf *out, struct str name, int64_t value)
{
    admin_put_name(out, name);
    buf_put_i64(out, value);
}

void admin_put_date(struct buf *out, struct str name, int64_t at_us)
{
    admin_put_name(out, name);
    buf_put_char(out, '"');
    date_put(out, at_us, 3);
    buf_put_char(out, '"');
}

static struct buf *put_error(struct admin_call *call, int status, struct str message)
{
    struct buf *out = admin_reply(call, status);
    buf_put(out, STR("{\"error\":{"));
    admin_put_number(out, STR("status"), status);
    admin_put_text(out, STR("message"), message);
    buf_put_char(out, '}');
    return out;
}

void admin_refuse(struct admin_call *call, int status, const char *format, ...)
{
    char text[400];
    va_list args;
    va_start(args, format);
    int length = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    size_t room = sizeof text - 1;
    size_t n = length < 0 ? 0 : (size_t)length < room ? (size_t)length : room, bad = 0;
    if (!str_is_utf8((struct str){text, n}, &bad)) {
        n = bad; /* cut in the middle of a character */
    }
    buf_put_char(put_error(call, status, (struct str){text, n}), '}');
}

static void put_finding(struct buf *out, const struct finding *f)
{
    static const struct str words[] = {STR_INIT("note"), STR_INIT("warning"), STR_INIT("error")};
    buf_put_char(out, '{');
    admin_put_text(out, STR("rule"), f->rule);
    admin_put_text(out, STR("severity"), words[f->severity]);
    admin_put_text(out, STR("message"), f->message);
    admin_put_number(out, STR("line"), f->line);
    admin_put_number(out, STR("column"), f->column);
    admin_put_text(out, STR("pointer"), f->pointer);
    if (f->value.s) {
        admin_put_text(out, STR("value"), f->value);
    }
    if (f->expected.len) {
        admin_put_text(out, STR("expected"), f->expected);
    }
    if (f->hint.len) {
        admin_put_text(out, STR("hint"), f->hint);
    }
    buf_put_char(out, '}');
}

void admin_refuse_body(struct admin_call *call, const struct err *err)
{
    const struct findings *fs = &call->rq->findings;
    struct str message = fs->len ? fs->at[0].message : str_of(err->msg);
    struct buf *out = put_error(call, 422, message);
    admin_put_name(out, STR("findings"));
    buf_put_char(out, '[');
    for (size_t i = 0; i < fs->len; i++) {
        buf_put(out, i ? STR(",") : STR(""));
        put_finding(out, &fs->at[i]);
    }
    buf_put_char(out, ']');
    if (fs->dropped) {
        admin_put_number(out, STR("moreFindings"), (int64_t)fs->dropped);
    }
    buf_put_char(out, '}');
}

bool admin_number(struct admin_call *call, struct str name, int64_t max, int64_t *out)
{
    struct str text = query_get(&call->rq->query, name);
    if (!text.s || num_parse_i64(out, text, 0, max)) {
        return true;
    }
    admin_refuse(call, 400, "%.*s is a whole number from 0 to %lld", STR_ARG(name), (long long)max);
    return false;
}

bool admin_flag(const struct admin_call *call, struct str name)
{
    for (size_t i = 0; i < call->rq->query.n; i++) {
        const struct query_pair *p = &call->rq->query.pairs[i];
        if (str_eq(p->name, name)) {
            return p->value.len == 0 || str_eq(p->value, STR("true"));
        }
    }
    return false;
}

static struct str given_token(const struct request *rq)
{
    struct str token = request_header(rq, STR("X-Rehearse-Token"));
    struct str bearer = request_header(rq, STR("Authorization"));
    if (!token.s && str_eq_fold(str_slice(bearer, 0, 7), STR("Bearer "))) {
        token = str_trim(str_slice(bearer, 7, bearer.len));
    }
    return token;
}

/* The path below /__rehearse, and below a site where one is named. */
static struct str own_path(struct str path)
{
    return str_slice(path, ADMIN_ROOT.len, path.len);
}

/* An endpoint without secrets, that anybody may ask. */
static bool is_free(struct str path)
{
    for (size_t i = 0; i < admin_n_endpoints; i++) {
        if (admin_endpoints[i].is_free && str_eq(path, str_of(admin_endpoints[i].path))) {
            return true;
        }
    }
    return false;
}

bool admin_is_allowed(const struct admin *admin, const struct request *rq)
{
    if (is_free(own_path(rq->path))) {
        return true;
    }
    return (!rq->is_remote || admin->is_for_all) && admin->token.len > 0 &&
           secret_is_same(given_token(rq), admin->token);
}

/* "/sessions/ID/…": speaks to that session; "/sessions/ID" is an endpoint. */
static bool choose_session(struct admin_call *call, struct str *path)
{
    struct str rest = str_slice(*path, SESSIONS_PART.len, path->len);
    struct str id = str_slice(rest, 0, str_find_char(rest, '/'));
    if (id.len == rest.len) {
        return true;
    }
    *path = str_slice(rest, id.len, rest.len);
    call->held = call->admin->sessions ? sessions_find(call->admin->sessions, id) : NULL;
    call->site = call->held;
    if (!call->held) {
        admin_refuse(call, 404, "there is no session \"%.*s\"; GET /__rehearse/sessions lists them",
                     STR_ARG(str_slice(id, 0, 80)));
    }
    return call->held != NULL;
}

static bool choose_site(struct admin_call *call, struct str *path)
{
    const struct admin *admin = call->admin;
    struct str rest = *path, name;
    call->site = call->rq->site ? call->rq->site : admin->sites[0];
    if (str_starts(rest, SESSIONS_PART)) {
        return choose_session(call, path);
    }
    if (!str_starts(rest, SITES_PART)) {
        return true;
    }
    rest = str_slice(rest, SITES_PART.len, rest.len);
    name = str_slice(rest, 0, str_find_char(rest, '/'));
    *path = str_slice(rest, name.len, rest.len);
    for (size_t i = 0; i < admin->n_sites; i++) {
        if (str_eq(admin->sites[i]->name, name)) {
            call->site = admin->sites[i];
            return true;
        }
    }
    admin_refuse(call, 404, "there is no site \"%.*s\"; GET /__rehearse/sites lists them",
                 STR_ARG(str_slice(name, 0, 80)));
    return false;
}

/* True if `path` has the form of `pattern`, in which one part may be "{name}". */
static bool is_match(struct str pattern, struct str path, struct str *out_name)
{
    size_t open = str_find_char(pattern, '{');
    if (open == pattern.len) {
        return str_eq(pattern, path);
    }
    struct str head = str_slice(pattern, 0, open);
    struct str tail = str_slice(pattern, str_find_char(pattern, '}') + 1, pattern.len);
    if (!str_starts(path, head) || !str_ends(path, tail) || path.len <= head.len + tail.len) {
        return false;
    }
    *out_name = str_slice(path, head.len, path.len - tail.len);
    return str_find_char(*out_name, '/') == out_name->len;
}

static void refuse_path(struct admin_call *call, struct str path)
{
    struct str paths[ADMIN_PATHS_MAX];
    size_t n = 0;
    for (; n < admin_n_endpoints && n < ADMIN_PATHS_MAX; n++) {
        paths[n] = str_of(admin_endpoints[n].path);
    }
    size_t near = str_nearest(path, paths, n);
    if (near < n) {
        admin_refuse(call, 404,
                     "the server's own interface has no such path; did you mean /__rehearse%.*s?",
                     STR_ARG(paths[near]));
    } else {
        admin_refuse(call, 404,
                     "the server's own interface has no such path; GET /__rehearse/openapi lists "
                     "what there is");
    }
}

static const struct admin_endpoint *find_endpoint(struct admin_call *call, struct str path)
{
    struct str method = call->rq->is_head ? STR("GET") : call->rq->method;
    struct buf allow;
    buf_init(&allow, call->rq->arena);
    for (size_t i = 0; i < admin_n_endpoints; i++) {
        const struct admin_endpoint *e = &admin_endpoints[i];
        if (!is_match(str_of(e->path), path, &call->name)) {
            continue;
        }
        if (str_eq(method, str_of(e->method))) {
            return e;
        }
        buf_put(&allow, allow.len ? STR(", ") : STR(""));
        buf_put(&allow, str_of(e->method));
    }
    if (allow.len && str_eq(method, STR("OPTIONS"))) {
        call->rq->reply.status = 204;
        buf_put(&allow, STR(", OPTIONS"));
        reply_header(call->rq, STR("Allow"), buf_str(&allow));
    } else if (allow.len) {
        admin_refuse(call, 405, "this takes %.*s", STR_ARG(buf_str(&allow)));
        reply_header(call->rq, STR("Allow"), buf_str(&allow));
    } else {
        refuse_path(call, path);
    }
    return NULL;
}

/* A parameter misspelt would otherwise be a filter that lets everything through. False: refused. */
static bool check_query(struct admin_call *call, const struct admin_endpoint *e)
{
    struct str known[ADMIN_QUERY_MAX];
    size_t n = 0;
    for (const struct admin_parameter *p = e->query; p && p->name && n < ADMIN_QUERY_MAX; p++) {
        known[n++] = str_of(p->name);
    }
    for (size_t i = 0; i < call->rq->query.n; i++) {
        struct str name = call->rq->query.pairs[i].name;
        size_t k = 0;
        while (k < n && !str_eq(known[k], name)) {
            k++;
        }
        if (k < n) {
            continue;
        }
        size_t near = str_nearest(name, known, n);
        struct str hint = near < n ? known[near] : STR("");
        admin_refuse(call, 400, "there is no query parameter \"%.*s\" here%s%.*s%s",
                     STR_ARG(str_slice(name, 0, 80)), hint.len ? "; did you mean " : "",
                     STR_ARG(hint), hint.len ? "?" : "");
        return false;
    }
    return true;
}

static bool read_body(struct admin_call *call, const struct admin_endpoint *e)
{
    struct request *rq = call->rq;
    struct err err = {0};
    struct json_limits limits = {.max_depth = ADMIN_BODY_DEPTH_MAX};
    if (rq->is_body_too_large || rq->body_state == BODY_TOO_LARGE) {
        admin_refuse(call, 413, "the body is larger than this server takes");
        return false;
    }
    if (!e->body_schema || (e->is_body_optional && str_trim(rq->body_text).len == 0)) {
        return true;
    }
    if (!json_parse(&rq->body_doc, rq->arena, STR("body"), rq->body_text, &limits, &rq->findings,
                    &err)) {
        admin_refuse_body(call, &err);
        return false;
    }
    call->body = json_root(rq->body_doc);
    struct str schema = str_of(e->body_schema);
    bool takes_list = str_find(schema, STR("\"array\"")) < schema.len;
    if (json_kind(call->body) != JSON_OBJECT &&
        !(takes_list && json_kind(call->body) == JSON_ARRAY)) {
        admin_refuse(call, 422, "the body is to be a JSON object");
        return false;
    }
    return true;
}

/* Who asks, and what HTTP has against the way they do. False: refused. */
static bool check_request(struct admin_call *call)
{
    const struct request *rq = call->rq;
    if (rq->is_remote && !call->admin->is_for_all && !is_free(own_path(rq->path))) {
        admin_refuse(call, 403,
                     "the server's own interface is for its own machine; "
                     "serve --allow-remote-admin opens it to others");
    } else if (!admin_is_allowed(call->admin, rq)) {
        admin_refuse(call, 401,
                     "the server's own interface wants its token, which it printed at start and "
                     "wrote to its ready file: X-Rehearse-Token: TOKEN");
        reply_header(call->rq, STR("WWW-Authenticate"), STR("Bearer"));
    } else if (rq->framing_status) {
        admin_refuse(call, rq->framing_status, "%.*s", STR_ARG(rq->framing_text));
    } else if (rq->body_state == BODY_CORRUPT) {
        admin_refuse(call, 400, "the body is not what its Content-Encoding says");
    } else if (rq->body_state == BODY_CODING_OTHER) {
        admin_refuse(call, 415, "Content-Encoding is gzip or absent here");
    } else {
        return true;
    }
    return false;
}

static void handle(struct admin_call *call)
{
    struct request *rq = call->rq;
    struct str path = own_path(rq->path), name;
    struct err err = {0};
    if (!check_request(call)) {
        return;
    }
    const struct admin_endpoint *e = choose_site(call, &path) ? find_endpoint(call, path) : NULL;
    if (!e) {
        return;
    }
    if (!query_parse(&rq->query, rq->arena, rq->query_text, &err) ||
        !uri_decode(&name, rq->arena, call->name, &err)) {
        admin_refuse(call, 400, "%s", err.msg);
        return;
    }
    call->name = name;
    if (check_query(call, e) && read_body(call, e)) {
        e->handle(call);
    }
}

void admin_refuse_unstored(struct request *rq)
{
    struct admin_call call = {.rq = rq};
    admin_refuse(&call, 507,
                 "the state file could not be written: nothing was changed; the "
                 "server's log says why");
}


/* Tokens are stored too, and are not the tenant's: those that were made or revoked. */
static void wait_for_tokens(struct admin_call *call)
{
    struct site *s = call->site;
    if (s) {
        (void)pthread_rwlock_rdlock(&s->tenant_lock);
        site_wait(s, call->rq);
        (void)pthread_rwlock_unlock(&s->tenant_lock);
    }
}

bool admin_handle(const struct admin *admin, struct request *rq, int64_t waited_ms)
{
    struct admin_call call = {.admin = admin, .rq = rq, .waited_ms = waited_ms};
    findings_init(&rq->findings, rq->arena);
    handle(&call);
    if (!call.is_waiting) {
        wait_for_tokens(&call);
    }
    site_free(call.held);
    return !call.is_waiting;
}
