/* Reports for people of a study, or of two side by side; figures by name. */
#include "sim/report_int.h"

#include <math.h>
#include <string.h>

const struct report_word report_words[REPORT_WORDS] = {
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
enum { LABEL_WIDTH = 36, COLUMN_WIDTH = 22 };

void report_value(struct buf *out, const struct report_word *w, double value, double half,
                  bool has_sign)
{
    double scale = w->is_seconds ? 1 : 100;
    if (isnan(value)) {
        buf_put_char(out, '-');
        return;
    }
    buf_printf(out, has_sign ? "%+.2f" : "%.2f", value * scale);
    if (!isnan(half)) {
        buf_printf(out, " ± %.2f", half * scale);
    }
    buf_put(out, w->is_seconds ? STR(" s") : STR(" %"));
}

static void put_figure(struct buf *out, const struct report_word *w, double value, double half,
                       bool has_sign)
{
    struct buf text = {0};
    report_value(&text, w, value, half, has_sign);
    size_t width =
        text.len - (isnan(half) || isnan(value) ? 0 : 1); /* ± is two bytes, one column */
    for (size_t i = width; i < COLUMN_WIDTH; i++) {
        buf_put_char(out, ' ');
    }
    buf_put(out, buf_str(&text));
    buf_done(&text);
}

bool report_is_chance(struct sim_estimate d)
{
    return isnan(d.half_width) || fabs(d.value) <= d.half_width;
}

bool report_is_dull(const struct report_word *w, double a, double b)
{
    bool may_be = w->metric == SIM_BLOCKED || w->metric == SIM_STUCK_SHARE ||
                  w->metric == SIM_UNCODED || w->metric == SIM_ABANDONED;
    return may_be && !(fabs(a) > 0) && !(fabs(b) > 0);
}

static void put_scope(struct buf *out, const struct sim_study *a, const struct sim_study *b,
                      size_t s)
{
    buf_printf(out, "\n%.*s\n", STR_ARG(a->scopes[s].name));
    for (size_t i = 0; i < REPORT_WORDS; i++) {
        const struct report_word *w = &report_words[i];
        if (!sim_scope_has(&a->scopes[s], w->metric)) {
            continue;
        }
        struct sim_estimate x = sim_study_estimate(a, s, w->metric),
                            y = b ? sim_study_estimate(b, s, w->metric) : x;
        if (report_is_dull(w, x.value, y.value)) {
            continue;
        }
        buf_printf(out, "  %-*s", LABEL_WIDTH, w->label);
        put_figure(out, w, x.value, x.half_width, false);
        if (b) {
            struct sim_estimate d = sim_study_difference(a, b, s, w->metric);
            put_figure(out, w, y.value, y.half_width, false);
            put_figure(out, w, d.value, d.half_width, true);
            buf_put(out, report_is_chance(d) ? STR("") : STR("  *"));
        }
        buf_put_char(out, '\n');
    }
}

double report_variance_gain(const struct sim_study *a, const struct sim_study *b, size_t scope,
                            enum sim_metric m)
{
    double x = sim_study_estimate(a, scope, m).standard_error,
           y = sim_study_estimate(b, scope, m).standard_error,
           d = sim_study_difference(a, b, scope, m).standard_error;
    return d > 0 ? (x * x + y * y) / (d * d) : (double)NAN;
}

static void put_sentence(struct buf *out, const struct sim_study *a, const struct sim_study *b)
{
    struct sim_estimate x = sim_study_estimate(a, 0, SIM_SERVICE_LEVEL);
    if (isnan(x.value)) {
        buf_put(out, STR("No contact came: there is nothing to tell.\n"));
        return;
    }
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
    if (isnan(y.value)) {
        buf_put(out, STR("No contact came in the candidate: there is nothing to compare.\n"));
        return;
    }
    if (report_is_chance(d)) {
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
/* Whether some of those who wait for the queue never give up, and all may wait. */
static bool is_patient(const struct sim_model *m, size_t queue)
{
    bool is_any = false;
    for (size_t i = 0; i < m->n_sources; i++) {
        is_any =
            is_any || (m->sources[i].queue == queue && m->sources[i].patience.kind == SIM_NEVER);
    }
    return is_any && m->queues[queue].room < 0;
}

/* What the agents of the queue could do, over all days. */
static double capacity(const struct sim_study *s, size_t queue)
{
    const struct sim_model *m = &s->workload->model;
    size_t step = s->sums->n_intervals + 1;
    double sum = 0;
    for (size_t g = 0; g < m->n_groups; g++) {
        for (size_t i = 0; i < m->groups[g].n_links; i++) {
            if (m->groups[g].links[i].queue == queue) {
                sum += (double)s->sums->groups[g * step].staffed_ticks *
                       (m->groups[g].units ? m->groups[g].units : 1);
            }
        }
    }
    return sum;
}

/* Is there more work than hands? */
static void put_load(struct buf *out, const struct sim_study *s, const char *which)
{
    const struct sim_model *m = &s->workload->model;
    for (size_t i = 0; i < m->n_queues; i++) {
        const struct sim_queue_sums *q = &s->sums->queues[i * (s->sums->n_intervals + 1)];
        double able = capacity(s, i),
               each = q->answered > 0
                          ? ((double)q->talk_ticks + (double)q->acw_ticks) / (double)q->answered
                          : 0,
               work = (double)q->offered * each;
        if (q->offered == 0 || !is_patient(m, i) || (q->answered > 0 && work < able)) {
            continue;
        }
        buf_printf(out, "%sQueue \"%.*s\": ", which, STR_ARG(m->queues[i].name));
        if (q->answered > 0) {
            buf_printf(out, "%.0f %% of what its agents can do is asked of them",
                       100 * work / able);
        } else {
            buf_put(out, STR("nobody is ever answered"));
        }
        buf_printf(out,
                   ", and not everybody gives up: it grows without bound, %.1f a day still wait at "
                   "the end. These are transient figures.\n",
                   (double)q->left / (double)s->n);
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

bool report_repeats(const struct sim_study *s, size_t scope)
{
    const struct sim_model *m = &s->workload->model;
    return (s->scopes[scope].kind == SIM_ALL_QUEUES && m->n_queues == 1) ||
           (s->scopes[scope].kind == SIM_ALL_AGENTS && m->n_groups == 1);
}

void report_summary(struct buf *out, const struct sim_study *a, const struct sim_study *b)
{
    put_sentence(out, a, b);
    put_load(out, a, b ? "Baseline: " : "");
    put_stuck(out, a, b ? "Baseline: " : "");
    if (b) {
        put_load(out, b, "Candidate: ");
        put_stuck(out, b, "Candidate: ");
    }
}

static bool has_note(const struct sim_workload *w, struct str note)
{
    bool has = false;
    for (size_t i = 0; i < w->n_notes && !has; i++) {
        has = str_eq(w->notes[i], note);
    }
    return has;
}

bool report_note(struct str *out, const struct sim_study *a, const struct sim_study *b, size_t i)
{
    if (i < a->workload->n_notes) {
        *out = a->workload->notes[i];
        return true;
    }
    i -= a->workload->n_notes;
    for (size_t k = 0; b && k < b->workload->n_notes; k++) {
        *out = b->workload->notes[k];
        if (has_note(a->workload, *out)) {
            continue;
        }
        if (i == 0) {
            return true;
        }
        i--;
    }
    return false;
}

void sim_report_text(struct buf *out, const struct sim_study *a, const struct sim_study *b)
{
    report_summary(out, a, b);
    buf_printf(out, "\n%.*s: %zu replications, seed %llu%s; ± is half of a 95 %% interval\n",
               STR_ARG(a->workload->name), a->n, (unsigned long long)a->seed,
               a->is_interrupted || (b && b->is_interrupted)
                   ? " (interrupted: fewer than asked for)"
                   : "");
    if (b) {
        buf_printf(out, "\n  %-*s%22s%22s%22s\n", LABEL_WIDTH, "", "baseline", "candidate",
                   "difference");
    }
    for (size_t s = 0; s < a->n_scopes; s++) {
        if (!report_repeats(a, s)) {
            put_scope(out, a, b, s);
        }
        if (a->scopes[s].kind == SIM_ONE_QUEUE && !b &&
            !isnan(sim_study_wait(a, a->scopes[s].index, 0.5))) {
            size_t q = a->scopes[s].index;
            buf_printf(out, "  %-*s%12.1f s %5.1f s %5.1f s\n", LABEL_WIDTH,
                       "waits: median, 90 %, 99 %", sim_study_wait(a, q, 0.5),
                       sim_study_wait(a, q, 0.9), sim_study_wait(a, q, 0.99));
        }
    }
    if (b) {
        double gain = report_variance_gain(a, b, 0, SIM_SERVICE_LEVEL);
        buf_put(out, STR("\n* more than chance explains\n"));
        if (!isnan(gain)) {
            buf_printf(
                out,
                "Common random numbers: the variance of the service level's difference is %.3g "
                "times less than on separate ones.\n",
                gain);
        }
    }
    struct str note = {0};
    for (size_t i = 0; report_note(&note, a, b, i); i++) {
        buf_printf(out, "%s  %.*s\n", i ? "" : "\nassumed:\n", STR_ARG(note));
    }
}

/* The whole where `name` is empty; n_scopes: there is none that has the figure. */
static size_t find_scope(const struct sim_study *s, enum sim_metric m, struct str name,
                         bool (*is_same)(struct str a, struct str b))
{
    size_t i = 0;
    for (; i < s->n_scopes; i++) {
        bool is_all = s->scopes[i].kind == SIM_ALL_QUEUES || s->scopes[i].kind == SIM_ALL_AGENTS;
        if (sim_scope_has(&s->scopes[i], m) &&
            (name.len ? !is_all && is_same(name, s->scopes[i].name) : is_all)) {
            break;
        }
    }
    return i;
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
        size_t i = find_scope(s, m, scope, str_eq);
        i = i < s->n_scopes ? i : find_scope(s, m, scope, str_eq_fold);
        if (i < s->n_scopes) {
            struct sim_estimate e = sim_study_estimate(s, i, m);
            *out = e.value;
            *out_half_width = e.half_width;
            return true;
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
