/* Texts made safe for each format, and what the formats have in common. */
#include "validator/report_int.h"

#include <string.h>

/* --- characters --- */

uint32_t report_char(struct str s, size_t at, size_t *out_len)
{
    const unsigned char *p = (const unsigned char *)s.s + at;
    size_t left = s.len - at;
    *out_len = 1;
    if (*p < 0x80) {
        return *p;
    }
    size_t len = *p >= 0xF0 ? 4 : *p >= 0xE0 ? 3 : 2;
    if (len > left || !str_is_utf8((struct str){s.s + at, len}, NULL)) {
        return 0xFFFD;
    }
    *out_len = len;
    uint32_t c = *p & (0xFFU >> (len + 1));
    for (size_t i = 1; i < len; i++) {
        c = c << 6 | (p[i] & 0x3FU);
    }
    return c;
}

/* Could turn a line around, hide it or move the cursor: controls, direction marks, line separators. */
static bool is_control(uint32_t c)
{
    return c < 0x20 || (c >= 0x7F && c < 0xA0) || (c >= 0x202A && c <= 0x202E) ||
           (c >= 0x2066 && c <= 0x2069) || c == 0x2028 || c == 0x2029;
}

static void put_escape(struct buf *b, uint32_t c)
{
    if (c == '\n' || c == '\r' || c == '\t') {
        buf_printf(b, "\\%c", c == '\n' ? 'n' : c == '\r' ? 'r' : 't');
    } else {
        buf_printf(b, "\\u%04X", c);
    }
}

void report_put_line(struct buf *b, struct str s)
{
    for (size_t i = 0, n; i < s.len; i += n) {
        uint32_t c = report_char(s, i, &n);
        if (is_control(c)) {
            put_escape(b, c);
        } else {
            buf_put_utf8(b, c);
        }
    }
}

static const char *xml_entity(uint32_t c, bool is_attribute)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\r':
        return "&#13;";
    case '\n':
        return is_attribute ? "&#10;" : NULL;
    case '\t':
        return is_attribute ? "&#9;" : NULL;
    default:
        return NULL;
    }
}

void report_put_xml(struct buf *b, struct str s, bool is_attribute)
{
    for (size_t i = 0, n; i < s.len; i += n) {
        uint32_t c = report_char(s, i, &n);
        const char *entity = xml_entity(c, is_attribute);
        if (entity != NULL) {
            buf_put(b, str_of(entity));
        } else if ((c < 0x20 && c != '\n' && c != '\t') || c == 0xFFFE || c == 0xFFFF) {
            put_escape(b, c);
        } else {
            buf_put_utf8(b, c);
        }
    }
}

void report_put_github(struct buf *b, struct str s, bool is_property)
{
    for (size_t i = 0, n; i < s.len; i += n) {
        uint32_t c = report_char(s, i, &n);
        bool is_special =
            c == '%' || c == '\r' || c == '\n' || (is_property && (c == ':' || c == ','));
        if (is_special) {
            buf_printf(b, "%%%02X", c);
        } else if (c != '\t' && is_control(c)) {
            put_escape(b, c);
        } else {
            buf_put_utf8(b, c);
        }
    }
}

void report_put_markdown(struct buf *b, struct str s)
{
    for (size_t i = 0, n; i < s.len; i += n) {
        uint32_t c = report_char(s, i, &n);
        if (is_control(c)) {
            put_escape(b, c == 0 ? 0xFFFD : c);
        } else if (c < 0x80 && strchr("\\`*_{}[]<>()#+-!|~&@$:", (int)c) != NULL) {
            buf_printf(b, "&#%u;", c); /* a mention, a link, markup: shown, not followed */
        } else {
            buf_put_utf8(b, c);
        }
    }
}

void report_put_uri(struct buf *b, struct str path)
{
    path = report_path(path);
    if (str_starts(path, STR("/"))) {
        buf_put(b, STR("file://"));
    }
    for (size_t i = 0; i < path.len; i++) {
        unsigned char c = (unsigned char)path.s[i];
        bool is_plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
                        (c >= 'a' && c <= 'z') ||
                        (c != 0 && strchr("-._~/!$&'()*+,;=@", c) != NULL);
        if (is_plain) {
            buf_put_char(b, (char)c);
        } else {
            buf_printf(b, "%%%02X", c);
        }
    }
}

struct str report_path(struct str path)
{
    while (str_starts(path, STR("./"))) {
        path = str_slice(path, 2, path.len);
        while (path.len > 0 && path.s[0] == '/') {
            path = str_slice(path, 1, path.len);
        }
    }
    return path.len > 0 ? path : STR("-");
}

/* --- parts of findings --- */

struct str report_severity(enum severity severity)
{
    static const struct str names[] = {[SEVERITY_NOTE] = STR_INIT("note"),
                                       [SEVERITY_WARNING] = STR_INIT("warning"),
                                       [SEVERITY_ERROR] = STR_INIT("error")};
    return names[severity];
}

bool report_has_entity(const struct report_entity *entity)
{
    return entity->type.len + entity->id.len + entity->name.len > 0;
}

void report_put_entity(struct buf *b, const struct report_entity *entity)
{
    struct str name = entity->name.len > 0 ? entity->name : entity->id;
    report_put_line(b, entity->type);
    if (name.len > 0) {
        buf_put(b, entity->type.len > 0 ? STR(" ") : STR(""));
        buf_put_quoted(b, name);
    }
}

void report_put_fingerprint(struct buf *b, const struct report_item *item)
{
    if (item->fingerprint.len > 0) {
        report_put_line(b, item->fingerprint);
        return;
    }
    const struct finding *f = &item->finding;
    bool has_entity = report_has_entity(&item->entity);
    const struct str parts[] = {f->rule, item->entity.type,
                                item->entity.name.len > 0 ? item->entity.name : item->entity.id,
                                has_entity ? f->field : f->pointer, f->value};
    uint64_t hash = 0;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        hash = str_hash_seeded(parts[i].s != NULL ? parts[i] : STR(""), hash + i + 1);
    }
    buf_printf(b, "%016llx", (unsigned long long)hash);
}

const struct report_rule *report_rule(const struct report *r, struct str id)
{
    for (size_t i = 0; i < r->n_rules; i++) {
        if (str_eq(r->rules[i].id, id)) {
            return &r->rules[i];
        }
    }
    return NULL;
}

bool report_is_shown(const struct report_item *item)
{
    return item->suppressed.s == NULL;
}

void report_put_counts(struct buf *b, const struct report_summary *s)
{
    buf_printf(b, "%zu error%s, %zu warning%s, %zu note%s in %zu file%s", s->errors,
               s->errors == 1 ? "" : "s", s->warnings, s->warnings == 1 ? "" : "s", s->notes,
               s->notes == 1 ? "" : "s", s->files, s->files == 1 ? "" : "s");
    const struct {
        size_t n;
        const char *what;
    } more[] = {{s->suppressed, "suppressed"},
                {s->baselined, "in the baseline"},
                {s->skipped, "not checked"}};
    for (size_t i = 0; i < sizeof more / sizeof more[0]; i++) {
        if (more[i].n > 0) {
            buf_printf(b, ", %zu %s", more[i].n, more[i].what);
        }
    }
}

/* --- JSON --- */

void report_element(struct buf *b)
{
    char last = b->len > 0 ? b->s[b->len - 1] : '[';
    if (last != '[' && last != '{' && last != '\n') { /* strings end with a quote */
        buf_put_char(b, ',');
    }
}

void report_member(struct buf *b, const char *name)
{
    report_element(b);
    buf_printf(b, "\"%s\":", name);
}

void report_put_json(struct buf *b, struct str s)
{
    size_t bad;
    buf_put_char(b, '"');
    while (!str_is_utf8(s, &bad)) {
        buf_put_json_escaped(b, str_slice(s, 0, bad));
        buf_put_utf8(b, 0xFFFD);
        s = str_slice(s, bad + 1, s.len);
    }
    buf_put_json_escaped(b, s);
    buf_put_char(b, '"');
}

void report_member_text(struct buf *b, const char *name, struct str value)
{
    report_member(b, name);
    report_put_json(b, value.s != NULL ? value : STR(""));
}

void report_member_text_if(struct buf *b, const char *name, struct str value)
{
    if (value.len > 0) {
        report_member_text(b, name, value);
    }
}

void report_member_u64(struct buf *b, const char *name, uint64_t value)
{
    report_member(b, name);
    buf_put_u64(b, value);
}
