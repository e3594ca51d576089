/* Idempotency keys: which were used, for which body, with which answer. Kept per site, forgotten
 * when their window has passed on the site's clock. Guarded by the tenant's write lock, under which
 * begin and end are called. */
#ifndef REHEARSE_MOCKAPI_IDEMPOTENCY_H
#define REHEARSE_MOCKAPI_IDEMPOTENCY_H

#include "mockapi/request.h"

struct idempotency;

struct idempotency *idempotency_new(void);
void idempotency_free(struct idempotency *keys);
/* Forgets all: the tenant was reset. */
void idempotency_clear(struct idempotency *keys);

/* True if the request needs no key or carries a well-formed one; else false, replied. Needs no
 * lock. */
bool idempotency_is_given(struct request *rq);
/* True if the key is new; else false, replied: refused, or the first answer again where the profile
 * says so. */
bool idempotency_begin(struct request *rq);
/* Remembers the request's key with its reply. */
void idempotency_end(struct request *rq);

/* mockapi/site.c: the keys of a request's site. */
struct idempotency *site_idempotency(struct site *site);

#endif
