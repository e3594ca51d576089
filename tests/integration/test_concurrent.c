/* Everything at once, for the thread sanitizer above all: readers, writers, token fetchers, people
 * at the admin API who reset, restore, replace, set faults and move the clock, on four workers.
 * Whatever the order, each answer is one that the request may get, and the tenant that is left
 * over is a sound one. */
#include "tests/integration/wire.h"

#include "tests/unit/unit.h"

#include <stdatomic.h>

enum { ROUNDS = 120, ACTORS_MAX = 16, STATUSES_MAX = 8 };

struct play {
    struct mock *mock;
    uint16_t port;
    char token[100];
    atomic_int n_bad; /* answers that may not be */
    atomic_int n_answers;
};

struct actor {
    struct play *play;
    const char *name;
    void (*act)(struct actor *actor, int round);
    int fd;
    unsigned number;
};

static bool may_be(const int *statuses, int status)
{
    for (size_t i = 0; i < STATUSES_MAX && statuses[i]; i++) {
        if (statuses[i] == status) {
            return true;
        }
    }
    return false;
}

/* One call on the actor's own connection, which is opened again where a fault cut it. */
static void say(struct actor *a, const struct wire_call *call, const int *statuses)
{
    if (a->fd < 0) {
        a->fd = wire_open(a->play->mock);
    }
    struct wire_answer answer = wire_call(a->fd, call);
    atomic_fetch_add(&a->play->n_answers, 1);
    bool is_cut = answer.end == WIRE_CLOSED || answer.end == WIRE_RESET;
    if (is_cut || answer.status == 0) {
        fd_close(&a->fd);
        a->fd = -1;
    }
    if (!is_cut && !may_be(statuses, answer.status)) {
        atomic_fetch_add(&a->play->n_bad, 1);
        (void)fprintf(stderr, "%s: %s %s: %d %.*s\n", a->name, call->method, call->path,
                      answer.status, STR_ARG(str_slice(answer.body, 0, 300)));
    }
    wire_drop(&answer);
}

/* Faults may refuse anything; a moved clock or a reset may end a token. */
#define FAULTY 401, 429, 503
static void read_page(struct actor *a, int round)
{
    static const int statuses[STATUSES_MAX] = {200, FAULTY};
    static const char *const paths[] = {WIRE_CODES "?pageSize=5&pageNumber=2",
                                        WIRE_CODES "?name=*a*", "/api/v2/routing/queues",
                                        "/api/v2/authorization/divisions"};
    const char *path = paths[(unsigned)round % (sizeof paths / sizeof *paths)];
    say(a, &(struct wire_call){.method = "GET", .path = path, .bearer = a->play->token}, statuses);
}

static void write_code(struct actor *a, int round)
{
    static const int statuses[STATUSES_MAX] = {200, 400, 409, FAULTY};
    char body[100];
    (void)snprintf(body, sizeof body, "{\"name\":\"Code %u of %d\"}", a->number, round / 2);
    say(a,
        &(struct wire_call){
            .method = "POST", .path = WIRE_CODES, .bearer = a->play->token, .body = body},
        statuses);
}

static void delete_code(struct actor *a, int round)
{
    static const int statuses[STATUSES_MAX] = {200, 204, 400, 404, FAULTY};
    char path[200];
    struct buf body = {0};
    const struct wire_call list = {
        .method = "GET", .path = WIRE_CODES "?pageSize=1&name=Code*", .bearer = a->play->token};
    (void)round;
    (void)wire_ask(a->play->mock, &list, &body);
    struct str mark = STR("\"id\":\""), text = buf_str(&body);
    size_t from = str_find(text, mark);
    struct str id = str_slice(text, from + mark.len, from + mark.len + 36);
    (void)snprintf(path, sizeof path, WIRE_CODES "/%.*s", STR_ARG(id));
    if (id.len) {
        say(a, &(struct wire_call){.method = "DELETE", .path = path, .bearer = a->play->token},
            statuses);
    }
    buf_done(&body);
}

static void fetch_token(struct actor *a, int round)
{
    static const int statuses[STATUSES_MAX] = {200, 400, 401, 503};
    (void)round;
    say(a,
        &(struct wire_call){.method = "POST",
                            .path = "/oauth/token",
                            .type = "application/x-www-form-urlencoded",
                            .body = "grant_type=client_credentials",
                            .extra = "Authorization: Basic "
                                     "YWNtZS1hZG1pbjphY21lLWFkbWluLXNlY3JldA==\r\n"},
        statuses);
}

static void say_admin(struct actor *a, const char *method, const char *path, const char *body)
{
    static const int statuses[STATUSES_MAX] = {200, 201, 404, 408};
    say(a, &(struct wire_call){.method = method, .path = path, .admin = "test-admin", .body = body},
        statuses);
}

static void set_faults(struct actor *a, int round)
{
    static const char *const bodies[] = {
        "{\"preset\":\"429-burst\"}",
        "{\"preset\":\"503-retry-after\",\"when\":{\"method\":\"POST\"}}",
        "{\"preset\":\"reset-after-commit\"}",
        "{\"when\":{\"probability\":0.2},\"then\":{\"latencyMs\":3},\"times\":20}",
    };
    say_admin(a, "POST", "/__rehearse/faults",
              bodies[(unsigned)round % (sizeof bodies / sizeof *bodies)]);
    say_admin(a, "GET", "/__rehearse/faults", NULL);
    say_admin(a, "DELETE", round % 3 ? "/__rehearse/faults/1" : "/__rehearse/faults", NULL);
}

static void move_state(struct actor *a, int round)
{
    struct buf state = {0};
    const struct wire_call get = {
        .method = "GET", .path = "/__rehearse/state", .admin = "test-admin"};
    switch (round % 4) {
    case 0:
        say_admin(a, "POST", "/__rehearse/reset", NULL);
        break;
    case 1:
        say_admin(a, "PUT", "/__rehearse/snapshots/one", NULL);
        break;
    case 2:
        say_admin(a, "POST", "/__rehearse/snapshots/one/restore", NULL);
        break;
    case 3:
        (void)wire_ask(a->play->mock, &get, &state);
        say_admin(a, "PUT", "/__rehearse/state", buf_cstr(&state));
        break;
    }
    buf_done(&state);
}

static void look_on(struct actor *a, int round)
{
    static const char *const paths[] = {"/__rehearse/journal?limit=5",
                                        "/__rehearse/metrics",
                                        "/__rehearse/tokens",
                                        "/__rehearse/health",
                                        "/__rehearse/unmatched",
                                        "/__rehearse/snapshots",
                                        "/__rehearse/journal?wait=5&timeoutMs=30"};
    say_admin(a, "GET", paths[(unsigned)round % (sizeof paths / sizeof *paths)], NULL);
    if (round % 30 == 0) {
        say_admin(a, "DELETE", "/__rehearse/journal", NULL);
        say_admin(a, "POST", "/__rehearse/clock", "{\"advance\":\"1s\"}");
    }
}

static void *run(void *ctx)
{
    struct actor *a = ctx;
    for (int round = 0; round < ROUNDS; round++) {
        a->act(a, round);
    }
    fd_close(&a->fd);
    return NULL;
}

START_TEST(everybody_at_once)
{
    static const struct {
        const char *name;
        void (*act)(struct actor *actor, int round);
    } cast[] = {
        {"reader", read_page},    {"reader", read_page},  {"reader", read_page},
        {"writer", write_code},   {"writer", write_code}, {"deleter", delete_code},
        {"fetcher", fetch_token}, {"faults", set_faults}, {"state", move_state},
        {"onlooker", look_on},    {"onlooker", look_on},
    };
    enum { CAST = sizeof cast / sizeof *cast };
    struct play play = {.mock = wire_serve(4, 0)};
    struct actor actors[CAST];
    pthread_t threads[CAST];
    wire_token(play.mock, play.token, sizeof play.token);
    for (unsigned i = 0; i < CAST; i++) {
        actors[i] = (struct actor){
            .play = &play, .name = cast[i].name, .act = cast[i].act, .fd = -1, .number = i};
        ck_assert_int_eq(pthread_create(&threads[i], NULL, run, &actors[i]), 0);
    }
    for (size_t i = 0; i < CAST; i++) {
        (void)pthread_join(threads[i], NULL);
    }
    ck_assert_int_eq(atomic_load(&play.n_bad), 0);
    ck_assert_int_gt(atomic_load(&play.n_answers), CAST * ROUNDS / 2);
    /* what is left over is sound: its snapshot is checked as it is loaded */
    struct buf state = {0};
    const struct wire_call get = {
        .method = "GET", .path = "/__rehearse/state", .admin = "test-admin"};
    ck_assert_int_eq(wire_ask(play.mock, &get, &state), 200);
    ck_assert_int_eq(wire_admin(play.mock, "PUT", "/state", buf_cstr(&state)), 200);
    ck_assert_int_eq(wire_admin(play.mock, "DELETE", "/faults", NULL), 200);
    const struct wire_call list = {.method = "GET", .path = WIRE_CODES, .bearer = play.token};
    ck_assert_int_eq(wire_ask(play.mock, &list, NULL), 200);
    buf_done(&state);
    mock_stop(play.mock);
}
END_TEST

/* Stopping under fire: requests are cut or answered, nothing is freed under them. */
static void *shoot(void *ctx)
{
    const struct play *play = ctx;
    char text[300];
    int length = snprintf(text, sizeof text,
                          "GET " WIRE_CODES " HTTP/1.1\r\nHost: x\r\n"
                          "Authorization: Bearer %s\r\n\r\n",
                          play->token);
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons(play->port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    bool is_open = true;
    while (is_open) {
        AUTO(fd_close) int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        is_open = connect(fd, (struct sockaddr *)&to, sizeof to) == 0;
        for (int i = 0; is_open && i < 20; i++) {
            char in[1 << 16];
            if (send(fd, text, (size_t)length, MSG_NOSIGNAL) <= 0 ||
                recv(fd, in, sizeof in, 0) <= 0) {
                break;
            }
        }
    }
    return NULL;
}

START_TEST(stop_under_fire)
{
    enum { SHOOTERS = 6 };
    struct play play = {.mock = wire_serve(3, 0)};
    pthread_t threads[SHOOTERS];
    wire_token(play.mock, play.token, sizeof play.token);
    ck_assert_int_eq(wire_admin(play.mock, "POST", "/faults",
                                "{\"when\":{\"every\":3},\"then\":{\"latencyMs\":5}}"),
                     201);
    play.port = wire_port(mock_site_url(play.mock, 0));
    for (size_t i = 0; i < SHOOTERS; i++) {
        ck_assert_int_eq(pthread_create(&threads[i], NULL, shoot, &play), 0);
    }
    /* until they are at it */
    ck_assert_int_eq(wire_admin(play.mock, "GET", "/journal?wait=60&timeoutMs=20000", NULL), 200);
    mock_stop(play.mock);
    for (size_t i = 0; i < SHOOTERS; i++) {
        (void)pthread_join(threads[i], NULL);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("concurrent");
    TCase *all = tcase_create("all");
    tcase_set_timeout(all, 300);
    tcase_add_test(all, everybody_at_once);
    tcase_add_test(all, stop_under_fire);
    suite_add_tcase(suite, all);
    return unit_run(suite);
}
