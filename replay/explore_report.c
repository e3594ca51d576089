/* The report card of an exploration: a row a rule, a column a fault. */
#include "replay/explore_int.h"

#include <string.h>

enum { COLUMNS_MAX = 64 };

/* What stands in the cell of a rule and a fault: the worst over all requests. */
struct card {
    struct str faults[COLUMNS_MAX];
    size_t n;
    enum judged judged[CONDUCT_RULES][COLUMNS_MAX];
    const struct explore_cell *shown[CONDUCT_RULES][COLUMNS_MAX]; /* the first broken one */
    size_t n_broken[CONDUCT_RULES][COLUMNS_MAX];
    bool has_rule[CONDUCT_RULES]; /* held or broken somewhere */
};

static size_t column_of(struct card *c, struct str fault)
{
    size_t i = 0;
    while (i < c->n && !str_eq(c->faults[i], fault)) {
        i++;
    }
    if (i == c->n && c->n < COLUMNS_MAX) {
        c->faults[c->n++] = fault;
    }
    return i < COLUMNS_MAX ? i : COLUMNS_MAX - 1;
}

static void fill(struct card *c, const struct exploration *x)
{
    *c = (struct card){.n = 0};
    for (size_t i = 0; i < x->n_cells; i++) {
        const struct explore_cell *cell = &x->cells[i];
        if (!cell->is_done || !cell->was_met) {
            continue;
        }
        size_t k = column_of(c, cell->then_fault.len ? STR("two faults") : cell->fault);
        for (size_t r = 0; r < CONDUCT_RULES; r++) {
            enum judged judged = cell->judged[r];
            bool is_broken = explore_is_news(x, cell, r);
            if (is_broken) {
                c->n_broken[r][k]++;
                c->shown[r][k] = c->shown[r][k] ? c->shown[r][k] : cell;
                c->judged[r][k] = JUDGED_BROKEN;
            } else if (judged == JUDGED_HELD && c->judged[r][k] == JUDGED_NOT_EXERCISED) {
                c->judged[r][k] = JUDGED_HELD;
            }
            c->has_rule[r] = c->has_rule[r] || c->judged[r][k] != JUDGED_NOT_EXERCISED;
        }
    }
}

static const char *mark_of(enum judged judged)
{
    return judged == JUDGED_BROKEN ? "x" : judged == JUDGED_HELD ? "+" : ".";
}

static void put_fault_option(struct buf *out, struct str fault, struct str operation, uint64_t nth)
{
    const struct explore_fault *f = explore_fault_find(fault);
    if (f && *f->further) {
        buf_printf(
            out,
            " --fault '{\"preset\":\"%.*s\"%s,\"when\":{\"operation\":\"%.*s\",\"nth\":%llu},"
            "\"times\":1}'",
            STR_ARG(fault), f->further, STR_ARG(operation), (unsigned long long)nth);
        return;
    }
    const struct explore_cell one = {.fault = fault, .operation = operation, .nth = nth};
    buf_put(out, STR(" --fault "));
    explore_cell_put_name(out, &one);
}

/* The second fault's rule comes first: an earlier rule takes what a later one would have counted. */
static void put_reproduction(struct buf *out, const struct exploration *x,
                             const struct explore_cell *cell)
{
    buf_put(out, STR("rehearse run"));
    buf_put(out, x->options);
    if (cell && cell->then_fault.len) {
        put_fault_option(out, cell->then_fault, cell->then_operation, cell->then_nth);
    }
    if (cell) {
        put_fault_option(out, cell->fault, cell->operation, cell->nth);
    }
    buf_printf(out, " -- %.*s", STR_ARG(x->command));
}

static void put_head(struct buf *out, const struct exploration *x)
{
    buf_printf(out, "%zu requests of the clean run, %zu pairs of request and fault", x->n_requests,
               x->n_singles);
    if (x->n_cells > x->n_singles) {
        buf_printf(out, ", %s%zu of two faults", x->are_pairs_cut ? "the first " : "",
                   x->n_cells - x->n_singles);
    }
    if (x->n_done < x->n_cells) {
        buf_printf(out, " (%zu of them run)", x->n_done);
    }
    buf_printf(out, ", %zu met\n", x->n_met);
    if (x->is_interrupted) {
        buf_printf(out, "note: interrupted by the user: %zu runs of %zu were finished\n", x->n_done,
                   x->n_cells);
    }
    size_t n_failed = 0;
    struct str why = STR("");
    for (size_t i = 0; i < x->n_cells; i++) {
        why = x->cells[i].failed.len && !why.len ? x->cells[i].failed : why;
        n_failed += x->cells[i].failed.len > 0;
    }
    if (n_failed) {
        buf_printf(out, "note: %zu runs were not possible: %.*s\n", n_failed, STR_ARG(why));
    }
    if (x->clean_exit != 0) {
        buf_printf(out, "note: the clean run ended with status %d\n", x->clean_exit);
    }
    if (!x->is_deterministic) {
        buf_printf(
            out, "note: two clean runs differ (%.*s): verdicts of this program depend on chance\n",
            STR_ARG(x->difference));
    }
}

/* The columns' numbers, and what they mean. */
static void put_legend(struct buf *out, const struct card *c)
{
    enum { WIDE = 22, ACROSS = 4 };
    buf_put(out, STR("\n+ held  x broken  . not exercised\n"));
    for (size_t k = 0; k < c->n; k++) {
        bool is_last = k % ACROSS == ACROSS - 1 || k + 1 == c->n;
        buf_printf(out, "%4zu %-*.*s%s", k + 1, is_last ? 0 : WIDE, STR_ARG(c->faults[k]),
                   is_last ? "\n" : "");
    }
    buf_printf(out, "\n%24s", "");
    for (size_t k = 0; k < c->n; k++) {
        buf_printf(out, "%3zu", k + 1);
    }
    buf_put_char(out, '\n');
}

/* The first few other pairs of presets that break the rule. */
static void put_other_pairs(struct buf *out, const struct exploration *x, size_t rule,
                            const struct explore_cell *shown)
{
    enum { OTHERS_MAX = 5 };
    const struct explore_cell *told[OTHERS_MAX] = {shown};
    size_t n = 1;
    for (size_t i = shown->index + 1; i < x->n_cells && n < OTHERS_MAX; i++) {
        const struct explore_cell *cell = &x->cells[i];
        bool is_new = explore_is_news(x, cell, rule);
        for (size_t k = 0; k < n && is_new; k++) {
            is_new = !str_eq(cell->fault, told[k]->fault) ||
                     !str_eq(cell->then_fault, told[k]->then_fault);
        }
        if (is_new) {
            buf_put(out, STR("       also "));
            explore_cell_put_name(out, cell);
            buf_put_char(out, '\n');
            told[n++] = cell;
        }
    }
}

void exploration_put_text(struct buf *out, const struct exploration *x, bool has_colour)
{
    struct card c;
    const char *red = has_colour ? "\x1b[31m" : "", *plain = has_colour ? "\x1b[0m" : "";
    fill(&c, x);
    put_head(out, x);
    for (size_t r = 0; r < CONDUCT_RULES; r++) {
        if (x->clean[r] == JUDGED_BROKEN) {
            const struct conduct_rule *rule = conduct_rule_at(r);
            buf_printf(out, "\n%sbroken%s %.*s %.*s without any fault: ", red, plain,
                       STR_ARG(rule->id), STR_ARG(rule->name));
            report_put_line(out, x->clean_texts[r]);
            buf_put(out, STR("\n       "));
            put_reproduction(out, x, NULL);
            buf_put_char(out, '\n');
        }
    }
    put_legend(out, &c);
    for (size_t r = 0; r < CONDUCT_RULES; r++) {
        const struct conduct_rule *rule = conduct_rule_at(r);
        if (!c.has_rule[r]) {
            continue;
        }
        buf_printf(out, "%.*s %-19.*s", STR_ARG(rule->id), STR_ARG(rule->name));
        for (size_t k = 0; k < c.n; k++) {
            bool is_broken = c.judged[r][k] == JUDGED_BROKEN;
            buf_printf(out, "  %s%s%s", is_broken ? red : "", mark_of(c.judged[r][k]),
                       is_broken ? plain : "");
        }
        buf_put_char(out, '\n');
    }
    for (size_t r = 0; r < CONDUCT_RULES; r++) {
        for (size_t k = 0; k < c.n; k++) {
            const struct explore_cell *cell = c.shown[r][k];
            if (cell) {
                const struct conduct_rule *rule = conduct_rule_at(r);
                buf_printf(out, "\n%sbroken%s %.*s %.*s under %.*s", red, plain, STR_ARG(rule->id),
                           STR_ARG(rule->name), STR_ARG(c.faults[k]));
                if (c.n_broken[r][k] > 1) {
                    buf_printf(out, " (%zu of them)", c.n_broken[r][k]);
                }
                buf_put(out, STR(": "));
                report_put_line(out, cell->texts[r]);
                buf_put(out, STR("\n       "));
                put_reproduction(out, x, cell);
                buf_put_char(out, '\n');
                if (cell->then_fault.len) {
                    put_other_pairs(out, x, r, cell);
                }
            }
        }
    }
    buf_printf(out, "\n%zu broken\n", x->n_broken);
}

/* --- JSON: also what shards are merged from --- */

static void put_text(struct buf *out, const char *name, struct str value)
{
    buf_printf(out, "\"%s\":", name);
    report_put_json(out, value);
}

static void put_rules(struct buf *out, const enum judged *judged, const struct str *texts)
{
    bool is_first = true;
    buf_put(out, STR("\"rules\":{"));
    for (size_t r = 0; r < CONDUCT_RULES; r++) {
        if (judged[r] == JUDGED_NOT_EXERCISED) {
            continue;
        }
        buf_printf(out, "%s\"%.*s\":{\"verdict\":\"%s\"", is_first ? "" : ",",
                   STR_ARG(conduct_rule_at(r)->id), judged_name(judged[r]));
        if (texts[r].len) {
            buf_put_char(out, ',');
            put_text(out, "text", texts[r]);
        }
        buf_put_char(out, '}');
        is_first = false;
    }
    buf_put_char(out, '}');
}

static void put_met(struct buf *out, const struct exploration *x, const struct explore_cell *c)
{
    struct buf again = {0};
    buf_printf(out, ",\"met\":%s,\"exitStatus\":%d,\"signal\":%d,\"timeout\":%s,\"requests\":%zu,",
               c->was_met ? "true" : "false", c->exit_status, c->signal,
               c->is_timeout ? "true" : "false", c->n_requests);
    if (c->failed.len) {
        put_text(out, "failed", c->failed);
        buf_put_char(out, ',');
    }
    put_reproduction(&again, x, c);
    put_text(out, "reproduce", buf_str(&again));
    buf_done(&again);
    buf_put_char(out, ',');
    put_rules(out, c->judged, c->texts);
}

static void put_cell(struct buf *out, const struct exploration *x, const struct explore_cell *c)
{
    buf_printf(out, "{\"index\":%zu,", c->index);
    put_text(out, "fault", c->fault);
    buf_put_char(out, ',');
    put_text(out, "operation", c->operation);
    buf_printf(out, ",\"nth\":%llu,", (unsigned long long)c->nth);
    if (c->then_fault.len) {
        buf_put(out, STR("\"then\":{"));
        put_text(out, "fault", c->then_fault);
        buf_put_char(out, ',');
        put_text(out, "operation", c->then_operation);
        buf_printf(out, ",\"nth\":%llu},", (unsigned long long)c->then_nth);
    }
    buf_printf(out, "\"done\":%s", c->is_done ? "true" : "false");
    if (c->is_done) {
        put_met(out, x, c);
    }
    buf_put_char(out, '}');
}

void exploration_put_json(struct buf *out, const struct exploration *x)
{
    buf_put(out, STR("{\"format_version\":\"1.0\",\"kind\":\"exploration\","));
    put_text(out, "profile", x->profile);
    buf_put_char(out, ',');
    put_text(out, "options", x->options);
    buf_put_char(out, ',');
    put_text(out, "command", x->command);
    buf_printf(out, ",\"deterministic\":%s,", x->is_deterministic ? "true" : "false");
    put_text(out, "difference", x->difference);
    buf_printf(out,
               ",\"interrupted\":%s,\"pairsCut\":%s,\"clean\":{\"requests\":%zu,\"exitStatus\":%d,",
               x->is_interrupted ? "true" : "false", x->are_pairs_cut ? "true" : "false",
               x->n_requests, x->clean_exit);
    put_rules(out, x->clean, x->clean_texts);
    buf_put(out, STR("},\"cells\":["));
    for (size_t i = 0; i < x->n_cells; i++) {
        buf_put(out, i ? STR(",\n") : STR("\n"));
        put_cell(out, x, &x->cells[i]);
    }
    buf_printf(out,
               "],\"summary\":{\"cells\":%zu,\"ofTwoFaults\":%zu,\"done\":%zu,\"met\":%zu,"
               "\"broken\":%zu}}\n",
               x->n_cells, x->n_cells - x->n_singles, x->n_done, x->n_met, x->n_broken);
}

/* --- for build services and people --- */

void exploration_put_junit(struct buf *out, const struct exploration *x)
{
    struct card c;
    size_t n = 0, n_failed = 0;
    struct buf cases = {0};
    fill(&c, x);
    for (size_t r = 0; r < CONDUCT_RULES; r++) {
        for (size_t k = 0; k < c.n; k++) {
            const struct explore_cell *cell = c.shown[r][k];
            if (c.judged[r][k] == JUDGED_NOT_EXERCISED) {
                continue;
            }
            n++;
            buf_printf(&cases, "<testcase classname=\"%.*s %.*s\" name=\"",
                       STR_ARG(conduct_rule_at(r)->id), STR_ARG(conduct_rule_at(r)->name));
            report_put_xml(&cases, c.faults[k], true);
            if (!cell) {
                buf_put(&cases, STR("\"/>\n"));
                continue;
            }
            n_failed++;
            buf_put(&cases, STR("\"><failure message=\""));
            report_put_xml(&cases, cell->texts[r], true);
            buf_put(&cases, STR("\">"));
            struct buf again = {0};
            put_reproduction(&again, x, cell);
            report_put_xml(&cases, buf_str(&again), false);
            buf_done(&again);
            buf_put(&cases, STR("</failure></testcase>\n"));
        }
    }
    buf_printf(out,
               "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n<testsuite "
               "name=\"explore\" tests=\"%zu\" failures=\"%zu\" skipped=\"0\" errors=\"0\">\n",
               n, n_failed);
    buf_put(out, buf_str(&cases));
    buf_put(out, STR("</testsuite>\n</testsuites>\n"));
    buf_done(&cases);
}

void exploration_put_markdown(struct buf *out, const struct exploration *x)
{
    struct card c;
    fill(&c, x);
    buf_printf(out, "<!-- rehearse explore -->\n### Report card: %zu broken\n\n", x->n_broken);
    put_head(out, x);
    buf_put(out, STR("\n| rule |"));
    for (size_t k = 0; k < c.n; k++) {
        buf_printf(out, " %.*s |", STR_ARG(c.faults[k]));
    }
    buf_put(out, STR("\n|---|"));
    for (size_t k = 0; k < c.n; k++) {
        buf_put(out, STR("---|"));
    }
    for (size_t r = 0; r < CONDUCT_RULES; r++) {
        if (c.has_rule[r]) {
            buf_printf(out, "\n| %.*s %.*s |", STR_ARG(conduct_rule_at(r)->id),
                       STR_ARG(conduct_rule_at(r)->name));
            for (size_t k = 0; k < c.n; k++) {
                buf_printf(out, " %s |",
                           c.judged[r][k] == JUDGED_BROKEN ? "**broken**"
                           : c.judged[r][k] == JUDGED_HELD ? "held"
                                                           : "");
            }
        }
    }
    buf_put_char(out, '\n');
    for (size_t r = 0; r < CONDUCT_RULES; r++) {
        for (size_t k = 0; k < c.n; k++) {
            if (c.shown[r][k]) {
                buf_printf(out, "\n- %.*s under %.*s: ", STR_ARG(conduct_rule_at(r)->id),
                           STR_ARG(c.faults[k]));
                report_put_markdown(out, c.shown[r][k]->texts[r]);
                buf_put(out, STR("\n  `"));
                put_reproduction(out, x, c.shown[r][k]);
                buf_put_char(out, '`');
            }
        }
    }
    buf_put_char(out, '\n');
}

static const char style[] =
    "body{font:15px/1.5 system-ui,sans-serif;margin:2em;color:#222}table{border-collapse:collapse}"
    "td,th{padding:.15em .5em;border:1px solid #ddd;text-align:center}td:first-child{text-align:"
    "left;white-space:nowrap}th{writing-mode:vertical-rl;font-weight:400;vertical-align:bottom}"
    ".held{background:#d8f0dc}.broken{background:#f3b4ab}code{background:#f4f4f4;padding:.1em "
    ".3em;white-space:pre-wrap}";

static void put_html_breach(struct buf *out, const struct exploration *x, const struct card *c,
                            size_t r, size_t k)
{
    struct buf again = {0};
    buf_printf(out, "<li>%.*s %.*s under <b>", STR_ARG(conduct_rule_at(r)->id),
               STR_ARG(conduct_rule_at(r)->name));
    report_put_xml(out, c->faults[k], false);
    buf_put(out, STR("</b>: "));
    report_put_xml(out, c->shown[r][k]->texts[r], false);
    buf_put(out, STR("<br><code>"));
    put_reproduction(&again, x, c->shown[r][k]);
    report_put_xml(out, buf_str(&again), false);
    buf_put(out, STR("</code></li>\n"));
    buf_done(&again);
}

void exploration_put_html(struct buf *out, const struct exploration *x)
{
    struct card c;
    fill(&c, x);
    buf_printf(out,
               "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Report "
               "card</title><style>%s</style></head><body>\n<h1>Report card: %zu broken</h1>\n<p>",
               style, x->n_broken);
    struct buf head = {0};
    put_head(&head, x);
    report_put_xml(out, buf_str(&head), false);
    buf_done(&head);
    buf_put(out, STR("</p>\n<table><tr><td></td>"));
    for (size_t k = 0; k < c.n; k++) {
        buf_put(out, STR("<th>"));
        report_put_xml(out, c.faults[k], false);
        buf_put(out, STR("</th>"));
    }
    buf_put(out, STR("</tr>\n"));
    for (size_t r = 0; r < CONDUCT_RULES; r++) {
        if (!c.has_rule[r]) {
            continue;
        }
        buf_printf(out, "<tr><td>%.*s %.*s</td>", STR_ARG(conduct_rule_at(r)->id),
                   STR_ARG(conduct_rule_at(r)->name));
        for (size_t k = 0; k < c.n; k++) {
            enum judged judged = c.judged[r][k];
            buf_printf(out, "<td class=\"%s\">%s</td>",
                       judged == JUDGED_NOT_EXERCISED ? "" : judged_name(judged), mark_of(judged));
        }
        buf_put(out, STR("</tr>\n"));
    }
    buf_put(out, STR("</table>\n<ul>\n"));
    for (size_t r = 0; r < CONDUCT_RULES; r++) {
        for (size_t k = 0; k < c.n; k++) {
            if (c.shown[r][k]) {
                put_html_breach(out, x, &c, r, k);
            }
        }
    }
    buf_put(out, STR("</ul>\n</body></html>\n"));
}
