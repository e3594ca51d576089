/* One program, run once, sealed off, against a mock of its own. What it takes is made inside this
 * process: sockets of the seal, the mock behind them, names, certificates. Several runs at once, from
 * several threads.
 *
 *     ground = profiles, tenants, sinks, authority, trust files     made once
 *     run_once(spec on that ground) = seal + names + mock + program  each by itself, nothing is shared
 *
 * Nothing here judges: what came, what went and what was left is handed back. */
#ifndef REHEARSE_REPLAY_RUN_H
#define REHEARSE_REPLAY_RUN_H

#include "mockapi/mockapi.h"

/* What keeps the program from the network, the best first. */
enum run_seal {
    RUN_SEAL_USER,     /* namespaces, without rights */
    RUN_SEAL_ROOT,     /* namespaces, as root */
    RUN_SEAL_PROXY,    /* HTTPS_PROXY: only who heeds it */
    RUN_SEAL_BASE_URL, /* variables: only who reads them */
    RUN_SEAL_AUTO      /* the best that this machine gives */
};
/* "user", "root", "proxy", "base-url", "auto". */
struct str run_seal_name(enum run_seal seal);
/* False if there is none of that name. */
CHECK bool run_seal_named(enum run_seal *out, struct str name);

struct run_ground_options {
    const char *const *profiles; /* names or files; the first one gets the faults */
    size_t n_profiles;
    const char *tenant; /* of the first: name or file; NULL: the profile's */
    const struct policy_choice *policies;
    size_t n_policies;
    const struct mock_sink *sinks; /* what stands behind other hosts */
    size_t n_sinks;
    const struct str *hosts; /* allowed beside those of profiles and sinks: a sink that takes all */
    size_t n_hosts;
    enum run_seal seal;
    int64_t
        speedup; /* clocks and waits of programs and mock run so many times as fast, at most RUN_SPEEDUP_MAX;
                        0: real time */
};
enum { RUN_SPEEDUP_MAX = 1000 };

/* What several runs stand on; does not change. */
struct run_ground;
/* Chooses the seal, makes authority and trust files in a folder of its own. False with findings where
 * a profile, tenant or sink is wrong. */
CHECK bool run_ground_open(struct run_ground **out, const struct run_ground_options *options,
                           struct findings *fs, struct err *err);
/* No run may be under way. Removes its folder. NULL is fine. */
void run_ground_free(struct run_ground *g);
/* The seal in force. */
enum run_seal run_ground_seal(const struct run_ground *g);
/* Why a better one is not: with the cure; "" where there is none better, or another was asked for. */
struct str run_ground_why(const struct run_ground *g);
size_t run_ground_site_count(const struct run_ground *g);
/* Borrowed from the ground. */
const struct contract *run_ground_contract(const struct run_ground *g, size_t site);
/* The tenant that each run begins with, as a fixture. */
struct str run_ground_state(const struct run_ground *g, size_t site);

struct run_spec {
    const struct run_ground *ground;
    char *const *argv; /* ends with NULL; argv[0] is looked for in PATH */
    char *const *env;  /* further "NAME=value" beside ours, which win; ends with NULL; NULL: none */
    const struct json *faults; /* documents of fault files: {"faults": […]} */
    size_t n_faults;
    uint64_t seed;
    bool has_clock;
    int64_t clock_us;    /* the mock's clock begins there */
    int64_t timeout_ms;  /* of real time; 0: as long as it likes */
    int in;              /* its standard input; -1: nothing */
    int stop;            /* once readable the program is ended; -1: none */
    bool shows_output;   /* on our own standard output and error too, as it comes */
    bool is_interactive; /* it has our terminal; its output is not taken */
    /* Called for each request before it is begun, any thread; NULL: nobody acts. */
    void (*arrives)(void *ctx, struct mock *mock, const struct mock_arrival *arrival);
    void *ctx;
};

/* How the program ended. */
struct run_end {
    bool is_timeout, is_stopped; /* because of `stop` */
    int exit_status; /* 0 to 255; -1: by a signal, or it was ended */
    int signal;      /* that ended it, or 0 */
    size_t n_left;   /* processes that it left behind; they were ended */
    int64_t wall_us, user_us, system_us, max_rss_kib;
};

/* One profile's part. */
struct run_site {
    struct str name;
    const struct contract *contract; /* the ground's */
    struct str
        journal; /* {"entries": […], "dropped": n, "next": n}: docs/journal.md, secrets as they
                           came, each entry with "startUs", "connection", "tls" */
    struct str shown;         /* the same for people, a line each, secrets left out */
    struct str before, after; /* the tenant, as fixtures; `before` is the ground's */
    struct str faults;        /* {"faults": [{…, "hits"}], "neverMet": [id, …]} */
    size_t n_unmet;           /* rules that were never dealt */
};

/* A name that the program looked up or spoke to. */
struct run_host {
    struct str name;
    bool is_expected; /* of a profile, a sink, this machine, or allowed */
    bool is_looked_up;
    uint64_t n_refused; /* handshakes and requests that were refused */
};

struct run_result {
    struct arena arena; /* of all texts here */
    enum run_seal seal;
    bool has_proc; /* /proc showed it its own processes only */
    int64_t
        started_us; /* on the monotonic clock, when it was let go: startUs counts on that clock */
    struct run_end end;
    struct run_site *sites;
    size_t n_sites;
    struct run_host *hosts; /* in the order of their first meeting */
    size_t n_hosts, n_hosts_refused;
    struct str out, err; /* what it printed, the first RUN_OUTPUT_MAX bytes of each */
    uint64_t out_bytes, err_bytes;
    struct str sink; /* {"posts": […], "dropped": n}: what came for other systems */
    struct pace
        pace; /* of the program's clock, of started_us and the journals; times 0: real time */
    int64_t setup_us; /* ours, before it began */
    int64_t rest_us;  /* ours, after it ended */
};
enum { RUN_OUTPUT_MAX = 4 << 20, RUN_HOSTS_MAX = 256 };

/* Runs it; false where it could not be run, or not faster (`err` says why; `fs`: what is wrong with the faults), and
 * nothing is to be freed then. The calling thread must live as long as the run. */
CHECK bool run_once(const struct run_spec *spec, struct run_result *out, struct findings *fs,
                    struct err *err);
void run_result_done(struct run_result *r);

#endif
