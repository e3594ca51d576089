/* Searches that a body describes: read, carried out under the tenant's read lock, shown by the
 * operation's template as {result.…}. */
#include "mockapi/act.h"

/* Appends {"entities": […], "total": n, "size": n, "number": n, "next": "…"}: the page that the plan
 * asks for. */
static void put_page(struct buf *out, struct request *rq, const struct search_plan *plan)
{
    struct search_page page = search_page(rq->arena, plan, rq->tenant, rq->now_us);
    buf_put(out, STR("{\"entities\":["));
    for (size_t i = 0; i < page.n; i++) {
        buf_put(out, i ? STR(",") : STR(""));
        search_put_entity(out, plan, page.at[i]);
    }
    buf_printf(out, "],\"total\":%zu,\"size\":%lld,\"number\":%lld", page.total,
               (long long)search_page_size(plan), (long long)search_page_number(plan));
    if (page.next.s) {
        buf_put(out, STR(",\"next\":"));
        buf_put_json_string(out, page.next);
    }
    buf_put_char(out, '}');
}

/* The body with what the entity that it names has, in the name's place; false: replied. */
static bool resolve_body(struct request *rq, const struct search_rule *rule, struct json *io_body)
{
    struct json named = json_get(*io_body, rule->resolve_in);
    tenant_lock_read(rq->tenant);
    const struct entity *e = tenant_find(rq->tenant, rule->resource, json_str_or(named, STR("")));
    struct str text = e ? str_copy(rq->arena, e->text) : (struct str){0};
    tenant_unlock(rq->tenant);
    if (!e) {
        return reply_case(rq, rq->op->gone_case.len ? rq->op->gone_case : STR("not_found"));
    }
    struct buf body;
    buf_init(&body, rq->arena);
    buf_put_char(&body, '{');
    buf_put_json_string(&body, rule->resolve_in);
    buf_put_char(&body, ':');
    struct json value = field_find(rule->resolve_take, act_parse(rq, text));
    if (json_exists(value)) {
        json_put(&body, value);
    } else {
        buf_put(&body, STR("null"));
    }
    for (struct json m = json_first(*io_body); json_exists(m); m = json_next(m)) {
        if (!str_eq(json_key(m), rule->resolve_in)) {
            buf_put_char(&body, ',');
            buf_put_json_string(&body, json_key(m));
            buf_put_char(&body, ':');
            json_put(&body, m);
        }
    }
    buf_put_char(&body, '}');
    *io_body = act_parse(rq, buf_str(&body));
    return true;
}

bool act_query(struct request *rq)
{
    const struct search_rule *rule = rq->op->search;
    struct buf text;
    buf_init(&text, rq->arena);
    if (!act_check_shape(rq)) {
        return false;
    }
    struct json body = rq->body;
    if (rule->resolve_in.len && !resolve_body(rq, rule, &body)) {
        return false;
    }
    const struct search_plan *plan = search_read(rq->arena, rule, body, &rq->findings);
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
