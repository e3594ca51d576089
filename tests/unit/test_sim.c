/* The simulator's parts: pinned functions, draws, bins, estimates; and what a run must keep to: the same
 * bytes for the same seed, scaling, rings, schedules, room, drained days. */
#include "tests/unit/unit.h"

#include "sim/draw.h"
#include "sim/pin.h"
#include "tests/unit/sim_models.h"

#include <math.h>
#include <string.h>

START_TEST(pinned_functions)
{
    struct rng r;
    rng_init(&r, 1);
    for (int i = 0; i < 100000; i++) {
        double x = (rng_unit(&r) - 0.5) * 1400, e = exp(x);
        ck_assert_double_le(fabs(pin_exp(x) - e), e * 5e-16);
        double y = exp((rng_unit(&r) - 0.5) * 1000), l = log(y);
        ck_assert_double_le(fabs(pin_log(y) - l), fabs(l) * 5e-16 + 1e-17);
    }
    ck_assert_double_lt(fabs(pin_exp(0) - 1), 1e-300);
    ck_assert_double_lt(fabs(pin_log(1)), 1e-300);
    ck_assert_double_lt(pin_exp(-701), 1e-300);
}
END_TEST

/* Distributions by mean, variance and the greatest distance to the distribution function. */
enum { DRAWS = 200000 };
static const struct {
    struct sim_dist dist;
    double mean, variance;
} dists[] = {
    {{.kind = SIM_EXPONENTIAL, .mean = 3}, 3, 9},
    {{.kind = SIM_LOGNORMAL, .mu = 0.5, .sigma = 0.5}, 1.8682459574322223, 0.9913230842222183},
    {{.kind = SIM_GAMMA, .mean = 2, .shape = 4}, 2, 1},
    {{.kind = SIM_GAMMA, .mean = 2, .shape = 0.5}, 2, 8},
    {{.kind = SIM_UNIFORM, .low = 1, .high = 4}, 2.5, 0.75},
    {{.kind = SIM_CONSTANT, .mean = 7}, 7, 0},
    {{.kind = SIM_EXPONENTIAL, .mean = 10, .zero_probability = 0.1}, 9, 99},
};

static double distribution(const struct sim_dist *d, double x)
{
    switch ((int)d->kind) {
    case SIM_EXPONENTIAL:
        return d->zero_probability + (1 - d->zero_probability) * (1 - exp(-x / d->mean));
    case SIM_LOGNORMAL:
        return 0.5 * erfc((d->mu - log(x)) / (d->sigma * sqrt(2)));
    case SIM_UNIFORM:
        return (x - d->low) / (d->high - d->low);
    default:
        return (double)NAN;
    }
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

START_TEST(distributions)
{
    static double values[DRAWS];
    struct draw_tables tables;
    const struct sim_dist *dist = &dists[_i].dist;
    double sum = 0, squares = 0, distance = 0;
    draw_tables_init(&tables);
    for (uint32_t i = 0; i < DRAWS; i++) {
        struct draw d;
        draw_begin(&d, &tables, 42, 0, DRAW_SERVICE, 0, i);
        values[i] = draw_dist(&d, i & 3, dist);
        ck_assert(values[i] >= 0);
        sum += values[i];
    }
    double mean = sum / DRAWS, error = sqrt(dists[_i].variance / DRAWS);
    for (size_t i = 0; i < DRAWS; i++) {
        squares += (values[i] - mean) * (values[i] - mean);
    }
    ck_assert_double_le(fabs(mean - dists[_i].mean), 4 * error + 1e-12);
    ck_assert_double_le(fabs(squares / DRAWS - dists[_i].variance), dists[_i].variance * 0.05);
    ck_assert_double_le(fabs(sim_dist_mean(dist) - dists[_i].mean), 1e-9);
    qsort(values, DRAWS, sizeof *values, compare);
    for (size_t i = 0; i < DRAWS && !isnan(distribution(dist, 1)); i++) {
        double f = distribution(dist, values[i]);
        distance = values[i] > 0 ? fmax(distance, fabs(f - ((double)i + 0.5) / DRAWS)) : distance;
    }
    ck_assert_double_lt(distance, 1.95 / sqrt(DRAWS)); /* Kolmogorov: one in a thousand */
}
END_TEST

START_TEST(normal_draws)
{
    struct draw_tables tables;
    double sum = 0, squares = 0, fourth = 0;
    draw_tables_init(&tables);
    ck_assert_double_lt(fabs(tables.normal.x[ZIGGURAT_LAYERS - 1]), 0.3);
    for (uint32_t i = 0; i < DRAWS; i++) {
        struct draw d;
        draw_begin(&d, &tables, 7, 3, DRAW_ARRIVAL, 5, i);
        double x = draw_normal(&d, 1);
        sum += x;
        squares += x * x;
        fourth += x * x * x * x;
    }
    ck_assert_double_lt(fabs(sum / DRAWS), 4 / sqrt(DRAWS));
    ck_assert_double_lt(fabs(squares / DRAWS - 1), 4 * sqrt(2.0 / DRAWS));
    ck_assert_double_lt(fabs(fourth / DRAWS - 3), 4 * sqrt(96.0 / DRAWS));
}
END_TEST

START_TEST(buckets_tell_sixteenths)
{
    for (int64_t t = 0; t < 100000; t++) {
        size_t b = sim_wait_bucket(t);
        ck_assert_int_le(sim_wait_floor(b), t);
        ck_assert_int_gt(sim_wait_floor(b + 1), t);
        ck_assert_int_le((t - sim_wait_floor(b)) * 16, t);
    }
    ck_assert_uint_lt(sim_wait_bucket(INT64_MAX), SIM_WAIT_BUCKETS);
    ck_assert_uint_eq(sim_wait_bucket(-1), 0);
}
END_TEST

START_TEST(student_points)
{
    static const struct {
        size_t degrees;
        double point;
    } rows[] = {{1, 12.7062}, {10, 2.2281},  {11, 2.2010},  {20, 2.0860},
                {30, 2.0423}, {100, 1.9840}, {1000, 1.9623}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ck_assert_double_lt(fabs(sim_student(rows[i].degrees) - rows[i].point), 6e-5);
    }
    ck_assert(isnan(sim_student(0)));
}
END_TEST

static struct small usual(void)
{
    return (struct small){
        .queue = {.acw = SIM_ACW_TIMEOUT,
                  .limit_ticks = ticks(60),
                  .target_ticks = ticks(20),
                  .room = -1},
        .source = {.talk = dist_exponential(180),
                   .acw = dist_exponential(60),
                   .patience = dist_exponential(240)},
        .rate = {0, 120},
        .staff = {0, 8},
    };
}

START_TEST(the_same_seed_the_same_sums)
{
    static struct study a, b, c;
    struct small s = usual();
    small_line_up(&s, 5000);
    s.model.interval_ticks = ticks(1800);
    study_run(&a, &s.model, 3, 11, 0, 0);
    study_run(&b, &s.model, 3, 11, 0, 0);
    study_run(&c, &s.model, 3, 12, 0, 0);
    size_t n = a.sums->n_intervals + 1;
    ck_assert_uint_gt(n, 2);
    ck_assert_mem_eq(a.sums->queues, b.sums->queues, n * sizeof *a.sums->queues);
    ck_assert_mem_eq(a.sums->groups, b.sums->groups, n * sizeof *a.sums->groups);
    ck_assert_mem_eq(a.sums->waits, b.sums->waits, SIM_WAIT_BUCKETS * sizeof *a.sums->waits);
    ck_assert_mem_ne(a.sums->queues, c.sums->queues, sizeof *a.sums->queues);
    /* the intervals add up to the whole */
    int64_t offered = 0, talk = 0;
    for (size_t i = 1; i < n; i++) {
        offered += a.sums->queues[i].offered;
        talk += a.sums->groups[i].talk_ticks;
    }
    ck_assert_int_eq(offered, a.sums->queues[0].offered);
    ck_assert_int_eq(talk, a.sums->groups[0].talk_ticks);
    study_done(&a);
    study_done(&b);
    study_done(&c);
}
END_TEST

/* The figures of one run, to the tick: the same with every compiler, at every level of optimisation. */
START_TEST(the_same_figures_everywhere)
{
    static struct study st;
    struct small s = usual();
    s.source.acw = (struct sim_dist){
        .kind = SIM_LOGNORMAL, .mu = 3.7477709719421277, .sigma = 0.8325546111576977};
    s.source.busyness_shape = 10;
    small_line_up(&s, 5000);
    study_run(&st, &s.model, 4, 20260105, 0, 0);
    const struct sim_queue_sums *q = st.sums->queues;
    ck_assert_int_eq(q->offered, 18492);
    ck_assert_int_eq(q->wait_ticks, 384793109872);
    ck_assert_int_eq(q->talk_ticks, 3005017465384);
    ck_assert_int_eq(q->acw_ticks, 683628860695);
    ck_assert_int_eq(q->coded, 11157);
    study_done(&st);
}
END_TEST

/* Without a limit of time there is none: a limit beyond all after-call work is like MANDATORY, and one of
 * nought like no after-call work. Contacts are the same, so sums are, not only averages. */
START_TEST(limits_at_both_ends)
{
    static struct study a, b;
    struct small far = usual(), none = usual();
    far.queue.limit_ticks = ticks(1e7);
    none.queue.limit_ticks = 0;
    for (int end = 0; end < 2; end++) {
        struct small other = usual(), *s = end ? &none : &far;
        other.queue.acw = end ? SIM_ACW_NONE : SIM_ACW_MANDATORY;
        small_line_up(s, 5000);
        small_line_up(&other, 5000);
        study_run(&a, &s->model, 2, 5, 0, 0);
        study_run(&b, &other.model, 2, 5, 0, 0);
        ck_assert_int_eq(a.sums->queues[0].answered_in_target,
                         b.sums->queues[0].answered_in_target);
        ck_assert_int_eq(a.sums->queues[0].wait_ticks, b.sums->queues[0].wait_ticks);
        ck_assert_mem_eq(a.sums->waits, b.sums->waits, SIM_WAIT_BUCKETS * sizeof *a.sums->waits);
        ck_assert_mem_eq(a.sums->groups, b.sums->groups, sizeof *a.sums->groups);
        study_done(&a);
        study_done(&b);
    }
}
END_TEST

/* One more agent never makes one line slower. */
START_TEST(more_agents_less_waiting)
{
    static struct study a, b;
    for (uint32_t n = 5; n < 12; n++) {
        struct small s = usual(), more = usual();
        s.source.patience = more.source.patience = dist_never();
        s.staff.count = n;
        more.staff.count = n + 1;
        small_line_up(&s, 3000);
        small_line_up(&more, 3000);
        study_run(&a, &s.model, 1, n, 0, 0);
        study_run(&b, &more.model, 1, n, 0, 0);
        ck_assert_int_ge(a.sums->queues[0].wait_ticks, b.sums->queues[0].wait_ticks);
        study_done(&a);
        study_done(&b);
    }
}
END_TEST

/* A second group may serve what has waited for 30 s: nobody with endless patience waits longer while it is
 * free, and nothing reaches it sooner. */
START_TEST(rings_open)
{
    static struct study st;
    const int64_t ring = ticks(30);
    struct small s = usual();
    struct sim_link second = {.queue = 0, .ring = 1};
    struct sim_staff many = {0, 2000}, one = {0, 1};
    struct sim_group groups[2];
    s.source.patience = dist_never();
    s.queue.ring_ticks = &ring;
    s.queue.n_rings = 1;
    small_line_up(&s, 4000);
    groups[0] = s.group;
    groups[0].staff = &one;
    groups[1] = (struct sim_group){.staff = &many, .n_staff = 1, .links = &second, .n_links = 1};
    s.model.groups = groups;
    s.model.n_groups = 2;
    study_run(&st, &s.model, 1, 3, 0, 1);
    size_t last = 0;
    for (size_t i = 0; i < SIM_WAIT_BUCKETS; i++) {
        last = st.sums->waits[i] ? i : last;
    }
    ck_assert_uint_eq(last, sim_wait_bucket(ring));
    ck_assert_int_gt(st.sums->groups[1].talk_ticks, st.sums->groups[0].talk_ticks);
    ck_assert_int_eq(st.sums->queues[0].left + st.sums->queues[0].answered,
                     st.sums->queues[0].offered);
    study_done(&st);
}
END_TEST

/* Shifts: nobody before eight, two until nine, none after; who talks at the end finishes. */
START_TEST(shifts_begin_and_end)
{
    static struct study st;
    const struct sim_staff shift[] = {{0, 0}, {ticks(3600), 2}, {ticks(7200), 0}};
    struct small s = usual();
    s.source.patience = dist_never();
    small_line_up(&s, 1000);
    s.group.staff = shift;
    s.group.n_staff = 3;
    s.model.warm_ticks = 0;
    s.model.end_ticks = ticks(10800);
    s.model.interval_ticks = ticks(3600);
    study_run(&st, &s.model, 1, 3, 0, 0);
    const struct sim_group_sums *g = st.sums->groups;
    ck_assert_int_eq(g[1].staffed_ticks, 0);
    ck_assert_int_eq(g[2].staffed_ticks, ticks(7200));
    ck_assert_int_gt(g[3].staffed_ticks, 0);
    ck_assert_int_eq(g[3].staffed_ticks, g[3].talk_ticks + g[3].acw_ticks);
    ck_assert_int_gt(st.sums->queues[0].left, 0);
    study_done(&st);
}
END_TEST

/* Chats three at a time: three agents' work of one channel with capacity, as if there were three times as
 * many. */
START_TEST(capacity_is_shared)
{
    static struct study a, b;
    struct small three = usual(), one = usual();
    three.group.units = 3;
    three.group.acw_keeps_slot = true;
    three.source.units = 1;
    three.staff.count = 4;
    one.staff.count = 12;
    small_line_up(&three, 4000);
    small_line_up(&one, 4000);
    study_run(&a, &three.model, 1, 3, 0, 0);
    study_run(&b, &one.model, 1, 3, 0, 0);
    ck_assert_int_eq(a.sums->queues[0].wait_ticks, b.sums->queues[0].wait_ticks);
    ck_assert_int_eq(a.sums->groups[0].talk_ticks, b.sums->groups[0].talk_ticks);
    /* after-call work that holds the whole agent costs something */
    three.group.acw_keeps_slot = false;
    small_line_up(&three, 4000);
    study_done(&a);
    study_run(&a, &three.model, 1, 3, 0, 0);
    ck_assert_int_gt(a.sums->queues[0].wait_ticks, b.sums->queues[0].wait_ticks);
    study_done(&a);
    study_done(&b);
}
END_TEST

START_TEST(a_drained_day_leaves_nobody)
{
    static struct study st;
    struct small s = usual();
    s.source.patience = dist_never();
    s.staff.count = 3; /* far too few */
    small_line_up(&s, 500);
    s.model.drains = true;
    study_run(&st, &s.model, 2, 3, 0, 0);
    ck_assert_int_eq(st.sums->queues[0].left, 0);
    ck_assert_int_eq(st.sums->queues[0].answered, st.sums->queues[0].offered);
    study_done(&st);
}
END_TEST

START_TEST(a_trace_is_followed)
{
    static struct study st;
    static const int64_t trace[] = {0, 1000000, 1000000, 5000000};
    struct small s = usual();
    s.source.patience = dist_never();
    small_line_up(&s, 10);
    s.source.trace = trace;
    s.source.n_trace = 4;
    s.source.n_rates = 0;
    s.model.warm_ticks = 0;
    s.model.drains = true;
    study_run(&st, &s.model, 1, 3, 0, 0);
    ck_assert_int_eq(st.sums->queues[0].offered, 4);
    ck_assert_int_eq(st.sums->queues[0].answered, 4);
    study_done(&st);
}
END_TEST

/* A stuck agent is let go by a supervisor, or leaves at the end of the shift. */
START_TEST(stuck_agents_are_released)
{
    static struct study st;
    struct small s = usual();
    s.queue.acw = SIM_ACW_MANDATORY;
    s.queue.p_no_code = 0.3;
    small_line_up(&s, 3000);
    s.model.stuck = SIM_STUCK_RELEASED;
    s.model.release_ticks = ticks(300);
    study_run(&st, &s.model, 1, 3, 0, 0);
    ck_assert_int_gt(st.sums->groups[0].stuck_agents, 100);
    ck_assert_double_lt(fabs((double)st.sums->groups[0].stuck_ticks /
                                 (double)st.sums->groups[0].stuck_agents / (double)ticks(300) -
                             1),
                        0.05);
    study_done(&st);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sim");
    TCase *tcase = tcase_create("all");
    suite_add_tcase(suite, tcase);
    tcase_set_timeout(tcase, 0);
    tcase_add_test(tcase, pinned_functions);
    tcase_add_loop_test(tcase, distributions, 0, (int)(sizeof dists / sizeof *dists));
    tcase_add_test(tcase, normal_draws);
    tcase_add_test(tcase, buckets_tell_sixteenths);
    tcase_add_test(tcase, student_points);
    tcase_add_test(tcase, the_same_seed_the_same_sums);
    tcase_add_test(tcase, the_same_figures_everywhere);
    tcase_add_test(tcase, limits_at_both_ends);
    tcase_add_test(tcase, more_agents_less_waiting);
    tcase_add_test(tcase, rings_open);
    tcase_add_test(tcase, shifts_begin_and_end);
    tcase_add_test(tcase, capacity_is_shared);
    tcase_add_test(tcase, a_drained_day_leaves_nobody);
    tcase_add_test(tcase, a_trace_is_followed);
    tcase_add_test(tcase, stuck_agents_are_released);
    return unit_run(suite);
}
