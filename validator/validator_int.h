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

#endif
