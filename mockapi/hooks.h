/* Webhooks: events sent to those who subscribed, by one worker from a bounded queue, with retries and
 * back-off. In order for each subscription. What was sent, and what came of it, can be read and sent again.
 * Only to this machine, or to hosts that the user named. One lock inside; any thread. Private to mockapi/. */
#ifndef REHEARSE_MOCKAPI_HOOKS_H
#define REHEARSE_MOCKAPI_HOOKS_H

#include "mockapi/mockapi.h"
#include "mockapi/site.h"

struct hooks;

/* Borrows the options' sender and hosts. The thread starts with the first delivery. */
struct hooks *hooks_new(const struct mock_options *options);
/* Lets the delivery at hand end, forgets the others. NULL is fine. */
void hooks_free(struct hooks *h);
/* A site's listener of hooks: ctx is the hooks. */
void hooks_take(void *ctx, struct site *site, const struct event *event);
/* Sends a delivery once more, as a new one; false if it is not known (any more). */
bool hooks_redeliver(struct hooks *h, uint64_t id);
struct hook_counts {
    uint64_t attempts, delivered, failed, refused, waiting; /* waiting: now; else since the start */
};
struct hook_counts hooks_count(struct hooks *h);
/* {"deliveries": […], "dropped": n} of a site, the oldest first. */
void hooks_put(struct buf *out, struct hooks *h, const struct site *site);
/* True if the URL may be sent to; else `out_why` says why not. */
bool hooks_may(const struct hooks *h, struct str url, const char **out_why);

#endif
