/* What makes programs inside a seal find our addresses and trust our certificates: files that are laid
 * over the system's, and the variables that the runtimes read. Private to replay/. */
#ifndef REHEARSE_REPLAY_TRUST_H
#define REHEARSE_REPLAY_TRUST_H

#include "replay/seal.h"

enum { TRUST_MOUNTS_MAX = 16 };

struct trust {
    struct str folder;
    struct seal_mount mounts[TRUST_MOUNTS_MAX];
    size_t n_mounts;
    struct str authority, bundle, certificates, java_store; /* paths below the folder */
};

/* Writes into `folder`, which is there, from the authority's certificate (a PEM file): the system's
 * bundle with the authority added, a folder of certificates, a Java trust store, and what names lead to
 * loopback. Texts live in `a`. */
CHECK bool trust_make(struct trust *out, struct arena *a, const char *folder,
                      const char *authority_pem, struct err *err);
/* `base` (as environ) without what would lead out of the seal or to another trust, and with what leads
 * to ours; `extra`: further "NAME=value", which win; both end with NULL, `extra` may be NULL. In `a`. */
char **trust_environment(struct arena *a, const struct trust *t, char *const *base,
                         char *const *extra);

/* Appends a Java trust store (JKS, version 2) that holds one certificate (DER), with the usual password
 * "changeit". */
CHECK bool java_store_put(struct buf *out, struct str der, struct err *err);

#endif
