/* A plan: what `rehearse plan` found to be the steps from a tenant as it is to one as it should be, and
 * what `rehearse apply` carries out as it stands. The file is docs/plan-format.md. A step is an operation
 * of the profile with its parameters and body: no host, no token, no header. Ids of what the plan itself
 * makes are not known yet; they stand as symbols ("@new-1") that a step before `makes`.
 *
 * Carrying one out:
 *
 *     plan_head_read(&head, a, name, text, &err)          which profile, which policies
 *     plan_read(&plan, a, contract, name, text, &err)     refuses what is no plan for the contract
 *     for each plan.expects:                              before the first step
 *         read it with plan_expect_operation; compare version and plan_fingerprint: else "moved on"
 *     for each plan.steps:
 *         path = plan_step_path(a, step, &ids)            "/api/v2/…?…", symbols replaced
 *         body = plan_step_body(a, step, &ids)
 *         if step->sends_etag: If-Match is the entity's ETag, read now
 *         id = plan_step_id(a, step, answer)              ids: symbol → struct str *
 */
#ifndef REHEARSE_VALIDATOR_PLAN_H
#define REHEARSE_VALIDATOR_PLAN_H

#include "model/model.h"

enum { PLAN_FORMAT = 1, PLAN_STEPS_MAX = 1000000, PLAN_BYTES_MAX = 512 << 20 };

#define PLAN_VERBS(X)                                                                              \
    X(PLAN_CREATE, "create")                                                                       \
    X(PLAN_CHANGE, "change")                                                                       \
    X(PLAN_DELETE, "delete")                                                                       \
    X(PLAN_LINK, "link")     /* adds links: codes to a queue */                                    \
    X(PLAN_UNLINK, "unlink") /* takes them off */                                                  \
    X(PLAN_CALL, "call")     /* any other operation */

enum plan_verb {
#define X(name, text) name,
    PLAN_VERBS(X)
#undef X
        PLAN_VERB_COUNT
};
struct str plan_verb_name(enum plan_verb verb);

/* A path or query parameter; `value` may be a symbol. */
struct plan_value {
    struct str name, value;
};

/* A member that a step changes; JSON texts, "" where it is not there. */
struct plan_member {
    struct str field, before, after;
};

/* How an entity stood when the plan was made. */
struct plan_expect {
    const struct resource *resource;
    struct str id, name;
    struct str version; /* "" where the profile keeps none */
    struct str
        fingerprint; /* of what can be written (plan_fingerprint); "" where it cannot be read */
};

struct plan_step {
    enum plan_verb verb;
    const struct operation *op;
    const struct resource *resource; /* what it is about; NULL: nothing that is kept */
    struct str id, name;             /* of the entity: an id, a symbol or "" */
    const struct plan_value *path, *query;
    size_t n_path, n_query;
    struct str body;  /* JSON with symbols; "" none */
    struct str makes; /* the symbol for what it makes; "" none */
    bool sends_etag;
    const size_t *expects; /* of plan.expects: entities that it touches */
    size_t n_expects;
    const struct plan_member *members; /* for people */
    size_t n_members;
};

struct plan {
    struct str profile;                   /* name */
    const struct policy_choice *policies; /* that were chosen */
    size_t n_policies;
    struct str tenant;      /* name */
    const struct str *from; /* the documents that it was made from */
    size_t n_from;
    const struct plan_expect *expects;
    size_t n_expects;
    const struct plan_step *steps;
    size_t n_steps;
};

/* What must be known to open the contract. */
struct plan_head {
    struct str profile;
    const struct policy_choice *policies;
    size_t n_policies;
};

/* Both: texts are borrowed from `text` and `a`. False with `err` and its place for what is no plan, one of
 * another format version, one that the contract does not fit (no such operation, resource, parameter), and
 * for symbols that are used before a step makes them. */
CHECK bool plan_head_read(struct plan_head *out, struct arena *a, struct str name, struct str text,
                          struct err *err);
CHECK bool plan_read(struct plan *out, struct arena *a, const struct contract *c, struct str name,
                     struct str text, struct err *err);
/* Appends the plan as its file; ends with a newline. Reading it gives the same plan. */
void plan_write(struct buf *out, const struct plan *plan);

/* The operation that reads an entity by its id, and its path; NULL: the API has none. */
const struct operation *plan_expect_operation(const struct contract *c, const struct resource *r);
struct str plan_expect_path(struct arena *a, const struct operation *op, struct str id);
/* The version that an answer shows ("" none), and 16 hexadecimal digits over all of it that a client can
 * write: members that the schema calls readOnly, the version and nulls do not count, nor does the order of
 * members. */
struct str plan_version(const struct resource *r, struct json shown);
struct str plan_fingerprint(struct arena *a, const struct contract *c, const struct resource *r,
                            struct json shown);

/* The path with its query, and the body ("" none), symbols replaced by `ids` (symbol → struct str *); one
 * that is not there stays. */
struct str plan_step_path(struct arena *a, const struct plan_step *step, const struct map *ids);
struct str plan_step_body(struct arena *a, const struct plan_step *step, const struct map *ids);
/* The id that an answer tells of what the step has made; "" none. */
struct str plan_step_id(struct arena *a, const struct plan_step *step, struct str answer);

#endif
