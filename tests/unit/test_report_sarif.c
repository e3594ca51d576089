/* SARIF against its schema, by our own engine. Where the published schema of 2.1.0 is at hand
 * (REHEARSE_SARIF_SCHEMA, or shared data beside the project) against that; always against the part of it
 * that the reports use. */
#include "validator/report.h"

#include "model/schema.h"

#include "tests/unit/json_unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct report_rule rules[] = {
    {STR_INIT("S106"), STR_INIT("pattern"), STR_INIT("A text breaks a pattern."),
     STR_INIT("Write it so."), STR_INIT("https://example.com/S106"), SEVERITY_ERROR},
    {STR_INIT("J009"), STR_INIT("byte order mark"), STR_INIT(""), STR_INIT(""), STR_INIT(""),
     SEVERITY_NOTE},
};

static struct str told_path;

static bool tell(const struct schema_issue *issue, void *ctx)
{
    (void)ctx;
    struct buf b;
    buf_init(&b, &arena);
    json_pointer_put(&b, issue->instance);
    buf_put(&b, STR(" "));
    json_put(&b, issue->instance);
    buf_put(&b, STR(" against "));
    json_put(&b, issue->rule);
    told_path = buf_str(&b);
    return false;
}

/* Is the text valid against the schema? The dialect that it names is read as 2020-12: it uses nothing in which
 * they differ. */
static bool is_valid(struct str schema_text, struct str text)
{
    struct buf b;
    buf_init(&b, &arena);
    size_t at = str_find(schema_text, STR("\"$schema\""));
    buf_put(&b, str_slice(schema_text, 0, at));
    if (at < schema_text.len) {
        buf_put(&b, STR("\"$comment\""));
        buf_put(&b, str_slice(schema_text, at + 9, schema_text.len));
    }
    const struct json_doc *doc = NULL;
    ck_assert_msg(json_parse(&doc, &arena, STR("schema"), buf_str(&b), NULL, NULL, &err), "%s",
                  err.msg);
    struct schema_set *set = schema_set_new(&arena, true);
    struct schema_run *run = schema_run_new();
    const struct schema *schema = NULL;
    bool is_good = schema_set_add(set, STR("https://example.com/sarif"), json_root(doc), &err) &&
                   schema_compile(&schema, set, STR("https://example.com/sarif"), &err);
    ck_assert_msg(is_good, "%s", err.msg);
    is_good = schema_check(schema, run, parse(text), tell, NULL);
    schema_run_free(run);
    schema_set_free(set);
    return is_good;
}

static struct str sarif_of(const struct report *r)
{
    struct buf b;
    buf_init(&b, &arena);
    report_write(&b, REPORT_SARIF, r);
    return buf_str(&b);
}

/* Everything that a report can say. */
static struct str full_report(size_t n)
{
    static const struct report_edit edit = {.span = {1, 2},
                                            .line = 1,
                                            .column = 2,
                                            .end_line = 1,
                                            .end_column = 3,
                                            .text = STR_INIT("x\n\"")};
    static const struct report_fix fix = {.is_safe = true, .edits = &edit, .n_edits = 1};
    static const struct report_skip skip = {
        STR_INIT("plan.json"),           STR_INIT("/a"), STR_INIT("known after apply"), 1, 2,
        {{"code", 4}, {"", 0}, {"A", 1}}};
    struct report_item *items = ARENA_ARRAY(&arena, n, struct report_item);
    for (size_t i = 0; i < n; i++) {
        bool is_placed = i % 3 != 2;
        items[i] =
            (struct report_item){.finding = {.rule = i % 4 == 3 ? STR("acme/own") : rules[i % 2].id,
                                             .severity = (enum severity)(i % 3),
                                             .message = STR("a \"message\" \x01 \xFF"),
                                             .file = i % 5 ? STR("a b/c.json") : STR("/tmp/x.json"),
                                             .line = is_placed ? 7 : 0,
                                             .column = is_placed ? 3 : 0,
                                             .end_line = is_placed ? 7 : 0,
                                             .end_column = is_placed ? 9 : 0,
                                             .pointer = i % 2 ? STR("/0/name") : STR(""),
                                             .expected = STR("this"),
                                             .hint = STR("do that"),
                                             .related_message = i % 2 ? STR("first here") : STR(""),
                                             .related_line = 2,
                                             .related_column = 1,
                                             .item = SIZE_MAX},
                                 .fixes = &fix,
                                 .n_fixes = i % 2,
                                 .suppressed = i % 6 == 5 ? STR("a reason") : (struct str){NULL, 0},
                                 .is_suppressed_in_source = i % 12 == 5};
    }
    struct report r = {.items = items,
                       .n_items = n,
                       .rules = rules,
                       .n_rules = 2,
                       .skips = &skip,
                       .n_skips = 1,
                       .version = STR("0.1.0"),
                       .command = STR("check"),
                       .url = STR("https://example.com/")};
    return sarif_of(&r);
}

static struct str file_at(const char *path)
{
    struct str text = STR("");
    ck_assert_msg(file_read(&text, &arena, path, 1 << 24, &err), "%s: %s", path, err.msg);
    return text;
}

static void try_schema(struct str schema)
{
    struct report empty = {.version = STR("0.1.0"), .command = STR("check")};
    ck_assert_msg(is_valid(schema, full_report(24)), "%.*s", STR_ARG(told_path));
    ck_assert_msg(is_valid(schema, sarif_of(&empty)), "%.*s", STR_ARG(told_path));
    ck_assert_msg(is_valid(schema, full_report(5200)), "%.*s", STR_ARG(told_path));
    /* and it can refuse: */
    static const struct {
        const char *from, *to;
    } rows[] = {{"\"version\":\"2.1.0\"", "\"version\":\"2.0.0\""},
                {"\"columnKind\":\"unicodeCodePoints\"", "\"columnKind\":\"bytes\""},
                {"\"startLine\":7", "\"startLine\":0"},
                {"\"level\":\"warning\"", "\"level\":\"warn\""},
                {"\"kind\":\"inSource\"", "\"kind\":\"here\""},
                {"\"deletedRegion\"", "\"deleted\""},
                {"\"message\":{\"text\"", "\"message\":{\"test\""},
                {"\"ruleIndex\":1", "\"ruleIndex\":\"1\""}};
    struct str good = full_report(24);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t at = str_find(good, str_of(rows[i].from));
        ck_assert_msg(at < good.len, "%s", rows[i].from);
        struct buf b;
        buf_init(&b, &arena);
        buf_put(&b, str_slice(good, 0, at));
        buf_put(&b, str_of(rows[i].to));
        buf_put(&b, str_slice(good, at + strlen(rows[i].from), good.len));
        ck_assert_msg(!is_valid(schema, buf_str(&b)), "%s", rows[i].to);
    }
}

START_TEST(test_part)
{
    try_schema(file_at("tests/unit/data/sarif-part.schema.json"));
}
END_TEST

START_TEST(test_published)
{
    const char *path = getenv("REHEARSE_SARIF_SCHEMA");
    path = path != NULL ? path : "../shared/conformance/sarif/sarif-schema-2.1.0.json";
    if (access(path, R_OK) != 0) {
        (void)printf("skipped: the published schema of SARIF 2.1.0 is not at hand "
                     "(REHEARSE_SARIF_SCHEMA)\n");
        return;
    }
    try_schema(file_at(path));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("report_sarif");
    TCase *tc = tcase_create("report_sarif");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_set_timeout(tc, 120);
    tcase_add_test(tc, test_part);
    tcase_add_test(tc, test_published);
    suite_add_tcase(suite, tc);
    return unit_run(suite);
}
