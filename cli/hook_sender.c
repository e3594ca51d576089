#include "cli/hook_sender.h"

static size_t forget(char *bytes, size_t size, size_t n, void *ctx)
{
    (void)bytes;
    (void)ctx;
    return size * n;
}

bool hook_send(void *ctx, const struct mock_post *post, int *out_status, struct err *err)
{
    struct hook_sender *s = ctx;
    if (!s->lib.handle && !curl_lib_open(&s->lib, err)) {
        return false;
    }
    const struct curl_lib *lib = &s->lib;
    CURL *curl = lib->easy_init();
    if (!curl) {
        return err_set(err, ERR_SYSTEM, "libcurl gives no handle");
    }
    struct curl_slist *headers = lib->slist_append(NULL, "Content-Type: application/json");
    lib->easy_setopt(curl, CURLOPT_URL, post->url);
    lib->easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    lib->easy_setopt(curl, CURLOPT_POSTFIELDS, post->body);
    lib->easy_setopt(curl, CURLOPT_USERAGENT, "rehearse-webhook/1");
    lib->easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)post->timeout_ms);
    lib->easy_setopt(curl, CURLOPT_NOPROXY, "*");
    lib->easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    lib->easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L); /* where it leads nobody allowed */
    lib->easy_setopt(curl, CURLOPT_WRITEFUNCTION, forget);
    CURLcode done = lib->easy_perform(curl);
    long status = 0;
    lib->easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    lib->slist_free_all(headers);
    lib->easy_cleanup(curl);
    *out_status = (int)status;
    return done == CURLE_OK || err_set(err, ERR_SYSTEM, "%s", lib->easy_strerror(done));
}

void hook_sender_done(struct hook_sender *s)
{
    curl_lib_close(&s->lib);
}
