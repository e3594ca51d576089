/* All that a server does beside its requests, at once: writers, sessions that come and go, reloads, webhooks,
 * a state file, a journal file, faults. For the thread sanitizer, and for what must hold whatever the order:
 *
 *   state     each acknowledged write is there when the state file is opened again, each acknowledged
 *             deletion is not
 *   webhooks  each acknowledged creation was told
 *   metrics   the server has counted as many answers as the clients have seen
 *   memory    with REHEARSE_SOAK_S=600 the same runs for that long, and memory must not grow
 */
#include "tests/integration/wire.h"

#include "tests/unit/unit.h"

#include <stdatomic.h>
#include <sys/stat.h>
#include <time.h>

enum {
    ROUNDS = 150,
    WRITERS = 2,
    KEPT = 40, /* codes that a writer lets live */
    PATH_BYTES = 200,
    NAME_BYTES = 40,
    POSTS_MAX = 1 << 20,
    SAMPLES = 40,
    GROWTH_KIB =
        12 << 10, /* what the soak may grow by after its first quarter: allocators breathe */
};
#define PROFILE "genesys-provisioning"
#define CODES "/api/v2/routing/wrapupcodes"

struct code {
    char name[NAME_BYTES], id[NAME_BYTES];
    bool is_gone;
};

struct play {
    struct mock *mock;
    char token[PATH_BYTES], queue[NAME_BYTES];
    time_t end;          /* of a soak; 0: ROUNDS */
    atomic_bool is_over; /* the writers are done */
    atomic_int n_bad;
    atomic_uint n_answers;         /* of the site, not the admin API */
    atomic_uint n_told, n_refused; /* webhooks */
};

struct writer {
    struct play *play;
    unsigned number;
    struct code *codes; /* room for all rounds, used again in a soak */
    size_t n;
    unsigned n_made;
    bool has_unknown; /* an answer was lost */
};

static char folder[PATH_BYTES], state_file[PATH_BYTES + 20], journal_file[PATH_BYTES + 20];

static void complain(struct play *p, const char *what, int got)
{
    (void)fprintf(stderr, "%s: %d\n", what, got);
    (void)atomic_fetch_add(&p->n_bad, 1);
}

/* A subscriber in this process that is not to be had now and then: each time costs the queue a back-off, so that a
 * soak, which makes more than a hundred a second, must not do that often. */
static bool take_post(void *ctx, const struct mock_post *post, int *out_status, struct err *err)
{
    struct play *p = ctx;
    if ((atomic_load(&p->n_told) + atomic_load(&p->n_refused)) % (p->end ? 499 : 9) == 8) {
        (void)atomic_fetch_add(&p->n_refused, 1);
        return err_set(err, ERR_SYSTEM, "nobody is there");
    }
    *out_status = str_find(str_of(post->body), STR("created")) < strlen(post->body) ? 200 : 204;
    (void)atomic_fetch_add(&p->n_told, 1);
    return true;
}

static void open_site(struct mock_site *site)
{
    static const struct policy_choice choice = {STR_INIT("rate-limit"),
                                                STR_INIT("practically-none")};
    struct arena a;
    struct findings fs;
    struct err err = {0};
    arena_init(&a, 0, 0);
    findings_init(&fs, &a);
    ck_assert_msg(contract_open(&site->contract, PROFILE, &choice, 1, &fs, &err), "%s", err.msg);
    ck_assert_msg(tenant_open(&site->tenant, site->contract, "acme", &fs, &err), "%s", err.msg);
    arena_done(&a);
}

static struct mock *serve(struct play *p)
{
    struct mock_site site = {.prefix = STR(""), .state_file = state_file};
    const struct mock_journal journal = {.path = journal_file};
    const struct mock_options options = {
        .n_threads = 4,
        .seed = 1,
        .admin_token = STR("test-admin"),
        .journals = &journal,
        .n_journals = p->end == 0,
        .send = take_post,
        .send_ctx = p,
    };
    struct mock *mock = NULL;
    struct err err = {0};
    open_site(&site);
    ck_assert_msg(mock_start(&mock, &options, &site, 1, &err), "%s", err.msg);
    return mock;
}

/* The member of that name, a text, in an answer. */
static void member(char *out, size_t size, struct str body, const char *name)
{
    char mark[NAME_BYTES];
    (void)snprintf(mark, sizeof mark, "\"%s\":\"", name);
    size_t from = str_find(body, str_of(mark));
    struct str rest = str_slice(body, from + strlen(mark), body.len);
    rest = str_slice(rest, 0, str_find_char(rest, '"'));
    ck_assert_uint_lt(rest.len, size);
    memcpy(out, rest.s, rest.len);
    out[rest.len] = '\0';
}

static int ask(struct play *p, const struct wire_call *call, struct buf *body)
{
    int status = wire_ask(p->mock, call, body);
    (void)atomic_fetch_add(&p->n_answers, 1);
    return status;
}

static int fetch_token(struct play *p, const char *client, const char *secret, char *out)
{
    char form[300];
    struct buf body = {0};
    (void)snprintf(
        form, sizeof form,
        "grant_type=client_credentials&client_id=%s&client_secret=%s&scope="
        "routing:wrapupcode+routing:wrapupcode:write+routing:queue+analytics:events:write",
        client, secret);
    int status = ask(p,
                     &(struct wire_call){.method = "POST",
                                         .path = "/oauth/token",
                                         .type = "application/x-www-form-urlencoded",
                                         .body = form},
                     &body);
    if (status == 200) {
        member(out, PATH_BYTES, buf_str(&body), "access_token");
    }
    buf_done(&body);
    return status;
}

static bool goes_on(const struct play *p, unsigned round)
{
    return p->end ? time(NULL) < p->end : round < ROUNDS;
}

static void create(struct writer *w, unsigned round)
{
    struct play *p = w->play;
    struct code *c = &w->codes[w->n];
    char text[400];
    struct buf body = {0};
    (void)snprintf(c->name, sizeof c->name, "W%u-%u", w->number, round);
    (void)snprintf(text, sizeof text,
                   "{\"codeName\":\"%s\",\"code\":\"%s\",\"codeCategoryName\":\"sales\","
                   "\"routingQueue\":{\"id\":\"%s\"}}",
                   c->name, c->name, p->queue);
    int status = ask(
        p, &(struct wire_call){.method = "POST", .path = CODES, .bearer = p->token, .body = text},
        &body);
    if (status == 200) {
        member(c->id, sizeof c->id, buf_str(&body), "id");
        c->is_gone = false;
        w->n++;
        w->n_made++;
    } else if (status != 503) {
        complain(p, buf_cstr(&body), status);
    }
    buf_done(&body);
}

static void drop(struct writer *w, size_t i)
{
    struct play *p = w->play;
    char path[PATH_BYTES];
    (void)snprintf(path, sizeof path, "/entities/wrapupCode?id=%s", w->codes[i].id);
    int status = wire_admin(p->mock, "DELETE", path, NULL); /* the profile has no deletion */
    if (status == 200 || status == 204) {
        w->codes[i].is_gone = true;
    } else {
        complain(p, "delete", status);
    }
}

static void *write_on(void *ctx)
{
    struct writer *w = ctx;
    for (unsigned round = 0; goes_on(w->play, round); round++) {
        create(w, round);
        if (w->n > KEPT && !w->codes[w->n - KEPT].is_gone) {
            drop(w, w->n - KEPT);
        }
        if (w->n == ROUNDS && w->play->end) { /* a soak forgets the oldest, which are gone */
            size_t kept = 0;
            for (size_t i = 0; i < w->n; i++) {
                if (!w->codes[i].is_gone) {
                    w->codes[kept++] = w->codes[i];
                }
            }
            w->n = kept;
            if (w->n == ROUNDS) {
                drop(w, 0);
            }
        }
    }
    return NULL;
}

static void *have_sessions(void *ctx)
{
    struct play *p = ctx;
    while (!atomic_load(&p->is_over)) {
        struct buf made = {0};
        char id[NAME_BYTES], path[PATH_BYTES], token[PATH_BYTES] = "";
        struct str client;
        int status = wire_ask(p->mock,
                              &(struct wire_call){.method = "POST",
                                                  .path = "/__rehearse/sessions",
                                                  .admin = "test-admin",
                                                  .body = "{\"client\":{\"id\":\"own\","
                                                          "\"secret\":\"own\"},\"port\":0}"},
                              &made);
        client = buf_str(&made);
        member(id, sizeof id, client, "id");
        if (status == 409) { /* the client is another session's at the moment */
            buf_done(&made);
            continue;
        }
        if (status != 201) {
            complain(p, buf_cstr(&made), status);
        }
        (void)fetch_token(p, "own", "own", token);
        if (token[0]) {
            status =
                ask(p, &(struct wire_call){.method = "GET", .path = CODES, .bearer = token}, NULL);
            if (status != 200 && status != 401 && status != 503) {
                complain(p, "in a session", status);
            }
        }
        (void)snprintf(path, sizeof path, "/sessions/%s", id);
        status = wire_admin(p->mock, "DELETE", path, NULL);
        if (status != 200 && status != 204 && status != 404) {
            complain(p, "drop a session", status);
        }
        buf_done(&made);
    }
    return NULL;
}

/* New fixtures under the server: the state stays, reset would go back to the new ones. */
static void *load_again(void *ctx)
{
    struct play *p = ctx;
    while (!atomic_load(&p->is_over)) {
        struct mock_site fresh = {.prefix = STR("")};
        struct arena a;
        struct findings fs;
        struct err err = {0};
        arena_init(&a, 0, 0);
        findings_init(&fs, &a);
        const struct contract *c = mock_site_contract(p->mock, 0);
        if (!tenant_open(&fresh.tenant, c, "acme", &fs, &err)) {
            complain(p, err.msg, 0);
        } else {
            const struct mock_reload again = {.tenant = fresh.tenant, .keeps_state = true};
            mock_reload_begin(p->mock);
            bool is_well = mock_reload(p->mock, &again, &fs, &err);
            mock_reload_end(p->mock, "test", is_well ? NULL : &err);
            if (!is_well) {
                complain(p, err.msg, 0);
            }
        }
        arena_done(&a);
        (void)usleep(2000);
    }
    return NULL;
}

static void *look_on(void *ctx)
{
    static const char *const paths[] = {"/hooks",    "/journal?limit=5", "/metrics",
                                        "/sessions", "/state",           "/health"};
    struct play *p = ctx;
    for (unsigned i = 0; !atomic_load(&p->is_over); i++) {
        int status = wire_admin(p->mock, "GET", paths[i % (sizeof paths / sizeof *paths)], NULL);
        if (status != 200) {
            complain(p, paths[i % (sizeof paths / sizeof *paths)], status);
        }
        if (i % 16 == 0) {
            (void)wire_admin(p->mock, "POST", "/faults",
                             "{\"preset\":\"503-retry-after\",\"times\":1}");
            (void)wire_admin(p->mock, "POST", "/faults",
                             "{\"when\":{\"every\":7},\"then\":{\"latencyMs\":2},\"times\":3}");
        }
        if (i % 64 == 63) {
            (void)wire_admin(p->mock, "DELETE", "/faults", NULL);
        }
    }
    return NULL;
}

/* The sum of a metric over its labels. */
static uint64_t metric(struct mock *mock, const char *name)
{
    struct buf body = {0};
    uint64_t sum = 0;
    ck_assert_int_eq(wire_ask(mock,
                              &(struct wire_call){.method = "GET",
                                                  .path = "/__rehearse/metrics",
                                                  .admin = "test-admin"},
                              &body),
                     200);
    struct str rest = buf_str(&body), line;
    while (str_cut(&rest, '\n', &line)) {
        struct str after = str_slice(line, strlen(name), line.len);
        if (str_starts(line, str_of(name)) &&
            (str_starts(after, STR("{")) || str_starts(after, STR(" ")))) {
            size_t at = line.len;
            while (line.s[at - 1] != ' ') {
                at--;
            }
            uint64_t n = 0;
            ck_assert(num_parse_u64(&n, str_slice(line, at, line.len), 0, UINT64_MAX));
            sum += n;
        }
    }
    buf_done(&body);
    return sum;
}

static long resident_kib(void)
{
    FILE *f = fopen("/proc/self/statm", "r");
    char text[100] = "";
    bool is_read = f && fgets(text, sizeof text, f);
    if (f) {
        (void)fclose(f);
    }
    const char *second = strchr(text, ' ');
    return is_read && second ? strtol(second, NULL, 10) * (sysconf(_SC_PAGESIZE) / 1024) : 0;
}

/* Memory while the soak runs: the most of its second quarter against the most of its last. */
static void watch(struct play *p, time_t begin)
{
    long samples[SAMPLES] = {0};
    time_t step = (p->end - begin) / SAMPLES;
    for (size_t i = 0; i < SAMPLES; i++) {
        while (time(NULL) < begin + (time_t)i * step) {
            (void)usleep(100000);
        }
        samples[i] = resident_kib();
    }
    long early = 0, late = 0;
    for (size_t i = SAMPLES / 4; i < SAMPLES / 2; i++) {
        early = samples[i] > early ? samples[i] : early;
    }
    for (size_t i = SAMPLES - SAMPLES / 4; i < SAMPLES; i++) {
        late = samples[i] > late ? samples[i] : late;
    }
    (void)printf("resident: at first %ld KiB, second quarter %ld, last quarter %ld\n", samples[0],
                 early, late);
    ck_assert_msg(late <= early + GROWTH_KIB, "memory grows: %ld KiB, then %ld", early, late);
}

static void verify(struct play *p, const struct writer *writers)
{
    struct buf state = {0};
    ck_assert_int_eq(wire_ask(p->mock,
                              &(struct wire_call){.method = "GET",
                                                  .path = "/__rehearse/state",
                                                  .admin = "test-admin"},
                              &state),
                     200);
    for (size_t i = 0; i < WRITERS; i++) {
        for (size_t k = 0; k < writers[i].n; k++) {
            const struct code *c = &writers[i].codes[k];
            bool is_there = str_find(buf_str(&state), str_of(c->id)) < state.len;
            ck_assert_msg(is_there != c->is_gone, "%s is %s", c->name,
                          is_there ? "there again" : "lost");
        }
    }
    buf_done(&state);
}

static void subscribe(struct play *p)
{
    struct buf list = {0};
    ck_assert_int_eq(
        ask(p,
            &(struct wire_call){.method = "GET", .path = CODES "?page_size=1", .bearer = p->token},
            &list),
        200);
    struct str queue = buf_str(&list);
    queue = str_slice(queue, str_find(queue, STR("\"routingQueue\"")), queue.len);
    member(p->queue, sizeof p->queue, queue, "id");
    ck_assert_int_eq(
        ask(p,
            &(struct wire_call){.method = "POST",
                                .path = "/api/v2/analytics/events/webhooks",
                                .bearer = p->token,
                                .body = "{\"name\":\"BI\",\"callbackUrl\":\"http://127.0.0.1:9/x\","
                                        "\"eventTypes\":[\"routing:wrapupcode:created\"],"
                                        "\"filters\":{\"matchType\":\"all\",\"filters\":[]}}"},
            NULL),
        200);
    buf_done(&list);
}

static void begin(struct play *p)
{
    const char *soak = getenv("REHEARSE_SOAK_S");
    p->end = soak ? time(NULL) + strtol(soak, NULL, 10) : 0;
    (void)snprintf(folder, sizeof folder, "%s", "/tmp/rehearse-together-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    (void)snprintf(state_file, sizeof state_file, "%s/state.db", folder);
    (void)snprintf(journal_file, sizeof journal_file, "%s/journal.ndjson", folder);
    (void)signal(SIGPIPE, SIG_IGN);
    p->mock = serve(p);
    ck_assert_int_eq(fetch_token(p, "acme-admin", "acme-admin-secret", p->token), 200);
    subscribe(p);
}

static void forget_files(void)
{
    static const char *const ends[] = {"", "-wal", "-shm", "-journal"};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        char path[PATH_BYTES + 40];
        (void)snprintf(path, sizeof path, "%s%s", state_file, ends[i]);
        (void)unlink(path);
    }
    (void)unlink(journal_file);
    (void)rmdir(folder);
}

/* Every acknowledged creation was told; the worker may still be at it. */
static void await_hooks(struct play *p, unsigned n_made)
{
    for (int i = 0; metric(p->mock, "rehearse_webhook_queue") > 0 && i < 12000; i++) {
        (void)usleep(10000);
    }
    uint64_t told = metric(p->mock, "rehearse_webhooks_total");
    ck_assert_uint_eq(told, n_made);
    ck_assert_uint_eq(atomic_load(&p->n_told), n_made);
    ck_assert_uint_eq(metric(p->mock, "rehearse_webhook_attempts_total"),
                      n_made + atomic_load(&p->n_refused));
}

START_TEST(together)
{
    static void *(*const others[])(void *) = {have_sessions, have_sessions, load_again, look_on};
    enum { OTHERS = sizeof others / sizeof *others };
    struct play play = {.end = 0};
    struct writer writers[WRITERS];
    pthread_t writing[WRITERS], beside[OTHERS];
    unsigned n_made = 0;
    time_t started = time(NULL);
    begin(&play);
    for (unsigned i = 0; i < WRITERS; i++) {
        writers[i] = (struct writer){
            .play = &play, .number = i, .codes = MEM_ARRAY(ROUNDS + 1, struct code)};
        ck_assert_int_eq(pthread_create(&writing[i], NULL, write_on, &writers[i]), 0);
    }
    for (size_t i = 0; i < OTHERS; i++) {
        ck_assert_int_eq(pthread_create(&beside[i], NULL, others[i], &play), 0);
    }
    if (play.end) {
        watch(&play, started);
    }
    for (size_t i = 0; i < WRITERS; i++) {
        (void)pthread_join(writing[i], NULL);
        n_made += writers[i].n_made;
    }
    atomic_store(&play.is_over, true);
    for (size_t i = 0; i < OTHERS; i++) {
        (void)pthread_join(beside[i], NULL);
    }
    ck_assert_int_eq(atomic_load(&play.n_bad), 0);
    ck_assert_uint_gt(n_made, WRITERS * ROUNDS / 2);
    await_hooks(&play, n_made);
    ck_assert_uint_eq(metric(play.mock, "rehearse_requests_total"), atomic_load(&play.n_answers));
    verify(&play, writers);
    mock_stop(play.mock);
    play.mock = serve(&play); /* from the state file */
    verify(&play, writers);
    mock_stop(play.mock);
    (void)printf("together: %u codes, %u answers\n", n_made, atomic_load(&play.n_answers));
    for (size_t i = 0; i < WRITERS; i++) {
        mem_free(writers[i].codes);
    }
    forget_files();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("together");
    TCase *all = tcase_create("all");
    const char *soak = getenv("REHEARSE_SOAK_S");
    tcase_set_timeout(all, 300 + (soak ? strtod(soak, NULL) * 2 : 0));
    tcase_add_test(all, together);
    suite_add_tcase(suite, all);
    return unit_run(suite);
}
