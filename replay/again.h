/* Recorded traffic, sent once more: ids, tokens and versions that the live answers give are put where the recorded
 * ones stood, and the answers are compared. Sending is the caller's. */
#ifndef REHEARSE_REPLAY_AGAIN_H
#define REHEARSE_REPLAY_AGAIN_H

#include "validator/validator.h"

struct again_request {
    struct str method, target; /* path and query */
    struct str bearer;         /* "" none */
    bool wants_basic;          /* with the client's own id and secret */
    struct str body, media_type;
    const struct traffic_header *headers; /* those that mean something to a server */
    size_t n_headers;
};
struct again_answer {
    int status;
    struct str body;
};

/* A difference of one answer. */
struct again_difference {
    struct str pointer;        /* "" the status */
    struct str recorded, live; /* JSON texts; "" it is not there */
};

struct again_result {
    const struct traffic_request *recorded;
    struct str target; /* as sent */
    int status;        /* 0: no answer came */
    bool is_compared;  /* the record had an answer */
    bool is_body_compared;
    const struct again_difference *differences;
    size_t n_differences;
    struct str failed; /* why no answer came, "" one did */
};

struct again_spec {
    const struct contract *contract;
    const struct str *ignored; /* pointers whose values may differ; a step "*" is any */
    size_t n_ignored;
    bool keeps_times; /* waits as long between requests as there was */
    double speed;     /* times as fast; 0: 1 */
    bool (*send)(void *ctx, struct arena *a, const struct again_request *request,
                 struct again_answer *out, struct err *err);
    void *ctx;
};

/* Sends all of it in its order; results in `a`, as many as there are requests. `bearer`: a token to begin with, "" none.
 * Gives how many differ or failed. */
size_t again_run(struct again_result *out, struct arena *a, const struct again_spec *spec,
                 const struct recording *recording, struct str bearer);

#endif
