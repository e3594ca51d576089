/* Findings that stand at a value, and typed getters that write them. */
#include "base/json_int.h"

#include "base/buf.h"

#include <inttypes.h>
#include <string.h>

struct str json_found(char *out, const char *from, const char *to)
{
    size_t n = 0;
    bool is_in_string = false;
    for (const char *p = from; p < to; p++) {
        if (!is_in_string && (*p == ' ' || *p == '\n' || *p == '\t' || *p == '\r')) {
            continue;
        }
        if (n == JSON_FOUND_BYTES) {
            while (n > 0 && ((unsigned char)*p & 0xC0) == 0x80) {
                p--; /* not within a character */
                n--;
            }
            memcpy(out + n, "…", sizeof "…" - 1);
            return (struct str){out, n + sizeof "…" - 1};
        }
        is_in_string ^= *p == '"';
        out[n++] = *p;
        if (*p == '\\' && n < JSON_FOUND_BYTES && p + 1 < to) {
            out[n++] = *++p; /* an escaped quote ends nothing */
        }
    }
    return (struct str){out, n};
}

/* The member that holds the list whose item a pointer leads to: "codes" of "/codes/0", "/codes/0/1". */
static struct str list_name(struct str pointer)
{
    while (pointer.len) {
        size_t slash = pointer.len;
        while (slash > 0 && pointer.s[slash - 1] != '/') {
            slash--;
        }
        struct str last = str_slice(pointer, slash, pointer.len);
        uint64_t index = 0;
        if (!num_parse_u64(&index, last, 0, UINT64_MAX)) {
            bool is_plain = str_find_char(last, '~') == last.len;
            return is_plain ? last : STR(""); /* an escaped name is not worth a copy */
        }
        pointer = str_slice(pointer, 0, slash ? slash - 1 : 0);
    }
    return STR("");
}

/* The finding at `span`, whose pointer is that of `v`. */
static struct finding finding_at(struct findings *fs, struct json v, struct span span)
{
    struct finding f = {.file = v.doc->name, .span = span, .item = SIZE_MAX};
    json_line_column(v.doc, span.from, &f.line, &f.column);
    json_line_column(v.doc, span.to, &f.end_line, &f.end_column);
    struct buf b;
    buf_init(&b, fs->arena);
    json_pointer_put(&b, v);
    f.pointer = buf_str(&b);
    f.field = json_key(v);
    f.field = f.field.len ? f.field : list_name(f.pointer);
    struct str whole = json_literal(v);
    char found[JSON_FOUND_BYTES + 4];
    f.value = str_copy(fs->arena, json_found(found, whole.s, whole.s + whole.len));
    return f;
}

struct finding json_finding(struct findings *fs, struct json v, struct str rule,
                            enum severity severity)
{
    struct finding f = finding_at(fs, v, json_span(v));
    f.rule = rule;
    f.severity = severity;
    return f;
}

struct finding json_key_finding(struct findings *fs, struct json member, struct str rule,
                                enum severity severity)
{
    struct finding f = finding_at(fs, member, json_key_span(member));
    f.rule = rule;
    f.severity = severity;
    return f;
}

/* --- typed getters --- */

static void wrong_type(struct findings *fs, struct json v, const char *expected)
{
    struct finding f = json_finding(fs, v, STR("S103"), SEVERITY_ERROR);
    struct str found = json_kind_name(json_kind(v));
    f.expected = str_of(expected);
    struct buf name;
    buf_init(&name, fs->arena);
    if (f.field.len > 0) {
        buf_put(&name, STR("field "));
        buf_put_quoted(&name, f.field);
    } else {
        buf_put(&name, STR("value"));
    }
    f.message = findings_text(fs, "%.*s is of type %.*s, expected %s", STR_ARG(buf_str(&name)),
                              STR_ARG(found), expected);
    findings_add(fs, &f);
}

static bool want(struct json obj, struct str key, enum json_kind kind, struct json *out,
                 struct findings *fs)
{
    if (json_kind(obj) != JSON_OBJECT) {
        wrong_type(fs, obj, "object");
        return false;
    }
    struct json v = json_get(obj, key);
    struct str expected = json_kind_name(kind);
    if (!json_exists(v)) {
        struct finding f = json_finding(fs, obj, STR("S101"), SEVERITY_ERROR);
        struct buf name;
        buf_init(&name, fs->arena);
        buf_put_quoted(&name, key);
        f.field = str_copy(fs->arena, key);
        f.value = (struct str){NULL, 0};
        f.expected = findings_text(fs, "a field %.*s of type %.*s", STR_ARG(buf_str(&name)),
                                   STR_ARG(expected));
        f.message = findings_text(fs, "field %.*s is missing", STR_ARG(buf_str(&name)));
        findings_add(fs, &f);
        return false;
    }
    if (json_kind(v) != kind) {
        wrong_type(fs, v, expected.s);
        return false;
    }
    *out = v;
    return true;
}

bool json_want_str(struct json obj, struct str key, struct str *out, struct findings *fs)
{
    struct json v;
    if (!want(obj, key, JSON_STRING, &v, fs)) {
        return false;
    }
    *out = json_str(v);
    return true;
}

bool json_want_i64(struct json obj, struct str key, int64_t min, int64_t max, int64_t *out,
                   struct findings *fs)
{
    struct json v;
    int64_t value;
    if (!want(obj, key, JSON_NUMBER, &v, fs)) {
        return false;
    }
    bool is_integer = json_i64(v, &value);
    if (is_integer && value >= min && value <= max) {
        *out = value;
        return true;
    }
    bool is_fraction = !is_integer && !json_is_integer(v);
    struct finding f = json_finding(fs, v, is_fraction ? STR("S103") : STR("S108"), SEVERITY_ERROR);
    f.expected = findings_text(fs, "an integer from %" PRId64 " to %" PRId64, min, max);
    struct buf name;
    buf_init(&name, fs->arena);
    buf_put_quoted(&name, key);
    f.message = findings_text(fs, "field %.*s is %.*s, expected %.*s", STR_ARG(buf_str(&name)),
                              STR_ARG(f.value), STR_ARG(f.expected));
    findings_add(fs, &f);
    return false;
}

bool json_want_bool(struct json obj, struct str key, bool *out, struct findings *fs)
{
    struct json v;
    if (!want(obj, key, JSON_BOOL, &v, fs)) {
        return false;
    }
    *out = json_is_true(v);
    return true;
}

bool json_want_array(struct json obj, struct str key, struct json *out, struct findings *fs)
{
    return want(obj, key, JSON_ARRAY, out, fs);
}

bool json_want_object(struct json obj, struct str key, struct json *out, struct findings *fs)
{
    return want(obj, key, JSON_OBJECT, out, fs);
}
