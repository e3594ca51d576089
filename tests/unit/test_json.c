/* Documents: cursors, content, places, pointers, equality, writers, typed getters. One test for
 * each pitfall of cJSON that the house works around: each first shows the packaged library falling
 * into it (so that we learn when that changes), then that json_* does not. */
#include "base/base.h"

#include "tests/unit/unit.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static struct arena arena;
static struct findings found;
static struct err err;

static void setup(void)
{
    arena_init(&arena, 0, 0);
    findings_init(&found, &arena);
    memset(&err, 0, sizeof err);
}

static void teardown(void)
{
    arena_done(&arena);
}

static struct json parse(struct str text)
{
    const struct json_doc *doc = NULL;
    struct json_limits limits = {.allow_duplicate_keys = true};
    struct str copy = str_copy(&arena, text);
    ck_assert_msg(json_parse(&doc, &arena, STR("file.json"), copy, &limits, NULL, &err), "%s: %.*s",
                  err.msg, STR_ARG(text));
    return json_root(doc);
}

static struct json parse_c(const char *text)
{
    return parse(str_of(text));
}

static void assert_str(struct str is, const char *wanted)
{
    ck_assert_msg(str_eq(is, str_of(wanted)), "is '%.*s', wanted '%s'", STR_ARG(is), wanted);
}

static struct str put(struct json v)
{
    struct buf b;
    buf_init(&b, &arena);
    json_put(&b, v);
    return buf_str(&b);
}

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

/* Expected constant time: as many look-ups as members, in an object of 100,000. */
START_TEST(test_wide_is_fast)
{
    struct json v = json_pointer_find(wide(100000), STR("/2"));
    int64_t from = clock_monotonic_us();
    for (unsigned i = 0; i < 100000; i++) {
        char key[16];
        snprintf(key, sizeof key, "key%u", i);
        ck_assert(json_exists(json_get(v, str_of(key))));
    }
    ck_assert_int_lt(clock_monotonic_us() - from, 2 * US_PER_S);
}
END_TEST

/* --- numbers --- */

static const struct integer {
    const char *text;
    bool is_one;
    int64_t value;
} integers[] = {
    {"0", true, 0},
    {"-0", true, 0},
    {"0.000e77", true, 0},
    {"0e99999999999999999999", true, 0},
    {"1.0", true, 1},
    {"1e2", true, 100},
    {"-12.5e1", true, -125},
    {"120e-1", true, 12},
    {"121e-1", false, 0},
    {"1.5", false, 0},
    {"9007199254740993", true, 9007199254740993},
    {"9223372036854775807", true, INT64_MAX},
    {"9223372036854775808", false, 0},
    {"-9223372036854775808", true, INT64_MIN},
    {"-9223372036854775809", false, 0},
    {"922337203685477580.7e1", true, INT64_MAX},
    {"9.223372036854775807e18", true, INT64_MAX},
    {"1e19", false, 0},
    {"1e18", true, INT64_C(1000000000000000000)},
    {"1e400", false, 0},
    {"1e-400", false, 0},
    {"1e99999999999999999999999999", false, 0},
    {"1e-99999999999999999999999999", false, 0},
    {"\"1\"", false, 0},
};

START_TEST(test_integer)
{
    int64_t value = 42;
    ck_assert_msg(json_i64(parse_c(integers[_i].text), &value) == integers[_i].is_one, "%s",
                  integers[_i].text);
    ck_assert_int_eq(value, integers[_i].is_one ? integers[_i].value : 42);
}
END_TEST

static const struct pair {
    const char *a, *b;
    bool is_equal;
} pairs[] = {
    {"null", "null", true},
    {"null", "false", false},
    {"true", "true", true},
    {"true", "false", false},
    {"0", "false", false},
    {"\"1\"", "1", false},
    {"1", "1.0", true},
    {"1", "10e-1", true},
    {"100", "1e2", true},
    {"0.01", "1E-2", true},
    {"12.340", "1234e-2", true},
    {"0", "-0.0e5", true},
    {"1", "-1", false},
    {"101", "11", false},
    {"1.01", "1.1", false},
    {"9007199254740993", "9007199254740992", false},
    {"9007199254740993", "9007199254740993.0", true},
    {"9007199254740993", "900719925474099.3e1", true},
    {"0.1", "0.1000000000000000055511151231257827", false},
    {"1e400", "1e401", false},
    {"1e400", "10e399", true},
    {"1e400", "\"1e400\"", false},
    {"1e99999999999999999999", "1e99999999999999999998", false},
    {"10e99999999999999999998", "1e99999999999999999999", true},
    {"10e-100000000000000000000", "1e-99999999999999999999", true},
    {"0.1e100000000000000000000", "1e99999999999999999999", true},
    {"1e100000000000000000000", "1e-100000000000000000000", false},
    {"1e+00000000000000000000002", "100", true},
    {"10e99999999999999999", "1e100000000000000000", true},
    {"10e999999999999999999", "1e1000000000000000000", true},
    {"0e5", "0e-99999999999999999999", true},
    {"\"\\u0061\"", "\"a\"", true},
    {"\"a\\u0000b\"", "\"a\"", false},
    {"\"a\\u0000b\"", "\"\\u0061\\u0000b\"", true},
    {"[]", "{}", false},
    {"[1,2]", "[1,2]", true},
    {"[1,2]", "[2,1]", false},
    {"[1,2]", "[1]", false},
    {"{\"a\":1,\"b\":2}", "{\"b\":2,\"a\":1.0}", true},
    {"{\"a\":1,\"b\":2}", "{\"a\":1}", false},
    {"{\"a\":1,\"b\":2}", "{\"a\":1,\"c\":2}", false},
    {"{\"a\":1}", "{\"A\":1}", false},
    {"{\"a\":1,\"a\":2}", "{\"a\":1}", true},
    {"{\"a\":1,\"a\":2}", "{\"a\":2}", false},
    {"{\"a\":1,\"a\":2}", "{\"a\":1,\"b\":2}", false},
    {"{\"a\":[{\"x\":null}]}", "{\"a\":[{\"x\":null}]}", true},
    {"{\"a\":[{\"x\":null}]}", "{\"a\":[{}]}", false},
};

START_TEST(test_equal)
{
    struct json a = parse_c(pairs[_i].a), b = parse_c(pairs[_i].b);
    ck_assert_msg(json_eq(a, b) == pairs[_i].is_equal, "%s, %s", pairs[_i].a, pairs[_i].b);
    ck_assert_msg(json_eq(b, a) == pairs[_i].is_equal, "%s, %s", pairs[_i].b, pairs[_i].a);
    ck_assert(json_eq(a, a) && json_eq(b, b));
    bool is_huge = strlen(pairs[_i].a) > 18; /* exponents of such a size share a hash */
    ck_assert_msg((json_hash(a) == json_hash(b)) == pairs[_i].is_equal || is_huge, "hash of %s, %s",
                  pairs[_i].a, pairs[_i].b);
    ck_assert(json_hash(a) == json_hash(b) || !pairs[_i].is_equal);
}
END_TEST

/* --- the pitfalls of cJSON, in the version at hand --- */

static bool cjson_accepts(const char *text, size_t len)
{
    cJSON *tree = cJSON_ParseWithLength(text, len + 1);
    bool is_read = tree != NULL;
    cJSON_Delete(tree);
    return is_read;
}

static const struct lax {
    struct str text;
    const char *what;
} laxities[] = {
    {STR_INIT("007"), "leading zeros"},
    {STR_INIT("[1.]"), "a dot without digits"},
    {STR_INIT("[\"a\nb\"]"), "a line break in a string"},
    {STR_INIT("[\"a\tb\"]"), "a control character in a string"},
    {STR_INIT("[\"\xFF\"]"), "a byte that is not UTF-8"},
    {STR_INIT("[\"\xC0\xAF\"]"), "an overlong form"},
    {STR_INIT("[\"\xED\xA0\x80\"]"), "a surrogate in UTF-8"},
    {STR_INIT("\xEF\xBB\xBF[1]"), "a byte order mark"},
    {STR_INIT("[1] x"), "text after the value"},
    {STR_INIT("[\x01 1]"), "any control character as a blank"},
    {STR_INIT("[\"\\u12g4\"]"), "bad hexadecimal digits"},
};

START_TEST(test_cjson_is_lax)
{
    const struct lax *row = &laxities[_i];
    ck_assert_msg(cjson_accepts(row->text.s, row->text.len), "cJSON %s no longer accepts %s",
                  cJSON_Version(), row->what);
    ck_assert_msg(!json_scan(&arena, STR("t"), row->text, NULL, &found, &err), "%s", row->what);
}
END_TEST

START_TEST(test_cjson_cuts_at_nul)
{
    const char *text =
        "{\"a\\u0000b\":\"x\\u0000y\",\"a\":1,\"c\\u0000\":{\"\\u0000\":[\"\\u0000\"]}}";
    cJSON *tree = cJSON_Parse(text);
    ck_assert_str_eq(tree->child->valuestring, "x");
    ck_assert_str_eq(tree->child->string, "a");
    cJSON_Delete(tree);

    struct json v = parse_c(text);
    struct json m = json_first(v);
    ck_assert(str_eq(json_str(m), STR("x\0y")));
    ck_assert(str_eq(json_key(m), STR("a\0b")));
    ck_assert_int_eq(json_i64_or(json_get(v, STR("a")), 0), 1); /* not the one with a NUL */
    ck_assert(str_eq(json_str(json_get(v, STR("a\0b"))), STR("x\0y")));
    struct json inner = json_first(json_get(json_get(v, STR("c\0")), STR("\0")));
    ck_assert(str_eq(json_str(inner), STR("\0")));
    ck_assert(!json_exists(json_get(v, STR("c"))));
    assert_str(put(v), text);
}
END_TEST

START_TEST(test_cjson_keeps_repeated_names)
{
    const char *text = "{\"a\":1,\"A\":2,\"a\":3}";
    cJSON *tree = cJSON_Parse(text);
    ck_assert_int_eq(cJSON_GetArraySize(tree), 3);
    ck_assert_int_eq(cJSON_GetObjectItem(tree, "A")->valueint, 1); /* case is ignored */
    cJSON_Delete(tree);

    struct json v = parse_c(text);
    ck_assert_int_eq(json_i64_or(json_get(v, STR("A")), 0), 2);
    ck_assert_int_eq(json_i64_or(json_get(v, STR("a")), 0), 1);
    const struct json_doc *doc;
    ck_assert(!json_parse(&doc, &arena, STR("t"), str_of(text), NULL, NULL, &err));
}
END_TEST

START_TEST(test_cjson_rounds_numbers)
{
    const char *text = "[9007199254740993,9007199254740992,1e999,-0,1.10,1E+2]";
    cJSON *tree = cJSON_Parse(text);
    char *printed = cJSON_PrintUnformatted(tree);
    ck_assert_msg(strstr(printed, "9007199254740993") == NULL, "%s", printed);
    ck_assert_msg(strstr(printed, "9.00719925474099e+15") != NULL, "%s", printed);
    ck_assert_msg(strstr(printed, "null") != NULL, "%s", printed);
    cJSON_free(printed);
    cJSON_Delete(tree);

    struct json v = parse_c(text);
    assert_str(put(v), text);
    assert_str(json_number_text(json_first(v)), "9007199254740993");
    ck_assert(isinf(json_double(json_pointer_find(v, STR("/2")))));
}
END_TEST

/* 64 digits and more: refused by cJSON before CVE-2023-26819 was mended. If the library at hand
 * still refuses them, json_parse must say so and not read them in part. */
START_TEST(test_long_number)
{
    const char *text =
        "[1234567890123456789012345678901234567890123456789012345678901234567890123456789]";
    const struct json_doc *doc = NULL;
    bool is_read = json_parse(&doc, &arena, STR("t"), str_of(text), NULL, NULL, &err);
    ck_assert(is_read == cjson_accepts(text, strlen(text)));
    if (is_read) {
        assert_str(put(json_root(doc)), text);
    } else {
        ck_assert_msg(strstr(err.msg, "cJSON") != NULL, "%s", err.msg);
    }
}
END_TEST

/* CVE-2023-53154: cJSON may read beyond a text that no NUL follows. Here an unreadable page follows
 * the text, so any such read ends the test. */
START_TEST(test_text_at_the_end_of_a_page)
{
    static const struct str texts[] = {
        STR_INIT("{\"1\":1}"),   STR_INIT("[\"a\\u00e9\",1.5e3,true]"),
        STR_INIT("1"),           STR_INIT("null"),
        STR_INIT("\"a\""),       STR_INIT("-12.5e-3"),
        STR_INIT("{\"1\":1,"),   STR_INIT("\"\\u12"),
        STR_INIT("[1,2"),        STR_INIT("tru"),
        STR_INIT("\"\xE2\x82"),  STR_INIT("\n        "),
        STR_INIT("[\n        "),
    };
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    char *pages = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(pages, MAP_FAILED);
    ck_assert_int_eq(mprotect(pages + page, page, PROT_NONE), 0);
    const struct str *text = &texts[_i];
    char *at = pages + page - text->len;
    memcpy(at, text->s, text->len);
    const struct json_doc *doc;
    bool is_read =
        json_parse(&doc, &arena, STR("t"), (struct str){at, text->len}, NULL, NULL, &err);
    ck_assert(is_read == (_i < 6));
    if (is_read) {
        (void)put(json_root(doc));
    }
    munmap(pages, 2 * page);
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
        if (i < text.len && text.s[i] == '\n') {
            line++;
            column = 1;
        } else if (i + 1 < text.len && ((unsigned char)text.s[i + 1] & 0xC0) != 0x80) {
            column++;
        } else if (i + 1 == text.len) {
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

/* Each thread's tree lies in its own arena, while another thread uses cJSON with the heap. */
static void *parse_often(void *ctx)
{
    (void)ctx;
    struct arena a;
    arena_init(&a, 0, 0);
    size_t n_good = 0;
    for (unsigned i = 0; i < 200; i++) {
        const struct json_doc *doc;
        n_good += json_parse(&doc, &a, STR("t"), STR("{\"a\":[1,2,{\"b\":\"\\u00e9\"}]}"), NULL,
                             NULL, NULL) &&
                  str_eq(json_str(json_pointer_find(json_root(doc), STR("/a/2/b"))), STR("é"));
        cJSON *tree = cJSON_Parse("[1,2,{\"c\":\"d\"}]");
        n_good += cJSON_GetArraySize(tree) == 3;
        cJSON_Delete(tree);
        arena_reset(&a);
    }
    arena_done(&a);
    return n_good == 400 ? NULL : &arena;
}

START_TEST(test_threads_parse)
{
    pthread_t threads[3];
    for (size_t i = 0; i < 3; i++) {
        ck_assert_int_eq(pthread_create(&threads[i], NULL, parse_often, NULL), 0);
    }
    for (size_t i = 0; i < 3; i++) {
        void *result;
        ck_assert_int_eq(pthread_join(threads[i], &result), 0);
        ck_assert_ptr_null(result);
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

/* --- writers --- */

static const struct form {
    const char *text, *compact, *pretty;
} forms[] = {
    {" null ", "null", "null"},
    {"[ ]", "[]", "[]"},
    {"{ }", "{}", "{}"},
    {"[ 1 , 2.0 ]", "[1,2.0]", "[1, 2.0]"},
    {"{ \"a\" : [ { } ] }", "{\"a\":[{}]}", "{\"a\": [{}]}"},
    {"\"\\u00e9\\/\\u001f\\t\\\"\\u0022\"", "\"é/\\u001f\\t\\\"\\\"\"", "\"é/\\u001f\\t\\\"\\\"\""},
    {"{\"first\":\"................................................................\","
     "\"second\":[\"..............................\",1e5]}",
     "{\"first\":\"................................................................\","
     "\"second\":[\"..............................\",1e5]}",
     "{\n  \"first\": \"................................................................\",\n"
     "  \"second\": [\"..............................\", 1e5]\n}"},
    {"[\"\",[\"..........................................................................\","
     "\"é\",{},[]],7]",
     "[\"\",[\"..........................................................................\","
     "\"é\",{},[]],7]",
     "[\"\", [\"..........................................................................\", "
     "\"é\", {}, []], 7]"},
    {"[\"\",[\"..........................................................................\","
     "\"éé\",{},[]],7]",
     "[\"\",[\"..........................................................................\","
     "\"éé\",{},[]],7]",
     "[\n  \"\",\n"
     "  [\"..........................................................................\", "
     "\"éé\", {}, []],\n  7\n]"},
};

START_TEST(test_forms)
{
    struct json v = parse_c(forms[_i].text);
    assert_str(put(v), forms[_i].compact);
    struct buf b;
    buf_init(&b, &arena);
    json_put_pretty(&b, v);
    assert_str(buf_str(&b), forms[_i].pretty);
    struct json again = parse(buf_str(&b));
    ck_assert(json_eq(v, again));
    assert_str(put(again), forms[_i].compact);
}
END_TEST

/* A deep text is written in linear time, although each level first tries one line. */
START_TEST(test_pretty_deep)
{
    struct buf b;
    buf_init(&b, &arena);
    for (int i = 0; i < 400; i++) {
        buf_put(&b, STR("[\"............................................................\","));
    }
    buf_put_char(&b, '1');
    for (int i = 0; i < 400; i++) {
        buf_put_char(&b, ']');
    }
    struct json v = parse(buf_str(&b));
    struct buf out;
    buf_init(&out, &arena);
    json_put_pretty(&out, v);
    ck_assert(json_eq(parse(buf_str(&out)), v));
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
    tcase_add_loop_test(tc, test_integer, 0, sizeof integers / sizeof integers[0]);
    tcase_add_loop_test(tc, test_equal, 0, sizeof pairs / sizeof pairs[0]);
    tcase_add_loop_test(tc, test_cjson_is_lax, 0, sizeof laxities / sizeof laxities[0]);
    tcase_add_test(tc, test_cjson_cuts_at_nul);
    tcase_add_test(tc, test_cjson_keeps_repeated_names);
    tcase_add_test(tc, test_cjson_rounds_numbers);
    tcase_add_test(tc, test_long_number);
    tcase_add_loop_test(tc, test_text_at_the_end_of_a_page, 0, 13);
    tcase_add_test(tc, test_spans);
    tcase_add_test(tc, test_pointer);
    tcase_add_loop_test(tc, test_line_column, 0, 4);
    tcase_add_test(tc, test_threads);
    tcase_add_test(tc, test_threads_parse);
    tcase_add_test(tc, test_terminated);
    tcase_add_loop_test(tc, test_forms, 0, sizeof forms / sizeof forms[0]);
    tcase_add_test(tc, test_pretty_deep);
    tcase_add_test(tc, test_want);
    tcase_add_test(tc, test_finding_place);
    suite_add_tcase(suite, tc);
    return unit_run(suite);
}
