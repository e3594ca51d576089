/* Members of JSON text that is known to be well-formed, found without a tree and without memory. */
#include "base/base.h"

#include <string.h>

static bool is_blank(char c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

static size_t skip_blanks(struct str s, size_t at)
{
    while (at < s.len && is_blank(s.s[at])) {
        at++;
    }
    return at;
}

/* Behind the string whose quote stands at `at`. */
static size_t skip_string(struct str s, size_t at)
{
    for (at++; at < s.len; at++) {
        const char *quote = memchr(s.s + at, '"', s.len - at);
        size_t end = quote ? (size_t)(quote - s.s) : s.len, slashes = 0;
        while (end > at + slashes && s.s[end - 1 - slashes] == '\\') {
            slashes++;
        }
        if (slashes % 2 == 0) {
            return end < s.len ? end + 1 : s.len;
        }
        at = end; /* the quote is part of it */
    }
    return s.len;
}

/* Behind the value that begins at `at`. */
static size_t skip_value(struct str s, size_t at)
{
    size_t depth = 0;
    while (at < s.len) {
        char c = s.s[at];
        if (c == '"') {
            at = skip_string(s, at);
        } else if (c == '{' || c == '[') {
            depth++;
            at++;
            continue;
        } else if (c == '}' || c == ']') {
            if (depth == 0) {
                return at;
            }
            depth--;
            at++;
        } else if (depth == 0 && (c == ',' || is_blank(c))) {
            return at;
        } else {
            at++;
            continue; /* within a number or a word, or between members */
        }
        if (depth == 0) {
            return at;
        }
    }
    return s.len;
}

bool json_text_is(struct str text, enum json_kind kind)
{
    size_t at = skip_blanks(text, 0);
    char c = at < text.len ? text.s[at] : '\0';
    switch (kind) {
    case JSON_NULL:
        return c == 'n';
    case JSON_BOOL:
        return c == 't' || c == 'f';
    case JSON_STRING:
        return c == '"';
    case JSON_ARRAY:
        return c == '[';
    case JSON_OBJECT:
        return c == '{';
    case JSON_NUMBER:
        return c == '-' || (c >= '0' && c <= '9');
    case JSON_NONE:
        return c == '\0';
    }
    unreachable();
}

bool json_text_next(struct str *rest, struct str *out_name, struct str *out_value)
{
    struct str s = *rest;
    size_t at = skip_blanks(s, 0);
    if (at < s.len && (s.s[at] == '{' || s.s[at] == ',')) {
        at = skip_blanks(s, at + 1);
    }
    if (at >= s.len || s.s[at] != '"') {
        return false;
    }
    size_t name = at, name_end = skip_string(s, at);
    at = skip_blanks(s, name_end);
    at = skip_blanks(s, at + 1); /* the colon */
    size_t end = skip_value(s, at);
    *out_name = str_slice(s, name, name_end);
    *out_value = str_slice(s, at, end);
    *rest = str_slice(s, end, s.len);
    return true;
}

/* The value of the member whose name is `name`, given without quotes; s NULL if there is none. */
static struct str member(struct str object, struct str name)
{
    struct str found, value;
    if (!json_text_is(object, JSON_OBJECT)) {
        return (struct str){0};
    }
    while (json_text_next(&object, &found, &value)) {
        if (found.len == name.len + 2 && str_eq(str_slice(found, 1, found.len - 1), name)) {
            return value;
        }
    }
    return (struct str){0};
}

struct str json_text_path(struct str text, struct str dotted)
{
    struct str part;
    while (text.s && str_cut(&dotted, '.', &part)) {
        text = member(text, part);
    }
    return text;
}
