/* Text for people, as compilers write it:
 *
 *     error[S106]: code "FOLLOW#UP" holds '#', which the profile does not allow
 *       --> changes/sales.json:14:13
 *        |
 *     14 |     "code": "FOLLOW#UP",
 *        |             ^^^^^^^^^^^ letters, digits, blanks, _ and - only
 *        |
 *        = entity: code "Follow up" (item 7), /6/code
 *        = tenant: would answer 400 (schema.pattern)
 *        = help: did you mean "FOLLOW_UP"?
 *
 * Of each rule 20 are shown, the rest is counted. */
#include "validator/report_int.h"

#include <string.h>

enum { SHOWN_OF_RULE = 20, SKIPS_SHOWN = 20, BEFORE_MAX = 60, AFTER_MAX = 60 };

struct plain {
    struct buf *out;
    const struct report *r;
    struct arena arena;
    struct map counts;              /* rule → struct shown * */
    const struct report_file *file; /* the last one asked for */
};

struct shown {
    struct str rule;
    size_t n;
    struct shown *next;
};

/* --- colour --- */

#define BOLD "\x1B[1m"
#define BLUE "\x1B[1;34m"

static void colour(struct plain *p, const char *code)
{
    if (p->r->is_coloured) {
        buf_put(p->out, str_of(code));
    }
}

static void plain_again(struct plain *p)
{
    colour(p, "\x1B[0m");
}

static const char *colour_of(enum severity severity)
{
    static const char *const codes[] = {[SEVERITY_NOTE] = "\x1B[1;36m",
                                        [SEVERITY_WARNING] = "\x1B[1;33m",
                                        [SEVERITY_ERROR] = "\x1B[1;31m"};
    return codes[severity];
}

static void blanks(struct plain *p, size_t n)
{
    for (; n > 0; n--) {
        buf_put_char(p->out, ' ');
    }
}

/* "   |" and what follows it. */
static void gutter(struct plain *p, size_t width, const char *mark)
{
    colour(p, BLUE);
    blanks(p, width);
    buf_put(p->out, str_of(mark));
    plain_again(p);
}

/* --- the line that the finding stands in --- */

static const struct report_file *file_of(struct plain *p, struct str name)
{
    if (p->file != NULL && str_eq(p->file->name, name)) {
        return p->file;
    }
    for (size_t i = 0; i < p->r->n_files; i++) {
        if (str_eq(p->r->files[i].name, name)) {
            p->file = &p->r->files[i];
            return p->file;
        }
    }
    return NULL;
}

/* So that what stands below it meets it: one column a character, whatever it is. Gives their number. */
static size_t put_cells(struct buf *b, struct str s)
{
    size_t cells = 0;
    for (size_t i = 0, n; i < s.len; i += n) {
        uint32_t c = report_char(s, i, &n);
        bool is_shown = c >= 0x20 && !(c >= 0x7F && c < 0xA0) && !(c >= 0x202A && c <= 0x202E) &&
                        !(c >= 0x2066 && c <= 0x2069) && c != 0x2028 && c != 0x2029;
        buf_put_utf8(b, is_shown ? c : c == '\t' ? ' ' : 0xFFFD);
        cells++;
    }
    return cells;
}

static bool is_tail(char c)
{
    return ((unsigned char)c & 0xC0) == 0x80;
}

/* The part of the line around `span` that is shown. */
static struct span window_of(struct str text, struct span span)
{
    struct span w = span;
    while (w.from > 0 && text.s[w.from - 1] != '\n' &&
           (span.from - w.from < BEFORE_MAX || is_tail(text.s[w.from]))) {
        w.from--;
    }
    while (w.to < text.len && text.s[w.to] != '\n' && text.s[w.to] != '\r' &&
           (w.to - span.to < AFTER_MAX || is_tail(text.s[w.to]))) {
        w.to++;
    }
    return w;
}

static void put_source(struct plain *p, const struct finding *f, size_t width)
{
    const struct report_file *file = file_of(p, f->file);
    if (file == NULL || file->text.s == NULL || f->span.to > file->text.len) {
        return;
    }
    struct str text = file->text;
    struct span span = {f->span.from, f->span.to};
    for (size_t i = span.from; i < span.to; i++) { /* of a value of several lines the first */
        if (text.s[i] == '\n' || text.s[i] == '\r') {
            span.to = i;
        }
    }
    struct span w = window_of(text, span);
    w.from += w.from == 0 && str_starts(text, STR("\xEF\xBB\xBF")) ? 3 : 0;
    w.from = w.from < span.from ? w.from : span.from;
    bool is_cut = w.from > 3 && text.s[w.from - 1] != '\n';
    gutter(p, width, "   |\n");
    colour(p, BLUE);
    buf_printf(p->out, "%*u | ", (int)width + 2, f->line);
    plain_again(p);
    buf_put(p->out, is_cut ? STR("…") : STR(""));
    size_t before = put_cells(p->out, str_slice(text, w.from, span.from)) + is_cut;
    size_t cells = put_cells(p->out, str_slice(text, span.from, span.to));
    (void)put_cells(p->out, str_slice(text, span.to, w.to));
    bool is_cut_after = w.to < text.len && text.s[w.to] != '\n' && text.s[w.to] != '\r';
    buf_put(p->out, is_cut_after ? STR("…\n") : STR("\n"));
    gutter(p, width, "   | ");
    blanks(p, before);
    colour(p, colour_of(f->severity));
    for (size_t i = 0; i < (cells > 0 ? cells : 1); i++) {
        buf_put_char(p->out, '^');
    }
    if (f->expected.len > 0) {
        buf_put_char(p->out, ' ');
        report_put_line(p->out, f->expected);
    }
    plain_again(p);
    buf_put_char(p->out, '\n');
    gutter(p, width, "   |\n");
}

/* --- what is beside it --- */

static void note(struct plain *p, size_t width, const char *name, struct str text)
{
    if (text.len > 0) {
        gutter(p, width, "   = ");
        colour(p, BOLD);
        buf_printf(p->out, "%s:", name);
        plain_again(p);
        buf_put_char(p->out, ' ');
        report_put_line(p->out, text);
        buf_put_char(p->out, '\n');
    }
}

static void put_notes(struct plain *p, const struct report_item *item, size_t width)
{
    const struct finding *f = &item->finding;
    struct buf b;
    buf_init(&b, &p->arena);
    report_put_entity(&b, &item->entity);
    if (f->item != SIZE_MAX) {
        buf_printf(&b, "%s(item %zu)", b.len > 0 ? " " : "", f->item + 1);
    }
    if (f->pointer.len > 0) {
        buf_put(&b, b.len > 0 ? STR(", ") : STR(""));
        report_put_line(&b, f->pointer);
    }
    note(p, width, "entity", buf_str(&b));
    buf_init(&b, &p->arena);
    if (f->related_message.len > 0) {
        report_put_line(&b, f->related_message);
        buf_printf(&b, ": line %u column %u", f->related_line, f->related_column);
        note(p, width, "see", buf_str(&b));
    }
    buf_init(&b, &p->arena);
    if (f->status > 0) {
        buf_printf(&b, "would answer %d (%.*s)", f->status, STR_ARG(f->case_name));
        note(p, width, "tenant", buf_str(&b));
    }
    note(p, width, "help", f->hint);
}

static void put_item(struct plain *p, const struct report_item *item)
{
    const struct finding *f = &item->finding;
    size_t width = 1;
    for (uint32_t n = f->line; n >= 10; n /= 10) {
        width++;
    }
    colour(p, colour_of(f->severity));
    buf_printf(p->out, "%.*s[%.*s]", STR_ARG(report_severity(f->severity)), STR_ARG(f->rule));
    plain_again(p);
    colour(p, BOLD);
    buf_put(p->out, STR(": "));
    report_put_line(p->out, f->message);
    plain_again(p);
    buf_put_char(p->out, '\n');
    gutter(p, width, "  --> ");
    report_put_line(p->out, f->file.len > 0 ? f->file : STR("-"));
    if (f->line > 0) {
        buf_printf(p->out, ":%u:%u", f->line, f->column);
    }
    buf_put_char(p->out, '\n');
    if (f->line > 0) {
        put_source(p, f, width);
    }
    put_notes(p, item, width);
    buf_put_char(p->out, '\n');
}

/* --- all of it --- */

static struct shown *shown_of(struct plain *p, struct str rule, struct shown **list)
{
    struct shown *s = map_get(&p->counts, rule);
    if (s == NULL) {
        s = ARENA_NEW(&p->arena, struct shown);
        s->rule = rule;
        map_put(&p->counts, rule, s);
        while (*list != NULL) {
            list = &(*list)->next;
        }
        *list = s;
    }
    return s;
}

static void put_skips(struct plain *p)
{
    for (size_t i = 0; i < p->r->n_skips && i < SKIPS_SHOWN; i++) {
        const struct report_skip *s = &p->r->skips[i];
        buf_put(p->out, STR("not checked: "));
        report_put_line(p->out, s->file);
        if (s->line > 0) {
            buf_printf(p->out, ":%u:%u", s->line, s->column);
        }
        buf_put_char(p->out, ' ');
        report_put_line(p->out, s->pointer);
        buf_put(p->out, STR(": "));
        report_put_line(p->out, s->why);
        buf_put_char(p->out, '\n');
    }
    if (p->r->n_skips > SKIPS_SHOWN) {
        buf_printf(p->out, "and %zu more that were not checked\n", p->r->n_skips - SKIPS_SHOWN);
    }
}

void report_plain(struct buf *out, const struct report *r)
{
    struct plain p = {.out = out, .r = r};
    struct shown *rules = NULL;
    arena_init(&p.arena, 0, 0);
    for (size_t i = 0; i < r->n_items; i++) {
        if (!report_is_shown(&r->items[i])) {
            continue;
        }
        struct shown *s = shown_of(&p, r->items[i].finding.rule, &rules);
        if (s->n++ < SHOWN_OF_RULE) {
            struct arena_mark mark = arena_mark(&p.arena);
            put_item(&p, &r->items[i]);
            arena_release(&p.arena, mark);
        }
    }
    for (const struct shown *s = rules; s != NULL; s = s->next) {
        if (s->n > SHOWN_OF_RULE) {
            buf_printf(out, "and %zu more of %.*s\n", s->n - SHOWN_OF_RULE, STR_ARG(s->rule));
        }
    }
    put_skips(&p);
    report_put_counts(out, &r->summary);
    buf_put_char(out, '\n');
    map_done(&p.counts);
    arena_done(&p.arena);
}
