/* What differs between two tenants of one profile. */
#ifndef REHEARSE_VALIDATOR_SNAPSHOT_DIFF_H
#define REHEARSE_VALIDATOR_SNAPSHOT_DIFF_H

#include "validator/plan.h"

struct tenant_difference {
    enum plan_verb
        verb; /* PLAN_CREATE: only in the second, PLAN_DELETE: only in the first, PLAN_CHANGE */
    const struct resource *resource;
    struct str id, name;
    const struct plan_member *members; /* PLAN_CHANGE */
    size_t n_members;
};

/* By resource, then by id; in `a`. Entities are the same where their ids are; members that the schema calls
 * readOnly, and versions, count only with `all`. Linear in both, but for the sort. */
size_t tenants_diff(const struct tenant_difference **out, struct arena *a, const struct tenant *one,
                    const struct tenant *two, bool all);
void tenants_diff_text(struct buf *out, const struct tenant_difference *at, size_t n);
void tenants_diff_json(struct buf *out, const struct tenant_difference *at, size_t n,
                       struct str profile, struct str one, struct str two);

#endif
