/* Which formats there are; gcc's style, which every editor reads. */
#include "validator/report_int.h"

static const struct row {
    struct str name;
    void (*write)(struct buf *out, const struct report *r);
} rows[REPORT_KIND_COUNT] = {
    [REPORT_TEXT] = {STR_INIT("text"), report_plain},
    [REPORT_GCC] = {STR_INIT("gcc"), report_gcc},
    [REPORT_JSON] = {STR_INIT("json"), report_json},
    [REPORT_JSONL] = {STR_INIT("jsonl"), report_jsonl},
    [REPORT_SARIF] = {STR_INIT("sarif"), report_sarif},
    [REPORT_JUNIT] = {STR_INIT("junit"), report_junit},
    [REPORT_GITHUB] = {STR_INIT("github"), report_github},
    [REPORT_GITLAB] = {STR_INIT("gitlab"), report_gitlab},
    [REPORT_CHECKSTYLE] = {STR_INIT("checkstyle"), report_checkstyle},
    [REPORT_TAP] = {STR_INIT("tap"), report_tap},
    [REPORT_RDJSONL] = {STR_INIT("rdjsonl"), report_rdjsonl},
    [REPORT_MARKDOWN] = {STR_INIT("markdown"), report_markdown},
};

enum report_kind report_kind_of(struct str name)
{
    unsigned kind = 0;
    while (kind < REPORT_KIND_COUNT && !str_eq(rows[kind].name, name)) {
        kind++;
    }
    return (enum report_kind)kind;
}

struct str report_kind_name(enum report_kind kind)
{
    return rows[kind].name;
}

void report_write(struct buf *out, enum report_kind kind, const struct report *r)
{
    rows[kind].write(out, r);
}

/* --- gcc --- */

static void put_place(struct buf *out, struct str file, uint32_t line, uint32_t column)
{
    report_put_line(out, file.len > 0 ? file : STR("-"));
    if (line > 0) {
        buf_printf(out, ":%u:%u", line, column);
    }
    buf_put(out, STR(": "));
}

void report_gcc_item(struct buf *out, const struct finding *f)
{
    put_place(out, f->file, f->line, f->column);
    buf_printf(out, "%.*s: ", STR_ARG(report_severity(f->severity)));
    report_put_line(out, f->message);
    buf_printf(out, " [%.*s]\n", STR_ARG(f->rule));
    if (f->related_message.len > 0) {
        put_place(out, f->file, f->related_line, f->related_column);
        buf_put(out, STR("note: "));
        report_put_line(out, f->related_message);
        buf_put_char(out, '\n');
    }
}

void report_gcc(struct buf *out, const struct report *r)
{
    for (size_t i = 0; i < r->n_items; i++) {
        if (report_is_shown(&r->items[i])) {
            report_gcc_item(out, &r->items[i].finding);
        }
    }
    for (size_t i = 0; i < r->n_skips; i++) {
        put_place(out, r->skips[i].file, r->skips[i].line, r->skips[i].column);
        buf_put(out, STR("note: not checked: "));
        report_put_line(out, r->skips[i].why);
        buf_put_char(out, '\n');
    }
}
