/* What `simulate operations` and `report` share: reading, running, judging, writing. */
#include "cli/simulate.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>

enum { WORKLOAD_BYTES_MAX = 256 << 20 };
#define STUDY_BYTES_MAX ((size_t)2 << 30)

/* Ctrl-C ends a study early: what is finished is reported. */
static volatile sig_atomic_t is_interrupted;

static void interrupt(int number)
{
    (void)number;
    is_interrupted = 1;
}

void simulate_catch_interrupt(void)
{
    struct sigaction action = {.sa_handler = interrupt};
    sigaction(SIGINT, &action, NULL);
}

bool simulate_is_interrupted(void)
{
    return is_interrupted;
}

int simulate_fail(struct simulate_run *r)
{
    cli_print_findings(stderr, r->findings);
    return cli_fail(r->err);
}

static bool show_progress(size_t done, size_t of, void *ctx)
{
    const struct simulate_run *r = ctx;
    int64_t elapsed = clock_monotonic_us() - r->started_us;
    if (r->shows_progress && elapsed > US_PER_S && done > 0) {
        double left = (double)elapsed / (double)done * (double)(of - done) / (double)US_PER_S;
        fprintf(stderr, "\r%zu of %zu days, %.0f s left \033[K", done, of, left);
    }
    return !is_interrupted;
}

static void end_progress(const struct simulate_run *r)
{
    if (r->shows_progress && clock_monotonic_us() - r->started_us > US_PER_S) {
        fputs("\r\033[K", stderr);
    }
}

/* A warm-up that was asked for is the workload's; what is wrong without it is told first, at its place. */
static bool set_warm_up(struct simulate_run *r, struct json *io)
{
    const struct json_doc *doc = NULL;
    struct sim_workload *plain = ARENA_NEW(r->arena, struct sim_workload);
    struct buf change, text;
    buf_init(&change, r->arena);
    buf_init(&text, r->arena);
    buf_printf(&change, "day.warmUp=%s", r->how->warm_up);
    if (!sim_workload_read(plain, r->arena, *io, r->findings, r->err) ||
        !sim_workload_edit(&text, r->arena, *io, buf_str(&change), r->err) ||
        !json_parse(&doc, r->arena, STR("--warm-up"), buf_str(&text), NULL, r->findings, r->err)) {
        return false;
    }
    *io = json_root(doc);
    return true;
}

bool simulate_take(struct simulate_run *r, struct sim_workload **out, struct json root)
{
    *out = ARENA_NEW(r->arena, struct sim_workload);
    return (!r->how->warm_up || set_warm_up(r, &root)) &&
           sim_workload_read(*out, r->arena, root, r->findings, r->err);
}

/* --candidate may name a tenant where the workload is a tenant's: what is no workload is one. */
static bool is_workload(struct simulate_run *r, const char *path)
{
    const struct json_doc *doc = NULL;
    struct str text = {0};
    struct err ignored = {0};
    return file_read(&text, r->arena, path, WORKLOAD_BYTES_MAX, &ignored) &&
           (!json_parse(&doc, r->arena, str_of(path), text, NULL, NULL, &ignored) ||
            json_exists(json_get(json_root(doc), STR("contacts"))));
}

bool simulate_read(struct simulate_run *r, struct sim_workload **out, struct json *out_root,
                   const char *path)
{
    const struct json_doc *doc = NULL;
    struct str text = {0};
    bool is_first = path == r->path;
    if (!file_read(&text, r->arena, path, WORKLOAD_BYTES_MAX, r->err) ||
        !json_parse(&doc, r->arena, str_of(path), text, NULL, r->findings, r->err)) {
        return false;
    }
    bool is_tenants = simulate_is_tenants(r, json_root(doc));
    const char *other = is_first ? r->how->candidate : NULL;
    if (!is_tenants && is_first && r->how->change) {
        return err_set(r->err, ERR_INPUT,
                       "--change changes a tenant, and the workload names none: --tenant does, and "
                       "--set changes the workload itself");
    }
    if (is_tenants &&
        !simulate_fill(r, &doc, json_root(doc), other && !is_workload(r, other) ? other : NULL)) {
        return false;
    }
    *out_root = json_root(doc);
    return simulate_take(r, out, json_root(doc));
}

bool simulate_read_last(struct simulate_run *r, struct sim_workload **out, struct json *out_root)
{
    if (!simulate_read(r, out, out_root, r->path)) {
        return false;
    }
    *out_root = r->after ? json_root(r->after) : *out_root;
    return !r->after || simulate_take(r, out, *out_root);
}

/* All changes are made before the result is looked at: one may need the other. */
bool simulate_apply(struct simulate_run *r, struct sim_workload **out, struct json root,
                    const struct str *changes, size_t n)
{
    const struct json_doc *doc = NULL;
    for (size_t i = 0; i < n; i++) {
        struct buf text;
        buf_init(&text, r->arena);
        if (!sim_workload_edit(&text, r->arena, root, changes[i], r->err)) {
            return false;
        }
        if (!json_parse(&doc, r->arena, STR("candidate"), buf_str(&text), NULL, r->findings,
                        r->err)) {
            return false;
        }
        root = json_root(doc);
    }
    return simulate_take(r, out, root);
}

struct sim_study_options simulate_options(struct simulate_run *r, const struct sim_workload *w)
{
    return (struct sim_study_options){
        .replications = r->how->replications ? (size_t)r->how->replications : w->replications,
        .first = (size_t)r->how->first,
        .seed = r->how->seed ? r->how->seed : w->seed,
        .n_threads = (unsigned)r->how->threads,
        .half_width = r->half_width,
        .replications_max = 1000000,
        .progress = show_progress,
        .ctx = r,
    };
}

struct sim_study *simulate_study(struct simulate_run *r, const struct sim_workload *w)
{
    struct sim_study_options o = simulate_options(r, w);
    if (r->shard.n) {
        r->shard.replications = o.replications;
        r->shard.first = o.first;
        sim_shard_share(&r->shard, &o.first, &o.replications);
    }
    if (sim_study_bytes(w, o.replications) > STUDY_BYTES_MAX) {
        err_set(
            r->err, ERR_LIMIT,
            "%zu days of so many queues and agents take more than 2 GiB: fewer --replications, or "
            "parts of them with --shard",
            o.replications);
        return NULL;
    }
    r->started_us = clock_monotonic_us();
    struct sim_study *s = sim_study_run(r->arena, w, &o);
    end_progress(r);
    return s;
}

/* FIGURE, one of < > <= >=, VALUE. */
static bool fails(struct simulate_run *r, const struct sim_study *s, struct str rule, bool *out)
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
        struct finding f = {
            .rule = STR("W720"), .severity = SEVERITY_ERROR, .line = 1, .column = 1};
        f.file = str_of(r->path);
        f.message = isnan(half)
                        ? findings_text(r->findings, "%.*s is %.6g, off by %.6g: it fails \"%.*s\"",
                                        STR_ARG(name), value, fabs(value - bound), STR_ARG(rule))
                        : findings_text(
                              r->findings, "%.*s is %.6g ± %.2g, off by %.6g: it fails \"%.*s\"%s",
                              STR_ARG(name), value, half, fabs(value - bound), STR_ARG(rule),
                              fabs(value - bound) < half ? " (within chance)" : "");
        findings_add(r->findings, &f);
    }
    return true;
}

bool simulate_write(struct simulate_run *r, const struct buf *text)
{
    if (r->how->out) {
        return file_write(r->how->out, buf_str(text), 0644, r->err);
    }
    return (fwrite(text->s, 1, text->len, stdout) == text->len && fflush(stdout) == 0) ||
           err_set(r->err, ERR_SYSTEM, "cannot write to standard output");
}

static const struct {
    const char *name;
    void (*put)(struct buf *out, const struct sim_study *a, const struct sim_study *b);
} formats[] = {
    {"text", sim_report_text},
    {"json", sim_report_json},
    {"csv", sim_report_csv},
    {"html", sim_report_html},
};

bool simulate_check_format(struct simulate_run *r)
{
    for (size_t i = 0; r->how->format && i < sizeof formats / sizeof *formats; i++) {
        if (str_eq(str_of(formats[i].name), str_of(r->how->format))) {
            return true;
        }
    }
    return !r->how->format ||
           err_set(r->err, ERR_INPUT, "--format is text, json, csv or html, not \"%s\"",
                   r->how->format);
}

void simulate_put_report(struct simulate_run *r, struct buf *out, const struct sim_study *a,
                         const struct sim_study *b)
{
    size_t which = 0;
    for (size_t i = 0; r->how->format && i < sizeof formats / sizeof *formats; i++) {
        which = str_eq(str_of(formats[i].name), str_of(r->how->format)) ? i : which;
    }
    formats[which].put(out, a, b);
}

int simulate_judge(struct simulate_run *r, const struct sim_study *judged)
{
    bool is_bad = false;
    for (size_t i = 0; i < r->how->fail_if.n; i++) {
        bool one = false;
        if (!fails(r, judged, str_of(r->how->fail_if.at[i]), &one)) {
            return cli_fail(r->err);
        }
        is_bad = is_bad || one;
    }
    cli_print_findings(stderr, r->findings);
    return is_bad || r->is_refused ? EXIT_FINDINGS : EXIT_WELL;
}
