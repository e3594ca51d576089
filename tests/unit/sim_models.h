/* Small models for the simulator's tests. Rates an hour, times in seconds. */
#ifndef REHEARSE_TESTS_SIM_MODELS_H
#define REHEARSE_TESTS_SIM_MODELS_H

#include "sim/estimate.h"
#include "sim/sim.h"

static const double one_code[] = {1};

static inline struct sim_dist dist_exponential(double mean)
{
    return (struct sim_dist){.kind = SIM_EXPONENTIAL, .mean = mean};
}

static inline struct sim_dist dist_never(void)
{
    return (struct sim_dist){.kind = SIM_NEVER};
}

static inline int64_t ticks(double seconds)
{
    return (int64_t)(seconds * (double)SIM_TICKS_PER_S + 0.5);
}

/* One queue, one source, one group; fill in the rest, then line_up. */
struct small {
    struct sim_queue queue;
    struct sim_source source;
    struct sim_group group;
    struct sim_rate rate;
    struct sim_staff staff;
    struct sim_link link;
    struct sim_model model;
};

/* Points the parts at each other. */
static inline void small_line_up(struct small *s, double contacts)
{
    double seconds = contacts / s->rate.per_hour * 3600;
    if (!s->queue.codes) {
        s->queue.codes = one_code;
        s->queue.n_codes = 1;
    }
    s->source.rates = &s->rate;
    s->source.n_rates = 1;
    s->group.staff = &s->staff;
    s->group.n_staff = 1;
    s->group.links = &s->link;
    s->group.n_links = 1;
    s->model.queues = &s->queue;
    s->model.sources = &s->source;
    s->model.groups = &s->group;
    s->model.n_queues = s->model.n_sources = s->model.n_groups = 1;
    s->model.warm_ticks = ticks(seconds / 20);
    s->model.end_ticks = ticks(seconds * 21 / 20);
}

enum { REPLICATIONS_MAX = 1000 };
struct study {
    struct sim_pair pairs[REPLICATIONS_MAX][SIM_METRIC_COUNT];
    struct sim_sums *sums; /* of all replications */
    struct arena arena;
    size_t n;
};

/* Runs n replications; figures are those of queue and group 0 unless told otherwise. */
static inline void study_run(struct study *st, const struct sim_model *m, size_t n, uint64_t seed,
                             size_t queue, size_t group)
{
    struct sim_engine *e = sim_engine_new(m, seed);
    arena_init(&st->arena, 0, 0);
    st->sums = sim_sums_new(&st->arena, m);
    struct sim_sums *one = sim_sums_new(&st->arena, m);
    st->n = n;
    for (size_t i = 0; i < n; i++) {
        sim_sums_clear(one);
        sim_run(e, (uint32_t)i, one);
        for (int k = 0; k < SIM_METRIC_COUNT; k++) {
            st->pairs[i][k] = k < SIM_QUEUE_METRICS
                                  ? sim_queue_pair(&one->queues[queue * (one->n_intervals + 1)],
                                                   (enum sim_metric)k)
                                  : sim_group_pair(&one->groups[group * (one->n_intervals + 1)],
                                                   (enum sim_metric)k);
        }
        sim_sums_add(st->sums, one);
    }
    sim_engine_free(e);
}

static inline struct sim_estimate study_of(const struct study *st, enum sim_metric m)
{
    return sim_estimate(&st->pairs[0][m], st->n, SIM_METRIC_COUNT);
}

static inline void study_done(struct study *st)
{
    arena_done(&st->arena);
}

#endif
