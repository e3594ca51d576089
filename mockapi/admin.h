/* The server's own interface, below /__rehearse. Private to mockapi/. */
#ifndef REHEARSE_MOCKAPI_ADMIN_H
#define REHEARSE_MOCKAPI_ADMIN_H

#include "mockapi/site.h"

/* Fills rq->reply; rq->path is the whole path, rq->site NULL. All but health want the token. Always
 * true. */
bool admin_handle(struct site *const *sites, size_t n_sites, struct str admin_token,
                  struct request *rq);

#endif
