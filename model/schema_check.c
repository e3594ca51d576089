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
        issue.instance = v->item.v;
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
                                 .instance = v->item.v,
                                 .rule = s->source,
                                 .schema = s->source,
                                 .name = STR(""),
                                 .bad_at = SIZE_MAX};
    if (keyword == SCHEMA_MATCH_LIMIT) {
        struct json pattern = json_get(s->source, STR("pattern"));
        issue.rule = json_exists(pattern) ? pattern : s->source;
    }
    if (!run->is_stopped && run->report != NULL) {
        (void)run->report(&issue, run->ctx);
    }
    run->is_stopped = run->is_over = true;
    return false;
}

/* --- assertions --- */

COLD static bool refuse(struct schema_run *run, const struct schema *s, const struct schema_op *op,
                        const struct value *v)
{
    return schema_refuse(run, s, op, v, (struct schema_issue){.name = STR("")});
}

bool check_false(struct schema_run *run, const struct schema *s, const struct schema_op *op,
                 const struct value *v, const struct marks *marks)
{
    (void)marks;
    return refuse(run, s, op, v);
}

bool check_type(struct schema_run *run, const struct schema *s, const struct schema_op *op,
                const struct value *v, const struct marks *marks)
{
    (void)marks;
    return (op->types >> v->item.kind & 1) != 0 ||
           (v->item.kind == JSON_NUMBER && (op->types & KIND_INTEGER) != 0 &&
            (schema_number(v->item.text).is_small || json_is_integer(v->item.v))) ||
           refuse(run, s, op, v);
}

static bool is_choice(const struct op_choice *choice, const struct value *v)
{
    if (choice->kind != v->item.kind) {
        return false;
    }
    return choice->kind == JSON_STRING ? str_eq(choice->text, v->item.text)
                                       : json_eq(choice->value, v->item.v);
}

/* In a list sorted by hash. */
static bool is_chosen_by_hash(const struct op_list *list, const struct value *v)
{
    uint64_t hash = json_hash(v->item.v);
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

bool check_choice(struct schema_run *run, const struct schema *s, const struct schema_op *op,
                  const struct value *v, const struct marks *marks)
{
    (void)marks;
    return is_chosen(&op->list, v) || refuse(run, s, op, v);
}

bool check_multiple(struct schema_run *run, const struct schema *s, const struct schema_op *op,
                    const struct value *v, const struct marks *marks)
{
    (void)marks;
    struct number n = schema_number(v->item.text);
    return schema_number_is_multiple(n, *op->limit) || refuse(run, s, op, v);
}

bool check_bound(struct schema_run *run, const struct schema *s, const struct schema_op *op,
                 const struct value *v, const struct marks *marks)
{
    (void)marks;
    int order = schema_number_cmp(schema_number(v->item.text), *op->limit);
    enum schema_keyword word = (enum schema_keyword)op->keyword;
    bool is_good = word == SCHEMA_MAXIMUM             ? order <= 0
                   : word == SCHEMA_EXCLUSIVE_MAXIMUM ? order < 0
                   : word == SCHEMA_MINIMUM           ? order >= 0
                                                      : order > 0;
    return is_good || refuse(run, s, op, v);
}

/* Code points are counted only where bytes leave it open: each has one to four. */
bool check_max_length(struct schema_run *run, const struct schema *s, const struct schema_op *op,
                      const struct value *v, const struct marks *marks)
{
    (void)marks;
    struct str text = v->item.text;
    size_t max = op->count;
    return text.len <= max || (text.len / 4 <= max && str_code_points(text) <= max) ||
           refuse(run, s, op, v);
}

bool check_min_length(struct schema_run *run, const struct schema *s, const struct schema_op *op,
                      const struct value *v, const struct marks *marks)
{
    (void)marks;
    struct str text = v->item.text;
    size_t min = op->count;
    return (text.len >= min && (text.len / 4 >= min || str_code_points(text) >= min)) ||
           refuse(run, s, op, v);
}

bool check_format(struct schema_run *run, const struct schema *s, const struct schema_op *op,
                  const struct value *v, const struct marks *marks)
{
    (void)marks;
    return op->format(v->item.text) || refuse(run, s, op, v);
}

bool check_max_count(struct schema_run *run, const struct schema *s, const struct schema_op *op,
                     const struct value *v, const struct marks *marks)
{
    (void)marks;
    return json_count(v->item.v) <= op->count || refuse(run, s, op, v);
}

bool check_min_count(struct schema_run *run, const struct schema *s, const struct schema_op *op,
                     const struct value *v, const struct marks *marks)
{
    (void)marks;
    return json_count(v->item.v) >= op->count || refuse(run, s, op, v);
}

bool check_pattern(struct schema_run *run, const struct schema *s, const struct schema_op *op,
                   const struct value *v, const struct marks *marks)
{
    (void)marks;
    enum pattern_result result = pattern_match(op->pattern, run->patterns, v->item.text);
    if (result == PATTERN_YES) {
        return true;
    }
    if (result == PATTERN_LIMIT) {
        return schema_give_up(run, s, v, SCHEMA_MATCH_LIMIT);
    }
    struct schema_issue issue = {.bad_at = SIZE_MAX};
    if (run->mode == RUN_REPORT) {
        issue.bad_at = pattern_bad_at(op->pattern, run->patterns, v->item.text);
    }
    return schema_refuse(run, s, op, v, issue);
}

/* --- references --- */

bool check_schema(struct schema_run *run, const struct schema *s, const struct schema_op *op,
                  const struct value *v, const struct marks *marks)
{
    (void)s;
    return schema_check_value(run, op->schema, v, marks);
}

/* To the outermost anchor of that name on the way here. */
bool check_dynamic_ref(struct schema_run *run, const struct schema *s, const struct schema_op *op,
                       const struct value *v, const struct marks *marks)
{
    (void)s;
    for (size_t i = 0; i < run->n_scope; i++) {
        for (const struct dynamic *d = run->scope[i]->dynamics; d != NULL; d = d->next) {
            if (d->schema != NULL && str_eq(d->name, op->dynamic->name)) {
                return schema_check_value(run, d->schema, v, marks);
            }
        }
    }
    return schema_check_value(run, op->dynamic->otherwise, v, marks);
}

static void scope_push(struct schema_run *run, struct resource *r)
{
    if (run->n_scope == run->scope_cap) {
        run->scope_cap = run->scope_cap * 2 + 16;
        run->scope = mem_resize(run->scope, run->scope_cap, sizeof(struct resource *));
    }
    run->scope[run->n_scope++] = r;
}

/* --- a schema --- */

/* A value of the wrong type is told as that and nothing else; its children count as seen. */
static bool run_ops(struct schema_run *run, const struct schema *s, const struct value *v,
                    const struct marks *marks)
{
    bool is_valid = true;
    const struct schema_op *end = s->ops + s->n_ops;
    for (const struct schema_op *op = s->ops; op < end; op++) {
        if ((op->kinds >> v->item.kind & 1) == 0 || op->check(run, s, op, v, marks)) {
            continue;
        }
        is_valid = false;
        if (!schema_goes_on(run)) {
            break;
        }
        if (op->keyword == SCHEMA_TYPE) {
            if (marks != NULL) {
                marks_fill(run, marks);
            }
            break;
        }
    }
    return is_valid;
}

static bool check_deep(struct schema_run *run, const struct schema *s, const struct value *v,
                       const struct marks *marks)
{
    if (run->depth == SCHEMA_DEPTH_MAX || run->steps++ == SCHEMA_STEPS_MAX) {
        return schema_give_up(run, s, v, SCHEMA_DEPTH);
    }
    run->depth++;
    size_t n_scope = run->n_scope;
    if (n_scope == 0 || run->scope[n_scope - 1] != s->resource) {
        scope_push(run, s->resource);
    }
    bool is_valid;
    if (s->has_unevaluated && (v->item.kind == JSON_ARRAY || v->item.kind == JSON_OBJECT)) {
        struct marks own = marks_push(run, json_count(v->item.v));
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

bool schema_check_value(struct schema_run *run, const struct schema *s, const struct value *v,
                        const struct marks *marks)
{
    if (run->is_stopped) {
        return false;
    }
    return s->is_leaf ? run_ops(run, s, v, marks) : check_deep(run, s, v, marks);
}

bool schema_check_child(struct schema_run *run, const struct schema *s, const struct value *child)
{
    run->level++;
    bool is_valid = schema_check_value(run, s, child, NULL);
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
    struct value v = {.item = {.v = instance, .kind = json_kind(instance)}};
    v.item.text =
        v.item.kind == JSON_NUMBER ? json_number_text(instance) : json_str_or(instance, STR(""));
    return schema_check_value(run, schema, &v, NULL) && !run->is_over;
}
