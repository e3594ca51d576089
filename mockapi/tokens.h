/* Access tokens of a site. Bounded in number: the oldest go first. One lock inside; any thread.
 * Private to mockapi/. */
#ifndef REHEARSE_MOCKAPI_TOKENS_H
#define REHEARSE_MOCKAPI_TOKENS_H

#include "mockapi/request.h"

struct tokens;

enum token_state { TOKEN_UNKNOWN, TOKEN_GOOD, TOKEN_EXPIRED, TOKEN_REVOKED };

/* `seed` makes the tokens: the same seed, the same tokens. */
struct tokens *tokens_new(uint64_t seed);
void tokens_free(struct tokens *t);
/* Every token issued from now on begins with `mark` (borrowed). */
void tokens_mark(struct tokens *t, struct str mark);
void tokens_clear(struct tokens *t);
/* Makes a token for a client; its text goes into `a`. `scope` is what was granted, joined by
 * blanks. */
struct str tokens_issue(struct tokens *t, struct arena *a, struct str client_id, struct str scope,
                        int64_t lifetime_s, int64_t now_us);
/* Looks a token up; fills `out` but for the client (out_client_id says which), texts in `a`. */
enum token_state tokens_find(struct tokens *t, struct bearer *out, struct str *out_client_id,
                             struct arena *a, struct str text, int64_t now_us);
/* Ends a token; its next use finds it revoked, or expired. False if it is unknown. */
bool tokens_revoke(struct tokens *t, struct str text);
bool tokens_expire(struct tokens *t, struct str text, int64_t now_us);
/* Ends every token of a client, or of all with "". Gives how many. */
size_t tokens_expire_client(struct tokens *t, struct str client_id, int64_t now_us);
size_t tokens_revoke_client(struct tokens *t, struct str client_id);
/* False where the client has minted `max` within this minute; else counts one. */
bool tokens_mint(struct tokens *t, struct str client_id, int64_t max, int64_t now_us);
/* [{"client", "issued", "expires", "state", "hint": last four characters}] */
void tokens_put(struct buf *out, struct tokens *t, int64_t now_us);

#endif
