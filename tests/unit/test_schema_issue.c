/* What a refusal tells: each row is a schema, an instance and all that is reported, one line each:
 * keyword, place of the instance, then what is particular. */
#include "tests/unit/schema_unit.h"

static const char *const keyword_names[SCHEMA_KEYWORD_COUNT] = {
    [SCHEMA_FALSE] = "false",
    [SCHEMA_TYPE] = "type",
    [SCHEMA_ENUM] = "enum",
    [SCHEMA_CONST] = "const",
    [SCHEMA_MULTIPLE_OF] = "multipleOf",
    [SCHEMA_MAXIMUM] = "maximum",
    [SCHEMA_EXCLUSIVE_MAXIMUM] = "exclusiveMaximum",
    [SCHEMA_MINIMUM] = "minimum",
    [SCHEMA_EXCLUSIVE_MINIMUM] = "exclusiveMinimum",
    [SCHEMA_MAX_LENGTH] = "maxLength",
    [SCHEMA_MIN_LENGTH] = "minLength",
    [SCHEMA_PATTERN] = "pattern",
    [SCHEMA_FORMAT] = "format",
    [SCHEMA_MAX_ITEMS] = "maxItems",
    [SCHEMA_MIN_ITEMS] = "minItems",
    [SCHEMA_UNIQUE_ITEMS] = "uniqueItems",
    [SCHEMA_CONTAINS] = "contains",
    [SCHEMA_ADDITIONAL_ITEMS] = "additionalItems",
    [SCHEMA_MAX_PROPERTIES] = "maxProperties",
    [SCHEMA_MIN_PROPERTIES] = "minProperties",
    [SCHEMA_REQUIRED] = "required",
    [SCHEMA_DEPENDENT_REQUIRED] = "dependentRequired",
    [SCHEMA_PROPERTY_NAMES] = "propertyNames",
    [SCHEMA_ADDITIONAL_PROPERTIES] = "additionalProperties",
    [SCHEMA_ANY_OF] = "anyOf",
    [SCHEMA_ONE_OF] = "oneOf",
    [SCHEMA_NOT] = "not",
    [SCHEMA_MATCH_LIMIT] = "match limit",
    [SCHEMA_DEPTH] = "depth",
};

/* "keyword /place name=… member=… rule=… other=… bad_at=…\n", parts that say nothing left out. */
static bool put_issue(const struct schema_issue *issue, void *ctx)
{
    struct buf *b = ctx;
    buf_printf(b, "%s ", keyword_names[issue->keyword]);
    json_pointer_put(b, issue->instance);
    if (issue->name.len > 0) {
        buf_printf(b, " name=%.*s", STR_ARG(issue->name));
    }
    if (json_exists(issue->member)) {
        buf_printf(b, " member=%.*s", STR_ARG(json_key(issue->member)));
    }
    if (json_exists(issue->rule)) {
        buf_put(b, STR(" rule="));
        json_put(b, issue->rule);
    }
    if (issue->keyword == SCHEMA_UNIQUE_ITEMS) {
        buf_printf(b, " other=%zu", issue->other);
    }
    if (issue->bad_at != SIZE_MAX) {
        buf_printf(b, " bad_at=%zu", issue->bad_at);
    }
    struct json title = json_get(issue->schema, STR("title"));
    if (json_exists(title)) {
        buf_printf(b, " title=%.*s", STR_ARG(json_str(title)));
    }
    buf_put_char(b, '\n');
    return true;
}

#define KIND(k, more) "{\"properties\":{\"kind\":{\"const\":\"" k "\"}" more "}}"

static const struct row {
    const char *schema, *instance, *wanted;
} rows[] = {
    {"false", "1", "false  rule=false\n"},
    {"{\"title\":\"T\",\"type\":\"string\",\"enum\":[\"a\"]}", "5",
     "type  rule=\"string\" title=T\n"},
    {"{\"enum\":[1,2]}", "3", "enum  rule=[1,2]\n"},
    {"{\"const\":1}", "3", "const  rule=1\n"},
    {"{\"maximum\":2,\"multipleOf\":2}", "3", "multipleOf  rule=2\nmaximum  rule=2\n"},
    {"{\"exclusiveMinimum\":2}", "2", "exclusiveMinimum  rule=2\n"},
    {"{\"maxLength\":2,\"format\":\"uuid\"}", "\"abc\"",
     "maxLength  rule=2\nformat  rule=\"uuid\"\n"},
    {"{\"maxItems\":0,\"items\":{\"type\":\"null\"}}", "[null,1]",
     "maxItems  rule=0\ntype /1 rule=\"null\"\n"},
    {"{\"minProperties\":1}", "{}", "minProperties  rule=1\n"},
    {"{\"uniqueItems\":true}", "[0,1,2,1]", "uniqueItems  rule=true other=1\n"},
    {"{\"uniqueItems\":true}", "[0,1,2,3,4,5,6,7,8,9,7]", "uniqueItems  rule=true other=7\n"},
    {"{\"contains\":{\"type\":\"null\"}}", "[1]", "contains  rule={\"type\":\"null\"}\n"},
    {"{\"contains\":true,\"minContains\":2}", "[1]", "contains  rule=2\n"},
    {"{\"contains\":true,\"maxContains\":1}", "[1,2]", "contains  rule=1\n"},
    {"{\"prefixItems\":[true],\"items\":false}", "[1,2,3]",
     "additionalItems /1 rule=false\nadditionalItems /2 rule=false\n"},
    {"{\"prefixItems\":[true],\"unevaluatedItems\":false}", "[1,2]",
     "additionalItems /1 rule=false\n"},
    {"{\"required\":[\"a\",\"b\",\"c\"]}", "{\"b\":1}",
     "required  name=a rule=[\"a\",\"b\",\"c\"]\nrequired  name=c rule=[\"a\",\"b\",\"c\"]\n"},
    {"{\"dependentRequired\":{\"a\":[\"b\"]}}", "{\"a\":1}",
     "dependentRequired  name=b rule={\"a\":[\"b\"]}\n"},
    {"{\"properties\":{\"a\":{\"type\":\"null\"}},\"additionalProperties\":false}",
     "{\"x\":1,\"a\":2,\"y\":3}",
     "additionalProperties /x member=x rule=false\ntype /a rule=\"null\"\n"
     "additionalProperties /y member=y rule=false\n"},
    {"{\"propertyNames\":{\"maxLength\":1}}", "{\"ab\":1}",
     "propertyNames /ab member=ab rule={\"maxLength\":1}\n"},
    {"{\"not\":{\"type\":\"null\"}}", "null", "not  rule={\"type\":\"null\"}\n"},
    {"{\"if\":{\"required\":[\"a\"]},\"then\":{\"required\":[\"b\"]}}", "{\"a\":1}",
     "required  name=b rule=[\"b\"]\n"},
    {"{\"items\":{\"$ref\":\"#/$defs/x\"},\"$defs\":{\"x\":{\"title\":\"X\",\"properties\":{"
     "\"p\":{\"minimum\":1,\"title\":\"P\"}}}}}",
     "[{\"p\":0},{\"p\":1},{\"p\":-1}]",
     "minimum /0/p rule=1 title=P\nminimum /2/p rule=1 title=P\n"},
    /* a faulty part does not make its members unknown */
    {"{\"allOf\":[{\"properties\":{\"a\":{\"type\":\"string\"}}}],"
     "\"unevaluatedProperties\":false}",
     "{\"a\":1,\"z\":2}", "type /a rule=\"string\"\nadditionalProperties /z member=z rule=false\n"},
    {"{\"anyOf\":[{\"properties\":{\"a\":{\"type\":\"string\"}}}],"
     "\"unevaluatedProperties\":false}",
     "{\"a\":1}", "type /a rule=\"string\"\n"},

    /* where a pattern goes wrong: bytes, at the beginning of a character */
    {"{\"pattern\":\"^[a-z]+_[0-9]{3}$\"}", "\"abc-123\"",
     "pattern  rule=\"^[a-z]+_[0-9]{3}$\" bad_at=3\n"},
    {"{\"pattern\":\"^[a-z]+_[0-9]{3}$\"}", "\"abc_12\"",
     "pattern  rule=\"^[a-z]+_[0-9]{3}$\" bad_at=6\n"},
    {"{\"pattern\":\"^[a-z]+_[0-9]{3}$\"}", "\"abc_1234\"",
     "pattern  rule=\"^[a-z]+_[0-9]{3}$\" bad_at=7\n"},
    {"{\"pattern\":\"^[a-z]+$\"}", "\"Abc\"", "pattern  rule=\"^[a-z]+$\" bad_at=0\n"},
    {"{\"pattern\":\"^\\\\p{L}+$\"}", "\"\xC3\xA9\xC3\xA9\xE2\x82\xAC\xC3\xA9\"",
     "pattern  rule=\"^\\\\p{L}+$\" bad_at=4\n"},
    {"{\"pattern\":\"^(?:ab|cd)*$\"}", "\"abcabc\"", "pattern  rule=\"^(?:ab|cd)*$\" bad_at=3\n"},
    {"{\"pattern\":\"^a\"}", "\"\"", "pattern  rule=\"^a\" bad_at=0\n"},
    {"{\"pattern\":\"b\"}", "\"aaa\"", "pattern  rule=\"b\"\n"},

    /* which branch was meant */
    {"{\"oneOf\":[" KIND("a", ",\"x\":{\"type\":\"null\"}") "," KIND(
         "b", ",\"y\":{\"type\":\"null\"},\"z\":{\"type\":\"null\"}") "]}",
     "{\"kind\":\"b\",\"y\":1,\"z\":1}", "type /y rule=\"null\"\ntype /z rule=\"null\"\n"},
    {"{\"oneOf\":[" KIND("a", "") "," KIND("b", "") "]}", "{\"kind\":\"c\"}",
     "oneOf /kind rule=[" KIND("a", "") "," KIND("b", "") "]\n"},
    {"{\"anyOf\":[{\"type\":\"null\"},{\"type\":\"array\",\"items\":{\"type\":\"null\"},"
     "\"maxItems\":1}]}",
     "[1,2]", "maxItems  rule=1\ntype /0 rule=\"null\"\ntype /1 rule=\"null\"\n"},
    {"{\"anyOf\":[{\"type\":\"null\"},{\"type\":\"string\"}]}", "5",
     "anyOf  rule=[{\"type\":\"null\"},{\"type\":\"string\"}]\n"},
    {"{\"anyOf\":[{\"required\":[\"a\"]},{\"required\":[\"b\"]}]}", "{}",
     "anyOf  rule=[{\"required\":[\"a\"]},{\"required\":[\"b\"]}]\n"},
    {"{\"anyOf\":[{\"required\":[\"a\"],\"title\":\"A\"},{\"required\":[\"a\"],\"minLength\":1}]}",
     "{}", "required  name=a rule=[\"a\"] title=A\n"},
    {"{\"anyOf\":[{\"required\":[\"a\",\"b\",\"c\"]},{\"required\":[\"d\"]}]}", "{\"a\":1}",
     "required  name=d rule=[\"d\"]\n"},
    {"{\"oneOf\":[{\"minimum\":1},{\"minimum\":2},{\"minimum\":3}]}", "2",
     "oneOf  rule=[{\"minimum\":1},{\"minimum\":2},{\"minimum\":3}]\n"},
    {"{\"anyOf\":[{\"type\":\"null\"},{\"anyOf\":[{\"type\":\"null\"},{\"type\":\"object\","
     "\"properties\":{\"a\":{\"const\":1}}}]}]}",
     "{\"a\":2}", "const /a rule=1\n"},
    {"{\"anyOf\":[false,false]}", "1", "anyOf  rule=[false,false]\n"},
    {"{\"anyOf\":[]}", "1", "anyOf  rule=[]\n"},
};

START_TEST(test_issue)
{
    const struct row *row = &rows[_i];
    struct buf b;
    buf_init(&b, &arena);
    const struct schema *schema = make_schema(row->schema);
    ck_assert(!schema_check(schema, run, parse(row->instance), put_issue, &b));
    ck_assert_msg(str_eq(buf_str(&b), str_of(row->wanted)), "%s on %s:\n%swanted:\n%s", row->schema,
                  row->instance, buf_cstr(&b), row->wanted);
}
END_TEST

static bool stop_at_two(const struct schema_issue *issue, void *ctx)
{
    (void)issue;
    return ++*(int *)ctx < 2;
}

START_TEST(test_stop)
{
    int n = 0;
    const struct schema *schema = make_schema("{\"items\":{\"type\":\"null\",\"not\":{}}}");
    ck_assert(!schema_check(schema, run, parse("[1,2,3,4]"), stop_at_two, &n));
    ck_assert_int_eq(n, 2);
    ck_assert(schema_check(schema, run, parse("[]"), stop_at_two, &n));
}
END_TEST

/* Nested branches: telling must not multiply the work at each level. */
START_TEST(test_nested_branches)
{
    const struct schema *schema =
        make_schema("{\"$anchor\":\"n\",\"anyOf\":[{\"type\":\"object\",\"properties\":{\"a\":{"
                    "\"$ref\":\"#n\"}}},{\"type\":\"object\",\"properties\":{\"a\":{\"$ref\":"
                    "\"#n\"},\"b\":false}},{\"type\":\"null\"}]}");
    struct buf b, told;
    buf_init(&b, &arena);
    buf_init(&told, &arena);
    enum { DEPTH = 16 };
    for (int i = 0; i < DEPTH; i++) {
        buf_put(&b, STR("{\"a\":"));
    }
    buf_put_char(&b, '1');
    for (int i = 0; i < DEPTH; i++) {
        buf_put_char(&b, '}');
    }
    ck_assert(!schema_check(schema, run, parse(buf_cstr(&b)), put_issue, &told));
    ck_assert(told.len > 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("schema_issue");
    TCase *tc = tcase_create("schema_issue");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_loop_test(tc, test_issue, 0, sizeof rows / sizeof *rows);
    tcase_add_test(tc, test_stop);
    tcase_add_test(tc, test_nested_branches);
    suite_add_tcase(suite, tc);
    return unit_run(suite);
}
