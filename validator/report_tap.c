/* TAP 14: a point for each entity, its findings in a YAML block whose texts are JSON strings, which is
 * YAML too. */
#include "validator/report_int.h"

/* '#' would begin a directive, '\' an escape. */
static void put_description(struct buf *b, struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.s[i] == '#' || text.s[i] == '\\') {
            buf_put_char(b, '\\');
        }
        buf_put_char(b, text.s[i]);
    }
}

static void put_field(struct buf *b, const char *head, struct str value)
{
    if (value.len > 0) {
        buf_put(b, str_of(head));
        report_put_json(b, value);
        buf_put_char(b, '\n');
    }
}

static void put_block(struct buf *b, const struct report *r, const struct report_groups *g,
                      const struct report_group *group)
{
    buf_put(b, STR("  ---\n  findings:\n"));
    for (size_t i = group->first; i != REPORT_NONE; i = g->next_item[i]) {
        const struct finding *f = &r->items[i].finding;
        put_field(b, "    - rule: ", f->rule);
        put_field(b, "      severity: ", report_severity(f->severity));
        put_field(b, "      message: ", f->message);
        put_field(b, "      file: ", f->file);
        if (f->line > 0) {
            buf_printf(b, "      line: %u\n      column: %u\n", f->line, f->column);
        }
        put_field(b, "      pointer: ", f->pointer);
        put_field(b, "      expected: ", f->expected);
        put_field(b, "      hint: ", f->hint);
    }
    buf_put(b, STR("  ...\n"));
}

void report_tap(struct buf *out, const struct report *r)
{
    struct arena a;
    arena_init(&a, 0, 0);
    struct report_groups g;
    report_group(&g, &a, r);
    buf_printf(out, "TAP version 14\n1..%zu\n", g.n_groups);
    size_t number = 0;
    for (size_t s = 0; s < g.n_suites; s++) {
        for (size_t i = g.suites[s].first; i != REPORT_NONE; i = g.groups[i].next) {
            const struct report_group *group = &g.groups[i];
            struct buf name;
            buf_init(&name, &a);
            report_put_line(&name, report_path(group->file));
            buf_put(&name, STR(": "));
            report_put_group(&name, group);
            buf_printf(out, "%s %zu - ", group->errors > 0 ? "not ok" : "ok", ++number);
            put_description(out, buf_str(&name));
            if (group->errors == 0 && group->skip != NULL) {
                buf_put(out, STR(" # SKIP "));
                report_put_line(out, group->skip->why);
            }
            buf_put_char(out, '\n');
            if (group->first != REPORT_NONE) {
                put_block(out, r, &g, group);
            }
        }
    }
    arena_done(&a);
}
