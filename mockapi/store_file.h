/* The file of a kept tenant, an SQLite database. One thread at a time. Private to mockapi/.
 *
 *     meta    name, value            format's parts as JSON: see store_file.c
 *     entity  resource, id, age, version, created_us, changed_us, text
 *     token   text, kind, chain, client, scope, audience, issued_us, expires_us, lifetime_s,
 *             is_revoked, is_expired
 *
 * Writes stand between store_file_begin and store_file_commit, with synchronous=FULL: what was
 * committed survives the machine. */
#ifndef REHEARSE_MOCKAPI_STORE_FILE_H
#define REHEARSE_MOCKAPI_STORE_FILE_H

#include "mockapi/tokens.h"

struct store_file;

/* Opens, and makes where there is none or an empty one; `out_is_new` says so. A file that is
 * something else, is damaged, is of another profile or is in use is refused and left as it is. */
CHECK bool store_file_open(struct store_file **out, const char *path,
                           const struct contract *contract, bool *out_is_new, struct err *err);
/* NULL is fine. */
void store_file_close(struct store_file *f);
/* The tenant that it keeps, checked as any fixture is. */
CHECK bool store_file_load(struct tenant **out, struct store_file *f,
                           const struct contract *contract, struct err *err);
/* Puts the tokens that it keeps back, the oldest first. */
CHECK bool store_file_load_tokens(struct store_file *f, struct tokens *tokens, struct err *err);

CHECK bool store_file_begin(struct store_file *f, struct err *err);
CHECK bool store_file_commit(struct store_file *f, struct err *err);
void store_file_rollback(struct store_file *f);
CHECK bool store_file_change(struct store_file *f, const struct tenant_change *change,
                             struct err *err);
/* Where the tenant stands: tenant_put_place. */
CHECK bool store_file_place(struct store_file *f, struct str place, struct err *err);
/* All of a tenant in the place of what was there; tokens stay. */
CHECK bool store_file_replace(struct store_file *f, struct tenant *tenant, struct err *err);
/* row NULL: all were forgotten. */
CHECK bool store_file_token(struct store_file *f, const struct token_record *row, struct err *err);

#endif
