/* One connection's record, and whose its request is. Private to mockapi/. */
#ifndef REHEARSE_MOCKAPI_CONNECTION_H
#define REHEARSE_MOCKAPI_CONNECTION_H

#include "mockapi/server.h"

#include <microhttpd.h>

enum phase {
    PHASE_NEW,
    PHASE_BODY,
    PHASE_WAITING, /* there is nothing to say yet */
    PHASE_ANSWERED /* the reply is made, but goes out late */
};

struct connection {
    struct arena arena;
    struct schema_run *run;
    struct listener *listener;
    struct site *site; /* NULL: the admin API, or no site of that path */
    struct site *held; /* the session that the request belongs to; NULL: none */
    enum phase phase;
    uint64_t number; /* from 1 */
    int64_t started_us;
    struct MHD_Connection *mhd; /* while a body is sent slowly */
    int64_t next_piece_us;
    bool has_stalled;
    size_t body_bytes_max;
    bool has_bad_certificate; /* what its TLS was shown */
    bool is_sink;             /* what clients send to other hosts */
    bool is_admin, is_proven; /* is_proven: a request was complete, it may idle now */
    bool is_late;             /* the answer still has to sleep */
    struct store_wait wait;
    struct buf body;
    struct request request;
};

/* With the request line: the site by its path. */
void connection_find_site(struct connection *c);
/* With the headers: another site by host, the session that the request belongs to. */
void connection_choose(struct connection *c);

/* mockapi/mock_watch.c: does a profile's host ("api.example.com", "api-{area}.example.com") name this one? A
 * word in braces is any text that is not empty. */
bool host_is_named(struct str pattern, struct str host);

/* mockapi/respond.c: queues the reply of the request, or breaks the connection off where a fault wants
 * that. Its bytes stay the request's. */
enum MHD_Result connection_send(struct connection *c, struct MHD_Connection *connection);

#endif
