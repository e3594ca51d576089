/* A judgement as text, JSON, JUnit and Markdown. */
#include "replay/judge.h"

#include <string.h>

static struct str colour_of(enum judged judged)
{
    return judged == JUDGED_BROKEN ? STR("\x1b[31m")
           : judged == JUDGED_HELD ? STR("\x1b[32m")
                                   : STR("\x1b[2m");
}

static void put_coloured(struct buf *out, bool has_colour, struct str colour, const char *text)
{
    buf_put(out, has_colour ? colour : STR(""));
    buf_put(out, str_of(text));
    buf_put(out, has_colour ? STR("\x1b[0m") : STR(""));
}

void exchange_put(struct buf *out, const struct exchange *x)
{
    buf_printf(out, "#%llu ", (unsigned long long)x->number);
    date_put(out, x->from_us, 3);
    if (x->is_handshake) {
        buf_put(out, STR(" TLS handshake"));
    } else {
        buf_put_char(out, ' ');
        report_put_line(out, x->method);
        buf_put_char(out, ' ');
        report_put_line(out, str_slice(x->uri, 0, 160));
        buf_printf(out, " → %s%d", x->is_lost ? "lost, was " : "", x->status);
    }
    if (x->fault.len) {
        buf_put(out, STR(" (fault "));
        report_put_line(out, x->fault);
        buf_put_char(out, ')');
    }
}

static void put_breaches(struct buf *out, const struct verdict *v)
{
    for (size_t i = 0; i < v->n_broken && i < BREACHES_MAX; i++) {
        const struct breach *b = &v->breaches[i];
        buf_put(out, STR("       "));
        report_put_line(out, b->text);
        buf_put_char(out, '\n');
        for (size_t k = 0; k < b->n_at; k++) {
            buf_put(out, STR("         "));
            exchange_put(out, b->at[k]);
            buf_put_char(out, '\n');
        }
    }
    if (v->n_broken > BREACHES_MAX) {
        buf_printf(out, "       and %zu times more\n", v->n_broken - BREACHES_MAX);
    }
}

static void put_faults(struct buf *out, const struct evidence *e)
{
    for (size_t i = 0; i < e->n_unmet; i++) {
        buf_put(out, STR("fault never met: "));
        report_put_line(out, e->unmet[i]);
        buf_put_char(out, '\n');
    }
}

void judgement_put_text(struct buf *out, const struct judgement *j, const struct evidence *e,
                        bool has_colour, bool is_verbose)
{
    for (size_t i = 0; i < CONDUCT_RULES; i++) {
        const struct verdict *v = &j->verdicts[i];
        if (v->judged == JUDGED_NOT_EXERCISED && !is_verbose) {
            continue;
        }
        put_coloured(out, has_colour, colour_of(v->judged), judged_name(v->judged));
        buf_printf(out, "%*s %.*s %.*s: %.*s\n",
                   v->judged == JUDGED_NOT_EXERCISED ? 0 : 7 - (int)strlen(judged_name(v->judged)),
                   "", STR_ARG(v->rule->id), STR_ARG(v->rule->name), STR_ARG(v->rule->text));
        put_breaches(out, v);
        if (v->judged == JUDGED_BROKEN) {
            buf_printf(out, "       do: %.*s\n", STR_ARG(v->rule->how));
        }
        if (v->judged == JUDGED_OFF) {
            buf_printf(out, "       off: %.*s\n", STR_ARG(v->off_reason));
        }
    }
    put_faults(out, e);
    buf_printf(out, "%zu requests: %zu rules held, %zu broken, %zu not exercised", e->n, j->n_held,
               j->n_broken, j->n_not_exercised);
    if (j->n_off) {
        buf_printf(out, ", %zu off", j->n_off);
    }
    buf_put_char(out, '\n');
}

/* --- JSON --- */

static void put_pair(struct buf *out, const char *name, struct str value)
{
    buf_printf(out, "\"%s\":", name);
    report_put_json(out, value);
}

static void put_exchange_json(struct buf *out, const struct exchange *x)
{
    buf_printf(out, "{\"number\":%llu,\"at\":\"", (unsigned long long)x->number);
    date_put(out, x->from_us, 6);
    buf_put(out, STR("\","));
    put_pair(out, "site", x->site);
    buf_put_char(out, ',');
    put_pair(out, "method", x->method);
    buf_put_char(out, ',');
    put_pair(out, "uri", x->uri);
    buf_printf(out, ",\"status\":%d,\"lost\":%s,", x->status, x->is_lost ? "true" : "false");
    put_pair(out, "fault", x->fault);
    buf_put_char(out, '}');
}

static void put_breaches_json(struct buf *out, const struct verdict *v)
{
    for (size_t i = 0; i < v->n_broken && i < BREACHES_MAX; i++) {
        const struct breach *b = &v->breaches[i];
        buf_put(out, i ? STR(",{") : STR("{"));
        put_pair(out, "text", b->text);
        buf_put(out, STR(",\"requests\":["));
        for (size_t k = 0; k < b->n_at; k++) {
            buf_put(out, k ? STR(",") : STR(""));
            put_exchange_json(out, b->at[k]);
        }
        buf_put(out, STR("]}"));
    }
}

static void put_texts_json(struct buf *out, const char *name, const struct str *at, size_t n)
{
    buf_printf(out, "\"%s\":[", name);
    for (size_t i = 0; i < n; i++) {
        buf_put(out, i ? STR(",") : STR(""));
        report_put_json(out, at[i]);
    }
    buf_put_char(out, ']');
}

void judgement_put_json(struct buf *out, const struct judgement *j, const struct evidence *e)
{
    buf_put(out, STR("{\"format_version\":\"1.0\",\"rules\":["));
    for (size_t i = 0; i < CONDUCT_RULES; i++) {
        const struct verdict *v = &j->verdicts[i];
        buf_put(out, i ? STR(",\n{") : STR("\n{"));
        put_pair(out, "id", v->rule->id);
        buf_put_char(out, ',');
        put_pair(out, "name", v->rule->name);
        buf_put_char(out, ',');
        put_pair(out, "verdict", str_of(judged_name(v->judged)));
        buf_printf(out, ",\"occasions\":%zu,\"broken\":%zu,", v->n_occasions, v->n_broken);
        put_pair(out, "reason", v->off_reason);
        buf_put(out, STR(",\"breaches\":["));
        put_breaches_json(out, v);
        buf_put(out, STR("]}"));
    }
    buf_put(out, STR("],\n"));
    put_texts_json(out, "unmetFaults", e->unmet, e->n_unmet);
    buf_put_char(out, ',');
    put_texts_json(out, "strangeHosts", e->strange_hosts, e->n_strange_hosts);
    if (e->end.is_known) {
        buf_printf(out, ",\"end\":{\"exitStatus\":%d,\"signal\":%d,\"timeout\":%s}",
                   e->end.exit_status, e->end.signal, e->end.is_timeout ? "true" : "false");
    } else if (e->end.is_stopped) {
        buf_put(out, STR(",\"end\":{\"interrupted\":true}"));
    }
    buf_printf(out,
               ",\"summary\":{\"requests\":%zu,\"held\":%zu,\"broken\":%zu,\"notExercised\":%zu,"
               "\"off\":%zu,\"ok\":%s}}\n",
               e->n, j->n_held, j->n_broken, j->n_not_exercised, j->n_off,
               j->is_well ? "true" : "false");
}

/* --- JUnit, Markdown --- */

void judgement_put_junit(struct buf *out, const struct judgement *j, const struct evidence *e)
{
    size_t n_unmet = e->n_unmet;
    buf_printf(out,
               "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n<testsuite "
               "name=\"conduct\" tests=\"%zu\" failures=\"%zu\" skipped=\"%zu\" errors=\"0\">\n",
               (size_t)CONDUCT_RULES + n_unmet, j->n_broken + n_unmet,
               j->n_not_exercised + j->n_off);
    for (size_t i = 0; i < CONDUCT_RULES; i++) {
        const struct verdict *v = &j->verdicts[i];
        buf_printf(out, "<testcase classname=\"conduct\" name=\"%.*s %.*s\"", STR_ARG(v->rule->id),
                   STR_ARG(v->rule->name));
        if (v->judged == JUDGED_HELD) {
            buf_put(out, STR("/>\n"));
            continue;
        }
        if (v->judged != JUDGED_BROKEN) {
            buf_printf(out, "><skipped message=\"%s\"/></testcase>\n", judged_name(v->judged));
            continue;
        }
        buf_put(out, STR("><failure message=\""));
        report_put_xml(out, v->breaches[0].text, true);
        buf_put(out, STR("\">"));
        struct buf text = {0};
        put_breaches(&text, v);
        report_put_xml(out, buf_str(&text), false);
        buf_done(&text);
        buf_put(out, STR("</failure></testcase>\n"));
    }
    for (size_t i = 0; i < n_unmet; i++) {
        buf_put(out, STR("<testcase classname=\"faults\" name=\""));
        report_put_xml(out, e->unmet[i], true);
        buf_put(out, STR("\"><failure message=\"this fault was never met\"/></testcase>\n"));
    }
    buf_put(out, STR("</testsuite>\n</testsuites>\n"));
}

void judgement_put_markdown(struct buf *out, const struct judgement *j, const struct evidence *e)
{
    buf_put(out, STR("<!-- rehearse conduct -->\n"));
    buf_printf(out,
               "### Conduct: %s\n\n%zu requests, %zu rules held, %zu broken, %zu not exercised\n",
               j->is_well ? "well" : "broken", e->n, j->n_held, j->n_broken, j->n_not_exercised);
    if (j->n_broken) {
        buf_put(out, STR("\n| rule | what happened | requests |\n|---|---|---|\n"));
    }
    for (size_t i = 0; i < CONDUCT_RULES; i++) {
        const struct verdict *v = &j->verdicts[i];
        for (size_t k = 0; k < v->n_broken && k < BREACHES_MAX; k++) {
            const struct breach *b = &v->breaches[k];
            buf_printf(out, "| %.*s %.*s | ", STR_ARG(v->rule->id), STR_ARG(v->rule->name));
            report_put_markdown(out, b->text);
            buf_put(out, STR(" |"));
            for (size_t n = 0; n < b->n_at; n++) {
                buf_printf(out, " #%llu", (unsigned long long)b->at[n]->number);
            }
            buf_put(out, STR(" |\n"));
        }
    }
    for (size_t i = 0; i < e->n_unmet; i++) {
        buf_put(out, STR("\nFault never met: "));
        report_put_markdown(out, e->unmet[i]);
        buf_put_char(out, '\n');
    }
}
