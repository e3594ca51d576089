/* The HTTP side through real sockets: what keeps a connection, what ends it, who is refused, and
 * that a peer which misbehaves disturbs nobody else. */
#include "tests/integration/wire.h"

#include "tests/unit/unit.h"

static char token[100];
static struct mock *mock;

static void set_up(void)
{
    mock = wire_serve(1, 2); /* one worker, whoever blocks it is seen; little patience */
    wire_token(mock, token, sizeof token);
}

static void tear_down(void)
{
    mock_stop(mock);
}

static void expect(struct wire_answer *answer, int status, const char *in_body)
{
    ck_assert_msg(answer->status == status, "expected %d, got %d (end %d): %.*s", status,
                  answer->status, (int)answer->end, (int)answer->len, answer->text);
    ck_assert_msg(!in_body || str_find(answer->body, str_of(in_body)) < answer->body.len,
                  "\"%s\" is not in %.*s", in_body, STR_ARG(answer->body));
    wire_drop(answer);
}

/* The server serves: a plain read on a connection of its own. */
static void expect_alive(void)
{
    struct buf body = {0};
    const struct wire_call list = {
        .method = "GET", .path = WIRE_CODES "?pageSize=1", .bearer = token};
    ck_assert_int_eq(wire_ask(mock, &list, &body), 200);
    ck_assert(str_find(buf_str(&body), STR("\"entities\"")) < body.len);
    buf_done(&body);
}

/* Answering from the first call of libmicrohttpd's handler would end every connection: peers.md of
 * the specification tells the story. */
START_TEST(a_connection_is_kept)
{
    AUTO(fd_close) int fd = wire_open(mock);
    const struct wire_call list = {
        .method = "GET", .path = WIRE_CODES "?pageSize=2", .bearer = token};
    const struct wire_call create = {
        .method = "POST", .path = WIRE_CODES, .bearer = token, .body = "{\"name\":\"Kept\"}"};
    const struct wire_call refused = {.method = "GET", .path = WIRE_CODES};
    const struct wire_call nowhere = {.method = "GET", .path = "/nowhere", .bearer = token};
    const struct wire_call *const calls[] = {&list, &create, &refused, &nowhere, &list};
    static const int statuses[] = {200, 200, 401, 404, 200};
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        struct wire_answer answer = wire_call(fd, calls[i]);
        ck_assert(!str_eq_fold(wire_header(&answer, "Connection"), STR("close")));
        expect(&answer, statuses[i], NULL);
    }
}
END_TEST

START_TEST(requests_in_one_piece_are_answered_in_order)
{
    AUTO(fd_close) int fd = wire_open(mock);
    ck_assert(wire_send(fd, STR("GET /first HTTP/1.1\r\nHost: x\r\n\r\n"
                                "GET /__rehearse/health HTTP/1.1\r\nHost: x\r\n\r\n"
                                "GET " WIRE_CODES " HTTP/1.1\r\nHost: x\r\n\r\n")));
    struct wire_answer first = wire_read(fd, false);
    expect(&first, 404, NULL);
    struct wire_answer second = wire_read(fd, false);
    expect(&second, 200, "\"status\":\"ok\"");
    struct wire_answer third = wire_read(fd, false);
    expect(&third, 401, NULL);
}
END_TEST

START_TEST(head_has_the_headers_of_get)
{
    AUTO(fd_close) int fd = wire_open(mock);
    struct wire_call call = {.method = "GET", .path = WIRE_CODES "?pageSize=3", .bearer = token};
    struct wire_answer get = wire_call(fd, &call);
    call.method = "HEAD";
    struct wire_answer head = wire_call(fd, &call);
    ck_assert(str_eq(wire_header(&get, "Content-Length"), wire_header(&head, "Content-Length")));
    ck_assert_uint_gt(get.body.len, 0);
    expect(&head, 200, NULL);
    call.method = "GET"; /* had the HEAD had a body, this would be read from its middle */
    struct wire_answer again = wire_call(fd, &call);
    ck_assert(str_eq(get.body, again.body));
    expect(&again, 200, NULL);
    wire_drop(&get);
}
END_TEST

START_TEST(refusals_are_the_vendors)
{
    AUTO(fd_close) int fd = wire_open(mock);
    struct wire_answer answer =
        wire_call(fd, &(struct wire_call){.method = "PATCH", .path = WIRE_CODES, .bearer = token});
    ck_assert(str_eq(wire_header(&answer, "Allow"), STR("GET, HEAD, POST, OPTIONS")));
    expect(&answer, 405, "\"message\"");
    answer = wire_call(fd, &(struct wire_call){.method = "GET", .path = WIRE_CODES});
    ck_assert(str_starts(wire_header(&answer, "WWW-Authenticate"), STR("Bearer")));
    expect(&answer, 401, "\"contextId\"");
    answer = wire_call(fd, &(struct wire_call){.method = "POST",
                                               .path = WIRE_CODES,
                                               .bearer = token,
                                               .type = "text/csv",
                                               .body = "name\nA"});
    expect(&answer, 415, "\"contextId\"");
    answer = wire_call(
        fd, &(struct wire_call){.method = "GET", .path = WIRE_CODES "/%00%ff", .bearer = token});
    ck_assert_int_ge(answer.status, 400);
    ck_assert_int_lt(answer.status, 500);
    wire_drop(&answer);
}
END_TEST

START_TEST(continue_is_said_before_a_body)
{
    AUTO(fd_close) int fd = wire_open(mock);
    struct buf b = {0};
    buf_printf(&b,
               "POST " WIRE_CODES " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n"
               "Content-Type: application/json\r\nContent-Length: 18\r\n"
               "Expect: 100-continue\r\n\r\n",
               token);
    ck_assert(wire_send(fd, buf_str(&b)));
    buf_done(&b);
    struct wire_answer answer = wire_read(fd, false);
    expect(&answer, 100, NULL);
    ck_assert(wire_send(fd, STR("{\"name\":\"Expected\"}")) || true);
    answer = wire_read(fd, false);
    /* 19 bytes were sent where 18 were announced: the brace is missing */
    expect(&answer, 400, NULL);
}
END_TEST

START_TEST(a_body_that_is_too_large_is_not_asked_for)
{
    AUTO(fd_close) int fd = wire_open(mock);
    ck_assert(wire_send(fd, STR("POST " WIRE_CODES " HTTP/1.1\r\nHost: x\r\n"
                                "Content-Type: application/json\r\n"
                                "Content-Length: 9999999999\r\nExpect: 100-continue\r\n\r\n")));
    struct wire_answer answer = wire_read(fd, false);
    ck_assert_int_ne(answer.status, 100);
    ck_assert_int_ge(answer.status, 400);
    wire_drop(&answer);
}
END_TEST

/* More than the profile takes: counted, not kept, refused; the connection goes on. */
START_TEST(an_oversized_body_leaves_the_connection_sane)
{
    AUTO(fd_close) int fd = wire_open(mock);
    size_t size = mock_site_contract(mock, 0)->body_bytes_max + 1;
    char *text = mem_alloc(size + 1, 1);
    memset(text, ' ', size);
    memcpy(text, "{\"name\":\"x\"}", 12);
    struct wire_call create = {.method = "POST", .path = WIRE_CODES, .bearer = token, .body = text};
    struct wire_answer answer = wire_call(fd, &create);
    expect(&answer, 413, "\"contextId\"");
    text[size - 1] = '\0'; /* just as much as it takes */
    answer = wire_call(fd, &create);
    expect(&answer, 200, "\"name\":\"x\"");
    mem_free(text);
}
END_TEST

static const struct {
    const char *name, *text;
} broken[] = {
    {"nothing", ""},
    {"blank lines", "\r\n\r\n\r\n"},
    {"no version", "GET /\r\n\r\n"},
    {"odd version", "GET / HTTP/9.9\r\nHost: x\r\n\r\n"},
    {"binary", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"},
    {"no host", "GET / HTTP/1.1\r\n\r\n"},
    {"no colon", "GET / HTTP/1.1\r\nHost x\r\n\r\n"},
    {"bad length", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\nabc"},
    {"huge length", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n"},
    {"bad chunk", "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc"},
    {"length and chunks", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n"
                          "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"},
    {"truncated head", "GET " WIRE_CODES " HTTP/1.1\r\nHost: x\r\nAuthorization: Bea"},
    {"truncated body", "POST " WIRE_CODES " HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\n{"},
    {"truncated chunk", "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nab"},
    {"admin, truncated", "PUT /__rehearse/state HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{"},
    {"lone method", "DELETE"},
    {"escapes", "GET /%zz%/..//%2e%2e HTTP/1.1\r\nHost: x\r\n\r\n"},
    {"absolute form", "GET http://other/api HTTP/1.1\r\nHost: x\r\n\r\n"},
    {"star", "GET * HTTP/1.1\r\nHost: x\r\n\r\n"},
    {"connect", "CONNECT x:443 HTTP/1.1\r\nHost: x\r\n\r\n"},
    {"query alone", "GET ?&&&=&=% HTTP/1.1\r\nHost: x\r\n\r\n"},
};

/* An answer that refuses, or a clean close, and the server serves on. */
START_TEST(broken_requests)
{
    AUTO(fd_close) int fd = wire_open(mock);
    (void)wire_send(fd, str_of(broken[_i].text));
    (void)shutdown(fd, SHUT_WR);
    struct wire_answer answer = wire_read(fd, false);
    ck_assert_msg(answer.end != WIRE_LATE, "%s: no end", broken[_i].name);
    ck_assert_msg(answer.status == 0 || (answer.status >= 400 && answer.status < 600), "%s: %d",
                  broken[_i].name, answer.status);
    wire_drop(&answer);
    expect_alive();
}
END_TEST

/* Headers without end: libmicrohttpd has room for a few KiB of them. */
START_TEST(endless_headers_are_refused)
{
    AUTO(fd_close) int fd = wire_open(mock);
    bool is_open = wire_send(fd, STR("GET / HTTP/1.1\r\nHost: x\r\n"));
    for (int i = 0; i < 10000 && is_open; i++) {
        is_open = wire_send(fd, STR("X-Filler: 0123456789012345678901234567890123456789\r\n"));
    }
    struct wire_answer answer = wire_read(fd, false);
    ck_assert(answer.end != WIRE_LATE);
    ck_assert(answer.status == 0 || answer.status == 431 || answer.status == 413);
    wire_drop(&answer);
    expect_alive();
}
END_TEST

START_TEST(slow_and_half_open_peers_disturb_nobody)
{
    enum { PEERS = 200 };
    int peers[PEERS];
    for (int i = 0; i < PEERS; i++) {
        peers[i] = wire_open(mock);
        (void)wire_send(peers[i], i % 2 ? STR("GET /api/v2/rou") : STR(""));
    }
    expect_alive();
    AUTO(fd_close) int slow = wire_open(mock);
    struct str text = STR("GET /__rehearse/health HTTP/1.1\r\nHost: x\r\n\r\n");
    for (size_t i = 0; i < text.len; i++) {
        ck_assert(wire_send(slow, str_slice(text, i, i + 1)));
        if (i % 16 == 0) {
            expect_alive();
        }
    }
    struct wire_answer answer = wire_read(slow, false);
    expect(&answer, 200, "\"status\":\"ok\"");
    for (int i = 0; i < PEERS; i++) {
        fd_close(&peers[i]);
    }
    expect_alive();
}
END_TEST

START_TEST(idle_connections_are_closed)
{
    struct mock *brief = wire_serve(1, 1);
    AUTO(fd_close) int half_open = wire_open(brief);
    AUTO(fd_close) int in_body = wire_open(brief);
    AUTO(fd_close) int kept = wire_open(brief);
    ck_assert(wire_send(half_open, STR("GET / HTT")));
    ck_assert(wire_send(in_body, STR("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nab")));
    struct wire_answer answer =
        wire_call(kept, &(struct wire_call){.method = "GET", .path = "/__rehearse/health"});
    expect(&answer, 200, NULL);
    const int fds[] = {half_open, in_body, kept};
    for (size_t i = 0; i < 3; i++) {
        answer = wire_read(fds[i], false);
        ck_assert_msg(answer.end == WIRE_CLOSED || answer.end == WIRE_RESET, "connection %zu: %d",
                      i, (int)answer.end);
        wire_drop(&answer);
    }
    mock_stop(brief);
}
END_TEST

START_TEST(the_admin_api_wants_its_token)
{
    AUTO(fd_close) int fd = wire_open(mock);
    struct wire_call call = {.method = "GET", .path = "/__rehearse/state"};
    struct wire_answer answer = wire_call(fd, &call);
    expect(&answer, 401, "X-Rehearse-Token");
    call.admin = "test-admix";
    answer = wire_call(fd, &call);
    expect(&answer, 401, NULL);
    call.admin = "test-admin";
    answer = wire_call(fd, &call);
    ck_assert(!wire_header(&answer, "Access-Control-Allow-Origin").s);
    expect(&answer, 200, "\"profile\"");
    answer = wire_call(
        fd,
        &(struct wire_call){.method = "GET", .path = "/__rehearse/clock", .bearer = "test-admin"});
    expect(&answer, 200, "\"now\"");
    answer = wire_call(fd, &(struct wire_call){.method = "PUT",
                                               .path = "/__rehearse/state",
                                               .body = "{\"a stranger's\": \"body\"}"});
    expect(&answer, 401, NULL);
}
END_TEST

/* With one worker: were a waiter to hold it, the request that it waits for could not come. */
START_TEST(a_wait_for_the_journal_holds_no_worker)
{
    AUTO(fd_close) int waiter = wire_open(mock);
    ck_assert_int_eq(wire_admin(mock, "DELETE", "/journal", NULL), 200);
    ck_assert(wire_send(waiter, STR("GET /__rehearse/journal?path=/waited&wait=2&timeoutMs=20000 "
                                    "HTTP/1.1\r\nHost: x\r\nX-Rehearse-Token: test-admin"
                                    "\r\n\r\n")));
    const struct wire_call call = {.method = "GET", .path = "/waited/for"};
    ck_assert_int_eq(wire_ask(mock, &call, NULL), 404);
    expect_alive();
    ck_assert_int_eq(wire_ask(mock, &call, NULL), 404);
    struct wire_answer answer = wire_read(waiter, false);
    expect(&answer, 200, "/waited/for");
    ck_assert_int_eq(wire_admin(mock, "GET", "/journal?path=/never&wait=1&timeoutMs=20", NULL),
                     408);
}
END_TEST

START_TEST(latency_holds_no_worker)
{
    AUTO(fd_close) int slow = wire_open(mock);
    ck_assert_int_eq(wire_admin(mock, "POST", "/faults",
                                "{\"when\":{\"path\":\"/api/v2/routing/queues*\"},"
                                "\"then\":{\"latencyMs\":400}}"),
                     201);
    struct buf b = {0};
    buf_printf(&b,
               "GET /api/v2/routing/queues HTTP/1.1\r\nHost: x\r\n"
               "Authorization: Bearer %s\r\n\r\n",
               token);
    int64_t from_us = clock_monotonic_us();
    ck_assert(wire_send(slow, buf_str(&b)));
    buf_done(&b);
    expect_alive();
    ck_assert_int_lt(clock_monotonic_us() - from_us, 400 * US_PER_MS);
    struct wire_answer answer = wire_read(slow, false);
    ck_assert_int_ge(clock_monotonic_us() - from_us, 400 * US_PER_MS);
    expect(&answer, 200, "\"entities\"");
}
END_TEST

static const struct {
    const char *preset;
    enum wire_end end;
    bool has_head, is_carried_out;
} cuts[] = {
    {"reset-before", WIRE_RESET, false, false},
    {"reset-after-commit", WIRE_RESET, false, true},
    {"reset-during", WIRE_CLOSED, true, true},
};

START_TEST(connections_are_cut)
{
    AUTO(fd_close) int fd = wire_open(mock);
    struct buf rule = {0}, body = {0};
    buf_printf(&rule, "{\"preset\":\"%s\",\"when\":{\"method\":\"POST\"}}", cuts[_i].preset);
    ck_assert_int_eq(wire_admin(mock, "POST", "/faults", buf_cstr(&rule)), 201);
    struct wire_answer answer = wire_call(fd, &(struct wire_call){.method = "POST",
                                                                  .path = WIRE_CODES,
                                                                  .bearer = token,
                                                                  .body = "{\"name\":\"Cut\"}"});
    ck_assert_int_eq((int)answer.end, (int)cuts[_i].end);
    ck_assert(cuts[_i].has_head == (answer.head.len > 0));
    wire_drop(&answer);
    const struct wire_call find = {
        .method = "GET", .path = WIRE_CODES "?name=Cut", .bearer = token};
    ck_assert_int_eq(wire_ask(mock, &find, &body), 200);
    bool is_there = str_find(buf_str(&body), STR("\"name\":\"Cut\"")) < body.len;
    ck_assert(is_there == cuts[_i].is_carried_out);
    buf_done(&rule);
    buf_done(&body);
}
END_TEST

START_TEST(states_are_kept_and_restored)
{
    struct buf before = {0}, after = {0}, again = {0};
    const struct wire_call state = {
        .method = "GET", .path = "/__rehearse/state", .admin = "test-admin"};
    const struct wire_call create = {
        .method = "POST", .path = WIRE_CODES, .bearer = token, .body = "{\"name\":\"Later\"}"};
    ck_assert_int_eq(wire_ask(mock, &state, &before), 200);
    ck_assert_int_eq(wire_admin(mock, "PUT", "/snapshots/start", NULL), 201);
    ck_assert_int_eq(wire_ask(mock, &create, NULL), 200);
    ck_assert_int_eq(wire_ask(mock, &state, &after), 200);
    ck_assert(!str_eq(buf_str(&before), buf_str(&after)));
    ck_assert_int_eq(wire_admin(mock, "POST", "/snapshots/start/restore", NULL), 200);
    ck_assert_int_eq(wire_ask(mock, &state, &again), 200);
    ck_assert(str_eq(buf_str(&before), buf_str(&again)));
    /* what came out goes in again, byte for byte */
    ck_assert_int_eq(wire_admin(mock, "PUT", "/state", buf_cstr(&after)), 200);
    buf_clear(&again);
    ck_assert_int_eq(wire_ask(mock, &state, &again), 200);
    ck_assert(str_eq(buf_str(&after), buf_str(&again)));
    ck_assert_int_eq(wire_admin(mock, "POST", "/reset", NULL), 200);
    buf_clear(&again);
    ck_assert_int_eq(wire_ask(mock, &state, &again), 200);
    ck_assert(str_eq(buf_str(&before), buf_str(&again)));
    ck_assert_int_eq(wire_admin(mock, "DELETE", "/snapshots/start", NULL), 200);
    ck_assert_int_eq(wire_admin(mock, "GET", "/snapshots/start", NULL), 404);
    ck_assert_int_eq(wire_admin(mock, "PUT", "/state", "{\"profile\":\"other\"}"), 422);
    expect_alive();
    buf_done(&before);
    buf_done(&after);
    buf_done(&again);
}
END_TEST

START_TEST(a_taken_port_is_an_error)
{
    struct mock *second = NULL;
    struct err err = {0};
    struct mock_site site = wire_site(WIRE_PROFILE, "");
    struct mock_options options = {.port = wire_port(mock_site_url(mock, 0)), .n_threads = 2};
    ck_assert(!mock_start(&second, &options, &site, 1, &err));
    ck_assert_int_eq((int)err.code, ERR_SYSTEM);
    ck_assert_msg(strstr(err.msg, "in use") != NULL, "%s", err.msg);
    expect_alive();
}
END_TEST

START_TEST(sites_stand_side_by_side)
{
    struct mock *many = NULL;
    struct err err = {0};
    struct buf ready = {0}, body = {0};
    struct mock_site sites[] = {wire_site(WIRE_PROFILE, "/one"), wire_site(WIRE_PROFILE, "/two"),
                                wire_site("genesys-definitions", "")};
    sites[2].has_own_port = true;
    struct mock_options options = {.admin_token = STR("test-admin")};
    ck_assert_msg(mock_start(&many, &options, sites, 3, &err), "%s", err.msg);
    mock_ready_json(&ready, many);
    ck_assert(str_find(buf_str(&ready), STR("\"site\":\"genesys-cloud-2\"")) < ready.len);
    ck_assert(wire_port(mock_site_url(many, 0)) == wire_port(mock_site_url(many, 1)));
    ck_assert(wire_port(mock_site_url(many, 0)) != wire_port(mock_site_url(many, 2)));
    struct wire_call call = {.method = "GET", .path = "/two" WIRE_CODES};
    ck_assert_int_eq(wire_ask(many, &call, &body), 401);
    call.path = WIRE_CODES; /* below no prefix */
    ck_assert_int_eq(wire_ask(many, &call, NULL), 404);
    call = (struct wire_call){.method = "GET",
                              .path = "/__rehearse/sites/genesys-cloud-2/journal",
                              .admin = "test-admin"};
    buf_clear(&body);
    ck_assert_int_eq(wire_ask(many, &call, &body), 200);
    ck_assert(str_find(buf_str(&body), STR("/two" WIRE_CODES)) < body.len);
    call.path = "/__rehearse/sites/nobody/journal";
    ck_assert_int_eq(wire_ask(many, &call, NULL), 404);
    mock_stop(many);
    buf_done(&ready);
    buf_done(&body);
}
END_TEST

/* Sleepers, waiters and half-open peers do not keep a server from ending. */
START_TEST(stop_does_not_wait)
{
    struct mock *busy = wire_serve(2, 0);
    char own_token[100];
    wire_token(busy, own_token, sizeof own_token);
    ck_assert_int_eq(wire_admin(busy, "POST", "/faults", "{\"then\":{\"latencyMs\":60000}}"), 201);
    AUTO(fd_close) int sleeper = wire_open(busy);
    AUTO(fd_close) int waiter = wire_open(busy);
    AUTO(fd_close) int half_open = wire_open(busy);
    struct buf b = {0};
    buf_printf(&b, "GET " WIRE_CODES " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n\r\n",
               own_token);
    ck_assert(wire_send(sleeper, buf_str(&b)));
    buf_done(&b);
    ck_assert(wire_send(waiter, STR("GET /__rehearse/journal?wait=100&timeoutMs=60000 "
                                    "HTTP/1.1\r\nHost: x\r\nX-Rehearse-Token: test-admin"
                                    "\r\n\r\n")));
    ck_assert(wire_send(half_open, STR("GET /")));
    ck_assert_int_eq(wire_admin(busy, "GET", "/journal?wait=1&timeoutMs=20000", NULL), 200);
    int64_t from_us = clock_monotonic_us();
    mock_stop(busy);
    ck_assert_int_lt(clock_monotonic_us() - from_us, 5 * US_PER_S);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("server");
    TCase *wire = tcase_create("wire");
    tcase_set_timeout(wire, 60);
    tcase_add_checked_fixture(wire, set_up, tear_down);
    tcase_add_test(wire, a_connection_is_kept);
    tcase_add_test(wire, requests_in_one_piece_are_answered_in_order);
    tcase_add_test(wire, head_has_the_headers_of_get);
    tcase_add_test(wire, refusals_are_the_vendors);
    tcase_add_test(wire, continue_is_said_before_a_body);
    tcase_add_test(wire, a_body_that_is_too_large_is_not_asked_for);
    tcase_add_test(wire, an_oversized_body_leaves_the_connection_sane);
    tcase_add_loop_test(wire, broken_requests, 0, sizeof broken / sizeof *broken);
    tcase_add_test(wire, endless_headers_are_refused);
    tcase_add_test(wire, slow_and_half_open_peers_disturb_nobody);
    tcase_add_test(wire, idle_connections_are_closed);
    tcase_add_test(wire, the_admin_api_wants_its_token);
    tcase_add_test(wire, a_wait_for_the_journal_holds_no_worker);
    tcase_add_test(wire, latency_holds_no_worker);
    tcase_add_loop_test(wire, connections_are_cut, 0, sizeof cuts / sizeof *cuts);
    tcase_add_test(wire, states_are_kept_and_restored);
    tcase_add_test(wire, a_taken_port_is_an_error);
    tcase_add_test(wire, sites_stand_side_by_side);
    tcase_add_test(wire, stop_does_not_wait);
    suite_add_tcase(suite, wire);
    return unit_run(suite);
}
