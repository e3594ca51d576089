/* The client: requests to a tenant, the mock's or a vendor's, over libcurl's multi interface.
 *
 * One engine thread sends; any number of threads ask and wait (client_send), so that work which is
 * a sequence of requests is written as one. What is done for every request: a token, fetched once
 * and renewed before it lapses, once more on a 401; the documented rates kept; Retry-After honoured
 * in both forms, else exponential back-off, each wait drawn from the whole of its doubling window;
 * tries, waits and times bounded; connections kept; certificates verified. A write that may have
 * been carried out is never sent again here: its end is told as CLIENT_UNSURE, and who knows what
 * it meant reads before it writes again (replay/client_write.h).
 *
 * All of a vendor's facts come from the contract. */
#ifndef REHEARSE_REPLAY_CLIENT_H
#define REHEARSE_REPLAY_CLIENT_H

#include "model/model.h"

/* Who we are. Never from a command line, never printed. */
struct client_secrets {
    struct str id, secret;     /* of the application */
    struct str user, password; /* of who signs in, where the profile asks for that; "" none */
    struct str scope;          /* asked for; "" none */
};
/* From REHEARSE_CLIENT_ID, _CLIENT_SECRET, _USER, _PASSWORD, _SCOPE, and over them from the JSON
 * file (members clientId, clientSecret, user, password, scope) where `path` is not NULL: it must be
 * readable by its owner alone. Into `a`. */
CHECK bool client_secrets_read(struct client_secrets *out, struct arena *a, const char *path,
                               struct err *err);

struct client_options {
    struct str url;       /* "https://api.example.com", a prefix behind it or not */
    struct str token_url; /* the same for tokens; "": found from the profile's hosts, else `url` */
    const char *cacert;   /* PEM bundle; NULL: the usual ones */
    struct client_secrets secrets; /* borrowed, as all texts here */
    uint64_t seed;                 /* of waits */
    unsigned parallel;             /* requests under way at once; 0: 4 */
    int64_t timeout_ms;            /* of one try; 0: 30 s */
    int64_t deadline_ms;           /* of one call with all its tries; 0: 5 min */
    int64_t wait_max_ms;           /* longer waits are not obeyed but told; 0: 2 min */
};

struct client;
/* Loads libcurl, starts the engine; sends nothing yet. `contract` and the texts are borrowed. */
CHECK bool client_open(struct client **out, const struct contract *contract,
                       const struct client_options *options, struct err *err);
/* No call may be under way. NULL is fine. */
void client_close(struct client *c);

struct client_request {
    const struct operation *op; /* NULL: `method` and `url`, and no token goes with it */
    struct str path;            /* filled in, with its query */
    const char *method;
    struct str url;
    struct str body;    /* JSON; "" none */
    struct str etag;    /* If-Match; "" none */
    struct str key;     /* for the operation's idempotency header; "" none */
    struct str headers; /* further ones, lines "Name: value"; "" none */
    bool may_repeat;    /* carried out twice it does no harm */
    bool takes_any;     /* the answer's body need not be JSON */
    unsigned tries;     /* 0: as the profile says */
    int64_t timeout_ms; /* of one try; 0: the client's */
};

enum client_end {
    CLIENT_ANSWERED, /* status and body are the answer's, a refusal or not */
    CLIENT_UNSURE,   /* it may have been carried out: nobody knows */
    CLIENT_FAILED,   /* it was not carried out, or it was a read */
};

struct client_answer {
    enum client_end end;
    int status; /* of the last answer; 0: none came */
    struct str body, etag, content_type;
    struct json json; /* no value if the body is none */
    unsigned tries;
    int64_t latency_us; /* from the first try to the end */
};
/* Sends and waits; answer in `a`. False unless it was answered: `err` says what became of it,
 * `out` is set all the same. Any thread. */
CHECK bool client_send(struct client_answer *out, struct arena *a, struct client *c,
                       const struct client_request *request, struct err *err);
/* True for a status of success. */
bool client_is_well(const struct client_answer *answer);
/* Sets an error to what a refusal says: "POST /x: 409 conflict …"; always false. */
bool client_refused(struct err *err, const struct client_request *request,
                    const struct client_answer *answer);
/* Waits on the real clock; false, at once, where the client is being stopped. */
void client_pause(struct client *c, int64_t ms);
/* The wait before try number `try` (from 1) where nobody says how long. Any thread. */
int64_t client_backoff_ms(struct client *c, unsigned attempt);

struct client_counts {
    uint64_t requests, retries, limited, refreshes, conflicts, waits_ms;
};
struct client_counts client_counts(struct client *c);
/* For client_write: a conflict was met. */
void client_count_conflict(struct client *c);
const struct contract *client_contract(const struct client *c);
struct str client_url(const struct client *c);
/* What time it is, for records. */
int64_t client_wall_us(void);

/* Paths: the operation's template with values for its parameters, those that name no entity (an
 * API's version) as usual. */
struct client_value {
    struct str name, value;
};
struct str client_path(struct arena *a, const struct operation *op,
                       const struct client_value *values, size_t n);
/* Appends "?name=value" or "&name=value". */
void client_add_query(struct buf *path, struct str name, struct str value);

#endif
