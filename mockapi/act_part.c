/* Work on a part of an entity: the steps to it, the guards that may refuse, the changes that a
 * write makes. One stored entity may hold what an API shows as many: a conversation its
 * participants, these their communications. */
#include "mockapi/act.h"

/* A variable's JSON text; s NULL where it is absent or null. */
static struct str var_text(struct request *rq, const struct var *var)
{
    struct template_source source = request_source(rq);
    struct buf text;
    buf_init(&text, rq->arena);
    if (!source.resolve(&text, var, source.ctx) || str_eq(buf_str(&text), STR("null"))) {
        return (struct str){0};
    }
    return buf_str(&text);
}

struct str act_var(struct request *rq, const struct var *var)
{
    struct str text = var_text(rq, var);
    return text.s ? json_str_or(act_parse(rq, text), text) : text;
}

/* True if there is a link between that parent and that target. */
static bool is_linked(struct request *rq, const struct resource *r, struct str parent,
                      struct str target)
{
    struct buf id;
    buf_init(&id, rq->arena);
    for (size_t i = 0; i < r->n_id_join; i++) {
        buf_put(&id, i ? STR("/") : STR(""));
        buf_put(&id, str_eq(r->id_join[i]->text, r->parent_field->text) ? parent : target);
    }
    return tenant_find(rq->tenant, r, buf_str(&id)) != NULL;
}

static bool is_among(const struct var_test *t, struct str text)
{
    if (!text.s) {
        return t->takes_absent;
    }
    for (size_t i = 0; i < t->n; i++) {
        if (str_eq(t->values[i], text)) {
            return true;
        }
    }
    return t->takes_present;
}

static bool test_holds(struct request *rq, const struct var_test *t)
{
    struct str text = var_text(rq, &t->var), value, other;
    switch (t->kind) {
    case VAR_TEST_IS:
        return is_among(t, text);
    case VAR_TEST_IS_NOT:
        return !is_among(t, text);
    case VAR_TEST_DIFFERS:
        other = var_text(rq, &t->other);
        return text.s == NULL || other.s == NULL ? text.s != other.s : !str_eq(text, other);
    case VAR_TEST_UNKNOWN:
        value = act_var(rq, &t->var);
        return value.s && !tenant_find(rq->tenant, t->resource, value);
    case VAR_TEST_UNLINKED:
        value = act_var(rq, &t->var);
        other = act_var(rq, &t->other);
        return value.s && other.s && !is_linked(rq, t->resource, other, value);
    }
    unreachable();
}

bool act_tests_hold(struct request *rq, const struct var_tests *c)
{
    for (size_t i = 0; i < c->n; i++) {
        if (!test_holds(rq, &c->at[i])) {
            return false;
        }
    }
    return true;
}

static struct str step_value(const struct request *rq, const struct part_step *s)
{
    return s->param.len ? request_path_value(rq, s->param) : s->value;
}

/* The item that a step leads to; no value where there is none. */
static struct json step_item(const struct request *rq, const struct part_step *s, struct json from)
{
    struct str wanted = step_value(rq, s);
    struct json found = {0};
    for (struct json v = json_first(json_get(from, s->list)); json_exists(v); v = json_next(v)) {
        if (s->take == TAKE_EQUAL && !str_eq(json_str_or(json_get(v, s->by), STR("")), wanted)) {
            continue;
        }
        found = v;
        if (s->take != TAKE_LAST) {
            break;
        }
    }
    return found;
}

/* Finds the operation's part in `entity`; NULL, or the step at which there was nothing. */
static const struct part_step *find_part(struct request *rq, struct json entity)
{
    const struct part_rule *p = &rq->op->part;
    rq->part = rq->owner = entity;
    for (size_t i = 0; i < p->n; i++) {
        struct json next = step_item(rq, &p->steps[i], rq->part);
        if (!json_exists(next)) {
            return &p->steps[i];
        }
        rq->owner = rq->part;
        rq->part = next;
    }
    return NULL;
}

bool act_enter_part(struct request *rq, struct json entity)
{
    const struct part_rule *p = &rq->op->part;
    const struct part_step *missing = find_part(rq, entity);
    if (missing) {
        return reply_case(rq, missing->missing_case);
    }
    for (size_t i = 0; i < p->n_guards; i++) {
        if (act_tests_hold(rq, &p->guards[i].when)) {
            return reply_case(rq, p->guards[i].case_name);
        }
    }
    return true;
}

/* Writes `v` with the object `patch` merged into it (RFC 7396). */
static void put_merged(struct buf *out, struct json v, struct json patch)
{
    bool is_first = true;
    if (json_kind(patch) != JSON_OBJECT) {
        json_put(out, patch);
        return;
    }
    if (json_kind(v) != JSON_OBJECT) {
        v = (struct json){0};
    }
    buf_put_char(out, '{');
    for (struct json m = json_first(v); json_exists(m); m = json_next(m)) {
        struct json over = json_get(patch, json_key(m));
        if (json_kind(over) == JSON_NULL) {
            continue;
        }
        buf_put(out, is_first ? STR("") : STR(","));
        is_first = false;
        buf_put_json_string(out, json_key(m));
        buf_put_char(out, ':');
        if (json_exists(over)) {
            put_merged(out, m, over);
        } else {
            json_put(out, m);
        }
    }
    for (struct json m = json_first(patch); json_exists(m); m = json_next(m)) {
        if (json_kind(m) == JSON_NULL || json_exists(json_get(v, json_key(m)))) {
            continue;
        }
        buf_put(out, is_first ? STR("") : STR(","));
        is_first = false;
        buf_put_json_string(out, json_key(m));
        buf_put_char(out, ':');
        put_merged(out, (struct json){0}, m);
    }
    buf_put_char(out, '}');
}

/* A change on its way into the entity. */
struct way {
    struct request *rq;
    const struct part_step *const *steps;
    size_t n;
    struct json patch;
};

static void put_way(struct buf *out, const struct way *w, size_t at, struct json v);

/* The list of step `at`, with the item changed or made. */
static void put_list(struct buf *out, const struct way *w, size_t at, struct json list)
{
    const struct part_step *s = w->steps[at];
    struct json from = list, item = {0};
    bool is_first = true, is_found = false;
    struct str wanted = step_value(w->rq, s);
    size_t n = json_count(list), i = 0;
    buf_put_char(out, '[');
    for (item = json_first(from); json_exists(item); item = json_next(item), i++) {
        bool is_it = s->take == TAKE_FIRST ? i == 0
                     : s->take == TAKE_LAST
                         ? i + 1 == n
                         : str_eq(json_str_or(json_get(item, s->by), STR("")), wanted);
        buf_put(out, is_first ? STR("") : STR(","));
        is_first = false;
        if (is_it && !is_found) {
            is_found = true;
            put_way(out, w, at + 1, item);
        } else {
            json_put(out, item);
        }
    }
    struct buf made;
    buf_init(&made, w->rq->arena);
    struct template_source source = request_source(w->rq);
    if (!is_found && s->made && template_put(&made, s->made, &source)) {
        buf_put(out, is_first ? STR("") : STR(","));
        put_way(out, w, at + 1, act_parse(w->rq, buf_str(&made)));
    }
    buf_put_char(out, ']');
}

static void put_way(struct buf *out, const struct way *w, size_t at, struct json v)
{
    bool is_first = true, is_there = false;
    if (at == w->n) {
        put_merged(out, v, w->patch);
        return;
    }
    buf_put_char(out, '{');
    for (struct json m = json_first(v); json_exists(m); m = json_next(m)) {
        bool is_list = str_eq(json_key(m), w->steps[at]->list);
        buf_put(out, is_first ? STR("") : STR(","));
        is_first = false;
        is_there = is_there || is_list;
        buf_put_json_string(out, json_key(m));
        buf_put_char(out, ':');
        if (is_list) {
            put_list(out, w, at, m);
        } else {
            json_put(out, m);
        }
    }
    if (!is_there) {
        buf_put(out, is_first ? STR("") : STR(","));
        buf_put_json_string(out, w->steps[at]->list);
        buf_put_char(out, ':');
        put_list(out, w, at, (struct json){0});
    }
    buf_put_char(out, '}');
}

/* The entity with `patch` merged in at the operation's steps but the last `up`, then `more`. */
static struct json changed(struct request *rq, struct json entity, size_t up,
                           const struct part_step *more, size_t n_more, struct json patch)
{
    const struct part_rule *p = &rq->op->part;
    size_t own = p->n - up, n = 0;
    const struct part_step **steps =
        ARENA_ARRAY(rq->arena, own + n_more + 1, const struct part_step *);
    for (size_t i = 0; i < own; i++) {
        steps[n++] = &p->steps[i];
    }
    for (size_t i = 0; i < n_more; i++) {
        steps[n++] = &more[i];
    }
    struct way way = {.rq = rq, .steps = steps, .n = n, .patch = patch};
    struct buf text;
    buf_init(&text, rq->arena);
    put_way(&text, &way, 0, entity);
    return act_parse(rq, buf_str(&text));
}

struct json act_change_part(struct request *rq, struct json entity)
{
    const struct part_rule *p = &rq->op->part;
    struct template_source source = request_source(rq);
    if (p->n_changes == 0) {
        return json_exists(rq->item) ? changed(rq, entity, 0, NULL, 0, act_item(rq)) : entity;
    }
    for (size_t i = 0; i < p->n_changes; i++) {
        const struct part_change *c = &p->changes[i];
        struct buf patch;
        buf_init(&patch, rq->arena);
        if (act_tests_hold(rq, &c->when) && template_put(&patch, c->set, &source)) {
            entity = changed(rq, entity, c->up, c->steps, c->n, act_parse(rq, buf_str(&patch)));
            find_part(rq, entity); /* the next change sees this one */
        }
    }
    return entity;
}

void act_reply_part(struct request *rq, struct json entity)
{
    struct buf text;
    find_part(rq, entity);
    buf_init(&text, rq->arena);
    json_put(&text, rq->part);
    reply_success(rq, buf_str(&text));
}

bool act_read_part(struct request *rq)
{
    tenant_lock_read(rq->tenant);
    const struct entity *e = act_find(rq);
    struct json entity = e ? act_parse(rq, e->text) : (struct json){0};
    if (e && act_enter_part(rq, entity)) {
        act_reply_part(rq, entity);
        act_put_etag(rq, rq->op->resource, e);
    }
    tenant_unlock(rq->tenant);
    rq->entity = NULL;
    return false;
}

bool act_find_parent_of(struct request *rq)
{
    const struct part_rule *p = &rq->op->part;
    struct str id = request_path_value(rq, p->of_param);
    const struct entity *e = id.s ? tenant_find(rq->tenant, p->of, id) : NULL;
    if (!e || !act_is_visible(rq, p->of, e)) {
        return reply_case(rq, rq->op->gone_case.len ? rq->op->gone_case : STR("not_found"));
    }
    rq->entity = e;
    bool goes_on = act_enter_part(rq, act_parse(rq, e->text));
    if (goes_on) {
        struct str parent = act_var(rq, &p->of_parent);
        rq->parent = parent.s ? tenant_find(rq->tenant, rq->op->resource->parent, parent) : NULL;
    }
    rq->entity = NULL;
    rq->part = rq->owner = (struct json){0}; /* of a text that is the entity's */
    return goes_on;
}
