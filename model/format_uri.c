/* uri and uri-reference: the grammar of RFC 3986 appendix A, nothing less and nothing more: a port
 * may have any number of digits, a host that looks like a bad IPv4 address is a name. iri and
 * iri-reference (RFC 3987): the same with all that is not ASCII. uri-template: RFC 6570 2. */
#include "model/schema_int.h"

#include <string.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_alpha(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_hex(char c)
{
    char low = (char)(c | 0x20);
    return is_digit(c) || (low >= 'a' && low <= 'f');
}

static bool is_escape(struct str text, size_t at)
{
    return text.len - at >= 3 && text.s[at] == '%' && is_hex(text.s[at + 1]) &&
           is_hex(text.s[at + 2]);
}

/* Unreserved characters, sub-delims, percent escapes and those in `also`; with `is_iri` all that is
 * not ASCII. */
static bool is_made_of(struct str text, const char *also, bool is_iri)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.s[i];
        if (c == '%') {
            if (!is_escape(text, i)) {
                return false;
            }
        } else if ((unsigned char)c >= 0x80) {
            if (!is_iri) {
                return false;
            }
        } else if (!is_alpha(c) && !is_digit(c) &&
                   (c == 0 || (!strchr("-._~!$&'()*+,;=", c) && !strchr(also, c)))) {
            return false;
        }
    }
    return true;
}

static bool is_scheme(struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.s[i];
        bool is_later = is_digit(c) || c == '+' || c == '-' || c == '.';
        if (!is_alpha(c) && (i == 0 || !is_later)) {
            return false;
        }
    }
    return text.len > 0;
}

/* Between the brackets: an IPv6 address, or "v1.x" of versions to come. */
static bool is_ip_literal(struct str text)
{
    if (text.len == 0 || (text.s[0] | 0x20) != 'v') {
        return format_is_ipv6(text);
    }
    size_t dot = str_find_char(text, '.');
    for (size_t i = 1; i < dot; i++) {
        if (!is_hex(text.s[i])) {
            return false;
        }
    }
    struct str rest = str_slice(text, dot + 1, text.len);
    return dot > 1 && rest.len > 0 && str_find_char(rest, '%') == rest.len &&
           is_made_of(rest, ":", false);
}

static bool is_authority(struct str text, bool is_iri)
{
    size_t at = str_find_char(text, '@');
    if (at < text.len) {
        if (!is_made_of(str_slice(text, 0, at), ":", is_iri)) {
            return false;
        }
        text = str_slice(text, at + 1, text.len);
    }
    size_t end = str_find_char(text, ':');
    if (text.len > 0 && text.s[0] == '[') {
        size_t close = str_find_char(text, ']');
        if (close == text.len || !is_ip_literal(str_slice(text, 1, close))) {
            return false;
        }
        end = close + 1;
    } else if (!is_made_of(str_slice(text, 0, end), "", is_iri)) {
        return false;
    }
    if (end < text.len && text.s[end] != ':') {
        return false;
    }
    for (size_t i = end + 1; i < text.len; i++) {
        if (!is_digit(text.s[i])) {
            return false;
        }
    }
    return true;
}

/* Moves what follows the first `c` of *io_text to *out, if there is one. */
static void split_off(struct str *io_text, char c, struct str *out)
{
    size_t at = str_find_char(*io_text, c);
    *out = str_slice(*io_text, at + 1, io_text->len);
    *io_text = str_slice(*io_text, 0, at);
}

static bool is_reference(struct str text, bool needs_scheme, bool is_iri)
{
    struct str fragment, query;
    split_off(&text, '#', &fragment);
    split_off(&text, '?', &query);
    if (!is_made_of(fragment, ":@/?", is_iri) || !is_made_of(query, ":@/?", is_iri)) {
        return false;
    }
    size_t colon = str_find_char(text, ':'), slash = str_find_char(text, '/');
    if (colon < slash) { /* also right where there is no slash: then it is a scheme as well */
        if (!is_scheme(str_slice(text, 0, colon))) {
            return false;
        }
        text = str_slice(text, colon + 1, text.len);
    } else if (needs_scheme) {
        return false;
    }
    if (str_starts(text, STR("//"))) {
        text = str_slice(text, 2, text.len);
        slash = str_find_char(text, '/');
        if (!is_authority(str_slice(text, 0, slash), is_iri)) {
            return false;
        }
        text = str_slice(text, slash, text.len);
    }
    return is_made_of(text, ":@/", is_iri);
}

bool format_is_uri(struct str text)
{
    return is_reference(text, true, false);
}

bool format_is_uri_reference(struct str text)
{
    return is_reference(text, false, false);
}

bool format_is_iri(struct str text)
{
    return is_reference(text, true, true);
}

bool format_is_iri_reference(struct str text)
{
    return is_reference(text, false, true);
}

/* --- templates --- */

/* "name", "name:7" or "name*" (RFC 6570 2.3, 2.4). */
static bool is_variable(struct str text)
{
    if (str_ends(text, STR("*"))) {
        text = str_slice(text, 0, text.len - 1);
    } else {
        size_t colon = str_find_char(text, ':');
        struct str length = str_slice(text, colon + 1, text.len);
        if (colon < text.len && (length.len == 0 || length.len > 4 || length.s[0] == '0')) {
            return false;
        }
        for (size_t i = 0; i < length.len; i++) {
            if (!is_digit(length.s[i])) {
                return false;
            }
        }
        text = str_slice(text, 0, colon);
    }
    bool is_after_dot = true;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.s[i];
        bool is_dot = c == '.', is_escaped = is_escape(text, i);
        if (is_dot ? is_after_dot : !is_alpha(c) && !is_digit(c) && c != '_' && !is_escaped) {
            return false;
        }
        i += is_escaped ? 2 : 0;
        is_after_dot = is_dot;
    }
    return !is_after_dot;
}

/* Between the braces. */
static bool is_expression(struct str text)
{
    struct str variable;
    if (text.len > 0 && text.s[0] != 0 && strchr("+#./;?&", text.s[0]) != NULL) {
        text = str_slice(text, 1, text.len);
    }
    while (str_cut(&text, ',', &variable)) {
        if (!is_variable(variable)) {
            return false;
        }
    }
    return true;
}

bool format_is_uri_template(struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.s[i];
        if (c == '{') {
            struct str rest = str_slice(text, i + 1, text.len);
            size_t close = str_find_char(rest, '}');
            if (close == rest.len || !is_expression(str_slice(rest, 0, close))) {
                return false;
            }
            i += close + 1;
        } else if ((c == '%' && !is_escape(text, i)) || (unsigned char)c <= ' ' || c == 0x7F ||
                   strchr("\"<>\\^`|}", c) != NULL) {
            return false;
        }
    }
    return true;
}
