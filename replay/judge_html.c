/* A judgement as one HTML page: no script, no network. Requests on a line of time, with faults and verdicts. */
#include "replay/judge.h"

enum { WIDTH = 960, ROW = 18, LEFT = 330, RIGHT = 20, ROWS_MAX = 400 };

static const char style[] =
    "body{font:15px/1.5 system-ui,sans-serif;max-width:75em;margin:2em auto;padding:0 1em;"
    "color:#222}table{border-collapse:collapse}td,th{padding:.2em .8em;text-align:left;"
    "vertical-align:top}tr:nth-child(even){background:#f6f6f6}svg{display:block;max-width:100%;"
    "height:auto}text{font:11px ui-monospace,monospace;fill:#333}.well{fill:#3a8f4d}"
    ".refused{fill:#d9a21b}.lost{fill:#c0392b}.fault{stroke:#c0392b;stroke-width:2;fill:none}"
    ".grid{stroke:#ddd}.held{color:#2b7a3d}.broken{color:#c0392b;font-weight:600}"
    ".none{color:#888}small{color:#555}";

static int64_t first_us(const struct evidence *e)
{
    int64_t at = e->n ? e->at[0].from_us : 0;
    for (size_t i = 1; i < e->n; i++) {
        at = e->at[i].from_us < at ? e->at[i].from_us : at;
    }
    return at;
}

static int64_t last_us(const struct evidence *e)
{
    int64_t at = e->n ? e->at[0].to_us : 0;
    for (size_t i = 1; i < e->n; i++) {
        at = e->at[i].to_us > at ? e->at[i].to_us : at;
    }
    return at;
}

static void put_row(struct buf *out, const struct exchange *x, size_t row, int64_t from,
                    double scale)
{
    double y = (double)(row + 1) * ROW;
    double at = LEFT + (double)(x->from_us - from) * scale;
    double wide = (double)(x->to_us - x->from_us) * scale;
    const char *how = x->is_lost || x->is_handshake ? "lost" : x->status < 400 ? "well" : "refused";
    struct buf label = {0};
    buf_printf(&label, "#%llu %.*s %.*s", (unsigned long long)x->number, STR_ARG(x->method),
               STR_ARG(str_slice(x->path, 0, 34)));
    buf_printf(out, "<text x=\"0\" y=\"%.1f\">", y + 12);
    report_put_xml(out, x->is_handshake ? STR("TLS handshake") : buf_str(&label), false);
    buf_printf(out, "</text><text x=\"%d\" y=\"%.1f\">%d</text>\n", LEFT - 34, y + 12, x->status);
    buf_printf(out, "<rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%d\"><title>",
               how, at, y + 3, wide < 3 ? 3 : wide, ROW - 6);
    struct buf line = {0};
    exchange_put(&line, x);
    report_put_xml(out, buf_str(&line), false);
    buf_put(out, STR("</title></rect>"));
    if (x->fault.len) {
        buf_printf(out, "<circle class=\"fault\" cx=\"%.1f\" cy=\"%.1f\" r=\"7\"/>", at, y + 9);
        buf_printf(out, "<text x=\"%.1f\" y=\"%.1f\">", at + (wide < 3 ? 3 : wide) + 8, y + 12);
        report_put_xml(out, x->fault, false);
        buf_put(out, STR("</text>"));
    }
    buf_put_char(out, '\n');
    buf_done(&label);
    buf_done(&line);
}

static void put_timeline(struct buf *out, const struct evidence *e)
{
    size_t n = e->n < ROWS_MAX ? e->n : ROWS_MAX;
    int64_t from = first_us(e), to = last_us(e);
    double seconds = to > from ? (double)(to - from) / US_PER_S : 0.001;
    double scale = (double)(WIDTH - LEFT - RIGHT - 120) / (seconds * US_PER_S);
    buf_printf(out, "<h2>Requests</h2>\n<svg viewBox=\"0 0 %d %zu\" width=\"%d\" role=\"img\">\n",
               WIDTH, (n + 2) * ROW, WIDTH);
    for (int i = 0; i <= 4; i++) {
        double x = LEFT + seconds * US_PER_S * scale * i / 4;
        buf_printf(out,
                   "<line class=\"grid\" x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%zu\"/><text "
                   "x=\"%.1f\" y=\"11\">%.3g s</text>\n",
                   x, ROW, x, (n + 1) * ROW, x, seconds * i / 4);
    }
    for (size_t i = 0; i < n; i++) {
        put_row(out, &e->at[i], i, from, scale);
    }
    buf_put(out, STR("</svg>\n"));
    if (n < e->n) {
        buf_printf(out, "<p>and %zu requests more</p>\n", e->n - n);
    }
}

static void put_verdict(struct buf *out, const struct verdict *v)
{
    const char *how = v->judged == JUDGED_BROKEN ? "broken"
                      : v->judged == JUDGED_HELD ? "held"
                                                 : "none";
    buf_printf(out, "<tr><td>%.*s</td><td class=\"%s\">%s</td><td>%.*s", STR_ARG(v->rule->id), how,
               judged_name(v->judged), STR_ARG(v->rule->text));
    for (size_t i = 0; i < v->n_broken && i < BREACHES_MAX; i++) {
        const struct breach *b = &v->breaches[i];
        buf_put(out, STR("<br>"));
        report_put_xml(out, b->text, false);
        for (size_t k = 0; k < b->n_at; k++) {
            struct buf line = {0};
            exchange_put(&line, b->at[k]);
            buf_put(out, STR("<br><small>"));
            report_put_xml(out, buf_str(&line), false);
            buf_put(out, STR("</small>"));
            buf_done(&line);
        }
    }
    if (v->judged == JUDGED_BROKEN) {
        buf_printf(out, "<br><small>do: %.*s</small>", STR_ARG(v->rule->how));
    }
    buf_put(out, STR("</td></tr>\n"));
}

void judgement_put_html(struct buf *out, const struct judgement *j, const struct evidence *e)
{
    buf_printf(out,
               "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Conduct: "
               "%s</title><style>%s</style></head><body>\n<h1>Conduct: %s</h1>\n<p>%zu requests; "
               "%zu rules held, %zu broken, %zu not exercised</p>\n",
               j->is_well ? "well" : "broken", style, j->is_well ? "well" : "broken", e->n,
               j->n_held, j->n_broken, j->n_not_exercised);
    for (size_t i = 0; i < e->n_unmet; i++) {
        buf_put(out, STR("<p class=\"broken\">Fault never met: "));
        report_put_xml(out, e->unmet[i], false);
        buf_put(out, STR("</p>\n"));
    }
    put_timeline(out, e);
    buf_put(out, STR("<h2>Rules</h2>\n<table>\n"));
    for (int pass = 0; pass < 2; pass++) { /* what is broken stands first */
        for (size_t i = 0; i < CONDUCT_RULES; i++) {
            if ((j->verdicts[i].judged == JUDGED_BROKEN) == (pass == 0)) {
                put_verdict(out, &j->verdicts[i]);
            }
        }
    }
    buf_put(out, STR("</table>\n</body></html>\n"));
}
