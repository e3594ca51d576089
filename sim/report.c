/* Reports of a study, or of two side by side. */
#include "sim/study.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct word {
    enum sim_metric metric;
    const char *label;
    bool is_seconds;
};
/* What people read, in this order; the rest stands in the JSON. */
static const struct word words[] = {
    {SIM_SERVICE_LEVEL, "service level (of all)", false},
    {SIM_SERVICE_LEVEL_SERVED, "service level (of answered)", false},
    {SIM_SERVICE_LEVEL_EXCLUDING, "service level (but early abandons)", false},
    {SIM_ASA, "average speed of answer", true},
    {SIM_DELAYED, "had to wait", false},
    {SIM_ABANDONED, "abandoned", false},
    {SIM_BLOCKED, "blocked", false},
    {SIM_HANDLE, "handling time", true},
    {SIM_ACW, "after-call work", true},
    {SIM_UNCODED, "without a code", false},
    {SIM_OCCUPANCY, "occupancy", false},
    {SIM_TALK_SHARE, "time in talk", false},
    {SIM_ACW_SHARE, "time in after-call work", false},
    {SIM_IDLE_SHARE, "time idle", false},
    {SIM_STUCK_SHARE, "time stuck", false},
};
enum { WORDS = sizeof words / sizeof *words, LABEL_WIDTH = 36 };

static void put_figure(struct buf *out, const struct word *w, double value, double half,
                       bool has_sign)
{
    if (isnan(value)) {
        buf_printf(out, "%22s", "-");
        return;
    }
    double scale = w->is_seconds ? 1 : 100;
    struct buf text = {0};
    buf_printf(&text, has_sign ? "%+.2f" : "%.2f", value * scale);
    if (!isnan(half)) {
        buf_printf(&text, " ± %.2f", half * scale);
    }
    buf_put(&text, w->is_seconds ? STR(" s") : STR(" %"));
    size_t width = text.len - (isnan(half) ? 0 : 1); /* ± is two bytes, one column */
    for (size_t i = width; i < 22; i++) {
        buf_put_char(out, ' ');
    }
    buf_put(out, buf_str(&text));
    buf_done(&text);
}

static bool is_chance(struct sim_estimate d)
{
    return isnan(d.half_width) || fabs(d.value) <= d.half_width;
}

/* Lines that say nothing are left out: what never happens in either study. */
static bool is_dull(const struct word *w, double a, double b)
{
    bool may_be = w->metric == SIM_BLOCKED || w->metric == SIM_STUCK_SHARE ||
                  w->metric == SIM_UNCODED || w->metric == SIM_ABANDONED;
    return may_be && !(fabs(a) > 0) && !(fabs(b) > 0);
}

static void put_scope(struct buf *out, const struct sim_study *a, const struct sim_study *b,
                      size_t s)
{
    buf_printf(out, "\n%.*s\n", STR_ARG(a->scopes[s].name));
    for (size_t i = 0; i < WORDS; i++) {
        const struct word *w = &words[i];
        if (!sim_scope_has(&a->scopes[s], w->metric)) {
            continue;
        }
        struct sim_estimate x = sim_study_estimate(a, s, w->metric),
                            y = b ? sim_study_estimate(b, s, w->metric) : x;
        if (is_dull(w, x.value, y.value)) {
            continue;
        }
        buf_printf(out, "  %-*s", LABEL_WIDTH, w->label);
        put_figure(out, w, x.value, x.half_width, false);
        if (b) {
            struct sim_estimate d = sim_study_difference(a, b, s, w->metric);
            put_figure(out, w, y.value, y.half_width, false);
            put_figure(out, w, d.value, d.half_width, true);
            buf_put(out, is_chance(d) ? STR("") : STR("  *"));
        }
        buf_put_char(out, '\n');
    }
}

static void put_sentence(struct buf *out, const struct sim_study *a, const struct sim_study *b)
{
    struct sim_estimate x = sim_study_estimate(a, 0, SIM_SERVICE_LEVEL);
    if (!b) {
        buf_printf(out, "%.1f %% of all contacts are answered in time", x.value * 100);
        if (!isnan(x.half_width)) {
            buf_printf(out, " (± %.1f)", x.half_width * 100);
        }
        buf_put(out, STR(".\n"));
        return;
    }
    struct sim_estimate y = sim_study_estimate(b, 0, SIM_SERVICE_LEVEL),
                        d = sim_study_difference(a, b, 0, SIM_SERVICE_LEVEL);
    if (is_chance(d)) {
        buf_printf(
            out,
            "The service level goes from %.1f %% to %.1f %%, which cannot be told from chance "
            "(%+.2f ± %.2f points in %zu replications).\n",
            x.value * 100, y.value * 100, d.value * 100, d.half_width * 100, d.n);
        return;
    }
    buf_printf(out,
               "The change %s the service level by %.2f points (± %.2f), from %.1f %% to %.1f %%: "
               "more than chance explains.\n",
               d.value > 0 ? "lifts" : "lowers", fabs(d.value) * 100, d.half_width * 100,
               x.value * 100, y.value * 100);
}

/* Contacts an hour and agents' hours: is there more work than hands? */
static void put_load(struct buf *out, const struct sim_study *s)
{
    const struct sim_model *m = &s->workload->model;
    int64_t left = 0, offered = 0;
    size_t step = s->sums->n_intervals + 1;
    for (size_t i = 0; i < m->n_queues; i++) {
        left += s->sums->queues[i * step].left;
        offered += s->sums->queues[i * step].offered;
    }
    if (left > 0 && left * 20 > offered) {
        buf_printf(out,
                   "Of %lld contacts %lld still wait at the end: the work is more than the agents "
                   "can do, and the "
                   "queue grows as long as the day lasts. These are transient figures.\n",
                   (long long)offered, (long long)left);
    }
}

static void put_stuck(struct buf *out, const struct sim_study *s, const char *which)
{
    const struct sim_model *m = &s->workload->model;
    size_t step = s->sums->n_intervals + 1;
    int64_t stuck = 0, first = INT64_MAX;
    for (size_t i = 0; i < m->n_groups; i++) {
        const struct sim_group_sums *g = &s->sums->groups[i * step];
        stuck += g->stuck_agents;
        first = g->first_stuck_ticks < first ? g->first_stuck_ticks : first;
    }
    if (stuck > 0) {
        buf_printf(
            out,
            "%sAgents get stuck in after-call work, %.1f a day, the first after %.0f s: a code is "
            "mandatory and none can be chosen.\n",
            which, (double)stuck / (double)s->n, (double)first / (double)SIM_TICKS_PER_S);
    }
}

void sim_report_text(struct buf *out, const struct sim_study *a, const struct sim_study *b)
{
    put_sentence(out, a, b);
    put_load(out, a);
    put_stuck(out, a, b ? "Baseline: " : "");
    if (b) {
        put_load(out, b);
        put_stuck(out, b, "Candidate: ");
    }
    buf_printf(out, "\n%.*s: %zu replications, seed %llu%s; ± is half of a 95 %% interval\n",
               STR_ARG(a->workload->name), a->n, (unsigned long long)a->seed,
               a->is_interrupted ? " (interrupted: fewer than asked for)" : "");
    if (b) {
        buf_printf(out, "\n  %-*s%22s%22s%22s\n", LABEL_WIDTH, "", "baseline", "candidate",
                   "difference");
    }
    for (size_t s = 0; s < a->n_scopes; s++) {
        bool repeats = (a->scopes[s].kind == SIM_ALL_QUEUES && a->workload->model.n_queues == 1) ||
                       (a->scopes[s].kind == SIM_ALL_AGENTS && a->workload->model.n_groups == 1);
        if (!repeats) {
            put_scope(out, a, b, s);
        }
        if (a->scopes[s].kind == SIM_ONE_QUEUE && !b) {
            size_t q = a->scopes[s].index;
            buf_printf(out, "  %-*s%12.1f s %5.1f s %5.1f s\n", LABEL_WIDTH,
                       "waits: median, 90 %, 99 %", sim_study_wait(a, q, 0.5),
                       sim_study_wait(a, q, 0.9), sim_study_wait(a, q, 0.99));
        }
    }
    if (b) {
        buf_put(out, STR("\n* more than chance explains\n"));
    }
    for (size_t i = 0; i < a->workload->n_notes; i++) {
        buf_printf(out, "%s  %.*s\n", i ? "" : "\nassumed:\n", STR_ARG(a->workload->notes[i]));
    }
}

static void put_number(struct buf *out, double x)
{
    if (isnan(x) || isinf(x)) {
        buf_put(out, STR("null"));
    } else {
        buf_printf(out, "%.9g", x);
    }
}

static void put_estimate(struct buf *out, const char *name, struct sim_estimate e)
{
    buf_printf(out, "\"%s\":{\"value\":", name);
    put_number(out, e.value);
    buf_put(out, STR(",\"half_width\":"));
    put_number(out, e.half_width);
    buf_put_char(out, '}');
}

static const char *kind_name(enum sim_scope_kind kind)
{
    switch (kind) {
    case SIM_ALL_QUEUES:
        return "queues";
    case SIM_ONE_QUEUE:
        return "queue";
    case SIM_ALL_AGENTS:
        return "agents";
    case SIM_ONE_GROUP:
        return "group";
    }
    unreachable();
}

static void put_counts(struct buf *out, const struct sim_study *s, const struct sim_scope *scope)
{
    size_t step = s->sums->n_intervals + 1;
    const struct sim_queue_sums *q = &s->sums->queues[scope->index * step];
    const struct sim_queue *queue = &s->workload->model.queues[scope->index];
    buf_printf(
        out,
        ",\"counts\":{\"offered\":%lld,\"answered\":%lld,\"abandoned\":%lld,\"blocked\":%lld,"
        "\"left\":%lld,\"coded\":%lld}",
        (long long)q->offered, (long long)q->answered, (long long)q->abandoned,
        (long long)q->blocked, (long long)q->left, (long long)q->coded);
    buf_put(out, STR(",\"wait_quantiles_s\":{"));
    static const char *const names[] = {"0.5", "0.9", "0.95", "0.99"};
    for (size_t i = 0; i < 4; i++) {
        buf_printf(out, "%s\"%s\":", i ? "," : "", names[i]);
        put_number(out, sim_study_wait(s, scope->index, strtod(names[i], NULL)));
    }
    size_t first = 0;
    for (size_t i = 0; i < scope->index; i++) {
        first += s->workload->model.queues[i].n_codes;
    }
    buf_put(out, STR("},\"codes\":{"));
    for (size_t i = 0; i < queue->n_codes && queue->code_names; i++) {
        buf_put(out, i ? STR(",") : STR(""));
        buf_put_json_string(out, queue->code_names[i]);
        buf_printf(out, ":%lld", (long long)s->sums->codes[first + i]);
    }
    buf_put_char(out, '}');
}

static void put_intervals(struct buf *out, const struct sim_study *s, const struct sim_scope *scope)
{
    size_t n = s->sums->n_intervals;
    const struct sim_queue_sums *q = &s->sums->queues[scope->index * (n + 1) + 1];
    buf_put(out, STR(",\"intervals\":["));
    for (size_t i = 0; i < n; i++) {
        struct sim_pair level = sim_queue_pair(&q[i], SIM_SERVICE_LEVEL),
                        wait = sim_queue_pair(&q[i], SIM_WAIT);
        buf_printf(out, "%s{\"from_s\":%.9g,\"offered\":%.9g,\"service_level\":", i ? "," : "",
                   (double)(int64_t)i * (double)s->workload->model.interval_ticks /
                       (double)SIM_TICKS_PER_S,
                   (double)q[i].offered / (double)s->n);
        put_number(out, level.under > 0 ? level.over / level.under : (double)NAN);
        buf_put(out, STR(",\"wait_s\":"));
        put_number(out, wait.under > 0 ? wait.over / wait.under : (double)NAN);
        buf_put_char(out, '}');
    }
    buf_put_char(out, ']');
}

static void put_study(struct buf *out, const struct sim_study *s)
{
    buf_printf(out, "{\"replications\":%zu,\"complete\":%s,\"scopes\":[", s->n,
               s->is_interrupted ? "false" : "true");
    for (size_t i = 0; i < s->n_scopes; i++) {
        const struct sim_scope *scope = &s->scopes[i];
        bool is_first = true;
        buf_printf(out, "%s{\"kind\":\"%s\",\"name\":", i ? "," : "", kind_name(scope->kind));
        buf_put_json_string(out, scope->name);
        buf_put(out, STR(",\"figures\":{"));
        for (int m = 0; m < SIM_METRIC_COUNT; m++) {
            if (sim_scope_has(scope, (enum sim_metric)m)) {
                buf_put(out, is_first ? STR("") : STR(","));
                is_first = false;
                put_estimate(out, sim_metric_name((enum sim_metric)m),
                             sim_study_estimate(s, i, (enum sim_metric)m));
            }
        }
        buf_put_char(out, '}');
        if (scope->kind == SIM_ONE_QUEUE) {
            put_counts(out, s, scope);
            put_intervals(out, s, scope);
        }
        buf_put_char(out, '}');
    }
    buf_put(out, STR("]}"));
}

static void put_differences(struct buf *out, const struct sim_study *a, const struct sim_study *b)
{
    buf_put(out, STR(",\"differences\":["));
    for (size_t i = 0; i < a->n_scopes; i++) {
        bool is_first = true;
        buf_printf(out, "%s{\"kind\":\"%s\",\"name\":", i ? "," : "", kind_name(a->scopes[i].kind));
        buf_put_json_string(out, a->scopes[i].name);
        buf_put(out, STR(",\"figures\":{"));
        for (int m = 0; m < SIM_METRIC_COUNT; m++) {
            if (sim_scope_has(&a->scopes[i], (enum sim_metric)m)) {
                buf_put(out, is_first ? STR("") : STR(","));
                is_first = false;
                put_estimate(out, sim_metric_name((enum sim_metric)m),
                             sim_study_difference(a, b, i, (enum sim_metric)m));
            }
        }
        buf_put(out, STR("}}"));
    }
    buf_put_char(out, ']');
}

void sim_report_json(struct buf *out, const struct sim_study *a, const struct sim_study *b)
{
    buf_put(out, STR("{\"format\":1,\"kind\":\"simulation\",\"workload\":"));
    buf_put_json_string(out, a->workload->name);
    buf_printf(out, ",\"seed\":%llu,\"baseline\":", (unsigned long long)a->seed);
    put_study(out, a);
    if (b) {
        buf_put(out, STR(",\"candidate\":"));
        put_study(out, b);
        put_differences(out, a, b);
    }
    buf_put(out, STR(",\"assumptions\":["));
    for (size_t i = 0; i < a->workload->n_notes; i++) {
        buf_put(out, i ? STR(",") : STR(""));
        buf_put_json_string(out, a->workload->notes[i]);
    }
    buf_put(out, STR("]}\n"));
}

/* RFC 4180. */
static void put_csv_text(struct buf *out, struct str s)
{
    buf_put_char(out, '"');
    for (size_t i = 0; i < s.len; i++) {
        buf_put(out, s.s[i] == '"' ? STR("\"\"") : str_slice(s, i, i + 1));
    }
    buf_put_char(out, '"');
}

void sim_report_csv(struct buf *out, const struct sim_study *a, const struct sim_study *b)
{
    buf_put(out, STR("configuration,kind,name,figure,value,half_width\r\n"));
    for (int which = 0; which < (b ? 3 : 1); which++) {
        static const char *const names[] = {"baseline", "candidate", "difference"};
        for (size_t i = 0; i < a->n_scopes; i++) {
            for (int k = 0; k < SIM_METRIC_COUNT; k++) {
                enum sim_metric m = (enum sim_metric)k;
                if (!sim_scope_has(&a->scopes[i], m)) {
                    continue;
                }
                struct sim_estimate e = which == 0   ? sim_study_estimate(a, i, m)
                                        : which == 1 ? sim_study_estimate(b, i, m)
                                                     : sim_study_difference(a, b, i, m);
                buf_printf(out, "%s,%s,", names[which], kind_name(a->scopes[i].kind));
                put_csv_text(out, a->scopes[i].name);
                buf_printf(out, ",%s,", sim_metric_name(m));
                if (!isnan(e.value)) {
                    buf_printf(out, "%.9g", e.value);
                }
                buf_put_char(out, ',');
                if (!isnan(e.half_width)) {
                    buf_printf(out, "%.9g", e.half_width);
                }
                buf_put(out, STR("\r\n"));
            }
        }
    }
}

bool sim_figure(double *out, double *out_half_width, const struct sim_study *s, struct str name,
                struct err *err)
{
    struct str metric = {0}, scope = name;
    if (!str_cut(&scope, '.', &metric)) {
        metric = name;
    }
    for (int k = 0; k < SIM_METRIC_COUNT; k++) {
        enum sim_metric m = (enum sim_metric)k;
        if (!sim_metric_name(m) || !str_eq(str_of(sim_metric_name(m)), metric)) {
            continue;
        }
        for (size_t i = 0; i < s->n_scopes; i++) {
            bool is_all =
                s->scopes[i].kind == SIM_ALL_QUEUES || s->scopes[i].kind == SIM_ALL_AGENTS;
            if (sim_scope_has(&s->scopes[i], m) &&
                (scope.len ? !is_all && str_eq(scope, s->scopes[i].name) : is_all)) {
                struct sim_estimate e = sim_study_estimate(s, i, m);
                *out = e.value;
                *out_half_width = e.half_width;
                return true;
            }
        }
        return err_set(err, ERR_INPUT, "there is no queue or group \"%.*s\" that has a %.*s",
                       STR_ARG(scope), STR_ARG(metric));
    }
    struct buf known = {0};
    for (int k = 0; k < SIM_METRIC_COUNT; k++) {
        if (sim_metric_name((enum sim_metric)k)) {
            buf_printf(&known, "%s%s", known.len ? ", " : "", sim_metric_name((enum sim_metric)k));
        }
    }
    err_set(err, ERR_INPUT, "there is no figure \"%.*s\"; there are: %.*s", STR_ARG(metric),
            STR_ARG(buf_str(&known)));
    buf_done(&known);
    return false;
}
