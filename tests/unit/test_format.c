/* Formats and patterns: one line a case. The public suite has hundreds more. */
#include "model/schema_int.h"

#include "tests/unit/schema_unit.h"

#include <string.h>

static const struct row {
    const char *format;
    struct str text;
    bool is_one;
} rows[] = {
    {"uuid", STR_INIT("2eb8aa08-aa98-11ea-b4aa-73b441d16380"), true},
    {"uuid", STR_INIT("2EB8AA08-AA98-11EA-B4AA-73B441D16380"), true},
    {"uuid", STR_INIT("2eb8aa08-aa98-11ea-b4aa-73b441d1638g"), false},
    {"uuid", STR_INIT("2eb8aa08-aa98-11ea-b4aa-73b441d1638/"), false},
    {"uuid", STR_INIT("2eb8aa08-aa98-11ea-b4aa-73b441d1638:"), false},
    {"uuid", STR_INIT("2eb8aa08-aa98-11ea-b4aa-73b441d1638@"), false},
    {"uuid", STR_INIT("2eb8aa08-aa98-11ea-b4aa-73b441d1638`"), false},
    {"uuid", STR_INIT("2eb8aa08-aa98-11ea-b4aa-73b441d1638\x80"), false},
    {"uuid", STR_INIT("2eb8aa08-aa98-11ea-b4aa-73b441d1638\0"), false},
    {"uuid", STR_INIT("2eb8aa08+aa98-11ea-b4aa-73b441d16380"), false},
    {"uuid", STR_INIT(""), false},
    {"date", STR_INIT("2024-02-29"), true},
    {"date", STR_INIT("2100-02-29"), false},
    {"date", STR_INIT("2000-02-29"), true},
    {"date", STR_INIT("0000-02-29"), true},
    {"date", STR_INIT("2024-06-31"), false},
    {"date", STR_INIT("2024-6-01"), false},
    {"date", STR_INIT("2024-00-01"), false},
    {"date", STR_INIT("2024-01-00"), false},
    {"time", STR_INIT("12:00:00Z"), true},
    {"time", STR_INIT("12:00:00"), false},
    {"time", STR_INIT("12:00:00.Z"), false},
    {"time", STR_INIT("12:00:00.123+01:30"), true},
    {"time", STR_INIT("23:59:60Z"), true},
    {"time", STR_INIT("22:59:60Z"), false},
    {"time", STR_INIT("00:29:60+00:30"), true},
    {"time", STR_INIT("15:59:60-08:00"), true},
    {"time", STR_INIT("12:00:00+24:00"), false},
    {"time", STR_INIT("12:00:0Z"), false},
    {"date-time", STR_INIT("2024-02-29T12:00:00Z"), true},
    {"date-time", STR_INIT("2024-02-29t12:00:00.5z"), true},
    {"date-time", STR_INIT("2024-02-29 12:00:00Z"), false},
    {"date-time", STR_INIT("2024-02-29T"), false},
    {"date-time", STR_INIT("2024-02-30T12:00:00Z"), false},
    {"duration", STR_INIT("P1Y2M3DT4H5M6S"), true},
    {"duration", STR_INIT("P1W"), true},
    {"duration", STR_INIT("PT36H"), true},
    {"duration", STR_INIT("P"), false},
    {"duration", STR_INIT("P1DT"), false},
    {"duration", STR_INIT("PT"), false},
    {"duration", STR_INIT("P1Y1D"), false},
    {"duration", STR_INIT("PT1H1S"), false},
    {"duration", STR_INIT("P1D1D"), false},
    {"duration", STR_INIT("PT1M1H"), false},
    {"duration", STR_INIT("P1W1D"), false},
    {"ipv4", STR_INIT("255.0.10.1"), true},
    {"ipv4", STR_INIT("256.0.10.1"), false},
    {"ipv4", STR_INIT("1.2.3"), false},
    {"ipv4", STR_INIT("1.2.3.4."), false},
    {"ipv4", STR_INIT("01.2.3.4"), false},
    {"ipv4", STR_INIT("1.2.3.0004"), false},
    {"ipv6", STR_INIT("::"), true},
    {"ipv6", STR_INIT("1::"), true},
    {"ipv6", STR_INIT("::1.2.3.4"), true},
    {"ipv6", STR_INIT("1:2:3:4:5:6:7:8"), true},
    {"ipv6", STR_INIT("1:2:3:4:5:6:1.2.3.4"), true},
    {"ipv6", STR_INIT("1:2:3:4:5:6:7::"), true},
    {"ipv6", STR_INIT("1:2:3:4:5:6:7:8::"), false},
    {"ipv6", STR_INIT("1:2:3:4:5:6:7:"), false},
    {"ipv6", STR_INIT("1.2.3.4::"), false},
    {"ipv6", STR_INIT("1::2::3"), false},
    {"ipv6", STR_INIT(":::"), false},
    {"ipv6", STR_INIT(":1"), false},
    {"ipv6", STR_INIT(""), false},
    {"json-pointer", STR_INIT(""), true},
    {"json-pointer", STR_INIT("/a~0~1"), true},
    {"json-pointer", STR_INIT("/a~"), false},
    {"json-pointer", STR_INIT("a"), false},
    {"relative-json-pointer", STR_INIT("10/a"), true},
    {"relative-json-pointer", STR_INIT("0#"), true},
    {"relative-json-pointer", STR_INIT("01#"), false},
    {"relative-json-pointer", STR_INIT("0##"), false},
    {"uri", STR_INIT("http://u:p@h.example:80/a/b?c=d#e"), true},
    {"uri", STR_INIT("http://[::1]:99999/"), true},
    {"uri", STR_INIT("urn:a:b"), true},
    {"uri", STR_INIT("a:"), true},
    {"uri", STR_INIT("http://[v1.x:y]/"), true},
    {"uri", STR_INIT("/a"), false},
    {"uri", STR_INIT("http://[::1/"), false},
    {"uri", STR_INIT("http://[::1]x/"), false},
    {"uri", STR_INIT("http://a@b@c/"), false},
    {"uri", STR_INIT("http://a/%4"), false},
    {"uri", STR_INIT("http://a/\0"), false},
    {"uri", STR_INIT("http://a/#b#c"), false},
    {"uri", STR_INIT("http://a/\xC3\xA9"), false},
    {"iri", STR_INIT("http://a/\xC3\xA9"), true},
    {"iri-reference", STR_INIT("\xC3\xA9"), true},
    {"uri-reference", STR_INIT(""), true},
    {"uri-reference", STR_INIT("../a?b"), true},
    {"uri-reference", STR_INIT("1:b"), false},
    {"uri-reference", STR_INIT("//h:x/"), false},
    {"uri-template", STR_INIT("/a{?b,c*,d:3}"), true},
    {"uri-template", STR_INIT("/a{b"), false},
    {"uri-template", STR_INIT("/a{b:}"), false},
    {"email", STR_INIT("a.b@example.com"), true},
    {"email", STR_INIT("\"a\\\" b\"@example.com"), true},
    {"email", STR_INIT("a@[IPv6:::1]"), true},
    {"email", STR_INIT("a@[1.2.3.4]"), true},
    {"email", STR_INIT("a..b@example.com"), false},
    {"email", STR_INIT("\"a\\"), false},
    {"email", STR_INIT("a@b@c"), false},
    {"email", STR_INIT("\xC3\xA9@example.com"), false},
    {"idn-email", STR_INIT("\xC3\xA9@example.com"), true},
    {"hostname", STR_INIT("a-b.c1"), true},
    {"hostname", STR_INIT("a.b."), false},
    {"hostname", STR_INIT("-a"), false},
    {"hostname", STR_INIT("ab--c"), false},
    {"hostname", STR_INIT("xn--nxasmq6b"), true},
    {"hostname", STR_INIT("XN--NXASMQ6B"), true},
    {"hostname", STR_INIT("xn--"), false},
    {"hostname", STR_INIT("xn--a"), false},
    {"hostname", STR_INIT("xn--99999999"), false},
    {"hostname", STR_INIT("xn--abc-"), false},
    {"hostname", STR_INIT("xn--l-0ea"), false},
    {"idn-hostname",
     STR_INIT("b\xC3\xBC"
              "cher.example"),
     true},
    {"idn-hostname",
     STR_INIT("b\xC3\xBC"
              "cher\xE3\x80\x82"
              "example"),
     true},
    {"idn-hostname", STR_INIT("-\xC3\xBC"), false},
    {"regex", STR_INIT("^(?:a|b)+?[^\\]x-z\\d]{2,}\\p{Lu}(?<n>c)\\k<n>\\1$"), true},
    {"regex", STR_INIT("(?<=a+)b"), true},
    {"regex", STR_INIT("\\u{1F600}\\uD83D\\uDE00\\cA\\0"), true},
    {"regex", STR_INIT("(?i:a)(?s-m:.)"), true},
    {"regex", STR_INIT("a++"), false},
    {"regex", STR_INIT("a{2,1}"), false},
    {"regex", STR_INIT("{2}"), false},
    {"regex", STR_INIT("a{"), false},
    {"regex", STR_INIT("]"), false},
    {"regex", STR_INIT("(?<n>a)(?<n>b)"), false},
    {"regex", STR_INIT("\\1"), false},
    {"regex", STR_INIT("\\k<n>"), false},
    {"regex", STR_INIT("(?<n>a)\\k<n"), false}, /* once read past the end */
    {"regex", STR_INIT("[b-a]"), false},
    {"regex", STR_INIT("[\\d-x]"), false},
    {"regex", STR_INIT("(?i)a"), false},
    {"regex", STR_INIT("(?:a"), false},
    {"regex", STR_INIT("a)"), false},
    {"regex", STR_INIT("\\"), false},
    {"regex", STR_INIT("[\\"), false},
    {"regex", STR_INIT("(?<n"), false},
    {"regex", STR_INIT("(?"), false},
    {"regex", STR_INIT("\\u12"), false},
    {"regex", STR_INIT("\\u{110000}"), false},
    {"regex", STR_INIT("\\p{Greek}"), false},
    {"regex", STR_INIT("\\p{Script=Greek}\\p{gc=Lu}\\P{ASCII}\\p{Emoji}"), true},
    {"regex", STR_INIT("\\_"), false},
    {"regex", STR_INIT("\xC3"), true},
};

START_TEST(test_format)
{
    schema_format *is = schema_format_find(str_of(rows[_i].format));
    ck_assert(is != NULL);
    /* in a block of its own size, so that reading past its end is seen */
    struct str text = rows[_i].text;
    char *bytes = mem_alloc(text.len > 0 ? text.len : 1, 1);
    memcpy(bytes, text.s, text.len);
    bool is_one = is((struct str){bytes, text.len});
    mem_free(bytes);
    ck_assert_msg(is_one == rows[_i].is_one, "%s '%.*s'", rows[_i].format, STR_ARG(text));
}
END_TEST

/* A text of one byte after another: no format may read beyond its end or take for ever. */
START_TEST(test_every_byte)
{
    static const char *const names[] = {
        "uuid", "date-time", "time",         "duration", "uri",       "email",       "hostname",
        "ipv6", "regex",     "uri-template", "iri",      "idn-email", "idn-hostname"};
    schema_format *is = schema_format_find(str_of(names[_i]));
    static const char *const seeds[] = {"2024-02-29T12:00:00.1+01:00",
                                        "P1Y2M",
                                        "xn--nxasmq6b.a",
                                        "a@[IPv6:1::2]",
                                        "http://[::1]/%41",
                                        "(?<n>a[b-c]{1,2})\\k<n>"};
    for (size_t s = 0; s < sizeof seeds / sizeof *seeds; s++) {
        size_t len = strlen(seeds[s]);
        for (size_t i = 0; i <= len; i++) {
            for (int c = 0; c < 128; c++) { /* what is not ASCII is well-formed by contract */
                char *text = mem_alloc(i + 1, 1);
                memcpy(text, seeds[s], i);
                text[i] = (char)c;
                (void)is((struct str){text, i + 1});
                mem_free(text);
            }
        }
    }
}
END_TEST

/* --- patterns --- */

static const struct match {
    const char *pattern;
    struct str good, bad; /* s NULL: none */
} matches[] = {
    {"^abc$", STR_INIT("abc"), STR_INIT("abc\n")},
    {"^.$", STR_INIT("\xF0\x9F\x98\x80"), STR_INIT("\xE2\x80\xA8")},
    {"^(?s:.)$", STR_INIT("\n"), STR_INIT("ab")},
    {"(?m:^b$)", STR_INIT("a\nb\nc"), STR_INIT("abc")},
    {"(?i:aB)", STR_INIT("xAb"), STR_INIT("xa")},
    {"^\\s$", STR_INIT("\xEF\xBB\xBF"), STR_INIT("\xE2\x80\x8B")},
    {"^\\S$", STR_INIT("\xE2\x80\x8B"), STR_INIT("\xC2\xA0")},
    {"^[\\S]$", STR_INIT("x"), STR_INIT("\xE3\x80\x80")},
    {"^[^\\S\\n]$", STR_INIT(" "), STR_INIT("\n")},
    {"^\\w\\W\\d\\D$", STR_INIT("_-1\xD9\xA1"), STR_INIT("\xC3\xA9-1a")},
    {"^[\\W\\d]+$", STR_INIT("-1\xC3\xA9"), STR_INIT("a")},
    {"^\\cJ\\v\\x41\\u0042\\u{43}\\0$", STR_INIT("\n\vABC\0"), STR_INIT("ABC")},
    {"^\\ud83d\\ude00$", STR_INIT("\xF0\x9F\x98\x80"), STR_INIT("?")},
    {"^[\\ud83d\\ude00-\\u{1F60F}]$", STR_INIT("\xF0\x9F\x98\x81"), STR_INIT("\xF0\x9F\x98\x90")},
    {"\\ud800", {0}, STR_INIT("a")},
    {"[\\ud800-\\udfff]", {0}, STR_INIT("a")},
    {"^[\\ud000-\\uffff]$", STR_INIT("\xEE\x80\x80"), STR_INIT("a")},
    {"[]", {0}, STR_INIT("a")},
    {"^[^]$", STR_INIT("\n"), STR_INIT("")},
    {"^[]|x$", STR_INIT("x"), STR_INIT("y")},
    {"^(?:a|(b))\\1c$", STR_INIT("ac"), STR_INIT("bc")},
    {"^\\1(a)$", STR_INIT("a"), STR_INIT("aa")},
    {"^(?<x>a|b)\\k<x>$", STR_INIT("bb"), STR_INIT("ab")},
    {"^(?!a)(?=b).+(?<=c)(?<!bc)$", STR_INIT("bxc"), STR_INIT("bc")},
    {"^\\p{Lowercase_Letter}\\p{Lu}\\P{L}$", STR_INIT("\xC3\xA9\xC3\x89-"), STR_INIT("aaa")},
    {"^\\p{digit}+$", STR_INIT("4\xD9\xA1"), STR_INIT("a")},
    {"^[\\p{Script=Greek}\\p{sc=Cyrl}]+$", STR_INIT("\xCE\xB1\xD0\xB6"), STR_INIT("a")},
    {"^\\p{scx=Hira}$", STR_INIT("\xE3\x83\xBC"), STR_INIT("a")},
    {"^\\p{Any}\\p{Assigned}\\p{ASCII}$",
     STR_INIT("\xC3\xA9z"
              "a"),
     STR_INIT("aa\xC3\xA9")},
    {"^\\p{LC}$", STR_INIT("\xC3\x89"), STR_INIT("\xD7\x90")},
    {"^a{2,3}?b{0,}$", STR_INIT("aa"), STR_INIT("aaaa")},
    {"^[a\\-\\]\\b^-]+$", STR_INIT("a-]\b^"), STR_INIT("b")},
    {"^[[:alpha:]]$", STR_INIT(":]"), STR_INIT("b")},
    {"^[\\d-x]$", STR_INIT("-"), STR_INIT("y")},
    {"^\\-\\_\\@\\'{}]$", STR_INIT("-_@'{}]"), STR_INIT("x")},
    {"^a{,3}$", STR_INIT("a{,3}"), STR_INIT("aa")},
    {"^\\bfoo\\b", STR_INIT("foo bar"), STR_INIT("foobar")},
    {"^#x (?:y)$", STR_INIT("#x y"), STR_INIT("")},
    {"^\\/a\\.b\\$$", STR_INIT("/a.b$"), STR_INIT("/axb$")},
};

START_TEST(test_match)
{
    const struct match *row = &matches[_i];
    struct pattern *p = NULL;
    struct pattern_scratch *s = pattern_scratch_new();
    ck_assert_msg(pattern_new(&p, &arena, str_of(row->pattern), &err), "%s: %s", row->pattern,
                  err.msg);
    ck_assert_msg(row->good.s == NULL || pattern_match(p, s, row->good) == PATTERN_YES, "%s",
                  row->pattern);
    ck_assert_msg(row->bad.s == NULL || pattern_match(p, s, row->bad) == PATTERN_NO, "%s",
                  row->pattern);
    pattern_scratch_free(s);
    pattern_free(p);
}
END_TEST

START_TEST(test_pattern_depth)
{
    struct buf b;
    buf_init(&b, &arena);
    for (int i = 0; i < 100000; i++) {
        buf_put_char(&b, '(');
    }
    struct pattern *p = NULL;
    ck_assert(!pattern_new(&p, &arena, buf_str(&b), &err));
    ck_assert(strstr(err.msg, "nested too deep") != NULL);
}
END_TEST

/* --- numbers --- */

/* ± digits × 10^-2 as an integer, for numbers that both sides can hold. */
static int64_t hundredths(struct rng *r, struct buf *out)
{
    static const int64_t powers[] = {1, 10, 100};
    int64_t mantissa = (int64_t)rng_below(r, 2001) - 1000;
    int exponent = (int)rng_below(r, 3) - 2; /* -2 … 0 */
    buf_clear(out);
    switch (rng_below(r, 3)) {
    case 0:
        buf_printf(out, "%de%d", (int)mantissa, exponent);
        break;
    case 1:
        buf_printf(out, "%d.00E%+03d", (int)mantissa, exponent);
        break;
    default:
        buf_printf(out, "%s%d.%02d", mantissa < 0 ? "-" : "", abs((int)mantissa) / 100,
                   abs((int)mantissa) % 100);
        return mantissa;
    }
    return mantissa * powers[exponent + 2];
}

START_TEST(test_numbers_against_integers)
{
    struct rng r;
    rng_init(&r, 20240229);
    struct buf a, b;
    buf_init(&a, &arena);
    buf_init(&b, &arena);
    for (int i = 0; i < 20000; i++) {
        int64_t x = hundredths(&r, &a), y = hundredths(&r, &b);
        int order = schema_number_cmp(schema_number(buf_str(&a)), schema_number(buf_str(&b)));
        ck_assert_msg((order > 0) - (order < 0) == (x > y) - (x < y), "%s %s", buf_cstr(&a),
                      buf_cstr(&b));
        if (y > 0) {
            bool is =
                schema_number_is_multiple(schema_number(buf_str(&a)), schema_number(buf_str(&b)));
            ck_assert_msg(is == (x % y == 0), "%s / %s", buf_cstr(&a), buf_cstr(&b));
        }
    }
}
END_TEST

/* The long division against the short one: both sides times the same 25 digits. */
START_TEST(test_long_division)
{
    struct rng r;
    rng_init(&r, 7);
    for (int i = 0; i < 2000; i++) {
        int64_t x = (int64_t)rng_below(&r, 1000), y = 1 + (int64_t)rng_below(&r, 60);
        struct buf a, b;
        buf_init(&a, &arena);
        buf_init(&b, &arena);
        /* 10^24 + 10^12 has no carry for factors below 10^12 */
        buf_printf(&a, "%d%012d000000000000", (int)x, (int)x);
        buf_printf(&b, "%d%012d.000000000000e12", (int)y, (int)y);
        bool is = schema_number_is_multiple(schema_number(buf_str(&a)), schema_number(buf_str(&b)));
        ck_assert_msg(is == (x % y == 0), "%s / %s", buf_cstr(&a), buf_cstr(&b));
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("format");
    TCase *tc = tcase_create("format");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_loop_test(tc, test_format, 0, sizeof rows / sizeof *rows);
    tcase_add_loop_test(tc, test_every_byte, 0, 13);
    tcase_add_loop_test(tc, test_match, 0, sizeof matches / sizeof *matches);
    tcase_add_test(tc, test_pattern_depth);
    tcase_add_test(tc, test_numbers_against_integers);
    tcase_add_test(tc, test_long_division);
    suite_add_tcase(suite, tc);
    return unit_run(suite);
}
