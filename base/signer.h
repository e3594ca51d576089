/* Signs JSON Web Tokens (RFC 7519) with RS256. The key is a function of the seed, so that a run
 * repeats byte for byte; whoever knows the seed can sign too, which is no loss in a mock. It is
 * made at the first use, a quarter of a second once. One lock inside; any thread. */
#ifndef REHEARSE_BASE_SIGNER_H
#define REHEARSE_BASE_SIGNER_H

#include "base/buf.h"
#include "base/str.h"

struct arena;

struct signer;

struct signer *signer_new(uint64_t seed);
void signer_free(struct signer *s);
/* Ids of keys begin with `mark` (kept by the caller) from now on; before the first use. */
void signer_mark(struct signer *s, struct str mark);
/* The id of the key that a token says it was signed with, decoded into `a`; s NULL if none. */
struct str signer_key_id(struct arena *a, struct str token);
/* Appends the token with `claims` (a JSON object's text) as its payload. */
void signer_put_token(struct buf *out, struct signer *s, struct str claims);
/* Appends the array of public keys (RFC 7517): the one key that signs. */
void signer_put_keys(struct buf *out, struct signer *s);

#endif
