/* Writes to one entity: create, replace, merge, delete. Each holds the tenant's write lock from the
 * first look to the last change, so that what was checked is what is stored. */
#include "mockapi/act.h"

#include "mockapi/idempotency.h"

bool act_create(struct request *rq)
{
    if (!idempotency_is_given(rq) || !act_check_shape(rq)) {
        return false;
    }
    act_lock_write(rq);
    if (!idempotency_begin(rq)) {
        act_unlock_write(rq);
        return false;
    }
    struct json body = act_item(rq);
    struct str from;
    if (!act_check_refusals(rq) || !act_copy_body(rq, &body, &from)) {
        act_unlock_write(rq);
        return false;
    }
    const struct entity *e = act_insert(rq, body, SIZE_MAX);
    if (e) {
        act_copy_links(rq, from, e->id);
        act_reply_entity(rq, e);
        act_put_etag(rq, rq->op->resource, e);
        idempotency_end(rq);
        if (act_has_mirror(rq->op->resource)) {
            act_mirror(rq, rq->op->resource, rq->new_id, (struct json){0}, act_parse(rq, e->text));
        }
    } else {
        reply_finding(rq, act_first_error(&rq->findings));
    }
    act_unlock_write(rq);
    rq->entity = NULL;
    return false;
}

const struct entity *act_update(struct request *rq, const struct entity *old, struct json previous,
                                struct json body, enum build_mode mode, size_t item)
{
    const struct resource *r = rq->op->resource;
    struct template_source source = request_source(rq);
    struct body_check check = act_check(rq);
    check.id = old->id;
    rq->version = old->version + 1;
    struct build build = {
        .resource = r,
        .mode = mode,
        .body = body,
        .previous = previous,
        .id = old->id,
        .version = rq->version,
        .tenant = rq->tenant,
        .source = &source,
    };
    struct buf text;
    buf_init(&text, rq->arena);
    entity_build(&text, rq->arena, &build);
    struct json value = act_parse(rq, buf_str(&text));
    if (!check_entity(&check, value, rq->item, item, &rq->findings)) {
        return NULL;
    }
    rq->new_id = str_copy(rq->arena, old->id); /* the old entity goes with its replacement */
    const struct entity *held = entity_hold(old);
    rq->entity = tenant_put(rq->tenant, r, value, rq->version, rq->now_us);
    if (!act_effects(rq, item)) {
        tenant_restore(rq->tenant, r, held);
        rq->entity = NULL;
    } else if (r->audit.op) {
        act_audit(rq, r, act_parse(rq, held->text), value);
    }
    entity_drop(held);
    return rq->entity;
}

static bool change(struct request *rq, const struct entity *old)
{
    const struct part_rule *part = &rq->op->part;
    const struct resource *r = rq->op->resource;
    enum build_mode mode = rq->op->action == ACTION_MERGE ? BUILD_MERGE : BUILD_REPLACE;
    struct json before =
        act_parse(rq, act_has_mirror(r) ? str_copy(rq->arena, old->text) : old->text);
    struct json previous = before, body = {0};
    bool is_part = part->n || part->n_changes;
    if ((is_part || part->n_guards) && !act_enter_part(rq, previous)) {
        return false;
    }
    rq->version = old->version + 1;
    if (is_part) {
        previous = act_change_part(rq, previous);
    } else {
        body = act_item(rq);
    }
    if (!act_update(rq, old, previous, body, mode, SIZE_MAX)) {
        return reply_finding(rq, act_first_error(&rq->findings));
    }
    struct json after = {0};
    if (is_part || act_has_mirror(r)) {
        after = act_parse(rq, str_copy(rq->arena, rq->entity->text));
    }
    if (is_part) {
        act_reply_part(rq, after);
    } else {
        act_reply_entity(rq, rq->entity);
    }
    act_put_etag(rq, r, rq->entity);
    act_refresh_referrers(rq, r, rq->new_id);
    if (act_has_mirror(r)) {
        act_mirror(rq, r, rq->new_id, before, after);
    }
    return false;
}

bool act_change(struct request *rq)
{
    act_lock_write(rq);
    const struct entity *old = act_find(rq);
    if (old && act_check_shape(rq) && act_check_requires(rq) && act_check_version(rq, old)) {
        change(rq, old);
    }
    act_unlock_write(rq);
    rq->entity = NULL;
    return false;
}

/* What a delete sets in motion, collected before anything is changed. */
struct referrer {
    const struct resource *from;
    const struct reference_rule *rule;
    const struct entity *entity; /* held */
};
struct referrers {
    struct arena *arena;
    struct referrer *at;
    size_t n, cap;
    bool only_embeds;
};

static bool collect(const struct resource *from, const struct reference_rule *rule,
                    const struct entity *entity, void *ctx)
{
    struct referrers *all = ctx;
    if (all->only_embeds && !rule->embed) {
        return true;
    }
    if (all->n == all->cap) {
        size_t cap = all->cap ? all->cap * 2 : 16;
        struct referrer *at = ARENA_ARRAY(all->arena, cap, struct referrer);
        for (size_t i = 0; i < all->n; i++) {
            at[i] = all->at[i];
        }
        all->at = at;
        all->cap = cap;
    }
    all->at[all->n++] = (struct referrer){from, rule, entity_hold(entity)};
    return true;
}

static void referrers_done(struct referrers *all)
{
    for (size_t i = 0; i < all->n; i++) {
        entity_drop(all->at[i].entity);
    }
}

void act_restore(struct request *rq, const struct resource *r, const struct entity *now,
                 enum build_mode mode, struct json patch)
{
    struct template_source source = request_source(rq);
    bool counts = mode != BUILD_REFRESH;
    struct build build = {
        .resource = r,
        .mode = mode,
        .body = patch,
        .previous = act_parse(rq, now->text),
        .id = str_copy(rq->arena, now->id),
        .version = now->version + (counts ? 1 : 0),
        .tenant = rq->tenant,
        .source = &source,
    };
    struct buf text;
    buf_init(&text, rq->arena);
    entity_build(&text, rq->arena, &build);
    tenant_put(rq->tenant, r, act_parse(rq, buf_str(&text)), build.version,
               counts ? rq->now_us : now->changed_us);
}

void act_refresh_referrers(struct request *rq, const struct resource *r, struct str id)
{
    struct referrers all = {.arena = rq->arena, .only_embeds = true};
    tenant_referrers(rq->tenant, r, id, collect, &all);
    for (size_t i = 0; i < all.n; i++) {
        const struct entity *now = tenant_find(rq->tenant, all.at[i].from, all.at[i].entity->id);
        if (now) {
            act_restore(rq, all.at[i].from, now, BUILD_REFRESH, (struct json){0});
        }
    }
    referrers_done(&all);
}

void act_put_detach(struct buf *out, const struct field_path *field, size_t part, struct json value,
                    struct str id)
{
    if (part == field->n && field->is_names) {
        buf_put_char(out, '{');
        buf_put_json_string(out, id);
        buf_put(out, STR(":null}"));
        return;
    }
    if (part == field->n) {
        buf_put(out, STR("null"));
        return;
    }
    if (field->parts[part].len == 0) {
        bool is_first = true;
        buf_put_char(out, '[');
        for (struct json v = json_first(value); json_exists(v); v = json_next(v)) {
            struct json inner = v;
            for (size_t i = part + 1; i < field->n; i++) {
                inner = json_get(inner, field->parts[i]);
            }
            if (str_eq(json_str_or(inner, STR("")), id)) {
                continue;
            }
            if (!is_first) {
                buf_put_char(out, ',');
            }
            is_first = false;
            json_put(out, v);
        }
        buf_put_char(out, ']');
        return;
    }
    buf_put_char(out, '{');
    buf_put_json_string(out, field->parts[part]);
    buf_put_char(out, ':');
    act_put_detach(out, field, part + 1, json_get(value, field->parts[part]), id);
    buf_put_char(out, '}');
}

static void detach(struct request *rq, const struct referrer *from, struct str id)
{
    const struct entity *now = tenant_find(rq->tenant, from->from, from->entity->id);
    if (!now) {
        return;
    }
    struct buf patch;
    buf_init(&patch, rq->arena);
    act_put_detach(&patch, from->rule->field, 0, act_parse(rq, now->text), id);
    act_restore(rq, from->from, now, BUILD_MERGE, act_parse(rq, buf_str(&patch)));
}

static bool is_blocked(struct request *rq, const struct referrers *all)
{
    for (size_t i = 0; i < all->n; i++) {
        const struct reference_rule *rule = all->at[i].rule;
        if (rule->on_delete != ON_DELETE_BLOCK) {
            continue;
        }
        struct finding f = {
            .rule = STR("D501"),
            .severity = SEVERITY_ERROR,
            .name = all->at[i].from->title,
            .value = str_copy(rq->arena, all->at[i].entity->id),
            .case_name = rule->blocked_case.len ? rule->blocked_case : STR("in_use"),
            .item = SIZE_MAX,
        };
        f.message = findings_text(&rq->findings, "%.*s %.*s refers to it",
                                  STR_ARG(all->at[i].from->title), STR_ARG(all->at[i].entity->id));
        findings_add(&rq->findings, &f);
        reply_finding(rq, act_first_error(&rq->findings));
        return true;
    }
    return false;
}

/* References form no deeper chain than there are resources: a cascade that comes back to an entity
 * finds it gone. */
void act_remove(struct request *rq, const struct resource *r, struct str id)
{
    struct referrers all = {.arena = rq->arena};
    tenant_referrers(rq->tenant, r, id, collect, &all);
    tenant_delete(rq->tenant, r, id);
    for (size_t i = 0; i < all.n; i++) {
        if (all.at[i].rule->on_delete == ON_DELETE_DETACH) {
            detach(rq, &all.at[i], id);
        } else if (all.at[i].rule->on_delete == ON_DELETE_CASCADE) {
            struct str gone = str_copy(rq->arena, all.at[i].entity->id);
            if (tenant_find(rq->tenant, all.at[i].from, gone)) {
                act_remove(rq, all.at[i].from, gone);
            }
        }
    }
    referrers_done(&all);
}

bool act_delete(struct request *rq)
{
    act_lock_write(rq);
    const struct entity *e = act_find(rq);
    if (e && act_check_requires(rq) && act_check_version(rq, e)) {
        struct referrers all = {.arena = rq->arena};
        struct str id = str_copy(rq->arena, e->id);
        tenant_referrers(rq->tenant, rq->op->resource, id, collect, &all);
        if (!is_blocked(rq, &all)) {
            reply_success(rq, STR(""));
            rq->entity = NULL;
            act_remove(rq, rq->op->resource, id);
        }
        referrers_done(&all);
    }
    act_unlock_write(rq);
    rq->entity = NULL;
    return false;
}
