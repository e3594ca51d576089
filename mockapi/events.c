#include "mockapi/events.h"

#include "mockapi/act.h"
#include "mockapi/site.h"

/* What became of one entity. Both held by the tenant's log; NULL: there was none, there is none. */
struct outcome {
    const struct resource *resource;
    const struct entity *before, *after;
};

struct outcomes {
    struct outcome *at;
    size_t n;
};

void events_begin(struct request *rq)
{
    if (rq->contract->has_events && !rq->site->is_hushed) {
        tenant_note_changes(rq->tenant);
    }
}

/* The first state and the last of each entity that was touched, in the order of first touch. */
static struct outcomes settle(struct request *rq, const struct tenant_change *changes, size_t n)
{
    struct outcomes all = {.at = ARENA_ARRAY(rq->arena, n + 1, struct outcome)};
    struct map by_id = {0};
    for (size_t i = 0; i < n; i++) {
        const struct tenant_change *c = &changes[i];
        const struct entity *one = c->after ? c->after : c->before;
        struct buf key;
        if (c->resource->n_events == 0) {
            continue;
        }
        buf_init(&key, rq->arena);
        buf_printf(&key, "%zu/%.*s", c->resource->index, STR_ARG(one->id));
        struct outcome *there = map_get(&by_id, buf_str(&key));
        if (!there) {
            there = &all.at[all.n++];
            *there = (struct outcome){c->resource, c->before, NULL};
            map_put(&by_id, buf_str(&key), there);
        }
        there->after = c->after;
    }
    map_done(&by_id);
    return all;
}

static void put_change(struct buf *out, struct str name, struct json before, struct json after)
{
    buf_put(out, out->s[out->len - 1] == '[' ? STR("{\"property\":") : STR(",{\"property\":"));
    buf_put_json_string(out, name);
    if (json_exists(before)) {
        buf_put(out, STR(",\"old\":"));
        json_put(out, before);
    }
    if (json_exists(after)) {
        buf_put(out, STR(",\"new\":"));
        json_put(out, after);
    }
    buf_put_char(out, '}');
}

/* Members of both, one level deep. */
static void put_changes(struct buf *out, struct json before, struct json after)
{
    buf_put_char(out, '[');
    for (struct json m = json_first(after); json_exists(m); m = json_next(m)) {
        struct json old = json_get(before, json_key(m));
        if (!json_exists(old) || !json_eq(old, m)) {
            put_change(out, json_key(m), old, m);
        }
    }
    for (struct json m = json_first(before); json_exists(m); m = json_next(m)) {
        if (!json_exists(json_get(after, json_key(m)))) {
            put_change(out, json_key(m), m, (struct json){0});
        }
    }
    buf_put_char(out, ']');
}

/* {event.…}: what templates see beside the entity. */
static struct json describe(struct request *rq, const struct outcome *o, const char *on)
{
    struct buf text;
    struct json before = o->before ? act_parse(rq, o->before->text) : (struct json){0},
                after = o->after ? act_parse(rq, o->after->text) : (struct json){0};
    buf_init(&text, rq->arena);
    buf_printf(&text, "{\"on\":\"%s\",\"changes\":", on);
    put_changes(&text, before, after);
    if (o->before) {
        buf_put(&text, STR(",\"before\":"));
        buf_put(&text, o->before->text);
    }
    buf_put_char(&text, '}');
    return act_parse(rq, buf_str(&text));
}

static struct str render(struct request *rq, const struct template *t)
{
    struct template_source source = request_source(rq);
    struct buf text;
    buf_init(&text, rq->arena);
    return template_put(&text, t, &source) ? buf_str(&text) : STR("null");
}

static void record(struct request *rq, const struct event_rule *rule)
{
    const struct resource *r = rule->record;
    struct template_source source = request_source(rq);
    struct json body = act_parse(rq, render(rq, rule->body));
    struct buf id, text;
    buf_init(&id, rq->arena);
    buf_init(&text, rq->arena);
    tenant_next_id(rq->tenant, r, &id);
    struct build build = {
        .resource = r,
        .mode = BUILD_LOAD,
        .body = body,
        .id = buf_str(&id),
        .version = r->version_start,
        .tenant = rq->tenant,
        .source = &source,
    };
    entity_build(&text, rq->arena, &build);
    tenant_put(rq->tenant, r, act_parse(rq, buf_str(&text)), build.version, rq->now_us);
    while (rule->keep && tenant_count(rq->tenant, r) > rule->keep) {
        const struct entity *oldest = tenant_first(rq->tenant, r);
        (void)tenant_delete(rq->tenant, r, str_copy(rq->arena, oldest->id));
    }
}

static void add(struct request *rq, struct event event)
{
    struct event *kept = ARENA_NEW(rq->arena, struct event);
    *kept = event;
    kept->request_id = str_of(rq->id);
    *(rq->events_end ? &rq->events_end->next : &rq->events) = kept;
    rq->events_end = kept;
}

struct hook_search {
    struct request *rq;
    const struct event_rule *rule;
    struct str body;
    bool is_wanted; /* by the subscription at hand */
};

static void compare_type(struct json value, void *ctx)
{
    struct hook_search *s = ctx;
    s->is_wanted = s->is_wanted || str_eq(json_str_or(value, STR("")), s->rule->event);
}

static bool offer(const struct entity *subscription, void *ctx)
{
    struct hook_search *s = ctx;
    struct json value = act_parse(s->rq, subscription->text);
    struct str url = json_str_or(field_find(s->rule->hook_url, value), STR(""));
    s->is_wanted = s->rule->hook_types == NULL;
    if (s->rule->hook_types) {
        field_each(s->rule->hook_types, value, compare_type, s);
    }
    if (s->is_wanted && url.len) {
        add(s->rq, (struct event){.rule = s->rule,
                                  .subscription = str_copy(s->rq->arena, subscription->id),
                                  .url = str_copy(s->rq->arena, url),
                                  .body = s->body});
    }
    return true;
}

static bool applies(const struct event_rule *rule, const struct outcome *o)
{
    return o->before && o->after ? rule->is_on_changed
           : o->after            ? rule->is_on_created
                                 : rule->is_on_deleted;
}

static void happen(struct request *rq, const struct event_rule *rule)
{
    if (rule->record) {
        record(rq, rule);
        return;
    }
    struct str body = render(rq, rule->body);
    if (rule->topic && !channels_any(rq->site->channels)) {
        return; /* nobody could hear of it */
    }
    if (rule->topic) {
        struct str topic = render(rq, rule->topic);
        add(rq, (struct event){.rule = rule,
                               .topic = json_str_or(act_parse(rq, topic), STR("")),
                               .body = body});
        return;
    }
    struct hook_search search = {.rq = rq, .rule = rule, .body = body};
    tenant_each(rq->tenant, rule->hooks, offer, &search);
}

/* True if what the rule looks at is there, and another than it was. */
static bool differs(const struct event_rule *rule, struct json before, struct json after)
{
    struct json old = rule->differs ? field_find(rule->differs, before) : before,
                new = rule->differs ? field_find(rule->differs, after) : after;
    return json_exists(new) && (!json_exists(old) || !json_eq(old, new));
}

static struct json same_item(struct json list, struct str by, struct json item)
{
    struct json id = json_get(item, by);
    for (struct json v = json_first(list); json_exists(v) && json_exists(id); v = json_next(v)) {
        struct json other = json_get(v, by);
        if (json_exists(other) && json_eq(other, id)) {
            return v;
        }
    }
    return (struct json){0};
}

/* A rule that looks at a part of the entity, or at each item of a list in it. */
static void happen_to_parts(struct request *rq, const struct event_rule *rule,
                            const struct outcome *o)
{
    struct json none = {0}, before = o->before ? act_parse(rq, o->before->text) : none,
                after = o->after ? act_parse(rq, o->after->text) : none;
    if (!rule->each) {
        if (differs(rule, before, after)) {
            happen(rq, rule);
        }
        return;
    }
    struct json old = json_get(before, rule->each->parts[0]);
    for (struct json v = json_first(json_get(after, rule->each->parts[0])); json_exists(v);
         v = json_next(v)) {
        if (differs(rule, same_item(old, rule->by, v), v) && rq->n_lists < TEMPLATE_LISTS_MAX) {
            rq->lists[rq->n_lists++] = v;
            happen(rq, rule);
            rq->n_lists--;
        }
    }
}

static void tell_outcome(struct request *rq, const struct outcome *o)
{
    const char *on = o->before && o->after ? "changed" : o->after ? "created" : "deleted";
    bool is_none = !o->before && !o->after; /* made and taken back */
    bool is_same = o->before && o->after && str_eq(o->before->text, o->after->text);
    for (size_t i = 0; !is_none && !is_same && i < o->resource->n_events; i++) {
        const struct event_rule *rule = &o->resource->events[i];
        if (!applies(rule, o)) {
            continue;
        }
        if (!json_exists(rq->event)) {
            rq->event = describe(rq, o, on);
            rq->entity = o->after ? o->after : o->before;
            rq->version = rq->entity->version;
            if (o->resource->parent) {
                rq->target = tenant_link_target(rq->tenant, o->resource, rq->entity);
                rq->parent = tenant_link_parent(rq->tenant, o->resource, rq->entity);
            }
        }
        if (rule->each || rule->differs) {
            happen_to_parts(rq, rule, o);
        } else {
            happen(rq, rule);
        }
    }
    rq->event = (struct json){0};
}

void events_collect(struct request *rq)
{
    size_t n = 0;
    const struct tenant_change *changes =
        rq->contract->has_events && !rq->site->is_hushed ? tenant_noted(rq->tenant, &n) : NULL;
    if (n == 0) {
        return;
    }
    struct outcomes all = settle(rq, changes, n);
    const struct entity *entity = rq->entity, *target = rq->target, *parent = rq->parent;
    struct str new_id = rq->new_id;
    int64_t version = rq->version;
    rq->new_id = (struct str){0};
    rq->is_showing = true; /* templates see what is stored */
    for (size_t i = 0; i < all.n; i++) {
        tell_outcome(rq, &all.at[i]);
    }
    rq->is_showing = false;
    rq->entity = entity;
    rq->target = target;
    rq->parent = parent;
    rq->new_id = new_id;
    rq->version = version;
}

void events_tell(struct request *rq)
{
    for (const struct event *e = rq->events; e; e = e->next) {
        const struct event_listener *l = e->topic.len ? &rq->site->on_topic : &rq->site->on_hook;
        if (l->tell) {
            struct event told = *e;
            told.is_twice = rq->fault && rq->fault->doubles_hook;
            told.is_late = rq->fault && rq->fault->delays_hook;
            l->tell(l->ctx, rq->site, &told);
        }
    }
    rq->events = rq->events_end = NULL;
}
