/* Is the simulator honest? Intervals cover what they say; wrong models are caught; what must not change a figure does
 * not. With REHEARSE_LONG set, as `make check` does, 1000 studies instead of 250. */
#include "tests/unit/unit.h"

#include "sim/study.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

struct opened {
    struct arena arena;
    struct findings findings;
    struct err err;
    struct sim_workload w;
};

static void open_text(struct opened *o, const char *text)
{
    const struct json_doc *doc = NULL;
    *o = (struct opened){0};
    arena_init(&o->arena, 0, 0);
    findings_init(&o->findings, &o->arena);
    ck_assert_msg(
        json_parse(&doc, &o->arena, STR("day.json"), str_of(text), NULL, &o->findings, &o->err) &&
            sim_workload_read(&o->w, &o->arena, json_root(doc), &o->findings, &o->err),
        "%s", o->err.msg);
}

static struct sim_study *study(struct opened *o, size_t days, size_t first)
{
    struct sim_study_options how = {
        .replications = days, .first = first, .seed = 21, .n_threads = 1};
    return sim_study_run(&o->arena, &o->w, &how);
}

#define QUEUE(more) "\"queues\":[{\"queue\":\"q\",\"target\":20" more "}]"
#define ONE(day, queue, contacts, agents)                                                          \
    "{\"format\":1,\"day\":" day "," QUEUE(queue) ",\"contacts\":[{\"queue\":\"q\"," contacts      \
                                                  "}],\"agents\":[{\"serves\":[\"q\"]," agents     \
                                                  "}]}"
#define BLOCKING(acw, contacts)                                                                    \
    ONE("{\"length\":\"150m\",\"warmUp\":\"30m\"}", ",\"room\":0,\"acw\":" acw, contacts,          \
        "\"count\":14")

/* Blocking of 14 agents at a load of 10 is 0.05681914 (Erlang B). */
START_TEST(intervals_cover)
{
    enum { DAYS = 20 };
    struct opened o;
    size_t n = getenv("REHEARSE_LONG") ? 1000 : 250, covered = 0;
    open_text(&o,
              BLOCKING("{\"mode\":\"none\"}", "\"perHour\":200,\"talk\":{\"exponential\":180}"));
    for (size_t i = 0; i < n; i++) {
        struct arena_mark mark = arena_mark(&o.arena);
        struct sim_estimate e = sim_study_estimate(study(&o, DAYS, i * DAYS), 0, SIM_BLOCKED);
        covered += fabs(e.value - 0.05681914) <= e.half_width;
        arena_release(&o.arena, mark);
    }
    double share = (double)covered / (double)n, slack = n < 1000 ? 0.02 : 0;
    ck_assert_msg(share >= 0.93 - slack && share <= 0.97 + slack, "%.1f %% of %zu intervals cover",
                  100 * share, n);
    arena_done(&o.arena);
}
END_TEST

/* The rule by which oracle rows are accepted, on a model that is right and on wrong ones. */
static const struct {
    const char *name, *text;
    enum sim_metric metric;
    double exact;
    bool is_right;
} controls[] = {
#define SPLIT(mode, share)                                                                         \
    ONE("{\"length\":\"315h\",\"warmUp\":\"15h\"}", ",\"acw\":{\"mode\":\"" mode "\"}",            \
        "\"perHour\":200," share                                                                   \
        "\"talk\":{\"exponential\":180},\"patience\":{\"exponential\":300}",                       \
        "\"count\":14")
    {"right", SPLIT("mandatory", "\"acwShare\":0.25,"), SIM_ABANDONED, 0.013984, true},
    {"after-call work ignored", SPLIT("none", "\"acwShare\":0.25,"), SIM_ABANDONED, 0.013984,
     false},
    {"right", SPLIT("mandatory", "\"acwShare\":0.25,"), SIM_SERVICE_LEVEL, 0.916792, true},
    {"another denominator", SPLIT("mandatory", "\"acwShare\":0.25,"), SIM_SERVICE_LEVEL_SERVED,
     0.916792, false},
#define LIMIT(s)                                                                                   \
    BLOCKING("{\"mode\":\"mandatory-timeout\",\"limit\":" s "}",                                   \
             "\"perHour\":200,\"talk\":{\"exponential\":180},\"acw\":{\"lognormal\":{\"mean\":60," \
             "\"cv\":1}}")
    {"right", LIMIT("30"), SIM_UNCODED, 0.661396, true},
    {"a limit one second off", LIMIT("31"), SIM_UNCODED, 0.661396, false},
};

START_TEST(wrong_models_are_caught)
{
    struct opened o;
    open_text(&o, controls[_i].text);
    struct sim_estimate e = sim_study_estimate(
        study(&o, controls[_i].metric == SIM_UNCODED ? 200 : 8, 0), 0, controls[_i].metric);
    bool is_accepted = fabs(e.value - controls[_i].exact) <= 4 * e.standard_error + 1e-6;
    ck_assert_msg(is_accepted == controls[_i].is_right, "%s: %.6f ± %.6f, exact %.6f",
                  controls[_i].name, e.value, e.standard_error, controls[_i].exact);
    arena_done(&o.arena);
}
END_TEST

/* Two ways to say the same: the very same sums, but for what `ignores` says. */
static const struct {
    const char *a, *b;
    bool has_coding; /* codes too */
} twins[] = {
#define DAY "{\"length\":\"10h\",\"interval\":\"1h\"}"
#define CALLS                                                                                      \
    "\"perHour\":200,\"talk\":{\"exponential\":180},\"acw\":{\"exponential\":60},\"patience\":{"   \
    "\"exponential\":200}"
#define MODE(mode) ONE(DAY, ",\"acw\":" mode, CALLS, "\"count\":12")
    {MODE("{\"mode\":\"mandatory\"}"), MODE("{\"mode\":\"mandatory-timeout\",\"limit\":\"100h\"}"),
     true},
    {MODE("{\"mode\":\"none\"}"), MODE("{\"mode\":\"mandatory-timeout\",\"limit\":0}"), false},
    {MODE("{\"mode\":\"none\"}"), MODE("{\"mode\":\"mandatory-forced-timeout\",\"limit\":0}"),
     false},
    {MODE("{\"mode\":\"none\"}"), MODE("{\"mode\":\"optional\",\"coded\":0}"), false},
    {MODE("{\"mode\":\"none\"}"),
     MODE("{\"mode\":\"agent-requested\",\"requested\":0,\"limit\":60}"), false},
    {MODE("{\"mode\":\"mandatory\"}"), MODE("{\"mode\":\"optional\",\"coded\":1}"), true},
    {MODE("{\"mode\":\"mandatory\"}"), MODE("{\"mode\":\"disposition\",\"required\":true}"), true},
    {MODE("{\"mode\":\"mandatory-timeout\",\"limit\":60}"),
     MODE("{\"mode\":\"automatic\",\"limit\":60}"), true},
    {ONE(DAY, "", CALLS, "\"count\":12"),
     ONE(DAY, "", CALLS, "\"shifts\":[{\"from\":0,\"count\":12}]"), true},
    {ONE(DAY, "", "\"talk\":60,\"perHour\":200", "\"count\":12"),
     ONE(DAY, "", "\"talk\":\"PT1M\",\"rates\":[{\"from\":0,\"perHour\":200}]", "\"count\":12"),
     true},
    {ONE(DAY, "", CALLS, "\"count\":12"), ONE(DAY, ",\"rings\":[\"1h\"]", CALLS, "\"count\":12"),
     true},
    {ONE(DAY, "", CALLS, "\"count\":12"),
     ONE(DAY, ",\"skills\":{\"x\":1}", CALLS, "\"skills\":{\"x\":2},\"count\":12"), true},
    /* agents who are alike, in another order and other groups */
    {ONE(DAY, "", CALLS, "\"count\":12"),
     ONE(DAY, "", CALLS,
         "\"name\":\"a\",\"count\":5},{\"serves\":[\"q\"],\"name\":\"b\",\"count\":7"),
     true},
    {ONE(DAY, "", CALLS,
         "\"name\":\"a\",\"count\":5},{\"serves\":[\"q\"],\"name\":\"b\",\"count\":7"),
     ONE(DAY, "", CALLS,
         "\"name\":\"b\",\"count\":7},{\"serves\":[\"q\"],\"name\":\"a\",\"count\":5"),
     true},
};

START_TEST(two_ways_to_say_the_same)
{
    struct opened a, b;
    open_text(&a, twins[_i].a);
    open_text(&b, twins[_i].b);
    const struct sim_queue_sums *x = study(&a, 3, 0)->sums->queues,
                                *y = study(&b, 3, 0)->sums->queues;
    for (size_t i = 0; i <= 10; i++) {
        struct sim_queue_sums p = x[i], q = y[i];
        if (!twins[_i].has_coding) {
            p.coded = q.coded = 0;
            memset(p.uncoded, 0, sizeof p.uncoded);
            memset(q.uncoded, 0, sizeof q.uncoded);
        }
        ck_assert_mem_eq(&p, &q, sizeof p);
        ck_assert_int_gt(p.offered, 0);
    }
    arena_done(&a.arena);
    arena_done(&b.arena);
}
END_TEST

/* Everything takes twice as long: the same shares, twice the times. */
START_TEST(a_clock_of_half_speed)
{
    struct opened a, b;
    open_text(&a,
              ONE("{\"length\":\"20h\"}", ",\"acw\":{\"mode\":\"mandatory-timeout\",\"limit\":60}",
                  CALLS, "\"count\":12"));
    open_text(&b, "{\"format\":1,\"day\":{\"length\":\"40h\"},\"queues\":[{\"queue\":\"q\","
                  "\"target\":40,\"acw\":{\"mode\":"
                  "\"mandatory-timeout\",\"limit\":120}}],\"contacts\":[{\"queue\":\"q\","
                  "\"perHour\":100,\"talk\":{\"exponential\":360},"
                  "\"acw\":{\"exponential\":120},\"patience\":{\"exponential\":400}}],\"agents\":[{"
                  "\"count\":12,\"serves\":[\"q\"]}]}");
    const struct sim_queue_sums *x = study(&a, 4, 0)->sums->queues,
                                *y = study(&b, 4, 0)->sums->queues;
    ck_assert_int_eq(x->offered, y->offered);
    ck_assert_int_le(llabs(x->answered - y->answered), 2); /* ticks are rounded */
    ck_assert_int_le(llabs(x->answered_in_target - y->answered_in_target), 4);
    ck_assert_double_lt(fabs(2 * (double)x->wait_ticks / (double)y->wait_ticks - 1), 0.001);
    arena_done(&a.arena);
    arena_done(&b.arena);
}
END_TEST

/* Two queues alike and one group for both are one queue: Erlang C. */
START_TEST(queues_alike_pool)
{
    struct opened o;
    open_text(&o, "{\"format\":1,\"day\":{\"length\":\"315h\",\"warmUp\":\"15h\"},\"queues\":[{"
                  "\"queue\":\"a\"},{\"queue\":\"b\"}],"
                  "\"contacts\":[{\"queue\":\"a\",\"perHour\":100,\"talk\":{\"exponential\":180}},{"
                  "\"queue\":\"b\",\"perHour\":100,"
                  "\"talk\":{\"exponential\":180}}],\"agents\":[{\"count\":6,\"serves\":[\"b\","
                  "\"a\"]},{\"count\":8,\"serves\":[\"a\",\"b\"]}]}");
    const struct sim_study *s = study(&o, 8, 0);
    for (size_t scope = 0; scope < 3; scope++) {
        struct sim_estimate e = sim_study_estimate(s, scope, SIM_DELAYED);
        ck_assert_double_lt(fabs(e.value - 0.174131933595), 4 * e.standard_error);
        ck_assert_double_lt(e.standard_error, 0.006);
    }
    arena_done(&o.arena);
}
END_TEST

#define ROWS(t) (int)(sizeof(t) / sizeof *(t))
int main(void)
{
    Suite *suite = suite_create("sim_truth");
    TCase *tcase = tcase_create("all");
    suite_add_tcase(suite, tcase);
    tcase_set_timeout(tcase, 0);
    tcase_add_test(tcase, intervals_cover);
    tcase_add_loop_test(tcase, wrong_models_are_caught, 0, ROWS(controls));
    tcase_add_loop_test(tcase, two_ways_to_say_the_same, 0, ROWS(twins));
    tcase_add_test(tcase, a_clock_of_half_speed);
    tcase_add_test(tcase, queues_alike_pool);
    return unit_run(suite);
}
