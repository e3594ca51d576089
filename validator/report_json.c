/* The program's own JSON: format_version 1.0. A minor version may only add members. */
#include "validator/report_int.h"

static void put_end(struct buf *b, const char *name, size_t byte, uint32_t line, uint32_t column)
{
    report_member(b, name);
    buf_put_char(b, '{');
    report_member_u64(b, "byte", byte);
    report_member_u64(b, "line", line);
    report_member_u64(b, "column", column);
    buf_put_char(b, '}');
}

static void put_span(struct buf *b, const struct finding *f)
{
    report_member(b, "span");
    if (f->line == 0) {
        buf_put(b, STR("null"));
        return;
    }
    buf_put_char(b, '{');
    put_end(b, "start", f->span.from, f->line, f->column);
    put_end(b, "end", f->span.to, f->end_line, f->end_column);
    buf_put_char(b, '}');
}

static void put_entity(struct buf *b, const struct report_entity *entity)
{
    report_member(b, "entity");
    if (!report_has_entity(entity)) {
        buf_put(b, STR("null"));
        return;
    }
    buf_put_char(b, '{');
    report_member_text(b, "type", entity->type);
    report_member_text(b, "id", entity->id);
    report_member_text(b, "name", entity->name);
    buf_put_char(b, '}');
}

static void put_related(struct buf *b, const struct finding *f)
{
    report_member(b, "related");
    buf_put_char(b, '[');
    if (f->related_message.len > 0) {
        buf_put_char(b, '{');
        report_member_text(b, "file", f->file);
        report_member_u64(b, "line", f->related_line);
        report_member_u64(b, "column", f->related_column);
        report_member_text(b, "pointer", f->related_pointer);
        report_member_text(b, "message", f->related_message);
        buf_put_char(b, '}');
    }
    buf_put_char(b, ']');
}

static void put_fix(struct buf *b, const struct report_fix *fix)
{
    report_element(b);
    buf_put(b, fix->is_safe ? STR("{\"safe\":true") : STR("{\"safe\":false"));
    report_member_text_if(b, "about", fix->about);
    report_member(b, "edits");
    buf_put_char(b, '[');
    for (size_t i = 0; i < fix->n_edits; i++) {
        report_element(b);
        buf_put_char(b, '{');
        report_member_u64(b, "byte_start", fix->edits[i].span.from);
        report_member_u64(b, "byte_end", fix->edits[i].span.to);
        report_member_text(b, "text", fix->edits[i].text);
        buf_put_char(b, '}');
    }
    buf_put(b, STR("]}"));
}

static void put_text_or_null(struct buf *b, const char *name, struct str text)
{
    report_member(b, name);
    if (text.s == NULL) {
        buf_put(b, STR("null"));
    } else {
        report_put_json(b, text);
    }
}

static void put_item(struct buf *b, const struct report *r, const struct report_item *item)
{
    const struct finding *f = &item->finding;
    const struct report_rule *rule = report_rule(r, f->rule);
    buf_put_char(b, '{');
    report_member_text(b, "rule", f->rule);
    report_member_text(b, "severity", report_severity(f->severity));
    report_member_text(b, "message", f->message);
    report_member_text(b, "file", f->file);
    put_span(b, f);
    report_member_text(b, "pointer", f->pointer);
    put_entity(b, &item->entity);
    report_member_text(b, "expected", f->expected);
    put_text_or_null(b, "found", f->value);
    report_member_text(b, "hint", f->hint);
    report_member_u64(b, "status", f->status > 0 ? (uint64_t)f->status : 0);
    report_member_text(b, "case", f->case_name);
    put_related(b, f);
    report_member(b, "fixes");
    buf_put_char(b, '[');
    for (size_t i = 0; i < item->n_fixes; i++) {
        put_fix(b, &item->fixes[i]);
    }
    buf_put_char(b, ']');
    report_member(b, "fingerprint");
    buf_put_char(b, '"');
    report_put_fingerprint(b, item);
    buf_put_char(b, '"');
    put_text_or_null(b, "suppressed", item->suppressed);
    if (item->is_baselined) {
        report_member(b, "baselined");
        buf_put(b, STR("true"));
    }
    report_member_text(b, "url", rule != NULL ? rule->url : STR(""));
    buf_put_char(b, '}');
}

static void put_skip(struct buf *b, const struct report_skip *skip)
{
    buf_put_char(b, '{');
    report_member_text(b, "file", skip->file);
    report_member_u64(b, "line", skip->line);
    report_member_u64(b, "column", skip->column);
    report_member_text(b, "pointer", skip->pointer);
    put_entity(b, &skip->entity);
    report_member_text(b, "why", skip->why);
    buf_put_char(b, '}');
}

static void put_summary(struct buf *b, const struct report_summary *s)
{
    const struct {
        const char *name;
        uint64_t value;
    } rows[] = {
        {"files", s->files},         {"entities", s->entities}, {"errors", s->errors},
        {"warnings", s->warnings},   {"notes", s->notes},       {"suppressed", s->suppressed},
        {"baselined", s->baselined}, {"skipped", s->skipped},   {"ms", s->ms}};
    report_member(b, "summary");
    buf_put_char(b, '{');
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        report_member_u64(b, rows[i].name, rows[i].value);
    }
    buf_put_char(b, '}');
}

static void put_head(struct buf *b, const struct report *r)
{
    report_member_text(b, "format_version", STR("1.0"));
    report_member_text(b, "tool", STR("rehearse"));
    report_member_text(b, "version", r->version);
    report_member_text(b, "command", r->command);
}

void report_json(struct buf *out, const struct report *r)
{
    buf_put_char(out, '{');
    put_head(out, r);
    report_member(out, "findings");
    buf_put_char(out, '[');
    for (size_t i = 0; i < r->n_items; i++) {
        report_element(out);
        buf_put_char(out, '\n');
        put_item(out, r, &r->items[i]);
    }
    buf_put_char(out, ']');
    report_member(out, "skipped");
    buf_put_char(out, '[');
    for (size_t i = 0; i < r->n_skips; i++) {
        report_element(out);
        buf_put_char(out, '\n');
        put_skip(out, &r->skips[i]);
    }
    buf_put_char(out, ']');
    put_summary(out, &r->summary);
    buf_put(out, STR("}\n"));
}

void report_jsonl(struct buf *out, const struct report *r)
{
    for (size_t i = 0; i < r->n_items; i++) {
        put_item(out, r, &r->items[i]);
        buf_put_char(out, '\n');
    }
    for (size_t i = 0; i < r->n_skips; i++) {
        buf_put_char(out, '{');
        report_member(out, "skipped");
        put_skip(out, &r->skips[i]);
        buf_put(out, STR("}\n"));
    }
    buf_put_char(out, '{');
    put_head(out, r);
    put_summary(out, &r->summary);
    buf_put(out, STR("}\n"));
}
