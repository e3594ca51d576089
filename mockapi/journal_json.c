/* A record as JSON. Texts came from outside: bytes that are no UTF-8 are shown as U+FFFD. Secrets
 * are left out here, in headers by their name and in URIs and bodies after the words that announce
 * them; what is shown in their place says so. */
#include "mockapi/journal_int.h"

#include "mockapi/fault.h"

static const struct str mark = STR_INIT("[left out]");

static const struct str secret_headers[] = {
    STR_INIT("Authorization"), STR_INIT("Proxy-Authorization"), STR_INIT("Cookie"),
    STR_INIT("Set-Cookie"),    STR_INIT("X-Rehearse-Token"),    STR_INIT("X-Api-Key"),
};
static const struct str secret_words[] = {
    STR_INIT("client_secret"), STR_INIT("access_token"), STR_INIT("refresh_token"),
    STR_INIT("password"),      STR_INIT("assertion"),    STR_INIT("clientSecret"),
    STR_INIT("accessToken"),   STR_INIT("secret"),
};

static bool is_among(struct str word, const struct str *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (str_eq_fold(word, list[i])) {
            return true;
        }
    }
    return false;
}

bool journal_is_secret(struct str word)
{
    return is_among(word, secret_words, sizeof secret_words / sizeof *secret_words);
}

static void put_name(struct buf *out, struct str name)
{
    buf_put(out, STR(",\""));
    buf_put(out, name);
    buf_put(out, STR("\":"));
}

/* Appends as JSON string content; bad sequences become U+FFFD. */
static void put_escaped(struct buf *out, struct str s)
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
    put_escaped(out, s);
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

/* A URI or body with the values of secret words left out. One pass: words are looked at where they
 * end. */
static void put_without_secrets(struct buf *out, struct str s)
{
    size_t shown = 0, i = 0;
    buf_put_char(out, '"');
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
                put_escaped(out, str_slice(s, shown, value));
                put_escaped(out, mark);
                shown = end;
            }
            i = end > i ? end : i;
        }
        i += i == from;
    }
    put_escaped(out, str_slice(s, shown, s.len));
    buf_put_char(out, '"');
}

static void put_headers(struct buf *out, struct str joined, bool is_cut)
{
    struct str name, value, rest = joined;
    buf_put(out, STR("\"headers\":["));
    for (size_t i = 0; rest.len && str_cut(&rest, '\0', &name) && str_cut(&rest, '\0', &value);
         i++) {
        buf_put(out, i ? STR(",{\"name\":") : STR("{\"name\":"));
        journal_put_string(out, name);
        put_name(out, STR("value"));
        if (is_among(name, secret_headers, sizeof secret_headers / sizeof *secret_headers)) {
            /* the scheme may be seen: it is what goes wrong most */
            size_t blank = str_find_char(value, ' ');
            buf_put_char(out, '"');
            put_escaped(out, blank < value.len ? str_slice(value, 0, blank + 1) : STR(""));
            put_escaped(out, mark);
            buf_put_char(out, '"');
        } else {
            put_without_secrets(out, value);
        }
        buf_put_char(out, '}');
    }
    buf_put_char(out, ']');
    if (is_cut) {
        buf_put(out, STR(",\"headersCut\":true"));
    }
}

static void put_body(struct buf *out, struct str body, uint64_t bytes)
{
    put_name(out, STR("body"));
    put_without_secrets(out, body);
    put_name(out, STR("bodyBytes"));
    buf_put_u64(out, bytes);
    if (body.len < bytes) {
        buf_put(out, STR(",\"bodyCut\":true"));
    }
}

static void put_fault(struct buf *out, const struct record *r, struct str name)
{
    static const struct str closes[] = {
        [FAULT_CLOSE_NONE] = STR_INIT(""),
        [FAULT_CLOSE_BEFORE] = STR_INIT("before"),
        [FAULT_CLOSE_AFTER] = STR_INIT("after"),
        [FAULT_CLOSE_DURING] = STR_INIT("during"),
    };
    put_name(out, STR("fault"));
    if (r->fault_id == 0) {
        buf_put(out, STR("null"));
        return;
    }
    buf_put(out, STR("{\"id\":"));
    buf_put_u64(out, r->fault_id);
    put_name(out, STR("name"));
    journal_put_string(out, name);
    if (r->close != FAULT_CLOSE_NONE) {
        put_name(out, STR("close"));
        journal_put_string(out, closes[r->close]);
    }
    buf_put_char(out, '}');
}

static void put_summary(struct buf *out, const struct record *r, const char *texts)
{
    static const struct {
        struct str name;
        enum record_text which;
        bool is_null_if_empty;
    } members[] = {
        {STR_INIT("id"), RECORD_ID, false},
        {STR_INIT("method"), RECORD_METHOD, false},
        {STR_INIT("path"), RECORD_PATH, false},
        {STR_INIT("uri"), RECORD_URI, false},
        {STR_INIT("operation"), RECORD_OPERATION, true},
        {STR_INIT("client"), RECORD_CLIENT, true},
        {STR_INIT("case"), RECORD_CASE, true},
    };
    buf_put(out, STR("{\"number\":"));
    buf_put_u64(out, r->number);
    put_name(out, STR("at"));
    buf_put_char(out, '"');
    date_put(out, r->at_us, 3);
    buf_put_char(out, '"');
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        struct str text = record_text(r, texts, members[i].which);
        put_name(out, members[i].name);
        if (members[i].is_null_if_empty && text.len == 0) {
            buf_put(out, STR("null"));
        } else {
            put_without_secrets(out, text);
        }
    }
    put_name(out, STR("status"));
    buf_put_i64(out, r->status);
    put_name(out, STR("latencyUs"));
    buf_put_i64(out, r->latency_us);
}

void record_put(struct buf *out, const struct record *r, const char *texts)
{
    put_summary(out, r, texts);
    put_fault(out, r, record_text(r, texts, RECORD_FAULT));
    put_name(out, STR("request"));
    buf_put_char(out, '{');
    put_headers(out, record_text(r, texts, RECORD_REQUEST_HEADERS), r->has_request_headers_cut);
    put_body(out, record_text(r, texts, RECORD_REQUEST_BODY), r->request_bytes);
    buf_put(out, STR("}"));
    put_name(out, STR("response"));
    buf_put_char(out, '{');
    put_headers(out, record_text(r, texts, RECORD_REPLY_HEADERS), r->has_reply_headers_cut);
    put_name(out, STR("contentType"));
    journal_put_string(out, record_text(r, texts, RECORD_REPLY_TYPE));
    put_body(out, record_text(r, texts, RECORD_REPLY_BODY), r->reply_bytes);
    buf_put_char(out, '}');
    struct str differences = record_text(r, texts, RECORD_DIFFERENCES);
    if (differences.len) {
        put_name(out, STR("differences"));
        buf_put(out, differences);
    }
    if (r->is_unmatched) {
        put_name(out, STR("nearest"));
        buf_put(out, record_text(r, texts, RECORD_NEAREST));
    }
    buf_put_char(out, '}');
}
