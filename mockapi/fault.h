/* Faults: rules that say when an answer goes wrong, and how. Private to mockapi/.
 *
 * A rule has a `when` (operation, method, path, client, n-th match, every n, probability, between
 * times, a state of the tenant) and a `then` (an error case of the profile, a status, headers, Retry-After, latency, a
 * broken connection, a spoilt body; before the act or after it), a number of times and a time to
 * live. Rules are tried in order; the first that matches is dealt. One lock inside; any thread. */
#ifndef REHEARSE_MOCKAPI_FAULT_H
#define REHEARSE_MOCKAPI_FAULT_H

#include "mockapi/request.h"

struct faults;

enum fault_close {
    FAULT_CLOSE_NONE,
    FAULT_CLOSE_BEFORE, /* reset instead of acting */
    FAULT_CLOSE_AFTER,  /* act, then reset: the answer is lost */
    FAULT_CLOSE_DURING, /* act, then break off in the middle of the body */
};
enum fault_body {
    FAULT_BODY_WHOLE,
    FAULT_BODY_TRUNCATED,
    FAULT_BODY_MALFORMED,
    FAULT_BODY_HTML,
    FAULT_BODY_EMPTY,
    FAULT_BODY_GARBAGE,   /* bytes that are no text */
    FAULT_BODY_BAD_CHUNK, /* chunked, and the second chunk's size is no number */
};

/* A body that comes slowly. */
struct fault_slow {
    int64_t bytes_per_s; /* 0: at once */
    int64_t stall_at;    /* after so many bytes it stands still … */
    int64_t stall_ms;    /* … for so long; 0: it does not */
};

/* What is wrong with the certificate of a handshake. */
enum fault_tls { FAULT_TLS_NONE, FAULT_TLS_EXPIRED, FAULT_TLS_WRONG_HOST, FAULT_TLS_SELF_SIGNED };

/* What a rule that was dealt does to this request. Copied into the request's arena. */
struct fault_plan {
    uint64_t id;
    struct str name;          /* preset or the user's name */
    struct str case_name;     /* answer with this case instead of acting; "" acts */
    int status;               /* override of the status; 0 none */
    struct str code, message; /* of a status without a case */
    struct str retry_after;   /* header text; s NULL: the case's own; "" leaves it out */
    int64_t latency_ms;
    enum fault_close close;
    enum fault_body body;
    bool expires_token, revokes_token; /* of the caller, before the steps go on */
    bool is_after_act;                 /* the answer is replaced after the act was carried out */
    struct str content_type;           /* instead of the answer's own; "" none */
    struct fault_slow slow;
    int64_t lag_ms;     /* entities show only that much later: to this request */
    int64_t stale_ms;   /* a read sees the tenant as it was up to so long ago */
    int page_shift;     /* a numbered page begins so many items earlier (negative) or later */
    enum fault_tls tls; /* of a handshake: dealt to no request */
    bool doubles_hook, delays_hook; /* of the events that the request causes */
    bool moves_version; /* somebody else changes the entity first: its version really moves */
};

struct faults *faults_new(uint64_t seed);
void faults_free(struct faults *f);
/* Adds a rule, or the preset that it names, from its JSON: findings where it is wrong. `out_id` is
 * its number. */
CHECK bool faults_add(struct faults *f, uint64_t *out_id, const struct contract *contract,
                      struct json rule, int64_t now_us, struct findings *fs, struct err *err);
/* A whole file: {"faults": [rule, …]}. Nothing is added where one is wrong. */
CHECK bool faults_load(struct faults *f, const struct contract *contract, struct json file,
                       int64_t now_us, struct findings *fs, struct err *err);
bool faults_remove(struct faults *f, uint64_t id);
void faults_clear(struct faults *f);
/* The rules of `from`, which has none afterwards, in the place of all that are here. */
void faults_take(struct faults *f, struct faults *from);
/* {"faults": [{id, preset, when, then, times, hits, …}], "neverMet": [id, …]} */
void faults_put(struct buf *out, struct faults *f);
/* How many rules were never dealt. */
size_t faults_count_unmet(struct faults *f);
/* A line for each of them. */
void faults_put_unmet(struct buf *out, struct faults *f);
/* A sample a rule: hits, or with `is_matches` the requests that it fits. */
void faults_put_metrics(struct buf *out, struct faults *f, struct str site, bool is_matches);
/* {"presets": [{name, about, applies}]} for this contract. */
void faults_put_presets(struct buf *out, const struct contract *contract);

/* The plan for a request whose operation and bearer are known; NULL where no rule matches. Costs
 * nothing but a load where there is no rule. */
const struct fault_plan *faults_deal(struct faults *f, struct request *rq);
/* What the next TLS handshake is dealt, in `a`; counts the hit. NULL: nothing. */
const struct fault_plan *faults_deal_tls(struct faults *f, struct arena *a, int64_t now_us);
/* The plan that the header X-Rehearse-Fault describes ("429-burst", "503-retry-after;retryAfter=3" or a rule
 * as JSON), for this request alone; NULL, with a finding added to rq->findings, where it is none. */
const struct fault_plan *fault_of_header(struct faults *f, struct request *rq, struct str header);
/* "truncate", as fault files say it; "" whole. */
struct str fault_body_word(enum fault_body body);
/* What a plan does before the operation is carried out: an older tenant to read from. Pair with fault_end. */
void fault_begin(struct faults *f, struct request *rq);
void fault_end(struct request *rq);
/* What a plan does to a finished reply (status, headers, body). */
void fault_spoil(struct request *rq);

#endif
