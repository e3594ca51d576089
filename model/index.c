/* Tables: the indexes of one resource. Every entity stands in `ids`, in each sorting, and, for each
 * grouping, in one group for each text that it has there:
 *
 *     groupings[division.id]   "sales"   ▶ group ── 3 ── order: Ada Bob Kim
 *                              "service" ▶ group ── 1 ── order: Eve
 *
 * The reverse map of references is such a grouping (by the id referred to), and so are the links of
 * a parent, the orders with a group, and (with counts alone) the limits. */
#include "model/tenant_int.h"

#include <assert.h>
#include <string.h>

static struct group *group_new(struct str key)
{
    struct group *g = mem_alloc(1, sizeof *g + key.len);
    atomic_init(&g->refs, 1);
    if (key.len) {
        memcpy(g->bytes, key.s, key.len);
    }
    g->key = (struct str){g->bytes, key.len};
    return g;
}

static void group_drop(struct group *g)
{
    if (atomic_fetch_sub_explicit(&g->refs, 1, memory_order_acq_rel) == 1) {
        order_done(&g->order);
        mem_free(g);
    }
}

/* The group of that key, made this table's alone; a new one where there is none. */
static struct group *group_own(struct map *groups, struct str key)
{
    struct group *g = map_get(groups, key);
    if (g && atomic_load_explicit(&g->refs, memory_order_acquire) == 1) {
        return g;
    }
    struct group *own = group_new(key);
    if (g) {
        own->count = g->count;
        order_share(&own->order, &g->order);
    }
    map_put(groups, own->key, own);
    if (g) {
        group_drop(g);
    }
    return own;
}

/* The texts by which an entity is grouped. */
static struct texts texts_of(const struct table *t, const struct grouping *g,
                             const struct entity *e)
{
    return slot_texts(&t->layout->slots[g->by], entity_key(e, g->by));
}

static void insert(const struct table *t, struct order *o, size_t slot, const struct entity *e)
{
    if (t->is_filling) {
        order_insert_later(o, slot, e);
    } else {
        order_insert(o, slot, e);
    }
}

static void groups_insert(struct table *t, size_t i, const struct entity *e)
{
    const struct grouping *g = &t->layout->groupings[i];
    struct texts texts = texts_of(t, g, e);
    struct str key;
    while (texts_next(&key, &texts)) {
        struct group *group = group_own(&t->groupings[i], key);
        group->count++;
        if (!g->only_counts) {
            insert(t, &group->order, g->sort, e);
        }
    }
}

static void groups_remove(struct table *t, size_t i, const struct entity *e)
{
    const struct grouping *g = &t->layout->groupings[i];
    struct texts texts = texts_of(t, g, e);
    struct str key;
    while (texts_next(&key, &texts)) {
        struct group *group = group_own(&t->groupings[i], key);
        group->count--;
        if (!g->only_counts) {
            order_remove(&group->order, g->sort, e);
        }
        if (group->count == 0) {
            map_del(&t->groupings[i], key);
            group_drop(group);
        }
    }
}

static bool same_key(const struct entity *a, const struct entity *b, size_t slot)
{
    if (slot == SLOT_NONE) {
        return true;
    }
    struct str x = entity_key(a, slot), y = entity_key(b, slot);
    return !x.s == !y.s && str_eq(x, y);
}

static void groups_replace(struct table *t, size_t i, const struct entity *old,
                           const struct entity *e)
{
    const struct grouping *g = &t->layout->groupings[i];
    if (!same_key(old, e, g->by) || !same_key(old, e, g->sort)) {
        groups_remove(t, i, old);
        groups_insert(t, i, e);
        return;
    }
    struct texts texts = texts_of(t, g, e);
    struct str key;
    while (!g->only_counts && texts_next(&key, &texts)) {
        order_swap(&group_own(&t->groupings[i], key)->order, g->sort, old, e);
    }
}

/* s NULL where the rule does not keep or compare the entity. */
static struct str unique_key(const struct table *t, size_t i, const struct entity *e)
{
    size_t slot = t->layout->unique[i];
    if (slot == SLOT_NONE) {
        return (struct str){0};
    }
    return entity_key(e, slot);
}

static void unique_insert(struct table *t, size_t i, const struct entity *e)
{
    struct str key = unique_key(t, i, e);
    if (key.s) {
        const struct entity *other = entity_set_put(&t->unique[i], e);
        assert(!other); /* the caller looked */
    }
}

static void unique_remove(struct table *t, size_t i, const struct entity *e)
{
    struct str key = unique_key(t, i, e);
    if (key.s) {
        entity_set_del(&t->unique[i], key);
    }
}

static void note_time(struct table *t, const struct entity *e)
{
    if (e->created_us > t->created_max_us || t->ids.count == 1) {
        t->created_max_us = e->created_us;
    }
}

void table_insert(struct table *t, const struct entity *e)
{
    const struct entity *other = entity_set_put(&t->ids, e);
    assert(!other);
    for (size_t i = 0; i < t->layout->resource->n_unique; i++) {
        unique_insert(t, i, e);
    }
    for (size_t i = 0; i < t->layout->n_sortings; i++) {
        insert(t, &t->sortings[i], t->layout->sortings[i].slot, e);
    }
    for (size_t i = 0; i < t->layout->n_groupings; i++) {
        groups_insert(t, i, e);
    }
    note_time(t, e);
}

void table_fill(struct table *t)
{
    t->is_filling = true;
}

void table_filled(struct table *t)
{
    t->is_filling = false;
    for (size_t i = 0; i < t->layout->n_sortings; i++) {
        (void)order_count(&t->sortings[i]); /* looking at it settles it */
    }
    for (size_t i = 0; i < t->layout->n_groupings; i++) {
        struct str key;
        void *value;
        for (size_t cursor = 0; map_next(&t->groupings[i], &cursor, &key, &value);) {
            (void)order_count(&((struct group *)value)->order);
        }
    }
}

void table_replace(struct table *t, const struct entity *old, const struct entity *e)
{
    assert(old->age == e->age);
    const struct entity *other = entity_set_put(&t->ids, e);
    assert(other == old);
    for (size_t i = 0; i < t->layout->resource->n_unique; i++) {
        unique_remove(t, i, old);
        unique_insert(t, i, e);
    }
    for (size_t i = 0; i < t->layout->n_sortings; i++) {
        size_t slot = t->layout->sortings[i].slot;
        if (same_key(old, e, slot)) {
            order_swap(&t->sortings[i], slot, old, e);
        } else {
            order_remove(&t->sortings[i], slot, old);
            order_insert(&t->sortings[i], slot, e);
        }
    }
    for (size_t i = 0; i < t->layout->n_groupings; i++) {
        groups_replace(t, i, old, e);
    }
    note_time(t, e);
    entity_drop(old);
}

void table_remove(struct table *t, const struct entity *e)
{
    entity_set_del(&t->ids, e->id);
    for (size_t i = 0; i < t->layout->resource->n_unique; i++) {
        unique_remove(t, i, e);
    }
    for (size_t i = 0; i < t->layout->n_sortings; i++) {
        order_remove(&t->sortings[i], t->layout->sortings[i].slot, e);
    }
    for (size_t i = 0; i < t->layout->n_groupings; i++) {
        groups_remove(t, i, e);
    }
    entity_drop(e);
}

struct table *table_new(const struct layout *layout)
{
    struct table *t = MEM_NEW(struct table);
    atomic_init(&t->refs, 1);
    t->layout = layout;
    t->unique = MEM_ARRAY(layout->resource->n_unique, struct entity_set);
    entity_set_init(&t->ids, SLOT_NONE);
    for (size_t i = 0; i < layout->resource->n_unique; i++) {
        entity_set_init(&t->unique[i], layout->unique[i]);
    }
    t->sortings = MEM_ARRAY(layout->n_sortings, struct order);
    t->groupings = MEM_ARRAY(layout->n_groupings, struct map);
    return t;
}

struct table *table_hold(struct table *t)
{
    atomic_fetch_add_explicit(&t->refs, 1, memory_order_relaxed);
    return t;
}

void table_drop(struct table *t)
{
    if (!t || atomic_fetch_sub_explicit(&t->refs, 1, memory_order_acq_rel) > 1) {
        return;
    }
    const struct layout *l = t->layout;
    struct str key;
    void *value;
    for (size_t i = 0; i < l->n_groupings; i++) {
        for (size_t cursor = 0; map_next(&t->groupings[i], &cursor, &key, &value);) {
            group_drop(value);
        }
        map_done(&t->groupings[i]);
    }
    for (size_t i = 0; i < l->n_sortings; i++) {
        order_done(&t->sortings[i]);
    }
    for (size_t i = 0; i < l->resource->n_unique; i++) {
        entity_set_done(&t->unique[i]);
    }
    const struct entity *e;
    for (size_t cursor = 0; (e = entity_set_next(&t->ids, &cursor)) != NULL;) {
        entity_drop(e);
    }
    entity_set_done(&t->ids);
    mem_free(t->groupings);
    mem_free(t->sortings);
    mem_free(t->unique);
    mem_free(t);
}

static struct table *table_copy(const struct table *from)
{
    const struct layout *l = from->layout;
    struct table *t = table_new(l);
    struct str key;
    void *value;
    t->created_max_us = from->created_max_us;
    const struct entity *e;
    entity_set_copy(&t->ids, &from->ids);
    for (size_t cursor = 0; (e = entity_set_next(&t->ids, &cursor)) != NULL;) {
        entity_hold(e);
    }
    for (size_t i = 0; i < l->resource->n_unique; i++) {
        entity_set_copy(&t->unique[i], &from->unique[i]);
    }
    for (size_t i = 0; i < l->n_sortings; i++) {
        order_share(&t->sortings[i], &from->sortings[i]);
    }
    for (size_t i = 0; i < l->n_groupings; i++) {
        map_copy(&t->groupings[i], &from->groupings[i]);
        for (size_t cursor = 0; map_next(&t->groupings[i], &cursor, &key, &value);) {
            struct group *g = value;
            atomic_fetch_add_explicit(&g->refs, 1, memory_order_relaxed);
        }
    }
    return t;
}

struct table *table_own(struct table **place)
{
    struct table *t = *place;
    if (atomic_load_explicit(&t->refs, memory_order_acquire) == 1) {
        return t;
    }
    *place = table_copy(t);
    table_drop(t);
    return *place;
}

const struct group *table_group(const struct table *t, size_t grouping, struct str text)
{
    return map_get(&t->groupings[grouping], text);
}

const struct entity *table_unique(const struct table *t, size_t rule, struct str key)
{
    return entity_set_get(&t->unique[rule], key);
}
