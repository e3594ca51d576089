/* Hands requests on to another server by libcurl: what `serve --record` stands before. cli/ uses it. */
#ifndef REHEARSE_REPLAY_FORWARD_H
#define REHEARSE_REPLAY_FORWARD_H

#include "mockapi/mockapi.h"
#include "replay/curl_lib.h"

struct forward;

enum { FORWARD_ROUTES_MAX = 16 };

/* "https://api.example.com", or "/oauth=https://login.example.com" for what stands below a path: the longest that fits
 * is taken. At least one without a path. TLS is verified by the system's trust (or `ca_file`, PEM; NULL), redirects are
 * handed back, no proxy of the environment is used. */
CHECK bool forward_open(struct forward **out, const char *const *upstreams, size_t n,
                        const char *ca_file, int64_t timeout_ms, struct err *err);
void forward_close(struct forward *f);
/* As relay_options.forward; `ctx` is a struct forward. */
bool forward_send(void *ctx, struct relay_exchange *x, struct err *err);

#endif
