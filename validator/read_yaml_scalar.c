/* What a plain scalar is: YAML 1.2's core schema, which is JSON's types. Where YAML 1.1, that most readers
 * still speak, makes something else of it, J011 says so. */
#include "validator/read_yaml_int.h"

#include <inttypes.h>
#include <string.h>

enum scalar { SCALAR_TEXT, SCALAR_NULL, SCALAR_BOOL, SCALAR_INT, SCALAR_FLOAT, SCALAR_NO_JSON };

static bool is_one_of(struct str s, const char *const *words)
{
    for (; *words != NULL; words++) {
        if (str_eq(s, str_of(*words))) {
            return true;
        }
    }
    return false;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static size_t run(struct str s, size_t at, const char *set)
{
    size_t n = 0;
    while (at + n < s.len && s.s[at + n] != 0 && strchr(set, s.s[at + n]) != NULL) {
        n++;
    }
    return n;
}

static const char digits[] = "0123456789";

/* [-+]? digits */
static bool is_decimal(struct str s)
{
    size_t sign = s.len > 0 && (s.s[0] == '-' || s.s[0] == '+');
    size_t n = run(s, sign, digits);
    return n > 0 && sign + n == s.len;
}

/* 0o17, 0x1F */
static bool is_radix(struct str s)
{
    return s.len > 2 && s.s[0] == '0' &&
           ((s.s[1] == 'o' && run(s, 2, "01234567") == s.len - 2) ||
            (s.s[1] == 'x' && run(s, 2, "0123456789abcdefABCDEF") == s.len - 2));
}

/* [-+]? ( \. digits | digits ( \. digits? )? ) ( [eE] [-+]? digits )? */
static bool is_float(struct str s)
{
    size_t at = s.len > 0 && (s.s[0] == '-' || s.s[0] == '+');
    size_t whole = run(s, at, digits), fraction = 0;
    at += whole;
    if (at < s.len && s.s[at] == '.') {
        fraction = run(s, at + 1, digits);
        at += 1 + fraction;
    }
    if (whole + fraction == 0) {
        return false;
    }
    if (at < s.len && (s.s[at] == 'e' || s.s[at] == 'E')) {
        at++;
        at += at < s.len && (s.s[at] == '-' || s.s[at] == '+');
        size_t n = run(s, at, digits);
        at += n > 0 ? n : s.len + 1;
    }
    return at == s.len;
}

static enum scalar scalar_of(struct str s)
{
    static const char *const nulls[] = {"", "~", "null", "Null", "NULL", NULL};
    static const char *const bools[] = {"true", "True", "TRUE", "false", "False", "FALSE", NULL};
    static const char *const odd[] = {".inf",  ".Inf",  ".INF", "+.inf", "+.Inf", "+.INF", "-.inf",
                                      "-.Inf", "-.INF", ".nan", ".NaN",  ".NAN",  NULL};
    if (is_one_of(s, nulls)) {
        return SCALAR_NULL;
    }
    if (is_one_of(s, bools)) {
        return SCALAR_BOOL;
    }
    if (is_decimal(s) || is_radix(s)) {
        return SCALAR_INT;
    }
    if (is_float(s)) {
        return SCALAR_FLOAT;
    }
    return is_one_of(s, odd) ? SCALAR_NO_JSON : SCALAR_TEXT;
}

/* --- YAML 1.1 --- */

/* 1:30, -190:20:30.15 */
static bool is_sexagesimal(struct str s)
{
    size_t at = s.len > 0 && (s.s[0] == '-' || s.s[0] == '+'), colons = 0;
    size_t n = run(s, at, digits);
    if (n == 0) {
        return false;
    }
    for (at += n; at < s.len && s.s[at] == ':'; colons++) {
        n = run(s, at + 1, digits);
        if (n < 1 || n > 2) {
            return false;
        }
        at += 1 + n;
    }
    if (at < s.len && s.s[at] == '.') {
        at += 1 + run(s, at + 1, digits);
    }
    return colons > 0 && at == s.len;
}

/* 2026-01-31, with or without a time behind it */
static bool is_timestamp(struct str s)
{
    static const char form[] = "dddd-dd-dd";
    for (size_t i = 0; i < sizeof form - 1; i++) {
        bool fits = i < s.len && (form[i] == 'd' ? is_digit(s.s[i]) : s.s[i] == form[i]);
        if (!fits) {
            return false;
        }
    }
    return s.len == sizeof form - 1 || strchr("Tt \t", s.s[sizeof form - 1]) != NULL;
}

/* What YAML 1.1 takes it for, where that is not what 1.2 does; NULL: the same. */
static const char *old_meaning(struct str s, enum scalar kind)
{
    static const char *const trues[] = {"yes", "Yes", "YES", "on", "On", "ON", "y", "Y", NULL};
    static const char *const falses[] = {"no", "No", "NO", "off", "Off", "OFF", "n", "N", NULL};
    size_t sign = s.len > 0 && (s.s[0] == '-' || s.s[0] == '+');
    if (kind == SCALAR_TEXT && is_one_of(s, trues)) {
        return "true";
    }
    if (kind == SCALAR_TEXT && is_one_of(s, falses)) {
        return "false";
    }
    if (kind == SCALAR_INT && s.len > 1 && s.s[0] == '0' && s.s[1] == 'o') {
        return "a text";
    }
    if (kind == SCALAR_INT && s.len > sign + 1 && s.s[sign] == '0' && s.s[sign + 1] != 'x') {
        return run(s, sign, "01234567") == s.len - sign ? "an octal number" : "a text";
    }
    if (kind == SCALAR_TEXT && is_sexagesimal(s)) {
        return "a number in base 60";
    }
    if (kind == SCALAR_TEXT && is_timestamp(s)) {
        return "a date";
    }
    bool has_line = memchr(s.s, '_', s.len) != NULL;
    if (kind == SCALAR_TEXT && s.len > sign && is_digit(s.s[sign]) &&
        ((has_line && run(s, sign, "0123456789_") == s.len - sign) ||
         (s.len > sign + 2 && s.s[sign] == '0' && s.s[sign + 1] == 'b' &&
          run(s, sign + 2, "01_") == s.len - sign - 2))) {
        return "a number";
    }
    return NULL;
}

static const char *meaning(enum scalar kind)
{
    return kind == SCALAR_INT || kind == SCALAR_FLOAT ? "a number" : "a text";
}

static void doubt_say(struct yaml_text *y, const struct yaml_event *e, enum scalar kind)
{
    const char *old = old_meaning(e->value, kind);
    if (old == NULL || y->r.fs == NULL || y->n_aliases > 0) {
        return;
    }
    struct finding f = read_finding(&y->r, "J011", SEVERITY_WARNING, e->span, STR(""));
    f.message = findings_text(y->r.fs, "%.*s is %s here (YAML 1.2), but YAML 1.1 takes it for %s",
                              STR_ARG(e->value), meaning(kind), old);
    f.value = str_copy(y->r.fs->arena, e->value);
    if (kind == SCALAR_TEXT) { /* in quotes it stays the text that it is here */
        f.replacement = f.value;
    }
    f.hint = kind == SCALAR_INT
                 ? findings_text(y->r.fs, "put it in quotes if it is a code: \"%.*s\"",
                                 STR_ARG(e->value))
             : str_eq(str_of(old), STR("true")) || str_eq(str_of(old), STR("false"))
                 ? findings_text(y->r.fs, "put it in quotes, or write %s", old)
                 : findings_text(y->r.fs, "put it in quotes: \"%.*s\"", STR_ARG(e->value));
    findings_add(y->r.fs, &f);
}

/* --- writing --- */

static void number_fault(struct yaml_text *y, const struct yaml_event *e)
{
    if (y->r.fs != NULL && y->n_aliases == 0) {
        struct finding f = read_finding(&y->r, "J007", SEVERITY_ERROR, e->span,
                                        STR("this number has no form in JSON"));
        findings_add(y->r.fs, &f);
    }
    json_make_string(&y->maker, e->value, e->span);
}

static bool radix_value(struct str s, uint64_t *out)
{
    unsigned bits = s.s[1] == 'o' ? 3 : 4;
    uint64_t n = 0;
    for (size_t i = 2; i < s.len; i++) {
        char c = s.s[i];
        unsigned digit = is_digit(c) ? (unsigned)(c - '0') : (unsigned)((c | 0x20) - 'a' + 10);
        if (n >> (64 - bits) != 0) {
            return false;
        }
        n = n << bits | digit;
    }
    *out = n;
    return true;
}

/* As JSON writes it: no plus, no zeros before it, a digit on both sides of the dot. */
static void decimal_put(struct buf *b, struct str s)
{
    size_t at = 0;
    if (s.s[0] == '-' || s.s[0] == '+') {
        buf_put(b, s.s[0] == '-' ? STR("-") : STR(""));
        at = 1;
    }
    while (at + 1 < s.len && s.s[at] == '0' && is_digit(s.s[at + 1])) {
        at++;
    }
    buf_put(b, s.s[at] == '.' ? STR("0") : STR(""));
    for (; at < s.len; at++) {
        bool is_bare_dot = s.s[at] == '.' && (at + 1 == s.len || !is_digit(s.s[at + 1]));
        buf_put(b, is_bare_dot ? STR(".0") : (struct str){s.s + at, 1});
    }
}

static void number_make(struct yaml_text *y, const struct yaml_event *e)
{
    struct buf b;
    buf_init(&b, y->r.arena);
    if (is_radix(e->value)) {
        uint64_t n;
        if (!radix_value(e->value, &n)) {
            number_fault(y, e);
            return;
        }
        buf_put_u64(&b, n);
    } else {
        decimal_put(&b, e->value);
    }
    json_make_literal(&y->maker, buf_str(&b), e->span);
}

/* What the tag allows: the kind by the core schema if it fits, else SCALAR_NO_JSON. */
static bool tag_fits(struct str tag, enum scalar kind)
{
    static const struct row {
        const char *tag;
        enum scalar kind;
    } rows[] = {{"null", SCALAR_NULL},
                {"bool", SCALAR_BOOL},
                {"int", SCALAR_INT},
                {"float", SCALAR_FLOAT},
                {"float", SCALAR_INT}};
    static const char head[] = "tag:yaml.org,2002:";
    if (!str_starts(tag, STR("tag:yaml.org,2002:"))) {
        return false;
    }
    struct str name = str_slice(tag, sizeof head - 1, tag.len);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (str_eq(name, str_of(rows[i].tag)) && kind == rows[i].kind) {
            return true;
        }
    }
    return false;
}

bool yaml_scalar_make(struct yaml_text *y, const struct yaml_event *e)
{
    bool has_tag = e->tag.len > 0 && !str_eq(e->tag, STR("!"));
    bool is_text_tag = str_eq(e->tag, STR("tag:yaml.org,2002:str")) || str_eq(e->tag, STR("!"));
    bool is_resolved = !is_text_tag && (e->is_plain || has_tag);
    enum scalar kind = is_resolved ? scalar_of(e->value) : SCALAR_TEXT;
    if (has_tag && !is_text_tag && !tag_fits(e->tag, kind)) {
        return false;
    }
    if (is_resolved && !has_tag) {
        doubt_say(y, e, kind);
    }
    switch (kind) {
    case SCALAR_NULL:
        json_make_literal(&y->maker, STR("null"), e->span);
        break;
    case SCALAR_BOOL:
        json_make_literal(&y->maker, (e->value.s[0] | 0x20) == 't' ? STR("true") : STR("false"),
                          e->span);
        break;
    case SCALAR_INT:
    case SCALAR_FLOAT:
        number_make(y, e);
        break;
    case SCALAR_NO_JSON:
        number_fault(y, e);
        break;
    case SCALAR_TEXT:
        json_make_string(&y->maker, e->value, e->span);
        break;
    }
    return true;
}

void yaml_key_make(struct yaml_text *y, const struct yaml_event *e)
{
    if (e->is_plain && str_eq(e->value, STR("<<")) && y->r.fs != NULL && y->n_aliases == 0) {
        struct finding f =
            read_finding(&y->r, "J011", SEVERITY_WARNING, e->span,
                         STR("<< is a name like any other here (YAML 1.2); YAML 1.1 merges "
                             "what follows into the mapping"));
        f.hint = STR("write out the members");
        findings_add(y->r.fs, &f);
    }
    json_make_key(&y->maker, e->value, e->span);
}

/* --- comments --- */

/* Is byte `at` within a scalar? Events stand in the order of the text. */
static bool is_in_scalar(const struct yaml_text *y, size_t at)
{
    size_t low = 0, high = y->n_events;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (y->events[middle].span.from <= at) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    for (size_t i = low; i > 0 && i + 2 > low;
         i--) { /* the one before, or an empty one at the same byte */
        const struct yaml_event *e = &y->events[i - 1];
        if (e->kind == YAML_SCALAR_EVENT && at < e->span.to) {
            return true;
        }
    }
    return false;
}

static struct str word_cut(struct str *rest)
{
    *rest = str_trim(*rest);
    size_t n = 0;
    while (n < rest->len && rest->s[n] != ' ' && rest->s[n] != '\t') {
        n++;
    }
    struct str word = str_slice(*rest, 0, n);
    *rest = str_trim(str_slice(*rest, n, rest->len));
    return word;
}

/* "# rehearse: ignore S106,S104 reason" */
static bool ignore_read(struct yaml_ignore *out, struct str text, size_t at)
{
    size_t end = at;
    while (end < text.len && text.s[end] != '\n' && text.s[end] != '\r') {
        end++;
    }
    struct str rest = str_trim(str_slice(text, at + 1, end));
    if (!str_starts(rest, STR("rehearse:"))) {
        return false;
    }
    rest = str_slice(rest, 9, rest.len);
    if (!str_eq(word_cut(&rest), STR("ignore"))) {
        return false;
    }
    size_t line_from = at;
    while (line_from > 0 && text.s[line_from - 1] != '\n' && text.s[line_from - 1] != '\r') {
        line_from--;
    }
    struct str before = str_trim(str_slice(text, line_from, at));
    bool is_alone = before.len == 0 || str_eq(before, STR("\xEF\xBB\xBF"));
    *out = (struct yaml_ignore){.span = {at, end}, .is_alone = is_alone};
    out->rules = word_cut(&rest);
    out->reason = rest;
    return true;
}

void yaml_ignores_find(struct yaml_result *out, const struct yaml_text *y)
{
    struct str text = y->r.text;
    size_t cap = 0;
    out->ignores = NULL;
    out->n_ignores = 0;
    for (size_t at = 0; (at += str_find_char(str_slice(text, at, text.len), '#')) < text.len;
         at++) {
        bool may_begin =
            at == 0 || strchr(" \t\r\n", text.s[at - 1]) != NULL || (at == 3 && y->head == 3);
        struct yaml_ignore one;
        if (!may_begin || !ignore_read(&one, text, at) || is_in_scalar(y, at)) {
            continue;
        }
        struct finding place = {.span = one.span};
        json_lines_place(y->r.lines, &place);
        one.line = place.line;
        if (out->n_ignores == cap) {
            cap = cap > 0 ? cap * 2 : 8;
            struct yaml_ignore *more = ARENA_ARRAY(y->r.arena, cap, struct yaml_ignore);
            if (out->n_ignores > 0) {
                memcpy(more, out->ignores, out->n_ignores * sizeof *more);
            }
            out->ignores = more;
        }
        out->ignores[out->n_ignores++] = one;
    }
}
