#include "sim/estimate.h"

#include <math.h>

static const char *const names[] = {
#define X(name, text) text,
    SIM_METRICS(X)
#undef X
};

const char *sim_metric_name(enum sim_metric m)
{
    return names[m];
}

static struct sim_pair pair(int64_t over, int64_t under)
{
    return (struct sim_pair){(double)over, (double)under};
}

static struct sim_pair seconds(int64_t ticks, int64_t under)
{
    return (struct sim_pair){(double)ticks / (double)SIM_TICKS_PER_S, (double)under};
}

struct sim_pair sim_queue_pair(const struct sim_queue_sums *q, enum sim_metric m)
{
    switch ((int)m) {
    case SIM_SERVICE_LEVEL:
        return pair(q->answered_in_target, q->offered);
    case SIM_SERVICE_LEVEL_SERVED:
        return pair(q->answered_in_target, q->answered);
    case SIM_SERVICE_LEVEL_EXCLUDING:
        return pair(q->answered_in_target, q->offered - q->abandoned_in_target);
    case SIM_ASA:
        return seconds(q->answered_wait_ticks, q->answered);
    case SIM_WAIT:
        return seconds(q->wait_ticks, q->answered + q->abandoned);
    case SIM_DELAYED:
        return pair(q->joined, q->offered);
    case SIM_ABANDONED:
        return pair(q->abandoned, q->offered);
    case SIM_BLOCKED:
        return pair(q->blocked, q->offered);
    case SIM_TALK:
        return seconds(q->talk_ticks, q->answered);
    case SIM_ACW:
        return seconds(q->acw_ticks, q->answered);
    case SIM_HANDLE:
        return seconds(q->talk_ticks + q->acw_ticks, q->answered);
    case SIM_UNCODED:
        return pair(q->answered - q->coded, q->answered);
    case SIM_UNCODED_BY_LIMIT:
        return pair(q->uncoded[SIM_UNCODED_LIMIT], q->answered);
    case SIM_UNCODED_BY_OPTION:
        return pair(q->uncoded[SIM_UNCODED_OPTIONAL], q->answered);
    case SIM_UNCODED_BY_REQUEST:
        return pair(q->uncoded[SIM_UNCODED_REQUEST], q->answered);
    case SIM_UNCODED_BY_NO_CODE:
        return pair(q->uncoded[SIM_UNCODED_NO_CODE], q->answered);
    default:
        return (struct sim_pair){0, 0};
    }
}

struct sim_pair sim_group_pair(const struct sim_group_sums *g, enum sim_metric m)
{
    int64_t after = g->acw_ticks + g->cooldown_ticks, busy = g->talk_ticks + after;
    switch ((int)m) {
    case SIM_OCCUPANCY:
        return pair(busy, g->staffed_ticks);
    case SIM_TALK_SHARE:
        return pair(g->talk_ticks, g->staffed_ticks);
    case SIM_ACW_SHARE:
        return pair(after, g->staffed_ticks);
    case SIM_STUCK_SHARE:
        return pair(g->stuck_ticks, g->staffed_ticks);
    case SIM_IDLE_SHARE:
        return pair(g->staffed_ticks - busy - g->stuck_ticks, g->staffed_ticks);
    default:
        return (struct sim_pair){0, 0};
    }
}

/* Means of both parts, and their ratio. */
static double ratio_of(const struct sim_pair *pairs, size_t n, size_t stride, double *out_under)
{
    double over = 0, under = 0;
    for (size_t i = 0; i < n; i++) {
        over += pairs[i * stride].over;
        under += pairs[i * stride].under;
    }
    *out_under = n ? under / (double)n : 0;
    return under > 0 ? over / under : (double)NAN;
}

/* How far replication i is from the mean, to first order. */
static double influence(const struct sim_pair *p, double ratio, double under)
{
    return (p->over - ratio * p->under) / under;
}

static struct sim_estimate finish(double value, double squares, size_t n)
{
    struct sim_estimate e = {
        .value = value, .standard_error = (double)NAN, .half_width = (double)NAN, .n = n};
    if (n > 1 && !isnan(value)) {
        e.standard_error = sqrt(squares / (double)(n - 1) / (double)n);
        e.half_width = sim_student(n - 1) * e.standard_error;
    }
    return e;
}

struct sim_estimate sim_estimate(const struct sim_pair *pairs, size_t n, size_t stride)
{
    double under, squares = 0, value = ratio_of(pairs, n, stride, &under);
    for (size_t i = 0; i < n && under > 0; i++) {
        double x = influence(&pairs[i * stride], value, under);
        squares += x * x;
    }
    return finish(value, squares, n);
}

struct sim_estimate sim_estimate_difference(const struct sim_pair *a, const struct sim_pair *b,
                                            size_t n, size_t stride)
{
    double under_a, under_b, squares = 0;
    double value_a = ratio_of(a, n, stride, &under_a), value_b = ratio_of(b, n, stride, &under_b);
    for (size_t i = 0; i < n && under_a > 0 && under_b > 0; i++) {
        double x = influence(&b[i * stride], value_b, under_b) -
                   influence(&a[i * stride], value_a, under_a);
        squares += x * x;
    }
    return finish(value_b - value_a, squares, n);
}

double sim_student(size_t degrees)
{
    static const double few[] = {12.706204736432095, 4.302652729696142, 3.182446305284263,
                                 2.776445105197793,  2.570581835636314, 2.446911851144969,
                                 2.364624251592785,  2.306004135204166, 2.262157162798204,
                                 2.228138851964938};
    if (degrees == 0) {
        return (double)NAN;
    }
    if (degrees <= sizeof few / sizeof *few) {
        return few[degrees - 1];
    }
    /* Cornish-Fisher about the normal point (Abramowitz, Stegun 26.7.5); error below 2e-5 from here */
    double x = 1.959963984540054, v = (double)degrees, x2 = x * x;
    double g1 = x * (x2 + 1) / 4, g2 = x * ((5 * x2 + 16) * x2 + 3) / 96,
           g3 = x * (((3 * x2 + 19) * x2 + 17) * x2 - 15) / 384,
           g4 = x * ((((79 * x2 + 776) * x2 + 1482) * x2 - 1920) * x2 - 945) / 92160;
    return x + (g1 + (g2 + (g3 + g4 / v) / v) / v) / v;
}
