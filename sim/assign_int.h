/* Private to the assignment's files. */
#ifndef REHEARSE_SIM_ASSIGN_INT_H
#define REHEARSE_SIM_ASSIGN_INT_H

#include "sim/assign.h"

#include <string.h>

/* Where a floor is read: what is known of names so far. */
struct assign_reader {
    struct assign_floor *f;
    struct arena *a, *scratch; /* scratch: for one entity, then forgotten */
    const struct tenant *t;
    struct err *err;
    struct map agents, queues, codes, skills, divisions, channels;
    struct vec skill_list, need_list, wants;
    uint32_t n_divisions;
    bool is_well;
};

/* Calls `each` with every entity of `r` (NULL: none), parsed; its JSON lives until `each` returns. */
void assign_each(struct assign_reader *r, const struct resource *resource,
                 void (*each)(struct assign_reader *r, const struct entity *e, struct json v,
                              size_t item, void *ctx),
                 void *ctx);
/* The first condition that does not hold; NULL: all do. */
const struct floor_condition *assign_broken(struct floor_conditions all, struct json v);
struct assign_skill *assign_skill(struct assign_reader *r, struct str id);
/* Memberships, assignments, skills: fills the tables' bits. */
void assign_read_links(struct assign_reader *r);

/* A code of a queue and channel that becomes usable, or no longer is, for people. */
struct assign_moved {
    bool is_gained;
    struct str queue, channel, code, why;
    struct str agents; /* the first n_shown of them */
    size_t n_agents, n_shown;
};
/* sim/assign_html.c: a row of the page, and the page about it. */
void assign_html_moved(struct buf *out, const struct assign_moved *m);
void assign_html_diff(struct buf *out, const struct assign_proof *was,
                      const struct assign_proof *is, const struct assign_delta *delta,
                      struct str rows, const struct findings *fs);

static inline void assign_set(uint64_t *bits, size_t i)
{
    bits[i / 64] |= UINT64_C(1) << (i % 64);
}

#endif
