/* Details: the entities that match, in the order asked for. */
#include "model/search_int.h"

#include <stdlib.h>

struct times {
    int64_t low, high;
    bool is_any;
};

static void add_time(struct json value, void *ctx)
{
    struct times *t = ctx;
    int64_t at = 0;
    if (!date_parse(&at, json_str_or(value, STR("")))) {
        return;
    }
    t->low = !t->is_any || at < t->low ? at : t->low;
    t->high = !t->is_any || at > t->high ? at : t->high;
    t->is_any = true;
}

/* True if the entity was there at some moment of the interval. */
static bool is_within(const struct search_plan *p, const struct row *row)
{
    int64_t from = 0, until = 0;
    if (!p->has_interval) {
        return true;
    }
    if (!row_time(row, &p->time, &from) || from >= p->interval.to_us) {
        return false;
    }
    if (!p->rule->until) {
        return from >= p->interval.from_us;
    }
    return !row_time(row, &p->until, &until) || until >= p->interval.from_us; /* still going on */
}

static bool is_passed(struct row *row, void *ctx)
{
    return !filters_hold_of_row(ctx, row);
}

static bool matches(const struct search_plan *p, struct row *row)
{
    return is_within(p, row) && filters_hold_of_entity(p, row) &&
           !rows_each(p->rule->rows, 0, row, is_passed, (struct search_plan *)(uintptr_t)p);
}

static int64_t order_time(const struct search_plan *p, const struct row *row)
{
    struct times times = {0};
    if (!p->order || !p->order->field) {
        return 0;
    }
    field_each(p->order->field, row->at[0], add_time, &times);
    if (!times.is_any) {
        return p->is_descending ? INT64_MIN : INT64_MAX; /* last, either way */
    }
    return p->is_descending ? times.high : times.low;
}

static int by_time(const void *a, const void *b, void *ctx)
{
    const struct search_plan *p = ctx;
    const struct search_found *x = a, *y = b;
    int c = (x->at_us > y->at_us) - (x->at_us < y->at_us);
    c = p->is_descending ? -c : c;
    return c ? c : (x->entity->age > y->entity->age) - (x->entity->age < y->entity->age);
}

size_t search_find(const struct search_found **out, struct arena *a, const struct search_plan *plan,
                   const struct tenant *t, int64_t now_us)
{
    const struct entity *const *all = NULL;
    const struct template_query everything = {.resource = plan->rule->resource};
    struct arena scratch;
    size_t n = tenant_select(&all, a, t, &everything, NULL, now_us), found = 0;
    struct search_found *at = ARENA_ARRAY(a, n + 1, struct search_found);
    arena_init(&scratch, 0, 0);
    for (size_t i = 0; i < n; i++) {
        struct row row = {0};
        struct arena_mark mark = arena_mark(&scratch);
        const struct json_doc *doc = NULL;
        struct err err = {0};
        if (json_parse(&doc, &scratch, STR(""), all[i]->text, NULL, NULL, &err)) {
            row.at[0] = json_root(doc);
            if (matches(plan, &row)) {
                at[found++] = (struct search_found){all[i], order_time(plan, &row)};
            }
        }
        arena_release(&scratch, mark);
    }
    arena_done(&scratch);
    qsort_r(at, found, sizeof *at, by_time, (void *)(uintptr_t)plan);
    *out = at;
    return found;
}

size_t search_entities(const struct entity *const **out, struct arena *a,
                       const struct search_plan *plan, const struct tenant *t, int64_t now_us)
{
    const struct search_found *all = NULL;
    size_t n = search_find(&all, a, plan, t, now_us);
    const struct entity **list = ARENA_ARRAY(a, n + 1, const struct entity *);
    for (size_t i = 0; i < n; i++) {
        list[i] = all[i].entity;
    }
    *out = list;
    return n;
}
