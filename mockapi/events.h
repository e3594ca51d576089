/* Events: what else happens when an entity is created, changed or deleted. The tenant notes what a write
 * changes; before the lock is let go, what came of it in the end (a write that was taken back is none) is
 * compared with the rules of the profile: records are stored at once, topics and hooks are kept by the
 * request and told when the write is safe. Private to mockapi/.
 *
 * Whoever wants to hear of topics or hooks sets a listener at the site before it serves: called on the
 * request's thread with no lock held, in the order of the changes of one request. */
#ifndef REHEARSE_MOCKAPI_EVENTS_H
#define REHEARSE_MOCKAPI_EVENTS_H

#include "mockapi/request.h"

/* One thing to be told; texts live as long as the request. */
struct event {
    struct event *next;
    const struct event_rule *rule;
    struct str topic;        /* "" for a hook */
    struct str subscription; /* hooks: id of the subscription */
    struct str url;          /* hooks: where to */
    struct str body;         /* JSON */
    bool is_twice, is_late;  /* a fault: told twice; told after those that come next */
    struct str request_id;
};

struct event_listener {
    void (*tell)(void *ctx, struct site *site, const struct event *event);
    void *ctx;
};

/* Before the first change under the tenant's write lock. */
void events_begin(struct request *rq);
/* After the last one, still under it. */
void events_collect(struct request *rq);
/* The write is safe, no lock is held. */
void events_tell(struct request *rq);

#endif
