/* `rehearse simulate operations`: a day on the floor, many times over; what a change does to it. */
#include "cli/cli.h"
#include "model/model.h"
#include "sim/sim.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { WORKLOAD_BYTES_MAX = 256 << 20, SWEEP_MAX = 1000 };

struct simulate {
    const char *candidate, *format, *out, *until, *sweep;
    struct option_list set, fail_if;
    uint64_t replications, seed, threads, first;
    bool is_quiet;
};

static const struct option options[] = {
    {OPTION_LIST, 's', "set", offsetof(struct simulate, set), "PATH=VALUE",
     "what the candidate changes, as queues.Sales.acw.limit=60s; may be repeated", 0, 0},
    {OPTION_TEXT, 'c', "candidate", offsetof(struct simulate, candidate), "FILE",
     "a workload to compare with, of the same queues and agents", 0, 0},
    {OPTION_TEXT, 0, "sweep", offsetof(struct simulate, sweep), "PATH=A..B:STEP",
     "a line for each value, as queues.Sales.acw.limit=30s..180s:30s", 0, 0},
    {OPTION_COUNT, 'n', "replications", offsetof(struct simulate, replications), "N",
     "days to simulate (default: the workload's, or 20)", 1, 1000000},
    {OPTION_TEXT, 0, "until-precision", offsetof(struct simulate, until), "P",
     "more days until the service level is known to ±P, as 0.005", 0, 0},
    {OPTION_COUNT, 0, "seed", offsetof(struct simulate, seed), "N",
     "the same seed gives the same report (default: the workload's, or 1)", 0, UINT64_MAX},
    {OPTION_COUNT, 0, "first", offsetof(struct simulate, first), "N",
     "number of the first day, to go on where another run ended", 0, 1000000000},
    {OPTION_COUNT, 'j', "threads", offsetof(struct simulate, threads), "N",
     "threads (default: one a processor); they change nothing but the time", 1, 64},
    {OPTION_LIST, 0, "fail-if", offsetof(struct simulate, fail_if), "FIGURE<VALUE",
     "exit with 1 where that is so, as service_level.Sales<0.8; of the candidate, if there is one",
     0, 0},
    {OPTION_TEXT, 'f', "format", offsetof(struct simulate, format), "FORMAT", "text, json or csv",
     0, 0},
    {OPTION_TEXT, 'o', "output", offsetof(struct simulate, out), "FILE",
     "write to FILE instead of standard output", 0, 0},
    {OPTION_FLAG, 'q', "quiet", offsetof(struct simulate, is_quiet), NULL, "no progress", 0, 0},
    {.kind = OPTION_END},
};

/* Ctrl-C ends a study early: what is finished is reported. */
static volatile sig_atomic_t is_interrupted;

static void interrupt(int number)
{
    (void)number;
    is_interrupted = 1;
}

struct run {
    const struct simulate *how;
    struct arena *arena;
    struct findings *findings;
    struct err *err;
    int64_t started_us;
    double half_width;
    bool shows_progress;
};

static bool show_progress(size_t done, size_t of, void *ctx)
{
    const struct run *r = ctx;
    int64_t elapsed = clock_monotonic_us() - r->started_us;
    if (r->shows_progress && elapsed > US_PER_S && done > 0) {
        double left = (double)elapsed / (double)done * (double)(of - done) / (double)US_PER_S;
        fprintf(stderr, "\r%zu of %zu days, %.0f s left \033[K", done, of, left);
    }
    return !is_interrupted;
}

static void end_progress(const struct run *r)
{
    if (r->shows_progress && clock_monotonic_us() - r->started_us > US_PER_S) {
        fputs("\r\033[K", stderr);
    }
}

static bool read_workload(struct run *r, struct sim_workload **out, struct json *out_root,
                          struct str name, struct str text)
{
    const struct json_doc *doc = NULL;
    *out = ARENA_NEW(r->arena, struct sim_workload);
    if (!json_parse(&doc, r->arena, name, text, NULL, r->findings, r->err)) {
        return false;
    }
    *out_root = json_root(doc);
    return sim_workload_read(*out, r->arena, json_root(doc), r->findings, r->err);
}

static bool read_file(struct run *r, struct sim_workload **out, struct json *out_root,
                      const char *path)
{
    struct str text = {0};
    return file_read(&text, r->arena, path, WORKLOAD_BYTES_MAX, r->err) &&
           read_workload(r, out, out_root, str_of(path), text);
}

/* All changes are made before the result is looked at: one may need the other. */
static bool apply(struct run *r, struct sim_workload **out, struct json root,
                  const struct str *changes, size_t n)
{
    const struct json_doc *doc = NULL;
    struct str now = {0};
    for (size_t i = 0; i < n; i++) {
        struct buf text;
        buf_init(&text, r->arena);
        if (!sim_workload_edit(&text, r->arena, root, changes[i], r->err)) {
            return false;
        }
        now = buf_str(&text);
        if (!json_parse(&doc, r->arena, STR("candidate"), now, NULL, r->findings, r->err)) {
            return false;
        }
        root = json_root(doc);
    }
    return read_workload(r, out, &root, STR("candidate"), now);
}

static struct sim_study *study(struct run *r, const struct sim_workload *w)
{
    struct sim_study_options o = {
        .replications = r->how->replications ? (size_t)r->how->replications : w->replications,
        .first = (size_t)r->how->first,
        .seed = r->how->seed ? r->how->seed : w->seed,
        .n_threads = (unsigned)r->how->threads,
        .half_width = r->half_width,
        .replications_max = 1000000,
        .progress = show_progress,
        .ctx = r,
    };
    r->started_us = clock_monotonic_us();
    struct sim_study *s = sim_study_run(r->arena, w, &o);
    end_progress(r);
    return s;
}

/* FIGURE, one of < > <= >=, VALUE. */
static bool fails(struct run *r, const struct sim_study *s, struct str rule, bool *out)
{
    size_t at = 0;
    while (at < rule.len && rule.s[at] != '<' && rule.s[at] != '>') {
        at++;
    }
    bool has_equal = at + 1 < rule.len && rule.s[at + 1] == '=';
    struct str name = str_trim(str_slice(rule, 0, at)),
               limit = str_trim(str_slice(rule, at + 1 + has_equal, rule.len));
    double bound = 0, value = 0, half = 0;
    if (at >= rule.len || !num_parse_double(&bound, limit)) {
        return err_set(r->err, ERR_INPUT,
                       "\"%.*s\": a rule is FIGURE<VALUE or FIGURE>VALUE, as service_level<0.8",
                       STR_ARG(rule));
    }
    if (!sim_figure(&value, &half, s, name, r->err)) {
        return false;
    }
    *out = rule.s[at] == '<' ? value < bound || (has_equal && value <= bound)
                             : value > bound || (has_equal && value >= bound);
    if (*out) {
        fprintf(stderr, "rehearse: %.*s is %.4f (± %.4f), off by %.4f: fails \"%.*s\"\n",
                STR_ARG(name), value, half, fabs(value - bound), STR_ARG(rule));
    }
    return true;
}

static bool write_report(struct run *r, const struct buf *text)
{
    if (r->how->out) {
        return file_write(r->how->out, buf_str(text), 0644, r->err);
    }
    return (fwrite(text->s, 1, text->len, stdout) == text->len && fflush(stdout) == 0) ||
           err_set(r->err, ERR_SYSTEM, "cannot write to standard output");
}

static bool put_report(struct run *r, struct buf *out, const struct sim_study *a,
                       const struct sim_study *b)
{
    struct str format = str_of(r->how->format ? r->how->format : "text");
    if (str_eq(format, STR("json"))) {
        sim_report_json(out, a, b);
    } else if (str_eq(format, STR("csv"))) {
        sim_report_csv(out, a, b);
    } else if (str_eq(format, STR("text"))) {
        sim_report_text(out, a, b);
    } else {
        return err_set(r->err, ERR_INPUT, "--format is text, json or csv, not \"%.*s\"",
                       STR_ARG(format));
    }
    return true;
}

static int finish(struct run *r, const struct sim_study *judged)
{
    bool is_bad = false;
    for (size_t i = 0; i < r->how->fail_if.n; i++) {
        bool one = false;
        if (!fails(r, judged, str_of(r->how->fail_if.at[i]), &one)) {
            return cli_fail(r->err);
        }
        is_bad = is_bad || one;
    }
    return is_bad ? EXIT_FINDINGS : EXIT_WELL;
}

static bool is_comparable(const struct sim_workload *a, const struct sim_workload *b)
{
    bool is_same = a->model.n_queues == b->model.n_queues && a->model.n_groups == b->model.n_groups;
    for (size_t i = 0; is_same && i < a->model.n_queues; i++) {
        is_same = str_eq(a->model.queues[i].name, b->model.queues[i].name);
    }
    return is_same;
}

static int operations(struct run *r, const char *path)
{
    struct sim_workload *baseline = NULL, *candidate = NULL;
    struct json root = {0}, other = {0};
    struct str changes[OPTION_LIST_MAX];
    struct buf report;
    buf_init(&report, r->arena);
    for (size_t i = 0; i < r->how->set.n; i++) {
        changes[i] = str_of(r->how->set.at[i]);
    }
    bool is_read = read_file(r, &baseline, &root, path);
    if (is_read && r->how->candidate) {
        is_read = read_file(r, &candidate, &other, r->how->candidate);
    }
    if (is_read && r->how->set.n) {
        is_read = apply(r, &candidate, candidate ? other : root, changes, r->how->set.n);
    }
    if (!is_read) {
        cli_print_findings(stderr, r->findings);
        return cli_fail(r->err);
    }
    if (candidate && !is_comparable(baseline, candidate)) {
        err_set(r->err, ERR_INPUT,
                "the candidate has other queues or groups than the baseline: nothing can "
                "be compared");
        return cli_fail(r->err);
    }
    struct sim_study *a = study(r, baseline), *b = candidate ? study(r, candidate) : NULL;
    if (!put_report(r, &report, a, b) || !write_report(r, &report)) {
        return cli_fail(r->err);
    }
    return finish(r, b ? b : a);
}

/* "30s" is 30 and "s". */
static bool take_number(struct str text, double *out, struct str *out_unit)
{
    size_t n = 0;
    while (n < text.len &&
           ((text.s[n] >= '0' && text.s[n] <= '9') || text.s[n] == '.' || text.s[n] == '-')) {
        n++;
    }
    *out_unit = str_slice(text, n, text.len);
    return num_parse_double(out, str_slice(text, 0, n));
}

struct sweep {
    struct str path, unit;
    double from, to, step;
};

static bool parse_sweep(struct sweep *out, struct str text, struct err *err)
{
    struct str range = text, unit = {0}, last = {0};
    bool is_cut = str_cut(&range, '=', &out->path);
    size_t dots = str_find(range, STR("..")), colon = str_find_char(range, ':');
    bool is_well = is_cut && dots < range.len && colon < range.len && colon > dots + 2 &&
                   take_number(str_slice(range, 0, dots), &out->from, &out->unit) &&
                   take_number(str_slice(range, dots + 2, colon), &out->to, &unit) &&
                   take_number(str_slice(range, colon + 1, range.len), &out->step, &last) &&
                   str_eq(out->unit, unit) && str_eq(unit, last);
    if (!is_well) {
        return err_set(err, ERR_INPUT,
                       "\"%.*s\": a sweep is PATH=FROM..TO:STEP with one unit, as "
                       "queues.Sales.acw.limit=30s..180s:30s",
                       STR_ARG(text));
    }
    if (!(out->step > 0) || out->to < out->from || (out->to - out->from) / out->step > SWEEP_MAX) {
        return err_set(err, ERR_INPUT, "\"%.*s\": a sweep goes upwards, in at most %d steps",
                       STR_ARG(text), SWEEP_MAX);
    }
    return true;
}

static bool sweep_step(struct run *r, struct buf *out, struct json root, const struct sweep *sweep,
                       double value)
{
    static const char *const figures[] = {"service_level", "asa_s",     "abandoned",
                                          "occupancy",     "acw_share", "uncoded"};
    struct sim_workload *w = NULL;
    struct buf change;
    buf_init(&change, r->arena);
    buf_printf(&change, "%.*s=%.10g%.*s", STR_ARG(sweep->path), value, STR_ARG(sweep->unit));
    struct str text = buf_str(&change);
    if (!apply(r, &w, root, &text, 1)) {
        return false;
    }
    struct sim_study *s = study(r, w);
    buf_printf(out, "%.10g%.*s", value, STR_ARG(sweep->unit));
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++) {
        double x = 0, half = 0;
        if (!sim_figure(&x, &half, s, str_of(figures[i]), r->err)) {
            return false;
        }
        if (isnan(x)) {
            buf_put(out, STR(",,"));
        } else {
            buf_printf(out, ",%.6g,%.2g", x, half);
        }
    }
    buf_put(out, STR("\r\n"));
    return true;
}

/* A table for spreadsheets: each value of the setting on the same random numbers. */
static int sweep(struct run *r, const char *path)
{
    struct sim_workload *w = NULL;
    struct json root = {0};
    struct sweep how = {0};
    struct buf out;
    buf_init(&out, r->arena);
    bool is_well =
        read_file(r, &w, &root, path) && parse_sweep(&how, str_of(r->how->sweep), r->err);
    buf_put(&out, STR("value,service_level,half_width,asa_s,half_width,abandoned,half_width,"
                      "occupancy,half_width,"
                      "acw_share,half_width,uncoded,half_width\r\n"));
    size_t steps = is_well ? (size_t)((how.to - how.from) / how.step + 1e-9) : 0;
    for (size_t i = 0; is_well && i <= steps && !is_interrupted; i++) {
        is_well = sweep_step(r, &out, root, &how, how.from + (double)i * how.step);
    }
    if (!is_well || !write_report(r, &out)) {
        cli_print_findings(stderr, r->findings);
        return cli_fail(r->err);
    }
    return EXIT_WELL;
}

static int run(const struct command *command, void *values, char **arguments, size_t n_arguments)
{
    const struct simulate *how = values;
    struct arena arena;
    struct findings findings;
    struct err err = {0};
    struct run r = {.how = how, .arena = &arena, .findings = &findings, .err = &err};
    struct sigaction action = {.sa_handler = interrupt};
    int status = EXIT_USAGE;
    (void)command;
    (void)n_arguments;
    arena_init(&arena, 0, 0);
    findings_init(&findings, &arena);
    r.shows_progress = !how->is_quiet && isatty(STDERR_FILENO);
    sigaction(SIGINT, &action, NULL);
    if (!str_eq(str_of(arguments[0]), STR("operations"))) {
        fprintf(stderr, "rehearse: there is no simulation \"%s\"; there is: operations\n",
                arguments[0]);
    } else if (how->until &&
               !(num_parse_double(&r.half_width, str_of(how->until)) && r.half_width > 0)) {
        fprintf(stderr, "rehearse: --until-precision is a number above 0, not \"%s\"\n",
                how->until);
    } else {
        status = how->sweep ? sweep(&r, arguments[1]) : operations(&r, arguments[1]);
    }
    arena_done(&arena);
    return status;
}

const struct command command_simulate = {
    .name = "simulate",
    .usage = "operations [OPTION…] WORKLOAD",
    .summary = "what after-call work and wrap-up codes do to service level, waits and occupancy",
    .about = "Simulates a day of a contact centre many times over, event by event: who calls, who "
             "waits, who "
             "gives up, who\ntalks, what after-call work does. A workload file says what there is "
             "to do and who does "
             "it; - is standard input.\n\nWith --set or --candidate two configurations run on the "
             "same random "
             "numbers, so that their difference is told\nfrom chance with few days. The same seed "
             "gives the same "
             "report, whatever the number of threads. Ctrl-C reports\nwhat is finished.\n\nExit "
             "status: 0 well, 1 "
             "a --fail-if rule is met, 2 unreadable input, 3 the system refused.",
    .examples =
        "  rehearse simulate operations day.json\n"
        "  rehearse simulate operations day.json --set queues.Sales.acw.limit=30s\n"
        "  rehearse simulate operations day.json --sweep queues.Sales.acw.limit=30s..180s:30s\n"
        "  rehearse simulate operations day.json --fail-if 'service_level.Sales<0.8'\n",
    .options = options,
    .arguments_min = 2,
    .arguments_max = 2,
    .run = run,
    .values_size = sizeof(struct simulate),
};
