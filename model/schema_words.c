/* The keywords in the order in which they are checked: what is cheap and tells most comes first,
 * what needs the marks of others last. One table; one function for each shape of value. */
#include "model/schema_int.h"

#include <stdlib.h>

/* A keyword that asserts something by itself. */
struct word {
    struct str name;
    bool (*compile)(struct compiler *c, const struct word *w, struct json value);
    op_check *check;
    unsigned vocabulary, kinds;
    enum schema_keyword keyword;
};

/* A keyword that holds or names schemas: see schema_groups.c. */
struct group_word {
    struct str name;
    compile_word *compile;
    unsigned vocabulary;
    enum { IN_BOTH, IN_2019, IN_2020 } drafts;
};

static bool add_count(struct compiler *c, const struct word *w, struct json value)
{
    struct number n = {0};
    bool is_number = json_is_integer(value);
    if (is_number) {
        n = schema_number(json_number_text(value));
    }
    if (!is_number || schema_number_cmp(n, schema_number(STR("0"))) < 0) {
        return json_err(c->err, value, "%.*s must be an integer of at least 0", STR_ARG(w->name));
    }
    int64_t count;
    struct schema_op *op = compiler_add(c, w->check, w->kinds, w->keyword, w->name);
    op->count = json_i64(value, &count) ? (size_t)count : SIZE_MAX;
    return true;
}

static bool add_limit(struct compiler *c, const struct word *w, struct json value)
{
    if (json_kind(value) != JSON_NUMBER) {
        return json_err(c->err, value, "%.*s must be a number", STR_ARG(w->name));
    }
    struct number *limit = ARENA_NEW(c->set->arena, struct number);
    *limit = schema_number(json_number_text(value));
    if (w->keyword == SCHEMA_MULTIPLE_OF &&
        schema_number_cmp(*limit, schema_number(STR("0"))) <= 0) {
        return json_err(c->err, value, "multipleOf must be above 0");
    }
    compiler_add(c, w->check, w->kinds, w->keyword, w->name)->limit = limit;
    return true;
}

/* The bits of a type name; 0 if it is none. */
static unsigned type_bits(struct json name)
{
    static const struct {
        struct str name;
        unsigned bits;
    } types[] = {
        {STR_INIT("null"), 1U << JSON_NULL},     {STR_INIT("boolean"), 1U << JSON_BOOL},
        {STR_INIT("number"), 1U << JSON_NUMBER}, {STR_INIT("integer"), KIND_INTEGER},
        {STR_INIT("string"), 1U << JSON_STRING}, {STR_INIT("array"), 1U << JSON_ARRAY},
        {STR_INIT("object"), 1U << JSON_OBJECT},
    };
    struct str text = json_str_or(name, STR(""));
    for (size_t i = 0; text.len > 0 && i < sizeof types / sizeof *types; i++) {
        if (str_eq(types[i].name, text)) {
            return types[i].bits;
        }
    }
    return 0;
}

static bool compile_type(struct compiler *c, const struct word *w, struct json value)
{
    unsigned types = type_bits(value);
    if (json_kind(value) == JSON_ARRAY && json_count(value) > 0) {
        for (struct json v = json_first(value); json_exists(v); v = json_next(v)) {
            unsigned bits = type_bits(v);
            types = bits != 0 ? types | bits : 0;
            if (bits == 0) {
                break;
            }
        }
    }
    if (types == 0) {
        return json_err(c->err, value,
                        "type must be null, boolean, number, integer, string, array or object, or "
                        "a list of them");
    }
    compiler_add(c, w->check, w->kinds, w->keyword, w->name)->types = types;
    return true;
}

static struct op_choice choice(struct json v, bool is_hashed)
{
    return (struct op_choice){.value = v,
                              .text = json_str_or(v, STR("")),
                              .hash = is_hashed ? json_hash(v) : 0,
                              .kind = json_kind(v)};
}

static int by_hash(const void *a, const void *b)
{
    const struct op_choice *x = a, *y = b;
    return (x->hash > y->hash) - (x->hash < y->hash);
}

static bool compile_enum(struct compiler *c, const struct word *w, struct json value)
{
    if (json_kind(value) != JSON_ARRAY) {
        return json_err(c->err, value, "enum must be a list");
    }
    size_t n = json_count(value), i = 0;
    bool is_long = n > SCHEMA_ENUM_LINEAR_MAX;
    struct op_choice *choices = ARENA_ARRAY(c->set->arena, n + 1, struct op_choice);
    for (struct json v = json_first(value); json_exists(v); v = json_next(v)) {
        choices[i++] = choice(v, is_long);
    }
    if (is_long) {
        qsort(choices, n, sizeof *choices, by_hash);
    }
    compiler_add(c, w->check, w->kinds, w->keyword, w->name)->list = (struct op_list){choices, n};
    return true;
}

static bool compile_const(struct compiler *c, const struct word *w, struct json value)
{
    struct op_choice *only = ARENA_NEW(c->set->arena, struct op_choice);
    *only = choice(value, false);
    compiler_add(c, w->check, w->kinds, w->keyword, w->name)->list = (struct op_list){only, 1};
    return true;
}

static bool compile_pattern(struct compiler *c, const struct word *w, struct json value)
{
    const struct pattern *pattern;
    if (json_kind(value) != JSON_STRING) {
        return json_err(c->err, value, "pattern must be a text");
    }
    if (!compiler_pattern(&pattern, c, json_str(value), value)) {
        return false;
    }
    compiler_add(c, w->check, w->kinds, w->keyword, w->name)->pattern = pattern;
    return true;
}

static bool compile_format(struct compiler *c, const struct word *w, struct json value)
{
    if (json_kind(value) != JSON_STRING) {
        return json_err(c->err, value, "format must be a text");
    }
    schema_format *format = schema_format_find(json_str(value));
    if (format != NULL) {
        compiler_add(c, w->check, w->kinds, w->keyword, w->name)->format = format;
    }
    return true;
}

static bool compile_unique(struct compiler *c, const struct word *w, struct json value)
{
    if (json_kind(value) != JSON_BOOL) {
        return json_err(c->err, value, "uniqueItems must be true or false");
    }
    if (json_is_true(value)) {
        compiler_add(c, w->check, w->kinds, w->keyword, w->name);
    }
    return true;
}

enum {
    NUMBERS = 1 << JSON_NUMBER,
    STRINGS = 1 << JSON_STRING,
    ARRAYS = 1 << JSON_ARRAY,
    OBJECTS = 1 << JSON_OBJECT,
};

static const struct word words[] = {
    {STR_INIT("type"), compile_type, check_type, VOCABULARY_VALIDATION, KIND_ANY, SCHEMA_TYPE},
    {STR_INIT("const"), compile_const, check_choice, VOCABULARY_VALIDATION, KIND_ANY, SCHEMA_CONST},
    {STR_INIT("enum"), compile_enum, check_choice, VOCABULARY_VALIDATION, KIND_ANY, SCHEMA_ENUM},
    {STR_INIT("multipleOf"), add_limit, check_multiple, VOCABULARY_VALIDATION, NUMBERS,
     SCHEMA_MULTIPLE_OF},
    {STR_INIT("maximum"), add_limit, check_bound, VOCABULARY_VALIDATION, NUMBERS, SCHEMA_MAXIMUM},
    {STR_INIT("exclusiveMaximum"), add_limit, check_bound, VOCABULARY_VALIDATION, NUMBERS,
     SCHEMA_EXCLUSIVE_MAXIMUM},
    {STR_INIT("minimum"), add_limit, check_bound, VOCABULARY_VALIDATION, NUMBERS, SCHEMA_MINIMUM},
    {STR_INIT("exclusiveMinimum"), add_limit, check_bound, VOCABULARY_VALIDATION, NUMBERS,
     SCHEMA_EXCLUSIVE_MINIMUM},
    {STR_INIT("maxLength"), add_count, check_max_length, VOCABULARY_VALIDATION, STRINGS,
     SCHEMA_MAX_LENGTH},
    {STR_INIT("minLength"), add_count, check_min_length, VOCABULARY_VALIDATION, STRINGS,
     SCHEMA_MIN_LENGTH},
    {STR_INIT("format"), compile_format, check_format, VOCABULARY_FORMAT, STRINGS, SCHEMA_FORMAT},
    {STR_INIT("pattern"), compile_pattern, check_pattern, VOCABULARY_VALIDATION, STRINGS,
     SCHEMA_PATTERN},
    {STR_INIT("maxItems"), add_count, check_max_count, VOCABULARY_VALIDATION, ARRAYS,
     SCHEMA_MAX_ITEMS},
    {STR_INIT("minItems"), add_count, check_min_count, VOCABULARY_VALIDATION, ARRAYS,
     SCHEMA_MIN_ITEMS},
    {STR_INIT("uniqueItems"), compile_unique, check_unique, VOCABULARY_VALIDATION, ARRAYS,
     SCHEMA_UNIQUE_ITEMS},
    {STR_INIT("maxProperties"), add_count, check_max_count, VOCABULARY_VALIDATION, OBJECTS,
     SCHEMA_MAX_PROPERTIES},
    {STR_INIT("minProperties"), add_count, check_min_count, VOCABULARY_VALIDATION, OBJECTS,
     SCHEMA_MIN_PROPERTIES},
};

static const struct group_word group_words[] = {
    {STR_INIT("dependentRequired"), compile_dependent_required, VOCABULARY_VALIDATION, IN_BOTH},
    {STR_INIT("$ref"), compile_ref, VOCABULARY_CORE, IN_BOTH},
    {STR_INIT("$dynamicRef"), compile_dynamic_ref, VOCABULARY_CORE, IN_2020},
    {STR_INIT("$recursiveRef"), compile_recursive_ref, VOCABULARY_CORE, IN_2019},
    {STR_INIT("allOf"), compile_all_of, VOCABULARY_APPLICATOR, IN_BOTH},
    {STR_INIT("not"), compile_not, VOCABULARY_APPLICATOR, IN_BOTH},
    {STR_INIT("if"), compile_if, VOCABULARY_APPLICATOR, IN_BOTH},
    {STR_INIT("anyOf"), compile_any_of, VOCABULARY_APPLICATOR, IN_BOTH},
    {STR_INIT("oneOf"), compile_one_of, VOCABULARY_APPLICATOR, IN_BOTH},
    {STR_INIT("dependentSchemas"), compile_dependent_schemas, VOCABULARY_APPLICATOR, IN_BOTH},
    {STR_INIT("dependencies"), compile_dependencies, VOCABULARY_APPLICATOR, IN_BOTH},
    {STR_INIT("contains"), compile_contains, VOCABULARY_APPLICATOR, IN_BOTH},
};

static bool compile_groups(struct compiler *c, struct json schema)
{
    for (size_t i = 0; i < sizeof group_words / sizeof *group_words; i++) {
        const struct group_word *w = &group_words[i];
        bool is_known = (w->vocabulary & c->dialect.vocabularies) != 0 &&
                        (w->drafts == IN_BOTH || (w->drafts == IN_2019) == c->dialect.is_2019);
        struct json value = is_known ? json_get(schema, w->name) : (struct json){0};
        if (json_exists(value) && !w->compile(c, schema, value)) {
            return false;
        }
    }
    return true;
}

bool schema_compile_words(struct compiler *c, struct json schema)
{
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        const struct word *w = &words[i];
        bool is_known = (w->vocabulary & c->dialect.vocabularies) != 0;
        struct json value = is_known ? json_get(schema, w->name) : (struct json){0};
        if (json_exists(value) && !w->compile(c, w, value)) {
            return false;
        }
    }
    size_t n_leaf = c->n_ops;
    bool is_good = compile_groups(c, schema) && compile_items(c, schema) &&
                   compile_members(c, schema) && compile_unevaluated(c, schema);
    c->node->is_leaf = c->n_ops == n_leaf;
    return is_good;
}
