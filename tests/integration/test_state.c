/* serve --state: what was answered is there after kill -9, after a disk that was full, and once;
 * what is no state file of ours is refused and left as it is. */
#include "tests/integration/wire.h"

#include "tests/unit/unit.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

enum { WRITERS = 4, NAMES_MAX = 20000, NAME_BYTES = 40, ROUNDS_A_FILE = 10, KILLS_DEFAULT = 12 };

static char folder[100], state_file[140], ready_file[140];

static void setup(void)
{
    (void)snprintf(folder, sizeof folder, "%s", "/tmp/rehearse-state-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    (void)snprintf(state_file, sizeof state_file, "%s/state.db", folder);
    (void)snprintf(ready_file, sizeof ready_file, "%s/ready.json", folder);
    (void)signal(SIGPIPE, SIG_IGN);
}

static void forget_state(void)
{
    static const char *const ends[] = {"", "-wal", "-shm", "-journal"};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        char path[200];
        (void)snprintf(path, sizeof path, "%s%s", state_file, ends[i]);
        (void)unlink(path);
    }
}

static void teardown(void)
{
    forget_state();
    (void)unlink(ready_file);
    (void)rmdir(folder);
}

/* A server in a process of its own, that can be killed. */
struct server {
    pid_t pid;
    uint16_t port;
};

static bool read_port(uint16_t *out)
{
    struct arena a;
    struct str text;
    const struct json_doc *doc = NULL;
    arena_init(&a, 0, 0);
    bool is_read = file_read(&text, &a, ready_file, 1 << 16, NULL) &&
                   json_parse(&doc, &a, STR(""), text, NULL, NULL, NULL);
    if (is_read) {
        *out = wire_port(json_str_or(
            json_get(json_first(json_get(json_root(doc), STR("listeners"))), STR("url")), STR("")));
    }
    arena_done(&a);
    return is_read;
}

static struct server start(void)
{
    const char *program = getenv("REHEARSE");
    struct server s = {.pid = -1};
    (void)unlink(ready_file);
    s.pid = fork();
    ck_assert_int_ge(s.pid, 0);
    if (s.pid == 0) {
        (void)execl(program ? program : "build/debug/rehearse", "rehearse", "serve", "--quiet",
                    "--port", "0", "--ready-file", ready_file, "--admin-token", "test-admin",
                    "--policy", "rate-limit=practically-none", "--state", state_file, (char *)NULL);
        _exit(127);
    }
    for (int i = 0; !read_port(&s.port); i++) {
        ck_assert_int_lt(i, 4000);
        ck_assert_int_eq(waitpid(s.pid, NULL, WNOHANG), 0);
        (void)usleep(5000);
    }
    return s;
}

static void end(const struct server *s, int how)
{
    int status = 0;
    ck_assert_int_eq(kill(s->pid, how), 0);
    ck_assert_int_eq(waitpid(s->pid, &status, 0), s->pid);
    ck_assert(how == SIGKILL || (WIFEXITED(status) && WEXITSTATUS(status) == 0));
}

enum fate { FATE_UNKNOWN, FATE_THERE, FATE_GONE };

struct written {
    char name[NAME_BYTES];
    enum fate fate;
};

struct writer {
    int fd;
    unsigned number, round;
    const char *token;
    struct written *names; /* room for NAMES_MAX / WRITERS */
    size_t n;
};

/* Creates, and drops every fourth again, until the server is gone. */
static void *write_on(void *ctx)
{
    struct writer *w = ctx;
    int fd = w->fd;
    for (unsigned i = 0; w->n < NAMES_MAX / WRITERS; i++) {
        struct written *one = &w->names[w->n++];
        char body[100], path[200];
        (void)snprintf(one->name, sizeof one->name, "r%uw%un%u.", w->round, w->number, i);
        (void)snprintf(body, sizeof body, "{\"name\":\"%s\"}", one->name);
        one->fate = FATE_UNKNOWN;
        struct wire_answer answer = wire_call(
            fd, &(struct wire_call){
                    .method = "POST", .path = WIRE_CODES, .bearer = w->token, .body = body});
        bool is_well = answer.status == 200;
        if (is_well) {
            one->fate = FATE_THERE;
            size_t from = str_find(answer.body, STR("\"id\":\"")) + 6;
            (void)snprintf(path, sizeof path, WIRE_CODES "/%.36s", answer.body.s + from);
        }
        wire_drop(&answer);
        if (is_well && i % 4 == 3) {
            one->fate = FATE_UNKNOWN;
            answer = wire_call(
                fd, &(struct wire_call){.method = "DELETE", .path = path, .bearer = w->token});
            is_well = answer.status >= 200 && answer.status < 300;
            one->fate = is_well ? FATE_GONE : FATE_UNKNOWN;
            wire_drop(&answer);
        }
        if (!is_well) {
            break;
        }
    }
    return NULL;
}

static struct str ask(uint16_t port, const struct wire_call *call, struct wire_answer *out)
{
    AUTO(fd_close) int fd = wire_dial(port);
    *out = wire_call(fd, call);
    ck_assert_int_ge(out->status, 200);
    ck_assert_int_lt(out->status, 300);
    return out->body;
}

static size_t occurrences(struct str text, const char *name)
{
    char mark[NAME_BYTES + 20];
    (void)snprintf(mark, sizeof mark, "\"name\": \"%s\"", name);
    size_t n = 0, at;
    text = str_slice(text, 0, str_find(text, STR("\"audit\": ["))); /* audits tell the names too */
    while ((at = str_find(text, str_of(mark))) < text.len) {
        text = str_slice(text, at + 1, text.len);
        n++;
    }
    return n;
}

static void verify(uint16_t port, const struct written *names, size_t n)
{
    struct wire_answer answer;
    struct str state = ask(
        port,
        &(struct wire_call){.method = "GET", .path = "/__rehearse/state", .admin = "test-admin"},
        &answer);
    for (size_t i = 0; i < n; i++) {
        size_t seen = occurrences(state, names[i].name);
        ck_assert_msg(seen <= 1 &&
                          (names[i].fate == FATE_UNKNOWN || seen == (names[i].fate == FATE_THERE)),
                      "%s: fate %d, seen %zu", names[i].name, (int)names[i].fate, seen);
    }
    wire_drop(&answer);
}

static void fetch_token(uint16_t port, char out[100])
{
    struct wire_answer answer;
    struct str mark = STR("\"access_token\":\"");
    struct str text = ask(port,
                          &(struct wire_call){.method = "POST",
                                              .path = "/oauth/token",
                                              .type = "application/x-www-form-urlencoded",
                                              .body = "grant_type=client_credentials",
                                              .extra = "Authorization: Basic "
                                                       "YWNtZS1hZG1pbjphY21lLWFkbWluLXNlY3JldA=="
                                                       "\r\n"},
                          &answer);
    text = str_slice(text, str_find(text, mark) + mark.len, text.len);
    text = str_slice(text, 0, str_find_char(text, '"'));
    ck_assert(text.len > 0 && text.len < 100);
    memcpy(out, text.s, text.len);
    out[text.len] = '\0';
    wire_drop(&answer);
}

/* One life: verified, written to by several at once, killed. Gives how many names there are now. */
static size_t live(struct server *s, const char *token, struct written *names, size_t n,
                   unsigned round)
{
    struct writer writers[WRITERS];
    pthread_t threads[WRITERS];
    struct written *own = MEM_ARRAY(NAMES_MAX, struct written);
    verify(s->port, names, n);
    for (unsigned i = 0; i < WRITERS; i++) {
        writers[i] = (struct writer){.fd = wire_dial(s->port),
                                     .number = i,
                                     .round = round,
                                     .token = token,
                                     .names = own + (size_t)i * (NAMES_MAX / WRITERS)};
        ck_assert_int_eq(pthread_create(&threads[i], NULL, write_on, &writers[i]), 0);
    }
    uint32_t random;
    random_secret(&random, sizeof random);
    (void)usleep(2000 + random % 60000);
    end(s, SIGKILL);
    for (unsigned i = 0; i < WRITERS; i++) {
        (void)pthread_join(threads[i], NULL);
        fd_close(&writers[i].fd);
        for (size_t k = 0; k < writers[i].n && n < NAMES_MAX; k++) {
            names[n++] = writers[i].names[k];
        }
    }
    mem_free(own);
    return n;
}

START_TEST(killed)
{
    const char *asked = getenv("REHEARSE_KILLS");
    unsigned kills = asked ? (unsigned)strtoul(asked, NULL, 10) : KILLS_DEFAULT;
    struct written *names = MEM_ARRAY(NAMES_MAX, struct written);
    char token[100] = "";
    size_t n = 0, all = 0;
    for (unsigned round = 0; round < kills; round++) {
        if (round % ROUNDS_A_FILE == 0) {
            forget_state();
            n = 0;
        }
        struct server s = start();
        if (round % ROUNDS_A_FILE == 0) {
            fetch_token(s.port, token); /* it outlives the kills as well */
        }
        size_t before = n;
        n = live(&s, token, names, n, round);
        all += n - before;
    }
    struct server s = start();
    verify(s.port, names, n);
    end(&s, SIGTERM);
    (void)printf("killed %u times, %zu writes\n", kills, all);
    ck_assert_uint_gt(all, kills); /* it was under load */
    mem_free(names);
}
END_TEST

/* What reset, replace, restore and revoked tokens leave is there too. */
START_TEST(outlives)
{
    char token[100], second[100];
    struct wire_answer answer, again;
    struct server s = start();
    const struct wire_call get = {
        .method = "GET", .path = "/__rehearse/state", .admin = "test-admin"};
    fetch_token(s.port, token);
    fetch_token(s.port, second);
    const struct wire_call calls[] = {
        {.method = "POST", .path = WIRE_CODES, .bearer = token, .body = "{\"name\":\"Lost\"}"},
        {.method = "POST", .path = "/__rehearse/reset", .admin = "test-admin"},
        {.method = "POST", .path = WIRE_CODES, .bearer = token, .body = "{\"name\":\"Kept\"}"},
        {.method = "PUT", .path = "/__rehearse/snapshots/one", .admin = "test-admin"},
        {.method = "POST", .path = WIRE_CODES, .bearer = token, .body = "{\"name\":\"Lost\"}"},
        {.method = "POST", .path = "/__rehearse/snapshots/one/restore", .admin = "test-admin"},
        {.method = "POST", .path = WIRE_CODES, .bearer = token, .body = "{\"name\":\"Last\"}"},
        {.method = "DELETE", .path = "/api/v2/tokens/me", .bearer = second},
    };
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        (void)ask(s.port, &calls[i], &answer);
        wire_drop(&answer);
    }
    struct str before = ask(s.port, &get, &answer);
    ck_assert_uint_eq(occurrences(before, "Kept"), 1);
    ck_assert_uint_eq(occurrences(before, "Last"), 1);
    ck_assert_uint_eq(occurrences(before, "Lost"), 0);
    end(&s, SIGKILL);
    s = start();
    struct str after = ask(s.port, &get, &again);
    ck_assert_msg(str_eq(before, after), "the tenant is another one");
    wire_drop(&answer);
    wire_drop(&again);
    AUTO(fd_close) int fd = wire_dial(s.port);
    answer =
        wire_call(fd, &(struct wire_call){.method = "GET", .path = WIRE_CODES, .bearer = second});
    ck_assert_int_eq(answer.status, 401);
    wire_drop(&answer);
    answer =
        wire_call(fd, &(struct wire_call){.method = "GET", .path = WIRE_CODES, .bearer = token});
    ck_assert_int_eq(answer.status, 200);
    wire_drop(&answer);
    end(&s, SIGTERM);
}
END_TEST

/* A server in this process that keeps its state; NULL, with the reason in `err`. */
static struct mock *serve(const char *profile, struct err *err)
{
    struct mock *mock = NULL;
    struct mock_site site = wire_site(profile, "");
    struct mock_options options = {.n_threads = 2, .seed = 1, .admin_token = STR("test-admin")};
    site.state_file = state_file;
    return mock_start(&mock, &options, &site, 1, err) ? mock : NULL;
}

static int create(const struct mock *mock, const char *token, const char *name)
{
    char body[100];
    (void)snprintf(body, sizeof body, "{\"name\":\"%s\"}", name);
    return wire_ask(
        mock,
        &(struct wire_call){.method = "POST", .path = WIRE_CODES, .bearer = token, .body = body},
        NULL);
}

/* Files may not grow for a while: what cannot be stored is refused, and has not happened. */
START_TEST(disk_is_full)
{
    struct err err = {0};
    struct mock *mock = serve(WIRE_PROFILE, &err);
    char token[100], name[40];
    struct rlimit none = {0}, before;
    struct buf state = {0}, again = {0};
    ck_assert_msg(mock, "%s", err.msg);
    wire_token(mock, token, sizeof token);
    ck_assert_int_eq(create(mock, token, "Before"), 200);
    (void)signal(SIGXFSZ, SIG_IGN);
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
    char log_file[160]; /* SQLite's: it holds the tenant, and grows with each change */
    struct stat log;
    (void)snprintf(log_file, sizeof log_file, "%s-wal", state_file);
    ck_assert_int_eq(stat(log_file, &log), 0);
    ck_assert_int_gt(log.st_size, 16384);
    none = (struct rlimit){.rlim_cur = (rlim_t)log.st_size, .rlim_max = before.rlim_max};
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &none), 0);
    for (int i = 0; i < 5; i++) {
        (void)snprintf(name, sizeof name, "Refused%d", i);
        int status = create(mock, token, name);
        ck_assert_msg(status == 500, "%d", status);
    }
    ck_assert_int_eq(wire_admin(mock, "POST", "/reset", NULL), 507);
    ck_assert_int_eq(wire_admin(mock, "GET", "/journal?status=500", NULL), 200);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &before), 0);
    const struct wire_call get = {
        .method = "GET", .path = "/__rehearse/state", .admin = "test-admin"};
    ck_assert_int_eq(wire_ask(mock, &get, &state), 200);
    ck_assert_uint_eq(occurrences(buf_str(&state), "Before"), 1);
    ck_assert_uint_eq(occurrences(buf_str(&state), "Refused0"), 0);
    ck_assert_int_eq(create(mock, token, "Refused0"), 200); /* now it is taken */
    buf_clear(&state);
    ck_assert_int_eq(wire_ask(mock, &get, &state), 200);
    mock_stop(mock);
    mock = serve(WIRE_PROFILE, &err);
    ck_assert_msg(mock, "%s", err.msg);
    ck_assert_int_eq(wire_ask(mock, &get, &again), 200);
    ck_assert(str_eq(buf_str(&state), buf_str(&again)));
    mock_stop(mock);
    buf_done(&state);
    buf_done(&again);
}
END_TEST

static void put_file(const char *text, size_t n)
{
    int fd = open(state_file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, text, n), (ssize_t)n);
    (void)close(fd);
}

/* Files that are none of ours, or no longer whole: refused with a reason, byte for byte as before. */
START_TEST(foreign)
{
    static const char *const files[] = {"hello", "{\"format\":1}\n", "SQLite format 3"};
    char text[8192] = "", back[8192];
    struct err err = {0};
    (void)snprintf(text, sizeof text, "%s", files[_i]);
    size_t n = _i == 2 ? sizeof text : strlen(text); /* the third: a head, then nothing */
    put_file(text, n);
    ck_assert_ptr_null(serve(WIRE_PROFILE, &err));
    ck_assert_msg(str_find(str_of(err.msg), str_of(state_file)) < strlen(err.msg), "%s", err.msg);
    int fd = open(state_file, O_RDONLY | O_CLOEXEC);
    ck_assert_int_eq(read(fd, back, sizeof back), (ssize_t)n);
    (void)close(fd);
    ck_assert_int_eq(memcmp(text, back, n), 0);
}
END_TEST

START_TEST(other_profile_or_server)
{
    struct err err = {0};
    struct mock *mock = serve("cxone-interaction-config", &err);
    ck_assert_msg(mock, "%s", err.msg);
    ck_assert_ptr_null(serve("cxone-interaction-config", &err));
    ck_assert_msg(strstr(err.msg, "in use"), "%s", err.msg);
    mock_stop(mock);
    ck_assert_ptr_null(serve(WIRE_PROFILE, &err));
    ck_assert_msg(strstr(err.msg, "cxone-interaction-config"), "%s", err.msg);
}
END_TEST

/* Every page of a good file spoilt in turn: it is refused, or what it holds is a sound tenant. */
START_TEST(damaged)
{
    struct err err = {0};
    static char whole[1 << 20], bad[1 << 20];
    struct mock *mock = serve(WIRE_PROFILE, &err);
    ck_assert_msg(mock, "%s", err.msg);
    mock_stop(mock);
    int fd = open(state_file, O_RDONLY | O_CLOEXEC);
    ssize_t n = read(fd, whole, sizeof whole);
    (void)close(fd);
    ck_assert(n > 4096 && (size_t)n < sizeof whole);
    size_t refused = 0, pages = 0;
    for (size_t at = 0; at < (size_t)n; at += 4096, pages++) {
        memcpy(bad, whole, (size_t)n);
        memset(bad + at + 100, 0xa5, 900);
        forget_state();
        put_file(bad, (size_t)n);
        mock = serve(WIRE_PROFILE, &err);
        refused += !mock;
        mock_stop(mock);
    }
    ck_assert_uint_gt(refused, pages / 2);
    forget_state();
    put_file(whole, (size_t)n / 2);
    ck_assert_ptr_null(serve(WIRE_PROFILE, &err));
}
END_TEST

/* Fixtures exchanged by whoever started the server, and a bad fault file that changes nothing. */
START_TEST(reloaded)
{
    static const struct {
        const char *faults;
        bool keeps_state, is_well;
        int before, after, reset; /* how often the code is there */
    } rows[] = {
        {"{\"faults\":[]}", false, true, 1, 0, 0},
        {"{\"faults\":[]}", true, true, 1, 1, 0},
        {"{\"faults\":[{\"then\":{\"stauts\":503}}]}", false, false, 1, 1, 0},
    };
    struct err err = {0};
    struct mock *mock = serve(WIRE_PROFILE, &err);
    char token[100];
    const struct wire_call get = {
        .method = "GET", .path = "/__rehearse/state", .admin = "test-admin"};
    ck_assert_msg(mock, "%s", err.msg);
    wire_token(mock, token, sizeof token);
    ck_assert_int_eq(create(mock, token, "Changed"), 200);
    struct arena a;
    struct findings fs;
    struct tenant *fresh = NULL;
    const struct json_doc *doc = NULL;
    arena_init(&a, 0, 0);
    findings_init(&fs, &a);
    ck_assert(tenant_open(&fresh, mock_site_contract(mock, 0), "acme", &fs, &err));
    ck_assert(json_parse(&doc, &a, STR("f"), str_of(rows[_i].faults), NULL, &fs, &err));
    struct json file = json_root(doc);
    struct mock_reload to = {.tenant = fresh,
                             .faults = &file,
                             .n_faults = 1,
                             .has_faults = true,
                             .keeps_state = rows[_i].keeps_state};
    struct buf state = {0};
    ck_assert_int_eq(wire_ask(mock, &get, &state), 200);
    ck_assert_int_eq((int)occurrences(buf_str(&state), "Changed"), rows[_i].before);
    mock_reload_begin(mock);
    ck_assert(mock_reload(mock, &to, &fs, &err) == rows[_i].is_well);
    mock_reload_end(mock, "test", rows[_i].is_well ? NULL : &err);
    buf_clear(&state);
    ck_assert_int_eq(wire_ask(mock, &get, &state), 200);
    ck_assert_int_eq((int)occurrences(buf_str(&state), "Changed"), rows[_i].after);
    ck_assert_int_eq(wire_admin(mock, "POST", "/reset", NULL), 200);
    ck_assert_int_eq(wire_admin(mock, "GET", "/reload", NULL), 200);
    ck_assert_int_eq(wire_admin(mock, "POST", "/reload", NULL), 409); /* nobody would do it */
    buf_clear(&state);
    ck_assert_int_eq(wire_ask(mock, &get, &state), 200);
    ck_assert_int_eq((int)occurrences(buf_str(&state), "Changed"), rows[_i].reset);
    const struct wire_call list = {.method = "GET", .path = WIRE_CODES, .bearer = token};
    ck_assert_int_eq(wire_ask(mock, &list, NULL), 200); /* the token is still good */
    mock_stop(mock);
    buf_done(&state);
    arena_done(&a);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("state");
    TCase *all = tcase_create("all");
    tcase_set_timeout(all, 300);
    tcase_add_checked_fixture(all, setup, teardown);
    tcase_add_test(all, outlives);
    tcase_add_test(all, disk_is_full);
    tcase_add_loop_test(all, foreign, 0, 3);
    tcase_add_test(all, other_profile_or_server);
    tcase_add_test(all, damaged);
    tcase_add_loop_test(all, reloaded, 0, 3);
    tcase_add_test(all, killed);
    suite_add_tcase(suite, all);
    return unit_run(suite);
}
