/* What the journal does not show: in headers by their name, in URIs and bodies after the words that
 * announce a secret. What is shown in its place says so. */
#include "mockapi/journal_int.h"

static const struct str mark = STR_INIT("[left out]");

static const struct str secret_headers[] = {
    STR_INIT("Authorization"), STR_INIT("Proxy-Authorization"), STR_INIT("Cookie"),
    STR_INIT("Set-Cookie"),    STR_INIT("X-Rehearse-Token"),    STR_INIT("X-Api-Key"),
};
static const struct str secret_words[] = {
    STR_INIT("client_secret"), STR_INIT("access_token"),     STR_INIT("refresh_token"),
    STR_INIT("password"),      STR_INIT("assertion"),        STR_INIT("clientSecret"),
    STR_INIT("accessToken"),   STR_INIT("secret"),           STR_INIT("id_token"),
    STR_INIT("idToken"),       STR_INIT("client_assertion"), STR_INIT("refreshToken"),
    STR_INIT("token"),         STR_INIT("code_verifier"),
};
enum { WORD_MAX = 64 };

struct str journal_mark(void)
{
    return mark;
}

static bool is_among(struct str word, const struct str *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (str_eq_fold(word, list[i])) {
            return true;
        }
    }
    return false;
}

static int hex(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* "client%5Fsecret" is the same word in a form. */
static struct str plain(char out[WORD_MAX], struct str word)
{
    size_t n = 0;
    if (str_find_char(word, '%') == word.len) {
        return word;
    }
    for (size_t i = 0; i < word.len && n < WORD_MAX; i++) {
        bool is_coded = word.s[i] == '%' && i + 2 < word.len && hex(word.s[i + 1]) >= 0 &&
                        hex(word.s[i + 2]) >= 0;
        out[n++] = is_coded ? (char)(hex(word.s[i + 1]) * 16 + hex(word.s[i + 2])) : word.s[i];
        i += is_coded ? 2 : 0;
    }
    return (struct str){out, n};
}

bool journal_is_secret(struct str word)
{
    char bytes[WORD_MAX];
    return is_among(plain(bytes, word), secret_words, sizeof secret_words / sizeof *secret_words);
}

void journal_put_escaped(struct buf *out, struct str s)
{
    size_t bad;
    while (!str_is_utf8(s, &bad)) {
        buf_put_json_escaped(out, str_slice(s, 0, bad));
        buf_put(out, STR("\xEF\xBF\xBD"));
        s = str_slice(s, bad + 1, s.len);
    }
    buf_put_json_escaped(out, s);
}

void journal_put_string(struct buf *out, struct str s)
{
    buf_put_char(out, '"');
    journal_put_escaped(out, s);
    buf_put_char(out, '"');
}

static bool is_word_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '%' || c == '.';
}

/* Past blanks and the `"` that may close a name, the ':' or '=' and the `"` that may open a value:
 * where the secret starts; `at` where there is none. *out_quoted: it ends at the next '"'. */
static size_t value_start(struct str s, size_t at, bool *out_quoted)
{
    size_t i = at;
    while (i < s.len && (s.s[i] == '"' || s.s[i] == ' ' || s.s[i] == '\\')) {
        i++;
    }
    if (i >= s.len || (s.s[i] != ':' && s.s[i] != '=')) {
        return at;
    }
    i++;
    while (i < s.len && (s.s[i] == ' ' || s.s[i] == '\n' || s.s[i] == '\t' || s.s[i] == '\\')) {
        i++;
    }
    *out_quoted = i < s.len && s.s[i] == '"';
    return i + *out_quoted;
}

static size_t value_end(struct str s, size_t at, bool is_quoted)
{
    for (; at < s.len; at++) {
        char c = s.s[at];
        if (is_quoted && c == '\\') {
            at++;
        } else if (is_quoted ? c == '"' : c == '&' || c == ',' || c == '}' || c == '\n') {
            return at;
        }
    }
    return s.len;
}

/* One pass: words are looked at where they end. */
void journal_strip(struct buf *out, struct str s)
{
    size_t shown = 0, i = 0;
    while (i < s.len) {
        size_t from = i;
        while (i < s.len && is_word_char(s.s[i])) {
            i++;
        }
        if (i > from && journal_is_secret(str_slice(s, from, i))) {
            bool is_quoted = false;
            size_t value = value_start(s, i, &is_quoted);
            size_t end = value > i ? value_end(s, value, is_quoted) : i;
            if (end > value) {
                buf_put(out, str_slice(s, shown, value));
                buf_put(out, mark);
                shown = end;
            }
            i = end > i ? end : i;
        }
        i += i == from;
    }
    buf_put(out, str_slice(s, shown, s.len));
}

void journal_put_shown(struct buf *out, const struct record_view *v, struct str s)
{
    struct buf plain_text = {0};
    if (v->keeps_secrets) {
        journal_put_string(out, s);
        return;
    }
    journal_strip(&plain_text, s);
    journal_put_string(out, buf_str(&plain_text));
    buf_done(&plain_text);
}

/* "Bearer " of "Bearer TOKEN"; "" where the first word may be part of the secret. */
static struct str scheme_of(struct str name, struct str value)
{
    enum { SCHEME_MAX = 16 };
    size_t n = 0;
    while (n < value.len && ((value.s[n] | 0x20) >= 'a' && (value.s[n] | 0x20) <= 'z')) {
        n++;
    }
    bool is_scheme = n > 0 && n <= SCHEME_MAX && n < value.len && value.s[n] == ' ' &&
                     str_ends(name, STR("uthorization"));
    return str_slice(value, 0, is_scheme ? n + 1 : 0);
}

void journal_put_value(struct buf *out, const struct record_view *v, struct str name,
                       struct str value)
{
    bool is_secret = is_among(name, secret_headers, sizeof secret_headers / sizeof *secret_headers);
    if (!is_secret || v->keeps_secrets) {
        journal_put_shown(out, v, value);
        return;
    }
    /* the scheme may be seen: it is what goes wrong most */
    buf_put_char(out, '"');
    journal_put_escaped(out, scheme_of(name, value));
    journal_put_escaped(out, mark);
    buf_put_char(out, '"');
}
