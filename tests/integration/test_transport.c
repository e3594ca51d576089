/* HTTP itself: codings, methods beside the profile's, what is refused before anybody looks at it,
 * addresses, prefixes, and many who are silent. */
#include "mockapi/coding.h"
#include "mockapi/framing.h"
#include "tests/integration/wire.h"
#include "tests/unit/unit.h"

#include <ifaddrs.h>
#include <sys/resource.h>

static struct mock *mock;
static char token[100];

static void setup(void)
{
    mock = wire_serve(1, 60);
    wire_token(mock, token, sizeof token);
}

static void teardown(void)
{
    mock_stop(mock);
}

/* An answer to a call on a connection of its own, to be dropped. */
static struct wire_answer ask(const char *method, const char *path, const char *extra)
{
    AUTO(fd_close) int fd = wire_open(mock);
    return wire_call(
        fd, &(struct wire_call){.method = method, .path = path, .bearer = token, .extra = extra});
}

START_TEST(packed_answers)
{
    struct arena a;
    struct wire_answer plain = ask("GET", WIRE_CODES "?pageSize=100", NULL);
    struct wire_answer packed =
        ask("GET", WIRE_CODES "?pageSize=100", "Accept-Encoding: br;q=1.0, gzip;q=0.8\r\n");
    struct wire_answer refused =
        ask("GET", WIRE_CODES "?pageSize=100", "Accept-Encoding: gzip;q=0\r\n");
    struct wire_answer small = ask("GET", "/api/v2/nothing", "Accept-Encoding: gzip\r\n");
    arena_init(&a, 0, 0);
    ck_assert_int_eq(plain.status, 200);
    ck_assert_uint_gt(plain.body.len, CODING_BYTES_MIN);
    ck_assert(!wire_header(&plain, "Content-Encoding").s);
    ck_assert(str_eq(wire_header(&plain, "Vary"), STR("Accept-Encoding")));
    ck_assert(str_eq(wire_header(&packed, "Content-Encoding"), STR("gzip")));
    ck_assert_uint_lt(packed.body.len, plain.body.len);
    struct str back = packed.body;
    ck_assert_int_eq(coding_undo(&back, &a, STR("gzip"), 1 << 20), BODY_WELL);
    ck_assert(str_eq(back, plain.body));
    ck_assert(!wire_header(&refused, "Content-Encoding").s);
    ck_assert(!wire_header(&small, "Content-Encoding").s);
    arena_done(&a);
    wire_drop(&plain);
    wire_drop(&packed);
    wire_drop(&refused);
    wire_drop(&small);
}
END_TEST

static int post_packed(struct str body, const char *coding, struct buf *out)
{
    AUTO(fd_close) int fd = wire_open(mock);
    struct buf b = {0};
    buf_printf(&b,
               "POST " WIRE_CODES " HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer %s\r\n"
               "Content-Type: application/json\r\nContent-Encoding: %s\r\n"
               "Content-Length: %zu\r\n\r\n",
               token, coding, body.len);
    buf_put(&b, body);
    ck_assert(wire_send(fd, buf_str(&b)));
    buf_done(&b);
    struct wire_answer answer = wire_read(fd, false);
    int status = answer.status;
    buf_clear(out);
    buf_put(out, answer.body);
    wire_drop(&answer);
    return status;
}

START_TEST(packed_requests)
{
    struct arena a;
    struct buf body, out = {0}, name = {0};
    arena_init(&a, 0, 0);
    buf_init(&body, &a);
    buf_put(&body, STR("{\"name\": \"Packed\"}"));
    while (body.len < 2000) { /* blanks are JSON too */
        buf_put_char(&body, ' ');
    }
    struct str packed = coding_gzip(&a, buf_str(&body));
    ck_assert_int_eq(post_packed(packed, "gzip", &out), 200);
    ck_assert_uint_lt(str_find(buf_str(&out), STR("\"Packed\"")), out.len);
    ck_assert_int_eq(post_packed(str_slice(packed, 0, packed.len - 3), "gzip", &out), 400);
    ck_assert_uint_lt(str_find(buf_str(&out), STR("contextId")), out.len);
    ck_assert_int_eq(post_packed(buf_str(&body), "gzip", &out), 400);
    ck_assert_int_eq(post_packed(packed, "br", &out), 415);
    ck_assert_int_eq(post_packed(packed, "identity", &out), 400);
    buf_clear(&body);
    while (body.len < (8 << 20)) {
        buf_put(&body, STR("                                                                "));
    }
    packed = coding_gzip(&a, buf_str(&body));
    ck_assert_int_eq(post_packed(packed, "gzip", &out), 413);
    buf_done(&out);
    buf_done(&name);
    arena_done(&a);
}
END_TEST

START_TEST(head_is_get_without_body)
{
    static const char *const paths[] = {WIRE_CODES "?pageSize=2", "/api/v2/routing/queues",
                                        "/api/v2/nothing", "/api/v2/users/me"};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        AUTO(fd_close) int fd = wire_open(mock);
        const struct wire_call get = {.method = "GET", .path = paths[i], .bearer = token},
                               head = {.method = "HEAD", .path = paths[i], .bearer = token};
        struct wire_answer without = wire_call(fd, &head), with = wire_call(fd, &get);
        ck_assert_msg(without.status == with.status, "%s: %d", paths[i], without.status);
        ck_assert_msg(
            str_eq(wire_header(&without, "Content-Length"), wire_header(&with, "Content-Length")),
            "%s: %.*s", paths[i], STR_ARG(without.head));
        ck_assert(
            str_eq(wire_header(&without, "Content-Type"), wire_header(&with, "Content-Type")));
        ck_assert_uint_eq(without.body.len, 0);
        wire_drop(&without);
        wire_drop(&with);
    }
}
END_TEST

static const struct options_row {
    const char *path, *allow;
    int status;
} options_rows[] = {
    {WIRE_CODES, "GET, HEAD, POST, OPTIONS", 204},
    {"/oauth/token", "POST, OPTIONS", 204},
    {"/api/v2/nothing", "", 404},
    {"*", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS", 204},
    {"/__rehearse/health", "GET, OPTIONS", 204},
};

START_TEST(options_say_what_is_allowed)
{
    const struct options_row *r = &options_rows[_i];
    struct wire_answer answer = ask("OPTIONS", r->path, NULL);
    struct str allow = wire_header(&answer, "Allow");
    ck_assert_int_eq(answer.status, r->status);
    ck_assert_msg(str_eq(allow, str_of(r->allow)), "%s: %.*s", r->path, STR_ARG(allow));
    ck_assert(r->status != 204 || answer.body.len == 0);
    wire_drop(&answer);
}
END_TEST

/* Refused in the vendor's own words, and the connection goes on. */
START_TEST(framing)
{
    struct buf long_path = {0}, headers = {0};
    buf_put(&long_path, STR(WIRE_CODES "?name="));
    while (long_path.len < 9000) {
        buf_put_char(&long_path, 'a');
    }
    for (int i = 0; i < 101; i++) {
        buf_printf(&headers, "X-%d: 1\r\n", i);
    }
    const struct {
        const char *path, *extra;
        int status;
    } rows[] = {
        {buf_cstr(&long_path), "", 414},
        {WIRE_CODES, buf_cstr(&headers), 431},
        {WIRE_CODES, "Expect: the-unexpected\r\n", 417},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct wire_answer answer = ask("GET", rows[i].path, rows[i].extra);
        ck_assert_msg(answer.status == rows[i].status, "%zu: %d", i, answer.status);
        ck_assert_uint_lt(
            str_find(answer.body, rows[i].status == 200 ? STR("entities") : STR("contextId")),
            answer.body.len);
        wire_drop(&answer);
    }
    buf_done(&long_path);
    buf_done(&headers);
}
END_TEST

static const struct raw_row {
    const char *request, *text; /* what the answer says */
    int status;
    bool is_last; /* where the next request would begin is not known */
} raw_rows[] = {
    {"GET " WIRE_CODES " HTTP/1.1\r\n\r\n", "wants one Host", 400, false},
    {"GET " WIRE_CODES " HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "wants one Host", 400, false},
    {"GET " WIRE_CODES " HTTP/1.0\r\n\r\n", "authentication.required", 401, true},
    {"POST " WIRE_CODES " HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked"
     "\r\n\r\n0\r\n\r\n",
     "exclude each other", 400, true},
    {"POST " WIRE_CODES " HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}1",
     "several values", 400, true},
    {"POST " WIRE_CODES " HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
     "chunked or absent", 501, true},
    {"POST " WIRE_CODES " HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"
     "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
     "chunked or absent", 501, true},
    {"POST " WIRE_CODES " HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
     "HTTP/1.0 has no", 400, true},
    {"POST " WIRE_CODES " HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nExpect: more\r\n"
     "Content-Length: 2\r\n\r\n",
     "100-continue", 417, true},
    {"POST " WIRE_CODES " HTTP/1.1\r\nHost: a\r\n\r\n", "authentication.required", 401, false},
    {"POST " WIRE_CODES " HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n2\r\n{}\r\n0"
     "\r\n\r\n",
     "authentication.required", 401, false},
    {"GET http://api.mypurecloud.com" WIRE_CODES " HTTP/1.1\r\nHost: api.mypurecloud.com\r\n\r\n",
     "authentication.required", 401, false},
    {"GET HTTPS://api.mypurecloud.com HTTP/1.1\r\nHost: api.mypurecloud.com\r\n\r\n", "not.found",
     404, false},
    {"POST /__sink/bi HTTP/1.1\r\nHost: a\r\nContent-Encoding: br\r\nContent-Length: 2\r\n\r\n{}",
     "{}", 415, false},
    {"POST /__sink/bi HTTP/1.1\r\nHost: a\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}",
     "{}", 400, false},
    {"POST /__rehearse/reset HTTP/1.1\r\nHost: a\r\nX-Rehearse-Token: test-admin\r\n"
     "Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}",
     "Content-Encoding", 400, false},
    {"POST /__rehearse/reset HTTP/1.1\r\nHost: a\r\nX-Rehearse-Token: test-admin\r\n"
     "Content-Encoding: br\r\nContent-Length: 2\r\n\r\n{}",
     "Content-Encoding", 415, false},
    {"POST /__rehearse/reset HTTP/1.1\r\nHost: a\r\nX-Rehearse-Token: test-admin\r\nExpect: x\r\n"
     "Content-Length: 2\r\n\r\n",
     "100-continue", 417, true},
};

/* Byte for byte. A connection whose next request is not where it should be ends. */
START_TEST(raw_requests)
{
    const struct raw_row *r = &raw_rows[_i];
    AUTO(fd_close) int fd = wire_open(mock);
    char c = 0;
    ck_assert(wire_send(fd, str_of(r->request)));
    struct wire_answer answer = wire_read(fd, false);
    ck_assert_msg(answer.status == r->status, "%s: %d", r->request, answer.status);
    ck_assert_msg(str_find(answer.body, str_of(r->text)) < answer.body.len, "%.*s",
                  STR_ARG(answer.body));
    wire_drop(&answer);
    if (r->is_last) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        ck_assert_int_eq(poll(&p, 1, WIRE_DEADLINE_MS), 1);
        ck_assert_int_le(recv(fd, &c, 1, 0), 0);
        return;
    }
    answer = wire_call(fd, &(struct wire_call){.method = "GET", .path = "/__rehearse/health"});
    ck_assert_int_eq(answer.status, 200);
    wire_drop(&answer);
}
END_TEST

/* The first address of this machine that is not loopback. */
static bool find_own_address(struct sockaddr_in *out)
{
    struct ifaddrs *all = NULL;
    bool is_found = false;
    if (getifaddrs(&all) != 0) {
        return false;
    }
    for (const struct ifaddrs *i = all; i && !is_found; i = i->ifa_next) {
        if (i->ifa_addr && i->ifa_addr->sa_family == AF_INET) {
            memcpy(out, i->ifa_addr, sizeof *out);
            is_found = !framing_is_local(i->ifa_addr);
        }
    }
    freeifaddrs(all);
    return is_found;
}

/* Whoever comes by another address is a stranger, with a token or without; unless all are asked in. */
START_TEST(admin_is_for_this_machine)
{
    struct err err = {0};
    struct mock *open = NULL;
    struct sockaddr_in own;
    struct mock_site site = wire_site(WIRE_PROFILE, "");
    const struct mock_options options = {.bind_address = "0.0.0.0",
                                         .n_threads = 1,
                                         .admin_token = STR("test-admin"),
                                         .has_remote_admin = _i == 1};
    static const struct {
        const char *method, *path;
        int status[2];
    } rows[] = {{"GET", "/__rehearse/journal", {403, 200}},
                {"POST", "/__rehearse/reset", {403, 200}},
                {"GET", "/__rehearse/health", {200, 200}},
                {"GET", WIRE_CODES, {401, 401}}};
    ck_assert_msg(mock_start(&open, &options, &site, 1, &err), "%s", err.msg);
    ck_assert_int_eq(wire_admin(open, "GET", "/journal", NULL), 200);
    bool is_found = find_own_address(&own);
    for (size_t i = 0; i < sizeof rows / sizeof *rows && is_found; i++) {
        AUTO(fd_close) int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        own.sin_port = htons((uint16_t)mock_port(open));
        ck_assert_int_eq(connect(fd, (struct sockaddr *)&own, sizeof own), 0);
        struct wire_answer answer = wire_call(fd, &(struct wire_call){.method = rows[i].method,
                                                                      .path = rows[i].path,
                                                                      .admin = "test-admin"});
        ck_assert_msg(answer.status == rows[i].status[_i], "%s: %d", rows[i].path, answer.status);
        wire_drop(&answer);
    }
    if (!is_found) {
        printf("skip: this machine has no other address\n");
    }
    mock_stop(open);
}
END_TEST

START_TEST(a_query_list_both_ways)
{
    struct wire_answer all = ask("GET", WIRE_CODES "?pageSize=3", NULL);
    struct str rest = all.body, id[2] = {{0}};
    static const struct str marks[] = {STR_INIT("[{\"id\":\""), STR_INIT("},{\"id\":\"")};
    for (int i = 0; i < 2; i++) {
        rest = str_slice(rest, str_find(rest, marks[i]) + 8 + (size_t)i, rest.len);
        id[i] = str_slice(rest, 0, 36);
    }
    struct buf csv = {0}, twice = {0};
    buf_printf(&csv, WIRE_CODES "?id=%.*s,%.*s", STR_ARG(id[0]), STR_ARG(id[1]));
    buf_printf(&twice, WIRE_CODES "?id=%.*s&id=%.*s", STR_ARG(id[0]), STR_ARG(id[1]));
    struct wire_answer one = ask("GET", buf_cstr(&csv), NULL),
                       other = ask("GET", buf_cstr(&twice), NULL);
    ck_assert_int_eq(one.status, 200);
    ck_assert_int_eq(other.status, 200);
    ck_assert_uint_lt(str_find(one.body, STR("\"total\":2")), one.body.len);
    ck_assert_uint_lt(str_find(other.body, STR("\"total\":2")), other.body.len);
    wire_drop(&all);
    wire_drop(&one);
    wire_drop(&other);
    buf_done(&csv);
    buf_done(&twice);
}
END_TEST

/* The version 6 of the address, where this machine has it. */
START_TEST(another_address)
{
    static const char *const names[] = {"::1", "[::1]", "localhost", "127.0.0.2"};
    static const char *const bad[] = {"", "no such name.invalid", "[::1", "300.0.0.1"};
    struct err err = {0};
    struct mock *other = NULL;
    struct mock_site site = wire_site(WIRE_PROFILE, "");
    struct mock_options options = {.bind_address = names[_i % 4], .n_threads = 1};
    int probe = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in6 at = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    bool has_v6 = probe >= 0 && bind(probe, (struct sockaddr *)&at, sizeof at) == 0;
    if (probe >= 0) {
        (void)close(probe);
    }
    if (_i >= 4) {
        options.bind_address = bad[_i - 4];
        ck_assert(!mock_start(&other, &options, &site, 1, &err));
        ck_assert_int_eq(err.code, ERR_INPUT);
        return;
    }
    if (!has_v6 && _i < 2) {
        tenant_free(site.tenant);
        contract_free(site.contract);
        printf("skip: this machine has no IPv6\n");
        return;
    }
    ck_assert_msg(mock_start(&other, &options, &site, 1, &err), "%s", err.msg);
    struct str url = mock_site_url(other, 0);
    ck_assert_msg(str_starts(url, _i < 2 ? STR("http://[::1]:") : STR("http://")), "%.*s",
                  STR_ARG(url));
    if (_i < 2) {
        int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
        at.sin6_port = htons((uint16_t)mock_port(other));
        ck_assert_int_eq(connect(fd, (struct sockaddr *)&at, sizeof at), 0);
        struct wire_answer answer =
            wire_call(fd, &(struct wire_call){.method = "GET", .path = WIRE_CODES});
        ck_assert_int_eq(answer.status, 401);
        wire_drop(&answer);
        (void)close(fd);
    }
    mock_stop(other);
}
END_TEST

/* A gateway's own paths before login and API, on one port. */
START_TEST(prefixes_of_a_gateway)
{
    static const struct {
        const char *path;
        int status;
    } rows[] = {
        {"/gate/api/api/v2/routing/wrapupcodes", 401},
        {"/gate/login/oauth/token", 400},
        {"/gate/api/oauth/token", 400},
        {"/gate/api/v3", 404},
        {"/gate/other/api/v2/routing/wrapupcodes", 404},
        {"/api/v2/routing/wrapupcodes", 404},
        {"/gate/login/extra/oauth/token", 400},
    };
    struct err err = {0};
    struct mock *other = NULL, *bad = NULL;
    struct mock_site site = wire_site(WIRE_PROFILE, "/gate/api,/gate/login,/gate/login/extra");
    const struct mock_options options = {.n_threads = 1};
    ck_assert_msg(mock_start(&other, &options, &site, 1, &err), "%s", err.msg);
    ck_assert(str_ends(mock_site_url(other, 0), STR("/gate/api")));
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bool is_token = strstr(rows[i].path, "token") != NULL;
        int status = wire_ask(other,
                              &(struct wire_call){.method = is_token ? "POST" : "GET",
                                                  .path = rows[i].path,
                                                  .body = is_token ? "" : NULL,
                                                  .type = "application/x-www-form-urlencoded"},
                              NULL);
        ck_assert_msg(status == rows[i].status, "%s: %d", rows[i].path, status);
    }
    mock_stop(other);
    struct mock_site two[] = {wire_site(WIRE_PROFILE, "/a,/b"), wire_site(WIRE_PROFILE, "/c,/b")};
    ck_assert(!mock_start(&bad, &options, two, 2, &err));
    ck_assert_int_eq(err.code, ERR_INPUT);
}
END_TEST

static long resident_kib(void)
{
    char text[100] = "";
    long pages = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    ck_assert(f != NULL && fgets(text, sizeof text, f) != NULL);
    (void)fclose(f);
    const char *second = strchr(text, ' ');
    pages = second ? strtol(second, NULL, 10) : 0;
    return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

/* Idle connections cost little, and others are served beside them. Both ends are in this process. */
START_TEST(many_idle)
{
    enum { MANY = 1500, FIRST = 300, KIB_EACH_MAX = 26 };
    static int fds[MANY];
    struct rlimit files = {0};
    (void)getrlimit(RLIMIT_NOFILE, &files);
    if (files.rlim_cur < 2 * MANY + 200) {
        printf("skip: no more than %lu files may be open\n", (unsigned long)files.rlim_cur);
        return;
    }
    long before = 0;
    for (int i = 0; i < MANY; i++) {
        if (i == FIRST) {
            before = resident_kib();
        }
        fds[i] = wire_open(mock);
        struct wire_answer answer = wire_call(
            fds[i], &(struct wire_call){
                        .method = "GET", .path = WIRE_CODES "?pageSize=1", .bearer = token});
        ck_assert_int_eq(answer.status, 200);
        wire_drop(&answer);
    }
    long each = (resident_kib() - before) / (MANY - FIRST);
    printf("an idle connection costs %ld KiB\n", each);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    ck_assert_int_le(each, KIB_EACH_MAX);
#endif
    for (int i = 0; i < MANY; i += 100) { /* they are still there */
        struct wire_answer answer = wire_call(
            fds[i], &(struct wire_call){
                        .method = "GET", .path = WIRE_CODES "?pageSize=1", .bearer = token});
        ck_assert_int_eq(answer.status, 200);
        wire_drop(&answer);
    }
    for (int i = 0; i < MANY; i++) {
        (void)close(fds[i]);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("transport");
    TCase *t = tcase_create("all");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_set_timeout(t, 60);
    tcase_add_test(t, packed_answers);
    tcase_add_test(t, packed_requests);
    tcase_add_test(t, head_is_get_without_body);
    tcase_add_loop_test(t, options_say_what_is_allowed, 0,
                        sizeof options_rows / sizeof *options_rows);
    tcase_add_test(t, framing);
    tcase_add_loop_test(t, raw_requests, 0, sizeof raw_rows / sizeof *raw_rows);
    tcase_add_loop_test(t, admin_is_for_this_machine, 0, 2);
    tcase_add_test(t, a_query_list_both_ways);
    tcase_add_loop_test(t, another_address, 0, 8);
    tcase_add_test(t, prefixes_of_a_gateway);
    tcase_add_test(t, many_idle);
    suite_add_tcase(suite, t);
    return unit_run(suite);
}
