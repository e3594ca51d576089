/* A finished request as a record: what is kept of it, and how much. */
#include "mockapi/journal_int.h"

#include "mockapi/site.h"

#include <string.h>

enum { HEADERS_MAX = 4 << 10, URI_MAX = 2 << 10, WORD_MAX = 256, ALIGN = 8 };

struct str record_text(const struct record *r, const char *texts, enum record_text which)
{
    size_t from = 0;
    for (size_t i = 0; i < which; i++) {
        from += r->lens[i];
    }
    return (struct str){texts + from, r->lens[which]};
}

/* Copies `s` and a NUL behind the first `len` bytes; gives the new length. */
static size_t copy_to(char *text, size_t len, struct str s)
{
    if (s.len) {
        memcpy(text + len, s.s, s.len);
    }
    text[len + s.len] = '\0';
    return len + s.len + 1;
}

/* "name NUL value NUL …", as many as fit. */
static struct str join(struct arena *a, const struct header *headers, size_t n, bool *out_is_cut)
{
    size_t len = 0;
    char *text = arena_bytes(a, HEADERS_MAX);
    for (size_t i = 0; i < n; i++) {
        struct str name = headers[i].name, value = headers[i].value;
        if (name.len > HEADERS_MAX || value.len > HEADERS_MAX ||
            len + name.len + value.len + 2 > HEADERS_MAX) {
            *out_is_cut = true;
            continue;
        }
        len = copy_to(text, len, name);
        len = copy_to(text, len, value);
    }
    return (struct str){text, len};
}

static struct str nearest(const struct request *rq)
{
    struct buf b;
    if (rq->nearest.s) {
        return rq->nearest;
    }
    buf_init(&b, rq->arena);
    (void)nearest_put(&b, rq);
    return buf_str(&b);
}

/* The first `max` bytes, but no half of a character. */
static struct str cut_text(struct str s, size_t max)
{
    enum { CONTINUED = 0x80, MASK = 0xC0, BYTES = 3 };
    size_t end = max;
    if (s.len <= max) {
        return s;
    }
    while (max - end < BYTES && end > 0 && (s.s[end] & MASK) == CONTINUED) {
        end--;
    }
    return str_slice(s, 0, (s.s[end] & MASK) == CONTINUED ? max : end);
}

/* No operation was found where one was asked for: not so for OPTIONS, and what HTTP refuses. */
static bool is_unmatched(const struct request *rq)
{
    return !rq->op && !rq->is_handshake && !rq->framing_status && rq->reply.status / 100 != 2;
}

void record_describe(struct record *r, struct str texts[RECORD_TEXT_COUNT],
                     const struct request *rq, int64_t latency_us, size_t body_max)
{
    const struct tenant_client *client = rq->bearer.client;
    const struct fault_plan *fault = rq->fault;
    struct str reply_body = buf_str(&rq->reply.body);
    struct pace pace = rq->site ? rq->site->pace : (struct pace){0};
    *r = (struct record){.number = rq->number,
                         .fault_id = fault ? fault->id : 0,
                         .at_us = rq->now_us,
                         .connection = rq->connection,
                         .latency_us = latency_us,
                         .started_us = pace_us(pace, clock_monotonic_us()) - latency_us,
                         .injected_ms = fault ? fault->latency_ms : 0,
                         .request_bytes = rq->body_text.len,
                         .reply_bytes = reply_body.len,
                         .status = rq->reply.status,
                         .close = fault ? (int)fault->close : 0,
                         .spoilt = fault ? (int)fault->body : 0,
                         .is_handshake = rq->is_handshake,
                         .is_unmatched = is_unmatched(rq),
                         .is_tls = rq->is_tls,
                         .has_bad_certificate = rq->has_bad_certificate};
    texts[RECORD_ID] = str_of(rq->id);
    texts[RECORD_SITE] = str_slice(rq->site ? rq->site->name : STR(""), 0, WORD_MAX);
    texts[RECORD_METHOD] = str_slice(rq->method, 0, WORD_MAX);
    texts[RECORD_URI] = str_slice(rq->uri, 0, URI_MAX);
    texts[RECORD_PATH] = str_slice(rq->path, 0, URI_MAX);
    texts[RECORD_OPERATION] = str_slice(rq->op ? rq->op->id : STR(""), 0, WORD_MAX);
    texts[RECORD_CLIENT] = str_slice(client ? client->id : rq->client_id, 0, WORD_MAX);
    texts[RECORD_CASE] = str_slice(rq->reply.case_name, 0, WORD_MAX);
    texts[RECORD_FAULT] = str_slice(fault ? fault->name : STR(""), 0, WORD_MAX);
    texts[RECORD_NEAREST] = r->is_unmatched ? nearest(rq) : STR("");
    texts[RECORD_DIFFERENCES] = request_differences(rq);
    texts[RECORD_REQUEST_HEADERS] =
        join(rq->arena, rq->headers, rq->n_headers, &r->has_request_headers_cut);
    texts[RECORD_REQUEST_BODY] = cut_text(rq->body_text, body_max);
    texts[RECORD_REPLY_TYPE] = str_slice(rq->reply.content_type, 0, WORD_MAX);
    texts[RECORD_REPLY_HEADERS] =
        join(rq->arena, rq->reply.headers, rq->reply.n_headers, &r->has_reply_headers_cut);
    texts[RECORD_REPLY_BODY] = cut_text(reply_body, body_max);
    size_t size = sizeof *r;
    for (size_t i = 0; i < RECORD_TEXT_COUNT; i++) {
        r->lens[i] = (uint32_t)texts[i].len;
        size += texts[i].len;
    }
    r->size = (uint32_t)((size + ALIGN - 1) / ALIGN * ALIGN);
}

void record_copy(char *at, const struct record *r, const struct str texts[RECORD_TEXT_COUNT])
{
    memcpy(at, r, sizeof *r);
    at += sizeof *r;
    for (size_t i = 0; i < RECORD_TEXT_COUNT; i++) {
        if (texts[i].len) {
            memcpy(at, texts[i].s, texts[i].len);
            at += texts[i].len;
        }
    }
}
