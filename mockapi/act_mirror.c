/* References that both sides show: a code names its queues, and each queue lists its codes. What a
 * write changes on one side is carried over to the other, under the same lock. The other side's
 * entity changes by that as by any write: its version moves. */
#include "mockapi/act.h"

struct ids {
    struct arena *arena;
    struct str *at;
    size_t n, cap;
};

static void take_id(struct json value, void *ctx)
{
    struct ids *ids = ctx;
    struct str id = json_kind(value) == JSON_STRING   ? json_str(value)
                    : json_kind(value) == JSON_NUMBER ? json_number_text(value)
                                                      : (struct str){0};
    if (!id.s) {
        return;
    }
    if (ids->n == ids->cap) {
        size_t cap = ids->cap ? ids->cap * 2 : 8;
        struct str *at = ARENA_ARRAY(ids->arena, cap, struct str);
        for (size_t i = 0; i < ids->n; i++) {
            at[i] = ids->at[i];
        }
        ids->at = at;
        ids->cap = cap;
    }
    ids->at[ids->n++] = id;
}

static struct ids collect(struct request *rq, const struct field_path *field, struct json entity)
{
    struct ids ids = {.arena = rq->arena};
    if (json_exists(entity)) {
        field_each(field, entity, take_id, &ids);
    }
    return ids;
}

static bool has(const struct ids *ids, struct str id)
{
    for (size_t i = 0; i < ids->n; i++) {
        if (str_eq(ids->at[i], id)) {
            return true;
        }
    }
    return false;
}

/* Appends the list at `field` (its parts from `part`, which leads through the list step) with `id`
 * at its end, as a merge patch. */
static void put_added(struct buf *out, const struct field_path *field, size_t part,
                      struct json value, struct str id)
{
    if (part == field->n) {
        buf_put_json_string(out, id);
        return;
    }
    if (field->parts[part].len > 0) {
        buf_put_char(out, '{');
        buf_put_json_string(out, field->parts[part]);
        buf_put_char(out, ':');
        put_added(out, field, part + 1, json_get(value, field->parts[part]), id);
        buf_put_char(out, '}');
        return;
    }
    buf_put_char(out, '[');
    for (struct json v = json_first(value); json_exists(v); v = json_next(v)) {
        json_put(out, v);
        buf_put_char(out, ',');
    }
    put_added(out, field, part + 1, (struct json){0}, id);
    buf_put_char(out, ']');
}

static void change_target(struct request *rq, const struct reference_rule *rule, struct str target,
                          struct str id, bool is_added)
{
    const struct entity *now = tenant_find(rq->tenant, rule->to, target);
    if (!now) {
        return;
    }
    struct json value = act_parse(rq, now->text);
    struct ids there = collect(rq, rule->mirror, value);
    if (has(&there, id) == is_added) {
        return;
    }
    struct buf patch;
    buf_init(&patch, rq->arena);
    if (is_added) {
        put_added(&patch, rule->mirror, 0, value, id);
    } else {
        act_put_detach(&patch, rule->mirror, 0, value, id);
    }
    act_restore(rq, rule->to, now, BUILD_MERGE, act_parse(rq, buf_str(&patch)));
}

void act_mirror(struct request *rq, const struct resource *r, struct str id, struct json before,
                struct json after)
{
    for (size_t i = 0; i < r->n_references; i++) {
        const struct reference_rule *rule = &r->references[i];
        if (!rule->mirror) {
            continue;
        }
        struct ids old = collect(rq, rule->field, before), now = collect(rq, rule->field, after);
        for (size_t k = 0; k < old.n; k++) {
            if (!has(&now, old.at[k])) {
                change_target(rq, rule, old.at[k], id, false);
            }
        }
        for (size_t k = 0; k < now.n; k++) {
            if (!has(&old, now.at[k])) {
                change_target(rq, rule, now.at[k], id, true);
            }
        }
    }
}

bool act_has_mirror(const struct resource *r)
{
    for (size_t i = 0; i < r->n_references; i++) {
        if (r->references[i].mirror) {
            return true;
        }
    }
    return false;
}
