/* Reports: exact bytes for a small list, escapes by tables, limits, and for SARIF a schema. */
#include "validator/report.h"
#include "validator/report_int.h"

#include "tests/unit/json_unit.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static struct report_item items[3];
static struct report report;

static struct report_edit edit = {.span = {6, 9},
                                  .line = 2,
                                  .column = 3,
                                  .end_line = 2,
                                  .end_column = 5,
                                  .text = STR_INIT("A_B")};
static struct report_fix fix = {
    .is_safe = true, .about = STR_INIT("did you mean \"A_B\"?"), .n_edits = 1};
static const struct report_rule rules[] = {
    {STR_INIT("S106"), STR_INIT("pattern"), STR_INIT("A text breaks a pattern."),
     STR_INIT("Write it so."), STR_INIT("https://example.com/S106"), SEVERITY_ERROR},
    {STR_INIT("S115"), STR_INIT("blanks at the ends"), STR_INIT(""), STR_INIT(""), STR_INIT(""),
     SEVERITY_WARNING},
};
/* The place is behind a letter of two bytes. */
static const struct report_file files[] = {{STR_INIT("./a.json"), STR_INIT("[\n  \xC3\xA4 A#B\n]")},
                                           {STR_INIT("b.json"), {NULL, 0}}};
static const struct report_case cases[] = {
    {STR_INIT("./a.json"), STR_INIT("/0"), 2, {STR_INIT("code"), STR_INIT(""), STR_INIT("A#B")}},
    {STR_INIT("./a.json"), STR_INIT("/1"), 3, {STR_INIT("code"), STR_INIT(""), STR_INIT("fine")}},
};
static const struct report_skip skips[] = {{STR_INIT("plan.json"),
                                            STR_INIT("/x/name"),
                                            STR_INIT("known after apply"),
                                            7,
                                            9,
                                            {STR_INIT("code"), STR_INIT(""), STR_INIT("later")}}};

static void fill(void)
{
    setup();
    fix.edits = &edit;
    items[0] = (struct report_item){.finding = {.rule = STR("S106"),
                                                .severity = SEVERITY_ERROR,
                                                .message = STR("code \"A#B\" holds '#'"),
                                                .file = STR("./a.json"),
                                                .span = {7, 10},
                                                .line = 2,
                                                .column = 5,
                                                .end_line = 2,
                                                .end_column = 8,
                                                .pointer = STR("/0/code"),
                                                .field = STR("code"),
                                                .value = STR("\"A#B\""),
                                                .expected = STR("letters"),
                                                .hint = STR("write A_B"),
                                                .status = 400,
                                                .case_name = STR("schema.pattern"),
                                                .related_message = STR("first here"),
                                                .related_line = 1,
                                                .related_column = 2,
                                                .item = SIZE_MAX},
                                    .entity = {STR("code"), STR(""), STR("A#B")},
                                    .fixes = &fix,
                                    .n_fixes = 1};
    items[1] = (struct report_item){.finding = {.rule = STR("S115"),
                                                .severity = SEVERITY_WARNING,
                                                .message = STR("blank at the end"),
                                                .file = STR("./a.json"),
                                                .span = {8, 9},
                                                .line = 2,
                                                .column = 6,
                                                .end_line = 3,
                                                .end_column = 1,
                                                .pointer = STR("/0/code"),
                                                .item = SIZE_MAX},
                                    .entity = {STR("code"), STR(""), STR("A#B")}};
    items[2] = (struct report_item){.finding = {.rule = STR("X999"),
                                                .severity = SEVERITY_NOTE,
                                                .message = STR("note"),
                                                .file = STR("b.json"),
                                                .item = SIZE_MAX},
                                    .suppressed = STR("load test")};
    report = (struct report){.items = items,
                             .n_items = 3,
                             .rules = rules,
                             .n_rules = 2,
                             .files = files,
                             .n_files = 2,
                             .cases = cases,
                             .n_cases = 2,
                             .skips = skips,
                             .n_skips = 1,
                             .summary = {.files = 2,
                                         .entities = 2,
                                         .errors = 1,
                                         .warnings = 1,
                                         .suppressed = 1,
                                         .skipped = 1,
                                         .ms = 1234},
                             .version = STR("0.1"),
                             .command = STR("check")};
}

static struct str write_as(const char *kind)
{
    struct buf b;
    buf_init(&b, &arena);
    enum report_kind k = report_kind_of(str_of(kind));
    ck_assert(k != REPORT_KIND_COUNT);
    report_write(&b, k, &report);
    ck_assert(str_is_utf8(buf_str(&b), NULL));
    return buf_str(&b);
}

static size_t count(struct str text, const char *needle)
{
    size_t n = 0;
    for (size_t at; (at = str_find(text, str_of(needle))) < text.len; n++) {
        text = str_slice(text, at + strlen(needle), text.len);
    }
    return n;
}

START_TEST(test_exact)
{
    static const struct row {
        const char *kind, *text;
    } rows[] = {
        {"text", "error[S106]: code \"A#B\" holds '#'\n"
                 "   --> ./a.json:2:5\n"
                 "    |\n"
                 "  2 |   \xC3\xA4 A#B\n"
                 "    |     ^^^ letters\n"
                 "    |\n"
                 "    = entity: code \"A#B\", /0/code\n"
                 "    = see: first here: line 1 column 2\n"
                 "    = tenant: would answer 400 (schema.pattern)\n"
                 "    = help: write A_B\n\n"
                 "warning[S115]: blank at the end\n"
                 "   --> ./a.json:2:6\n"
                 "    |\n"
                 "  2 |   \xC3\xA4 A#B\n"
                 "    |      ^\n"
                 "    |\n"
                 "    = entity: code \"A#B\", /0/code\n\n"
                 "not checked: plan.json:7:9 /x/name: known after apply\n"
                 "1 error, 1 warning, 0 notes in 2 files, 1 suppressed, 1 not checked\n"},
        {"gcc", "./a.json:2:5: error: code \"A#B\" holds '#' [S106]\n"
                "./a.json:1:2: note: first here\n"
                "./a.json:2:6: warning: blank at the end [S115]\n"
                "plan.json:7:9: note: not checked: known after apply\n"},
        {"github",
         "::error file=a.json,line=2,endLine=2,col=5,endColumn=8,title=S106 pattern::"
         "code \"A#B\" holds '#'%0Awrite A_B\n"
         "::warning file=a.json,line=2,endLine=3,title=S115 blanks at the ends::blank at the end\n"
         "1 error, 1 warning, 0 notes in 2 files, 1 suppressed, 1 not checked\n"},
        {"checkstyle",
         "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<checkstyle version=\"4.3\">\n<file "
         "name=\"a.json\">\n"
         "<error line=\"2\" column=\"5\" severity=\"error\" message=\"code &quot;A#B&quot; holds "
         "'#'\" "
         "source=\"rehearse.S106\"/>\n"
         "<error line=\"2\" column=\"6\" severity=\"warning\" message=\"blank at the end\" "
         "source=\"rehearse.S115\"/>\n</file>\n</checkstyle>\n"},
        {"tap",
         "TAP version 14\n1..4\nnot ok 1 - a.json: code \"A\\#B\"\n  ---\n  findings:\n"
         "    - rule: \"S106\"\n      severity: \"error\"\n      message: \"code \\\"A#B\\\" holds "
         "'#'\"\n"
         "      file: \"./a.json\"\n      line: 2\n      column: 5\n      pointer: \"/0/code\"\n"
         "      expected: \"letters\"\n      hint: \"write A_B\"\n"
         "    - rule: \"S115\"\n      severity: \"warning\"\n      message: \"blank at the end\"\n"
         "      file: \"./a.json\"\n      line: 2\n      column: 6\n      pointer: \"/0/code\"\n  "
         "...\n"
         "ok 2 - a.json: code \"fine\"\n"
         "ok 3 - plan.json: code \"later\" # SKIP known after apply\n"
         "ok 4 - b.json: whole text\n"},
        {"rdjsonl", "{\"message\":\"code \\\"A#B\\\" holds "
                    "'#'\",\"location\":{\"path\":\"a.json\",\"range\":{\"start\":"
                    "{\"line\":2,\"column\":6},\"end\":{\"line\":2,\"column\":9}}},\"severity\":"
                    "\"ERROR\",\"source\":{\"name\":"
                    "\"rehearse\"},\"code\":{\"value\":\"S106\",\"url\":\"https://example.com/"
                    "S106\"},\"suggestions\":[{\"range\":"
                    "{\"start\":{\"line\":2,\"column\":5},\"end\":{\"line\":2,\"column\":8}},"
                    "\"text\":\"A_B\"}]}\n"
                    "{\"message\":\"blank at the "
                    "end\",\"location\":{\"path\":\"a.json\",\"range\":{\"start\":{\"line\":2,"
                    "\"column\":7},\"end\":{\"line\":3,\"column\":8}}},\"severity\":\"WARNING\","
                    "\"source\":{\"name\":\"rehearse\"},"
                    "\"code\":{\"value\":\"S115\"}}\n"},
        {"markdown", "<!-- rehearse:check -->\n### rehearse: 1 error, 1 warning, 0 notes in 2 "
                     "files, 1 suppressed, "
                     "1 not checked\n\n| | rule | place | finding |\n|---|---|---|---|\n"
                     "| **error** | S106 | a.json&#58;2&#58;5 | code \"A&#35;B\" holds "
                     "'&#35;'<br>write A&#95;B |\n"
                     "| warning | S115 | a.json&#58;2&#58;6 | blank at the end |\n"
                     "\nNot checked:\n\n- plan.json /x/name: known after apply\n"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_str(write_as(rows[i].kind), rows[i].text);
        assert_str(write_as(rows[i].kind), rows[i].text); /* the same again */
    }
}
END_TEST

START_TEST(test_json)
{
    struct json v = parse(write_as("json")), first = json_first(json_get(v, STR("findings")));
    assert_str(json_str(json_get(v, STR("format_version"))), "1.0");
    ck_assert_uint_eq(json_count(json_get(v, STR("findings"))), 3);
    ck_assert_int_eq(json_i64_or(json_path(first, STR("span.start.byte")), 0), 7);
    ck_assert_int_eq(json_i64_or(json_path(first, STR("span.end.column")), 0), 8);
    ck_assert_int_eq(json_i64_or(json_get(first, STR("status")), 0), 400);
    assert_str(json_str(json_path(first, STR("entity.name"))), "A#B");
    assert_str(json_str(json_get(first, STR("found"))), "\"A#B\"");
    struct json edit_json =
        json_first(json_get(json_first(json_get(first, STR("fixes"))), STR("edits")));
    ck_assert_int_eq(json_i64_or(json_get(edit_json, STR("byte_end")), 0), 9);
    ck_assert_uint_eq(json_str(json_get(first, STR("fingerprint"))).len, 16);
    struct json last = json_next(json_next(first));
    assert_str(json_str(json_get(last, STR("suppressed"))), "load test");
    ck_assert_int_eq(json_kind(json_get(last, STR("span"))), JSON_NULL);
    ck_assert_int_eq(json_i64_or(json_path(v, STR("summary.ms")), 0), 1234);
    ck_assert_uint_eq(json_count(json_get(v, STR("skipped"))), 1);
    struct str lines = write_as("jsonl"), line;
    size_t n = 0;
    while (str_cut(&lines, '\n', &line) && line.len > 0) {
        (void)parse(line);
        n++;
    }
    ck_assert_uint_eq(n, 5); /* findings, what was skipped, the summary */
}
END_TEST

START_TEST(test_gitlab)
{
    struct report_item twins[3] = {items[0], items[0], items[1]};
    twins[1].finding.line = 90;
    report.items = twins;
    struct json v = parse(write_as("gitlab")), first = json_first(v), second = json_next(first);
    ck_assert_uint_eq(json_count(v), 3);
    struct str one = json_str(json_get(first, STR("fingerprint")));
    struct str two = json_str(json_get(second, STR("fingerprint")));
    ck_assert(str_starts(two, one) && two.len == one.len + 2); /* no line in it, but told apart */
    assert_str(json_str(json_path(first, STR("location.path"))), "a.json");
    ck_assert_int_eq(json_i64_or(json_path(second, STR("location.lines.begin")), 0), 90);
    assert_str(json_str(json_get(first, STR("severity"))), "critical");
    assert_str(json_str(json_get(json_next(second), STR("severity"))), "major");
    twins[0].finding.rule = STR("D501");
    assert_str(json_str(json_get(json_first(parse(write_as("gitlab"))), STR("severity"))),
               "blocker");
    report.n_items = 0;
    assert_str(write_as("gitlab"), "[]\n");
}
END_TEST

/* --- escapes --- */

START_TEST(test_escapes)
{
    static const struct row {
        const char *text, *line, *xml, *attribute, *github, *property, *markdown;
    } rows[] = {
        {"plain", "plain", "plain", "plain", "plain", "plain", "plain"},
        {"a\nb\tc\r", "a\\nb\\tc\\r", "a\nb\tc&#13;", "a&#10;b&#9;c&#13;", "a%0Ab\tc%0D",
         "a%0Ab\tc%0D", "a\\nb\\tc\\r"},
        {"\x01\x1B[31m", "\\u0001\\u001B[31m", "\\u0001\\u001B[31m", "\\u0001\\u001B[31m",
         "\\u0001\\u001B[31m", "\\u0001\\u001B[31m", "\\u0001\\u001B&#91;31m"},
        {"<a&\"b\">", "<a&\"b\">", "&lt;a&amp;&quot;b&quot;&gt;", "&lt;a&amp;&quot;b&quot;&gt;",
         "<a&\"b\">", "<a&\"b\">", "&#60;a&#38;\"b\"&#62;"},
        {"50%:x,y", "50%:x,y", "50%:x,y", "50%:x,y", "50%25:x,y", "50%25%3Ax%2Cy", "50%&#58;x,y"},
        {"\xC3\xA4\xF0\x9F\x98\x80", "\xC3\xA4\xF0\x9F\x98\x80", "\xC3\xA4\xF0\x9F\x98\x80",
         "\xC3\xA4\xF0\x9F\x98\x80", "\xC3\xA4\xF0\x9F\x98\x80", "\xC3\xA4\xF0\x9F\x98\x80",
         "\xC3\xA4\xF0\x9F\x98\x80"},
        {"a\xFFz\xC3", "a\xEF\xBF\xBDz\xEF\xBF\xBD", "a\xEF\xBF\xBDz\xEF\xBF\xBD",
         "a\xEF\xBF\xBDz\xEF\xBF\xBD", "a\xEF\xBF\xBDz\xEF\xBF\xBD", "a\xEF\xBF\xBDz\xEF\xBF\xBD",
         "a\xEF\xBF\xBDz\xEF\xBF\xBD"},
        {"\xEF\xBF\xBF\xE2\x80\xAE", "\xEF\xBF\xBF\\u202E", "\\uFFFF\xE2\x80\xAE",
         "\\uFFFF\xE2\x80\xAE", "\xEF\xBF\xBF\\u202E", "\xEF\xBF\xBF\\u202E",
         "\xEF\xBF\xBF\\u202E"},
        {"@me | [x](y) `z`", "@me | [x](y) `z`", "@me | [x](y) `z`", "@me | [x](y) `z`",
         "@me | [x](y) `z`", "@me | [x](y) `z`",
         "&#64;me &#124; &#91;x&#93;&#40;y&#41; &#96;z&#96;"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct buf b[6];
        for (size_t k = 0; k < 6; k++) {
            buf_init(&b[k], &arena);
        }
        struct str text = str_of(rows[i].text);
        report_put_line(&b[0], text);
        report_put_xml(&b[1], text, false);
        report_put_xml(&b[2], text, true);
        report_put_github(&b[3], text, false);
        report_put_github(&b[4], text, true);
        report_put_markdown(&b[5], text);
        const char *wanted[] = {rows[i].line,   rows[i].xml,      rows[i].attribute,
                                rows[i].github, rows[i].property, rows[i].markdown};
        for (size_t k = 0; k < 6; k++) {
            assert_str(buf_str(&b[k]), wanted[k]);
        }
    }
}
END_TEST

START_TEST(test_uris)
{
    static const struct row {
        const char *path, *uri;
    } rows[] = {
        {"a/b.json", "a/b.json"},
        {"./a b.json", "a%20b.json"},
        {"/tmp/x.json", "file:///tmp/x.json"},
        {"\xC3\xA4?#%", "%C3%A4%3F%23%25"},
        {"-", "-"},
        {"", "-"},
        {".//x", "x"},
        {"a:b", "a%3Ab"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct buf b;
        buf_init(&b, &arena);
        report_put_uri(&b, str_of(rows[i].path));
        assert_str(buf_str(&b), rows[i].uri);
    }
}
END_TEST

/* Hostile names and messages: every format stays one of its kind. */
START_TEST(test_hostile)
{
    for (size_t i = 0; i < 2; i++) {
        items[i].finding.file = STR("\n::error::x\xFF\x01<&>\"']]>|`-->\r");
        items[i].finding.message = STR("::set-env\n</details>]]>\x0B\xED\xA0\x80\"\\");
        items[i].entity.name = STR("#\\\n\"");
    }
    (void)parse(write_as("json"));
    (void)parse(write_as("sarif"));
    (void)parse(write_as("gitlab"));
    struct str github = write_as("github");
    ck_assert_uint_eq(count(github, "\n::"), 1); /* two commands, each a line */
    struct str tap = write_as("tap");
    ck_assert_uint_eq(count(tap, "\nnot ok") + count(tap, "\nok"), 5);
    for (size_t k = 0; k < 2; k++) {
        struct str xml = write_as(k == 0 ? "junit" : "checkstyle");
        for (size_t i = 0; i < xml.len; i++) {
            ck_assert((unsigned char)xml.s[i] >= 0x20 || xml.s[i] == '\n');
        }
    }
}
END_TEST

/* --- limits --- */

static void fill_many(size_t n, struct report_item *many)
{
    for (size_t i = 0; i < n; i++) {
        many[i] = items[i % 7 == 6 ? 0 : 1];
        many[i].finding.severity = i % 7 == 6 ? SEVERITY_ERROR
                                   : i % 2    ? SEVERITY_WARNING
                                              : SEVERITY_NOTE;
        many[i].finding.pointer = findings_text(&found, "/%zu/code", i);
        many[i].entity.name = findings_text(&found, "C%zu", i);
    }
    report.items = many;
    report.n_items = n;
    report.n_cases = 0;
}

START_TEST(test_limits)
{
    enum { N = 20000 };
    struct report_item *many = ARENA_ARRAY(&arena, N, struct report_item);
    fill_many(N, many);
    struct str github = write_as("github");
    ck_assert_uint_eq(count(github, "\n::warning "), 10);
    ck_assert_uint_eq(count(github, "\n::error ") + str_starts(github, STR("::error ")), 10);
    ck_assert_uint_eq(count(github, "[S1"), N - 30);
    struct str markdown = write_as("markdown");
    ck_assert_uint_le(markdown.len, 65536);
    ck_assert_uint_gt(markdown.len, 60000);
    ck_assert_uint_gt(count(markdown, "do not fit here"), 0);
    struct json sarif = json_first(json_get(parse(write_as("sarif")), STR("runs")));
    struct json results = json_get(sarif, STR("results"));
    ck_assert_uint_eq(json_count(results), 5000);
    size_t errors = 0;
    for (struct json v = json_first(results); json_exists(v); v = json_next(v)) {
        errors += str_eq(json_str(json_get(v, STR("level"))), STR("error"));
    }
    ck_assert_uint_eq(errors, N / 7);
    struct json invocation = json_first(json_get(sarif, STR("invocations")));
    struct json told = json_first(json_get(invocation, STR("toolExecutionNotifications")));
    ck_assert(str_starts(json_str(json_path(told, STR("message.text"))), STR("15000 of 20000")));
    ck_assert_uint_eq(json_count(json_get(parse(write_as("json")), STR("findings"))), N);
    ck_assert_uint_eq(count(write_as("gcc"), "[S1"), N);
    struct str text = write_as("text");
    ck_assert_uint_eq(count(text, "[S1"), 40); /* twenty of a rule */
    ck_assert_uint_eq(count(text, "more of S115\n") + count(text, "more of S106\n"), 2);
}
END_TEST

/* Long lines are cut around the place, values of several lines after the first; colour comes and goes. */
START_TEST(test_text)
{
    struct buf b;
    buf_init(&b, &arena);
    for (int i = 0; i < 40; i++) {
        buf_put(&b, STR("\xC3\xA4\t2345678"));
    }
    struct report_file file = {STR("long"), buf_str(&b)};
    report.files = &file;
    report.n_files = report.n_items = 1;
    report.n_skips = 0;
    items[0].finding.file = STR("long");
    items[0].finding.span = (struct span){200, 204};
    items[0].finding.line = 12345;
    struct str text = write_as("text");
    ck_assert(str_find(text, STR("\n  12345 | \xE2\x80\xA6")) < text.len);
    ck_assert(str_find(text, STR("\xE2\x80\xA6\n        |  ")) < text.len);
    file.text = STR("{\n\x1B[31m \xE2\x80\xAE}");
    items[0].finding.span = (struct span){0, 12};
    text = write_as("text");
    ck_assert(str_find(text, STR("| {\n        | ^ letters\n")) < text.len);
    items[0].finding.span = (struct span){2, 7};
    text = write_as("text");
    ck_assert(str_find(text, STR("\xEF\xBF\xBD[31m \xEF\xBF\xBD}\n        | ^^^^^ letters")) <
              text.len);
    ck_assert_uint_eq(count(text, "\x1B"), 0);
    report.is_coloured = true;
    text = write_as("text");
    ck_assert(str_starts(text, STR("\x1B[1;31merror[S106]\x1B[0m\x1B[1m: code")));
    file.text = STR("short"); /* the file has changed meanwhile: no source, no fault */
    items[0].finding.span = (struct span){200, 204};
    ck_assert_uint_gt(write_as("text").len, 0);
}
END_TEST

START_TEST(test_empty)
{
    report = (struct report){.command = STR("check")};
    for (unsigned k = 0; k < REPORT_KIND_COUNT; k++) {
        struct buf b;
        buf_init(&b, &arena);
        report_write(&b, (enum report_kind)k, &report);
        ck_assert(k == REPORT_GCC || k == REPORT_RDJSONL || b.len > 0);
        assert_str(report_kind_name((enum report_kind)k),
                   (const char *[]){"text", "gcc", "json", "jsonl", "sarif", "junit", "github",
                                    "gitlab", "checkstyle", "tap", "rdjsonl", "markdown"}[k]);
    }
    ck_assert_int_eq(report_kind_of(STR("xml")), REPORT_KIND_COUNT);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("report");
    TCase *tc = tcase_create("report");
    tcase_add_checked_fixture(tc, fill, teardown);
    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, test_exact);
    tcase_add_test(tc, test_json);
    tcase_add_test(tc, test_gitlab);
    tcase_add_test(tc, test_escapes);
    tcase_add_test(tc, test_uris);
    tcase_add_test(tc, test_hostile);
    tcase_add_test(tc, test_limits);
    tcase_add_test(tc, test_text);
    tcase_add_test(tc, test_empty);
    suite_add_tcase(suite, tc);
    return unit_run(suite);
}
