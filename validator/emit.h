/* A tenant as a model for other tools and for rules in SQL: one database, one JSON document, the same in both
 * (docs/user-rules.md). */
#ifndef REHEARSE_VALIDATOR_EMIT_H
#define REHEARSE_VALIDATOR_EMIT_H

#include "validator/check.h"

/* Appends the model as JSON. `c` says what this run has made; NULL: nothing. The caller holds the tenant's lock. */
void emit_model(struct buf *out, const struct tenant *t, const struct check *c);

/* The model as a SQLite database in memory. */
struct sqlite;
struct sqlite3;
CHECK bool emit_open(struct sqlite3 **out, const struct sqlite *lib, struct arena *a,
                     const struct tenant *t, const struct check *c, struct err *err);
/* Appends the bytes of such a database's file. */
CHECK bool emit_db(struct buf *out, struct arena *a, const struct tenant *t, const struct check *c,
                   struct err *err);

#endif
