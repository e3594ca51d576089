/* The simulator: what wrap-up settings do to a contact centre's floor. A model is plain tables; a run is
 * one replication of it, a function of the model, a seed and the replication's number alone.
 *
 * Time is counted in ticks of a microsecond from the start of the day, so that no rounding of sums can
 * change the order of events. */
#ifndef REHEARSE_SIM_SIM_H
#define REHEARSE_SIM_SIM_H

#include "base/base.h"
#include "sim/assign.h"

#define SIM_TICKS_PER_S INT64_C(1000000)

/* Distributions of durations, in seconds. */
enum sim_dist_kind {
    SIM_CONSTANT,
    SIM_EXPONENTIAL,
    SIM_LOGNORMAL,
    SIM_GAMMA,
    SIM_UNIFORM,
    SIM_EMPIRICAL, /* one of the values, each as likely */
    SIM_NEVER,     /* infinite: patience without end */
};

struct sim_dist {
    enum sim_dist_kind kind;
    double mean;             /* constant, exponential, gamma */
    double mu, sigma;        /* lognormal: of the logarithm */
    double shape;            /* gamma */
    double low, high;        /* uniform */
    double zero_probability; /* exactly nought instead, with that probability */
    const double *values;    /* empirical */
    size_t n;
};
/* The expected value; infinite for SIM_NEVER. */
double sim_dist_mean(const struct sim_dist *d);

/* After-call work: who ends it, and when (Genesys Cloud names in brackets; a profile maps its own). */
enum sim_acw_mode {
    SIM_ACW_NONE,
    SIM_ACW_OPTIONAL,  /* may skip the code */
    SIM_ACW_MANDATORY, /* until the agent is done; for ever where no code can be chosen */
    SIM_ACW_TIMEOUT,   /* until done or the limit */
    SIM_ACW_FORCED,    /* always the whole limit */
    SIM_ACW_REQUESTED, /* only where the agent asked for it; then until done or the limit */
};

/* When within its natural after-call work an agent chooses the code. */
enum sim_code_moment { SIM_CODE_AT_END, SIM_CODE_AT_START, SIM_CODE_DRAWN };

/* Why a contact ended without a code. */
enum sim_uncoded {
    SIM_UNCODED_LIMIT,    /* the limit came first */
    SIM_UNCODED_OPTIONAL, /* the agent skipped it */
    SIM_UNCODED_REQUEST,  /* the agent had not asked for after-call work */
    SIM_UNCODED_NO_CODE,  /* nothing could be chosen */
    SIM_UNCODED_NO_ACW,   /* the mode has no after-call work */
    SIM_UNCODED_COUNT
};

struct sim_queue {
    struct str name;
    enum sim_acw_mode acw;
    int64_t limit_ticks; /* of the modes that have one */
    double p_optional;   /* OPTIONAL: the agent works and codes */
    double p_requested;  /* REQUESTED: the agent asked for it */
    enum sim_code_moment moment;
    double p_no_code;             /* a contact for which no code can be chosen */
    const double *codes;          /* cumulative probabilities of the codes, the last is 1 */
    const struct str *code_names; /* for reports; NULL: none are made */
    size_t n_codes;
    int urgency;               /* a free agent takes from the queue with the least first */
    int64_t target_ticks;      /* service level: answered within */
    int64_t room;              /* contacts that may wait; -1: any number */
    const int64_t *ring_ticks; /* ring i + 1 opens so long after arrival */
    size_t n_rings;
    const int64_t
        *changes; /* what is required changes then: contacts at hand have no code to choose */
    size_t n_changes;
    double p_change;  /* … with that probability */
    bool has_way_out; /* MANDATORY, and no code can be chosen: the agent may end it without one */
    bool
        works_uncoded; /* OPTIONAL: the agent works in any case, p_optional is about the code alone */
};

/* A rate that holds from `from_ticks` on, contacts an hour. */
struct sim_rate {
    int64_t from_ticks;
    double per_hour;
};

/* Where contacts come from: one kind of contact for one queue. */
struct sim_source {
    struct str name, channel; /* channel: for reports, may be "" */
    size_t queue;
    size_t channel_number; /* place in the model's channels; SIZE_MAX: has none */
    struct sim_dist talk, acw, patience;
    double
        acw_share; /* above 0: `talk` is the whole handling time, after-call work that share of it */
    const struct sim_rate *rates; /* ascending; nothing arrives before the first */
    size_t n_rates;
    double busyness_shape;  /* a day's rates are multiplied by Gamma(shape, mean 1); 0: by 1 */
    size_t busyness_stream; /* sources of one stream share the day's factor */
    const int64_t *trace;   /* instead of rates: the arrivals themselves, ascending */
    size_t n_trace;
    unsigned units; /* of an agent's capacity that a contact takes; 0: all */
};

/* From `from_ticks` on so many agents of the group are on. */
struct sim_staff {
    int64_t from_ticks;
    uint32_t count;
};

/* A group's link to a queue that it serves. */
struct sim_link {
    size_t queue;
    int rank;         /* the group's own preference: least first */
    int order;        /* the queue's preference among groups: least first */
    unsigned ring;    /* serves contacts for which that ring has opened; 0: at once */
    bool has_no_code; /* the group can choose no code there */
};

/* Agents who are alike: same skills, same queues, same schedule. */
struct sim_group {
    struct str name;
    const struct sim_staff *staff;
    size_t n_staff;
    const struct sim_link *links;
    size_t n_links;
    unsigned units;      /* capacity of an agent; 0: 1, one contact at a time */
    bool acw_keeps_slot; /* after-call work keeps only its contact's units, not the whole agent */
};

/* What becomes of an agent who cannot end after-call work. */
enum sim_stuck { SIM_STUCK_FOR_EVER, SIM_STUCK_RELEASED };

/* A skill, for reports: the queues that ask for it. */
struct sim_skill {
    struct str name;
    const size_t *queues;
    size_t n_queues;
};

struct sim_model {
    const struct sim_queue *queues;
    size_t n_queues;
    const struct sim_source *sources;
    size_t n_sources;
    const struct sim_group *groups;
    size_t n_groups;
    const struct str *channels;
    size_t n_channels;
    const struct sim_skill *skills;
    size_t n_skills;
    int64_t warm_ticks, end_ticks; /* contacts that arrive in [warm, end) count */
    bool drains;                   /* after the end no one arrives, the rest is served */
    int64_t interval_ticks;        /* figures also by interval of that length; 0: none */
    enum sim_stuck stuck;
    int64_t release_ticks; /* SIM_STUCK_RELEASED: a supervisor ends it after so long */
};

enum { SIM_WAIT_BUCKETS = 640 };

/* Sums of one or many replications. Whole numbers, so that adding them is exact in any order. */
struct sim_queue_sums {
    int64_t offered, answered, abandoned, blocked, left; /* left: still waiting at the end */
    int64_t joined; /* did not get an agent at once, and waited */
    int64_t answered_in_target, abandoned_in_target;
    int64_t wait_ticks, answered_wait_ticks; /* of all; of those answered */
    int64_t talk_ticks, acw_ticks;
    int64_t coded, uncoded[SIM_UNCODED_COUNT];
};
struct sim_group_sums {
    int64_t staffed_ticks, talk_ticks, acw_ticks, cooldown_ticks, stuck_ticks;
    int64_t stuck_agents;      /* how often somebody got stuck */
    int64_t first_stuck_ticks; /* the least; INT64_MAX if none */
};
struct sim_sums {
    const struct sim_model *model;
    size_t n_intervals;              /* at least 1 */
    struct sim_queue_sums *queues;   /* [queue * (n_intervals + 1)] the whole, then each interval */
    struct sim_group_sums *groups;   /* likewise */
    struct sim_queue_sums *channels; /* likewise, by channel of the source */
    int64_t *codes;                  /* of all queues, one behind the other */
    size_t n_codes;
    int64_t *waits; /* [queue * SIM_WAIT_BUCKETS]: waits of all who were answered or gave up */
    int64_t contacts, events;
};

/* Zeroed sums for the model, in `a`. */
struct sim_sums *sim_sums_new(struct arena *a, const struct sim_model *model);
void sim_sums_clear(struct sim_sums *s);
void sim_queue_sums_add(struct sim_queue_sums *to, const struct sim_queue_sums *from);
void sim_group_sums_add(struct sim_group_sums *to, const struct sim_group_sums *from);
/* Adds the sums of another run of the same model. */
void sim_sums_add(struct sim_sums *to, const struct sim_sums *from);
/* The bucket that a wait falls into, and the least wait of a bucket: 16 to each power of two. */
size_t sim_wait_bucket(int64_t ticks);
int64_t sim_wait_floor(size_t bucket);

/* A workload file, read. */
enum { SIM_NOTES_MAX = 1000 };
struct sim_workload {
    struct str name;
    struct sim_model model;
    size_t replications;
    uint64_t seed;
    struct str notes[SIM_NOTES_MAX]; /* what was assumed where the file is silent */
    size_t n_notes;
    struct json root; /* what it was read from; borrowed */
};
/* Reads a workload (docs/workload-format.md) into `a`; borrows the document. Whatever is wrong is a finding
 * with its place; false, and `err` says the first. */
CHECK bool sim_workload_read(struct sim_workload *out, struct arena *a, struct json root,
                             struct findings *fs, struct err *err);

/* Appends the workload's text with one value changed: "queues.Sales.acw.limit=60s". Elements of lists go by
 * their name or place, "*" is each that has the member; a value that is no JSON is a text. "acw_timeout_ms" stands for
 * queues.*.acw.limit. */
CHECK bool sim_workload_edit(struct buf *out, struct arena *a, struct json root, struct str change,
                             struct err *err);

/* Makes the workload of a tenant whole: queues, codes, skills, settings of after-call work and agents are those of the
 * floor. With two floors (before and after a change) out[0] and out[1] are of the same queues and groups. What the file
 * itself says keeps its place; queues, codes and skills that the first floor does not have are findings. */
CHECK bool sim_workload_fill(const struct json_doc **out, struct arena *a, struct json root,
                             const struct assign_proof *const *floors, size_t n,
                             struct findings *fs, struct err *err);

struct sim_engine;
/* Room for runs of the model (borrowed); one thread at a time. */
struct sim_engine *sim_engine_new(const struct sim_model *model, uint64_t seed);
void sim_engine_free(struct sim_engine *e);
/* Runs replication number `replication` and adds it to `out`. Takes no memory but for lines that grow. */
void sim_run(struct sim_engine *e, uint32_t replication, struct sim_sums *out);

/* How to run a study. */
struct sim_study_options {
    size_t replications, first; /* first: number of the first one, for shards */
    uint64_t seed;
    unsigned n_threads; /* 0: one a processor */
    double
        half_width; /* above 0: more replications until the overall service level is known so well */
    size_t replications_max; /* … but no more than these */
    /* Now and then, from the calling thread: how many are done; false ends the study with these. */
    bool (*progress)(size_t done, size_t of, void *ctx);
    void *ctx;
};
struct sim_study;
/* Runs a study of the workload (borrowed) into `a`; never NULL. */
struct sim_study *sim_study_run(struct arena *a, const struct sim_workload *w,
                                const struct sim_study_options *options);

/* How many agents more in a group hold a target. */
enum { SIM_HOLD_TRIES = 64 };
#define SIM_HOLD_NEVER UINT32_MAX
struct sim_hold_try {
    uint32_t added;
    double value, half_width;
};
struct sim_hold {
    struct str figure; /* borrowed from the rule */
    double target;
    bool is_least; /* the figure is to be at least so much; else at most */
    size_t group, replications;
    uint32_t on_average; /* the least number with which the figure holds; SIM_HOLD_NEVER */
    uint32_t surely;     /* … with which the whole 95 % interval does */
    struct sim_hold_try tries[SIM_HOLD_TRIES];
    size_t n_tries;
    bool is_interrupted;
};
/* `rule` as "service_level.Sales>=0.8"; `group` may be empty where there is one alone. */
CHECK bool sim_hold_search(struct sim_hold *out, struct arena *a, const struct sim_workload *w,
                           const struct sim_study_options *how, struct str rule, struct str group,
                           struct err *err);

/* Memory that so many replications of the workload take, in bytes, at least. */
size_t sim_study_bytes(const struct sim_workload *w, size_t replications);

/* Which part of the replications: number k (from 1) of n; together they are all. */
struct sim_shard {
    size_t k, n, replications, first; /* of the whole */
};
/* The first replication of the part, and how many it has. */
void sim_shard_share(const struct sim_shard *shard, size_t *out_first, size_t *out_n);
/* Appends all that a report is made from, as JSON: the workloads and each replication's whole numbers.
 * `candidate` may be NULL. */
void sim_shard_put(struct buf *out, const struct sim_shard *shard, const struct sim_study *baseline,
                   const struct sim_study *candidate);
/* Makes one study (two with candidates) of all the shards of one run, in any order, as if they had been run at once;
 * what does not belong together is an error. *out_candidate is NULL where there is none. */
CHECK bool sim_shard_merge(struct sim_study **out_baseline, struct sim_study **out_candidate,
                           struct arena *a, const struct json *shards, size_t n,
                           struct findings *fs, struct err *err);

/* Reports. `candidate` may be NULL; else it is a study of the same queues and groups, with the same seed and
 * as many replications. */
void sim_report_text(struct buf *out, const struct sim_study *baseline,
                     const struct sim_study *candidate);
void sim_report_json(struct buf *out, const struct sim_study *baseline,
                     const struct sim_study *candidate);
void sim_report_csv(struct buf *out, const struct sim_study *baseline,
                    const struct sim_study *candidate);
/* One file that opens from disk: figures, and plots of how the day goes. */
void sim_report_html(struct buf *out, const struct sim_study *baseline,
                     const struct sim_study *candidate);

/* A figure by name: "service_level.Sales", "occupancy" (of all); false: no such name, `err` says which there
 * are. */
CHECK bool sim_figure(double *out, double *out_half_width, const struct sim_study *s,
                      struct str name, struct err *err);

#endif
