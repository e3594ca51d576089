/* One connection's life in libmicrohttpd. Its record, arena and schema scratch stay with the
 * connection and are used again by every request on it.
 *
 *     access handler:   first call → note method and headers, say yes (answering here would cost
 * the keep-alive) further calls → take body bytes, up to the profile's limit, then only count them
 *                       last call → find the site, run the steps, queue the answer
 *
 * The answer's bytes stay in the arena until the next request begins, so nothing is copied for
 * sending. */
#include "mockapi/server.h"

#include "mockapi/admin.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

enum {
    CONNECTIONS_MAX = 1000,
    IDLE_TIMEOUT_S = 60,
    BODY_TIMEOUT_S = 60, /* for the whole of one body */
    HEADER_BYTES_MAX = 32 << 10,
    ADMIN_BODY_BYTES_MAX = 256 << 20,
    ARENA_CHUNK_BYTES = 16 << 10,
};
#define ADMIN_PATH STR("/__rehearse")

enum phase { PHASE_NEW, PHASE_BODY, PHASE_DELAYED };

struct connection {
    struct arena arena;
    struct schema_run *run;
    struct listener *listener;
    struct site *site; /* NULL: the admin API, or no site of that path */
    enum phase phase;
    int64_t started_us;
    size_t body_bytes_max;
    bool is_admin;
    struct buf body;
    struct request request;
};

static bool is_below(struct str path, struct str prefix)
{
    return str_starts(path, prefix) &&
           (path.len == prefix.len || path.s[prefix.len] == '/' || prefix.len == 0);
}

/* The site whose prefix the path has; the first one where none has. */
static void find_site(struct connection *c)
{
    struct request *rq = &c->request;
    const struct listener *l = c->listener;
    c->is_admin = is_below(rq->path, ADMIN_PATH);
    c->body_bytes_max = ADMIN_BODY_BYTES_MAX;
    c->site = NULL;
    for (size_t i = 0; !c->is_admin && !c->site && i < l->n_sites; i++) {
        if (is_below(rq->path, l->sites[i]->prefix)) {
            c->site = l->sites[i];
        }
    }
    if (c->site) {
        rq->prefix = c->site->prefix;
        rq->path = str_slice(rq->path, rq->prefix.len, rq->path.len);
    } else if (!c->is_admin) {
        c->site = l->sites[l->n_sites - 1];
    }
    if (c->site) {
        c->body_bytes_max = c->site->contract->body_bytes_max;
    }
}

/* Called with the request line: the raw URI, before libmicrohttpd takes it apart. */
static void *begin_request(void *cls, const char *uri, struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    struct connection *c = info ? info->socket_context : NULL;
    (void)cls;
    if (!c) {
        return NULL;
    }
    arena_reset(&c->arena);
    c->request = (struct request){.arena = &c->arena, .run = c->run, .each = SIZE_MAX};
    c->phase = PHASE_NEW;
    c->started_us = clock_monotonic_us();
    buf_init(&c->body, &c->arena);
    struct request *rq = &c->request;
    rq->uri = str_copy(&c->arena, str_of(uri));
    size_t end = str_find_char(rq->uri, '?');
    rq->path = str_slice(rq->uri, 0, end);
    rq->query_text = str_slice(rq->uri, end + 1, rq->uri.len);
    find_site(c);
    return c;
}

static enum MHD_Result take_header(void *cls, enum MHD_ValueKind kind, const char *name,
                                   const char *value)
{
    struct request *rq = cls;
    (void)kind;
    if (rq->n_headers < REQUEST_HEADERS_MAX) {
        rq->headers[rq->n_headers++] = (struct header){str_of(name), str_of(value)};
    }
    return MHD_YES;
}

/* Ends the connection with a reset, as a failing network would. */
static enum MHD_Result break_off(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    struct linger hard = {.l_onoff = 1, .l_linger = 0};
    if (info) {
        setsockopt(info->connect_fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    }
    return MHD_NO;
}

/* Half of the body, then an end that should not be there. */
static ssize_t half_body(void *cls, uint64_t at, char *out, size_t max)
{
    const struct reply *reply = cls;
    size_t half = reply->body.len / 2;
    if (at >= half) {
        return MHD_CONTENT_READER_END_WITH_ERROR;
    }
    size_t n = half - (size_t)at < max ? half - (size_t)at : max;
    memcpy(out, reply->body.s + at, n);
    return (ssize_t)n;
}

static enum MHD_Result send_reply(struct connection *c, struct MHD_Connection *connection)
{
    struct request *rq = &c->request;
    struct reply *reply = &rq->reply;
    enum fault_close close = rq->fault ? rq->fault->close : FAULT_CLOSE_NONE;
    if (close == FAULT_CLOSE_BEFORE || close == FAULT_CLOSE_AFTER || reply->status == 0) {
        return break_off(connection);
    }
    struct MHD_Response *response =
        close == FAULT_CLOSE_DURING && reply->body.len > 1
            ? MHD_create_response_from_callback(reply->body.len, 4096, half_body, reply, NULL)
            : MHD_create_response_from_buffer(reply->body.len, reply->body.s,
                                              MHD_RESPMEM_PERSISTENT);
    if (!response) {
        return MHD_NO;
    }
    if (reply->content_type.len) {
        MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE,
                                str_cstr(&c->arena, reply->content_type));
    }
    for (size_t i = 0; i < reply->n_headers; i++) {
        const char *value = str_cstr(&c->arena, reply->headers[i].value);
        if (value) {
            MHD_add_response_header(response, str_cstr(&c->arena, reply->headers[i].name), value);
        }
    }
    enum MHD_Result sent = MHD_queue_response(connection, (unsigned)reply->status, response);
    MHD_destroy_response(response);
    return sent;
}

static void handle(struct connection *c)
{
    struct request *rq = &c->request;
    const struct mock *mock = c->listener->mock;
    rq->body_text = buf_str(&c->body);
    if (c->is_admin) {
        findings_init(&rq->findings, rq->arena);
        admin_handle(mock->sites, mock->n_sites, mock->admin_token, rq);
        return;
    }
    site_begin(c->site, rq);
    site_handle(rq);
    site_end(rq, c->started_us);
    if (mock->log && mock->log->level >= LOG_DEBUG) {
        log_line(mock->log, LOG_DEBUG, "%.*s %.*s %d", STR_ARG(rq->method), STR_ARG(rq->uri),
                 rq->reply.status);
    }
}

static bool take_body(struct connection *c, const char *bytes, size_t n)
{
    if (c->body.len + n > c->body_bytes_max) {
        c->request.is_body_too_large = true;
        buf_clear(&c->body);
        c->body_bytes_max = 0; /* the rest is read and forgotten */
    } else {
        buf_put(&c->body, (struct str){bytes, n});
    }
    return clock_monotonic_us() - c->started_us < BODY_TIMEOUT_S * US_PER_S;
}

static enum MHD_Result answer(void *cls, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *upload_data,
                              size_t *upload_data_size, void **con_cls)
{
    struct connection *c = *con_cls;
    (void)cls;
    (void)url;
    (void)version;
    if (!c) {
        return MHD_NO;
    }
    if (c->phase == PHASE_NEW) {
        c->phase = PHASE_BODY;
        c->request.method = str_of(method);
        c->request.is_head = str_eq(c->request.method, STR("HEAD"));
        MHD_get_connection_values(connection, MHD_HEADER_KIND, take_header, &c->request);
        return MHD_YES;
    }
    if (*upload_data_size > 0) {
        bool is_in_time = take_body(c, upload_data, *upload_data_size);
        *upload_data_size = 0;
        return is_in_time ? MHD_YES : MHD_NO;
    }
    if (c->phase == PHASE_BODY) {
        if (!c->run) {
            c->run = schema_run_new();
            c->request.run = c->run;
        }
        handle(c);
        if (c->request.fault && c->request.fault->latency_ms > 0) {
            c->phase = PHASE_DELAYED;
            delays_add(c->listener->mock->delays, connection, c->request.fault->latency_ms);
            return MHD_YES;
        }
    }
    return send_reply(c, connection);
}

static void notify_connection(void *cls, struct MHD_Connection *connection, void **socket_context,
                              enum MHD_ConnectionNotificationCode code)
{
    (void)connection;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        struct connection *c = MEM_NEW(struct connection);
        c->listener = cls;
        arena_init(&c->arena, ARENA_CHUNK_BYTES, 0);
        *socket_context = c;
        return;
    }
    struct connection *c = *socket_context;
    if (c) {
        schema_run_free(c->run);
        arena_done(&c->arena);
        mem_free(c);
        *socket_context = NULL;
    }
}

/* libmicrohttpd's own complaints (a client that went away, mostly). */
PRINTF(2, 0) static void take_log(void *cls, const char *format, va_list args)
{
    struct log *log = cls;
    char line[300];
    if (log && log->level >= LOG_DEBUG) {
        vsnprintf(line, sizeof line, format, args);
        log_line(log, LOG_DEBUG, "http: %s", line);
    }
}

static bool make_address(struct sockaddr_in *out, const char *text, uint16_t port, struct err *err)
{
    *out = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(port)};
    if (inet_pton(AF_INET, text, &out->sin_addr) != 1) {
        return err_set(err, ERR_INPUT, "\"%s\" is no IPv4 address to listen on", text);
    }
    return true;
}

bool listener_start(struct listener *l, const char *address, uint16_t port, unsigned n_threads,
                    struct err *err)
{
    struct sockaddr_in at;
    if (!make_address(&at, address, port, err)) {
        return false;
    }
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG;
    struct MHD_OptionItem pool[] = {{MHD_OPTION_THREAD_POOL_SIZE, (intptr_t)n_threads, NULL},
                                    {MHD_OPTION_END, 0, NULL}};
    errno = 0;
    l->daemon = MHD_start_daemon(
        flags, 0, NULL, NULL, answer, l, MHD_OPTION_EXTERNAL_LOGGER, take_log, l->mock->log,
        MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&at, MHD_OPTION_CONNECTION_LIMIT,
        (unsigned)CONNECTIONS_MAX, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_TIMEOUT_S,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HEADER_BYTES_MAX, MHD_OPTION_URI_LOG_CALLBACK,
        begin_request, l, MHD_OPTION_NOTIFY_CONNECTION, notify_connection, l,
        MHD_OPTION_LISTENING_ADDRESS_REUSE, 1U, MHD_OPTION_ARRAY, n_threads > 1 ? pool : pool + 1,
        MHD_OPTION_END);
    if (!l->daemon) {
        int sys = errno;
        return sys ? err_sys(err, sys, "cannot listen on %s port %u", address, (unsigned)port)
                   : err_set(err, ERR_SYSTEM, "cannot listen on %s port %u", address,
                             (unsigned)port);
    }
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(l->daemon, MHD_DAEMON_INFO_BIND_PORT);
    l->port = info && info->port ? info->port : port;
    return true;
}

void listener_stop(struct listener *l)
{
    if (l->daemon) {
        MHD_stop_daemon(l->daemon);
        l->daemon = NULL;
    }
}
