/* Pushing messages to the channels that listen. Private to mockapi/. */
#ifndef REHEARSE_MOCKAPI_PUBLISH_H
#define REHEARSE_MOCKAPI_PUBLISH_H

#include "mockapi/site.h"

/* Renders the profile's message about `topic` and `body` (JSON text) and queues it on every stream
 * of the channels that listen. Gives how many channels those are; 0, and nothing rendered, where
 * none does. `request_id` is of the request that it is about, "" for none. No lock is held. */
size_t publish(struct site *site, struct str topic, struct str body, struct str request_id);

/* The listener of a site's topics. */
void publish_event(void *ctx, struct site *site, const struct event *event);

#endif
