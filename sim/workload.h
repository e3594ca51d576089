/* The workload file: a model as data. Its schema is fixtures/schema/workload.schema.json,
 * docs/workload-format.md explains it. Private to sim/; the face is in sim.h. */
#ifndef REHEARSE_SIM_WORKLOAD_H
#define REHEARSE_SIM_WORKLOAD_H

#include "model/model.h"
#include "sim/sim.h"

/* What is being read. */
struct workload_reader {
    struct arena *a;
    struct findings *fs;
    struct sim_workload *out;
    struct sim_queue *queues;
    struct map queue_names;   /* name → its sim_queue */
    struct map stream_names;  /* name → its number + 1, as a pointer */
    struct map channel_names; /* likewise */
    struct str *channels;
    size_t n_streams;
    bool least_is_best;        /* of proficiencies: 1 is the best */
    struct json *queue_values; /* by number */
    size_t *served_by;         /* by queue: number + 1 of the last group that serves it */
};

/* sim/workload_parts.c: each adds a finding and gives false where the value is no such thing. */
bool workload_duration(struct workload_reader *r, struct json v, double *out_seconds);
bool workload_ticks(struct workload_reader *r, struct json v, int64_t *out);
bool workload_dist(struct workload_reader *r, struct json v, struct sim_dist *out);
bool workload_bad(struct workload_reader *r, struct json at, const char *format, ...) PRINTF(3, 4);
/* sim/workload_skills.c: whether agents may serve the queue; sets from which ring on, and how gladly it asks
 * them. */
bool workload_skills_link(struct workload_reader *r, struct sim_link *l, struct json queue,
                          struct json agents, struct json link);
/* The skills that queues ask for, for reports. */
void workload_skills_list(struct workload_reader *r, struct json queues);
/* sim/workload_limits.c: findings where sizes are absurd; notes where nothing can happen. */
bool workload_check_pairs(struct workload_reader *r, struct json queues, struct json agents);
void workload_check_sizes(struct workload_reader *r, struct json root);
void workload_check_sense(struct workload_reader *r);
/* A statement that goes into every report. */
void workload_note(struct workload_reader *r, const char *format, ...) PRINTF(2, 3);

#endif
