/* The tenant from outside: its snapshot, another one in its place, states kept under a name.
 *
 * Kept states are clones, which share their entities with the tenant: keeping one costs tables of
 * pointers. They live in the site, in a list by name. */
#include "mockapi/admin_int.h"
#include "mockapi/snapshots.h"

void admin_get_state(struct admin_call *call)
{
    struct site *s = call->site;
    struct buf *out = admin_reply(call, 200);
    (void)pthread_rwlock_rdlock(&s->tenant_lock);
    tenant_lock_read(s->tenant);
    tenant_snapshot(out, s->tenant);
    tenant_unlock(s->tenant);
    site_wait(s, call->rq);
    (void)pthread_rwlock_unlock(&s->tenant_lock);
}

static void put_count(struct admin_call *call, int status)
{
    struct site *s = call->site;
    struct buf *out = admin_reply(call, status);
    (void)pthread_rwlock_rdlock(&s->tenant_lock);
    buf_put_char(out, '{');
    admin_put_text(out, STR("site"), s->name);
    admin_put_text(out, STR("tenant"), tenant_name(s->tenant));
    admin_put_name(out, STR("resources"));
    buf_put_char(out, '{');
    tenant_lock_read(s->tenant);
    for (size_t i = 0; i < s->contract->n_resources; i++) {
        const struct resource *r = &s->contract->resources[i];
        admin_put_number(out, r->name, (int64_t)tenant_count(s->tenant, r));
    }
    tenant_unlock(s->tenant);
    buf_put(out, STR("}}"));
    site_wait(s, call->rq);
    (void)pthread_rwlock_unlock(&s->tenant_lock);
}

void admin_put_state(struct admin_call *call)
{
    struct site *s = call->site;
    struct tenant *tenant = NULL;
    struct err err = {0};
    if (!tenant_load(&tenant, s->contract, call->body, &call->rq->findings, &err)) {
        admin_refuse_body(call, &err);
        return;
    }
    site_replace(s, tenant, admin_flag(call, STR("baseline")), call->rq);
    put_count(call, 200);
}

void admin_reset(struct admin_call *call)
{
    site_reset(call->site, call->rq);
    put_count(call, 200);
}

void admin_list_snapshots(struct admin_call *call)
{
    struct buf *out = admin_reply(call, 200);
    buf_put(out, STR("{\"snapshots\":"));
    snapshots_put(out, call->site->snapshots);
    buf_put_char(out, '}');
}

static void refuse_unknown(struct admin_call *call)
{
    admin_refuse(call, 404, "no state was kept as \"%.*s\"; GET /__rehearse/snapshots lists them",
                 STR_ARG(str_slice(call->name, 0, 80)));
}

void admin_get_snapshot(struct admin_call *call)
{
    struct tenant *kept = snapshots_clone(call->site->snapshots, call->name);
    if (!kept) {
        refuse_unknown(call);
        return;
    }
    struct buf *out = admin_reply(call, 200);
    tenant_lock_read(kept);
    tenant_snapshot(out, kept);
    tenant_unlock(kept);
    tenant_free(kept);
}

void admin_keep_snapshot(struct admin_call *call)
{
    struct site *s = call->site;
    if (call->name.len > SNAPSHOT_NAME_BYTES_MAX) {
        admin_refuse(call, 400, "a name has at most %d bytes", SNAPSHOT_NAME_BYTES_MAX);
        return;
    }
    (void)pthread_rwlock_rdlock(&s->tenant_lock);
    tenant_lock_read(s->tenant);
    struct tenant *copy = tenant_clone(s->tenant);
    tenant_unlock(s->tenant);
    site_wait(s, call->rq);
    (void)pthread_rwlock_unlock(&s->tenant_lock);
    if (!snapshots_keep(s->snapshots, call->name, copy)) {
        admin_refuse(call, 409, "%d states are kept already: forget one with DELETE",
                     SNAPSHOTS_MAX);
        return;
    }
    put_count(call, 201);
}

void admin_restore_snapshot(struct admin_call *call)
{
    struct tenant *kept = snapshots_clone(call->site->snapshots, call->name);
    if (!kept) {
        refuse_unknown(call);
        return;
    }
    site_replace(call->site, kept, false, call->rq);
    put_count(call, 200);
}

void admin_drop_snapshot(struct admin_call *call)
{
    if (!snapshots_drop(call->site->snapshots, call->name)) {
        refuse_unknown(call);
        return;
    }
    admin_list_snapshots(call);
}

void admin_get_reload(struct admin_call *call)
{
    if (call->admin->reload) {
        reload_put(admin_reply(call, 200), call->admin->reload);
    } else {
        admin_refuse(call, 409, "this server does not read its fixtures again");
    }
}

/* Asks the first time it is called, and waits for the answer from then on. */
void admin_reload(struct admin_call *call)
{
    struct reload *reload = call->admin->reload;
    bool is_well = false;
    if (call->rq->number == 0) {
        call->rq->number = reload ? reload_ask(reload) : 0;
    }
    if (call->rq->number == 0) {
        admin_refuse(call, 409, "this server does not read its fixtures again");
    } else if (!reload_is_over(reload, call->rq->number, &is_well)) {
        call->is_waiting = true;
    } else {
        reload_put(admin_reply(call, is_well ? 200 : 422), reload);
    }
}
