/* Values: integers by their literal, equality and hash, the two writers. */
#include "base/base.h"

#include "tests/unit/json_unit.h"

#include <string.h>

static struct str put(struct json v)
{
    struct buf b;
    buf_init(&b, &arena);
    json_put(&b, v);
    return buf_str(&b);
}

/* --- items --- */

/* The walk by items sees what the walk by cursors sees. */
START_TEST(test_items)
{
    struct json parents[] = {
        parse_c("{\"a\":null,\"b\\u0000c\":\"x\\u0000y\",\"\":[1,{\"d\":\"\\u00e9\"},\"e\"],"
                "\"f\":true,\"g\":false,\"h\":-1.5}"),
        parse_c("[\"a\",[],{},\"b\",0]"),
        parse_c("[]"),
        parse_c("{}"),
        parse_c("\"text\""),
        (struct json){0},
    };
    for (size_t i = 0; i < sizeof parents / sizeof *parents; i++) {
        struct json_item item;
        bool is_there = json_item_first(&item, parents[i]);
        for (struct json v = json_first(parents[i]); json_exists(v); v = json_next(v)) {
            ck_assert(is_there && item.v.at == v.at && item.v.node == v.node);
            ck_assert_int_eq(item.kind, json_kind(v));
            ck_assert(str_eq(item.key, json_key(v)));
            struct str text =
                json_kind(v) == JSON_NUMBER ? json_number_text(v) : json_str_or(v, STR(""));
            ck_assert(str_eq(item.text, text));
            is_there = json_item_next(&item);
        }
        ck_assert(!is_there);
    }
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

int main(void)
{
    Suite *suite = suite_create("json_value");
    TCase *tc = tcase_create("json_value");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, test_items);
    tcase_add_loop_test(tc, test_integer, 0, sizeof integers / sizeof integers[0]);
    tcase_add_loop_test(tc, test_equal, 0, sizeof pairs / sizeof pairs[0]);
    tcase_add_loop_test(tc, test_forms, 0, sizeof forms / sizeof forms[0]);
    tcase_add_test(tc, test_pretty_deep);
    suite_add_tcase(suite, tc);
    return unit_run(suite);
}
