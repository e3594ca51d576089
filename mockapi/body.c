/* Reading a request's body: its media type, its size, its JSON. */
#include "mockapi/coding.h"
#include "mockapi/request.h"

#include "validator/validator.h"

bool request_is_media(const struct operation *op, struct str header)
{
    struct str type = str_trim(str_slice(header, 0, str_find_char(header, ';')));
    if (op->n_media_types == 0) {
        return true;
    }
    for (size_t i = 0; i < op->n_media_types; i++) {
        if (str_eq_fold(op->media_types[i], type)) {
            return true;
        }
    }
    return false;
}

static const struct finding *first_error(const struct findings *fs)
{
    for (size_t i = 0; i < fs->len; i++) {
        if (fs->at[i].severity == SEVERITY_ERROR) {
            return &fs->at[i];
        }
    }
    return NULL;
}

/* Members that are null count as absent, where the profile says so and their schema takes no null. */
static void drop_nulls(struct request *rq)
{
    struct err err = {0};
    struct buf text;
    if (!rq->contract->drops_nulls || str_find(rq->body_text, STR("null")) == rq->body_text.len) {
        return;
    }
    buf_init(&text, rq->arena);
    if (body_without_nulls(&text, rq->contract, rq->op, json_root(rq->body_doc)) &&
        !json_parse(&rq->body_doc, rq->arena, STR(""), buf_str(&text), NULL, NULL, &err)) {
        unreachable(); /* the text came from our own writer */
    }
}

bool step_body(struct request *rq)
{
    const struct operation *op = rq->op;
    struct err err = {0};
    if (rq->is_body_too_large || rq->body_state == BODY_TOO_LARGE) {
        return reply_case(rq, STR("too_large"));
    }
    if (rq->body_state != BODY_WELL) {
        return reply_case(rq, rq->body_state == BODY_CORRUPT ? STR("body.syntax") : STR("media"));
    }
    bool is_read_by_act = op->action == ACTION_TOKEN || op->action == ACTION_INTROSPECT ||
                          op->action == ACTION_REVOKE;
    if (!op->has_body || is_read_by_act) {
        return true; /* clients send "null" or "{}" where nothing is asked: it is passed over */
    }
    if (str_trim(rq->body_text).len == 0) {
        return op->is_body_required ? reply_case(rq, STR("body.missing")) : true;
    }
    struct str media = request_header(rq, STR("Content-Type"));
    if (!request_is_media(op, media.s ? media : STR(""))) {
        return reply_case(rq, STR("media"));
    }
    struct json_limits limits = {
        .max_bytes = rq->contract->body_bytes_max,
        .max_depth = (uint32_t)rq->contract->body_depth_max,
    };
    bool is_json =
        json_parse(&rq->body_doc, rq->arena, STR(""), rq->body_text, &limits, &rq->findings, &err);
    const struct finding *bad = first_error(&rq->findings);
    if (bad) {
        return reply_finding(rq, bad);
    }
    if (!is_json) {
        return reply_case(rq, STR("body.syntax"));
    }
    drop_nulls(rq);
    rq->body = json_root(rq->body_doc);
    if (json_kind(rq->body) == JSON_NULL && !op->is_body_required) {
        rq->body = (struct json){0};
    }
    rq->item = rq->body;
    return true;
}
