/* Documents made from another text. An origin is a sorted table from bytes of the made text to
 * bytes of the original; a place is found by bisection. Two kinds: of a maker each mark is a name or
 * value with its own span; of a text that stands within another (is_linear) marks are where the two
 * run in step again, after each escape, and between marks bytes correspond one to one. */
#include "base/json_int.h"

#include "base/base.h"

#include <string.h>

/* --- places --- */

static const struct json_origin_mark *mark_find(const struct json_origin *o, size_t made)
{
    static const struct json_origin_mark start;
    uint32_t low = 0, high = o->n_marks;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (o->marks[middle].made <= made) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low > 0 ? &o->marks[low - 1] : &start;
}

static size_t origin_byte(const struct json_origin *o, size_t made)
{
    const struct json_origin_mark *m = mark_find(o, made);
    size_t at = m->from + (made - m->made);
    return at < o->text.len ? at : o->text.len;
}

struct span json_origin_span(const struct json_origin *o, struct span made)
{
    if (o->is_linear) {
        return (struct span){origin_byte(o, made.from), origin_byte(o, made.to)};
    }
    const struct json_origin_mark *m = mark_find(o, made.from);
    return (struct span){m->from, m->to};
}

struct str json_literal(struct json v)
{
    if (v.doc == NULL) {
        return STR("");
    }
    struct span span = json_made_span(v);
    return str_slice(v.doc->text, span.from, span.to);
}

struct json_lines *json_lines_of(struct arena *a, struct str text)
{
    struct json_lines *lines = ARENA_NEW(a, struct json_lines);
    json_lines_init(lines, a, text);
    return lines;
}

void json_lines_place(const struct json_lines *lines, struct finding *f)
{
    json_lines_find(lines, f->span.from, &f->line, &f->column);
    json_lines_find(lines, f->span.to, &f->end_line, &f->end_column);
}

/* --- the maker --- */

void json_maker_init(struct json_maker *m, struct arena *a, struct str name, struct str original)
{
    *m = (struct json_maker){.arena = a, .name = name, .original = original};
    buf_init(&m->text, a);
    m->is_too_large = original.len > JSON_BYTES_MAX;
}

static void mark_add(struct json_maker *m, size_t from, size_t to)
{
    if (m->n_marks == m->marks_cap) {
        uint32_t cap = m->marks_cap > 0 ? m->marks_cap * 2 : 64;
        struct json_origin_mark *at = ARENA_ARRAY(m->arena, cap, struct json_origin_mark);
        if (m->n_marks > 0) {
            memcpy(at, m->marks, m->n_marks * sizeof *at);
        }
        m->marks = at;
        m->marks_cap = cap;
    }
    m->marks[m->n_marks++] = (struct json_origin_mark){
        .made = (uint32_t)m->text.len, .from = (uint32_t)from, .to = (uint32_t)to};
}

/* Before a name or value: is there room, and does a comma belong before it? */
static bool begin(struct json_maker *m, size_t bytes)
{
    if (m->is_too_large || bytes > JSON_BYTES_MAX - m->text.len) {
        m->is_too_large = true;
        return false;
    }
    if (m->depth > JSON_DEPTH_MAX) {
        return false;
    }
    char last = m->text.len > 0 ? m->text.s[m->text.len - 1] : '[';
    if (last != '[' && last != '{' && last != ':') { /* strings end with a quote */
        buf_put_char(&m->text, ',');
    }
    return true;
}

void json_make_key(struct json_maker *m, struct str key, struct span at)
{
    if (begin(m, key.len)) {
        mark_add(m, at.from, at.to);
        buf_put_json_string(&m->text, key);
        buf_put_char(&m->text, ':');
    }
}

void json_make_string(struct json_maker *m, struct str content, struct span at)
{
    if (begin(m, content.len)) {
        mark_add(m, at.from, at.to);
        buf_put_json_string(&m->text, content);
    }
}

void json_make_literal(struct json_maker *m, struct str literal, struct span at)
{
    if (begin(m, literal.len)) {
        mark_add(m, at.from, at.to);
        buf_put(&m->text, literal);
    }
}

void json_make_open(struct json_maker *m, enum json_kind kind, size_t from)
{
    if (begin(m, 2) && m->depth <= JSON_DEPTH_MAX) {
        mark_add(m, from, from);
        m->open[m->depth] = m->n_marks - 1;
        m->closers[m->depth] = kind == JSON_OBJECT ? '}' : ']';
        buf_put_char(&m->text, kind == JSON_OBJECT ? '{' : '[');
    }
    m->depth++;
}

void json_make_close(struct json_maker *m, size_t to)
{
    m->depth--;
    if (!m->is_too_large && m->depth <= JSON_DEPTH_MAX) {
        m->marks[m->open[m->depth]].to = (uint32_t)to;
        buf_put_char(&m->text, m->closers[m->depth]);
    }
}

bool json_make_done(const struct json_doc **out, struct json_maker *m,
                    const struct json_limits *limits, struct findings *fs, struct err *err)
{
    if (m->is_too_large) {
        err_set(err, ERR_LIMIT, "text is larger than %zu bytes as JSON", JSON_BYTES_MAX);
        return err_at(err, m->name, 0, 0);
    }
    struct json_limits ours = limits != NULL ? *limits : (struct json_limits){0};
    (void)buf_cstr(&m->text);
    ours.is_terminated = true;
    struct json_origin *origin = ARENA_NEW(m->arena, struct json_origin);
    *origin = (struct json_origin){.text = m->original, .marks = m->marks, .n_marks = m->n_marks};
    return json_parse_with(out, m->arena, m->name, buf_str(&m->text), origin, &ours, fs, err);
}

/* --- a text within another --- */

static void step_mark(struct json_maker *m, size_t made, size_t from)
{
    mark_add(m, from, from);
    m->marks[m->n_marks - 1].made = (uint32_t)made;
}

static bool parse_within(const struct json_doc **out, struct json_maker *m, struct str made,
                         const struct json_origin *like, const struct json_limits *limits,
                         struct findings *fs, struct err *err)
{
    if (m->original.len > JSON_BYTES_MAX) {
        return err_set(err, ERR_LIMIT, "text is larger than %zu bytes", JSON_BYTES_MAX);
    }
    struct json_limits ours = limits != NULL ? *limits : (struct json_limits){0};
    ours.is_terminated = false;
    struct json_origin *origin = ARENA_NEW(m->arena, struct json_origin);
    *origin = *like;
    origin->text = m->original;
    origin->marks = m->marks;
    origin->n_marks = m->n_marks;
    return json_parse_with(out, m->arena, m->name, made, origin, &ours, fs, err);
}

bool json_parse_inner(const struct json_doc **out, struct arena *a, struct json v,
                      const struct json_limits *limits, struct findings *fs, struct err *err)
{
    struct json_maker m;
    json_maker_init(&m, a, json_doc_name(v.doc), json_doc_text(v.doc));
    const struct json_origin *outer = v.doc->origin;
    struct json_origin like = {.lines = &v.doc->lines, .is_linear = true};
    if (outer != NULL && !(outer->is_linear && outer->n_marks == 1)) {
        struct span whole = json_span(v); /* of two steps the whole string is told */
        mark_add(&m, whole.from, whole.to);
        like.is_linear = false;
        return parse_within(out, &m, json_str(v), &like, limits, fs, err);
    }
    size_t shift = outer != NULL ? outer->marks[0].from : 0;
    struct span at = json_made_span(v);
    const char *text = v.doc->text.s;
    char *made = arena_bytes(a, at.to - at.from);
    size_t n = 0, p = at.from + 1, end = at.to - 1;
    while (p < end) {
        const char *backslash = memchr(text + p, '\\', end - p);
        size_t stop = backslash != NULL ? (size_t)(backslash - text) : end;
        step_mark(&m, n, shift + p);
        memcpy(made + n, text + p, stop - p);
        n += stop - p;
        p = stop;
        if (p < end) { /* one escape, or a pair of halves */
            size_t len = text[p + 1] != 'u' ? 2 : 6;
            bool is_high = len == 6 && (text[p + 2] == 'd' || text[p + 2] == 'D') &&
                           strchr("89abAB", text[p + 3]) != NULL;
            len = is_high ? 12 : len;
            step_mark(&m, n, shift + p);
            n += json_decode(made + n, text + p, text + p + len);
            p += len;
        }
    }
    step_mark(&m, n, shift + end);
    return parse_within(out, &m, (struct str){made, n}, &like, limits, fs, err);
}

bool json_parse_part(const struct json_doc **out, struct arena *a, struct str name,
                     struct str original, struct span at, const struct json_lines *lines,
                     const struct json_limits *limits, struct findings *fs, struct err *err)
{
    struct json_maker m;
    json_maker_init(&m, a, name, original);
    step_mark(&m, 0, at.from);
    struct json_origin like = {.lines = lines, .is_linear = true};
    return parse_within(out, &m, str_slice(original, at.from, at.to), &like, limits, fs, err);
}
