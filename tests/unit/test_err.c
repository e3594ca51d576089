/* Errors: messages, places, context, what is cut. */
#include "unit.h"

#include <errno.h>
#include <string.h>

#include "base/base.h"

START_TEST(set_says_code_and_message)
{
    struct err e = {.code = ERR_SYSTEM, .sys = 5, .line = 3, .file = "old", .msg = "old"};
    ck_assert(!err_set(&e, ERR_INPUT, "a %d", 7));
    ck_assert_int_eq(e.code, ERR_INPUT);
    ck_assert_int_eq(e.sys, 0);
    ck_assert_uint_eq(e.line, 0);
    ck_assert_str_eq(e.file, "");
    ck_assert_str_eq(e.msg, "a 7");
}
END_TEST

START_TEST(null_is_fine)
{
    ck_assert(!err_set(NULL, ERR_INPUT, "x"));
    ck_assert(!err_sys(NULL, EIO, "x"));
    ck_assert(!err_at(NULL, STR("f"), 1, 1));
    ck_assert(!err_wrap(NULL, "x"));
}
END_TEST

START_TEST(system_errors_name_the_reason)
{
    struct err e = {0};
    ck_assert(!err_sys(&e, ENOENT, "cannot open %s", "it"));
    ck_assert_int_eq(e.code, ERR_SYSTEM);
    ck_assert_int_eq(e.sys, ENOENT);
    ck_assert_str_eq(e.msg, "cannot open it: No such file or directory");
}
END_TEST

static const struct text_row {
    struct str file;
    uint32_t line, column;
    const char *want;
} text_rows[] = {
    {STR_INIT("a.json"), 3, 7, "a.json:3:7: bad"},
    {STR_INIT("a.json"), 3, 0, "a.json:3: bad"},
    {STR_INIT("a.json"), 0, 0, "a.json: bad"},
    {STR_INIT(""), 3, 7, "3:7: bad"},
    {STR_INIT(""), 0, 0, "bad"},
    {{NULL, 0}, 0, 0, "bad"},
};

START_TEST(text_has_the_parts_that_are_there)
{
    struct err e = {0};
    char text[600];
    (void)err_set(&e, ERR_INPUT, "bad");
    ck_assert(!err_at(&e, text_rows[_i].file, text_rows[_i].line, text_rows[_i].column));
    err_text(text, sizeof text, &e);
    ck_assert_str_eq(text, text_rows[_i].want);
}
END_TEST

START_TEST(first_place_stays)
{
    struct err e = {0};
    char text[600];
    (void)err_set(&e, ERR_INPUT, "bad");
    (void)err_at(&e, STR("inner"), 0, 0);
    (void)err_at(&e, STR("outer"), 4, 5);
    err_text(text, sizeof text, &e);
    ck_assert_str_eq(text, "inner: bad");
    (void)err_set(&e, ERR_INPUT, "bad");
    (void)err_at(&e, STR(""), 2, 3);
    (void)err_at(&e, STR("outer"), 4, 5);
    err_text(text, sizeof text, &e);
    ck_assert_str_eq(text, "outer:2:3: bad");
}
END_TEST

START_TEST(wrap_goes_before)
{
    struct err e = {0};
    (void)err_set(&e, ERR_NOT_FOUND, "no such thing");
    ck_assert(!err_wrap(&e, "tenant %s", "x"));
    (void)err_wrap(&e, "serve");
    ck_assert_str_eq(e.msg, "serve: tenant x: no such thing");
    ck_assert_int_eq(e.code, ERR_NOT_FOUND);
}
END_TEST

/* Cut at each possible byte: always UTF-8, always ended. */
START_TEST(cut_on_code_points)
{
    for (int pad = 0; pad < 12; pad++) {
        struct err e = {0};
        char long_text[1000], out[50];
        size_t len = (size_t)pad;
        memset(long_text, 'x', len);
        for (; len + 9 < sizeof long_text; len += 9) {
            memcpy(long_text + len, "ä€😀", 9);
        }
        long_text[len] = '\0';
        (void)err_set(&e, ERR_INPUT, "%s", long_text);
        ck_assert(str_is_utf8(str_of(e.msg), NULL));
        ck_assert_uint_ge(strlen(e.msg), sizeof e.msg - 5);
        (void)err_at(&e, str_of(long_text), 0, 0);
        ck_assert(str_is_utf8(str_of(e.file), NULL));
        (void)err_wrap(&e, "context");
        ck_assert(str_is_utf8(str_of(e.msg), NULL));
        ck_assert(str_starts(str_of(e.msg), STR("context: ")));
        (void)err_wrap(&e, "%s", long_text);
        ck_assert(str_is_utf8(str_of(e.msg), NULL));
        (void)err_sys(&e, EIO, "%s", long_text);
        ck_assert(str_is_utf8(str_of(e.msg), NULL));
        err_text(out, sizeof out - (size_t)pad, &e);
        ck_assert(str_is_utf8(str_of(out), NULL));
        err_text(out, 1, &e);
        ck_assert_str_eq(out, "");
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("err");
    TCase *c = tcase_create("err");
    suite_add_tcase(suite, c);
    tcase_add_test(c, set_says_code_and_message);
    tcase_add_test(c, null_is_fine);
    tcase_add_test(c, system_errors_name_the_reason);
    tcase_add_loop_test(c, text_has_the_parts_that_are_there, 0,
                        (int)(sizeof text_rows / sizeof text_rows[0]));
    tcase_add_test(c, first_place_stays);
    tcase_add_test(c, wrap_goes_before);
    tcase_add_test(c, cut_on_code_points);
    return unit_run(suite);
}
