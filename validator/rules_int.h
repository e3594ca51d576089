/* Private to the rules: the table, in two parts. */
#ifndef REHEARSE_VALIDATOR_RULES_INT_H
#define REHEARSE_VALIDATOR_RULES_INT_H

#include "validator/rules.h"

extern const struct rule rules_d_to_l[], rules_p_to_w[];
extern const size_t n_rules_d_to_l, n_rules_p_to_w;

#endif
