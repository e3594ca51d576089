/* The simulator against exact results: Erlang B, C and A, Pollaczek-Khinchine, priorities, a two-phase
 * chain, two skills, traps. A row is accepted where the estimate is within four standard errors of the
 * exact value *and* the standard error is small enough that a wrong value would be seen. Seeds are fixed. */
#include "tests/unit/unit.h"

#include "tests/unit/sim_models.h"

#include <math.h>

enum { REPLICATIONS = 12, CONTACTS = 60000 };
static const double accepted_errors = 4;

/* `error_max` is relative to the exact value. */
static void check_value(const struct study *st, enum sim_metric m, double exact, double error_max)
{
    struct sim_estimate e = study_of(st, m);
    ck_assert_msg(fabs(e.value - exact) <= accepted_errors * e.standard_error + 1e-12,
                  "%s: %.6f, exact %.6f, standard error %.6f", sim_metric_name(m), e.value, exact,
                  e.standard_error);
    ck_assert_msg(e.standard_error <= error_max * fabs(exact) + 1e-12,
                  "%s: standard error %.6f is too great to tell (exact %.6f)", sim_metric_name(m),
                  e.standard_error, exact);
}

/* What must be so in every run. */
static void check_books(const struct study *st)
{
    const struct sim_queue_sums *q = &st->sums->queues[0];
    const struct sim_group_sums *g = &st->sums->groups[0];
    int64_t uncoded = 0;
    for (int i = 0; i < SIM_UNCODED_COUNT; i++) {
        uncoded += q->uncoded[i];
    }
    ck_assert_int_eq(q->offered, q->answered + q->abandoned + q->blocked + q->left);
    ck_assert_int_eq(q->answered, q->coded + uncoded);
    ck_assert_int_le(q->answered_in_target, q->answered);
    ck_assert_int_ge(q->wait_ticks, q->answered_wait_ticks);
    ck_assert_int_le(g->talk_ticks + g->acw_ticks + g->cooldown_ticks + g->stuck_ticks,
                     g->staffed_ticks);
}

/* Erlang C, 100 contacts in 30 minutes, 180 s each, target 20 s; simulation.md 1.1 */
static const struct {
    uint32_t agents;
    double delayed, asa, level;
} erlang_c[] = {
    {13, 0.285270453036, 17.116227, 0.795594788},
    {14, 0.174131933595, 7.835937, 0.888350019},
    {16, 0.057340330903, 1.720210, 0.970560493},
};

START_TEST(erlang_c_rows)
{
    static struct study st;
    struct small s = {
        .queue = {.acw = SIM_ACW_NONE, .target_ticks = ticks(20), .room = -1},
        .source = {.talk = dist_exponential(180), .patience = dist_never()},
        .rate = {0, 200},
        .staff = {0, erlang_c[_i].agents},
    };
    small_line_up(&s, CONTACTS);
    study_run(&st, &s.model, REPLICATIONS, 1, 0, 0);
    check_value(&st, SIM_DELAYED, erlang_c[_i].delayed, 0.03);
    check_value(&st, SIM_ASA, erlang_c[_i].asa, 0.06);
    check_value(&st, SIM_SERVICE_LEVEL, erlang_c[_i].level, 0.01);
    check_value(&st, SIM_OCCUPANCY, 10.0 / erlang_c[_i].agents, 0.01);
    check_books(&st);
    study_done(&st);
}
END_TEST

/* Erlang A; simulation.md 1.2. Rate a minute, times in minutes, target 20 s. */
static const struct {
    double rate, handle, patience;
    uint32_t agents;
    double delayed, abandoned, wait_s, occupancy, level, level_served, level_excluding;
} erlang_a[] = {
    {10.0 / 3, 3, 5, 12, 0.331802, 0.042711, 12.81333, 0.797741, 0.772279, 0.806736, 0.786294},
    {10.0 / 3, 3, 5, 13, 0.225797, 0.024963, 7.48899, 0.750028, 0.858178, 0.880149, 0.868275},
    {10.0 / 3, 3, 5, 14, 0.145260, 0.013984, 4.19512, 0.704297, 0.916792, 0.929794, 0.923407},
    {48, 1, 2, 50, 0.467774, 0.030912, 3.70947, 0.930324, 0.943019, 0.973100, 0.972030},
    {48, 1, 2, 55, 0.193599, 0.008640, 1.03676, 0.865187, 0.988795, 0.997412, 0.997334},
    {2, 4, 4, 10, 0.283376, 0.053233, 12.77592, 0.757414, 0.789195, 0.833568, 0.804958},
    {10, 5, 2, 50, 0.411076, 0.068935, 8.27225, 0.931065, 0.783872, 0.841909, 0.822248},
};

/* The handling time is split: three quarters talk, one quarter after-call work. The queue must not see
 * it, the agents' shares must. */
START_TEST(erlang_a_rows)
{
    static struct study st;
    double share = 0.25;
    struct small s = {
        .queue = {.acw = SIM_ACW_MANDATORY, .target_ticks = ticks(20), .room = -1},
        .source = {.talk = dist_exponential(erlang_a[_i].handle * 60),
                   .patience = dist_exponential(erlang_a[_i].patience * 60),
                   .acw_share = share},
        .rate = {0, erlang_a[_i].rate * 60},
        .staff = {0, erlang_a[_i].agents},
    };
    small_line_up(&s, CONTACTS);
    study_run(&st, &s.model, REPLICATIONS, 2, 0, 0);
    check_value(&st, SIM_DELAYED, erlang_a[_i].delayed, 0.04);
    check_value(&st, SIM_ABANDONED, erlang_a[_i].abandoned, 0.06);
    check_value(&st, SIM_WAIT, erlang_a[_i].wait_s, 0.06);
    check_value(&st, SIM_OCCUPANCY, erlang_a[_i].occupancy, 0.005);
    check_value(&st, SIM_ACW_SHARE, erlang_a[_i].occupancy * share, 0.005);
    check_value(&st, SIM_SERVICE_LEVEL, erlang_a[_i].level, 0.01);
    check_value(&st, SIM_SERVICE_LEVEL_SERVED, erlang_a[_i].level_served, 0.01);
    check_value(&st, SIM_SERVICE_LEVEL_EXCLUDING, erlang_a[_i].level_excluding, 0.01);
    check_books(&st);
    study_done(&st);
}
END_TEST

/* No waiting room: blocking depends on the mean holding time alone, whatever its law; simulation.md 1.4 (b).
 * Talk 180 s, after-call work lognormal 60 s with a coefficient of variation of 1. */
static const struct sim_dist lognormal_minute = {
    .kind = SIM_LOGNORMAL, .mu = 3.7477709719421277, .sigma = 0.8325546111576977};

static const struct {
    enum sim_acw_mode mode;
    double limit_s, blocking_14, blocking_20, uncoded;
} erlang_b[] = {
    {SIM_ACW_NONE, 0, 0.05681914, 0.00186905, 1},
    {SIM_ACW_MANDATORY, 0, 0.16273313, 0.02167367, 0},
    {SIM_ACW_TIMEOUT, 30, 0.09941579, 0.00663957, 0.661396},
    {SIM_ACW_TIMEOUT, 60, 0.12583312, 0.01160834, 0.338604},
    {SIM_ACW_TIMEOUT, 90, 0.14009002, 0.01503926, 0.183186},
    {SIM_ACW_TIMEOUT, 120, 0.14812237, 0.01722145, 0.105863},
    {SIM_ACW_FORCED, 30, 0.10623705, 0.00775965, 0.661396},
};

START_TEST(erlang_b_rows)
{
    static struct study st;
    for (int wide = 0; wide < 2; wide++) {
        struct small s = {
            .queue = {.acw = erlang_b[_i].mode, .limit_ticks = ticks(erlang_b[_i].limit_s)},
            .source = {.talk = dist_exponential(180),
                       .acw = lognormal_minute,
                       .patience = dist_never()},
            .rate = {0, 200},
            .staff = {0, wide ? 20 : 14},
        };
        small_line_up(&s, CONTACTS);
        study_run(&st, &s.model, REPLICATIONS, 3, 0, 0);
        check_value(&st, SIM_BLOCKED, wide ? erlang_b[_i].blocking_20 : erlang_b[_i].blocking_14,
                    wide ? 0.08 : 0.02);
        check_value(&st, SIM_UNCODED, erlang_b[_i].uncoded, 0.01);
        check_books(&st);
        study_done(&st);
    }
}
END_TEST

/* One agent, 12 contacts an hour, talk Exp(180 s), after-call work as above; simulation.md 1.4 (c) */
static const struct {
    enum sim_acw_mode mode;
    double limit_s, occupancy, wait_s;
} one_agent[] = {
    {SIM_ACW_MANDATORY, 0, 0.8, 780.0},          {SIM_ACW_TIMEOUT, 30, 0.687312, 399.544659},
    {SIM_ACW_TIMEOUT, 60, 0.735441, 512.859708}, {SIM_ACW_FORCED, 30, 0.70, 425.0},
    {SIM_ACW_FORCED, 60, 0.80, 750.0},
};

START_TEST(one_agent_rows)
{
    static struct study st;
    struct small s = {
        .queue = {.acw = one_agent[_i].mode,
                  .limit_ticks = ticks(one_agent[_i].limit_s),
                  .room = -1},
        .source = {.talk = dist_exponential(180),
                   .acw = lognormal_minute,
                   .patience = dist_never()},
        .rate = {0, 12},
        .staff = {0, 1},
    };
    small_line_up(&s, CONTACTS);
    study_run(&st, &s.model, REPLICATIONS, 4, 0, 0);
    check_value(&st, SIM_OCCUPANCY, one_agent[_i].occupancy, 0.01);
    check_value(&st, SIM_WAIT, one_agent[_i].wait_s, 0.06);
    study_done(&st);
}
END_TEST

/* The exact two-phase chain: 10 agents, exponential talk and after-call work; simulation.md 1.4 (d) */
static const struct {
    double acw_min, delayed, abandoned, wait_min, talk, acw, level, level_served;
} two_phases[] = {
    {1.0, 0.2866629, 0.0500089, 0.2000355, 0.5699947, 0.1899982, 0.789833, 0.831410},
    {0.5, 0.1738214, 0.0254779, 0.1019118, 0.5847132, 0.0974522, 0.884384, 0.907505},
};

static struct small two_phase_model(double acw_min)
{
    return (struct small){
        .queue = {.acw = SIM_ACW_MANDATORY, .target_ticks = ticks(20), .room = -1},
        .source = {.talk = dist_exponential(180),
                   .acw = dist_exponential(acw_min * 60),
                   .patience = dist_exponential(240)},
        .rate = {0, 120},
        .staff = {0, 10},
    };
}

START_TEST(two_phase_rows)
{
    static struct study st;
    struct small s = two_phase_model(two_phases[_i].acw_min);
    small_line_up(&s, CONTACTS);
    study_run(&st, &s.model, REPLICATIONS, 5, 0, 0);
    check_value(&st, SIM_DELAYED, two_phases[_i].delayed, 0.02);
    check_value(&st, SIM_ABANDONED, two_phases[_i].abandoned, 0.03);
    check_value(&st, SIM_WAIT, two_phases[_i].wait_min * 60, 0.03);
    check_value(&st, SIM_TALK_SHARE, two_phases[_i].talk, 0.005);
    check_value(&st, SIM_ACW_SHARE, two_phases[_i].acw, 0.005);
    check_value(&st, SIM_SERVICE_LEVEL, two_phases[_i].level, 0.01);
    check_value(&st, SIM_SERVICE_LEVEL_SERVED, two_phases[_i].level_served, 0.01);
    study_done(&st);
}
END_TEST

/* The difference of the two rows, on common random numbers: right, and sharper than on separate ones. */
START_TEST(paired_difference)
{
    static struct study a, b;
    struct small slow = two_phase_model(1.0), fast = two_phase_model(0.5);
    small_line_up(&slow, CONTACTS);
    small_line_up(&fast, CONTACTS);
    study_run(&a, &slow.model, REPLICATIONS, 6, 0, 0);
    study_run(&b, &fast.model, REPLICATIONS, 6, 0, 0);
    struct sim_estimate d =
        sim_estimate_difference(&a.pairs[0][SIM_SERVICE_LEVEL], &b.pairs[0][SIM_SERVICE_LEVEL],
                                REPLICATIONS, SIM_METRIC_COUNT);
    double separate = hypot(study_of(&a, SIM_SERVICE_LEVEL).standard_error,
                            study_of(&b, SIM_SERVICE_LEVEL).standard_error);
    ck_assert_double_lt(fabs(d.value - 0.094551), 4 * d.standard_error);
    ck_assert_double_lt(d.standard_error, 0.002);
    ck_assert_double_lt(d.standard_error * 1.5, separate);
    study_done(&a);
    study_done(&b);
}
END_TEST

/* Two classes, one more urgent, the same service; simulation.md 1.4 (f) */
START_TEST(priorities)
{
    static struct study st;
    static const double exact_min[] = {0.13140480, 0.52561920};
    struct sim_queue queues[2] = {
        {.urgency = 0, .room = -1, .codes = one_code, .n_codes = 1},
        {.urgency = 1, .room = -1, .codes = one_code, .n_codes = 1},
    };
    struct sim_rate rates[2] = {{0, 60}, {0, 90}};
    struct sim_source sources[2];
    struct sim_link links[2] = {{.queue = 0}, {.queue = 1}};
    struct sim_staff staff = {0, 10};
    struct sim_group group = {.staff = &staff, .n_staff = 1, .links = links, .n_links = 2};
    for (size_t i = 0; i < 2; i++) {
        sources[i] = (struct sim_source){.queue = i,
                                         .talk = dist_exponential(180),
                                         .patience = dist_never(),
                                         .rates = &rates[i],
                                         .n_rates = 1};
    }
    struct sim_model m = {.queues = queues,
                          .n_queues = 2,
                          .sources = sources,
                          .n_sources = 2,
                          .groups = &group,
                          .n_groups = 1,
                          .warm_ticks = ticks(36000),
                          .end_ticks = ticks(36000 + 400 * 3600.0)};
    for (size_t i = 0; i < 2; i++) {
        study_run(&st, &m, REPLICATIONS, 7, i, 0);
        check_value(&st, SIM_WAIT, exact_min[i] * 60, 0.06);
        check_value(&st, SIM_DELAYED, 0.30661120, 0.02);
        study_done(&st);
    }
}
END_TEST

/* The N: type A goes to group 1, then to group 2; type B to group 2 alone, whose agents take B first;
 * simulation.md 1.4 (e). One unit of time is an hour here. */
START_TEST(two_skills)
{
    static struct study st;
    static const double delayed[] = {0.251611, 0.434454}, gave_up[] = {0.035950, 0.066724},
                        busy[] = {0.732775, 0.744986};
    struct sim_queue queues[2] = {{.room = -1, .codes = one_code, .n_codes = 1},
                                  {.room = -1, .codes = one_code, .n_codes = 1}};
    struct sim_rate rates[2] = {{0, 4}, {0, 3}};
    struct sim_source sources[2];
    struct sim_link one[1] = {{.queue = 0, .order = 0}},
                    two[2] = {{.queue = 1, .rank = 0}, {.queue = 0, .rank = 1, .order = 1}};
    struct sim_staff staff[2] = {{0, 4}, {0, 5}};
    struct sim_group groups[2] = {
        {.staff = &staff[0], .n_staff = 1, .links = one, .n_links = 1},
        {.staff = &staff[1], .n_staff = 1, .links = two, .n_links = 2},
    };
    for (size_t i = 0; i < 2; i++) {
        sources[i] = (struct sim_source){.queue = i,
                                         .talk = dist_exponential(3600),
                                         .patience = dist_exponential(7200),
                                         .rates = &rates[i],
                                         .n_rates = 1};
    }
    struct sim_model m = {.queues = queues,
                          .n_queues = 2,
                          .sources = sources,
                          .n_sources = 2,
                          .groups = groups,
                          .n_groups = 2,
                          .warm_ticks = ticks(3600 * 200.0),
                          .end_ticks = ticks(3600 * 12200.0)};
    for (size_t i = 0; i < 2; i++) {
        study_run(&st, &m, REPLICATIONS, 8, i, i);
        check_value(&st, SIM_DELAYED, delayed[i], 0.02);
        check_value(&st, SIM_ABANDONED, gave_up[i], 0.03);
        check_value(&st, SIM_OCCUPANCY, busy[i], 0.01);
        study_done(&st);
    }
}
END_TEST

/* Mandatory without a limit, and with probability p no code to choose: each agent handles 1/p contacts on
 * average before it is stuck; with p = 0 nobody ever is; simulation.md 1.4 (g). */
START_TEST(traps)
{
    static struct study st;
    double p = 0.02, agents = 40;
    struct small s = {
        .queue = {.acw = SIM_ACW_MANDATORY, .room = 0, .p_no_code = p},
        .source = {.talk = dist_exponential(60),
                   .acw = dist_exponential(20),
                   .patience = dist_never()},
        .rate = {0, 20000},
        .staff = {0, (uint32_t)agents},
    };
    small_line_up(&s, 200000);
    s.model.warm_ticks = 0;
    study_run(&st, &s.model, 100, 9, 0, 0);
    double n = (double)st.n;
    ck_assert_int_eq(st.sums->groups[0].stuck_agents, (int64_t)(n * agents)); /* all, in the end */
    double handled = (double)st.sums->queues[0].answered / (n * agents),
           error = sqrt(1 - p) / p / sqrt(n * agents);
    ck_assert_msg(fabs(handled - 1 / p) < 4 * error, "%.3f contacts before the trap, expected %.3f",
                  handled, 1 / p);
    ck_assert_double_lt(error, 0.02 / p);
    study_done(&st);
    s.queue.p_no_code = 0;
    study_run(&st, &s.model, 2, 9, 0, 0);
    ck_assert_int_eq(st.sums->groups[0].stuck_agents, 0);
    ck_assert_int_eq(st.sums->groups[0].first_stuck_ticks, INT64_MAX);
    study_done(&st);
}
END_TEST

#define ROWS(t) (int)(sizeof(t) / sizeof *(t))
int main(void)
{
    Suite *suite = suite_create("sim_oracles");
    TCase *tcase = tcase_create("all");
    suite_add_tcase(suite, tcase);
    tcase_set_timeout(tcase, 0);
    tcase_add_loop_test(tcase, erlang_c_rows, 0, ROWS(erlang_c));
    tcase_add_loop_test(tcase, erlang_a_rows, 0, ROWS(erlang_a));
    tcase_add_loop_test(tcase, erlang_b_rows, 0, ROWS(erlang_b));
    tcase_add_loop_test(tcase, one_agent_rows, 0, ROWS(one_agent));
    tcase_add_loop_test(tcase, two_phase_rows, 0, ROWS(two_phases));
    tcase_add_test(tcase, paired_difference);
    tcase_add_test(tcase, priorities);
    tcase_add_test(tcase, two_skills);
    tcase_add_test(tcase, traps);
    return unit_run(suite);
}
