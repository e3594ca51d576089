/* Text: comparing, cutting, searching, hashing, UTF-8, nearest words, numbers. */
#include "unit.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/base.h"

#define N(rows) (int)(sizeof(rows) / sizeof((rows)[0]))
/* Text with a length, NULs inside included. */
#define S(lit) STR_INIT(lit)

static int sign(int x)
{
    return (x > 0) - (x < 0);
}

static const struct pair_row {
    struct str a, b;
    bool is_eq, is_eq_fold;
    int order;
    bool starts, ends;
    size_t found; /* of b in a */
} pairs[] = {
    {S(""), S(""), true, true, 0, true, true, 0},
    {{NULL, 0}, S(""), true, true, 0, true, true, 0},
    {S(""), {NULL, 0}, true, true, 0, true, true, 0},
    {S("a"), S(""), false, false, 1, true, true, 0},
    {S(""), S("a"), false, false, -1, false, false, 0},
    {S("abc"), S("abc"), true, true, 0, true, true, 0},
    {S("abc"), S("ABC"), false, true, 1, false, false, 3},
    {S("abc"), S("ab"), false, false, 1, true, false, 0},
    {S("abc"), S("bc"), false, false, -1, false, true, 1},
    {S("aab"), S("ab"), false, false, -1, false, true, 1},
    {S("a\0b"), S("a\0c"), false, false, -1, false, false, 3},
    {S("a\0b"), S("\0b"), false, false, 1, false, true, 1},
    {S("\xff"), S("a"), false, false, 1, false, false, 1},
    {S("@[`{"), S("`{@["), false, false, -1, false, false, 4},
    {S("Ä"), S("ä"), false, false, -1, false, false, 2},
};

START_TEST(two_texts)
{
    const struct pair_row *r = &pairs[_i];
    ck_assert(str_eq(r->a, r->b) == r->is_eq);
    ck_assert(str_eq_fold(r->a, r->b) == r->is_eq_fold);
    ck_assert_int_eq(sign(str_cmp(r->a, r->b)), r->order);
    ck_assert_int_eq(sign(str_cmp(r->b, r->a)), -r->order);
    ck_assert(str_starts(r->a, r->b) == r->starts);
    ck_assert(str_ends(r->a, r->b) == r->ends);
    ck_assert_uint_eq(str_find(r->a, r->b), r->found);
}
END_TEST

START_TEST(slices_are_clamped)
{
    struct str s = STR("hello");
    ck_assert(str_eq(str_slice(s, 1, 3), STR("el")));
    ck_assert(str_eq(str_slice(s, 0, SIZE_MAX), s));
    ck_assert(str_eq(str_slice(s, 4, 2), STR("")));
    ck_assert(str_eq(str_slice(s, 9, 12), STR("")));
    ck_assert_uint_eq(str_slice((struct str){0}, 1, 2).len, 0);
    ck_assert_ptr_null(str_slice((struct str){0}, 1, 2).s);
}
END_TEST

static const struct trim_row {
    struct str in, want;
} trims[] = {
    {S(""), S("")},
    {S(" \t\r\n\v\f"), S("")},
    {S("  a b\n"), S("a b")},
    {S("a"), S("a")},
    {S("\xc2\xa0x"), S("\xc2\xa0x")}, /* a no-break space is not ASCII */
    {S("\0 "), S("\0")},
    {{NULL, 0}, S("")},
};

START_TEST(trim)
{
    ck_assert(str_eq(str_trim(trims[_i].in), trims[_i].want));
}
END_TEST

static const struct cut_row {
    struct str in;
    const char *want; /* the heads, each followed by '|' */
} cuts[] = {
    {S(""), "|"},       {{NULL, 0}, ""},        {S("a"), "a|"},   {S("a,b"), "a|b|"},
    {S(","), "||"},     {S("a,"), "a||"},       {S(",a"), "|a|"}, {S("a,,b"), "a||b|"},
    {S("a b"), "a b|"}, {S("a\0,b"), "a\0|b|"},
};

START_TEST(cut)
{
    struct buf b = {0};
    struct str rest = cuts[_i].in, head;
    while (str_cut(&rest, ',', &head)) {
        buf_put(&b, head);
        buf_put_char(&b, '|');
    }
    ck_assert_str_eq(buf_cstr(&b), cuts[_i].want);
    ck_assert(!str_cut(&rest, ',', &head));
    buf_done(&b);
}
END_TEST

START_TEST(copies)
{
    struct arena a;
    arena_init(&a, 0, 0);
    struct str c = str_copy(&a, STR("a\0b"));
    ck_assert(str_eq(c, STR("a\0b")));
    ck_assert_int_eq(c.s[c.len], '\0');
    c = str_copy(&a, (struct str){0});
    ck_assert_str_eq(c.s, "");
    ck_assert_str_eq(str_lower(&a, STR("ABCxyz@[Ä")).s, "abcxyz@[Ä");
    ck_assert_str_eq(str_cstr(&a, STR("abc")), "abc");
    ck_assert_str_eq(str_cstr(&a, (struct str){0}), "");
    ck_assert_ptr_null(str_cstr(&a, STR("a\0b")));
    ck_assert_ptr_null(str_cstr(&a, STR("a\0")));
    ck_assert(str_eq(str_of(NULL), STR("")));
    ck_assert(str_eq(str_of("xy"), STR("xy")));
    arena_done(&a);
}
END_TEST

/* Every byte of every length matters, and so does the length. */
START_TEST(hash_sees_each_bit)
{
    char text[70] = {0};
    uint64_t seen[70];
    for (size_t len = 0; len < sizeof text; len++) {
        struct str s = {text, len};
        seen[len] = str_hash(s);
        for (size_t k = 0; k < len; k++) {
            ck_assert_uint_ne(seen[len], seen[k]);
        }
        for (size_t bit = 0; bit < len * 8; bit++) {
            text[bit / 8] = (char)(text[bit / 8] ^ (1 << bit % 8));
            uint64_t other = str_hash(s);
            text[bit / 8] = (char)(text[bit / 8] ^ (1 << bit % 8));
            int changed = __builtin_popcountll(other ^ seen[len]);
            ck_assert_msg(changed >= 8 && changed <= 56, "len %zu bit %zu: %d", len, bit, changed);
        }
    }
    ck_assert_uint_eq(str_hash(STR("")), str_hash((struct str){0}));
    ck_assert_uint_ne(str_hash_seeded(STR("x"), 1), str_hash_seeded(STR("x"), 2));
}
END_TEST

/* Keys that differ in a counter, as ours do, spread over the buckets of a table. */
START_TEST(hash_spreads)
{
    enum { KEYS = 4096, BUCKETS = 256 };
    int low[BUCKETS] = {0}, high[BUCKETS] = {0};
    for (int i = 0; i < KEYS; i++) {
        char key[32];
        int len = snprintf(key, sizeof key, "wrapupcode-%d", i);
        uint64_t hash = str_hash((struct str){key, (size_t)len});
        low[hash % BUCKETS]++;
        high[hash >> 56]++;
    }
    for (int i = 0; i < BUCKETS; i++) { /* 16 expected; 6 standard deviations are 24 */
        ck_assert_int_lt(low[i], 41);
        ck_assert_int_lt(high[i], 41);
    }
}
END_TEST

static const struct utf8_row {
    const char *name;
    struct str in;
    size_t bad; /* SIZE_MAX: well-formed */
    size_t points;
} utf8_rows[] = {
    {"empty", S(""), SIZE_MAX, 0},
    {"ascii", S("hello, world, hello"), SIZE_MAX, 19},
    {"NUL", S("a\0b"), SIZE_MAX, 3},
    {"two bytes", S("\xc2\x80\xdf\xbf"), SIZE_MAX, 2},
    {"three bytes", S("\xe0\xa0\x80\xef\xbf\xbf"), SIZE_MAX, 2},
    {"around surrogates", S("\xed\x9f\xbf\xee\x80\x80"), SIZE_MAX, 2},
    {"four bytes", S("\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"), SIZE_MAX, 2},
    {"late in a word", S("abcdefg\xc3\xa4hijklmnop"), SIZE_MAX, 17},
    {"after words", S("0123456789abcdef\xe2\x82\xac"), SIZE_MAX, 17},
    {"tail alone", S("a\x80"), 1, 0},
    {"overlong 2", S("\xc0\x80"), 0, 0},
    {"overlong 2b", S("\xc1\xbf"), 0, 0},
    {"overlong 3", S("ab\xe0\x9f\xbf"), 2, 0},
    {"overlong 4", S("\xf0\x8f\xbf\xbf"), 0, 0},
    {"surrogate low", S("\xed\xa0\x80"), 0, 0},
    {"surrogate high", S("\xed\xbf\xbf"), 0, 0},
    {"above U+10FFFF", S("\xf4\x90\x80\x80"), 0, 0},
    {"f5", S("\xf5\x80\x80\x80"), 0, 0},
    {"ff", S("01234567\xff"), 8, 0},
    {"cut 2", S("a\xc3"), 1, 0},
    {"cut 3", S("\xe2\x82"), 0, 0},
    {"cut 4", S("0123456\xf0\x9f\x98"), 7, 0},
    {"third not a tail", S("\xe2\x82z"), 0, 0},
    {"fourth not a tail", S("\xf0\x9f\x98z"), 0, 0},
};

START_TEST(utf8)
{
    const struct utf8_row *r = &utf8_rows[_i];
    size_t bad = SIZE_MAX;
    ck_assert_msg(str_is_utf8(r->in, &bad) == (r->bad == SIZE_MAX), "%s", r->name);
    ck_assert_msg(bad == r->bad, "%s: bad at %zu", r->name, bad);
    ck_assert(str_is_utf8(r->in, NULL) == (r->bad == SIZE_MAX));
    if (r->bad == SIZE_MAX) {
        ck_assert_uint_eq(str_code_points(r->in), r->points);
    }
}
END_TEST

/* Encodes as RFC 3629, section 3 says; nothing about which code points there are. */
static size_t encode(char out[4], unsigned code)
{
    static const unsigned char heads[] = {0, 0, 0xc0, 0xe0, 0xf0};
    size_t len = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (size_t i = len; i-- > 1; code >>= 6) {
        out[i] = (char)(unsigned char)(0x80 | (code & 0x3f));
    }
    out[0] = (char)(unsigned char)(heads[len] | code);
    return len;
}

START_TEST(utf8_of_every_code_point)
{
    for (unsigned code = 0; code < 0x110400; code++) {
        char text[12] = "xyzxyzxyz";
        size_t len = encode(text + 5, code);
        bool is_good = code < 0x110000 && (code < 0xd800 || code > 0xdfff);
        if (str_is_utf8((struct str){text, 5 + len}, NULL) != is_good) {
            ck_abort_msg("U+%04X", code);
        }
    }
}
END_TEST

static const struct str words[] = {S("name"), S("queueId"), S("wrapUpCodes"), S("division"),
                                   S("nam")};
static const struct near_row {
    struct str word;
    size_t want;
} nears[] = {
    {S("name"), 0},       {S("nmae"), 0},        {S("Name"), 0},    {S("queueid"), 1},
    {S("qeueId"), 1},     {S("wrapupcodes"), 2}, {S("divsion"), 3}, {S("xyz"), 5},
    {S(""), 5},           {S("na"), 5},          {S("nam"), 4},     {S("wrapupcode"), 2},
    {S("completely"), 5},
};

START_TEST(nearest)
{
    ck_assert_uint_eq(str_nearest(nears[_i].word, words, 5), nears[_i].want);
}
END_TEST

START_TEST(nearest_of_hostile_words)
{
    char text[5000];
    memset(text, 'a', sizeof text);
    struct str all[] = {{text, 90}, {text, 128}, {text, sizeof text}};
    ck_assert_uint_eq(str_nearest((struct str){text, sizeof text}, all, 3), 3);
    ck_assert_uint_eq(str_nearest((struct str){text, 96}, all, 3), 0);
    ck_assert_uint_eq(str_nearest((struct str){text, 96}, all + 1, 2), 0);
    ck_assert_uint_eq(str_nearest((struct str){text, 96}, all + 2, 1), 1);
}
END_TEST

static const struct i64_row {
    struct str in;
    int64_t min, max;
    bool is_good;
    int64_t want;
} i64_rows[] = {
    {S("0"), 0, 9, true, 0},
    {S("-0"), 0, 9, true, 0},
    {S("007"), 0, 9, true, 7},
    {S("10"), 0, 9, false, 0},
    {S("-1"), 0, 9, false, 0},
    {S("9223372036854775807"), INT64_MIN, INT64_MAX, true, INT64_MAX},
    {S("9223372036854775808"), INT64_MIN, INT64_MAX, false, 0},
    {S("-9223372036854775808"), INT64_MIN, INT64_MAX, true, INT64_MIN},
    {S("-9223372036854775809"), INT64_MIN, INT64_MAX, false, 0},
    {S("18446744073709551616"), INT64_MIN, INT64_MAX, false, 0},
    {S(""), INT64_MIN, INT64_MAX, false, 0},
    {S("-"), INT64_MIN, INT64_MAX, false, 0},
    {S("--1"), INT64_MIN, INT64_MAX, false, 0},
    {S("+1"), INT64_MIN, INT64_MAX, false, 0},
    {S(" 1"), INT64_MIN, INT64_MAX, false, 0},
    {S("1 "), INT64_MIN, INT64_MAX, false, 0},
    {S("1\0"), INT64_MIN, INT64_MAX, false, 0},
    {S("0x10"), INT64_MIN, INT64_MAX, false, 0},
    {S("1e3"), INT64_MIN, INT64_MAX, false, 0},
};

START_TEST(parse_i64)
{
    const struct i64_row *r = &i64_rows[_i];
    int64_t got = 42;
    ck_assert(num_parse_i64(&got, r->in, r->min, r->max) == r->is_good);
    ck_assert_int_eq(got, r->is_good ? r->want : 42);
}
END_TEST

START_TEST(parse_u64)
{
    uint64_t got = 42;
    ck_assert(num_parse_u64(&got, STR("18446744073709551615"), 0, UINT64_MAX));
    ck_assert_uint_eq(got, UINT64_MAX);
    ck_assert(!num_parse_u64(&got, STR("18446744073709551616"), 0, UINT64_MAX));
    ck_assert(!num_parse_u64(&got, STR("99999999999999999999999"), 0, UINT64_MAX));
    ck_assert(!num_parse_u64(&got, STR("-0"), 0, UINT64_MAX));
    ck_assert(!num_parse_u64(&got, STR("4"), 5, 6));
    ck_assert_uint_eq(got, UINT64_MAX);
}
END_TEST

static const struct double_row {
    struct str in;
    bool is_good;
    double want;
} double_rows[] = {
    {S("0"), true, 0},
    {S("-0"), true, -0.0},
    {S("1.5"), true, 1.5},
    {S(".5"), true, .5},
    {S("5."), true, 5},
    {S("1e22"), true, 1e22},
    {S("1e23"), true, 1e23},
    {S("0.1"), true, 0.1},
    {S("123456789012345e-22"), true, 123456789012345e-22},
    {S("1234567890123456789"), true, 1234567890123456789.0},
    {S("9007199254740993"), true, 9007199254740992.0},
    {S("0.30000000000000004"), true, 0.30000000000000004},
    {S("1.7976931348623157e308"), true, 1.7976931348623157e308},
    {S("1e309"), false, 0},
    {S("1e99999999999999999999"), false, 0},
    {S("0e99999999999999999999"), true, 0},
    {S("5e-324"), true, 5e-324},
    {S("1e-400"), true, 0},
    {S("1e-99999999999999999999"), true, 0},
    {S("000000000000000000000000000000000000000001"), true, 1},
    {S("0.00000000000000000000000000000000000000000000001"), true, 1e-47},
    {S(""), false, 0},
    {S("."), false, 0},
    {S("-"), false, 0},
    {S("e5"), false, 0},
    {S("1e"), false, 0},
    {S("1e+"), false, 0},
    {S("+1"), false, 0},
    {S("1,5"), false, 0},
    {S("inf"), false, 0},
    {S("nan"), false, 0},
    {S("0x1p3"), false, 0},
    {S("1 "), false, 0},
    {S("1\0"), false, 0},
};

START_TEST(parse_double)
{
    const struct double_row *r = &double_rows[_i];
    double got = 42;
    ck_assert(num_parse_double(&got, r->in) == r->is_good);
    double want = r->is_good ? r->want : 42;
    ck_assert_msg(memcmp(&got, &want, sizeof got) == 0, "%.17g, not %.17g", got, want);
}
END_TEST

/* Against the C library, on numbers of all lengths. */
START_TEST(parse_double_like_the_library)
{
    struct rng r;
    rng_init(&r, 7);
    for (int i = 0; i < 20000; i++) {
        struct buf b = {0};
        buf_printf(&b, "%.*e", (int)rng_below(&r, 18), rng_unit(&r) - 0.5);
        b.len = str_find_char(buf_str(&b), 'e');
        buf_printf(&b, "e%d", (int)rng_below(&r, 60) - 30);
        const char *text = buf_cstr(&b);
        double got = 0, want = strtod(text, NULL);
        ck_assert(num_parse_double(&got, str_of(text)));
        ck_assert_msg(memcmp(&got, &want, sizeof got) == 0, "%s", text);
        buf_done(&b);
    }
}
END_TEST

START_TEST(parse_long_double_text)
{
    static char text[100001];
    memset(text, '9', sizeof text - 1);
    double got = 0;
    ck_assert(!num_parse_double(&got, str_of(text)));
    text[1] = '.';
    ck_assert(num_parse_double(&got, str_of(text)));
    ck_assert(fabs(got - 10) < 1e-9);
}
END_TEST

START_TEST(print_length)
{
    ck_assert_int_eq(str_print_len(STR("abc")), 3);
    ck_assert_int_eq(str_print_len((struct str){"", (size_t)1 << 40}), 2147483647);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("str");
    TCase *c = tcase_create("str");
    suite_add_tcase(suite, c);
    tcase_set_timeout(c, 60);
    tcase_add_loop_test(c, two_texts, 0, N(pairs));
    tcase_add_test(c, slices_are_clamped);
    tcase_add_loop_test(c, trim, 0, N(trims));
    tcase_add_loop_test(c, cut, 0, N(cuts));
    tcase_add_test(c, copies);
    tcase_add_test(c, hash_sees_each_bit);
    tcase_add_test(c, hash_spreads);
    tcase_add_loop_test(c, utf8, 0, N(utf8_rows));
    tcase_add_test(c, utf8_of_every_code_point);
    tcase_add_loop_test(c, nearest, 0, N(nears));
    tcase_add_test(c, nearest_of_hostile_words);
    tcase_add_loop_test(c, parse_i64, 0, N(i64_rows));
    tcase_add_test(c, parse_u64);
    tcase_add_loop_test(c, parse_double, 0, N(double_rows));
    tcase_add_test(c, parse_double_like_the_library);
    tcase_add_test(c, parse_long_double_text);
    tcase_add_test(c, print_length);
    return unit_run(suite);
}
