/* What a write does beside its own entity. The request stands in for another one meanwhile: its
 * operation, item and entity are lent to a create, and put back. Under the tenant's write lock. */
#include "mockapi/act.h"

/* What the request is about, while it is lent. */
struct lent {
    const struct operation *op;
    struct json item, result;
    const struct entity *entity, *parent;
    struct str new_id;
    int64_t version;
};

static struct lent lend(struct request *rq)
{
    struct lent l = {rq->op, rq->item, rq->result, rq->entity, rq->parent, rq->new_id, rq->version};
    return l;
}

static void put_back(struct request *rq, const struct lent *l)
{
    rq->op = l->op;
    rq->item = l->item;
    rq->result = l->result;
    rq->entity = l->entity;
    rq->parent = l->parent;
    rq->new_id = l->new_id;
    rq->version = l->version;
}

/* What was done for one effect, to be undone. */
struct done {
    const struct resource *resource;
    const struct entity **removed; /* held */
    size_t n_removed;
    struct str *added;
    size_t n_added;
};

static void remove_links(struct request *rq, struct done *d, const struct entity *parent)
{
    struct page_request all = {
        .resource = d->resource, .parent_id = parent->id, .take = SIZE_MAX, .now_us = INT64_MAX};
    struct page page = {0};
    if (!tenant_page(&page, rq->arena, rq->tenant, &all)) {
        unreachable(); /* no cursor was given */
    }
    d->removed = ARENA_ARRAY(rq->arena, page.n + 1, const struct entity *);
    for (size_t i = 0; i < page.n; i++) {
        d->removed[d->n_removed++] = entity_hold(page.at[i]);
    }
    for (size_t i = 0; i < d->n_removed; i++) {
        tenant_delete(rq->tenant, d->resource, d->removed[i]->id);
    }
}

static void finish(struct request *rq, struct done *d, bool is_undone)
{
    while (is_undone && d->n_added > 0) {
        tenant_delete(rq->tenant, d->resource, d->added[--d->n_added]);
    }
    for (size_t i = 0; i < d->n_removed; i++) {
        if (is_undone) {
            tenant_restore(rq->tenant, d->resource, d->removed[i]);
        }
        entity_drop(d->removed[i]);
    }
}

/* One create; `body` is what the template sees as {body}. False: findings were added. */
static bool make(struct request *rq, const struct operation *op, struct json body, size_t item)
{
    rq->op = op;
    rq->item = body;
    return act_insert(rq, act_item(rq), item) != NULL;
}

static bool make_for(struct request *rq, const struct effect *effect, const struct entity *about,
                     struct json body, size_t item, struct done *d)
{
    struct lent lent = lend(rq);
    rq->parent = about;
    bool is_well = make(rq, effect->op, body, item);
    if (is_well) {
        d->added[d->n_added++] = rq->new_id;
    }
    put_back(rq, &lent);
    return is_well;
}

static bool run(struct request *rq, const struct effect *effect, const struct entity *about,
                size_t item)
{
    struct json list = effect->in.len ? json_path(rq->item, effect->in) : (struct json){0};
    struct done d = {.resource = effect->op->resource};
    bool is_well = true;
    if (effect->in.len && json_kind(list) != JSON_ARRAY) {
        return true; /* nothing was said of them: they stay */
    }
    d.added = ARENA_ARRAY(rq->arena, json_count(list) + 1, struct str);
    if (effect->replaces) {
        remove_links(rq, &d, about);
    }
    if (!effect->in.len) {
        is_well = make_for(rq, effect, about, rq->item, item, &d);
    }
    for (struct json v = json_first(list); is_well && json_exists(v); v = json_next(v)) {
        is_well = make_for(rq, effect, about, v, item, &d);
    }
    finish(rq, &d, !is_well);
    return is_well;
}

bool act_effects(struct request *rq, size_t item)
{
    const struct operation *op = rq->op;
    const struct entity *about = rq->entity;
    bool is_well = true;
    for (size_t i = 0; i < op->n_effects && is_well; i++) {
        is_well = run(rq, &op->effects[i], about, item);
    }
    return is_well;
}

static bool counts(const struct audit_rule *rule, struct str member)
{
    for (size_t i = 0; i < rule->n_but; i++) {
        if (str_eq(rule->but[i], member)) {
            return false;
        }
    }
    return true;
}

static void record(struct request *rq, const struct audit_rule *rule, struct str member,
                   struct json before, struct json now)
{
    struct lent lent = lend(rq);
    struct buf text;
    buf_init(&text, rq->arena);
    buf_put(&text, STR("{\"member\":"));
    buf_put_json_string(&text, member);
    if (json_exists(before)) {
        buf_put(&text, STR(",\"old\":"));
        json_put(&text, before);
    }
    if (json_exists(now)) {
        buf_put(&text, STR(",\"new\":"));
        json_put(&text, now);
    }
    buf_put_char(&text, '}');
    rq->result = act_parse(rq, buf_str(&text));
    /* a record that its own rules refuse is not kept */
    (void)make(rq, rule->op, rq->item, SIZE_MAX);
    put_back(rq, &lent);
}

void act_audit(struct request *rq, const struct resource *r, struct json before, struct json now)
{
    for (struct json m = json_first(now); json_exists(m); m = json_next(m)) {
        struct json old = json_get(before, json_key(m));
        if (!json_eq(old, m) && counts(&r->audit, json_key(m))) {
            record(rq, &r->audit, json_key(m), old, m);
        }
    }
    for (struct json m = json_first(before); json_exists(m); m = json_next(m)) {
        if (!json_exists(json_get(now, json_key(m))) && counts(&r->audit, json_key(m))) {
            record(rq, &r->audit, json_key(m), m, (struct json){0});
        }
    }
}
