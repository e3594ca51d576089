/* What build services read: GitHub's annotations, GitLab's code quality, reviewdog. */
#include "validator/report_int.h"

#include <string.h>

/* --- GitHub --- */

/* Of each kind GitHub shows ten in a step; what is beyond goes to the log in gcc's style. */
enum { ANNOTATIONS_MAX = 10 };

static void put_property(struct buf *b, const char *name, struct str value)
{
    buf_printf(b, "%s=", name);
    report_put_github(b, value, true);
}

static void put_annotation(struct buf *b, const struct report *r, const struct finding *f)
{
    static const char *const words[] = {
        [SEVERITY_NOTE] = "notice", [SEVERITY_WARNING] = "warning", [SEVERITY_ERROR] = "error"};
    const struct report_rule *rule = report_rule(r, f->rule);
    buf_printf(b, "::%s ", words[f->severity]);
    put_property(b, "file", report_path(f->file));
    if (f->line > 0) {
        uint32_t end_line = f->end_line > 0 ? f->end_line : f->line;
        buf_printf(b, ",line=%u,endLine=%u", f->line, end_line);
        if (end_line == f->line) { /* columns hold within one line only */
            buf_printf(b, ",col=%u", f->column);
            if (f->end_column > f->column) {
                buf_printf(b, ",endColumn=%u", f->end_column);
            }
        }
    }
    buf_put(b, STR(",title="));
    report_put_github(b, f->rule, true);
    if (rule != NULL) {
        buf_put_char(b, ' ');
        report_put_github(b, rule->title, true);
    }
    buf_put(b, STR("::"));
    report_put_github(b, f->message, false);
    if (f->hint.len > 0) {
        buf_put(b, STR("%0A"));
        report_put_github(b, f->hint, false);
    }
    buf_put_char(b, '\n');
}

/* A line of a log that is no command whatever a file is called. */
static void put_plain(struct buf *b, const struct finding *f)
{
    buf_put(b, STR("  "));
    size_t at = b->len;
    report_gcc_item(b, f);
    for (size_t i = at; i + 1 < b->len; i++) {
        if (b->s[i] == ':' && b->s[i + 1] == ':') {
            b->s[i] = ';';
        }
    }
}

void report_github(struct buf *out, const struct report *r)
{
    size_t shown[3] = {0}, rest = 0;
    for (size_t i = 0; i < r->n_items; i++) {
        const struct finding *f = &r->items[i].finding;
        if (!report_is_shown(&r->items[i])) {
            continue;
        }
        if (shown[f->severity]++ < ANNOTATIONS_MAX) {
            put_annotation(out, r, f);
        } else {
            rest++;
        }
    }
    if (rest > 0) {
        buf_printf(out, "::group::%zu more findings (GitHub shows %d of a kind)\n", rest,
                   ANNOTATIONS_MAX);
        memset(shown, 0, sizeof shown);
        for (size_t i = 0; i < r->n_items; i++) {
            const struct finding *f = &r->items[i].finding;
            if (report_is_shown(&r->items[i]) && shown[f->severity]++ >= ANNOTATIONS_MAX) {
                put_plain(out, f);
            }
        }
        buf_put(out, STR("::endgroup::\n"));
    }
    report_put_counts(out, &r->summary);
    buf_put_char(out, '\n');
}

/* --- GitLab --- */

/* GitLab takes equal fingerprints for one finding: a further one gets a number. */
static void put_fingerprint(struct buf *b, struct arena *a, struct map *seen,
                            const struct report_item *item)
{
    struct buf text;
    buf_init(&text, a);
    report_put_fingerprint(&text, item);
    size_t *count = map_get(seen, buf_str(&text));
    if (count == NULL) {
        count = ARENA_NEW(a, size_t);
        map_put(seen, buf_str(&text), count);
        report_member_text(b, "fingerprint", buf_str(&text));
        return;
    }
    ++*count;
    struct buf numbered;
    buf_init(&numbered, a);
    buf_printf(&numbered, "%.*s-%zu", STR_ARG(buf_str(&text)), *count);
    report_member_text(b, "fingerprint", buf_str(&numbered));
}

/* An error of dependency breaks or silences something else: nothing is worse. */
static struct str gitlab_severity(const struct finding *f)
{
    if (f->severity == SEVERITY_ERROR) {
        return str_starts(f->rule, STR("D5")) ? STR("blocker") : STR("critical");
    }
    return f->severity == SEVERITY_WARNING ? STR("major") : STR("info");
}

void report_gitlab(struct buf *out, const struct report *r)
{
    struct arena a;
    arena_init(&a, 0, 0);
    struct map seen = {0};
    buf_put_char(out, '[');
    for (size_t i = 0; i < r->n_items; i++) {
        const struct finding *f = &r->items[i].finding;
        if (!report_is_shown(&r->items[i])) {
            continue;
        }
        report_element(out);
        buf_put(out, STR("\n{"));
        report_member_text(out, "description", f->message);
        report_member_text(out, "check_name", f->rule);
        put_fingerprint(out, &a, &seen, &r->items[i]);
        report_member_text(out, "severity", gitlab_severity(f));
        report_member(out, "location");
        buf_put_char(out, '{');
        report_member_text(out, "path", report_path(f->file));
        report_member(out, "lines");
        buf_printf(out, "{\"begin\":%u}}}", f->line > 0 ? f->line : 1);
    }
    buf_put(out, STR("]\n"));
    map_done(&seen);
    arena_done(&a);
}

/* --- reviewdog --- */

static const struct report_file *file_of(const struct report *r, struct str name)
{
    for (size_t i = 0; i < r->n_files; i++) {
        if (str_eq(r->files[i].name, name)) {
            return r->files[i].text.s != NULL ? &r->files[i] : NULL;
        }
    }
    return NULL;
}

/* Columns of reviewdog count bytes, from 1; without the text those at hand must do. */
static void put_position(struct buf *b, const char *name, const struct report_file *file,
                         size_t byte, uint32_t line, uint32_t column)
{
    if (file != NULL && byte <= file->text.len) {
        size_t from = byte;
        while (from > 0 && file->text.s[from - 1] != '\n') {
            from--;
        }
        column = (uint32_t)(byte - from) + 1;
    }
    report_member(b, name);
    buf_printf(b, "{\"line\":%u,\"column\":%u}", line, column);
}

static void put_suggestions(struct buf *b, const struct report_item *item,
                            const struct report_file *file)
{
    report_member(b, "suggestions");
    buf_put_char(b, '[');
    for (size_t i = 0; i < item->n_fixes; i++) {
        const struct report_fix *fix = &item->fixes[i];
        for (size_t k = 0; fix->n_edits == 1 && k < 1; k++) { /* it takes single edits only */
            const struct report_edit *e = &fix->edits[k];
            report_element(b);
            buf_put(b, STR("{\"range\":{"));
            put_position(b, "start", file, e->span.from, e->line, e->column);
            put_position(b, "end", file, e->span.to, e->end_line, e->end_column);
            buf_put_char(b, '}');
            report_member_text(b, "text", e->text);
            buf_put_char(b, '}');
        }
    }
    buf_put_char(b, ']');
}

void report_rdjsonl(struct buf *out, const struct report *r)
{
    static const struct str severities[] = {[SEVERITY_NOTE] = STR_INIT("INFO"),
                                            [SEVERITY_WARNING] = STR_INIT("WARNING"),
                                            [SEVERITY_ERROR] = STR_INIT("ERROR")};
    for (size_t i = 0; i < r->n_items; i++) {
        const struct finding *f = &r->items[i].finding;
        const struct report_file *file = file_of(r, f->file);
        const struct report_rule *rule = report_rule(r, f->rule);
        if (!report_is_shown(&r->items[i])) {
            continue;
        }
        buf_put_char(out, '{');
        report_member_text(out, "message", f->message);
        report_member(out, "location");
        buf_put_char(out, '{');
        report_member_text(out, "path", report_path(f->file));
        if (f->line > 0) {
            report_member(out, "range");
            buf_put_char(out, '{');
            put_position(out, "start", file, f->span.from, f->line, f->column);
            put_position(out, "end", file, f->span.to, f->end_line, f->end_column);
            buf_put_char(out, '}');
        }
        buf_put_char(out, '}');
        report_member_text(out, "severity", severities[f->severity]);
        buf_put(out, STR(",\"source\":{\"name\":\"rehearse\"},\"code\":{"));
        report_member_text(out, "value", f->rule);
        report_member_text_if(out, "url", rule != NULL ? rule->url : STR(""));
        buf_put_char(out, '}');
        if (r->items[i].n_fixes > 0) {
            put_suggestions(out, &r->items[i], file);
        }
        buf_put(out, STR("}\n"));
    }
}
