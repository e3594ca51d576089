/* Carrying out change sets and plans: step by step, each written safely, read back, and noted in a
 * journal on disk before and after, so that a run that was cut off anywhere goes on where it was. */
#ifndef REHEARSE_REPLAY_APPLY_H
#define REHEARSE_REPLAY_APPLY_H

#include "replay/client.h"
#include "validator/validator.h"

struct apply;

struct apply_options {
    unsigned parallel;   /* steps at once that do not depend on each other; 0: 1 */
    bool keeps_going;    /* after a step that failed, with those that do not need it */
    bool is_unverified;  /* written is enough: nothing is read back */
    const char *journal; /* NULL: none */
    bool resumes;        /* goes on with the journal that is there */
    const char *audit;   /* NDJSON, appended; NULL: none */
    const char *metrics; /* JSON; NULL: none */
    size_t n_violations; /* findings against the document, for the metrics */
    /* A line for people about a step that is done or failed; NULL: silence. Under a lock. */
    void (*tell)(void *ctx, struct str line);
    void *tell_ctx;
};

/* Reads a change set or a plan for the client's contract; names of entities are looked up in the
 * tenant, and what a plan expects of it is compared. Nothing is written. `name`: of the file, for
 * messages. */
CHECK bool apply_open(struct apply **out, struct client *c, struct str name, struct str text,
                      struct err *err);
void apply_close(struct apply *ap); /* NULL is fine */

size_t apply_steps(const struct apply *ap);
/* The steps, a line each. */
void apply_show(struct buf *out, const struct apply *ap);
/* The resources that the steps are about, with those that they name: for reading no more than is
 * needed. Into `out`, which has room for all of the contract's; gives their number. */
size_t apply_resources(const struct resource **out, const struct apply *ap);

/* The entities that the steps name by id and that no list shows; gives their number, at most `max`. */
struct import_also;
size_t apply_named(struct import_also *out, size_t max, const struct apply *ap);

struct apply_result {
    size_t done, there, failed, left; /* there: was so already, nothing was sent */
    size_t before;                    /* done by an earlier run */
    bool is_verified;
};
/* Carries out. False if something was not done: `err` has the first reason. */
CHECK bool apply_run(struct apply_result *out, struct apply *ap,
                     const struct apply_options *options, struct err *err);

#endif
