/* What a run came to, told plainly: the facts, and what failed. */
#ifndef REHEARSE_CLI_RUN_REPORT_H
#define REHEARSE_CLI_RUN_REPORT_H

#include "replay/replay.h"

enum { RUN_FAILURES_MAX = 64 };

struct run_failure {
    struct str rule; /* of conduct, or "" */
    struct str text;
};

struct run_report {
    struct arena *arena;
    const struct run_spec *spec;
    const struct run_result *result;
    struct str why; /* no better seal is in force; "" */
    bool allows_unexercised;
    struct run_failure failures[RUN_FAILURES_MAX];
    size_t n_failures;
};

/* One more thing that failed; `text` lives in the report's arena. */
void run_report_fail(struct run_report *r, struct str rule, struct str text);
/* What fails whatever the scenario wants: hosts, limits, faults that were never met. `has_exit`: the
 * scenario says what exit status there is to be. */
void run_report_judge(struct run_report *r, bool has_exit);
void run_report_text(struct buf *out, const struct run_report *r);
void run_report_json(struct buf *out, const struct run_report *r);
/* As a build service reads it: a suite with a case for each thing that could fail. */
void run_report_junit(struct buf *out, const struct run_report *r);
void run_report_markdown(struct buf *out, const struct run_report *r);

#endif
