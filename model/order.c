/* Orders: a counted B+-tree. Entities stand in the leaves; a branch keeps, for each child, the
 * child's lowest entry and how many entities are below it, so that a rank is found by adding counts
 * on the way down and a place by comparing lowest entries.
 *
 *     branch    low: Ada ·3     low: Dee ·2     low: Kim ·4
 *                  │               │               │
 *     leaves    Ada Bob Cyd     Dee Eve         Kim Lou Max Ned
 *
 *     order_rank(Eve) = 3 + 1          order_at(6) = the second of the third leaf (6 - 3 - 2 = 1)
 *
 * Each entry carries the first eight bytes of its key (or the age, in orders by age), so that most
 * comparisons do not touch the entity. A leaf that is the root grows by doubling: small orders are
 * small. Every other node holds at least NODE_MIN entries; a node that falls below it is joined or
 * levelled with a neighbour, one that overflows is split: in the middle, or near the end where the
 * new entry goes to the end, because ages and fixtures come in order.
 *
 * Nodes are counted and shared between orders (a clone of a tenant shares them all). `own` is
 * called on every node on the way of a change: it copies the node if another order uses it too. */
#include "model/order_node.h"

#include <string.h>

uint64_t order_head(struct str key)
{
    uint64_t head = 0;
    for (size_t i = 0; i < sizeof head; i++) {
        head = head << 8 | (i < key.len ? (unsigned char)key.s[i] : 0U);
    }
    return head;
}

struct order_probe order_probe(const struct entity *e, size_t slot)
{
    if (slot == SLOT_NONE) {
        return (struct order_probe){.head = e->age, .age = e->age, .slot = slot};
    }
    struct str key = entity_key(e, slot);
    return (struct order_probe){order_head(key), key, e->age, slot};
}

/* <0, 0, >0: the entry stands before, at, behind the probe. */
int order_compare(const struct order_entry *entry, const struct order_probe *probe)
{
    if (entry->head != probe->head) {
        return entry->head < probe->head ? -1 : 1;
    }
    if (probe->slot != SLOT_NONE) {
        int c = str_cmp(entity_key(entry->entity, probe->slot), probe->key);
        if (c != 0) {
            return c;
        }
    }
    return (entry->entity->age > probe->age) - (entry->entity->age < probe->age);
}

static size_t node_bytes(bool is_leaf, size_t cap)
{
    return is_leaf ? sizeof(struct leaf) + cap * sizeof(struct order_entry)
                   : sizeof(struct branch) + cap * sizeof(struct order_child);
}

struct order_node *order_node_new(bool is_leaf, size_t cap)
{
    struct order_node *n = mem_alloc(1, node_bytes(is_leaf, cap));
    atomic_init(&n->refs, 1);
    n->is_leaf = is_leaf;
    n->cap = (uint16_t)cap;
    return n;
}

static void node_hold(struct order_node *n)
{
    atomic_fetch_add_explicit(&n->refs, 1, memory_order_relaxed);
}

static void node_drop(struct order_node *n)
{
    if (!n || atomic_fetch_sub_explicit(&n->refs, 1, memory_order_acq_rel) > 1) {
        return;
    }
    for (size_t i = 0; !n->is_leaf && i < n->n; i++) {
        node_drop(order_branch(n)->at[i].node);
    }
    mem_free(n);
}

/* The node at *place, made this order's alone. */
static struct order_node *own(struct order_node **place)
{
    struct order_node *n = *place;
    if (atomic_load_explicit(&n->refs, memory_order_acquire) == 1) {
        return n;
    }
    struct order_node *copy = order_node_new(n->is_leaf, n->cap);
    copy->n = n->n;
    if (n->is_leaf) {
        memcpy(order_leaf(copy)->at, order_leaf(n)->at, n->n * sizeof *order_leaf(n)->at);
    } else {
        memcpy(order_branch(copy)->at, order_branch(n)->at, n->n * sizeof *order_branch(n)->at);
        for (size_t i = 0; i < n->n; i++) {
            node_hold(order_branch(n)->at[i].node);
        }
    }
    node_drop(n);
    *place = copy;
    return copy;
}

static struct order_entry low_of(struct order_node *n)
{
    return n->is_leaf ? order_leaf(n)->at[0] : order_branch(n)->at[0].low;
}

static size_t count_of(struct order_node *n)
{
    if (n->is_leaf) {
        return n->n;
    }
    size_t count = 0;
    for (size_t i = 0; i < n->n; i++) {
        count += order_branch(n)->at[i].count;
    }
    return count;
}

void order_refresh(struct order_child *c)
{
    c->low = low_of(c->node);
    c->count = count_of(c->node);
}

/* First entry of a leaf that is not before the probe. */
static size_t leaf_place(struct order_node *n, const struct order_probe *probe)
{
    const struct order_entry *at = order_leaf(n)->at;
    size_t low = 0, high = n->n;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (order_compare(&at[middle], probe) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* The last child whose lowest entry is not behind the probe; the first if all are. */
static size_t branch_place(struct order_node *n, const struct order_probe *probe)
{
    const struct order_child *at = order_branch(n)->at;
    size_t low = 1, high = n->n;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (order_compare(&at[middle].low, probe) <= 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low - 1;
}

/* Moves the entries from `from` on to the end of `to`. */
static void move_tail(struct order_node *to, struct order_node *n, size_t from)
{
    size_t moved = n->n - from;
    if (n->is_leaf) {
        memcpy(&order_leaf(to)->at[to->n], &order_leaf(n)->at[from],
               moved * sizeof *order_leaf(n)->at);
    } else {
        memcpy(&order_branch(to)->at[to->n], &order_branch(n)->at[from],
               moved * sizeof *order_branch(n)->at);
    }
    to->n = (uint16_t)(to->n + moved);
    n->n = (uint16_t)from;
}

/* Splits a full node, into which something goes at `place`; gives the new right part. */
static struct order_node *split(struct order_node *n, size_t place)
{
    struct order_node *right = order_node_new(n->is_leaf, NODE_CAP);
    move_tail(right, n, place == n->n ? NODE_CAP - NODE_MIN : NODE_CAP / 2);
    return right;
}

static void leaf_put(struct order_node *n, size_t place, struct order_entry entry)
{
    struct order_entry *at = order_leaf(n)->at;
    memmove(&at[place + 1], &at[place], (n->n - place) * sizeof *at);
    at[place] = entry;
    n->n++;
}

static void branch_put(struct order_node *n, size_t place, struct order_child child)
{
    struct order_child *at = order_branch(n)->at;
    memmove(&at[place + 1], &at[place], (n->n - place) * sizeof *at);
    at[place] = child;
    n->n++;
}

static struct order_node *leaf_insert(struct order_node **node, const struct order_probe *probe,
                                      struct order_entry entry)
{
    struct order_node *n = own(node), *right = NULL;
    size_t place = leaf_place(n, probe);
    assert(place == n->n || order_compare(&order_leaf(n)->at[place], probe) != 0);
    if (n->n == n->cap && n->cap < NODE_CAP) {
        size_t cap = (size_t)n->cap * 2;
        *node = n = mem_resize(n, 1, node_bytes(true, cap));
        n->cap = (uint16_t)cap;
    } else if (n->n == n->cap) {
        right = split(n, place);
        if (place > n->n) {
            leaf_put(right, place - n->n, entry);
            return right;
        }
    }
    leaf_put(n, place, entry);
    return right;
}

/* Inserts below *node; gives the new right neighbour if the node was split, else NULL. */
static struct order_node *insert(struct order_node **node, const struct order_probe *probe,
                                 struct order_entry entry)
{
    if ((*node)->is_leaf) {
        return leaf_insert(node, probe, entry);
    }
    struct order_node *n = own(node);
    size_t place = branch_place(n, probe);
    struct order_child *c = &order_branch(n)->at[place];
    struct order_node *more = insert(&c->node, probe, entry);
    order_refresh(c);
    if (!more) {
        return NULL;
    }
    struct order_child child = {.node = more};
    order_refresh(&child);
    place++;
    struct order_node *right = n->n == n->cap ? split(n, place) : NULL;
    if (right && place > n->n) {
        branch_put(right, place - n->n, child);
    } else {
        branch_put(n, place, child);
    }
    return right;
}

/* Nobody sees an order with entries that are only noted. To its users it stays the same. */
static struct order_node *root_of(const struct order *o)
{
    union {
        const struct order *read;
        struct order *settled;
    } same = {.read = o};
    if (o->pending) {
        order_settle(same.settled);
    }
    return o->root;
}

void order_insert_later(struct order *o, size_t slot, const struct entity *e)
{
    struct order_probe probe = order_probe(e, slot);
    bool is_large = o->root && (!o->root->is_leaf || o->root->n == NODE_CAP);
    if (is_large && slot != SLOT_NONE) { /* ages come in order, and are looked at in between */
        order_note(o, slot, (struct order_entry){probe.head, e});
    } else {
        order_insert(o, slot, e);
    }
}

void order_insert(struct order *o, size_t slot, const struct entity *e)
{
    (void)root_of(o);
    struct order_probe probe = order_probe(e, slot);
    if (!o->root) {
        o->root = order_node_new(true, LEAF_CAP_FIRST);
    }
    struct order_node *right = insert(&o->root, &probe, (struct order_entry){probe.head, e});
    if (right) {
        struct order_node *root = order_node_new(false, NODE_CAP);
        root->n = 2;
        order_branch(root)->at[0].node = o->root;
        order_branch(root)->at[1].node = right;
        order_refresh(&order_branch(root)->at[0]);
        order_refresh(&order_branch(root)->at[1]);
        o->root = root;
    }
}

static void branch_take(struct order_node *n, size_t place)
{
    struct order_child *at = order_branch(n)->at;
    memmove(&at[place], &at[place + 1], (n->n - place - 1) * sizeof *at);
    n->n--;
}

/* Levels two neighbours: half of their entries each. */
static void level(struct order_node *left, struct order_node *right)
{
    size_t half = (size_t)(left->n + right->n) / 2;
    struct order_node *all = order_node_new(left->is_leaf, 2 * (size_t)NODE_CAP);
    move_tail(all, left, 0);
    move_tail(all, right, 0);
    move_tail(right, all, half);
    move_tail(left, all, 0);
    mem_free(all);
}

/* Mends child number `i`, which has too few entries, with its neighbour. */
static void mend(struct order_node *n, size_t i)
{
    struct order_child *at = order_branch(n)->at;
    i -= i + 1 == n->n; /* i and i + 1: the neighbours */
    struct order_node *left = own(&at[i].node), *right = own(&at[i + 1].node);
    if (left->n + right->n > NODE_CAP / 4 * 3) {
        level(left, right);
        order_refresh(&at[i]);
        order_refresh(&at[i + 1]);
        return;
    }
    move_tail(left, right, 0);
    node_drop(right); /* empty: nothing below it is dropped */
    branch_take(n, i + 1);
    order_refresh(&at[i]);
}

static void remove_from(struct order_node **node, const struct order_probe *probe)
{
    struct order_node *n = own(node);
    if (n->is_leaf) {
        struct order_entry *at = order_leaf(n)->at;
        size_t place = leaf_place(n, probe);
        assert(place < n->n && order_compare(&at[place], probe) == 0);
        memmove(&at[place], &at[place + 1], (n->n - place - 1) * sizeof *at);
        n->n--;
        return;
    }
    size_t place = branch_place(n, probe);
    struct order_child *c = &order_branch(n)->at[place];
    remove_from(&c->node, probe);
    if (c->node->n < NODE_MIN) {
        mend(n, place);
    } else {
        order_refresh(c);
    }
}

void order_remove(struct order *o, size_t slot, const struct entity *e)
{
    struct order_probe probe = order_probe(e, slot);
    (void)root_of(o);
    assert(o->root);
    remove_from(&o->root, &probe);
    struct order_node *root = o->root;
    if (root->n == 0) {
        o->root = NULL;
        node_drop(root);
    } else if (!root->is_leaf && root->n == 1) {
        o->root = order_branch(root)->at[0].node;
        root->n = 0;
        node_drop(root);
    }
}

void order_swap(struct order *o, size_t slot, const struct entity *old, const struct entity *e)
{
    struct order_probe probe = order_probe(old, slot);
    (void)root_of(o);
    struct order_node **node = &o->root;
    assert(*node);
    for (;;) {
        struct order_node *n = own(node);
        if (n->is_leaf) {
            struct order_entry *entry = &order_leaf(n)->at[leaf_place(n, &probe)];
            assert(entry->entity == old);
            entry->entity = e;
            return;
        }
        struct order_child *c = &order_branch(n)->at[branch_place(n, &probe)];
        if (c->low.entity == old) {
            c->low.entity = e; /* before going on: both have the same key */
        }
        node = &c->node;
    }
}

void order_done(struct order *o)
{
    order_forget(o);
    node_drop(o->root);
    o->root = NULL;
}

void order_share(struct order *out, const struct order *o)
{
    *out = (struct order){.root = root_of(o)};
    if (out->root) {
        node_hold(out->root);
    }
}

size_t order_count(const struct order *o)
{
    struct order_node *root = root_of(o);
    return root ? count_of(root) : 0;
}

const struct entity *order_at(const struct order *o, size_t rank)
{
    struct order_node *n = root_of(o);
    assert(n);
    while (!n->is_leaf) {
        const struct order_child *c = order_branch(n)->at;
        while (rank >= c->count) {
            rank -= c->count;
            c++;
        }
        n = c->node;
    }
    assert(rank < n->n);
    return order_leaf(n)->at[rank].entity;
}

/* True if the entry stands before the bound. */
static bool is_before(const struct order_entry *entry, const struct order_probe *probe,
                      const struct order_bound *bound)
{
    if (!bound->is_prefix_end) {
        return order_compare(entry, probe) < 0;
    }
    size_t unused = bound->key.len < sizeof probe->head ? sizeof probe->head - bound->key.len : 0;
    uint64_t mask = unused == sizeof probe->head ? 0 : UINT64_MAX << (unused * 8);
    if ((entry->head & mask) != probe->head) {
        return entry->head < probe->head;
    }
    struct str key = unused ? bound->key : entity_key(entry->entity, probe->slot);
    return str_starts(key, bound->key) || str_cmp(key, bound->key) < 0;
}

size_t order_rank(const struct order *o, size_t slot, const struct order_bound *bound)
{
    struct order_probe probe = {slot == SLOT_NONE ? bound->age : order_head(bound->key), bound->key,
                                bound->age, slot};
    struct order_node *n = root_of(o);
    size_t rank = 0;
    while (n && !n->is_leaf) {
        const struct order_child *at = order_branch(n)->at;
        size_t i = 0, low = 1, high = n->n;
        while (low < high) { /* the last child whose lowest entry is before the bound */
            size_t middle = (low + high) / 2;
            if (is_before(&at[middle].low, &probe, bound)) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        for (; i < low - 1; i++) {
            rank += at[i].count;
        }
        n = at[i].node;
    }
    if (!n) {
        return 0;
    }
    size_t low = 0, high = n->n;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (is_before(&order_leaf(n)->at[middle], &probe, bound)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return rank + low;
}

struct walk {
    bool is_descending;
    bool (*each)(const struct entity *e, void *ctx);
    void *ctx;
};

/* The entities [from, to) below `n`. As deep as the tree: ten levels hold more than memory does. */
static bool walk(struct order_node *n, size_t from, size_t to, const struct walk *w)
{
    if (n->is_leaf) {
        for (size_t i = from; i < to; i++) {
            size_t place = w->is_descending ? to - 1 - (i - from) : i;
            if (!w->each(order_leaf(n)->at[place].entity, w->ctx)) {
                return false;
            }
        }
        return true;
    }
    const struct order_child *at = order_branch(n)->at;
    size_t before = w->is_descending ? count_of(n) : 0;
    for (size_t i = 0; i < n->n; i++) {
        const struct order_child *c = w->is_descending ? &at[n->n - 1 - i] : &at[i];
        before -= w->is_descending ? c->count : 0;
        size_t low = from > before ? from - before : 0;
        size_t high = to > before ? to - before : 0;
        high = high < c->count ? high : c->count;
        if (low < high && !walk(c->node, low, high, w)) {
            return false;
        }
        before += w->is_descending ? 0 : c->count;
        if (w->is_descending ? before <= from : before >= to) {
            break;
        }
    }
    return true;
}

bool order_walk(const struct order *o, size_t from, size_t to, bool is_descending,
                bool (*each)(const struct entity *e, void *ctx), void *ctx)
{
    struct walk w = {is_descending, each, ctx};
    struct order_node *root = root_of(o);
    return from >= to || !root || walk(root, from, to, &w);
}

static bool slice_one(const struct entity *e, void *ctx)
{
    const struct entity ***at = ctx;
    *(*at)++ = e;
    return true;
}

void order_slice(const struct entity **out, const struct order *o, size_t from, size_t n)
{
    assert(from + n <= order_count(o));
    order_walk(o, from, from + n, false, slice_one, &out);
}

/* Gives the depth below `n`. */
static size_t verify(struct order_node *n, size_t slot, bool is_root)
{
    assert(n->n <= n->cap && n->n >= (is_root ? 1 + !n->is_leaf : NODE_MIN));
    assert(n->cap == NODE_CAP || (is_root && n->is_leaf));
    if (n->is_leaf) {
        return 1;
    }
    size_t depth = 0;
    for (size_t i = 0; i < n->n; i++) {
        const struct order_child *c = &order_branch(n)->at[i];
        size_t below = verify(c->node, slot, false);
        assert(c->count == count_of(c->node));
        assert(c->low.entity == low_of(c->node).entity && c->low.head == low_of(c->node).head);
        assert(i == 0 || below == depth);
        depth = below;
    }
    return depth + 1;
}

struct verify_walk {
    struct order_probe last;
    size_t n, slot;
};

static bool verify_one(const struct entity *e, void *ctx)
{
    struct verify_walk *v = ctx;
    struct order_entry entry = {order_probe(e, v->slot).head, e};
    assert(v->n == 0 || order_compare(&entry, &v->last) > 0);
    v->last = order_probe(e, v->slot);
    v->n++;
    return true;
}

void order_verify(const struct order *o, size_t slot)
{
    struct verify_walk v = {.slot = slot};
    struct order_node *root = root_of(o);
    if (root) {
        verify(root, slot, true);
    }
    order_walk(o, 0, order_count(o), false, verify_one, &v);
    assert(v.n == order_count(o));
}
