/* Growing texts: on the heap, on an arena, numbers, JSON strings, quoting for people. */
#include "unit.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/base.h"

#define N(rows) (int)(sizeof(rows) / sizeof((rows)[0]))
#define S(lit) STR_INIT(lit)

/* _i 0: on the heap, 1: on an arena, 2: on an arena that others use in between. */
START_TEST(grows)
{
    struct arena a;
    arena_init(&a, 512, 0);
    struct buf b;
    buf_init(&b, _i == 0 ? NULL : &a);
    for (int i = 0; i < 20000; i++) {
        buf_put_char(&b, (char)('a' + i % 26));
        if (_i == 2 && i % 97 == 0) {
            memset(arena_bytes(&a, 10), 'X', 10);
        }
    }
    ck_assert_uint_eq(b.len, 20000);
    ck_assert_uint_gt(b.cap, b.len);
    for (int i = 0; i < 20000; i++) {
        ck_assert_int_eq(b.s[i], 'a' + i % 26);
    }
    ck_assert_uint_eq(strlen(buf_cstr(&b)), 20000);
    buf_clear(&b);
    ck_assert_str_eq(buf_cstr(&b), "");
    buf_done(&b);
    ck_assert_uint_eq(b.cap, 0);
    buf_put(&b, STR("again"));
    ck_assert(str_eq(buf_str(&b), STR("again")));
    buf_done(&b);
    arena_done(&a);
}
END_TEST

/* A text of exactly the room there is still has its spare byte. */
START_TEST(always_a_spare_byte)
{
    for (size_t n = 0; n < 300; n++) {
        struct buf b = {0};
        buf_reserve(&b, n);
        ck_assert_uint_gt(b.cap, n);
        for (size_t i = 0; i < n; i++) {
            buf_put(&b, STR("x"));
            ck_assert_uint_lt(b.len, b.cap);
        }
        ck_assert_uint_eq(strlen(buf_cstr(&b)), n);
        buf_done(&b);
    }
}
END_TEST

START_TEST(empty)
{
    struct buf b = {0};
    ck_assert_str_eq(buf_str(&b).s, "");
    buf_put(&b, (struct str){0});
    ck_assert_uint_eq(b.cap, 0);
    ck_assert_str_eq(buf_cstr(&b), "");
    buf_done(&b);
    buf_done(&b);
}
END_TEST

static volatile size_t huge = SIZE_MAX - 1;

START_TEST(overflow_ends_the_program)
{
    struct buf b = {0};
    buf_put_char(&b, 'x');
    buf_reserve(&b, huge);
}
END_TEST

static const int64_t numbers[] = {
    0,
    1,
    9,
    10,
    99,
    100,
    101,
    999,
    1000,
    9999,
    10000,
    INT32_MAX,
    INT32_MIN,
    INT64_MAX,
    INT64_MIN,
    INT64_MIN + 1,
    -1,
    -9,
    -10,
    -99,
    -100,
    1234567,
    99999999,
    100000000,
    999999999999999999,
};

START_TEST(integers)
{
    char want[64];
    struct buf b = {0};
    buf_put_i64(&b, numbers[_i]);
    (void)snprintf(want, sizeof want, "%" PRId64, numbers[_i]);
    ck_assert_str_eq(buf_cstr(&b), want);
    buf_clear(&b);
    buf_put_u64(&b, (uint64_t)numbers[_i]);
    (void)snprintf(want, sizeof want, "%" PRIu64, (uint64_t)numbers[_i]);
    ck_assert_str_eq(buf_cstr(&b), want);
    buf_done(&b);
}
END_TEST

START_TEST(formats)
{
    struct buf b = {0};
    static char text[3000];
    memset(text, 'x', sizeof text - 1);
    for (int len = 0; len < (int)sizeof text; len += 7) {
        buf_clear(&b);
        buf_printf(&b, "<%.*s|%d>", len, text, len);
        char want[64];
        (void)snprintf(want, sizeof want, "|%d>", len);
        ck_assert(str_ends(buf_str(&b), str_of(want)));
        ck_assert_uint_eq(b.len, (size_t)len + 1 + strlen(want));
    }
    buf_done(&b);
}
END_TEST

static const struct escape_row {
    struct str in, want;
} json_rows[] = {
    {S(""), S("\"\"")},
    {{NULL, 0}, S("\"\"")},
    {S("plain"), S("\"plain\"")},
    {S("a\"b\\c/d"), S("\"a\\\"b\\\\c/d\"")},
    {S("\b\f\n\r\t"), S("\"\\b\\f\\n\\r\\t\"")},
    {S("\0\x01\x1f \x7f"), S("\"\\u0000\\u0001\\u001f \x7f\"")},
    {S("häßlich €"), S("\"häßlich €\"")},
    {S("0123456789abcdef\n0123456789abcdef"), S("\"0123456789abcdef\\n0123456789abcdef\"")},
    {S("\xff\xfe\xa2\xdc\x80\x9f\xbf\xe0"), S("\"\xff\xfe\xa2\xdc\x80\x9f\xbf\xe0\"")},
    {S("!#[]  ! !#[]  !"), S("\"!#[]  ! !#[]  !\"")}, /* neighbours of what is escaped */
};

START_TEST(json_strings)
{
    struct buf b = {0};
    buf_put_json_string(&b, json_rows[_i].in);
    ck_assert(str_eq(buf_str(&b), json_rows[_i].want));
    buf_clear(&b);
    buf_put_json_escaped(&b, json_rows[_i].in);
    ck_assert(str_eq(buf_str(&b), str_slice(json_rows[_i].want, 1, json_rows[_i].want.len - 1)));
    buf_done(&b);
}
END_TEST

/* Byte by byte, as slow as can be. */
static void naive_escaped(struct buf *b, struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.s[i];
        const char *place = "";
        place = c == '"'    ? "\\\""
                : c == '\\' ? "\\\\"
                : c == '\b' ? "\\b"
                : c == '\f' ? "\\f"
                            : place;
        place = c == '\n' ? "\\n" : c == '\r' ? "\\r" : c == '\t' ? "\\t" : place;
        if (*place) {
            buf_put(b, str_of(place));
        } else if (c < 0x20) {
            buf_printf(b, "\\u%04x", c);
        } else {
            buf_put_char(b, s.s[i]);
        }
    }
}

START_TEST(json_strings_like_a_naive_twin)
{
    const uint64_t seed = 20260105;
    struct rng r;
    rng_init(&r, seed);
    for (int round = 0; round < 5000; round++) {
        char text[40];
        size_t len = rng_below(&r, sizeof text);
        bool is_dense = round % 2;
        for (size_t i = 0; i < len; i++) {
            text[i] =
                (char)(unsigned char)(is_dense ? rng_below(&r, 256) : 0x20 + rng_below(&r, 64));
        }
        struct buf got = {0}, want = {0};
        buf_put_json_escaped(&got, (struct str){text, len});
        naive_escaped(&want, (struct str){text, len});
        ck_assert_msg(str_eq(buf_str(&got), buf_str(&want)), "seed %" PRIu64 " round %d: %s", seed,
                      round, buf_cstr(&got));
        buf_done(&got);
        buf_done(&want);
    }
}
END_TEST

#define TEN "0123456789"
#define SEVENTY TEN TEN TEN TEN TEN TEN TEN
static const struct escape_row quoted_rows[] = {
    {S(""), S("\"\"")},
    {S("say \"hi\""), S("\"say \\\"hi\\\"\"")},
    {S("a\nb\0c"), S("\"a\\nb\\u0000c\"")},
    {S("\033[31mred\x7f"), S("\"\\u001b[31mred\\u007f\"")},
    {S("\xc2\x9b"), S("\"\\u009b\"")}, /* CSI in one character */
    {S("\xe2\x80\xae"
       "abc"),
     S("\"\\u202eabc\"")}, /* right to left from here */
    {S("\xef\xbb\xbfx"), S("\"\\ufeffx\"")},
    {S("\xff\xc3"), S("\"\\xff\\xc3\"")},
    {S("\xe2\x82"), S("\"\\xe2\\x82\"")},
    {S("ä€😀"), S("\"ä€😀\"")},
    {S(SEVENTY TEN), S("\"" SEVENTY TEN "\"")},
    {S(SEVENTY TEN "x"), S("\"" SEVENTY TEN "…\"")},
    {S(SEVENTY "012345678€"), S("\"" SEVENTY "012345678…\"")},
    {S(SEVENTY "01234567ä"), S("\"" SEVENTY "01234567ä\"")},
    {S(SEVENTY TEN "\xff"), S("\"" SEVENTY TEN "…\"")},
};

START_TEST(quoted)
{
    struct buf b = {0};
    buf_put_quoted(&b, quoted_rows[_i].in);
    ck_assert_str_eq(buf_cstr(&b), quoted_rows[_i].want.s);
    ck_assert_uint_eq(b.len, quoted_rows[_i].want.len);
    buf_done(&b);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("buf");
    TCase *c = tcase_create("buf");
    suite_add_tcase(suite, c);
    tcase_add_loop_test(c, grows, 0, 3);
    tcase_add_test(c, always_a_spare_byte);
    tcase_add_test(c, empty);
    tcase_add_loop_test(c, integers, 0, N(numbers));
    tcase_add_test(c, formats);
    tcase_add_loop_test(c, json_strings, 0, N(json_rows));
    tcase_add_test(c, json_strings_like_a_naive_twin);
    tcase_add_loop_test(c, quoted, 0, N(quoted_rows));
    const char *fork_mode = getenv("CK_FORK");
    if (!fork_mode || strcmp(fork_mode, "no") != 0) {
        tcase_add_exit_test(c, overflow_ends_the_program, 3);
    }
    return unit_run(suite);
}
