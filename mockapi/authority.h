/* A certificate authority of our own, and certificates that it signs, for HTTPS on this machine. Keys are
 * ECDSA P-256. Private to mockapi/; the face for commands is in mockapi.h. */
#ifndef REHEARSE_MOCKAPI_AUTHORITY_H
#define REHEARSE_MOCKAPI_AUTHORITY_H

#include "base/base.h"

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

struct authority;

/* Reads the authority kept in `folder`, or makes one there: authority.pem and authority-key.pem (0600), the
 * folder too. A folder that holds one of the two alone is an error. */
CHECK bool authority_open(struct authority **out, const char *folder, struct err *err);
void authority_free(struct authority *a);

/* What is wrong with a certificate, on purpose. */
enum leaf_fault { LEAF_GOOD, LEAF_EXPIRED, LEAF_WRONG_HOST, LEAF_SELF_SIGNED, LEAF_COUNT };

/* A certificate with its chain and key, as GnuTLS takes them. */
struct leaf {
    gnutls_pcert_st chain[2];
    unsigned n;
    gnutls_privkey_t key;
};
/* A certificate for hosts (names, also "*.example.com", and addresses), good for a year from yesterday. */
CHECK bool authority_mint(struct leaf *out, const struct authority *a, const struct str *hosts,
                          size_t n_hosts, enum leaf_fault fault, struct err *err);
/* The user's own: both in PEM, the certificate first in its file, its issuers after it. */
CHECK bool leaf_read(struct leaf *out, const char *cert_file, const char *key_file,
                     struct err *err);
/* A zeroed one is fine. */
void leaf_done(struct leaf *l);

#endif
