/* Replies: from an error case, from a finding, from success. */
#include "mockapi/fault.h"

#include "validator/validator.h"

#include <string.h>

static void reply_clear(struct reply *reply)
{
    memset(reply, 0, offsetof(struct reply, headers));
}

void request_clear(struct request *rq)
{
    memset(rq, 0, offsetof(struct request, headers));
    reply_clear(&rq->reply);
}

void reply_header(struct request *rq, struct str name, struct str value)
{
    struct reply *reply = &rq->reply;
    if (value.len == 0 || reply->n_headers == REPLY_HEADERS_MAX ||
        str_find_char(value, '\r') < value.len || str_find_char(value, '\n') < value.len) {
        return;
    }
    for (size_t i = 0; i < reply->n_headers; i++) {
        if (str_eq_fold(reply->headers[i].name, name)) {
            reply->headers[i].value = value;
            return;
        }
    }
    reply->headers[reply->n_headers++] = (struct header){name, value};
}

static void put_headers(struct request *rq, const struct header_rule *rules, size_t n)
{
    struct template_source source = request_source(rq);
    for (size_t i = 0; i < n; i++) {
        struct buf value;
        struct str text;
        if (template_constant_text(&text, rules[i].value)) {
            reply_header(rq, rules[i].name, text);
            continue;
        }
        buf_init(&value, rq->arena);
        template_put_text(&value, rules[i].value, &source);
        reply_header(rq, rules[i].name, buf_str(&value));
    }
}

static void begin(struct request *rq, int status)
{
    reply_clear(&rq->reply);
    rq->reply.status = status;
    buf_init(&rq->reply.body, rq->arena);
    put_headers(rq, rq->contract->headers, rq->contract->n_headers);
}

bool reply_empty(struct request *rq, int status)
{
    begin(rq, status);
    return false;
}

bool reply_case(struct request *rq, struct str case_name)
{
    reply_error(rq, contract_case(rq->contract, rq->op, case_name));
    rq->reply.case_name = case_name;
    return false;
}

/* `own` is the message where it is not empty. */
static bool reply_with(struct request *rq, const struct error_case *e, struct str own)
{
    struct template_source source = request_source(rq);
    struct buf message;
    buf_init(&message, rq->arena);
    rq->error = e;
    if (e->message) {
        template_put_text(&message, e->message, &source);
    }
    rq->error_message = buf_str(&message);
    if (rq->fault && rq->fault->message.len) {
        rq->error_message = rq->fault->message;
    }
    rq->error_message = own.len ? own : rq->error_message;
    begin(rq, e->status);
    rq->reply.case_name = e->name;
    put_headers(rq, e->headers, e->n_headers);
    if (e->envelope) {
        bool is_text = str_starts(e->content_type, STR("text/"));
        if (is_text) {
            template_put_text(&rq->reply.body, e->envelope, &source);
        } else {
            (void)template_put(&rq->reply.body, e->envelope, &source);
        }
        rq->reply.content_type = is_text && !rq->reply.body.len ? STR("") : e->content_type;
    }
    return false;
}

bool reply_error(struct request *rq, const struct error_case *e)
{
    return reply_with(rq, e, STR(""));
}

bool reply_text_case(struct request *rq, const struct error_case *e, struct str message)
{
    return reply_with(rq, e, message);
}

bool reply_finding(struct request *rq, const struct finding *f)
{
    rq->finding = f;
    return reply_case(rq, finding_case(f));
}

bool reply_success(struct request *rq, struct str body)
{
    const struct operation *op = rq->op;
    struct template_source source = request_source(rq);
    begin(rq, op->status);
    put_headers(rq, op->headers, op->n_headers);
    if (op->has_empty_reply) {
        return false;
    }
    if (op->reply) {
        template_put(&rq->reply.body, op->reply, &source);
    } else {
        buf_put(&rq->reply.body, body);
    }
    if (rq->reply.body.len) {
        rq->reply.content_type = STR("application/json");
    }
    return false;
}
