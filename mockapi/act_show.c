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

/* Is what the item refers to too new to be shown there? */
static bool is_pending(const struct request *rq, const struct reference_rule *rule, size_t part,
                       struct json item)
{
    for (; part < rule->field->n; part++) {
        item = json_get(item, rule->field->parts[part]);
    }
    const struct entity *to = tenant_find(rq->tenant, rule->to, json_str_or(item, STR("")));
    return to && to->created_us + rule->shown_after_ms * US_PER_MS > rq->now_us;
}

/* Appends `value` without the items of the rule's list that are not to be seen yet. */
static void put_settled(struct buf *out, const struct request *rq,
                        const struct reference_rule *rule, size_t part, struct json value)
{
    bool is_list = rule->field->parts[part].len == 0, is_first = true;
    buf_put_char(out, is_list ? '[' : '{');
    for (struct json v = json_first(value); json_exists(v); v = json_next(v)) {
        if (is_list && is_pending(rq, rule, part + 1, v)) {
            continue;
        }
        if (!is_first) {
            buf_put_char(out, ',');
        }
        is_first = false;
        if (!is_list) {
            buf_put_json_string(out, json_key(v));
            buf_put_char(out, ':');
        }
        bool is_on_way = !is_list && str_eq(json_key(v), rule->field->parts[part]) &&
                         (json_kind(v) == JSON_ARRAY || json_kind(v) == JSON_OBJECT);
        if (is_on_way) {
            put_settled(out, rq, rule, part + 1, v);
        } else {
            json_put(out, v);
        }
    }
    buf_put_char(out, is_list ? ']' : '}');
}

static void put_stored(struct buf *out, struct request *rq, const struct resource *r,
                       const struct entity *e)
{
    for (size_t i = 0; i < r->n_references; i++) {
        if (r->references[i].shown_after_ms > 0) {
            put_settled(out, rq, &r->references[i], 0, act_parse(rq, e->text));
            return;
        }
    }
    buf_put(out, e->text);
}

/* Leaves of the object that was put at `at` only the members that the list names; names compare
 * without case. */
static void project(struct buf *out, struct request *rq, size_t at, struct str names)
{
    struct json shown = act_parse(rq, str_copy(rq->arena, str_slice(buf_str(out), at, out->len)));
    bool is_first = true;
    if (json_kind(shown) != JSON_OBJECT) {
        return;
    }
    out->len = at;
    buf_put_char(out, '{');
    for (struct json m = json_first(shown); json_exists(m); m = json_next(m)) {
        struct str rest = names, name;
        bool is_named = false;
        while (!is_named && rest.len && str_cut(&rest, ',', &name)) {
            is_named = str_eq_fold(str_trim(name), json_key(m));
        }
        if (is_named) {
            buf_put(out, is_first ? STR("") : STR(","));
            is_first = false;
            buf_put_json_string(out, json_key(m));
            buf_put_char(out, ':');
            json_put(out, m);
        }
    }
    buf_put_char(out, '}');
}

bool act_put_shown(struct buf *out, struct request *rq, const struct entity *e)
{
    size_t at = out->len;
    struct str names =
        rq->op->project.len ? query_get(&rq->query, rq->op->project) : (struct str){0};
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
        put_stored(out, rq, r, e);
    }
    if (str_trim(names).len) {
        project(out, rq, at, names);
    }
    return true;
}

bool act_reply_entity(struct request *rq, const struct entity *e)
{
    const struct operation *op = rq->op;
    const struct template *show = op->show ? op->show : op->resource->show;
    struct buf text;
    bool is_plain = !show && !op->resource->has_delayed && !op->project.len;
    if (op->reply || op->has_empty_reply || is_plain) {
        return reply_success(rq, e->text);
    }
    buf_init(&text, rq->arena);
    act_put_shown(&text, rq, e);
    return reply_success(rq, buf_str(&text));
}
