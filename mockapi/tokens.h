/* Access tokens of a site. Bounded in number: the oldest go first. One lock inside; any thread.
 * Private to mockapi/. */
#ifndef REHEARSE_MOCKAPI_TOKENS_H
#define REHEARSE_MOCKAPI_TOKENS_H

#include "mockapi/request.h"

struct tokens;

/* What a text is good for: to be shown as a bearer, to get the next one, to say who was signed in. */
enum token_kind { TOKEN_ACCESS, TOKEN_REFRESH, TOKEN_IDENTITY };
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
/* When a token made now ends. */
int64_t tokens_end_us(int64_t now_us, int64_t lifetime_s);
/* Draws a text for a token: it goes into `a`. */
struct str tokens_draw(struct tokens *t, struct arena *a);
/* The number of a new chain: tokens of one sign-in, which end together (tokens_revoke_chain). */
uint64_t tokens_chain(struct tokens *t);

struct token_grant {
    enum token_kind kind;
    uint64_t chain; /* 0: none */
    struct str text, client_id, scope;
    struct str audience; /* id of the application that asked; "" where none did */
    int64_t lifetime_s;
};
/* A token as it is kept elsewhere; texts borrowed. */
struct token_record {
    struct token_grant grant;
    int64_t issued_us, expires_us;
    bool is_revoked, is_expired, is_forgotten;
};
/* From now on `changed` is called with every token that is made, ends or is forgotten, under the
 * lock; row NULL: all were forgotten. */
void tokens_watch(struct tokens *t, void (*changed)(void *ctx, const struct token_record *row),
                  void *ctx);
/* A token that was kept, younger than those that are there; nobody is told of it. */
void tokens_put_back(struct tokens *t, const struct token_record *row);
/* Keeps a token whose text is made already. One of the same text is there no more. */
void tokens_keep(struct tokens *t, const struct token_grant *grant, int64_t now_us);
/* Looks up a token that is no bearer. Fills `out` with texts in `a`; TOKEN_UNKNOWN also where it is
 * of another kind. With `ends` a good one is revoked in the same moment. */
enum token_state tokens_look_up(struct tokens *t, struct token_grant *out, struct arena *a,
                                enum token_kind kind, struct str text, bool ends, int64_t now_us);
/* Ends all tokens of a chain. */
void tokens_revoke_chain(struct tokens *t, uint64_t chain);
/* Ends a token; its next use finds it revoked, or expired. False if it is unknown. */
bool tokens_revoke(struct tokens *t, struct str text);
bool tokens_expire(struct tokens *t, struct str text, int64_t now_us);
/* Ends every token of a client, or of all with "". Gives how many. Bearers alone expire: what renews
 * them is still good. */
size_t tokens_expire_client(struct tokens *t, struct str client_id, int64_t now_us);
size_t tokens_revoke_client(struct tokens *t, struct str client_id);
/* False where the client has minted `max` within this minute; else counts one. */
bool tokens_mint(struct tokens *t, struct str client_id, int64_t max, int64_t now_us);
/* How many there are in each state, of every kind. */
struct token_counts {
    uint64_t made; /* since the start */
    uint64_t good, expired, revoked;
};
struct token_counts tokens_count(struct tokens *t, int64_t now_us);
/* [{"client", "issued", "expires", "state", "hint": last four characters}] */
void tokens_put(struct buf *out, struct tokens *t, int64_t now_us);

#endif
