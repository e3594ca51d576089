/* Documents: cursors, look-up in wide objects, content, spans, pointers, lines and columns, typed
 * getters and their findings. */
#include "base/base.h"

#include "tests/unit/json_unit.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

/* --- cursors --- */

START_TEST(test_kinds)
{
    static const struct row {
        const char *text, *name;
        enum json_kind kind;
    } rows[] = {
        {"null", "null", JSON_NULL},     {"true", "boolean", JSON_BOOL},
        {"false", "boolean", JSON_BOOL}, {"-1.5", "number", JSON_NUMBER},
        {"\"\"", "string", JSON_STRING}, {"[]", "array", JSON_ARRAY},
        {"{}", "object", JSON_OBJECT},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct json v = parse_c(rows[i].text);
        ck_assert_int_eq(json_kind(v), rows[i].kind);
        assert_str(json_kind_name(json_kind(v)), rows[i].name);
        ck_assert(json_exists(v));
        ck_assert_uint_eq(json_count(v), 0);
        ck_assert(!json_exists(json_first(v)));
        ck_assert(!json_exists(json_next(v)));
        assert_str(json_source(v), rows[i].text);
    }
    struct json nothing = {.doc = NULL};
    ck_assert_int_eq(json_kind(nothing), JSON_NONE);
    ck_assert(!json_exists(json_first(nothing)) && !json_exists(json_next(nothing)));
    ck_assert(!json_exists(json_path(nothing, STR("a.b"))));
    ck_assert_uint_eq(json_count(nothing), 0);
    assert_str(json_str_or(nothing, STR("x")), "x");
    ck_assert(json_bool_or(nothing, true) && !json_is_true(nothing));
    ck_assert_int_eq(json_i64_or(nothing, 7), 7);
}
END_TEST

START_TEST(test_walk)
{
    struct json v = parse_c(" {\"a\": [1, [2, {\"x\": 3}], 4], \"b\": {}, \"c\": \"end\"} ");
    ck_assert_uint_eq(json_count(v), 3);
    struct json a = json_get(v, STR("a"));
    ck_assert_uint_eq(json_count(a), 3);
    struct json m = json_next(json_next(json_first(a)));
    assert_str(json_source(m), "4");
    ck_assert(!json_exists(json_next(m)));
    assert_str(json_key(m), "");
    m = json_next(json_first(v));
    assert_str(json_key(m), "b");
    assert_str(json_source(m), "{}");
    assert_str(json_str(json_next(m)), "end");
    assert_str(json_source(a), "[1, [2, {\"x\": 3}], 4]");
    ck_assert(!json_exists(json_get(v, STR("d"))));
    ck_assert(!json_exists(json_get(a, STR("a"))));
    assert_str(json_source(json_pointer_find(v, STR("/a/1/1/x"))), "3");
    v = parse_c("{\"a\":{\"b\":{\"c\":true}}}");
    ck_assert(json_is_true(json_path(v, STR("a.b.c"))));
    ck_assert(!json_exists(json_path(v, STR("a.x.c"))));
}
END_TEST

START_TEST(test_content)
{
    struct json v = parse_c("[\"\", \"plain\", \"\\u00e9\\n\\\"\\\\\\/\\uD83D\\uDE00\", \"é😀\"]");
    struct json m = json_first(v);
    assert_str(json_str(m), "");
    m = json_next(m);
    assert_str(json_str(m), "plain");
    m = json_next(m);
    assert_str(json_str(m), "é\n\"\\/😀");
    m = json_next(m);
    assert_str(json_str(m), "é😀");
    ck_assert_int_eq(json_bool_or(m, true), 1);
    ck_assert_int_eq(json_bool_or(parse_c("false"), true), 0);
}
END_TEST

/* --- wide objects --- */

static struct json wide(unsigned n)
{
    struct buf b;
    buf_init(&b, &arena);
    buf_put(&b, STR("[7,{\"in\":[{}]},{"));
    for (unsigned i = 0; i < n; i++) {
        buf_printf(&b, "%s\"key%u\":[%u,{\"in\":%u}]", i > 0 ? "," : "", i, i, i);
    }
    buf_put(&b, STR("},8]"));
    return parse(buf_str(&b));
}

START_TEST(test_wide)
{
    static const unsigned widths[] = {1, 15, 16, 17, 18, 31, 32, 33, 64, 65, 1000};
    unsigned n = widths[_i];
    struct json root = wide(n);
    struct json v = json_pointer_find(root, STR("/2"));
    ck_assert_uint_eq(json_count(v), n);
    for (unsigned i = 0; i < n; i++) {
        struct buf key;
        buf_init(&key, &arena);
        buf_printf(&key, "key%u", i);
        struct json m = json_get(v, buf_str(&key));
        ck_assert(str_eq(json_key(m), buf_str(&key)));
        ck_assert_int_eq(json_i64_or(json_first(m), -1), i);
        ck_assert_int_eq(json_i64_or(json_path(json_next(json_first(m)), STR("in")), -1), i);
        ck_assert(!json_exists(json_next(m)) == (i + 1 == n));
    }
    ck_assert(!json_exists(json_get(v, STR("key"))));
    ck_assert(!json_exists(json_get(v, STR(""))));
    ck_assert_int_eq(json_i64_or(json_next(v), 0), 8);
}
END_TEST

/* Wide objects inside wide objects, which close before them, and repeated names: the first wins. */
START_TEST(test_wide_nested)
{
    struct buf b;
    buf_init(&b, &arena);
    buf_put_char(&b, '{');
    for (unsigned i = 0; i < 30; i++) {
        buf_printf(&b, "%s\"k%u\":{\"inner\":{", i > 0 ? "," : "", i % 25);
        for (unsigned k = 0; k < 20; k++) {
            buf_printf(&b, "%s\"k%u\":%u", k > 0 ? "," : "", k, i * 100 + k);
        }
        buf_put(&b, STR("}}"));
    }
    buf_put_char(&b, '}');
    struct json v = parse(buf_str(&b));
    for (unsigned i = 0; i < 25; i++) {
        for (unsigned k = 0; k < 20; k++) {
            struct buf path;
            buf_init(&path, &arena);
            buf_printf(&path, "k%u.inner.k%u", i, k);
            ck_assert_int_eq(json_i64_or(json_path(v, buf_str(&path)), -1), i * 100 + k);
        }
    }
}
END_TEST

/* Expected constant time: as many look-ups as members, in an object of 100,000; a walk for each
 * would meet the time-out for hangs. */
START_TEST(test_wide_is_fast)
{
    struct json v = json_pointer_find(wide(100000), STR("/2"));
    for (unsigned i = 0; i < 100000; i++) {
        char key[16];
        snprintf(key, sizeof key, "key%u", i);
        ck_assert(json_exists(json_get(v, str_of(key))));
    }
}
END_TEST

START_TEST(test_terminated)
{
    struct str text = str_copy(&arena, STR("[1, 2]"));
    struct json_limits limits = {.is_terminated = true};
    const struct json_doc *doc;
    ck_assert(json_parse(&doc, &arena, STR("n"), text, &limits, &found, &err));
    ck_assert_uint_eq(json_count(json_root(doc)), 2);
    assert_str(json_doc_name(doc), "n");
    ck_assert_ptr_eq(json_doc_text(doc).s, text.s);
}
END_TEST

/* --- places --- */

static void assert_spans(struct json v)
{
    struct str text = json_doc_text(v.doc);
    for (struct json m = json_first(v); json_exists(m); m = json_next(m)) {
        struct span span = json_span(m), key = json_key_span(m);
        ck_assert(str_eq(str_slice(text, span.from, span.to), json_source(m)));
        const struct json_doc *doc;
        if (json_kind(v) == JSON_OBJECT) { /* the span of the name reads back as the name */
            ck_assert(json_parse(&doc, &arena, STR("k"), str_slice(text, key.from, key.to), NULL,
                                 NULL, &err));
            ck_assert(str_eq(json_str(json_root(doc)), json_key(m)));
        } else {
            ck_assert(key.from == span.from && key.to == span.from);
        }
        ck_assert(json_parse(&doc, &arena, STR("v"), json_source(m), NULL, NULL, &err));
        ck_assert(json_eq(json_root(doc), m));
        struct buf pointer;
        buf_init(&pointer, &arena);
        json_pointer_put(&pointer, m);
        struct json again = json_pointer_find(json_root(v.doc), buf_str(&pointer));
        ck_assert_msg(again.node == m.node && again.at == m.at, "%.*s", STR_ARG(buf_str(&pointer)));
        assert_spans(m);
    }
}

START_TEST(test_spans)
{
    assert_spans(parse_c(
        "\n{ \"a\" : [ 1 , -2.5e7, true,null ,\"x\\\"\\\\\" , [ ] , { } ],\"\\\\\":{\"\\\"\": 1},"
        "\"b\\\\\\\"c\"\t:\r\n[[[{\"d/e\":{\"~\":[0]}}]]] , \"\" : \"\", \"é\\u0000\":\"\\u0000\","
        "\"q\\\"\": false, \"00\": 1, \"-\": {\"0\": 2}}\n"));
}
END_TEST

START_TEST(test_pointer)
{
    /* RFC 6901 5, and what leads nowhere. */
    struct json v = parse_c("{\"foo\":[\"bar\",\"baz\"],\"\":0,\"a/b\":1,\"c%d\":2,\"e^f\":3,"
                            "\"g|h\":4,\"i\\\\j\":5,\"k\\\"l\":6,\" \":7,\"m~n\":8}");
    static const struct row {
        const char *pointer, *source;
    } rows[] = {
        {"/foo", "[\"bar\",\"baz\"]"},
        {"/foo/0", "\"bar\""},
        {"/", "0"},
        {"/a~1b", "1"},
        {"/c%d", "2"},
        {"/e^f", "3"},
        {"/g|h", "4"},
        {"/i\\j", "5"},
        {"/k\"l", "6"},
        {"/ ", "7"},
        {"/m~0n", "8"},
        {"/foo/2", NULL},
        {"/foo/-", NULL},
        {"/foo/01", NULL},
        {"/foo/", NULL},
        {"/foo/0/x", NULL},
        {"foo", NULL},
        {"/m~n", NULL},
        {"/m~2n", NULL},
        {"/a~", NULL},
        {"/nothing/x", NULL},
        {"/foo/+1", NULL},
        {"/foo/99999999999999999999", NULL},
    };
    ck_assert(json_pointer_find(v, STR("")).node == v.node);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct json at = json_pointer_find(v, str_of(rows[i].pointer));
        ck_assert_msg(json_exists(at) == (rows[i].source != NULL), "%s", rows[i].pointer);
        if (rows[i].source != NULL) {
            assert_str(json_source(at), rows[i].source);
            struct buf b;
            buf_init(&b, &arena);
            json_pointer_put(&b, at);
            assert_str(buf_str(&b), rows[i].pointer);
        }
    }
}
END_TEST

/* Against counting from the start, over a text of many blocks, with and without line breaks. */
/* Pointers of a wide document, asked for forwards, backwards and at random: always the same; in order, soon. */
START_TEST(test_pointer_wide)
{
    enum { N = 60000 };
    struct buf b;
    buf_init(&b, &arena);
    buf_put(&b, STR("{\"a\": ["));
    for (int i = 0; i < N; i++) {
        buf_printf(&b, "%s{\"x\": [%d, {\"y\": 2}]}", i > 0 ? "," : "", i);
    }
    buf_put(&b, STR("], \"b\": [1]}"));
    struct json root = parse(buf_str(&b));
    struct json *all = ARENA_ARRAY(&arena, N, struct json);
    size_t n = 0;
    for (struct json v = json_first(json_first(root)); json_exists(v); v = json_next(v)) {
        struct json second = json_next(json_first(json_first(v)));
        all[n++] = json_first(second);
    }
    for (size_t round = 0; round < 3; round++) {
        size_t most = round == 0 ? N : 300;
        for (size_t i = 0; i < most; i++) {
            size_t at = round == 0 ? i : round == 1 ? most - 1 - i : i * 7919 % 3001;
            struct buf pointer, wanted;
            buf_init(&pointer, &arena);
            buf_init(&wanted, &arena);
            json_pointer_put(&pointer, all[at]);
            buf_printf(&wanted, "/a/%zu/x/1/y", at);
            assert_str(buf_str(&pointer), buf_cstr(&wanted));
        }
        struct buf other;
        buf_init(&other, &arena);
        json_pointer_put(&other, json_first(json_get(root, STR("b"))));
        assert_str(buf_str(&other), "/b/0");
    }
}
END_TEST

START_TEST(test_line_column)
{
    struct rng r;
    rng_init(&r, (uint64_t)_i);
    struct buf b;
    buf_init(&b, &arena);
    buf_put(&b, STR("["));
    while (b.len < 20000) {
        buf_put(&b, rng_below(&r, 2) ? STR("\"é😀\",") : STR("12,"));
        if (_i > 0 && rng_below(&r, (uint64_t)_i * 40) == 0) {
            buf_put(&b, STR("\r\n "));
        }
    }
    buf_put(&b, STR("0]"));
    struct json v = parse(buf_str(&b));
    struct str text = json_doc_text(v.doc);
    uint32_t line = 1, column = 1;
    for (size_t i = 0; i <= text.len; i++) {
        uint32_t is_line, is_column;
        bool is_tail = i < text.len && ((unsigned char)text.s[i] & 0xC0) == 0x80;
        if (!is_tail && rng_below(&r, 20) == 0) {
            json_line_column(v.doc, i, &is_line, &is_column);
            ck_assert_msg(is_line == line && is_column == column, "byte %zu: %u:%u", i, is_line,
                          is_column);
        }
        bool is_next_tail = i + 1 < text.len && ((unsigned char)text.s[i + 1] & 0xC0) == 0x80;
        if (i < text.len && text.s[i] == '\n') {
            line++;
            column = 1;
        } else if (!is_next_tail) {
            column++;
        }
    }
}
END_TEST

/* Threads share a document: all ask for the first line and column at once. */
ALLOW_WRAP static void *ask(void *ctx)
{
    const struct json *v = ctx;
    uint64_t sum = 0;
    for (struct json m = json_first(*v); json_exists(m); m = json_next(m)) {
        uint32_t line, column;
        json_line_column(m.doc, json_span(m).from, &line, &column);
        sum += line + column + json_hash(json_get(m, STR("k3")));
    }
    return (void *)(uintptr_t)sum; /* NOLINT: a number through a thread's result */
}

START_TEST(test_threads)
{
    struct buf b;
    buf_init(&b, &arena);
    for (unsigned i = 0; i < 500; i++) {
        buf_put(&b, i > 0 ? STR(",\n{") : STR("[{"));
        for (unsigned k = 0; k < 20; k++) {
            buf_printf(&b, "%s\"k%u\":%u", k > 0 ? "," : "", k, i + k);
        }
        buf_put_char(&b, '}');
    }
    buf_put_char(&b, ']');
    struct json v = parse(buf_str(&b));
    pthread_t threads[4];
    void *sums[4];
    for (size_t i = 0; i < 4; i++) {
        ck_assert_int_eq(pthread_create(&threads[i], NULL, ask, &v), 0);
    }
    for (size_t i = 0; i < 4; i++) {
        ck_assert_int_eq(pthread_join(threads[i], &sums[i]), 0);
        ck_assert_ptr_eq(sums[i], sums[0]);
    }
}
END_TEST

/* --- findings and typed getters --- */

START_TEST(test_want)
{
    struct json v =
        parse_c("{\"s\":\"x\",\n\"n\":5,\"f\":1.5,\"b\":false,\"a\":[],\"o\":{\"p\":9}}");
    struct str s;
    int64_t n;
    bool b;
    struct json x;
    ck_assert(json_want_str(v, STR("s"), &s, &found));
    assert_str(s, "x");
    ck_assert(json_want_i64(v, STR("n"), 0, 5, &n, &found) && n == 5);
    ck_assert(json_want_bool(v, STR("b"), &b, &found) && !b);
    ck_assert(json_want_array(v, STR("a"), &x, &found));
    ck_assert(json_want_object(v, STR("o"), &x, &found));
    ck_assert_uint_eq(found.len, 0);

    static const struct row {
        const char *rule, *pointer, *field, *value, *message;
        uint32_t line, column;
    } rows[] = {
        {"S101", "/o", "name", NULL, "field \"name\" is missing", 2, 36},
        {"S103", "/n", "n", "5", "field \"n\" is of type number, expected string", 2, 5},
        {"S108", "/n", "n", "5", "field \"n\" is 5, expected an integer from 6 to 9", 2, 5},
        {"S103", "/f", "f", "1.5", "field \"f\" is 1.5, expected an integer from 0 to 9", 2, 11},
        {"S103", "/s", "s", "\"x\"", "field \"s\" is of type string, expected boolean", 1, 6},
        {"S103", "/o", "o", "{\"p\":9}", "field \"o\" is of type object, expected array", 2, 36},
        {"S103", "/a", "a", "[]", "field \"a\" is of type array, expected object", 2, 29},
        {"S103", "/a", "a", "[]", "field \"a\" is of type array, expected object", 2, 29},
    };
    ck_assert(!json_want_str(x, STR("name"), &s, &found));
    ck_assert(!json_want_str(v, STR("n"), &s, &found));
    ck_assert(!json_want_i64(v, STR("n"), 6, 9, &n, &found));
    ck_assert(!json_want_i64(v, STR("f"), 0, 9, &n, &found));
    ck_assert(!json_want_bool(v, STR("s"), &b, &found));
    ck_assert(!json_want_array(v, STR("o"), &x, &found));
    ck_assert(!json_want_object(v, STR("a"), &x, &found));
    ck_assert(!json_want_str(json_get(v, STR("a")), STR("k"), &s, &found));
    ck_assert_uint_eq(found.len, sizeof rows / sizeof rows[0]);
    for (size_t i = 0; i < found.len; i++) {
        const struct finding *f = &found.at[i];
        assert_str(f->rule, rows[i].rule);
        assert_str(f->pointer, rows[i].pointer);
        assert_str(f->field, rows[i].field);
        assert_str(f->message, rows[i].message);
        assert_str(f->file, "file.json");
        ck_assert_uint_eq(f->line, rows[i].line);
        ck_assert_uint_eq(f->column, rows[i].column);
        if (rows[i].value != NULL) {
            assert_str(f->value, rows[i].value);
        } else {
            ck_assert_ptr_null(f->value.s);
        }
    }
}
END_TEST

START_TEST(test_finding_place)
{
    struct json v = parse_c("{\n \"a\" : { \"long\" : \"........................................"
                            "......................................é..........\" } }");
    struct json m = json_path(v, STR("a.long"));
    struct finding f = json_key_finding(&found, m, STR("S102"), SEVERITY_WARNING);
    ck_assert_uint_eq(f.line, 2);
    ck_assert_uint_eq(f.column, 10);
    ck_assert_uint_eq(f.end_column, 16);
    assert_str(f.pointer, "/a/long");
    assert_str(f.field, "long");
    assert_str(f.rule, "S102");
    ck_assert_int_eq(f.severity, SEVERITY_WARNING);
    ck_assert_uint_eq(f.item, SIZE_MAX);
    /* Cut before the character that would end at byte 81. */
    assert_str(f.value,
               "\".............................................................................."
               "…");
    f = json_finding(&found, json_get(v, STR("a")), STR("S101"), SEVERITY_ERROR);
    ck_assert_uint_eq(f.column, 8);
    ck_assert(str_starts(f.value, STR("{\"long\":\"..."))); /* without the blanks */
    ck_assert(!json_err(&err, m, "bad %s", "thing"));
    ck_assert_str_eq(err.msg, "bad thing");
    ck_assert_uint_eq(err.line, 2);
    ck_assert_uint_eq(err.column, 19);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("json");
    TCase *tc = tcase_create("json");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, test_kinds);
    tcase_add_test(tc, test_walk);
    tcase_add_test(tc, test_content);
    tcase_add_loop_test(tc, test_wide, 0, 11);
    tcase_add_test(tc, test_wide_nested);
    tcase_add_test(tc, test_wide_is_fast);
    tcase_add_test(tc, test_spans);
    tcase_add_test(tc, test_pointer);
    tcase_add_test(tc, test_pointer_wide);
    tcase_add_loop_test(tc, test_line_column, 0, 4);
    tcase_add_test(tc, test_threads);
    tcase_add_test(tc, test_terminated);
    tcase_add_test(tc, test_want);
    tcase_add_test(tc, test_finding_place);
    suite_add_tcase(suite, tc);
    return unit_run(suite);
}
