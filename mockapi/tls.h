/* HTTPS: which certificate a handshake is shown. Private to mockapi/. */
#ifndef REHEARSE_MOCKAPI_TLS_H
#define REHEARSE_MOCKAPI_TLS_H

#include "mockapi/authority.h"
#include "mockapi/mockapi.h"
#include "mockapi/site.h"

struct tls;

/* Certificates for this machine and the hosts of the sites' profiles: the user's, or minted by the
 * authority of the options. */
CHECK bool tls_new(struct tls **out, const struct mock_options *options, struct site *const *sites,
                   size_t n_sites, struct err *err);
void tls_free(struct tls *t);
/* What the next handshake of a listener of `site` is shown: a bad one where a fault says so. */
const struct leaf *tls_leaf(const struct tls *t, struct site *site);

/* False for one of the bad ones. */
bool tls_is_good(const struct tls *t, const struct leaf *leaf);

#endif
