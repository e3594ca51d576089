/* A proxy on this machine: for programs that cannot be sealed off but heed HTTPS_PROXY. CONNECT leads to
 * the mock's TLS port whatever the host, plain requests to its other one; hosts that nobody expects are
 * answered 403. What the mock does to a connection (a reset, a stall) is done to the program's too.
 * Private to replay/. */
#ifndef REHEARSE_REPLAY_PROXY_H
#define REHEARSE_REPLAY_PROXY_H

#include "base/base.h"

struct proxy;

struct proxy_options {
    uint16_t https_port, http_port; /* of the mock, on 127.0.0.1 */
    /* Asked for each CONNECT, from the proxy's thread. */
    bool (*takes_host)(void *ctx, struct str host);
    void *ctx;
};
/* Listens on any free port of 127.0.0.1, in a thread of its own. */
CHECK bool proxy_start(struct proxy **out, const struct proxy_options *options, struct err *err);
uint16_t proxy_port(const struct proxy *p);
/* Closes all connections, ends the thread. NULL is fine. */
void proxy_free(struct proxy *p);

/* The host of "CONNECT host:443 HTTP/1.1"; false: the line is another. */
bool proxy_read_connect(struct str *out_host, struct str line);

#endif
