/* Private to validator/. */
#ifndef REHEARSE_VALIDATOR_INT_H
#define REHEARSE_VALIDATOR_INT_H

#include "validator/validator.h"

/* Fills a finding's error case (unless it has one) and the status that the tenant would answer. */
void finding_settle(const struct body_check *check, struct finding *f);

/* The finding id of what a schema refused; `is_root`: it refused the whole body. */
struct str issue_rule(const struct schema_issue *issue, bool is_root);
/* Fills message, expected and hint. The finding knows its field and value already. */
void issue_say(struct findings *fs, struct finding *f, const struct schema_issue *issue);

#endif
