/* ECMAScript patterns (ECMA-262 22.2.1 with the u flag), read by a recursive descent and written
 * again for PCRE2, which calls many things by other names or means other things by the same:
 *
 *   \d \w \b          ASCII in both
 *   \s \S .           written out as classes: white space and line ends differ
 *   ^ $               \A and \z: $ is the very end
 *   \p{Letter}        \p{L}; script names get their prefix (pattern_property.c)
 *   \uD83D\uDC32      one code point; \cJ, \0, \v by number
 *   [] and [^]        nothing and anything
 *   \1 \k<name>       \g{1}: names are counted here, PCRE2 never sees them
 *   (?i:…)            passed on; s and m change what . ^ $ are written as
 *
 * What the standard refuses is refused: \a, \Z, (?P<…>), (?i) at large, a++. Not strict, escapes of
 * punctuation (\-, \_, \@) and lone brackets are taken as characters, as browsers do without the u
 * flag. With `out` NULL only the syntax is checked, so look-behinds of any length pass there. */
#include "model/pattern_int.h"

#include <string.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_alpha(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* --- groups and quantifiers --- */

static bool alternatives(struct pattern_reader *r);

/* Flags up to ':' after "(?": "i", "s-m"; each once. */
static bool read_flags(struct pattern_reader *r)
{
    static const char letters[] = "ims";
    bool is_on = true, is_set[3] = {0}, on[3] = {0};
    const char *from = r->p;
    for (; r->p < r->end && *r->p != ':'; r->p++) {
        if (*r->p == '-' && is_on) {
            is_on = false;
            continue;
        }
        const char *letter = *r->p != 0 ? strchr(letters, *r->p) : NULL;
        if (letter == NULL || is_set[letter - letters]) {
            return pattern_fail(
                r, "'(?' must be followed by ':', '=', '!', '<' or by flags of i, m, s "
                   "and ':'");
        }
        is_set[letter - letters] = true;
        on[letter - letters] = is_on;
    }
    if (r->p == r->end || (r->p - from == 1 && !is_on)) {
        return pattern_fail(
            r, "flags of a group must be followed by ':' and the pattern that they are for");
    }
    r->p++;
    r->is_multiline = is_set[1] ? on[1] : r->is_multiline;
    r->is_dot_all = is_set[2] ? on[2] : r->is_dot_all;
    pattern_put(r, !is_set[0] ? "(?:" : on[0] ? "(?i:" : "(?-i:");
    return true;
}

/* After '('. *out_repeats: a quantifier may follow. */
static bool group(struct pattern_reader *r, bool *out_repeats)
{
    static const char *const heads[] = {"?:", "?=", "?!", "?<=", "?<!"};
    bool was_multiline = r->is_multiline, was_dot_all = r->is_dot_all;
    *out_repeats = true;
    const char *head = NULL;
    for (size_t i = 0; i < sizeof heads / sizeof *heads && head == NULL; i++) {
        if (pattern_take(r, heads[i])) {
            head = heads[i];
            *out_repeats = i == 0;
        }
    }
    if (head != NULL) {
        pattern_put(r, "(");
        pattern_put(r, head);
    } else if (pattern_take(r, "?<")) { /* names were read by count_groups */
        while (r->p < r->end && *r->p++ != '>') {
        }
        pattern_put(r, "(");
    } else if (!pattern_take(r, "?")) {
        pattern_put(r, "(");
    } else if (!read_flags(r)) {
        return false;
    }
    if (++r->depth > PATTERN_DEPTH_MAX) {
        return pattern_fail(r, "groups are nested too deep");
    }
    if (!alternatives(r)) {
        return false;
    }
    r->depth--;
    if (!pattern_take(r, ")")) {
        return pattern_fail(r, "a '(' without ')'");
    }
    pattern_put(r, ")");
    r->is_multiline = was_multiline;
    r->is_dot_all = was_dot_all;
    return true;
}

/* Digits at r->p; false if there are none. Large numbers stay large. */
static bool count(struct pattern_reader *r, uint64_t *out)
{
    const char *from = r->p;
    *out = 0;
    for (; r->p < r->end && is_digit(*r->p); r->p++) {
        *out = *out > UINT32_MAX ? *out : *out * 10 + (uint64_t)(*r->p - '0');
    }
    return r->p > from;
}

/* {n}, {n,} or {n,m} if one is next; *out_taken says so. */
static bool braces(struct pattern_reader *r, bool *out_taken)
{
    const char *from = r->p;
    uint64_t low, high;
    *out_taken = false;
    if (!pattern_take(r, "{") || !count(r, &low)) {
        r->p = from;
        return true;
    }
    high = low;
    if (pattern_take(r, ",") && !count(r, &high)) {
        high = UINT64_MAX;
    }
    if (!pattern_take(r, "}")) {
        r->p = from;
        return true;
    }
    *out_taken = true;
    if (low > high) {
        return pattern_fail(r, "the numbers of a quantifier are out of order");
    }
    if (r->out != NULL) {
        buf_put(r->out, (struct str){from, (size_t)(r->p - from)});
    }
    return true;
}

static bool quantifier(struct pattern_reader *r, bool may_repeat)
{
    const char *from = r->p;
    bool is_taken = true;
    if (pattern_take(r, "*") || pattern_take(r, "+") || pattern_take(r, "?")) {
        if (r->out != NULL) {
            buf_put_char(r->out, *from);
        }
    } else if (!braces(r, &is_taken)) {
        return false;
    }
    if (is_taken && !may_repeat) {
        return pattern_fail(r, "nothing to repeat");
    }
    if (is_taken && pattern_take(r, "?")) {
        pattern_put(r, "?");
    }
    return true;
}

/* ^, $, \b, \B: what stands for a place, not for a character. */
static bool assertion(struct pattern_reader *r)
{
    if (pattern_take(r, "^")) {
        pattern_put(r, r->is_multiline ? "(?<![^" LINE_ENDS "])" : "\\A");
    } else if (pattern_take(r, "$")) {
        pattern_put(r, r->is_multiline ? "(?![^" LINE_ENDS "])" : "\\z");
    } else if (pattern_take(r, "\\b")) {
        pattern_put(r, "\\b");
    } else if (pattern_take(r, "\\B")) {
        pattern_put(r, "\\B");
    } else {
        return false;
    }
    return true;
}

static bool atom(struct pattern_reader *r, bool *out_repeats)
{
    *out_repeats = true;
    if (pattern_take(r, "(")) {
        return group(r, out_repeats);
    }
    if (pattern_take(r, "[")) {
        return pattern_bracket(r);
    }
    if (pattern_take(r, "\\")) {
        return pattern_atom_escape(r);
    }
    if (pattern_take(r, ".")) {
        pattern_put(r, r->is_dot_all ? "[\\x{0}-\\x{10ffff}]" : "[^" LINE_ENDS "]");
        return true;
    }
    char c = *r->p;
    if (c == '*' || c == '+' || c == '?') {
        return pattern_fail(r, "nothing to repeat");
    }
    if (c == '{' || c == '}' || c == ']') {
        bool is_taken = false;
        const char *from = r->p;
        struct buf *out = r->out;
        r->out = NULL;
        bool is_good = braces(r, &is_taken);
        r->out = out;
        r->p = from;
        if (!is_good || is_taken || r->is_strict) {
            return pattern_fail(r, is_taken ? "nothing to repeat" : "a lone bracket");
        }
    }
    pattern_put_char(r, pattern_next_char(r));
    return true;
}

static bool alternatives(struct pattern_reader *r)
{
    while (r->p < r->end && *r->p != ')') {
        bool may_repeat = false;
        if (pattern_take(r, "|")) {
            pattern_put(r, "|");
            continue;
        }
        if (!assertion(r) && !atom(r, &may_repeat)) {
            return false;
        }
        if (!quantifier(r, may_repeat)) {
            return false;
        }
    }
    return true;
}

/* --- the whole --- */

static bool is_name(struct str name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.s[i];
        bool is_first = is_alpha(c) || c == '_' || c == '$' || ((unsigned char)c & 0x80) != 0;
        if (!is_first && (i == 0 || !is_digit(c))) {
            return false;
        }
    }
    return name.len > 0;
}

/* "(?<name>" at p. */
static bool add_name(struct pattern_reader *r, const char *p)
{
    struct str rest = {p + 3, (size_t)(r->end - p) - 3};
    struct str name = str_slice(rest, 0, str_find_char(rest, '>'));
    if (name.len == rest.len || !is_name(name)) {
        r->p = p;
        return pattern_fail(r, "a group's name must be a word, followed by '>'");
    }
    for (unsigned i = 0; i < r->n_names; i++) {
        if (str_eq(r->names[i].name, name)) {
            r->p = p;
            return pattern_fail(r, "two groups have the same name");
        }
    }
    if (r->n_names == NAMES_MAX) {
        return pattern_fail(r, "too many named groups");
    }
    r->names[r->n_names++] = (struct group_name){name, r->n_groups};
    return true;
}

/* Numbers and names of all groups, because references may point forward. */
static bool count_groups(struct pattern_reader *r)
{
    bool is_in_bracket = false;
    for (const char *p = r->begin; p < r->end; p++) {
        if (*p == '\\') {
            p++;
        } else if (is_in_bracket) {
            is_in_bracket = *p != ']';
        } else if (*p == '[') {
            is_in_bracket = true;
        } else if (*p == '(') {
            size_t left = (size_t)(r->end - p);
            bool is_named = left > 3 && p[1] == '?' && p[2] == '<' && p[3] != '=' && p[3] != '!';
            if (!is_named && left > 1 && p[1] == '?') {
                continue;
            }
            r->n_groups++;
            if (is_named && !add_name(r, p)) {
                return false;
            }
        }
    }
    return true;
}

bool pattern_translate(struct buf *out, struct str text, bool is_strict, struct err *err)
{
    struct pattern_reader r = {.begin = text.s, .p = text.s, .end = text.s + text.len};
    r.out = out;
    r.is_strict = is_strict;
    bool is_good = count_groups(&r) && alternatives(&r);
    if (is_good && r.p < r.end) {
        is_good = pattern_fail(&r, "a ')' without '('");
    }
    if (!is_good) {
        struct str before = {text.s, (size_t)(r.p - text.s)};
        return err_set(err, ERR_INPUT, "%s (at character %zu)", r.fault,
                       str_code_points(before) + 1);
    }
    return true;
}

bool format_is_regex(struct str text)
{
    return pattern_translate(NULL, text, true, NULL);
}
