/* The mock server: profiles with their tenants, served over HTTP. */
#ifndef REHEARSE_MOCKAPI_MOCKAPI_H
#define REHEARSE_MOCKAPI_MOCKAPI_H

#include "model/model.h"
#include "validator/validator.h"

struct mock;

/* One profile to serve. */
struct mock_site {
    struct contract *contract; /* taken, also on failure */
    struct tenant *tenant;     /* taken, also on failure */
    struct str prefix;         /* in front of the profile's paths: "" or "/genesys-cloud"; several,
                                  with commas, are all taken, the first is the one that is told */
    const char *state_file;    /* where its tenant is kept; NULL: in memory alone */
    bool has_own_port;         /* else it shares the main listener */
    uint16_t port;             /* of its own; 0: any free one */
};

/* A webhook to be sent. */
struct mock_post {
    const char *url, *body; /* body: JSON */
    int64_t timeout_ms;
};

/* A file that every request is written to as it ends. */
struct mock_journal {
    const char *path;
    bool is_har; /* an HTTP Archive; else a line of JSON a request */
};
enum { MOCK_JOURNALS_MAX = 8 };

/* A file that says what stands behind other hosts (docs/sinks.md). */
struct mock_sink {
    struct str name, text; /* name: for messages */
};

/* A socket that listens already. */
struct mock_socket {
    int fd; /* taken, also on failure */
    bool is_tls;
};

/* What a request is about before anything is done with it; borrowed. */
struct mock_arrival {
    size_t site;
    struct str method, path;
    const struct operation *op; /* NULL: there is none */
};

struct mock_options {
    const char *bind_address;            /* NULL: 127.0.0.1 */
    uint16_t port;                       /* of the main listener; 0: any free one */
    unsigned n_threads;                  /* 0: one a processor */
    uint64_t seed;                       /* of tokens, request ids and drawn faults */
    struct str admin_token;              /* "": made at start from the system's random source */
    size_t journal_bytes;                /* 0: 2 MiB a site */
    const struct mock_journal *journals; /* at most MOCK_JOURNALS_MAX; borrowed while it starts */
    size_t n_journals;
    bool journals_keep_secrets; /* tokens and client secrets as they came */
    /* Sends a POST; false, with the reason, where no answer came. From one thread at a time. NULL: webhooks
     * are not sent, and say so. */
    bool (*send)(void *ctx, const struct mock_post *post, int *out_status, struct err *err);
    void *send_ctx;
    const struct str *hook_hosts; /* beside this machine; borrowed */
    size_t n_hook_hosts;
    bool has_https;                 /* a second listener, with TLS, for the sites of the first */
    uint16_t https_port;            /* 0: any free one */
    const char *tls_cert, *tls_key; /* the user's, PEM; NULL: minted by the authority */
    const char *authority;          /* its folder */
    bool takes_fault_header;        /* X-Rehearse-Fault counts */
    bool has_remote_admin;          /* the admin API answers other machines too */
    unsigned idle_timeout_s;        /* a silent connection is closed after that long; 0: 60 */
    struct log *log;                /* borrowed; requests are logged at LOG_DEBUG */
    /* For who drives a program against it. Sockets in the place of port and HTTPS: all sites are
     * behind each. */
    const struct mock_socket *sockets;
    size_t n_sockets;
    size_t journal_body_bytes; /* of a body in the journal; 0: 4 KiB */
    /* Asked for each host that a handshake or a request names; false refuses it (by an alert, with 421).
     * Any thread. NULL: all are taken. */
    bool (*takes_host)(void *ctx, const struct mock *mock, struct str host, bool is_tls);
    /* Called for each request of a site, before it is begun. Any thread. NULL: nobody wants to know. */
    void (*arrives)(void *ctx, struct mock *mock, const struct mock_arrival *arrival);
    void *watch_ctx; /* of these two */
    /* Clocks run, delays end, journals measure at this pace. */
    struct pace pace;
};

/* A tenant that is asked without a server: what would it answer? The same steps as a request's, but for
 * identity, rights, limits and faults. What it is asked to change, it changes: later questions see that.
 * One thread. */
struct trial;
/* Takes `tenant`; holds `contract`. */
struct trial *trial_new(struct contract *contract, struct tenant *tenant);
void trial_free(struct trial *t); /* NULL is fine */
/* Borrowed; no question may be under way. */
struct tenant *trial_tenant(struct trial *t);
/* From now on nobody is told of changes, and no audit or journal is written: for who looks at the answers
 * alone. */
void trial_hush(struct trial *t);

/* As struct check asks (validator/check.h); `trial` is a struct trial. */
void trial_ask(void *trial, struct arena *a, const struct tenant_question *q,
               struct tenant_answer *out, struct findings *fs);

/* Starts listening. The caller has blocked the signals that it wants to wait for. */
CHECK bool mock_start(struct mock **out, const struct mock_options *options,
                      const struct mock_site *sites, size_t n_sites, struct err *err);
/* Ends running requests, closes, frees. NULL is fine. */
void mock_stop(struct mock *mock);
/* Adds fault rules to a site: a file's document, or the preset `name` `times` times (0: for ever).
 */
CHECK bool mock_add_faults(struct mock *mock, size_t site, struct json file, struct findings *fs,
                           struct err *err);
/* Can the preset of that name be dealt to requests of the operation? */
bool mock_fault_fits(struct str preset, const struct operation *op);
/* Other fixtures for a site that is served. */
struct mock_reload {
    struct tenant *tenant;     /* taken, also on failure; of the site's contract */
    const struct json *faults; /* fault files, in the place of all rules where has_faults */
    size_t n_faults;
    bool has_faults;
    bool keeps_state; /* the tenant is only what reset goes back to */
};
/* Exchanges the fixtures of all sites, or of none where a fault file is wrong. */
CHECK bool mock_reload(struct mock *mock, const struct mock_reload *sites, struct findings *fs,
                       struct err *err);
/* A descriptor that is readable once somebody asks for a reload by the admin API; -1 if none is to
 * be had. Who asks for it is going to wait on it. Begin and end stand around every reload; `err`
 * says why it was refused, NULL that it was not. */
int mock_reload_fd(struct mock *mock);
void mock_reload_begin(struct mock *mock);
void mock_reload_end(struct mock *mock, const char *by, const struct err *err);
/* Says on the log which fault rules of the profiles were never met. */
void mock_tell_unmet(struct mock *mock);
struct sink_rules;
/* Reads and checks sink files. What comes out is taken by mock_take_sinks, which puts it in the place
 * of what was there, or by mock_drop_sinks. */
CHECK bool mock_read_sinks(struct sink_rules **out, const struct mock_sink *files, size_t n,
                           struct findings *fs, struct err *err);
void mock_take_sinks(struct mock *mock, struct sink_rules *rules);
void mock_drop_sinks(struct sink_rules *rules);
/* Whether a fault file's rules could be dealt: nothing is kept of them. */
CHECK bool mock_check_faults(const struct contract *contract, struct json file, struct findings *fs,
                             struct err *err);
/* Freezes (or sets and lets run) the clock of every site. */
void mock_set_clock(struct mock *mock, int64_t at_us, bool is_frozen);

/* What a site is called and where it is, for people. Borrowed from the mock. */
size_t mock_site_count(const struct mock *mock);
const struct contract *mock_site_contract(const struct mock *mock, size_t site);
struct str mock_site_url(const struct mock *mock, size_t site);
/* Port of the first listener. */
unsigned mock_port(const struct mock *mock);
struct str mock_admin_url(const struct mock *mock);
struct str mock_admin_token(const struct mock *mock);
/* "https://127.0.0.1:8443"; "" without TLS. */
struct str mock_https_url(const struct mock *mock);
/* True for a name of this machine, a profile's host, a sink's. Any thread. */
bool mock_knows_host(const struct mock *mock, struct str host);
/* The site's journal as evidence: {"entries": […], "dropped": n, "next": number}, secrets as they came, each
 * entry with connection and startUs (monotonic). */
void mock_put_evidence(struct buf *out, const struct mock *mock, size_t site);
/* The same as the admin API gives it, without secrets; a line each. */
void mock_put_journal(struct buf *out, const struct mock *mock, size_t site);
/* What `GET /__rehearse/faults` answers; `out_unmet`: rules that were never dealt. */
void mock_put_faults(struct buf *out, const struct mock *mock, size_t site, size_t *out_unmet);
/* What was posted to other hosts. */
void mock_put_sink(struct buf *out, const struct mock *mock);
/* The tenant as it stands, as a fixture. */
void mock_put_state(struct buf *out, const struct mock *mock, size_t site);
/* Somebody else's request: with every right, no limit, no fault, no entry in the journal. Answer in `a`.
 * Any thread. */
void mock_act(struct mock *mock, size_t site, struct arena *a, const struct tenant_question *q,
              struct tenant_answer *out, struct findings *fs);
/* Ends every token of a site; their next use finds them revoked. */
void mock_revoke_tokens(struct mock *mock, size_t site);
/* Makes the authority in the folder, if there is none. */
CHECK bool mock_authority_make(const char *folder, struct err *err);
/* What --ready-file holds: process id, version, admin address and token, one listener a site. */
void mock_ready_json(struct buf *out, const struct mock *mock);

/* Not a tenant but the way to one: each request that comes is handed on, and both messages are written down, secrets
 * left out as in every journal. */
struct relay_header {
    struct str name, value;
};
struct relay_exchange {
    struct arena *arena;          /* for what comes back */
    struct str method, uri, body; /* uri: path and query, as they came */
    const struct relay_header
        *headers; /* without those of the connection, Host and Accept-Encoding */
    size_t n_headers;
    /* to be filled */
    int status; /* also where it fails: what the client is told then; 0: 502 */
    struct relay_header *answer_headers;
    size_t n_answer_headers;
    struct buf answer;
};
struct relay_options {
    uint16_t port;                       /* on 127.0.0.1; 0: any free one */
    const struct contract *contract;     /* names the operations; borrowed */
    const struct mock_journal *journals; /* at most MOCK_JOURNALS_MAX; borrowed while it starts */
    size_t n_journals;
    /* Asks the other side; any thread, several at once. False: there was no answer, `err` says why. */
    bool (*forward)(void *ctx, struct relay_exchange *x, struct err *err);
    void *ctx;
    struct log *log; /* borrowed; requests are logged at LOG_DEBUG */
};
struct relay;
CHECK bool relay_start(struct relay **out, const struct relay_options *options, struct err *err);
uint16_t relay_port(const struct relay *r);
/* Ends running requests, writes what is queued. NULL is fine. */
void relay_stop(struct relay *r);

#endif
