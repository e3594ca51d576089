/* Planning a page: which set of entities to look at, and what is left to test on each.
 *
 *  1. The set that is already in the order asked for: the whole sorting, one group of it (a filter
 *     names the group), a parent's links; narrowed to a range of ranks where a filter asks for one
 *     value or a prefix of the very field that it is sorted by.
 *  2. If filters are left over, the smallest set that one of them leads to (ids asked for by name,
 * a unique value, who refers to something, a range of another sorting), where gathering, testing
 *     and sorting that one is much less than walking through the first.
 *
 * A filter that its set answers exactly is solved and not tested again. One that the set answers
 * roughly (the order ignores case, the filter does not) narrows the set and is tested as well. */
#include "model/page_int.h"

#include <assert.h>
#include <stdlib.h>

enum { GATHER_GAIN = 8 }; /* gathering and sorting one costs about as much as walking past eight */

static const struct order nothing = {0};

size_t set_size(const struct set *s)
{
    return s->to - s->from;
}

void set_walk(const struct set *s, bool is_descending,
              bool (*each)(const struct entity *e, void *ctx), void *ctx)
{
    if (s->order) {
        order_walk(s->order, s->from, s->to, is_descending, each, ctx);
        return;
    }
    assert(!is_descending); /* lists are in no order */
    for (size_t i = s->from; s->list && i < s->to && each(s->list[i], ctx); i++) {
    }
}

static struct set set_whole(const struct order *o)
{
    return (struct set){.order = o, .to = order_count(o)};
}

static struct set set_group(const struct table *t, size_t grouping, struct str text)
{
    const struct group *g = table_group(t, grouping, text);
    return set_whole(g ? &g->order : &nothing);
}

/* One text, whole or the start of one. */
static bool is_range(const struct filter_test *test)
{
    return test->n == 1 && !test->is_open_left && !test->is_flag && !test->field->is_list &&
           !test->through && !test->is_negated && !test->is_presence;
}

static bool is_exact(const struct filter_test *test)
{
    return test->n == 1 && !test->is_open_left && !test->is_open_right && !test->is_flag &&
           !test->through && !test->is_negated && !test->is_presence;
}

/* True if a slot that folds as `outer` finds all that a filter with `inner` finds. */
static bool fold_covers(struct fold outer, struct fold inner)
{
    return (outer.ignores_case || !inner.ignores_case) && (outer.trims || !inner.trims);
}

/* Narrows `set`, sorted by `slot`, to what a test on the same field can find; `out_solves` says
 * whether that is the test's answer. */
static bool narrow(struct set *set, bool *out_solves, const struct plan *p, size_t slot,
                   const struct filter_test *test)
{
    const struct slot *s = slot == SLOT_NONE ? NULL : &p->table->layout->slots[slot];
    if (!s || !is_range(test) || !field_same(s->fields[0], test->field) ||
        !fold_covers(s->fold, test->fold) || (s->is_numeric && test->is_open_right)) {
        return false;
    }
    struct buf key;
    buf_init(&key, p->arena);
    slot_put_sort_text(&key, s, test->texts[0]);
    struct order_bound low = {.key = buf_str(&key)}, high = low;
    high.age = UINT64_MAX;
    high.is_prefix_end = test->is_open_right;
    size_t from = order_rank(set->order, slot, &low), to = order_rank(set->order, slot, &high);
    set->from = from > set->from ? from : set->from;
    set->to = to < set->to ? to : set->to;
    set->from = set->from < set->to ? set->from : set->to;
    /* The empty key is that of an empty text and of none. */
    *out_solves = !s->is_numeric && fold_same(s->fold, test->fold) && key.len > 0;
    return true;
}

static struct filter_test *test_of_group(const struct plan *p, size_t grouping)
{
    const struct layout *l = p->table->layout;
    for (size_t i = 0; i < p->n_tests; i++) {
        struct filter_test *test = &p->tests[i];
        if (is_exact(test) && fold_same(test->fold, (struct fold){0}) &&
            test->slot == l->groupings[grouping].by) {
            return test;
        }
    }
    return NULL;
}

static void plan_parent(struct plan *p)
{
    const struct layout *l = p->table->layout;
    size_t end = p->request->is_from_target ? l->target : l->parent, best = end;
    assert(best != SLOT_NONE); /* only links have parents */
    for (size_t i = 0; i < l->n_groupings; i++) {
        const struct grouping *g = &l->groupings[i];
        if (g->by == l->groupings[end].by && g->sort == p->slot && !g->only_counts) {
            best = i;
        }
    }
    p->set = set_group(p->table, best, p->request->parent_id);
    p->is_sorted = l->groupings[best].sort == p->slot;
}

/* The set that is in the order asked for. */
static void plan_sorted(struct plan *p)
{
    const struct layout *l = p->table->layout;
    size_t order = l->order[p->request->order];
    p->set = set_whole(&p->table->sortings[order]);
    p->is_sorted = true;
    struct filter_test *solved = NULL;
    for (size_t i = 0; i < l->resource->n_orders; i++) {
        struct filter_test *test = NULL;
        if (l->order[i] == order && l->order_group[i] != SLOT_NONE) {
            test = test_of_group(p, l->order_group[i]);
        }
        if (!test) {
            continue;
        }
        struct set group = set_group(p->table, l->order_group[i], test->texts[0]);
        if (!solved || set_size(&group) < set_size(&p->set)) {
            p->set = group;
            solved = test;
        }
    }
    if (solved) {
        solved->is_solved = true;
    }
}

static void plan_narrow(struct plan *p)
{
    for (size_t i = 0; p->is_sorted && i < p->n_tests; i++) {
        bool solves = false;
        if (narrow(&p->set, &solves, p, p->slot, &p->tests[i])) {
            p->tests[i].is_solved |= solves;
        }
    }
}

static int by_age(const void *a, const void *b)
{
    const struct entity *x = *(const struct entity *const *)a;
    const struct entity *y = *(const struct entity *const *)b;
    return (x->age > y->age) - (x->age < y->age);
}

/* The entities whose ids are asked for. */
static struct set set_ids(const struct plan *p, const struct filter_test *test)
{
    struct set set = {.list = ARENA_ARRAY(p->arena, test->n, const struct entity *)};
    for (size_t i = 0; i < test->n; i++) {
        const struct entity *e = entity_set_get(&p->table->ids, test->texts[i]);
        if (e) {
            set.list[set.to++] = e;
        }
    }
    if (set.to > 1) { /* an id may be asked for twice */
        size_t kept = 1;
        qsort(set.list, set.to, sizeof(void *), by_age);
        for (size_t i = 1; i < set.to; i++) {
            if (set.list[i] != set.list[kept - 1]) {
                set.list[kept++] = set.list[i];
            }
        }
        set.to = kept;
    }
    return set;
}

/* The entity with a unique value; false if no unique rule is about the test's field. */
static bool set_unique(struct set *out, const struct plan *p, const struct filter_test *test)
{
    const struct layout *l = p->table->layout;
    for (size_t i = 0; i < l->resource->n_unique; i++) {
        const struct unique_rule *u = &l->resource->unique[i];
        if (l->unique[i] == SLOT_NONE || u->n != 1 || !field_same(u->fields[0], test->field) ||
            !fold_same(u->fold, test->fold)) {
            continue;
        }
        struct buf key;
        buf_init(&key, p->arena);
        slot_put_joint_text(&key, &l->slots[l->unique[i]], test->texts[0]);
        const struct entity *e = table_unique(p->table, i, buf_str(&key));
        *out = (struct set){.list = ARENA_NEW(p->arena, const struct entity *), .to = e != NULL};
        out->list[0] = e;
        return true;
    }
    return false;
}

/* The smallest set that a test leads to by itself; false if it leads to none. */
static bool set_of_test(struct set *out, bool *out_solves, const struct plan *p,
                        const struct filter_test *test)
{
    const struct layout *l = p->table->layout;
    bool is_plain = fold_same(test->fold, (struct fold){0});
    *out_solves = true;
    bool is_whole = !test->is_open_left && !test->is_open_right && !test->is_negated;
    if (test->is_id && !test->through && !test->is_presence && is_plain && is_whole) {
        *out = set_ids(p, test);
        return true;
    }
    if (is_exact(test) && !test->field->is_list && set_unique(out, p, test)) {
        return true;
    }
    for (size_t i = 0; is_exact(test) && is_plain && i < l->n_groupings; i++) {
        if (l->groupings[i].by == test->slot && !l->groupings[i].only_counts) {
            *out = set_group(p->table, i, test->texts[0]);
            return true;
        }
    }
    for (size_t i = 0; i < l->n_sortings; i++) {
        struct set set = set_whole(&p->table->sortings[i]);
        if (narrow(&set, out_solves, p, l->sortings[i].slot, test)) {
            *out = set;
            return true;
        }
    }
    return false;
}

/* Something smaller than the sorted set, if tests are left over. */
static void plan_gather(struct plan *p)
{
    struct filter_test *chosen = NULL;
    bool chosen_solves = false;
    size_t bar = set_size(&p->set) / GATHER_GAIN;
    struct set best = {0};
    for (size_t i = 0; i < p->n_tests; i++) {
        struct set set = {0};
        bool solves = false;
        if (!p->tests[i].is_solved && set_of_test(&set, &solves, p, &p->tests[i]) &&
            set_size(&set) <= bar) {
            best = set;
            bar = set_size(&set);
            chosen = &p->tests[i];
            chosen_solves = solves;
        }
    }
    if (!chosen) {
        return;
    }
    for (size_t i = 0; i < p->n_tests; i++) {
        p->tests[i].is_solved = &p->tests[i] == chosen && chosen_solves;
    }
    p->set = best;
    p->is_sorted = false;
}

bool plan_is_exact(const struct plan *p)
{
    bool is_exact_so_far = !p->may_hide;
    for (size_t i = 0; i < p->n_tests; i++) {
        is_exact_so_far = is_exact_so_far && p->tests[i].is_solved;
    }
    return is_exact_so_far;
}

void plan_make(struct plan *p)
{
    const struct page_request *request = p->request;
    const struct layout *l = p->table->layout;
    assert(request->order < l->resource->n_orders);
    p->slot = l->sortings[l->order[request->order]].slot;
    p->tests = ARENA_ARRAY(p->arena, request->n_filters, struct filter_test);
    for (size_t i = 0; i < request->n_filters; i++) {
        p->n_tests +=
            filter_test_init(&p->tests[p->n_tests], p->arena, p->tenant, l, &request->filters[i]);
    }
    p->delay_us = l->resource->visible_after_ms * US_PER_MS + request->lag_us;
    p->may_hide = p->delay_us > 0 && p->table->ids.count &&
                  p->table->created_max_us + p->delay_us > request->now_us;
    if (request->parent_id.s) {
        plan_parent(p);
        plan_narrow(p);
        return;
    }
    plan_sorted(p);
    plan_narrow(p);
    if (!plan_is_exact(p)) {
        plan_gather(p);
    }
}
