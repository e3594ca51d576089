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
};

const struct explore_fault *explore_fault_at(size_t i); /* NULL behind the last */
const struct explore_fault *explore_fault_find(struct str name);
/* `op` NULL: of a TLS handshake. */
bool explore_fault_meets(const struct explore_fault *f, const struct operation *op);

#endif
