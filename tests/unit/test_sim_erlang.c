/* The whole table of simulation.md 1.1 through workload files: Erlang B where nobody may wait, Erlang C where everybody
 * does. A row is accepted within four standard errors, of which one must not be greater than a stated share. */
#include "tests/unit/unit.h"

#include "sim/sim.h"
#include "sim/study.h"

#include <math.h>

enum { DAYS = 12, CONTACTS = 40000 };

/* `load`: in erlangs, of contacts that take 180 s. */
static const struct {
    uint32_t agents;
    double load, blocked, delayed; /* delayed 0: there is no such state */
    double error_max;
} rows[] = {
    {1, 1, 0.500000000000, 0, 0.01},
    {2, 1, 0.200000000000, 0.333333333333, 0.02},
    {5, 3, 0.110054347826, 0.236151603499, 0.02},
    {10, 5, 0.018384570337, 0.036105359158, 0.03},
    {10, 8, 0.121661064253, 0.409180150796, 0.02},
    {20, 12, 0.009795639420, 0.024134479561, 0.04},
    {50, 40, 0.018690671110, 0.086952549527, 0.04},
    {100, 100, 0.075700452711, 0, 0.03},
    {11, 10, 0, 0.682118204689, 0.02},
};

static double figure_of(struct arena *a, size_t row, bool may_wait, const char *name,
                        double *out_error)
{
    double per_hour = rows[row].load * 20, hours = CONTACTS / per_hour, value = 0, half = 0;
    const struct json_doc *doc = NULL;
    struct sim_workload *w = ARENA_NEW(a, struct sim_workload);
    struct findings fs;
    struct err err = {0};
    struct buf text;
    findings_init(&fs, a);
    buf_init(&text, a);
    buf_printf(&text,
               "{\"format\":1,\"day\":{\"length\":\"%.0fs\",\"warmUp\":\"%.0fs\"},\"queues\":[{"
               "\"queue\":\"q\"%s}],\"contacts\":[{\"queue\":\"q\",\"perHour\":%.3f,\"talk\":{"
               "\"exponential\":180}}],\"agents\":[{\"count\":%u,\"serves\":[\"q\"]}]}",
               hours * 3600, hours * 180, may_wait ? "" : ",\"room\":0", per_hour,
               rows[row].agents);
    ck_assert_msg(json_parse(&doc, a, STR("row"), buf_str(&text), NULL, NULL, &err) &&
                      sim_workload_read(w, a, json_root(doc), &fs, &err),
                  "%s", err.msg);
    struct sim_study_options how = {.replications = DAYS, .seed = 7, .n_threads = 2};
    struct sim_study *s = sim_study_run(a, w, &how);
    ck_assert_msg(sim_figure(&value, &half, s, str_of(name), &err), "%s", err.msg);
    *out_error = half / sim_student(DAYS - 1);
    return value;
}

static void check_row(size_t row, bool may_wait, double exact)
{
    struct arena a;
    double error = 0;
    if (exact <= 0) {
        return;
    }
    arena_init(&a, 0, 0);
    double value = figure_of(&a, row, may_wait, may_wait ? "delayed" : "blocked", &error);
    ck_assert_msg(fabs(value - exact) <= 4 * error, "row %zu: %.6f ± %.6f, exact %.6f", row, value,
                  error, exact);
    ck_assert_msg(error <= rows[row].error_max * exact, "row %zu: ± %.6f tells too little of %.6f",
                  row, error, exact);
    arena_done(&a);
}

START_TEST(blocked)
{
    check_row((size_t)_i, false, rows[_i].blocked);
}
END_TEST

START_TEST(delayed)
{
    check_row((size_t)_i, true, rows[_i].delayed);
}
END_TEST

/* Eleven agents for ten erlangs: waits are long, and so is the run that tells them. */
START_TEST(nearly_too_few)
{
    struct arena a;
    double error = 0;
    arena_init(&a, 0, 0);
    double wait = figure_of(&a, 8, true, "asa_s", &error);
    ck_assert_double_lt(fabs(wait - 122.781277), 4 * error);
    ck_assert_double_lt(error, 0.08 * 122.781277);
    double level = figure_of(&a, 8, true, "service_level", &error);
    ck_assert_double_lt(fabs(level - 0.389613812), 4 * error);
    ck_assert_double_lt(error, 0.03 * 0.389613812);
    arena_done(&a);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sim_erlang");
    TCase *tc = tcase_create("sim_erlang");
    tcase_set_timeout(tc, 0);
    tcase_add_loop_test(tc, blocked, 0, (int)(sizeof rows / sizeof *rows));
    tcase_add_loop_test(tc, delayed, 0, (int)(sizeof rows / sizeof *rows));
    tcase_add_test(tc, nearly_too_few);
    suite_add_tcase(suite, tc);
    return unit_run(suite);
}
