/* Asynchronous queries: what was found when each was started, under its id. States follow from the
 * site's clock alone. Bounded in number: the oldest give way. A job never changes but that it may
 * be cancelled; it is counted, so that who reads it may go on while it is dropped. One lock inside;
 * any thread. Private to mockapi/. */
#ifndef REHEARSE_MOCKAPI_JOBS_H
#define REHEARSE_MOCKAPI_JOBS_H

#include "model/model.h"

#include <stdatomic.h>

struct jobs;

struct job {
    atomic_uint refs;
    struct arena arena; /* all texts */
    struct str id, body;
    const struct job_rule *rule;
    int64_t started_us;
    atomic_int_fast64_t cancelled_us; /* INT64_MAX: not */
    const struct entity **entities;   /* held; in the order found */
    size_t n_entities;
    struct str *groups; /* JSON texts */
    size_t n_groups;
    struct job *next; /* the one started before */
};

/* What templates see of a job at one moment. */
struct job_view {
    const struct job *job; /* held by the request */
    struct str state;
    int64_t ended_us; /* INT64_MAX: it goes on */
    bool is_done, is_cancelled, is_expired;
    struct json body;
};

struct jobs *jobs_new(void);
void jobs_free(struct jobs *j);
/* Forgets all. */
void jobs_clear(struct jobs *j);

/* A job that nobody knows yet; the texts are copied. */
struct job *job_new(const struct job_rule *rule, struct str id, struct str body, int64_t now_us);
/* Keeps `n` entities, each held. */
void job_keep_entities(struct job *job, const struct entity *const *at, size_t n);
/* Keeps the items of an array, as texts. */
void job_keep_groups(struct job *job, struct json groups);
void job_drop(struct job *job);
/* Puts it where it is found (one reference is kept, the caller's stays); the oldest of its rule
 * gives way if there are too many. */
void jobs_add(struct jobs *j, struct job *job);
/* The job of that rule and id, held; NULL if there is none. */
struct job *jobs_find(struct jobs *j, const struct job_rule *rule, struct str id);
/* Forgets one. */
void jobs_remove(struct jobs *j, const struct job *job);
/* How it stands at `now_us`; the body is parsed into `a`. */
struct job_view job_view(struct arena *a, const struct job *job, int64_t now_us);

#endif
