/* What templates ask of a tenant: the entities whose fields have certain texts. */
#include "model/tenant_int.h"

#include <assert.h>

struct select {
    const struct template_query *q;
    const struct layout *layout;
    const struct str *values;
    int64_t now_us;
    size_t slots[QUERY_FIELDS_MAX]; /* SLOT_NONE: the id */
    struct arena *arena;            /* NULL: only counts */
    const struct entity **at;
    size_t n, cap;
    bool (*holds)(const struct entity *e, const void *ctx); /* NULL: all are wanted */
    const void *ctx;
    bool is_found;
};

static bool has_text(const struct layout *l, size_t slot, const struct entity *e, struct str text)
{
    struct str key = entity_key(e, slot), one;
    struct texts texts = slot_texts(&l->slots[slot], key);
    while (key.s && texts_next(&one, &texts)) {
        if (str_eq(one, text)) {
            return true;
        }
    }
    return false;
}

static bool has_any(const struct layout *l, size_t slot, const struct entity *e)
{
    struct str one;
    if (slot == SLOT_NONE) {
        return true; /* the id is always there */
    }
    struct str key = entity_key(e, slot);
    struct texts texts = slot_texts(&l->slots[slot], key);
    return key.s && texts_next(&one, &texts);
}

static void keep(struct select *s, const struct entity *e)
{
    enum { FIRST = 16 };
    if (s->arena && s->n == s->cap) {
        size_t cap = s->cap ? 2 * s->cap : FIRST;
        const struct entity **at = ARENA_ARRAY(s->arena, cap, const struct entity *);
        for (size_t i = 0; i < s->n; i++) {
            at[i] = s->at[i];
        }
        s->at = at;
        s->cap = cap;
    }
    if (s->arena) {
        s->at[s->n] = e;
    }
    s->n++;
}

static bool consider(const struct entity *e, void *ctx)
{
    struct select *s = ctx;
    if (e->created_us + s->q->resource->visible_after_ms * US_PER_MS > s->now_us) {
        return true;
    }
    for (size_t i = 0; i < s->q->n; i++) {
        bool is_same = s->q->wants_absent[i]      ? !has_any(s->layout, s->slots[i], e)
                       : s->slots[i] == SLOT_NONE ? str_eq(e->id, s->values[i])
                                                  : has_text(s->layout, s->slots[i], e, s->values[i]);
        if (!is_same) {
            return true;
        }
    }
    if (s->holds) {
        s->is_found = s->holds(e, s->ctx);
        return !s->is_found;
    }
    keep(s, e);
    return true;
}

/* The grouping by the text of a slot whose entities stand in the order of age. */
static size_t grouping_by(const struct layout *l, size_t slot)
{
    size_t i = 0;
    while (l->groupings[i].by != slot || l->groupings[i].sort != SLOT_NONE ||
           l->groupings[i].only_counts) {
        i++; /* the layout has one for each query (add_queries) */
        assert(i < l->n_groupings);
    }
    return i;
}

/* Goes through the entities that the first field leads to. */
static void run(struct select *s, const struct tenant *t)
{
    const struct template_query *q = s->q;
    const struct table *table = t->tables[q->resource->index];
    const struct layout *l = s->layout = table->layout;
    for (size_t i = 0; i < q->n; i++) {
        bool is_id = q->resource->id_field && field_same(q->resource->id_field, q->fields[i]);
        s->slots[i] = is_id ? SLOT_NONE : layout_texts(l, q->fields[i]);
        if (s->values[i].len == 0 && !q->wants_absent[i]) {
            return;
        }
    }
    if (q->n == 0) {
        order_walk(&table->sortings[0], 0, table->ids.count, false, consider, s);
    } else if (s->slots[0] == SLOT_NONE) {
        const struct entity *e = entity_set_get(&table->ids, s->values[0]);
        (void)(e && consider(e, s));
    } else {
        const struct group *g = table_group(table, grouping_by(l, s->slots[0]), s->values[0]);
        (void)(g && order_walk(&g->order, 0, g->count, false, consider, s));
    }
}

size_t tenant_select(const struct entity *const **out, struct arena *a, const struct tenant *t,
                     const struct template_query *q, const struct str *values, int64_t now_us)
{
    struct select s = {.q = q, .values = values, .now_us = now_us, .arena = out ? a : NULL};
    run(&s, t);
    if (out) {
        *out = s.at;
    }
    return s.n;
}

bool tenant_any(const struct tenant *t, const struct template_query *q, const struct str *values,
                bool (*holds)(const struct entity *e, const void *ctx), const void *ctx)
{
    struct select s = {.q = q, .values = values, .now_us = INT64_MAX, .holds = holds, .ctx = ctx};
    run(&s, t);
    return s.is_found;
}
