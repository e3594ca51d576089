/* Real programs, unmodified, with the vendor's hosts in them, run sealed off against a mock of their own.
 * Where this machine gives no seal, or lacks a program, that is said aloud and left out. */
#include "replay/replay.h"
#include "tests/unit/unit.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static struct arena arena;
static struct findings findings;
static struct run_ground *ground;

static void setup(void)
{
    static const char *const profiles[] = {"genesys-cloud"};
    const struct run_ground_options options = {
        .profiles = profiles, .n_profiles = 1, .seal = RUN_SEAL_AUTO};
    struct err err = {0};
    arena_init(&arena, 0, 0);
    findings_init(&findings, &arena);
    ck_assert_msg(run_ground_open(&ground, &options, &findings, &err), "%s", err.msg);
}

static void teardown(void)
{
    run_ground_free(ground);
    ground = NULL;
    arena_done(&arena);
}

static bool is_sealed(void)
{
    bool is = run_ground_seal(ground) == RUN_SEAL_USER || run_ground_seal(ground) == RUN_SEAL_ROOT;
    if (!is) {
        printf("skip: %.*s\n", STR_ARG(run_ground_why(ground)));
    }
    return is;
}

static struct json parse(struct str text)
{
    const struct json_doc *doc = NULL;
    struct err err = {0};
    ck_assert_msg(json_parse(&doc, &arena, STR("test"), text, NULL, &findings, &err), "%.*s",
                  STR_ARG(text));
    return json_root(doc);
}

/* Runs a shell line; `fault` is a document of a fault file or NULL. */
static void run(struct run_result *out, const char *script, const char *fault, int64_t timeout_ms)
{
    char shell[] = "/bin/sh", flag[] = "-c", text[4000];
    char *argv[] = {shell, flag, text, NULL};
    struct json faults[1];
    struct err err = {0};
    (void)snprintf(text, sizeof text, "%s", script);
    if (fault) {
        faults[0] = parse(str_of(fault));
    }
    const struct run_spec spec = {.ground = ground,
                                  .argv = argv,
                                  .faults = faults,
                                  .n_faults = fault != NULL,
                                  .seed = 1,
                                  .timeout_ms = timeout_ms,
                                  .in = -1,
                                  .stop = -1};
    ck_assert_msg(run_once(&spec, out, &findings, &err), "%s", err.msg);
}

static bool has(const char *program)
{
    struct str rest = str_of(getenv("PATH")), folder;
    while (str_cut(&rest, ':', &folder)) {
        struct buf path;
        buf_init(&path, &arena);
        buf_printf(&path, "%.*s/%s", STR_ARG(folder), program);
        if (access(buf_cstr(&path), X_OK) == 0) {
            return true;
        }
    }
    printf("skip: there is no %s here\n", program);
    return false;
}

#define TOKEN                                                                                      \
    "curl -sS -u acme-admin:acme-admin-secret -d grant_type=client_credentials "                   \
    "https://login.mypurecloud.com/oauth/token"
#define CODES "https://api.mypurecloud.com/api/v2/routing/wrapupcodes"

/* What programs of several languages say of a list that they read by the vendor's own names. */
static const struct program {
    const char *needs, *script, *out;
} programs[] = {
    {"curl",
     "t=$(" TOKEN " | sed 's/.*\"access_token\":\"\\([^\"]*\\)\".*/\\1/'); "
     "curl -sS -o /dev/null -w '%{http_code}' -H \"Authorization: Bearer $t\" " CODES,
     "200"},
    {"python3",
     "exec python3 -c '\n"
     "import base64,json,urllib.request as u\n"
     "a=base64.b64encode(b\"acme-admin:acme-admin-secret\").decode()\n"
     "r=u.Request(\"https://login.mypurecloud.com/oauth/token\",b\"grant_type=client_credentials\","
     "{\"Authorization\":\"Basic \"+a})\n"
     "t=json.load(u.urlopen(r))[\"access_token\"]\n"
     "r=u.urlopen(u.Request(\"" CODES "\",headers={\"Authorization\":\"Bearer \"+t}))\n"
     "print(r.status,end=\"\")'",
     "200"},
    {"node",
     "exec node -e '\n"
     "const a=Buffer.from(\"acme-admin:acme-admin-secret\").toString(\"base64\");\n"
     "(async()=>{const r=await fetch(\"https://login.mypurecloud.com/oauth/token\","
     "{method:\"POST\",headers:{Authorization:\"Basic \"+a,"
     "\"Content-Type\":\"application/x-www-form-urlencoded\"},"
     "body:\"grant_type=client_credentials\"});\n"
     "const t=(await r.json()).access_token;\n"
     "const l=await fetch(\"" CODES "\",{headers:{Authorization:\"Bearer \"+t}});\n"
     "process.stdout.write(String(l.status));process.exit(0)})()'",
     "200"},
};

START_TEST(vendors_hosts)
{
    const struct program *p = &programs[_i];
    struct run_result r;
    if (!is_sealed() || !has(p->needs)) {
        return;
    }
    run(&r, p->script, NULL, 60000);
    ck_assert_msg(r.end.exit_status == 0 && str_eq(r.out, str_of(p->out)), "%s: %d %.*s %.*s",
                  p->needs, r.end.exit_status, STR_ARG(r.out), STR_ARG(r.err));
    struct json entries = json_get(parse(r.sites[0].journal), STR("entries"));
    ck_assert_uint_eq(json_count(entries), 2);
    struct json second = json_next(json_first(entries));
    ck_assert(str_eq(json_str_or(json_get(second, STR("operation")), STR("")),
                     STR("getRoutingWrapupcodes")));
    ck_assert(json_exists(json_get(second, STR("startUs"))));
    ck_assert_uint_eq(r.n_hosts, 2);
    ck_assert_uint_eq(r.n_hosts_refused, 0);
    ck_assert(str_eq(r.sites[0].before, r.sites[0].after));
    run_result_done(&r);
}
END_TEST

/* A host that nobody expects is refused and named, however it is spoken to. */
static const struct stranger {
    const char *script, *host;
    bool is_refused;
} strangers[] = {
    {"curl -sS https://telemetry.example.net/x", "telemetry.example.net", true},
    {"curl -sS -f http://telemetry.example.net/x", "telemetry.example.net", true},
    {"curl -sS -k https://metrics.example.org/x", "metrics.example.org", true},
    {"getent hosts only.example.com", "only.example.com", false},
};

START_TEST(strange_hosts)
{
    const struct stranger *s = &strangers[_i];
    struct run_result r;
    if (!is_sealed() || !has("curl")) {
        return;
    }
    run(&r, s->script, NULL, 20000);
    ck_assert_uint_eq(r.n_hosts, 1);
    ck_assert_uint_eq(r.n_hosts_refused, 1);
    ck_assert_msg(str_eq(r.hosts[0].name, str_of(s->host)), "%.*s", STR_ARG(r.hosts[0].name));
    ck_assert(!r.hosts[0].is_expected && r.hosts[0].is_looked_up);
    ck_assert_int_eq(r.hosts[0].n_refused > 0, s->is_refused);
    ck_assert_int_eq(r.end.exit_status != 0, s->is_refused);
    ck_assert_uint_eq(json_count(json_get(parse(r.sites[0].journal), STR("entries"))),
                      str_find(str_of(s->script), STR("http:")) < strlen(s->script));
    run_result_done(&r);
}
END_TEST

/* A fault in the third request of a walk; what it wrote is in the state afterwards. */
START_TEST(fault_and_state)
{
    struct run_result r;
    if (!is_sealed() || !has("curl")) {
        return;
    }
    run(&r,
        "t=$(" TOKEN " | sed 's/.*\"access_token\":\"\\([^\"]*\\)\".*/\\1/'); for i in 1 2; do "
        "curl -sS -o /dev/null -w '%{http_code} ' -H \"Authorization: Bearer $t\" "
        "-H 'Content-Type: application/json' -d '{\"name\":\"Sealed '$i'\"}' " CODES "; done",
        "{\"faults\":[{\"preset\":\"503-retry-after\",\"times\":1,\"when\":{\"nth\":1}},"
        "{\"preset\":\"403-scope\",\"when\":{\"nth\":9}}]}",
        20000);
    ck_assert_msg(str_eq(r.out, STR("503 200 ")), "%.*s", STR_ARG(r.out));
    ck_assert_uint_eq(r.sites[0].n_unmet, 1);
    ck_assert(str_find(r.sites[0].after, STR("\"Sealed 2\"")) < r.sites[0].after.len);
    ck_assert(str_find(r.sites[0].after, STR("\"Sealed 1\"")) == r.sites[0].after.len);
    ck_assert(str_find(r.sites[0].journal, STR("[left out]")) == r.sites[0].journal.len);
    ck_assert(str_find(r.sites[0].shown, STR("[left out]")) < r.sites[0].shown.len);
    run_result_done(&r);
}
END_TEST

static const struct certificate {
    const char *preset;
    int curl_status;
} certificates[] = {{"tls-expired", 60}, {"tls-wrong-host", 60}, {"tls-self-signed", 60}};

START_TEST(bad_certificates)
{
    char fault[200];
    struct run_result r;
    if (!is_sealed() || !has("curl")) {
        return;
    }
    (void)snprintf(fault, sizeof fault, "{\"faults\":[{\"preset\":\"%s\",\"times\":1}]}",
                   certificates[_i].preset);
    run(&r, "curl -sS " CODES, fault, 20000);
    ck_assert_int_eq(r.end.exit_status, certificates[_i].curl_status);
    struct json entries = json_get(parse(r.sites[0].journal), STR("entries"));
    ck_assert_uint_eq(json_count(entries), 1);
    ck_assert(json_is_true(json_get(json_first(entries), STR("handshake"))));
    run_result_done(&r);
}
END_TEST

START_TEST(time_limit)
{
    struct run_result r;
    if (!is_sealed()) {
        return;
    }
    run(&r, "echo begun; echo bad >&2; sleep 60 & sleep 60", NULL, 300);
    ck_assert(r.end.is_timeout);
    ck_assert_int_eq(r.end.signal, SIGKILL);
    ck_assert(str_eq(r.out, STR("begun\n")));
    ck_assert(str_eq(r.err, STR("bad\n")));
    ck_assert_int_lt(r.end.wall_us, 20000000);
    run_result_done(&r);
}
END_TEST

static void *run_one(void *ctx)
{
    struct run_result *r = ctx;
    char program[] = "curl", quiet[] = "-sS", url[] = CODES;
    char *argv[] = {program, quiet, url, NULL};
    struct err err = {0};
    struct findings fs;
    struct arena a;
    arena_init(&a, 0, 0);
    findings_init(&fs, &a);
    const struct run_spec spec = {
        .ground = ground, .argv = argv, .seed = 1, .timeout_ms = 60000, .in = -1, .stop = -1};
    for (int i = 0; i < 3; i++) {
        bool is_last = i == 2;
        struct run_result one;
        ck_assert_msg(run_once(&spec, &one, &fs, &err), "%s", err.msg);
        ck_assert_int_eq(one.end.exit_status, 0);
        if (is_last) {
            *r = one;
        } else {
            run_result_done(&one);
        }
    }
    arena_done(&a);
    return NULL;
}

/* Several at once: each has a mock of its own, and says the same. */
START_TEST(side_by_side)
{
    enum { RUNS = 4 };
    pthread_t threads[RUNS];
    struct run_result results[RUNS];
    if (!is_sealed() || !has("curl")) {
        return;
    }
    for (int i = 0; i < RUNS; i++) {
        ck_assert_int_eq(pthread_create(&threads[i], NULL, run_one, &results[i]), 0);
    }
    for (int i = 0; i < RUNS; i++) {
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
    }
    for (int i = 0; i < RUNS; i++) {
        ck_assert_msg(str_eq(results[i].out, results[0].out), "%.*s\n%.*s", STR_ARG(results[i].out),
                      STR_ARG(results[0].out));
        ck_assert(str_find(results[i].out, STR("401")) < results[i].out.len);
        ck_assert_uint_eq(json_count(json_get(parse(results[i].sites[0].journal), STR("entries"))),
                          1);
    }
    for (int i = 0; i < RUNS; i++) {
        run_result_done(&results[i]);
    }
}
END_TEST

/* What we add to the bare command; told, and bounded loosely: machines are busy. */
START_TEST(overhead)
{
    enum { ROUNDS = 15, LIMIT_US = 2000000 };
    int64_t best_us = INT64_MAX, setup_us = 0, rest_us = 0;
    if (!is_sealed()) {
        return;
    }
    for (int i = 0; i < ROUNDS; i++) {
        struct run_result r;
        run(&r, "exit 0", NULL, 10000);
        if (r.setup_us + r.rest_us < best_us) {
            best_us = r.setup_us + r.rest_us;
            setup_us = r.setup_us;
            rest_us = r.rest_us;
        }
        run_result_done(&r);
    }
    printf("overhead: %lld us before, %lld us after\n", (long long)setup_us, (long long)rest_us);
    ck_assert_int_lt(best_us, LIMIT_US);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("run");
    TCase *t = tcase_create("all");
    tcase_set_timeout(t, 120);
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_loop_test(t, vendors_hosts, 0, sizeof programs / sizeof *programs);
    tcase_add_loop_test(t, strange_hosts, 0, sizeof strangers / sizeof *strangers);
    tcase_add_test(t, fault_and_state);
    tcase_add_loop_test(t, bad_certificates, 0, sizeof certificates / sizeof *certificates);
    tcase_add_test(t, time_limit);
    tcase_add_test(t, side_by_side);
    tcase_add_test(t, overhead);
    suite_add_tcase(suite, t);
    return unit_run(suite);
}
