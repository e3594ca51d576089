/* The functions by name, once. */
#include "validator/sqlite.h"

#include <dlfcn.h>

/* A function's address goes through memory: ISO C has no cast from an object's address to a function's. */
static bool find(void *handle, const char *name, void *out_function, size_t size)
{
    void *address = dlsym(handle, name);
    if (address) {
        __builtin_memcpy(out_function, &address, size);
    }
    return address != NULL;
}

bool sqlite_open(struct sqlite *out, struct err *err)
{
    struct sqlite lib = {.handle = dlopen("libsqlite3.so.0", RTLD_NOW | RTLD_LOCAL)};
    bool has_all = lib.handle != NULL;
    if (!has_all) {
        return err_set(err, ERR_SYSTEM, "SQLite is not to be had (%s); install libsqlite3-0",
                       dlerror());
    }
#define X(name) has_all = has_all && find(lib.handle, "sqlite3_" #name, &lib.name, sizeof lib.name);
    SQLITE_FUNCTIONS(X)
#undef X
    if (!has_all) {
        sqlite_close(&lib);
        return err_set(err, ERR_SYSTEM, "SQLite was found but is too old to be used");
    }
    *out = lib;
    return true;
}

void sqlite_close(struct sqlite *lib)
{
    if (lib->handle) {
        dlclose(lib->handle);
        lib->handle = NULL;
    }
}
