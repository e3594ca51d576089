/* Room for runs: what depends on the model alone. */
#include "sim/engine_int.h"

enum { LINE_CAP = 64 };

static uint32_t greatest_staff(const struct sim_group *g)
{
    uint32_t most = 0;
    for (size_t i = 0; i < g->n_staff; i++) {
        most = g->staff[i].count > most ? g->staff[i].count : most;
    }
    return most;
}

/* How many contacts an agent can have at hand. */
static size_t slots_of(const struct sim_model *m)
{
    size_t most = 1;
    for (size_t i = 0; i < m->n_groups; i++) {
        most = m->groups[i].units > most ? m->groups[i].units : most;
    }
    return most;
}

static void make_groups(struct sim_engine *e)
{
    const struct sim_model *m = e->model;
    e->groups = ARENA_ARRAY(&e->arena, m->n_groups + 1, struct group_state);
    e->agent_units = ARENA_ARRAY(&e->arena, m->n_groups + 1, uint32_t);
    for (size_t i = 0; i < m->n_groups; i++) {
        struct group_state *g = &e->groups[i];
        g->group = &m->groups[i];
        g->first = (uint32_t)e->n_agents;
        g->n = greatest_staff(g->group);
        e->agent_units[i] = g->group->units ? g->group->units : 1;
        e->n_agents += g->n;
    }
    e->slots_each = slots_of(m);
    e->agents = ARENA_ARRAY(&e->arena, e->n_agents + 1, struct agent);
    e->slots = ARENA_ARRAY(&e->arena, e->n_agents * e->slots_each + 1, struct slot);
}

/* Per queue the groups that serve it, by the queue's order of preference. */
static void make_servers(struct sim_engine *e)
{
    const struct sim_model *m = e->model;
    e->servers = ARENA_ARRAY(&e->arena, m->n_queues + 1, struct server *);
    e->n_servers = ARENA_ARRAY(&e->arena, m->n_queues + 1, size_t);
    for (size_t i = 0; i < m->n_groups; i++) {
        for (size_t k = 0; k < m->groups[i].n_links; k++) {
            e->n_servers[m->groups[i].links[k].queue]++;
        }
    }
    for (size_t i = 0; i < m->n_queues; i++) {
        e->servers[i] = ARENA_ARRAY(&e->arena, e->n_servers[i] + 1, struct server);
        e->n_servers[i] = 0;
    }
    for (size_t i = 0; i < m->n_groups; i++) {
        for (size_t k = 0; k < m->groups[i].n_links; k++) {
            const struct sim_link *link = &m->groups[i].links[k];
            struct server *all = e->servers[link->queue];
            size_t at = e->n_servers[link->queue]++;
            while (at > 0 && all[at - 1].order > link->order) {
                all[at] = all[at - 1];
                at--;
            }
            all[at] = (struct server){(uint32_t)i, link->order, link->ring};
        }
    }
}

/* Mostly there is no such link, and no table. */
static void make_codeless(struct sim_engine *e)
{
    const struct sim_model *m = e->model;
    for (size_t i = 0; i < m->n_groups; i++) {
        for (size_t k = 0; k < m->groups[i].n_links; k++) {
            const struct sim_link *link = &m->groups[i].links[k];
            if (link->has_no_code && !e->codeless) {
                e->codeless = ARENA_ARRAY(&e->arena, m->n_groups * m->n_queues, bool);
            }
            if (link->has_no_code) {
                e->codeless[i * m->n_queues + link->queue] = true;
            }
        }
    }
}

static size_t make_lines(struct sim_engine *e)
{
    const struct sim_model *m = e->model;
    size_t n_rings = 0, n_codes = 0;
    e->lines = ARENA_ARRAY(&e->arena, m->n_queues + 1, struct line);
    e->first_code = ARENA_ARRAY(&e->arena, m->n_queues + 1, size_t);
    for (size_t i = 0; i < m->n_queues; i++) {
        struct line *l = &e->lines[i];
        l->cap = LINE_CAP;
        l->at = MEM_ARRAY(l->cap, struct waiting);
        l->opened = ARENA_ARRAY(&e->arena, m->queues[i].n_rings + 1, uint64_t);
        l->is_ring_timed = ARENA_ARRAY(&e->arena, m->queues[i].n_rings + 1, bool);
        l->ring_first = n_rings;
        e->first_code[i] = n_codes;
        n_codes += m->queues[i].n_codes;
        n_rings += m->queues[i].n_rings;
    }
    e->ring_queue = ARENA_ARRAY(&e->arena, n_rings + 1, uint32_t);
    e->ring_number = ARENA_ARRAY(&e->arena, n_rings + 1, uint32_t);
    for (size_t i = 0; i < m->n_queues; i++) {
        for (size_t k = 0; k < m->queues[i].n_rings; k++) {
            e->ring_queue[e->lines[i].ring_first + k] = (uint32_t)i;
            e->ring_number[e->lines[i].ring_first + k] = (uint32_t)k;
        }
    }
    return n_rings;
}

struct sim_engine *sim_engine_new(const struct sim_model *model, uint64_t seed)
{
    struct sim_engine *e = MEM_NEW(struct sim_engine);
    arena_init(&e->arena, 64 << 10, 0);
    e->model = model;
    e->seed = seed;
    draw_tables_init(&e->tables);
    make_groups(e);
    make_servers(e);
    make_codeless(e);
    size_t n_rings = make_lines(e);
    e->sources = ARENA_ARRAY(&e->arena, model->n_sources + 1, struct source_state);
    e->n_cells =
        model->interval_ticks > 0
            ? (size_t)((model->end_ticks + model->interval_ticks - 1) / model->interval_ticks)
            : 1;
    e->source_cells =
        ARENA_ARRAY(&e->arena, model->n_sources * e->n_cells + 1, struct sim_queue_sums);
    e->group_cells =
        ARENA_ARRAY(&e->arena, model->n_groups * e->n_cells + 1, struct sim_group_sums);
    e->first_source = (uint32_t)(e->n_agents * e->slots_each);
    e->first_staff = e->first_source + (uint32_t)model->n_sources;
    e->first_ring = e->first_staff + (uint32_t)model->n_groups;
    e->arrivals.at = ARENA_ARRAY(&e->arena, model->n_sources + 1, struct timer);
    e->heap.at = ARENA_ARRAY(&e->arena, e->first_ring + n_rings + 1, struct timer);
    return e;
}

void sim_engine_free(struct sim_engine *e)
{
    if (!e) {
        return;
    }
    for (size_t i = 0; i < e->model->n_queues; i++) {
        mem_free(e->lines[i].at);
    }
    arena_done(&e->arena);
    mem_free(e);
}
