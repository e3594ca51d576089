/* Private to validator/. */
#ifndef REHEARSE_VALIDATOR_INT_H
#define REHEARSE_VALIDATOR_INT_H

#include "validator/validator.h"

/* Fills a finding's error case (unless it has one) and the status that the tenant would answer. */
void finding_settle(const struct body_check *check, struct finding *f);

/* The first of `n` requirements that `of` does not meet; NULL: all are met. */
const struct requirement *requires_broken(struct arena *a, const struct requirement *all, size_t n,
                                          const struct entity *of);
/* Fills in what a broken requirement says: rule, name, value, message, case. */
void requires_say(struct findings *fs, struct finding *f, const struct requirement *r,
                  const struct resource *of_resource, struct str of_id);

/* Follows `$ref`s, up to a schema that has properties of its own beside one. */
struct json schema_deref(const struct contract *c, struct json schema);

/* What a schema and all the branches that it is put together from say of one member. */
struct member_look {
    struct json member; /* the schema of it that was found last */
    size_t n;           /* how many branches name it */
    bool is_read_only;  /* all of them say so */
    bool has_names;     /* some branch names members */
    bool is_open;       /* some branch speaks of others too */
};
struct member_look schema_member(const struct contract *c, struct json schema, struct str name);

#endif
