/* The server's own interface, below /__rehearse. Private to mockapi/.
 *
 * Guarded by a token (X-Rehearse-Token, or Authorization: Bearer) that is made at start; no CORS
 * headers, so that no web page can use it. Where a server has several sites,
 * /__rehearse/sites/NAME/… speaks to one of them, /__rehearse/sessions/ID/… to a session; without
 * that part the session of the port or the host name is meant, else the first site. */
#ifndef REHEARSE_MOCKAPI_ADMIN_H
#define REHEARSE_MOCKAPI_ADMIN_H

#include "mockapi/reload.h"
#include "mockapi/sessions.h"

enum { ADMIN_POLL_MS = 5 };

/* What the interface is about; written at start only. */
struct admin {
    struct site **sites;
    size_t n_sites;
    struct reload *reload;     /* NULL: nobody reads fixtures again */
    struct sessions *sessions; /* NULL: this server has none */
    struct hooks *hooks;
    struct sink *sink;
    struct streams *streams;              /* NULL: nor these */
    const struct traffic *traffic;        /* NULL: no server */
    struct journal_file *const *journals; /* the files of the journal */
    size_t n_journals;
    struct str token;
    bool is_for_all; /* not for this machine alone: still with the token */
    int64_t started_us; /* monotonic */
};

/* True if the request carries the token, or asks for what is free to all (health). Needs path and
 * headers alone, so that a body is not even read from a stranger. */
bool admin_is_allowed(const struct admin *admin, const struct request *rq);
/* Fills rq->reply; rq->path is the whole path, rq->site the session of the port or host, or NULL. False where there is nothing to say
 * yet (a wait for journal entries): the caller asks again after ADMIN_POLL_MS, without holding a
 * thread. `waited_ms` is how long the request has waited so far. */
bool admin_handle(const struct admin *admin, struct request *rq, int64_t waited_ms);

/* The answer of a request whose changes could not be stored (mockapi/store.h). */
void admin_refuse_unstored(struct request *rq);

#endif
