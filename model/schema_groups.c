/* What the keywords that hold or name schemas compile to. A subschema becomes a node of its own
 * that is compiled later; references lead to the node of their target, so recursion is a loop in
 * the graph and compiling never recurses. */
#include "model/schema_int.h"

#include <string.h>

enum {
    ARRAYS = 1 << JSON_ARRAY,
    OBJECTS = 1 << JSON_OBJECT,
};

/* --- references --- */

static struct schema_op *add_schema(struct compiler *c, struct str name,
                                    const struct schema *schema)
{
    struct schema_op *op = compiler_add(c, check_schema, KIND_ANY, SCHEMA_FALSE, name);
    op->schema = schema;
    return op;
}

bool compile_ref(struct compiler *c, struct json schema, struct json value)
{
    (void)schema;
    const struct schema *to;
    struct target target;
    if (!compiler_reference(&to, c, value, &target)) {
        return false;
    }
    add_schema(c, STR("$ref"), to);
    return true;
}

/* The name is one that nodes entered later must know how to find. */
static bool add_dynamic(struct compiler *c, struct str word, struct str name,
                        const struct schema *otherwise)
{
    struct op_dynamic *dynamic = ARENA_NEW(c->set->arena, struct op_dynamic);
    *dynamic = (struct op_dynamic){.name = name, .otherwise = otherwise};
    compiler_add(c, check_dynamic_ref, KIND_ANY, SCHEMA_FALSE, word)->dynamic = dynamic;
    map_put(&c->set->wanted, name, dynamic);
    return true;
}

bool compile_dynamic_ref(struct compiler *c, struct json schema, struct json value)
{
    (void)schema;
    const struct schema *to;
    struct target target;
    if (!compiler_reference(&to, c, value, &target)) {
        return false;
    }
    if (!target.is_dynamic) { /* then it is an ordinary reference (core 8.2.3.2) */
        add_schema(c, STR("$dynamicRef"), to);
        return true;
    }
    return add_dynamic(c, STR("$dynamicRef"), target.anchor, to);
}

bool compile_recursive_ref(struct compiler *c, struct json schema, struct json value)
{
    (void)schema;
    const struct schema *to;
    struct target target;
    if (!compiler_reference(&to, c, value, &target)) {
        return false;
    }
    if (!json_is_true(json_get(target.at, STR("$recursiveAnchor")))) {
        add_schema(c, STR("$recursiveRef"), to);
        return true;
    }
    return add_dynamic(c, STR("$recursiveRef"), STR(""), to);
}

/* --- lists of schemas --- */

static bool nodes_of(struct op_branches *out, struct compiler *c, struct json list, struct str word)
{
    if (json_kind(list) != JSON_ARRAY) {
        return json_err(c->err, list, "%.*s must be a list of schemas", STR_ARG(word));
    }
    size_t n = 0;
    const struct schema **nodes =
        ARENA_ARRAY(c->set->arena, json_count(list) + 1, const struct schema *);
    for (struct json v = json_first(list); json_exists(v); v = json_next(v)) {
        if (!compiler_node(&nodes[n++], c, v)) {
            return false;
        }
    }
    *out = (struct op_branches){nodes, n};
    return true;
}

bool compile_all_of(struct compiler *c, struct json schema, struct json value)
{
    (void)schema;
    struct op_branches all;
    if (!nodes_of(&all, c, value, STR("allOf"))) {
        return false;
    }
    for (size_t i = 0; i < all.n; i++) {
        add_schema(c, STR("allOf"), all.at[i]);
    }
    return true;
}

static bool add_branches(struct compiler *c, enum schema_keyword keyword, struct str word,
                         struct json value)
{
    struct op_branches branches;
    if (!nodes_of(&branches, c, value, word)) {
        return false;
    }
    compiler_add(c, check_branches, KIND_ANY, keyword, word)->branches = branches;
    return true;
}

bool compile_any_of(struct compiler *c, struct json schema, struct json value)
{
    (void)schema;
    return add_branches(c, SCHEMA_ANY_OF, STR("anyOf"), value);
}

bool compile_one_of(struct compiler *c, struct json schema, struct json value)
{
    (void)schema;
    return add_branches(c, SCHEMA_ONE_OF, STR("oneOf"), value);
}

bool compile_not(struct compiler *c, struct json schema, struct json value)
{
    (void)schema;
    const struct schema *inner;
    if (!compiler_node(&inner, c, value)) {
        return false;
    }
    compiler_add(c, check_not, KIND_ANY, SCHEMA_NOT, STR("not"))->schema = inner;
    return true;
}

/* The node of the subschema `word`; NULL if there is none. */
static bool optional_node(const struct schema **out, struct compiler *c, struct json schema,
                          struct str word)
{
    struct json value = json_get(schema, word);
    *out = NULL;
    return !json_exists(value) || compiler_node(out, c, value);
}

bool compile_if(struct compiler *c, struct json schema, struct json value)
{
    struct op_if *condition = ARENA_NEW(c->set->arena, struct op_if);
    if (!compiler_node(&condition->when, c, value) ||
        !optional_node(&condition->then, c, schema, STR("then")) ||
        !optional_node(&condition->otherwise, c, schema, STR("else"))) {
        return false;
    }
    compiler_add(c, check_if, KIND_ANY, SCHEMA_FALSE, STR("if"))->condition = condition;
    return true;
}

/* --- dependencies --- */

static bool names_of(const struct str **out, size_t *out_n, struct compiler *c, struct json list,
                     struct str word)
{
    struct str *names = ARENA_ARRAY(c->set->arena, json_count(list) + 1, struct str);
    size_t n = 0;
    bool is_good = json_kind(list) == JSON_ARRAY;
    for (struct json v = json_first(list); is_good && json_exists(v); v = json_next(v)) {
        is_good = json_kind(v) == JSON_STRING;
        names[n++] = json_str_or(v, STR(""));
    }
    *out = names;
    *out_n = n;
    return is_good || json_err(c->err, list, "%.*s must be a list of texts", STR_ARG(word));
}

/* Those of the members of `value` that are lists of names, or those that are schemas. */
static bool add_dependencies(struct compiler *c, struct str word, struct json value, bool are_names)
{
    if (json_kind(value) != JSON_OBJECT) {
        return json_err(c->err, value, "%.*s must be an object", STR_ARG(word));
    }
    struct op_dependency *all =
        ARENA_ARRAY(c->set->arena, json_count(value) + 1, struct op_dependency);
    size_t n = 0;
    bool is_legacy = str_eq(word, STR("dependencies"));
    for (struct json m = json_first(value); json_exists(m); m = json_next(m)) {
        if (is_legacy && (json_kind(m) == JSON_ARRAY) != are_names) {
            continue;
        }
        struct op_dependency *d = &all[n++];
        d->name = json_key(m);
        if (are_names ? !names_of(&d->required, &d->n_required, c, m, word)
                      : !compiler_node(&d->schema, c, m)) {
            return false;
        }
    }
    struct schema_op *op =
        compiler_add(c, are_names ? check_dependent_required : check_dependent_schemas, OBJECTS,
                     are_names ? SCHEMA_DEPENDENT_REQUIRED : SCHEMA_FALSE, word);
    op->dependencies = (struct op_dependencies){all, n};
    return true;
}

bool compile_dependent_required(struct compiler *c, struct json schema, struct json value)
{
    (void)schema;
    return add_dependencies(c, STR("dependentRequired"), value, true);
}

bool compile_dependent_schemas(struct compiler *c, struct json schema, struct json value)
{
    (void)schema;
    return add_dependencies(c, STR("dependentSchemas"), value, false);
}

/* The keyword of draft 7 that both took the place of; still in common use. */
bool compile_dependencies(struct compiler *c, struct json schema, struct json value)
{
    (void)schema;
    return add_dependencies(c, STR("dependencies"), value, true) &&
           add_dependencies(c, STR("dependencies"), value, false);
}

/* --- items --- */

static bool read_count(size_t *out, struct compiler *c, struct json schema, struct str word,
                       size_t otherwise)
{
    struct json value = json_get(schema, word);
    int64_t count = 0;
    *out = otherwise;
    if (!json_exists(value) || (c->dialect.vocabularies & VOCABULARY_VALIDATION) == 0) {
        return true;
    }
    bool fits = json_i64(value, &count);
    if (!json_is_integer(value) || (fits && count < 0) || json_number_text(value).s[0] == '-') {
        return json_err(c->err, value, "%.*s must be an integer of at least 0", STR_ARG(word));
    }
    *out = fits ? (size_t)count : SIZE_MAX;
    return true;
}

bool compile_contains(struct compiler *c, struct json schema, struct json value)
{
    struct op_contains *contains = ARENA_NEW(c->set->arena, struct op_contains);
    contains->marks = !c->dialect.is_2019;
    if (!compiler_node(&contains->schema, c, value) ||
        !read_count(&contains->min, c, schema, STR("minContains"), 1) ||
        !read_count(&contains->max, c, schema, STR("maxContains"), SIZE_MAX)) {
        return false;
    }
    compiler_add(c, check_contains, ARRAYS, SCHEMA_CONTAINS, STR("contains"))->contains = contains;
    return true;
}

bool compile_items(struct compiler *c, struct json schema)
{
    if ((c->dialect.vocabularies & VOCABULARY_APPLICATOR) == 0) {
        return true;
    }
    struct json items = json_get(schema, STR("items"));
    bool is_list = c->dialect.is_2019 && json_kind(items) == JSON_ARRAY;
    struct str prefix_name = c->dialect.is_2019 ? STR("items") : STR("prefixItems");
    struct json prefix =
        is_list || !c->dialect.is_2019 ? json_get(schema, prefix_name) : (struct json){0};
    struct op_items *op = ARENA_NEW(c->set->arena, struct op_items);
    op->rest_name = is_list ? STR("additionalItems") : STR("items");
    struct op_branches nodes = {0};
    if ((json_exists(prefix) && !nodes_of(&nodes, c, prefix, prefix_name)) ||
        !optional_node(&op->rest, c, schema, op->rest_name)) {
        return false;
    }
    op->prefix = nodes.at;
    op->n_prefix = nodes.n;
    if (op->n_prefix > 0 || op->rest != NULL) {
        compiler_add(c, check_items, ARRAYS, SCHEMA_ADDITIONAL_ITEMS, op->rest_name)->items = op;
    }
    return true;
}

/* --- members --- */

static bool read_patterns(struct op_members *op, struct compiler *c, struct json value)
{
    if (json_exists(value) && json_kind(value) != JSON_OBJECT) {
        return json_err(c->err, value, "patternProperties must be an object of schemas");
    }
    struct op_name_pattern *patterns =
        ARENA_ARRAY(c->set->arena, json_count(value) + 1, struct op_name_pattern);
    op->patterns = patterns;
    for (struct json m = json_first(value); json_exists(m); m = json_next(m)) {
        struct op_name_pattern *p = &patterns[op->n_patterns++];
        if (!compiler_pattern(&p->pattern, c, json_key(m), m) || !compiler_node(&p->schema, c, m)) {
            return false;
        }
    }
    return true;
}

/* The entry of that name among the first n, or a new one. */
static struct name_entry *entry_of(struct op_members *op, struct map *seen, struct str name)
{
    struct name_entry *e = map_get(seen, name);
    if (e == NULL) {
        e = &op->names.entries[op->names.n++];
        e->name = name;
        map_put(seen, name, e);
    }
    return e;
}

static bool read_names(struct op_members *op, struct compiler *c, struct json properties,
                       struct json required)
{
    if (json_exists(properties) && json_kind(properties) != JSON_OBJECT) {
        return json_err(c->err, properties, "properties must be an object of schemas");
    }
    if (json_exists(required) &&
        !names_of(&op->required, &op->n_required, c, required, STR("required"))) {
        return false;
    }
    size_t n = json_count(properties) + op->n_required;
    op->names.entries = ARENA_ARRAY(c->set->arena, n + 1, struct name_entry);
    struct map seen = {0};
    bool is_good = true;
    for (struct json m = json_first(properties); is_good && json_exists(m); m = json_next(m)) {
        is_good = compiler_node(&entry_of(op, &seen, json_key(m))->schema, c, m);
    }
    for (uint32_t i = 0; i < op->n_required; i++) {
        entry_of(op, &seen, op->required[i])->required = i + 1;
    }
    map_done(&seen);
    schema_names_build(&op->names, c->set->arena);
    return is_good;
}

bool compile_members(struct compiler *c, struct json schema)
{
    bool has_groups = (c->dialect.vocabularies & VOCABULARY_APPLICATOR) != 0;
    bool has_required = (c->dialect.vocabularies & VOCABULARY_VALIDATION) != 0;
    struct json nothing = {0}, groups = has_groups ? schema : nothing;
    struct op_members *op = ARENA_NEW(c->set->arena, struct op_members);
    if (!read_names(op, c, json_get(groups, STR("properties")),
                    json_get(has_required ? schema : nothing, STR("required"))) ||
        !read_patterns(op, c, json_get(groups, STR("patternProperties"))) ||
        !optional_node(&op->additional, c, groups, STR("additionalProperties")) ||
        !optional_node(&op->name_schema, c, groups, STR("propertyNames"))) {
        return false;
    }
    if (op->names.n > 0 || op->n_patterns > 0 || op->additional != NULL ||
        op->name_schema != NULL) {
        compiler_add(c, check_members, OBJECTS, SCHEMA_REQUIRED, STR("required"))->members = op;
    }
    return true;
}

/* --- what is left over --- */

bool compile_unevaluated(struct compiler *c, struct json schema)
{
    if ((c->dialect.vocabularies & VOCABULARY_UNEVALUATED) == 0) {
        return true;
    }
    const struct schema *items, *members;
    if (!optional_node(&items, c, schema, STR("unevaluatedItems")) ||
        !optional_node(&members, c, schema, STR("unevaluatedProperties"))) {
        return false;
    }
    if (items != NULL) {
        compiler_add(c, check_unevaluated, ARRAYS, SCHEMA_ADDITIONAL_ITEMS, STR("unevaluatedItems"))
            ->schema = items;
    }
    if (members != NULL) {
        compiler_add(c, check_unevaluated, OBJECTS, SCHEMA_ADDITIONAL_PROPERTIES,
                     STR("unevaluatedProperties"))
            ->schema = members;
    }
    c->node->has_unevaluated = items != NULL || members != NULL;
    return true;
}
