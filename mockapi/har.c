/* Records as an HTTP Archive 1.2, which browsers' tools, proxies and `replay` read. What the format
 * has no place for stands in members that begin with '_'. Bodies that are no UTF-8 are base64. */
#include "mockapi/journal_int.h"

#include "mockapi/fault.h"

#include <microhttpd.h>

static void put_name(struct buf *out, const char *name)
{
    buf_printf(out, "%s\"%s\":", out->s[out->len - 1] == '{' ? "" : ",", name);
}

static void put_member(struct buf *out, const char *name, struct str text)
{
    put_name(out, name);
    journal_put_string(out, text);
}

static bool is_uri_char(char c)
{
    static const struct str others = STR_INIT("-._~:/?#@!$&'()*+,;=%");
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           str_find_char(others, c) < others.len;
}

/* What is no URI in what came gets escapes. */
static void put_uri_text(struct buf *out, struct str s)
{
    static const char digits[] = "0123456789ABCDEF";
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.s[i];
        if (is_uri_char(s.s[i])) {
            buf_put_char(out, s.s[i]);
        } else {
            buf_put_char(out, '%');
            buf_put_char(out, digits[c >> 4]);
            buf_put_char(out, digits[c & 15]);
        }
    }
}

static bool next_header(struct str *rest, struct str *name, struct str *value)
{
    return rest->len && str_cut(rest, '\0', name) && str_cut(rest, '\0', value);
}

static struct str find_header(const struct record_view *v, struct str wanted)
{
    struct str name, value, rest = record_text(v->r, v->texts, RECORD_REQUEST_HEADERS);
    while (next_header(&rest, &name, &value)) {
        if (str_eq_fold(name, wanted)) {
            return value;
        }
    }
    return STR("");
}

/* The brackets of an IPv6 address stay. */
static void put_host(struct buf *out, struct str host)
{
    size_t end = str_find_char(host, ']');
    if (str_starts(host, STR("[")) && end < host.len) {
        buf_put_char(out, '[');
        put_uri_text(out, str_slice(host, 1, end));
        buf_put_char(out, ']');
        host = str_slice(host, end + 1, host.len);
    }
    put_uri_text(out, host);
}

static void put_url(struct buf *out, const struct record_view *v)
{
    struct buf url = {0}, shown = {0};
    struct str host = find_header(v, STR("Host")), uri = record_text(v->r, v->texts, RECORD_URI);
    buf_put(&url, v->r->is_tls ? STR("https://") : STR("http://"));
    put_host(&url, host.len ? host : STR("127.0.0.1"));
    buf_put(&url, str_starts(uri, STR("/")) ? STR("") : STR("/"));
    if (v->keeps_secrets) {
        buf_put(&shown, uri);
    } else {
        journal_strip(&shown, uri);
    }
    put_uri_text(&url, buf_str(&shown));
    put_member(out, "url", buf_str(&url));
    buf_done(&shown);
    buf_done(&url);
}

static void put_pair(struct buf *out, const struct record_view *v, struct str name,
                     struct str value)
{
    buf_put(out, out->s[out->len - 1] == '[' ? STR("{") : STR(",{"));
    put_member(out, "name", name);
    put_name(out, "value");
    journal_put_value(out, v, name, value);
    buf_put_char(out, '}');
}

static void put_headers(struct buf *out, const struct record_view *v, enum record_text which)
{
    struct str name, value, rest = record_text(v->r, v->texts, which);
    struct str type = record_text(v->r, v->texts, RECORD_REPLY_TYPE);
    put_name(out, "headers");
    buf_put_char(out, '[');
    if (which == RECORD_REPLY_HEADERS && type.len) {
        put_pair(out, v, STR("Content-Type"), type);
    }
    while (next_header(&rest, &name, &value)) {
        put_pair(out, v, name, value);
    }
    buf_put_char(out, ']');
}

/* "a=1; b=2" of one header; of Set-Cookie the first pair alone, the rest are its attributes. */
static void put_cookies_of(struct buf *out, const struct record_view *v, struct str header,
                           bool is_set)
{
    struct str rest = header, pair;
    while (rest.len && str_cut(&rest, ';', &pair)) {
        size_t sign = str_find_char(pair, '=');
        buf_put(out, out->s[out->len - 1] == '[' ? STR("{") : STR(",{"));
        put_member(out, "name", str_trim(str_slice(pair, 0, sign)));
        put_member(out, "value",
                   v->keeps_secrets ? str_slice(pair, sign + 1, pair.len) : journal_mark());
        buf_put_char(out, '}');
        if (is_set) {
            return;
        }
    }
}

static void put_cookies(struct buf *out, const struct record_view *v, bool is_set)
{
    enum record_text which = is_set ? RECORD_REPLY_HEADERS : RECORD_REQUEST_HEADERS;
    struct str name, value, rest = record_text(v->r, v->texts, which);
    put_name(out, "cookies");
    buf_put_char(out, '[');
    while (next_header(&rest, &name, &value)) {
        if (str_eq_fold(name, is_set ? STR("Set-Cookie") : STR("Cookie"))) {
            put_cookies_of(out, v, value, is_set);
        }
    }
    buf_put_char(out, ']');
}

static int hex(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* Percent-decoded as far as that goes: what is badly coded stays as it came. */
static void decode(struct buf *out, struct str s)
{
    buf_clear(out);
    for (size_t i = 0; i < s.len; i++) {
        bool is_coded =
            s.s[i] == '%' && i + 2 < s.len && hex(s.s[i + 1]) >= 0 && hex(s.s[i + 2]) >= 0;
        char c = s.s[i] == '+' ? ' ' : s.s[i];
        buf_put_char(out, is_coded ? (char)(hex(s.s[i + 1]) * 16 + hex(s.s[i + 2])) : c);
        i += is_coded ? 2 : 0;
    }
}

static void put_query(struct buf *out, const struct record_view *v)
{
    struct str uri = record_text(v->r, v->texts, RECORD_URI), pair;
    struct str rest = str_slice(uri, str_find_char(uri, '?') + 1, uri.len);
    struct buf name = {0}, value = {0};
    put_name(out, "queryString");
    buf_put_char(out, '[');
    while (rest.len && str_cut(&rest, '&', &pair)) {
        size_t sign = str_find_char(pair, '=');
        decode(&name, str_slice(pair, 0, sign));
        decode(&value, str_slice(pair, sign + 1, pair.len));
        bool is_secret = journal_is_secret(buf_str(&name)) && !v->keeps_secrets;
        put_pair(out, v, buf_str(&name), is_secret ? journal_mark() : buf_str(&value));
    }
    buf_put_char(out, ']');
    buf_done(&name);
    buf_done(&value);
}

/* "text", and how it is coded where it is no text. */
static void put_body_text(struct buf *out, const struct record_view *v, struct str body,
                          const char *encoding)
{
    size_t bad;
    put_name(out, "text");
    if (str_is_utf8(body, &bad)) {
        journal_put_shown(out, v, body);
        return;
    }
    buf_put_char(out, '"');
    base64_put(out, body);
    buf_put_char(out, '"');
    put_member(out, encoding, STR("base64"));
}

static void put_request(struct buf *out, const struct record_view *v)
{
    const struct record *r = v->r;
    struct str body = record_text(r, v->texts, RECORD_REQUEST_BODY);
    put_name(out, "request");
    buf_put_char(out, '{');
    put_member(out, "method", record_text(r, v->texts, RECORD_METHOD));
    put_url(out, v);
    put_member(out, "httpVersion", STR("HTTP/1.1"));
    put_cookies(out, v, false);
    put_headers(out, v, RECORD_REQUEST_HEADERS);
    put_query(out, v);
    if (r->request_bytes) {
        put_name(out, "postData");
        buf_put_char(out, '{');
        put_member(out, "mimeType", find_header(v, STR("Content-Type")));
        put_body_text(out, v, body, "_encoding");
        buf_put(out, body.len < r->request_bytes ? STR(",\"_cut\":true}") : STR("}"));
    }
    buf_printf(out, ",\"headersSize\":-1,\"bodySize\":%llu}", (unsigned long long)r->request_bytes);
}

/* Did the client see nothing of the answer? */
static bool is_lost(const struct record *r)
{
    return r->close == FAULT_CLOSE_BEFORE || r->close == FAULT_CLOSE_AFTER || r->status == 0;
}

static void put_response(struct buf *out, const struct record_view *v)
{
    const struct record *r = v->r;
    struct str body = record_text(r, v->texts, RECORD_REPLY_BODY);
    int status = is_lost(r) ? 0 : r->status;
    put_name(out, "response");
    buf_printf(out, "{\"status\":%d", status);
    put_member(out, "statusText",
               status ? str_of(MHD_get_reason_phrase_for((unsigned)status)) : STR(""));
    put_member(out, "httpVersion", STR("HTTP/1.1"));
    put_cookies(out, v, true);
    put_headers(out, v, RECORD_REPLY_HEADERS);
    buf_printf(out, ",\"content\":{\"size\":%llu", (unsigned long long)r->reply_bytes);
    put_member(out, "mimeType", record_text(r, v->texts, RECORD_REPLY_TYPE));
    put_body_text(out, v, body, "encoding");
    buf_put(out, body.len < r->reply_bytes ? STR(",\"_cut\":true}") : STR("}"));
    buf_printf(out, ",\"redirectURL\":\"\",\"headersSize\":-1,\"bodySize\":%llu",
               (unsigned long long)r->reply_bytes);
    if (r->close != FAULT_CLOSE_NONE) {
        put_member(out, "_error", STR("the connection was reset"));
        buf_printf(out, ",\"_status\":%d", r->status);
    }
    buf_put_char(out, '}');
}

/* A whole number of microseconds as milliseconds. */
static void put_ms(struct buf *out, const char *name, int64_t us)
{
    us = us > 0 ? us : 0;
    put_name(out, name);
    buf_printf(out, "%lld.%03lld", (long long)(us / US_PER_MS), (long long)(us % US_PER_MS));
}

static void put_own(struct buf *out, const struct record_view *v)
{
    static const struct {
        const char *name;
        enum record_text which;
    } members[] = {
        {"id", RECORD_ID},         {"site", RECORD_SITE}, {"operation", RECORD_OPERATION},
        {"client", RECORD_CLIENT}, {"case", RECORD_CASE}, {"fault", RECORD_FAULT},
    };
    put_name(out, "_rehearse");
    buf_printf(out, "{\"number\":%llu", (unsigned long long)v->r->number);
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        struct str text = record_text(v->r, v->texts, members[i].which);
        if (text.len) {
            put_member(out, members[i].name, text);
        }
    }
    buf_printf(out, ",\"injectedMs\":%lld}", (long long)v->r->injected_ms);
}

void har_put_head(struct buf *out)
{
    buf_put(out, STR("{\"log\":{\"version\":\"1.2\",\"creator\":{\"name\":\"rehearse\","
                     "\"version\":\"" REHEARSE_VERSION "\"},\"entries\":["));
}

/* What the server took and what a fault added. */
static int64_t whole_time_us(const struct record *r)
{
    int64_t us = 0;
    bool is_too_long = __builtin_mul_overflow(r->injected_ms, US_PER_MS, &us) ||
                       __builtin_add_overflow(us, r->latency_us, &us);
    return is_too_long ? INT64_MAX : us;
}

void har_put_entry(struct buf *out, const struct record_view *v)
{
    int64_t time_us = whole_time_us(v->r);
    buf_put(out, STR("{\"startedDateTime\":\""));
    date_put(out, v->r->at_us, 3);
    buf_put_char(out, '"');
    put_ms(out, "time", time_us);
    put_request(out, v);
    put_response(out, v);
    buf_put(out, STR(",\"cache\":{},\"timings\":{\"send\":0"));
    put_ms(out, "wait", time_us);
    buf_put(out, STR(",\"receive\":0}"));
    put_own(out, v);
    buf_put_char(out, '}');
}

void har_put_tail(struct buf *out, uint64_t dropped)
{
    buf_printf(out, "],\"_dropped\":%llu}}\n", (unsigned long long)dropped);
}
