/* The scanner: what it accepts, what it refuses and where, repeated names, limits, speed on wide
 * and deep texts. The rows are this project's own; the public suite is run whole where it lies
 * beside the sources. */
#include "base/base.h"

#include "tests/unit/json_unit.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

enum { SUITE_BYTES_MAX = 1 << 24 };

/* A fresh start within a test. */
static void reset(void)
{
    teardown();
    setup();
}

/* On the heap without a byte after it, so that AddressSanitizer sees a read beyond the end. */
static bool scan(struct str text, const struct json_limits *limits)
{
    char *exact = mem_alloc(text.len > 0 ? text.len : 1, 1);
    memcpy(exact, text.s, text.len);
    struct str copy = {exact, text.len};
    bool is_good = json_scan(&arena, STR("t"), copy, limits, &found, &err);
    const struct json_doc *doc = NULL;
    struct findings again;
    findings_init(&again, &arena);
    bool is_read = json_parse(&doc, &arena, STR("t"), copy, limits, &again, NULL);
    ck_assert_msg(is_read == is_good, "json_parse and json_scan disagree on %.*s", STR_ARG(text));
    ck_assert_uint_eq(again.len, found.len);
    struct err other = {.code = ERR_NONE};
    ck_assert_msg(json_scan(&arena, STR("t"), copy, limits, NULL, &other) == is_good,
                  "verdict depends on findings being wanted: %.*s", STR_ARG(text));
    mem_free(exact);
    return is_good;
}

/* --- accepted --- */

static const struct str good[] = {
    STR_INIT("null"),
    STR_INIT("true"),
    STR_INIT("false"),
    STR_INIT("0"),
    STR_INIT("-0"),
    STR_INIT("-0.0e-0"),
    STR_INIT("1E+2"),
    STR_INIT("1e5"),
    STR_INIT("123456789012345678901234567890123456789012345678901234567890123456789012345678"),
    STR_INIT("\"\""),
    STR_INIT("\"\x7f\""),
    STR_INIT(
        "\"\xc2\x80 \xe0\xa0\x80 \xed\x9f\xbf \xef\xbf\xbf \xf0\x90\x80\x80 \xf4\x8f\xbf\xbf\""),
    STR_INIT("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\uD83D\\uDE00\\uFFFF\""),
    STR_INIT("\"\\u0000\""),
    STR_INIT("[]"),
    STR_INIT("{}"),
    STR_INIT(" \t\r\n[ \t\r\n] \t\r\n"),
    STR_INIT("[[],{},[[]],[{}]]"),
    STR_INIT("{\"\":0}"),
    STR_INIT("{\"a\":1,\"A\":2}"),
    STR_INIT("{\"a\":{\"a\":{\"a\":1}},\"b\":[{\"a\":1},{\"a\":2}]}"),
    STR_INIT("{\"a\":1,\"a\\u0000\":2,\"a\\u0000b\":3}"),
    STR_INIT("[\n        1,\n        2\n]\n        "),
    STR_INIT("{\"seven77\":1,\"eight888\":2,\"nine99999\":3,\"sixteen161616161\":4}"),
};

START_TEST(test_good)
{
    ck_assert_msg(scan(good[_i], NULL), "refused: %.*s: %s", STR_ARG(good[_i]), err.msg);
    ck_assert_uint_eq(err.code, ERR_NONE);
}
END_TEST

/* Every text that is cut anywhere is refused, unless what is left is a number or nothing is lost.
 */
START_TEST(test_good_cut)
{
    struct str text = good[_i];
    char c = str_trim(text).s[0];
    if (c == '-' || (c >= '0' && c <= '9')) {
        return;
    }
    for (size_t n = 0; n < str_trim(text).len + (size_t)(str_trim(text).s - text.s); n++) {
        reset();
        ck_assert_msg(!scan(str_slice(text, 0, n), NULL), "accepted: %.*s", (int)n, text.s);
        ck_assert_uint_gt(found.errors, 0);
    }
}
END_TEST

/* --- refused --- */

static const struct row {
    struct str text;
    const char *rule;
    uint32_t line, column;
    const char *pointer;
    const char *message; /* the error, whole */
} bad[] = {
    {STR_INIT(""), "J014", 1, 1, "", "text is empty, expected a JSON value"},
    {STR_INIT(" \n "), "J014", 1, 1, "", "text is empty, expected a JSON value"},
    {STR_INIT("\xEF\xBB\xBF{}"), "J009", 1, 1, "",
     "text begins with a byte order mark, expected text without a byte order mark: save the file "
     "as UTF-8 without a byte order mark"},
    {STR_INIT("[1,]"), "J002", 1, 4, "/1",
     "found ']', expected a value: remove the comma before it"},
    {STR_INIT("{\"a\":1,}"), "J002", 1, 8, "",
     "found '}', expected the name of a member: remove the comma before it"},
    {STR_INIT("{\"a\":1 \"b\":2}"), "J002", 1, 8, "/a",
     "found '\"', expected ',' or '}': a comma may be missing before it"},
    {STR_INIT("{a:1}"), "J002", 1, 2, "",
     "found 'a', expected a name or '}': put the name in double quotes"},
    {STR_INIT("{'a':1}"), "J002", 1, 2, "",
     "found ''', expected a name or '}': put text in double quotes"},
    {STR_INIT("{\"a\" 1}"), "J002", 1, 6, "/a", "found '1', expected ':' after the name"},
    {STR_INIT("{\"a\":}"), "J002", 1, 6, "/a", "found '}', expected a value"},
    {STR_INIT("{\"x\":[1,{\"y\":[true,tru]}]}"), "J002", 1, 20, "/x/1/y/1",
     "found 'tru', expected a value"},
    {STR_INIT("[1 2]"), "J002", 1, 4, "/0", "found '2', expected ',' or ']'"},
    {STR_INIT("[1}"), "J002", 1, 3, "/0", "found '}', expected ',' or ']'"},
    {STR_INIT("{\"a\":1]"), "J002", 1, 7, "/a", "found ']', expected ',' or '}'"},
    {STR_INIT("[\n  1,\n  NaN]"), "J002", 3, 3, "/1",
     "found 'NaN', expected a value: JSON has no NaN: write null or a number"},
    {STR_INIT("[True]"), "J002", 1, 2, "/0", "found 'True', expected a value: write true"},
    {STR_INIT("[1, // two\n2]"), "J002", 1, 5, "/1",
     "found '/', expected a value: JSON has no comments: remove it"},
    {STR_INIT("[\"é\", 'x']"), "J002", 1, 7, "/1",
     "found ''', expected a value: put text in double quotes"},
    {STR_INIT("[\xC2\xA0 1]"), "J002", 1, 2, "/0",
     "found '\xC2\xA0', expected a value: replace the no-break space by a plain one"},
    {STR_INIT("[\f1]"), "J002", 1, 2, "/0", "found control character 0x0C, expected a value"},
    {STR_INIT("007"), "J002", 1, 1, "",
     "number has a leading zero, expected a number as in -12.5e3: remove the zero, or put the "
     "digits in quotes if it is a code"},
    {STR_INIT("[1.]"), "J002", 1, 2, "/0",
     "number lacks a digit after '.': found ']', expected a number as in -12.5e3"},
    {STR_INIT("1e+"), "J002", 1, 1, "",
     "number lacks a digit after '+': found end of text, expected a number as in -12.5e3"},
    {STR_INIT("-"), "J002", 1, 1, "",
     "minus sign is followed by end of text, expected a number as in -12.5e3"},
    {STR_INIT("- 1"), "J002", 1, 1, "",
     "minus sign is followed by a blank, expected a number as in -12.5e3"},
    {STR_INIT("+1"), "J002", 1, 1, "",
     "found '+', expected a value: a number has no plus sign: remove it"},
    {STR_INIT(".5"), "J002", 1, 1, "",
     "found '.', expected a value: write a digit before the dot, as in 0.5"},
    {STR_INIT("[\"a\tb\"]"), "J002", 1, 4, "/0",
     "control character 0x09 in a string: write it as an escape: \\t, \\u001F, …"},
    {STR_INIT("[\"a\nb\"]"), "J002", 1, 4, "/0",
     "line ends within a string: close the quote, or write \\n for a line break"},
    {STR_INIT("[\"a\0b\"]"), "J002", 1, 4, "/0",
     "control character 0x00 in a string: write it as an escape: \\t, \\u001F, …"},
    {STR_INIT("\"abc"), "J002", 1, 5, "",
     "text ends in the string that begins at line 1 column 1, expected a closing quote"},
    {STR_INIT("\"\\x41\""), "J002", 1, 2, "",
     "backslash is followed by 'x', expected one of \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\u: write "
     "\\\\ for a backslash"},
    {STR_INIT("\"\\u12g4\""), "J002", 1, 2, "",
     "found 'g' within a \\u escape, expected four hexadecimal digits after \\u"},
    {STR_INIT("\"\\"), "J002", 1, 2, "", "text ends within an escape"},
    {STR_INIT("{\"a\":{\n\"b\":["), "J002", 2, 6, "/a/b/0",
     "text ends in the array that begins at line 2 column 5, expected a value"},
    {STR_INIT("\"\\uD83D\""), "J004", 1, 2, "",
     "\\uD83D is half of a surrogate pair, expected a pair as in \\uD83D\\uDE00: the text was cut "
     "within a character: write it whole or remove it"},
    {STR_INIT("{\"k\":\"\\uDE00\\uD83D\"}"), "J004", 1, 7, "/k",
     "\\uDE00 is half of a surrogate pair, expected a pair as in \\uD83D\\uDE00: the text was cut "
     "within a character: write it whole or remove it"},
    {STR_INIT("\"\\uD83D\\u0041\""), "J004", 1, 2, "",
     "\\uD83D is half of a surrogate pair, expected a pair as in \\uD83D\\uDE00: the text was cut "
     "within a character: write it whole or remove it"},
    {STR_INIT("[\"caf\xE9\"]"), "J001", 1, 6, "/0",
     "byte 0xE9 is not UTF-8 here, expected UTF-8 (RFC 3629): save the file as UTF-8; it may be "
     "Latin-1 or cut within a character"},
    {STR_INIT("\"\xC0\xAF\""), "J001", 1, 2, "", NULL},
    {STR_INIT("\"\xED\xA0\x80\""), "J001", 1, 2, "", NULL},
    {STR_INIT("\"\xF4\x90\x80\x80\""), "J001", 1, 2, "", NULL},
    {STR_INIT("\"\xE0\x9F\xBF\""), "J001", 1, 2, "", NULL},
    {STR_INIT("\"\xF0\x8F\xBF\xBF\""), "J001", 1, 2, "", NULL},
    {STR_INIT("\"\xE2\x82\""), "J001", 1, 2, "", NULL},
    {STR_INIT("\"\x80\""), "J001", 1, 2, "", NULL},
    {STR_INIT("[\xFF]"), "J001", 1, 2, "/0", NULL},
    {STR_INIT("\xFF\xFE[\0]\0"), "J001", 1, 1, "",
     "text looks like UTF-16, expected UTF-8 (RFC 3629): save the file as UTF-8"},
    {STR_INIT("\0[\0]"), "J001", 1, 1, "",
     "text looks like UTF-16, expected UTF-8 (RFC 3629): save the file as UTF-8"},
    {STR_INIT("{}{}"), "J010", 1, 3, "",
     "'{' follows the value, expected the end of the text: a text holds one value: remove what "
     "follows it, or put both into an array"},
    {STR_INIT("1 # one"), "J010", 1, 3, "",
     "'#' follows the value, expected the end of the text: JSON has no comments: remove it"},
    {STR_INIT("[]\n\0"), "J010", 2, 1, "", NULL},
};

START_TEST(test_bad)
{
    const struct row *row = &bad[_i];
    ck_assert_msg(!scan(row->text, NULL), "accepted: %.*s", STR_ARG(row->text));
    ck_assert_uint_eq(found.len, 1);
    ck_assert_uint_eq(found.errors, 1);
    const struct finding *f = &found.at[0];
    ck_assert_msg(str_eq(f->rule, str_of(row->rule)) && f->line == row->line &&
                      f->column == row->column && str_eq(f->pointer, str_of(row->pointer)),
                  "%.*s: %.*s at %u:%u %.*s", STR_ARG(row->text), STR_ARG(f->rule), f->line,
                  f->column, STR_ARG(f->pointer));
    ck_assert_uint_eq(err.code, ERR_INPUT);
    ck_assert_uint_eq(err.line, row->line);
    ck_assert_uint_eq(err.column, row->column);
    ck_assert_str_eq(err.file, "t");
    if (row->message != NULL) {
        ck_assert_str_eq(err.msg, row->message);
    }
}
END_TEST

/* --- repeated names --- */

static const struct duplicate {
    struct str text;
    const char *pointer;
    uint32_t column, related_column;
} duplicates[] = {
    {STR_INIT("{\"a\":1,\"a\":2}"), "/a", 8, 2},
    {STR_INIT("{\"a\":1,\"\\u0061\":2}"), "/a", 8, 2},
    {STR_INIT("{\"\\u00e9\":1,\"é\":2}"), "/é", 13, 2},
    {STR_INIT("{\"\":1,\"\":2}"), "/", 7, 2},
    {STR_INIT("{\"x\\u0000\":1,\"x\\u0000\":2}"), NULL, 14, 2},
    {STR_INIT("[{\"o\":{\"a/b~\":[],\"c\":0,\"a\\/b~\":1}}]"), "/0/o/a~1b~0", 24, 8},
};

START_TEST(test_duplicate)
{
    const struct duplicate *row = &duplicates[_i];
    ck_assert(!scan(row->text, NULL));
    ck_assert_uint_gt(found.len, 0);
    const struct finding *f = &found.at[found.len - 1]; /* a name with a NUL is told before */
    ck_assert(str_eq(f->rule, STR("J003")));
    ck_assert_uint_eq(f->severity, SEVERITY_ERROR);
    ck_assert_uint_eq(f->column, row->column);
    ck_assert_uint_eq(f->related_column, row->related_column);
    ck_assert_uint_eq(f->related_line, 1);
    ck_assert(f->related_message.len > 0);
    if (row->pointer != NULL) {
        ck_assert_msg(str_eq(f->pointer, str_of(row->pointer)), "%.*s", STR_ARG(f->pointer));
    }
    reset();
    struct json_limits allow = {.allow_duplicate_keys = true};
    ck_assert(scan(row->text, &allow));
    ck_assert(str_eq(found.at[found.len - 1].rule, STR("J003"))); /* told to who wants findings */
}
END_TEST

START_TEST(test_duplicate_all_told)
{
    struct str text = STR("{\"a\":1,\n\"a\":2,\"b\":{\"c\":1,\"c\":2},\n\"a\":3}");
    ck_assert(!scan(text, NULL));
    ck_assert_uint_eq(found.len, 3);
    ck_assert(str_eq(found.at[1].pointer, STR("/b/c")));
    ck_assert_uint_eq(found.at[2].line, 3);
    ck_assert_uint_eq(found.at[2].related_line, 1); /* the first, not the second */
    ck_assert_str_eq(err.msg, "member \"a\" stands twice in one object, first at line 1 column 2, "
                              "expected each name once in an object: remove or rename one of the "
                              "two members");
    ck_assert_uint_eq(err.line, 2);
}
END_TEST

/* The error tells of the repeated name, and the syntax error behind it is found too. */
START_TEST(test_duplicate_then_syntax)
{
    ck_assert(!scan(STR("{\"a\":1,\"a\":2,]"), NULL));
    ck_assert_uint_eq(found.len, 2);
    ck_assert(str_eq(found.at[1].rule, STR("J002")));
    ck_assert_uint_eq(err.column, 8);
}
END_TEST

/* Against a twin that compares each name with each other, for widths around the change of method.
 */
START_TEST(test_duplicate_twin)
{
    struct rng r;
    rng_init(&r, (uint64_t)_i + 1);
    size_t n = rng_below(&r, 80) + 1, n_repeated = 0;
    unsigned names[80];
    struct buf b;
    buf_init(&b, &arena);
    for (size_t i = 0; i < n; i++) {
        names[i] = (unsigned)rng_below(&r, n * 8);
        bool is_known = false;
        for (size_t k = 0; k < i; k++) {
            is_known |= names[k] == names[i];
        }
        n_repeated += is_known;
        buf_printf(&b, "%c\"%s%u\":{\"x\":%u}", i > 0 ? ',' : '{', names[i] % 3 ? "" : "name_of_",
                   names[i], (unsigned)i);
    }
    buf_put_char(&b, '}');
    ck_assert_msg(scan(buf_str(&b), NULL) == (n_repeated == 0), "seed %d", _i + 1);
    ck_assert_uint_eq(found.len, n_repeated);
}
END_TEST

/* --- limits --- */

static struct str nested(size_t depth, const char *open, const char *close)
{
    struct buf b;
    buf_init(&b, &arena);
    for (size_t i = 0; i < depth; i++) {
        buf_put(&b, str_of(open));
    }
    buf_put(&b, STR("1"));
    for (size_t i = 0; i < depth; i++) {
        buf_put(&b, str_of(close));
    }
    return buf_str(&b);
}

START_TEST(test_depth)
{
    ck_assert(scan(nested(JSON_DEPTH_MAX, "[", "]"), NULL));
    ck_assert(scan(nested(JSON_DEPTH_MAX, "{\"a\":", "}"), NULL));
    ck_assert(!scan(nested(JSON_DEPTH_MAX + 1, "[", "]"), NULL));
    ck_assert(str_eq(found.at[0].rule, STR("J005")));
    ck_assert_uint_eq(found.at[0].column, JSON_DEPTH_MAX + 1);
    ck_assert_uint_eq(err.code, ERR_LIMIT);
    ck_assert_str_eq(err.msg, "nested deeper than 500 levels, expected fewer levels");
    reset();
    ck_assert(!scan(nested(1000000, "[", "]"), NULL));
    reset();
    struct json_limits three = {.max_depth = 3};
    ck_assert(scan(nested(3, "[", "]"), &three));
    ck_assert(!scan(nested(4, "[", "]"), &three));
    reset();
    struct json_limits beyond = {.max_depth = 100000};
    ck_assert(!scan(nested(JSON_DEPTH_MAX + 1, "[", "]"), &beyond));
}
END_TEST

START_TEST(test_size)
{
    struct json_limits ten = {.max_bytes = 10};
    ck_assert(scan(STR("[1,2,3,45]"), &ten));
    ck_assert(!scan(STR("[1,2,3,456]"), &ten));
    ck_assert_uint_eq(err.code, ERR_LIMIT);
    ck_assert_str_eq(err.msg, "text of 11 bytes is over the limit of 10");
}
END_TEST

START_TEST(test_mark)
{
    struct json_limits mark = {.allow_bom = true};
    ck_assert(scan(STR("\xEF\xBB\xBF[1]"), &mark));
    ck_assert_uint_eq(found.len, 1);
    ck_assert_uint_eq(found.at[0].severity, SEVERITY_NOTE);
    ck_assert_uint_eq(found.errors, 0);
    reset();
    ck_assert(!scan(STR("\xEF\xBB\xBF"), &mark));
    reset();
    ck_assert(!scan(STR("\xEF\xBB\xBF\xEF\xBB\xBF[1]"), &mark));
    reset();
    ck_assert(!scan(STR("\xEF\xBB\xBF[x]"), &mark));
    ck_assert_uint_eq(err.column, 2); /* the mark has no column */
}
END_TEST

/* --- findings about good text --- */

static const struct note {
    struct str text;
    const char *rule;
    enum severity severity;
    uint32_t column;
} notes[] = {
    {STR_INIT("[9007199254740992]"), NULL, 0, 0},
    {STR_INIT("[-9007199254740992]"), NULL, 0, 0},
    {STR_INIT("[9007199254740993]"), "J006", SEVERITY_WARNING, 2},
    {STR_INIT("[-9007199254740993]"), "J006", SEVERITY_WARNING, 2},
    {STR_INIT("[12345678901234567]"), "J006", SEVERITY_WARNING, 2},
    {STR_INIT("[1234567890123456]"), NULL, 0, 0},
    {STR_INIT("[1234567890.1234567890]"), NULL, 0, 0},
    {STR_INIT("[1e308]"), NULL, 0, 0},
    {STR_INIT("[1.7976931348623157e308]"), NULL, 0, 0},
    {STR_INIT("[1.7976931348623159e308]"), "J007", SEVERITY_ERROR, 2},
    {STR_INIT("[-1e400]"), "J007", SEVERITY_ERROR, 2},
    {STR_INIT("[1e-400]"), NULL, 0, 0},
    {STR_INIT("[0e999]"), NULL, 0, 0},
    {STR_INIT("[1e99999999999999999999]"), "J007", SEVERITY_ERROR, 2},
    {STR_INIT("[\"a\\u0000\"]"), "J008", SEVERITY_ERROR, 2},
    {STR_INIT("{\"a\\u0000\":1}"), "J008", SEVERITY_ERROR, 2},
    {STR_INIT("[\"a\\\\u0000\"]"), NULL, 0, 0},
};

START_TEST(test_note)
{
    const struct note *row = &notes[_i];
    ck_assert_msg(scan(row->text, NULL), "%s", err.msg);
    ck_assert_uint_eq(found.len, row->rule != NULL);
    if (row->rule != NULL) {
        ck_assert_msg(str_eq(found.at[0].rule, str_of(row->rule)), "%.*s",
                      STR_ARG(found.at[0].rule));
        ck_assert_uint_eq(found.at[0].severity, row->severity);
        ck_assert_uint_eq(found.at[0].column, row->column);
    }
}
END_TEST

/* --- cost --- */

/* 100,000 names in one object, alike at both ends, so that the cheap hash sees one name. A method
 * that compares each with each needs minutes, and meets the time-out for hangs. */
START_TEST(test_wide_is_linear)
{
    struct buf b;
    buf_init(&b, &arena);
    for (unsigned i = 0; i < 100000; i++) {
        buf_printf(&b, "%c\"aaaaaaaa%06ubbbbbbbb\":0", i > 0 ? ',' : '{', i);
    }
    buf_put_char(&b, '}');
    ck_assert(json_scan(&arena, STR("t"), buf_str(&b), NULL, &found, &err));
}
END_TEST

/* More repeated names than a list keeps: all are counted, and still in linear time. */
START_TEST(test_many_duplicates)
{
    struct buf b;
    buf_init(&b, &arena);
    for (unsigned i = 0; i < 100000; i++) {
        buf_printf(&b, "%c\"a\":0", i > 0 ? ',' : '{');
    }
    buf_put_char(&b, '}');
    ck_assert(!json_scan(&arena, STR("t"), buf_str(&b), NULL, &found, &err));
    ck_assert_uint_eq(found.len, FINDINGS_MAX);
    ck_assert_uint_eq(found.errors, 99999);
    ck_assert_uint_eq(found.dropped, 99999 - FINDINGS_MAX);
}
END_TEST

/* --- the public suite, where it lies beside the sources --- */

START_TEST(test_suite_folder)
{
    DIR *dir = opendir("../shared/conformance/json-parsing");
    if (dir == NULL) {
        return;
    }
    size_t n = 0;
    struct json_limits allow = {.allow_duplicate_keys = true};
    for (struct dirent *e = readdir(dir); e != NULL; e = readdir(dir)) {
        if (e->d_name[0] == '.' || e->d_name[1] != '_') {
            continue;
        }
        reset();
        struct buf path;
        buf_init(&path, &arena);
        buf_printf(&path, "../shared/conformance/json-parsing/%s", e->d_name);
        struct str text;
        ck_assert(file_read(&text, &arena, buf_cstr(&path), SUITE_BYTES_MAX, &err));
        bool is_good = scan(text, &allow);
        ck_assert_msg(e->d_name[0] == 'i' || is_good == (e->d_name[0] == 'y'), "%s", e->d_name);
        n++;
    }
    closedir(dir);
    ck_assert_uint_gt(n, 200);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("json_scan");
    TCase *tc = tcase_create("json_scan");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_set_timeout(tc, 60);
    tcase_add_loop_test(tc, test_good, 0, sizeof good / sizeof good[0]);
    tcase_add_loop_test(tc, test_good_cut, 0, sizeof good / sizeof good[0]);
    tcase_add_loop_test(tc, test_bad, 0, sizeof bad / sizeof bad[0]);
    tcase_add_loop_test(tc, test_duplicate, 0, sizeof duplicates / sizeof duplicates[0]);
    tcase_add_test(tc, test_duplicate_all_told);
    tcase_add_test(tc, test_duplicate_then_syntax);
    tcase_add_loop_test(tc, test_duplicate_twin, 0, 60);
    tcase_add_test(tc, test_depth);
    tcase_add_test(tc, test_size);
    tcase_add_test(tc, test_mark);
    tcase_add_loop_test(tc, test_note, 0, sizeof notes / sizeof notes[0]);
    tcase_add_test(tc, test_wide_is_linear);
    tcase_add_test(tc, test_many_duplicates);
    tcase_add_test(tc, test_suite_folder);
    suite_add_tcase(suite, tc);
    return unit_run(suite);
}
