/* Exact and published results, each run through a workload file as a user would write it (simulation.md 1.1 to
 * 1.5, and laws beside them). Accepted within four standard errors, where the standard error is small enough to
 * tell; seeds are fixed. */
#include "tests/unit/unit.h"

#include "sim/study.h"

#include <math.h>
#include <stdio.h>

enum { FIGURES_MAX = 6 };

struct expected {
    const char *figure;
    double exact, error_max; /* the greatest relative standard error */
    double slack;            /* absolute: how well the exact value itself is known */
};
struct row {
    const char *name, *text;
    size_t days;
    struct expected figures[FIGURES_MAX];
};

#define HEAD(day) "{\"format\":1,\"day\":" day ",\"queues\":["
/* `contacts` hours of one queue at a rate, after a twentieth of them. */
#define LONG "{\"length\":\"315h\",\"warmUp\":\"15h\"}"
#define ONE(day, queue, contacts, agents)                                                          \
    HEAD(day)                                                                                      \
    "{\"queue\":\"q\",\"target\":20" queue "}],\"contacts\":[{\"queue\":\"q\"," contacts           \
    "}],\"agents\":[{\"serves\":[\"q\"]," agents "}]}"
#define NO_ACW ",\"acw\":{\"mode\":\"none\"}"
#define NO_ACW_QUEUE "\"acw\":{\"mode\":\"none\"}"
#define MODE(acw) ",\"room\":0,\"acw\":{\"mode\":" acw "}"
#define LOGNORMAL_ACW "\"acw\":{\"lognormal\":{\"mean\":60,\"cv\":1}}"
#define BUSY "\"perHour\":200,\"talk\":{\"exponential\":180}," LOGNORMAL_ACW
/* One agent, load 0.8, service of 180 s with another law each: Pollaczek, Khinchine. */
#define SINGLE(law)                                                                                \
    ONE("{\"length\":\"2100h\",\"warmUp\":\"100h\"}", NO_ACW, "\"perHour\":16,\"talk\":" law,      \
        "\"count\":1")

static const struct row rows[] = {
    {"M/M/14",
     ONE(LONG, NO_ACW, "\"perHour\":200,\"talk\":{\"exponential\":180}", "\"count\":14"),
     10,
     {{"delayed", 0.174131933595, 0.03, 0},
      {"asa_s", 7.835937, 0.06, 0},
      {"service_level", 0.888350019, 0.01, 0},
      {"occupancy", 10.0 / 14, 0.01, 0}}},
    {"M/M/14 as seven agents with two contacts each",
     ONE(LONG, NO_ACW,
         "\"perHour\":200,\"units\":1,\"channel\":\"chat\",\"talk\":{\"exponential\":180}",
         "\"units\":2,\"count\":7"),
     10,
     {{"delayed", 0.174131933595, 0.03, 0}, {"asa_s.chat", 7.835937, 0.06, 0}}},
    {"M/M/14+M, the handling time split",
     ONE(LONG, ",\"acw\":{\"mode\":\"mandatory\"}",
         "\"perHour\":200,\"acwShare\":0.25,\"talk\":{\"exponential\":\"3m\"},"
         "\"patience\":{\"exponential\":\"5m\"}",
         "\"count\":14"),
     10,
     {{"delayed", 0.145260, 0.03, 1e-6},
      {"abandoned", 0.013984, 0.06, 1e-6},
      {"occupancy", 0.704297, 0.01, 1e-6},
      {"service_level", 0.916792, 0.01, 1e-6},
      {"service_level_served", 0.929794, 0.01, 1e-6},
      {"acw_share", 0.704297 / 4, 0.01, 1e-6}}},
    {"two phases",
     ONE(LONG, ",\"acw\":{\"mode\":\"mandatory\"}",
         "\"perHour\":120,\"talk\":{\"exponential\":180},\"acw\":{\"exponential\":60},"
         "\"patience\":{\"exponential\":240}",
         "\"count\":10"),
     16,
     {{"delayed", 0.2866629, 0.03, 1e-6},
      {"abandoned", 0.0500089, 0.04, 1e-6},
      {"wait_s", 0.2000355 * 60, 0.04, 1e-5},
      {"talk_share", 0.5699947, 0.01, 1e-6},
      {"service_level", 0.789833, 0.01, 1e-6},
      {"service_level_served", 0.831410, 0.01, 1e-6}}},
    {"M/M/1",
     SINGLE("{\"exponential\":180}"),
     12,
     {{"wait_s", 720, 0.08, 0}, {"occupancy", 0.8, 0.01, 0}}},
    {"M/D/1", SINGLE("180"), 12, {{"wait_s", 360, 0.05, 0}, {"occupancy", 0.8, 0.01, 0}}},
    {"M/G/1, uniform", SINGLE("{\"uniform\":[0,360]}"), 12, {{"wait_s", 480, 0.06, 0}}},
    {"M/G/1, two values", SINGLE("{\"values\":[60,300]}"), 12, {{"wait_s", 520, 0.06, 0}}},
    {"M/G/1, gamma",
     SINGLE("{\"gamma\":{\"mean\":180,\"cv\":0.5}}"),
     12,
     {{"wait_s", 450, 0.06, 0}}},
    {"M/G/1, lognormal",
     SINGLE("{\"lognormal\":{\"mean\":180,\"cv\":0.8}}"),
     12,
     {{"wait_s", 590.4, 0.08, 0}}},
    {"M/G/1, with a limit",
     ONE("{\"length\":\"2100h\",\"warmUp\":\"100h\"}",
         ",\"acw\":{\"mode\":\"mandatory-timeout\",\"limit\":\"60s\"}",
         "\"perHour\":12,\"talk\":{\"exponential\":180}," LOGNORMAL_ACW, "\"count\":1"),
     12,
     {{"wait_s", 512.859708, 0.06, 0},
      {"occupancy", 0.735441, 0.01, 1e-6},
      {"uncoded", 0.338604, 0.01, 1e-6}}},
    {"Erlang B, none",
     ONE(LONG, MODE("\"none\""), BUSY, "\"count\":14"),
     8,
     {{"blocked", 0.05681914, 0.02, 0}}},
    {"Erlang B, mandatory",
     ONE(LONG, MODE("\"mandatory\""), BUSY, "\"count\":14"),
     8,
     {{"blocked", 0.16273313, 0.02, 0}, {"uncoded", 0, 0, 0}}},
    {"Erlang B, time-boxed",
     ONE(LONG, MODE("\"mandatory-timeout\",\"limit\":\"30s\""), BUSY, "\"count\":14"),
     8,
     {{"blocked", 0.09941579, 0.02, 0}, {"uncoded_limit", 0.661396, 0.01, 1e-6}}},
    {"Erlang B, time-boxed, code at the start",
     ONE(LONG, MODE("\"mandatory-timeout\",\"limit\":\"30s\",\"codeMoment\":\"start\""), BUSY,
         "\"count\":14"),
     8,
     {{"blocked", 0.09941579, 0.02, 0}, {"uncoded", 0, 0, 0}}},
    {"Erlang B, no early exit",
     ONE(LONG, MODE("\"mandatory-forced-timeout\",\"limit\":\"30s\""), BUSY, "\"count\":14"),
     8,
     {{"blocked", 0.10623705, 0.02, 0}, {"uncoded", 0.661396, 0.01, 1e-6}, {"acw_s", 30, 1e-9, 0}}},
    {"Erlang B, optional: a mean of 210 s",
     ONE(LONG, MODE("\"optional\",\"coded\":0.5"), BUSY, "\"count\":14"),
     8,
     {{"blocked", 0.10623705, 0.02, 0},
      {"uncoded_optional", 0.5, 0.01, 0},
      {"acw_s", 30, 0.01, 0}}},
    {"Erlang B, requested: a mean of 200.316213 s",
     ONE(LONG, MODE("\"agent-requested\",\"requested\":0.5,\"limit\":\"60s\""), BUSY,
         "\"count\":14"),
     8,
     {{"acw_s", 20.316213, 0.01, 1e-6},
      {"uncoded_not_requested", 0.5, 0.01, 0},
      {"uncoded_limit", 0.169302, 0.02, 1e-6}}},
    {"Erlang B, a disposition nobody asks for: after-call work in any case",
     ONE(LONG, MODE("\"disposition\",\"coded\":0.5"), BUSY, "\"count\":14"),
     8,
     {{"blocked", 0.16273313, 0.02, 0}, {"uncoded_optional", 0.5, 0.01, 0}}},
    {"Erlang B, a disposition that is required",
     ONE(LONG, MODE("\"disposition\",\"required\":true"), BUSY, "\"count\":14"),
     8,
     {{"blocked", 0.16273313, 0.02, 0}, {"uncoded", 0, 0, 0}, {"stuck_share", 0, 0, 0}}},
    {"Erlang B, automatic",
     ONE(LONG, MODE("\"automatic\",\"limit\":\"60s\""), BUSY, "\"count\":14"),
     8,
     {{"blocked", 0.12583312, 0.02, 0}, {"uncoded", 0.338604, 0.01, 1e-6}}},
    {"Erlang B, nothing fits but there is a way out",
     ONE(LONG, MODE("\"mandatory\",\"noCode\":0.25,\"wayOut\":true"), BUSY, "\"count\":14"),
     8,
     {{"blocked", 0.16273313, 0.02, 0},
      {"uncoded_no_code", 0.25, 0.01, 0},
      {"stuck_share", 0, 0, 0}}},
    {"two classes",
     "{\"format\":1,\"day\":" LONG ",\"queues\":[{\"queue\":\"a\"," NO_ACW_QUEUE
     "},{\"queue\":\"b\",\"priority\":1," NO_ACW_QUEUE
     "}],\"contacts\":[{\"queue\":\"a\",\"perHour\":60,\"talk\":{\"exponential\":180}},"
     "{\"queue\":\"b\",\"perHour\":90,\"talk\":{\"exponential\":180}}],\"agents\":[{\"count\":10,"
     "\"serves\":[\"a\",\"b\"]}]}",
     16,
     {{"wait_s.a", 0.13140480 * 60, 0.05, 1e-5},
      {"wait_s.b", 0.52561920 * 60, 0.06, 1e-5},
      {"wait_s", 0.36793344 * 60, 0.05, 1e-5},
      {"delayed", 0.30661120, 0.02, 1e-7}}},
    {"two skills: the N",
     "{\"format\":1,\"day\":{\"length\":\"10200h\",\"warmUp\":\"200h\"},\"queues\":["
     "{\"queue\":\"a\",\"room\":40,\"skills\":{\"A\":1}," NO_ACW_QUEUE "},"
     "{\"queue\":\"b\",\"room\":40,\"skills\":{\"B\":1}," NO_ACW_QUEUE "}],\"contacts\":["
     "{\"queue\":\"a\",\"perHour\":4,\"talk\":{\"exponential\":\"1h\"},\"patience\":{"
     "\"exponential\":\"2h\"}},"
     "{\"queue\":\"b\",\"perHour\":3,\"talk\":{\"exponential\":\"1h\"},\"patience\":{"
     "\"exponential\":\"2h\"}}],"
     "\"agents\":[{\"name\":\"one\",\"count\":4,\"skills\":{\"A\":2}},"
     "{\"name\":\"two\",\"count\":5,\"skills\":{\"A\":1,\"B\":1},\"serves\":[{\"queue\":\"b\","
     "\"rank\":0},"
     "{\"queue\":\"a\",\"rank\":1,\"order\":1}]}]}",
     12,
     {{"delayed.a", 0.251611, 0.02, 1e-6},
      {"delayed.b", 0.434454, 0.02, 1e-6},
      {"abandoned.A", 0.035950, 0.04, 1e-6},
      {"abandoned.B", 0.066724, 0.04, 1e-6},
      {"occupancy.one", 0.732775, 0.01, 1e-6},
      {"occupancy.two", 0.744986, 0.01, 1e-6}}},
    /* ContactCenters: published means of 1000 days and their 95 % intervals */
    {"MMC: days from empty",
     ONE("{\"length\":\"8h\",\"drain\":true}", NO_ACW,
         "\"perHour\":252,\"talk\":{\"exponential\":\"2m\"}", "\"count\":12"),
     400,
     {{"service_level", 0.902, 0.01, 0.002}, {"asa_s", 0.099 * 60, 0.04, 0.18}}},
    {"MMCAb",
     ONE("{\"length\":\"8h\",\"drain\":true}", NO_ACW,
         "\"perHour\":252,\"talk\":{\"exponential\":\"2m\"},\"patience\":{\"exponential\":\"1m\"}",
         "\"count\":12"),
     400,
     {{"service_level_served", 0.975, 0.01, 0.0005},
      {"service_level_excluding", 0.968, 0.01, 0.0005},
      {"abandoned", 58.609 / 2016, 0.02, 0.0006},
      {"asa_s", 0.024 * 60, 0.03, 0.03}}},
    {"MMCBlocked",
     ONE("{\"length\":\"8h\",\"drain\":true}", NO_ACW ",\"room\":5",
         "\"perHour\":252,\"talk\":{\"exponential\":\"2m\"}", "\"count\":12"),
     400,
     {{"blocked", 18.655 / 2016, 0.04, 0.0004}, {"asa_s", 0.060 * 60, 0.03, 0.03}}},
};

struct opened {
    struct arena arena;
    struct findings findings;
    struct err err;
    struct sim_workload w;
    struct sim_study *study;
};

static void run_text(struct opened *o, const char *text, size_t days, uint64_t seed)
{
    const struct json_doc *doc = NULL;
    *o = (struct opened){0};
    arena_init(&o->arena, 0, 0);
    findings_init(&o->findings, &o->arena);
    ck_assert_msg(
        json_parse(&doc, &o->arena, STR("day.json"), str_of(text), NULL, &o->findings, &o->err) &&
            sim_workload_read(&o->w, &o->arena, json_root(doc), &o->findings, &o->err),
        "%s", o->err.msg);
    struct sim_study_options how = {.replications = days, .seed = seed, .n_threads = 2};
    o->study = sim_study_run(&o->arena, &o->w, &how);
}

static void check_figure(struct opened *o, const char *row, const struct expected *x)
{
    double value = 0, half = 0;
    ck_assert_msg(sim_figure(&value, &half, o->study, str_of(x->figure), &o->err), "%s",
                  o->err.msg);
    double error = half / sim_student(o->study->n - 1);
    ck_assert_msg(fabs(value - x->exact) <= 4 * error + x->slack + 1e-12,
                  "%s: %s is %.6f, exact %.6f, standard error %.6f", row, x->figure, value,
                  x->exact, error);
    ck_assert_msg(error <= x->error_max * fabs(x->exact) + 1e-12,
                  "%s: %s: a standard error of %.6f tells too little of %.6f", row, x->figure,
                  error, x->exact);
}

START_TEST(rows_through_files)
{
    struct opened o;
    run_text(&o, rows[_i].text, rows[_i].days, 11);
    for (size_t i = 0; i < FIGURES_MAX && rows[_i].figures[i].figure; i++) {
        check_figure(&o, rows[_i].name, &rows[_i].figures[i]);
    }
    arena_done(&o.arena);
}
END_TEST

/* ContactCenters' SimpleMSK: three kinds, two groups, three periods, a day's busyness for all; a freed agent
 * takes the oldest. Long own runs: 4287.1 ± 6.0 served, 898.9 ± 7.8 gave up, 0.506 in time. */
#define KIND(name, first, second, third, talk, patience)                                           \
    "{\"queue\":\"" name "\",\"busyness\":{\"shape\":28.7,\"stream\":\"day\"},\"rates\":["         \
    "{\"from\":0,\"perHour\":" first "},{\"from\":\"2h\",\"perHour\":" second                      \
    "},{\"from\":\"4h\",\"perHour\":" third "}],\"talk\":{\"exponential\":" talk                   \
    "},\"patience\":{\"exponential\":" patience "}}"
static const char
    simple_msk[] = "{\"format\":1,\"day\":{\"length\":\"6h\",\"drain\":true},\"queues\":[{"
                   "\"queue\":\"0\",\"target\":20},"
                   "{\"queue\":\"1\",\"target\":20},{\"queue\":\"2\",\"target\":20}],\"contacts\":"
                   "[" KIND("0", "252", "318", "192", "120", "200") "," KIND(
                       "1", "306", "258", "288", "100",
                       "150") "," KIND("2", "378", "312", "288", "150",
                                       "300") "],\"agents\":[{\"shifts\":[{\"from\":0,\"count\":12}"
                                              ",{\"from\":\"2h\",\"count\":18},{\"from\":\"4h\","
                                              "\"count\":9}],\"serves\":[\"0\",{\"queue\":\"1\","
                                              "\"order\":0}]},"
                                              "{\"shifts\":[{\"from\":0,\"count\":15},{\"from\":"
                                              "\"2h\",\"count\":20},{\"from\":\"4h\",\"count\":11}]"
                                              ","
                                              "\"serves\":[{\"queue\":\"1\",\"order\":1},\"2\"]}]}";

START_TEST(three_kinds_two_groups)
{
    enum { DAYS = 300 };
    struct opened o;
    run_text(&o, simple_msk, DAYS, 3);
    struct sim_queue_sums sum = {0};
    for (size_t i = 0; i < 3; i++) {
        sum.answered += o.study->sums->queues[i].answered;
        sum.abandoned += o.study->sums->queues[i].abandoned;
    }
    /* a day's standard deviation is about 430 served and 560 who gave up */
    ck_assert_double_lt(fabs((double)sum.answered / DAYS - 4287.1), 4 * 430 / sqrt(DAYS) + 6);
    ck_assert_double_lt(fabs((double)sum.abandoned / DAYS - 898.9), 4 * 560 / sqrt(DAYS) + 8);
    struct expected level = {"service_level_excluding", 0.506, 0.05, 0.002};
    check_figure(&o, "SimpleMSK", &level);
    arena_done(&o.arena);
}
END_TEST

/* Arrivals that change, agents without end: m' = rate - m / mean service; by interval the mean of m. */
START_TEST(busy_servers_follow_the_rate)
{
    static const char text[] = "{\"format\":1,\"day\":{\"length\":\"4h\",\"interval\":\"1h\"},"
                               "\"queues\":[{\"queue\":\"q\"}],"
                               "\"contacts\":[{\"queue\":\"q\",\"rates\":[{\"from\":0,\"perHour\":"
                               "60},{\"from\":\"1h\",\"perHour\":240},"
                               "{\"from\":\"2h\",\"perHour\":0},{\"from\":\"3h\",\"perHour\":120}],"
                               "\"talk\":{\"exponential\":\"30m\"}}],"
                               "\"agents\":[{\"count\":600,\"serves\":[\"q\"]}]}";
    enum { DAYS = 800 };
    static const double rates[] = {60, 240, 0, 120};
    struct opened o;
    double m = 0, mean_h = 0.5;
    run_text(&o, text, DAYS, 5);
    for (size_t i = 0; i < 4; i++) {
        double limit = rates[i] * mean_h, decay = exp(-1 / mean_h),
               area = limit + (m - limit) * mean_h * (1 - decay);
        double busy = (double)o.study->sums->groups[1 + i].talk_ticks / DAYS / 3600e6;
        /* the number busy is Poisson's; its mean over an hour varies by less than at a moment */
        ck_assert_msg(fabs(busy - area) < 4 * sqrt(area / DAYS), "hour %zu: %.4f busy, exact %.4f",
                      i, busy, area);
        m = limit + (m - limit) * decay;
    }
    arena_done(&o.arena);
}
END_TEST

/* Arrivals that change, n agents, patience: Kolmogorov's forward equations, integrated in steps; those offered,
 * delayed and abandoned hour by hour. */
enum { STATES = 200 };
static void forward(double p[STATES], double hours, double rate, double service, double patience,
                    int n, double *out_delayed, double *out_abandoned)
{
    enum { STEPS = 40000 };
    double dt = hours / STEPS;
    static double next[STATES];
    for (int s = 0; s < STEPS; s++) {
        for (int i = 0; i < STATES; i++) {
            double down = (i < n ? i : n) * service + (i > n ? i - n : 0) * patience,
                   flow = -(i + 1 < STATES ? rate : 0) * p[i] - down * p[i];
            if (i > 0) {
                flow += rate * p[i - 1];
            }
            if (i + 1 < STATES) {
                int j = i + 1;
                flow += ((j < n ? j : n) * service + (j > n ? j - n : 0) * patience) * p[j];
            }
            next[i] = p[i] + dt * flow;
            *out_delayed += i >= n ? dt * rate * p[i] : 0;
            *out_abandoned += i > n ? dt * (i - n) * patience * p[i] : 0;
        }
        for (int i = 0; i < STATES; i++) {
            p[i] = next[i];
        }
    }
}

START_TEST(hours_follow_the_forward_equations)
{
    static const char text[] = "{\"format\":1,\"day\":{\"length\":\"3h\",\"interval\":\"1h\","
                               "\"drain\":true},\"queues\":[{\"queue\":\"q\"}],"
                               "\"contacts\":[{\"queue\":\"q\",\"rates\":[{\"from\":0,\"perHour\":"
                               "100},{\"from\":\"1h\",\"perHour\":220},"
                               "{\"from\":\"2h\",\"perHour\":120}],\"talk\":{\"exponential\":180},"
                               "\"patience\":{\"exponential\":300}}],"
                               "\"agents\":[{\"count\":8,\"serves\":[\"q\"]}]}";
    enum { DAYS = 2000 };
    static const double rates[] = {100, 220, 120};
    struct opened o;
    static double p[STATES];
    p[0] = 1;
    run_text(&o, text, DAYS, 6);
    for (size_t i = 0; i < 3; i++) {
        double delayed = 0, abandoned = 0;
        forward(p, 1, rates[i], 20, 12, 8, &delayed, &abandoned);
        const struct sim_queue_sums *q = &o.study->sums->queues[1 + i];
        ck_assert_double_lt(fabs((double)q->offered / DAYS - rates[i]), 4 * sqrt(rates[i] / DAYS));
        /* counts in an hour vary by several times what Poisson's law says: neighbours wait together */
        ck_assert_msg(fabs((double)q->joined / DAYS - delayed) < 4 * sqrt(20 * delayed / DAYS),
                      "hour %zu: %.3f delayed, exact %.3f", i, (double)q->joined / DAYS, delayed);
        (void)abandoned;
    }
    arena_done(&o.arena);
}
END_TEST

/* Square-root staffing (Halfin, Whitt): a bound for sanity, not an oracle. */
START_TEST(square_root_staffing)
{
    static const char text[] =
        ONE(LONG, NO_ACW, "\"perHour\":2000,\"talk\":{\"exponential\":180}", "\"count\":110");
    struct opened o;
    run_text(&o, text, 2, 7);
    double value = 0, half = 0;
    ck_assert(sim_figure(&value, &half, o.study, STR("delayed"), &o.err));
    ck_assert_double_lt(fabs(value - 0.223361), 0.03);
    arena_done(&o.arena);
}
END_TEST

/* One trace, one agent: everything can be worked out by hand. */
START_TEST(a_trace_by_hand)
{
    static const char text[] =
        ONE("{\"length\":1000,\"interval\":500}",
            ",\"acw\":{\"mode\":\"mandatory-timeout\",\"limit\":30}",
            "\"trace\":[0,50,60,500],\"talk\":100,\"acw\":40,\"patience\":170", "\"count\":1");
    struct opened o;
    run_text(&o, text, 1, 1);
    const struct sim_queue_sums *q = &o.study->sums->queues[0];
    /* 0 to 130; the second waits 80 until 130, to 260; the third gives up at 230; the last is served at once */
    ck_assert_int_eq(q->offered, 4);
    ck_assert_int_eq(q->answered, 3);
    ck_assert_int_eq(q->abandoned, 1);
    ck_assert_int_eq(q->answered_wait_ticks, 80 * SIM_TICKS_PER_S);
    ck_assert_int_eq(q->wait_ticks, 250 * SIM_TICKS_PER_S);
    ck_assert_int_eq(q->acw_ticks, 90 * SIM_TICKS_PER_S);
    ck_assert_int_eq(q->uncoded[SIM_UNCODED_LIMIT], 3);
    ck_assert_int_eq(q->answered_in_target, 2);
    ck_assert_int_eq(o.study->sums->groups[2].talk_ticks, 100 * SIM_TICKS_PER_S);
    arena_done(&o.arena);
}
END_TEST

/* What is required changes while contacts are at hand: who talks then gets stuck, unless there is a way out or
 * a limit. */
static const struct {
    const char *acw;
    int64_t stuck, uncoded;
} changes[] = {
    {"{\"mode\":\"mandatory\"}", 0, 0},
    {"{\"mode\":\"mandatory\",\"requirementsChange\":[50]}", 3, 3},
    {"{\"mode\":\"mandatory\",\"requirementsChange\":[50],\"overtaken\":0}", 0, 0},
    {"{\"mode\":\"mandatory\",\"requirementsChange\":[50],\"wayOut\":true}", 0, 3},
    {"{\"mode\":\"mandatory-timeout\",\"limit\":60,\"requirementsChange\":[50]}", 0, 3},
    {"{\"mode\":\"disposition\",\"required\":true,\"requirementsChange\":[150]}", 0, 0},
    {"{\"mode\":\"agent-requested\",\"requirementsChange\":[50]}", 3, 3},
};

START_TEST(changing_requirements)
{
    struct opened o;
    struct buf text = {0};
    buf_printf(&text,
               "{\"format\":1,\"day\":{\"length\":1000,\"interval\":100},\"queues\":[{\"queue\":"
               "\"q\",\"acw\":%s}],"
               "\"contacts\":[{\"queue\":\"q\",\"trace\":[0,1,2,900],\"talk\":100,\"acw\":10}],"
               "\"agents\":[{\"count\":4,\"serves\":[\"q\"]}]}",
               changes[_i].acw);
    run_text(&o, buf_cstr(&text), 1, 1);
    ck_assert_int_eq(o.study->sums->groups[0].stuck_agents, changes[_i].stuck);
    ck_assert_int_eq(o.study->sums->groups[2].stuck_agents, changes[_i].stuck);
    ck_assert_int_eq(o.study->sums->queues[0].answered - o.study->sums->queues[0].coded,
                     changes[_i].uncoded);
    ck_assert_int_eq(o.study->sums->groups[0].first_stuck_ticks,
                     changes[_i].stuck ? 100 * SIM_TICKS_PER_S : INT64_MAX);
    buf_done(&text);
    arena_done(&o.arena);
}
END_TEST

/* A ring drops a skill: beginners come in after a minute; with `best` the better one is asked first. */
START_TEST(rings_drop_skills)
{
    static const char text[] =
        "{\"format\":1,\"day\":{\"length\":1000},\"queues\":[{\"queue\":\"q\",\"skills\":{"
        "\"French\":3},\"skillRule\":\"best\","
        "\"rings\":[{\"after\":60,\"drop\":[\"French\"]}]}],"
        "\"contacts\":[{\"queue\":\"q\",\"trace\":[0,1,2],\"talk\":500}],"
        "\"agents\":[{\"name\":\"good\",\"count\":1,\"skills\":{\"French\":3},\"serves\":[\"q\"]},"
        "{\"name\":\"best\",\"count\":1,\"skills\":{\"French\":5},\"serves\":[\"q\"]},"
        "{\"name\":\"beginner\",\"count\":1,\"skills\":{\"French\":1},\"serves\":[\"q\"]}]}";
    struct opened o;
    run_text(&o, text, 1, 1);
    const struct sim_group_sums *g = o.study->sums->groups;
    ck_assert_int_eq(g[1].talk_ticks, 500 * SIM_TICKS_PER_S);
    ck_assert_int_eq(g[0].talk_ticks, 500 * SIM_TICKS_PER_S);
    ck_assert_int_eq(g[2].talk_ticks, 500 * SIM_TICKS_PER_S);
    ck_assert_int_eq(o.study->sums->queues[0].wait_ticks, 60 * SIM_TICKS_PER_S);
    ck_assert_int_eq(o.w.model.groups[2].links[0].ring, 1);
    ck_assert_int_lt(o.w.model.groups[1].links[0].order, o.w.model.groups[0].links[0].order);
    arena_done(&o.arena);
}
END_TEST

#define ROWS(t) (int)(sizeof(t) / sizeof *(t))
int main(void)
{
    Suite *suite = suite_create("sim_files");
    TCase *tcase = tcase_create("all");
    suite_add_tcase(suite, tcase);
    tcase_set_timeout(tcase, 0);
    tcase_add_loop_test(tcase, rows_through_files, 0, ROWS(rows));
    tcase_add_test(tcase, three_kinds_two_groups);
    tcase_add_test(tcase, busy_servers_follow_the_rate);
    tcase_add_test(tcase, hours_follow_the_forward_equations);
    tcase_add_test(tcase, square_root_staffing);
    tcase_add_test(tcase, a_trace_by_hand);
    tcase_add_loop_test(tcase, changing_requirements, 0, ROWS(changes));
    tcase_add_test(tcase, rings_drop_skills);
    return unit_run(suite);
}
