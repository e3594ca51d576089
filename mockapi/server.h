/* The HTTP side: libmicrohttpd daemons, one a listener. Private to mockapi/. */
#ifndef REHEARSE_MOCKAPI_SERVER_H
#define REHEARSE_MOCKAPI_SERVER_H

#include "mockapi/admin.h"
#include "mockapi/delay.h"
#include "mockapi/mockapi.h"
#include "mockapi/sessions.h"
#include "mockapi/site.h"
#include "mockapi/store.h"
#include "mockapi/stream.h"
#include "mockapi/tls.h"

struct MHD_Daemon;

/* One port with the sites that are behind it. */
struct listener {
    struct mock *mock;
    struct MHD_Daemon *daemon;
    struct site **sites; /* longest prefix first */
    size_t n_sites;
    uint16_t port;
    unsigned idle_timeout_s;
    bool is_tls;
    bool has_socket; /* one that somebody else listens on, taken */
    int socket;
    struct delays *delays;   /* the mock's, or of a session's port its own */
    struct session *session; /* the sites are that session's; NULL: those of the profiles */
};

struct mock {
    struct arena arena; /* texts; written at start only */
    struct admin admin; /* and the sites */
    struct str *urls;   /* of the sites */
    struct listener *listeners;
    size_t n_listeners;
    struct str admin_url, https_url;
    struct tls *tls; /* NULL: no HTTPS */
    struct delays *delays;
    struct sessions *sessions;
    struct reload *reload;
    struct streams *streams;
    struct journal_file *journals[MOCK_JOURNALS_MAX];
    size_t n_journals;
    struct traffic traffic;
    struct mock_options options; /* for the ports of sessions */
    struct str bind_address;
    struct log *log;
};

/* Starts the listener's daemon on `port`; its sites are in place. Of the options threads and
 * time-out count. */
CHECK bool listener_start(struct listener *l, const char *address, uint16_t port,
                          const struct mock_options *options, struct err *err);
void listener_stop(struct listener *l);

/* mockapi/mock_watch.c */
/* As mock_options.takes_host says; true where nobody is to be asked. */
bool server_takes_host(struct mock *mock, struct str host, bool is_tls);
/* Tells mock_options.arrives. */
void server_tell_arrival(struct mock *mock, const struct site *site, const struct request *rq);
/* Listeners for the sockets of the options; takes those. After the sites are in their places. */
void server_take_sockets(struct mock *mock, const struct mock_options *options);

#endif
