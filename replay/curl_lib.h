/* libcurl, loaded when it is first needed. It brings some twenty libraries with it: linked at start
 * they would cost `serve` a third of its start and two megabytes, for commands that it is not.
 * replay/ and cli/ use it. */
#ifndef REHEARSE_REPLAY_CURL_LIB_H
#define REHEARSE_REPLAY_CURL_LIB_H

#include "base/base.h"

#include <curl/curl.h>

/* The functions that the house uses, with libcurl's own types. */
struct curl_lib {
    void *handle;
    __typeof__(&curl_global_init) global_init;
    __typeof__(&curl_global_cleanup) global_cleanup;
    __typeof__(&curl_easy_init) easy_init;
    __typeof__(&curl_easy_cleanup) easy_cleanup;
    __typeof__(&curl_easy_reset) easy_reset;
    CURLcode (*easy_setopt)(CURL *handle, CURLoption option, ...);
    CURLcode (*easy_getinfo)(CURL *handle, CURLINFO info, ...);
    __typeof__(&curl_easy_perform) easy_perform;
    __typeof__(&curl_easy_strerror) easy_strerror;
    __typeof__(&curl_slist_append) slist_append;
    __typeof__(&curl_slist_free_all) slist_free_all;
    __typeof__(&curl_multi_init) multi_init;
    __typeof__(&curl_multi_cleanup) multi_cleanup;
    __typeof__(&curl_multi_add_handle) multi_add_handle;
    __typeof__(&curl_multi_remove_handle) multi_remove_handle;
    __typeof__(&curl_multi_perform) multi_perform;
    __typeof__(&curl_multi_poll) multi_poll;
    __typeof__(&curl_multi_wakeup) multi_wakeup;
    __typeof__(&curl_multi_info_read) multi_info_read;
    CURLMcode (*multi_setopt)(CURLM *handle, CURLMoption option, ...);
};

/* Loads and initialises; once in a program, before its threads start. */
CHECK bool curl_lib_open(struct curl_lib *out, struct err *err);
/* A zeroed one is fine. */
void curl_lib_close(struct curl_lib *lib);

#endif
