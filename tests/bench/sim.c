/* How fast is a day on the floor? Contacts a second on one core, with all statistics:
 *
 *   one_queue     50 agents, patience, after-call work; beside a loop that is written for this model alone, which
 *                 gets the same customers and has to come to the same counts
 *   many_queues   50 queues, 500 agents with skills
 *   two_studies   two configurations, 200 replications of a day of 10,000 contacts each: seconds
 *
 * Usage: bench_sim [ROUNDS [one]]; the best of the rounds. */
#include "sim/draw.h"
#include "sim/study.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { AGENTS = 50, RING = 4096, SEED = 7, CELLS = 800, CODES = 4 };
#define RATE_PER_HOUR 2880.0 /* 48 a minute, a minute each: 96 % of 50 agents */

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static const char one_queue_text[] =
    "{\"format\":1,\"day\":{\"length\":\"400h\",\"interval\":\"30m\"},\"queues\":[{\"queue\":\"q\","
    "\"target\":20,"
    "\"acw\":{\"mode\":\"mandatory\"},\"codes\":{\"a\":5,\"b\":3,\"c\":1,\"d\":1}}],"
    "\"contacts\":[{\"queue\":\"q\",\"channel\":\"voice\",\"perHour\":2880,\"talk\":{"
    "\"exponential\":45},"
    "\"acw\":{\"exponential\":15},\"patience\":{\"exponential\":120}}],"
    "\"agents\":[{\"count\":50,\"serves\":[\"q\"]}]}";

struct opened {
    struct arena arena;
    struct findings findings;
    struct sim_workload w;
};

static void open_text(struct opened *o, struct str text)
{
    const struct json_doc *doc = NULL;
    struct err err = {0};
    arena_init(&o->arena, 0, 0);
    findings_init(&o->findings, &o->arena);
    if (!json_parse(&doc, &o->arena, STR("bench"), text, NULL, NULL, &err) ||
        !sim_workload_read(&o->w, &o->arena, json_root(doc), &o->findings, &err)) {
        fprintf(stderr, "bench_sim: %s\n", err.msg);
        exit(1);
    }
}

/* Contacts a second of CPU time; *out_sums are those of replication 0. */
static double engine_rate(const struct sim_model *m, uint32_t runs, struct sim_sums *out)
{
    struct sim_engine *e = sim_engine_new(m, SEED);
    double start = seconds();
    int64_t contacts = 0;
    for (uint32_t i = runs; i-- > 0;) {
        sim_sums_clear(out);
        sim_run(e, i, out);
        contacts += out->contacts;
    }
    double rate = (double)contacts / (seconds() - start);
    sim_engine_free(e);
    return rate;
}

/* The single-purpose loop: this model and nothing else. It keeps the figures that the engine keeps of it, by interval, with
 * waits by bucket and the codes that are chosen; without `counts_all` only those of the day. */
struct customer {
    int64_t arrived, deadline;
    uint32_t number, cell;
};
/* Of those who came in an interval, but for the last two: those of the agents, within it. */
struct bare_cell {
    int64_t offered, joined, answered, abandoned, in_target, abandoned_in_target;
    int64_t wait, answered_wait, talk, acw;
    int64_t agents_talk, agents_acw;
};
struct bare {
    struct draw_tables tables;
    int64_t ends[AGENTS]; /* a heap of those who are busy */
    size_t busy;
    struct customer line[RING];
    uint64_t first, next;
    struct bare_cell cells[CELLS];
    int64_t waits[SIM_WAIT_BUCKETS], codes[CODES];
    uint32_t replication;
};
#define STEP (INT64_C(1800) * SIM_TICKS_PER_S)
#define TARGET (20 * SIM_TICKS_PER_S)

static void push_end(struct bare *b, int64_t at)
{
    size_t i = b->busy++;
    for (; i > 0 && at < b->ends[(i - 1) / 2]; i = (i - 1) / 2) {
        b->ends[i] = b->ends[(i - 1) / 2];
    }
    b->ends[i] = at;
}

static void replace_first(struct bare *b, int64_t at)
{
    size_t i = 0;
    for (size_t child = 1; child < b->busy; child = 2 * i + 1) {
        child += child + 1 < b->busy && b->ends[child + 1] < b->ends[child];
        if (at <= b->ends[child]) {
            break;
        }
        b->ends[i] = b->ends[child];
        i = child;
    }
    b->ends[i] = at;
}

static int64_t to_ticks(double s)
{
    return (int64_t)(s * (double)SIM_TICKS_PER_S + 0.5);
}

/* An agent's time, into the intervals that it falls into: [talk_end - talk, talk_end), then after-call work to end. */
static void count_span(struct bare *b, int64_t from, int64_t to, size_t member)
{
    int64_t end = CELLS * STEP;
    for (int64_t i = from / STEP; i < CELLS && i * STEP < to && from < end; i++) {
        int64_t low = from > i * STEP ? from : i * STEP,
                high = to < (i + 1) * STEP ? to : (i + 1) * STEP;
        *(int64_t *)(void *)((char *)&b->cells[i] + member) += high - low;
    }
}

static inline void count_all(struct bare *b, struct draw *d, struct bare_cell *cell, int64_t now,
                             int64_t wait, int64_t talk, int64_t acw)
{
    static const double codes[CODES - 1] = {0.5, 0.8, 0.9};
    double u = draw_unit(d, 2);
    size_t code = 0;
    int64_t here = now / STEP;
    while (code < CODES - 1 && u >= codes[code]) {
        code++;
    }
    b->codes[code]++;
    b->waits[sim_wait_bucket(wait)]++;
    cell->answered_wait += wait;
    if (now + talk + acw <= (here + 1) * STEP) {
        b->cells[here].agents_talk += talk;
        b->cells[here].agents_acw += acw;
    } else {
        count_span(b, now, now + talk, offsetof(struct bare_cell, agents_talk));
        count_span(b, now + talk, now + talk + acw, offsetof(struct bare_cell, agents_acw));
    }
}

/* When the agent who begins now is free again. */
static inline int64_t serve(struct bare *b, const struct customer *c, int64_t now, bool counts_all)
{
    struct draw d;
    draw_begin(&d, &b->tables, SEED, b->replication, DRAW_SERVICE, 0, c->number);
    int64_t talk = to_ticks(45 * draw_exponential(&d, 0)),
            acw = to_ticks(15 * draw_exponential(&d, 1)), wait = now - c->arrived;
    struct bare_cell *cell = &b->cells[c->cell];
    cell->answered++;
    cell->in_target += wait <= TARGET;
    cell->wait += wait;
    cell->talk += talk;
    cell->acw += acw;
    if (counts_all) {
        count_all(b, &d, cell, now, wait, talk, acw);
    }
    return now + talk + acw;
}

static inline void give_up(struct bare *b, const struct customer *c, bool counts_all)
{
    int64_t wait = c->deadline - c->arrived;
    b->cells[c->cell].abandoned++;
    b->cells[c->cell].wait += wait;
    if (counts_all) {
        b->cells[c->cell].abandoned_in_target += wait <= TARGET;
        b->waits[sim_wait_bucket(wait)]++;
    }
}

static inline void end_agent(struct bare *b, bool counts_all)
{
    int64_t now = b->ends[0];
    for (; b->first != b->next; b->first++) {
        const struct customer *c = &b->line[b->first % RING];
        if (c->deadline > now) {
            b->first++;
            replace_first(b, serve(b, c, now, counts_all));
            return;
        }
        give_up(b, c, counts_all);
    }
    int64_t last = b->ends[--b->busy];
    if (b->busy > 0) {
        replace_first(b, last);
    }
}

static inline void run_bare(struct bare *b, uint32_t replication, int64_t end, bool counts_all)
{
    struct draw d;
    double per_tick = RATE_PER_HOUR / (3600.0 * (double)SIM_TICKS_PER_S);
    uint32_t number = 0, cell = 0;
    b->replication = replication;
    b->busy = 0;
    b->first = b->next = 0;
    memset(b->cells, 0, sizeof b->cells);
    memset(b->waits, 0, sizeof b->waits);
    memset(b->codes, 0, sizeof b->codes);
    draw_begin(&d, &b->tables, SEED, replication, DRAW_ARRIVAL, 0, number);
    int64_t at = (int64_t)(draw_exponential(&d, 0) / per_tick);
    for (;;) {
        while (b->busy > 0 && b->ends[0] < (at < end ? at : end)) {
            end_agent(b, counts_all);
        }
        if (at >= end) {
            return;
        }
        draw_begin(&d, &b->tables, SEED, replication, DRAW_ARRIVAL, 0, ++number);
        while (at >= (cell + 1) * STEP) {
            cell += counts_all;
            if (!counts_all) {
                break;
            }
        }
        struct customer c = {.arrived = at, .number = number, .cell = cell};
        b->cells[cell].offered++;
        if (b->busy < AGENTS) {
            push_end(b, serve(b, &c, at, counts_all));
        } else {
            b->cells[cell].joined++;
            c.deadline = at + to_ticks(120 * draw_exponential(&d, 1));
            b->line[b->next++ % RING] = c;
        }
        at += (int64_t)(draw_exponential(&d, 0) / per_tick);
    }
}

static struct bare_cell day_of(const struct bare *b)
{
    struct bare_cell day = {0};
    for (size_t i = 0; i < CELLS; i++) {
        const struct bare_cell *c = &b->cells[i];
        day.offered += c->offered;
        day.answered += c->answered;
        day.abandoned += c->abandoned;
        day.in_target += c->in_target;
    }
    return day;
}

static double bare_rate(struct bare *b, int64_t end, uint32_t runs, bool counts_all)
{
    double start = seconds();
    int64_t contacts = 0;
    for (uint32_t i = runs; i-- > 0;) {
        if (counts_all) {
            run_bare(b, i, end, true);
        } else {
            run_bare(b, i, end, false);
        }
        contacts += day_of(b).offered;
    }
    return (double)contacts / (seconds() - start);
}

/* The loop and the engine came to the same figures, of each interval. Those who still wait at the end are no matter. */
static bool is_same(const struct bare *b, const struct sim_sums *sums)
{
    int64_t apart = 0, waits_apart = 0, left = 0;
    for (size_t i = 0; i < CELLS; i++) {
        const struct bare_cell *c = &b->cells[i];
        const struct sim_queue_sums *q = &sums->queues[1 + i];
        const struct sim_group_sums *g = &sums->groups[1 + i];
        apart += c->offered != q->offered || c->joined != q->joined || c->answered != q->answered ||
                 c->in_target != q->answered_in_target ||
                 c->answered_wait != q->answered_wait_ticks || c->talk != q->talk_ticks ||
                 c->acw != q->acw_ticks || c->agents_talk != g->talk_ticks ||
                 c->agents_acw != g->acw_ticks;
        left += c->offered - c->answered - c->abandoned;
    }
    for (size_t i = 0; i < CODES; i++) {
        apart += b->codes[i] != sums->codes[i];
    }
    for (size_t i = 0; i < SIM_WAIT_BUCKETS; i++) {
        waits_apart += llabs(b->waits[i] - sums->waits[i]);
    }
    return apart == 0 && waits_apart <= left;
}

static void figure(const char *name, double value, bool least, double target)
{
    bool is_well = least ? value >= target : value <= target;
    printf("%s: %.2f (target %.2f) %s\n", name, value, target, is_well ? "ok" : "MISS");
}

static int one_queue(int rounds)
{
    static struct opened o;
    static struct bare b;
    double ours = 0, bare = 0, least = 0, ratio = 0;
    open_text(&o, str_of(one_queue_text));
    draw_tables_init(&b.tables);
    struct sim_sums *sums = sim_sums_new(&o.arena, &o.w.model);
    for (int i = 0; i < rounds; i++) { /* side by side: the machine may be busy */
        least = fmax(least, bare_rate(&b, o.w.model.end_ticks, 2, false));
        double x = engine_rate(&o.w.model, 2, sums),
               y = bare_rate(&b, o.w.model.end_ticks, 2, true);
        ours = fmax(ours, x);
        bare = fmax(bare, y);
        ratio = fmax(ratio, x / y);
    }
    if (!is_same(&b, sums)) {
        fprintf(stderr, "bench_sim: the loop and the engine differ: not the same model\n");
        return 1;
    }
    printf("# one queue, 50 agents: %.2f M contacts/s; hard-coded with the same figures by "
           "interval %.2f M, with the "
           "day's alone %.2f M; the same %lld customers\n",
           ours / 1e6, bare / 1e6, least / 1e6, (long long)sums->queues[0].offered);
    figure("sim_one_queue_m_per_s", ours / 1e6, true, 8);
    figure("sim_one_queue_vs_bare", ours / bare, true, 0.7);
    printf("# best round, side by side: %.2f of the hard-coded loop; %.2f of the one with the "
           "day's figures alone\n",
           ratio, ours / least);
    arena_done(&o.arena);
    return 0;
}

/* 50 queues in a ring; each of 100 groups of 5 serves three neighbours, by skill and preference. */
static void many_text(struct buf *out)
{
    enum { QUEUES = 50, GROUPS = 100, EACH = 5 };
    buf_put(out,
            STR("{\"format\":1,\"day\":{\"length\":\"40h\",\"interval\":\"30m\"},\"queues\":["));
    for (int i = 0; i < QUEUES; i++) {
        buf_printf(out,
                   "%s{\"queue\":\"q%d\",\"target\":20,\"skills\":{\"s%d\":2},\"priority\":%d,"
                   "\"acw\":{\"mode\":"
                   "\"mandatory-timeout\",\"limit\":60},\"codes\":{\"a\":3,\"b\":2,\"c\":1}}",
                   i ? "," : "", i, i, i % 3);
    }
    buf_put(out, STR("],\"contacts\":["));
    for (int i = 0; i < QUEUES; i++) {
        buf_printf(out,
                   "%s{\"queue\":\"q%d\",\"channel\":\"%s\",\"perHour\":140,\"talk\":{"
                   "\"exponential\":180},\"acw\":"
                   "{\"exponential\":50},\"patience\":{\"exponential\":240}}",
                   i ? "," : "", i, i % 5 ? "voice" : "chat");
    }
    buf_put(out, STR("],\"agents\":["));
    for (int i = 0; i < GROUPS; i++) {
        buf_printf(out, "%s{\"count\":%d,\"skills\":{\"s%d\":4,\"s%d\":3,\"s%d\":2}}", i ? "," : "",
                   EACH, i / 2, (i / 2 + 1) % QUEUES, (i / 2 + 2) % QUEUES);
    }
    buf_put(out, STR("]}"));
}

static void many_queues(int rounds)
{
    static struct opened o;
    struct buf text = {0};
    double best = 0;
    many_text(&text);
    open_text(&o, buf_str(&text));
    struct sim_sums *sums = sim_sums_new(&o.arena, &o.w.model);
    for (int i = 0; i < rounds; i++) {
        best = fmax(best, engine_rate(&o.w.model, 2, sums));
    }
    figure("sim_many_queues_m_per_s", best / 1e6, true, 2);
    arena_done(&o.arena);
    buf_done(&text);
}

static void two_studies(int rounds)
{
    static struct opened o;
    struct buf text = {0};
    double best = HUGE_VAL;
    buf_put(
        &text,
        STR("{\"format\":1,\"day\":{\"length\":\"10h\",\"interval\":\"30m\"},\"queues\":[{"
            "\"queue\":\"q\","
            "\"target\":20,\"acw\":{\"mode\":\"mandatory-timeout\",\"limit\":60}}],\"contacts\":[{"
            "\"queue\":\"q\",\"perHour\":1000,\"talk\":{\"exponential\":120},\"acw\":{"
            "\"lognormal\":{"
            "\"mean\":40,\"cv\":1}},\"patience\":{\"exponential\":240}}],\"agents\":[{\"count\":45,"
            "\"serves\":[\"q\"]}]}"));
    open_text(&o, buf_str(&text));
    struct sim_study_options how = {.replications = 200, .seed = 1, .n_threads = 1};
    for (int i = 0; i < rounds; i++) {
        double start = seconds();
        struct sim_study *a = sim_study_run(&o.arena, &o.w, &how),
                         *b = sim_study_run(&o.arena, &o.w, &how);
        double half = sim_study_difference(a, b, 0, SIM_SERVICE_LEVEL).half_width;
        best = half > 1 ? best : fmin(best, seconds() - start);
    }
    figure("sim_two_studies_s", best, false, 2);
    arena_done(&o.arena);
    buf_done(&text);
}

int main(int argc, char **argv)
{
    int rounds = argc > 1 ? atoi(argv[1]) : 5;
    int status = one_queue(rounds);
    if (argc > 2) { /* a profiler looks at this one alone */
        return status;
    }
    many_queues(rounds);
    two_studies(rounds);
    return status;
}
