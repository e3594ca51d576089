/* SQLite, loaded when a server keeps its state in a file: linked at start it would cost every start
 * for what few ask for. Private to mockapi/. */
#ifndef REHEARSE_MOCKAPI_SQLITE_LIB_H
#define REHEARSE_MOCKAPI_SQLITE_LIB_H

#include "base/base.h"

#include <sqlite3.h>

/* The functions that the house uses, with the library's own types. */
struct sqlite_lib {
    void *handle;
    __typeof__(&sqlite3_open_v2) open_v2;
    __typeof__(&sqlite3_close_v2) close_v2;
    __typeof__(&sqlite3_exec) exec;
    __typeof__(&sqlite3_prepare_v2) prepare_v2;
    __typeof__(&sqlite3_bind_text) bind_text;
    __typeof__(&sqlite3_bind_int64) bind_int64;
    __typeof__(&sqlite3_step) step;
    __typeof__(&sqlite3_reset) reset;
    __typeof__(&sqlite3_finalize) finalize;
    __typeof__(&sqlite3_column_text) column_text;
    __typeof__(&sqlite3_column_bytes) column_bytes;
    __typeof__(&sqlite3_column_int64) column_int64;
    __typeof__(&sqlite3_errmsg) errmsg;
    __typeof__(&sqlite3_extended_errcode) extended_errcode;
    __typeof__(&sqlite3_get_autocommit) get_autocommit;
};

CHECK bool sqlite_lib_open(struct sqlite_lib *out, struct err *err);
/* A zeroed one is fine. */
void sqlite_lib_close(struct sqlite_lib *lib);

#endif
