/* Batches: many creates in one body. Findings that the profile calls an item's own fail that item
 * alone and are reported in the answer; any other refuses the whole request and leaves nothing
 * behind. */
#include "mockapi/act.h"

#include "mockapi/idempotency.h"

struct batch {
    struct request *rq;
    struct failure *failures;
    bool *is_failed; /* by item */
    struct str *ids; /* of what was stored */
    struct batch_outcome *outcomes;
    size_t n_items;
    size_t n_ids;
};

static bool is_item_rule(const struct batch_rule *batch, struct str rule)
{
    for (size_t i = 0; i < batch->n_item_rules; i++) {
        if (str_starts(rule, batch->item_rules[i])) {
            return true;
        }
    }
    return false;
}

static void fail_item(struct batch *b, const struct finding *f)
{
    struct request *rq = b->rq;
    if (b->is_failed[f->item]) {
        return; /* the first reason stands */
    }
    const struct error_case *e = contract_case(rq->contract, rq->op, finding_case(f));
    struct template_source source = request_source(rq);
    struct buf message;
    buf_init(&message, rq->arena);
    rq->finding = f;
    if (e->message) {
        template_put_text(&message, e->message, &source);
    }
    b->is_failed[f->item] = true;
    b->outcomes[f->item].failure = rq->n_failures;
    b->failures[rq->n_failures++] = (struct failure){
        .index = f->item, .code = e->code, .message = buf_str(&message), .status = e->status};
}

/* Sorts new findings into failed items; gives the first that refuses the whole, NULL if none does.
 */
static const struct finding *sort_findings(struct batch *b, size_t from)
{
    struct findings *fs = &b->rq->findings;
    for (size_t i = from; i < fs->len; i++) {
        const struct finding *f = &fs->at[i];
        if (f->severity != SEVERITY_ERROR) {
            continue;
        }
        if (!b->rq->op->batch.is_partial || f->item == SIZE_MAX ||
            !is_item_rule(&b->rq->op->batch, f->rule)) {
            return f;
        }
        fail_item(b, f);
    }
    return NULL;
}

/* Stores every item that has not failed; gives the finding that refuses the whole, with nothing
 * left stored. */
static const struct finding *insert_items(struct batch *b)
{
    struct request *rq = b->rq;
    size_t i = 0;
    buf_init(&rq->items, rq->arena);
    buf_put_char(&rq->items, '[');
    for (struct json v = json_first(rq->body); json_exists(v); v = json_next(v), i++) {
        if (b->is_failed[i]) {
            continue;
        }
        size_t from = rq->findings.len;
        rq->item = v;
        const struct entity *e = act_insert(rq, act_item(rq), i);
        const struct finding *whole = e ? NULL : sort_findings(b, from);
        if (whole) {
            while (b->n_ids > 0) {
                tenant_delete(rq->tenant, rq->op->resource, b->ids[--b->n_ids]);
            }
            return whole;
        }
        if (e) {
            if (rq->items.len > 1) {
                buf_put_char(&rq->items, ',');
            }
            act_put_shown(&rq->items, rq, e);
            b->ids[b->n_ids++] = rq->new_id;
        }
    }
    buf_put_char(&rq->items, ']');
    return NULL;
}

/* In the order of the items; the entities are those of now. */
static void tell_outcomes(struct batch *b)
{
    for (size_t i = 0, k = 0; i < b->n_items; i++) {
        b->outcomes[i].entity = b->is_failed[i] ? NULL : b->rq->done[k++];
    }
    b->rq->outcomes = b->outcomes;
    b->rq->n_outcomes = b->n_items;
}

static void reply_batch(struct batch *b)
{
    struct request *rq = b->rq;
    rq->entity = NULL;
    rq->new_id = (struct str){0};
    rq->failures = b->failures;
    rq->done = ARENA_ARRAY(rq->arena, b->n_ids + 1, const struct entity *);
    for (size_t i = 0; i < b->n_ids; i++) {
        rq->done[rq->n_done++] = tenant_find(rq->tenant, rq->op->resource, b->ids[i]);
    }
    tell_outcomes(b);
    reply_success(rq, buf_str(&rq->items));
    rq->n_outcomes = 0;
    for (size_t i = 0; i < b->n_ids && act_has_mirror(rq->op->resource); i++) {
        act_mirror(rq, rq->op->resource, b->ids[i], (struct json){0},
                   act_parse(rq, rq->done[i]->text));
    }
    rq->done = NULL;
    rq->n_done = 0;
    rq->entity = NULL;
}

bool act_batch(struct request *rq)
{
    struct json list = rq->op->wrap.len ? json_get(rq->body, rq->op->wrap) : rq->body;
    size_t n = json_count(list) + 1;
    struct batch b = {
        .rq = rq,
        .n_items = n - 1,
        .outcomes = ARENA_ARRAY(rq->arena, n, struct batch_outcome),
        .failures = ARENA_ARRAY(rq->arena, n, struct failure),
        .is_failed = ARENA_ARRAY(rq->arena, n, bool),
        .ids = ARENA_ARRAY(rq->arena, n, struct str),
    };
    struct body_check check = act_check(rq);
    if (!idempotency_is_given(rq)) {
        return false;
    }
    check_shape(&check, rq->body, &rq->findings);
    if (rq->item_fault && b.n_items) {
        findings_add(&rq->findings, rq->item_fault);
    }
    const struct finding *whole = sort_findings(&b, 0);
    act_unwrap(rq);
    act_lock_write(rq);
    if (!idempotency_begin(rq)) {
        act_unlock_write(rq);
        return false;
    }
    whole = whole ? whole : insert_items(&b);
    if (whole) {
        reply_finding(rq, whole);
    } else {
        reply_batch(&b);
        idempotency_end(rq);
    }
    act_unlock_write(rq);
    rq->entity = NULL;
    return false;
}
