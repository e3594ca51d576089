/* `rehearse check` as its users run it: files of all kinds, places, formats, exit status. And what it says
 * against what the mock answers over HTTP. */
#include "tests/integration/wire.h"
#include "tests/unit/check_unit.h"

#include <sys/wait.h>

static char folder[40];
static struct arena arena;

static void setup(void)
{
    arena_init(&arena, 0, 0);
    (void)snprintf(folder, sizeof folder, "/tmp/rehearse-check-XXXXXX");
    ck_assert(mkdtemp(folder) != NULL);
}

static void teardown(void)
{
    struct buf command = {0};
    buf_printf(&command, "rm -r %s", folder);
    ck_assert_int_eq(system(buf_cstr(&command)), 0);
    buf_done(&command);
    arena_done(&arena);
}

static const char *file(const char *name, const char *text)
{
    struct err err = {0};
    struct buf path;
    buf_init(&path, &arena);
    buf_printf(&path, "%s/%s", folder, name);
    ck_assert_msg(file_write(buf_cstr(&path), str_of(text), 0644, &err), "%s", err.msg);
    return buf_cstr(&path);
}

/* Runs the program; gives the exit status, appends what it prints. */
static int run(struct buf *out, const char *arguments)
{
    const char *program = getenv("REHEARSE");
    char bytes[4096], path[4096];
    size_t n = 0;
    struct buf command = {0};
    const char *whole = program ? realpath(program, path) : "rehearse";
    buf_printf(&command, "cd %s && export REHEARSE=%s && $REHEARSE %s 2>&1", folder, whole,
               arguments);
    FILE *pipe = popen(buf_cstr(&command), "r");
    ck_assert(pipe != NULL);
    while ((n = fread(bytes, 1, sizeof bytes, pipe)) > 0) {
        buf_put(out, (struct str){bytes, n});
    }
    int status = pclose(pipe);
    buf_done(&command);
    ck_assert(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static const struct row {
    const char *name, *text, *arguments;
    int status;
    const char *want; /* stands in what is printed */
} rows[] = {
    {"a.json", "{\"name\": \"Good and new\"}", "check a.json", 0,
     "a.json: taken as postRoutingWrapupcodes"},
    {"a.json", "{\"name\": \"\"}", "check a.json", 1,
     "   --> a.json:1:10\n    |\n  1 | {\"name\": \"\"}\n    |          ^^ at least 1 "
     "characters\n"},
    {"a.json", "{\"name\": \"\"}", "check -f gcc -q a.json", 1,
     "a.json:1:10: error: \"name\" is 0"},
    {"a.json", "{\"name\": \"\"}", "check -f github -q a.json", 1, "::error file=a.json,line=1"},
    {"a.json", "{\"name\": \"\"}", "check --fail-on never a.json", 0, "exit status 0"},
    {"a.json", "{\"name\": \"\"}", "check --ignore S105 a.json", 0, "0 errors"},
    {"a.json", "{\"name\": \"\"}", "check --ignore S a.json", 0, "0 errors"},
    {"a.json", "{\"name\": \"\"}", "check --select U a.json", 0, "0 errors"},
    {"a.json", "{\"name\": \"\"}", "check --severity S105=note a.json", 0, "note[S105]"},
    {"a.json", "{\"name\": \"x\", \"desciption\": \"y\"}", "check a.json", 0,
     "help: did you mean \"description\"?"},
    {"a.json", "{\"name\": \"x\", \"desciption\": \"y\"}", "check --fail-on warning a.json", 1,
     "S102"},
    {"a.json", "{\"name\": \"x\", \"desciption\": \"y\"}", "check --max-warnings 0 a.json", 1,
     "S102"},
    {"a.json", "{\"name\": ", "check a.json", 1, "error[J002]"},
    {"a.json", "", "check a.json", 1, "error[J014]"},
    {"a.json", "{}", "check --operation no a.json", 2, "has no operation \"no\""},
    {"a.json", "{}", "check --format no a.json", 2, "there is no format \"no\""},
    {"a.json", "{}", "check --from no a.json", 2, "--from is payload"},
    {"a.json", "{}", "check --fail-on no a.json", 2, "--fail-on is error"},
    {"a.json", "{}", "check --profile no a.json", 2, "\"no\""},
    {"a.json", "{}", "check b.json", 2, "b.json"},
    {"a.json", "{\"name\": \"\"}", "check --stdin-name here - < a.json", 1, "--> here:1:10"},
    {"a.json", "{\"name\": \"\"}",
     "check -q --output sarif=o.sarif -o junit=o.xml a.json; cat o.sarif o.xml", 0,
     "<testsuites name=\"rehearse\""},
    {"a.json", "{\"name\": \"\"}", "check .", 1, "--> ./a.json:1:10"},
    {"a.txt", "{\"name\": \"\"}", "check .", 2, ".: no file to check is below"},
    {"a.csv", "name,description\n,first\nFine,\n", "check a.csv", 1, "--> a.csv:2:"},
    {"a.yaml", "- name: Fine 2\n- name: \"\"\n", "check a.yaml", 1, "--> a.yaml:2:9"},
    {"a.csv", "PK\003\004", "check a.csv", 1, "error[J001]: this is "},
    {"a.json",
     "{\"profile\": \"cxone\", \"changes\": [{\"create\": \"disposition\", \"body\": {}}]}",
     "check a.json", 1, "/changes/0/body"},
    {"a.json", "{\"changes\": [{\"delete\": \"wrapupCode\", \"name\": \"Sale - closed\"}]}",
     "check a.json", 1, "R403"},
    {"a.json",
     "{\"changes\": [{\"call\": \"postRoutingQueueWrapupcodes\", \"path\": {\"queueId\": \"x\"}, "
     "\"body\": []}]}",
     "check a.json", 1, "error"},
    {"a.json", "{\"changes\": [7, {\"update\": \"wrapupCode\"}, {\"create\": \"wrapupCode\"}]}",
     "check a.json", 1, "which wrapup code is not said"},
    {"a.http",
     "POST /api/v2/routing/wrapupcodes HTTP/1.1\nHost: x\nContent-Type: "
     "application/json\n\n{\"name\": \"\"}\n",
     "check a.http", 1, "--> a.http:5:10"},
    {"a.http", "GET /api/v2/routing/wrapupcode HTTP/1.1\nHost: x\n\n", "check a.http", 1,
     "error[S100]"},
    {"a.http", "GET /api/v2/routing/wrapupcodes?pageSize=2 HTTP/1.1\nHost: x\n\n", "check a.http",
     0, "1 entity"},
    {"a.json", "{\"name\": \"Fix me\",  \"desciption\":\"\\u00e9\"}",
     "check -q --fix a.json >o.txt; grep -c 'S102' o.txt; cat a.json", 0,
     "0\n{\"name\": \"Fix me\",  \"description\":\"\\u00e9\"}"},
    {"a.json", "{\"name\": \"Fix me\", \"desciption\": \"x\"}", "check -q --diff a.json", 0,
     "+++ a.json\n@@ -1,1 +1,1 @@\n-{\"name\": \"Fix me\", \"desciption\": \"x\"}\n"},
    {"a.json", "{\"name\": \"Fix me\", \"desciption\": \"x\"}",
     "check -q --diff a.json >o.txt; cat a.json", 0, "\"desciption\""},
    {"a.json", "{\"name\": \"Fix me\", \"desciption\": \"x\", \"id\": \"7\"}",
     "check -q --fix a.json; cat a.json", 0, "{\"name\": \"Fix me\", \"description\": \"x\"}"},
    {"a.json", "{\"name\": \"Fix me\", \"desciption\": \"x\"}",
     "check -q a.json; chmod 751 a.json; ln -s a.json b.json; $REHEARSE check -q --fix b.json; "
     "stat -c %a a.json; test -L b.json && echo a link",
     0, "751\na link"},
    {"a.json", "{\"name\": \"x\", \"desciption\": \"x\"}", "check --fix - < a.json", 2,
     "--diff shows what would change"},
    {"rehearse.json",
     "{\"suppress\": [{\"rule\": \"S105\", \"reason\": \"known\", \"until\": \"2099-01-01\"}]}",
     "x; echo '{\"name\": \"\"}' >a.json; $REHEARSE check -q a.json; "
     "$REHEARSE check -q --no-config a.json",
     0, "0 errors, 0 warnings, 0 notes in 1 file, 1 suppressed\nerror[S105]"},
    {"rehearse.json",
     "{\"suppress\": [{\"rule\": \"S105\", \"reason\": \"x\", \"until\": \"2020-01-01\"}]}",
     "x; echo '{\"name\": \"\"}' >a.json; $REHEARSE check -f gcc a.json", 0,
     "rehearse.json:1:15: error: the suppression of S105 has ended (x) [K903]"},
    {"rehearse.json",
     "{\"files\": [\"a.json\"], \"ignore\": [\"S77\"], \"suppress\": [{\"rule\": \"D504\", "
     "\"entity\": {\"name\": \"T*\"}, \"reason\": \"x\"}]}",
     "x; echo '{\"name\": \"Good n\"}' >a.json; $REHEARSE check -f gcc | cut -d: -f4- | tr -d "
     "'\\n'",
     0, "there is no rule \"S77\" [K901] warning: the suppression of D504 hides nothing [K902]"},
    {"r.json", "{\"suppress\": [{\"rule\": \"S105\"}]}", "check --config r.json r.json", 2,
     "r.json:1:15: a suppression says its \"reason\""},
    {"r.json", "{\"suppress\": [{\"rule\": \"J002\", \"reason\": \"x\"}]}",
     "check --config r.json r.json", 2, "J002 cannot be suppressed"},
    {"r.json", "{\"locked\": [\"S1\"], \"suppress\": [{\"rule\": \"S105\", \"reason\": \"x\"}]}",
     "check --config r.json r.json", 2, "S105 cannot be suppressed"},
    {"r.json", "{\"sevrity\": {}}", "check --config r.json r.json", 2, "has no \"sevrity\""},
    {"a.json", "{\"name\": ", "check --ignore J002 a.json", 1, "error[J002]"},
    {"a.yaml", "- name: \"\" # rehearse: ignore S105 known\n", "check a.yaml", 0, "1 suppressed"},
    {"a.yaml", "# rehearse: ignore S105 known\n- name: \"\"\n", "check a.yaml", 0, "1 suppressed"},
    {"a.yaml", "- name: \"\" # rehearse: ignore S105\n", "check a.yaml", 1, "gives no reason"},
    {"a.yaml", "- name: \"\" # rehearse: ignore S1x5 why\n", "check a.yaml", 1, "warning[K901]"},
    {"a.json", "[{\"name\": \"\"}]",
     "check --write-baseline b.json a.json; echo '[{\"name\": \"Fine n\"}, {\"name\": \"\"}]' "
     ">a.json; "
     "$REHEARSE check --baseline b.json a.json",
     0, "0 errors, 0 warnings, 0 notes in 1 file, 1 in the baseline"},
    {"a.json", "[{\"name\": \"\"}]",
     "check -q --write-baseline b.json a.json; echo '[{\"name\": \"\"}, {\"name\": \"\"}]' "
     ">a.json; "
     "$REHEARSE check -q --baseline b.json a.json",
     0, "1 error, 0 warnings, 0 notes in 1 file, 1 in the baseline"},
    {"a.json", "[{\"name\": \"\"}]",
     "check -q --write-baseline b.json a.json; echo '[{\"name\": \"Fine n\"}]' >a.json; "
     "$REHEARSE check -q --strict-baseline --baseline b.json a.json; echo status $?",
     0, "error[K904]"},
    {"a.json", "[{\"name\": \"\"}]",
     "check -q --write-baseline b.json a.json; $REHEARSE check --baseline b.json -f sarif a.json",
     0, "\"baselineState\":\"unchanged\",\"suppressions\":[{\"kind\":\"external\""},
    {"b.json", "[{\"name\": \"\"}]", "check -q --baseline b.json b.json", 2, "this is no baseline"},
    {"a.json", "[{\"name\": \"\"}]",
     "check; echo '[{\"name\": \"\", \"auto\": 7}]' >b.json; $REHEARSE check -f gcc -q --base "
     "a.json b.json "
     "| grep -c S105",
     0, "0\n"},
    {"a.json", "[{\"name\": \"\"}]", "check --stats a.json", 1,
     "       1  S105 too short or blank"},
    {"a.json", "{\"name\": \"\"}",
     "check; timeout 5 $REHEARSE check -q --watch a.json >o.txt & sleep 0.5; "
     "echo '{\"name\": \"Fine n\"}' >a.json; sleep 0.7; kill -INT $!; cat o.txt",
     0, "0 errors, 0 warnings, 0 notes in 1 file"},
    /* lengths by another unit: 129 are 258 bytes of at most 256, 128 are not over */
    {"a.json", "{}",
     "explain S116 >/dev/null; for n in 129 128; do (printf '{\"name\": \"'; for i in $(seq $n); "
     "do printf '\303\251'; "
     "done; printf '\"}') >b.json; $REHEARSE check -f gcc -q b.json; echo ended $n; done",
     0,
     "b.json:1:10: warning: 129 characters fit, but they are 129 units of UTF-16 and 258 bytes: a "
     "system that counts "
     "those has no room [S116]\nended 129\nended 128\n"},
    /* steps in an order that cannot work, by an own name and by the tenant's */
    {"a.json",
     "{\"changes\": [{\"update\": \"wrapupCode\", \"id\": \"@won\", \"set\": {\"description\": "
     "\"x\"}},\n"
     "{\"create\": \"wrapupCode\", \"as\": \"won\", \"body\": {\"name\": \"Won 7\"}}]}",
     "check -f gcc -q a.json", 1,
     "a.json:1:45: error: this is made by a later step: the tenant does not have it yet [D507]"},
    {"a.json",
     "{\"changes\": [{\"update\": \"wrapupCode\", \"name\": \"Won 7\", \"set\": {\"description\": "
     "\"x\"}},\n"
     "{\"create\": \"wrapupCode\", \"body\": {\"name\": \"Won 7\"}}]}",
     "check -q a.json", 1, "put the step of line 2 before this one"},
    {"a.json",
     "{\"changes\": [{\"create\": \"wrapupCode\", \"as\": \"won\", \"body\": {\"name\": \"Won "
     "7\"}},\n"
     "{\"update\": \"wrapupCode\", \"id\": \"@won\", \"set\": {\"description\": \"x\"}}]}",
     "check -f gcc --fail-on warning --ignore D504 -q a.json", 0, ""},
    /* what a change set makes of the floor */
    {"a.json",
     "{\"changes\": [{\"create\": \"wrapupCode\", \"body\": {\"name\": \"Lonely\"}},\n"
     "{\"create\": \"queue\", \"body\": {\"name\": \"Empty\", \"acwSettings\": {\"wrapupPrompt\": "
     "\"MANDATORY\"}}}]}",
     "check -f gcc -q a.json", 1,
     "a.json:1:14: warning: code \"Lonely\" is on no queue [D504]\na.json:2:1: error: queue "
     "\"Empty\" demands a code"},
    /* validities, of a snapshot and of a body */
    {"a.json",
     "{\"format\": 1, \"profile\": \"genesys-provisioning\", \"name\": \"t\", \"at\": "
     "\"2026-11-01T00:00:00Z\", "
     "\"resources\": {\"queue\": [{\"id\": \"cd613e30-d8f1-4adf-91b7-584a2265b1f5\", \"name\": "
     "\"Sales\"}],\n"
     "\"category\": [{\"id\": \"1\", \"name\": \"S\"}], \"wrapupCode\": [\n"
     "{\"id\": \"a0000000-0000-4000-8000-000000000001\", \"codeName\": \"Old\", \"code\": \"X\", "
     "\"codeCategoryName\": "
     "\"S\", \"routingQueue\": {\"id\": \"cd613e30-d8f1-4adf-91b7-584a2265b1f5\"}, \"validFrom\": "
     "\"2026-01-01T00:00:00Z\", \"validThrough\": \"2026-06-01T00:00:00Z\"},\n"
     "{\"id\": \"a0000000-0000-4000-8000-000000000002\", \"codeName\": \"New\", \"code\": \"X\", "
     "\"codeCategoryName\": "
     "\"S\", \"routingQueue\": {\"id\": \"cd613e30-d8f1-4adf-91b7-584a2265b1f5\"}, \"validFrom\": "
     "\"2026-06-01T00:00:00Z\"}]}}",
     "check; for d in 05-31 06-01 06-02; do sed \"4s/2026-06-01/2026-$d/\" a.json >b.json; "
     "$REHEARSE check -f gcc -q b.json | "
     "grep -o 'T70[0-9]' | tr '\\n' ' '; done",
     0, "T702 T703 T702 T703 T702 "},
    {"a.json",
     "{\"codeName\": \"Follow up\", \"code\": \"F\", \"codeCategoryName\": \"x\", "
     "\"routingQueue\": {\"id\": "
     "\"cd613e30-d8f1-4adf-91b7-584a2265b1f5\"}, \"validFrom\": \"2026-05-01T00:00:00Z\", "
     "\"validThrough\": "
     "\"2026-04-30T00:00:00Z\"}",
     "check -f gcc -q --profile genesys-provisioning a.json", 1,
     "error: \"validThrough\" is before \"validFrom\" (2026-05-01T00:00:00Z) [T701]"},
    {"a.json",
     "{\"codeName\": \"Follow up seven\", \"code\": \"F\", \"codeCategoryName\": \"sales\", "
     "\"routingQueue\": {\"id\": "
     "\"cd613e30-d8f1-4adf-91b7-584a2265b1f5\"}, \"validFrom\": \"2026-05-01T00:00:00\"}",
     "check; sed 's/, \"format\": \"date-time\"//' $OLDPWD/fixtures/profiles/genesys-provisioning.json >p.json; $REHEARSE "
     "check -f gcc -q "
     "--ignore R --profile ./p.json a.json",
     0, "[T704]"},
    {"a.json", "{}", "explain S104 U202", 0, "U202: already in the tenant"},
    {"a.json", "{}", "explain S14", 2, "did you mean S1"},
    {"a.json", "{}", "rules --format json", 0, "{\"id\": \"S104\", \"title\": \"too long\""},
    {"a.json", "{}", "rules --format markdown", 0, "| S104 | error | too long |"},
    {"a.json", "{}", "rules --format no", 2, "--format is text"},
};

START_TEST(as_users_run_it)
{
    const struct row *r = &rows[_i];
    struct buf out = {0};
    (void)file(r->name, r->text);
    int status = run(&out, r->arguments);
    ck_assert_msg(strchr(r->arguments, ';') || status == r->status, "%s: %d\n%s", r->arguments,
                  status, buf_cstr(&out));
    ck_assert_msg(strstr(buf_cstr(&out), r->want), "%s: %s", r->arguments, buf_cstr(&out));
    buf_done(&out);
}
END_TEST

/* The change sets that come with the program are carried out without a finding. */
START_TEST(shipped_changes)
{
    struct checked c;
    size_t n = 0;
    for (const struct builtin *b = builtin_files; b->name; b++) {
        struct str name = str_of(b->name);
        if (!str_starts(name, STR("changesets/"))) {
            continue;
        }
        struct str profile = str_slice(name, 11, name.len);
        struct buf plain = {0};
        profile = str_slice(profile, 0, str_find_char(profile, '.'));
        buf_put(&plain, profile);
        checked_open(&c, buf_cstr(&plain));
        (void)checked_text(&c, builtin_find(name));
        ck_assert_msg(c.fs.len == 0, "%s: %.*s", b->name,
                      STR_ARG(c.fs.len ? c.fs.at[0].message : STR("")));
        ck_assert_uint_gt(c.check.n_steps, 0);
        checked_close(&c);
        buf_done(&plain);
        n++;
    }
    ck_assert_uint_ge(n, 7);
    ck_assert_uint_eq(n % 7, 0); /* as many for each profile */
}
END_TEST

/* Bodies, spoilt one by one: what check passes the mock takes, what it refuses the mock refuses with the
 * status that the finding named. */
static const char *const spoils[] = {
    "{\"name\": \"Agreed %d\"}",
    "{\"name\": \"\"}",
    "{\"name\": 7}",
    "{\"name\": null}",
    "{\"name\": [\"x\"]}",
    "{}",
    "{\"name\": \"Agreed %d\", \"description\": \"\"}",
    "{\"name\": \"Agreed %d\", \"description\": 1}",
    "{\"name\": \"Agreed %d\", \"division\": {\"id\": \"*\"}}",
    "{\"name\": \"Agreed %d\", \"division\": {\"id\": \"no\"}}",
    "{\"name\": \"Agreed %d\", \"division\": \"x\"}",
    "{\"name\": \"Agreed %d\", \"division\": {}}",
    "{\"name\": \"Agreed %d\", \"id\": \"x\"}",
    "{\"name\": \"Agreed %d\", \"nonsense\": true}",
    "{\"name\": \"Sale \\u2013 closed\"}",
    "{\"name\": \" \"}",
    "{\"name\": \"\\u0000\"}",
    "[]",
    "\"x\"",
    "null",
};

START_TEST(the_mock_agrees)
{
    struct mock *mock = wire_serve(1, 20);
    struct checked c;
    char token[100];
    checked_open(&c, WIRE_PROFILE);
    wire_token(mock, token, sizeof token);
    c.check.op = contract_operation(c.contract, STR("postRoutingWrapupcodes"));
    for (size_t i = 0; i < sizeof spoils / sizeof *spoils; i++) {
        struct buf body = {0};
        struct str text = str_of(spoils[i]);
        size_t at = str_find(text, STR("%d"));
        buf_put(&body, str_slice(text, 0, at));
        if (at < text.len) {
            buf_put_u64(&body, i);
            buf_put(&body, str_slice(text, at + 2, text.len));
        }
        int answered = wire_ask(
            mock,
            &(struct wire_call){
                .method = "POST", .path = WIRE_CODES, .bearer = token, .body = buf_cstr(&body)},
            NULL);
        size_t errors = c.fs.errors;
        (void)checked_text(&c, str_copy(&c.arena, buf_str(&body)));
        bool is_refused = c.fs.errors > errors;
        const struct finding *last = c.fs.len ? &c.fs.at[c.fs.len - 1] : NULL;
        /* an array is many bodies for check, one for the mock */
        bool is_many = buf_str(&body).s[0] == '[';
        ck_assert_msg(is_many || is_refused == (answered >= 400), "%s: %d", buf_cstr(&body),
                      answered);
        ck_assert_msg(!is_refused || !last->status || last->status == answered, "%s: %d, not %d",
                      buf_cstr(&body), answered, last->status);
        buf_done(&body);
    }
    checked_close(&c);
    mock_stop(mock);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("check");
    TCase *t = tcase_create("all");
    tcase_set_timeout(t, 60);
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_loop_test(t, as_users_run_it, 0, sizeof rows / sizeof *rows);
    tcase_add_test(t, shipped_changes);
    tcase_add_test(t, the_mock_agrees);
    suite_add_tcase(suite, t);
    return unit_run(suite);
}
