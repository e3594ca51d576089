/* Links of a parent, or of what they lead to: add some, change some, remove one or some, replace the
 * set. Always all or nothing: what was done before a refusal is undone under the same lock. */
#include "mockapi/act.h"

/* What became of a link, so that it can be undone: `old` is held, NULL where the link is new. */
struct undo {
    struct str id;
    const struct entity *old;
};

struct links {
    struct request *rq;
    struct undo *done;
    size_t n;
};

/* The id of the link that `link`, or the path, is about. */
static struct str join_id(struct request *rq, struct json link)
{
    const struct resource *r = rq->op->resource;
    struct buf id;
    buf_init(&id, rq->arena);
    for (size_t i = 0; i < r->n_id_join; i++) {
        const struct field_path *field = r->id_join[i];
        bool is_parents = str_eq(field->text, r->parent_field->text);
        if (i) {
            buf_put_char(&id, '/');
        }
        if (json_exists(link)) {
            buf_put(&id, field_text(field, link));
        } else if (is_parents != rq->op->is_from_target) {
            buf_put(&id, rq->parent->id);
        } else {
            buf_put(&id, request_path_value(rq, rq->op->key_param));
        }
    }
    return buf_str(&id);
}

struct str act_link_id(struct request *rq)
{
    return join_id(rq, (struct json){0});
}

static void note(struct links *l, struct str id, const struct entity *old)
{
    l->done[l->n++] = (struct undo){str_copy(l->rq->arena, id), old ? entity_hold(old) : NULL};
}

static void undo_all(struct links *l)
{
    const struct resource *r = l->rq->op->resource;
    for (size_t i = l->n; i > 0; i--) {
        const struct undo *u = &l->done[i - 1];
        if (u->old) {
            tenant_restore(l->rq->tenant, r, u->old);
        } else {
            tenant_delete(l->rq->tenant, r, u->id);
        }
    }
}

static void drop_all(struct links *l)
{
    for (size_t i = 0; i < l->n; i++) {
        if (l->done[i].old) {
            entity_drop(l->done[i].old);
        }
    }
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

static bool reply_gone(struct request *rq)
{
    const struct operation *op = rq->op;
    return reply_case(rq, op->gone_case.len ? op->gone_case : STR("not_found"));
}

static bool reply_refused(struct request *rq)
{
    return reply_finding(rq, act_first_error(&rq->findings));
}

/* One item of the body: a link to be made, or one that is there to be changed. False: replied. */
static bool put_link(struct links *l, struct json link, size_t item)
{
    struct request *rq = l->rq;
    const struct operation *op = rq->op;
    const struct entity *there = tenant_find(rq->tenant, op->resource, join_id(rq, link));
    bool replaces = op->action == ACTION_LINK_REPLACE,
         changes = op->action == ACTION_LINK_CHANGE || op->repeat == REPEAT_CHANGES;
    const struct entity *now = there;
    if (there && (replaces || changes)) {
        note(l, there->id, there);
        now = act_update(rq, there, act_parse(rq, there->text), link,
                         replaces ? BUILD_REPLACE : BUILD_MERGE, item);
        if (!now) {
            l->n--;
            entity_drop(l->done[l->n].old);
            return reply_refused(rq);
        }
    } else if (!there && op->action == ACTION_LINK_CHANGE) {
        return reply_gone(rq);
    } else if (!there || op->repeat == REPEAT_REFUSED) {
        now = act_insert(rq, link, item);
        if (!now) {
            return reply_refused(rq);
        }
        note(l, now->id, NULL);
    }
    put_shown(rq, now);
    return true;
}

static bool remove_link(struct links *l, struct json link)
{
    struct request *rq = l->rq;
    const struct entity *there = tenant_find(rq->tenant, rq->op->resource, join_id(rq, link));
    if (!there) {
        return !rq->op->removes.is_absent_refused || reply_gone(rq);
    }
    note(l, there->id, there);
    tenant_delete(rq->tenant, rq->op->resource, l->done[l->n - 1].id);
    put_shown(rq, l->done[l->n - 1].old);
    return true;
}

/* True if the query turns this adding into removing. */
static bool is_removing(const struct request *rq)
{
    struct str query = rq->op->removes.query;
    if (rq->op->removes.is_always) {
        return true;
    }
    return query.len && str_eq_fold(request_query_value(rq, query), STR("true"));
}

/* The body's links, one after the other; a body that is no array is one. False: replied. */
static bool do_items(struct links *l)
{
    struct request *rq = l->rq;
    bool is_array = json_kind(rq->body) == JSON_ARRAY, removes = is_removing(rq);
    size_t i = 0;
    buf_init(&rq->items, rq->arena);
    buf_put_char(&rq->items, '[');
    for (struct json v = is_array ? json_first(rq->body) : rq->body; json_exists(v); i++) {
        rq->item = v;
        struct json link = act_item(rq);
        bool is_done = removes ? remove_link(l, link) : put_link(l, link, i);
        rq->entity = NULL;
        rq->new_id = (struct str){0};
        if (!is_done) {
            return false;
        }
        v = is_array ? json_next(v) : (struct json){0};
    }
    buf_put_char(&rq->items, ']');
    rq->page_size = (int64_t)i;
    rq->page.total = i;
    rq->page_number = rq->page_count = 1;
    return true;
}

/* A set that is replaced loses what the body does not name, before anything is put in: a limit counts
 * what will be. */
static void remove_others(struct links *l)
{
    struct request *rq = l->rq;
    const struct resource *r = rq->op->resource;
    struct map kept = {0};
    struct page_request all = {.resource = r,
                               .parent_id = rq->parent->id,
                               .is_from_target = rq->op->is_from_target,
                               .take = SIZE_MAX,
                               .now_us = INT64_MAX};
    struct page old = {0};
    if (!tenant_page(&old, rq->arena, rq->tenant, &all)) {
        unreachable(); /* no cursor was given */
    }
    for (struct json v = json_first(rq->body); json_exists(v); v = json_next(v)) {
        rq->item = v;
        map_put(&kept, join_id(rq, act_item(rq)), rq);
    }
    struct undo *done = ARENA_ARRAY(rq->arena, old.n + json_count(rq->body) + 1, struct undo);
    l->done = done;
    for (size_t i = 0; i < old.n; i++) {
        if (!map_get(&kept, old.at[i]->id)) {
            note(l, old.at[i]->id, old.at[i]);
            tenant_delete(rq->tenant, r, done[l->n - 1].id);
        }
    }
    map_done(&kept);
}

static bool change_links(struct request *rq)
{
    struct links l = {.rq = rq};
    l.done = ARENA_ARRAY(rq->arena, json_count(rq->body) + 1, struct undo);
    if (rq->op->action == ACTION_LINK_REPLACE) {
        remove_others(&l);
    }
    if (!do_items(&l)) {
        undo_all(&l);
    } else if (json_kind(rq->body) == JSON_ARRAY) {
        reply_success(rq, buf_str(&rq->items));
    } else {
        reply_success(rq, str_slice(buf_str(&rq->items), 1, rq->items.len - 1));
    }
    drop_all(&l);
    return false;
}

bool act_links(struct request *rq)
{
    act_lock_write(rq);
    if (act_find_parent(rq) && act_check_shape(rq) && act_check_requires(rq)) {
        change_links(rq);
    }
    act_unlock_write(rq);
    return false;
}

bool act_link_remove(struct request *rq)
{
    act_lock_write(rq);
    if (act_find_parent(rq) && act_check_requires(rq)) {
        if (tenant_delete(rq->tenant, rq->op->resource, act_link_id(rq))) {
            reply_success(rq, STR(""));
        } else {
            reply_gone(rq);
        }
    }
    act_unlock_write(rq);
    return false;
}
