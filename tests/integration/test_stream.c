/* Streams through real sockets: the handshake, peers that break the rules, what is pushed to whom,
 * who is let go, and a stop with streams open. */
#include "tests/integration/wire.h"

#include "tests/unit/unit.h"

#include "mockapi/websocket.h"

static char token[100], channel[200];
static struct mock *mock;

#define KEY "dGhlIHNhbXBsZSBub25jZQ=="
#define HANDSHAKE                                                                                  \
    "Upgrade: websocket\r\nConnection: keep-alive, Upgrade\r\nSec-WebSocket-Version: 13\r\n"       \
    "Sec-WebSocket-Key: " KEY "\r\n"
#define TOPIC "v2.routing.queues.19048ee9-f042-4e65-be91-7efc8727ad01.users"

static void ask(const char *method, const char *path, const char *body, struct buf *out)
{
    int status =
        wire_ask(mock,
                 &(struct wire_call){
                     .method = method, .path = path, .bearer = token, .body = body ? body : ""},
                 out);
    ck_assert_msg(status == 200, "%s %s: %d", method, path, status);
}

static void open_channel(char *out, size_t size)
{
    struct buf body = {0};
    struct str mark = STR("\"id\":\"");
    ask("POST", "/api/v2/notifications/channels", NULL, &body);
    struct str text = buf_str(&body);
    text = str_slice(text, str_find(text, mark) + mark.len, text.len);
    text = str_slice(text, 0, str_find_char(text, '"'));
    ck_assert(text.len > 0 && text.len < size);
    memcpy(out, text.s, text.len);
    out[text.len] = '\0';
    buf_done(&body);
}

static void listen_to(const char *id, const char *topics)
{
    struct buf path = {0};
    buf_printf(&path, "/api/v2/notifications/channels/%s/subscriptions", id);
    ask("PUT", buf_cstr(&path), topics, NULL);
    buf_done(&path);
}

static void set_up(void)
{
    mock = wire_serve(1, 2);
    wire_token(mock, token, sizeof token);
    open_channel(channel, sizeof channel);
    listen_to(channel, "[{\"id\": \"" TOPIC "\"}]");
}

static void tear_down(void)
{
    mock_stop(mock);
}

static struct wire_answer shake(int fd, const char *id, const char *headers)
{
    struct buf path = {0};
    buf_printf(&path, "/channels/%s", id);
    struct wire_answer answer = wire_call(
        fd, &(struct wire_call){.method = "GET", .path = buf_cstr(&path), .extra = headers});
    buf_done(&path);
    return answer;
}

/* A stream, seen from its client. */
struct client {
    int fd;
    struct ws_reader reader;
    struct str rest;
    char bytes[4096];
};

static void connect_to(struct client *c, const char *id)
{
    *c = (struct client){.fd = wire_open(mock)};
    struct wire_answer answer = shake(c->fd, id, HANDSHAKE);
    ck_assert_msg(answer.status == 101, "%d: %.*s", answer.status, (int)answer.len, answer.text);
    ck_assert(
        str_eq(wire_header(&answer, "Sec-WebSocket-Accept"), STR("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")));
    ck_assert(str_eq_fold(wire_header(&answer, "Upgrade"), STR("websocket")));
    ck_assert(ws_has_token(wire_header(&answer, "Connection"), STR("upgrade")));
    wire_drop(&answer);
    ws_reader_init(&c->reader, false, 1 << 20);
}

static void leave(struct client *c)
{
    ws_reader_done(&c->reader);
    (void)close(c->fd);
}

static void say(struct client *c, enum ws_opcode opcode, struct str text)
{
    struct buf frame = {0};
    ws_put_masked(&frame, opcode, true, text, 0xA1B2C3D4);
    ck_assert(wire_send(c->fd, buf_str(&frame)));
    buf_done(&frame);
}

/* The next event; WS_EVENT_NONE where the connection ends. */
static enum ws_event hear(struct client *c, struct str *out)
{
    for (;;) {
        enum ws_event event = ws_read(&c->reader, &c->rest, out);
        if (event != WS_EVENT_NONE) {
            ck_assert_msg(event != WS_EVENT_BROKEN, "the server sent: %s", c->reader.why);
            return event;
        }
        struct pollfd ready = {.fd = c->fd, .events = POLLIN};
        ck_assert_msg(poll(&ready, 1, WIRE_DEADLINE_MS) > 0, "nothing came");
        ssize_t n = recv(c->fd, c->bytes, sizeof c->bytes, 0);
        if (n <= 0) {
            return WS_EVENT_NONE;
        }
        c->rest = (struct str){c->bytes, (size_t)n};
    }
}

static void expect_text(struct client *c, const char *part)
{
    struct str text;
    enum ws_event event = hear(c, &text);
    ck_assert_msg(event == WS_EVENT_TEXT, "event %d", (int)event);
    ck_assert_msg(str_find(text, str_of(part)) < text.len, "\"%s\" is not in %.*s", part,
                  STR_ARG(text));
}

/* A close frame with that code, then the end. */
static void expect_close(struct client *c, unsigned code)
{
    struct str text;
    enum ws_event event = hear(c, &text);
    ck_assert_msg(event == WS_EVENT_CLOSE, "event %d: %.*s", (int)event, STR_ARG(text));
    ck_assert_uint_eq(c->reader.code, code);
    struct ws_reader fresh;
    ws_reader_init(&fresh, false, 1);
    ws_reader_done(&c->reader);
    c->reader = fresh;
    ck_assert(hear(c, &text) == WS_EVENT_NONE);
}

static void publish(const char *topic, const char *body, int n_channels)
{
    struct buf text = {0}, answer = {0}, want = {0};
    buf_printf(&text, "{\"topic\": \"%s\", \"body\": %s}", topic, body);
    buf_printf(&want, "{\"channels\":%d}", n_channels);
    int status = wire_ask(mock,
                          &(struct wire_call){.method = "POST",
                                              .path = "/__rehearse/streams",
                                              .admin = "test-admin",
                                              .body = buf_cstr(&text)},
                          &answer);
    ck_assert_int_eq(status, 200);
    ck_assert_msg(str_eq(buf_str(&answer), buf_str(&want)), "%.*s", STR_ARG(buf_str(&answer)));
    buf_done(&text);
    buf_done(&answer);
    buf_done(&want);
}

/* Waits until the admin API tells so many open streams. */
static void expect_streams(size_t want)
{
    size_t n = SIZE_MAX;
    for (int tries = 0; tries < 400 && n != want; tries++) {
        struct buf body = {0};
        struct str mark = STR("\"openMs\"");
        ck_assert_int_eq(wire_ask(mock,
                                  &(struct wire_call){.method = "GET",
                                                      .path = "/__rehearse/streams",
                                                      .admin = "test-admin"},
                                  &body),
                         200);
        struct str text = buf_str(&body);
        n = 0;
        for (size_t at = str_find(text, mark); at < text.len; at = str_find(text, mark)) {
            n++;
            text = str_slice(text, at + mark.len, text.len);
        }
        buf_done(&body);
        if (n != want) {
            (void)poll(NULL, 0, 25);
        }
    }
    ck_assert_uint_eq(n, want);
}

static const struct {
    const char *id, *headers; /* id NULL: the channel's */
    int status;
    const char *header, *value;
} refusals[] = {
    {NULL, "", 426, "Upgrade", "websocket"},
    {NULL, "Upgrade: h2c\r\nConnection: Upgrade\r\n", 426, "Upgrade", "websocket"},
    {NULL, "Upgrade: websocket\r\n", 426, "Upgrade", "websocket"},
    {NULL,
     "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 8\r\n"
     "Sec-WebSocket-Key: " KEY "\r\n",
     426, "Sec-WebSocket-Version", "13"},
    {NULL,
     "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
     "Sec-WebSocket-Key: short\r\n",
     400, NULL, NULL},
    {NULL, "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n", 400, NULL,
     NULL},
    {"0b6c2c3e-0000-4000-8000-00000000dead", HANDSHAKE, 404, NULL, NULL},
};
enum { REFUSALS = sizeof refusals / sizeof *refusals };

START_TEST(a_bad_handshake_is_refused_and_the_connection_kept)
{
    AUTO(fd_close) int fd = wire_open(mock);
    for (int i = 0; i < 2; i++) {
        struct wire_answer answer =
            shake(fd, refusals[_i].id ? refusals[_i].id : channel, refusals[_i].headers);
        ck_assert_msg(answer.status == refusals[_i].status, "%d: %.*s", answer.status,
                      (int)answer.len, answer.text);
        ck_assert(!refusals[_i].header ||
                  str_eq(wire_header(&answer, refusals[_i].header), str_of(refusals[_i].value)));
        wire_drop(&answer);
    }
}
END_TEST

START_TEST(pings_are_answered_and_a_close_is_echoed)
{
    struct client c;
    struct str text;
    connect_to(&c, channel);
    say(&c, WS_TEXT, STR("{\"message\":\"ping\"}"));
    expect_text(&c, "{\"topicName\":\"channel.metadata\",\"eventBody\":{\"message\":\"pong\"}}");
    say(&c, WS_TEXT, STR("no JSON at all"));
    say(&c, WS_TEXT, STR("{\"message\":{\"a\":[]}}"));
    say(&c, WS_BINARY, STR("\xff\x00"));
    say(&c, WS_PING, STR("are you there"));
    ck_assert(hear(&c, &text) == WS_EVENT_PONG);
    ck_assert(str_eq(text, STR("are you there")));
    say(&c, WS_CLOSE,
        STR("\x03\xe8"
            "bye"));
    expect_close(&c, WS_CODE_NORMAL);
    leave(&c);
    expect_streams(0);
}
END_TEST

#define MASK "\x01\x02\x03\x04"
static const struct {
    const char *bytes;
    size_t n;
    unsigned code;
} hostile[] = {
    {"\x81\x02hi", 4, WS_CODE_PROTOCOL},                     /* not masked */
    {"\xc1\x80" MASK, 6, WS_CODE_PROTOCOL},                  /* reserved bits */
    {"\x83\x80" MASK, 6, WS_CODE_PROTOCOL},                  /* reserved opcode */
    {"\x80\x80" MASK, 6, WS_CODE_PROTOCOL},                  /* nothing to continue */
    {"\x09\x80" MASK, 6, WS_CODE_PROTOCOL},                  /* a ping in fragments */
    {"\x89\xfe\x00\x7e" MASK, 8, WS_CODE_PROTOCOL},          /* a long ping */
    {"\x01\x80" MASK "\x81\x80" MASK, 12, WS_CODE_PROTOCOL}, /* two messages at once */
    {"\x81\x81\x00\x00\x00\x00\xff", 7, WS_CODE_DATA},       /* no UTF-8 */
    {"\x82\xff\x00\x00\x00\x00\x00\x01\x00\x01" MASK, 14, WS_CODE_TOO_LARGE},
    {"\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xff" MASK, 14, WS_CODE_TOO_LARGE},
    {"\x88\x81\x00\x00\x00\x00\x03", 7, WS_CODE_PROTOCOL}, /* half a code */
};
enum { HOSTILE = sizeof hostile / sizeof *hostile };

START_TEST(who_breaks_the_rules_is_told_and_let_go)
{
    struct client c, good;
    connect_to(&good, channel);
    connect_to(&c, channel);
    ck_assert(wire_send(c.fd, (struct str){hostile[_i].bytes, hostile[_i].n}));
    expect_close(&c, hostile[_i].code);
    leave(&c);
    publish(TOPIC, "{\"n\": 1}", 1); /* the other one goes on */
    expect_text(&good, "\"eventBody\":{\"n\":1}");
    expect_streams(1);
    leave(&good);
    expect_streams(0);
}
END_TEST

START_TEST(frames_may_come_with_the_handshake)
{
    struct client c = {.fd = wire_open(mock)};
    struct buf bytes = {0};
    buf_printf(&bytes, "GET /channels/%s HTTP/1.1\r\nHost: x\r\n" HANDSHAKE "\r\n", channel);
    ws_put_masked(&bytes, WS_TEXT, true, STR("{\"message\":\"ping\"}"), 99);
    ck_assert(wire_send(c.fd, buf_str(&bytes)));
    buf_done(&bytes);
    struct wire_answer answer = wire_read(c.fd, true);
    ck_assert_int_eq(answer.status, 101);
    wire_drop(&answer);
    ws_reader_init(&c.reader, false, 1 << 20);
    expect_text(&c, "pong");
    leave(&c);
}
END_TEST

START_TEST(a_message_goes_to_all_who_listen_and_to_nobody_else)
{
    char other[sizeof channel];
    struct client a, b, deaf;
    open_channel(other, sizeof other);
    connect_to(&a, channel);
    connect_to(&b, channel);
    connect_to(&deaf, other);
    publish(TOPIC, "{\"n\": 1}", 1);
    publish("v2.routing.queues.x.users", "{\"n\": 2}", 0);
    listen_to(other, "[{\"id\": \"v2.routing.queues.x.users\"}]");
    publish("v2.routing.queues.x.users", "{\"n\": 3}", 1);
    expect_text(&a, "{\"topicName\":\"" TOPIC "\",\"version\":\"2\",\"eventBody\":{\"n\":1}");
    expect_text(&b, "\"eventBody\":{\"n\":1}");
    expect_text(&deaf, "\"eventBody\":{\"n\":3}");
    ck_assert_int_eq(wire_admin(mock, "POST", "/streams/warn", ""), 200);
    expect_text(&a, "v2.system.socket_closing");
    expect_text(&b, "v2.system.socket_closing");
    leave(&b);
    ck_assert_int_eq(wire_admin(mock, "DELETE", "/streams?code=1006", NULL), 422);
    ck_assert_int_eq(wire_admin(mock, "DELETE", "/streams?code=4000", NULL), 200);
    expect_close(&a, 4000);
    leave(&a);
    leave(&deaf);
    expect_streams(0);
    connect_to(&a, channel); /* the channel is still there */
    leave(&a);
}
END_TEST

START_TEST(a_change_arrives)
{
    struct client c;
    struct wire_call call = {
        .method = "POST",
        .path = "/api/v2/routing/queues/91a8f997-4c0b-41d9-bfd6-7e05e37a9964/wrapupcodes",
        .bearer = token,
        .body = "[{\"id\": \"e701529e-1696-404e-bf4d-cf07b20ed1b3\"}]"};
    listen_to(channel, "[{\"id\": \"v2.audits.entitytype.Queue.entityid.91a8f997-4c0b-41d9-bfd6-"
                       "7e05e37a9964\"}]");
    connect_to(&c, channel);
    ck_assert_int_eq(wire_ask(mock, &call, NULL), 200);
    expect_text(&c, "\"action\":\"Assign\"");
    leave(&c);
}
END_TEST

/* A member of a JSON text, as a C string. */
static void take_member(char *out, size_t size, const struct buf *body, const char *name)
{
    struct buf mark = {0};
    buf_printf(&mark, "\"%s\":\"", name);
    struct str text = buf_str(body);
    text = str_slice(text, str_find(text, buf_str(&mark)) + mark.len, text.len);
    text = str_slice(text, 0, str_find_char(text, '"'));
    ck_assert_msg(text.len > 0 && text.len < size, "no \"%s\" in %.*s", name,
                  STR_ARG(buf_str(body)));
    memcpy(out, text.s, text.len);
    out[text.len] = '\0';
    buf_done(&mark);
}

/* A stream has no token: the channel's id says which session it belongs to. */
START_TEST(a_session_has_streams_of_its_own)
{
    struct client c;
    struct buf body = {0}, path = {0}, wish = {0};
    char id[100], client[200], key[200], own[200];
    struct wire_call call = {.method = "POST",
                             .path = "/__rehearse/sessions",
                             .admin = "test-admin",
                             .body = "{\"name\": \"blue\", \"client\": \"acme-admin\"}"};
    ck_assert_int_eq(wire_ask(mock, &call, &body), 201);
    take_member(id, sizeof id, &body, "id");
    struct str text = buf_str(&body);
    struct buf rest = {0};
    buf_put(&rest, str_slice(text, str_find(text, STR("\"client\"")), text.len));
    take_member(client, sizeof client, &rest, "id");
    buf_clear(&body);
    buf_printf(&path, "/__rehearse/sessions/%s/tokens/issue", id);
    buf_printf(&wish, "{\"client\": \"%s\"}", client);
    call.path = buf_cstr(&path);
    call.body = buf_cstr(&wish);
    ck_assert_int_eq(wire_ask(mock, &call, &body), 201);
    take_member(key, sizeof key, &body, "token");
    buf_clear(&body);
    call = (struct wire_call){
        .method = "POST", .path = "/api/v2/notifications/channels", .bearer = key, .body = ""};
    ck_assert_int_eq(wire_ask(mock, &call, &body), 200);
    take_member(own, sizeof own, &body, "id");
    ck_assert(str_starts(str_of(own), str_of(id)));
    connect_to(&c, own);
    expect_streams(0); /* the first site has none */
    buf_clear(&path);
    buf_printf(&path, "/sessions/%s", id);
    ck_assert_int_eq(wire_admin(mock, "DELETE", buf_cstr(&path), NULL), 200);
    expect_close(&c, WS_CODE_AWAY);
    leave(&c);
    buf_done(&body);
    buf_done(&path);
    buf_done(&wish);
    buf_done(&rest);
}
END_TEST

/* Messages of 100 kB to a peer that never reads: its queue is a megabyte, then it is gone, and the
 * one that reads has all of them. */
START_TEST(who_does_not_read_is_let_go)
{
    enum { MESSAGES = 80, BYTES = 100000 };
    struct client slow, good;
    struct buf body = {0};
    buf_put_char(&body, '"');
    for (int i = 0; i < BYTES; i++) {
        buf_put_char(&body, 'x');
    }
    buf_put_char(&body, '"');
    connect_to(&slow, channel);
    connect_to(&good, channel);
    for (int i = 0; i < MESSAGES; i++) {
        publish(TOPIC, buf_cstr(&body), 1);
        expect_text(&good, "xxxx");
    }
    expect_streams(1);
    leave(&slow);
    leave(&good);
    buf_done(&body);
}
END_TEST

START_TEST(a_stream_ends_with_its_channel)
{
    struct client c;
    connect_to(&c, channel);
    ck_assert_int_eq(wire_admin(mock, "POST", "/clock", "{\"advance\": \"25h\"}"), 200);
    expect_close(&c, WS_CODE_AWAY);
    leave(&c);
    wire_token(mock, token, sizeof token);
    open_channel(channel, sizeof channel);
    connect_to(&c, channel);
    ck_assert_int_eq(wire_admin(mock, "POST", "/reset", ""), 200);
    expect_close(&c, WS_CODE_AWAY);
    leave(&c);
}
END_TEST

/* The built-in profile with a heartbeat every second. */
static struct mock *serve_with_heartbeat(void)
{
    static const struct str from = STR_INIT("\"everyS\": 30"), to = STR_INIT("\"everyS\": 1 ");
    struct mock *m = NULL;
    struct mock_site site = {.prefix = STR("")};
    struct mock_options options = {.n_threads = 1, .seed = 1, .admin_token = STR("test-admin")};
    struct arena a;
    struct findings fs;
    struct err err = {0};
    struct str text;
    struct buf changed;
    arena_init(&a, 0, 0);
    findings_init(&fs, &a);
    buf_init(&changed, &a);
    ck_assert(file_read(&text, &a, "fixtures/profiles/" WIRE_PROFILE ".json", 8 << 20, &err));
    size_t at = str_find(text, from);
    ck_assert_uint_lt(at, text.len);
    buf_put(&changed, str_slice(text, 0, at));
    buf_put(&changed, to);
    buf_put(&changed, str_slice(text, at + from.len, text.len));
    ck_assert_msg(
        contract_load(&site.contract, STR("profile"), buf_str(&changed), NULL, 0, &fs, &err), "%s",
        err.msg);
    ck_assert_msg(tenant_open(&site.tenant, site.contract, "acme", &fs, &err), "%s", err.msg);
    ck_assert_msg(mock_start(&m, &options, &site, 1, &err), "%s", err.msg);
    arena_done(&a);
    return m;
}

START_TEST(a_silent_stream_hears_a_heartbeat)
{
    struct client c;
    mock_stop(mock);
    mock = serve_with_heartbeat();
    wire_token(mock, token, sizeof token);
    open_channel(channel, sizeof channel);
    connect_to(&c, channel);
    for (int i = 0; i < 2; i++) {
        expect_text(&c, "WebSocket Heartbeat");
    }
    say(&c, WS_TEXT, STR("{\"message\":\"ping\"}"));
    expect_text(&c, "pong");
    leave(&c);
}
END_TEST

START_TEST(a_stop_says_goodbye)
{
    enum { CLIENTS = 20 };
    struct client c[CLIENTS];
    for (int i = 0; i < CLIENTS; i++) {
        connect_to(&c[i], channel);
    }
    publish(TOPIC, "1", 1);
    mock_stop(mock);
    mock = NULL;
    for (int i = 0; i < CLIENTS; i++) {
        expect_text(&c[i], "\"eventBody\":1");
        expect_close(&c[i], WS_CODE_AWAY);
        leave(&c[i]);
    }
}
END_TEST

/* Connections come and go while messages are pushed from several sides. */
static void *come_and_go(void *ctx)
{
    enum { ROUNDS = 10 };
    (void)ctx;
    for (int i = 0; i < ROUNDS; i++) {
        struct client c;
        connect_to(&c, channel);
        say(&c, WS_TEXT, STR("{\"message\":\"ping\"}"));
        expect_text(&c, "topicName");
        leave(&c);
    }
    return NULL;
}

static void *push(void *ctx)
{
    enum { ROUNDS = 30 };
    (void)ctx;
    for (int i = 0; i < ROUNDS; i++) {
        publish(TOPIC, "{\"pushed\": true}", 1);
    }
    return NULL;
}

START_TEST(many_at_once)
{
    enum { THREADS = 6 };
    pthread_t threads[THREADS];
    struct client c;
    connect_to(&c, channel);
    for (int i = 0; i < THREADS; i++) {
        ck_assert(pthread_create(&threads[i], NULL, i % 2 ? push : come_and_go, NULL) == 0);
    }
    for (int i = 0; i < THREADS / 2 * 30; i++) {
        expect_text(&c, "\"pushed\":true");
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    leave(&c);
    expect_streams(0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("stream");
    TCase *tcase = tcase_create("stream");
    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_loop_test(tcase, a_bad_handshake_is_refused_and_the_connection_kept, 0, REFUSALS);
    tcase_add_test(tcase, pings_are_answered_and_a_close_is_echoed);
    tcase_add_loop_test(tcase, who_breaks_the_rules_is_told_and_let_go, 0, HOSTILE);
    tcase_add_test(tcase, frames_may_come_with_the_handshake);
    tcase_add_test(tcase, a_message_goes_to_all_who_listen_and_to_nobody_else);
    tcase_add_test(tcase, a_change_arrives);
    tcase_add_test(tcase, a_session_has_streams_of_its_own);
    tcase_add_test(tcase, who_does_not_read_is_let_go);
    tcase_add_test(tcase, a_stream_ends_with_its_channel);
    tcase_add_test(tcase, a_silent_stream_hears_a_heartbeat);
    tcase_add_test(tcase, a_stop_says_goodbye);
    tcase_add_test(tcase, many_at_once);
    suite_add_tcase(suite, tcase);
    return unit_run(suite);
}
