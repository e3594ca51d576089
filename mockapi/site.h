/* A site: one profile with its tenant and everything that a request needs beside it. Private to
 * mockapi/. */
#ifndef REHEARSE_MOCKAPI_SITE_H
#define REHEARSE_MOCKAPI_SITE_H

#include "mockapi/fault.h"
#include "mockapi/idempotency.h"
#include "mockapi/journal.h"
#include "mockapi/limit.h"
#include "mockapi/request.h"
#include "mockapi/snapshots.h"
#include "mockapi/tokens.h"

#include <pthread.h>
#include <stdatomic.h>

struct site {
    struct str name; /* the profile's, unique in a server */
    struct contract *contract;
    struct str prefix;            /* in front of the profile's paths: "" or "/genesys-cloud" */
    pthread_rwlock_t tenant_lock; /* guards the two pointers: a request holds it for reading */
    struct tenant *tenant, *baseline;
    struct clock clock;
    struct tokens *tokens;
    struct limits *limits;
    struct faults *faults;
    struct journal *journal;
    struct snapshots *snapshots;
    struct idempotency *keys; /* guarded by the tenant's write lock */
    uint64_t seed;
    atomic_uint_fast64_t n_requests;
};

/* Takes contract and tenant. */
struct site *site_new(struct contract *contract, struct tenant *tenant, struct str prefix,
                      uint64_t seed, size_t journal_bytes);
void site_free(struct site *s);

/* Prepares a record for a request whose bytes are in place: number, id, time, tenant. Pair with
 * site_end. */
void site_begin(struct site *s, struct request *rq);
/* Runs the steps: the reply is complete afterwards. Any thread. */
void site_handle(struct request *rq);
/* Writes the journal and lets go of the tenant. */
void site_end(struct request *rq, int64_t started_us);

/* Back to the tenant as it was at start, with no tokens revoked, limits and keys forgotten; faults
 * stay. */
void site_reset(struct site *s);
/* Another tenant from now on (taken); it is also what reset goes back to if `is_baseline`. */
void site_replace(struct site *s, struct tenant *tenant, bool is_baseline);

#endif
