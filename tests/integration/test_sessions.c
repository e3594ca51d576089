/* Sessions: chosen by token, client, host name and port; nothing of one is seen in another; made
 * and dropped while requests run on them. */
#include "tests/integration/wire.h"

#include "tests/unit/unit.h"

#include <stdatomic.h>

enum { TEXT_MAX = 200 };

static struct mock *mock;

static void setup(void)
{
    mock = wire_serve(4, 0);
}

static void teardown(void)
{
    mock_stop(mock);
}

struct made {
    char id[TEXT_MAX], client[TEXT_MAX], secret[TEXT_MAX], token[TEXT_MAX];
    uint16_t port;
};

static void copy(char *out, struct str s)
{
    ck_assert_uint_lt(s.len, TEXT_MAX);
    memcpy(out, s.s, s.len);
    out[s.len] = '\0';
}

/* The member of that path in a JSON text; a number as its digits. */
static void member(char *out, struct str text, const char *path)
{
    struct arena a;
    const struct json_doc *doc = NULL;
    struct err err = {0};
    arena_init(&a, 0, 0);
    ck_assert_msg(json_parse(&doc, &a, STR(""), text, NULL, NULL, &err), "%s: %.*s", err.msg,
                  STR_ARG(text));
    struct json v = json_path(json_root(doc), str_of(path));
    copy(out, json_kind(v) == JSON_STRING ? json_str(v) : json_source(v));
    arena_done(&a);
}

/* The token that these credentials get, by Basic or by form; the status. */
static int log_in(const struct made *m, bool is_basic, char *out_token)
{
    struct buf extra = {0}, body = {0}, answer = {0}, pair = {0};
    buf_put(&body, STR("grant_type=client_credentials"));
    if (is_basic) {
        buf_printf(&pair, "%s:%s", m->client, m->secret);
        struct buf text = {0};
        static const char digits[] =
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        for (size_t i = 0; i < pair.len; i += 3) {
            uint32_t three = 0;
            for (size_t k = 0; k < 3; k++) {
                three = three << 8 | (i + k < pair.len ? (unsigned char)pair.s[i + k] : 0U);
            }
            for (size_t k = 0; k < 4; k++) {
                bool is_pad = i + k > pair.len;
                buf_put_char(&text, is_pad ? '=' : digits[three >> (18 - 6 * k) & 63]);
            }
        }
        buf_printf(&extra, "Authorization: Basic %s\r\n", buf_cstr(&text));
        buf_done(&text);
    } else {
        buf_printf(&body, "&client_id=%s&client_secret=%s", m->client, m->secret);
    }
    const struct wire_call call = {.method = "POST",
                                   .path = "/oauth/token",
                                   .type = "application/x-www-form-urlencoded",
                                   .body = buf_cstr(&body),
                                   .extra = extra.len ? buf_cstr(&extra) : NULL};
    int status = wire_ask(mock, &call, &answer);
    if (status == 200) {
        member(out_token, buf_str(&answer), "access_token");
    }
    buf_done(&pair);
    buf_done(&extra);
    buf_done(&body);
    buf_done(&answer);
    return status;
}

static struct made make(const char *wish)
{
    struct buf answer = {0};
    struct made m = {.port = 0};
    char port[TEXT_MAX];
    const struct wire_call call = {
        .method = "POST", .path = "/__rehearse/sessions", .admin = "test-admin", .body = wish};
    int status = wire_ask(mock, &call, &answer);
    ck_assert_msg(status == 201, "%d %.*s", status, STR_ARG(buf_str(&answer)));
    member(m.id, buf_str(&answer), "id");
    member(m.client, buf_str(&answer), "client.id");
    member(m.secret, buf_str(&answer), "client.secret");
    if (str_find(buf_str(&answer), STR("\"port\":")) < answer.len) {
        member(port, buf_str(&answer), "port");
        m.port = (uint16_t)strtoul(port, NULL, 10);
    }
    ck_assert_int_eq(log_in(&m, true, m.token), 200);
    buf_done(&answer);
    return m;
}

static int create(const char *token, const char *name)
{
    char body[TEXT_MAX];
    (void)snprintf(body, sizeof body, "{\"name\":\"%s\"}", name);
    return wire_ask(
        mock,
        &(struct wire_call){.method = "POST", .path = WIRE_CODES, .bearer = token, .body = body},
        NULL);
}

/* How many codes of that name are seen by `call`, on a connection to `port` (0: the main one). */
static int count(struct wire_call call, const char *name, uint16_t port)
{
    char path[TEXT_MAX], mark[TEXT_MAX];
    (void)snprintf(path, sizeof path, WIRE_CODES "?name=%s", name);
    (void)snprintf(mark, sizeof mark, "\"name\":\"%s\"", name);
    AUTO(fd_close) int fd = port ? wire_dial(port) : wire_open(mock);
    call.method = "GET";
    call.path = path;
    struct wire_answer answer = wire_call(fd, &call);
    int n = answer.status == 200 ? str_find(answer.body, str_of(mark)) < answer.body.len
                                 : -answer.status;
    wire_drop(&answer);
    return n;
}

START_TEST(chosen)
{
    struct made a = make("{\"name\":\"blue\",\"port\":0,\"host\":\"Blue.Example\"}"),
                b = make("{}");
    char own[TEXT_MAX], again[TEXT_MAX];
    wire_token(mock, own, sizeof own);
    ck_assert_str_eq(a.id, "blue");
    ck_assert_str_eq(b.id, "s1");
    ck_assert_int_eq(create(a.token, "Blues"), 200);
    ck_assert_int_eq(log_in(&a, false, again), 200);
    const struct {
        struct wire_call call;
        uint16_t port;
        int seen;
    } rows[] = {
        {{.bearer = a.token}, 0, 1}, /* by token */
        {{.bearer = again}, 0, 1},   /* its client asked in the form */
        {{.bearer = b.token}, 0, 0},         {{.bearer = own}, 0, 0},
        {{.bearer = a.token}, a.port, 1}, /* by port */
        {{.bearer = b.token}, a.port, -401}, {{.bearer = own}, a.port, -401},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ck_assert_msg(count(rows[i].call, "Blues", rows[i].port) == rows[i].seen, "row %zu", i);
    }
    ck_assert_int_eq(wire_admin(mock, "DELETE", "/sessions/blue", NULL), 200);
    ck_assert_int_eq(wire_admin(mock, "DELETE", "/sessions/blue", NULL), 404);
    ck_assert_int_eq(count((struct wire_call){.bearer = a.token}, "Blues", 0), -401);
    ck_assert_int_ne(log_in(&a, true, again), 200);
    ck_assert_int_eq(count((struct wire_call){.bearer = b.token}, "Blues", 0), 0);
    (void)make("{\"name\":\"blue\",\"host\":\"Blue.Example\"}"); /* all its names are free again */
}
END_TEST

/* By host name, whatever the port behind it and the letters' case. */
START_TEST(by_host)
{
    struct made a = make("{\"name\":\"red\"}");
    static const struct {
        const char *host;
        int seen;
    } rows[] = {{"red.localhost", 1},     {"RED.localhost:8080", 1},
                {"red.localhost.", -401}, {"red", -401},
                {"xred.localhost", -401}, {"red.localhost:", 1},
                {"red.localhost:x", -401}};
    char token[TEXT_MAX], text[2 * TEXT_MAX];
    struct buf body = {0};
    ck_assert_int_eq(create(a.token, "Reds"), 200);
    /* a client of the tenant's own, in that session */
    ck_assert_int_eq(wire_ask(mock,
                              &(struct wire_call){.method = "POST",
                                                  .path = "/__rehearse/sessions/red/tokens/issue",
                                                  .admin = "test-admin",
                                                  .body = "{\"client\":\"acme-admin\"}"},
                              &body),
                     201);
    member(token, buf_str(&body), "token");
    buf_done(&body);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO(fd_close) int fd = wire_open(mock);
        const char *mark = strchr(token, '~') + 1;
        /* without the mark in front only the host says whose it is, and it is not known there */
        (void)snprintf(text, sizeof text,
                       "GET " WIRE_CODES "?name=Reds HTTP/1.1\r\nHost: %s\r\n"
                       "Authorization: Bearer %s\r\n\r\n",
                       rows[i].host, rows[i].seen == 1 ? token : mark);
        (void)wire_send(fd, str_of(text));
        struct wire_answer answer = wire_read(fd, false);
        bool is_seen = str_find(answer.body, STR("Reds")) < answer.body.len;
        ck_assert_msg((rows[i].seen == 1) == (answer.status == 200 && is_seen), "%s: %d",
                      rows[i].host, answer.status);
        wire_drop(&answer);
    }
}
END_TEST

static const struct {
    const char *wish;
    int status;
} wishes[] = {
    {"{\"name\":\"ok-1\",\"ttlS\":5,\"idleS\":0,\"from\":\"state\"}", 201},
    {"{\"client\":\"acme-admin\"}", 201},
    {"{\"client\":{\"like\":\"acme-admin\",\"id\":\"me\",\"secret\":\"mine\"}}", 201},
    {"{\"client\":\"nobody\"}", 422},
    {"{\"client\":{\"id\":\"a:b\"}}", 422},
    {"{\"client\":7}", 422},
    {"{\"name\":\"Ab\"}", 422},
    {"{\"name\":\"-a\"}", 422},
    {"{\"name\":\"\"}", 422},
    {"{\"name\":7}", 422},
    {"{\"name\":\"a b\"}", 422},
    {"{\"host\":\"a:80\"}", 422},
    {"{\"host\":\"a b\"}", 422},
    {"{\"port\":65536}", 422},
    {"{\"port\":\"x\"}", 422},
    {"{\"ttlS\":-1}", 422},
    {"{\"ttlS\":99999999999}", 422},
    {"{\"from\":\"nothing\"}", 422},
    {"{\"nmae\":\"x\"}", 422},
    {"[]", 422},
    {"{", 422},
};

START_TEST(wish)
{
    ck_assert_int_eq(wire_admin(mock, "POST", "/sessions", wishes[_i].wish), wishes[_i].status);
    if (wishes[_i].status == 201) { /* names and hosts are one's own; made up ones always new */
        bool is_named = strstr(wishes[_i].wish, "name") || strstr(wishes[_i].wish, "\"id\"");
        ck_assert_int_eq(wire_admin(mock, "POST", "/sessions", wishes[_i].wish),
                         is_named ? 409 : 201);
    }
}
END_TEST

/* What is asked of a session is done to that one alone. */
START_TEST(own_things)
{
    struct made a = make("{\"name\":\"a\"}"), b = make("{\"name\":\"b\"}");
    ck_assert_int_eq(create(a.token, "First"), 200);
    ck_assert_int_eq(wire_admin(mock, "PUT", "/sessions/a/snapshots/one", NULL), 201);
    ck_assert_int_eq(wire_admin(mock, "POST", "/snapshots/one/restore", NULL), 404);
    ck_assert_int_eq(wire_admin(mock, "POST", "/sessions/b/snapshots/one/restore", NULL), 404);
    ck_assert_int_eq(wire_admin(mock, "POST", "/sessions/a/faults", "{\"then\":{\"status\":503}}"),
                     201);
    ck_assert_int_eq(count((struct wire_call){.bearer = a.token}, "First", 0), -503);
    ck_assert_int_eq(count((struct wire_call){.bearer = b.token}, "First", 0), 0);
    ck_assert_int_eq(wire_admin(mock, "DELETE", "/sessions/a/faults", NULL), 200);
    /* its clock: the token of one expires, that of the other does not */
    ck_assert_int_eq(wire_admin(mock, "POST", "/sessions/a/clock", "{\"advance\":\"400d\"}"), 200);
    ck_assert_int_eq(count((struct wire_call){.bearer = a.token}, "First", 0), -401);
    ck_assert_int_eq(count((struct wire_call){.bearer = b.token}, "First", 0), 0);
    ck_assert_int_eq(wire_admin(mock, "POST", "/sessions/a/reset", NULL), 200);
    ck_assert_int_eq(log_in(&a, true, a.token), 200);
    ck_assert_int_eq(count((struct wire_call){.bearer = a.token}, "First", 0), 0);
    ck_assert_int_eq(wire_admin(mock, "POST", "/sessions/a/sessions", "{}"), 409);
    ck_assert_int_eq(wire_admin(mock, "GET", "/sessions/nobody/state", NULL), 404);
    ck_assert_int_eq(wire_admin(mock, "GET", "/sessions/a", NULL), 200);
}
END_TEST

/* A session whose time is over goes by itself. */
START_TEST(time_is_over)
{
    (void)make("{\"name\":\"brief\",\"ttlS\":1,\"port\":0}");
    (void)make("{\"name\":\"lazy\",\"idleS\":1}");
    int status = 0;
    for (int i = 0; i < 400 && status != 404; i++) {
        (void)usleep(25000);
        status = wire_admin(mock, "GET", "/sessions/brief", NULL);
    }
    ck_assert_int_eq(status, 404);
    (void)sleep(1);
    ck_assert_int_eq(wire_admin(mock, "DELETE", "/sessions/lazy", NULL), 404);
}
END_TEST

/* Parallel clients, each in a session of its own, all writing the same names: each sees its own
 * alone. Others make and drop sessions while requests run on them. */
enum { ACTORS = 6, ROUNDS = 25 };
static atomic_int n_bad;

static void complain(const char *what, int got)
{
    (void)fprintf(stderr, "%s: %d\n", what, got);
    (void)atomic_fetch_add(&n_bad, 1);
}

static void *live_alone(void *ctx)
{
    const struct made *m = ctx;
    char name[TEXT_MAX];
    for (int i = 0; i < ROUNDS; i++) {
        (void)snprintf(name, sizeof name, "Same%d", i);
        int seen = count((struct wire_call){.bearer = m->token}, name, 0);
        int made = create(m->token, name);
        int again = create(m->token, name);
        if (seen != 0 || made != 200 || again == 200) {
            complain("leak", seen * 1000000 + made * 1000 + again);
        }
    }
    return NULL;
}

static struct made shared;

static void *come_and_go(void *ctx)
{
    (void)ctx;
    for (int i = 0; i < ROUNDS; i++) {
        int made = wire_admin(mock, "POST", "/sessions",
                              "{\"name\":\"shared\",\"port\":0,"
                              "\"client\":{\"id\":\"c\",\"secret\":"
                              "\"s\"}}");
        int dropped = wire_admin(mock, "DELETE", "/sessions/shared", NULL);
        if ((made != 201 && made != 409) || (dropped != 200 && dropped != 404)) {
            complain("make, drop", made * 1000 + dropped);
        }
    }
    return NULL;
}

static void *use_shared(void *ctx)
{
    (void)ctx;
    for (int i = 0; i < ROUNDS; i++) {
        char token[TEXT_MAX];
        if (log_in(&shared, i % 2 == 0, token) == 200) {
            int status = create(token, "Shared");
            if (status != 200 && status != 400 && status != 401 && status != 409) {
                complain("shared", status);
            }
        }
        if (wire_admin(mock, "GET", "/sessions", NULL) != 200) {
            complain("list", i);
        }
    }
    return NULL;
}

START_TEST(at_once)
{
    struct made own[ACTORS];
    pthread_t threads[ACTORS + 4];
    (void)snprintf(shared.client, TEXT_MAX, "c");
    (void)snprintf(shared.secret, TEXT_MAX, "s");
    for (size_t i = 0; i < ACTORS; i++) {
        own[i] = make("{}");
        ck_assert_int_eq(pthread_create(&threads[i], NULL, live_alone, &own[i]), 0);
    }
    for (size_t i = ACTORS; i < ACTORS + 4; i++) {
        ck_assert_int_eq(pthread_create(&threads[i], NULL, i % 2 ? come_and_go : use_shared, NULL),
                         0);
    }
    for (size_t i = 0; i < ACTORS + 4; i++) {
        (void)pthread_join(threads[i], NULL);
    }
    ck_assert_int_eq(atomic_load(&n_bad), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sessions");
    TCase *all = tcase_create("all");
    tcase_set_timeout(all, 300);
    tcase_add_checked_fixture(all, setup, teardown);
    tcase_add_test(all, chosen);
    tcase_add_test(all, by_host);
    tcase_add_loop_test(all, wish, 0, (int)(sizeof wishes / sizeof *wishes));
    tcase_add_test(all, own_things);
    tcase_add_test(all, time_is_over);
    tcase_add_test(all, at_once);
    suite_add_tcase(suite, all);
    return unit_run(suite);
}
