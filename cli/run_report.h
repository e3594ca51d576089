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
    bool is_broken; /* one of these failures, or of the rules of conduct */
    struct run_failure failures[RUN_FAILURES_MAX];
    size_t n_failures;
};

/* One more thing that failed; `text` lives in the report's arena. */
void run_report_fail(struct run_report *r, struct str rule, struct str text);
/* What fails whatever the scenario wants and no rule of conduct tells: faults that were never met, a client
 * that fails though nothing was wrong. `has_exit`: the scenario says what exit status there is to be. */
void run_report_judge(struct run_report *r, bool has_exit);
void run_report_text(struct buf *out, const struct run_report *r);
void run_report_json(struct buf *out, const struct run_report *r);
/* What the client printed, its last part. */
void run_report_output(struct buf *out, const struct run_report *r);
/* A suite with a case for each thing that failed. */
void run_report_junit(struct buf *out, const struct run_report *r);
void run_report_markdown(struct buf *out, const struct run_report *r);
/* As verdict_options.dress; `ctx` is a struct run_report. */
void run_report_dress(void *ctx, struct buf *document, struct str kind);

#endif
