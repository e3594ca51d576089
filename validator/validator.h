/* The validator: checks that give findings. The mock answers from these same findings; nothing
 * checks twice. */
#ifndef REHEARSE_VALIDATOR_VALIDATOR_H
#define REHEARSE_VALIDATOR_VALIDATOR_H

#include "model/model.h"
#include "validator/read.h"
#include "validator/read_terraform.h"
#include "validator/read_traffic.h"
#include "validator/report.h"

/* One body against the contract and a tenant. */
struct body_check {
    const struct contract *contract;
    const struct operation *op;
    const struct tenant *tenant;     /* locked by the caller; NULL: only what needs no tenant */
    const struct resource *resource; /* what the body makes; the operation's */
    struct str id;                   /* of the entity that is changed; s NULL for a new one */
    struct str parent_id;            /* links: of the owner; s NULL: none */
    struct schema_run *run;
};

/* Shape alone (families S; U201 within a batch): no tenant needed. Adds to `fs`; true if no error
 * was added. */
bool check_shape(const struct body_check *check, struct json body, struct findings *fs);
/* What the tenant says (R, L, U202) of one entity as it would be stored. `item` is its place in a
 * batch or SIZE_MAX; `body` is what the client sent: findings stand there. */
bool check_entity(const struct body_check *check, struct json entity, struct json body, size_t item,
                  struct findings *fs);
/* A question to a tenant, and what it answers. Who asks does not know whether that is a trial in
 * memory or a server. */
struct tenant_question {
    struct str method, path; /* path as sent, with its query */
    struct str body;         /* "" none */
    struct str etag;         /* If-Match; "" none */
};
struct tenant_answer {
    int status;
    struct str case_name; /* of the profile, where it refuses; "" else */
    struct str text;      /* the reply's body */
    struct str etag;
    const struct operation *op;  /* NULL: there is none of that path and method */
    const struct finding *about; /* the finding that it answers; NULL: none of them */
};

/* What the operation requires of the entity that it is about (of a link operation: the parent), `of` of
 * `of_resource`. The finding stands at `body`. Costs a parse of the entity where something is required. */
bool check_requires(const struct body_check *check, const struct entity *of,
                    const struct resource *of_resource, struct json body, struct findings *fs);
/* Appends the body without the members that are null where their schema takes no null; false if there
 * is none of those. */
bool body_without_nulls(struct buf *out, const struct contract *c, const struct operation *op,
                        struct json body);
/* One value of a path or query parameter, as it came. Adds a finding that names the parameter as
 * its field; its case is the caller's. `run` is scratch. */
bool check_parameter(const struct parameter *parameter, struct str value, struct schema_run *run,
                     struct findings *fs);
/* The error case that a finding leads to (docs/profile-format.md, "From findings to answers"),
 * without the operation's overrides. */
struct str finding_case(const struct finding *f);

#include "validator/accept.h"
#include "validator/check.h"
#include "validator/draft.h"
#include "validator/graph.h"
#include "validator/graph_view.h"
#include "validator/emit.h"
#include "validator/plan.h"
#include "validator/fix.h"
#include "validator/read.h"
#include "validator/report.h"
#include "validator/rules.h"
#include "validator/snapshot_diff.h"
#include "validator/user_rules.h"

#endif
