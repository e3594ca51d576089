/* Sums of runs, and how waits are binned. */
#include "sim/engine_int.h"

#include <string.h>

enum { SUB_BITS = 4 };

size_t sim_wait_bucket(int64_t ticks)
{
    uint64_t t = ticks > 0 ? (uint64_t)ticks : 0;
    if (t < 1u << SUB_BITS) {
        return (size_t)t;
    }
    unsigned top = 63 - (unsigned)__builtin_clzll(t);
    size_t bucket = ((size_t)(top - SUB_BITS + 1) << SUB_BITS) + ((t >> (top - SUB_BITS)) & 15);
    return bucket < SIM_WAIT_BUCKETS ? bucket : SIM_WAIT_BUCKETS - 1;
}

int64_t sim_wait_floor(size_t bucket)
{
    if (bucket < 1u << SUB_BITS) {
        return (int64_t)bucket;
    }
    unsigned shift = (unsigned)(bucket >> SUB_BITS) - 1;
    return (int64_t)((16 + (bucket & 15)) << shift);
}

static size_t interval_count(const struct sim_model *m)
{
    return m->interval_ticks > 0
               ? (size_t)((m->end_ticks + m->interval_ticks - 1) / m->interval_ticks)
               : 0;
}

struct sim_sums *sim_sums_new(struct arena *a, const struct sim_model *model)
{
    struct sim_sums *s = ARENA_NEW(a, struct sim_sums);
    s->model = model;
    s->n_intervals = interval_count(model);
    for (size_t i = 0; i < model->n_queues; i++) {
        s->n_codes += model->queues[i].n_codes;
    }
    s->queues = ARENA_ARRAY(a, model->n_queues * (s->n_intervals + 1) + 1, struct sim_queue_sums);
    s->channels =
        ARENA_ARRAY(a, model->n_channels * (s->n_intervals + 1) + 1, struct sim_queue_sums);
    s->groups = ARENA_ARRAY(a, model->n_groups * (s->n_intervals + 1) + 1, struct sim_group_sums);
    s->codes = ARENA_ARRAY(a, s->n_codes + 1, int64_t);
    s->waits = ARENA_ARRAY(a, model->n_queues * SIM_WAIT_BUCKETS + 1, int64_t);
    sim_sums_clear(s);
    return s;
}

void sim_sums_clear(struct sim_sums *s)
{
    size_t n = s->n_intervals + 1;
    memset(s->queues, 0, s->model->n_queues * n * sizeof *s->queues);
    memset(s->channels, 0, s->model->n_channels * n * sizeof *s->channels);
    memset(s->groups, 0, s->model->n_groups * n * sizeof *s->groups);
    memset(s->codes, 0, s->n_codes * sizeof *s->codes);
    memset(s->waits, 0, s->model->n_queues * SIM_WAIT_BUCKETS * sizeof *s->waits);
    for (size_t i = 0; i < s->model->n_groups * n; i++) {
        s->groups[i].first_stuck_ticks = INT64_MAX;
    }
    s->contacts = s->events = 0;
}

static void add_numbers(void *to, const void *from, size_t bytes)
{
    int64_t *a = to;
    const int64_t *b = from;
    for (size_t i = 0; i < bytes / sizeof *a; i++) {
        a[i] = tally_sum(a[i], b[i]);
    }
}

void sim_sums_add(struct sim_sums *to, const struct sim_sums *from)
{
    size_t n = to->n_intervals + 1, n_groups = to->model->n_groups * n;
    add_numbers(to->queues, from->queues, to->model->n_queues * n * sizeof *to->queues);
    add_numbers(to->channels, from->channels, to->model->n_channels * n * sizeof *to->channels);
    add_numbers(to->codes, from->codes, to->n_codes * sizeof *to->codes);
    add_numbers(to->waits, from->waits, to->model->n_queues * SIM_WAIT_BUCKETS * sizeof *to->waits);
    for (size_t i = 0; i < n_groups; i++) {
        sim_group_sums_add(&to->groups[i], &from->groups[i]);
    }
    to->contacts = tally_sum(to->contacts, from->contacts);
    to->events = tally_sum(to->events, from->events);
}

void sim_queue_sums_add(struct sim_queue_sums *to, const struct sim_queue_sums *from)
{
    add_numbers(to, from, sizeof *to);
}

void sim_group_sums_add(struct sim_group_sums *to, const struct sim_group_sums *from)
{
    add_numbers(to, from, offsetof(struct sim_group_sums, first_stuck_ticks));
    if (from->first_stuck_ticks < to->first_stuck_ticks) {
        to->first_stuck_ticks = from->first_stuck_ticks;
    }
}
