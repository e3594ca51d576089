/* Filling an order at once. Entries that come while a tenant is loaded are only noted; with the first
 * look at the order they are sorted, and its nodes are made from them, full but for some room. A million
 * entries cost a sort instead of a million ways through the tree.
 *
 * Keys are sorted eight bytes at a time: entries with the same eight are a run, sorted by the next
 * eight. Names that begin alike (most do) are so compared as numbers, and each entity is looked at once
 * for each eight bytes that it shares with another, not once for each comparison. */
#include "model/order_node.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
    FULL = NODE_CAP - NODE_CAP / 8, /* of a node that is made at once: room for what comes */
    FEW = 12,                       /* entries that are sorted by comparing them */
};

struct order_pending {
    size_t slot, n, cap;
    struct order_entry *at;
};

void order_note(struct order *o, size_t slot, struct order_entry entry)
{
    struct order_pending *p = o->pending;
    if (!p) {
        o->pending = p = MEM_NEW(struct order_pending);
        p->slot = slot;
    }
    if (p->n == p->cap) {
        p->cap = p->cap ? 2 * p->cap : 1024;
        p->at = mem_resize(p->at, p->cap, sizeof *p->at);
    }
    p->at[p->n++] = entry;
}

void order_forget(struct order *o)
{
    if (o->pending) {
        mem_free(o->pending->at);
        mem_free(o->pending);
        o->pending = NULL;
    }
}

/* An entry with the eight bytes of its key that are being sorted by. */
struct part {
    uint64_t bytes;
    struct order_entry entry;
};

static int by_bytes(const void *a, const void *b)
{
    const struct part *x = a, *y = b;
    return (x->bytes > y->bytes) - (x->bytes < y->bytes);
}

static int in_order(const struct order_entry *a, const struct order_entry *b, size_t slot)
{
    struct order_probe probe = order_probe(b->entity, slot);
    return order_compare(a, &probe);
}

static void sort_few(struct part *at, size_t n, size_t slot)
{
    for (size_t i = 1; i < n; i++) {
        struct part moved = at[i];
        size_t k = i;
        while (k > 0 && in_order(&at[k - 1].entry, &moved.entry, slot) > 0) {
            at[k] = at[k - 1];
            k--;
        }
        at[k] = moved;
    }
}

/* By length, then age: keys of the same bytes, of which one may go on with NULs. */
static int by_length(const void *a, const void *b)
{
    const struct part *x = a, *y = b;
    int c = (x->bytes > y->bytes) - (x->bytes < y->bytes);
    uint64_t older = x->entry.entity->age, newer = y->entry.entity->age;
    return c ? c : (older > newer) - (older < newer);
}

/* Sorts entries whose keys are the same before byte `from`. As deep as the longest key has eights, of
 * which a run of at least FEW entries shares all. */
static void sort_run(struct part *at, size_t n, size_t slot, size_t from)
{
    enum { EIGHT = 8, DEPTH_MAX = 512 };
    if (n <= FEW) {
        sort_few(at, n, slot);
        return;
    }
    bool is_over = from > 0;                     /* no key goes on */
    for (size_t i = 0; i < n && from > 0; i++) { /* the first eight are the entry's head */
        struct str key = entity_key(at[i].entry.entity, slot);
        is_over = is_over && key.len <= from;
        at[i].bytes = order_head(str_slice(key, from, key.len));
    }
    for (size_t i = 0; i < n && is_over; i++) {
        at[i].bytes = entity_key(at[i].entry.entity, slot).len;
    }
    if (is_over || from > (size_t)EIGHT * DEPTH_MAX) {
        if (is_over) {
            qsort(at, n, sizeof *at, by_length);
        } else {
            sort_few(at, n, slot);
        }
        return;
    }
    qsort(at, n, sizeof *at, by_bytes);
    for (size_t i = 0, k = 0; i < n; i = k) {
        while (k < n && at[k].bytes == at[i].bytes) {
            k++;
        }
        sort_run(&at[i], k - i, slot, from + EIGHT);
    }
}

static bool is_sorted(const struct order_pending *p)
{
    for (size_t i = 1; i < p->n; i++) {
        if (in_order(&p->at[i - 1], &p->at[i], p->slot) >= 0) {
            return false;
        }
    }
    return true;
}

static void sort(struct order_pending *p)
{
    if (is_sorted(p)) {
        return; /* as files and ages come */
    }
    struct part *parts = mem_alloc(p->n, sizeof *parts);
    for (size_t i = 0; i < p->n; i++) {
        parts[i] = (struct part){p->at[i].head, p->at[i]};
    }
    if (p->slot == SLOT_NONE) {
        qsort(parts, p->n, sizeof *parts, by_bytes);
    } else {
        sort_run(parts, p->n, p->slot, 0);
    }
    for (size_t i = 0; i < p->n; i++) {
        p->at[i] = parts[i].entry;
    }
    mem_free(parts);
}

/* How many of `left` go into the next node: so that the last one is not too small either. */
static size_t share(size_t left)
{
    return left <= NODE_CAP ? left : left < FULL + NODE_MIN ? left / 2 : FULL;
}

static size_t make_leaves(struct order_child *out, const struct order_entry *at, size_t n)
{
    size_t made = 0;
    for (size_t i = 0; i < n;) {
        size_t take = share(n - i);
        struct order_node *leaf = order_node_new(true, NODE_CAP);
        memcpy(order_leaf(leaf)->at, &at[i], take * sizeof *at);
        leaf->n = (uint16_t)take;
        out[made].node = leaf;
        order_refresh(&out[made++]);
        i += take;
    }
    return made;
}

static size_t make_branches(struct order_child *io, size_t n)
{
    size_t made = 0;
    for (size_t i = 0; i < n;) {
        size_t take = share(n - i);
        struct order_node *branch = order_node_new(false, NODE_CAP);
        memcpy(order_branch(branch)->at, &io[i], take * sizeof *io);
        branch->n = (uint16_t)take;
        i += take;
        io[made].node = branch; /* behind what is still to be read */
        order_refresh(&io[made++]);
    }
    return made;
}

static void build(struct order *o, const struct order_pending *p)
{
    struct order_child *level = mem_alloc(p->n / (FULL / 2) + 2, sizeof *level);
    size_t n = make_leaves(level, p->at, p->n);
    while (n > 1) {
        n = make_branches(level, n);
    }
    o->root = level[0].node;
    mem_free(level);
}

static bool note_one(const struct entity *e, void *ctx)
{
    struct order *o = ctx;
    struct order_probe probe = order_probe(e, o->pending->slot);
    order_note(o, o->pending->slot, (struct order_entry){probe.head, e});
    return true;
}

void order_settle(struct order *o)
{
    struct order whole = {.pending = o->pending};
    struct order there = {.root = o->root};
    o->pending = NULL;
    if (there.root) { /* what is there goes in again with the others */
        (void)order_walk(&there, 0, order_count(&there), false, note_one, &whole);
        order_done(&there);
    }
    sort(whole.pending);
    build(o, whole.pending);
    order_forget(&whole);
}
