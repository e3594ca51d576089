/* What breaks when the plan has been carried out, and how long that takes. */
#include "validator/draft_int.h"

#include <string.h>

static bool is_gone(struct draft *d, const struct deps_node *node)
{
    struct buf key;
    if (!node->resource) {
        return false;
    }
    buf_init(&key, d->check.arena);
    buf_printf(&key, "%.*s/%.*s", STR_ARG(node->resource->name), STR_ARG(node->id));
    return map_get(&d->gone, buf_str(&key)) != NULL;
}

/* Hits whose chain leads through what goes anyway are no news. */
static void drop_gone(struct draft *d, const struct deps *g, struct deps_impact *impact)
{
    size_t *moved = ARENA_ARRAY(d->check.arena, impact->n + 1, size_t);
    size_t n = 0, n_direct = 0;
    memset(impact->by_kind, 0, sizeof impact->by_kind);
    for (size_t i = 0; i < impact->n; i++) {
        struct deps_hit hit = impact->hits[i];
        bool is_lost = is_gone(d, deps_node(g, hit.edge->from)) ||
                       (hit.by != SIZE_MAX && moved[hit.by] == SIZE_MAX);
        moved[i] = is_lost ? SIZE_MAX : n;
        if (is_lost) {
            continue;
        }
        hit.by = hit.by == SIZE_MAX ? SIZE_MAX : moved[hit.by];
        impact->hits[n++] = hit;
        n_direct += hit.depth == 1;
        impact->by_kind[hit.edge->kind] += hit.depth == 1;
    }
    impact->n = n;
    impact->n_direct = n_direct;
}

static void add_break(struct draft *d, const struct draft_break *b)
{
    enum { FIRST = 8 };
    if (d->n_breaks == d->breaks_cap) {
        d->breaks_cap = d->breaks_cap ? 2 * d->breaks_cap : FIRST;
        struct draft_break *more = ARENA_ARRAY(d->check.arena, d->breaks_cap, struct draft_break);
        if (d->n_breaks) {
            memcpy(more, d->breaks, d->n_breaks * sizeof *more);
        }
        d->breaks = more;
    }
    d->breaks[d->n_breaks++] = *b;
}

static void look(struct draft *d, const struct deps *g, const struct resource *r, struct str id,
                 enum deps_cause cause)
{
    struct draft_break b = {.cause = cause, .graph = g};
    b.node = g && r && !r->parent && id.len ? deps_find(g, r, id) : DEPS_NONE;
    if (b.node == DEPS_NONE) {
        return;
    }
    deps_impact(g, b.node, cause, d->check.arena, &b.impact);
    drop_gone(d, g, &b.impact);
    if (b.impact.n) {
        add_break(d, &b);
    }
}

static bool is_renamed(const struct draft_step *s)
{
    const struct field_path *name = s->plan.resource ? s->plan.resource->name_field : NULL;
    for (size_t i = 0; i < s->plan.n_members && name; i++) {
        if (str_eq(s->plan.members[i].field, name->text)) {
            return true;
        }
    }
    return false;
}

void draft_breaks(struct draft *d)
{
    for (size_t i = 0; i < d->n_steps; i++) {
        const struct draft_step *s = &d->steps[i];
        /* a delete that is refused tells whom it would break: that is why */
        bool is_delete = s->plan.verb == PLAN_DELETE;
        if (s->is_refused && !is_delete) {
            continue;
        }
        if (is_delete) {
            look(d, d->at_deletes ? d->at_deletes : d->before, s->plan.resource, s->plan.id,
                 DEPS_DELETED);
        } else if (is_renamed(s)) {
            look(d, d->before, s->plan.resource, s->plan.id, DEPS_RENAMED);
        }
        for (size_t k = 0; k < s->n_effects; k++) {
            if (s->effects[k].verb == PLAN_DELETE) {
                look(d, d->at_deletes ? d->at_deletes : d->before, s->effects[k].resource,
                     s->effects[k].id, DEPS_DELETED);
            }
        }
    }
}

/* --- how long --- */

static bool counts(const struct rate_rule *rule, const struct operation *op)
{
    for (size_t i = 0; i < rule->n_operations; i++) {
        if (str_eq(rule->operations[i], op->id)) {
            return true;
        }
    }
    return rule->n_operations == 0;
}

/* How many calls count against the rule together; for one that counts by operation the most of one. */
static size_t calls_under(const struct draft *d, const struct rate_rule *rule)
{
    struct arena *a = d->check.arena;
    size_t *by = ARENA_ARRAY(a, d->check.contract->n_operations + 1, size_t);
    size_t n = 0, most = 0;
    for (size_t i = 0; i < d->n_steps; i++) {
        const struct draft_step *s = &d->steps[i];
        if (!s->is_refused && counts(rule, s->plan.op)) {
            n++;
            by[s->plan.op->index]++;
        }
    }
    for (size_t i = 0; i < d->n_expects; i++) {
        const struct operation *op =
            plan_expect_operation(d->check.contract, d->expects[i].resource);
        if (op && counts(rule, op)) {
            n++;
            by[op->index]++;
        }
    }
    for (size_t i = 0; i < d->check.contract->n_operations; i++) {
        most = by[i] > most ? by[i] : most;
    }
    return rule->key == RATE_OPERATION ? most : n;
}

void draft_pace_of(struct draft *d)
{
    const struct contract *c = d->check.contract;
    struct draft_pace *p = &d->pace;
    double most = 0;
    for (size_t i = 0; i < d->n_steps; i++) {
        p->writes += !d->steps[i].is_refused;
    }
    for (size_t i = 0; i < d->n_expects; i++) {
        p->reads += plan_expect_operation(c, d->expects[i].resource) != NULL;
    }
    for (size_t i = 0; i < c->n_rates; i++) {
        const struct rate_rule *rule = &c->rates[i];
        size_t n = calls_under(d, rule);
        if (rule->limit <= 0 || rule->window_us <= 0) {
            continue;
        }
        uint64_t windows = n ? (n - 1) / (uint64_t)rule->limit : 0;
        uint64_t us = windows * (uint64_t)rule->window_us;
        double share = (double)n / (double)rule->limit;
        if (us > p->us || share > most) {
            most = share;
            p->us = us;
            p->rule = rule->name;
            p->limit = rule->limit;
            p->window_us = rule->window_us;
        }
    }
}
