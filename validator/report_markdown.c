/* Markdown for a job's summary and a pull request's comment: a hidden mark by which the comment is found
 * again, counts, the worst twenty, the rest folded. GitHub takes 65,536 characters: what would not fit is
 * counted. */
#include "validator/report_int.h"

enum { WORST = 20, CHARACTERS_MAX = 65536, ROOM_FOR_END = 300 };

static void put_row(struct buf *b, const struct report_item *item)
{
    static const char *const signs[] = {
        [SEVERITY_NOTE] = "note", [SEVERITY_WARNING] = "warning", [SEVERITY_ERROR] = "**error**"};
    const struct finding *f = &item->finding;
    buf_printf(b, "| %s | %.*s | ", signs[f->severity], STR_ARG(f->rule));
    report_put_markdown(b, report_path(f->file));
    if (f->line > 0) {
        buf_printf(b, "&#58;%u&#58;%u", f->line, f->column);
    }
    buf_put(b, STR(" | "));
    report_put_markdown(b, f->message);
    if (f->hint.len > 0) {
        buf_put(b, STR("<br>"));
        report_put_markdown(b, f->hint);
    }
    buf_put(b, STR(" |\n"));
}

/* Puts a row unless the text would become too long. */
static bool row_fits(struct buf *out, struct buf *row, const struct report_item *item, size_t begin)
{
    buf_clear(row);
    put_row(row, item);
    if (out->len - begin + row->len + ROOM_FOR_END >
        CHARACTERS_MAX) { /* bytes are more than characters */
        return false;
    }
    buf_put(out, buf_str(row));
    return true;
}

static const char head[] = "\n| | rule | place | finding |\n|---|---|---|---|\n";

/* Rows by severity, `skip` of them passed over, at most `most`; gives how many were put. */
static size_t rows_put(struct buf *out, const struct report *r, size_t skip, size_t most,
                       size_t begin)
{
    struct buf row;
    buf_init(&row, NULL);
    size_t seen = 0, n = 0;
    bool is_full = false;
    for (int severity = SEVERITY_ERROR; severity >= SEVERITY_NOTE && !is_full; severity--) {
        for (size_t i = 0; i < r->n_items && !is_full; i++) {
            const struct report_item *item = &r->items[i];
            if ((int)item->finding.severity != severity || !report_is_shown(item) ||
                seen++ < skip) {
                continue;
            }
            is_full = n >= most || !row_fits(out, &row, item, begin);
            n += !is_full;
        }
    }
    buf_done(&row);
    return n;
}

void report_markdown(struct buf *out, const struct report *r)
{
    size_t begin = out->len, n = 0;
    for (size_t i = 0; i < r->n_items; i++) {
        n += report_is_shown(&r->items[i]);
    }
    buf_put(out, STR("<!-- rehearse:"));
    for (size_t i = 0; i < r->command.len; i++) { /* nothing in it may end the comment */
        char c = r->command.s[i];
        buf_put_char(out, (c >= 'a' && c <= 'z') ? c : '.');
    }
    buf_put(out, STR(" -->\n### rehearse: "));
    report_put_counts(out, &r->summary);
    buf_put_char(out, '\n');
    size_t put = 0;
    if (n > 0) {
        buf_put(out, str_of(head));
        put = rows_put(out, r, 0, WORST, begin);
    }
    if (put == WORST && n > WORST) {
        buf_printf(out, "\n<details><summary>%zu more</summary>\n", n - put);
        buf_put(out, str_of(head));
        put += rows_put(out, r, WORST, SIZE_MAX, begin);
        buf_put(out, STR("\n</details>\n"));
    }
    if (put < n) {
        buf_printf(out, "\n%zu findings more do not fit here; the other reports have them all.\n",
                   n - put);
    }
    for (size_t i = 0; i < r->n_skips && i < WORST; i++) {
        if (out->len - begin + ROOM_FOR_END > CHARACTERS_MAX) {
            break;
        }
        buf_put(out, i == 0 ? STR("\nNot checked:\n\n- ") : STR("- "));
        struct buf line;
        buf_init(&line, NULL);
        report_put_markdown(&line, report_path(r->skips[i].file));
        buf_put(&line, STR(" "));
        report_put_markdown(&line, r->skips[i].pointer);
        buf_put(&line, STR(": "));
        report_put_markdown(&line, r->skips[i].why);
        if (out->len - begin + line.len + 2 <= CHARACTERS_MAX) {
            buf_put(out, buf_str(&line));
        }
        buf_put_char(out, '\n');
        buf_done(&line);
    }
}
