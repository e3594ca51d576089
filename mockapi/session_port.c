/* A session's own port: a listener with one worker and one site. */
#include "mockapi/server.h"

struct listener *session_listen(struct mock *mock, struct site *site, uint16_t port,
                                struct err *err)
{
    struct listener *l = MEM_NEW(struct listener);
    struct mock_options options = mock->options;
    char address[64];
    struct str bound = str_slice(mock->bind_address, 0, sizeof address - 1);
    for (size_t i = 0; i < bound.len; i++) {
        address[i] = bound.s[i];
    }
    address[bound.len] = '\0';
    options.n_threads = 1;
    l->mock = mock;
    l->session = site->session;
    l->delays = delays_new(options.pace.times);
    l->sites = MEM_ARRAY(1, struct site *);
    l->sites[l->n_sites++] = site;
    if (!listener_start(l, address, port, &options, err)) {
        session_unlisten(l);
        return NULL;
    }
    return l;
}

void session_unlisten(struct listener *l)
{
    if (l) {
        delays_stop(l->delays);
        listener_stop(l);
        delays_free(l->delays);
        mem_free(l->sites);
        mem_free(l);
    }
}

unsigned session_port(const struct listener *l)
{
    return l->port;
}
