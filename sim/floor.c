/* Agents: who is free, who is on, who leaves. */
#include "sim/engine_int.h"

static void list_add(struct sim_engine *e, uint32_t *head, uint32_t *tail, uint32_t agent)
{
    struct agent *a = &e->agents[agent];
    a->next = NOBODY;
    a->previous = *tail;
    if (*tail == NOBODY) {
        *head = agent;
    } else {
        e->agents[*tail].next = agent;
    }
    *tail = agent;
}

void floor_list(struct sim_engine *e, uint32_t agent)
{
    struct agent *a = &e->agents[agent];
    struct group_state *g = &e->groups[a->group];
    if (!a->is_listed) {
        a->is_listed = true;
        a->free_since = e->now;
        list_add(e, &g->head, &g->tail, agent);
    }
}

void floor_unlist(struct sim_engine *e, uint32_t agent)
{
    struct agent *a = &e->agents[agent];
    struct group_state *g = &e->groups[a->group];
    if (!a->is_listed) {
        return;
    }
    *(a->previous == NOBODY ? &g->head : &e->agents[a->previous].next) = a->next;
    *(a->next == NOBODY ? &g->tail : &e->agents[a->next].previous) = a->previous;
    a->is_listed = false;
}

/* The agent of the group who has room and is free longest. */
static uint32_t first_with_room(const struct sim_engine *e, uint32_t group, uint32_t units)
{
    uint32_t i = e->groups[group].head;
    if (units == 0) { /* needs the whole agent */
        while (i != NOBODY && e->agents[i].contacts > 0) {
            i = e->agents[i].next;
        }
        return i;
    }
    while (i != NOBODY && e->agents[i].units_free < units) {
        i = e->agents[i].next;
    }
    return i;
}

uint32_t floor_find(const struct sim_engine *e, size_t queue, unsigned rings, uint32_t units)
{
    const struct server *servers = e->servers[queue];
    uint32_t best = NOBODY;
    int order = 0;
    for (size_t i = 0; i < e->n_servers[queue]; i++) {
        if (e->groups[servers[i].group].head == NOBODY || servers[i].ring > rings) {
            continue;
        }
        if (best != NOBODY && servers[i].order > order) {
            break;
        }
        uint32_t agent = first_with_room(e, servers[i].group, units);
        if (agent != NOBODY &&
            (best == NOBODY || e->agents[agent].free_since < e->agents[best].free_since)) {
            best = agent;
            order = servers[i].order;
        }
    }
    return best;
}

static void go_off(struct sim_engine *e, uint32_t agent)
{
    struct agent *a = &e->agents[agent];
    struct group_state *g = &e->groups[a->group];
    floor_unlist(e, agent);
    if (a->is_stuck) {
        TALLY_SPAN(e, a->group, a->stuck_since, e->now, stuck_ticks);
    }
    TALLY_SPAN(e, a->group, a->on_since, e->now, staffed_ticks);
    a->is_on = a->is_stuck = false;
    a->next = g->off;
    g->off = agent;
}

bool floor_leaves(struct sim_engine *e, uint32_t agent)
{
    struct agent *a = &e->agents[agent];
    struct group_state *g = &e->groups[a->group];
    if (g->debt == 0 || a->contacts > 0) {
        return false;
    }
    g->debt--;
    go_off(e, agent);
    return true;
}

/* The free leave first, then the stuck; the rest as soon as they are done. */
static void send_off(struct sim_engine *e, struct group_state *g, uint32_t count)
{
    for (uint32_t i = g->tail, previous; i != NOBODY && count > 0; i = previous) {
        previous = e->agents[i].previous;
        if (e->agents[i].contacts == 0) {
            go_off(e, i);
            count--;
        }
    }
    bool is_for_ever = e->model->stuck == SIM_STUCK_FOR_EVER; /* else a timer will free them */
    for (uint32_t i = g->first; is_for_ever && i < g->first + g->n && count > 0; i++) {
        if (e->agents[i].is_stuck && e->agents[i].contacts == 1) {
            go_off(e, i);
            count--;
        }
    }
    g->debt += count;
}

static void call_on(struct sim_engine *e, struct group_state *g, uint32_t count)
{
    uint32_t pardoned = count < g->debt ? count : g->debt;
    g->debt -= pardoned;
    for (count -= pardoned; count > 0 && g->off != NOBODY; count--) {
        uint32_t agent = g->off;
        struct agent *a = &e->agents[agent];
        g->off = a->next;
        a->is_on = true;
        a->blocks = 0;
        a->contacts = 0;
        a->units_free = g->group->units ? g->group->units : 1;
        a->on_since = e->now;
        floor_list(e, agent);
    }
}

void floor_staff(struct sim_engine *e, uint32_t group)
{
    struct group_state *g = &e->groups[group];
    uint32_t wanted = g->group->staff[g->staff_next++].count;
    uint32_t had = g->on;
    g->on = wanted;
    if (wanted < had) {
        send_off(e, g, had - wanted);
        return;
    }
    call_on(e, g, wanted - had);
    for (uint32_t i = g->head, next; i != NOBODY; i = next) {
        next = e->agents[i].next;
        engine_serve(e, i);
    }
}

void floor_finish(struct sim_engine *e)
{
    for (uint32_t i = 0; i < e->n_agents; i++) {
        const struct agent *a = &e->agents[i];
        if (a->is_on && a->is_stuck) {
            TALLY_SPAN(e, a->group, a->stuck_since, INT64_MAX, stuck_ticks);
        }
        if (a->is_on) {
            TALLY_SPAN(e, a->group, a->on_since, INT64_MAX, staffed_ticks);
        }
    }
}
