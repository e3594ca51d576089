/* Rate limits: fixed windows from the first request of a key, on the site's clock. One lock inside;
 * any thread. Private to mockapi/. */
#ifndef REHEARSE_MOCKAPI_LIMIT_H
#define REHEARSE_MOCKAPI_LIMIT_H

#include "mockapi/request.h"

struct limits;

struct limits *limits_new(const struct contract *contract);
void limits_free(struct limits *l);
void limits_clear(struct limits *l);
/* Counts the request under every rule that applies and notes the nearest limit in rq->rate; false
 * where one is passed (rq->rate says which). */
bool limits_count(struct limits *l, struct request *rq);

#endif
