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

/* Two purposes of one contact at once. */
void draw_begin_two(struct draw *a, struct draw *b, const struct draw_tables *tables, uint64_t seed,
                    uint32_t replication, const enum draw_purpose purposes[2], uint32_t source,
                    uint32_t contact);
/* The draw of a contact whose words are known. */
static inline void draw_again(struct draw *d, const struct draw_tables *tables, uint64_t seed,
                              uint32_t replication, enum draw_purpose purpose, uint32_t source,
                              uint32_t contact, const uint32_t words[4])
{
    d->tables = tables;
    d->key[0] = (uint32_t)seed;
    d->key[1] = (uint32_t)(seed >> 32);
    d->counter[0] = contact;
    d->counter[1] = 0;
    d->counter[2] = source << 8 | (uint32_t)purpose;
    d->counter[3] = replication;
    for (int i = 0; i < 4; i++) {
        d->words[i] = words[i];
    }
}

/* A value with unit mean from word number `lane` (0 to 3). Lanes never share words beyond the first. */
double draw_exponential_slow(struct draw *d, unsigned lane, uint32_t word);
static inline double draw_exponential(struct draw *d, unsigned lane)
{
    const struct ziggurat *z = &d->tables->exponential;
    uint32_t word = d->words[lane];
    unsigned i = word & 255;
    double x = ((double)(word >> 8) + 0.5) * 0x1p-24 * z->x[i];
    return x < z->x[i + 1] ? x : draw_exponential_slow(d, lane, word);
}
double draw_normal(struct draw *d, unsigned lane);
/* Uniform in (0, 1). */
double draw_unit(const struct draw *d, unsigned lane);
/* One more uniform value, from no lane. */
double draw_extra(struct draw *d);
double draw_dist_slow(struct draw *d, unsigned lane, const struct sim_dist *dist);
/* A value of the distribution, at least 0. */
static inline double draw_dist(struct draw *d, unsigned lane, const struct sim_dist *dist)
{
    return dist->kind == SIM_EXPONENTIAL && !(dist->zero_probability > 0)
               ? dist->mean * draw_exponential(d, lane)
               : draw_dist_slow(d, lane, dist);
}

#endif
