/* A workload whose queues and agents are a tenant's. Private to sim/; the face is in sim.h. */
#ifndef REHEARSE_SIM_WORKLOAD_TENANT_H
#define REHEARSE_SIM_WORKLOAD_TENANT_H

#include "sim/sim.h"

enum { FILL_FLOORS = 2 };

/* A queue of the workload, and where it stands in each floor; SIZE_MAX: it does not. */
struct fill_queue {
    struct str label;      /* as the workload calls it */
    struct json own, said; /* its entry in the workload, if it has one; where it is named first */
    size_t at[FILL_FLOORS];
};

struct filler {
    struct arena *a;
    struct json root;
    const struct assign_proof *const *p;
    size_t n, which; /* floors; the one that is written now */
    struct findings *fs;
    struct json_maker m;
    struct span here; /* of what the workload does not say itself */
    struct fill_queue *queues;
    size_t n_queues;
    struct str *skill_names[FILL_FLOORS]; /* by the skill's index */
    struct vec assumed;                   /* of struct str *, in `a` */
};

const struct assign_floor *fill_floor(const struct filler *f, size_t which);
/* The queue in the floor that is written; NULL: it is not there. */
const struct assign_queue *fill_at(const struct filler *f, const struct fill_queue *q);
void fill_assume(struct filler *f, const char *format, ...) PRINTF(2, 3);
bool fill_bad(struct filler *f, struct json at, const char *format, ...) PRINTF(3, 4);
void fill_name(struct filler *f, const char *name);
void fill_text(struct filler *f, struct str text);
void fill_number(struct filler *f, const char *format, ...) PRINTF(2, 3);
/* A value of the workload, at its own place. */
void fill_copy(struct filler *f, struct json v);
/* The levels that needs ask for, as a workload says them: names of skills and numbers. `bits` over needs. */
void fill_skills(struct filler *f, const uint64_t *bits);

/* sim/workload_people.c: the tenant's agents, those who are alike in all floors as one group. */
void fill_agents(struct filler *f);

#endif
