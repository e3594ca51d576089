/* The walk over instructions. Each schema gets a value and runs those of its instructions that are
 * for the value's kind. Three modes share the code: fast stops at the first refusal, report tells
 * all of them, weigh sums them up (schema_branch.c).
 *
 * Limits are never a pass: a pattern out of steps, recursion too deep or too much work end the
 * whole check as refused, also inside of `not`. */
#include "model/schema_int.h"

struct schema_run *schema_run_new(void)
{
    struct schema_run *run = MEM_NEW(struct schema_run);
    run->patterns = pattern_scratch_new();
    return run;
}

void schema_run_free(struct schema_run *run)
{
    if (run == NULL) {
        return;
    }
    pattern_scratch_free(run->patterns);
    mem_free(run->scope);
    mem_free(run->bits);
    mem_free(run->unique);
    mem_free(run);
}

/* --- refusals --- */

bool schema_goes_on(const struct schema_run *run)
{
    return run->mode != RUN_FAST && !run->is_stopped;
}

bool schema_refuse(struct schema_run *run, const struct schema *s, const struct schema_op *op,
                   const struct value *v, struct schema_issue issue)
{
    if (run->mode == RUN_FAST || run->is_stopped) {
        return false;
    }
    issue.keyword = (enum schema_keyword)op->keyword;
    issue.schema = s->source;
    issue.rule = op->name.len > 0 ? json_get(s->source, op->name) : s->source;
    if (!json_exists(issue.instance)) {
        issue.instance = v->json;
    }
    if (issue.keyword != SCHEMA_PATTERN) {
        issue.bad_at = SIZE_MAX;
    }
    if (issue.name.s == NULL) {
        issue.name = STR("");
    }
    if (run->mode == RUN_WEIGH) {
        schema_weigh(run, &issue);
    } else if (!run->report(&issue, run->ctx)) {
        run->is_stopped = true;
    }
    return false;
}

bool schema_give_up(struct schema_run *run, const struct schema *s, const struct value *v,
                    enum schema_keyword keyword)
{
    struct schema_issue issue = {.keyword = keyword,
                                 .instance = v->json,
                                 .rule = s->source,
                                 .schema = s->source,
                                 .name = STR(""),
                                 .bad_at = SIZE_MAX};
    if (keyword == SCHEMA_MATCH_LIMIT) {
        issue.rule = json_get(s->source, STR("pattern"));
    }
    if (!run->is_stopped && run->report != NULL) {
        (void)run->report(&issue, run->ctx);
    }
    run->is_stopped = run->is_over = true;
    return false;
}

/* --- assertions --- */

static bool has_type(unsigned types, const struct value *v)
{
    return (types >> v->kind & 1) != 0 ||
           (v->kind == JSON_NUMBER && (types & KIND_INTEGER) != 0 && json_is_integer(v->json));
}

static bool is_choice(const struct op_choice *choice, const struct value *v)
{
    if (choice->kind != v->kind) {
        return false;
    }
    return v->kind == JSON_STRING ? str_eq(choice->text, v->text) : json_eq(choice->value, v->json);
}

/* In a list sorted by hash. */
static bool is_chosen_by_hash(const struct op_list *list, const struct value *v)
{
    uint64_t hash = json_hash(v->json);
    size_t low = 0, high = list->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (list->at[middle].hash < hash) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    while (low < list->n && list->at[low].hash == hash && !is_choice(&list->at[low], v)) {
        low++;
    }
    return low < list->n && list->at[low].hash == hash;
}

static bool is_chosen(const struct op_list *list, const struct value *v)
{
    if (list->n > SCHEMA_ENUM_LINEAR_MAX && !v->is_name) {
        return is_chosen_by_hash(list, v);
    }
    for (size_t i = 0; i < list->n; i++) {
        if (is_choice(&list->at[i], v)) {
            return true;
        }
    }
    return false;
}

static bool is_in_bounds(const struct schema_op *op, struct json v)
{
    struct number n = schema_number(json_number_text(v));
    if (op->code == OP_MULTIPLE_OF) {
        return schema_number_is_multiple(n, *op->limit);
    }
    int order = schema_number_cmp(n, *op->limit);
    if (op->code == OP_MAXIMUM || op->code == OP_EXCLUSIVE_MAXIMUM) {
        return op->code == OP_MAXIMUM ? order <= 0 : order < 0;
    }
    return op->code == OP_MINIMUM ? order >= 0 : order > 0;
}

/* Code points are counted only where bytes leave it open: each has one to four. */
static bool is_short_enough(struct str text, size_t max)
{
    return text.len <= max || (text.len / 4 <= max && str_code_points(text) <= max);
}

static bool is_long_enough(struct str text, size_t min)
{
    return text.len >= min && (text.len / 4 >= min || str_code_points(text) >= min);
}

static bool check_pattern(struct schema_run *run, const struct schema *s,
                          const struct schema_op *op, const struct value *v)
{
    enum pattern_result result = pattern_match(op->pattern, run->patterns, v->text);
    if (result == PATTERN_YES) {
        return true;
    }
    if (result == PATTERN_LIMIT) {
        return schema_give_up(run, s, v, SCHEMA_MATCH_LIMIT);
    }
    struct schema_issue issue = {.bad_at = SIZE_MAX};
    if (run->mode == RUN_REPORT) {
        issue.bad_at = pattern_bad_at(op->pattern, run->patterns, v->text);
    }
    return schema_refuse(run, s, op, v, issue);
}

/* --- references --- */

/* The outermost anchor of that name on the way here. */
static const struct schema *dynamic_target(const struct schema_run *run,
                                           const struct op_dynamic *dynamic)
{
    for (size_t i = 0; i < run->n_scope; i++) {
        for (const struct dynamic *d = run->scope[i]->dynamics; d != NULL; d = d->next) {
            if (d->schema != NULL && str_eq(d->name, dynamic->name)) {
                return d->schema;
            }
        }
    }
    return dynamic->otherwise;
}

static void scope_push(struct schema_run *run, struct resource *r)
{
    if (run->n_scope == run->scope_cap) {
        run->scope_cap = run->scope_cap * 2 + 16;
        run->scope = mem_resize(run->scope, run->scope_cap, sizeof(struct resource *));
    }
    run->scope[run->n_scope++] = r;
}

/* --- instructions --- */

static bool is_good(const struct schema_op *op, const struct value *v, enum op_code code)
{
    switch (code) {
    case OP_TYPE:
        return has_type(op->types, v);
    case OP_CONST:
    case OP_ENUM:
        return is_chosen(&op->list, v);
    case OP_MULTIPLE_OF:
    case OP_MAXIMUM:
    case OP_EXCLUSIVE_MAXIMUM:
    case OP_MINIMUM:
    case OP_EXCLUSIVE_MINIMUM:
        return is_in_bounds(op, v->json);
    case OP_MAX_LENGTH:
        return is_short_enough(v->text, op->count);
    case OP_MIN_LENGTH:
        return is_long_enough(v->text, op->count);
    case OP_FORMAT:
        return op->format(v->text);
    case OP_MAX_ITEMS:
    case OP_MAX_PROPERTIES:
        return json_count(v->json) <= op->count;
    case OP_MIN_ITEMS:
    case OP_MIN_PROPERTIES:
        return json_count(v->json) >= op->count;
    case OP_FALSE:
    case OP_PATTERN:
    case OP_UNIQUE_ITEMS:
    case OP_DEPENDENT_REQUIRED:
    case OP_SCHEMA:
    case OP_DYNAMIC_REF:
    case OP_NOT:
    case OP_IF:
    case OP_ANY_OF:
    case OP_ONE_OF:
    case OP_DEPENDENT_SCHEMAS:
    case OP_CONTAINS:
    case OP_ITEMS:
    case OP_MEMBERS:
    case OP_UNEVALUATED_ITEMS:
    case OP_UNEVALUATED_PROPERTIES:
        break;
    }
    return false;
}

static bool run_op(struct schema_run *run, const struct schema *s, const struct schema_op *op,
                   const struct value *v, const struct marks *marks)
{
    enum op_code code = (enum op_code)op->code;
    switch (code) {
    case OP_PATTERN:
        return check_pattern(run, s, op, v);
    case OP_UNIQUE_ITEMS:
        return check_unique(run, s, op, v);
    case OP_DEPENDENT_REQUIRED:
        return check_dependent_required(run, s, op, v);
    case OP_SCHEMA:
        return schema_check_value(run, op->schema, v, marks);
    case OP_DYNAMIC_REF:
        return schema_check_value(run, dynamic_target(run, op->dynamic), v, marks);
    case OP_NOT:
        return check_not(run, s, op, v);
    case OP_IF:
        return check_if(run, op, v, marks);
    case OP_ANY_OF:
    case OP_ONE_OF:
        return check_branches(run, s, op, v, marks);
    case OP_DEPENDENT_SCHEMAS:
        return check_dependent_schemas(run, op, v, marks);
    case OP_CONTAINS:
        return check_contains(run, s, op, v, marks);
    case OP_ITEMS:
        return check_items(run, s, op, v, marks);
    case OP_MEMBERS:
        return check_members(run, s, op, v, marks);
    case OP_UNEVALUATED_ITEMS:
    case OP_UNEVALUATED_PROPERTIES:
        return check_unevaluated(run, s, op, v, marks);
    case OP_FALSE:
    case OP_TYPE:
    case OP_CONST:
    case OP_ENUM:
    case OP_MULTIPLE_OF:
    case OP_MAXIMUM:
    case OP_EXCLUSIVE_MAXIMUM:
    case OP_MINIMUM:
    case OP_EXCLUSIVE_MINIMUM:
    case OP_MAX_LENGTH:
    case OP_MIN_LENGTH:
    case OP_FORMAT:
    case OP_MAX_ITEMS:
    case OP_MIN_ITEMS:
    case OP_MAX_PROPERTIES:
    case OP_MIN_PROPERTIES:
        break;
    }
    return is_good(op, v, code) || schema_refuse(run, s, op, v, (struct schema_issue){0});
}

/* A value of the wrong type is told as that and nothing else; its children count as seen. */
static bool run_ops(struct schema_run *run, const struct schema *s, const struct value *v,
                    const struct marks *marks)
{
    bool is_valid = true;
    for (uint32_t i = 0; i < s->n_ops; i++) {
        const struct schema_op *op = &s->ops[i];
        if ((op->kinds >> v->kind & 1) == 0 || run_op(run, s, op, v, marks)) {
            continue;
        }
        is_valid = false;
        if (!schema_goes_on(run)) {
            break;
        }
        if (op->code == OP_TYPE) {
            if (marks != NULL) {
                marks_fill(run, marks);
            }
            break;
        }
    }
    return is_valid;
}

bool schema_check_value(struct schema_run *run, const struct schema *s, const struct value *v,
                        const struct marks *marks)
{
    if (s->n_ops == 0) {
        return true;
    }
    if (run->is_stopped) {
        return false;
    }
    if (run->depth == SCHEMA_DEPTH_MAX || run->steps++ == SCHEMA_STEPS_MAX) {
        return schema_give_up(run, s, v, SCHEMA_DEPTH);
    }
    run->depth++;
    size_t n_scope = run->n_scope;
    if (n_scope == 0 || run->scope[n_scope - 1] != s->resource) {
        scope_push(run, s->resource);
    }
    bool is_valid;
    if (s->has_unevaluated && (v->kind == JSON_ARRAY || v->kind == JSON_OBJECT)) {
        struct marks own = marks_push(run, json_count(v->json));
        is_valid = run_ops(run, s, v, &own);
        if (marks != NULL) {
            marks_merge(run, marks, &own);
        }
        marks_pop(run, &own);
    } else {
        is_valid = run_ops(run, s, v, marks);
    }
    run->n_scope = n_scope;
    run->depth--;
    return is_valid;
}

struct value schema_value(struct json v)
{
    struct value out = {.json = v, .kind = json_kind(v)};
    if (out.kind == JSON_STRING) {
        out.text = json_str(v);
    }
    return out;
}

bool schema_check_child(struct schema_run *run, const struct schema *s, struct json child)
{
    if (s->n_ops == 0) {
        return true;
    }
    struct value v = schema_value(child);
    run->level++;
    bool is_valid = schema_check_value(run, s, &v, NULL);
    run->level--;
    return is_valid;
}

bool schema_check(const struct schema *schema, struct schema_run *run, struct json instance,
                  schema_report *report, void *ctx)
{
    run->mode = report != NULL ? RUN_REPORT : RUN_FAST;
    run->report = report;
    run->ctx = ctx;
    run->is_stopped = run->is_over = false;
    run->depth = run->level = 0;
    run->steps = run->n_scope = run->n_bits = 0;
    struct value v = schema_value(instance);
    return schema_check_value(run, schema, &v, NULL) && !run->is_over;
}
