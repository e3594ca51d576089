/* Private to plans. */
#ifndef REHEARSE_VALIDATOR_PLAN_INT_H
#define REHEARSE_VALIDATOR_PLAN_INT_H

#include "validator/plan.h"

/* "@new-1": the id of what a step of the plan makes. */
bool plan_is_symbol(struct str s);
/* The path parameter of that name; NULL: the step has none. */
const struct plan_value *plan_value_find(const struct plan_step *s, struct str name);

#endif
