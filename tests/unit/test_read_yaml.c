/* YAML: scalars of the core schema, what YAML 1.1 would make of them, anchors, several documents, places
 * in bytes, comments that ask to ignore. */
#include "validator/validator.h"

#include "tests/unit/json_unit.h"

#include <string.h>

static struct yaml_result result;

static bool read_text(struct str text)
{
    found.len = 0;
    err = (struct err){.code = ERR_NONE};
    return read_yaml(&result, &arena, STR("codes.yaml"), text, &found, &err);
}

/* The made JSON, or "!line:column"; then " J011@3:1" for each finding. */
static struct str outcome(struct str text)
{
    struct buf b;
    buf_init(&b, &arena);
    if (read_text(text)) {
        json_put(&b, json_root(result.doc));
    } else {
        buf_printf(&b, "!%u:%u", err.line, err.column);
    }
    for (size_t i = 0; i < found.len; i++) {
        buf_printf(&b, " %.*s@%u:%u", STR_ARG(found.at[i].rule), found.at[i].line,
                   found.at[i].column);
    }
    return buf_str(&b);
}

struct row {
    const char *text, *wanted;
};

static void try_rows(const struct row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct str is = outcome(str_of(rows[i].text));
        ck_assert_msg(str_eq(is, str_of(rows[i].wanted)), "%s: is %.*s (%s)", rows[i].text,
                      STR_ARG(is), err.msg);
    }
}
#define TRY(rows) try_rows(rows, sizeof(rows) / sizeof(rows)[0])

START_TEST(test_scalars)
{
    static const struct row rows[] = {
        {"[~, null, Null, NULL, ]", "[null,null,null,null]"},
        {"- \n- nULL", "[null,\"nULL\"]"},
        {"[true, True, TRUE, false, False, FALSE, tRUE]",
         "[true,true,true,false,false,false,\"tRUE\"]"},
        {"[0, -1, +7, 12345678901234567]", "[0,-1,7,12345678901234567] J006@1:13"},
        {"[0x1F, 0xff]", "[31,255]"},
        {"[1.5, -.5, 1., 1e3, +1.5E-2, .5e1]", "[1.5,-0.5,1.0,1e3,1.5E-2,0.5e1]"},
        {"[1.e, e3, 1.5.2, -, +, ., 0x, 0xg]",
         "[\"1.e\",\"e3\",\"1.5.2\",\"-\",\"+\",\".\",\"0x\",\"0xg\"]"},
        {"['no', \"012\", !!str on, ! 5]", "[\"no\",\"012\",\"on\",\"5\"]"},
        {"[!!int 5, !!float 5, !!bool true, !!null ~, !!int \"7\"]", "[5,5,true,null,7]"},
        {"a: |\n  x\n  y\nb: >-\n  p\n  q\n", "{\"a\":\"x\\ny\\n\",\"b\":\"p q\"}"},
        {"a: \"\\u00e4\\0\"", "{\"a\":\"\xC3\xA4\\u0000\"} J008@1:4"},
        {"[.inf]", "[\".inf\"] J007@1:2"},
        {"[0xFFFFFFFFFFFFFFFFF]", "[\"0xFFFFFFFFFFFFFFFFF\"] J007@1:2"},
    };
    TRY(rows);
}
END_TEST

/* J011: the same text is another value for YAML 1.1. */
START_TEST(test_doubts)
{
    static const struct row rows[] = {
        {"[no, on]", "[\"no\",\"on\"] J011@1:2 J011@1:6"},
        {"[Yes, OFF, y, N]", "[\"Yes\",\"OFF\",\"y\",\"N\"] J011@1:2 J011@1:7 J011@1:12 J011@1:15"},
        {"[0o7, 012, 089, -010]", "[7,12,89,-10] J011@1:2 J011@1:7 J011@1:12 J011@1:17"},
        {"- 1:30\n- 12:30:45\n", "[\"1:30\",\"12:30:45\"] J011@1:3 J011@2:3"},
        {"- 2026-01-31\n- 2026-01-31T10:00:00Z\n- 2026-1-31\n",
         "[\"2026-01-31\",\"2026-01-31T10:00:00Z\",\"2026-1-31\"] J011@1:3 J011@2:3"},
        {"[1_000, 0b11, _1]", "[\"1_000\",\"0b11\",\"_1\"] J011@1:2 J011@1:9"},
        {"[0, 0.5, 10, nope, once, 1:90x, 1:300]",
         "[0,0.5,10,\"nope\",\"once\",\"1:90x\",\"1:300\"]"},
        {"on: 1", "{\"on\":1}"},
        {"<<: {a: 1}", "{\"<<\":{\"a\":1}} J011@1:1"},
    };
    TRY(rows);
    ck_assert(read_text(STR("a: no")));
    assert_str(found.at[0].message,
               "no is a text here (YAML 1.2), but YAML 1.1 takes it for false");
    assert_str(found.at[0].hint, "put it in quotes, or write false");
    ck_assert(read_text(STR("a: 012")));
    assert_str(found.at[0].hint, "put it in quotes if it is a code: \"012\"");
}
END_TEST

START_TEST(test_structure)
{
    static const struct row rows[] = {
        {"a: &x {b: 1}\nc: *x\n", "{\"a\":{\"b\":1},\"c\":{\"b\":1}}"},
        {"[&a 1, &a 2, *a]", "[1,2,2]"},
        {"- &a 1\n- *a\n--- \n- *a\n", "!4:3 J002@4:3"},
        {"a: *x", "!1:4 J002@1:4"},
        {"a: &x [*x]", "!1:8 J002@1:8"},
        {"a: 1\na: 2\n", "!2:1 J003@2:1"},
        {"? [a]\n: 1\n", "!1:3 J002@1:3"},
        {"a: !foo 1", "!1:4 J002@1:4"},
        {"a: !!int x", "!1:4 J002@1:4"},
        {"a: !!set {}", "!1:4 J002@1:4"},
        {"a: [1", "!1:6 J002@1:6"},
        {"a:\n\t- 1\n", "!2:1 J002@2:1"},
        {"", "!1:1 J014@1:1"},
        {"# nothing\n", "!1:1 J014@1:1"},
        {"\xEF\xBB\xBF"
         "a: \xC3\xA4\n",
         "{\"a\":\"\xC3\xA4\"}"},
        {"--- 1\n--- [2]\n...\n", "[1,[2]]"},
        {"--- \n", "null"},
        {"a: \xE4", "!1:4 J001@1:4"},
        {"%YAML 1.2\n---\na: 1\n", "{\"a\":1}"},
    };
    TRY(rows);
    ck_assert(read_text(STR("--- 1\n--- 2\n")));
    ck_assert_uint_eq(result.n_documents, 2);
}
END_TEST

/* Aliases of aliases: 9^9 values are refused, soon. */
START_TEST(test_bombs)
{
    struct buf b;
    buf_init(&b, &arena);
    buf_put(&b, STR("a0: &a0 [x,x,x,x,x,x,x,x,x]\n"));
    for (int i = 1; i < 10; i++) {
        buf_printf(&b, "a%d: &a%d [", i, i);
        for (int k = 0; k < 9; k++) {
            buf_printf(&b, "*a%d%s", i - 1, k < 8 ? "," : "]\n");
        }
    }
    ck_assert(!read_text(buf_str(&b)));
    assert_str(found.at[found.len - 1].rule, "J005");
    buf_clear(&b);
    for (int i = 0; i < 200000; i++) {
        buf_put_char(&b, '[');
    }
    ck_assert(!read_text(buf_str(&b)));
    assert_str(found.at[0].rule, "J005");
    buf_clear(&b);
    buf_put(&b, STR("- &a0 x\n"));
    for (int i = 1; i < 3000; i++) { /* a long chain */
        buf_printf(&b, "- &a%d [*a%d]\n", i, i - 1);
    }
    ck_assert(!read_text(buf_str(&b)));
    assert_str(found.at[0].rule, "J005");
}
END_TEST

START_TEST(test_places)
{
    struct str text =
        STR("# \xC3\xA4\xF0\x9F\x98\x80\ncodes:\n  - name: \"\xC3\xA4 b\" # x\n    wrap: 300\n"
            "  - {name: 'c', \xC3\xB6: [1, 22]}\n\nlast: |\n  \xC3\xBC\n  v\n\n");
    ck_assert_msg(read_text(text), "%s", err.msg);
    struct json root = json_root(result.doc), codes = json_get(root, STR("codes"));
    struct json first = json_first(codes), second = json_next(first);
    assert_str(json_source(json_get(first, STR("name"))), "\"\xC3\xA4 b\"");
    assert_str(json_source(json_get(first, STR("wrap"))), "300");
    assert_str(json_source(first), "name: \"\xC3\xA4 b\" # x\n    wrap: 300");
    assert_str(json_source(second), "{name: 'c', \xC3\xB6: [1, 22]}");
    struct json list = json_get(second, STR("\xC3\xB6"));
    assert_str(json_source(json_next(json_first(list))), "22");
    assert_str(json_source(list), "[1, 22]");
    struct span key = json_key_span(list);
    assert_str(str_slice(text, key.from, key.to), "\xC3\xB6");
    struct finding f =
        json_finding(&found, json_next(json_first(list)), STR("S103"), SEVERITY_ERROR);
    ck_assert_uint_eq(f.line, 5);
    ck_assert_uint_eq(f.column, 24);
    assert_str(f.pointer, "/codes/1/\xC3\xB6/1");
}
END_TEST

START_TEST(test_ignores)
{
    struct str text = STR("# rehearse: ignore S106 load test\na: \"x # rehearse: ignore S1 no\"\n"
                          "b: 1 # rehearse: ignore S104,S105   two of them  \n"
                          "c: |\n  # rehearse: ignore S2 no\n"
                          "d: x#rehearse:ignore S3\n# rehearse: ignore\n# rehearse:ignore "
                          "S107\r\n# rehearse: nothing S1\n");
    ck_assert_msg(read_text(text), "%s", err.msg);
    static const struct {
        const char *rules, *reason;
        uint32_t line;
        bool is_alone;
    } rows[] = {{"S106", "load test", 1, true},
                {"S104,S105", "two of them", 3, false},
                {"", "", 7, true},
                {"S107", "", 8, true}};
    ck_assert_uint_eq(result.n_ignores, sizeof rows / sizeof rows[0]);
    for (size_t i = 0; i < result.n_ignores; i++) {
        assert_str(result.ignores[i].rules, rows[i].rules);
        assert_str(result.ignores[i].reason, rows[i].reason);
        ck_assert_uint_eq(result.ignores[i].line, rows[i].line);
        ck_assert_int_eq(result.ignores[i].is_alone, rows[i].is_alone);
    }
}
END_TEST

START_TEST(test_cuts)
{
    struct str text = STR("\xEF\xBB\xBF%YAML 1.2\n---\na: &x [1, \"\xC3\xA4\\u00e4\", 'b''c', *y] "
                          "# rehearse: ignore S1\n"
                          "? b\n: |+\n  x\n\n<<: {no: 012, !!str k: ~}\n...\n--- >\n f\n");
    for (size_t n = 0; n <= text.len; n++) {
        struct str copy = str_copy(&arena, str_slice(text, 0, n));
        bool is_good = read_text(copy);
        ck_assert(is_good == (err.code == ERR_NONE));
        ck_assert(is_good || found.errors > 0);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("read_yaml");
    TCase *tc = tcase_create("read_yaml");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, test_scalars);
    tcase_add_test(tc, test_doubts);
    tcase_add_test(tc, test_structure);
    tcase_add_test(tc, test_bombs);
    tcase_add_test(tc, test_places);
    tcase_add_test(tc, test_ignores);
    tcase_add_test(tc, test_cuts);
    suite_add_tcase(suite, tc);
    return unit_run(suite);
}
