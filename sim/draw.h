/* Random draws for the simulator. Every draw is a function of (seed, replication, purpose, source,
 * contact), never of order: two configurations give a contact the same patience, talk time and code, and
 * the number of threads changes nothing. Private to sim/. */
#ifndef REHEARSE_SIM_DRAW_H
#define REHEARSE_SIM_DRAW_H

#include "sim/sim.h"

enum { ZIGGURAT_LAYERS = 256 };

/* Widths and heights of the layers; the first layer is the base strip with the tail. */
struct ziggurat {
    double x[ZIGGURAT_LAYERS + 1], f[ZIGGURAT_LAYERS + 1];
};

struct draw_tables {
    struct ziggurat exponential, normal;
};
/* Fills the tables; the same bits everywhere. */
void draw_tables_init(struct draw_tables *t);

enum draw_purpose { DRAW_ARRIVAL, DRAW_SERVICE, DRAW_DAY, DRAW_PURPOSES };

/* Which draw: the words of block 0 are for all, further blocks for draws that reject. */
struct draw {
    const struct draw_tables *tables;
    uint32_t key[2];
    uint32_t counter[4]; /* contact, block, purpose and source, replication */
    uint32_t words[4];
};

/* The draw of a contact: fills words[0..3]. */
void draw_begin(struct draw *d, const struct draw_tables *tables, uint64_t seed,
                uint32_t replication, enum draw_purpose purpose, uint32_t source, uint32_t contact);

/* A value with unit mean from word number `lane` (0 to 3). Lanes never share words beyond the first. */
double draw_exponential(struct draw *d, unsigned lane);
double draw_normal(struct draw *d, unsigned lane);
/* Uniform in (0, 1). */
double draw_unit(const struct draw *d, unsigned lane);
/* One more uniform value, from no lane. */
double draw_extra(struct draw *d);
/* A value of the distribution, at least 0. */
double draw_dist(struct draw *d, unsigned lane, const struct sim_dist *dist);

#endif
