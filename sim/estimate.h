/* Estimates with their error: ratios of means over replications, and differences of two configurations
 * on the same random numbers. Private to sim/. */
#ifndef REHEARSE_SIM_ESTIMATE_H
#define REHEARSE_SIM_ESTIMATE_H

#include "sim/sim.h"

/* What is reported of a queue or of a group: each a ratio of two sums. */
#define SIM_METRICS(X)                                                                               \
    X(SIM_SERVICE_LEVEL, "service_level")                     /* answered in target / offered */     \
    X(SIM_SERVICE_LEVEL_SERVED, "service_level_served")       /* answered in target / answered */    \
    X(SIM_SERVICE_LEVEL_EXCLUDING, "service_level_excluding") /* … / offered but early abandons */ \
    X(SIM_ASA, "asa_s")                                       /* mean wait of those answered */      \
    X(SIM_WAIT, "wait_s")         /* mean wait of all who were not blocked */                        \
    X(SIM_DELAYED, "delayed")     /* had to wait / offered */                                        \
    X(SIM_ABANDONED, "abandoned") /* gave up / offered */                                            \
    X(SIM_BLOCKED, "blocked")     /* no room / offered */                                            \
    X(SIM_TALK, "talk_s")         /* mean talk of those answered */                                  \
    X(SIM_ACW, "acw_s")           /* mean after-call work of those answered */                       \
    X(SIM_HANDLE, "handle_s")     /* both */                                                         \
    X(SIM_UNCODED, "uncoded")     /* without a code / answered */                                    \
    X(SIM_UNCODED_BY_LIMIT, "uncoded_limit")                                                         \
    X(SIM_UNCODED_BY_OPTION, "uncoded_optional")                                                     \
    X(SIM_UNCODED_BY_REQUEST, "uncoded_not_requested")                                               \
    X(SIM_UNCODED_BY_NO_CODE, "uncoded_no_code")                                                     \
    X(SIM_QUEUE_METRICS, NULL)    /* up to here of a queue, from here on of a group */               \
    X(SIM_OCCUPANCY, "occupancy") /* talk and after-call work / staffed time */                      \
    X(SIM_TALK_SHARE, "talk_share")                                                                  \
    X(SIM_ACW_SHARE, "acw_share") /* cool-down of a forced limit included */                         \
    X(SIM_STUCK_SHARE, "stuck_share")                                                                \
    X(SIM_IDLE_SHARE, "idle_share")

enum sim_metric {
#define X(name, text) name,
    SIM_METRICS(X)
#undef X
        SIM_METRIC_COUNT
};
/* The metric's name in reports; NULL for SIM_QUEUE_METRICS. */
const char *sim_metric_name(enum sim_metric m);

/* A ratio of one replication: kept apart, since a ratio of means is no mean of ratios. */
struct sim_pair {
    double over, under;
};
struct sim_pair sim_queue_pair(const struct sim_queue_sums *q, enum sim_metric m);
struct sim_pair sim_group_pair(const struct sim_group_sums *g, enum sim_metric m);

struct sim_estimate {
    double value;          /* NAN where nothing came to be divided by */
    double standard_error; /* NAN with fewer than two replications */
    double half_width;     /* of the 95 % interval, Student's t */
    size_t n;
};
/* Over n replications, number i at pairs[i * stride]. Delta method. */
struct sim_estimate sim_estimate(const struct sim_pair *pairs, size_t n, size_t stride);
/* b - a, replication by replication on common random numbers. */
struct sim_estimate sim_estimate_difference(const struct sim_pair *a, const struct sim_pair *b,
                                            size_t n, size_t stride);
/* The 97.5 % point of Student's t. */
double sim_student(size_t degrees);

#endif
