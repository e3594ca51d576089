/* Tables (RFC 4180): what operations people keep codes in. The text is read once, cell by cell; a row is
 * written to the maker when it is whole.
 *
 *   Name;After call       columns "afterCall", "name" of the schema (in order of path)
 *   A;300                 cell_of  2, 1
 */
#include "validator/read_int.h"

#include <string.h>

enum { CELLS_MAX = 4096, LIST_MARK = '|' };

struct cell {
    struct span span;
    struct str text; /* without quotes */
};

struct table {
    struct read r;
    size_t at; /* of the text */
    char separator;
    struct cell *cells; /* of the row at hand */
    size_t n_cells, width;
    struct span row;
    const struct table_column *columns;
    size_t n_columns;
    size_t *cell_of; /* by column: its place in the row, plus 1; 0: none */
    struct span *header_of;
    struct json_maker maker;
};

/* --- cells --- */

static bool is_line_end(char c)
{
    return c == '\n' || c == '\r';
}

/* The cell that begins with a quote: doubled quotes are one, separators and line ends are text. */
static bool quoted_read(struct table *t, struct cell *out)
{
    struct str text = t->r.text;
    size_t from = t->at, p = from + 1;
    struct buf b;
    buf_init(&b, t->r.arena);
    for (;;) {
        size_t n = str_find_char(str_slice(text, p, text.len), '"');
        buf_put(&b, str_slice(text, p, p + n));
        p += n;
        if (p == text.len) {
            return read_fail(&t->r, "J002", (struct span){from, text.len},
                             "a quote that opens here is never closed",
                             "close it; a quote within a text is written twice: \"\"");
        }
        if (p + 1 >= text.len || text.s[p + 1] != '"') {
            break;
        }
        buf_put_char(&b, '"');
        p += 2;
    }
    t->at = p + 1;
    if (t->at < text.len && text.s[t->at] != t->separator && !is_line_end(text.s[t->at])) {
        return read_fail(&t->r, "J002", (struct span){t->at, t->at + 1},
                         "text follows the closing quote of a cell",
                         "a quote within a text is written twice: \"\"");
    }
    *out = (struct cell){.span = {from, t->at}, .text = buf_str(&b)};
    return true;
}

static bool cell_read(struct table *t, struct cell *out)
{
    struct str text = t->r.text;
    if (t->at < text.len && text.s[t->at] == '"') {
        return quoted_read(t, out);
    }
    size_t from = t->at;
    while (t->at < text.len && text.s[t->at] != t->separator && !is_line_end(text.s[t->at])) {
        t->at++;
    }
    *out = (struct cell){.span = {from, t->at}, .text = str_slice(text, from, t->at)};
    return true;
}

static void line_end_skip(struct table *t)
{
    struct str text = t->r.text;
    if (t->at < text.len && text.s[t->at] == '\r') {
        t->at++;
    }
    if (t->at < text.len && text.s[t->at] == '\n') {
        t->at++;
    }
}

/* The next row with something in it; *out_is_end where there is none. */
static bool row_read(struct table *t, bool *out_is_end)
{
    struct str text = t->r.text;
    while (t->at < text.len) {
        t->row.from = t->at;
        t->n_cells = 0;
        size_t bytes = 0;
        for (;;) {
            if (t->n_cells == CELLS_MAX) {
                return read_fail(&t->r, "J012", (struct span){t->row.from, t->at},
                                 "a row has more than 4096 cells", "");
            }
            struct cell *cell = &t->cells[t->n_cells++];
            if (!cell_read(t, cell)) {
                return false;
            }
            bytes += cell->text.len;
            if (t->at == text.len || text.s[t->at] != t->separator) {
                break;
            }
            t->at++;
        }
        t->row.to = t->at;
        line_end_skip(t);
        if (bytes > 0) { /* spreadsheets leave rows of nothing but separators behind */
            *out_is_end = false;
            return true;
        }
    }
    *out_is_end = true;
    return true;
}

/* --- the header --- */

/* Of , ; and tab the one that the first line has most of, outside quotes; "sep=;" settles it. */
static void separator_guess(struct table *t)
{
    struct str text = t->r.text, rest = str_slice(text, t->at, text.len);
    if (str_starts(rest, STR("sep=")) && rest.len > 4 && !is_line_end(rest.s[4])) {
        t->separator = rest.s[4];
        t->at += 5;
        line_end_skip(t);
        return;
    }
    static const char marks[] = ",;\t";
    size_t counts[3] = {0}, best = 0;
    bool is_quoted = false;
    for (size_t p = t->at; p < text.len && (is_quoted || !is_line_end(text.s[p])); p++) {
        is_quoted ^= text.s[p] == '"';
        const char *mark = is_quoted || text.s[p] == 0 ? NULL : strchr(marks, text.s[p]);
        if (mark != NULL) {
            counts[mark - marks]++;
        }
    }
    for (size_t i = 1; i < 3; i++) {
        best = counts[i] > counts[best] ? i : best;
    }
    t->separator = marks[best];
}

/* A name without what people write it with: case, blanks, _ . - */
static struct str fold(struct arena *a, struct str name)
{
    char *out = arena_bytes(a, name.len);
    size_t n = 0;
    for (size_t i = 0; i < name.len; i++) {
        char c = name.s[i];
        if (strchr(" _.-\t\n\r", c) == NULL || c == 0) {
            out[n++] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
        }
    }
    return (struct str){out, n};
}

static void unknown_column(struct table *t, const struct cell *cell, const struct str *folded)
{
    if (t->r.fs == NULL) {
        return;
    }
    struct buf b;
    buf_init(&b, t->r.arena);
    buf_put(&b, STR("column "));
    buf_put_quoted(&b, cell->text);
    buf_put(&b, STR(" is no field of what the table lists: it is left out"));
    struct finding f = read_finding(&t->r, "J013", SEVERITY_WARNING, cell->span, buf_str(&b));
    f.field = str_copy(t->r.fs->arena, cell->text);
    size_t near = str_nearest(fold(t->r.arena, cell->text), folded, t->n_columns);
    if (near < t->n_columns) {
        f.hint = findings_text(t->r.fs, "did you mean \"%.*s\"?", STR_ARG(t->columns[near].path));
    }
    findings_add(t->r.fs, &f);
}

static bool column_repeats(struct table *t, size_t column, const struct cell *cell)
{
    struct buf b;
    buf_init(&b, t->r.arena);
    buf_printf(&b, "two columns stand for \"%.*s\"", STR_ARG(t->columns[column].path));
    return read_fail(&t->r, "J003", cell->span, buf_cstr(&b), "remove or rename one of them");
}

/* What the header names, for people. */
static const char *columns_text(struct table *t)
{
    struct buf b;
    buf_init(&b, t->r.arena);
    buf_put(&b, STR("begin the table with a row of names:"));
    for (size_t i = 0; i < t->n_columns && i < 8; i++) {
        buf_printf(&b, "%s %.*s", i > 0 ? "," : "", STR_ARG(t->columns[i].path));
    }
    buf_put(&b, t->n_columns > 8 ? STR(" …") : STR(""));
    return buf_cstr(&b);
}

static bool header_read(struct table *t)
{
    bool is_end = true;
    if (!row_read(t, &is_end)) {
        return false;
    }
    if (is_end) {
        return read_fail(&t->r, "J014", (struct span){0, 0}, "the table is empty", columns_text(t));
    }
    struct str *folded = ARENA_ARRAY(t->r.arena, t->n_columns, struct str);
    for (size_t i = 0; i < t->n_columns; i++) {
        folded[i] = fold(t->r.arena, t->columns[i].path);
    }
    size_t known = 0;
    struct span row = t->row;
    for (size_t i = 0; i < t->n_cells; i++) {
        struct cell *cell = &t->cells[i];
        struct str name = fold(t->r.arena, cell->text);
        size_t column = 0;
        while (column < t->n_columns && !str_eq(folded[column], name)) {
            column++;
        }
        if (column == t->n_columns) {
            unknown_column(t, cell, folded);
        } else if (t->cell_of[column] > 0) {
            return column_repeats(t, column, cell);
        } else {
            t->cell_of[column] = i + 1;
            t->header_of[column] = cell->span;
            known++;
        }
    }
    t->width = t->n_cells;
    return known > 0 || read_fail(&t->r, "J013", row, "no column of the first row is a known field",
                                  columns_text(t));
}

/* --- rows --- */

static struct str bool_literal(struct str s)
{
    static const struct row {
        struct str word, literal;
    } rows[] = {{STR_INIT("true"), STR_INIT("true")},
                {STR_INIT("yes"), STR_INIT("true")},
                {STR_INIT("false"), STR_INIT("false")},
                {STR_INIT("no"), STR_INIT("false")}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (str_eq_fold(s, rows[i].word)) {
            return rows[i].literal;
        }
    }
    return STR("");
}

/* What its column says, if it can be that; else the text: the schema says what is wrong with it. */
static void value_make(struct json_maker *m, enum json_kind kind, struct str text, struct span span)
{
    struct str trimmed = str_trim(text);
    if (kind == JSON_NUMBER && read_is_json_number(trimmed)) {
        json_make_literal(m, trimmed, span);
    } else if (kind == JSON_BOOL && bool_literal(trimmed).len > 0) {
        json_make_literal(m, bool_literal(trimmed), span);
    } else {
        json_make_string(m, text, span);
    }
}

/* a|b|c */
static void list_make(struct json_maker *m, enum json_kind kind, const struct cell *cell)
{
    struct str rest = cell->text, one;
    json_make_open(m, JSON_ARRAY, cell->span.from);
    while (str_cut(&rest, LIST_MARK, &one)) {
        if (str_trim(one).len > 0) {
            value_make(m, kind, str_trim(one), cell->span);
        }
    }
    json_make_close(m, cell->span.to);
}

static void row_make(struct table *t)
{
    struct json_maker *m = &t->maker;
    struct read_paths paths = {.maker = m, .prefix = STR("")};
    json_make_open(m, JSON_OBJECT, t->row.from);
    for (size_t i = 0; i < t->n_columns; i++) {
        const struct cell *cell = t->cell_of[i] > 0 ? &t->cells[t->cell_of[i] - 1] : NULL;
        if (cell == NULL || cell->text.len == 0) {
            continue;
        }
        const struct table_column *column = &t->columns[i];
        read_paths_turn(&paths, column->path, t->header_of[i], cell->span.from);
        if (column->is_list) {
            list_make(m, column->kind, cell);
        } else {
            value_make(m, column->kind, cell->text, cell->span);
        }
        paths.to = cell->span.to;
    }
    read_paths_end(&paths);
    json_make_close(m, t->row.to);
}

static void wrong_width(struct table *t)
{
    if (t->r.fs == NULL) {
        return;
    }
    struct finding f = read_finding(&t->r, "J012", SEVERITY_ERROR, t->row, STR(""));
    f.message = findings_text(t->r.fs, "row has %zu cell%s, the header has %zu", t->n_cells,
                              t->n_cells == 1 ? "" : "s", t->width);
    f.hint = findings_text(t->r.fs, "put a text that holds '%s' in double quotes",
                           t->separator == '\t' ? "\\t" : (char[]){t->separator, 0});
    findings_add(t->r.fs, &f);
}

static bool rows_read(struct table *t)
{
    for (;;) {
        bool is_end = true;
        if (!row_read(t, &is_end)) {
            return false;
        }
        if (is_end) {
            return true;
        }
        if (t->n_cells == t->width) {
            row_make(t);
        } else {
            wrong_width(t);
        }
    }
}

bool read_csv(const struct json_doc **out, struct arena *a, struct str name, struct str text,
              const struct table_column *columns, size_t n_columns, struct findings *fs,
              struct err *err)
{
    struct table *t = ARENA_NEW(a, struct table);
    *t = (struct table){.columns = columns,
                        .n_columns = n_columns,
                        .cells = ARENA_ARRAY(a, CELLS_MAX, struct cell),
                        .cell_of = ARENA_ARRAY(a, n_columns, size_t),
                        .header_of = ARENA_ARRAY(a, n_columns, struct span)};
    read_init(&t->r, a, name, text, fs, err);
    if (!read_text_check(&t->r)) {
        return false;
    }
    t->at = str_starts(text, STR("\xEF\xBB\xBF")) ? 3 : 0;
    while (t->at < text.len && is_line_end(text.s[t->at])) {
        t->at++;
    }
    separator_guess(t);
    json_maker_init(&t->maker, a, name, text);
    if (!header_read(t)) {
        return false;
    }
    json_make_open(&t->maker, JSON_ARRAY, t->at);
    if (!rows_read(t)) {
        return false;
    }
    json_make_close(&t->maker, text.len);
    return json_make_done(out, &t->maker, NULL, fs, err);
}
