/* Private to exploring. */
#ifndef REHEARSE_REPLAY_EXPLORE_INT_H
#define REHEARSE_REPLAY_EXPLORE_INT_H

#include "replay/explore.h"

struct explore_fault {
    struct str name;
    unsigned kinds;      /* of operations that it can meet */
    bool is_transient;   /* a client gets over it: the outcome is to be the same */
    bool is_ambiguous;   /* whether the request was carried out is not known */
    const char *further; /* members of its rule */
    unsigned rank;       /* it stands for its kind in pairs, 1 first; 0: others do */
};
enum { EXPLORE_RANKS = 8 };

const struct explore_fault *explore_fault_at(size_t i); /* NULL behind the last */
const struct explore_fault *explore_fault_find(struct str name);
/* `op` NULL: of a TLS handshake. */
bool explore_fault_meets(const struct explore_fault *f, const struct operation *op);

/* Fills in the cells. */
void explore_make_cells(struct exploration *x, const struct explore_spec *spec,
                        const struct evidence *clean);
/* Counts what is done, met, broken. */
void explore_count(struct exploration *x);
/* Is the rule broken here, and neither without any fault nor by one of two faults alone? */
bool explore_is_news(const struct exploration *x, const struct explore_cell *cell, size_t rule);

#endif
