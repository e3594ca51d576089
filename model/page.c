/* Pages: cutting a page out of the set that page_plan.c chose. If no filter is left to be tested,
 * by rank: O(log n + page), and the total is the size of the range. Else the set is walked in its
 * order, or, where it is small and in another one, gathered and sorted. */
#include "model/page_int.h"

#include <stdlib.h>

static bool passes(const struct plan *p, const struct entity *e)
{
    if (p->may_hide && e->created_us + p->delay_us > p->request->now_us) {
        return false;
    }
    for (size_t i = 0; i < p->n_tests; i++) {
        if (!filter_test_holds(&p->tests[i], e)) {
            return false;
        }
    }
    return true;
}

/* <0, 0, >0: where the entity stands to a place in the order asked for. */
static int compare(const struct plan *p, const struct entity *e, struct str key, uint64_t age)
{
    int c = p->slot == SLOT_NONE ? 0 : str_cmp(entity_key(e, p->slot), key);
    return c != 0 ? c : (e->age > age) - (e->age < age);
}

static int by_order(const void *a, const void *b, void *ctx)
{
    const struct plan *p = ctx;
    const struct entity *x = *(const struct entity *const *)a;
    const struct entity *y = *(const struct entity *const *)b;
    struct str key = {0};
    if (p->slot != SLOT_NONE) {
        key = entity_key(y, p->slot);
    }
    int c = compare(p, x, key, y->age);
    return p->request->is_descending ? -c : c;
}

static bool is_behind_cursor(const struct plan *p, const struct entity *e)
{
    int c = compare(p, e, p->cursor.key, p->cursor.age);
    return p->request->is_descending ? c < 0 : c > 0;
}

/* All that pass, collected in the arena. */
struct gather {
    const struct plan *plan;
    const struct entity **at;
    size_t n, cap;
    size_t keep; /* in a walk: how many to keep */
    size_t skip; /* and how many to pass over before */
    size_t total;
    bool has_more;
};

static void gather_init(struct gather *g, const struct plan *p)
{
    enum { CAP_FIRST = 32 };
    *g = (struct gather){.plan = p, .keep = p->request->take, .cap = CAP_FIRST};
    g->skip = p->request->after.s ? 0 : p->request->skip;
    g->at = ARENA_ARRAY(p->arena, g->cap, const struct entity *);
}

static void keep(struct gather *g, const struct entity *e)
{
    if (g->n == g->cap) {
        const struct entity **at = ARENA_ARRAY(g->plan->arena, g->cap * 2, const struct entity *);
        for (size_t i = 0; i < g->n; i++) {
            at[i] = g->at[i];
        }
        g->at = at;
        g->cap *= 2;
    }
    g->at[g->n++] = e;
}

static bool walk_one(const struct entity *e, void *ctx)
{
    struct gather *g = ctx;
    const struct plan *p = g->plan;
    if (!passes(p, e)) {
        return true;
    }
    g->total++;
    if (p->has_cursor && !is_behind_cursor(p, e)) {
        return true;
    }
    if (g->skip) {
        g->skip--;
    } else if (g->n < g->keep) {
        keep(g, e);
    } else {
        g->has_more = true;
    }
    return true;
}

static bool gather_one(const struct entity *e, void *ctx)
{
    struct gather *g = ctx;
    if (passes(g->plan, e)) {
        keep(g, e);
    }
    return true;
}

static void cut_walk(struct page *out, const struct plan *p)
{
    struct gather g;
    gather_init(&g, p);
    set_walk(&p->set, p->request->is_descending, walk_one, &g);
    *out = (struct page){.at = g.at, .n = g.n, .total = g.total, .has_more = g.has_more};
}

static void cut_gathered(struct page *out, const struct plan *p)
{
    struct gather g;
    gather_init(&g, p);
    set_walk(&p->set, false, gather_one, &g);
    qsort_r(g.at, g.n, sizeof(void *), by_order, (void *)(uintptr_t)p);
    size_t start = g.skip < g.n ? g.skip : g.n;
    while (p->has_cursor && start < g.n && !is_behind_cursor(p, g.at[start])) {
        start++;
    }
    size_t n = g.n - start < p->request->take ? g.n - start : p->request->take;
    *out = (struct page){.at = g.at + start, .n = n, .total = g.n, .has_more = g.n - start > n};
}

/* No test is left: the page is a range of ranks. */
static void cut_range(struct page *out, const struct plan *p)
{
    const struct set *s = &p->set;
    size_t total = set_size(s), start = p->request->after.s ? 0 : p->request->skip;
    if (p->has_cursor) {
        struct order_bound bound = {.key = p->cursor.key, .age = p->cursor.age};
        if (!p->request->is_descending && bound.age < UINT64_MAX) {
            bound.age++; /* behind the last one seen */
        }
        size_t rank = order_rank(s->order, p->slot, &bound);
        rank = rank < s->from ? s->from : rank > s->to ? s->to : rank;
        start = p->request->is_descending ? s->to - rank : rank - s->from;
    }
    start = start < total ? start : total;
    size_t n = total - start < p->request->take ? total - start : p->request->take;
    const struct entity **at = ARENA_ARRAY(p->arena, n, const struct entity *);
    size_t from = p->request->is_descending ? s->to - start - n : s->from + start;
    order_slice(at, s->order, from, n);
    for (size_t i = 0; p->request->is_descending && i < n / 2; i++) {
        const struct entity *e = at[i];
        at[i] = at[n - 1 - i];
        at[n - 1 - i] = e;
    }
    *out = (struct page){.at = at, .n = n, .total = total, .has_more = start + n < total};
}

/* Stands for the list: tenant, resource, parent, order, direction. */
static uint64_t salt_of(const struct tenant *t, const struct page_request *request)
{
    uint64_t salt = str_hash_seeded(request->resource->name, t->seed);
    salt = str_hash_seeded(request->parent_id, salt);
    return salt ^ (request->order << 1) ^ request->is_descending ^
           ((uint64_t)request->is_from_target << 32);
}

static struct str next_of(const struct page *page, const struct plan *p, uint64_t salt)
{
    if (page->n == 0) { /* a page of none: go on from where it began */
        return p->request->after.s ? p->request->after : STR("");
    }
    const struct entity *last = page->at[page->n - 1];
    struct cursor cursor = {.age = last->age};
    if (p->slot != SLOT_NONE) {
        cursor.key = entity_key(last, p->slot);
    }
    return cursor_text(p->arena, &cursor, salt);
}

bool tenant_page(struct page *out, struct arena *a, const struct tenant *t,
                 const struct page_request *request)
{
    struct plan p = {.arena = a, .tenant = t, .request = request};
    uint64_t salt = salt_of(t, request);
    p.table = t->tables[request->resource->index];
    p.has_cursor = request->after.s && request->after.len;
    if (p.has_cursor && !cursor_read(&p.cursor, a, request->after, salt)) {
        return false;
    }
    plan_make(&p);
    if (!p.is_sorted) {
        cut_gathered(out, &p);
    } else if (!plan_is_exact(&p)) {
        cut_walk(out, &p);
    } else {
        cut_range(out, &p);
    }
    out->next_cursor = out->has_more ? next_of(out, &p, salt) : (struct str){0};
    return true;
}
