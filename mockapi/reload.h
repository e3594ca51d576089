/* Other fixtures under a running server: what is asked for, and how it went. Private to mockapi/.
 *
 * The fixtures are read and checked by whoever started the server; here is the exchange. Requests
 * that run end on what they began with: a tenant is exchanged under the site's lock, which each of
 * them holds. */
#ifndef REHEARSE_MOCKAPI_RELOAD_H
#define REHEARSE_MOCKAPI_RELOAD_H

#include "mockapi/site.h"

struct reload;

struct reload *reload_new(void);
void reload_free(struct reload *r);
/* Readable once somebody has asked; reload_begin makes it silent. -1: nobody can. */
int reload_fd(const struct reload *r);
/* Asks for one; the number under which its end is known. 0: nobody would do it. */
uint64_t reload_ask(struct reload *r);
/* Somebody looks at that descriptor, so that it makes sense to ask. */
void reload_serve(struct reload *r);
/* Notes that one begins: it answers all that was asked so far. */
void reload_begin(struct reload *r);
/* How it went: `why` "" well, else the reason why all is as before. */
void reload_end(struct reload *r, struct str by, struct str why, int64_t at_us);
/* True once the one that answers `number` is over; `out_is_well` says how it went. */
bool reload_is_over(struct reload *r, uint64_t number, bool *out_is_well);
/* {"reloads", "refused", "last": {"at", "by", "ok", "why"}} */
void reload_put(struct buf *out, struct reload *r);

#endif
