/* Sessions: many tenants of one profile on one server, each by itself. A session is a site that
 * shares the contract and the baseline of the one that it was made from; tenant (a clone), OAuth
 * client, tokens, limits, faults, journal, clock, kept states and idempotency keys are its own.
 *
 * A request belongs to the session whose port it came to, whose host name it says, whose client
 * asks for a token, or whose token it carries, in this order; else to the profile's own tenant.
 * What was found is held until the request is done, so that a session may be dropped meanwhile.
 * Bounded in number. One lock inside; any thread. Private to mockapi/. */
#ifndef REHEARSE_MOCKAPI_SESSIONS_H
#define REHEARSE_MOCKAPI_SESSIONS_H

#include "mockapi/site.h"

struct listener;
struct mock;
struct sessions;

enum {
    SESSIONS_MAX = 10000,
    SESSION_NAME_BYTES_MAX = 63,
    SESSION_IDLE_DEFAULT_S = 3600,
    SESSION_S_MAX = 365 * 24 * 3600,
    SESSION_MARK = '~', /* behind a session's id in its tokens and channels; never in one */
};

/* `mock` opens the ports of sessions; NULL: they have none. */
struct sessions *sessions_new(struct mock *mock);
/* Closes the sessions' ports; no request is running on them afterwards. */
void sessions_stop(struct sessions *s);
/* Stops, drops all. NULL is fine. */
void sessions_free(struct sessions *s);

/* What somebody wants of a session; all borrowed. */
struct session_wish {
    struct str name, host;               /* "": made up */
    struct str client_id, client_secret; /* "": made up */
    const struct tenant_client *like;    /* whose rights its client has; of `tenant` */
    struct tenant *tenant;               /* taken, also on failure */
    bool has_port;
    uint16_t port;         /* 0: any free one */
    int64_t ttl_s, idle_s; /* 0: no end */
};

enum session_result { SESSION_MADE, SESSION_FULL, SESSION_TAKEN, SESSION_NO_PORT };

/* Makes a session of `parent`. `out` is held, to be let go of with site_free. */
enum session_result sessions_add(struct sessions *s, struct site **out, struct site *parent,
                                 const struct session_wish *wish, struct err *err);
/* False if there is none of that id. Requests that run on it end as they would have. */
bool sessions_drop(struct sessions *s, struct str id);
/* How many there are. */
size_t sessions_count(struct sessions *s);
/* The session of that id, held; NULL if there is none. */
struct site *sessions_find(struct sessions *s, struct str id);
/* The session that the request's host name, or the token that it carries (or the channel that it
 * asks to be a stream of), belongs to, held; NULL if none. Costs a load where there are no sessions. */
struct site *sessions_by_host(struct sessions *s, const struct request *rq);
struct site *sessions_by_token(struct sessions *s, const struct site *parent,
                               const struct request *rq);
/* The same by the client that asks for a token; the request's body is complete. */
struct site *sessions_by_client(struct sessions *s, const struct site *parent, struct request *rq);

/* Appends what there is to know of one, with or without its client's secret; or of all, as an
 * array, the oldest first. */
void session_put(struct buf *out, struct site *session, bool with_secret);
void sessions_put(struct buf *out, struct sessions *s);

/* mockapi/site.c: with its site. */
void session_done(struct session *session);
const struct tenant_client *session_client(const struct session *session);
/* The site that it was made from. */
const struct site *session_parent(const struct session *session);

/* mockapi/session_port.c: a listener with this site alone; NULL with `err` if it cannot be. */
struct listener *session_listen(struct mock *mock, struct site *site, uint16_t port,
                                struct err *err);
void session_unlisten(struct listener *l);
unsigned session_port(const struct listener *l);

/* mockapi/oauth.c: the texts by which a token request may name a client, or a token that is to be
 * renewed; how many there are. */
size_t oauth_named(struct request *rq, struct str *out, size_t max);

#endif
