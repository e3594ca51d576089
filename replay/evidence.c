/* Reading a journal as evidence. */
#include "replay/evidence.h"

#include <stdlib.h>
#include <string.h>

#define SPAN_MAX_US (INT64_C(1) << 53)

struct reader {
    struct arena *a;
    const struct contract *const *contracts;
    size_t n_contracts;
    struct str name, text;
    struct findings *fs;
    struct err *err;
    struct evidence *out;
    size_t cap;
    bool has_start;
    int64_t shift_us; /* from the monotonic clock to the first entry's site clock */
};

struct str exchange_header(const struct traffic_header *headers, size_t n, struct str name)
{
    for (size_t i = 0; i < n; i++) {
        if (str_eq_fold(headers[i].name, name)) {
            return headers[i].value;
        }
    }
    return (struct str){NULL, 0};
}

bool exchange_is_well(const struct exchange *x)
{
    return !x->is_lost && x->status >= 200 && x->status < 400;
}

bool exchange_is_safe(const struct exchange *x)
{
    static const struct str safe[] = {STR_INIT("GET"), STR_INIT("HEAD"), STR_INIT("OPTIONS")};
    for (size_t i = 0; i < sizeof safe / sizeof *safe; i++) {
        if (str_eq(x->method, safe[i])) {
            return true;
        }
    }
    return x->op && (x->op->action == ACTION_QUERY || x->op->action == ACTION_TOKEN ||
                     x->op->action == ACTION_INTROSPECT);
}

bool exchange_is_idempotent(const struct exchange *x)
{
    bool has_key = x->op && x->op->idempotency.header.len &&
                   exchange_header(x->headers, x->n_headers, x->op->idempotency.header).s != NULL;
    /* what is linked already stays linked */
    bool adds_link = x->op && (x->op->action == ACTION_LINK_ADD || x->op->action == ACTION_ASSIGN);
    return has_key || adds_link || exchange_is_safe(x) || str_eq(x->method, STR("PUT")) ||
           str_eq(x->method, STR("DELETE"));
}

bool exchange_in_case(const struct exchange *x, struct str family)
{
    return str_starts(x->case_name, family) &&
           (x->case_name.len == family.len || x->case_name.s[family.len] == '.');
}

static size_t headers_read(struct reader *r, const struct traffic_header **out, struct json list)
{
    size_t n = 0;
    struct traffic_header *at = ARENA_ARRAY(r->a, json_count(list) + 1, struct traffic_header);
    for (struct json v = json_first(list); json_exists(v); v = json_next(v)) {
        at[n++] = (struct traffic_header){json_str_or(json_get(v, STR("name")), STR("")),
                                          json_str_or(json_get(v, STR("value")), STR(""))};
    }
    *out = at;
    return n;
}

static struct json inner(struct reader *r, struct json text)
{
    const struct json_doc *doc = NULL;
    bool may_be = json_kind(text) == JSON_STRING && json_str(text).len > 0;
    struct json none = {0};
    return may_be && json_parse(&doc, r->a, r->name, json_str(text), NULL, NULL, NULL)
               ? json_root(doc)
               : none;
}

static const struct contract *contract_named(const struct reader *r, struct str site)
{
    for (size_t i = 0; i < r->n_contracts; i++) {
        if (str_eq(r->contracts[i]->name, site)) {
            return r->contracts[i];
        }
    }
    return r->n_contracts ? r->contracts[0] : NULL;
}

static uint64_t signature_of(const struct exchange *x)
{
    uint64_t h = str_hash_seeded(x->method, 1);
    h = str_hash_seeded(x->uri, h);
    return str_hash_seeded(x->body, h);
}

/* Who made something needs its id, who reads needs what is read; of a change the status tells all. */
static bool needs_body(const struct exchange *x)
{
    return exchange_is_safe(x) ||
           (x->op && (x->op->action == ACTION_CREATE || x->op->action == ACTION_BATCH));
}

/* The client cannot have read the answer that the journal shows: its framing was none (a status without a body has
 * all in the head), its body was left out, or what was to be JSON is none. */
static bool is_spoilt(const struct exchange *x, struct json fault, struct json response)
{
    struct str how = json_str_or(json_get(fault, STR("body")), STR(""));
    struct str type = json_str_or(json_get(response, STR("contentType")), STR(""));
    struct str body = json_str_or(json_get(response, STR("body")), STR(""));
    bool is_json = str_find(type, STR("json")) < type.len;
    bool is_page = x->op && str_find(type, STR("html")) < type.len;
    bool is_whole = !json_is_true(json_get(response, STR("bodyCut")));
    bool has_body = x->status != 204 && x->status != 304 && !str_eq(x->method, STR("HEAD"));
    if (!x->fault.len || !has_body) {
        return false;
    }
    return str_eq(how, STR("bad-chunk")) ||
           (x->status < 300 && str_eq(how, STR("empty")) && is_json && needs_body(x)) ||
           (x->status < 300 && is_whole && (is_json || is_page) && body.len > 0 &&
            !json_exists(x->answer));
}

/* The connection broke before the answer was whole. An answer without a body cannot break off in its middle. */
static bool is_broken_off(struct json fault, struct json response)
{
    struct str close = json_str_or(json_get(fault, STR("close")), STR(""));
    struct json body = json_get(response, STR("body"));
    bool is_bare = json_kind(body) != JSON_STRING || json_str(body).len <= 1;
    return close.len && !(str_eq(close, STR("during")) && is_bare);
}

static void put_parts(struct exchange *x)
{
    size_t mark = str_find_char(x->uri, '?');
    x->query = str_slice(x->uri, mark < x->uri.len ? mark + 1 : mark, x->uri.len);
    struct str head = exchange_header(x->headers, x->n_headers, STR("Authorization"));
    if (head.s && head.len > 7 && str_eq_fold(str_slice(head, 0, 7), STR("Bearer "))) {
        x->bearer = str_trim(str_slice(head, 7, head.len));
    }
}

/* A time that a journal tells; anything may stand there: 0 to 285 years in microseconds, else what is given. */
static int64_t span_of(struct json v, int64_t max, int64_t otherwise)
{
    int64_t value = json_i64_or(v, otherwise);
    return value >= 0 && value <= max ? value : otherwise;
}

static void entry_read(struct reader *r, struct json v)
{
    struct json request = json_get(v, STR("request")), response = json_get(v, STR("response"));
    struct json fault = json_get(v, STR("fault"));
    if (json_kind(json_get(v, STR("number"))) != JSON_NUMBER) {
        return; /* the line that counts what was dropped */
    }
    if (r->out->n == r->cap) {
        size_t cap = r->cap ? r->cap * 2 : 64;
        struct exchange *more = ARENA_ARRAY(r->a, cap, struct exchange);
        if (r->out->n) {
            memcpy(more, r->out->at, r->out->n * sizeof *more);
        }
        r->out->at = more;
        r->cap = cap;
    }
    struct exchange *x = &r->out->at[r->out->n++];
    *x = (struct exchange){
        .number = (uint64_t)json_i64_or(json_get(v, STR("number")), 0),
        .site = json_str_or(json_get(v, STR("site")), STR("")),
        .method = json_str_or(json_get(v, STR("method")), STR("")),
        .uri = json_str_or(json_get(v, STR("uri")), STR("")),
        .path = json_str_or(json_get(v, STR("path")), STR("")),
        .client = json_str_or(json_get(v, STR("client")), STR("")),
        .case_name = json_str_or(json_get(v, STR("case")), STR("")),
        .fault = json_str_or(json_get(fault, STR("name")), STR("")),
        .status = (int)json_i64_or(json_get(v, STR("status")), 0),
        .has_bad_certificate = json_is_true(json_get(v, STR("badCertificate"))),
        .is_handshake = json_is_true(json_get(v, STR("handshake"))),
        .body = json_str_or(json_get(request, STR("body")), STR("")),
        .asked = inner(r, json_get(request, STR("body"))),
        .answer = inner(r, json_get(response, STR("body"))),
    };
    x->contract = contract_named(r, x->site);
    (void)date_parse(&x->from_us, json_str_or(json_get(v, STR("at")), STR("")));
    x->at_us = x->from_us;
    /* the monotonic clock tells waits better, where it is there: the site's may stand still */
    int64_t start = span_of(json_get(v, STR("startUs")), SPAN_MAX_US, -1);
    if (start >= 0) {
        if (!r->has_start) {
            r->has_start = true;
            r->shift_us = x->from_us - start;
        }
        x->from_us = start + r->shift_us;
    }
    x->to_us = x->from_us + span_of(json_get(v, STR("latencyUs")), SPAN_MAX_US, 0) +
               span_of(json_get(v, STR("injectedMs")), SPAN_MAX_US / US_PER_MS, 0) * US_PER_MS;
    x->n_headers = headers_read(r, &x->headers, json_get(request, STR("headers")));
    x->n_reply_headers = headers_read(r, &x->reply_headers, json_get(response, STR("headers")));
    put_parts(x);
    x->op =
        x->contract && !x->is_handshake ? contract_route(x->contract, x->method, x->path).op : NULL;
    x->is_lost = is_broken_off(fault, response) || is_spoilt(x, fault, response);
    x->signature = signature_of(x);
}

static bool lines_read(struct reader *r)
{
    const struct json_lines *lines = json_lines_of(r->a, r->text);
    size_t from = 0;
    while (from < r->text.len) {
        struct str rest = str_slice(r->text, from, r->text.len);
        struct span line = {from, from + str_find_char(rest, '\n')};
        const struct json_doc *doc = NULL;
        const struct json_limits limits = {.allow_duplicate_keys = true};
        from = line.to + 1;
        if (str_trim(str_slice(r->text, line.from, line.to)).len == 0) {
            continue;
        }
        if (!json_parse_part(&doc, r->a, r->name, r->text, line, lines, &limits, r->fs, r->err)) {
            return false;
        }
        entry_read(r, json_root(doc));
    }
    return true;
}

static bool document_read(struct reader *r)
{
    const struct json_doc *doc = NULL;
    const struct json_limits limits = {.allow_duplicate_keys = true};
    if (!json_parse(&doc, r->a, r->name, r->text, &limits, r->fs, r->err)) {
        return false;
    }
    struct json root = json_root(doc);
    struct json list = json_kind(root) == JSON_ARRAY ? root : json_get(root, STR("entries"));
    if (json_kind(list) != JSON_ARRAY) {
        return json_err(r->err, root,
                        "this is no journal; expected lines of JSON as `rehearse serve --journal "
                        "FILE.ndjson` writes them, or what `rehearse ctl journal` prints");
    }
    for (struct json v = json_first(list); json_exists(v); v = json_next(v)) {
        entry_read(r, v);
    }
    return true;
}

static int by_number(const void *a, const void *b)
{
    const struct exchange *x = a, *y = b;
    int order = str_cmp(x->site, y->site);
    order = order ? order : (x->from_us > y->from_us) - (x->from_us < y->from_us);
    return order ? order : (x->number > y->number) - (x->number < y->number);
}

bool evidence_add(struct evidence *io, struct arena *a, const struct contract *const *contracts,
                  size_t n_contracts, struct str name, struct str text, struct findings *fs,
                  struct err *err)
{
    struct reader r = {.a = a,
                       .contracts = contracts,
                       .n_contracts = n_contracts,
                       .name = name,
                       .text = text,
                       .fs = fs,
                       .err = err,
                       .out = io,
                       .cap = io->n};
    size_t before = io->n;
    struct str first = text, line;
    struct arena scratch;
    const struct json_doc *doc = NULL;
    arena_init(&scratch, 0, 0);
    bool is_line = str_cut(&first, '\n', &line) &&
                   json_parse(&doc, &scratch, name, line, NULL, NULL, NULL) &&
                   json_kind(json_root(doc)) == JSON_OBJECT &&
                   !json_exists(json_get(json_root(doc), STR("entries")));
    arena_done(&scratch);
    if (text.len > 0 && !(is_line ? lines_read(&r) : document_read(&r))) {
        return false;
    }
    io->has_secrets = io->has_secrets || before == 0;
    io->shift_us = before == 0 ? r.shift_us : io->shift_us;
    if (io->n > 1) {
        qsort(io->at, io->n, sizeof *io->at, by_number);
    }
    for (size_t i = 0; i < io->n; i++) {
        io->has_secrets = io->has_secrets && !str_eq(io->at[i].bearer, STR("[left out]"));
    }
    return true;
}

bool evidence_read(struct evidence *out, struct arena *a, const struct contract *const *contracts,
                   size_t n_contracts, struct str name, struct str text, struct findings *fs,
                   struct err *err)
{
    *out = (struct evidence){.has_secrets = true};
    return evidence_add(out, a, contracts, n_contracts, name, text, fs, err);
}
