/* A draft as one HTML file: no script, no network; what is touched as inline SVG. */
#include "validator/draft_report.h"
#include "validator/graph_view.h"
#include "validator/report_int.h"

static const char style[] =
    "body{font:15px/1.5 system-ui,sans-serif;max-width:90em;margin:2em auto;padding:0 "
    "1em;color:#222}"
    "table{border-collapse:collapse}td,th{padding:.2em .8em;text-align:left;vertical-align:top}"
    "tr:nth-child(even){background:#f4f4f4}h2{margin-top:1.6em}.note{color:#555}"
    ".stop{background:#fde8e0}.graph{overflow:auto;border:1px solid #ddd}"
    "code{font-size:13px}.kind{font-style:italic;color:#a33}";

static void put(struct buf *out, struct buf *scratch)
{
    deps_put_markup(out, buf_str(scratch));
    buf_clear(scratch);
}

static void put_steps(struct buf *out, const struct draft *d)
{
    struct buf text = {0};
    buf_put(out, STR("<h2>Steps</h2>\n<table><tr><th></th><th>what</th><th>operation</th>"
                     "<th></th></tr>\n"));
    for (size_t i = 0; i < d->n_steps; i++) {
        const struct draft_step *s = &d->steps[i];
        struct str verb = plan_verb_name(s->plan.verb);
        buf_printf(out, "<tr%s><td>%.*s</td><td>", s->is_refused ? " class=\"stop\"" : "",
                   STR_ARG(verb));
        draft_put_what(&text, s);
        put(out, &text);
        buf_put(out, STR("</td><td><code>"));
        deps_put_markup(out, s->plan.op->id);
        buf_put(out, STR("</code></td><td>"));
        for (size_t k = 0; k < s->plan.n_members; k++) {
            const struct plan_member *m = &s->plan.members[k];
            buf_put(out, k ? STR("<br>") : STR(""));
            buf_printf(&text, "%.*s: ", STR_ARG(m->field));
            draft_put_value(&text, m->before);
            buf_put(&text, STR(" → "));
            draft_put_value(&text, m->after);
            put(out, &text);
        }
        if (s->is_refused) {
            buf_printf(&text, "refused, %d: %.*s", s->status, STR_ARG(s->answer));
            put(out, &text);
        }
        buf_put(out, STR("</td></tr>\n"));
    }
    buf_put(out, STR("</table>\n"));
    buf_done(&text);
}

static void put_breaks(struct buf *out, const struct draft *d)
{
    struct buf text = {0};
    buf_put(out, d->n_breaks ? STR("<h2>What breaks</h2>\n") : STR(""));
    for (size_t i = 0; i < d->n_breaks; i++) {
        const struct draft_break *b = &d->breaks[i];
        buf_put(out, STR("<h3>"));
        draft_put_cause(&text, b);
        put(out, &text);
        buf_put(out, STR("</h3>\n<ul>\n"));
        for (size_t k = 0; k < b->impact.n; k++) {
            struct str kind = edge_kind_name(b->impact.hits[k].edge->kind);
            buf_put(out, STR("<li>"));
            draft_put_hit(&text, b, &b->impact.hits[k]);
            put(out, &text);
            buf_printf(out, " <span class=\"kind\">%.*s</span></li>\n", STR_ARG(kind));
        }
        buf_put(out, STR("</ul>\n"));
    }
    buf_done(&text);
}

static void put_findings(struct buf *out, const struct draft *d)
{
    struct buf text = {0};
    size_t n = 0;
    for (size_t i = 0; i < d->n_stays; i++) {
        buf_put(out, n++ ? STR("") : STR("<h2>To be looked at</h2>\n<ul>\n"));
        buf_printf(&text, "%.*s → %.*s: %.*s", STR_ARG(d->stays[i].who), STR_ARG(d->stays[i].where),
                   STR_ARG(d->stays[i].why));
        buf_put(out, STR("<li>"));
        put(out, &text);
        buf_put(out, STR("</li>\n"));
    }
    for (size_t i = 0; i < d->check.fs->len; i++) {
        const struct finding *f = &d->check.fs->at[i];
        struct str severity = report_severity(f->severity);
        if (!draft_is_told(d, f)) {
            continue;
        }
        buf_put(out, n++ ? STR("") : STR("<h2>To be looked at</h2>\n<ul>\n"));
        buf_printf(&text, "%.*s %.*s: %.*s", STR_ARG(severity), STR_ARG(f->rule),
                   STR_ARG(f->message));
        buf_put(out, STR("<li>"));
        put(out, &text);
        buf_put(out, STR("</li>\n"));
    }
    buf_put(out, n ? STR("</ul>\n") : STR(""));
    buf_done(&text);
}

/* What the steps are about, those who name it, and what it names: one step away, so that the picture stays
 * one. */
static void put_graph(struct buf *out, const struct draft *d, struct arena *a)
{
    const struct deps *g = d->before;
    size_t n = deps_node_count(g), count = 0;
    unsigned char *is_in = ARENA_ARRAY(a, n + 1, unsigned char);
    unsigned char *is_marked = ARENA_ARRAY(a, n + 1, unsigned char);
    for (size_t i = 0; i < d->n_expects; i++) {
        uint32_t node = d->expects[i].resource->parent
                            ? DEPS_NONE
                            : deps_find(g, d->expects[i].resource, d->expects[i].id);
        for (size_t k = 0; node != DEPS_NONE && k < deps_users_count(g, node); k++) {
            is_in[deps_user(g, node, k)->from] = 1;
        }
        for (size_t k = 0; node != DEPS_NONE && k < deps_uses_count(g, node); k++) {
            is_in[deps_use(g, node, k)->to] = 1;
        }
        if (node != DEPS_NONE) {
            is_in[node] = is_marked[node] = 1;
        }
    }
    for (size_t i = 0; i < d->n_breaks && d->breaks[i].graph == g; i++) {
        is_in[d->breaks[i].node] = is_marked[d->breaks[i].node] = 1;
        for (size_t k = 0; k < d->breaks[i].impact.n; k++) {
            is_in[d->breaks[i].impact.hits[k].edge->from] = 1;
        }
    }
    for (size_t i = 0; i < n; i++) {
        count += is_in[i];
    }
    if (!count) {
        return;
    }
    buf_put(out, STR("<h2>Who names whom</h2>\n<p class=\"note\">Before the plan. What it is about "
                     "is marked; a line goes from the one that names.</p>\n"));
    if (count > DEPS_DRAWN_MAX) {
        buf_printf(out,
                   "<p>%zu things are touched: too many for a picture. rehearse graph --of "
                   "ENTITY draws a part.</p>\n",
                   count);
        return;
    }
    struct deps_view view;
    deps_view_these(&view, a, g, is_in, is_marked);
    buf_put(out, STR("<div class=\"graph\">\n"));
    deps_view_svg(out, &view);
    buf_put(out, STR("</div>\n"));
}

void draft_html(struct buf *out, const struct draft *d, const struct draft_look *look)
{
    struct buf text = {0};
    struct arena a;
    arena_init(&a, 0, 0);
    buf_put(out, STR("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n<title>"));
    struct str tenant = tenant_name(d->check.tenant);
    buf_printf(&text, "Plan for %.*s", STR_ARG(tenant));
    put(out, &text);
    buf_printf(out, "</title><style>%s</style></head><body>\n<h1>", style);
    buf_printf(&text, "Plan for the tenant \"%.*s\" (%.*s)", STR_ARG(tenant),
               STR_ARG(d->check.contract->name));
    put(out, &text);
    buf_put(out, STR("</h1>\n<p>"));
    draft_put_counts(&text, d);
    put(out, &text);
    buf_put(out, STR(".</p>\n<p>"));
    if (d->pace.writes) {
        draft_put_pace(&text, d);
        put(out, &text);
        buf_put_char(out, '.');
    }
    buf_put(out, STR("</p>\n"));
    put_steps(out, d);
    put_breaks(out, d);
    put_findings(out, d);
    put_graph(out, d, &a);
    buf_put(out, STR("<p class=\"note\">rehearse "));
    deps_put_markup(out, look->version);
    for (size_t i = 0; i < look->n_from; i++) {
        buf_put(out, i ? STR(", ") : STR("; planned from "));
        deps_put_markup(out, look->from[i]);
    }
    buf_put(out, STR("</p>\n</body></html>\n"));
    buf_done(&text);
    arena_done(&a);
}
