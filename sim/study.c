#include "sim/study.h"

#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

enum { THREADS_MAX = 64, PROGRESS_US = 100000, BATCH = 20 };

/* One run of replications [from, to) by several threads. */
struct crew {
    struct sim_study *study;
    size_t from, to;
    atomic_size_t next, done;
    atomic_bool is_stopped;
};
struct worker {
    pthread_t thread;
    struct crew *crew;
    struct arena arena;
    struct sim_sums *sums; /* of what this thread ran */
};

static void add_queue(struct sim_queue_sums *to, const struct sim_queue_sums *from)
{
    int64_t *a = (int64_t *)(void *)to;
    const int64_t *b = (const int64_t *)(const void *)from;
    for (size_t i = 0; i < sizeof *to / sizeof *a; i++) {
        a[i] += b[i];
    }
}

static void add_group(struct sim_group_sums *to, const struct sim_group_sums *from)
{
    to->staffed_ticks += from->staffed_ticks;
    to->talk_ticks += from->talk_ticks;
    to->acw_ticks += from->acw_ticks;
    to->cooldown_ticks += from->cooldown_ticks;
    to->stuck_ticks += from->stuck_ticks;
    to->stuck_agents += from->stuck_agents;
}

static void fill_pairs(struct sim_study *st, const struct sim_sums *one, struct sim_pair *out)
{
    const struct sim_model *m = &st->workload->model;
    size_t step = one->n_intervals + 1;
    struct sim_queue_sums all_queues = {0};
    struct sim_group_sums all_groups = {0};
    for (size_t i = 0; i < m->n_queues; i++) {
        add_queue(&all_queues, &one->queues[i * step]);
    }
    for (size_t i = 0; i < m->n_groups; i++) {
        add_group(&all_groups, &one->groups[i * step]);
    }
    for (size_t s = 0; s < st->n_scopes; s++) {
        const struct sim_scope *scope = &st->scopes[s];
        bool is_queue = scope->kind == SIM_ALL_QUEUES || scope->kind == SIM_ONE_QUEUE;
        const struct sim_queue_sums *q =
            scope->kind == SIM_ONE_QUEUE ? &one->queues[scope->index * step] : &all_queues;
        const struct sim_group_sums *g =
            scope->kind == SIM_ONE_GROUP ? &one->groups[scope->index * step] : &all_groups;
        for (int k = 0; k < SIM_METRIC_COUNT; k++) {
            out[s * SIM_METRIC_COUNT + (size_t)k] = is_queue
                                                        ? sim_queue_pair(q, (enum sim_metric)k)
                                                        : sim_group_pair(g, (enum sim_metric)k);
        }
    }
}

static void *work(void *ctx)
{
    struct worker *w = ctx;
    struct crew *c = w->crew;
    struct sim_study *st = c->study;
    struct sim_engine *e = sim_engine_new(&st->workload->model, st->seed);
    struct sim_sums *one = sim_sums_new(&w->arena, &st->workload->model);
    while (!atomic_load(&c->is_stopped)) {
        size_t i = atomic_fetch_add(&c->next, 1);
        if (i >= c->to) {
            break;
        }
        sim_sums_clear(one);
        sim_run(e, (uint32_t)(st->first + i), one);
        fill_pairs(st, one, &st->pairs[i * st->n_scopes * SIM_METRIC_COUNT]);
        sim_sums_add(w->sums, one);
        atomic_fetch_add(&c->done, 1);
    }
    sim_engine_free(e);
    return NULL;
}

static unsigned thread_count(const struct sim_study_options *o, size_t n)
{
    long processors = o->n_threads ? (long)o->n_threads : sysconf(_SC_NPROCESSORS_ONLN);
    size_t count = processors > 0 ? (size_t)processors : 1;
    count = count > n ? n : count;
    return (unsigned)(count > THREADS_MAX ? THREADS_MAX : count);
}

/* Runs [from, to); gives how many were run: all of them from `from` on. */
static size_t run_crew(struct sim_study *st, size_t from, size_t to,
                       const struct sim_study_options *o, size_t of)
{
    struct crew crew = {.study = st, .from = from, .to = to};
    struct worker workers[THREADS_MAX] = {{.crew = &crew}};
    unsigned n = thread_count(o, to - from);
    atomic_store(&crew.next, from);
    for (unsigned i = 0; i < n; i++) {
        workers[i] = (struct worker){.crew = &crew};
        arena_init(&workers[i].arena, 64 << 10, 0);
        workers[i].sums = sim_sums_new(&workers[i].arena, &st->workload->model);
    }
    unsigned started = 0;
    while (started < n &&
           pthread_create(&workers[started].thread, NULL, work, &workers[started]) == 0) {
        started++;
    }
    if (started == 0) {
        work(&workers[0]); /* no threads to be had: here, then */
    }
    while (started > 0 && atomic_load(&crew.done) < to - from && !atomic_load(&crew.is_stopped)) {
        usleep(atomic_load(&crew.done) ? PROGRESS_US / 10 : 1000);
        if (o->progress && !o->progress(from + atomic_load(&crew.done), of, o->ctx)) {
            atomic_store(&crew.is_stopped, true);
        }
    }
    for (unsigned i = 0; i < started; i++) {
        pthread_join(workers[i].thread, NULL);
    }
    for (unsigned i = 0; i < n; i++) {
        sim_sums_add(st->sums, workers[i].sums);
        arena_done(&workers[i].arena);
    }
    return atomic_load(&crew.done);
}

static void make_scopes(struct arena *a, struct sim_study *st)
{
    const struct sim_model *m = &st->workload->model;
    struct sim_scope *s = st->scopes =
        ARENA_ARRAY(a, m->n_queues + m->n_groups + 2, struct sim_scope);
    *s++ = (struct sim_scope){SIM_ALL_QUEUES, 0, STR("all queues")};
    for (size_t i = 0; i < m->n_queues; i++) {
        *s++ = (struct sim_scope){SIM_ONE_QUEUE, i, m->queues[i].name};
    }
    *s++ = (struct sim_scope){SIM_ALL_AGENTS, 0, STR("all agents")};
    for (size_t i = 0; i < m->n_groups; i++) {
        *s++ = (struct sim_scope){SIM_ONE_GROUP, i, m->groups[i].name};
    }
    st->n_scopes = m->n_queues + m->n_groups + 2;
}

struct sim_study *sim_study_run(struct arena *a, const struct sim_workload *w,
                                const struct sim_study_options *o)
{
    struct sim_study *st = ARENA_NEW(a, struct sim_study);
    size_t most = o->half_width > 0 && o->replications_max > o->replications ? o->replications_max
                                                                             : o->replications;
    st->workload = w;
    st->seed = o->seed;
    st->first = o->first;
    make_scopes(a, st);
    st->pairs = ARENA_ARRAY(a, most * st->n_scopes * SIM_METRIC_COUNT, struct sim_pair);
    st->sums = sim_sums_new(a, &w->model);
    size_t wanted = o->replications;
    while (st->n < wanted) {
        size_t n = run_crew(st, st->n, wanted, o, wanted);
        st->is_interrupted = st->n + n < wanted;
        st->n += n;
        if (st->is_interrupted) {
            break;
        }
        double half = sim_study_estimate(st, 0, SIM_SERVICE_LEVEL).half_width;
        if (o->half_width > 0 && !(half <= o->half_width) && st->n < most) {
            wanted = st->n + BATCH < most ? st->n + BATCH : most;
        }
    }
    return st;
}

struct sim_estimate sim_study_estimate(const struct sim_study *s, size_t scope, enum sim_metric m)
{
    return sim_estimate(&s->pairs[scope * SIM_METRIC_COUNT + (size_t)m], s->n,
                        s->n_scopes * SIM_METRIC_COUNT);
}

struct sim_estimate sim_study_difference(const struct sim_study *a, const struct sim_study *b,
                                         size_t scope, enum sim_metric m)
{
    size_t at = scope * SIM_METRIC_COUNT + (size_t)m, n = a->n < b->n ? a->n : b->n;
    return sim_estimate_difference(&a->pairs[at], &b->pairs[at], n, a->n_scopes * SIM_METRIC_COUNT);
}

bool sim_scope_has(const struct sim_scope *scope, enum sim_metric m)
{
    bool is_queue = scope->kind == SIM_ALL_QUEUES || scope->kind == SIM_ONE_QUEUE;
    return m != SIM_QUEUE_METRICS && is_queue == (m < SIM_QUEUE_METRICS);
}

double sim_study_wait(const struct sim_study *s, size_t queue, double p)
{
    const struct sim_model *m = &s->workload->model;
    int64_t bins[SIM_WAIT_BUCKETS] = {0}, total = 0, below = 0;
    for (size_t q = 0; q < m->n_queues; q++) {
        for (size_t i = 0; (queue == SIZE_MAX || q == queue) && i < SIM_WAIT_BUCKETS; i++) {
            bins[i] += s->sums->waits[q * SIM_WAIT_BUCKETS + i];
            total += s->sums->waits[q * SIM_WAIT_BUCKETS + i];
        }
    }
    for (size_t i = 0; i < SIM_WAIT_BUCKETS; i++) {
        below += bins[i];
        if (total > 0 && (double)below >= p * (double)total) {
            return (double)sim_wait_floor(i) / (double)SIM_TICKS_PER_S;
        }
    }
    return (double)NAN;
}
