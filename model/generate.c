/* Made-up tenants. What the profile's own built-in tenant has beside codes, queues, links and what
 * refers to them (divisions, skills, settings, clients …) is taken from it; where there is no such
 * tenant it is made up as well. Codes, queues and the rest are made from their schemas one by one,
 * as a client would send them, checked for uniqueness and limits (and, now and then, made whole and
 * checked against their schema), and made again with other values where they are refused. The
 * result is a fixture: ids are there, because links and references need them; what the server sets
 * beside is made when it is loaded. */
#include "model/build.h"
#include "model/builtin.h"
#include "model/generate_int.h"
#include "model/issue.h"

#include <stdarg.h>
#include <stdio.h>

enum { ATTEMPTS_MAX = 20, OTHERS_MAX = 40, LINKS_LEAST = 3, LINKS_MORE = 10 };
/* Which are checked against their schemas: all are made the same way, by number. */
enum { CHECKED_FIRST = 64, CHECKED_EACH = 64 };

struct generator {
    const struct contract *contract;
    const struct generate_options *options;
    struct tenant *t;
    struct maker maker;
    struct schema_run *run;
    struct arena scratch, wishes;
    bool *is_done; /* by resource */
    const struct resource *codes, *queues;
    char why[200]; /* why the last attempt was refused */
};

/* Why the last try was refused; cut where it is long. */
PRINTF(2, 3) static void explain(struct generator *g, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    (void)vsnprintf(g->why, sizeof g->why, format, args);
    va_end(args);
}

static bool note_issue(const struct schema_issue *issue, void *ctx)
{
    struct generator *g = ctx;
    struct findings fs;
    findings_init(&fs, &g->scratch);
    struct finding f = json_finding(&fs, issue->instance, STR(""), SEVERITY_ERROR);
    issue_say(&fs, &f, issue);
    explain(g, "%.*s", STR_ARG(f.message));
    g->maker.is_strict |= issue->keyword == SCHEMA_PATTERN;
    return false;
}

static bool is_free(struct generator *g, const struct resource *r, struct json value)
{
    struct buf id;
    buf_init(&id, &g->scratch);
    entity_put_id(&id, r, value);
    bool is_free = !tenant_find(g->t, r, buf_str(&id));
    if (!is_free) {
        explain(g, "the id is taken");
    }
    for (size_t i = 0; i < r->n_unique && is_free; i++) {
        if (tenant_find_unique(g->t, r, i, value)) {
            explain(g, "\"%.*s\" must be unique",
                    STR_ARG(r->unique[i].fields[r->unique[i].n - 1]->text));
            is_free = false;
        }
    }
    for (size_t i = 0; i < r->n_limits && is_free; i++) {
        if (tenant_count_limit(g->t, r, i, value) >= (size_t)r->limits[i].max) {
            explain(g, "limit \"%.*s\" is %lld", STR_ARG(r->limits[i].name),
                    (long long)r->limits[i].max);
            is_free = false;
        }
    }
    return is_free;
}

static struct json parse(struct generator *g, struct str text)
{
    const struct json_doc *doc = NULL;
    bool is_ours = json_parse(&doc, &g->scratch, STR(""), text, NULL, NULL, NULL);
    return is_ours ? json_root(doc) : (struct json){0};
}

/* True if something is taken over from its entities into others: then they must be whole. */
static bool is_looked_at(const struct generator *g, const struct resource *r)
{
    for (size_t i = 0; i < g->contract->n_resources; i++) {
        const struct resource *from = &g->contract->resources[i];
        for (size_t k = 0; k < from->n_references; k++) {
            if (from->references[k].to == r && from->references[k].embed) {
                return true;
            }
        }
    }
    return false;
}

/* The entity as it will be once it is loaded, if that fits its schema; else no value. */
static struct json make_whole(struct generator *g, const struct resource *r, struct json sent)
{
    struct tenant_source source = {.t = g->t, .scratch = &g->scratch, .body = sent};
    struct template_source variables = tenant_source(&source);
    struct buf text, id;
    buf_init(&text, &g->scratch);
    buf_init(&id, &g->scratch);
    entity_put_id(&id, r, sent);
    struct build build = {
        .resource = r,
        .mode = BUILD_LOAD,
        .body = sent,
        .id = buf_str(&id),
        .version = entity_version(r, sent),
        .tenant = g->t,
        .source = &variables,
    };
    entity_build(&text, &g->scratch, &build);
    struct json value = parse(g, buf_str(&text));
    bool fits = !r->shape || schema_check(r->shape, g->run, value, note_issue, g);
    return fits ? value : (struct json){0};
}

/* One attempt: the entity as a client would send it, checked, stored. The server's members are made
 * when the tenant is loaded; here only to check some of each resource, and for others to look at.
 */
static bool try_one(struct generator *g, const struct resource *r)
{
    struct buf body;
    buf_init(&body, &g->scratch);
    if (!generate_entity(&body, &g->maker)) {
        struct str to = g->maker.missing_to;
        explain(g, "%s%.*s",
                to.len ? "there is nothing to refer to: no "
                       : "a member that must be there has a pattern that is not understood",
                STR_ARG(to));
        return false;
    }
    struct json value = parse(g, buf_str(&body));
    bool is_kept_whole = is_looked_at(g, r);
    if (is_kept_whole || g->maker.number < CHECKED_FIRST || g->maker.number % CHECKED_EACH == 0) {
        struct json whole = make_whole(g, r, value);
        if (!json_exists(whole)) {
            return false;
        }
        value = is_kept_whole ? whole : value;
    }
    if (!is_free(g, r, value)) {
        return false;
    }
    tenant_store(g->t, r, value, entity_version(r, value),
                 (struct entity_times){.age = g->t->age + 1});
    return true;
}

static enum naming naming_of(const struct generator *g, const struct resource *r)
{
    struct json properties = json_get(r->schema, STR("properties"));
    for (struct json v = json_first(properties); json_exists(v); v = json_next(v)) {
        if (str_eq(json_str_or(json_get(v, STR("format")), STR("")), STR("email"))) {
            return NAME_PERSON;
        }
    }
    return r == g->codes ? NAME_OUTCOME : r == g->queues ? NAME_QUEUE : NAME_GROUP;
}

/* The values that an id may have, where the schema lists them. */
static struct json listed_ids(const struct resource *r)
{
    struct json id = {0};
    if (r->id_make == ID_GIVEN && r->id_field && r->id_field->n == 1) {
        id = json_get(json_get(r->schema, STR("properties")), r->id_field->parts[0]);
    }
    return json_get(id, STR("enum"));
}

static void put_id(struct generator *g, const struct resource *r, struct buf *id)
{
    struct json v = json_first(listed_ids(r));
    if (r->id_make != ID_GIVEN) {
        tenant_next_id(g->t, r, id);
        return;
    }
    for (size_t i = 0; json_exists(v) && i < g->maker.number; i++) {
        v = json_next(v);
    }
    struct buf scratch = {0};
    if (json_exists(v)) {
        buf_put(id, scalar_text(v, &scratch));
    } else {
        buf_printf(id, "%.*s-%zu", STR_ARG(r->name), g->maker.number + 1);
    }
    buf_done(&scratch);
}

/* False, and `err` set, if no attempt was accepted. */
static bool make_one(struct generator *g, const struct resource *r, size_t number, struct err *err)
{
    struct maker *m = &g->maker;
    struct arena_mark mark = arena_mark(&g->scratch);
    m->r = r;
    m->number = number;
    m->missing_to = STR("");
    for (m->attempt = 0; m->attempt < ATTEMPTS_MAX; m->attempt++) {
        struct buf name, id;
        buf_init(&name, &g->scratch);
        buf_init(&id, &g->scratch);
        generate_name(&name, naming_of(g, r), g->options->seed, number);
        if (m->attempt > 0) {
            buf_printf(&name, " %zu", number + m->attempt);
        }
        m->name = buf_str(&name);
        m->id = (struct str){0};
        if (r->id_make != ID_JOIN && r->id_field) {
            put_id(g, r, &id);
            m->id = buf_str(&id);
        }
        bool is_made = try_one(g, r);
        arena_release(&g->scratch, mark);
        if (is_made) {
            return true;
        }
    }
    return err_set(err, ERR_INPUT, "cannot make up %.*s number %zu: %s", STR_ARG(r->title),
                   number + 1, g->why);
}

/* Gives a resource that is looked up by a value (the home division) one entity that has it, by
 * changing the first: true where all have the other. */
static void mark_picked(struct generator *g, const struct operation *op)
{
    const struct resource *r = op->resource;
    const struct entity *e = tenant_first(g->t, r);
    if (!e || op->pick_field->n != 1 || tenant_pick(g->t, r, op->pick_field, op->pick_value)) {
        return;
    }
    struct buf text;
    char before = '{';
    buf_init(&text, &g->scratch);
    for (struct json v = json_first(entity_parse(&g->scratch, e)); json_exists(v);
         v = json_next(v)) {
        if (!str_eq(json_key(v), op->pick_field->parts[0])) {
            buf_put_char(&text, before);
            buf_put_json_string(&text, json_key(v));
            buf_put_char(&text, ':');
            json_put(&text, v);
            before = ',';
        }
    }
    buf_put_char(&text, before);
    buf_put_json_string(&text, op->pick_field->parts[0]);
    buf_put_char(&text, ':');
    buf_put(&text, op->pick_value);
    buf_put_char(&text, '}');
    struct json value = parse(g, buf_str(&text));
    if (json_kind(value) == JSON_OBJECT &&
        (!r->shape || schema_check(r->shape, g->run, value, NULL, NULL))) {
        tenant_store(g->t, r, value, e->version, (struct entity_times){.age = e->age});
    }
    arena_reset(&g->scratch);
}

static bool is_hook(const struct generator *g, const struct resource *r)
{
    for (size_t i = 0; i < g->contract->n_resources; i++) {
        const struct resource *other = &g->contract->resources[i];
        for (size_t k = 0; k < other->n_events; k++) {
            if (other->events[k].hooks == r) {
                return true;
            }
        }
    }
    return false;
}

static bool is_single(const struct generator *g, const struct resource *r)
{
    for (size_t i = 0; i < g->contract->n_operations; i++) {
        if (g->contract->operations[i].resource == r && g->contract->operations[i].is_singleton) {
            return true;
        }
    }
    return false;
}

/* How many there shall be. Subscriptions: none, or events would be sent to made-up places. */
static size_t count_of(const struct generator *g, const struct resource *r)
{
    size_t n = 2 + g->options->codes / 50, listed = json_count(listed_ids(r));
    if (r == g->codes) {
        return g->options->codes;
    }
    if (r == g->queues) {
        return g->options->queues;
    }
    if (is_hook(g, r)) {
        return 0;
    }
    n = n < OTHERS_MAX ? n : OTHERS_MAX;
    n = is_single(g, r) ? 1 : listed && listed < n ? listed : n;
    for (size_t i = 0; i < r->n_limits; i++) {
        if (r->limits[i].n == 0 && (size_t)r->limits[i].max < n) {
            n = (size_t)r->limits[i].max;
        }
    }
    return n;
}

/* Each parent gets a few targets, each once. */
static bool make_links(struct generator *g, const struct resource *r, struct err *err)
{
    const struct order *parents = &g->t->tables[r->parent->index]->sortings[0];
    size_t targets = tenant_count(g->t, r->target), number = 0;
    for (size_t i = 0; i < order_count(parents); i++) {
        size_t n = LINKS_LEAST + (size_t)rng_below(&g->maker.rng, LINKS_MORE);
        n = n < targets / 2 ? n : targets / 2;
        g->maker.parent_id = order_at(parents, i)->id;
        for (size_t k = 0; k < n; k++) {
            if (!make_one(g, r, number++, err)) {
                return false;
            }
        }
    }
    g->maker.parent_id = (struct str){0};
    return true;
}

/* Depth first, so that what is referred to is there before what refers to it. */
static bool make_resource(struct generator *g, const struct resource *r, struct err *err)
{
    if (g->is_done[r->index]) {
        return true;
    }
    g->is_done[r->index] = true;
    for (size_t i = 0; i < r->n_references; i++) {
        if (!make_resource(g, r->references[i].to, err)) {
            return false;
        }
    }
    g->maker.is_strict = false;
    if (r->parent && r->target) {
        return make_links(g, r, err);
    }
    size_t n = count_of(g, r);
    for (size_t i = 0; i < n; i++) {
        struct err why = {0};
        if (make_one(g, r, i, &why)) {
            continue;
        }
        if (i == 0 && r != g->codes && g->maker.missing_to.len) {
            break; /* no codes, say, so nothing that must refer to one */
        }
        if (err) {
            *err = why;
        }
        return false;
    }
    for (size_t i = 0; i < g->contract->n_operations; i++) {
        const struct operation *op = &g->contract->operations[i];
        if (op->resource == r && op->pick_field) {
            mark_picked(g, op);
        }
    }
    return true;
}

static const struct resource *find_queues(const struct contract *c, const struct resource *codes)
{
    for (size_t i = 0; i < c->n_resources; i++) {
        if (c->resources[i].parent && c->resources[i].target == codes) {
            return c->resources[i].parent;
        }
    }
    return NULL;
}

/* True for what depends on codes or queues. As deep as there are resources: `is_seen` stops
 * circles. */
static bool is_scaled(const struct generator *g, const struct resource *r, bool *is_seen)
{
    if (r == g->codes || r == g->queues) {
        return true;
    }
    is_seen[r->index] = true;
    for (size_t i = 0; i < r->n_references; i++) {
        const struct resource *to = r->references[i].to;
        if (!is_seen[to->index] && is_scaled(g, to, is_seen)) {
            return true;
        }
    }
    return false;
}

struct copying {
    struct generator *g;
    const struct resource *r;
};

static bool copy_one(const struct entity *e, void *ctx)
{
    const struct copying *c = ctx;
    struct generator *g = c->g;
    tenant_store(g->t, c->r, entity_parse(&g->scratch, e), e->version,
                 (struct entity_times){.age = g->t->age + 1});
    arena_reset(&g->scratch);
    return true;
}

/* Takes clients, about and all that is not made in numbers from the profile's own tenant. */
static void copy_fixture(struct generator *g, const struct tenant *from)
{
    struct tenant_fixed *fixed = g->t->fixed;
    struct findings fs;
    struct buf clients;
    const struct json_doc *doc = NULL;
    findings_init(&fs, &g->scratch);
    buf_init(&clients, &g->scratch);
    buf_put_char(&clients, '[');
    for (size_t i = 0; i < tenant_client_count(from); i++) {
        buf_put(&clients, i ? STR(",") : STR(""));
        buf_put(&clients, tenant_client_at(from, i)->text);
    }
    buf_put_char(&clients, ']');
    if (json_parse(&doc, &g->scratch, STR(""), buf_str(&clients), NULL, NULL, NULL)) {
        tenant_load_clients(fixed, json_root(doc), &fs);
    }
    arena_reset(&g->scratch);
    fixed->about = str_copy(&fixed->arena, tenant_about(from));
    fixed->at_us = from->fixed->at_us;
    bool *is_seen = MEM_ARRAY(g->contract->n_resources, bool);
    for (size_t i = 0; i < g->contract->n_resources; i++) {
        const struct resource *r = &g->contract->resources[i];
        for (size_t k = 0; k < g->contract->n_resources; k++) {
            is_seen[k] = false;
        }
        if (!is_scaled(g, r, is_seen)) {
            const struct order *all = &from->tables[i]->sortings[0];
            struct copying c = {g, r};
            g->t->sequences[i] = from->sequences[i];
            order_walk(all, 0, order_count(all), false, copy_one, &c);
            g->is_done[i] = true;
        }
    }
    mem_free(is_seen);
}

/* A client to log in with, where the profile has no tenant of its own. */
static void make_client(struct generator *g)
{
    struct findings fs;
    struct buf text;
    char id[37], secret[37];
    uint64_t words[4];
    for (size_t i = 0; i < 4; i++) {
        words[i] = rng_u64(&g->maker.rng);
    }
    uuid_text(id, words[0], words[1]);
    uuid_text(secret, words[2], words[3]);
    findings_init(&fs, &g->scratch);
    buf_init(&text, &g->scratch);
    buf_printf(&text,
               "[{\"id\":\"%s\",\"secret\":\"%s\",\"name\":\"Made up\",\"permissions\":[\"*\"],"
               "\"scopes\":[\"*\"]}]",
               id, secret);
    tenant_load_clients(g->t->fixed, parse(g, buf_str(&text)), &fs);
    arena_reset(&g->scratch);
}

static bool start(struct generator *g, struct err *err)
{
    struct arena a;
    struct findings fs;
    struct tenant *own = NULL;
    struct buf file = {0};
    arena_init(&a, 0, 0);
    findings_init(&fs, &a);
    struct str name = g->contract->default_tenant;
    buf_printf(&file, "tenants/%.*s.%.*s.json", STR_ARG(g->contract->name), STR_ARG(name));
    bool is_built_in = builtin_find(buf_str(&file)).s != NULL;
    buf_clear(&file);
    buf_put(&file, name);
    bool is_well = !is_built_in || tenant_open(&own, g->contract, buf_cstr(&file), &fs, err);
    if (own) {
        copy_fixture(g, own);
    } else {
        make_client(g);
    }
    tenant_free(own);
    buf_done(&file);
    arena_done(&a);
    return is_well;
}

bool tenant_generate(struct buf *out, const struct contract *contract,
                     const struct generate_options *options, struct err *err)
{
    if (contract->n_resources == 0) {
        return err_set(err, ERR_INPUT, "profile %.*s has no resources", STR_ARG(contract->name));
    }
    struct generator g = {
        .contract = contract,
        .options = options,
        .t = tenant_new(contract, STR("generated"), options->seed),
        .run = schema_run_new(),
        .is_done = MEM_ARRAY(contract->n_resources, bool),
        .codes = &contract->resources[0],
    };
    arena_init(&g.scratch, 0, 0);
    g.queues = find_queues(contract, g.codes);
    arena_init(&g.wishes, 0, 0);
    g.maker = (struct maker){.arena = &g.wishes, .t = g.t, .root = json_root(contract->doc)};
    rng_init(&g.maker.rng, options->seed);
    bool is_made = start(&g, err);
    for (size_t i = 0; i < contract->n_resources && is_made; i++) {
        is_made = make_resource(&g, &contract->resources[i], err);
    }
    if (is_made) {
        generate_mirrors(g.t, &g.maker.rng);
        tenant_fixture(out, g.t);
    }
    mem_free(g.is_done);
    arena_done(&g.scratch);
    arena_done(&g.wishes);
    schema_run_free(g.run);
    tenant_free(g.t);
    return is_made;
}
