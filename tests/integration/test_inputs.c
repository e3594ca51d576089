/* What `rehearse check` is given, and what it makes of it: rehearse's own files. */
#include "tests/integration/shell.h"

#include "model/model.h"

#include <string.h>

static struct shell shell;

static void setup(void)
{
    shell_open(&shell);
}

static void teardown(void)
{
    shell_close(&shell);
}

struct row {
    const char *name, *text, *line;
    int status;
    const char *wants[3]; /* stand in what is printed */
};

static void run_row(const struct row *r)
{
    struct buf out = {0};
    if (r->name) {
        (void)shell_file(&shell, r->name, str_of(r->text));
    }
    int status = shell_run(&shell, &out, r->line);
    ck_assert_msg(status == r->status, "%s: %d\n%s", r->line, status, buf_cstr(&out));
    for (size_t i = 0; i < 3 && r->wants[i]; i++) {
        ck_assert_msg(strstr(buf_cstr(&out), r->wants[i]), "%s: %s", r->line, buf_cstr(&out));
    }
    buf_done(&out);
}

static const struct row own_rows[] = {
    {"a.json", "{\"$schema\": \"../faults.schema.json\"}", "$R check -f gcc a.json", 1,
     {"a.json: taken as a fault file (--faults)", "a.json:1:1: error: field \"faults\" is missing [S101]"}},
    {"a.json", "{\"faults\": [{\"preset\": \"500\"}, {\"preset\": \"no\"}]}",
     "$R check -f gcc a.json", 1, {"taken as a fault file", "a.json:1:43: error: "}},
    {"a.json", "{\"faults\": [{\"when\": {\"operation\": \"no\"}, \"then\": {\"status\": 500}}]}",
     "$R check -f gcc a.json", 1, {"a.json:1:36: error: "}},
    {"a.json", "{\"format\": 1, \"rules\": [{\"id\": \"a/b\", \"resource\": \"wrapupCode\"}]}",
     "$R check -f gcc a.json", 1, {"taken as rules of a team", "a.json:1:25: error: \"about\""}},
    {"a.json",
     "{\"format\": 1, \"rules\": [{\"id\": \"a/b\", \"about\": \"x\", \"resource\": \"wrapupCode\",\n"
     "  \"matches\": {\"field\": \"name\", \"pattern\": \"(\"}}]}",
     "$R check -f gcc a.json", 1, {"a.json:2:"}},
    {"rehearse.json", "{\"suppres\": []}", "$R check --no-config -f gcc rehearse.json", 1,
     {"taken as a rehearse.json", "rehearse.json:1:2: error: \"suppres\"", "[S102]"}},
    {"a.json", "{\"suppress\": [{\"rule\": \"J001\", \"reason\": \"x\"}]}", "$R check -f gcc a.json",
     1, {"a.json:1:24: error: J001 cannot be suppressed [K912]"}},
    {"a.json", "{\"fail-on\": \"error\", \"ignore\": [\"S77\"]}", "$R check -f gcc a.json", 0,
     {"a.json:1:33: warning: there is no rule \"S77\" [K901]"}},
    {"a.json", "{\"format\": 1, \"expect\": {\"requests\": [{\"operation\": \"nix\"}]}}",
     "$R check -f gcc a.json", 1,
     {"taken as a scenario", "a.json:1:53: error: genesys-cloud has no operation \"nix\""}},
    {"a.json", "{\"format\": 1, \"profile\": \"none\", \"expect\": {}}", "$R check -f gcc a.json", 1,
     {"a.json:1:", "there is no built-in profile"}},
    {"a.json", "{\"format\": 1, \"day\": {}, \"contacts\": []}", "$R check -f gcc a.json", 1,
     {"taken as a workload", "a.json:1:"}},
    {"a.json", "{\"format\": 1, \"sinks\": {\"a\": {\"routes\": [{\"path\": \"x\"}]}}}",
     "$R check -f gcc a.json", 1, {"taken as a sinks file", "a.json:1:51: error: "}},
    {"a.json", "{\"format\": 2, \"expects\": [], \"steps\": []}", "$R check -f gcc a.json", 1,
     {"taken as a plan", "a.json:1:12: error: "}},
    {"a.json", "{\"openapi\": \"3.1.0\", \"x-rehearse\": {\"format\": 1}}", "$R check -f gcc a.json",
     1, {"taken as a profile", "\"info\" is missing"}},
    {"a.json", "{\"name\": \"x\"}", "$R check --from workload -f gcc a.json", 1,
     {"taken as a workload", "\"contacts\" is missing"}},
    {"a.json", "{}", "$R check --from no a.json", 2, {"--from is payload"}},
    {"a.json", "{\"$schema\": \"tenant.schema.json\", \"resources\": {}}",
     "$R check -f gcc a.json", 1, {"a.json:1:1: error: "}},
    /* what a plan writes is a plan */
    {"a.json", "{\"changes\": [{\"create\": \"wrapupCode\", \"body\": {\"name\": \"New n\"}}]}",
     "$R plan --out p.json a.json >o.txt; $R check p.json", 0, {"taken as a plan"}},
    {"a.json", "{\"faults\": [{\"preset\": \"500\"}]}", "$R check - <a.json", 0,
     {"taken as a fault file"}},
};

START_TEST(own_files)
{
    run_row(&own_rows[_i]);
}
END_TEST

/* All that is built in is well, and known for what it is. */
START_TEST(shipped)
{
    static const struct {
        const char *folder, *said;
    } kinds[] = {{"profiles/", "a profile"},
                 {"scenarios/", "a scenario"},
                 {"sinks/", "a sinks file"},
                 {"workloads/", "a workload"}};
    size_t n = 0;
    for (const struct builtin *b = builtin_files; b->name; b++) {
        for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
            if (str_starts(str_of(b->name), str_of(kinds[k].folder))) {
                struct buf want = {0};
                struct row r = {.name = "s.json", .line = "$R check s.json"};
                buf_put(&want, str_of(kinds[k].said));
                r.text = str_cstr(&shell.arena, builtin_find(str_of(b->name)));
                r.wants[0] = buf_cstr(&want);
                run_row(&r);
                buf_done(&want);
                n++;
            }
        }
    }
    ck_assert_uint_gt(n, 20);
}
END_TEST

int main(void)
{
    int n = (int)(sizeof own_rows / sizeof *own_rows);
    Suite *s = suite_create("inputs");
    TCase *t = tcase_create("inputs");
    tcase_set_timeout(t, 120);
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_loop_test(t, own_files, 0, n);
    tcase_add_test(t, shipped);
    suite_add_tcase(s, t);
    return unit_run(s);
}
