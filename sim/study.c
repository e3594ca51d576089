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

enum {
    QUEUE_NUMBERS = sizeof(struct sim_queue_sums) / sizeof(int64_t),
    GROUP_NUMBERS = sizeof(struct sim_group_sums) / sizeof(int64_t),
};

static void add_numbers(void *to, const void *from, size_t n)
{
    int64_t *a = to;
    const int64_t *b = from;
    for (size_t i = 0; i < n; i++) {
        a[i] = __builtin_add_overflow(a[i], b[i], &a[i]) ? INT64_MAX : a[i];
    }
}

/* What is kept of one replication: the whole numbers of each queue and group. */
static void keep(struct sim_study *st, size_t i, const struct sim_sums *one)
{
    const struct sim_model *m = &st->workload->model;
    size_t step = one->n_intervals + 1;
    int64_t *out = &st->records[i * st->record_size];
    for (size_t q = 0; q < m->n_queues; q++, out += QUEUE_NUMBERS) {
        memcpy(out, &one->queues[q * step], sizeof *one->queues);
    }
    for (size_t c = 0; c < m->n_channels; c++, out += QUEUE_NUMBERS) {
        memcpy(out, &one->channels[c * step], sizeof *one->channels);
    }
    for (size_t g = 0; g < m->n_groups; g++, out += GROUP_NUMBERS) {
        memcpy(out, &one->groups[g * step], sizeof *one->groups);
    }
}

/* A record taken apart, and its totals. */
struct whole {
    const struct sim_queue_sums *queues, *channels;
    const struct sim_group_sums *groups;
    struct sim_queue_sums all_queues;
    struct sim_group_sums all_groups;
};

static struct sim_queue_sums queue_numbers(const struct sim_study *st, const struct whole *w,
                                           const struct sim_scope *scope)
{
    struct sim_queue_sums sum = {0};
    switch (scope->kind) {
    case SIM_ONE_QUEUE:
        return w->queues[scope->index];
    case SIM_ONE_CHANNEL:
        return w->channels[scope->index];
    case SIM_ONE_SKILL: {
        const struct sim_skill *skill = &st->workload->model.skills[scope->index];
        for (size_t i = 0; i < skill->n_queues; i++) {
            add_numbers(&sum, &w->queues[skill->queues[i]], QUEUE_NUMBERS);
        }
        return sum;
    }
    case SIM_ALL_QUEUES:
    case SIM_ALL_AGENTS:
    case SIM_ONE_GROUP:
        break;
    }
    return w->all_queues;
}

void sim_study_fill(struct sim_study *st, size_t i)
{
    const struct sim_model *m = &st->workload->model;
    struct sim_pair *out = &st->pairs[i * st->n_scopes * SIM_METRIC_COUNT];
    const int64_t *record = &st->records[i * st->record_size];
    struct whole w = {
        .queues = (const void *)record,
        .channels = (const void *)(record + m->n_queues * QUEUE_NUMBERS),
        .groups = (const void *)(record + (m->n_queues + m->n_channels) * QUEUE_NUMBERS),
    };
    for (size_t q = 0; q < m->n_queues; q++) {
        add_numbers(&w.all_queues, &w.queues[q], QUEUE_NUMBERS);
    }
    for (size_t g = 0; g < m->n_groups; g++) { /* but for the moment of the first who got stuck */
        add_numbers(&w.all_groups, &w.groups[g], GROUP_NUMBERS - 1);
    }
    for (size_t s = 0; s < st->n_scopes; s++, out += SIM_METRIC_COUNT) {
        const struct sim_scope *scope = &st->scopes[s];
        struct sim_queue_sums q = queue_numbers(st, &w, scope);
        const struct sim_group_sums *g =
            scope->kind == SIM_ONE_GROUP ? &w.groups[scope->index] : &w.all_groups;
        for (int k = 0; k < SIM_METRIC_COUNT; k++) {
            enum sim_metric metric = (enum sim_metric)k;
            out[k] = k < SIM_QUEUE_METRICS ? sim_queue_pair(&q, metric) : sim_group_pair(g, metric);
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
        keep(st, i, one);
        sim_study_fill(st, i);
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

static size_t count_scopes(const struct sim_model *m)
{
    return m->n_queues + m->n_channels + m->n_skills + m->n_groups + 2;
}

static void make_scopes(struct arena *a, struct sim_study *st)
{
    const struct sim_model *m = &st->workload->model;
    struct sim_scope *s = st->scopes = ARENA_ARRAY(a, count_scopes(m), struct sim_scope);
    *s++ = (struct sim_scope){SIM_ALL_QUEUES, 0, STR("all queues")};
    for (size_t i = 0; i < m->n_queues; i++) {
        *s++ = (struct sim_scope){SIM_ONE_QUEUE, i, m->queues[i].name};
    }
    for (size_t i = 0; i < m->n_channels; i++) {
        *s++ = (struct sim_scope){SIM_ONE_CHANNEL, i, m->channels[i]};
    }
    for (size_t i = 0; i < m->n_skills; i++) {
        *s++ = (struct sim_scope){SIM_ONE_SKILL, i, m->skills[i].name};
    }
    *s++ = (struct sim_scope){SIM_ALL_AGENTS, 0, STR("all agents")};
    for (size_t i = 0; i < m->n_groups; i++) {
        *s++ = (struct sim_scope){SIM_ONE_GROUP, i, m->groups[i].name};
    }
    st->n_scopes = count_scopes(m);
}

/* Room for n replications; those that are there stay. */
static void reserve(struct arena *a, struct sim_study *st, size_t n)
{
    size_t pairs = st->n_scopes * SIM_METRIC_COUNT;
    struct sim_pair *old_pairs = st->pairs;
    int64_t *old_records = st->records;
    if (st->room >= n && st->room > 0) {
        return;
    }
    st->room = n > 2 * st->room ? n : 2 * st->room;
    st->pairs = ARENA_ARRAY(a, st->room * pairs + 1, struct sim_pair);
    st->records = ARENA_ARRAY(a, st->room * st->record_size + 1, int64_t);
    if (st->n > 0) {
        memcpy(st->pairs, old_pairs, st->n * pairs * sizeof *old_pairs);
        memcpy(st->records, old_records, st->n * st->record_size * sizeof *old_records);
    }
}

size_t sim_study_bytes(const struct sim_workload *w, size_t replications)
{
    const struct sim_model *m = &w->model;
    size_t each = count_scopes(m) * SIM_METRIC_COUNT * sizeof(struct sim_pair) +
                  (m->n_queues + m->n_channels) * sizeof(struct sim_queue_sums) +
                  m->n_groups * sizeof(struct sim_group_sums);
    return replications > SIZE_MAX / each ? SIZE_MAX : replications * each;
}

struct sim_study *sim_study_new(struct arena *a, const struct sim_workload *w, uint64_t seed,
                                size_t first, size_t most)
{
    struct sim_study *st = ARENA_NEW(a, struct sim_study);
    st->workload = w;
    st->seed = seed;
    st->first = first;
    make_scopes(a, st);
    st->record_size = (w->model.n_queues + w->model.n_channels) * QUEUE_NUMBERS +
                      w->model.n_groups * GROUP_NUMBERS;
    st->sums = sim_sums_new(a, &w->model);
    reserve(a, st, most);
    return st;
}

struct sim_study *sim_study_run(struct arena *a, const struct sim_workload *w,
                                const struct sim_study_options *o)
{
    size_t most = o->half_width > 0 && o->replications_max > o->replications ? o->replications_max
                                                                             : o->replications;
    struct sim_study *st = sim_study_new(a, w, o->seed, o->first, o->replications);
    size_t wanted = o->replications;
    while (st->n < wanted) {
        reserve(a, st, wanted);
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
    bool is_queue = scope->kind != SIM_ALL_AGENTS && scope->kind != SIM_ONE_GROUP;
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
