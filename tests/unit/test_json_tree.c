/* The pitfalls of cJSON that the house works around, each a test: it first shows the packaged
 * library falling into it (so that we learn when that changes), then that json_* does not. And:
 * cJSON under our memory functions, in threads and on the heap. */
#include "base/base.h"

#include "tests/unit/json_unit.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static struct str put(struct json v)
{
    struct buf b;
    buf_init(&b, &arena);
    json_put(&b, v);
    return buf_str(&b);
}

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

static const struct {
    const char *source, *text;
    bool is_same;
} writings[] = {
    {"{\n  \"a\" : [1, \"b c\"]\t}", "{\"a\":[1,\"b c\"]}", true},
    {"\" x \"", "\" x \"", true},
    {"[\"a\\\\\", \"b c\"]", "[\"a\\\\\",\"b c\"]", true},
    {"[\"a\\\\\", \"b c\"]", "[\"a\\\\\",\"bc\"]", false},
    {"[\"a\\\" b\"]", "[\"a\\\" b\"]", true},
    {"[\"a\\\" b\"]", "[\"a\\\"b\"]", false},
    {"{\"a\":1}", "{\"a\":1", false},
    {"{\"a\":1}", "{\"a\":1}}", false},
    {"{\"a\":1}", "", false},
    {"[\"\\u0041\"]", "[\"A\"]", false},
    {"{}", "{}", true},
};

START_TEST(test_is_written)
{
    struct json list = parse_c("[{\"id\": 7}, {\"id\": 8}]");
    struct json v = parse_c(writings[_i].source);
    ck_assert(json_is_written(v, str_of(writings[_i].text)) == writings[_i].is_same);
    ck_assert(json_is_written(json_first(list), STR("{\"id\":7}")));
    ck_assert(!json_is_written((struct json){0}, STR("")));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("json_tree");
    TCase *tc = tcase_create("json_tree");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_set_timeout(tc, 60);
    tcase_add_loop_test(tc, test_cjson_is_lax, 0, sizeof laxities / sizeof laxities[0]);
    tcase_add_test(tc, test_cjson_cuts_at_nul);
    tcase_add_test(tc, test_cjson_keeps_repeated_names);
    tcase_add_test(tc, test_cjson_rounds_numbers);
    tcase_add_test(tc, test_long_number);
    tcase_add_loop_test(tc, test_text_at_the_end_of_a_page, 0, 13);
    tcase_add_test(tc, test_threads_parse);
    tcase_add_loop_test(tc, test_is_written, 0, sizeof writings / sizeof writings[0]);
    suite_add_tcase(suite, tc);
    return unit_run(suite);
}
