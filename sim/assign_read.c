/* A tenant's agents, queues, codes, skills and channels, as the profile's "floor" names them. */
#include "sim/assign_int.h"

struct each_context {
    struct assign_reader *r;
    void (*each)(struct assign_reader *r, const struct entity *e, struct json v, size_t item,
                 void *ctx);
    void *ctx;
    size_t item;
};

static bool parse_one(const struct entity *e, void *ctx)
{
    struct each_context *c = ctx;
    const struct json_doc *doc = NULL;
    struct err ignored = {0};
    struct arena_mark mark = arena_mark(c->r->scratch);
    if (json_parse(&doc, c->r->scratch, STR(""), e->text, NULL, NULL, &ignored)) {
        c->each(c->r, e, json_root(doc), c->item, c->ctx);
    }
    c->item++;
    arena_release(c->r->scratch, mark);
    return c->r->is_well;
}

void assign_each(struct assign_reader *r, const struct resource *resource,
                 void (*each)(struct assign_reader *r, const struct entity *e, struct json v,
                              size_t item, void *ctx),
                 void *ctx)
{
    struct each_context c = {.r = r, .each = each, .ctx = ctx};
    if (resource && r->is_well) {
        (void)tenant_each(r->t, resource, parse_one, &c);
    }
}

static bool holds(const struct floor_condition *c, struct json v, struct arena *scratch)
{
    struct json found = field_find(c->field, v);
    if (!json_exists(found) || json_kind(found) == JSON_NULL) {
        return c->holds_absent;
    }
    struct buf text;
    buf_init(&text, scratch);
    json_put(&text, found);
    bool is_one = c->n_is == 0;
    for (size_t i = 0; i < c->n_is && !is_one; i++) {
        is_one = str_eq(c->is[i], buf_str(&text));
    }
    return is_one;
}

const struct floor_condition *assign_broken(struct floor_conditions all, struct json v)
{
    struct arena scratch;
    const struct floor_condition *out = NULL;
    arena_init(&scratch, 0, 0);
    for (size_t i = 0; i < all.n && !out; i++) {
        out = holds(&all.at[i], v, &scratch) ? NULL : &all.at[i];
    }
    arena_done(&scratch);
    return out;
}

/* 0: of all divisions, or of none that is known. */
static uint32_t division_of(struct assign_reader *r, const struct field_path *field, struct json v)
{
    struct str id = field ? field_text(field, v) : (struct str){0};
    for (size_t i = 0; i < r->f->rule->n_all_divisions; i++) {
        if (str_eq(id, r->f->rule->all_divisions[i])) {
            return 0;
        }
    }
    if (id.len == 0) {
        return 0;
    }
    uint32_t *known = map_get(&r->divisions, id);
    if (!known) {
        known = ARENA_NEW(r->a, uint32_t);
        *known = ++r->n_divisions;
        map_put(&r->divisions, str_copy(r->a, id), known);
    }
    return *known;
}

struct channel_bits {
    struct assign_reader *r;
    uint64_t bits;
    size_t n;
};

static struct str text_of(struct json v)
{
    return json_kind(v) == JSON_STRING   ? json_str(v)
           : json_kind(v) == JSON_NUMBER ? json_number_text(v)
                                         : (struct str){0};
}

static void add_channel(struct json v, void *ctx)
{
    struct channel_bits *c = ctx;
    const size_t *known = map_get(&c->r->channels, text_of(v));
    c->n++;
    if (known) {
        c->bits |= UINT64_C(1) << *known;
    }
}

static void add_channel_name(struct json v, void *ctx)
{
    struct channel_bits *c = ctx;
    const size_t *known = map_get(&c->r->channels, json_key(v));
    c->n++;
    if (known) {
        c->bits |= UINT64_C(1) << *known;
    }
}

static uint64_t all_channels(const struct assign_floor *f)
{
    return f->n_channels >= 64 ? UINT64_MAX : (UINT64_C(1) << f->n_channels) - 1;
}

static uint64_t channels_of(struct assign_reader *r, const struct field_path *field, struct json v,
                            size_t *out_n)
{
    struct channel_bits c = {.r = r};
    if (field) {
        field_each(field, v, field->is_names ? add_channel_name : add_channel, &c);
    }
    *out_n = c.n;
    return c.n ? c.bits : all_channels(r->f);
}

/* Id, name, division, channels and conditions. */
static size_t read_thing(struct assign_reader *r, struct assign_thing *out,
                         const struct floor_side *side, const struct entity *e, struct json v,
                         size_t item, enum assign_reason off)
{
    size_t n_channels = 0;
    struct str name =
        side->resource->name_field ? field_text(side->resource->name_field, v) : (struct str){0};
    const struct floor_condition *broken = assign_broken(side->requires, v);
    out->id = str_copy(r->a, e->id);
    out->name = name.len ? str_copy(r->a, name) : out->id;
    out->item = item;
    out->division = division_of(r, side->division, v);
    out->channels = channels_of(r, side->channels, v, &n_channels);
    if (broken) {
        out->reasons |= UINT32_C(1) << off;
        out->says = broken->says;
    }
    return n_channels;
}

static bool is_granted(const struct tenant_client *client, struct str wanted)
{
    bool is = false;
    for (size_t i = 0; i < client->n_permissions && !is; i++) {
        struct str p = client->permissions[i];
        is = str_eq(p, wanted) || str_eq(p, STR("*")) ||
             (str_ends(p, STR(":*")) && str_starts(wanted, str_slice(p, 0, p.len - 1)));
    }
    return is;
}

/* A client that names this agent says what the agent may do; where none does, nothing is known. */
static bool may_work(struct assign_reader *r, struct str agent)
{
    const struct floor_rule *rule = r->f->rule;
    bool is_known = false, may = false;
    for (size_t i = 0; rule->n_permissions && i < tenant_client_count(r->t); i++) {
        const struct tenant_client *client = tenant_client_at(r->t, i);
        struct str named = json_text_path(client->text, rule->client_agent);
        bool has_all = true;
        if (named.len >= 2 && named.s[0] == '"') {
            named = str_slice(named, 1, named.len - 1);
        }
        if (named.len == 0 || !str_eq(named, agent)) {
            continue;
        }
        for (size_t k = 0; k < rule->n_permissions; k++) {
            has_all = has_all && is_granted(client, rule->permissions[k]);
        }
        is_known = true;
        may = may || has_all;
    }
    return !is_known || may;
}

static void read_agent(struct assign_reader *r, const struct entity *e, struct json v, size_t item,
                       void *ctx)
{
    struct assign_agent *at = &r->f->agents[r->f->n_agents++];
    (void)ctx;
    (void)read_thing(r, &at->is, &r->f->rule->agents, e, v, item, ASSIGN_AGENT_OFF);
    if (!may_work(r, e->id)) {
        at->is.reasons |= UINT32_C(1) << ASSIGN_PERMISSION;
    }
    map_put(&r->agents, at->is.id, at);
}

static void read_queue(struct assign_reader *r, const struct entity *e, struct json v, size_t item,
                       void *ctx)
{
    const struct floor_rule *rule = r->f->rule;
    struct assign_queue *at = &r->f->queues[r->f->n_queues++];
    (void)ctx;
    at->n_channels_named = read_thing(r, &at->is, &rule->queues, e, v, item, ASSIGN_QUEUE_OFF);
    if (at->n_channels_named == 0 && rule->needs_channels) {
        at->is.channels = 0;
    }
    at->mode = rule->otherwise;
    for (size_t i = 0; i < rule->n_modes; i++) {
        if (!assign_broken(rule->modes[i].when, v)) {
            at->mode = rule->modes[i].mode;
            break;
        }
    }
    at->has_limit = rule->limit.field && json_i64(field_find(rule->limit.field, v), &at->limit);
    map_put(&r->queues, at->is.id, at);
}

/* Ends before or at now, begins after it. */
static uint32_t validity(const struct assign_reader *r, struct json v)
{
    const struct floor_rule *rule = r->f->rule;
    struct str from = rule->from ? field_text(rule->from, v) : (struct str){0};
    struct str until = rule->until ? field_text(rule->until, v) : (struct str){0};
    int64_t at = 0;
    uint32_t out = 0;
    if (from.s && date_parse(&at, from) && at > r->f->now_us) {
        out |= UINT32_C(1) << ASSIGN_NOT_YET;
    }
    if (until.s && date_parse(&at, until) && at < r->f->now_us) {
        out |= UINT32_C(1) << ASSIGN_OVER;
    }
    return out;
}

static void read_code(struct assign_reader *r, const struct entity *e, struct json v, size_t item,
                      void *ctx)
{
    const struct floor_rule *rule = r->f->rule;
    struct assign_code *at = &r->f->codes[r->f->n_codes++];
    (void)ctx;
    (void)read_thing(r, &at->is, &rule->codes, e, v, item, ASSIGN_CODE_OFF);
    at->is.reasons |= validity(r, v);
    at->has_duration =
        rule->duration.field && json_i64(field_find(rule->duration.field, v), &at->duration);
    if (at->has_duration) {
        at->is.reasons |= sim_assign_duration(r->f, at->duration);
    }
    at->is_mandatory = rule->mandatory.n && !assign_broken(rule->mandatory, v);
    if (at->is_mandatory && rule->identifier && field_text(rule->identifier, v).len == 0) {
        at->is.reasons |= UINT32_C(1) << ASSIGN_IDENTIFIER;
    }
    map_put(&r->codes, at->is.id, at);
}

struct assign_skill *assign_skill(struct assign_reader *r, struct str id)
{
    struct assign_skill *s = map_get(&r->skills, id);
    if (!s && r->skill_list.len >= ASSIGN_SKILLS_MAX) {
        r->is_well = err_set(r->err, ERR_INPUT, "there are more than %d skills", ASSIGN_SKILLS_MAX);
        return NULL;
    }
    if (!s) {
        s = ARENA_NEW(r->a, struct assign_skill);
        s->id = s->name = str_copy(r->a, id);
        s->index = r->skill_list.len;
        vec_push(&r->skill_list, s);
        map_put(&r->skills, s->id, s);
    }
    return s;
}

static void read_skill(struct assign_reader *r, const struct entity *e, struct json v, size_t item,
                       void *ctx)
{
    const struct floor_side *side = &r->f->rule->skills;
    struct assign_skill *s = assign_skill(r, e->id);
    struct str name =
        side->resource->name_field ? field_text(side->resource->name_field, v) : (struct str){0};
    (void)ctx;
    if (s) {
        s->is_entity = true;
        s->item = item;
        s->name = name.len ? str_copy(r->a, name) : s->id;
        s->is_off = assign_broken(side->requires, v) != NULL;
    }
}

static void add_channel_word(struct assign_reader *r, struct str id, struct str name)
{
    struct assign_floor *f = r->f;
    if (f->n_channels >= ASSIGN_CHANNELS_MAX) {
        r->is_well =
            err_set(r->err, ERR_INPUT, "there are more than %d channels", ASSIGN_CHANNELS_MAX);
        return;
    }
    size_t *number = ARENA_NEW(r->a, size_t);
    *number = f->n_channels;
    f->channels[f->n_channels++] = str_copy(r->a, name);
    map_put(&r->channels, str_copy(r->a, id), number);
}

static void read_channel(struct assign_reader *r, const struct entity *e, struct json v,
                         size_t item, void *ctx)
{
    const struct resource *resource = r->f->rule->channel_resource;
    struct str name = resource->name_field ? field_text(resource->name_field, v) : e->id;
    (void)item;
    (void)ctx;
    add_channel_word(r, e->id, name.len ? name : e->id);
}

static void read_channels(struct assign_reader *r)
{
    struct assign_floor *f = r->f;
    for (size_t i = 0; i < f->rule->n_channels && r->is_well; i++) {
        add_channel_word(r, f->rule->channels[i].name, f->rule->channels[i].name);
    }
    assign_each(r, f->rule->channel_resource, read_channel, NULL);
    f->has_channels = f->n_channels > 0;
    if (!f->has_channels) {
        f->channels[f->n_channels++] = STR("any channel");
    }
}

/* Where the profile knows no agents or no queues, one stands for any of them: it is told of nothing,
 * so nothing keeps it from a code. */
static void make_up(struct assign_reader *r)
{
    struct assign_floor *f = r->f;
    f->has_agents = f->rule->agents.resource != NULL;
    f->has_queues = f->rule->queues.resource != NULL;
    if (!f->has_agents) {
        f->agents[0].is = (struct assign_thing){
            .id = STR("*"), .name = STR("any agent"), .channels = all_channels(f)};
        f->n_agents = 1;
    }
    if (!f->has_queues) {
        f->queues[0].is = (struct assign_thing){
            .id = STR("*"), .name = STR("any queue"), .channels = all_channels(f)};
        f->queues[0].mode = f->rule->otherwise;
        f->n_queues = 1;
    }
}

static size_t room(const struct assign_reader *r, const struct floor_side *side)
{
    return (side->resource ? tenant_count(r->t, side->resource) : 0) + 1;
}

static bool is_small_enough(const struct assign_reader *r)
{
    size_t agents = room(r, &r->f->rule->agents), queues = room(r, &r->f->rule->queues);
    size_t codes = room(r, &r->f->rule->codes);
    bool is_well = agents <= ASSIGN_CELLS_MAX / queues && queues <= ASSIGN_CELLS_MAX / codes;
    return is_well ||
           err_set(r->err, ERR_INPUT,
                   "%zu agents, %zu queues and %zu codes are more than can be proved at once",
                   agents - 1, queues - 1, codes - 1);
}

static void read_all(struct assign_reader *r)
{
    struct assign_floor *f = r->f;
    f->agents = ARENA_ARRAY(r->a, room(r, &f->rule->agents), struct assign_agent);
    f->queues = ARENA_ARRAY(r->a, room(r, &f->rule->queues), struct assign_queue);
    f->codes = ARENA_ARRAY(r->a, room(r, &f->rule->codes), struct assign_code);
    read_channels(r);
    assign_each(r, f->rule->skills.resource, read_skill, NULL);
    assign_each(r, f->rule->agents.resource, read_agent, NULL);
    assign_each(r, f->rule->queues.resource, read_queue, NULL);
    assign_each(r, f->rule->codes.resource, read_code, NULL);
    make_up(r);
    assign_read_links(r);
}

bool sim_assign_read(struct assign_floor **out, struct arena *a, const struct tenant *t,
                     int64_t now_us, struct err *err)
{
    const struct contract *c = tenant_contract(t);
    struct arena scratch;
    if (!c->floor) {
        return err_set(
            err, ERR_INPUT,
            "the profile \"%.*s\" has no \"floor\": it does not say who could use a code",
            STR_ARG(c->name));
    }
    arena_init(&scratch, 1 << 16, 0);
    struct assign_floor *f = ARENA_NEW(a, struct assign_floor);
    struct assign_reader r = {
        .f = f, .a = a, .scratch = &scratch, .t = t, .err = err, .is_well = true};
    f->rule = c->floor;
    f->arena = a;
    f->tenant = str_copy(a, tenant_name(t));
    f->profile = str_copy(a, c->name);
    f->now_us = now_us;
    r.is_well = is_small_enough(&r);
    if (r.is_well) {
        read_all(&r);
    }
    enum { MAPS = 6 };
    struct map *maps[MAPS] = {&r.agents, &r.queues, &r.codes, &r.skills, &r.divisions, &r.channels};
    for (size_t i = 0; i < MAPS; i++) {
        map_done(maps[i]);
    }
    vec_done(&r.skill_list);
    vec_done(&r.need_list);
    vec_done(&r.wants);
    arena_done(&scratch);
    if (r.is_well) {
        *out = f;
    }
    return r.is_well;
}
