/* hostname (RFC 1123 2.1, with A-labels of RFC 5890), email (RFC 5321 4.1.2), and both with letters
 * of all scripts (RFC 5890, RFC 6531). */
#include "model/schema_int.h"

#include <string.h>

enum { HOST_MAX = 253, LABEL_MAX = 63, LOCAL_MAX = 64 };

static bool is_alnum(char c)
{
    char low = (char)(c | 0x20);
    return (c >= '0' && c <= '9') || (low >= 'a' && low <= 'z');
}

static bool is_ascii(struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if ((unsigned char)text.s[i] >= 0x80) {
            return false;
        }
    }
    return true;
}

/* --- hostname --- */

static bool is_label(struct str label)
{
    if (label.len == 0 || label.len > LABEL_MAX || label.s[0] == '-' ||
        label.s[label.len - 1] == '-') {
        return false;
    }
    for (size_t i = 0; i < label.len; i++) {
        if (!is_alnum(label.s[i]) && label.s[i] != '-') {
            return false;
        }
    }
    if (label.len > 3 && label.s[2] == '-' && label.s[3] == '-') {
        return str_eq_fold(str_slice(label, 0, 2), STR("xn")) &&
               format_idna_a_label(str_slice(label, 4, label.len));
    }
    return true;
}

bool format_is_hostname(struct str text)
{
    struct str rest = text, label;
    if (text.len > HOST_MAX) {
        return false;
    }
    while (str_cut(&rest, '.', &label)) {
        if (!is_label(label)) {
            return false;
        }
    }
    return text.len > 0;
}

/* U+3002, U+FF0E and U+FF61 separate labels like the full stop (RFC 3490 3.1); bytes of the one at
 * the head of the text, 0 if there is none. */
static size_t separator_length(struct str text)
{
    bool is_wide = str_starts(text, STR("\xE3\x80\x82")) || str_starts(text, STR("\xEF\xBC\x8E")) ||
                   str_starts(text, STR("\xEF\xBD\xA1"));
    return is_wide ? 3 : text.len > 0 && text.s[0] == '.';
}

bool format_is_idn_hostname(struct str text)
{
    size_t from = 0;
    for (size_t at = 0; at <= text.len; at++) {
        size_t separator = separator_length(str_slice(text, at, text.len));
        if (separator == 0 && at < text.len) {
            continue;
        }
        struct str label = str_slice(text, from, at);
        if (is_ascii(label) ? !is_label(label) : !format_idna_u_label(label)) {
            return false;
        }
        from = at + separator;
        at += separator > 1 ? separator - 1 : 0;
    }
    return text.len > 0;
}

/* --- email --- */

static bool is_atom_char(char c, bool is_any_script)
{
    return (is_any_script && (unsigned char)c >= 0x80) || is_alnum(c) ||
           (c != 0 && strchr("!#$%&'*+-/=?^_`{|}~", c) != NULL);
}

/* Length of the local part at the head of the text; 0 if there is none. */
static size_t local_length(struct str text, bool is_any_script)
{
    size_t i = 0;
    if (text.len > 0 && text.s[0] == '"') {
        for (i = 1; i < text.len && text.s[i] != '"'; i++) {
            i += text.s[i] == '\\';
            unsigned char c = i < text.len ? (unsigned char)text.s[i] : 0;
            if (c < ' ' || c == 0x7F || (c >= 0x80 && !is_any_script)) {
                return 0;
            }
        }
        return i < text.len ? i + 1 : 0;
    }
    bool is_after_dot = true;
    for (; i < text.len && (text.s[i] == '.' || is_atom_char(text.s[i], is_any_script)); i++) {
        if (text.s[i] == '.' && is_after_dot) {
            return 0;
        }
        is_after_dot = text.s[i] == '.';
    }
    return is_after_dot ? 0 : i;
}

/* Labels with what is not ASCII taken for letters (RFC 6531 3.3). */
static bool is_loose_domain(struct str text)
{
    struct str label;
    if (text.len == 0) {
        return false;
    }
    while (str_cut(&text, '.', &label)) {
        if (label.len == 0 || label.s[0] == '-' || label.s[label.len - 1] == '-') {
            return false;
        }
        for (size_t i = 0; i < label.len; i++) {
            char c = label.s[i];
            if (!is_alnum(c) && c != '-' && (unsigned char)c < 0x80) {
                return false;
            }
        }
    }
    return true;
}

static bool is_mailbox(struct str text, bool is_any_script)
{
    size_t at = local_length(text, is_any_script);
    if (at == 0 || at > LOCAL_MAX || at == text.len || text.s[at] != '@') {
        return false;
    }
    struct str domain = str_slice(text, at + 1, text.len);
    if (domain.len > 2 && domain.s[0] == '[' && domain.s[domain.len - 1] == ']') {
        struct str address = str_slice(domain, 1, domain.len - 1);
        bool is_v6 = address.len > 5 && str_eq_fold(str_slice(address, 0, 5), STR("IPv6:"));
        return is_v6 ? format_is_ipv6(str_slice(address, 5, address.len)) : format_is_ipv4(address);
    }
    return is_any_script && !is_ascii(domain) ? is_loose_domain(domain)
                                              : format_is_hostname(domain);
}

bool format_is_email(struct str text)
{
    return is_mailbox(text, false);
}

bool format_is_idn_email(struct str text)
{
    return is_mailbox(text, true);
}
