/* Private to replaying recorded traffic. */
#ifndef REHEARSE_REPLAY_AGAIN_INT_H
#define REHEARSE_REPLAY_AGAIN_INT_H

#include "replay/again.h"

/* What stood in the record, and what stands there now. */
struct again_values {
    struct arena *a;
    struct map by_recorded; /* text → struct str * */
    struct str bearer;      /* the token in force */
};

void again_learn(struct again_values *v, struct str recorded, struct str live);
/* Every text that was learnt, replaced. */
struct str again_put_live(const struct again_values *v, struct arena *a, struct str text);

/* again_compare.c: appends what differs; learns what changes by nature: ids, versions, times, tokens. */
struct again_compare {
    const struct again_spec *spec;
    const struct operation *op; /* NULL: none of the profile */
    struct again_values *values;
    struct arena *a;
    struct again_difference *at;
    size_t n, cap;
    struct buf pointer;
};
void again_compare(struct again_compare *c, struct json recorded, struct json live);

#endif
