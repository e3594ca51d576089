/* What a plan does to a finished reply. */
#include "mockapi/fault.h"

static void remove_header(struct reply *reply, struct str name)
{
    size_t kept = 0;
    for (size_t i = 0; i < reply->n_headers; i++) {
        if (!str_eq_fold(reply->headers[i].name, name)) {
            reply->headers[kept++] = reply->headers[i];
        }
    }
    reply->n_headers = kept;
}

/* Bytes of the request's own stream: the same for the same request. */
static void put_garbage(struct request *rq)
{
    enum { GARBAGE_BYTES = 256 };
    uint64_t state = str_hash(str_of(rq->id));
    buf_clear(&rq->reply.body);
    for (int i = 0; i < GARBAGE_BYTES; i++) {
        buf_put_char(&rq->reply.body, (char)(splitmix64(&state) | 0x80));
    }
}

static void spoil_body(struct request *rq, enum fault_body how)
{
    struct buf *body = &rq->reply.body;
    switch (how) {
    case FAULT_BODY_WHOLE:
    case FAULT_BODY_BAD_CHUNK: /* the body is well, its framing is not: mockapi/raw_reply.c */
        return;
    case FAULT_BODY_TRUNCATED:
        body->len /= 2;
        return;
    case FAULT_BODY_MALFORMED:
        if (body->len) {
            body->len--;
            buf_put(body, STR(",}"));
        }
        return;
    case FAULT_BODY_HTML:
        buf_clear(body);
        buf_printf(body,
                   "<!DOCTYPE html>\n<html><head><title>%d</title></head>\n<body><h1>%d</h1>"
                   "<p>The server could not complete the request.</p></body></html>\n",
                   rq->reply.status, rq->reply.status);
        rq->reply.content_type = STR("text/html");
        return;
    case FAULT_BODY_EMPTY:
        buf_clear(body);
        return;
    case FAULT_BODY_GARBAGE:
        put_garbage(rq);
        return;
    }
    unreachable();
}

void fault_spoil(struct request *rq)
{
    const struct fault_plan *plan = rq->fault;
    if (plan->close == FAULT_CLOSE_BEFORE) {
        return; /* there is no reply */
    }
    if (plan->status) {
        rq->reply.status = plan->status;
    }
    if (plan->retry_after.s) {
        remove_header(&rq->reply, STR("Retry-After"));
        reply_header(rq, STR("Retry-After"), plan->retry_after);
    }
    spoil_body(rq, plan->body);
    if (plan->content_type.len) {
        rq->reply.content_type = plan->content_type;
    }
}
