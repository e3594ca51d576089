/* What is wrong with a tenant's floor, for `check` and `plan`. Private to cli/. */
#ifndef REHEARSE_CLI_FLOOR_H
#define REHEARSE_CLI_FLOOR_H

#include "model/model.h"

/* The findings of `simulate assignment`; none where the profile tells of no floor, or the tenant is too large for a
 * proof beside other work. The tenant is locked for reading. */
void floor_findings(struct arena *a, const struct tenant *t, struct findings *fs);

#endif
