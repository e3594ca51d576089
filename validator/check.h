/* `check`: documents that people wrote, against a profile and a tenant. What a tenant would refuse is
 * not decided here: it is asked, step by step, and each step sees what those before it have changed.
 * What is added are the places in the user's text, and what a tenant takes but nobody means.
 *
 *     text ─▶ document (JSON, or read_*.h) ─▶ steps ─▶ the tenant's answers ─▶ findings, placed
 */
#ifndef REHEARSE_VALIDATOR_CHECK_H
#define REHEARSE_VALIDATOR_CHECK_H

#include "validator/read_traffic.h"
#include "validator/report.h"

struct tenant_question;
struct tenant_answer;

#define DOCUMENT_KINDS(X)                                                                          \
    X(DOCUMENT_PAYLOAD, "payload") /* a body of one operation, or an array of them */              \
    X(DOCUMENT_CHANGES, "changes") /* a change set (docs/changeset-format.md) */                   \
    X(DOCUMENT_TENANT, "tenant")   /* a snapshot */                                                \
    X(DOCUMENT_TERRAFORM, "terraform")

enum document_kind {
#define X(name, text) name,
    DOCUMENT_KINDS(X)
#undef X
        DOCUMENT_KIND_COUNT
};

struct check {
    const struct contract *contract;
    struct tenant *tenant; /* that is asked; for looking entities up, no question being under way */
    void (*ask)(void *ctx, struct arena *a, const struct tenant_question *q,
                struct tenant_answer *out, struct findings *fs);
    void *ctx;
    /* What is wrong with a tenant's floor; pointers lead into a snapshot. NULL: nobody knows. */
    void (*floor)(struct arena *a, const struct tenant *t, struct findings *fs);
    bool gives_back; /* `ask` keeps nothing of a question: its memory is used again for the next */
    struct arena *arena;        /* of all that is given back */
    struct findings *fs;        /* placed in the documents */
    const struct operation *op; /* payloads are its bodies; NULL: as their shape says */
    struct map made;   /* id → struct finding *: where what was made in this run stands */
    struct map locals; /* "@name" of a change set → struct str *: an id */
    struct map
        later; /* "@name", "resource name" of what it makes anywhere → struct json *: the step */
    struct report_skip *skips; /* what could not be checked */
    size_t n_skips, skips_cap;
    size_t n_entities; /* steps, and entities of snapshots */
    size_t n_steps;    /* asked */
    /* the step at hand */
    struct str entity_type, entity_id, entity_name;
};

/* What the document looks like; `forced` DOCUMENT_KIND_COUNT: as it looks. */
enum document_kind document_kind_of(struct json root);
struct str document_kind_name(enum document_kind kind);
enum document_kind document_kind_named(struct str name); /* DOCUMENT_KIND_COUNT: there is none */

/* Checks one document. What operation a payload was taken for is appended to `said` ("" where there was
 * no choice). Findings go to check->fs. Linear in the document, but for lists that a step reads. */
void check_document(struct check *c, struct json root, enum document_kind kind, struct buf *said);

/* Which step of a change set is to blame: the last one that names the finding's entity, or something that its message
 * names; else the list of steps. Read once for many findings, in `a`; linear in the document. */
struct check_steps {
    struct map by_text; /* a text → struct json *: the last step in which it stands */
    struct json all;
};
void check_steps_read(struct check_steps *out, struct arena *a, struct json changes);
void check_steps_done(struct check_steps *s);
struct json check_step_of(const struct check_steps *s, const struct finding *f);

/* Frees what is not the arena's. */
void check_done(struct check *c);
/* Requests that were recorded (read_traffic.h), in their order. What is about tokens, limits and faults of
 * that day is not asked again. */
void check_traffic(struct check *c, const struct recording *recording, struct str file);

#endif
