/* What the client's files share. Private to replay/. */
#ifndef REHEARSE_REPLAY_CLIENT_INT_H
#define REHEARSE_REPLAY_CLIENT_INT_H

#include "replay/client.h"
#include "replay/curl_lib.h"

#include <pthread.h>

enum { CALL_SLOTS = 8, CLIENT_BYTES_MAX = 64 << 20 };

/* One documented limit, kept: when each of the last `limit` requests ended. */
struct rate_window {
    const struct rate_rule *rule;
    const struct operation *op; /* RATE_OPERATION: whose; else NULL */
    int64_t *ended_us;          /* INT64_MAX: under way; 0: never */
    size_t limit, head;
    struct rate_window *next;
};

enum call_state { CALL_WAITS, CALL_SENT, CALL_DONE };

/* One call, with its tries. Of the thread that asked until it is handed over, then the engine's
 * until it is done. */
struct call {
    struct call *next;
    const struct client_request *request;
    const char *method;
    char *url; /* heap */
    bool is_token, needs_token, may_repeat;
    enum call_state state;
    int64_t due_us, begun_us, deadline_us;
    unsigned tries, tries_max, refreshes;
    uint64_t generation; /* of the token that it was sent with */
    CURL *curl;
    struct curl_slist *headers;
    struct str body;
    size_t sent; /* bytes of the body */
    struct buf answer, etag, content_type, retry_after, date;
    bool is_too_long;
    int status;
    enum client_end end;
    struct err err;
    struct {
        struct rate_window *window;
        size_t at;
    } slots[CALL_SLOTS];
    size_t n_slots;
};

struct token {
    struct buf value;
    int64_t renew_us;    /* monotonic */
    uint64_t generation; /* 0: none yet */
    bool is_fetching;
};

struct client {
    const struct contract *contract;
    struct client_options options;
    struct arena arena; /* the client's own texts */
    struct curl_lib lib;
    CURLM *multi;
    pthread_t thread;
    bool is_running;
    pthread_mutex_t lock; /* guards what follows, up to the line */
    pthread_cond_t done;
    struct call *inbox;
    bool is_stopping;
    struct rng rng;
    struct client_counts counts;
    /* --- the engine's alone --- */
    struct call *calls;
    unsigned n_sent;
    int64_t not_before_us; /* nobody sends earlier: a Retry-After */
    struct token token;
    struct err token_err; /* why there is none */
    struct rate_window *windows;
    /* --- set once --- */
    struct str token_base, ca_file;
    const struct operation *token_op;
    struct client_request token_request;
    struct str basic;                     /* "id:secret" for the token; "" not so */
    struct str value_path, lifetime_path; /* in a token's answer */
};

/* client_token.c: which operation gives tokens for what we have, where it is, what it is asked. */
CHECK bool client_choose_token(struct client *c, struct err *err);
/* Takes the token out of its answer. */
CHECK bool client_take_token(struct client *c, struct str text, struct err *err);
/* True if the token is good for a request now. */
bool client_has_token(const struct client *c, int64_t now_us);

/* client_rate.c: true if the call may go now: its places are taken; else when to ask again (0: when
 * something ends). */
bool client_rate_take(struct client *c, struct call *call, int64_t now_us, int64_t *out_again_us);
void client_rate_give(struct call *call, int64_t now_us);
void client_rate_done(struct client *c);

/* client_wait.c: how long the answer asks to wait, in ms; -1: it does not say, or nothing sensible.
 */
int64_t client_retry_after_ms(struct str retry_after, struct str date, int64_t now_us);
int64_t client_real_us(void);
/* client_backoff_ms for who holds the lock. */
int64_t client_draw_ms(struct client *c, unsigned attempt);

/* client_path.c: the path's parameter names no entity, and what it is the profile says. */
bool client_has_usual_value(const struct operation *op, struct str name);

/* client_try.c: one try: starts it; looks at how it ended. */
bool client_try_start(struct client *c, struct call *call);
void client_try_end(struct client *c, struct call *call, CURLcode code, int64_t now_us);
void client_call_fail(struct call *call, enum client_end end);

/* client_places.c: the dotted path at which a template puts the variable ("items",
 * "page.next_cursor"), "" the whole; s NULL where it does not. */
struct str client_place(struct arena *a, struct json template_source, struct str variable);

#endif
