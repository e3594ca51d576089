/* Reading a tenant, over its API alone, into a fixture. */
#ifndef REHEARSE_REPLAY_IMPORT_H
#define REHEARSE_REPLAY_IMPORT_H

#include "replay/client.h"

/* An entity that no list shows, to be read all the same. */
struct import_also {
    struct str resource, id;
};

struct import_options {
    struct str name; /* of the tenant */
    int64_t at_us;   /* when it was read */
    const struct import_also *also;
    size_t n_also;
    const struct resource *const *only; /* these alone, with what they lead to; n_only 0: all */
    size_t n_only;
    bool may_lack_also;  /* one of `also` that is not there is no fault */
    bool keeps_personal; /* else what tells of people is replaced, the same by the same */
    bool is_bare;        /* no made-up targets, no clients: what was read, for comparing */
};

/* What was read of a resource. */
struct import_count {
    const struct resource *resource;
    size_t n, n_made_up; /* made up: something names them, the API does not show them */
    bool is_unlisted;    /* the API has no list of them */
};

/* Appends a tenant snapshot (docs/state.md), for people to read. `counts` has a place for every
 * resource of the contract. Nothing is written to the tenant. */
CHECK bool import_tenant(struct buf *out, struct import_count *counts, struct client *c,
                         const struct import_options *options, struct err *err);

#endif
