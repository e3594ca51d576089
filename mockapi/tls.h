/* HTTPS: which certificate a handshake is shown. Private to mockapi/. */
#ifndef REHEARSE_MOCKAPI_TLS_H
#define REHEARSE_MOCKAPI_TLS_H

#include "mockapi/authority.h"
#include "mockapi/mockapi.h"
#include "mockapi/site.h"

struct tls;

enum { TLS_HOST_BYTES = 256, TLS_HOSTS_MAX = 1000 };

/* Certificates for this machine and the hosts of the sites' profiles: the user's, or minted by the
 * authority of the options. */
CHECK bool tls_new(struct tls **out, const struct mock_options *options, struct site *const *sites,
                   size_t n_sites, struct err *err);
void tls_free(struct tls *t);
/* What the next handshake of a listener of `site` is shown: one for the host that the client asks for
 * ("": it does not say), minted when it is asked for first; a bad one where a fault says so. Borrowed
 * from `t`. The first handshake for a name costs a signature; at most TLS_HOSTS_MAX names are kept,
 * others are shown the one for all, which is minted then, too. NULL: none could
 * be. `out_is_good`: no fault was dealt. Any thread. */
const struct leaf *tls_leaf(struct tls *t, struct site *site, struct str host, bool *out_is_good);

#endif
