/* `plan`: what is wanted, put to a tenant in memory step by step. What comes out is a list of steps in an
 * order that works, with what each changes, what was refused and why, what need not be done, what breaks,
 * and how long it takes. The tenant is asked by the same steps that `check` asks (validator/check.h): the
 * draft only decides the order and notes what was asked and what came of it.
 *
 *     document ─▶ intents ─▶ order ─▶ check_* ─▶ questions ─▶ steps
 *     (change set, desired state, Terraform, --replace)          └▶ tenant's changes ─▶ members, effects
 */
#ifndef REHEARSE_VALIDATOR_DRAFT_H
#define REHEARSE_VALIDATOR_DRAFT_H

#include "validator/check.h"
#include "validator/graph.h"
#include "validator/plan.h"

/* What else a step did: links that went with an entity, names that follow. */
struct draft_effect {
    enum plan_verb verb; /* create, change, delete */
    const struct resource *resource;
    struct str id, name;
};

struct draft_step {
    struct plan_step plan; /* `expects` are places in draft.expects */
    bool is_refused, is_noop;
    int status;
    struct str answer; /* of a refusal: rule and message of its findings, or the tenant's text */
    const struct draft_effect *effects;
    size_t n_effects;
};

/* What need not be done. */
struct draft_noop {
    const struct resource *resource;
    struct str id, name, why;
};

/* What goes or is renamed while others name it. */
struct draft_break {
    enum deps_cause cause;
    const struct deps *graph; /* in which the hits are */
    uint32_t node;
    struct deps_impact impact;
};

/* A use that `replace` could not move. */
struct draft_stay {
    struct str who, where, why;
};

struct draft_pace {
    size_t writes, reads; /* reads: what apply looks at before it begins */
    uint64_t us;          /* at the pace of the slowest rate rule, or 0 */
    struct str rule;      /* "" none slows it */
    int64_t limit, window_us;
};

struct draft {
    /* given */
    struct check check; /* its `ask` is the tenant's; the draft puts itself in front */
    /* What is wrong with who could use which code (the simulator's assignment), of a tenant that is locked;
     * NULL: not asked. */
    void (*traps)(struct arena *a, const struct tenant *t, struct findings *fs);
    bool prunes; /* desired state: what a named resource holds beside goes */
    /* found; all in check.arena */
    struct draft_step *steps;
    size_t n_steps, steps_cap, n_refused;
    struct draft_noop *noops;
    size_t n_noops, noops_cap;
    struct draft_break *breaks;
    size_t n_breaks, breaks_cap;
    struct draft_stay *stays;
    size_t n_stays, stays_cap;
    struct plan_expect *expects;
    size_t n_expects, expects_cap;
    struct draft_pace pace;
    size_t n_errors;    /* findings that stand in the way; what traps agents comes on top of them */
    size_t n_reordered; /* intents that are not done where they stood */
    struct deps *before, *at_deletes; /* the tenant at the beginning; before the first delete */
    /* private */
    void (*ask)(void *ctx, struct arena *a, const struct tenant_question *q,
                struct tenant_answer *out, struct findings *fs);
    void *ctx;
    struct draft_intent *intents;
    size_t n_intents, intents_cap;
    struct map symbols;            /* id → symbol */
    struct map expected;           /* "resource/id" → size_t * */
    struct map gone;               /* "resource/id", deleted */
    struct map aliases;            /* ids of a desired state → ids of the tenant */
    struct map known;              /* what `traps` found before */
    struct draft_changes *changes; /* of the tenant, by the question at hand */
    bool is_deleting;
};

/* Starts: check.contract, tenant, ask, ctx, arena and fs are set. Watches the tenant. */
void draft_begin(struct draft *d);
/* What a document wants; may be called several times. `kind`: DOCUMENT_TENANT is a desired state. */
void draft_add(struct draft *d, struct json root, enum document_kind kind);
/* Everything that names the one called (or with the id) `from` names `to` afterwards. False with `err` for
 * names that nothing or several have. */
CHECK bool draft_replace(struct draft *d, struct str from, struct str to, struct err *err);
/* Puts it all to the tenant, in order. */
void draft_run(struct draft *d);
/* The plan of what was taken, for plan_write. */
void draft_plan(struct draft *d, struct plan *out);
void draft_end(struct draft *d);

/* "create", "change" …: how many of the steps that were taken. */
size_t draft_count(const struct draft *d, enum plan_verb verb);

/* Differences between two JSON objects, member by member ("acwSettings.timeoutMs"), as JSON texts; in `a`.
 * With `schema`, members that it calls readOnly are left out. */
size_t members_diff(const struct plan_member **out, struct arena *a, const struct contract *c,
                    struct json schema, struct json before, struct json after);

/* Reports. Each is a function of the draft alone. */
struct draft_look {
    struct str version; /* of the program */
    const struct str *from;
    size_t n_from;
    bool is_coloured;
};
void draft_text(struct buf *out, const struct draft *d, const struct draft_look *look);
void draft_json(struct buf *out, const struct draft *d, const struct draft_look *look);
void draft_markdown(struct buf *out, const struct draft *d, const struct draft_look *look);
void draft_html(struct buf *out, const struct draft *d, const struct draft_look *look);

#endif
