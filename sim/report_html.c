/* A report as one HTML file: no script, no network; plots as inline SVG. */
#include "sim/report_int.h"

#include <math.h>

enum { WIDTH = 640, HEIGHT = 180, LEFT = 48, RIGHT = 10, TOP = 12, BOTTOM = 26 };

static const char style[] =
    "body{font:15px/1.5 system-ui,sans-serif;max-width:70em;margin:2em auto;padding:0 "
    "1em;color:#222}"
    "table{border-collapse:collapse}td,th{padding:.15em .9em;text-align:right;white-space:nowrap}"
    "td:first-child,th:first-child{text-align:left}tr:nth-child(even){background:#f4f4f4}"
    "h2{margin-top:1.6em}svg{display:block;max-width:100%;height:auto}.note{color:#555}"
    ".stop{background:#fde8e0;padding:.5em 1em}text{font:11px system-ui,sans-serif;fill:#555}"
    ".a{stroke:#1f5fa8;fill:none;stroke-width:2}.b{stroke:#d1571b;fill:none;stroke-width:2}"
    ".axis{stroke:#bbb}";

static void put_text(struct buf *out, struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        switch (s.s[i]) {
        case '&':
            buf_put(out, STR("&amp;"));
            break;
        case '<':
            buf_put(out, STR("&lt;"));
            break;
        case '>':
            buf_put(out, STR("&gt;"));
            break;
        default:
            buf_put_char(out, s.s[i]);
        }
    }
}

static double x_of(size_t i, size_t n)
{
    return LEFT + (double)(WIDTH - LEFT - RIGHT) * (double)i / (double)(n ? n : 1);
}

static double y_of(double value, double top)
{
    return TOP + (double)(HEIGHT - TOP - BOTTOM) * (1 - value / top);
}

/* The frame: what the axis reaches, and hours below. */
static void begin_plot(struct buf *out, const char *title, const struct sim_study *s, double top,
                       const char *unit)
{
    double hours = (double)s->workload->model.end_ticks / (double)SIM_TICKS_PER_S / 3600;
    buf_printf(out, "<h3>%s</h3>\n<svg viewBox=\"0 0 %d %d\" width=\"%d\" role=\"img\">\n", title,
               WIDTH, HEIGHT, WIDTH);
    for (int i = 0; i <= 4; i++) {
        double y = y_of(top * i / 4, top);
        buf_printf(out,
                   "<line class=\"axis\" x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\"/>"
                   "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%.3g%s</text>\n",
                   LEFT, y, WIDTH - RIGHT, y, LEFT - 6, y + 4, top * i / 4, unit);
        buf_printf(out, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%.4g h</text>\n",
                   x_of((size_t)i, 4), HEIGHT - 8, hours * i / 4);
    }
}

static double value_of(const struct sim_queue_sums *q, enum sim_metric m)
{
    struct sim_pair p = sim_queue_pair(q, m);
    return p.under > 0 ? p.over / p.under : (double)NAN;
}

static const struct sim_queue_sums *interval(const struct sim_study *s, size_t queue, size_t i)
{
    return &s->sums->queues[queue * (s->sums->n_intervals + 1) + 1 + i];
}

/* Steps, one an interval; where there is nothing the line is broken. */
static void put_line(struct buf *out, const struct sim_study *s, size_t queue, enum sim_metric m,
                     double scale, double top, char class)
{
    size_t n = s->sums->n_intervals;
    bool is_open = false;
    buf_printf(out, "<path class=\"%c\" d=\"", class);
    for (size_t i = 0; i < n; i++) {
        double v = value_of(interval(s, queue, i), m) * scale;
        if (isnan(v)) {
            is_open = false;
            continue;
        }
        double y = y_of(v < top ? v : top, top);
        buf_printf(out, "%c%.1f %.1fH%.1f", is_open ? 'L' : 'M', x_of(i, n), y, x_of(i + 1, n));
        is_open = true;
    }
    buf_put(out, STR("\"/>\n"));
}

static double greatest_wait(const struct sim_study *s, size_t queue)
{
    double top = 1;
    for (size_t i = 0; s && i < s->sums->n_intervals; i++) {
        double v = value_of(interval(s, queue, i), SIM_WAIT);
        top = !isnan(v) && v > top ? v : top;
    }
    return top;
}

static void put_queue_plots(struct buf *out, const struct sim_study *a, const struct sim_study *b,
                            size_t queue)
{
    double top = fmax(greatest_wait(a, queue), greatest_wait(b, queue));
    buf_put(out, STR("<h2>"));
    put_text(out, a->workload->model.queues[queue].name);
    buf_put(out, STR("</h2>\n"));
    begin_plot(out, "Service level by interval of arrival", a, 100, " %");
    put_line(out, a, queue, SIM_SERVICE_LEVEL, 100, 100, 'a');
    if (b) {
        put_line(out, b, queue, SIM_SERVICE_LEVEL, 100, 100, 'b');
    }
    buf_put(out, STR("</svg>\n"));
    begin_plot(out, "Mean wait by interval of arrival", a, top, " s");
    put_line(out, a, queue, SIM_WAIT, 1, top, 'a');
    if (b) {
        put_line(out, b, queue, SIM_WAIT, 1, top, 'b');
    }
    buf_put(out, STR("</svg>\n"));
}

/* Agent states, lowest band first. */
static const struct {
    enum sim_metric metric;
    const char *label, *colour;
} bands[] = {
    {SIM_TALK_SHARE, "talk", "#3b7dc4"},
    {SIM_ACW_SHARE, "after-call work", "#e0a030"},
    {SIM_STUCK_SHARE, "stuck", "#c0392b"},
    {SIM_IDLE_SHARE, "idle", "#b8d8b0"},
};
enum { BANDS = sizeof bands / sizeof *bands };

static struct sim_pair all_agents(const struct sim_study *s, size_t i, enum sim_metric m)
{
    struct sim_pair sum = {0};
    for (size_t g = 0; g < s->workload->model.n_groups; g++) {
        struct sim_pair p =
            sim_group_pair(&s->sums->groups[g * (s->sums->n_intervals + 1) + 1 + i], m);
        sum.over += p.over;
        sum.under += p.under;
    }
    return sum;
}

static void put_bands(struct buf *out, const char *title, const struct sim_study *s)
{
    size_t n = s->sums->n_intervals;
    begin_plot(out, title, s, 100, " %");
    for (size_t i = 0; i < n; i++) {
        double from = 0;
        for (size_t k = 0; k < BANDS; k++) {
            struct sim_pair p = all_agents(s, i, bands[k].metric);
            double share = p.under > 0 ? 100 * p.over / p.under : 0,
                   to = fmin(100, from + fmax(0, share));
            if (to > from) {
                buf_printf(
                    out,
                    "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"%s\"/>\n",
                    x_of(i, n), y_of(to, 100), x_of(1, n) - x_of(0, n) + 0.3,
                    y_of(from, 100) - y_of(to, 100), bands[k].colour);
            }
            from = to;
        }
    }
    buf_put(out, STR("</svg>\n<p class=\"note\">"));
    for (size_t k = 0; k < BANDS; k++) {
        buf_printf(out, "<span style=\"color:%s\">&#9632;</span> %s &nbsp; ", bands[k].colour,
                   bands[k].label);
    }
    buf_put(out, STR("</p>\n"));
}

static void put_row(struct buf *out, const struct report_word *w, const struct sim_study *a,
                    const struct sim_study *b, size_t scope)
{
    struct sim_estimate x = sim_study_estimate(a, scope, w->metric),
                        y = b ? sim_study_estimate(b, scope, w->metric) : x;
    if (!sim_scope_has(&a->scopes[scope], w->metric) || report_is_dull(w, x.value, y.value)) {
        return;
    }
    buf_printf(out, "<tr><td>%s</td><td>", w->label);
    report_value(out, w, x.value, x.half_width, false);
    if (b) {
        struct sim_estimate d = sim_study_difference(a, b, scope, w->metric);
        buf_put(out, STR("</td><td>"));
        report_value(out, w, y.value, y.half_width, false);
        buf_put(out, report_is_chance(d) ? STR("</td><td>") : STR("</td><td><b>"));
        report_value(out, w, d.value, d.half_width, true);
        buf_put(out, report_is_chance(d) ? STR("") : STR("</b>"));
    }
    buf_put(out, STR("</td></tr>\n"));
}

static void put_tables(struct buf *out, const struct sim_study *a, const struct sim_study *b)
{
    for (size_t s = 0; s < a->n_scopes; s++) {
        if (report_repeats(a, s)) {
            continue;
        }
        buf_put(out, STR("<table><tr><th>"));
        put_text(out, a->scopes[s].name);
        buf_put(out, b ? STR("</th><th>baseline</th><th>candidate</th><th>difference</th></tr>\n")
                       : STR("</th><th></th></tr>\n"));
        for (size_t i = 0; i < REPORT_WORDS; i++) {
            put_row(out, &report_words[i], a, b, s);
        }
        buf_put(out, STR("</table><p></p>\n"));
    }
}

static void put_head(struct buf *out, const struct sim_study *a, const struct sim_study *b)
{
    struct buf summary = {0};
    buf_put(out, STR("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>"));
    put_text(out, a->workload->name);
    buf_printf(out, "</title><style>%s</style></head><body>\n<h1>", style);
    put_text(out, a->workload->name);
    buf_put(out, STR("</h1>\n"));
    if (a->is_interrupted || (b && b->is_interrupted)) {
        buf_put(out, STR("<p class=\"stop\"><b>Interrupted:</b> fewer replications than asked "
                         "for.</p>\n"));
    }
    report_summary(&summary, a, b);
    struct str rest = buf_str(&summary), line = {0};
    while (rest.len && str_cut(&rest, '\n', &line)) {
        buf_put(out, STR("<p>"));
        put_text(out, line);
        buf_put(out, STR("</p>\n"));
    }
    buf_done(&summary);
    buf_printf(
        out, "<p class=\"note\">%zu replications, seed %llu; ± is half of a 95 %% interval%s</p>\n",
        a->n, (unsigned long long)a->seed,
        b ? "; bold differences are more than chance explains. In the plots the baseline is "
            "<span style=\"color:#1f5fa8\">blue</span>, the candidate <span "
            "style=\"color:#d1571b\">orange</span>"
          : "");
}

void sim_report_html(struct buf *out, const struct sim_study *a, const struct sim_study *b)
{
    put_head(out, a, b);
    put_tables(out, a, b);
    if (a->sums->n_intervals) {
        for (size_t q = 0; q < a->workload->model.n_queues; q++) {
            put_queue_plots(out, a, b, q);
        }
        buf_put(out, STR("<h2>Agents</h2>\n"));
        put_bands(out, b ? "What agents do, baseline" : "What agents do", a);
        if (b) {
            put_bands(out, "What agents do, candidate", b);
        }
    } else {
        buf_put(out, STR("<p class=\"note\">Plots need <code>day.interval</code> in the "
                         "workload.</p>\n"));
    }
    struct str note = {0};
    size_t n = 0;
    for (; report_note(&note, a, b, n); n++) {
        buf_put(out, n ? STR("<li>") : STR("<h2>Assumed</h2>\n<ul><li>"));
        put_text(out, note);
        buf_put(out, STR("</li>\n"));
    }
    buf_put(out, n ? STR("</ul></body></html>\n") : STR("</body></html>\n"));
}
