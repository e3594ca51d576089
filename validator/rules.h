/* The table of rules: what `explain` and `rules` tell, and what reports say beside a finding. An id is
 * stable for ever and never used again. */
#ifndef REHEARSE_VALIDATOR_RULES_H
#define REHEARSE_VALIDATOR_RULES_H

#include "validator/report.h"

struct rule {
    struct str id, title;
    enum severity severity;
    bool is_locked;      /* cannot be suppressed */
    struct str why, how; /* a sentence or two each */
    struct str bad;      /* a payload of genesys-cloud's wrap-up codes or a change set; "" none */
    struct str good;
};

const struct rule *rule_at(size_t i); /* NULL behind the last one; ordered by id */
const struct rule *rule_find(struct str id);
struct str rule_family(struct str id); /* "shape" for S104 */
/* The rules of these items, each once, in the order of ids; in `a`. */
size_t rules_of(struct report_rule **out, struct arena *a, const struct report_item *items,
                size_t n_items);

#endif
