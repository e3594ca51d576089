/* One try of a call: what is sent, and what its end means. */
#include "replay/client_int.h"

#include <string.h>

static size_t take_body(char *at, size_t size, size_t n, void *ctx)
{
    struct call *call = ctx;
    size_t bytes = size * n;
    if (call->answer.len + bytes > CLIENT_BYTES_MAX) {
        call->is_too_long = true;
        return 0;
    }
    buf_put(&call->answer, (struct str){at, bytes});
    return bytes;
}

static size_t take_header(char *at, size_t size, size_t n, void *ctx)
{
    static const struct str names[] = {STR_INIT("Retry-After"), STR_INIT("Date"), STR_INIT("ETag"),
                                       STR_INIT("Content-Type")};
    struct call *call = ctx;
    struct buf *const to[] = {&call->retry_after, &call->date, &call->etag, &call->content_type};
    struct str line = {at, size * n}, rest = line, name;
    if (!str_cut(&rest, ':', &name)) {
        return line.len;
    }
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (str_eq_fold(name, names[i])) {
            buf_clear(to[i]);
            buf_put(to[i], str_trim(rest));
        }
    }
    return line.len;
}

/* The body is read from here and cannot be rewound: so libcurl, where a kept connection breaks
 * under a request, cannot send it a second time without being asked. */
static size_t give_body(char *to, size_t size, size_t n, void *ctx)
{
    struct call *call = ctx;
    size_t room = size * n, left = call->body.len - call->sent;
    size_t bytes = left < room ? left : room;
    if (bytes) {
        memcpy(to, call->body.s + call->sent, bytes);
    }
    call->sent += bytes;
    return bytes;
}

static void add_header(struct client *c, struct call *call, const char *head, struct str value)
{
    struct buf line = {0};
    buf_put(&line, str_of(head));
    buf_put(&line, value);
    call->headers = c->lib.slist_append(call->headers, buf_cstr(&line));
    buf_done(&line);
}

static bool is_header_safe(struct str s)
{
    return str_find_char(s, '\n') == s.len && str_find_char(s, '\r') == s.len &&
           memchr(s.len ? s.s : "", 0, s.len) == NULL;
}

static struct str media_of(const struct call *call)
{
    const struct operation *op = call->request->op;
    if (call->is_token && op->token.body != TOKEN_BODY_JSON) {
        return STR("application/x-www-form-urlencoded");
    }
    for (size_t i = 0; op && i < op->n_media_types; i++) {
        if (op->media_types[i].len &&
            str_find_char(op->media_types[i], '*') == op->media_types[i].len) {
            return op->media_types[i];
        }
    }
    return STR("application/json");
}

static void put_headers(struct client *c, struct call *call)
{
    const struct client_request *rq = call->request;
    struct str rest = rq->headers, line;
    add_header(c, call, "Expect:", STR(""));
    add_header(c, call, "Accept: ",
               c->contract->accept.media.len ? c->contract->accept.media : STR("application/json"));
    if (call->needs_token) {
        add_header(c, call, "Authorization: Bearer ", buf_str(&c->token.value));
    }
    if (call->body.len) {
        add_header(c, call, "Content-Type: ", media_of(call));
    }
    if (rq->etag.len && is_header_safe(rq->etag)) {
        add_header(c, call, "If-Match: ", rq->etag);
    }
    if (rq->key.len && rq->op && rq->op->idempotency.header.len) {
        struct buf name = {0};
        buf_printf(&name, "%.*s: ", STR_ARG(rq->op->idempotency.header));
        add_header(c, call, buf_cstr(&name), rq->key);
        buf_done(&name);
    }
    while (rest.len && str_cut(&rest, '\n', &line)) {
        add_header(c, call, "", str_trim(line));
    }
}

static void forget_answer(struct call *call)
{
    call->status = 0;
    call->sent = 0;
    call->is_too_long = false;
    buf_clear(&call->answer);
    buf_clear(&call->etag);
    buf_clear(&call->content_type);
    buf_clear(&call->retry_after);
    buf_clear(&call->date);
}

static void set_body(const struct curl_lib *lib, struct call *call)
{
    bool is_get = strcmp(call->method, "GET") == 0;
    if (call->body.len) {
        lib->easy_setopt(call->curl, CURLOPT_POST, 1L);
        lib->easy_setopt(call->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)call->body.len);
        lib->easy_setopt(call->curl, CURLOPT_READFUNCTION, give_body);
        lib->easy_setopt(call->curl, CURLOPT_READDATA, call);
    } else if (strcmp(call->method, "POST") == 0) {
        lib->easy_setopt(call->curl, CURLOPT_POST, 1L);
        lib->easy_setopt(call->curl, CURLOPT_POSTFIELDSIZE, 0L);
    }
    if (!is_get) {
        lib->easy_setopt(call->curl, CURLOPT_CUSTOMREQUEST, call->method);
    }
    if (!is_get && !call->body.len) {
        lib->easy_setopt(call->curl, CURLOPT_FRESH_CONNECT, 1L); /* nothing that could be rewound */
    }
}

static bool is_loopback(const char *url)
{
    struct str u = str_of(url);
    return str_find(u, STR("://127.0.0.1")) < u.len || str_find(u, STR("://localhost")) < u.len ||
           str_find(u, STR("://[::1]")) < u.len;
}

bool client_try_start(struct client *c, struct call *call)
{
    const struct curl_lib *lib = &c->lib;
    int64_t now_us = clock_monotonic_us(), left_ms = (call->deadline_us - now_us) / US_PER_MS + 1;
    int64_t asked_ms =
        call->request->timeout_ms ? call->request->timeout_ms : c->options.timeout_ms;
    int64_t timeout_ms = asked_ms < left_ms ? asked_ms : left_ms;
    forget_answer(call);
    call->curl = lib->easy_init();
    if (!call->curl) {
        err_set(&call->err, ERR_SYSTEM, "libcurl gives no handle");
        client_call_fail(call, CLIENT_FAILED);
        return false;
    }
    put_headers(c, call);
    lib->easy_setopt(call->curl, CURLOPT_URL, call->url);
    lib->easy_setopt(call->curl, CURLOPT_HTTPHEADER, call->headers);
    lib->easy_setopt(call->curl, CURLOPT_TIMEOUT_MS, (long)timeout_ms);
    lib->easy_setopt(call->curl, CURLOPT_NOSIGNAL, 1L);
    lib->easy_setopt(call->curl, CURLOPT_USERAGENT, "rehearse/" REHEARSE_VERSION);
    lib->easy_setopt(call->curl, CURLOPT_ACCEPT_ENCODING, "");
    lib->easy_setopt(call->curl, CURLOPT_FOLLOWLOCATION, 0L); /* the token would go along */
    lib->easy_setopt(call->curl, CURLOPT_SSL_VERIFYPEER, 1L);
    lib->easy_setopt(call->curl, CURLOPT_SSL_VERIFYHOST, 2L);
    lib->easy_setopt(call->curl, CURLOPT_WRITEFUNCTION, take_body);
    lib->easy_setopt(call->curl, CURLOPT_WRITEDATA, call);
    lib->easy_setopt(call->curl, CURLOPT_HEADERFUNCTION, take_header);
    lib->easy_setopt(call->curl, CURLOPT_HEADERDATA, call);
    if (c->ca_file.len) {
        lib->easy_setopt(call->curl, CURLOPT_CAINFO, c->ca_file.s);
    }
    if (is_loopback(call->url)) {
        lib->easy_setopt(call->curl, CURLOPT_NOPROXY, "*");
    }
    if (call->is_token && c->basic.len) {
        lib->easy_setopt(call->curl, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
        lib->easy_setopt(call->curl, CURLOPT_USERPWD, c->basic.s);
    }
    set_body(lib, call);
    call->state = CALL_SENT;
    call->tries++;
    call->generation = c->token.generation;
    c->counts.requests++;
    c->counts.retries += call->tries > 1;
    lib->multi_add_handle(c->multi, call->curl);
    return true;
}

void client_call_fail(struct call *call, enum client_end end)
{
    call->end = end;
    call->state = CALL_DONE;
}

/* Nothing of the request can have reached the server's program. */
static bool is_unsent(CURLcode code)
{
    return code == CURLE_COULDNT_CONNECT || code == CURLE_COULDNT_RESOLVE_HOST ||
           code == CURLE_COULDNT_RESOLVE_PROXY || code == CURLE_SSL_CONNECT_ERROR ||
           code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE;
}

/* No later try can end better. */
static bool is_hopeless(CURLcode code)
{
    return code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE ||
           code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL;
}

static bool is_passing(int status)
{
    return status == 408 || status == 425 || status == 429 || status == 500 || status == 502 ||
           status == 503 || status == 504;
}

/* Token endpoints may refuse too many tokens with a status that means many things: the profile's
 * words tell. */
static bool is_token_rate(const struct client *c, const struct call *call)
{
    const struct error_case *k = contract_case(c->contract, call->request->op, STR("token.rate"));
    struct str says, text = buf_str(&call->answer);
    return call->is_token && k && k->status == call->status && k->message &&
           template_constant_text(&says, k->message) && says.len && str_find(text, says) < text.len;
}

/* An answer of success without the JSON that belongs to it. */
static bool is_spoilt(const struct call *call)
{
    const struct operation *op = call->request->op;
    struct str text = buf_str(&call->answer);
    struct arena a;
    if (call->status < 200 || call->status > 299 || call->request->takes_any) {
        return false;
    }
    if (!text.len) {
        bool reads = strcmp(call->method, "GET") == 0 || call->is_token ||
                     (op && (op->action == ACTION_QUERY || op->action == ACTION_INTROSPECT));
        bool makes = op && (op->action == ACTION_CREATE || op->action == ACTION_BATCH);
        return call->status != 204 && (reads || makes) && !(op && op->has_empty_reply);
    }
    arena_init(&a, 0, 0);
    bool is_json = json_scan(&a, STR("answer"), text, NULL, NULL, NULL);
    arena_done(&a);
    return !is_json;
}

/* Another try after a wait, unless tries, time or patience are at an end. */
static void try_again(struct client *c, struct call *call, int64_t now_us,
                      enum client_end otherwise)
{
    struct str asked = buf_str(&call->retry_after);
    int64_t wait_ms = client_retry_after_ms(asked, buf_str(&call->date), client_real_us());
    bool is_asked = wait_ms >= 0;
    if (call->tries >= call->tries_max) {
        struct err why = call->err;
        err_set(&call->err, ERR_SYSTEM, "given up after %u tries: %s", call->tries, why.msg);
        client_call_fail(call, otherwise);
        return;
    }
    if (!is_asked) {
        wait_ms = client_draw_ms(c, call->tries);
    } else if (wait_ms > c->options.wait_max_ms) {
        err_set(&call->err, ERR_SYSTEM, "asked to wait for %lld s (%d), longer than --max-wait",
                (long long)(wait_ms / 1000), call->status);
        client_call_fail(call, otherwise);
        return;
    } else if (wait_ms == 0) {
        wait_ms = 1 + client_draw_ms(c, 1) / 10;
    }
    if (now_us + wait_ms * US_PER_MS > call->deadline_us) {
        struct err why = call->err;
        err_set(&call->err, ERR_SYSTEM, "its time is up: %s", why.msg);
        client_call_fail(call, otherwise);
        return;
    }
    call->state = CALL_WAITS;
    call->due_us = now_us + wait_ms * US_PER_MS;
    if (is_asked && call->request->op && call->due_us > c->not_before_us) {
        c->not_before_us = call->due_us; /* it is said to all of us */
    }
}

/* A write that may have been carried out: the wait that was asked for holds for what comes next. */
static void end_unsure(struct client *c, struct call *call, int64_t now_us)
{
    int64_t wait_ms =
        client_retry_after_ms(buf_str(&call->retry_after), buf_str(&call->date), client_real_us());
    if (call->request->op && wait_ms > 0 && wait_ms <= c->options.wait_max_ms &&
        now_us + wait_ms * US_PER_MS > c->not_before_us) {
        c->not_before_us = now_us + wait_ms * US_PER_MS;
    }
    client_call_fail(call, CLIENT_UNSURE);
}

static void end_transfer(struct client *c, struct call *call, CURLcode code, int64_t now_us)
{
    err_set(&call->err, ERR_SYSTEM, "%s",
            call->is_too_long ? "the answer is too long" : c->lib.easy_strerror(code));
    if (is_hopeless(code) || call->is_too_long) {
        client_call_fail(call,
                         call->is_too_long && !call->may_repeat ? CLIENT_UNSURE : CLIENT_FAILED);
    } else if (is_unsent(code) || call->may_repeat) {
        try_again(c, call, now_us, CLIENT_FAILED);
    } else {
        end_unsure(c, call, now_us);
    }
}

static void end_401(struct client *c, struct call *call)
{
    if (call->generation == c->token.generation) {
        buf_clear(&c->token.value); /* dead: whoever comes next fetches another one */
    }
    if (call->refreshes++ > 0) {
        client_call_fail(call, CLIENT_ANSWERED);
        return;
    }
    c->counts.refreshes++;
    call->state = CALL_WAITS;
    call->due_us = 0;
}

void client_try_end(struct client *c, struct call *call, CURLcode code, int64_t now_us)
{
    long status = 0;
    c->lib.easy_getinfo(call->curl, CURLINFO_RESPONSE_CODE, &status);
    c->lib.easy_cleanup(call->curl);
    c->lib.slist_free_all(call->headers);
    call->curl = NULL;
    call->headers = NULL;
    call->status = (int)status;
    if (code != CURLE_OK) {
        end_transfer(c, call, code, now_us);
        return;
    }
    bool is_spoilt_answer = is_spoilt(call);
    if (call->status == 401 && call->needs_token) {
        end_401(c, call);
        return;
    }
    c->counts.limited += call->status == 429;
    if (!is_passing(call->status) && !is_spoilt_answer && !is_token_rate(c, call)) {
        client_call_fail(call, CLIENT_ANSWERED);
        return;
    }
    err_set(&call->err, ERR_SYSTEM, is_spoilt_answer ? "%d, with an answer that is not JSON" : "%d",
            call->status);
    /* both say that it was not carried out, and when it may be sent again */
    bool is_put_off = call->status == 429 || (call->status == 503 && call->retry_after.len);
    if (is_put_off || call->may_repeat) {
        try_again(c, call, now_us, CLIENT_FAILED);
    } else {
        end_unsure(c, call, now_us);
    }
}
