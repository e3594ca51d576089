/* `rehearse simulate assignment`. Private to cli/. */
#ifndef REHEARSE_CLI_SIMULATE_ASSIGN_H
#define REHEARSE_CLI_SIMULATE_ASSIGN_H

#include "base/base.h"

/* What was asked on the command line; NULL where it was not. */
struct simulate_assign {
    const char *profile, *tenant, *candidate, *change, *format, *out, *at;
    const char *agent, *queue, *code, *channel, *duration;
};

/* Proves who can use which code and reports it; gives the exit status. */
int simulate_assign(const struct simulate_assign *how);
/* Whether the format is one of the reporters of `rehearse check` (sarif, junit, github …), other than those that the
 * simulator has itself; the findings as such a report. */
bool simulate_is_reporter(struct str format);
void simulate_report_findings(struct buf *out, struct str format, struct findings *fs);

#endif
