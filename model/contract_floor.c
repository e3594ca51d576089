/* The floor: who could use which code. What the words mean stands in model/floor.h. */
#include "model/contract_int.h"
#include "model/floor.h"

static const struct str mode_names[FLOOR_MODE_COUNT] = {
    [FLOOR_NO_ACW] = STR_INIT("none"),         [FLOOR_OPTIONAL] = STR_INIT("optional"),
    [FLOOR_MANDATORY] = STR_INIT("mandatory"), [FLOOR_TIMEOUT] = STR_INIT("timeout"),
    [FLOOR_FORCED] = STR_INIT("forced"),       [FLOOR_REQUESTED] = STR_INIT("requested")};

struct str floor_mode_name(enum floor_mode mode)
{
    return mode_names[mode];
}

static enum floor_mode mode_of(struct str word)
{
    size_t i = 0;
    while (i + 1 < FLOOR_MODE_COUNT && !str_eq(mode_names[i], word)) {
        i++;
    }
    return (enum floor_mode)i; /* the format's schema lets no other word through */
}

/* The field must be one of the resource's schema, where that says what it has. */
static const struct field_path *field_of(struct loader *l, const struct resource *r, struct json at)
{
    const struct field_path *f = load_field(l, at);
    bool is_known = !f || !r || r->n_members == 0;
    for (size_t i = 0; !is_known && i < r->n_members; i++) {
        is_known = str_eq(r->members[i], f->parts[0]);
    }
    if (!is_known) {
        load_unknown(l, at, "member", f->parts[0], r->members, r->n_members);
    }
    return f;
}

static struct floor_conditions load_conditions(struct loader *l, const struct resource *r,
                                               struct json all)
{
    struct floor_conditions out = {0};
    struct floor_condition *at = ARENA_ARRAY(l->a, json_count(all) + 1, struct floor_condition);
    for (struct json m = json_first(all); json_exists(m); m = json_next(m)) {
        struct json is = json_get(m, STR("is"));
        struct str *texts = ARENA_ARRAY(l->a, json_count(is) + 1, struct str);
        struct floor_condition *c = &at[out.n++];
        for (struct json v = json_first(is); json_exists(v); v = json_next(v)) {
            struct buf text;
            buf_init(&text, l->a);
            json_put(&text, v);
            texts[c->n_is++] = buf_str(&text);
        }
        c->is = texts;
        c->field = field_of(l, r, json_get(m, STR("field")));
        c->holds_absent = json_bool_or(json_get(m, STR("absent")), true);
        c->says = load_str(m, "says", "");
        if (c->n_is == 0 && c->holds_absent) {
            load_bad(l, m,
                     "nothing is asked: say \"is\" with the values that may stand there, or "
                     "\"absent\": false");
        }
    }
    out.at = at;
    return out;
}

static void load_time(struct loader *l, const struct resource *r, struct floor_time *out,
                      struct json t)
{
    if (!json_exists(t)) {
        return;
    }
    out->field = field_of(l, r, json_get(t, STR("field")));
    out->unit_us = str_eq(load_str(t, "unit", "s"), STR("ms")) ? US_PER_MS : US_PER_S;
    out->min = json_i64_or(json_get(t, STR("min")), 0);
    out->max = json_i64_or(json_get(t, STR("max")), 0);
    if (out->max && out->max < out->min) {
        load_bad(l, t, "\"max\" is below \"min\"");
    }
}

static void load_side(struct loader *l, struct floor_side *out, struct json side)
{
    if (!json_exists(side)) {
        return;
    }
    out->resource = load_resource_named(l, json_get(side, STR("resource")));
    out->requires = load_conditions(l, out->resource, json_get(side, STR("requires")));
    out->division = field_of(l, out->resource, json_get(side, STR("division")));
    out->channels = field_of(l, out->resource, json_get(side, STR("channels")));
}

static struct floor_links load_links(struct loader *l, struct json all, const char *from,
                                     const char *to)
{
    struct floor_links out = {0};
    struct floor_link *at = ARENA_ARRAY(l->a, json_count(all) + 1, struct floor_link);
    for (struct json m = json_first(all); json_exists(m); m = json_next(m)) {
        struct floor_link link = {.resource = load_resource_named(l, json_get(m, STR("resource")))};
        struct json from_field = json_get(m, str_of(from));
        if (!json_exists(from_field)) {
            continue; /* a need of the other kind */
        }
        link.from = field_of(l, link.resource, from_field);
        link.to = field_of(l, link.resource, json_get(m, str_of(to)));
        link.level = field_of(l, link.resource, json_get(m, STR("level")));
        link.requires = load_conditions(l, link.resource, json_get(m, STR("requires")));
        link.required = load_conditions(l, link.resource, json_get(m, STR("required")));
        link.exit = load_conditions(l, link.resource, json_get(m, STR("exit")));
        if (link.from && link.to && link.from->is_list && link.to->is_list) {
            load_bad(l, m, "one of \"%s\" and \"%s\" is a single value", from, to);
        }
        at[out.n++] = link;
    }
    out.at = at;
    return out;
}

static void load_acw(struct loader *l, struct floor_rule *f, struct json acw)
{
    struct json modes = json_get(acw, STR("modes"));
    struct floor_mode_rule *at = ARENA_ARRAY(l->a, json_count(modes) + 1, struct floor_mode_rule);
    for (struct json m = json_first(modes); json_exists(m); m = json_next(m)) {
        struct floor_mode_rule *rule = &at[f->n_modes++];
        rule->mode = mode_of(load_str(m, "mode", ""));
        rule->when = load_conditions(l, f->queues.resource, json_get(m, STR("when")));
    }
    f->modes = at;
    f->otherwise = mode_of(load_str(acw, "otherwise", "optional"));
    load_time(l, f->queues.resource, &f->limit, json_get(acw, STR("limit")));
}

static void load_floor_channels(struct loader *l, struct floor_rule *f, struct json channels)
{
    struct json list = json_get(channels, STR("list"));
    struct floor_channel *at = ARENA_ARRAY(l->a, json_count(list) + 1, struct floor_channel);
    if (json_exists(json_get(channels, STR("resource")))) {
        f->channel_resource = load_resource_named(l, json_get(channels, STR("resource")));
    }
    for (struct json m = json_first(list); json_exists(m); m = json_next(m)) {
        struct floor_channel *c = &at[f->n_channels++];
        c->name = load_str(m, "name", "");
        c->n_also = load_words(l, &c->also, json_get(m, STR("also")));
    }
    f->channels = at;
}

static void load_codes(struct loader *l, struct floor_rule *f, struct json codes)
{
    const struct resource *r = f->codes.resource;
    f->from = field_of(l, r, json_get(codes, STR("from")));
    f->until = field_of(l, r, json_get(codes, STR("until")));
    load_time(l, r, &f->duration, json_get(codes, STR("duration")));
    f->mandatory = load_conditions(l, r, json_get(codes, STR("mandatory")));
    f->identifier = field_of(l, r, json_get(codes, STR("identifier")));
}

void load_floor(struct loader *l)
{
    struct json x = json_get(l->ext, STR("floor"));
    if (!json_exists(x)) {
        return;
    }
    struct floor_rule *f = ARENA_NEW(l->a, struct floor_rule);
    struct json queues = json_get(x, STR("queues")), divisions = json_get(x, STR("divisions"));
    struct json needs = json_get(x, STR("needs")), permissions = json_get(x, STR("permissions"));
    struct str compared = load_str(divisions, "compare", "none");
    load_side(l, &f->agents, json_get(x, STR("agents")));
    load_side(l, &f->queues, queues);
    load_side(l, &f->codes, json_get(x, STR("codes")));
    load_side(l, &f->skills, json_get(x, STR("skills")));
    load_codes(l, f, json_get(x, STR("codes")));
    load_acw(l, f, json_get(queues, STR("acw")));
    f->codes_max = json_i64_or(json_get(queues, STR("codesMax")), 0);
    f->needs_channels = json_is_true(json_get(queues, STR("needsChannels")));
    f->members = load_links(l, json_get(x, STR("members")), "agent", "queue");
    f->assigned = load_links(l, json_get(x, STR("assigned")), "queue", "code");
    f->holds = load_links(l, json_get(x, STR("holds")), "agent", "skill");
    f->queue_needs = load_links(l, needs, "queue", "skill");
    f->code_needs = load_links(l, needs, "code", "skill");
    f->is_low_best = str_eq(load_str(x, "bestLevel", "high"), STR("low"));
    load_floor_channels(l, f, json_get(x, STR("channels")));
    f->compares_queue = str_eq(compared, STR("queue")) || str_eq(compared, STR("both"));
    f->compares_agent = str_eq(compared, STR("agent")) || str_eq(compared, STR("both"));
    f->n_all_divisions = load_words(l, &f->all_divisions, json_get(divisions, STR("all")));
    f->n_permissions = load_words(l, &f->permissions, json_get(permissions, STR("needs")));
    f->client_agent = load_str(permissions, "client", "");
    f->n_assumptions = load_words(l, &f->assumptions, json_get(x, STR("assumptions")));
    if (f->agents.resource && f->queues.resource && f->members.n == 0) {
        load_bad(l, x, "there are agents and queues, and no \"members\" that say who serves which");
    }
    if (f->queues.resource && f->assigned.n == 0) {
        load_bad(l, x, "there are queues, and no \"assigned\" that say which codes they have");
    }
    l->c->floor = f;
}
