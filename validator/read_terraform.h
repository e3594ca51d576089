/* Terraform: plans and states as `terraform show -json` prints them, and exports in JSON syntax
 * (.tf.json). Which types and attributes mean what is the profile's to say ("terraform" in
 * docs/profile-format.md). */
#ifndef REHEARSE_VALIDATOR_READ_TERRAFORM_H
#define REHEARSE_VALIDATOR_READ_TERRAFORM_H

#include "model/model.h"

enum terraform_kind { TERRAFORM_NONE, TERRAFORM_PLAN, TERRAFORM_STATE, TERRAFORM_EXPORT };

/* What a document looks like; TERRAFORM_NONE: something else. */
enum terraform_kind terraform_kind_of(struct json root);

/* REPLACE: deleted and made anew, in either order: the entity gets a new id. */
enum terraform_action {
    TERRAFORM_KEEP,
    TERRAFORM_CREATE,
    TERRAFORM_UPDATE,
    TERRAFORM_DELETE,
    TERRAFORM_REPLACE
};

/* A value that names an entity of rule->to. */
struct terraform_use {
    const struct terraform_reference *rule;
    struct json value;  /* a string */
    struct str address; /* an expression: the resource that it names, "type.name"; else "" */
};

/* One resource of a type that the profile knows. */
struct terraform_change {
    const struct terraform_type *type;
    struct str address, id; /* id: of what is there now; "" if that is not known */
    enum terraform_action action;
    struct json at;            /* the resource in the text */
    struct json before, after; /* its attributes; no value where it is not there */
    struct json entity;        /* `after` as an entity of type->resource; no value: it has none */
    const struct terraform_use *uses; /* of `after`, of a delete of `before` */
    size_t n_uses, n_unknown;
    const struct terraform_unknown *unknowns;
};

/* A value that nobody knows until the plan is applied: never passed, always named. */
struct terraform_unknown {
    size_t change;
    struct str attribute; /* as the profile has it: "wrapup_codes[]" */
    struct json at;       /* the nearest value that stands in the text */
    struct str why;       /* "known after apply", "an expression" */
};

struct terraform {
    enum terraform_kind kind;
    const struct terraform_change *changes;
    size_t n_changes;
    const struct terraform_unknown *unknowns;
    size_t n_unknowns;
    size_t n_others; /* resources of types that the profile does not name */
};

/* Reads `root`, whose document must outlive `out`; all in `a`. Findings: D501 for what gets a new id. False
 * with `err` (and its place) for another format version and for what is no such document. */
CHECK bool read_terraform(struct terraform *out, struct arena *a, const struct contract *c,
                          struct json root, struct findings *fs, struct err *err);

#endif
