/* A run as evidence. */
#ifndef REHEARSE_REPLAY_RUN_EVIDENCE_H
#define REHEARSE_REPLAY_RUN_EVIDENCE_H

#include "replay/evidence.h"
#include "replay/run.h"

/* What `r` says, all sites together; in `a`, borrows `r`. The states are those of the first site. `clean`: the run that
 * it is compared with, NULL: none. */
CHECK bool run_evidence(struct evidence *out, struct arena *a, const struct run_result *r,
                        const struct run_result *clean, struct findings *fs, struct err *err);

#endif
