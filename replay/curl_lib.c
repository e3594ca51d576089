/* Debian has libcurl under two names, one a TLS library; both have the same interface. */
#include "replay/curl_lib.h"

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

#define FIND(lib, name) find((lib)->handle, "curl_" #name, &(lib)->name, sizeof(lib)->name)

bool curl_lib_open(struct curl_lib *out, struct err *err)
{
    static const char *const names[] = {"libcurl.so.4", "libcurl-gnutls.so.4"};
    struct curl_lib lib = {0};
    for (size_t i = 0; !lib.handle && i < sizeof names / sizeof *names; i++) {
        lib.handle = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
    }
    if (!lib.handle) {
        return err_set(err, ERR_SYSTEM,
                       "libcurl is not to be had (%s); install libcurl4 or libcurl3-gnutls",
                       dlerror());
    }
    bool has_all =
        FIND(&lib, global_init) && FIND(&lib, global_cleanup) && FIND(&lib, easy_init) &&
        FIND(&lib, easy_cleanup) && FIND(&lib, easy_reset) && FIND(&lib, easy_setopt) &&
        FIND(&lib, easy_getinfo) && FIND(&lib, easy_perform) && FIND(&lib, easy_strerror) &&
        FIND(&lib, slist_append) && FIND(&lib, slist_free_all) && FIND(&lib, multi_init) &&
        FIND(&lib, multi_cleanup) && FIND(&lib, multi_add_handle) &&
        FIND(&lib, multi_remove_handle) && FIND(&lib, multi_perform) && FIND(&lib, multi_poll) &&
        FIND(&lib, multi_wakeup) && FIND(&lib, multi_info_read) && FIND(&lib, multi_setopt);
    if (!has_all || lib.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        dlclose(lib.handle);
        return err_set(err, ERR_SYSTEM, "libcurl was found but cannot be used");
    }
    *out = lib;
    return true;
}

void curl_lib_close(struct curl_lib *lib)
{
    if (lib->handle) {
        lib->global_cleanup();
        dlclose(lib->handle);
        lib->handle = NULL;
    }
}
