/* uri and uri-reference: the grammar of RFC 3986 appendix A, nothing less and nothing more: a port
 * may have any number of digits, a host that looks like a bad IPv4 address is a name. */
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

/* Unreserved characters, sub-delims, percent escapes and those in `also`. */
static bool is_made_of(struct str text, const char *also)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.s[i];
        if (c == '%') {
            if (text.len - i < 3 || !is_hex(text.s[i + 1]) || !is_hex(text.s[i + 2])) {
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
    return dot > 1 && rest.len > 0 && str_find_char(rest, '%') == rest.len && is_made_of(rest, ":");
}

static bool is_authority(struct str text)
{
    size_t at = str_find_char(text, '@');
    if (at < text.len) {
        if (!is_made_of(str_slice(text, 0, at), ":")) {
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
    } else if (!is_made_of(str_slice(text, 0, end), "")) {
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

static bool is_reference(struct str text, bool needs_scheme)
{
    struct str fragment, query;
    split_off(&text, '#', &fragment);
    split_off(&text, '?', &query);
    if (!is_made_of(fragment, ":@/?") || !is_made_of(query, ":@/?")) {
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
        if (!is_authority(str_slice(text, 0, slash))) {
            return false;
        }
        text = str_slice(text, slash, text.len);
    }
    return is_made_of(text, ":@/");
}

bool format_is_uri(struct str text)
{
    return is_reference(text, true);
}

bool format_is_uri_reference(struct str text)
{
    return is_reference(text, false);
}
