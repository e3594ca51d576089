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
    double factor; /* the day's */
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
    struct heap heap;
    struct line *lines;
    struct agent *agents;
    struct slot *slots;
    struct group_state *groups;
    struct source_state *sources;
    struct server **servers; /* by queue */
    size_t *n_servers, *first_code;
    uint32_t *agent_units; /* by group */
    size_t n_agents, slots_each;
    uint32_t first_source, first_staff, first_ring; /* timers' numbers; slots' come first */
    uint32_t *ring_queue, *ring_number;             /* of ring timers */
    struct sim_sums *sums;
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

/* sim/tally.c: adding to the sums. */
void tally_span(struct sim_engine *e, uint32_t group, int64_t from, int64_t to, size_t member);
bool tally_counts(const struct sim_engine *e, int64_t arrived);
/* The sums of the whole and of the arrival's interval, of the source's queue and channel. */
void tally_queue(struct sim_engine *e, size_t source, int64_t arrived, size_t member, int64_t by);
void tally_wait(struct sim_engine *e, size_t queue, int64_t ticks);
#define TALLY_QUEUE(e, source, arrived, name, by)                                                  \
    tally_queue((e), (source), (arrived), offsetof(struct sim_queue_sums, name), (by))
#define TALLY_SPAN(e, group, from, to, name)                                                       \
    tally_span((e), (group), (from), (to), offsetof(struct sim_group_sums, name))

/* sim/engine.c: starts a contact with an agent. */
void engine_start(struct sim_engine *e, uint32_t agent, size_t queue, const struct waiting *w);
/* The agent takes what waits for it. */
void engine_serve(struct sim_engine *e, uint32_t agent);
/* Of an agent's capacity; 0: all. */
uint32_t engine_units(const struct sim_engine *e, const struct waiting *w);

#endif
