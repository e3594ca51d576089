/* A listener that is no tenant: each request goes on to the real one, and both messages into journal files. A thread a
 * connection, since handing on waits for the other side. */
#include "mockapi/framing.h"
#include "mockapi/journal_file.h"
#include "mockapi/mockapi.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

enum {
    CONNECTIONS_MAX = 256,
    IDLE_S = 60,
    HEADERS_BYTES = 64 << 10,
    BODY_BYTES_MAX = 16 << 20,
    BAD_REQUEST = 400,
    BAD_GATEWAY = 502,
    TOO_LARGE = 413
};

struct relay {
    struct relay_options options;
    struct MHD_Daemon *daemon;
    struct journal *journal;
    struct journal_file *files[MOCK_JOURNALS_MAX];
    size_t n_files;
    uint16_t port;
    atomic_uint_fast64_t n_requests;
};

/* One request on its way; its arena holds all of it. */
struct passage {
    struct arena arena;
    struct request request;
    struct buf body;
    int64_t started_us;
    bool has_begun, is_too_large;
};

/* What belongs to one connection alone (RFC 9110 7.6.1), and what is made anew on the other one. */
static bool is_of_connection(struct str name)
{
    static const struct str names[] = {
        STR_INIT("Connection"),        STR_INIT("Keep-Alive"), STR_INIT("Proxy-Authenticate"),
        STR_INIT("Proxy-Connection"),  STR_INIT("TE"),         STR_INIT("Trailer"),
        STR_INIT("Transfer-Encoding"), STR_INIT("Upgrade"),    STR_INIT("Proxy-Authorization"),
        STR_INIT("Content-Length"),    STR_INIT("Host"),       STR_INIT("Expect"),
        STR_INIT("Accept-Encoding"),
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (str_eq_fold(name, names[i])) {
            return true;
        }
    }
    return false;
}

static void *begin(void *cls, const char *uri, struct MHD_Connection *connection)
{
    struct passage *p = MEM_NEW(struct passage);
    (void)cls;
    (void)connection;
    arena_init(&p->arena, 0, 0);
    request_clear(&p->request);
    p->request.arena = &p->arena;
    p->request.uri = str_copy(&p->arena, framing_path(str_of(uri)));
    size_t end = str_find_char(p->request.uri, '?');
    p->request.path = str_slice(p->request.uri, 0, end);
    p->request.query_text = str_slice(p->request.uri, end + 1, p->request.uri.len);
    p->started_us = clock_monotonic_us();
    buf_init(&p->body, &p->arena);
    return p;
}

static void end(void *cls, struct MHD_Connection *connection, void **passage,
                enum MHD_RequestTerminationCode how)
{
    struct passage *p = *passage;
    (void)cls;
    (void)connection;
    (void)how;
    if (p) {
        arena_done(&p->arena);
        mem_free(p);
        *passage = NULL;
    }
}

static enum MHD_Result take_header(void *cls, enum MHD_ValueKind kind, const char *name,
                                   const char *value)
{
    struct passage *p = cls;
    struct request *rq = &p->request;
    (void)kind;
    if (rq->n_headers < REQUEST_HEADERS_MAX) {
        rq->headers[rq->n_headers++] =
            (struct header){str_copy(&p->arena, str_of(name)), str_copy(&p->arena, str_of(value))};
    }
    return MHD_YES;
}

/* An answer of ours, not of the other side: it says so. */
static void answer_ourselves(struct request *rq, int status, const char *why)
{
    rq->reply.status = status;
    rq->reply.content_type = STR("text/plain; charset=utf-8");
    rq->reply.n_headers = 0;
    buf_clear(&rq->reply.body);
    buf_printf(&rq->reply.body, "rehearse: %s\n", why);
}

static void forward(struct relay *r, struct passage *p)
{
    struct request *rq = &p->request;
    struct relay_header *headers = ARENA_ARRAY(&p->arena, REQUEST_HEADERS_MAX, struct relay_header);
    struct relay_exchange x = {.arena = &p->arena,
                               .method = rq->method,
                               .uri = rq->uri,
                               .body = rq->body_text,
                               .headers = headers};
    struct err err = {0};
    for (size_t i = 0; i < rq->n_headers; i++) {
        if (!is_of_connection(rq->headers[i].name)) {
            headers[x.n_headers++] =
                (struct relay_header){rq->headers[i].name, rq->headers[i].value};
        }
    }
    buf_init(&x.answer, &p->arena);
    buf_init(&rq->reply.body, &p->arena);
    if (!r->options.forward(r->options.ctx, &x, &err)) {
        answer_ourselves(rq, x.status ? x.status : BAD_GATEWAY, err.msg);
        return;
    }
    rq->reply.status = x.status;
    rq->reply.body = x.answer;
    for (size_t i = 0; i < x.n_answer_headers; i++) {
        const struct relay_header *h = &x.answer_headers[i];
        if (str_eq_fold(h->name, STR("Content-Type"))) {
            rq->reply.content_type = h->value;
        } else if (!is_of_connection(h->name) && rq->reply.n_headers < REPLY_HEADERS_MAX) {
            rq->reply.headers[rq->reply.n_headers++] = (struct header){h->name, h->value};
        }
    }
}

static int64_t wall_us(void)
{
    struct timespec t = {0};
    (void)clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * US_PER_S + t.tv_nsec / 1000;
}

static enum MHD_Result send_reply(struct passage *p, struct MHD_Connection *connection)
{
    struct reply *reply = &p->request.reply;
    struct MHD_Response *response =
        MHD_create_response_from_buffer(reply->body.len, reply->body.s, MHD_RESPMEM_MUST_COPY);
    if (!response) {
        return MHD_NO;
    }
    if (reply->content_type.len) {
        MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE,
                                str_cstr(&p->arena, reply->content_type));
    }
    for (size_t i = 0; i < reply->n_headers; i++) {
        const char *name = str_cstr(&p->arena, reply->headers[i].name),
                   *value = str_cstr(&p->arena, reply->headers[i].value);
        if (name && value) {
            MHD_add_response_header(response, name, value);
        }
    }
    enum MHD_Result sent = MHD_queue_response(connection, (unsigned)reply->status, response);
    MHD_destroy_response(response);
    return sent;
}

static void pass_on(struct relay *r, struct passage *p)
{
    struct request *rq = &p->request;
    rq->body_text = buf_str(&p->body);
    rq->number = atomic_fetch_add(&r->n_requests, 1) + 1;
    rq->now_us = wall_us();
    rq->contract = r->options.contract;
    rq->op = contract_route(rq->contract, rq->method, rq->path).op;
    if (rq->path.len == 0 ||
        rq->path.s[0] != '/') { /* behind a host's name it would make another one */
        buf_init(&rq->reply.body, &p->arena);
        answer_ourselves(rq, BAD_REQUEST, "a request's target begins with /");
    } else if (p->is_too_large) {
        buf_init(&rq->reply.body, &p->arena);
        answer_ourselves(rq, TOO_LARGE, "bodies of more than 16 MiB are not recorded");
    } else {
        forward(r, p);
    }
    journal_add(r->journal, rq, clock_monotonic_us() - p->started_us);
    if (r->options.log) {
        log_line(r->options.log, LOG_DEBUG, "%.*s %.*s %d", STR_ARG(rq->method), STR_ARG(rq->path),
                 rq->reply.status);
    }
}

static enum MHD_Result answer(void *cls, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *bytes,
                              size_t *n_bytes, void **passage)
{
    struct relay *r = cls;
    struct passage *p = *passage;
    (void)url;
    (void)version;
    if (!p->has_begun) {
        p->has_begun = true;
        p->request.method = str_copy(&p->arena, str_of(method));
        (void)MHD_get_connection_values(connection, MHD_HEADER_KIND, take_header, p);
        return MHD_YES;
    }
    if (*n_bytes) {
        p->is_too_large = p->is_too_large || p->body.len + *n_bytes > BODY_BYTES_MAX;
        if (!p->is_too_large) {
            buf_put(&p->body, (struct str){bytes, *n_bytes});
        }
        *n_bytes = 0;
        return MHD_YES;
    }
    pass_on(r, p);
    return send_reply(p, connection);
}

static bool open_files(struct relay *r, struct err *err)
{
    const struct relay_options *o = &r->options;
    for (size_t i = 0; i < o->n_journals && i < MOCK_JOURNALS_MAX; i++) {
        const struct journal_file_options file = {
            .path = o->journals[i].path, .is_har = o->journals[i].is_har, .log = o->log};
        if (!journal_file_open(&r->files[i], &file, err)) {
            return false;
        }
        r->n_files++;
    }
    return true;
}

bool relay_start(struct relay **out, const struct relay_options *options, struct err *err)
{
    struct relay *r = MEM_NEW(struct relay);
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_port = htons(options->port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    r->options = *options;
    r->journal = journal_new(0);
    if (!open_files(r, err)) {
        relay_stop(r);
        return false;
    }
    journal_set_files(r->journal, r->files, r->n_files);
    r->daemon = MHD_start_daemon(
        MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION, 0, NULL, NULL, answer, r,
        MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&at, MHD_OPTION_CONNECTION_LIMIT,
        (unsigned)CONNECTIONS_MAX, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_S,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HEADERS_BYTES, MHD_OPTION_URI_LOG_CALLBACK,
        begin, r, MHD_OPTION_NOTIFY_COMPLETED, end, r, MHD_OPTION_END);
    const union MHD_DaemonInfo *info =
        r->daemon ? MHD_get_daemon_info(r->daemon, MHD_DAEMON_INFO_BIND_PORT) : NULL;
    if (!info) {
        relay_stop(r);
        return err_sys(err, errno, "cannot listen on 127.0.0.1 port %u", (unsigned)options->port);
    }
    r->port = info->port;
    *out = r;
    return true;
}

uint16_t relay_port(const struct relay *r)
{
    return r->port;
}

void relay_stop(struct relay *r)
{
    if (!r) {
        return;
    }
    if (r->daemon) {
        MHD_stop_daemon(r->daemon);
    }
    for (size_t i = 0; i < r->n_files; i++) {
        journal_file_close(r->files[i]);
    }
    journal_free(r->journal);
    mem_free(r);
}
