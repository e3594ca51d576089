/* What is counted during a run: each event goes into one cell, of a source or a group and an interval; queues,
 * channels and whole days are added up when the run is over. */
#include "sim/engine_int.h"

#include <string.h>

/* The interval that is current: those who arrive now are counted there. */
static void enter(struct sim_engine *e, int64_t at)
{
    const struct sim_model *m = e->model;
    int64_t step = m->interval_ticks, number = step ? at / step : 0;
    int64_t from = number * step, to = step ? from + step : m->end_ticks;
    e->cell = (uint32_t)number;
    e->cell_from = from > m->warm_ticks ? from : m->warm_ticks;
    e->cell_to = to < m->end_ticks ? to : m->end_ticks;
}

void tally_begin(struct sim_engine *e)
{
    const struct sim_model *m = e->model;
    memset(e->source_cells, 0, m->n_sources * e->n_cells * sizeof *e->source_cells);
    memset(e->group_cells, 0, m->n_groups * e->n_cells * sizeof *e->group_cells);
    for (size_t i = 0; i < m->n_groups * e->n_cells; i++) {
        e->group_cells[i].first_stuck_ticks = INT64_MAX;
    }
    enter(e, m->warm_ticks);
}

uint32_t tally_cell_slow(struct sim_engine *e)
{
    if (e->now < e->model->warm_ticks || e->now >= e->model->end_ticks) {
        return NOBODY;
    }
    enter(e, e->now);
    return e->cell;
}

static int64_t overlap(int64_t from, int64_t to, int64_t low, int64_t high)
{
    int64_t a = from > low ? from : low, b = to < high ? to : high;
    return b > a ? b - a : 0;
}

void tally_span(struct sim_engine *e, uint32_t group, int64_t from, int64_t to, size_t member)
{
    const struct sim_model *m = e->model;
    char *cells = (char *)&e->group_cells[group * e->n_cells];
    int64_t step = m->interval_ticks ? m->interval_ticks : m->end_ticks;
    int64_t low = from > m->warm_ticks ? from : m->warm_ticks,
            high = to < m->end_ticks ? to : m->end_ticks;
    if (high <= low) {
        return;
    }
    for (int64_t i = low / step; i * step < high; i++) {
        int64_t *at = (int64_t *)(void *)(cells + (size_t)i * sizeof *e->group_cells + member);
        *at = tally_sum(*at, overlap(low, high, i * step, (i + 1) * step));
    }
}

static void add_numbers(void *to, const void *from, size_t n)
{
    int64_t *a = to;
    const int64_t *b = from;
    for (size_t i = 0; i < n; i++) {
        a[i] = tally_sum(a[i], b[i]);
    }
}

static void finish_source(struct sim_engine *e, size_t source)
{
    enum { NUMBERS = sizeof(struct sim_queue_sums) / sizeof(int64_t) };
    const struct sim_model *m = e->model;
    const struct sim_source *from = &m->sources[source];
    size_t n = e->sums->n_intervals, step = n + 1;
    struct sim_queue_sums whole = {0}, *queue = &e->sums->queues[from->queue * step],
                          *channel = NULL;
    if (from->channel_number < m->n_channels) {
        channel = &e->sums->channels[from->channel_number * step];
    }
    for (size_t i = 0; i < e->n_cells; i++) {
        const struct sim_queue_sums *cell = &e->source_cells[source * e->n_cells + i];
        if (cell->offered == 0) {
            continue;
        }
        add_numbers(&whole, cell, NUMBERS);
        if (n) {
            add_numbers(&queue[1 + i], cell, NUMBERS);
        }
        if (n && channel) {
            add_numbers(&channel[1 + i], cell, NUMBERS);
        }
    }
    add_numbers(queue, &whole, NUMBERS);
    if (channel) {
        add_numbers(channel, &whole, NUMBERS);
    }
}

static void add_group(struct sim_group_sums *to, const struct sim_group_sums *from)
{
    add_numbers(to, from, offsetof(struct sim_group_sums, first_stuck_ticks) / sizeof(int64_t));
    if (from->first_stuck_ticks < to->first_stuck_ticks) {
        to->first_stuck_ticks = from->first_stuck_ticks;
    }
}

void tally_finish(struct sim_engine *e)
{
    const struct sim_model *m = e->model;
    size_t n = e->sums->n_intervals;
    for (size_t i = 0; i < m->n_sources; i++) {
        finish_source(e, i);
    }
    for (size_t g = 0; g < m->n_groups; g++) {
        for (size_t i = 0; i < e->n_cells; i++) {
            const struct sim_group_sums *cell = &e->group_cells[g * e->n_cells + i];
            add_group(&e->sums->groups[g * (n + 1)], cell);
            if (n) {
                add_group(&e->sums->groups[g * (n + 1) + 1 + i], cell);
            }
        }
    }
}
