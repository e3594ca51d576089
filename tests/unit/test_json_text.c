/* Members of JSON text without a tree: what is found, and that nothing is read beyond the text. */
#include "tests/unit/unit.h"

#include "base/base.h"

#include <string.h>

#define TEXT                                                                                       \
    "{ \"a\" : 1, \"b\":{\"c\":[1,{\"d\":\"]}\"}],\"e\":\"x\\\\\"}, \"q\\\"\":true ,\"\":null,"    \
    "\"last\":-1.5e3}"

static const struct {
    const char *path, *value; /* value NULL: absent */
} paths[] = {
    {"a", "1"},
    {"b", "{\"c\":[1,{\"d\":\"]}\"}],\"e\":\"x\\\\\"}"},
    {"b.c", "[1,{\"d\":\"]}\"}]"},
    {"b.e", "\"x\\\\\""},
    {"last", "-1.5e3"},
    {"q\\\"", "true"},
    {"b.f", NULL},
    {"a.b", NULL},
    {"b.c.d", NULL},
    {"c", NULL},
    {"lastly", NULL},
};
enum { PATHS = sizeof paths / sizeof *paths };

START_TEST(members_are_found)
{
    struct str v = json_text_path(STR(TEXT), str_of(paths[_i].path));
    ck_assert_int_eq(v.s != NULL, paths[_i].value != NULL);
    ck_assert_msg(!v.s || str_eq(v, str_of(paths[_i].value)), "%.*s", STR_ARG(v));
}
END_TEST

START_TEST(a_walk_gives_all_in_their_order)
{
    static const char *const names[] = {"\"a\"", "\"b\"", "\"q\\\"\"", "\"\"", "\"last\""};
    struct str rest = STR(TEXT), name, value;
    size_t n = 0;
    while (json_text_next(&rest, &name, &value)) {
        ck_assert(n < 5 && str_eq(name, str_of(names[n])));
        n++;
    }
    ck_assert_uint_eq(n, 5);
    ck_assert(!json_text_next(&rest, &name, &value));
}
END_TEST

START_TEST(kinds_are_told)
{
    ck_assert(json_text_is(STR(" {"), JSON_OBJECT) && json_text_is(STR("["), JSON_ARRAY));
    ck_assert(json_text_is(STR("\"x"), JSON_STRING) && json_text_is(STR("-1"), JSON_NUMBER));
    ck_assert(json_text_is(STR("null"), JSON_NULL) && json_text_is(STR("true"), JSON_BOOL));
    ck_assert(json_text_is(STR("false"), JSON_BOOL) && json_text_is(STR(""), JSON_NONE));
    ck_assert(!json_text_is(STR("{}"), JSON_ARRAY) && !json_text_is(STR("x"), JSON_NUMBER));
}
END_TEST

/* Cut at every byte, in a block of just that size: a sanitizer would see a step beyond it. */
START_TEST(nothing_is_read_beyond_the_text)
{
    for (size_t n = 0; n < sizeof TEXT; n++) {
        char *copy = MEM_ARRAY(n ? n : 1, char);
        memcpy(copy, TEXT, n);
        struct str rest = {copy, n}, name, value;
        for (size_t i = 0; i < 10 && json_text_next(&rest, &name, &value); i++) {
            ck_assert(name.s >= copy && value.s + value.len <= copy + n);
        }
        (void)json_text_path((struct str){copy, n}, STR("b.c"));
        (void)json_text_path((struct str){copy, n}, STR("last"));
        mem_free(copy);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("json_text");
    TCase *tcase = tcase_create("json_text");
    tcase_add_loop_test(tcase, members_are_found, 0, PATHS);
    tcase_add_test(tcase, a_walk_gives_all_in_their_order);
    tcase_add_test(tcase, kinds_are_told);
    tcase_add_test(tcase, nothing_is_read_beyond_the_text);
    suite_add_tcase(suite, tcase);
    return unit_run(suite);
}
