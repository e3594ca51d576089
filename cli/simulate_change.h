/* A change set made in memory, for `rehearse simulate`. Private to cli/. */
#ifndef REHEARSE_CLI_SIMULATE_CHANGE_H
#define REHEARSE_CLI_SIMULATE_CHANGE_H

#include "base/base.h"
#include "mockapi/mockapi.h"
#include "model/model.h"
#include "validator/validator.h"

/* Puts the change set in the file `path` to `tenant` (taken), step by step as `rehearse check` does; trial_tenant(*out)
 * is the tenant after it, without what was refused: that is a finding with its place. False: the file is no change
 * set, `err` says why. *out_changes: the document, in `a`. The caller frees *out in any case (it may be NULL). */
CHECK bool simulate_change(struct trial **out, struct json *out_changes, struct contract *contract,
                           struct tenant *tenant, const char *path, struct arena *a,
                           struct findings *fs, struct err *err);
/* Places what is wrong after the change set at its last step that names the finding's entity, or something that the
 * message names; at the list of steps where none does. */
void simulate_change_place(struct finding *f, const struct check_steps *steps);

#endif
