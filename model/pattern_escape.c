/* Patterns, the small: characters, escapes and brackets. See pattern.c. */
#include "model/pattern_int.h"

#include <string.h>

#define SPACES                                                                                     \
    "\\x{9}-\\x{d}\\x{20}\\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}\\x{202f}\\x{205f}"  \
    "\\x{3000}\\x{feff}"
#define NOT_SPACES                                                                                 \
    "\\x{0}-\\x{8}\\x{e}-\\x{1f}\\x{21}-\\x{9f}\\x{a1}-\\x{167f}\\x{1681}-\\x{1fff}"               \
    "\\x{200b}-\\x{2027}\\x{202a}-\\x{202e}\\x{2030}-\\x{205e}\\x{2060}-\\x{2fff}"                 \
    "\\x{3001}-\\x{fefe}\\x{ff00}-\\x{10ffff}"

/* Contents of a bracket for \d \D \w \W \s \S. */
static const struct {
    char letter;
    const char *content;
} classes[] = {
    {'d', "0-9"},
    {'D', "\\x{0}-\\x{2f}\\x{3a}-\\x{10ffff}"},
    {'w', "A-Za-z0-9_"},
    {'W', "\\x{0}-\\x{2f}\\x{3a}-\\x{40}\\x{5b}-\\x{5e}\\x{60}\\x{7b}-\\x{10ffff}"},
    {'s', SPACES},
    {'S', NOT_SPACES},
};

bool pattern_fail(struct pattern_reader *r, const char *fault)
{
    if (r->fault == NULL) {
        r->fault = fault;
    }
    return false;
}

void pattern_put(struct pattern_reader *r, const char *text)
{
    if (r->out != NULL) {
        buf_put(r->out, str_of(text));
    }
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_alpha(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_syntax(char c)
{
    return c != 0 && strchr("^$\\.*+?()[]{}|/", c) != NULL;
}

static bool is_surrogate(uint32_t c)
{
    return c >= 0xD800 && c <= 0xDFFF;
}

/* A character by number, safe in and out of brackets. A lone surrogate stands in no text: outside
 * of brackets it never matches, inside it is left out by the caller. */
void pattern_put_char(struct pattern_reader *r, uint32_t c)
{
    if (r->out == NULL) {
        return;
    }
    bool is_plain = c < 128 && (is_alpha((char)c) || is_digit((char)c));
    if (is_plain) {
        buf_put_char(r->out, (char)c);
    } else if (is_surrogate(c)) {
        buf_put(r->out, STR("(?!)"));
    } else {
        buf_printf(r->out, "\\x{%x}", (unsigned)c);
    }
}

bool pattern_at(const struct pattern_reader *r, const char *text)
{
    size_t len = strlen(text);
    return (size_t)(r->end - r->p) >= len && memcmp(r->p, text, len) == 0;
}

bool pattern_take(struct pattern_reader *r, const char *text)
{
    bool is_there = pattern_at(r, text);
    r->p += is_there ? strlen(text) : 0;
    return is_there;
}

/* The next code point; the text is well-formed UTF-8 if it came from a document, else a broken
 * sequence counts as its first byte. */
uint32_t pattern_next_char(struct pattern_reader *r)
{
    unsigned char c = (unsigned char)*r->p++;
    unsigned more = c >= 0xF0 ? 3 : c >= 0xE0 ? 2 : c >= 0xC0 ? 1 : 0;
    if ((size_t)(r->end - r->p) < more) {
        return c;
    }
    uint32_t value = more == 3 ? c & 7U : more == 2 ? c & 15U : more == 1 ? c & 31U : c;
    for (; more > 0; more--) {
        value = value << 6 | ((unsigned char)*r->p++ & 63U);
    }
    return value;
}

/* --- escapes --- */

static bool hex(struct pattern_reader *r, unsigned digits, uint32_t *out)
{
    uint32_t value = 0;
    for (unsigned i = 0; i < digits; i++) {
        char c = (size_t)(r->end - r->p) > i ? r->p[i] : 0;
        char low = (char)(c | 0x20);
        if (!is_digit(c) && (low < 'a' || low > 'f')) {
            return false;
        }
        value = value << 4 | (uint32_t)(is_digit(c) ? c - '0' : low - 'a' + 10);
    }
    r->p += digits;
    *out = value;
    return true;
}

/* After \u: four digits (two of them for a pair of surrogates), or braces. */
static bool unicode_escape(struct pattern_reader *r, uint32_t *out)
{
    if (pattern_take(r, "{")) {
        uint32_t value = 0, digit;
        unsigned n = 0;
        while (!pattern_at(r, "}") && hex(r, 1, &digit)) {
            value = value << 4 | digit;
            n++;
            if (value > CODE_POINT_MAX) {
                return pattern_fail(r, "a code point above 10FFFF");
            }
        }
        *out = value;
        return (n > 0 && pattern_take(r, "}")) ||
               pattern_fail(r, "hexadecimal digits and '}' must follow \\u{");
    }
    if (!hex(r, 4, out)) {
        return pattern_fail(r, "four hexadecimal digits must follow \\u");
    }
    uint32_t low;
    const char *back = r->p;
    if (*out >= 0xD800 && *out < 0xDC00 && pattern_take(r, "\\u") && hex(r, 4, &low) &&
        low >= 0xDC00 && low <= 0xDFFF) {
        *out = 0x10000 + ((*out - 0xD800) << 10) + (low - 0xDC00);
    } else {
        r->p = back;
    }
    return true;
}

/* After the backslash: an escape that stands for one character, in and out of brackets. */
static bool char_escape(struct pattern_reader *r, uint32_t *out)
{
    static const char letters[] = "tnvfr";
    static const char values[] = "\t\n\v\f\r";
    char c = *r->p;
    const char *letter = c != 0 ? strchr(letters, c) : NULL;
    if (letter != NULL) {
        *out = (uint32_t)values[letter - letters];
        r->p++;
        return true;
    }
    if (c == 'c') {
        r->p++;
        if (r->p == r->end || !is_alpha(*r->p)) {
            return pattern_fail(r, "a letter must follow \\c");
        }
        *out = (uint32_t)(*r->p++ & 31);
        return true;
    }
    if (c == '0') {
        r->p++;
        *out = 0;
        return r->p == r->end || !is_digit(*r->p) ||
               pattern_fail(r, "octal escapes are not allowed: \\0 may have no digit after it");
    }
    if (c == 'x') {
        r->p++;
        return hex(r, 2, out) || pattern_fail(r, "two hexadecimal digits must follow \\x");
    }
    if (c == 'u') {
        r->p++;
        return unicode_escape(r, out);
    }
    bool is_letter = is_alpha(c) || is_digit(c);
    if (is_syntax(c) || (!r->is_strict && !is_letter)) {
        *out = pattern_next_char(r);
        return true;
    }
    return pattern_fail(r, is_letter ? "no escape of that letter or digit is known"
                                     : "a character that needs no escape has one");
}

/* \p{…} or \P{…}, after the p. */
static bool property(struct pattern_reader *r, bool is_negated)
{
    if (!pattern_take(r, "{")) {
        return pattern_fail(r, "'{' must follow \\p");
    }
    size_t len = str_find_char((struct str){r->p, (size_t)(r->end - r->p)}, '}');
    if (len == (size_t)(r->end - r->p)) {
        return pattern_fail(r, "no '}' after \\p{");
    }
    struct buf scratch = {0};
    bool is_known = pattern_put_property(r->out != NULL ? r->out : &scratch,
                                         (struct str){r->p, len}, is_negated);
    buf_done(&scratch);
    if (!is_known) {
        return pattern_fail(r, "no such Unicode property, category or script");
    }
    r->p += len + 1;
    return true;
}

/* If a class escape (\d, \p{…}) is next, writes its content and takes it. */
static bool class_escape(struct pattern_reader *r, bool *out_taken)
{
    char c = *r->p;
    *out_taken = c == 'p' || c == 'P';
    if (*out_taken) {
        r->p++;
        return property(r, c == 'P');
    }
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++) {
        if (classes[i].letter == c) {
            *out_taken = true;
            pattern_put(r, classes[i].content);
            r->p++;
        }
    }
    return true;
}

static bool back_reference(struct pattern_reader *r)
{
    unsigned number = 0;
    while (r->p < r->end && is_digit(*r->p) && number < 100000) {
        number = number * 10 + (unsigned)(*r->p++ - '0');
    }
    if (number > r->n_groups) {
        return pattern_fail(r, "a back reference to a group that is not there");
    }
    if (r->out != NULL) {
        buf_printf(r->out, "\\g{%u}", number);
    }
    return true;
}

static bool named_reference(struct pattern_reader *r)
{
    if (!pattern_take(r, "<")) {
        return pattern_fail(r, "'<' must follow \\k");
    }
    size_t left = (size_t)(r->end - r->p);
    size_t len = str_find_char((struct str){r->p, left}, '>');
    for (unsigned i = 0; len < left && i < r->n_names; i++) {
        if (str_eq(r->names[i].name, (struct str){r->p, len})) {
            if (r->out != NULL) {
                buf_printf(r->out, "\\g{%u}", r->names[i].number);
            }
            r->p += len + 1;
            return true;
        }
    }
    return pattern_fail(r, "a back reference to a name that is not there");
}

/* After a backslash outside of brackets. */
bool pattern_atom_escape(struct pattern_reader *r)
{
    if (r->p == r->end) {
        return pattern_fail(r, "nothing follows the backslash");
    }
    if (*r->p >= '1' && *r->p <= '9') {
        return back_reference(r);
    }
    if (pattern_take(r, "k")) {
        return named_reference(r);
    }
    bool is_class, is_good;
    size_t mark = r->out != NULL ? r->out->len : 0;
    pattern_put(r, "[");
    is_good = class_escape(r, &is_class);
    if (is_class) {
        pattern_put(r, "]");
        return is_good;
    }
    if (r->out != NULL) {
        r->out->len = mark;
    }
    uint32_t c;
    if (!char_escape(r, &c)) {
        return false;
    }
    pattern_put_char(r, c);
    return true;
}

/* --- brackets --- */

struct bracket_item {
    uint32_t c;
    bool is_class, is_hyphen; /* is_hyphen: as it stands, so it may make a range */
};

static bool bracket_item(struct pattern_reader *r, struct bracket_item *out)
{
    *out = (struct bracket_item){.is_hyphen = pattern_at(r, "-")};
    if (!pattern_take(r, "\\")) {
        out->c = pattern_next_char(r);
        return true;
    }
    if (r->p == r->end) {
        return pattern_fail(r, "nothing follows the backslash");
    }
    if (pattern_take(r, "b")) {
        out->c = '\b';
        return true;
    }
    if (pattern_take(r, "-")) {
        out->c = '-';
        return true;
    }
    return class_escape(r, &out->is_class) && (out->is_class || char_escape(r, &out->c));
}

/* One or two ends of a range, surrogates cut off. */
static void put_range(struct pattern_reader *r, uint32_t from, uint32_t to)
{
    from = is_surrogate(from) ? 0xE000 : from;
    to = is_surrogate(to) ? 0xD7FF : to;
    if (from > to) {
        return;
    }
    pattern_put_char(r, from);
    if (from < to) {
        pattern_put(r, "-");
        pattern_put_char(r, to);
    }
}

static bool bracket_range(struct pattern_reader *r, const struct bracket_item *from)
{
    bool is_range = pattern_at(r, "-") && r->end - r->p > 1 && r->p[1] != ']';
    if (!is_range) {
        if (!from->is_class) {
            put_range(r, from->c, from->c);
        }
        return true;
    }
    struct bracket_item to;
    r->p++;
    if (!bracket_item(r, &to)) {
        return false;
    }
    if (from->is_class || to.is_class) {
        if (r->is_strict) {
            return pattern_fail(r, "a class like \\d cannot be an end of a range");
        }
        put_range(r, '-', '-');
        if (!from->is_class) {
            put_range(r, from->c, from->c);
        }
        if (!to.is_class) {
            put_range(r, to.c, to.c);
        }
        return true;
    }
    if (from->c > to.c) {
        return pattern_fail(r, "a range whose ends are out of order");
    }
    put_range(r, from->c, to.c);
    return true;
}

/* After '['. */
bool pattern_bracket(struct pattern_reader *r)
{
    bool is_negated = pattern_take(r, "^");
    size_t mark = r->out != NULL ? r->out->len : 0;
    pattern_put(r, is_negated ? "[^" : "[");
    size_t head = r->out != NULL ? r->out->len : 0;
    while (!pattern_take(r, "]")) {
        struct bracket_item item;
        if (r->p == r->end) {
            return pattern_fail(r, "a '[' without ']'");
        }
        if (!bracket_item(r, &item) || !bracket_range(r, &item)) {
            return false;
        }
    }
    if (r->out != NULL && r->out->len == head) {
        r->out->len = mark;
        pattern_put(r, is_negated ? "[\\x{0}-\\x{10ffff}]" : "(?!)");
    } else {
        pattern_put(r, "]");
    }
    return true;
}
