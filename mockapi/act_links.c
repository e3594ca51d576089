/* Links of a parent: add some, remove one, replace the set. Always all or nothing: what was put in
 * before a refusal is taken out again under the same lock. */
#include "mockapi/act.h"

/* The id of the link between the parent and what the path names. */
static struct str link_id(struct request *rq)
{
    const struct resource *r = rq->op->resource;
    struct str parent = rq->parent->id, target = request_path_value(rq, rq->op->key_param);
    struct buf id;
    buf_init(&id, rq->arena);
    for (size_t i = 0; i < r->n_id_join; i++) {
        if (i) {
            buf_put_char(&id, '/');
        }
        buf_put(&id, str_eq(r->id_join[i]->text, r->parent_field->text) ? parent : target);
    }
    return buf_str(&id);
}

/* The id that a link made from `link` has. */
static struct str id_of(struct request *rq, struct json link)
{
    const struct resource *r = rq->op->resource;
    struct buf id;
    buf_init(&id, rq->arena);
    for (size_t i = 0; i < r->n_id_join; i++) {
        if (i) {
            buf_put_char(&id, '/');
        }
        buf_put(&id, json_str_or(field_find(r->id_join[i], link), STR("")));
    }
    return buf_str(&id);
}

static void put_shown(struct request *rq, const struct entity *link)
{
    if (rq->items.len > 1) {
        buf_put_char(&rq->items, ',');
    }
    if (!act_put_shown(&rq->items, rq, link)) {
        buf_put(&rq->items, STR("null"));
    }
}

/* Adds the body's links; gives how many were new, their ids in `ids`; SIZE_MAX: refused, nothing
 * changed. */
static size_t add_links(struct request *rq, struct str *ids, bool is_repeat_ignored)
{
    const struct resource *r = rq->op->resource;
    size_t n = 0, i = 0;
    buf_init(&rq->items, rq->arena);
    buf_put_char(&rq->items, '[');
    for (struct json v = json_first(rq->body); json_exists(v); v = json_next(v), i++) {
        rq->item = v;
        struct json link = act_item(rq);
        const struct entity *there = tenant_find(rq->tenant, r, id_of(rq, link));
        if (there && is_repeat_ignored) {
            put_shown(rq, there);
            continue;
        }
        const struct entity *added = act_insert(rq, link, i);
        if (!added) {
            while (n > 0) {
                tenant_delete(rq->tenant, r, ids[--n]);
            }
            rq->entity = NULL;
            return SIZE_MAX;
        }
        ids[n++] = rq->new_id;
        put_shown(rq, added);
    }
    buf_put_char(&rq->items, ']');
    rq->entity = NULL;
    return n;
}

bool act_link_add(struct request *rq)
{
    tenant_lock_write(rq->tenant);
    if (act_find_parent(rq) && act_check_shape(rq) && act_check_requires(rq)) {
        struct str *ids = ARENA_ARRAY(rq->arena, json_count(rq->body) + 1, struct str);
        if (add_links(rq, ids, rq->op->is_repeat_ignored) == SIZE_MAX) {
            reply_finding(rq, act_first_error(&rq->findings));
        } else {
            reply_success(rq, buf_str(&rq->items));
        }
    }
    tenant_unlock(rq->tenant);
    rq->parent = NULL;
    return false;
}

bool act_link_remove(struct request *rq)
{
    const struct operation *op = rq->op;
    tenant_lock_write(rq->tenant);
    if (act_find_parent(rq) && act_check_requires(rq)) {
        if (tenant_delete(rq->tenant, op->resource, link_id(rq))) {
            reply_success(rq, STR(""));
        } else {
            reply_case(rq, op->gone_case.len ? op->gone_case : STR("not_found"));
        }
    }
    tenant_unlock(rq->tenant);
    rq->parent = NULL;
    return false;
}

/* Works on a clone of nothing: the old links are kept by reference, removed, and put back as they
 * were if the new set is refused. */
bool act_link_replace(struct request *rq)
{
    const struct resource *r = rq->op->resource;
    tenant_lock_write(rq->tenant);
    if (!act_find_parent(rq) || !act_check_shape(rq) || !act_check_requires(rq)) {
        tenant_unlock(rq->tenant);
        rq->parent = NULL;
        return false;
    }
    struct page_request all = {
        .resource = r, .parent_id = rq->parent->id, .take = SIZE_MAX, .now_us = INT64_MAX};
    struct page old = {0};
    bool is_listed = tenant_page(&old, rq->arena, rq->tenant, &all);
    if (!is_listed) {
        unreachable(); /* no cursor was given */
    }
    for (size_t i = 0; i < old.n; i++) {
        entity_hold(old.at[i]);
        tenant_delete(rq->tenant, r, old.at[i]->id);
    }
    struct str *ids = ARENA_ARRAY(rq->arena, json_count(rq->body) + 1, struct str);
    if (add_links(rq, ids, true) == SIZE_MAX) {
        for (size_t i = 0; i < old.n; i++) {
            tenant_put(rq->tenant, r, act_parse(rq, old.at[i]->text), old.at[i]->version,
                       old.at[i]->created_us);
        }
        reply_finding(rq, act_first_error(&rq->findings));
    } else {
        reply_success(rq, buf_str(&rq->items));
    }
    for (size_t i = 0; i < old.n; i++) {
        entity_drop(old.at[i]);
    }
    tenant_unlock(rq->tenant);
    rq->parent = NULL;
    return false;
}
