/* A site: one profile with its tenant and everything that a request needs beside it. Private to
 * mockapi/. */
#ifndef REHEARSE_MOCKAPI_SITE_H
#define REHEARSE_MOCKAPI_SITE_H

#include "mockapi/channels.h"
#include "mockapi/events.h"
#include "mockapi/fault.h"
#include "mockapi/idempotency.h"
#include "mockapi/jobs.h"
#include "mockapi/journal.h"
#include "mockapi/limit.h"
#include "mockapi/metrics.h"
#include "mockapi/request.h"
#include "mockapi/snapshots.h"
#include "mockapi/tokens.h"

#include <pthread.h>
#include <stdatomic.h>

struct session; /* mockapi/sessions.c */
struct tenant_question;
struct tenant_answer;
struct streams; /* mockapi/stream.h */

struct site {
    atomic_uint refs;   /* the server's, and one for each request to a session */
    struct arena arena; /* texts of its own; written before it is shown to others */
    struct str name;    /* the profile's, unique in a server; of a session its id */
    struct contract *contract;
    bool is_hushed;            /* no events, no journal; set before it is asked */
    struct session *session;   /* NULL: the profile's own tenant, which is always there */
    struct str prefix;         /* in front of the profile's paths: "" or "/genesys-cloud" */
    const struct str *aliases; /* other prefixes, as a gateway puts them before login and API */
    size_t n_aliases;
    pthread_rwlock_t tenant_lock; /* guards the two pointers: a request holds it for reading */
    struct tenant *tenant, *baseline;
    struct clock clock;
    struct pace pace; /* of waits and measurements; does not change once it serves */
    struct tokens *tokens;
    struct signer *signer;
    struct limits *limits;
    struct faults *faults;
    struct journal *journal;
    struct metrics *metrics; /* of a session those of its parent */
    struct snapshots *snapshots;
    struct channels *channels; /* NULL where the profile has none */
    struct streams *streams;   /* the server's; NULL where there is no server */
    struct jobs *jobs;
    struct idempotency *keys;                /* guarded by the tenant's write lock */
    struct store *store;                     /* where the tenant is kept; NULL: in memory alone */
    struct event_listener on_topic, on_hook; /* set before it serves; tell NULL: nobody listens */
    bool takes_fault_header;                 /* X-Rehearse-Fault: else it is refused */
    uint64_t seed;
    atomic_uint_fast64_t n_requests, n_acts;
};

/* Takes contract and tenant. One reference. */
struct site *site_new(struct contract *contract, struct tenant *tenant, struct str prefix,
                      uint64_t seed, size_t journal_bytes);
/* Lets go of it: the last one frees it. NULL is fine. */
void site_free(struct site *s);
struct site *site_hold(struct site *s);
/* The session's own OAuth client; NULL where the site is none. Lives as long as the site. */
const struct tenant_client *site_own_client(const struct site *s);
/* The session's own client, or one of the tenant's. */
const struct tenant_client *site_client(const struct site *s, const struct tenant *t,
                                        struct str id);

/* Prepares a record for a request whose bytes are in place: number, id, time, tenant. Pair with
 * site_end. */
void site_begin(struct site *s, struct request *rq);
/* Runs the steps: the reply is complete afterwards, unless the request is polling: then site_pause
 * follows, and from time to time site_poll, until it is. Any thread. */
void site_handle(struct request *rq);
/* The same without identity, rights, limits and faults: what the tenant says to the request itself. The
 * bearer's client, if any, is in place. */
void site_try(struct request *rq);
/* mockapi/trial.c: the same for a scenario's actor, who is not in the journal: a whole request. Any thread. */
void site_act(struct site *s, struct arena *a, const struct tenant_question *q,
              struct tenant_answer *out, struct findings *fs);
/* mockapi/oauth.c: a token that nobody asked the token endpoint for, as that would make it; fills in
 * the text. `rq` is any request: its arena is used, and the address that it came to. */
struct str oauth_mint(struct request *rq, struct site *s, struct token_grant *grant,
                      int64_t now_us);
/* Lets go of the tenant for a while. */
void site_pause(struct request *rq);
/* Asks again: followed by site_pause or site_end. */
void site_poll(struct request *rq);
/* Lets go of the tenant and writes the journal; that later, with site_note, where rq->store says
 * that the answer has to wait. */
void site_end(struct request *rq, int64_t started_us);
/* The wait is over: writes the journal. What could not be stored is refused instead. */
void site_note(struct request *rq, int64_t started_us, bool is_stored);

/* A handshake that was dealt a fault (rq->fault), in the journal: it takes a number. */
void site_note_handshake(struct site *s, struct request *rq);

/* Back to the tenant as it was at start, with no tokens revoked, limits and keys forgotten; faults
 * stay. */
void site_reset(struct site *s, struct request *rq);
/* What reset goes back to from now on (taken); the state stays. */
void site_set_baseline(struct site *s, struct tenant *baseline);
/* Another tenant from now on (taken); it is also what reset goes back to if `is_baseline`. The
 * request that asked for it, if any, waits until it is stored. */
void site_replace(struct site *s, struct tenant *tenant, bool is_baseline, struct request *rq);
/* Under the site's tenant lock, before it is let go: the answer of a request beside the profile's
 * operations waits until all that it has made or seen is stored. Noted after the lock, a failure in
 * between would be taken for success. */
void site_wait(struct site *s, struct request *rq);

#endif
