/* URIs after the grammar of RFC 3986 (appendix A), and query strings. Splitting copies nothing; a
 * text that is not a URI is refused with what is wrong in it. */
#include "base/uri.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

static bool is_alpha(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_unreserved(char c)
{
    return is_alpha(c) || is_digit(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

static bool is_sub_delim(char c)
{
    return c != '\0' && strchr("!$&'()*+,;=", c) != NULL;
}

/* Value of a hexadecimal digit, 16 if it is none. */
static unsigned hex_value(char c)
{
    if (is_digit(c)) {
        return (unsigned)(c - '0');
    }
    char low = (char)((unsigned char)c | 0x20);
    return low >= 'a' && low <= 'f' ? (unsigned)(low - 'a') + 10 : 16;
}

static bool is_escape(struct str s, size_t at)
{
    return s.len - at >= 3 && hex_value(s.s[at + 1]) < 16 && hex_value(s.s[at + 2]) < 16;
}

/* Always false. */
static bool fail(struct err *err, const char *what, struct str text)
{
    struct buf shown = {0};
    buf_put_quoted(&shown, text);
    (void)err_set(err, ERR_INPUT, "%s: %s", what, buf_cstr(&shown));
    buf_done(&shown);
    return false;
}

/* Unreserved, sub-delims, escapes, and the characters in `also`. */
static bool is_made_of(struct str s, const char *also)
{
    for (size_t i = 0; i < s.len; i++) {
        char c = s.s[i];
        if (c == '%' ? !is_escape(s, i)
                     : !is_unreserved(c) && !is_sub_delim(c) && (!c || !strchr(also, c))) {
            return false;
        }
    }
    return true;
}

static bool is_scheme(struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        char c = s.s[i];
        if (!is_alpha(c) && (i == 0 || (!is_digit(c) && c != '+' && c != '-' && c != '.'))) {
            return false;
        }
    }
    return s.len > 0;
}

/* "[…]": an IPv6 address, or what later versions may bring ("v1.x"). */
static bool is_ip_literal(struct str s)
{
    char text[INET6_ADDRSTRLEN];
    struct in6_addr address;
    struct str inner = str_slice(s, 1, s.len - 1);
    if (inner.len > 1 && (inner.s[0] | 0x20) == 'v') {
        size_t dot = str_find_char(inner, '.');
        for (size_t i = 1; i < dot; i++) {
            if (hex_value(inner.s[i]) > 15) {
                return false;
            }
        }
        struct str rest = str_slice(inner, dot + 1, inner.len);
        return dot > 1 && rest.len > 0 && str_find_char(rest, '%') == rest.len &&
               is_made_of(rest, ":");
    }
    if (inner.len == 0 || inner.len >= sizeof text || str_find_char(inner, '\0') < inner.len) {
        return false;
    }
    memcpy(text, inner.s, inner.len);
    text[inner.len] = '\0';
    return inet_pton(AF_INET6, text, &address) == 1;
}

/* [user_info "@"] host [":" port] */
static bool parse_authority(struct uri *u, struct str s, struct err *err)
{
    size_t at = str_find_char(s, '@');
    if (at < s.len) {
        u->user_info = str_slice(s, 0, at);
        s = str_slice(s, at + 1, s.len);
        if (!is_made_of(u->user_info, ":")) {
            return fail(err, "bad user information in a URI", u->user_info);
        }
    }
    bool is_literal = s.len > 0 && s.s[0] == '[';
    size_t end = is_literal ? str_find_char(s, ']') + 1 : str_find_char(s, ':');
    u->host = str_slice(s, 0, end);
    struct str port = str_slice(s, end, s.len);
    if (is_literal ? end > s.len || !is_ip_literal(u->host) : !is_made_of(u->host, "")) {
        return fail(err, "bad host in a URI", u->host);
    }
    if (port.len > 0) {
        uint64_t number = 0;
        struct str digits = str_slice(port, 1, port.len);
        if (port.s[0] != ':' ||
            (digits.len > 0 && !num_parse_u64(&number, digits, 0, UINT16_MAX))) {
            return fail(err, "bad port in a URI", digits);
        }
        u->port = (uint16_t)number;
    }
    return true;
}

/* Moves what follows the first `c` of *s to *out, if there is one. */
static void split_off(struct str *s, char c, struct str *out)
{
    size_t at = str_find_char(*s, c);
    if (at < s->len) {
        *out = str_slice(*s, at + 1, s->len);
        *s = str_slice(*s, 0, at);
    }
}

bool uri_parse(struct uri *out, struct str text, struct err *err)
{
    struct uri u = {0};
    struct str rest = text.s ? text : STR("");
    split_off(&rest, '#', &u.fragment);
    split_off(&rest, '?', &u.query);
    size_t colon = str_find_char(rest, ':');
    if (colon < str_find_char(rest, '/')) {
        u.scheme = str_slice(rest, 0, colon);
        rest = str_slice(rest, colon + 1, rest.len);
        if (!is_scheme(u.scheme)) {
            return fail(err, "bad scheme in a URI", u.scheme);
        }
    }
    if (str_starts(rest, STR("//"))) {
        struct str after = str_slice(rest, 2, rest.len);
        size_t slash = str_find_char(after, '/');
        if (!parse_authority(&u, str_slice(after, 0, slash), err)) {
            return false;
        }
        rest = str_slice(after, slash, after.len);
    }
    u.path = rest;
    if (!is_made_of(u.path, ":@/")) {
        return fail(err, "bad character or escape in the path of a URI", u.path);
    }
    if (!is_made_of(u.query, ":@/?") || !is_made_of(u.fragment, ":@/?")) {
        return fail(err, "bad character or escape in the query or fragment of a URI", text);
    }
    *out = u;
    return true;
}

/* Decodes `s` into `a`, or borrows it where nothing is encoded. */
static bool decode(struct str *out, struct arena *a, struct str s, bool plus_is_space,
                   struct err *err)
{
    size_t plain = 0;
    while (plain < s.len && s.s[plain] != '%' && !(plus_is_space && s.s[plain] == '+')) {
        plain++;
    }
    struct str decoded = s.s ? s : STR("");
    if (plain < s.len) {
        char *text = arena_bytes(a, s.len + 1);
        size_t len = plain;
        memcpy(text, s.s, plain);
        for (size_t i = plain; i < s.len; i++) {
            char c = s.s[i];
            if (c == '%') {
                if (!is_escape(s, i)) {
                    return fail(err, "\"%\" without two hexadecimal digits", s);
                }
                c = (char)(unsigned char)(hex_value(s.s[i + 1]) << 4 | hex_value(s.s[i + 2]));
                i += 2;
            } else if (plus_is_space && c == '+') {
                c = ' ';
            }
            text[len++] = c;
        }
        text[len] = '\0';
        decoded = (struct str){text, len};
    }
    if (str_find_char(decoded, '\0') < decoded.len) {
        return fail(err, "a NUL byte in an encoded text", s);
    }
    if (!str_is_utf8(decoded, NULL)) {
        return fail(err, "an encoded text is not UTF-8", s);
    }
    *out = decoded;
    return true;
}

bool uri_decode(struct str *out, struct arena *a, struct str s, struct err *err)
{
    return decode(out, a, s, false, err);
}

void uri_encode(struct buf *b, struct str s)
{
    static const char hex[] = "0123456789ABCDEF";
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.s[i];
        if (is_unreserved(s.s[i])) {
            buf_put_char(b, s.s[i]);
        } else {
            char escape[3] = {'%', hex[c >> 4], hex[c & 15]};
            buf_put(b, (struct str){escape, sizeof escape});
        }
    }
}

/* How many "&" parts there are, empty ones included; counts no further than `max` + 1. */
static size_t count_parts(struct str text, size_t max)
{
    size_t n = 1;
    for (size_t i = 0; i < text.len && n <= max; i++) {
        n += text.s[i] == '&';
    }
    return n;
}

bool query_parse(struct query *out, struct arena *a, struct str text, struct err *err)
{
    struct query q = {0};
    struct str part;
    if (text.len == 0) {
        *out = q;
        return true;
    }
    size_t most = count_parts(text, QUERY_PAIRS_MAX);
    q.pairs = ARENA_ARRAY(a, most, struct query_pair);
    while (str_cut(&text, '&', &part)) {
        if (part.len == 0) {
            continue;
        }
        if (q.n == QUERY_PAIRS_MAX) {
            return err_set(err, ERR_INPUT, "more than %d parameters", (int)QUERY_PAIRS_MAX);
        }
        struct query_pair *pair = &q.pairs[q.n++];
        size_t equals = str_find_char(part, '=');
        if (!decode(&pair->name, a, str_slice(part, 0, equals), true, err)) {
            return false;
        }
        if (equals < part.len &&
            !decode(&pair->value, a, str_slice(part, equals + 1, part.len), true, err)) {
            return false;
        }
    }
    *out = q;
    return true;
}

struct str query_get(const struct query *q, struct str name)
{
    for (size_t i = 0; i < q->n; i++) {
        if (str_eq(q->pairs[i].name, name)) {
            return q->pairs[i].value;
        }
    }
    return (struct str){0};
}

void uri_put_escaped(struct buf *b, struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        char c = s.s[i];
        bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (is_letter || (c >= '0' && c <= '9') || (c != '\0' && strchr("-._~", c) != NULL)) {
            buf_put_char(b, c);
        } else {
            buf_printf(b, "%%%02X", (unsigned)(unsigned char)c);
        }
    }
}
