#include "sim/draw.h"

#include "sim/pin.h"

#include <math.h>

/* Where the base strip ends, and the area of each layer (Marsaglia, Tsang: The ziggurat method for generating
 * random variables; 2000), for 256 layers. */
static const double exponential_r = 7.69711747013104972, exponential_v = 0.0039496598225815571993;
static const double normal_r = 3.6541528853610088, normal_v = 0.00492867323399;

static double exponential_density(double x)
{
    return pin_exp(-x);
}

static double exponential_inverse(double y)
{
    return -pin_log(y);
}

static double normal_density(double x)
{
    return pin_exp(-0.5 * x * x);
}

static double normal_inverse(double y)
{
    return sqrt(-2 * pin_log(y));
}

static void fill(struct ziggurat *z, double r, double v, double (*density)(double),
                 double (*inverse)(double))
{
    z->x[0] = v / density(r);
    z->x[1] = r;
    for (int i = 1; i < ZIGGURAT_LAYERS - 1; i++) {
        z->x[i + 1] = inverse(v / z->x[i] + density(z->x[i]));
    }
    z->x[ZIGGURAT_LAYERS] = 0;
    for (int i = 0; i <= ZIGGURAT_LAYERS; i++) {
        z->f[i] = density(z->x[i]);
    }
}

void draw_tables_init(struct draw_tables *t)
{
    fill(&t->exponential, exponential_r, exponential_v, exponential_density, exponential_inverse);
    fill(&t->normal, normal_r, normal_v, normal_density, normal_inverse);
}

void draw_begin(struct draw *d, const struct draw_tables *tables, uint64_t seed,
                uint32_t replication, enum draw_purpose purpose, uint32_t source, uint32_t contact)
{
    d->tables = tables;
    d->key[0] = (uint32_t)seed;
    d->key[1] = (uint32_t)(seed >> 32);
    d->counter[0] = contact;
    d->counter[1] = 0;
    d->counter[2] = source << 8 | (uint32_t)purpose;
    d->counter[3] = replication;
    philox4x32(d->words, d->counter, d->key);
}

void draw_begin_two(struct draw *a, struct draw *b, const struct draw_tables *tables, uint64_t seed,
                    uint32_t replication, const enum draw_purpose purposes[2], uint32_t source,
                    uint32_t contact)
{
    static const uint32_t none[4];
    draw_again(a, tables, seed, replication, purposes[0], source, contact, none);
    draw_again(b, tables, seed, replication, purposes[1], source, contact, none);
    philox4x32_two(a->words, b->words, a->counter, b->counter, a->key);
}

/* Further words for a lane whose first did not settle it. Each lane has blocks of its own. */
struct more {
    struct draw *d;
    uint32_t block, words[4];
    unsigned used;
};

static struct more more_of(struct draw *d, unsigned lane)
{
    return (struct more){.d = d, .block = (lane + 1) << 24, .used = 4};
}

static uint32_t more_word(struct more *m)
{
    if (m->used == 4) {
        uint32_t counter[4] = {m->d->counter[0], m->block++, m->d->counter[2], m->d->counter[3]};
        philox4x32(m->words, counter, m->d->key);
        m->used = 0;
    }
    return m->words[m->used++];
}

static double unit(uint32_t word)
{
    return ((double)word + 0.5) * 0x1p-32;
}

double draw_unit(const struct draw *d, unsigned lane)
{
    return unit(d->words[lane]);
}

double draw_extra(struct draw *d)
{
    struct more m = more_of(d, 4);
    return unit(more_word(&m));
}

/* The word does not lie in the layer's sure part: its tail, its edge, or once more. */
COLD double draw_exponential_slow(struct draw *d, unsigned lane, uint32_t word)
{
    const struct ziggurat *z = &d->tables->exponential;
    struct more m = more_of(d, lane);
    for (;;) {
        unsigned i = word & 255;
        double x = ((double)(word >> 8) + 0.5) * 0x1p-24 * z->x[i];
        if (x < z->x[i + 1]) {
            return x;
        }
        if (i == 0) {
            return exponential_r - pin_log(unit(more_word(&m)));
        }
        if (z->f[i] + unit(more_word(&m)) * (z->f[i + 1] - z->f[i]) < pin_exp(-x)) {
            return x;
        }
        word = more_word(&m);
    }
}

static double normal_tail(struct more *m)
{
    for (;;) {
        double x = -pin_log(unit(more_word(m))) / normal_r, y = -pin_log(unit(more_word(m)));
        if (2 * y > x * x) {
            return normal_r + x;
        }
    }
}

static double normal_from(struct more *m, const struct draw_tables *t, uint32_t word)
{
    const struct ziggurat *z = &t->normal;
    for (;;) {
        unsigned i = word & 255;
        double sign = word & 256 ? -1 : 1;
        double x = ((double)(word >> 9) + 0.5) * 0x1p-23 * z->x[i];
        if (x < z->x[i + 1]) {
            return sign * x;
        }
        if (i == 0) {
            return sign * normal_tail(m);
        }
        if (z->f[i] + unit(more_word(m)) * (z->f[i + 1] - z->f[i]) < pin_exp(-0.5 * x * x)) {
            return sign * x;
        }
        word = more_word(m);
    }
}

double draw_normal(struct draw *d, unsigned lane)
{
    struct more m = more_of(d, lane);
    return normal_from(&m, d->tables, d->words[lane]);
}

/* Marsaglia, Tsang: A simple method for generating gamma variables; 2000. Unit scale. */
static double gamma_draw(struct draw *d, unsigned lane, double shape)
{
    struct more m = more_of(d, lane);
    bool is_small = shape < 1;
    double a = (is_small ? shape + 1 : shape) - 1.0 / 3, c = 1 / (3 * sqrt(a));
    uint32_t word = d->words[lane];
    for (;;) {
        double x = normal_from(&m, d->tables, word), t = 1 + c * x, v = t * t * t;
        word = more_word(&m);
        if (v <= 0) {
            continue;
        }
        double u = unit(more_word(&m));
        if (pin_log(u) < 0.5 * x * x + a - a * v + a * pin_log(v)) {
            double boost = is_small ? pin_exp(pin_log(unit(more_word(&m))) / shape) : 1;
            return a * v * boost;
        }
    }
}

double draw_dist_slow(struct draw *d, unsigned lane, const struct sim_dist *dist)
{
    if (dist->zero_probability > 0) {
        struct more m = more_of(d, lane);
        m.block |= 1u << 23;
        if (unit(more_word(&m)) < dist->zero_probability) {
            return 0;
        }
    }
    switch (dist->kind) {
    case SIM_CONSTANT:
        return dist->mean;
    case SIM_EXPONENTIAL:
        return dist->mean * draw_exponential(d, lane);
    case SIM_LOGNORMAL:
        return pin_exp(dist->mu + dist->sigma * draw_normal(d, lane));
    case SIM_GAMMA:
        return dist->mean / dist->shape * gamma_draw(d, lane, dist->shape);
    case SIM_UNIFORM:
        return dist->low + (dist->high - dist->low) * draw_unit(d, lane);
    case SIM_EMPIRICAL:
        return dist->values[(size_t)(((uint64_t)d->words[lane] * dist->n) >> 32)];
    case SIM_NEVER:
        break;
    }
    return (double)INFINITY;
}
