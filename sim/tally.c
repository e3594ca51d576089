/* Sums: who is counted, where, and how waits are binned. */
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

/* Sums stop at the greatest number: a hundred years of waiting are no reason to count backwards. */
static int64_t sum(int64_t a, int64_t b)
{
    int64_t out = 0;
    return __builtin_add_overflow(a, b, &out) ? INT64_MAX : out;
}

static void add_to(char *place, int64_t by)
{
    int64_t *at = (int64_t *)(void *)place;
    *at = sum(*at, by);
}

static void add_numbers(void *to, const void *from, size_t bytes)
{
    int64_t *a = to;
    const int64_t *b = from;
    for (size_t i = 0; i < bytes / sizeof *a; i++) {
        a[i] = sum(a[i], b[i]);
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
        struct sim_group_sums *a = &to->groups[i];
        const struct sim_group_sums *b = &from->groups[i];
        add_numbers(a, b, offsetof(struct sim_group_sums, first_stuck_ticks));
        if (b->first_stuck_ticks < a->first_stuck_ticks) {
            a->first_stuck_ticks = b->first_stuck_ticks;
        }
    }
    to->contacts = sum(to->contacts, from->contacts);
    to->events = sum(to->events, from->events);
}

bool tally_counts(const struct sim_engine *e, int64_t arrived)
{
    return arrived >= e->model->warm_ticks && arrived < e->model->end_ticks;
}

static void add_whole(struct sim_queue_sums *at, size_t interval, size_t member, int64_t by)
{
    add_to((char *)at + member, by);
    if (interval) {
        add_to((char *)&at[interval] + member, by);
    }
}

void tally_queue(struct sim_engine *e, size_t source, int64_t arrived, size_t member, int64_t by)
{
    struct sim_sums *s = e->sums;
    const struct sim_source *from = &e->model->sources[source];
    if (!tally_counts(e, arrived)) {
        return;
    }
    size_t i = s->n_intervals ? 1 + (size_t)(arrived / e->model->interval_ticks) : 0;
    add_whole(&s->queues[from->queue * (s->n_intervals + 1)], i, member, by);
    if (from->channel_number < e->model->n_channels) {
        add_whole(&s->channels[from->channel_number * (s->n_intervals + 1)], i, member, by);
    }
}

void tally_wait(struct sim_engine *e, size_t queue, int64_t ticks)
{
    e->sums->waits[queue * SIM_WAIT_BUCKETS + sim_wait_bucket(ticks)]++;
}

static int64_t overlap(int64_t from, int64_t to, int64_t low, int64_t high)
{
    int64_t a = from > low ? from : low, b = to < high ? to : high;
    return b > a ? b - a : 0;
}

void tally_span(struct sim_engine *e, uint32_t group, int64_t from, int64_t to, size_t member)
{
    struct sim_sums *s = e->sums;
    const struct sim_model *m = e->model;
    char *whole = (char *)&s->groups[group * (s->n_intervals + 1)];
    int64_t low = from > m->warm_ticks ? from : m->warm_ticks,
            high = to < m->end_ticks ? to : m->end_ticks;
    if (high <= low) {
        return;
    }
    add_to(whole + member, high - low);
    for (int64_t i = low / (m->interval_ticks ? m->interval_ticks : INT64_MAX);
         s->n_intervals && i * m->interval_ticks < high; i++) {
        char *part = whole + (size_t)(i + 1) * sizeof *s->groups;
        add_to(part + member,
               overlap(low, high, i * m->interval_ticks, (i + 1) * m->interval_ticks));
    }
}
