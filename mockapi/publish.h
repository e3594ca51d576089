/* Pushing messages to the channels that listen. Private to mockapi/. */
#ifndef REHEARSE_MOCKAPI_PUBLISH_H
#define REHEARSE_MOCKAPI_PUBLISH_H

#include "mockapi/site.h"

/* Renders the profile's message about `topic` and `body` and queues it on every stream of the
 * channels that listen. Gives how many channels those are; 0, and nothing rendered, where none
 * does. No lock but the tenant's may be held. */
size_t publish(struct request *rq, struct site *site, struct str topic, struct json body);

#endif
