/* `rehearse simulate operations` and `rehearse report`: what both need. Private to cli/. */
#ifndef REHEARSE_CLI_SIMULATE_H
#define REHEARSE_CLI_SIMULATE_H

#include "cli/cli.h"
#include "sim/sim.h"

struct simulate {
    const char *candidate, *format, *out, *until, *sweep, *shard, *hold, *add, *warm_up;
    const char *change, *profile, *tenant, *at, *agent, *queue, *code, *channel,
        *duration; /* assignment */
    struct option_list set, fail_if;
    uint64_t replications, seed, threads, first;
    bool is_quiet;
};

struct simulate_run {
    const struct simulate *how;
    const char *path; /* of the workload */
    struct arena *arena;
    struct findings *findings;
    struct err *err;
    int64_t started_us;
    double half_width;
    struct sim_shard shard; /* n 0: none */
    bool shows_progress;
    const struct json_doc *after; /* the workload of the tenant after --change; NULL: none */
    bool is_refused;              /* the tenant refused something of it */
};

/* Ctrl-C: the study ends with what is finished. */
void simulate_catch_interrupt(void);
bool simulate_is_interrupted(void);
/* Reads a workload file; *out_root is its document. */
CHECK bool simulate_read(struct simulate_run *r, struct sim_workload **out, struct json *out_root,
                         const char *path);
/* The run's workload, or with --change what it becomes. */
CHECK bool simulate_read_last(struct simulate_run *r, struct sim_workload **out,
                              struct json *out_root);
/* The same of a document that is read. */
CHECK bool simulate_take(struct simulate_run *r, struct sim_workload **out, struct json root);
/* cli/simulate_tenant.c: whether queues and agents are a tenant's; the workload made whole with them. With --change, or
 * another tenant's name (NULL: none), r->after is the workload of what comes after. */
bool simulate_is_tenants(const struct simulate_run *r, struct json root);
CHECK bool simulate_fill(struct simulate_run *r, const struct json_doc **out, struct json root,
                         const char *other);
/* The workload with changes made, all before the result is looked at: one may need the other. */
CHECK bool simulate_apply(struct simulate_run *r, struct sim_workload **out, struct json root,
                          const struct str *changes, size_t n);
/* How a study of the workload is run. */
struct sim_study_options simulate_options(struct simulate_run *r, const struct sim_workload *w);
/* NULL with `err` where it would take more memory than there is any sense in. */
struct sim_study *simulate_study(struct simulate_run *r, const struct sim_workload *w);
/* The format is one that there is. */
CHECK bool simulate_check_format(struct simulate_run *r);
void simulate_put_report(struct simulate_run *r, struct buf *out, const struct sim_study *baseline,
                         const struct sim_study *candidate);
CHECK bool simulate_write(struct simulate_run *r, const struct buf *text);
/* Looks at each --fail-if: the exit status, and findings on stderr. */
int simulate_judge(struct simulate_run *r, const struct sim_study *judged);
/* Prints findings and the error; the exit status. */
int simulate_fail(struct simulate_run *r);

int simulate_operations(struct simulate_run *r);
int simulate_hold(struct simulate_run *r);
int simulate_sweep(struct simulate_run *r);

#endif
