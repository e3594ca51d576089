/* What `rehearse check` is given and gives, and what it makes of it: rules in SQL, rehearse's own files, files that are not what
 * their names say, plans of Terraform with gaps. */
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

#define PLAN(after, unknown)                                                                       \
    "{\"format_version\": \"1.2\", \"resource_changes\": [{\"address\": \"a.b\", \"mode\": "            \
    "\"managed\", \"type\": \"genesyscloud_routing_\n" after "}, \"after_unknown\": {" unknown "}}}]}"
#define CODE(after)                                                                                \
    "wrapupcode\", \"change\": {\"actions\": [\"create\"], \"after\": {" after
#define QUEUE(after)                                                                               \
    "queue\", \"change\": {\"actions\": [\"create\"], \"after\": {\"name\": \"New q\", " after

static const struct row odd_rows[] = {
    {"a.json", "{\"format_version\": \"2.0\", \"resource_changes\": []}", "$R check -f gcc a.json", 1,
     {"a.json:1:20: error: format version 2.0 of Terraform's JSON is not known", "[K912]"}},
    /* the line ends go before the program reads it */
    {"a.json", PLAN(CODE(""), "\"name\": true"),
     "tr -d '\\n' <a.json >b.json; $R check b.json", 0,
     {"0 errors", "name of a.b: known after apply", "a.b as a whole: the tenant cannot be asked"}},
    {"a.json", PLAN(CODE("\"name\": \"\""), "\"division_id\": true"),
     "tr -d '\\n' <a.json >b.json; $R check b.json", 1,
     {"/resource_changes/0/change/after/name", "1 error, 0 warnings, 0 notes in 1 file, 1 not checked"}},
    {"a.json", PLAN(QUEUE("\"wrapup_codes\": [\"gone\"]"), ""),
     "tr -d '\\n' <a.json >b.json; $R check -f gcc b.json", 1,
     {"there is no wrapup code \"gone\" [R403]"}},
    {"a.json", PLAN(QUEUE("\"wrapup_codes\": [\"${genesyscloud_routing_wrapupcode.x.id}\"]"), ""),
     "tr -d '\\n' <a.json >b.json; $R check b.json", 0, {"the resource is not in this file"}},
    {"codes.csv", "PK\003\004", "$R check -f gcc codes.csv", 1,
     {"codes.csv:1:1: error: this is a spreadsheet", "[J001]"}},
    {"codes.csv", "\320\317\021\340\241\261\032\341", "$R check codes.csv", 1,
     {"an old spreadsheet (.xls)", "save the sheet as CSV (UTF-8)"}},
    {"a.csv", "\377\376n", "$R check -f gcc a.csv", 1, {"a.csv:1:1: error: this is UTF-16"}},
    {"a.csv", "name\nCaf\351\n", "$R check -f gcc a.csv", 1,
     {"a.csv:2:4: error: byte 0xE9 is not UTF-8 here [J001]"}},
    {"a.csv", "name\nCaf\303\251\nCaf\351\n", "$R check a.csv", 1,
     {"a.csv:3:4", "it may be Windows-1252 or Latin-1"}},
    {"a.txt", "x", "mkdir d; $R check d", 2, {"d: no file to check is below this folder"}},
    {"a.json", "{\"name\": \"Fine n\"}", "mkdir d; $R check a.json d", 2, {"d: no file to check"}},
    /* nobody writes into this pipe */
    {"a.txt", "x", "mkdir d; mkfifo d/p.json; timeout 5 $R check d", 2, {"d: no file to check"}},
    {"a.json", "{\"name\": \"Fine n\"}", "mkfifo p; cat a.json >p & timeout 5 $R check p", 0,
     {"0 errors"}},
    {NULL, NULL, "$R check no.json", 2, {"no.json: cannot open the file"}},
    {NULL, NULL, "mkdir d; ln -s d d/e.json; ln -s no d/f.json; $R check d", 2, {"d: no file"}},
    {"a.json", "", "$R check a.json", 1, {"error[J014]"}},
    {"a.csv", "", "$R check a.csv", 1, {"error[J014]"}},
    {"a.yaml", "", "$R check a.yaml", 1, {"error[J014]"}},
};

START_TEST(odd_files)
{
    run_row(&odd_rows[_i]);
}
END_TEST

#define SQL(more, text)                                                                            \
    "{\"format\": 1, \"rules\": [{\"id\": \"acme/x\", \"about\": \"it is so\"" more ",\n\"sql\": \"" text "\"}]}"
#define ASK "echo '[{\"name\": \"Brand new\"}]' >a.json; $R check -f gcc --rules r.json a.json"

static const struct row sql_rows[] = {
    {"r.json", SQL("", "SELECT 'code', id, name FROM code WHERE name LIKE 'Brand%'"), ASK, 1,
     {"a.json:1:2: error: it is so: Brand new [acme/x]"}},
    {"r.json",
     SQL(", \"severity\": \"note\", \"message\": \"{name} {no} {n}\"",
         "SELECT 'wrapupCode', id, name, 7 AS n FROM wrapupCode WHERE name = 'Brand new'"),
     ASK, 0, {"note: Brand new {no} 7 [acme/x]"}},
    /* what was there before is nobody's mistake today */
    {"r.json", SQL("", "SELECT 'code', id FROM code WHERE name <> 'Brand new'"), ASK, 0, {"0 errors"}},
    {"r.json", SQL("", "SELECT type, id, line FROM change"), ASK, 1, {"error: it is so: 1 [acme/x]"}},
    {"r.json", SQL("", "SELECT * FROM queue LIMIT 0"), ASK, 0, {"0 errors"}},
    {"r.json", SQL("", "ATTACH 'x.db' AS x"), ASK "; ls", 0,
     {"r.json:2:8: error: rule acme/x: ", "wants ATTACH [K908]", "a.json\nr.json\n"}},
    {"r.json", SQL("", "PRAGMA user_version = 7"), ASK, 1, {"wants PRAGMA [K908]"}},
    {"r.json", SQL("", "SELECT name, name FROM pragma_table_info('entity')"), ASK, 1, {"[K908]"}},
    {"r.json", SQL("", "DELETE FROM entity"), ASK, 1, {"may read and nothing else", "[K908]"}},
    {"r.json", SQL("", "CREATE TABLE t(a)"), ASK, 1, {"may read and nothing else"}},
    {"r.json", SQL("", "VACUUM INTO 'x.db'"), ASK, 1, {"[K908]"}},
    {"r.json", SQL("", "SELECT 'code', id FROM code; DROP TABLE entity"), ASK, 1, {"one SELECT"}},
    {"r.json", SQL("", "SELECT 'code', load_extension('x')"), ASK, 1, {"wants load_extension"}},
    {"r.json", SQL("", "SELECT 'code', hex(zeroblob(2000000000))"), ASK, 1, {"wants zeroblob"}},
    {"r.json", SQL("", "SELECT 'code', printf('%.*c', 2000000000, 'x')"), ASK, 1, {"[K908]"}},
    {"r.json",
     SQL("", "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n+1 FROM r) SELECT 'code', n FROM r "
             "WHERE n < 0"),
     "timeout 20 sh -c '$R check -f gcc --rules r.json --from payload r.json'", 1,
     {"it took longer than 2 s and was stopped [K908]"}},
    {"r.json",
     SQL("", "WITH RECURSIVE r(n) AS (SELECT 1 UNION SELECT n+1 FROM r) SELECT 'code', n FROM r "
             "ORDER BY n"),
     "timeout 20 sh -c '$R check -f gcc --rules r.json --from payload r.json'", 1, {"[K908]"}},
    {"r.json", SQL("", "SELECT 'code', a.id FROM code a, code b, code c"), ASK, 1,
     {"more than 10,000 rows"}},
    {"r.json", SQL("", "SELECT 'nothing', 'x'"), ASK, 1, {"of no entity: type \"nothing\""}},
    {"r.json", SQL("", "SELEC"), ASK, 1, {"syntax error [K908]"}},
    {"r.json", SQL("", ""), ASK, 2, {"\"sql\" is one SELECT"}},
    {"r.json", SQL(", \"resource\": \"queue\"", "SELECT 1"), ASK, 2, {"it has no \"resource\""}},
    /* a snapshot: the member that the row points to */
    {"r.json", SQL("", "SELECT 'code', id, 'name' AS pointer FROM code WHERE name = 'B'"),
     "echo '{\"format\": 1, \"profile\": \"genesys-cloud\", \"name\": \"s\", \"resources\": {\"wrapupCode\": "
     "[\n{\"id\": \"11111111-2222-4333-8444-555555555555\", \"name\": \"B\"}]}}' >s.json; "
     "$R check -f gcc --rules r.json s.json",
     1, {"s.json:2:56: error: it is so [acme/x]"}},
    {"a.json", "{\"name\": \"Brand new\"}",
     "$R check -q --emit-db m.db --emit-model m.json a.json; python3 -c 'import json, sqlite3\n"
     "d = sqlite3.connect(\"m.db\")\nm = json.load(open(\"m.json\"))\n"
     "print(d.execute(\"SELECT name, file, line FROM change\").fetchall(), m[\"changes\"][0][\"line\"])\n"
     "n = d.execute(\"SELECT count(*) FROM entity\").fetchone()[0]\n"
     "print(n == sum(len(v) for v in m[\"resources\"].values()))\n"
     "print(d.execute(\"SELECT count(*) FROM edge\").fetchone()[0] == len(m[\"edges\"]))'",
     0, {"[('Brand new', 'a.json', 1)] 1\nTrue\nTrue\n"}},
    {"a.json", "{\"name\": \"Brand new\"}", "$R check -q --emit-db no/m.db a.json", 2, {"no/m.db"}},
};

START_TEST(sql)
{
    run_row(&sql_rows[_i]);
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
    tcase_add_loop_test(t, odd_files, 0, (int)(sizeof odd_rows / sizeof *odd_rows));
    tcase_add_loop_test(t, sql, 0, (int)(sizeof sql_rows / sizeof *sql_rows));
    tcase_add_test(t, shipped);
    suite_add_tcase(s, t);
    return unit_run(s);
}
