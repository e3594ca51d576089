/* One connection's life in libmicrohttpd. Its record, arena and schema scratch stay with the
 * connection and are used again by every request on it. The access handler is called
 *
 *     first    with method and headers: notes them and says yes. Answering here would cost the
 *              keep-alive, so only bodies that are refused unread (Expect) are answered here.
 *     then     with pieces of the body: takes them up to the limit, then only counts them
 *     at last  to answer: finds the site, runs the steps, queues the answer. Where that is to come
 *              later (latency, a wait for the journal) the connection sleeps, no thread does, and
 *              the handler is called once more.
 *
 * The answer's bytes stay in the arena until the next request begins, so nothing is copied for
 * sending. */
#include "mockapi/server.h"

#include "mockapi/coding.h"
#include "mockapi/connection.h"
#include "mockapi/framing.h"
#include "mockapi/sink.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    CONNECTIONS_MAX = 20000, /* or as many as there may be open files, but for */
    FILES_KEPT = 64,
    FILES_FEW = 128,
    CONNECTIONS_MANY = 256,      /* beyond that an idle one gives its memory back */
    URI_BYTES_MAX = 8 << 10,     /* as servers in front of APIs allow */
    IDLE_TIMEOUT_S = 60,         /* unless the options say otherwise */
    FIRST_TIMEOUT_S = 10,        /* silence before the first request is complete */
    BODY_TIMEOUT_S = 60,         /* for the whole of one body */
    HEADER_BYTES_MAX = 16 << 10, /* zeroed by libmicrohttpd for each request: no larger */
    LIST_POLL_MS = 25,           /* between looks at a list that had nothing to give */
    ARENA_CHUNK_BYTES = 32 << 10,
};
static void drop_session(struct connection *c)
{
    site_free(c->held);
    c->held = NULL;
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
    drop_session(c);
    arena_reset(&c->arena);
    request_clear(&c->request);
    c->request.arena = &c->arena;
    c->request.run = c->run;
    c->request.each = SIZE_MAX;
    c->request.wait = &c->wait;
    c->is_late = false;
    c->phase = PHASE_NEW;
    c->started_us = clock_monotonic_us();
    buf_init(&c->body, &c->arena);
    struct request *rq = &c->request;
    rq->is_tls = c->listener->is_tls;
    rq->connection = c->number;
    rq->has_bad_certificate = c->has_bad_certificate;
    rq->uri = str_copy(&c->arena, framing_path(str_of(uri)));
    if (rq->uri.len > URI_BYTES_MAX) {
        framing_refuse(rq, MHD_HTTP_URI_TOO_LONG, STR("The URI is too long."));
    }
    size_t end = str_find_char(rq->uri, '?');
    rq->path = str_slice(rq->uri, 0, end);
    rq->query_text = str_slice(rq->uri, end + 1, rq->uri.len);
    connection_find_site(c);
    return c;
}

static enum MHD_Result take_header(void *cls, enum MHD_ValueKind kind, const char *name,
                                   const char *value)
{
    struct request *rq = cls;
    (void)kind;
    if (rq->n_headers < REQUEST_HEADERS_MAX) {
        rq->headers[rq->n_headers++] = (struct header){str_of(name), str_of(value)};
    } else {
        framing_refuse(rq, MHD_HTTP_REQUEST_HEADER_FIELDS_TOO_LARGE,
                       STR("There are too many header fields."));
    }
    return MHD_YES;
}

static void handle_admin(struct connection *c)
{
    struct request *rq = &c->request;
    struct arena_mark mark = arena_mark(rq->arena);
    int64_t waited_ms = (clock_monotonic_us() - c->started_us) / US_PER_MS;
    bool is_done = admin_handle(&c->listener->mock->admin, rq, waited_ms);
    c->phase = is_done ? PHASE_ANSWERED : PHASE_WAITING;
    if (!is_done) {
        arena_release(rq->arena, mark); /* it will be asked many times */
    }
}

/* Strangers get little patience: libmicrohttpd may not see that one went away in the middle of its
 * first words. Who has said something whole may keep the connection. */
static unsigned first_timeout_s(unsigned idle_s)
{
    return idle_s < FIRST_TIMEOUT_S ? idle_s : FIRST_TIMEOUT_S;
}

/* A list that had nothing to give. */
static void poll_again(struct connection *c)
{
    struct request *rq = &c->request;
    struct arena_mark mark = arena_mark(rq->arena);
    site_poll(rq);
    if (rq->is_polling) {
        site_pause(rq);
        arena_release(rq->arena, mark); /* it will be asked many times */
        return;
    }
    c->phase = PHASE_ANSWERED;
    site_end(rq, c->started_us);
}

static void handle(struct connection *c)
{
    struct request *rq = &c->request;
    const struct mock *mock = c->listener->mock;
    if (c->phase != PHASE_WAITING) {
        struct str coding = request_header(rq, STR("Content-Encoding"));
        rq->body_text = buf_str(&c->body);
        if (coding.s && !rq->is_body_too_large) {
            rq->body_state = (int)coding_undo(&rq->body_text, rq->arena, coding, c->body_bytes_max);
        }
    }
    if (c->is_admin) {
        handle_admin(c);
        return;
    }
    if (c->is_sink) {
        sink_take(mock->admin.sink, rq, clock_now_us(&mock->admin.sites[0]->clock));
        c->phase = PHASE_ANSWERED;
        return;
    }
    if (c->phase == PHASE_WAITING) {
        poll_again(c);
        return;
    }
    c->phase = PHASE_ANSWERED;
    if (!c->held && !c->listener->session) {
        c->held = sessions_by_client(mock->sessions, c->site, rq);
        c->site = c->held ? c->held : c->site;
    }
    server_tell_arrival(c->listener->mock, c->site, rq);
    site_begin(c->site, rq);
    site_handle(rq);
    if (rq->is_polling) {
        c->phase = PHASE_WAITING;
        site_pause(rq);
        return;
    }
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

/* The answer may go out once all that it was made from is stored. True: it has to wait. */
static bool is_unstored(struct connection *c, struct MHD_Connection *connection)
{
    struct request *rq = &c->request;
    enum store_state state = rq->store ? store_sleep(rq->store, &c->wait, connection) : STORE_DONE;
    if (state != STORE_PENDING && rq->store && c->is_admin) {
        rq->store = NULL;
        if (state == STORE_FAILED) {
            admin_refuse_unstored(rq);
        }
    } else if (state != STORE_PENDING && rq->store) {
        site_note(rq, c->started_us, state == STORE_DONE);
    }
    return state == STORE_PENDING;
}

static enum MHD_Result finish(struct connection *c, struct MHD_Connection *connection)
{
    struct delays *delays = c->listener->delays;
    if (is_unstored(c, connection)) {
        return MHD_YES;
    }
    if (c->is_late) {
        c->is_late = false;
        if (delays_add(delays, connection, c->request.fault->latency_ms)) {
            return MHD_YES;
        }
    }
    enum MHD_Result sent = connection_send(c, connection);
    drop_session(c); /* nothing of the reply is the session's any more */
    return sent;
}

/* Runs the request; sends the answer, or lets the connection sleep until it is time to. */
static enum MHD_Result go_on(struct connection *c, struct MHD_Connection *connection)
{
    if (!c->is_proven) {
        c->is_proven = true;
        (void)MHD_set_connection_option(connection, MHD_CONNECTION_OPTION_TIMEOUT,
                                        c->listener->idle_timeout_s);
    }
    if (c->phase != PHASE_ANSWERED) {
        c->run = c->run ? c->run : schema_run_new();
        c->request.run = c->run;
        handle(c);
        c->is_late = c->request.fault && c->request.fault->latency_ms > 0;
    }
    if (c->phase == PHASE_WAITING) {
        int64_t ms = c->is_admin ? ADMIN_POLL_MS : LIST_POLL_MS;
        return delays_add(c->listener->delays, connection, ms) ? MHD_YES : MHD_NO;
    }
    return finish(c, connection);
}

/* A body that will be refused anyhow is not asked for: RFC 9110 10.1.1. */
static bool is_refused_unread(const struct connection *c)
{
    struct str length = request_header(&c->request, STR("Content-Length"));
    uint64_t n = 0;
    return request_header(&c->request, STR("Expect")).s &&
           num_parse_u64(&n, length, 0, UINT64_MAX) && n > c->body_bytes_max;
}

static bool is_remote(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    return !info || !framing_is_local(info->client_addr);
}

static enum MHD_Result begin_answer(struct connection *c, struct MHD_Connection *connection,
                                    const char *method, const char *version)
{
    struct request *rq = &c->request;
    c->phase = PHASE_BODY;
    rq->method = str_of(method);
    rq->is_head = str_eq(rq->method, STR("HEAD"));
    MHD_get_connection_values(connection, MHD_HEADER_KIND, take_header, rq);
    connection_choose(c);
    rq->is_remote = c->is_admin && is_remote(connection);
    if (c->is_admin && !admin_is_allowed(&c->listener->mock->admin, rq)) {
        c->body_bytes_max = 0;
    }
    bool is_ended = framing_check(rq, str_of(version));
    if (!server_takes_host(c->listener->mock, request_header(rq, STR("Host")), false)) {
        framing_refuse(rq, MHD_HTTP_MISDIRECTED_REQUEST, STR("This host is not part of the run."));
    }
    if (!is_ended && is_refused_unread(c)) {
        rq->is_body_too_large = is_ended = true;
    }
    return is_ended ? go_on(c, connection) : MHD_YES;
}

/* The answer is sent. Where there are many connections, one that is idle keeps no memory: an arena's
 * chunk and the scratch of schemas, three quarters of what it costs. */
static void complete(void *cls, struct MHD_Connection *connection, void **con_cls,
                     enum MHD_RequestTerminationCode code)
{
    struct connection *c = *con_cls;
    const struct listener *l = cls;
    (void)connection;
    (void)code;
    if (c &&
        atomic_load_explicit(&l->mock->traffic.open, memory_order_relaxed) > CONNECTIONS_MANY) {
        drop_session(c);
        schema_run_free(c->run);
        c->run = NULL;
        arena_done(&c->arena);
    }
}

static enum MHD_Result answer(void *cls, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *upload_data,
                              size_t *upload_data_size, void **con_cls)
{
    struct connection *c = *con_cls;
    (void)cls;
    (void)url;
    if (!c) {
        return MHD_NO;
    }
    if (c->phase == PHASE_NEW) {
        return begin_answer(c, connection, method, version);
    }
    if (*upload_data_size > 0) {
        bool is_in_time = take_body(c, upload_data, *upload_data_size);
        *upload_data_size = 0;
        return is_in_time ? MHD_YES : MHD_NO;
    }
    return go_on(c, connection);
}

static void notify_connection(void *cls, struct MHD_Connection *connection, void **socket_context,
                              enum MHD_ConnectionNotificationCode code)
{
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        struct connection *c = MEM_NEW(struct connection);
        c->listener = cls;
        struct traffic *traffic = &c->listener->mock->traffic;
        c->number = atomic_fetch_add_explicit(&traffic->connections, 1, memory_order_relaxed) + 1;
        (void)atomic_fetch_add_explicit(&traffic->open, 1, memory_order_relaxed);
        arena_init(&c->arena, ARENA_CHUNK_BYTES, 0);
        *socket_context = c;
        (void)MHD_set_connection_option(connection, MHD_CONNECTION_OPTION_TIMEOUT,
                                        first_timeout_s(c->listener->idle_timeout_s));
        return;
    }
    struct connection *c = *socket_context;
    if (c) {
        (void)atomic_fetch_sub_explicit(&c->listener->mock->traffic.open, 1, memory_order_relaxed);
        drop_session(c);
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

/* An address of either kind, in brackets or without, or a name that has one. */
static bool make_address(struct sockaddr_storage *out, const char *text, uint16_t port,
                         struct err *err)
{
    const struct addrinfo want = {
        .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE};
    struct addrinfo *found = NULL;
    struct str name = str_of(text);
    char service[8];
    struct buf plain = {0};
    if (name.len > 1 && name.s[0] == '[' && str_ends(name, STR("]"))) {
        name = str_slice(name, 1, name.len - 1);
    }
    buf_put(&plain, name);
    (void)snprintf(service, sizeof service, "%u", (unsigned)port);
    int code = name.len ? getaddrinfo(buf_cstr(&plain), service, &want, &found) : EAI_NONAME;
    buf_done(&plain);
    if (code) {
        return err_set(err, ERR_INPUT, "\"%s\" is no address to listen on: %s", text,
                       gai_strerror(code));
    }
    memcpy(out, found->ai_addr, found->ai_addrlen);
    freeaddrinfo(found);
    return true;
}

static unsigned thread_count(unsigned asked)
{
    long processors = asked ? (long)asked : sysconf(_SC_NPROCESSORS_ONLN);
    return processors > 0 ? (unsigned)processors : 1;
}

/* So many that half-open peers have to be in great company to keep others out. */
static unsigned connection_limit(void)
{
    struct rlimit files = {.rlim_cur = CONNECTIONS_MAX};
    (void)getrlimit(RLIMIT_NOFILE, &files);
    if (files.rlim_cur < files.rlim_max) { /* what the user may have, the server takes */
        struct rlimit more = {files.rlim_max, files.rlim_max};
        files = setrlimit(RLIMIT_NOFILE, &more) == 0 ? more : files;
    }
    rlim_t room = files.rlim_cur > FILES_FEW ? files.rlim_cur - FILES_KEPT : FILES_KEPT;
    return room < CONNECTIONS_MAX ? (unsigned)room : CONNECTIONS_MAX;
}

/* Called in a handshake, which names its connection as its own pointer. */
static int pick_certificate(gnutls_session_t session, const struct gnutls_cert_retr_st *asked,
                            gnutls_pcert_st **out_chain, unsigned *out_n,
                            gnutls_ocsp_data_st **out_ocsp, unsigned *out_n_ocsp,
                            gnutls_privkey_t *out_key, unsigned *out_flags)
{
    struct MHD_Connection *connection = gnutls_session_get_ptr(session);
    const union MHD_ConnectionInfo *info =
        connection ? MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT) : NULL;
    struct connection *c = info ? info->socket_context : NULL;
    (void)asked;
    if (!c) {
        return -1;
    }
    struct mock *mock = c->listener->mock;
    bool is_good = true;
    char host[TLS_HOST_BYTES] = "";
    size_t n_host = sizeof host - 1;
    unsigned kind = 0;
    if (gnutls_server_name_get(session, host, &n_host, &kind, 0) != GNUTLS_E_SUCCESS) {
        host[0] = '\0'; /* it did not say, or not in so few bytes */
    }
    if (!server_takes_host(mock, str_of(host), true)) {
        return -1;
    }
    for (char *at = host; *at; at++) { /* names are the same in any case (RFC 6066 3) */
        *at = *at >= 'A' && *at <= 'Z' ? (char)(*at | 0x20) : *at;
    }
    const struct leaf *leaf = tls_leaf(mock->tls, c->listener->sites[0], str_of(host), &is_good);
    c->has_bad_certificate = !is_good;
    if (!leaf) {
        return -1;
    }
    if (!is_good) {
        (void)atomic_fetch_add_explicit(&mock->traffic.tls_faults, 1, memory_order_relaxed);
    }
    *out_chain = (gnutls_pcert_st *)(uintptr_t)leaf->chain;
    *out_n = leaf->n;
    *out_key = leaf->key;
    *out_ocsp = NULL;
    *out_n_ocsp = 0;
    *out_flags = 0; /* chain and key stay ours */
    return 0;
}

bool listener_start(struct listener *l, const char *address, uint16_t port,
                    const struct mock_options *options, struct err *err)
{
    struct sockaddr_storage at = {0};
    unsigned n_threads = thread_count(options->n_threads);
    l->idle_timeout_s = options->idle_timeout_s ? options->idle_timeout_s : IDLE_TIMEOUT_S;
    if (!l->has_socket && !make_address(&at, address, port, err)) {
        return false;
    }
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_ALLOW_UPGRADE |
                     MHD_USE_ERROR_LOG;
    flags |= !l->has_socket && at.ss_family == AF_INET6 ? (unsigned)MHD_USE_IPv6 : 0;
    struct MHD_OptionItem more[3] = {{MHD_OPTION_END, 0, NULL}};
    size_t n_more = 0;
    if (n_threads > 1) {
        more[n_more++] =
            (struct MHD_OptionItem){MHD_OPTION_THREAD_POOL_SIZE, (intptr_t)n_threads, NULL};
    }
    more[n_more++] = l->has_socket
                         ? (struct MHD_OptionItem){MHD_OPTION_LISTEN_SOCKET, l->socket, NULL}
                         : (struct MHD_OptionItem){MHD_OPTION_SOCK_ADDR, 0, &at};
    more[n_more] = (struct MHD_OptionItem){MHD_OPTION_END, 0, NULL};
    errno = 0;
    l->daemon = l->is_tls
                    ? MHD_start_daemon(flags | MHD_USE_TLS, 0, NULL, NULL, answer, l,
                                       MHD_OPTION_EXTERNAL_LOGGER, take_log, l->mock->log,
                                       MHD_OPTION_CONNECTION_LIMIT, connection_limit(),
                                       MHD_OPTION_CONNECTION_TIMEOUT, l->idle_timeout_s,
                                       MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HEADER_BYTES_MAX,
                                       MHD_OPTION_URI_LOG_CALLBACK, begin_request, l,
                                       MHD_OPTION_NOTIFY_CONNECTION, notify_connection, l,
                                       MHD_OPTION_ARRAY, more, MHD_OPTION_HTTPS_CERT_CALLBACK2,
                                       pick_certificate, MHD_OPTION_NOTIFY_COMPLETED, complete, l,
                                       MHD_OPTION_HTTPS_PRIORITIES,
                                       "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2", MHD_OPTION_END)
                    : MHD_start_daemon(flags, 0, NULL, NULL, answer, l, MHD_OPTION_EXTERNAL_LOGGER,
                                       take_log, l->mock->log, MHD_OPTION_CONNECTION_LIMIT,
                                       connection_limit(), MHD_OPTION_CONNECTION_TIMEOUT,
                                       l->idle_timeout_s, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
                                       (size_t)HEADER_BYTES_MAX, MHD_OPTION_URI_LOG_CALLBACK,
                                       begin_request, l, MHD_OPTION_NOTIFY_CONNECTION,
                                       notify_connection, l, MHD_OPTION_NOTIFY_COMPLETED, complete,
                                       l, MHD_OPTION_ARRAY, more, MHD_OPTION_END);
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
        streams_leave(l->mock->streams, l); /* it may not have any when it stops */
        MHD_stop_daemon(l->daemon);
        streams_forget(l->mock->streams, l);
        l->daemon = NULL;
    } else if (l->has_socket) {
        fd_close(&l->socket);
    }
}
