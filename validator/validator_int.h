/* Private to validator/. */
#ifndef REHEARSE_VALIDATOR_INT_H
#define REHEARSE_VALIDATOR_INT_H

#include "validator/validator.h"

/* Fills a finding's error case (unless it has one) and the status that the tenant would answer. */
void finding_settle(const struct body_check *check, struct finding *f);

#endif
