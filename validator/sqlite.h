/* SQLite, loaded where a rule is a query or a database is wanted: linked at start it would cost every start
 * for what few ask for. Private to validator/. */
#ifndef REHEARSE_VALIDATOR_SQLITE_H
#define REHEARSE_VALIDATOR_SQLITE_H

#include "base/base.h"

#include <sqlite3.h>

/* The functions that the house uses, with the library's own types. */
#define SQLITE_FUNCTIONS(X)                                                                        \
    X(open_v2) X(close_v2) X(exec) X(prepare_v2) X(bind_text) X(bind_int64) X(step) X(reset)        \
    X(finalize) X(column_text) X(column_bytes) X(column_count) X(column_name) X(errmsg)             \
    X(stmt_readonly) X(set_authorizer) X(progress_handler) X(limit) X(serialize) X(free)            \
    X(memory_used) X(hard_heap_limit64)

struct sqlite {
    void *handle;
#define X(name) __typeof__(&sqlite3_##name)(name);
    SQLITE_FUNCTIONS(X)
#undef X
};

CHECK bool sqlite_open(struct sqlite *out, struct err *err);
/* A zeroed one is fine. */
void sqlite_close(struct sqlite *lib);

#endif
