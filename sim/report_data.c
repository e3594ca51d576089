/* A study as data: JSON, and rows for spreadsheets. */
#include "sim/report_int.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

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
    case SIM_ONE_CHANNEL:
        return "channel";
    case SIM_ONE_SKILL:
        return "skill";
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

static void put_ratio(struct buf *out, const char *name, struct sim_pair p)
{
    buf_printf(out, ",\"%s\":", name);
    put_number(out, p.under > 0 ? p.over / p.under : (double)NAN);
}

/* The sums of a scope in an interval; false where it is of agents. */
static bool interval_sums(const struct sim_study *s, const struct sim_scope *scope, size_t i,
                          struct sim_queue_sums *out)
{
    const struct sim_model *m = &s->workload->model;
    size_t step = s->sums->n_intervals + 1;
    *out = (struct sim_queue_sums){0};
    switch (scope->kind) {
    case SIM_ONE_QUEUE:
        *out = s->sums->queues[scope->index * step + 1 + i];
        return true;
    case SIM_ONE_CHANNEL:
        *out = s->sums->channels[scope->index * step + 1 + i];
        return true;
    case SIM_ALL_QUEUES:
        for (size_t q = 0; q < m->n_queues; q++) {
            sim_queue_sums_add(out, &s->sums->queues[q * step + 1 + i]);
        }
        return true;
    case SIM_ONE_SKILL:
        for (size_t k = 0; k < m->skills[scope->index].n_queues; k++) {
            sim_queue_sums_add(out,
                               &s->sums->queues[m->skills[scope->index].queues[k] * step + 1 + i]);
        }
        return true;
    case SIM_ALL_AGENTS:
    case SIM_ONE_GROUP:
        break;
    }
    return false;
}

static struct sim_group_sums interval_agents(const struct sim_study *s,
                                             const struct sim_scope *scope, size_t i)
{
    size_t step = s->sums->n_intervals + 1;
    struct sim_group_sums sum = {0};
    for (size_t g = 0; g < s->workload->model.n_groups; g++) {
        if (scope->kind == SIM_ALL_AGENTS || scope->index == g) {
            sim_group_sums_add(&sum, &s->sums->groups[g * step + 1 + i]);
        }
    }
    return sum;
}

static void put_intervals(struct buf *out, const struct sim_study *s, const struct sim_scope *scope)
{
    double n = (double)s->n,
           length_s = (double)s->workload->model.interval_ticks / (double)SIM_TICKS_PER_S;
    buf_put(out, STR(",\"intervals\":["));
    for (size_t i = 0; i < s->sums->n_intervals; i++) {
        struct sim_queue_sums q;
        buf_printf(out, "%s{\"from_s\":%.9g", i ? "," : "", (double)i * length_s);
        if (interval_sums(s, scope, i, &q)) {
            buf_printf(out, ",\"offered\":%.9g,\"answered\":%.9g,\"abandoned\":%.9g",
                       (double)q.offered / n, (double)q.answered / n, (double)q.abandoned / n);
            put_ratio(out, "service_level", sim_queue_pair(&q, SIM_SERVICE_LEVEL));
            put_ratio(out, "wait_s", sim_queue_pair(&q, SIM_WAIT));
            put_ratio(out, "delayed", sim_queue_pair(&q, SIM_DELAYED));
            put_ratio(out, "uncoded", sim_queue_pair(&q, SIM_UNCODED));
        } else {
            struct sim_group_sums g = interval_agents(s, scope, i);
            buf_printf(out, ",\"staffed\":%.9g,\"stuck_agents\":%.9g",
                       (double)g.staffed_ticks / (double)SIM_TICKS_PER_S / length_s / n,
                       (double)g.stuck_agents / n);
            put_ratio(out, "talk_share", sim_group_pair(&g, SIM_TALK_SHARE));
            put_ratio(out, "acw_share", sim_group_pair(&g, SIM_ACW_SHARE));
            put_ratio(out, "stuck_share", sim_group_pair(&g, SIM_STUCK_SHARE));
            put_ratio(out, "idle_share", sim_group_pair(&g, SIM_IDLE_SHARE));
        }
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
        }
        put_intervals(out, s, scope);
        buf_put_char(out, '}');
    }
    buf_put(out, STR("]}"));
}

/* What common random numbers bring, figure by figure. */
static void put_gains(struct buf *out, const struct sim_study *a, const struct sim_study *b,
                      size_t scope)
{
    bool is_first = true;
    for (int k = 0; k < SIM_METRIC_COUNT; k++) {
        enum sim_metric m = (enum sim_metric)k;
        double gain = sim_scope_has(&a->scopes[scope], m) ? report_variance_gain(a, b, scope, m)
                                                          : (double)NAN;
        if (!isnan(gain)) {
            buf_printf(out, "%s\"%s\":%.6g", is_first ? "" : ",", sim_metric_name(m), gain);
            is_first = false;
        }
    }
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
        buf_put(out, STR("},\"variance_gain\":{"));
        put_gains(out, a, b, i);
        buf_put(out, STR("}}"));
    }
    buf_put_char(out, ']');
}

static void put_summary(struct buf *out, const struct sim_study *a, const struct sim_study *b)
{
    struct buf text = {0};
    report_summary(&text, a, b);
    struct str rest = buf_str(&text), line = {0};
    buf_put(out, STR(",\"summary\":["));
    for (bool is_first = true; rest.len && str_cut(&rest, '\n', &line); is_first = false) {
        buf_put(out, is_first ? STR("") : STR(","));
        buf_put_json_string(out, line);
    }
    buf_put_char(out, ']');
    buf_done(&text);
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
    put_summary(out, a, b);
    buf_put(out, STR(",\"assumptions\":["));
    struct str note = {0};
    for (size_t i = 0; report_note(&note, a, b, i); i++) {
        buf_put(out, i ? STR(",") : STR(""));
        buf_put_json_string(out, note);
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

struct csv {
    struct buf *out;
    const char *configuration;
    const struct sim_scope *scope;
};

static void put_row(const struct csv *c, const char *from, const char *figure, double value,
                    double half_width)
{
    buf_printf(c->out, "%s,%s,", c->configuration, kind_name(c->scope->kind));
    put_csv_text(c->out, c->scope->name);
    buf_printf(c->out, ",%s,%s,", from, figure);
    if (!isnan(value)) {
        buf_printf(c->out, "%.9g", value);
    }
    buf_put_char(c->out, ',');
    if (!isnan(half_width)) {
        buf_printf(c->out, "%.9g", half_width);
    }
    buf_put(c->out, STR("\r\n"));
}

/* The figures of each interval: means over all days. */
static void put_interval_rows(const struct csv *c, const struct sim_study *s)
{
    for (size_t i = 0; i < s->sums->n_intervals; i++) {
        struct sim_queue_sums q;
        char from[32];
        bool is_queue = interval_sums(s, c->scope, i, &q);
        struct sim_group_sums g = {0};
        if (!is_queue) {
            g = interval_agents(s, c->scope, i);
        }
        snprintf(from, sizeof from, "%.9g",
                 (double)i * (double)s->workload->model.interval_ticks / (double)SIM_TICKS_PER_S);
        if (is_queue) {
            put_row(c, from, "offered", (double)q.offered / (double)s->n, (double)NAN);
        }
        for (int k = 0; k < SIM_METRIC_COUNT; k++) {
            enum sim_metric m = (enum sim_metric)k;
            if (sim_scope_has(c->scope, m)) {
                struct sim_pair p = is_queue ? sim_queue_pair(&q, m) : sim_group_pair(&g, m);
                put_row(c, from, sim_metric_name(m), p.under > 0 ? p.over / p.under : (double)NAN,
                        (double)NAN);
            }
        }
    }
}

/* Quantiles of waits and how often each code was chosen, of a queue. */
static void put_queue_rows(const struct csv *c, const struct sim_study *s)
{
    static const struct {
        double p;
        const char *name;
    } quantiles[] = {
        {0.5, "wait_p50_s"}, {0.9, "wait_p90_s"}, {0.95, "wait_p95_s"}, {0.99, "wait_p99_s"}};
    const struct sim_model *m = &s->workload->model;
    const struct sim_queue *queue = &m->queues[c->scope->index];
    size_t first = 0;
    for (size_t i = 0; i < sizeof quantiles / sizeof *quantiles; i++) {
        put_row(c, "", quantiles[i].name, sim_study_wait(s, c->scope->index, quantiles[i].p),
                (double)NAN);
    }
    for (size_t i = 0; i < c->scope->index; i++) {
        first += m->queues[i].n_codes;
    }
    for (size_t i = 0; i < queue->n_codes && queue->code_names; i++) {
        struct buf name = {0}, quoted = {0};
        buf_printf(&name, "code %.*s", STR_ARG(queue->code_names[i]));
        put_csv_text(&quoted, buf_str(&name));
        put_row(c, "", buf_cstr(&quoted), (double)s->sums->codes[first + i] / (double)s->n,
                (double)NAN);
        buf_done(&name);
        buf_done(&quoted);
    }
}

void sim_report_csv(struct buf *out, const struct sim_study *a, const struct sim_study *b)
{
    static const char *const names[] = {"baseline", "candidate", "difference"};
    buf_put(out, STR("configuration,kind,name,from_s,figure,value,half_width\r\n"));
    for (int which = 0; which < (b ? 3 : 1); which++) {
        const struct sim_study *s = which == 0 ? a : b;
        for (size_t i = 0; i < a->n_scopes; i++) {
            const struct csv c = {out, names[which], &a->scopes[i]};
            for (int k = 0; k < SIM_METRIC_COUNT; k++) {
                enum sim_metric m = (enum sim_metric)k;
                if (sim_scope_has(c.scope, m)) {
                    struct sim_estimate e =
                        which == 2 ? sim_study_difference(a, b, i, m) : sim_study_estimate(s, i, m);
                    put_row(&c, "", sim_metric_name(m), e.value, e.half_width);
                }
            }
            if (which < 2 && s->n > 0) {
                if (c.scope->kind == SIM_ONE_QUEUE) {
                    put_queue_rows(&c, s);
                }
                put_interval_rows(&c, s);
            }
        }
    }
}
