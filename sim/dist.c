#include "sim/pin.h"
#include "sim/sim.h"

#include <math.h>

double sim_dist_mean(const struct sim_dist *d)
{
    double mean = 0;
    switch (d->kind) {
    case SIM_NEVER:
        return (double)INFINITY;
    case SIM_CONSTANT:
    case SIM_EXPONENTIAL:
    case SIM_GAMMA:
        mean = d->mean;
        break;
    case SIM_LOGNORMAL:
        mean = pin_exp(d->mu + d->sigma * d->sigma / 2);
        break;
    case SIM_UNIFORM:
        mean = (d->low + d->high) / 2;
        break;
    case SIM_EMPIRICAL:
        for (size_t i = 0; i < d->n; i++) {
            mean += d->values[i] / (double)d->n;
        }
        break;
    }
    return mean * (1 - d->zero_probability);
}
