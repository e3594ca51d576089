/* The demo's two sides: servers that it starts (this same program), and the client (libcurl) that
 * speaks to them. Private to cli/. */
#ifndef REHEARSE_CLI_PEER_H
#define REHEARSE_CLI_PEER_H

#include "base/base.h"

#include <sys/types.h>

struct peer_server {
    pid_t pid; /* 0: not running */
    char ready_file[64];
    struct str url, token_url, admin_url, admin_token; /* in the arena */
    struct str https_url;                              /* "" without TLS */
};

/* Starts `program serve --port 0 OPTIONS…` and waits until it listens; `options` ends with NULL. */
CHECK bool peer_start(struct peer_server *out, struct arena *a, const char *program,
                      const char *const *options, struct err *err);
/* Ends it with SIGTERM; true if it went with status 0. A server that was never started is fine. */
bool peer_stop(struct peer_server *server);

/* The client; at most one in a program. peer_close(NULL) is fine. */
struct peer;
CHECK bool peer_open(struct peer **out, struct err *err);
void peer_close(struct peer *peer);

struct peer_request {
    const char *method;
    struct str url;
    struct str bearer;           /* "" none */
    struct str basic;            /* "id:secret", "" none */
    struct str admin;            /* admin token, "" none */
    struct str body, media_type; /* "" none */
    const struct str *headers;   /* further ones: "Name: value" */
    size_t n_headers;
};
struct peer_answer {
    long status; /* 0: none came */
    struct str body;
    struct str headers; /* as received */
    struct json json;   /* no value if the body is not JSON */
    long retry_after_s; /* -1: no such header */
};
/* Sends one request on a connection of its own. */
CHECK bool peer_send(struct peer_answer *out, struct arena *a, struct peer *peer,
                     const struct peer_request *request, struct err *err);

#endif
