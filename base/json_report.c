/* What the scanner says about a text: findings J001…J014 and the error. All of it is off the fast
 * path. A message says what was found; `expected` and `hint` what should stand there and what to
 * do; the error joins them. */
#include "base/json_int.h"

#include "base/buf.h"
#include "base/err.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- building a finding --- */

/* The pointer of what the scanner stands in, and its last member name. */
static struct str pointer_here(struct json_scanner *s, struct arena *a, struct str *out_field)
{
    struct buf b;
    buf_init(&b, a);
    for (uint32_t i = 0; i < s->depth; i++) {
        const struct json_frame *frame = &s->frames[i];
        if (!frame->is_object) {
            if (frame->count > 0) {
                buf_printf(&b, "/%u", frame->count - 1);
            }
            continue;
        }
        if (frame->key_from == UINT32_MAX) {
            break;
        }
        const char *from = s->begin + frame->key_from + 1, *to = from;
        while (*to != '"') {
            to += *to == '\\' ? 2 : 1;
        }
        char *decoded = arena_bytes(a, (size_t)(to - from));
        *out_field = (struct str){decoded, json_decode(decoded, from, to)};
        json_pointer_put_token(&b, *out_field);
    }
    return buf_str(&b);
}

/* In the text that the user wrote. */
static struct span span_of(const struct json_scanner *s, const char *from, const char *to)
{
    struct span span = {(size_t)(from - s->begin), (size_t)(to - s->begin)};
    return s->origin != NULL ? json_origin_span(s->origin, span) : span;
}

static void place_find(struct json_scanner *s, const char *p, uint32_t *out_line,
                       uint32_t *out_column)
{
    if (s->lines.text.s == NULL && s->origin != NULL && s->origin->lines != NULL) {
        s->lines = *s->origin->lines;
    } else if (s->lines.text.s == NULL) {
        json_lines_init(&s->lines, &s->scratch, s->origin != NULL ? s->origin->text : s->text);
    }
    json_lines_find(&s->lines, span_of(s, p, p).from, out_line, out_column);
}

static bool is_full(const struct findings *fs)
{
    return fs->len >= (fs->max > 0 ? fs->max : FINDINGS_MAX);
}

static struct finding finding_make(struct json_scanner *s, const struct json_fault *f,
                                   enum severity severity)
{
    struct finding x = {.rule = str_of(f->rule),
                        .severity = severity,
                        .file = s->name,
                        .span = span_of(s, f->from, f->to),
                        .expected = f->expected,
                        .hint = f->hint,
                        .item = SIZE_MAX};
    if (is_full(s->fs)) {
        return x; /* it will only be counted */
    }
    place_find(s, f->from, &x.line, &x.column);
    json_lines_find(&s->lines, x.span.to, &x.end_line, &x.end_column);
    x.pointer = pointer_here(s, s->fs->arena, &x.field);
    return x;
}

static void error_make(struct json_scanner *s, const struct json_fault *f, const char *message)
{
    uint32_t line, column;
    place_find(s, f->from, &line, &column);
    bool has_expected = f->expected.len > 0, has_hint = f->hint.len > 0;
    err_set(s->err, f->is_limit ? ERR_LIMIT : ERR_INPUT, "%s%s%.*s%s%.*s", message,
            has_expected ? ", expected " : "", STR_ARG(f->expected), has_hint ? ": " : "",
            STR_ARG(f->hint));
    err_at(s->err, s->name, line, column);
}

const char *json_scan_fail(struct json_scanner *s, const struct json_fault *f, const char *format,
                           ...)
{
    char message[256];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    if (s->fs != NULL) {
        struct finding x = finding_make(s, f, SEVERITY_ERROR);
        x.message = findings_text(s->fs, "%s", message);
        findings_add(s->fs, &x);
    }
    if (s->err != NULL && !s->has_failed) { /* else it tells of the first repeated name */
        error_make(s, f, message);
    }
    s->has_failed = true;
    return NULL;
}

void json_scan_note(struct json_scanner *s, const struct json_fault *f, enum severity severity,
                    const char *format, ...)
{
    if (s->fs == NULL) {
        return;
    }
    struct finding x = finding_make(s, f, severity);
    if (!is_full(s->fs)) {
        char message[256];
        va_list args;
        va_start(args, format);
        vsnprintf(message, sizeof message, format, args);
        va_end(args);
        x.message = findings_text(s->fs, "%s", message);
        char value[JSON_FOUND_BYTES + 4];
        x.value = str_copy(s->fs->arena, json_found(value, f->from, f->to));
    }
    findings_add(s->fs, &x);
}

static const char *quote_end(const char *p)
{
    p++;
    while (*p != '"') {
        p += *p == '\\' ? 2 : 1;
    }
    return p + 1;
}

void json_scan_duplicate(struct json_scanner *s, const struct json_key *first,
                         const struct json_key *again)
{
    s->has_duplicates = true;
    const char *from = s->begin + again->from;
    struct json_fault f = {.rule = "J003",
                           .from = from,
                           .to = quote_end(from),
                           .expected = STR("each name once in an object"),
                           .hint = STR("remove or rename one of the two members")};
    bool is_error_wanted = !s->allow_duplicate_keys && !s->has_failed && s->err != NULL;
    if (s->fs != NULL && is_full(s->fs) && !is_error_wanted) {
        struct finding x = finding_make(s, &f, SEVERITY_ERROR);
        findings_add(s->fs, &x);
        s->has_failed |= !s->allow_duplicate_keys;
        return;
    }
    if (s->fs == NULL && !is_error_wanted) {
        s->has_failed |= !s->allow_duplicate_keys;
        return;
    }
    uint32_t line, column;
    place_find(s, s->begin + first->from, &line, &column);
    struct buf b;
    buf_init(&b, &s->scratch);
    buf_put(&b, STR("member "));
    buf_put_quoted(&b, (struct str){again->s, again->len});
    buf_printf(&b, " stands twice in one object, first at line %u column %u", line, column);
    if (s->fs != NULL) {
        struct finding x = finding_make(s, &f, SEVERITY_ERROR);
        x.message = findings_text(s->fs, "%.*s", STR_ARG(buf_str(&b)));
        x.related_message = STR("first here");
        x.related_pointer = x.pointer;
        x.related_line = line;
        x.related_column = column;
        findings_add(s->fs, &x);
    }
    if (is_error_wanted) {
        error_make(s, &f, buf_cstr(&b));
    }
    s->has_failed |= !s->allow_duplicate_keys;
}

/* --- what stands there --- */

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static void quote(char out[64], const char *p, size_t n)
{
    out[0] = '\'';
    memcpy(out + 1, p, n);
    memcpy(out + 1 + n, "'", 2);
}

/* Names the byte or character at p for people. */
static void found_put(char out[64], const char *p, const char *end)
{
    if (p >= end) {
        snprintf(out, 64, "end of text");
        return;
    }
    unsigned char c = (unsigned char)*p;
    if (c > ' ' && c < 0x7F) {
        size_t n = 0;
        while (p + n < end && n < 20 && is_letter(p[n])) {
            n++;
        }
        quote(out, p, n > 0 ? n : 1);
        return;
    }
    size_t n = c >= 0x80 ? json_utf8_length(p, end) : 0;
    if (c == ' ') {
        snprintf(out, 64, "a blank");
    } else if (n > 0) {
        quote(out, p, n);
    } else {
        snprintf(out, 64, "%s 0x%02X", c >= 0x80 ? "byte" : "control character", c);
    }
}

static bool starts(const char *p, const char *end, const char *word)
{
    size_t n = strlen(word);
    return (size_t)(end - p) >= n && memcmp(p, word, n) == 0;
}

/* What people mean who write this where JSON wants something else. */
static struct str hint_for(const struct json_scanner *s, const char *p)
{
    static const struct row {
        const char *head;
        struct str hint;
    } rows[] = {
        {"'", STR_INIT("put text in double quotes")},
        {"//", STR_INIT("JSON has no comments: remove it")},
        {"/*", STR_INIT("JSON has no comments: remove it")},
        {"#", STR_INIT("JSON has no comments: remove it")},
        {"True", STR_INIT("write true")},
        {"TRUE", STR_INIT("write true")},
        {"False", STR_INIT("write false")},
        {"FALSE", STR_INIT("write false")},
        {"None", STR_INIT("write null")},
        {"NULL", STR_INIT("write null")},
        {"undefined", STR_INIT("write null or leave the member out")},
        {"NaN", STR_INIT("JSON has no NaN: write null or a number")},
        {"Infinity", STR_INIT("JSON has no infinity: write null or a number")},
        {"-Infinity", STR_INIT("JSON has no infinity: write null or a number")},
        {"+", STR_INIT("a number has no plus sign: remove it")},
        {".", STR_INIT("write a digit before the dot, as in 0.5")},
        {"\"", STR_INIT("a comma may be missing before it")},
        {"\xE2\x80\x9C", STR_INIT("put text in plain double quotes")},
        {"\xC2\xA0", STR_INIT("replace the no-break space by a plain one")},
    };
    const char *before = p;
    while (before > s->begin && strchr(" \n\t\r", before[-1]) != NULL && before[-1] != 0) {
        before--;
    }
    bool is_after_comma = before > s->begin && before[-1] == ',';
    if (p < s->end && (*p == '}' || *p == ']') && is_after_comma) {
        return STR("remove the comma before it");
    }
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (starts(p, s->end, rows[i].head) && !(*p == '"' && is_after_comma)) {
            return rows[i].hint;
        }
    }
    return STR("");
}

/* True if the text is plainly UTF-16 or UTF-32: a byte order mark or zero bytes at the start. */
static bool is_utf16(const struct json_scanner *s)
{
    const char *p = s->begin;
    return s->text.len >= 2 && (memcmp(p, "\xFF\xFE", 2) == 0 || memcmp(p, "\xFE\xFF", 2) == 0 ||
                                (p[0] == 0) != (p[1] == 0));
}

static const char *utf8_fault(struct json_scanner *s, const char *p)
{
    struct json_fault f = {
        .rule = "J001", .from = p, .to = p + 1, .expected = STR("UTF-8 (RFC 3629)")};
    if (is_utf16(s)) {
        f.hint = STR("save the file as UTF-8");
        return json_scan_fail(s, &f, "text looks like UTF-16");
    }
    f.hint = STR("save the file as UTF-8; it may be Latin-1 or cut within a character");
    return json_scan_fail(s, &f, "byte 0x%02X is not UTF-8 here", (unsigned)(unsigned char)*p);
}

const char *json_scan_syntax(struct json_scanner *s, const char *p, const char *expected)
{
    bool is_bad_byte = p < s->end && (unsigned char)*p >= 0x80 && json_utf8_length(p, s->end) == 0;
    if (is_bad_byte || (s->text.len > 0 && p < s->begin + 2 && is_utf16(s))) {
        return utf8_fault(s, p);
    }
    char found[64];
    found_put(found, p, s->end);
    bool is_trailing = s->depth == 0 && s->n_places > 0;
    struct json_fault f = {.rule = is_trailing ? "J010" : "J002",
                           .from = p,
                           .to = p < s->end ? p + 1 : p,
                           .expected = str_of(expected),
                           .hint = hint_for(s, p)};
    if (is_trailing) {
        bool is_comment = p < s->end && (*p == '/' || *p == '#');
        f.hint = is_comment ? STR("JSON has no comments: remove it")
                            : STR("a text holds one value: remove what follows it, or put both "
                                  "into an array");
        return json_scan_fail(s, &f, "%s follows the value", found);
    }
    bool is_name_wanted = s->depth > 0 && s->frames[s->depth - 1].is_object &&
                          s->frames[s->depth - 1].key_from == UINT32_MAX;
    if (is_name_wanted && p < s->end && is_letter(*p)) {
        f.hint = STR("put the name in double quotes");
    }
    if (p < s->end || s->depth == 0) {
        return json_scan_fail(s, &f, "found %s", found);
    }
    const struct json_frame *frame = &s->frames[s->depth - 1];
    uint32_t line, column;
    place_find(s, s->begin + (s->places[frame->place].from & ~PLACE_FLAG), &line, &column);
    return json_scan_fail(s, &f, "text ends in the %s that begins at line %u column %u",
                          frame->is_object ? "object" : "array", line, column);
}

/* --- numbers --- */

const char *json_scan_number_fault(struct json_scanner *s, const char *from, const char *p)
{
    const char *digits = from + (*from == '-');
    if (p < s->end && (unsigned char)*p >= 0x80) {
        return json_scan_syntax(s, p, "a digit");
    }
    struct json_fault f = {.rule = "J002",
                           .from = from,
                           .to = p < s->end ? p + 1 : p,
                           .expected = STR("a number as in -12.5e3")};
    char found[64];
    found_put(found, p, s->end);
    if (p > digits + 1 && *digits == '0' && memchr(digits, '.', (size_t)(p - digits)) == NULL &&
        strchr("eE+-", p[-1]) == NULL) {
        f.hint = STR("remove the zero, or put the digits in quotes if it is a code");
        return json_scan_fail(s, &f, "number has a leading zero");
    }
    if (p == digits) {
        f.hint = hint_for(s, from);
        return json_scan_fail(s, &f, "minus sign is followed by %s", found);
    }
    return json_scan_fail(s, &f, "number lacks a digit after '%c': found %s", p[-1], found);
}

/* Is |literal| beyond 2^53? Digits only, perhaps a minus. */
static bool is_beyond_53_bits(const char *from, const char *to)
{
    from += *from == '-';
    size_t n = (size_t)(to - from);
    return n > 16 || (n == 16 && memcmp(from, "9007199254740992", 16) > 0);
}

/* Can only overflow with many digits or an exponent of three digits or more. */
static bool is_overflow(struct json_scanner *s, const char *from, const char *to)
{
    const char *e = from;
    while (e < to && *e != 'e' && *e != 'E') {
        e++;
    }
    if (e - from < 200 && to - e < 4) {
        return false;
    }
    struct str copy = str_copy(&s->scratch, (struct str){from, (size_t)(to - from)});
    return isinf(strtod(copy.s, NULL)) != 0;
}

void json_scan_number_check(struct json_scanner *s, const char *from, const char *to,
                            bool is_integer)
{
    struct json_fault f = {.from = from, .to = to};
    if (is_overflow(s, from, to)) {
        f.rule = "J007";
        f.expected = STR("a number within ±1.7976931348623157e308");
        json_scan_note(s, &f, SEVERITY_ERROR, "number overflows a double");
    } else if (is_integer && is_beyond_53_bits(from, to)) {
        f.rule = "J006";
        f.expected = STR("an integer within ±9007199254740992 (2^53)");
        f.hint = STR("write it as a string if it is an identifier");
        json_scan_note(s, &f, SEVERITY_WARNING,
                       "integer beyond 2^53: most readers round it to another number");
    }
}

/* --- strings --- */

const char *json_scan_escape_fault(struct json_scanner *s, const char *p)
{
    struct json_fault f = {.rule = "J002", .from = p, .to = p};
    if (s->end - p < 2) {
        f.to = s->end;
        return json_scan_fail(s, &f, "text ends within an escape");
    }
    if (p[1] != 'u') {
        if ((unsigned char)p[1] >= 0x80 && json_utf8_length(p + 1, s->end) == 0) {
            return utf8_fault(s, p + 1);
        }
        char found[64];
        found_put(found, p + 1, s->end);
        f.to = p + 2;
        f.expected = STR("one of \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\u");
        f.hint = STR("write \\\\ for a backslash");
        return json_scan_fail(s, &f, "backslash is followed by %s", found);
    }
    size_t n = 2;
    while (n < 6 && p + n < s->end && strchr("0123456789abcdefABCDEF", p[n]) != NULL && p[n] != 0) {
        n++;
    }
    f.to = p + n;
    f.expected = STR("four hexadecimal digits after \\u");
    if (n < 6) {
        if (p + n < s->end && (unsigned char)p[n] >= 0x80 && !json_utf8_length(p + n, s->end)) {
            return utf8_fault(s, p + n);
        }
        char found[64];
        found_put(found, p + n, s->end);
        return json_scan_fail(s, &f, "found %s within a \\u escape", found);
    }
    f.rule = "J004";
    f.expected = STR("a pair as in \\uD83D\\uDE00");
    f.hint = STR("the text was cut within a character: write it whole or remove it");
    return json_scan_fail(s, &f, "\\%.5s is half of a surrogate pair", p + 1);
}

const char *json_scan_string_fault(struct json_scanner *s, const char *from, const char *p)
{
    if (p < s->end && (unsigned char)*p >= 0x80) {
        return utf8_fault(s, p);
    }
    struct json_fault f = {.rule = "J002", .from = p, .to = p < s->end ? p + 1 : p};
    if (p == s->end) {
        uint32_t line, column;
        place_find(s, from - 1, &line, &column);
        f.expected = STR("a closing quote");
        return json_scan_fail(s, &f, "text ends in the string that begins at line %u column %u",
                              line, column);
    }
    f.hint = *p == '\n' ? STR("close the quote, or write \\n for a line break")
                        : STR("write it as an escape: \\t, \\u001F, …");
    if (*p == '\n' || *p == '\r') {
        return json_scan_fail(s, &f, "line ends within a string");
    }
    return json_scan_fail(s, &f, "control character 0x%02X in a string",
                          (unsigned)(unsigned char)*p);
}
