/* A record as JSON on one line. Texts came from outside: bytes that are no UTF-8 are shown as U+FFFD;
 * secrets are left out (mockapi/journal_secret.c). */
#include "mockapi/journal_int.h"

#include "mockapi/fault.h"

static void put_name(struct buf *out, struct str name)
{
    buf_put(out, STR(",\""));
    buf_put(out, name);
    buf_put(out, STR("\":"));
}

static void put_headers(struct buf *out, const struct record_view *v, enum record_text which,
                        bool is_cut)
{
    struct str name, value, rest = record_text(v->r, v->texts, which);
    buf_put(out, STR("\"headers\":["));
    for (size_t i = 0; rest.len && str_cut(&rest, '\0', &name) && str_cut(&rest, '\0', &value);
         i++) {
        buf_put(out, i ? STR(",{\"name\":") : STR("{\"name\":"));
        journal_put_string(out, name);
        put_name(out, STR("value"));
        journal_put_value(out, v, name, value);
        buf_put_char(out, '}');
    }
    buf_put_char(out, ']');
    if (is_cut) {
        buf_put(out, STR(",\"headersCut\":true"));
    }
}

static void put_body(struct buf *out, const struct record_view *v, struct str body, uint64_t bytes)
{
    put_name(out, STR("body"));
    journal_put_shown(out, v, body);
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
    if (r->injected_ms) {
        put_name(out, STR("latencyMs"));
        buf_put_i64(out, r->injected_ms);
    }
    if (r->close != FAULT_CLOSE_NONE) {
        put_name(out, STR("close"));
        journal_put_string(out, closes[r->close]);
    }
    if (r->spoilt != FAULT_BODY_WHOLE) {
        put_name(out, STR("body"));
        journal_put_string(out, fault_body_word((enum fault_body)r->spoilt));
    }
    buf_put_char(out, '}');
}

static void put_summary(struct buf *out, const struct record_view *v)
{
    static const struct {
        struct str name;
        enum record_text which;
        bool is_null_if_empty;
    } members[] = {
        {STR_INIT("id"), RECORD_ID, false},         {STR_INIT("site"), RECORD_SITE, true},
        {STR_INIT("method"), RECORD_METHOD, false}, {STR_INIT("path"), RECORD_PATH, false},
        {STR_INIT("uri"), RECORD_URI, false},       {STR_INIT("operation"), RECORD_OPERATION, true},
        {STR_INIT("client"), RECORD_CLIENT, true},  {STR_INIT("case"), RECORD_CASE, true},
    };
    const struct record *r = v->r;
    buf_put(out, STR("{\"number\":"));
    buf_put_u64(out, r->number);
    put_name(out, STR("at"));
    buf_put_char(out, '"');
    date_put(out, r->at_us, 3);
    buf_put_char(out, '"');
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        struct str text = record_text(r, v->texts, members[i].which);
        put_name(out, members[i].name);
        if (members[i].is_null_if_empty && text.len == 0) {
            buf_put(out, STR("null"));
        } else {
            journal_put_shown(out, v, text);
        }
    }
    put_name(out, STR("status"));
    buf_put_i64(out, r->status);
    put_name(out, STR("latencyUs"));
    buf_put_i64(out, r->latency_us);
    put_name(out, STR("injectedMs"));
    buf_put_i64(out, r->injected_ms);
    if (r->has_bad_certificate) {
        buf_put(out, STR(",\"badCertificate\":true"));
    }
    if (r->is_handshake) {
        buf_put(out, STR(",\"handshake\":true"));
    }
    if (v->is_evidence) {
        put_name(out, STR("startUs"));
        buf_put_i64(out, r->started_us);
        put_name(out, STR("connection"));
        buf_put_u64(out, r->connection);
        put_name(out, STR("tls"));
        buf_put(out, r->is_tls ? STR("true") : STR("false"));
    }
}

void record_put(struct buf *out, const struct record_view *v)
{
    const struct record *r = v->r;
    put_summary(out, v);
    put_fault(out, r, record_text(r, v->texts, RECORD_FAULT));
    put_name(out, STR("request"));
    buf_put_char(out, '{');
    put_headers(out, v, RECORD_REQUEST_HEADERS, r->has_request_headers_cut);
    put_body(out, v, record_text(r, v->texts, RECORD_REQUEST_BODY), r->request_bytes);
    buf_put(out, STR("}"));
    put_name(out, STR("response"));
    buf_put_char(out, '{');
    put_headers(out, v, RECORD_REPLY_HEADERS, r->has_reply_headers_cut);
    put_name(out, STR("contentType"));
    journal_put_string(out, record_text(r, v->texts, RECORD_REPLY_TYPE));
    put_body(out, v, record_text(r, v->texts, RECORD_REPLY_BODY), r->reply_bytes);
    buf_put_char(out, '}');
    struct str differences = record_text(r, v->texts, RECORD_DIFFERENCES);
    if (differences.len) {
        put_name(out, STR("differences"));
        buf_put(out, differences);
    }
    if (r->is_unmatched) {
        put_name(out, STR("nearest"));
        buf_put(out, record_text(r, v->texts, RECORD_NEAREST));
    }
    buf_put_char(out, '}');
}
