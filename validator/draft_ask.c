/* Between the check and the tenant: every question that writes becomes a step, with what the tenant's
 * entities have come to. */
#include "validator/draft_int.h"

#include <string.h>

enum {
    ID_LEAST = 8
}; /* shorter ids are numbers: the same text may mean something else in a body */

void draft_note(void *ctx, struct tenant *t, struct tenant_change *changes, size_t n)
{
    struct draft *d = ctx;
    struct draft_changes *all = d->changes;
    (void)t;
    if (all->n + n > all->cap) {
        all->cap = 2 * (all->n + n);
        all->at = mem_resize(all->at, all->cap, sizeof *all->at);
    }
    memcpy(all->at + all->n, changes, n * sizeof *changes);
    all->n += n;
    mem_free(changes); /* what they hold is ours now */
}

void draft_forget(struct draft *d)
{
    tenant_changes_free(d->changes->at, d->changes->n);
    *d->changes = (struct draft_changes){0};
}

/* What an operation of the action does; actions that stand here in no row only look. */
static const struct {
    enum action action;
    enum plan_verb verb;
} writes[] = {{ACTION_CREATE, PLAN_CREATE},      {ACTION_BATCH, PLAN_CREATE},
              {ACTION_REPLACE, PLAN_CHANGE},     {ACTION_MERGE, PLAN_CHANGE},
              {ACTION_DELETE, PLAN_DELETE},      {ACTION_LINK_ADD, PLAN_LINK},
              {ACTION_LINK_REMOVE, PLAN_UNLINK}, {ACTION_LINK_REPLACE, PLAN_LINK},
              {ACTION_LINK_CHANGE, PLAN_LINK},   {ACTION_STATIC, PLAN_CALL},
              {ACTION_REFUSE, PLAN_CALL},        {ACTION_ASSIGN, PLAN_CALL},
              {ACTION_CHANNEL, PLAN_CALL},       {ACTION_NAMED, PLAN_CALL}};

/* PLAN_VERB_COUNT: it writes nothing. */
static enum plan_verb verb_of(const struct operation *op, struct str method)
{
    bool is_look = !op || str_eq(method, STR("GET")) || str_eq(method, STR("HEAD"));
    for (size_t i = 0; i < sizeof writes / sizeof *writes && !is_look; i++) {
        if (writes[i].action == op->action) {
            return op->removes.is_always ? PLAN_UNLINK : writes[i].verb;
        }
    }
    return PLAN_VERB_COUNT;
}

/* --- parameters and bodies, with symbols --- */

static struct str symbol_or(const struct draft *d, struct str text, bool is_id)
{
    const struct str *symbol = is_id || text.len >= ID_LEAST ? map_get(&d->symbols, text) : NULL;
    return symbol ? *symbol : text;
}

static void take_path(struct draft *d, struct plan_step *s, const struct route *route)
{
    struct plan_value *at = ARENA_ARRAY(d->check.arena, PATH_PARAMETERS_MAX, struct plan_value);
    for (size_t i = 0; i < s->op->n_segments; i++) {
        const struct segment *part = &s->op->segments[i];
        struct str value = STR("");
        if (!part->is_parameter || s->n_path == PATH_PARAMETERS_MAX) {
            continue;
        }
        if (!uri_decode(&value, d->check.arena, route->values[s->n_path], NULL)) {
            value = route->values[s->n_path];
        }
        bool is_id =
            str_eq(part->text, s->op->key_param) || str_eq(part->text, s->op->parent_param);
        at[s->n_path++] =
            (struct plan_value){part->text, symbol_or(d, str_copy(d->check.arena, value), is_id)};
    }
    s->path = at;
}

static void take_query(struct draft *d, struct plan_step *s, struct str text)
{
    struct query query = {0};
    if (!text.len || !query_parse(&query, d->check.arena, text, NULL)) {
        return;
    }
    struct plan_value *at = ARENA_ARRAY(d->check.arena, query.n + 1, struct plan_value);
    for (size_t i = 0; i < query.n; i++) {
        at[s->n_query++] =
            (struct plan_value){query.pairs[i].name, symbol_or(d, query.pairs[i].value, false)};
    }
    s->query = at;
}

/* As deep as the body. False: a text of the user's looks like one of ours. */
static bool put_symbols(const struct draft *d, struct buf *out, struct json v)
{
    bool is_well = true;
    if (json_kind(v) == JSON_STRING) {
        buf_put_json_string(out, symbol_or(d, json_str(v), false));
        return !plan_is_symbol(json_str(v));
    }
    if (json_kind(v) != JSON_ARRAY && json_kind(v) != JSON_OBJECT) {
        json_put(out, v);
        return true;
    }
    bool is_object = json_kind(v) == JSON_OBJECT, is_first = true;
    buf_put_char(out, is_object ? '{' : '[');
    for (struct json m = json_first(v); json_exists(m); m = json_next(m)) {
        buf_put(out, is_first ? STR("") : STR(","));
        is_first = false;
        if (is_object) {
            buf_put_json_string(out, symbol_or(d, json_key(m), false));
            buf_put_char(out, ':');
        }
        is_well = put_symbols(d, out, m) && is_well;
    }
    buf_put_char(out, is_object ? '}' : ']');
    return is_well;
}

/* What only the tenant writes is no part of a change: dates, and who made them. */
static bool is_tenants(const struct draft *d, const struct plan_step *s, struct json m)
{
    const struct operation *op = s->op;
    struct json required = json_get(op->body_schema_source, STR("required"));
    bool is_wanted = op->version.place == VERSION_BODY && str_eq(op->version.name, json_key(m));
    for (struct json r = json_first(required); json_exists(r); r = json_next(r)) {
        is_wanted = is_wanted || str_eq(json_str_or(r, STR("")), json_key(m));
    }
    struct member_look look = contract_member(d->check.contract, s->resource->schema, json_key(m));
    return !is_wanted && look.n && look.is_read_only;
}

static bool put_change(const struct draft *d, struct buf *out, const struct plan_step *s,
                       struct json v)
{
    bool is_first = true, is_well = true;
    buf_put_char(out, '{');
    for (struct json m = json_first(v); json_exists(m); m = json_next(m)) {
        if (is_tenants(d, s, m)) {
            continue;
        }
        buf_put(out, is_first ? STR("") : STR(","));
        is_first = false;
        buf_put_json_string(out, json_key(m));
        buf_put_char(out, ':');
        is_well = put_symbols(d, out, m) && is_well;
    }
    buf_put_char(out, '}');
    return is_well;
}

static void take_body(struct draft *d, struct draft_step *s, struct str body)
{
    const struct json_doc *doc = NULL;
    struct buf out;
    if (!body.len || !json_parse(&doc, d->check.arena, STR(""), body, NULL, NULL, NULL)) {
        return;
    }
    struct json root = json_root(doc);
    bool is_change = s->plan.verb == PLAN_CHANGE && s->plan.resource && !s->plan.op->wrap.len &&
                     json_kind(root) == JSON_OBJECT;
    buf_init(&out, d->check.arena);
    if (is_change ? !put_change(d, &out, &s->plan, root) : !put_symbols(d, &out, root)) {
        s->is_refused = true;
        s->answer = STR("a text like \"@new-1\" in a body cannot stand in a plan");
    }
    s->plan.body = buf_str(&out);
}

static struct str value_of(const struct draft *d, const struct route *route, struct str name)
{
    size_t n = 0;
    for (size_t i = 0; i < route->op->n_segments; i++) {
        const struct segment *part = &route->op->segments[i];
        struct str value = STR("");
        if (part->is_parameter && n < PATH_PARAMETERS_MAX && name.len && str_eq(part->text, name)) {
            return uri_decode(&value, d->check.arena, route->values[n], NULL) ? value : STR("");
        }
        n += part->is_parameter;
    }
    return STR("");
}

/* --- how things stood --- */

static struct str place_key(struct draft *d, const struct resource *r, struct str id)
{
    struct buf key;
    buf_init(&key, d->check.arena);
    buf_printf(&key, "%.*s/%.*s", STR_ARG(r->name), STR_ARG(id));
    return buf_str(&key);
}

static size_t add_expect(struct draft *d, const struct plan_expect *e)
{
    enum { FIRST = 16 };
    if (d->n_expects == d->expects_cap) {
        d->expects_cap = d->expects_cap ? 2 * d->expects_cap : FIRST;
        struct plan_expect *more = ARENA_ARRAY(d->check.arena, d->expects_cap, struct plan_expect);
        if (d->n_expects) {
            memcpy(more, d->expects, d->n_expects * sizeof *more);
        }
        d->expects = more;
    }
    d->expects[d->n_expects] = *e;
    return d->n_expects++;
}

/* The place in `expects` of an entity that was there before the plan; SIZE_MAX: it was not, or cannot be
 * looked at. */
static size_t expect(struct draft *d, const struct resource *r, struct str id)
{
    struct arena *a = d->check.arena;
    const struct json_doc *doc = NULL;
    struct tenant_answer answer = {0};
    struct findings ignored;
    if (!r || !id.len || map_get(&d->symbols, id)) {
        return SIZE_MAX;
    }
    struct str key = place_key(d, r, id);
    const size_t *known = map_get(&d->expected, key);
    if (known) {
        return *known;
    }
    const struct operation *op = plan_expect_operation(d->check.contract, r);
    struct json stored = draft_entity(d, r, id);
    if (!json_exists(stored)) {
        return SIZE_MAX;
    }
    struct plan_expect e = {.resource = r, .id = str_copy(a, id)};
    struct str name = r->name_field ? field_text(r->name_field, stored) : STR("");
    e.name = name.s ? str_copy(a, name) : STR("");
    if (op) {
        const struct tenant_question q = {.method = op->method,
                                          .path = plan_expect_path(a, op, id)};
        findings_init(&ignored, a);
        d->ask(d->ctx, a, &q, &answer, &ignored);
        if (answer.status < 300 && json_parse(&doc, a, STR(""), answer.text, NULL, NULL, NULL)) {
            e.version = plan_version(r, json_root(doc));
            e.fingerprint = plan_fingerprint(a, d->check.contract, r, json_root(doc));
        }
    }
    size_t *place = ARENA_NEW(a, size_t);
    *place = add_expect(d, &e);
    (void)map_put(&d->expected, key, place);
    return *place;
}

/* What the path names: the entity, and the owner of links. */
static void take_expects(struct draft *d, struct plan_step *s, const struct route *route)
{
    enum { MOST = 2 };
    size_t *at = ARENA_ARRAY(d->check.arena, MOST, size_t);
    const struct resource *r = s->op->resource;
    bool is_link = r && r->parent;
    struct str key = value_of(d, route, s->op->key_param);
    struct str parent = value_of(d, route, s->op->parent_param);
    if (s->op->is_singleton && r) {
        tenant_lock_read(d->check.tenant);
        const struct entity *only = tenant_first(d->check.tenant, r);
        key = only ? str_copy(d->check.arena, only->id) : STR("");
        tenant_unlock(d->check.tenant);
    }
    size_t one = is_link || s->verb == PLAN_CREATE ? SIZE_MAX : expect(d, r, key);
    size_t other = r ? expect(d, r->parent, parent) : SIZE_MAX;
    if (one != SIZE_MAX) {
        at[s->n_expects++] = one;
    }
    if (other != SIZE_MAX && other != one) {
        at[s->n_expects++] = other;
    }
    s->expects = at;
}

/* --- what came of it --- */

static struct json parsed(struct draft *d, const struct entity *e)
{
    const struct json_doc *doc = NULL;
    bool is_read = e && json_parse(&doc, d->check.arena, STR(""), str_copy(d->check.arena, e->text),
                                   NULL, NULL, NULL);
    return is_read ? json_root(doc) : (struct json){0};
}

static struct str name_in(const struct resource *r, struct json entity)
{
    struct str name =
        r && r->name_field && json_exists(entity) ? field_text(r->name_field, entity) : STR("");
    return name.s ? name : STR("");
}

/* What is gone by now still has the name that it had. */
static struct str name_of(struct draft *d, const struct resource *r, struct str id)
{
    struct json entity = r ? draft_entity(d, r, id) : (struct json){0};
    struct str name = name_in(r, entity);
    uint32_t node = r && !r->parent && !name.len ? deps_find(d->before, r, id) : DEPS_NONE;
    name = node != DEPS_NONE ? deps_node(d->before, node)->name : name;
    return name.len ? name : id;
}

/* "“Won” on queue “Sales”". */
struct str draft_link_title(struct draft *d, const struct resource *r, struct json link)
{
    struct buf out;
    struct str parent = field_text(r->parent_field, link);
    struct str target = r->target_field ? field_text(r->target_field, link) : STR("");
    buf_init(&out, d->check.arena);
    if (target.s && r->target) {
        buf_put(&out, r->target->title);
        buf_put_char(&out, ' ');
        buf_put_quoted(&out, name_of(d, r->target, target));
        buf_put(&out, STR(" on "));
    }
    buf_put(&out, r->parent->title);
    buf_put_char(&out, ' ');
    buf_put_quoted(&out, name_of(d, r->parent, parent.s ? parent : STR("")));
    return buf_str(&out);
}

struct outcome {
    const struct resource *resource;
    struct json before, after;
    struct str id, name;
    const struct plan_member *members;
    size_t n_members;
};

static bool is_version(const struct resource *r, struct str field)
{
    return r->version_field && str_eq(r->version_field->text, field);
}

static void take_outcome(struct draft *d, const struct tenant_change *change, struct outcome *out)
{
    const struct resource *r = change->resource;
    const struct entity *e = change->after ? change->after : change->before;
    *out = (struct outcome){.resource = r, .id = str_copy(d->check.arena, e->id)};
    out->before = parsed(d, change->before);
    out->after = parsed(d, change->after);
    struct json now = json_exists(out->after) ? out->after : out->before;
    out->name = r->parent ? draft_link_title(d, r, now) : name_in(r, now);
    if (!change->before || !change->after) {
        return;
    }
    const struct plan_member *all = NULL;
    size_t n =
        members_diff(&all, d->check.arena, d->check.contract, r->schema, out->before, out->after);
    struct plan_member *kept = ARENA_ARRAY(d->check.arena, n + 1, struct plan_member);
    for (size_t i = 0; i < n; i++) {
        if (!is_version(r, all[i].field)) {
            kept[out->n_members++] = all[i];
        }
    }
    out->members = kept;
}

static enum plan_verb effect_of(const struct outcome *o)
{
    return !json_exists(o->before)  ? PLAN_CREATE
           : !json_exists(o->after) ? PLAN_DELETE
                                    : PLAN_CHANGE;
}

/* The entity that the step is about, and what else has changed with it. */
static void take_outcomes(struct draft *d, struct draft_step *s)
{
    size_t n = d->changes->n;
    struct draft_effect *effects = ARENA_ARRAY(d->check.arena, n + 1, struct draft_effect);
    bool has_main = false;
    for (size_t i = 0; i < n; i++) {
        struct outcome o;
        take_outcome(d, &d->changes->at[i], &o);
        if (effect_of(&o) == PLAN_CHANGE && o.n_members == 0) {
            continue;
        }
        if (effect_of(&o) == PLAN_DELETE) {
            (void)map_put(&d->gone, place_key(d, o.resource, o.id), d);
        }
        bool is_main = !has_main && o.resource == s->plan.resource && !o.resource->parent &&
                       (s->plan.id.len == 0 || str_eq(s->plan.id, o.id));
        if (is_main) {
            has_main = true;
            s->plan.id = o.id;
            s->plan.name = o.name.len ? o.name : s->plan.name;
            s->plan.members = o.members;
            s->plan.n_members = o.n_members;
            continue;
        }
        if (effect_of(&o) == PLAN_CREATE && !o.resource->parent) {
            continue; /* the tenant's own records of what happened */
        }
        effects[s->n_effects++] = (struct draft_effect){effect_of(&o), o.resource, o.id, o.name};
    }
    s->effects = effects;
    bool may_be_empty = s->plan.verb == PLAN_CALL || s->plan.verb == PLAN_CREATE;
    s->is_noop = !may_be_empty && !has_main && s->n_effects == 0;
}

static void take_symbol(struct draft *d, struct draft_step *s, struct str answer)
{
    struct str id = plan_step_id(d->check.arena, &s->plan, answer);
    if (s->plan.verb != PLAN_CREATE || !id.len || map_get(&d->symbols, id)) {
        return;
    }
    struct str *symbol = ARENA_NEW(d->check.arena, struct str);
    struct buf name;
    buf_init(&name, d->check.arena);
    buf_printf(&name, "@new-%zu", d->symbols.count + 1);
    *symbol = buf_str(&name);
    (void)map_put(&d->symbols, str_copy(d->check.arena, id), symbol);
    s->plan.makes = *symbol;
    s->plan.id = *symbol;
}

static void take_refusal(struct draft *d, struct draft_step *s, const struct findings *fs,
                         size_t from, const struct tenant_answer *answer)
{
    struct buf text;
    const struct json_doc *doc = NULL;
    buf_init(&text, d->check.arena);
    s->is_refused = true;
    d->n_refused++;
    for (size_t i = from; i < fs->len; i++) {
        const struct finding *f = &fs->at[i];
        if (f->severity == SEVERITY_ERROR) {
            buf_put(&text, text.len ? STR("; ") : STR(""));
            buf_printf(&text, "%.*s %.*s", STR_ARG(f->rule), STR_ARG(f->message));
        }
    }
    if (!text.len && json_parse(&doc, d->check.arena, STR(""), answer->text, NULL, NULL, NULL)) {
        buf_put(&text, json_str_or(json_get(json_root(doc), STR("message")), STR("")));
    }
    s->answer = text.len ? buf_str(&text) : answer->case_name;
}

static struct draft_step *add_step(struct draft *d)
{
    enum { FIRST = 32 };
    if (d->n_steps == d->steps_cap) {
        d->steps_cap = d->steps_cap ? 2 * d->steps_cap : FIRST;
        struct draft_step *more = ARENA_ARRAY(d->check.arena, d->steps_cap, struct draft_step);
        if (d->n_steps) {
            memcpy(more, d->steps, d->n_steps * sizeof *more);
        }
        d->steps = more;
    }
    d->steps[d->n_steps] = (struct draft_step){0};
    return &d->steps[d->n_steps++];
}

void draft_ask(void *ctx, struct arena *a, const struct tenant_question *q,
               struct tenant_answer *out, struct findings *fs)
{
    struct draft *d = ctx;
    size_t end = str_find_char(q->path, '?'), from = fs->len;
    struct route route = contract_route(d->check.contract, q->method, str_slice(q->path, 0, end));
    enum plan_verb verb = verb_of(route.op, q->method);
    if (verb == PLAN_VERB_COUNT) {
        d->ask(d->ctx, a, q, out, fs);
        return;
    }
    struct draft_step step = {.plan = {.op = route.op,
                                       .verb = verb,
                                       .resource = route.op->resource,
                                       .sends_etag = q->etag.len > 0}};
    bool is_link = step.plan.resource && step.plan.resource->parent;
    step.plan.id =
        is_link || verb == PLAN_CREATE ? STR("") : value_of(d, &route, route.op->key_param);
    step.plan.id = str_copy(d->check.arena, step.plan.id);
    step.plan.name =
        step.plan.id.len ? name_of(d, step.plan.resource, step.plan.id) : d->check.entity_name;
    take_path(d, &step.plan, &route);
    take_query(d, &step.plan, str_slice(q->path, end + 1, q->path.len));
    take_body(d, &step, q->body);
    take_expects(d, &step.plan, &route);
    draft_forget(d);
    d->ask(d->ctx, a, q, out, fs);
    step.status = out->status;
    if (out->status >= 400) {
        take_refusal(d, &step, fs, from, out);
    } else {
        take_outcomes(d, &step);
        take_symbol(d, &step, out->text);
    }
    step.plan.id = symbol_or(d, step.plan.id, true);
    if (step.is_noop) {
        draft_noop(d, step.plan.resource, step.plan.id, step.plan.name, "it is so already");
        return;
    }
    *add_step(d) = step;
}
