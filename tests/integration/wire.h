/* What the tests of the server share: a server in this process on free ports, and a peer that
 * writes and reads plain bytes, so that it can misbehave. Every read has a deadline; on failure the
 * text that came is in the message. */
#ifndef REHEARSE_TESTS_WIRE_H
#define REHEARSE_TESTS_WIRE_H

#include "mockapi/mockapi.h"

#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { WIRE_DEADLINE_MS = 20000, WIRE_BYTES_MAX = 1 << 22 };
#define WIRE_PROFILE "genesys-cloud"
#define WIRE_CODES "/api/v2/routing/wrapupcodes"

/* A site of the built-in tenant, of which no rate limit is met. */
static inline struct mock_site wire_site(const char *profile, const char *prefix)
{
    static const struct policy_choice choices[] = {
        {STR_INIT("rate-limit"), STR_INIT("practically-none")}};
    struct arena a;
    struct findings fs;
    struct err err = {0};
    struct mock_site site = {.prefix = str_of(prefix)};
    size_t n_choices = strcmp(profile, WIRE_PROFILE) == 0;
    arena_init(&a, 0, 0);
    findings_init(&fs, &a);
    ck_assert_msg(contract_open(&site.contract, profile, choices, n_choices, &fs, &err), "%s",
                  err.msg);
    struct buf name = {0};
    buf_put(&name, site.contract->default_tenant);
    ck_assert_msg(tenant_open(&site.tenant, site.contract, buf_cstr(&name), &fs, &err), "%s",
                  err.msg);
    buf_done(&name);
    arena_done(&a);
    return site;
}

static inline struct mock *wire_serve(unsigned n_threads, unsigned idle_timeout_s)
{
    struct mock *mock = NULL;
    struct err err = {0};
    struct mock_site site = wire_site(WIRE_PROFILE, "");
    struct mock_options options = {.n_threads = n_threads,
                                   .seed = 1,
                                   .admin_token = STR("test-admin"),
                                   .idle_timeout_s = idle_timeout_s};
    signal(SIGPIPE, SIG_IGN);
    ck_assert_msg(mock_start(&mock, &options, &site, 1, &err), "%s", err.msg);
    return mock;
}

static inline uint16_t wire_port(struct str url)
{
    struct uri uri;
    struct err err = {0};
    ck_assert(uri_parse(&uri, url, &err));
    return uri.port;
}

static inline int wire_dial(uint16_t port)
{
    struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_ge(fd, 0);
    ck_assert_msg(connect(fd, (struct sockaddr *)&to, sizeof to) == 0, "%s", strerror(errno));
    return fd;
}

static inline int wire_open(const struct mock *mock)
{
    return wire_dial(wire_port(mock_site_url(mock, 0)));
}

/* False where the other side has closed. */
static inline bool wire_send(int fd, struct str text)
{
    while (text.len) {
        ssize_t n = send(fd, text.s, text.len, MSG_NOSIGNAL);
        if (n < 0) {
            return false;
        }
        text = str_slice(text, (size_t)n, text.len);
    }
    return true;
}

enum wire_end { WIRE_WHOLE, WIRE_CLOSED, WIRE_RESET, WIRE_LATE };

/* An answer: what came, and how it ended. The text is in a block of its own, to be freed with
 * wire_drop. */
struct wire_answer {
    enum wire_end end;
    int status;
    struct str head, body;
    char *text;
    size_t len;
};

static inline void wire_drop(struct wire_answer *answer)
{
    mem_free(answer->text);
    *answer = (struct wire_answer){0};
}

/* Reads at least one byte more; WIRE_WHOLE where some came. */
static inline enum wire_end wire_more(int fd, struct wire_answer *out, size_t max)
{
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    if (poll(&ready, 1, WIRE_DEADLINE_MS) <= 0) {
        return WIRE_LATE;
    }
    ssize_t n = recv(fd, out->text + out->len, max, 0);
    if (n > 0) {
        out->len += (size_t)n;
        return WIRE_WHOLE;
    }
    return n == 0 ? WIRE_CLOSED : WIRE_RESET;
}

static inline struct str wire_header(const struct wire_answer *answer, const char *name)
{
    struct str rest = answer->head, line, head;
    while (rest.len && str_cut(&rest, '\n', &line)) {
        struct str value = line;
        if (str_cut(&value, ':', &head) && value.s && str_eq_fold(head, str_of(name))) {
            return str_trim(value);
        }
    }
    return (struct str){0};
}

/* Reads one answer and not a byte more; its body too, unless it answers a HEAD. */
static inline struct wire_answer wire_read(int fd, bool is_head)
{
    struct wire_answer out = {.text = mem_alloc(WIRE_BYTES_MAX, 1)};
    int64_t status = 0;
    uint64_t length = 0;
    while (!str_ends((struct str){out.text, out.len}, STR("\r\n\r\n"))) {
        ck_assert_uint_lt(out.len, WIRE_BYTES_MAX);
        out.end = wire_more(fd, &out, 1);
        if (out.end != WIRE_WHOLE) {
            return out;
        }
    }
    out.head = (struct str){out.text, out.len};
    if (num_parse_i64(&status, str_slice(out.head, 9, 12), 100, 999)) {
        out.status = (int)status;
    }
    struct str text = wire_header(&out, "Content-Length");
    bool has_body = !is_head && num_parse_u64(&length, text, 0, WIRE_BYTES_MAX - out.len);
    while (has_body && out.len < out.head.len + length) {
        out.end = wire_more(fd, &out, out.head.len + length - out.len);
        if (out.end != WIRE_WHOLE) {
            break;
        }
    }
    out.body = (struct str){out.text + out.head.len, out.len - out.head.len};
    return out;
}

struct wire_call {
    const char *method, *path, *bearer, *admin, *type, *body, *extra;
};

static inline struct wire_answer wire_call(int fd, const struct wire_call *call)
{
    struct buf b = {0};
    buf_printf(&b, "%s %s HTTP/1.1\r\nHost: test\r\n", call->method, call->path);
    if (call->bearer) {
        buf_printf(&b, "Authorization: Bearer %s\r\n", call->bearer);
    }
    if (call->admin) {
        buf_printf(&b, "X-Rehearse-Token: %s\r\n", call->admin);
    }
    if (call->body) {
        buf_printf(&b, "Content-Type: %s\r\nContent-Length: %zu\r\n",
                   call->type ? call->type : "application/json", strlen(call->body));
    }
    buf_printf(&b, "%s\r\n%s", call->extra ? call->extra : "", call->body ? call->body : "");
    (void)wire_send(fd, buf_str(&b)); /* a server that closed may have answered before */
    buf_done(&b);
    return wire_read(fd, strcmp(call->method, "HEAD") == 0);
}

/* Sends a call on a connection of its own; gives the status, 0 where none came. `out_body` (may be
 * NULL) is appended to. */
static inline int wire_ask(const struct mock *mock, const struct wire_call *call,
                           struct buf *out_body)
{
    AUTO(fd_close) int fd = wire_open(mock);
    struct wire_answer answer = wire_call(fd, call);
    int status = answer.status;
    if (out_body) {
        buf_put(out_body, answer.body);
    }
    wire_drop(&answer);
    return status;
}

static inline int wire_admin(const struct mock *mock, const char *method, const char *path,
                             const char *body)
{
    struct buf full = {0};
    buf_printf(&full, "/__rehearse%s", path);
    int status = wire_ask(
        mock,
        &(struct wire_call){
            .method = method, .path = buf_cstr(&full), .admin = "test-admin", .body = body},
        NULL);
    buf_done(&full);
    return status;
}

/* A token of the tenant's client that may do all. */
static inline void wire_token(const struct mock *mock, char *out, size_t size)
{
    struct buf body = {0};
    struct str mark = STR("\"access_token\":\"");
    int status = wire_ask(mock,
                          &(struct wire_call){.method = "POST",
                                              .path = "/oauth/token",
                                              .type = "application/x-www-form-urlencoded",
                                              .body = "grant_type=client_credentials",
                                              .extra = "Authorization: Basic "
                                                       "YWNtZS1hZG1pbjphY21lLWFkbWluLXNlY3JldA=="
                                                       "\r\n"},
                          &body);
    ck_assert_int_eq(status, 200);
    struct str text = buf_str(&body);
    size_t from = str_find(text, mark) + mark.len;
    text = str_slice(text, from, text.len);
    text = str_slice(text, 0, str_find_char(text, '"'));
    ck_assert_uint_gt(text.len, 0);
    ck_assert_uint_lt(text.len, size);
    memcpy(out, text.s, text.len);
    out[text.len] = '\0';
    buf_done(&body);
}

#endif
