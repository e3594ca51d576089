/* rehearse explore, through the program: a client that keeps the rules and one that breaks them are told apart; shards
 * merge to the bytes of the whole; what cannot be explored is said. */
#include "replay/replay.h"

#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static struct arena arena;

static void setup(void)
{
    arena_init(&arena, 0, 0);
}

static void teardown(void)
{
    arena_done(&arena);
}

/* Standard output of `rehearse WORDS`; the exit status. */
static struct str rehearse(const char *words, int *out_status)
{
    const char *program = getenv("REHEARSE");
    struct buf line, out;
    char piece[4096];
    size_t n;
    buf_init(&line, &arena);
    buf_init(&out, &arena);
    buf_printf(&line, "%s %s 2>/dev/null", program ? program : "build/debug/rehearse", words);
    FILE *f = popen(buf_cstr(&line), "r"); /* NOLINT(cert-env33-c): a test's own words */
    ck_assert_ptr_nonnull(f);
    while ((n = fread(piece, 1, sizeof piece, f)) > 0) {
        buf_put(&out, (struct str){piece, n});
    }
    int status = pclose(f);
    *out_status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return buf_str(&out);
}

/* Python and namespaces are needed; without them nothing is shown, and that is said. */
static bool can(void)
{
    int status = 0;
    (void)rehearse("run --isolation=user -- python3 -c 'import ssl'", &status);
    if (status != 0) {
        printf("skip: no python3, or no namespaces here\n");
    }
    return status == 0;
}

static struct json explore_json(const char *words, int *out_status)
{
    const struct json_doc *doc = NULL;
    struct err err = {.code = ERR_NONE};
    struct buf line;
    buf_init(&line, &arena);
    buf_printf(&line, "explore --format json %s", words);
    struct str text = rehearse(buf_cstr(&line), out_status);
    ck_assert_msg(json_parse(&doc, &arena, STR("x"), text, NULL, NULL, &err), "%s: %.*s", err.msg,
                  STR_ARG(text));
    return json_root(doc);
}

static size_t n_broken(struct json card, const char *rule, const char *fault)
{
    size_t n = 0;
    struct json cells = json_get(card, STR("cells"));
    for (struct json c = json_first(cells); json_exists(c); c = json_next(c)) {
        struct str verdict = json_str_or(
            json_get(json_get(json_get(c, STR("rules")), str_of(rule)), STR("verdict")), STR(""));
        n += str_eq(verdict, STR("broken")) &&
             str_eq(json_str_or(json_get(c, STR("fault")), STR("")), str_of(fault));
    }
    return n;
}

#define FAULTS                                                                                     \
    "--only 401-revoked --only 429-burst --only 503-retry-after --only reset-after-commit "        \
    "--only bad-json --only tls-expired "

START_TEST(good_client)
{
    int status = 0;
    if (can()) {
        struct json card = explore_json(FAULTS "-- python3 tests/conduct/good.py", &status);
        ck_assert_msg(json_i64_or(json_path(card, STR("summary.broken")), -1) == 0 && status == 0,
                      "%.*s", STR_ARG(json_source(card)));
        ck_assert(json_is_true(json_get(card, STR("deterministic"))));
        ck_assert_int_gt(json_i64_or(json_path(card, STR("summary.met")), 0), 9);
    }
}
END_TEST

START_TEST(bad_client)
{
    static const struct {
        const char *rule, *fault;
    } rows[] = {{"C102", "401-revoked"}, {"C201", "429-burst"},   {"C301", "reset-after-commit"},
                {"C601", "tls-expired"}, {"C701", "401-revoked"}, {"C702", "401-revoked"}};
    int status = 0;
    if (!can()) {
        return;
    }
    struct json card = explore_json(FAULTS "-- python3 tests/conduct/bad.py", &status);
    ck_assert_int_eq(status, 1);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ck_assert_msg(n_broken(card, rows[i].rule, rows[i].fault) > 0,
                      "%s is not broken by %s in %.*s", rows[i].rule, rows[i].fault,
                      STR_ARG(json_source(card)));
    }
    struct json clean = json_path(card, STR("clean.rules"));
    ck_assert(str_eq(json_str_or(json_path(clean, STR("C101.verdict")), STR("")), STR("broken")));
    ck_assert(str_eq(json_str_or(json_path(clean, STR("C501.verdict")), STR("")), STR("broken")));
}
END_TEST

static const struct {
    const char *profile, *url;
} hosts[] = {{"genesys-cloud", "https://api.mypurecloud.com"},
             {"cxone", "https://api-na1.niceincontact.com"},
             {"genesys-definitions", "https://eu.mygen.com"},
             {"genesys-enforcement", "https://api.mypurecloud.com"},
             {"genesys-lifecycle", "https://eu.mypurecloud.com"},
             {"genesys-provisioning", "https://api.mypurecloud.com"},
             {"cxone-interaction-config", "https://acme.api.cxone.com"}};
enum { HOSTS = sizeof hosts / sizeof *hosts, CXONE = 1 };

/* The built-in client with a change set of a profile, explored: every rule is kept. */
static void explore_built_in(size_t host, const char *kind, const char *options)
{
    const char *program = getenv("REHEARSE"), *profile = hosts[host].profile;
    char path[4096];
    struct buf words;
    int status = 0;
    ck_assert_ptr_nonnull(realpath(program ? program : "build/debug/rehearse", path));
    buf_init(&words, &arena);
    buf_printf(&words, "--profile %s %s ", profile, options);
    buf_put(&words,
            STR("-e REHEARSE_CLIENT_ID=acme-admin -e REHEARSE_CLIENT_SECRET=acme-admin-secret "));
    if (host == CXONE) { /* changes are made in the name of somebody there */
        buf_put(&words,
                STR("-e REHEARSE_USER=ACMEKEYOFADAADMIN000000000000000000000000000000000000 "
                    "-e REHEARSE_PASSWORD=ada-key-secret "));
    }
    buf_printf(
        &words,
        "-- %s apply --profile %s --url %s --yes --no-journal fixtures/changesets/%s.%s.json", path,
        profile, hosts[host].url, profile, kind);
    struct json card = explore_json(buf_cstr(&words), &status);
    ck_assert_int_eq(json_i64_or(json_path(card, STR("clean.exitStatus")), -1), 0);
    ck_assert_int_gt(json_i64_or(json_path(card, STR("summary.met")), 0), 0);
    struct json cells = json_get(card, STR("cells"));
    for (struct json c = json_first(cells); json_exists(c); c = json_next(c)) {
        struct json rules = json_get(c, STR("rules"));
        ck_assert_msg(!json_exists(json_get(c, STR("failed"))), "%.*s", STR_ARG(json_source(c)));
        for (struct json r = json_first(rules); json_exists(r); r = json_next(r)) {
            struct str verdict = json_str_or(json_get(r, STR("verdict")), STR(""));
            ck_assert_msg(!str_eq(verdict, STR("broken")), "%.*s: %.*s\n%.*s", STR_ARG(json_key(r)),
                          STR_ARG(json_str_or(json_get(r, STR("text")), STR(""))),
                          STR_ARG(json_str_or(json_get(c, STR("reproduce")), STR(""))));
        }
    }
    ck_assert_int_eq(status, 0);
}

/* Over what hurts most; REHEARSE_LONG=1: over every fault, and every workflow too. */
START_TEST(built_in_client)
{
    bool is_long = getenv("REHEARSE_LONG") != NULL;
    if ((!is_long && _i < 4) || !can()) { /* the larger ones take their time */
        return;
    }
    explore_built_in((size_t)_i, "rollout",
                     is_long ? "" : "--only 401-revoked --only reset-after-commit");
    if (is_long) {
        explore_built_in((size_t)_i, "workflow", "");
    }
}
END_TEST

/* What was once judged, or done, wrongly there. */
START_TEST(built_in_client_again)
{
    static const struct {
        size_t host;
        const char *kind, *options;
    } rows[] = {
        {2, "rollout", "--only 409-version"},            /* shown the version that was refused */
        {3, "rollout", "--only empty-body"},             /* of a change the status tells all */
        {4, "workflow", "--only empty-body"},            /* of a query it does not */
        {5, "workflow", "--only 503-retry-after"},       /* put off, and nowhere to be looked up */
        {6, "workflow", "--only wrong-content-type"},    /* JSON all the same */
        {1, "workflow", "--only late-visibility"},       /* one of a batch is seen later */
        {6, "workflow", "--only 401-revoked --depth 2"}, /* a second dead token is not sent again */
    };
    if (can()) {
        explore_built_in(rows[_i].host, rows[_i].kind, rows[_i].options);
    }
}
END_TEST

START_TEST(shards)
{
    char folder[] = "/tmp/rehearse-explore-XXXXXX";
    struct buf words;
    int status = 0;
    if (!can()) {
        return;
    }
    ck_assert_ptr_nonnull(mkdtemp(folder));
    for (int k = 1; k <= 2; k++) {
        buf_init(&words, &arena);
        buf_printf(&words,
                   "explore --only 502 --only 429-no-header --shard %d/2 --format json -- python3 "
                   "tests/conduct/bad.py >%s/%d.json",
                   k, folder, k);
        (void)rehearse(buf_cstr(&words), &status);
        ck_assert_int_le(status, 1);
    }
    buf_init(&words, &arena);
    buf_printf(&words, "report --format json %s/2.json %s/1.json", folder, folder);
    struct str merged = rehearse(buf_cstr(&words), &status);
    const struct json_doc *doc = NULL;
    ck_assert(json_parse(&doc, &arena, STR("m"), merged, NULL, NULL, NULL));
    struct json card = json_root(doc);
    struct json whole =
        explore_json("--only 502 --only 429-no-header -- python3 tests/conduct/bad.py", &status);
    static const char *const members[] = {"cells", "done", "met", "broken"};
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        struct str name = str_of(members[i]);
        ck_assert_int_eq(json_i64_or(json_get(json_get(card, STR("summary")), name), -1),
                         json_i64_or(json_get(json_get(whole, STR("summary")), name), -2));
    }
    ck_assert_uint_gt(n_broken(card, "C301", "502"), 0);
    ck_assert_uint_eq(n_broken(card, "C301", "502"), n_broken(whole, "C301", "502"));
    buf_init(&words, &arena);
    buf_printf(&words, "report --format html %s/1.json", folder);
    ck_assert(str_starts(rehearse(buf_cstr(&words), &status), STR("<!doctype html>")));
    for (int k = 1; k <= 2; k++) {
        buf_init(&words, &arena);
        buf_printf(&words, "%s/%d.json", folder, k);
        (void)unlink(buf_cstr(&words));
    }
    (void)rmdir(folder);
}
END_TEST

/* What takes two faults to see is told with both, and the reproduction shows it. */
START_TEST(two_faults)
{
    struct buf words;
    int status = 0;
    if (!can()) {
        return;
    }
    struct json card = explore_json("--only 503-retry-after --only 429-burst --depth 2 -- "
                                    "python3 tests/conduct/once.py",
                                    &status);
    ck_assert_int_eq(status, 1);
    int64_t singles = json_i64_or(json_path(card, STR("summary.cells")), 0) -
                      json_i64_or(json_path(card, STR("summary.ofTwoFaults")), 0);
    int64_t index = 0, n_news = 0;
    struct str again = STR("");
    ck_assert_int_gt(json_i64_or(json_path(card, STR("summary.ofTwoFaults")), 0), singles);
    struct json cells = json_get(card, STR("cells"));
    for (struct json c = json_first(cells); json_exists(c); c = json_next(c), index++) {
        ck_assert_int_eq(json_exists(json_get(c, STR("then"))), index >= singles);
        struct str verdict = json_str_or(json_path(c, STR("rules.C701.verdict")), STR(""));
        ck_assert_msg(index >= singles || !str_eq(verdict, STR("broken")), "%.*s",
                      STR_ARG(json_source(c)));
        if (index >= singles && str_eq(verdict, STR("broken"))) {
            again = n_news++ ? again : json_str_or(json_get(c, STR("reproduce")), STR(""));
        }
    }
    ck_assert_int_gt(n_news, 0); /* one of them it gets over */
    ck_assert(str_starts(again, STR("rehearse run --fault ")));
    buf_init(&words, &arena);
    buf_put(&words, str_slice(again, STR("rehearse ").len, again.len));
    struct str shown = rehearse(buf_cstr(&words), &status);
    ck_assert_int_eq(status, 1);
    ck_assert_msg(str_find(shown, STR("broken  C701")) < shown.len, "%.*s: %.*s", STR_ARG(again),
                  STR_ARG(shown));
}
END_TEST

/* Shards of pairs are the whole: the same cells, the same breaches. */
START_TEST(shards_of_pairs)
{
    /* C203 looks at times: these are another run's */
    static const char options[] = "--off C203=times --only reset-before --only 429-burst --depth 2",
                      client[] = "python3 tests/conduct/bad.py";
    char folder[] = "/tmp/rehearse-explore-XXXXXX";
    struct str cards[2];
    struct buf words;
    int status = 0;
    if (!can()) {
        return;
    }
    ck_assert_ptr_nonnull(mkdtemp(folder));
    for (int k = 1; k <= 2; k++) {
        buf_init(&words, &arena);
        buf_printf(&words, "explore --shard %d/2 --format json %s -- %s >%s/%d.json", k, options,
                   client, folder, k);
        (void)rehearse(buf_cstr(&words), &status);
    }
    buf_init(&words, &arena);
    buf_printf(&words, "report %s/1.json %s/2.json", folder, folder);
    cards[0] = rehearse(buf_cstr(&words), &status);
    buf_init(&words, &arena);
    buf_printf(&words, "explore %s -- %s", options, client);
    cards[1] = rehearse(buf_cstr(&words), &status);
    for (size_t i = 0; i < 2; i++) { /* texts hold times: columns and verdicts are compared */
        cards[i] = str_slice(cards[i], str_find(cards[i], STR("+ held")),
                             str_find(cards[i], STR("\nC801")));
    }
    ck_assert_msg(cards[0].len > 500 && str_eq(cards[0], cards[1]), "%.*s\n\n%.*s",
                  STR_ARG(cards[0]), STR_ARG(cards[1]));
    ck_assert(str_find(cards[0], STR("two faults")) < cards[0].len);
    buf_init(&words, &arena);
    buf_printf(&words, "rm -r %s", folder);
    ck_assert_int_eq(system(buf_cstr(&words)), 0); /* NOLINT(cert-env33-c): a test's own words */
}
END_TEST

/* The user ends it: what was finished is told, nothing is called green, and no client is blamed. */
START_TEST(interrupted)
{
    static const struct {
        const char *seconds, *words, *wanted;
    } rows[] = {
        {"1", "run -- sleep 30", "interrupted by the user"},
        {"1", "run --format json -- sleep 30", "\"isInterrupted\":true"},
        {"6", "explore -j 1 --only timeout -- python3 tests/conduct/good.py",
         "note: interrupted by the user: "},
    };
    const char *program = getenv("REHEARSE");
    if (!can()) {
        return;
    }
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf line;
        char text[32768];
        buf_init(&line, &arena);
        buf_printf(&line, "timeout --foreground -s INT %s %s %s 2>&1; echo status $?",
                   rows[i].seconds, program ? program : "build/debug/rehearse", rows[i].words);
        FILE *f = popen(buf_cstr(&line), "r"); /* NOLINT(cert-env33-c): a test's own words */
        ck_assert_ptr_nonnull(f);
        struct str out = {text, fread(text, 1, sizeof text, f)};
        (void)pclose(f);
        ck_assert_msg(str_find(out, str_of(rows[i].wanted)) < out.len, "%s: %.*s", rows[i].words,
                      STR_ARG(out));
        ck_assert_msg(str_find(out, STR("signal 9")) == out.len, "%.*s", STR_ARG(out));
        ck_assert_msg(str_find(out, STR("status 124")) < out.len, "%.*s", STR_ARG(out));
    }
}
END_TEST

/* What somebody else did between a read and a write, where no version shows it. */
START_TEST(lost_update)
{
    int status = 0;
    if (!can()) {
        return;
    }
    struct str said = rehearse(
        "run --scenario tests/conduct/second.json -- python3 tests/conduct/blind.py", &status);
    ck_assert_int_eq(status, 1);
    ck_assert_msg(str_find(said, STR("broken  C303")) < said.len, "%.*s", STR_ARG(said));
    said = rehearse("run --scenario tests/conduct/second.json -- python3 tests/conduct/blind.py "
                    "description",
                    &status);
    ck_assert_int_eq(status, 0);
    ck_assert_msg(str_find(said, STR("held    C303")) < said.len, "%.*s", STR_ARG(said));
}
END_TEST

START_TEST(refused)
{
    static const char *const words[] = {
        "explore -- true",
        "explore --only nothing -- true",
        "explore --shard 3/2 -- true",
        "explore --depth 3 -- true",
        "explore --sink nothing -- true",
        "explore --format x -- true",
        "explore -- /no/such/program",
        "explore",
        "judge /no/such/journal",
        "judge --off C999=x /dev/null",
        "judge --off C201 /dev/null",
    };
    int status = 0;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        (void)rehearse(words[i], &status);
        ck_assert_msg(status == 2, "%s: %d", words[i], status);
    }
    (void)rehearse("judge /dev/null", &status);
    ck_assert_int_eq(status, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("explore");
    TCase *tc = tcase_create("explore");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_set_timeout(tc, getenv("REHEARSE_LONG") ? 1800 : 300);
    tcase_add_test(tc, good_client);
    tcase_add_test(tc, bad_client);
    /* under a sanitizer the same code is enough: what is found there is no matter of the profile */
    int n = getenv("REHEARSE_BRIEF") ? 1 : HOSTS;
    tcase_add_loop_test(tc, built_in_client, 0, n);
    tcase_add_loop_test(tc, built_in_client_again, 0, n);
    tcase_add_test(tc, shards);
    tcase_add_test(tc, two_faults);
    tcase_add_test(tc, shards_of_pairs);
    tcase_add_test(tc, interrupted);
    tcase_add_test(tc, lost_update);
    tcase_add_test(tc, refused);
    suite_add_tcase(suite, tc);
    return unit_run(suite);
}
