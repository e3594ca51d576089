/* Rules of a team's own (docs/user-rules.md): declared in JSON, about entities that the checked files hold.
 * Each asks one thing; what it asks is looked up in the tenant as it stands after all steps. */
#ifndef REHEARSE_VALIDATOR_USER_RULES_H
#define REHEARSE_VALIDATOR_USER_RULES_H

#include "validator/check.h"

struct user_rules;

/* An empty set, in `a`. */
struct user_rules *user_rules_new(struct arena *a);
void user_rules_free(struct user_rules *rules);
/* Adds a file's rules. Borrows both texts. A fault of the file is an error with its place. */
CHECK bool user_rules_read(struct user_rules *rules, struct str name, struct str text,
                           struct err *err);
/* The entities of a snapshot. A rule that cannot be asked (its resource is none of the profile's) is K908. */
void user_rules_snapshot(struct user_rules *rules, struct check *c, struct json root);
/* The tenant after all steps: findings stand at what this run made, and at nothing else. */
void user_rules_tenant(struct user_rules *rules, struct check *c);
/* Appends the rules as reports want them. */
size_t user_rules_rows(const struct user_rules *rules, struct report_rule *out, size_t cap);
size_t user_rules_count(const struct user_rules *rules);

#endif
