/* Entities in order, with ranks: where the 70,000th is, and how many come before a value, in
 * O(log n). Private to model/. An order sorts by an entity's key in a slot (entity_int.h) and then
 * by age; with SLOT_NONE by age alone. Borrows the entities: whoever fills the order keeps them.
 *
 * Orders share their nodes: order_share is O(1), and a change copies only the nodes on its way that
 * another order still uses. Threads: orders that share nodes may be changed by different threads;
 * one order belongs to one writer or several readers. */
#ifndef REHEARSE_MODEL_ORDER_INT_H
#define REHEARSE_MODEL_ORDER_INT_H

#include "model/entity_int.h"

struct order_node;
struct order_pending;

struct order {
    struct order_node *root;       /* NULL: empty; a zeroed order is an empty one */
    struct order_pending *pending; /* noted, not in it yet; NULL: nothing */
};

/* A place between entities. */
struct order_bound {
    struct str key;     /* left aside in orders by age */
    uint64_t age;       /* before an entity with that key and this age */
    bool is_prefix_end; /* instead: behind the last entity whose key starts with `key` */
};

void order_done(struct order *o);
/* Another order of the same entities. O(1). */
void order_share(struct order *out, const struct order *o);
/* `e` must not be in it. */
void order_insert(struct order *o, size_t slot, const struct entity *e);
/* The same, but the work may wait until the order is looked at next: where many come one after the
 * other, that is a sort of them all. Until then the order belongs to one thread. */
void order_insert_later(struct order *o, size_t slot, const struct entity *e);
/* `e` must be in it. */
void order_remove(struct order *o, size_t slot, const struct entity *e);
/* Puts `e` in the place of `old`, which has the same key and age. */
void order_swap(struct order *o, size_t slot, const struct entity *old, const struct entity *e);

size_t order_count(const struct order *o);
/* The entity of that rank, from 0; rank < order_count. */
const struct entity *order_at(const struct order *o, size_t rank);
/* How many entities stand before `bound`. */
size_t order_rank(const struct order *o, size_t slot, const struct order_bound *bound);
/* Copies the entities of ranks [from, from + n), which must exist. O(log + n). */
void order_slice(const struct entity **out, const struct order *o, size_t from, size_t n);
/* Calls `each` for the entities of ranks [from, to), or from the last to the first; false from
 * `each` stops, and is given back. */
bool order_walk(const struct order *o, size_t from, size_t to, bool is_descending,
                bool (*each)(const struct entity *e, void *ctx), void *ctx);
/* Aborts where an invariant of the tree does not hold: for tests. O(n). */
void order_verify(const struct order *o, size_t slot);

#endif
