/* The functions by name, once. */
#include "mockapi/sqlite_lib.h"

#include <dlfcn.h>

/* A function's address goes through memory: ISO C has no cast from an object's address to a
 * function's. */
static bool find(void *handle, const char *name, void *out_function, size_t size)
{
    void *address = dlsym(handle, name);
    if (address) {
        __builtin_memcpy(out_function, &address, size);
    }
    return address != NULL;
}

#define FIND(lib, name) find((lib)->handle, "sqlite3_" #name, &(lib)->name, sizeof(lib)->name)

bool sqlite_lib_open(struct sqlite_lib *out, struct err *err)
{
    struct sqlite_lib lib = {.handle = dlopen("libsqlite3.so.0", RTLD_NOW | RTLD_LOCAL)};
    if (!lib.handle) {
        return err_set(err, ERR_SYSTEM, "SQLite is not to be had (%s); install libsqlite3-0",
                       dlerror());
    }
    bool has_all = FIND(&lib, open_v2) && FIND(&lib, close_v2) && FIND(&lib, exec) &&
                   FIND(&lib, prepare_v2) && FIND(&lib, bind_text) && FIND(&lib, bind_int64) &&
                   FIND(&lib, step) && FIND(&lib, reset) && FIND(&lib, finalize) &&
                   FIND(&lib, column_text) && FIND(&lib, column_bytes) &&
                   FIND(&lib, column_int64) && FIND(&lib, errmsg) && FIND(&lib, extended_errcode) &&
                   FIND(&lib, get_autocommit);
    if (!has_all) {
        sqlite_lib_close(&lib);
        return err_set(err, ERR_SYSTEM, "SQLite was found but is too old to be used");
    }
    *out = lib;
    return true;
}

void sqlite_lib_close(struct sqlite_lib *lib)
{
    if (lib->handle) {
        dlclose(lib->handle);
        lib->handle = NULL;
    }
}
