/* JUnit and checkstyle. Findings that are no errors fail no test: they stand in its output. */
#include "validator/report_int.h"

static void put_attribute(struct buf *b, const char *name, struct str value)
{
    buf_printf(b, " %s=\"", name);
    report_put_xml(b, value, true);
    buf_put_char(b, '"');
}

/* One finding as text: place, message, what to do. */
static void put_text(struct buf *b, const struct finding *f)
{
    struct buf text;
    buf_init(&text, NULL);
    report_gcc_item(&text, f);
    const struct {
        const char *head;
        struct str text;
    } parts[] = {{"expected: ", f->expected}, {"help: ", f->hint}};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        if (parts[i].text.len > 0) {
            buf_printf(&text, "  %s", parts[i].head);
            report_put_line(&text, parts[i].text);
            buf_put_char(&text, '\n');
        }
    }
    report_put_xml(b, buf_str(&text), false);
    buf_done(&text);
}

static const struct finding *first_error(const struct report *r, const struct report_groups *g,
                                         const struct report_group *group)
{
    for (size_t i = group->first; i != REPORT_NONE; i = g->next_item[i]) {
        if (r->items[i].finding.severity == SEVERITY_ERROR) {
            return &r->items[i].finding;
        }
    }
    return NULL;
}

static void put_findings(struct buf *b, const struct report *r, const struct report_groups *g,
                         const struct report_group *group, bool is_error)
{
    for (size_t i = group->first; i != REPORT_NONE; i = g->next_item[i]) {
        const struct finding *f = &r->items[i].finding;
        if ((f->severity == SEVERITY_ERROR) == is_error) {
            put_text(b, f);
        }
    }
}

static void put_case(struct buf *b, const struct report *r, const struct report_groups *g,
                     const struct report_group *group)
{
    struct buf name;
    buf_init(&name, NULL);
    report_put_group(&name, group);
    buf_put(b, STR("<testcase"));
    put_attribute(b, "name", buf_str(&name));
    put_attribute(b, "classname", report_path(group->file));
    put_attribute(b, "file", report_path(group->file));
    if (group->line > 0) {
        buf_printf(b, " line=\"%u\"", group->line);
    }
    buf_put(b, STR(" time=\"0\">\n"));
    const struct finding *error = first_error(r, g, group);
    if (error != NULL) {
        buf_put(b, STR("<failure"));
        put_attribute(b, "message", error->message);
        put_attribute(b, "type", error->rule);
        buf_put_char(b, '>');
        put_findings(b, r, g, group, true);
        buf_put(b, STR("</failure>\n"));
    } else if (group->skip != NULL) {
        buf_put(b, STR("<skipped"));
        put_attribute(b, "message", group->skip->why);
        buf_put(b, STR("/>\n"));
    }
    size_t at = b->len;
    buf_put(b, STR("<system-out>"));
    size_t begin = b->len;
    put_findings(b, r, g, group, false);
    if (b->len == begin) {
        b->len = at;
    } else {
        buf_put(b, STR("</system-out>\n"));
    }
    buf_put(b, STR("</testcase>\n"));
    buf_done(&name);
}

static void put_seconds(struct buf *b, const struct report *r)
{
    buf_printf(b, " time=\"%llu.%03u\"", (unsigned long long)(r->summary.ms / 1000),
               (unsigned)(r->summary.ms % 1000));
}

void report_junit(struct buf *out, const struct report *r)
{
    struct arena a;
    arena_init(&a, 0, 0);
    struct report_groups g;
    report_group(&g, &a, r);
    size_t errors = 0, skips = 0;
    for (size_t i = 0; i < g.n_suites; i++) {
        errors += g.suites[i].errors;
        skips += g.suites[i].skips;
    }
    buf_put(out, STR("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"rehearse\""));
    buf_printf(out, " tests=\"%zu\" failures=\"%zu\" errors=\"0\" skipped=\"%zu\"", g.n_groups,
               errors, skips);
    put_seconds(out, r);
    buf_put(out, STR(">\n"));
    for (size_t i = 0; i < g.n_suites; i++) {
        const struct report_suite *s = &g.suites[i];
        buf_put(out, STR("<testsuite"));
        put_attribute(out, "name", report_path(s->file));
        buf_printf(out,
                   " tests=\"%zu\" failures=\"%zu\" errors=\"0\" skipped=\"%zu\" time=\"0\">\n",
                   s->n, s->errors, s->skips);
        for (size_t k = s->first; k != REPORT_NONE; k = g.groups[k].next) {
            put_case(out, r, &g, &g.groups[k]);
        }
        buf_put(out, STR("</testsuite>\n"));
    }
    buf_put(out, STR("</testsuites>\n"));
    arena_done(&a);
}

/* --- checkstyle --- */

void report_checkstyle(struct buf *out, const struct report *r)
{
    static const char *const severities[] = {
        [SEVERITY_NOTE] = "info", [SEVERITY_WARNING] = "warning", [SEVERITY_ERROR] = "error"};
    buf_put(out, STR("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<checkstyle version=\"4.3\">\n"));
    const struct str *file = NULL;
    for (size_t i = 0; i < r->n_items; i++) {
        const struct finding *f = &r->items[i].finding;
        if (!report_is_shown(&r->items[i])) {
            continue;
        }
        if (file == NULL || !str_eq(*file, f->file)) {
            buf_put(out, file != NULL ? STR("</file>\n<file") : STR("<file"));
            put_attribute(out, "name", report_path(f->file));
            buf_put(out, STR(">\n"));
            file = &f->file;
        }
        buf_printf(out, "<error line=\"%u\" column=\"%u\" severity=\"%s\"", f->line, f->column,
                   severities[f->severity]);
        put_attribute(out, "message", f->message);
        buf_put(out, STR(" source=\"rehearse."));
        report_put_xml(out, f->rule, true);
        buf_put(out, STR("\"/>\n"));
    }
    buf_put(out, file != NULL ? STR("</file>\n</checkstyle>\n") : STR("</checkstyle>\n"));
}
