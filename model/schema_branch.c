/* not, if, anyOf, oneOf, dependentSchemas: schemas of which some may fail.
 *
 * Who fails an anyOf wants to hear what is wrong with the branch that was meant. Each branch is
 * weighed: a refusal counts 1, a wrong type, const or enum of the value itself 1000, a wrong const
 * or enum of a member 100: that is how branches tell themselves apart. The lightest branch speaks.
 * Where several are equally light and complain of different things, the keyword speaks for itself,
 * and if all complain of the type or const of the same value, it speaks there.
 *
 * Weighing goes into nested branches in fast mode only, so each level of nesting adds its own size
 * to the work, not a factor. */
#include "model/schema_int.h"

enum { WEIGHT_SELF = 1000, WEIGHT_MEMBER = 100 };

bool schema_try(struct schema_run *run, const struct schema *s, const struct value *v,
                const struct marks *marks)
{
    enum run_mode mode = run->mode;
    bool is_valid;
    run->mode = RUN_FAST;
    if (marks != NULL) {
        struct marks own = marks_push(run, marks->n);
        is_valid = schema_check_value(run, s, v, &own);
        if (is_valid) {
            marks_merge(run, marks, &own);
        }
        marks_pop(run, &own);
    } else {
        is_valid = schema_check_value(run, s, v, NULL);
    }
    run->mode = mode;
    return is_valid;
}

bool check_not(struct schema_run *run, const struct schema *s, const struct schema_op *op,
               const struct value *v, const struct marks *marks)
{
    (void)marks; /* what fails marks nothing */
    return !schema_try(run, op->schema, v, NULL) ||
           schema_refuse(run, s, op, v, (struct schema_issue){0});
}

bool check_if(struct schema_run *run, const struct schema *s, const struct schema_op *op,
              const struct value *v, const struct marks *marks)
{
    (void)s;
    const struct op_if *condition = op->condition;
    const struct schema *next =
        schema_try(run, condition->when, v, marks) ? condition->then : condition->otherwise;
    return next == NULL || schema_check_value(run, next, v, marks);
}

bool check_dependent_schemas(struct schema_run *run, const struct schema *s,
                             const struct schema_op *op, const struct value *v,
                             const struct marks *marks)
{
    (void)s;
    bool is_valid = true;
    for (size_t i = 0; i < op->dependencies.n; i++) {
        const struct op_dependency *d = &op->dependencies.at[i];
        if (json_exists(json_get(v->item.v, d->name)) &&
            !schema_check_value(run, d->schema, v, marks)) {
            is_valid = false;
            if (!schema_goes_on(run)) {
                return false;
            }
        }
    }
    return is_valid;
}

/* --- which branch was meant --- */

static bool is_telling(enum schema_keyword keyword)
{
    return keyword == SCHEMA_TYPE || keyword == SCHEMA_CONST || keyword == SCHEMA_ENUM ||
           keyword == SCHEMA_FALSE;
}

void schema_weigh(struct schema_run *run, const struct schema_issue *issue)
{
    struct weight *w = run->weight;
    size_t weight = 1;
    if (is_telling(issue->keyword)) {
        if (run->level == run->base_level) {
            weight = WEIGHT_SELF;
        } else if (run->level == run->base_level + 1 && issue->keyword != SCHEMA_TYPE) {
            weight = WEIGHT_MEMBER;
        }
    }
    w->sum += weight;
    if (weight > w->most) {
        w->most = weight;
        w->worst = *issue;
    }
}

static struct weight weigh(struct schema_run *run, const struct schema *branch,
                           const struct value *v)
{
    struct weight w = {0};
    run->mode = RUN_WEIGH;
    run->weight = &w;
    run->base_level = run->level;
    (void)schema_check_value(run, branch, v, NULL);
    run->mode = RUN_REPORT;
    run->weight = NULL;
    return w;
}

/* Of the lightest branches. */
struct choice {
    const struct schema *branch;
    struct weight weight;
    bool is_same_place; /* their worst refusals are of the same value … */
    bool is_same;       /* … and the same in all */
    bool is_only;
};

static struct choice choose(struct schema_run *run, const struct op_branches *branches,
                            const struct value *v)
{
    struct choice c = {.weight = {.sum = SIZE_MAX}};
    for (size_t i = 0; i < branches->n && !run->is_stopped; i++) {
        struct weight w = weigh(run, branches->at[i], v);
        if (w.sum < c.weight.sum) {
            c = (struct choice){branches->at[i], w, true, true, true};
        } else if (w.sum == c.weight.sum) {
            c.is_only = false;
            c.is_same_place &= c.weight.worst.instance.at == w.worst.instance.at;
            c.is_same &= c.is_same_place && c.weight.worst.keyword == w.worst.keyword &&
                         str_eq(c.weight.worst.name, w.worst.name);
        }
    }
    return c;
}

static bool refuse_branches(struct schema_run *run, const struct schema *s,
                            const struct schema_op *op, const struct value *v, size_t n_valid)
{
    struct schema_issue issue = {0};
    if (run->mode != RUN_REPORT || n_valid > 0) {
        return schema_refuse(run, s, op, v, issue);
    }
    struct choice c = choose(run, &op->branches, v);
    if (c.branch == NULL) {
        return schema_refuse(run, s, op, v, issue);
    }
    bool is_told_apart = is_telling(c.weight.worst.keyword);
    if (c.is_only || (c.is_same && !is_told_apart)) {
        return schema_check_value(run, c.branch, v, NULL);
    }
    if (c.is_same_place && is_told_apart) {
        issue.instance = c.weight.worst.instance;
    }
    return schema_refuse(run, s, op, v, issue);
}

bool check_branches(struct schema_run *run, const struct schema *s, const struct schema_op *op,
                    const struct value *v, const struct marks *marks)
{
    bool is_any = op->keyword == SCHEMA_ANY_OF;
    size_t n_valid = 0;
    for (size_t i = 0; i < op->branches.n && !run->is_stopped; i++) {
        n_valid += schema_try(run, op->branches.at[i], v, marks);
        if (is_any ? n_valid > 0 && marks == NULL : n_valid > 1) {
            break;
        }
    }
    if (run->is_stopped) {
        return false;
    }
    if (is_any ? n_valid > 0 : n_valid == 1) {
        return true;
    }
    if (marks != NULL) { /* nobody knows what the right branch would have seen */
        marks_fill(run, marks);
    }
    return run->mode != RUN_FAST && refuse_branches(run, s, op, v, n_valid);
}
