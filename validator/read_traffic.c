/* Recorded traffic in JSON: HTTP Archives and the mock's journal. */
#include "validator/read_traffic_int.h"

#include <string.h>

/* --- what a text looks like --- */

bool traffic_is_method(struct str word)
{
    static const struct str words[] = {STR_INIT("GET"),    STR_INIT("POST"),   STR_INIT("PUT"),
                                       STR_INIT("PATCH"),  STR_INIT("DELETE"), STR_INIT("HEAD"),
                                       STR_INIT("OPTIONS")};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (str_eq(word, words[i])) {
            return true;
        }
    }
    return false;
}

/* Does the text, comments aside, begin with a request line? */
static bool is_http(struct str text)
{
    struct str line, word;
    for (size_t i = 0; i < 64 && str_cut(&text, '\n', &line); i++) {
        line = str_trim(line);
        bool is_comment =
            line.len == 0 || line.s[0] == '#' || line.s[0] == '@' || str_starts(line, STR("//"));
        if (!is_comment) {
            str_cut(&line, ' ', &word);
            line = str_trim(line);
            bool is_target = str_starts(line, STR("/")) || str_starts(line, STR("http")) ||
                             str_starts(line, STR("{{"));
            return traffic_is_method(word) && is_target;
        }
    }
    return false;
}

static bool is_entry(struct json v)
{
    return json_kind(json_get(v, STR("method"))) == JSON_STRING &&
           json_kind(json_get(v, STR("request"))) == JSON_OBJECT;
}

static struct json entries_of(struct json root, enum traffic_kind *out_kind)
{
    struct json list = json_path(root, STR("log.entries"));
    *out_kind = TRAFFIC_HAR;
    if (json_kind(list) == JSON_ARRAY) {
        return list;
    }
    list = json_kind(root) == JSON_ARRAY ? root : json_get(root, STR("entries"));
    *out_kind = json_kind(list) == JSON_ARRAY && is_entry(json_first(list)) ? TRAFFIC_JOURNAL
                                                                            : TRAFFIC_NONE;
    return list;
}

/* Without one of these names (or an escape that might write one) no text is a HAR, a journal or a line of
 * one: large files of other kinds are not parsed to find that out. */
static bool may_be_recorded(struct str text)
{
    return str_find(text, STR("\"entries\"")) < text.len ||
           str_find(text, STR("\"method\"")) < text.len || str_find(text, STR("\\u00")) < text.len;
}

/* The first line that is not empty, as a document of its own. */
static bool is_line_entry(struct str text)
{
    struct str line = STR("");
    while (str_trim(line).len == 0 && str_cut(&text, '\n', &line)) {
    }
    struct arena a;
    arena_init(&a, 0, 0);
    const struct json_doc *doc = NULL;
    struct json_limits limits = {.allow_duplicate_keys = true, .allow_bom = true};
    bool is_good =
        json_parse(&doc, &a, STR(""), line, &limits, NULL, NULL) && is_entry(json_root(doc));
    arena_done(&a);
    return is_good;
}

enum traffic_kind traffic_kind_of(struct str text)
{
    if (str_starts(text, STR("\xEF\xBB\xBF"))) {
        text = str_slice(text, 3, text.len);
    }
    if (is_http(text)) {
        return TRAFFIC_HTTP;
    }
    if (traffic_is_curl(text)) {
        return TRAFFIC_CURL;
    }
    if (!may_be_recorded(text)) {
        return TRAFFIC_NONE;
    }
    if (is_line_entry(text)) {
        return TRAFFIC_LINES;
    }
    struct arena a;
    arena_init(&a, 0, 0);
    const struct json_doc *doc = NULL;
    struct json_limits limits = {.allow_duplicate_keys = true};
    enum traffic_kind kind = TRAFFIC_NONE;
    if (json_parse(&doc, &a, STR(""), text, &limits, NULL, NULL)) {
        (void)entries_of(json_root(doc), &kind);
    }
    arena_done(&a);
    return kind;
}

/* --- requests --- */

/* "https://host/path?query#part": the path. */
static struct str path_of(struct str url)
{
    size_t scheme = str_find(url, STR("://"));
    if (scheme < url.len && str_find_char(url, '/') > scheme) {
        url = str_slice(url, scheme + 3, url.len);
        url = str_slice(url, str_find_char(url, '/'), url.len);
    } else if (str_starts(url, STR("{{"))) { /* an editor's variable for the server */
        url = str_slice(url, str_find(url, STR("}}")) + 2, url.len);
    }
    url = str_slice(url, 0, str_find_char(url, '#'));
    url = str_slice(url, 0, str_find_char(url, '?'));
    return url.len > 0 ? url : STR("/");
}

struct traffic_request *traffic_add(struct traffic_reader *t, struct str method, struct str url,
                                    struct span at)
{
    if (t->requests == NULL || t->n_requests == t->requests_cap) {
        size_t cap = t->requests_cap > 0 ? t->requests_cap * 2 : 32;
        struct traffic_request *more = ARENA_ARRAY(t->r.arena, cap, struct traffic_request);
        if (t->requests != NULL) {
            memcpy(more, t->requests, t->n_requests * sizeof *more);
        }
        t->requests = more;
        t->requests_cap = cap;
    }
    struct traffic_request *q = &t->requests[t->n_requests++];
    *q = (struct traffic_request){.method = method, .url = url, .path = path_of(url), .at = at};
    q->route = contract_route(t->contract, method, q->path);
    struct finding place = {.span = at};
    json_lines_place(t->r.lines, &place);
    q->line = place.line;
    q->column = place.column;
    return q;
}

bool traffic_is_json(const struct traffic_request *q, struct str body)
{
    for (size_t i = 0; i < q->n_headers; i++) {
        if (str_eq_fold(q->headers[i].name, STR("Content-Type"))) {
            return str_find(q->headers[i].value, STR("json")) < q->headers[i].value.len;
        }
    }
    return body.len > 0 && (body.s[0] == '{' || body.s[0] == '[');
}

static void headers_read(struct traffic_reader *t, const struct traffic_header **out, size_t *out_n,
                         struct json list)
{
    struct traffic_header *headers =
        ARENA_ARRAY(t->r.arena, json_count(list) + 1, struct traffic_header);
    for (struct json v = json_first(list); json_exists(v); v = json_next(v)) {
        struct str name = json_str_or(json_get(v, STR("name")), STR(""));
        struct str value = json_str_or(json_get(v, STR("value")), STR(""));
        headers[(*out_n)++] = (struct traffic_header){name, value};
    }
    *out = headers;
}

static void answer_read(struct traffic_reader *t, struct traffic_answer *out, struct json status,
                        struct json headers, struct json body)
{
    int64_t number = json_i64_or(status, 0);
    out->status = number >= 100 && number <= 599 ? (int)number : 0;
    headers_read(t, &out->headers, &out->n_headers, headers);
    out->body = json_str_or(body, STR(""));
}

static int64_t time_of(struct json v)
{
    int64_t at_us = 0;
    return json_kind(v) == JSON_STRING && date_parse(&at_us, json_str(v)) ? at_us : 0;
}

/* `text`: the string that the body stands in. */
static void body_read(struct traffic_reader *t, struct traffic_request *q, struct json text,
                      bool is_cut, bool is_encoded)
{
    struct str body = json_str_or(text, STR(""));
    q->body_text = is_cut || is_encoded ? STR("") : body;
    if (body.len == 0) {
        q->body_kind = BODY_NONE;
    } else if (is_cut) {
        q->body_kind = BODY_CUT;
    } else if (is_encoded || !traffic_is_json(q, str_trim(body))) {
        q->body_kind = BODY_OTHER;
    } else {
        const struct json_doc *doc = NULL;
        struct err ignored = {.code = ERR_NONE}; /* the findings say it */
        bool is_good = json_parse_inner(&doc, t->r.arena, text, NULL, t->r.fs, &ignored);
        q->body_kind = is_good ? BODY_JSON : BODY_BAD;
        q->body = is_good ? json_root(doc) : q->body;
    }
}

static struct traffic_request *request_begin(struct traffic_reader *t, struct json method,
                                             struct json url)
{
    if (json_kind(method) != JSON_STRING || json_kind(url) != JSON_STRING) {
        return NULL; /* a handshake, a line that counts what was dropped */
    }
    return traffic_add(t, json_str(method), json_str(url), json_span(method));
}

static void har_entry(struct traffic_reader *t, struct json v)
{
    struct json request = json_get(v, STR("request")), data = json_get(request, STR("postData"));
    struct traffic_request *q =
        request_begin(t, json_get(request, STR("method")), json_get(request, STR("url")));
    if (q == NULL) {
        return;
    }
    bool is_encoded = json_exists(json_get(data, STR("_encoding"))) ||
                      json_exists(json_get(data, STR("encoding")));
    struct json response = json_get(v, STR("response")),
                content = json_get(response, STR("content"));
    answer_read(t, &q->answer, json_get(response, STR("status")),
                json_get(response, STR("headers")), json_get(content, STR("text")));
    q->answer.is_encoded = json_exists(json_get(content, STR("encoding")));
    q->at_us = time_of(json_get(v, STR("startedDateTime")));
    headers_read(t, &q->headers, &q->n_headers, json_get(request, STR("headers")));
    body_read(t, q, json_get(data, STR("text")), false, is_encoded);
}

static void journal_entry(struct traffic_reader *t, struct json v)
{
    struct json request = json_get(v, STR("request"));
    struct traffic_request *q =
        request_begin(t, json_get(v, STR("method")), json_get(v, STR("uri")));
    if (q == NULL) {
        return;
    }
    struct json response = json_get(v, STR("response"));
    answer_read(t, &q->answer, json_get(v, STR("status")), json_get(response, STR("headers")),
                json_get(response, STR("body")));
    q->answer.is_cut = json_is_true(json_get(response, STR("bodyCut")));
    q->at_us = time_of(json_get(v, STR("at")));
    headers_read(t, &q->headers, &q->n_headers, json_get(request, STR("headers")));
    body_read(t, q, json_get(request, STR("body")), json_is_true(json_get(request, STR("bodyCut"))),
              false);
}

static bool document_read(struct traffic_reader *t, struct recording *out)
{
    const struct json_doc *doc = NULL;
    struct json_limits limits = {.allow_duplicate_keys = true, .allow_bom = true};
    if (!json_parse(&doc, t->r.arena, t->r.name, t->r.text, &limits, t->r.fs, t->r.err)) {
        return false;
    }
    struct json list = entries_of(json_root(doc), &out->kind);
    if (out->kind == TRAFFIC_NONE) {
        return json_err(t->r.err, json_root(doc),
                        "this is no HTTP Archive, journal or HTTP request");
    }
    for (struct json v = json_first(list); json_exists(v); v = json_next(v)) {
        if (out->kind == TRAFFIC_HAR) {
            har_entry(t, v);
        } else {
            journal_entry(t, v);
        }
    }
    return true;
}

static bool lines_read(struct traffic_reader *t)
{
    struct str text = t->r.text;
    size_t from = str_starts(text, STR("\xEF\xBB\xBF")) ? 3 : 0;
    while (from < text.len) {
        struct span line = {from, from + str_find_char(str_slice(text, from, text.len), '\n')};
        from = line.to + 1;
        if (str_trim(str_slice(text, line.from, line.to)).len == 0) {
            continue;
        }
        const struct json_doc *doc = NULL;
        struct json_limits limits = {.allow_duplicate_keys = true};
        if (!json_parse_part(&doc, t->r.arena, t->r.name, text, line, t->r.lines, &limits, t->r.fs,
                             t->r.err)) {
            return false;
        }
        journal_entry(t, json_root(doc));
    }
    return true;
}

bool read_traffic(struct recording *out, struct arena *a, const struct contract *c, struct str name,
                  struct str text, struct findings *fs, struct err *err)
{
    struct traffic_reader *t = ARENA_NEW(a, struct traffic_reader);
    *t = (struct traffic_reader){.contract = c};
    *out = (struct recording){.kind = TRAFFIC_NONE};
    read_init(&t->r, a, name, text, fs, err);
    if (!read_text_check(&t->r)) {
        return false;
    }
    struct str body = str_starts(text, STR("\xEF\xBB\xBF")) ? str_slice(text, 3, text.len) : text;
    bool is_good = true;
    if (is_http(body)) {
        out->kind = TRAFFIC_HTTP;
        traffic_http(t);
    } else if (traffic_is_curl(body)) {
        out->kind = TRAFFIC_CURL;
        traffic_curl(t);
    } else if (is_line_entry(body)) {
        out->kind = TRAFFIC_LINES;
        is_good = lines_read(t);
    } else {
        is_good = document_read(t, out);
    }
    out->requests = t->requests;
    out->n_requests = t->n_requests;
    return is_good;
}
