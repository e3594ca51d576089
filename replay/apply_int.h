/* What the files of apply share. Private to replay/. */
#ifndef REHEARSE_REPLAY_APPLY_INT_H
#define REHEARSE_REPLAY_APPLY_INT_H

#include "replay/apply.h"
#include "replay/client_write.h"

#include <pthread.h>

enum step_kind {
    STEP_CREATE,
    STEP_CHANGE,
    STEP_DELETE,
    STEP_CALL,
    STEP_BATCH,
    STEP_NOTIFY,
    STEP_AUDIT,
    STEP_AWAIT
};
enum step_state { STATE_WAITS, STATE_RUNS, STATE_DONE, STATE_FAILED, STATE_LEFT };

struct step {
    enum step_kind kind;
    size_t number;
    struct json source;    /* its object in a change set; no value: of a plan */
    struct plan_step plan; /* operation, parameters, body (of a change: what is set) */
    struct json base;      /* of a plan's change: how it stood */
    struct str as;         /* "@name" that later steps call it by; "" none */
    bool updates_existing; /* a create: what has the name already is changed */
    size_t *deps;
    size_t n_deps;
    /* as it goes */
    enum step_state state;
    bool is_late;             /* comes after all before it */
    bool was_begun, was_done; /* by an earlier run */
    bool is_there, is_unshown;
    struct str key, base_text;
    struct map known; /* ids that were there before it, of things like what it makes */
    struct str known_text;
    struct str made_id, result, why; /* result: JSON that templates see */
};

struct apply {
    struct client *client;
    const struct contract *contract;
    struct arena *a; /* of what lives as long; under the lock while steps run */
    struct str name, text;
    struct json root;
    struct plan plan; /* of a plan file */
    bool is_plan;
    struct step *steps;
    size_t n_steps;
    const struct apply_options *options;
    pthread_mutex_t lock; /* guards all below, and the steps' states */
    pthread_cond_t moved;
    struct map ids; /* "@name" → struct str * */
    int journal_fd, audit_fd;
    bool is_stopping;
    struct err err;
    struct apply_result result;
    int64_t latency_us;
    size_t n_timed;
    struct buf audit; /* records, with commas */
    uint64_t unsure, conflicts;
};

/* apply_read.c */
CHECK bool apply_read(struct apply *ap, struct err *err);
/* A plan: each entity that it touches stands as it did. */
CHECK bool apply_check_plan(struct apply *ap, struct err *err);
/* apply_deps.c */
void apply_find_deps(struct apply *ap);
/* apply_step.c: carries out one; false: it failed, `err` says why. `a` is the step's own. */
CHECK bool apply_step(struct apply *ap, struct step *s, struct arena *a, struct err *err);
/* apply_batch.c: many of a kind at once; sets the step's result. */
CHECK bool apply_batch(struct apply *ap, struct step *s, struct arena *a, struct err *err);
/* apply_inject.c: the body of a new entity with what the document's "inject" gives it. */
struct str apply_inject(struct apply *ap, struct str resource, struct json body);
/* apply_verify.c: reads back. */
CHECK bool apply_verify(struct apply *ap, struct step *s, struct arena *a, struct str id,
                        struct str body, struct err *err);
/* Are the links of the body there (or gone, where the call removes them)? `s->is_unshown` is set where
 * the API does not show them. False where that cannot be read. */
CHECK bool apply_look_at_links(struct apply *ap, struct step *s, struct arena *a, struct str body,
                               bool *out_is_so, struct err *err);
bool apply_has_value(struct json v, struct str path, struct str text);
/* apply_tell.c: what goes out beside the tenant. */
CHECK bool apply_notify(struct apply *ap, struct step *s, struct arena *a, struct err *err);
CHECK bool apply_audit(struct apply *ap, struct step *s, struct arena *a, struct err *err);
CHECK bool apply_metrics(struct apply *ap, struct err *err);
/* apply_journal.c */
CHECK bool apply_journal_open(struct apply *ap, struct err *err);
/* Takes a journal's lines: the first must be `head`, a torn last one is left. `out_len`: how far they are
 * whole. */
CHECK bool apply_journal_take(struct apply *ap, struct str text, struct str head,
                              bool *out_complete, size_t *out_len, struct err *err);
CHECK bool apply_journal_begun(struct apply *ap, struct step *s, struct err *err);
CHECK bool apply_journal_done(struct apply *ap, struct step *s, struct err *err);
CHECK bool apply_journal_end(struct apply *ap, bool is_complete, struct err *err);
/* A JSON text with its symbols replaced, as of now; a text that is a symbol. */
struct str apply_resolve(struct apply *ap, struct arena *a, struct str text);
struct str apply_resolve_id(struct apply *ap, struct arena *a, struct str id);

#endif
