/* Searches that a body describes: read, carried out under the tenant's read lock, shown by the
 * operation's template as {result.…}. */
#include "mockapi/act.h"

/* Appends {"entities": […], "total": n, "size": n, "number": n}: the page that the plan asks for. */
static void put_page(struct buf *out, struct request *rq, const struct search_plan *plan)
{
    const struct entity *const *all = NULL;
    size_t n = search_entities(&all, rq->arena, plan, rq->tenant, rq->now_us);
    int64_t size = search_page_size(plan), skip = 0;
    if (__builtin_mul_overflow(search_page_number(plan) - search_page_first(plan), size, &skip)) {
        skip = INT64_MAX;
    }
    buf_put(out, STR("{\"entities\":["));
    for (size_t i = (size_t)skip; i < n && i - (size_t)skip < (size_t)size; i++) {
        buf_put(out, i > (size_t)skip ? STR(",") : STR(""));
        buf_put(out, all[i]->text);
    }
    buf_printf(out, "],\"total\":%zu,\"size\":%lld,\"number\":%lld}", n, (long long)size,
               (long long)search_page_number(plan));
}

bool act_query(struct request *rq)
{
    const struct search_rule *rule = rq->op->search;
    struct buf text;
    buf_init(&text, rq->arena);
    if (!act_check_shape(rq)) {
        return false;
    }
    const struct search_plan *plan = search_read(rq->arena, rule, rq->body, &rq->findings);
    if (!plan) {
        return reply_finding(rq, act_first_error(&rq->findings));
    }
    tenant_lock_read(rq->tenant);
    if (!rule->has_groups) {
        put_page(&text, rq, plan);
    } else if (!search_groups(&text, plan, rq->tenant, rq->now_us, &rq->findings)) {
        tenant_unlock(rq->tenant);
        return reply_finding(rq, act_first_error(&rq->findings));
    }
    rq->result = act_parse(rq, buf_str(&text));
    reply_success(rq, buf_str(&text)); /* its template may look at entities */
    tenant_unlock(rq->tenant);
    return false;
}
