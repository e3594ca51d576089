/* The event engine's record. Private to sim/. */
#ifndef REHEARSE_SIM_ENGINE_INT_H
#define REHEARSE_SIM_ENGINE_INT_H

#include "sim/draw.h"
#include "sim/sim.h"

/* A timer: when, and whose. Ties go by number, so that the order is always the same. */
struct timer {
    int64_t at;
    uint32_t id;
};

struct heap {
    struct timer *at;
    size_t n;
};
void heap_push(struct heap *h, struct timer t);
void heap_pop(struct heap *h);
/* Puts `t` in place of the earliest. */
void heap_replace(struct heap *h, struct timer t);

#define NOBODY UINT32_MAX

/* A contact that waits. source NOBODY: it was taken out of the middle of its line. */
struct waiting {
    int64_t arrived, deadline;
    uint32_t source, contact;
    uint32_t cell;     /* where it is counted; NOBODY: nowhere */
    uint32_t words[4]; /* of its service's draw */
};

/* A queue's line, oldest first, as a ring. Those who gave up lie among the others until they come to the
 * front: nothing depends on them before, but for a line with limited room, which is swept. */
struct line {
    struct waiting *at;
    uint64_t first,
        next;         /* numbers of the oldest and of the next to come; place: number & (cap - 1) */
    size_t cap;       /* a power of two */
    uint64_t *opened; /* by ring: number of the first for which it has not opened */
    bool *is_ring_timed;
    size_t ring_first; /* its first ring's timer, counted from engine.first_ring */
};

struct agent {
    uint32_t group, units_free, contacts;
    uint32_t next,
        previous; /* in a list of the group: free ones, longest free first, or those off */
    int64_t free_since, on_since, stuck_since;
    uint32_t blocks; /* contacts whose after-call work holds the whole agent */
    bool is_on, is_listed, is_stuck;
};

/* One contact at hand of an agent. */
struct slot {
    int64_t after_ticks;
    uint32_t units;    /* of the agent's; 0: all */
    uint32_t contacts; /* 0: the slot is free */
    bool is_talk;      /* the timer is that of the talk's end: after-call work comes */
    bool blocks;       /* its after-call work holds the whole agent, now */
    bool is_stuck;     /* there will be no end */
};

struct group_state {
    const struct sim_group *group;
    uint32_t first, n;   /* its agents */
    uint32_t head, tail; /* free agents */
    uint32_t off;        /* those who are not on, as a stack */
    uint32_t on, debt;   /* debt: how many leave as soon as they are done */
    size_t staff_next;
};

struct source_state {
    uint32_t contact; /* number of the next one */
    size_t rate, trace_next;
    double factor;    /* the day's */
    double per_tick;  /* of the rate, with that factor */
    size_t rate_read; /* which rate that is; SIZE_MAX: none yet */
};

/* A queue's link to a group that serves it, in the queue's order of preference. */
struct server {
    uint32_t group;
    int order;
    unsigned ring;
};

struct sim_engine {
    const struct sim_model *model;
    uint64_t seed;
    struct arena arena;
    struct draw_tables tables;
    struct heap arrivals, heap; /* timers of sources, which are set anew as they fire; all others */
    struct line *lines;
    struct agent *agents;
    struct slot *slots;
    struct group_state *groups;
    struct source_state *sources;
    struct server **servers; /* by queue */
    size_t *n_servers, *first_code;
    bool *
        codeless; /* [group * n_queues + queue]: its agents can choose no code there; NULL: all can */
    uint32_t *agent_units; /* by group */
    size_t n_agents, slots_each;
    uint32_t first_source, first_staff, first_ring; /* timers' numbers; slots' come first */
    uint32_t *ring_queue, *ring_number;             /* of ring timers */
    struct sim_sums *sums;
    struct sim_queue_sums *source_cells; /* [source * n_cells + interval] */
    struct sim_group_sums *group_cells;
    size_t n_cells;
    int64_t cell_from, cell_to; /* the interval that was entered last */
    uint32_t cell;
    bool has_hole; /* the earliest timer has fired and is not taken away yet */
    uint32_t replication;
    int64_t now;
};

/* sim/line.c: waiting contacts. */

/* The oldest live one of a queue; NULL if none waits. Those who gave up before are counted and gone. */
struct waiting *line_front(struct sim_engine *e, size_t queue);
void line_drop_front(struct sim_engine *e, size_t queue);
/* Lets a contact wait; false where the room is full. */
bool line_join(struct sim_engine *e, size_t queue, struct waiting w);
/* A ring of a queue may open for some: gives the contact for which it does, or NULL; sets the next timer. */
struct waiting *line_open_ring(struct sim_engine *e, size_t queue, size_t ring);
/* Everybody still waiting at the end: given up, or left. */
void line_finish(struct sim_engine *e, size_t queue);

/* sim/floor.c: agents. */

/* An agent who may take a contact of the queue now, with rings below `rings` open; NOBODY. */
uint32_t floor_find(const struct sim_engine *e, size_t queue, unsigned rings, uint32_t units);
void floor_list(struct sim_engine *e, uint32_t agent);
void floor_unlist(struct sim_engine *e, uint32_t agent);
/* The group's schedule goes on: agents come and leave. Gives the first of those who came (a list by
 * `next`), NOBODY if none. */
void floor_staff(struct sim_engine *e, uint32_t group);
/* The agent has nothing at hand and leaves if somebody is to: true. */
bool floor_leaves(struct sim_engine *e, uint32_t agent);
void floor_finish(struct sim_engine *e);

/* sim/tally_run.c: what is counted during a run. */
void tally_begin(struct sim_engine *e);
void tally_finish(struct sim_engine *e);
/* Adds the time from `from` to `to` to a member of the group's cells. */
void tally_span(struct sim_engine *e, uint32_t group, int64_t from, int64_t to, size_t member);
#define TALLY_SPAN(e, group, from, to, name)                                                       \
    tally_span((e), (group), (from), (to), offsetof(struct sim_group_sums, name))
uint32_t tally_cell_slow(struct sim_engine *e);

/* Sums stop at the greatest number: a hundred years of waiting are no reason to count backwards. */
static inline int64_t tally_sum(int64_t a, int64_t b)
{
    int64_t out = 0;
    return __builtin_add_overflow(a, b, &out) ? INT64_MAX : out;
}

/* Where those who arrive now are counted; NOBODY: before the warm-up's end or after the day's. */
static inline uint32_t tally_cell(struct sim_engine *e)
{
    return e->now >= e->cell_from && e->now < e->cell_to ? e->cell : tally_cell_slow(e);
}

/* The numbers of those who came with this one; it has to be counted. */
static inline struct sim_queue_sums *tally_of(struct sim_engine *e, const struct waiting *w)
{
    return &e->source_cells[w->source * e->n_cells + w->cell];
}

static inline void tally_wait(struct sim_engine *e, size_t queue, int64_t ticks)
{
    e->sums->waits[queue * SIM_WAIT_BUCKETS + sim_wait_bucket(ticks)]++;
}

/* sim/engine.c: starts a contact with an agent. */
void engine_start(struct sim_engine *e, uint32_t agent, size_t queue, const struct waiting *w);
/* The agent takes what waits for it. */
void engine_serve(struct sim_engine *e, uint32_t agent);
/* Of an agent's capacity; 0: all. */
uint32_t engine_units(const struct sim_engine *e, const struct waiting *w);

#endif
