/* Events of a resource: what else happens when an entity of it is created, changed or deleted. */
#include "model/contract_int.h"

static void load_on(struct loader *l, struct event_rule *e, struct json on)
{
    bool is_list = json_kind(on) == JSON_ARRAY;
    (void)l;
    for (struct json v = is_list ? json_first(on) : on; json_exists(v);
         v = is_list ? json_next(v) : (struct json){0}) {
        struct str word = json_str_or(v, STR(""));
        e->is_on_created = e->is_on_created || str_eq(word, STR("created"));
        e->is_on_changed = e->is_on_changed || str_eq(word, STR("changed"));
        e->is_on_deleted = e->is_on_deleted || str_eq(word, STR("deleted"));
    }
}

static void load_record(struct loader *l, struct event_rule *e, const struct resource *of,
                        struct json record)
{
    e->record = load_resource_named(l, json_get(record, STR("resource")));
    e->keep = (size_t)json_i64_or(json_get(record, STR("keep")), 0);
    if (e->record && (e->record == of || json_exists(json_get(e->record->source, STR("events"))))) {
        load_bad(l, json_get(record, STR("resource")),
                 "what events record has no events of its own: it would never end");
    }
}

static void load_hooks(struct loader *l, struct event_rule *e, struct json hooks)
{
    e->hooks = load_resource_named(l, json_get(hooks, STR("resource")));
    e->hook_url = load_field(l, json_get(hooks, STR("url")));
    e->hook_types = load_field(l, json_get(hooks, STR("types")));
}

void load_events(struct loader *l, struct resource *r, struct json all)
{
    struct event_rule *at = ARENA_ARRAY(l->a, json_count(all) + 1, struct event_rule);
    for (struct json m = json_first(all); json_exists(m); m = json_next(m)) {
        struct event_rule *e = &at[r->n_events++];
        struct json record = json_get(m, STR("record")), hooks = json_get(m, STR("hooks")),
                    topic = json_get(m, STR("topic"));
        load_on(l, e, json_get(m, STR("on")));
        e->event = load_str(m, "event", "");
        load_template(l, &e->body, json_get(m, STR("body")));
        if (json_exists(record) + json_exists(hooks) + json_exists(topic) != 1) {
            load_bad(l, m, "an event is one of record, hooks and topic");
        }
        if (json_exists(record)) {
            load_record(l, e, r, record);
        }
        if (json_exists(hooks)) {
            load_hooks(l, e, hooks);
        }
        load_template(l, &e->topic, topic);
        e->each = load_field(l, json_get(m, STR("each")));
        e->by = load_str(m, "by", "id");
        e->differs = load_field(l, json_get(m, STR("differs")));
        if (e->each && (e->each->n != 2 || e->each->parts[1].len || e->each->is_names)) {
            load_bad(l, json_get(m, STR("each")), "this wants a list of the entity: \"lines[]\"");
        }
    }
    r->events = at;
    l->c->has_events = l->c->has_events || r->n_events > 0;
}
