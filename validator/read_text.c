/* What all readers begin with: is this a text at all, and how is it told if not. */
#include "validator/read_int.h"

#include <string.h>

void read_init(struct read *r, struct arena *a, struct str name, struct str text,
               struct findings *fs, struct err *err)
{
    *r = (struct read){.arena = a, .name = name, .text = text, .fs = fs, .err = err};
    r->lines = json_lines_of(a, text);
}

struct finding read_finding(struct read *r, const char *rule, enum severity severity,
                            struct span span, struct str message)
{
    struct finding f = {.rule = str_of(rule),
                        .severity = severity,
                        .message = str_copy(r->fs->arena, message),
                        .file = r->name,
                        .span = span,
                        .item = SIZE_MAX};
    json_lines_place(r->lines, &f);
    return f;
}

bool read_fail(struct read *r, const char *rule, struct span span, const char *message,
               const char *hint)
{
    if (r->fs != NULL) {
        struct finding f = read_finding(r, rule, SEVERITY_ERROR, span, str_of(message));
        f.hint = str_copy(r->fs->arena, str_of(hint));
        findings_add(r->fs, &f);
    }
    struct finding place = {.span = span};
    json_lines_place(r->lines, &place);
    err_set(r->err, ERR_INPUT, "%s%s%s", message, *hint != 0 ? ": " : "", hint);
    return err_at(r->err, r->name, place.line, place.column);
}

const char *read_binary_name(struct str text, const char **out_advice)
{
    static const char save[] = "open it in the spreadsheet and save the sheet as CSV (UTF-8)";
    static const struct row {
        struct str head;
        const char *name, *advice;
    } rows[] = {
        {STR_INIT("PK\x03\x04"), "a spreadsheet (.xlsx, .ods) or another zip archive", save},
        {STR_INIT("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"), "an old spreadsheet (.xls)", save},
        {STR_INIT("\x1F\x8B"), "a gzip archive", "unpack it first"},
        {STR_INIT("%PDF"), "a PDF", "give the data that it was made from"},
        {STR_INIT("\xFF\xFE"), "UTF-16", "save it as UTF-8"},
        {STR_INIT("\xFE\xFF"), "UTF-16", "save it as UTF-8"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (str_starts(text, rows[i].head)) {
            *out_advice = rows[i].advice;
            return rows[i].name;
        }
    }
    if (text.len >= 4 && (text.s[0] == 0) != (text.s[1] == 0) &&
        (text.s[2] == 0) == (text.s[0] == 0) && (text.s[3] == 0) == (text.s[1] == 0)) {
        *out_advice = "save it as UTF-8";
        return "UTF-16";
    }
    return NULL;
}

bool read_text_check(struct read *r)
{
    const char *advice = "";
    const char *name = read_binary_name(r->text, &advice);
    struct buf b;
    buf_init(&b, r->arena);
    if (name != NULL) {
        buf_printf(&b, "this is %s, no text in UTF-8", name);
        return read_fail(r, "J001", (struct span){0, r->text.len < 2 ? r->text.len : 2},
                         buf_cstr(&b), advice);
    }
    size_t bad;
    if (!str_is_utf8(r->text, &bad)) {
        buf_printf(&b, "byte 0x%02X is not UTF-8 here", (unsigned)(unsigned char)r->text.s[bad]);
        return read_fail(r, "J001", (struct span){bad, bad + 1}, buf_cstr(&b),
                         "save the file as UTF-8; it may be Windows-1252 or Latin-1");
    }
    return true;
}

static size_t digits(struct str s, size_t at)
{
    size_t n = at;
    while (n < s.len && s.s[n] >= '0' && s.s[n] <= '9') {
        n++;
    }
    return n - at;
}

bool read_is_json_number(struct str s)
{
    size_t at = s.len > 0 && s.s[0] == '-', n = digits(s, at);
    if (n == 0 || (n > 1 && s.s[at] == '0')) {
        return false;
    }
    at += n;
    if (at < s.len && s.s[at] == '.') {
        n = digits(s, at + 1);
        if (n == 0) {
            return false;
        }
        at += 1 + n;
    }
    if (at < s.len && (s.s[at] == 'e' || s.s[at] == 'E')) {
        at++;
        at += at < s.len && (s.s[at] == '+' || s.s[at] == '-');
        n = digits(s, at);
        if (n == 0) {
            return false;
        }
        at += n;
    }
    return at == s.len;
}
