/* Documents made from another text: places are those of what the user wrote. */
#include "base/base.h"

#include "tests/unit/json_unit.h"

#include <string.h>

/* A table of two rows, as the reader of tables makes it. */
static const char table[] = "\xEF\xBB\xBF"
                            "code;wrap\nA\xC3\xA9;300\n\"B\"\"x\";12345678901234567890\n";

static struct span span_of(const char *needle)
{
    const char *at = strstr(table, needle);
    size_t from = (size_t)(at - table);
    return (struct span){from, from + strlen(needle)};
}

static bool make(const struct json_doc **out, bool is_repeated)
{
    static struct json_maker m;
    json_maker_init(&m, &arena, STR("codes.csv"), str_of(table));
    json_make_open(&m, JSON_ARRAY, 3);
    json_make_open(&m, JSON_OBJECT, span_of("A\xC3\xA9").from);
    json_make_key(&m, STR("code"), span_of("code"));
    json_make_string(&m, STR("A\xC3\xA9"), span_of("A\xC3\xA9"));
    json_make_key(&m, is_repeated ? STR("code") : STR("wrap"), span_of("wrap"));
    json_make_literal(&m, STR("300"), span_of("300"));
    json_make_close(&m, span_of("300").to);
    json_make_open(&m, JSON_OBJECT, span_of("\"B\"\"x\"").from);
    json_make_key(&m, STR("code"), span_of("code"));
    json_make_string(&m, STR("B\"x"), span_of("\"B\"\"x\""));
    json_make_key(&m, STR("wrap"), span_of("wrap"));
    json_make_literal(&m, STR("12345678901234567890"), span_of("12345678901234567890"));
    json_make_close(&m, sizeof table - 2);
    json_make_close(&m, sizeof table - 1);
    return json_make_done(out, &m, NULL, &found, &err);
}

START_TEST(test_places)
{
    const struct json_doc *doc = NULL;
    ck_assert_msg(make(&doc, false), "%s", err.msg);
    struct json root = json_root(doc), first = json_first(root), second = json_next(first);
    struct json wrap = json_get(first, STR("wrap")), code = json_get(second, STR("code"));
    assert_str(json_source(wrap), "300");
    assert_str(json_source(code), "\"B\"\"x\"");
    assert_str(json_str(code), "B\"x");
    assert_str(json_literal(code), "\"B\\\"x\"");
    assert_str(json_source(first), "A\xC3\xA9;300");
    assert_str(json_doc_text(doc), table);
    struct span key = json_key_span(wrap);
    assert_str(str_slice(str_of(table), key.from, key.to), "wrap");
    key = json_key_span(first); /* an element has no name */
    ck_assert_uint_eq(key.from, key.to);
    struct finding f = json_finding(&found, wrap, STR("S103"), SEVERITY_ERROR);
    ck_assert_uint_eq(f.line, 2);
    ck_assert_uint_eq(f.column, 4);
    ck_assert_uint_eq(f.end_column, 7);
    assert_str(f.file, "codes.csv");
    assert_str(f.pointer, "/0/wrap");
    assert_str(f.value, "300");
    struct buf b;
    buf_init(&b, &arena);
    json_put(&b, root);
    assert_str(buf_str(&b), "[{\"code\":\"A\xC3\xA9\",\"wrap\":300},"
                            "{\"code\":\"B\\\"x\",\"wrap\":12345678901234567890}]");
    assert_str(json_number_text(json_get(second, STR("wrap"))), "12345678901234567890");
}
END_TEST

/* What the parser finds stands in the original too. */
START_TEST(test_parser_findings)
{
    const struct json_doc *doc = NULL;
    ck_assert(make(&doc, false));
    ck_assert_uint_eq(found.len, 1);
    assert_str(found.at[0].rule, "J006");
    ck_assert_uint_eq(found.at[0].line, 3);
    ck_assert_uint_eq(found.at[0].column, 8);
    ck_assert_uint_eq(found.at[0].span.from, span_of("1234").from);
    found.len = 0;
    ck_assert(!make(&doc, true));
    assert_str(found.at[0].rule, "J003");
    ck_assert_uint_eq(found.at[0].line, 1);
    ck_assert_uint_eq(found.at[0].column, 6);
    ck_assert_uint_eq(found.at[0].related_column, 1);
    ck_assert_uint_eq(err.line, 1);
    ck_assert_str_eq(err.file, "codes.csv");
    ck_assert(strstr(err.msg, "first at line 1 column 1") != NULL);
}
END_TEST

START_TEST(test_depth)
{
    static struct json_maker m;
    for (uint32_t depth = JSON_DEPTH_MAX - 1; depth <= JSON_DEPTH_MAX + 40; depth++) {
        json_maker_init(&m, &arena, STR("x"), STR("abc"));
        for (uint32_t i = 0; i < depth; i++) {
            json_make_open(&m, JSON_ARRAY, 1);
        }
        json_make_literal(&m, STR("1"), (struct span){1, 2});
        for (uint32_t i = 0; i < depth; i++) {
            json_make_close(&m, 3);
        }
        const struct json_doc *doc = NULL;
        found.len = 0;
        ck_assert_int_eq(json_make_done(&doc, &m, NULL, &found, &err), depth <= JSON_DEPTH_MAX);
        ck_assert(depth <= JSON_DEPTH_MAX || str_eq(found.at[0].rule, STR("J005")));
    }
}
END_TEST

/* --- a text within another --- */

START_TEST(test_inner)
{
    struct str text = STR(
        "{\"body\": \"{\\\"n\\u00e4me\\\": \\\"a\\ud83d\\ude00b\\\",\\n \\\"x\\\": [1, 22]}\"}");
    struct json outer = parse(text), body = json_get(outer, STR("body"));
    const struct json_doc *doc = NULL;
    ck_assert_msg(json_parse_inner(&doc, &arena, body, NULL, &found, &err), "%s", err.msg);
    struct json root = json_root(doc), name = json_get(root, STR("n\xC3\xA4me"));
    assert_str(json_str(name), "a\xF0\x9F\x98\x80"
                               "b");
    assert_str(json_source(name), "\\\"a\\ud83d\\ude00b\\\"");
    struct span key = json_key_span(name);
    assert_str(str_slice(text, key.from, key.to), "\\\"n\\u00e4me\\\"");
    struct json second = json_next(json_first(json_get(root, STR("x"))));
    assert_str(json_source(second), "22");
    assert_str(json_literal(root), "{\"n\xC3\xA4me\": \"a\xF0\x9F\x98\x80"
                                   "b\",\n \"x\": [1, 22]}");
    struct finding f = json_finding(&found, second, STR("S103"), SEVERITY_ERROR);
    ck_assert_uint_eq(f.line, 1);
    ck_assert_uint_eq(f.column, str_find(text, STR("22")) + 1);
    assert_str(f.file, "file.json");
}
END_TEST

START_TEST(test_inner_bad)
{
    static const struct row {
        const char *text, *rule;
        uint32_t column;
    } rows[] = {
        {"{\"b\": \"{\\\"a\\\": tru}\"}", "J002", 16},
        {"{\"b\": \"{\\\"a\\\": 1, \\\"a\\\": 2}\"}", "J003", 19},
        {"{\"b\": \"\"}", "J014", 8},
        {"{\"b\": \"[1] x\"}", "J010", 12},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct json v = json_get(parse_c(rows[i].text), STR("b"));
        const struct json_doc *doc = NULL;
        found.len = 0;
        ck_assert(!json_parse_inner(&doc, &arena, v, NULL, &found, &err));
        assert_str(found.at[0].rule, rows[i].rule);
        ck_assert_msg(found.at[0].column == rows[i].column, "%s: column %u", rows[i].text,
                      found.at[0].column);
    }
}
END_TEST

START_TEST(test_part)
{
    struct str text = STR("POST /x\n\n{\"a\": [1,\n 2]}\n### next");
    const struct json_doc *doc = NULL;
    struct span at = {9, text.len - 9};
    ck_assert_msg(json_parse_part(&doc, &arena, STR("r.http"), text, at, NULL, NULL, &found, &err), "%s",
                  err.msg);
    struct json two = json_next(json_first(json_get(json_root(doc), STR("a"))));
    assert_str(json_source(two), "2");
    uint32_t line, column;
    json_line_column(doc, json_span(two).from, &line, &column);
    ck_assert_uint_eq(line, 4);
    ck_assert_uint_eq(column, 2);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("json_origin");
    TCase *tc = tcase_create("origin");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, test_places);
    tcase_add_test(tc, test_parser_findings);
    tcase_add_test(tc, test_depth);
    tcase_add_test(tc, test_inner);
    tcase_add_test(tc, test_inner_bad);
    tcase_add_test(tc, test_part);
    suite_add_tcase(suite, tc);
    return unit_run(suite);
}
