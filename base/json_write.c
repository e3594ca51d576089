/* Writers. Numbers go out by their literal and strings by their content, so nothing is lost or
 * rounded; cJSON's printer is never used. Recursion is as deep as the reader allowed. */
#include "base/json_int.h"

#include "base/buf.h"

#include <assert.h>
#include <string.h>

enum { LINE_COLUMNS = 100, INDENT = 2 };

/* Without an escape in the source, the source is the canonical text. */
static void string_put(struct buf *b, struct json v)
{
    if ((v.doc->places[v.at].from & PLACE_FLAG) == 0) {
        buf_put(b, json_literal(v));
    } else {
        buf_put_json_string(b, json_str(v));
    }
}

static void scalar_put(struct buf *b, struct json v)
{
    if (json_kind(v) == JSON_STRING) {
        string_put(b, v);
    } else {
        buf_put(b, json_literal(v));
    }
}

static bool is_group(struct json v)
{
    return json_place_is_group(v.doc, v.at);
}

void json_put(struct buf *b, struct json v)
{
    if (!json_exists(v)) {
        return;
    }
    if (!is_group(v)) {
        scalar_put(b, v);
        return;
    }
    bool is_object = json_kind(v) == JSON_OBJECT;
    char before = is_object ? '{' : '[';
    for (struct json m = json_first(v); json_exists(m); m = json_next(m)) {
        buf_put_char(b, before);
        before = ',';
        if (is_object) {
            buf_put_json_string(b, json_key(m));
            buf_put_char(b, ':');
        }
        json_put(b, m);
    }
    if (json_count(v) == 0) {
        buf_put_char(b, before);
    }
    buf_put_char(b, is_object ? '}' : ']');
}

/* Behind the string at p, which is well-formed. */
static const char *string_end(const char *p)
{
    for (p++; *p != '"'; p++) {
        p += *p == '\\';
    }
    return p + 1;
}

bool json_is_written(struct json v, struct str text)
{
    if (v.doc == NULL) {
        return false;
    }
    struct span span = json_made_span(v);
    const char *p = v.doc->text.s + span.from, *end = v.doc->text.s + span.to;
    while (p < end) {
        const char *from = p;
        if (*p == '"') {
            p = string_end(p);
        } else if (*p == ' ' || *p == '\n' || *p == '\t' || *p == '\r') {
            p++;
            continue;
        } else {
            p++;
        }
        size_t len = (size_t)(p - from);
        if (text.len < len || memcmp(text.s, from, len) != 0) {
            return false;
        }
        text = str_slice(text, len, text.len);
    }
    return text.len == 0;
}

/* --- for people --- */

/* On one line: "[1, 2]", "{\"a\": 1}". Stops early once the text is longer than `max` bytes, which
 * bounds the work of the attempts that fail. */
static bool line_put(struct buf *b, struct json v, size_t max)
{
    if (b->len > max) {
        return false;
    }
    if (!is_group(v)) {
        scalar_put(b, v);
        return b->len <= max;
    }
    bool is_object = json_kind(v) == JSON_OBJECT, is_first = true;
    buf_put_char(b, is_object ? '{' : '[');
    for (struct json m = json_first(v); json_exists(m); m = json_next(m)) {
        buf_put(b, is_first ? STR("") : STR(", "));
        is_first = false;
        if (is_object) {
            buf_put_json_string(b, json_key(m));
            buf_put(b, STR(": "));
        }
        if (!line_put(b, m, max)) {
            return false;
        }
    }
    buf_put_char(b, is_object ? '}' : ']');
    return b->len <= max;
}

static void line_break(struct buf *b, size_t indent)
{
    buf_put_char(b, '\n');
    for (size_t i = 0; i < indent; i++) {
        buf_put_char(b, ' ');
    }
}

/* `used`: columns that stand before the value and after it (a comma) on its line. A column is a
 * code point: a line of so many has at most four times as many bytes. */
static bool fits_put(struct buf *b, struct json v, size_t used)
{
    size_t mark = b->len;
    if (used < LINE_COLUMNS && line_put(b, v, mark + (LINE_COLUMNS - used) * 4)) {
        struct str line = {b->s + mark, b->len - mark};
        if (str_code_points(line) + used <= LINE_COLUMNS) {
            return true;
        }
    }
    b->len = mark;
    return false;
}

static void pretty_put(struct buf *b, struct json v, size_t indent, size_t used)
{
    if (!is_group(v) || json_count(v) == 0) {
        json_put(b, v);
        return;
    }
    if (fits_put(b, v, used)) {
        return;
    }
    bool is_object = json_kind(v) == JSON_OBJECT;
    char before = is_object ? '{' : '[';
    indent += INDENT;
    for (struct json m = json_first(v); json_exists(m); m = json_next(m)) {
        buf_put_char(b, before);
        before = ',';
        line_break(b, indent);
        size_t columns = indent + 1;
        if (is_object) {
            buf_put_json_string(b, json_key(m));
            buf_put(b, STR(": "));
            columns += str_code_points(json_key(m)) + 4;
        }
        pretty_put(b, m, indent, columns);
    }
    line_break(b, indent - INDENT);
    buf_put_char(b, is_object ? '}' : ']');
}

void json_put_pretty(struct buf *b, struct json v)
{
    if (json_exists(v)) {
        pretty_put(b, v, 0, 0);
    }
}
