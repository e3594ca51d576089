/* One day on the floor: arrivals, talk, after-call work, schedules, rings; one event after the other. */
#include "sim/engine_int.h"

#include <math.h>
#include <string.h>

static const double ticks_max = 4e18;

static int64_t to_ticks(double seconds)
{
    double t = seconds * (double)SIM_TICKS_PER_S + 0.5;
    return t < ticks_max ? (int64_t)t : INT64_MAX;
}

static int64_t later(int64_t at, int64_t by)
{
    return by > INT64_MAX - at ? INT64_MAX : at + by;
}

/* What after-call work comes to. */
struct after {
    int64_t work,
        cooldown; /* work: until the agent is done or the limit; cooldown: what is left of it */
    bool is_stuck, is_coded;
    enum sim_uncoded why; /* where it is not coded */
};

/* With a limit: coded where the code is chosen before it. */
static struct after limited(struct draw *d, const struct sim_queue *q, int64_t natural,
                            bool is_empty)
{
    struct after a = {.work = natural < q->limit_ticks && !is_empty ? natural : q->limit_ticks};
    int64_t chosen = q->moment == SIM_CODE_AT_START ? 0
                     : q->moment == SIM_CODE_AT_END ? natural
                                                    : (int64_t)(draw_extra(d) * (double)natural);
    a.is_coded = !is_empty && chosen < q->limit_ticks;
    a.why = is_empty ? SIM_UNCODED_NO_CODE : SIM_UNCODED_LIMIT;
    if (is_empty && q->limit_ticks == INT64_MAX && !q->has_way_out) {
        a.work = 0;
        a.is_stuck = true;
    } else if (is_empty && q->limit_ticks == INT64_MAX) {
        a.work = natural;
    }
    if (q->acw == SIM_ACW_FORCED) {
        a.cooldown = q->limit_ticks - a.work;
    }
    return a;
}

static struct after after_call(struct draw *d, const struct sim_queue *q, int64_t natural,
                               bool is_empty)
{
    double decision = draw_unit(d, 3);
    switch (q->acw) {
    case SIM_ACW_NONE:
        return (struct after){.why = SIM_UNCODED_NO_ACW};
    case SIM_ACW_OPTIONAL:
        if (decision >= q->p_optional) {
            return (struct after){.work = q->works_uncoded ? natural : 0,
                                  .why = SIM_UNCODED_OPTIONAL};
        }
        return (struct after){.work = natural, .is_coded = !is_empty, .why = SIM_UNCODED_NO_CODE};
    case SIM_ACW_MANDATORY:
        return (struct after){.work = is_empty && !q->has_way_out ? 0 : natural,
                              .is_stuck = is_empty && !q->has_way_out,
                              .is_coded = !is_empty,
                              .why = SIM_UNCODED_NO_CODE};
    case SIM_ACW_REQUESTED:
        if (decision >= q->p_requested) {
            return (struct after){.why = SIM_UNCODED_REQUEST};
        }
        return limited(d, q, natural, is_empty);
    case SIM_ACW_TIMEOUT:
    case SIM_ACW_FORCED:
        return limited(d, q, natural, is_empty);
    }
    unreachable();
}

/* What is required changes while the contact is at hand. */
static bool is_overtaken(struct draw *d, const struct sim_queue *q, int64_t from, int64_t to)
{
    for (size_t i = 0; i < q->n_changes; i++) {
        if (q->changes[i] > from && q->changes[i] <= to) {
            return draw_unit(d, 3) < q->p_change;
        }
    }
    return false;
}

static void count_code(struct sim_engine *e, size_t queue, double u)
{
    const struct sim_queue *q = &e->model->queues[queue];
    size_t i = 0;
    while (i + 1 < q->n_codes && u >= q->codes[i]) {
        i++;
    }
    e->sums->codes[e->first_code[queue] + i]++;
}

/* The timer that has fired leaves its place to the next that is set. */
static void set_timer(struct sim_engine *e, int64_t at, uint32_t id)
{
    struct timer t = {at, id};
    if (e->has_hole) {
        e->has_hole = false;
        heap_replace(&e->heap, t);
    } else {
        heap_push(&e->heap, t);
    }
}

static void fill_hole(struct sim_engine *e)
{
    if (e->has_hole) {
        e->has_hole = false;
        heap_pop(&e->heap);
    }
}

static uint32_t take_slot(struct sim_engine *e, uint32_t agent)
{
    size_t i = agent * e->slots_each;
    while (e->slots[i].contacts) {
        i++;
    }
    return (uint32_t)i;
}

uint32_t engine_units(const struct sim_engine *e, const struct waiting *w)
{
    return e->model->sources[w->source].units;
}

static void get_stuck(struct sim_engine *e, uint32_t agent)
{
    struct agent *a = &e->agents[agent];
    uint32_t cell = tally_cell(e);
    a->is_stuck = true;
    a->stuck_since = e->now;
    if (cell != NOBODY) {
        struct sim_group_sums *g = &e->group_cells[a->group * e->n_cells + cell];
        g->stuck_agents++;
        g->first_stuck_ticks = e->now < g->first_stuck_ticks ? e->now : g->first_stuck_ticks;
    }
}

static void count_answer(struct sim_engine *e, size_t queue, const struct waiting *w, int64_t talk,
                         const struct after *after)
{
    int64_t wait = e->now - w->arrived;
    struct sim_queue_sums *sums = tally_of(e, w);
    sums->answered++;
    sums->answered_in_target += wait <= e->model->queues[queue].target_ticks;
    sums->wait_ticks = tally_sum(sums->wait_ticks, wait);
    sums->answered_wait_ticks = tally_sum(sums->answered_wait_ticks, wait);
    sums->talk_ticks = tally_sum(sums->talk_ticks, talk);
    sums->acw_ticks = tally_sum(sums->acw_ticks, tally_sum(after->work, after->cooldown));
    if (after->is_coded) {
        sums->coded++;
    } else {
        sums->uncoded[after->why]++;
    }
    tally_wait(e, queue, wait);
}

/* Mostly all of it falls into the interval that is current. */
static void count_time(struct sim_engine *e, uint32_t group, int64_t talk_end, int64_t work_end,
                       int64_t end)
{
    if (e->now >= e->cell_from && end <= e->cell_to) {
        struct sim_group_sums *g = &e->group_cells[group * e->n_cells + e->cell];
        g->talk_ticks = tally_sum(g->talk_ticks, talk_end - e->now);
        g->acw_ticks = tally_sum(g->acw_ticks, work_end - talk_end);
        g->cooldown_ticks = tally_sum(g->cooldown_ticks, end - work_end);
        return;
    }
    TALLY_SPAN(e, group, e->now, talk_end, talk_ticks);
    TALLY_SPAN(e, group, talk_end, work_end, acw_ticks);
    TALLY_SPAN(e, group, work_end, end, cooldown_ticks);
}

void engine_start(struct sim_engine *e, uint32_t agent, size_t queue, const struct waiting *w)
{
    const struct sim_model *m = e->model;
    const struct sim_queue *q = &m->queues[queue];
    struct agent *a = &e->agents[agent];
    struct draw d;
    draw_again(&d, &e->tables, e->seed, e->replication, DRAW_SERVICE, w->source, w->contact,
               w->words);
    double u = draw_unit(&d, 2);
    bool is_empty = q->n_codes == 0 || u < q->p_no_code ||
                    (e->codeless && e->codeless[a->group * m->n_queues + queue]);
    const struct sim_source *s = &m->sources[w->source];
    double handle = draw_dist(&d, 0, &s->talk);
    int64_t talk = to_ticks(handle * (1 - s->acw_share));
    int64_t natural = s->acw_share > 0         ? to_ticks(handle * s->acw_share)
                      : q->acw == SIM_ACW_NONE ? 0
                                               : to_ticks(draw_dist(&d, 1, &s->acw));
    int64_t talk_end = later(e->now, talk);
    is_empty = is_empty || is_overtaken(&d, q, e->now, later(talk_end, natural));
    struct after after = after_call(&d, q, natural, is_empty);
    int64_t work_end = later(talk_end, after.work), end = later(work_end, after.cooldown);
    if (w->cell != NOBODY) {
        count_answer(e, queue, w, talk, &after);
        if (after.is_coded) {
            count_code(e, queue, q->p_no_code > 0 ? (u - q->p_no_code) / (1 - q->p_no_code) : u);
        }
    }
    count_time(e, a->group, talk_end, work_end, end);
    uint32_t units = engine_units(e, w), slot = take_slot(e, agent);
    a->contacts++;
    a->units_free -= units ? units : a->units_free;
    if (units == 0 || a->units_free == 0) {
        floor_unlist(e, agent);
    }
    /* whoever else talks with the agent meanwhile is not served before the after-call work is over */
    bool blocks = e->slots_each > 1 && !m->groups[a->group].acw_keeps_slot && end > talk_end;
    e->slots[slot] = (struct slot){.contacts = 1,
                                   .units = units,
                                   .is_stuck = after.is_stuck,
                                   .is_talk = blocks,
                                   .after_ticks = end - talk_end};
    set_timer(e, blocks ? talk_end : end, slot);
}

/* The best of the lines that the agent serves and that it has room for. */
static struct waiting *choose(struct sim_engine *e, uint32_t agent, size_t *out_queue)
{
    const struct agent *a = &e->agents[agent];
    const struct sim_group *g = &e->model->groups[a->group];
    struct waiting *best = NULL;
    const struct sim_link *by = NULL;
    for (size_t i = 0; i < g->n_links; i++) {
        const struct sim_link *link = &g->links[i];
        const struct sim_queue *q = &e->model->queues[link->queue];
        if (e->lines[link->queue].first == e->lines[link->queue].next) {
            continue;
        }
        struct waiting *w = line_front(e, link->queue);
        if (!w || (link->ring > 0 && w->arrived + q->ring_ticks[link->ring - 1] > e->now)) {
            continue;
        }
        uint32_t units = engine_units(e, w);
        if (units ? units > a->units_free : a->contacts > 0) {
            continue;
        }
        int urgency = best ? e->model->queues[by->queue].urgency : 0;
        bool is_better =
            !best || link->rank < by->rank ||
            (link->rank == by->rank &&
             (q->urgency < urgency || (q->urgency == urgency && w->arrived < best->arrived)));
        if (is_better) {
            best = w;
            by = link;
            *out_queue = link->queue;
        }
    }
    return best;
}

void engine_serve(struct sim_engine *e, uint32_t agent)
{
    struct agent *a = &e->agents[agent];
    size_t queue = 0;
    while (a->is_on && a->blocks == 0 && !a->is_stuck && a->units_free > 0) {
        struct waiting *found = choose(e, agent, &queue);
        if (!found) {
            return;
        }
        struct waiting w = *found;
        line_drop_front(e, queue);
        engine_start(e, agent, queue, &w);
    }
}

static void slot_fires(struct sim_engine *e, uint32_t id)
{
    struct slot *s = &e->slots[id];
    uint32_t agent = e->slots_each == 1 ? id : (uint32_t)(id / e->slots_each);
    struct agent *a = &e->agents[agent];
    if (s->is_talk) { /* after-call work begins, and holds the whole agent */
        s->is_talk = false;
        s->blocks = true;
        a->blocks++;
        floor_unlist(e, agent);
        heap_replace(&e->heap, (struct timer){later(e->now, s->after_ticks), id});
        return;
    }
    e->has_hole = true;
    if (s->is_stuck) {
        s->is_stuck = false;
        get_stuck(e, agent);
        floor_unlist(e, agent);
        if (e->model->stuck == SIM_STUCK_RELEASED) {
            set_timer(e, later(e->now, e->model->release_ticks), id);
        } else {
            s->contacts = 0; /* no timer will come: the shift's end sends the agent off */
        }
        return;
    }
    s->contacts = 0;
    if (a->is_stuck) {
        a->is_stuck = false;
        TALLY_SPAN(e, a->group, a->stuck_since, e->now, stuck_ticks);
    }
    a->contacts--;
    a->units_free += s->units ? s->units : e->agent_units[a->group];
    a->blocks -= s->blocks;
    if (floor_leaves(e, agent)) {
        return;
    }
    engine_serve(e, agent);
    if (a->units_free > 0 && a->blocks == 0) {
        floor_list(e, agent);
    }
}

/* When the next contact of a source comes: a unit of operational time more (a day's busyness and the
 * rates stretch it). INT64_MAX: never. */
static int64_t next_arrival(struct sim_engine *e, size_t source, int64_t after, double amount)
{
    const struct sim_source *s = &e->model->sources[source];
    struct source_state *st = &e->sources[source];
    for (; st->rate < s->n_rates; st->rate++) {
        const struct sim_rate *r = &s->rates[st->rate];
        int64_t begin = after > r->from_ticks ? after : r->from_ticks;
        int64_t end = st->rate + 1 < s->n_rates ? r[1].from_ticks : INT64_MAX;
        if (st->rate_read != st->rate) {
            st->rate_read = st->rate;
            st->per_tick = r->per_hour * st->factor / (3600.0 * (double)SIM_TICKS_PER_S);
        }
        double per_tick = st->per_tick;
        if (per_tick > 0) {
            double step = amount / per_tick;
            if (step < (double)(end - begin)) {
                return begin + (int64_t)step;
            }
            amount -= (double)(end - begin) * per_tick;
        }
        after = end;
    }
    return INT64_MAX;
}

static void schedule_arrival(struct sim_engine *e, size_t source, struct draw *d, bool is_first)
{
    const struct sim_source *s = &e->model->sources[source];
    struct source_state *st = &e->sources[source];
    int64_t at = s->trace ? (st->trace_next < s->n_trace ? s->trace[st->trace_next++] : INT64_MAX)
                          : next_arrival(e, source, e->now, draw_exponential(d, 0));
    struct timer t = {at, e->first_source + (uint32_t)source};
    if (at >= e->model->end_ticks) {
        if (!is_first) {
            heap_pop(&e->arrivals);
        }
    } else if (is_first) {
        heap_push(&e->arrivals, t);
    } else {
        heap_replace(&e->arrivals, t);
    }
}

static void arrive(struct sim_engine *e, size_t source)
{
    const struct sim_source *s = &e->model->sources[source];
    static const enum draw_purpose purposes[] = {DRAW_ARRIVAL, DRAW_SERVICE};
    struct draw d, service;
    uint32_t contact = e->sources[source].contact++;
    draw_begin_two(&d, &service, &e->tables, e->seed, e->replication, purposes, (uint32_t)source,
                   contact);
    struct waiting w = {
        .arrived = e->now, .source = (uint32_t)source, .contact = contact, .cell = tally_cell(e)};
    memcpy(w.words, service.words, sizeof w.words);
    schedule_arrival(e, source, &d, false);
    e->sums->contacts++;
    struct sim_queue_sums *sums = w.cell != NOBODY ? tally_of(e, &w) : NULL;
    if (sums) {
        sums->offered++;
    }
    uint32_t agent = floor_find(e, s->queue, 0, s->units);
    if (agent != NOBODY) {
        engine_start(e, agent, s->queue, &w);
        return;
    }
    w.deadline = later(e->now, to_ticks(draw_dist(&d, 1, &s->patience)));
    bool is_in = line_join(e, s->queue, w);
    if (sums) {
        sums->joined += is_in;
        sums->blocked += !is_in;
    }
}

static void open_ring(struct sim_engine *e, uint32_t timer)
{
    size_t queue = e->ring_queue[timer], ring = e->ring_number[timer];
    heap_pop(&e->heap);
    struct waiting *found = line_open_ring(e, queue, ring);
    uint32_t agent =
        found ? floor_find(e, queue, (unsigned)ring + 1, engine_units(e, found)) : NOBODY;
    if (agent != NOBODY) {
        struct waiting w = *found;
        found->source = NOBODY;
        engine_start(e, agent, queue, &w);
    }
}

static void staff(struct sim_engine *e, uint32_t group)
{
    const struct sim_group *g = &e->model->groups[group];
    heap_pop(&e->heap);
    floor_staff(e, group);
    if (e->groups[group].staff_next < g->n_staff) {
        int64_t at = g->staff[e->groups[group].staff_next].from_ticks;
        heap_push(&e->heap, (struct timer){at, e->first_staff + group});
    }
}

static void reset(struct sim_engine *e, uint32_t replication, struct sim_sums *out)
{
    const struct sim_model *m = e->model;
    e->sums = out;
    e->replication = replication;
    e->now = 0;
    e->heap.n = e->arrivals.n = 0;
    e->has_hole = false;
    tally_begin(e);
    memset(e->slots, 0, e->n_agents * e->slots_each * sizeof *e->slots);
    memset(e->agents, 0, e->n_agents * sizeof *e->agents);
    for (size_t i = 0; i < m->n_queues; i++) {
        struct line *l = &e->lines[i];
        l->first = l->next = 0;
        for (size_t k = 0; k < m->queues[i].n_rings; k++) {
            l->opened[k] = 0;
            l->is_ring_timed[k] = false;
        }
    }
    for (uint32_t i = 0; i < m->n_groups; i++) {
        struct group_state *g = &e->groups[i];
        g->head = g->tail = g->off = NOBODY;
        g->on = g->debt = 0;
        g->staff_next = 0;
        for (uint32_t k = g->n; k > 0; k--) {
            e->agents[g->first + k - 1] = (struct agent){.group = i, .next = g->off};
            g->off = g->first + k - 1;
        }
        if (m->groups[i].n_staff) {
            heap_push(&e->heap,
                      (struct timer){m->groups[i].staff[0].from_ticks, e->first_staff + i});
        }
    }
    for (size_t i = 0; i < m->n_sources; i++) {
        const struct sim_source *s = &m->sources[i];
        struct draw d;
        draw_begin(&d, &e->tables, e->seed, replication, DRAW_DAY, (uint32_t)s->busyness_stream, 0);
        struct sim_dist factor = {.kind = SIM_GAMMA, .mean = 1, .shape = s->busyness_shape};
        e->sources[i] =
            (struct source_state){.contact = 1,
                                  .rate_read = SIZE_MAX,
                                  .factor = s->busyness_shape > 0 ? draw_dist(&d, 0, &factor) : 1};
        draw_begin(&d, &e->tables, e->seed, replication, DRAW_ARRIVAL, (uint32_t)i, 0);
        schedule_arrival(e, i, &d, true);
    }
}

/* The earliest of all; NULL: none is set. */
static inline const struct timer *next_timer(const struct sim_engine *e)
{
    const struct timer *a = e->arrivals.at, *b = e->heap.at;
    if (e->arrivals.n == 0 || e->heap.n == 0) {
        return e->arrivals.n ? a : e->heap.n ? b : NULL;
    }
    return a->at < b->at || (a->at == b->at && a->id < b->id) ? a : b;
}

void sim_run(struct sim_engine *e, uint32_t replication, struct sim_sums *out)
{
    const struct sim_model *m = e->model;
    reset(e, replication, out);
    int64_t stop = m->drains ? INT64_MAX : m->end_ticks;
    for (;; fill_hole(e)) {
        const struct timer *t = next_timer(e);
        if (!t || t->at >= stop) {
            break;
        }
        uint32_t id = t->id;
        e->now = t->at;
        out->events++;
        if (id < e->first_source) {
            slot_fires(e, id);
        } else if (id < e->first_staff) {
            arrive(e, id - e->first_source);
        } else if (id < e->first_ring) {
            staff(e, id - e->first_staff);
        } else {
            open_ring(e, id - e->first_ring);
        }
    }
    e->now = m->drains ? INT64_MAX - 1 : m->end_ticks;
    for (size_t i = 0; i < m->n_queues; i++) {
        line_finish(e, i);
    }
    floor_finish(e);
    tally_finish(e);
}
