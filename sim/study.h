/* A study: many replications of one workload, on several threads, with the pairs that estimates need. The
 * result depends on workload, seed and number of replications alone. Private to sim/. */
#ifndef REHEARSE_SIM_STUDY_H
#define REHEARSE_SIM_STUDY_H

#include "sim/estimate.h"
#include "sim/sim.h"

/* What figures are about: all queues, each queue, each channel, the queues that ask for a skill, all agents,
 * each group. */
enum sim_scope_kind {
    SIM_ALL_QUEUES,
    SIM_ONE_QUEUE,
    SIM_ONE_CHANNEL,
    SIM_ONE_SKILL,
    SIM_ALL_AGENTS,
    SIM_ONE_GROUP
};
struct sim_scope {
    enum sim_scope_kind kind;
    size_t index;
    struct str name;
};

struct sim_study {
    const struct sim_workload *workload;
    uint64_t seed;
    size_t first, n; /* replications first … first + n - 1 */
    size_t room;     /* there is room for so many */
    struct sim_scope *scopes;
    size_t n_scopes;
    struct sim_pair *pairs; /* [replication][scope][metric] */
    int64_t *records;       /* [replication][record_size]: what the pairs are made from */
    size_t record_size;     /* the whole day's sums of each queue, channel and group */
    struct sim_sums *sums;  /* of all */
    bool is_interrupted;    /* fewer than asked for */
};

/* A study with room for `most` replications and none run. */
struct sim_study *sim_study_new(struct arena *a, const struct sim_workload *w, uint64_t seed,
                                size_t first, size_t most);
/* Makes the pairs of replication i from its record. */
void sim_study_fill(struct sim_study *st, size_t i);

struct sim_estimate sim_study_estimate(const struct sim_study *s, size_t scope, enum sim_metric m);
/* candidate - baseline; both of workloads with the same queues and groups. */
struct sim_estimate sim_study_difference(const struct sim_study *baseline,
                                         const struct sim_study *candidate, size_t scope,
                                         enum sim_metric m);
/* Whether the metric is one of the scope's kind. */
bool sim_scope_has(const struct sim_scope *scope, enum sim_metric m);
/* The queue's wait that a share p of those who waited or were answered did not exceed, in seconds, to a
 * sixteenth; of all queues with index SIZE_MAX. */
double sim_study_wait(const struct sim_study *s, size_t queue, double p);

#endif
