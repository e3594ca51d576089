/* Private to the reader of Terraform. */
#ifndef REHEARSE_VALIDATOR_READ_TERRAFORM_INT_H
#define REHEARSE_VALIDATOR_READ_TERRAFORM_INT_H

#include "validator/read_int.h"
#include "validator/read_terraform.h"

struct terraform_reader {
    struct arena *arena;
    const struct contract *contract;
    struct findings *fs;
    enum terraform_kind kind;
    struct terraform_change *changes;
    size_t n_changes, changes_cap;
    struct terraform_unknown *unknowns;
    size_t n_unknowns, unknowns_cap;
    struct terraform_use *uses; /* of the change at hand */
    size_t n_uses, uses_cap;
    size_t n_others;
    struct json_maker maker; /* the entities: an array */
};

/* Reads the attributes of a change: its entity, what it names, what is not known. */
void terraform_values(struct terraform_reader *t, size_t change, struct json unknown);
/* Makes the entities' document and hands them to their changes. */
CHECK bool terraform_entities(struct terraform_reader *t, struct err *err);

#endif
