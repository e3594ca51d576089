/* The matrix as a page: a table a queue, agents who are alike in a row, codes in columns. Self-contained;
 * every text of the tenant is escaped. */
#include "sim/assign_int.h"

enum { NAMES_SHOWN = 8 };

static const char style[] =
    "body{font:15px/1.45 system-ui,sans-serif;margin:2em auto;max-width:75em;padding:0 1em}"
    "table{border-collapse:collapse;margin:.5em 0 1.5em;display:block;overflow-x:auto}"
    "th,td{border:1px solid #bbb;padding:.25em .5em;text-align:left;vertical-align:top}"
    "td.y{background:#d5eed9}td.n{background:#f6d8d5}td.p{background:#fbedc8}"
    "small{color:#555}.error{color:#a11}.warning{color:#850}.note{color:#356}"
    "@media(prefers-color-scheme:dark){body{background:#181818;color:#ddd}td.y{background:#1d4526}"
    "td.n{background:#5a2622}td.p{background:#574618}small{color:#aaa}}";

static void put_text(struct buf *out, struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        switch (text.s[i]) {
        case '<':
            buf_put(out, STR("&lt;"));
            break;
        case '>':
            buf_put(out, STR("&gt;"));
            break;
        case '&':
            buf_put(out, STR("&amp;"));
            break;
        case '"':
            buf_put(out, STR("&quot;"));
            break;
        default:
            buf_put_char(out, text.s[i]);
        }
    }
}

static bool is_on(const struct assign_queue *q, size_t code)
{
    return assign_bit(q->codes, code) || assign_bit(q->off, code);
}

/* All reasons of one cell, for the pointer that rests on it. */
static void put_why(struct buf *out, const struct assign_floor *f, const struct assign_group *g,
                    size_t queue, size_t channel, size_t code)
{
    uint32_t why = sim_assign_why(f, g->agents[0], queue, channel, code);
    struct buf says = {0};
    for (size_t r = 0; r < ASSIGN_REASON_COUNT; r++) {
        if (why >> r & 1) {
            buf_put(&says, says.len ? STR("; ") : STR(""));
            sim_assign_reason_put(&says, f, (enum assign_reason)r, g->agents[0], queue, channel,
                                  code);
        }
    }
    put_text(out, buf_str(&says));
    buf_done(&says);
}

/* Usable on all of the queue's channels, on some, on none. */
static void put_cell(struct buf *out, const struct assign_floor *f, const struct assign_group *g,
                     size_t queue, size_t code)
{
    uint64_t open = f->queues[queue].is.channels;
    size_t yes = 0, all = 0, bad = open ? (size_t)__builtin_ctzll(open) : 0;
    for (size_t x = 0; x < f->n_channels; x++) {
        bool is_usable = assign_bit(g->rows + x * f->code_words, code);
        bool counts = open >> x & 1;
        all += counts;
        yes += counts && is_usable;
        bad = counts && !is_usable ? x : bad;
    }
    bool is_whole = all > 0 && yes == all;
    buf_printf(out, "<td class=%s title=\"", is_whole ? "y" : yes ? "p" : "n");
    if (!is_whole) {
        put_why(out, f, g, queue, bad, code);
    }
    buf_printf(out, "\">%s</td>", is_whole ? "yes" : yes ? "partly" : "no");
}

static void put_row(struct buf *out, const struct assign_floor *f, const struct assign_group *g,
                    size_t queue)
{
    buf_printf(out, "<tr><th>%zu <small>", g->n);
    for (size_t i = 0; i < g->n && i < NAMES_SHOWN; i++) {
        buf_put(out, i ? STR(", ") : STR(""));
        put_text(out, f->agents[g->agents[i]].is.name);
    }
    buf_put(out, g->n > NAMES_SHOWN ? STR(" …</small></th>") : STR("</small></th>"));
    for (size_t c = 0; c < f->n_codes; c++) {
        if (is_on(&f->queues[queue], c)) {
            put_cell(out, f, g, queue, c);
        }
    }
    buf_put(out, STR("</tr>\n"));
}

static void put_queue(struct buf *out, const struct assign_proof *p, size_t queue)
{
    const struct assign_floor *f = p->floor;
    const struct assign_queue *q = &f->queues[queue];
    struct arena a;
    arena_init(&a, 0, 0);
    buf_put(out, STR("<h2>"));
    put_text(out, q->is.name);
    buf_printf(out, " <small>after-call work %.*s</small></h2>\n<table><tr><th>agents</th>",
               STR_ARG(floor_mode_name(q->mode)));
    for (size_t c = 0; c < f->n_codes; c++) {
        if (is_on(q, c)) {
            buf_put(out, STR("<th>"));
            put_text(out, f->codes[c].is.name);
            buf_put(out, STR("</th>"));
        }
    }
    buf_put(out, STR("</tr>\n"));
    for (struct assign_group *g = sim_assign_groups(&a, p, queue); g; g = g->next) {
        put_row(out, f, g, queue);
    }
    buf_put(out, STR("</table>\n"));
    arena_done(&a);
}

static void put_findings(struct buf *out, const struct findings *fs)
{
    static const char *const severities[] = {"note", "warning", "error"};
    buf_put(out, fs && fs->len ? STR("<h2>Findings</h2>\n<ul>\n") : STR("<ul>"));
    for (size_t i = 0; fs && i < fs->len; i++) {
        const char *severity = severities[fs->at[i].severity];
        buf_printf(out, "<li class=%s>%s: ", severity, severity);
        put_text(out, fs->at[i].message);
        buf_printf(out, " [%.*s] <small>", STR_ARG(fs->at[i].rule));
        put_text(out, fs->at[i].hint);
        buf_put(out, STR("</small></li>\n"));
    }
    buf_put(out, STR("</ul>\n"));
}

/* A page up to whose floor it is about. */
static void put_head(struct buf *out, const char *title, const struct assign_floor *f)
{
    buf_printf(
        out,
        "<!DOCTYPE html>\n<html lang=en><meta charset=utf-8><title>%s</title>\n"
        "<meta name=viewport content=\"width=device-width\"><style>%s</style>\n<h1>%s</h1>\n<p>",
        title, style, title);
    put_text(out, f->tenant);
    buf_put(out, STR(" ("));
    put_text(out, f->profile);
    buf_put(out, STR("): "));
}

static void put_assumptions(struct buf *out, const struct assign_floor *f)
{
    buf_put(out, f->rule->n_assumptions ? STR("<h2>Assumed</h2>\n<ul>\n") : STR("<ul>"));
    for (size_t i = 0; i < f->rule->n_assumptions; i++) {
        buf_put(out, STR("<li>"));
        put_text(out, f->rule->assumptions[i]);
        buf_put(out, STR("</li>\n"));
    }
    buf_put(out, STR("</ul>\n</html>\n"));
}

void assign_html_moved(struct buf *out, const struct assign_moved *m)
{
    const struct str cells[] = {m->queue, m->channel, m->code};
    buf_printf(out, "<tr><td class=%s>%s</td>", m->is_gained ? "y" : "n",
               m->is_gained ? "usable" : "no longer usable");
    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++) {
        buf_put(out, STR("<td>"));
        put_text(out, cells[i]);
        buf_put(out, STR("</td>"));
    }
    buf_printf(out, "<td>%zu <small>", m->n_agents);
    put_text(out, m->agents);
    buf_put(out, m->n_shown < m->n_agents ? STR(" …</small></td><td>") : STR("</small></td><td>"));
    put_text(out, m->why);
    buf_put(out, STR("</td></tr>\n"));
}

void assign_html_diff(struct buf *out, const struct assign_proof *was,
                      const struct assign_proof *is, const struct assign_delta *delta,
                      struct str rows, const struct findings *fs)
{
    put_head(out, "What the change does to who can use which code", is->floor);
    buf_printf(out,
               "it takes %llu combinations away and gives %llu; usable are %llu, were %llu.</p>\n",
               (unsigned long long)delta->lost, (unsigned long long)delta->gained,
               (unsigned long long)is->n_usable, (unsigned long long)was->n_usable);
    put_findings(out, fs);
    if (rows.len) {
        buf_put(out, STR("<table><tr><th></th><th>queue</th><th>channel</th><th>code</th>"
                         "<th>agents</th><th>why not (of what is usable: before)</th></tr>\n"));
        buf_put(out, rows);
        buf_put(out, STR("</table>\n"));
    }
    put_assumptions(out, is->floor);
}

void sim_assign_html(struct buf *out, const struct assign_proof *p, const struct findings *fs)
{
    const struct assign_floor *f = p->floor;
    put_head(out, "Who can use which code", f);
    buf_printf(out,
               "%zu agents, %zu queues, %zu codes; usable are %llu of %llu combinations. "
               "Rest on a cell to see why not.</p>\n",
               f->n_agents, f->n_queues, f->n_codes, (unsigned long long)p->n_usable,
               (unsigned long long)p->n_possible);
    put_findings(out, fs);
    for (size_t q = 0; q < f->n_queues; q++) {
        put_queue(out, p, q);
    }
    put_assumptions(out, f);
}
