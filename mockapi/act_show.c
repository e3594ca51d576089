/* How an entity is shown: as the operation or its resource says, or as it is stored. */
#include "mockapi/act.h"

/* Renders `show` about `e`; what the request was about before is put back. */
static void put_template(struct buf *out, struct request *rq, const struct template *show,
                         const struct resource *r, const struct entity *e)
{
    struct template_source source = request_source(rq);
    const struct entity *entity = rq->entity, *target = rq->target, *parent = rq->parent;
    struct str new_id = rq->new_id;
    int64_t version = rq->version;
    rq->entity = e;
    rq->new_id = (struct str){0};
    rq->version = e->version;
    if (r->parent) {
        rq->target = tenant_link_target(rq->tenant, r, e);
        rq->parent = tenant_link_parent(rq->tenant, r, e);
    }
    rq->is_showing = true;
    if (!template_put(out, show, &source)) {
        buf_put(out, STR("null"));
    }
    rq->is_showing = false;
    rq->entity = entity;
    rq->target = target;
    rq->parent = parent;
    rq->new_id = new_id;
    rq->version = version;
}

bool act_put_shown(struct buf *out, struct request *rq, const struct entity *e)
{
    const struct operation *op = rq->op;
    const struct resource *r = op->resource;
    const struct template *show = op->show;
    if (!show && op->renders_target) {
        e = tenant_link_target(rq->tenant, r, e);
        r = r->target;
    }
    if (!e) {
        return false;
    }
    show = show ? show : r->show;
    if (show) {
        put_template(out, rq, show, r, e);
    } else {
        buf_put(out, e->text);
    }
    return true;
}

bool act_reply_entity(struct request *rq, const struct entity *e)
{
    const struct operation *op = rq->op;
    const struct template *show = op->show ? op->show : op->resource->show;
    struct buf text;
    if (!show || op->reply || op->has_empty_reply) {
        return reply_success(rq, e->text);
    }
    buf_init(&text, rq->arena);
    act_put_shown(&text, rq, e);
    return reply_success(rq, buf_str(&text));
}
