/* Assigning: the ids of a body are given to an entity, by writing its id into each. All or nothing.
 */
#include "mockapi/act.h"

static const struct assign_kind *kind_of(struct request *rq)
{
    const struct assign_rule *rule = &rq->op->assign;
    struct str word = request_path_value(rq, rule->param);
    for (size_t i = 0; i < rule->n; i++) {
        if (str_eq(rule->kinds[i].word, word)) {
            return &rule->kinds[i];
        }
    }
    return NULL;
}

/* {"division":{"id":"…"}} */
static struct json patch_of(struct request *rq, const struct field_path *field, struct str id)
{
    struct buf out;
    buf_init(&out, rq->arena);
    for (size_t i = 0; i < field->n; i++) {
        buf_put_char(&out, '{');
        buf_put_json_string(&out, field->parts[i]);
        buf_put_char(&out, ':');
    }
    buf_put_json_string(&out, id);
    for (size_t i = 0; i < field->n; i++) {
        buf_put_char(&out, '}');
    }
    return act_parse(rq, buf_str(&out));
}

static const struct entity *find_object(struct request *rq, const struct assign_kind *kind,
                                        struct json id)
{
    const struct entity *e = kind && json_kind(id) == JSON_STRING
                                 ? tenant_find(rq->tenant, kind->resource, json_str(id))
                                 : NULL;
    return e && act_is_visible(rq, kind->resource, e) ? e : NULL;
}

static bool assign(struct request *rq, struct str to)
{
    const struct assign_kind *kind = kind_of(rq);
    for (struct json v = json_first(rq->body); json_exists(v); v = json_next(v)) {
        if (!find_object(rq, kind, v)) {
            return reply_case(rq, rq->op->assign.missing_case);
        }
    }
    for (struct json v = json_first(rq->body); kind && json_exists(v); v = json_next(v)) {
        const struct entity *e = find_object(rq, kind, v);
        struct str id = str_copy(rq->arena, e->id);
        act_restore(rq, kind->resource, e, BUILD_MERGE, patch_of(rq, kind->field, to));
        act_refresh_referrers(rq, kind->resource, id);
    }
    return reply_success(rq, STR(""));
}

bool act_assign(struct request *rq)
{
    act_lock_write(rq);
    const struct entity *to = act_find(rq);
    if (to && act_check_shape(rq)) {
        struct str id = str_copy(rq->arena, to->id);
        rq->entity = NULL; /* it may be stored anew by what follows */
        assign(rq, id);
    }
    act_unlock_write(rq);
    return false;
}
