/* A create that starts from another entity: what the body is silent about is as there, and links of
 * the other may be copied too. */
#include "mockapi/act.h"

static bool is_omitted(const struct copy_rule *rule, struct str name)
{
    for (size_t i = 0; i < rule->n_omit; i++) {
        if (str_eq(rule->omit[i], name)) {
            return true;
        }
    }
    return false;
}

/* The body's members, then those of `from` that it does not name. */
static struct json joined(struct request *rq, struct json body, struct json from)
{
    const struct copy_rule *rule = &rq->op->copy;
    struct buf out;
    buf_init(&out, rq->arena);
    buf_put_char(&out, '{');
    for (struct json m = json_first(body); json_exists(m); m = json_next(m)) {
        buf_put(&out, out.len > 1 ? STR(",") : STR(""));
        buf_put_json_string(&out, json_key(m));
        buf_put_char(&out, ':');
        json_put(&out, m);
    }
    for (struct json m = json_first(from); json_exists(m); m = json_next(m)) {
        if (json_exists(json_get(body, json_key(m))) || is_omitted(rule, json_key(m))) {
            continue;
        }
        buf_put(&out, out.len > 1 ? STR(",") : STR(""));
        buf_put_json_string(&out, json_key(m));
        buf_put_char(&out, ':');
        json_put(&out, m);
    }
    buf_put_char(&out, '}');
    return act_parse(rq, buf_str(&out));
}

bool act_copy_body(struct request *rq, struct json *body, struct str *out_from)
{
    const struct copy_rule *rule = &rq->op->copy;
    *out_from = (struct str){0};
    if (!rule->from) {
        return true;
    }
    struct json id = field_find(rule->from, rq->body);
    if (json_kind(id) != JSON_STRING) {
        return true;
    }
    const struct entity *from = tenant_find(rq->tenant, rq->op->resource, json_str(id));
    if (!from || !act_is_visible(rq, rq->op->resource, from)) {
        return reply_case(rq, rule->missing_case);
    }
    *out_from = str_copy(rq->arena, from->id);
    *body = joined(rq, *body, act_parse(rq, from->text));
    return true;
}

/* The link's JSON with another parent. */
static struct json moved(struct request *rq, const struct resource *r, const struct entity *link,
                         struct str to)
{
    struct buf out;
    struct str rest = link->text, name, value;
    buf_init(&out, rq->arena);
    buf_put_char(&out, '{');
    while (json_text_next(&rest, &name, &value)) {
        bool is_parent = str_eq(str_slice(name, 1, name.len - 1), r->parent_field->text);
        buf_put(&out, out.len > 1 ? STR(",") : STR(""));
        buf_put(&out, name);
        buf_put_char(&out, ':');
        if (is_parent) {
            buf_put_json_string(&out, to);
        } else {
            buf_put(&out, value);
        }
    }
    buf_put_char(&out, '}');
    return act_parse(rq, buf_str(&out));
}

static void copy_links(struct request *rq, const struct resource *r, struct str from, struct str to)
{
    struct page_request all = {
        .resource = r, .parent_id = from, .take = SIZE_MAX, .now_us = rq->now_us};
    struct template_source source = request_source(rq);
    struct page links = {0};
    if (!tenant_page(&links, rq->arena, rq->tenant, &all)) {
        unreachable(); /* no cursor was given */
    }
    for (size_t i = 0; i < links.n; i++) {
        entity_hold(links.at[i]);
    }
    for (size_t i = 0; i < links.n; i++) {
        struct build build = {
            .resource = r,
            .mode = BUILD_CREATE,
            .body = moved(rq, r, links.at[i], to),
            .version = r->version_start,
            .tenant = rq->tenant,
            .source = &source,
        };
        struct buf text;
        buf_init(&text, rq->arena);
        entity_build(&text, rq->arena, &build);
        tenant_put(rq->tenant, r, act_parse(rq, buf_str(&text)), build.version, rq->now_us);
        entity_drop(links.at[i]);
    }
}

void act_copy_links(struct request *rq, struct str from, struct str to)
{
    const struct copy_rule *rule = &rq->op->copy;
    for (size_t i = 0; from.s && i < rule->n_links; i++) {
        copy_links(rq, rule->links[i], from, to);
    }
}
