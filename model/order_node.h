/* The nodes of an order, for the two files that make them. Private to model/order*.c. */
#ifndef REHEARSE_MODEL_ORDER_NODE_H
#define REHEARSE_MODEL_ORDER_NODE_H

#include "model/order_int.h"

#include <assert.h>
#include <stdatomic.h>

enum { NODE_CAP = 64, NODE_MIN = NODE_CAP / 4, LEAF_CAP_FIRST = 4 };

struct order_entry {
    uint64_t head; /* the key's first bytes, big end first; the age in orders by age */
    const struct entity *entity;
};

struct order_child {
    struct order_entry low;
    struct order_node *node;
    size_t count;
};

struct order_node {
    _Alignas(16) atomic_uint refs;
    uint16_t n, cap;
    bool is_leaf;
};
struct leaf {
    struct order_node base;
    struct order_entry at[];
};
struct branch {
    struct order_node base;
    struct order_child at[];
};

/* What is looked for. */
struct order_probe {
    uint64_t head;
    struct str key;
    uint64_t age;
    size_t slot;
};

static inline struct leaf *order_leaf(struct order_node *n)
{
    assert(n->is_leaf);
    return (struct leaf *)n;
}

static inline struct branch *order_branch(struct order_node *n)
{
    assert(!n->is_leaf);
    return (struct branch *)n;
}

uint64_t order_head(struct str key);
struct order_probe order_probe(const struct entity *e, size_t slot);
/* <0, 0, >0: the entry stands before, at, behind the probe. */
int order_compare(const struct order_entry *entry, const struct order_probe *probe);
struct order_node *order_node_new(bool is_leaf, size_t cap);
/* Low entry and count of the child, as its node says. */
void order_refresh(struct order_child *c);

/* model/order_fill.c: notes an entry that is not in the order yet. */
void order_note(struct order *o, size_t slot, struct order_entry entry);
/* Puts what was noted into the order. */
void order_settle(struct order *o);
/* Frees what was noted. */
void order_forget(struct order *o);

#endif
