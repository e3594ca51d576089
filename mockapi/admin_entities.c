/* Entities of a resource from outside: what a tenant's fixture could hold, made, listed and taken
 * away while the server runs. The rules of the profile hold as they do at load. */
#include "mockapi/act.h"
#include "mockapi/admin_int.h"
#include "mockapi/site.h"

enum { ENTITIES_MAX = 100000 };

/* The record as the acts want it: of this site, its tenant, an operation on the resource. NULL:
 * refused. The tenant pointer is locked; let go with leave. */
static const struct resource *enter(struct admin_call *call, struct operation *op)
{
    struct request *rq = call->rq;
    struct site *s = call->site;
    const struct resource *r = contract_resource(s->contract, call->name);
    if (!r) {
        struct str *known = ARENA_ARRAY(rq->arena, s->contract->n_resources + 1, struct str);
        size_t n = s->contract->n_resources;
        for (size_t i = 0; i < n; i++) {
            known[i] = s->contract->resources[i].name;
        }
        size_t near = str_nearest(call->name, known, n);
        bool is_near = near < n;
        admin_refuse(call, 404, "the profile %.*s has no resource \"%.*s\"%s%.*s%s",
                     STR_ARG(s->contract->name), STR_ARG(str_slice(call->name, 0, 60)),
                     is_near ? "; did you mean " : "", STR_ARG(is_near ? known[near] : STR("")),
                     is_near ? "?" : "");
        return NULL;
    }
    (void)pthread_rwlock_rdlock(&s->tenant_lock);
    *op = (struct operation){.resource = r, .method = rq->method, .path = rq->path};
    rq->site = s;
    rq->contract = s->contract;
    rq->tenant = s->tenant;
    rq->now_us = clock_now_us(&s->clock);
    rq->op = op;
    return r;
}

static void leave(struct admin_call *call)
{
    struct request *rq = call->rq;
    rq->op = NULL;
    rq->site = NULL;
    rq->contract = NULL;
    rq->tenant = NULL;
    rq->entity = NULL;
    site_wait(call->site, rq);
    (void)pthread_rwlock_unlock(&call->site->tenant_lock);
}

static void put_list(struct admin_call *call, const struct resource *r, struct str id,
                     int64_t limit)
{
    struct request *rq = call->rq;
    const struct entity *const *all = NULL;
    const struct template_query everything = {.resource = r};
    struct buf *out = admin_reply(call, 200);
    size_t shown = 0, n = tenant_select(&all, rq->arena, rq->tenant, &everything, NULL, INT64_MAX);
    buf_put_char(out, '{');
    admin_put_text(out, STR("resource"), r->name);
    admin_put_number(out, STR("total"), (int64_t)n);
    admin_put_name(out, STR("entities"));
    buf_put_char(out, '[');
    for (size_t i = 0; i < n && shown < (size_t)limit; i++) {
        if (id.s && !str_eq(all[i]->id, id)) {
            continue;
        }
        buf_put(out, shown++ ? STR(",") : STR(""));
        buf_put(out, all[i]->text);
    }
    buf_put(out, STR("]}"));
}

void admin_list_entities(struct admin_call *call)
{
    struct operation op;
    struct str id = query_get(&call->rq->query, STR("id"));
    int64_t limit = ENTITIES_MAX;
    const struct resource *r = NULL;
    if (!admin_number(call, STR("limit"), ENTITIES_MAX, &limit) || !(r = enter(call, &op))) {
        return;
    }
    tenant_lock_read(call->rq->tenant);
    if (id.s && !tenant_find(call->rq->tenant, r, id)) {
        admin_refuse(call, 404, "there is no %.*s with that id", STR_ARG(r->title));
    } else {
        put_list(call, r, id, limit);
    }
    tenant_unlock(call->rq->tenant);
    leave(call);
}

/* All or none. Appends what was made; false: refused, nothing changed. */
static bool insert_all(struct admin_call *call, const struct resource *r, struct buf *made)
{
    struct request *rq = call->rq;
    bool is_list = json_kind(call->body) == JSON_ARRAY;
    struct str *ids = ARENA_ARRAY(rq->arena, is_list ? json_count(call->body) + 1 : 1, struct str);
    struct json v = is_list ? json_first(call->body) : call->body;
    size_t n = 0;
    for (; json_exists(v); v = is_list ? json_next(v) : (struct json){0}) {
        const struct entity *e = NULL;
        rq->item = v;
        rq->random_state = tenant_random(rq->tenant) | 1;
        e = act_insert_whole(rq, v, is_list ? n : SIZE_MAX);
        if (!e) {
            while (n > 0) {
                tenant_delete(rq->tenant, r, ids[--n]);
            }
            return false;
        }
        buf_put(made, n ? STR(",") : STR(""));
        buf_put(made, e->text);
        ids[n++] = str_copy(rq->arena, e->id);
    }
    return true;
}

void admin_make_entities(struct admin_call *call)
{
    struct operation op;
    struct err err = {0};
    struct buf made;
    const struct resource *r = enter(call, &op);
    if (!r) {
        return;
    }
    buf_init(&made, call->rq->arena);
    tenant_lock_write(call->rq->tenant);
    bool is_made = insert_all(call, r, &made);
    tenant_unlock(call->rq->tenant);
    if (is_made) {
        struct buf *out = admin_reply(call, 201);
        buf_put_char(out, '{');
        admin_put_text(out, STR("resource"), r->name);
        admin_put_name(out, STR("entities"));
        buf_put_char(out, '[');
        buf_put(out, buf_str(&made));
        buf_put(out, STR("]}"));
    } else {
        admin_refuse_body(call, &err);
    }
    leave(call);
}

void admin_remove_entities(struct admin_call *call)
{
    struct operation op;
    struct str id = query_get(&call->rq->query, STR("id"));
    bool is_all = admin_flag(call, STR("all"));
    size_t n = 0;
    if (!id.s == !is_all) {
        admin_refuse(call, 400, "say which: ?id=ID, or ?all=true");
        return;
    }
    const struct resource *r = enter(call, &op);
    if (!r) {
        return;
    }
    tenant_lock_write(call->rq->tenant);
    for (const struct entity *e = id.s ? tenant_find(call->rq->tenant, r, id)
                                       : tenant_first(call->rq->tenant, r);
         e; e = is_all ? tenant_first(call->rq->tenant, r) : NULL) {
        act_remove(call->rq, r, str_copy(call->rq->arena, e->id));
        n++;
    }
    tenant_unlock(call->rq->tenant);
    if (n == 0 && id.s) {
        admin_refuse(call, 404, "there is no %.*s with that id", STR_ARG(r->title));
    } else {
        struct buf *out = admin_reply(call, 200);
        buf_put_char(out, '{');
        admin_put_text(out, STR("resource"), r->name);
        admin_put_number(out, STR("removed"), (int64_t)n);
        buf_put_char(out, '}');
    }
    leave(call);
}
