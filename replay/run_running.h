/* One run, while it lasts. Private to replay/run*.c. */
#ifndef REHEARSE_REPLAY_RUN_RUNNING_H
#define REHEARSE_REPLAY_RUN_RUNNING_H

#include "replay/dns.h"
#include "replay/proxy.h"
#include "replay/run_int.h"

struct running {
    const struct run_spec *spec;
    struct run_result *result;
    struct seal_options options;
    struct seal seal;
    struct dns *dns;     /* NULL: names are looked up as usual */
    struct proxy *proxy; /* NULL: none */
    struct mock *mock;
    struct capture capture;
    struct hosts hosts;
    char *const *env; /* the spec's, and what makes it faster */
    struct str mark; /* path of a file that is there once the program runs faster; "" it need not */
    int64_t let_go_us; /* the machine's monotonic clock, when the program began */
    int nothing;       /* standard input of who gets none */
};

/* As mock_options.takes_host; `ctx` is a struct running. */
bool run_takes_host(void *ctx, const struct mock *mock, struct str host, bool is_tls);
/* The mock behind those sockets (taken), or without any on free ports. */
CHECK bool run_start_mock(struct running *r, const struct mock_socket *sockets, size_t n_sockets,
                          struct findings *fs, struct err *err);
/* replay/run_open.c: all but what the program reads and prints, without namespaces. */
CHECK bool run_open_prepare(struct running *r, struct findings *fs, struct err *err);

#endif
