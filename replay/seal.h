/* A program sealed off from the network: namespaces of its own (user, network, mounts, processes), in
 * which there is nothing but loopback. The sockets that its requests go to are made inside and served
 * by us, outside. No root, no other program. Private to replay/.
 *
 *     we ── fork ──▶ keeper (namespaces, loopback up, sockets, mounts)
 *      ◀─ sockets ──┤
 *      ── go ──────▶└─ fork ─▶ first process of the new process namespace ─ fork ─▶ the program
 *      ◀─ how it ended ───────┘
 *
 * When the first process dies all others of its namespace die with it, and it dies with the keeper.
 * Linux 4.9 or later; user_namespaces(7), network_namespaces(7), pid_namespaces(7). */
#ifndef REHEARSE_REPLAY_SEAL_H
#define REHEARSE_REPLAY_SEAL_H

#include "base/base.h"

#include <sys/types.h>

enum { SEAL_PORTS_MAX = 16 };

enum seal_kind {
    SEAL_USER, /* a user namespace: needs no rights */
    SEAL_ROOT, /* without one: needs CAP_SYS_ADMIN */
    SEAL_NONE, /* no namespaces, ports or names: only how it runs and ends is looked after */
};

/* `from` is laid over `to`; both are files or both folders. Where `to` does not exist it is left out. */
struct seal_mount {
    const char *from, *to;
};

struct seal_options {
    char *const *argv;     /* ends with NULL; argv[0] is looked for in PATH */
    char *const *env;      /* the whole environment; ends with NULL */
    const uint16_t *ports; /* TCP, on 127.0.0.1 */
    size_t n_ports;        /* at most SEAL_PORTS_MAX */
    const struct seal_mount *mounts;
    size_t n_mounts;
    int in, out, err; /* descriptors that the program gets as 0, 1, 2; borrowed */
    enum seal_kind kind;
    bool is_interactive; /* it stays in our terminal's foreground: a shell */
};

struct seal {
    pid_t keeper; /* 0: none */
    int channel;
    size_t n_sockets;
    int sockets
        [SEAL_PORTS_MAX]; /* listening, in the order of the ports; the caller's once started */
    int dns_udp, dns_tcp; /* port 53; the caller's too */
    bool has_proc; /* /proc shows the new process namespace; elsewhere the kernel refused that */
};

/* How the program ended. */
struct seal_end {
    bool is_timeout, is_stopped; /* by `stop` */
    int exit_status; /* 0 to 255; -1: by a signal, or it was ended */
    int signal;      /* that ended it, or 0 */
    size_t n_left;   /* processes that it left behind; they were ended */
    int64_t wall_us, user_us, system_us, max_rss_kib;
};

/* Makes the namespaces and the sockets; the program does not run yet. `err` says which step was refused
 * and what would allow it. To be called from a thread that lives as long as the program. */
CHECK bool seal_open(struct seal *out, const struct seal_options *options, struct err *err);
/* Runs the program. */
CHECK bool seal_run(struct seal *s, struct err *err);
/* Waits until it has ended, at most `timeout_ms` (0: for ever), then ends all of it. `stop`, if not
 * negative, is a descriptor: once readable, the program is ended too. False: it never ran, `err` says
 * why (ERR_SYSTEM). */
CHECK bool seal_wait(struct seal *s, const struct seal_options *options, int64_t timeout_ms,
                     int stop, struct seal_end *out, struct err *err);
/* Ends what still runs and frees; sockets stay the caller's. A closed seal is fine. */
void seal_close(struct seal *s);
/* For who does not want them. */
void seal_close_sockets(struct seal *s);

/* Tries whether a seal of that kind can be had on this machine; `err` says why not, and the cure. Costs
 * what a seal costs. */
CHECK bool seal_probe(enum seal_kind kind, struct err *err);

#endif
