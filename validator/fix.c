/* Fixes as edits of bytes. What stands at a finding's place is looked at first: only where it is the
 * whole of a value, in a style that can be told from its first byte, is there a fix. */
#include "validator/fix.h"

#include "base/base.h"

#include <stdlib.h>
#include <string.h>

enum { ITEMS_COMPARED_MAX = 2000 };

static bool is_named(struct str name, const char *one, const char *two)
{
    return str_ends(name, str_of(one)) || str_ends(name, str_of(two));
}

/* Letters, digits, blanks within, _ - . : means the same in any quoting. */
static bool is_plain(struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.s[i];
        bool is_word = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                       c == '_' || c == '-' || c == '.' || c == ' ';
        if (!is_word) {
            return false;
        }
    }
    return s.len > 0 && s.s[0] != ' ' && s.s[s.len - 1] != ' ';
}

static bool has_any(struct str s, const char *bytes)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.s[i] != '\0' && strchr(bytes, s.s[i])) {
            return true;
        }
    }
    return false;
}

/* --- one syntax each: false where the new value cannot stand there for certain --- */

static bool put_doubled(struct buf *out, struct str s, char quote)
{
    for (size_t i = 0; i < s.len; i++) {
        buf_put_char(out, s.s[i]);
        if (s.s[i] == quote) {
            buf_put_char(out, quote);
        }
    }
    return true;
}

static bool put_json(struct buf *out, struct str old, struct str new, bool is_whole_json)
{
    bool is_string = old.len >= 2 && old.s[0] == '"' && old.s[old.len - 1] == '"';
    bool is_inner = old.len >= 4 && str_starts(old, STR("\\\"")) && str_ends(old, STR("\\\""));
    if (is_string && (is_whole_json || is_plain(new))) { /* else a shell's quotes may stand around */
        buf_put_json_string(out, new);
        return true;
    }
    if (is_inner && is_whole_json) {
        struct buf once;
        buf_init(&once, out->arena);
        buf_put_json_string(&once, new);
        buf_put_json_escaped(out, buf_str(&once));
        return true;
    }
    return false;
}

static bool put_csv(struct buf *out, struct str text, struct span at, struct str new)
{
    struct str old = str_slice(text, at.from, at.to);
    bool is_quoted = old.len >= 2 && old.s[0] == '"' && old.s[old.len - 1] == '"';
    bool is_within = at.from > 0 && text.s[at.from - 1] == '"';
    if (has_any(new, "|") || has_any(old, "|")) { /* one of a list: which, is not known here */
        return false;
    }
    if (is_within) {
        return put_doubled(out, new, '"');
    }
    if (!is_quoted && is_plain(new)) {
        buf_put(out, new);
        return true;
    }
    buf_put_char(out, '"');
    (void)put_doubled(out, new, '"');
    buf_put_char(out, '"');
    return true;
}

/* Could be read as something else than a text, by YAML of any version. */
static bool is_doubtful(struct str s)
{
    static const struct str words[] = {
        STR_INIT("true"), STR_INIT("false"), STR_INIT("null"), STR_INIT("yes"), STR_INIT("no"),
        STR_INIT("on"),   STR_INIT("off"),   STR_INIT("y"),    STR_INIT("n")};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (str_eq_fold(s, words[i])) {
            return true;
        }
    }
    return !is_plain(s) || !((s.s[0] >= 'A' && s.s[0] <= 'Z') || (s.s[0] >= 'a' && s.s[0] <= 'z'));
}

static bool put_yaml(struct buf *out, struct str old, struct str new)
{
    if (old.len == 0 || strchr("|>&*!", old.s[0]) || has_any(old, "\r\n")) {
        return false;
    }
    if (old.s[0] == '\'' && !has_any(new, "\r\n\t")) {
        buf_put_char(out, '\'');
        (void)put_doubled(out, new, '\'');
        buf_put_char(out, '\'');
    } else if (old.s[0] != '"' && old.s[0] != '\'' && !is_doubtful(new) && !str_eq(old, new)) {
        buf_put(out, new);
    } else {
        buf_put_json_string(out, new);
    }
    return true;
}

/* --- what is better left out --- */

/* The item that is equal to one before it; no value if there is none, or too many to compare. */
static struct json second_of_two(struct json list)
{
    if (json_count(list) > ITEMS_COMPARED_MAX) {
        return (struct json){0};
    }
    for (struct json v = json_first(list); json_exists(v); v = json_next(v)) {
        for (struct json w = json_next(v); json_exists(w); w = json_next(w)) {
            if (json_eq(v, w)) {
                return w;
            }
        }
    }
    return (struct json){0};
}

static size_t start_of(struct json v)
{
    struct span key = json_key_span(v);
    return key.to > key.from ? key.from : json_span(v).from;
}

/* A member or item with the comma that goes with it. */
static bool leave_out(struct span *out, struct json parent, struct json v)
{
    struct json before = {0};
    for (struct json w = json_first(parent); json_exists(w); w = json_next(w)) {
        if (w.at == v.at) {
            struct json after = json_next(w);
            bool is_last = !json_exists(after);
            out->from = is_last && json_exists(before) ? json_span(before).to : start_of(w);
            out->to = is_last ? json_span(w).to : start_of(after);
            return true;
        }
        before = w;
    }
    return false;
}

static bool find_left_out(const struct fix_maker *m, const struct finding *f, struct span *out)
{
    if (str_eq(f->rule, STR("J009"))) {
        *out = (struct span){0, 3};
        return str_starts(m->file->text, STR("\xEF\xBB\xBF"));
    }
    if (!m->doc || f->pointer.len == 0) {
        return false;
    }
    struct json root = json_root(m->doc), v = json_pointer_find(root, f->pointer), parent;
    struct span value = json_exists(v) ? json_span(v) : (struct span){0, 0};
    if (!json_exists(v) || (value.from != f->span.from && start_of(v) != f->span.from)) {
        return false; /* the finding is about a text within this one */
    }
    if (str_eq(f->rule, STR("S111"))) {
        struct json second = second_of_two(v);
        return json_exists(second) && leave_out(out, v, second);
    }
    size_t cut = f->pointer.len;
    while (cut > 0 && f->pointer.s[cut - 1] != '/') {
        cut--;
    }
    parent = json_pointer_find(root, str_slice(f->pointer, 0, cut - 1));
    return json_kind(parent) == JSON_OBJECT && leave_out(out, parent, v);
}

/* --- the maker --- */

static bool turn_to(struct fix_maker *m, struct str name)
{
    if (m->file && str_eq(m->file->name, name)) {
        return true;
    }
    m->file = NULL;
    for (size_t i = 0; i < m->n_files && !m->file; i++) {
        m->file = str_eq(m->files[i].name, name) ? &m->files[i] : NULL;
    }
    if (m->file) {
        const struct json_limits limits = {.allow_bom = true, .allow_duplicate_keys = true};
        struct findings ignored;
        findings_init(&ignored, m->arena);
        m->lines = json_lines_of(m->arena, m->file->text);
        m->doc = NULL;
        if (is_named(name, ".csv", ".tsv") || is_named(name, ".yaml", ".yml") ||
            !json_parse(&m->doc, m->arena, name, m->file->text, &limits, &ignored, NULL)) {
            m->doc = NULL;
        }
    }
    return m->file != NULL;
}

static bool put_value(const struct fix_maker *m, struct buf *out, const struct finding *f)
{
    struct str text = m->file->text, old = str_slice(text, f->span.from, f->span.to);
    if (!str_is_utf8(f->replacement, NULL) || f->span.to <= f->span.from) {
        return false;
    }
    if (is_named(m->file->name, ".csv", ".tsv")) {
        return put_csv(out, text, f->span, f->replacement);
    }
    if (is_named(m->file->name, ".yaml", ".yml")) {
        return put_yaml(out, old, f->replacement);
    }
    return put_json(out, old, f->replacement, m->doc != NULL);
}

const struct report_fix *fix_make(struct fix_maker *m, const struct finding *f)
{
    struct span at = f->span;
    struct buf text;
    buf_init(&text, m->arena);
    bool is_out = f->is_better_left_out || str_eq(f->rule, STR("J009"));
    if ((!f->replacement.s && !is_out) || !turn_to(m, f->file) ||
        f->span.to > m->file->text.len) {
        return NULL;
    }
    bool is_certain = is_out ? find_left_out(m, f, &at) : put_value(m, &text, f);
    if (!is_certain) {
        return NULL;
    }
    struct report_fix *fix = ARENA_NEW(m->arena, struct report_fix);
    struct report_edit *edit = ARENA_NEW(m->arena, struct report_edit);
    struct finding place = {.span = at};
    json_lines_place(m->lines, &place);
    *edit = (struct report_edit){.span = at,
                                 .line = place.line,
                                 .column = place.column,
                                 .end_line = place.end_line,
                                 .end_column = place.end_column,
                                 .text = text.s ? buf_str(&text) : STR("")};
    *fix = (struct report_fix){.is_safe = true,
                               .about = f->hint.len ? f->hint
                                        : is_out
                                            ? STR("leave it out")
                                            : STR("what would be right"),
                               .edits = edit,
                               .n_edits = 1};
    return fix;
}

static int by_start(const void *a, const void *b)
{
    struct span s = ((const struct report_edit *)a)->span, t = ((const struct report_edit *)b)->span;
    int order = (s.from > t.from) - (s.from < t.from);
    return order ? order : (s.to > t.to) - (s.to < t.to);
}

size_t fix_apply(struct buf *out, struct arena *a, struct str text,
                 const struct report_fix *const *fixes, size_t n)
{
    struct report_edit *sorted = ARENA_ARRAY(a, n + 1, struct report_edit);
    size_t n_done = 0, at = 0, n_safe = 0;
    for (size_t i = 0; i < n; i++) {
        if (fixes[i]->is_safe && fixes[i]->n_edits == 1) {
            sorted[n_safe++] = fixes[i]->edits[0];
        }
    }
    if (n_safe > 1) {
        qsort(sorted, n_safe, sizeof *sorted, by_start);
    }
    for (size_t i = 0; i < n_safe; i++) {
        const struct report_edit *e = &sorted[i];
        if (e->span.from < at || e->span.to > text.len) {
            continue; /* overlaps: its turn comes with the next round */
        }
        buf_put(out, str_slice(text, at, e->span.from));
        buf_put(out, e->text);
        at = e->span.to;
        n_done++;
    }
    buf_put(out, str_slice(text, at, text.len));
    return n_done;
}
