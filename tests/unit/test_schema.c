/* Each keyword, with an instance that passes and one that does not; what schemas are refused and
 * with what words; references, dialects, limits. The public suite runs by tests/conformance. */
#include "tests/unit/schema_unit.h"

#include <string.h>

/* `bad` NULL: nothing is refused; `good` NULL: nothing passes. */
static const struct row {
    const char *schema, *good, *bad;
} rows[] = {
    {"true", "1", NULL},
    {"false", NULL, "1"},
    {"{}", "null", NULL},
    {"{\"type\":\"integer\"}", "1.0", "1.5"},
    {"{\"type\":\"integer\"}", "1e400", "1e-400"},
    {"{\"type\":\"integer\"}", "123456789012345678901234567890", "\"1\""},
    {"{\"type\":[\"null\",\"array\"]}", "[]", "{}"},
    {"{\"type\":\"boolean\"}", "false", "0"},
    {"{\"const\":{\"a\":[1]}}", "{\"a\":[1.0]}", "{\"a\":[true]}"},
    {"{\"const\":\"a\\u0000b\"}", "\"a\\u0000b\"", "\"a\""},
    {"{\"enum\":[1,\"a\",null]}", "null", "false"},
    {"{\"enum\":[\"a\",\"b\",\"c\",\"d\",\"e\",\"f\",\"g\",\"h\",\"i\",\"j\",\"k\",\"l\",\"m\","
     "\"n\",\"o\",\"p\",\"q\",17]}",
     "1.7e1", "\"r\""},
    {"{\"propertyNames\":{\"enum\":[\"a\",\"b\",\"c\",\"d\",\"e\",\"f\",\"g\",\"h\",\"i\",\"j\","
     "\"k\",\"l\",\"m\",\"n\",\"o\",\"p\",\"q\"]}}",
     "{\"q\":1}", "{\"z\":\"q\"}"},
    {"{\"multipleOf\":0.0001}", "0.0075", "0.00751"},
    {"{\"multipleOf\":0.123456789}", "0.246913578", "1e308"},
    {"{\"multipleOf\":0.5}", "1e308", "0.75"},
    {"{\"multipleOf\":123456789012345678901}", "246913578024691357802e10", "123456789012345678902"},
    {"{\"multipleOf\":3e500}", "9e500", "3e499"},
    {"{\"maximum\":9007199254740992}", "9007199254740992", "9007199254740993"},
    {"{\"maximum\":18446744073709551616}", "-1e999", "18446744073709551616.000000001"},
    {"{\"exclusiveMaximum\":0.1}", "0.09999999999999999999", "0.1000"},
    {"{\"minimum\":-2}", "-2.0", "-2.0000000000000000001"},
    {"{\"exclusiveMinimum\":1e-400}", "1.1e-400", "0"},
    {"{\"maxLength\":2}", "\"\\u00e9\\ud83d\\ude00\"", "\"abc\""},
    {"{\"maxLength\":2.0}", "[1,2,3]", "\"\\ud83d\\ude00bc\""},
    {"{\"minLength\":2}", "\"ab\"", "\"\\ud83d\\ude00\""},
    {"{\"maxLength\":100000000000000000000}", "\"a\"", NULL},
    {"{\"pattern\":\"a+\"}", "\"xaax\"", "\"b\""},
    {"{\"pattern\":\"^\\\\p{Letter}+$\"}", "\"\\u00e9a\"", "\"a\\n\""},
    {"{\"format\":\"uuid\"}", "5", "\"x\""},
    {"{\"format\":\"nobody-knows\"}", "\"x\"", NULL},
    {"{\"maxItems\":1}", "[1]", "[1,2]"},
    {"{\"minItems\":1}", "{}", "[]"},
    {"{\"uniqueItems\":true}", "[1,true,\"1\",[1],{\"a\":1}]", "[1,2,1.0]"},
    {"{\"uniqueItems\":true}", "[1,2,3,4,5,6,7,8,9,10]", "[1,2,3,4,5,6,7,8,9,1e0]"},
    {"{\"uniqueItems\":false}", "[1,1]", NULL},
    {"{\"maxProperties\":1}", "{\"a\":1}", "{\"a\":1,\"b\":1}"},
    {"{\"minProperties\":1}", "[]", "{}"},
    {"{\"required\":[\"a\",\"b\"]}", "{\"b\":1,\"a\":1}", "{\"a\":1}"},
    {"{\"required\":[\"\"]}", "{\"\":1}", "{\"a\":1}"},
    {"{\"dependentRequired\":{\"a\":[\"b\"]}}", "{\"c\":1}", "{\"a\":1}"},
    {"{\"dependentSchemas\":{\"a\":{\"minProperties\":2}}}", "{\"b\":1}", "{\"a\":1}"},
    {"{\"dependencies\":{\"a\":[\"b\"],\"c\":false}}", "{\"a\":1,\"b\":1}", "{\"c\":1}"},
    {"{\"properties\":{\"a\":{\"type\":\"null\"},\"long_member_name_of_many_bytes\":false}}",
     "{\"a\":null,\"b\":1}", "{\"long_member_name_of_many_bytes\":1}"},
    {"{\"patternProperties\":{\"^a\":true,\"b$\":{\"type\":\"null\"}}}", "{\"ab\":null}",
     "{\"ab\":1}"},
    {"{\"properties\":{\"a\":true},\"patternProperties\":{\"^x\":true},"
     "\"additionalProperties\":{\"type\":\"null\"}}",
     "{\"a\":1,\"x1\":1,\"z\":null}", "{\"a\":1,\"x1\":1,\"z\":1}"},
    {"{\"propertyNames\":{\"pattern\":\"^[a-z]$\"}}", "{\"a\":1}", "{\"ab\":1}"},
    {"{\"propertyNames\":{\"const\":\"a\"}}", "{\"a\":1}", "{\"b\":\"a\"}"},
    {"{\"propertyNames\":{\"type\":\"string\",\"not\":{\"maxLength\":0}}}", "{\"a\":1}",
     "{\"\":1}"},
    {"{\"prefixItems\":[{\"type\":\"null\"}],\"items\":{\"type\":\"string\"}}", "[null,\"a\"]",
     "[null,null]"},
    {"{\"items\":false}", "[]", "[1]"},
    {"{\"contains\":{\"type\":\"null\"}}", "[1,null]", "[1]"},
    {"{\"contains\":{\"type\":\"null\"},\"minContains\":2,\"maxContains\":3}", "[null,null]",
     "[null,null,null,null]"},
    {"{\"contains\":false,\"minContains\":0}", "[]", NULL},
    {"{\"minContains\":5}", "[]", NULL},
    {"{\"allOf\":[{\"minimum\":1},{\"maximum\":2}]}", "2", "3"},
    {"{\"anyOf\":[{\"minimum\":5},{\"maximum\":2}]}", "1", "3"},
    {"{\"oneOf\":[{\"minimum\":2},{\"maximum\":5}]}", "1", "3"},
    {"{\"not\":{\"type\":\"null\"}}", "1", "null"},
    {"{\"if\":{\"minimum\":5},\"then\":{\"maximum\":7},\"else\":{\"const\":1}}", "6", "8"},
    {"{\"if\":{\"minimum\":5},\"then\":{\"maximum\":7},\"else\":{\"const\":1}}", "1", "2"},
    {"{\"then\":false,\"else\":false}", "1", NULL},
    {"{\"$ref\":\"#/$defs/a~1b%25\",\"$defs\":{\"a/b%\":{\"type\":\"null\"}}}", "null", "1"},
    {"{\"$ref\":\"#x\",\"maximum\":9,\"$defs\":{\"y\":{\"$anchor\":\"x\",\"minimum\":3}}}", "4",
     "10"},
    {"{\"properties\":{\"next\":{\"$ref\":\"#\"}},\"additionalProperties\":false}",
     "{\"next\":{\"next\":{}}}", "{\"next\":{\"nxt\":{}}}"},
    {"{\"$id\":\"http://h/a/b\",\"$ref\":\"../c\",\"$defs\":{\"c\":{\"$id\":\"/c\","
     "\"type\":\"null\"}}}",
     "null", "1"},
    {"{\"$id\":\"urn:x:y\",\"$ref\":\"urn:x:y#/$defs/n\",\"$defs\":{\"n\":{\"type\":\"null\"}}}",
     "null", "1"},
    {"{\"enum\":[{\"$ref\":\"#/nowhere\"}]}", "{\"$ref\":\"#/nowhere\"}", "1"},
    {"{\"x-other\":{\"type\":\"null\"},\"$ref\":\"#/x-other\"}", "null", "1"},
    /* the tree that knows no members but its own, whichever way it is entered */
    {"{\"$id\":\"http://h/strict\",\"$dynamicAnchor\":\"node\",\"$ref\":\"tree\","
     "\"unevaluatedProperties\":false,\"$defs\":{\"tree\":{\"$id\":\"tree\","
     "\"$dynamicAnchor\":\"node\",\"type\":\"object\",\"properties\":{\"data\":true,"
     "\"children\":{\"items\":{\"$dynamicRef\":\"#node\"}}}}}}",
     "{\"children\":[{\"data\":1}]}", "{\"children\":[{\"daat\":1}]}"},
    {"{\"$dynamicRef\":\"#x\",\"$defs\":{\"x\":{\"$anchor\":\"x\",\"type\":\"null\"}}}", "null",
     "1"},
    {"{\"$schema\":\"https://json-schema.org/draft/2019-09/"
     "schema\",\"items\":[{\"type\":\"null\"}],"
     "\"additionalItems\":{\"type\":\"string\"},\"prefixItems\":[false]}",
     "[null,\"a\"]", "[null,1]"},
    {"{\"$schema\":\"https://json-schema.org/draft/2019-09/schema\",\"$id\":\"http://h/r\","
     "\"$recursiveAnchor\":true,\"type\":[\"object\",\"null\"],"
     "\"additionalProperties\":{\"$recursiveRef\":\"#\"}}",
     "{\"a\":{\"b\":null}}", "{\"a\":{\"b\":1}}"},
    {"{\"$ref\":\"https://json-schema.org/draft/2020-12/schema\"}", "{\"minLength\":1}",
     "{\"properties\":{\"a\":{\"minLength\":-1}}}"},
    {"{\"$ref\":\"https://json-schema.org/draft/2020-12/schema\"}", "{\"$defs\":{\"a\":true}}",
     "{\"$defs\":{\"a\":{\"$id\":\"#foo\"}}}"},
};

START_TEST(test_keyword)
{
    const struct row *row = &rows[_i];
    const struct schema *schema = make_schema(row->schema);
    ck_assert_msg(row->good == NULL || is_valid(schema, row->good), "%s refuses %s", row->schema,
                  row->good);
    ck_assert_msg(row->bad == NULL || !is_valid(schema, row->bad), "%s accepts %s", row->schema,
                  row->bad);
}
END_TEST

/* What was evaluated: seen through every keyword that passes annotations on. */
static const struct row unevaluated[] = {
    {"{\"properties\":{\"a\":true},\"unevaluatedProperties\":false}", "{\"a\":1}", "{\"b\":1}"},
    {"{\"allOf\":[{\"properties\":{\"a\":true}}],\"unevaluatedProperties\":false}", "{\"a\":1}",
     "{\"a\":1,\"b\":1}"},
    {"{\"anyOf\":[{\"properties\":{\"a\":{\"type\":\"null\"}},\"required\":[\"a\"]},"
     "{\"properties\":{\"b\":true}}],\"unevaluatedProperties\":false}",
     "{\"a\":null,\"b\":1}", "{\"a\":1,\"b\":1}"},
    {"{\"oneOf\":[{\"properties\":{\"a\":true},\"required\":[\"a\"]},{\"properties\":{\"b\":true},"
     "\"required\":[\"b\"]}],\"unevaluatedProperties\":false}",
     "{\"a\":1}", "{\"a\":1,\"c\":1}"},
    {"{\"not\":{\"not\":{\"properties\":{\"a\":true}}},\"unevaluatedProperties\":false}", "{}",
     "{\"a\":1}"},
    {"{\"not\":{\"anyOf\":[true,{\"properties\":{\"a\":true}}],\"unevaluatedProperties\":false}}",
     "{\"b\":1}", "{\"a\":1}"},
    {"{\"if\":{\"properties\":{\"a\":{\"const\":1}},\"required\":[\"a\"]},\"then\":{\"properties\":"
     "{\"b\":true}},\"else\":{\"properties\":{\"c\":true}},\"unevaluatedProperties\":false}",
     "{\"a\":1,\"b\":1}", "{\"a\":1,\"c\":1}"},
    {"{\"if\":{\"patternProperties\":{\"^a\":true}},\"unevaluatedProperties\":false}", "{\"ab\":1}",
     "{\"b\":1}"},
    {"{\"dependentSchemas\":{\"a\":{\"properties\":{\"a\":true,\"b\":true}}},"
     "\"unevaluatedProperties\":false}",
     "{\"a\":1,\"b\":1}", "{\"b\":1}"},
    {"{\"$ref\":\"#/$defs/x\",\"unevaluatedProperties\":false,\"$defs\":{\"x\":{\"properties\":"
     "{\"a\":true}}}}",
     "{\"a\":1}", "{\"b\":1}"},
    {"{\"allOf\":[{\"additionalProperties\":{\"type\":\"null\"}}],\"unevaluatedProperties\":false}",
     "{\"a\":null}", "{\"a\":1}"},
    {"{\"allOf\":[{\"unevaluatedProperties\":true}],\"unevaluatedProperties\":false}", "{\"a\":1}",
     NULL},
    {"{\"allOf\":[{\"properties\":{\"a\":true}},{\"unevaluatedProperties\":false}]}", "{}",
     "{\"a\":1}"},
    {"{\"properties\":{\"a\":{\"properties\":{\"b\":true}}},\"unevaluatedProperties\":false}",
     "{\"a\":{\"b\":1,\"c\":1}}", "{\"b\":1}"},
    {"{\"unevaluatedProperties\":{\"type\":\"null\"}}", "{\"a\":null}", "{\"a\":1}"},
    {"{\"propertyNames\":{\"maxLength\":9},\"unevaluatedProperties\":false}", "{}", "{\"a\":1}"},
    {"{\"prefixItems\":[true],\"unevaluatedItems\":false}", "[1]", "[1,2]"},
    {"{\"allOf\":[{\"prefixItems\":[true]},{\"prefixItems\":[true,true]}],"
     "\"unevaluatedItems\":false}",
     "[1,2]", "[1,2,3]"},
    {"{\"allOf\":[{\"items\":true}],\"unevaluatedItems\":false}", "[1,2]", NULL},
    {"{\"contains\":{\"type\":\"null\"},\"unevaluatedItems\":{\"type\":\"string\"}}",
     "[\"a\",null,\"b\"]", "[null,1]"},
    {"{\"contains\":{\"type\":\"null\"},\"minContains\":0,\"unevaluatedItems\":false}",
     "[null,null]", "[null,1]"},
    {"{\"if\":{\"contains\":{\"const\":\"a\"}},\"then\":{\"if\":{\"contains\":{\"const\":\"b\"}},"
     "\"then\":{\"items\":true}},\"unevaluatedItems\":false}",
     "[\"a\",\"b\",\"c\"]", "[\"a\",\"c\"]"},
    {"{\"$id\":\"http://h/d\",\"$ref\":\"b\",\"$defs\":{\"x\":{\"$dynamicAnchor\":\"more\","
     "\"properties\":{\"b\":true}},\"base\":{\"$id\":\"b\",\"properties\":{\"a\":true},"
     "\"$dynamicRef\":\"#more\",\"unevaluatedProperties\":false,\"$defs\":{\"y\":{"
     "\"$dynamicAnchor\":\"more\"}}}}}",
     "{\"a\":1,\"b\":1}", "{\"c\":1}"},
};

START_TEST(test_unevaluated)
{
    const struct row *row = &unevaluated[_i];
    const struct schema *schema = make_schema(row->schema);
    ck_assert_msg(row->good == NULL || is_valid(schema, row->good), "%s refuses %s", row->schema,
                  row->good);
    ck_assert_msg(row->bad == NULL || !is_valid(schema, row->bad), "%s accepts %s", row->schema,
                  row->bad);
}
END_TEST

/* More children than one word of marks has bits, and a stack of marks that has to move. */
START_TEST(test_unevaluated_many)
{
    const struct schema *schema =
        make_schema("{\"allOf\":[{\"anyOf\":[{\"patternProperties\":{\"^a\":true}},"
                    "{\"patternProperties\":{\"^b\":true}}]}],\"unevaluatedProperties\":false}");
    struct buf b;
    buf_init(&b, &arena);
    buf_put_char(&b, '{');
    for (unsigned i = 0; i < 3000; i++) {
        buf_printf(&b, "\"%c%u\":%u,", i % 2 ? 'a' : 'b', i, i);
    }
    buf_put(&b, STR("\"a\":0}"));
    ck_assert(is_valid(schema, buf_cstr(&b)));
    b.len -= 5; /* the last name becomes c */
    buf_put(&b, STR("c\":0}"));
    ck_assert(!is_valid(schema, buf_cstr(&b)));
}
END_TEST

START_TEST(test_required_many)
{
    struct buf b, c;
    buf_init(&b, &arena);
    buf_init(&c, &arena);
    buf_put(&b, STR("{\"required\":[\"m0\""));
    buf_put(&c, STR("{\"m0\":1"));
    for (unsigned i = 1; i < 130; i++) {
        buf_printf(&b, ",\"m%u\"", i);
        buf_printf(&c, ",\"m%u\":1", i);
    }
    buf_put(&b, STR("]}"));
    buf_put_char(&c, '}');
    const struct schema *schema = make_schema(buf_cstr(&b));
    ck_assert(is_valid(schema, buf_cstr(&c)));
    c.len -= 4; /* m129 becomes m129x */
    buf_put(&c, STR("x\":1}"));
    ck_assert(!is_valid(schema, buf_cstr(&c)));
}
END_TEST

/* --- what is no schema --- */

static const struct refusal {
    const char *schema, *message;
} refusals[] = {
    {"1", "a schema must be an object, true or false"},
    {"{\"type\":\"str\"}", "type must be null, boolean"},
    {"{\"type\":[\"null\",1]}", "type must be null, boolean"},
    {"{\"type\":[]}", "type must be null, boolean"},
    {"{\"minLength\":-1}", "minLength must be an integer of at least 0"},
    {"{\"minItems\":1.5}", "minItems must be an integer of at least 0"},
    {"{\"maximum\":\"1\"}", "maximum must be a number"},
    {"{\"multipleOf\":0}", "multipleOf must be above 0"},
    {"{\"multipleOf\":-1e-9}", "multipleOf must be above 0"},
    {"{\"enum\":1}", "enum must be a list"},
    {"{\"pattern\":1}", "pattern must be a text"},
    {"{\"pattern\":\"(a\"}", "bad pattern \"(a\": a '(' without ')' (at character 3)"},
    {"{\"patternProperties\":{\"[b\":true}}", "bad pattern \"[b\": a '[' without ']'"},
    {"{\"pattern\":\"(?<=a+)b\"}", "bad pattern \"(?<=a+)b\": lookbehind"},
    {"{\"format\":1}", "format must be a text"},
    {"{\"uniqueItems\":1}", "uniqueItems must be true or false"},
    {"{\"required\":\"a\"}", "required must be a list of texts"},
    {"{\"required\":[1]}", "required must be a list of texts"},
    {"{\"properties\":[]}", "properties must be an object of schemas"},
    {"{\"properties\":{\"a\":1}}", "a schema must be an object"},
    {"{\"items\":[true]}", "a schema must be an object"},
    {"{\"allOf\":{}}", "allOf must be a list of schemas"},
    {"{\"minContains\":-1,\"contains\":true}", "minContains must be an integer"},
    {"{\"dependentRequired\":[]}", "dependentRequired must be an object"},
    {"{\"$ref\":1}", "a reference must be a text"},
    {"{\"$ref\":\"#/$defs/a\"}",
     "the reference \"#/$defs/a\" leads nowhere: nothing at '/$defs/a'"},
    {"{\"$ref\":\"#a\"}", "the reference \"#a\" leads nowhere: no anchor \"a\""},
    {"{\"$ref\":\"http://h/x\"}", "leads nowhere: no schema \"http://h/x\""},
    {"{\"$ref\":\"#/x\",\"x\":1}", "a schema must be an object"},
    {"{\"$id\":1}", "$id must be a text"},
    {"{\"$id\":\"http://h/#x\"}", "$id may have no fragment"},
    {"{\"$defs\":{\"a\":{\"$id\":\"x:y\"},\"b\":{\"$id\":\"x:y\"}}}", "two schemas have the $id"},
    {"{\"$anchor\":\"1a\"}", "$anchor must be a name"},
    {"{\"$defs\":{\"a\":{\"$anchor\":\"x\"},\"b\":{\"$dynamicAnchor\":\"x\"}}}",
     "the anchor \"x\" is there twice"},
    {"{\"$schema\":\"http://json-schema.org/draft-07/schema#\"}", "is not known: expected"},
    {"{\"$schema\":1}", "$schema must be a text"},
};

START_TEST(test_refused)
{
    const struct refusal *row = &refusals[_i];
    ck_assert_msg(try_schema("", row->schema) == NULL, "%s", row->schema);
    ck_assert_msg(strstr(err.msg, row->message) != NULL, "%s: %s", row->schema, err.msg);
    ck_assert_msg(err.line == 1 && strcmp(err.file, "test.json") == 0, "%s: no place", row->schema);
}
END_TEST

/* A schema that could not be compiled is refused again, not taken as empty; nor is what refers to
 * it. Once the missing document is there, it compiles. */
START_TEST(test_refused_again)
{
    const struct schema *schema = NULL;
    ck_assert(try_schema("x:a", "{\"properties\":{\"p\":{\"$ref\":\"x:b\"}}}") == NULL);
    ck_assert(!schema_compile(&schema, set, STR("x:a"), &err));
    ck_assert(try_schema("x:c", "{\"$ref\":\"x:a\"}") == NULL);
    ck_assert(schema_set_add(set, STR("x:b"), parse("{\"type\":\"null\"}"), &err));
    ck_assert(schema_compile(&schema, set, STR("x:c"), &err));
    ck_assert(is_valid(schema, "{\"p\":null}"));
    ck_assert(!is_valid(schema, "{\"p\":1}"));
}
END_TEST

/* --- documents --- */

START_TEST(test_parts_of_a_document)
{
    const struct schema *schema = NULL;
    struct json api = parse("{\"openapi\":\"3.1.0\",\"components\":{\"schemas\":{"
                            "\"Code\":{\"properties\":{\"queue\":{\"$ref\":"
                            "\"#/components/schemas/Ref\"}}},"
                            "\"Ref\":{\"type\":\"object\",\"required\":[\"id\"]}}}}");
    ck_assert(schema_set_add(set, STR("profiles/x.json"), api, &err));
    ck_assert_msg(
        schema_compile(&schema, set, STR("profiles/x.json#/components/schemas/Code"), &err), "%s",
        err.msg);
    ck_assert(is_valid(schema, "{\"queue\":{\"id\":1}}"));
    ck_assert(!is_valid(schema, "{\"queue\":{}}"));
    ck_assert(!schema_compile(&schema, set, STR("profiles/x.json#/components/schemas/No"), &err));
    ck_assert(!schema_compile(&schema, set, STR("profiles/y.json"), &err));
    ck_assert(!schema_set_add(set, STR("profiles/x.json"), api, &err));
}
END_TEST

START_TEST(test_vocabulary)
{
    static const char meta[] =
        "{\"$vocabulary\":{\"https://json-schema.org/draft/2020-12/vocab/core\":true,"
        "\"https://json-schema.org/draft/2020-12/vocab/applicator\":true,\"x:optional\":false}}";
    static const char strict[] = "{\"$vocabulary\":{\"x:needed\":true}}";
    ck_assert(schema_set_add(set, STR("x:meta"), parse(meta), &err));
    ck_assert(schema_set_add(set, STR("x:strict"), parse(strict), &err));
    const struct schema *schema =
        try_schema("x:a", "{\"$schema\":\"x:meta\",\"properties\":{\"a\":{\"minimum\":5},"
                          "\"b\":false},\"required\":[\"c\"]}");
    ck_assert_msg(schema != NULL, "%s", err.msg);
    ck_assert(is_valid(schema, "{\"a\":1}"));
    ck_assert(!is_valid(schema, "{\"b\":1}"));
    ck_assert(try_schema("x:b", "{\"$schema\":\"x:strict\"}") == NULL);
    ck_assert(strstr(err.msg, "the vocabulary \"x:needed\" is required") != NULL);
}
END_TEST

START_TEST(test_format_is_annotation)
{
    schema_set_free(set);
    set = schema_set_new(&arena, false);
    ck_assert(is_valid(make_schema("{\"format\":\"uuid\"}"), "\"x\""));
    const struct schema *schema = NULL;
    static const char meta[] =
        "{\"$vocabulary\":{\"https://json-schema.org/draft/2020-12/vocab/core\":true,"
        "\"https://json-schema.org/draft/2020-12/vocab/format-assertion\":false}}";
    ck_assert(schema_set_add(set, STR("x:meta"), parse(meta), &err));
    schema = try_schema("x:a", "{\"$schema\":\"x:meta\",\"format\":\"uuid\"}");
    ck_assert(schema != NULL && !is_valid(schema, "\"x\""));
}
END_TEST

/* --- limits --- */

static const struct limit {
    const char *schema, *instance;
    enum schema_keyword keyword;
} limits[] = {
    {"{\"$ref\":\"#\"}", "1", SCHEMA_DEPTH},
    {"{\"not\":{\"$ref\":\"#\"}}", "1", SCHEMA_DEPTH},
    {"{\"anyOf\":[{\"$ref\":\"#\"},{\"$ref\":\"#\"},true]}", "1", SCHEMA_DEPTH},
    {"{\"if\":{\"$ref\":\"#\"},\"else\":true}", "1", SCHEMA_DEPTH},
    {"{\"$dynamicAnchor\":\"a\",\"$dynamicRef\":\"#a\"}", "1", SCHEMA_DEPTH},
    {"{\"pattern\":\"^(a+)+$\"}", "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!\"",
     SCHEMA_MATCH_LIMIT},
    {"{\"not\":{\"pattern\":\"^(a+)+$\"}}", "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!\"",
     SCHEMA_MATCH_LIMIT},
    {"{\"patternProperties\":{\"^(a+)+$\":true}}",
     "{\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!\":1}", SCHEMA_MATCH_LIMIT},
};

static bool keep_last(const struct schema_issue *issue, void *ctx)
{
    *(enum schema_keyword *)ctx = issue->keyword;
    return true;
}

START_TEST(test_limit)
{
    const struct limit *row = &limits[_i];
    const struct schema *schema = make_schema(row->schema);
    enum schema_keyword keyword = SCHEMA_KEYWORD_COUNT;
    ck_assert(!is_valid(schema, row->instance));
    ck_assert(!schema_check(schema, run, parse(row->instance), keep_last, &keyword));
    ck_assert_int_eq(keyword, row->keyword);
}
END_TEST

/* As deep as a document may be, through the slowest way down, told and untold. */
START_TEST(test_deep_instance)
{
    const struct schema *schema =
        make_schema("{\"$ref\":\"#/$defs/n\",\"$defs\":{\"n\":{\"anyOf\":[{\"type\":\"string\"},"
                    "{\"items\":{\"$ref\":\"#/$defs/n\"},\"type\":\"array\"}]}}}");
    struct buf b;
    buf_init(&b, &arena);
    for (int i = 0; i < JSON_DEPTH_MAX; i++) {
        buf_put_char(&b, '[');
    }
    size_t middle = b.len;
    for (int i = 0; i < JSON_DEPTH_MAX; i++) {
        buf_put_char(&b, ']');
    }
    ck_assert(is_valid(schema, buf_cstr(&b)));
    b.s[middle - 1] = '1';
    b.s[middle] = ' ';
    enum schema_keyword keyword = SCHEMA_KEYWORD_COUNT;
    ck_assert(!schema_check(schema, run, parse(buf_cstr(&b)), keep_last, &keyword));
    ck_assert_int_eq(keyword, SCHEMA_ANY_OF);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("schema");
    TCase *tc = tcase_create("schema");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_loop_test(tc, test_keyword, 0, sizeof rows / sizeof *rows);
    tcase_add_loop_test(tc, test_unevaluated, 0, sizeof unevaluated / sizeof *unevaluated);
    tcase_add_test(tc, test_unevaluated_many);
    tcase_add_test(tc, test_required_many);
    tcase_add_loop_test(tc, test_refused, 0, sizeof refusals / sizeof *refusals);
    tcase_add_test(tc, test_refused_again);
    tcase_add_test(tc, test_parts_of_a_document);
    tcase_add_test(tc, test_vocabulary);
    tcase_add_test(tc, test_format_is_annotation);
    tcase_add_loop_test(tc, test_limit, 0, sizeof limits / sizeof *limits);
    tcase_add_test(tc, test_deep_instance);
    suite_add_tcase(suite, tc);
    return unit_run(suite);
}
