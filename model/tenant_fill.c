/* The entities of a snapshot. Resources are read in an order in which what is embedded comes before
 * what embeds it; each entity is made whole (entity_build), checked and stored; references are
 * checked when all are there. A resource that embeds itself, or one of a circle, is made anew at
 * the end.
 *
 * Reading stops once the list of findings is full: to place one costs a walk through the file.
 *
 * Ages are counted on within a resource from the number of entities before it in the contract's
 * order of resources, whatever the order of reading; the snapshot's state may say otherwise. */
#include "model/build.h"
#include "model/issue.h"
#include "model/requires.h"
#include "model/tenant_int.h"

enum { RELATED_MAX = 50 }; /* findings that say where the other one is: finding it is O(n) */

struct fill {
    struct tenant *t;
    struct findings *fs;
    struct schema_run *run;
    struct arena scratch; /* of one entity */
    struct arena arena;   /* of the load */
    struct json resources, state;
    bool is_complete; /* entities are whole: nothing is made */
    struct tenant_source source;
    struct build_targets targets; /* while nothing that is stored changes */
    size_t n_related;
    bool *is_read;                 /* by resource */
    const struct entity ***stored; /* by resource, by place in the file; NULL: refused */
    uint64_t *first_age;           /* by resource */
    uint64_t next_age;

    /* the entity at hand */
    const struct resource *r;
    struct json item, value; /* as in the file; as stored */
};

static struct finding finding_at(struct fill *l, struct json at, const char *rule)
{
    struct finding f = json_finding(l->fs, at, str_of(rule), SEVERITY_ERROR);
    f.name = l->r->title;
    return f;
}

int64_t entity_version(const struct resource *r, struct json value)
{
    struct buf scratch = {0};
    int64_t version = r->version_start;
    if (r->version_field) {
        struct str text = scalar_text(field_find(r->version_field, value), &scratch);
        if (!text.s || !num_parse_i64(&version, text, 0, INT64_MAX)) {
            version = r->version_start;
        }
    }
    buf_done(&scratch);
    return version;
}

/* The same place in the file; the entity itself where the file is silent there. */
static struct json place_in_file(struct fill *l, struct json at)
{
    struct buf pointer;
    if (at.doc == l->item.doc) {
        return at;
    }
    buf_init(&pointer, &l->scratch);
    json_pointer_put(&pointer, at);
    struct json there = json_pointer_find(l->item, buf_str(&pointer));
    return json_exists(there) ? there : l->item;
}

static bool report(const struct schema_issue *issue, void *ctx)
{
    struct fill *l = ctx;
    struct json at = json_exists(issue->member) ? issue->member : issue->instance;
    struct json there = place_in_file(l, at);
    struct finding f = finding_at(l, there, "");
    if (json_exists(issue->member) && there.at != l->item.at) {
        f = json_key_finding(l->fs, there, STR(""), SEVERITY_ERROR);
        f.name = l->r->title;
    }
    f.rule = issue_rule(issue, false);
    issue_say(l->fs, &f, issue);
    findings_add(l->fs, &f);
    return true;
}

/* Says where the other entity stands. */
static void relate(struct fill *l, struct finding *f, const struct entity *other, const char *text)
{
    struct json items = json_get(l->resources, l->r->name), v = json_first(items);
    if (++l->n_related > RELATED_MAX) {
        return;
    }
    for (size_t i = 0; json_exists(v); v = json_next(v), i++) {
        if (l->stored[l->r->index][i] != other) {
            continue;
        }
        struct finding there = json_finding(l->fs, v, f->rule, SEVERITY_NOTE);
        f->related_message = str_of(text);
        f->related_pointer = there.pointer;
        f->related_line = there.line;
        f->related_column = there.column;
        return;
    }
}

static bool check_unique(struct fill *l, const struct entity *self)
{
    bool is_unique = true;
    for (size_t i = 0; i < l->r->n_unique; i++) {
        const struct unique_rule *rule = &l->r->unique[i];
        const struct entity *other = tenant_find_unique(l->t, l->r, i, l->value);
        if (!other || other == self) {
            continue;
        }
        struct json at = field_find(rule->fields[rule->n - 1], l->item);
        struct finding f = finding_at(l, json_exists(at) ? at : l->item, "U202");
        f.message =
            findings_text(l->fs, "another %.*s has this \"%.*s\" already%s%.*s",
                          STR_ARG(l->r->title), STR_ARG(rule->fields[rule->n - 1]->text),
                          rule->within_name.len ? " within " : "", STR_ARG(rule->within_name));
        f.expected = STR("a value that no other has");
        f.case_name = rule->case_name;
        relate(l, &f, other, "the first one");
        findings_add(l->fs, &f);
        is_unique = false;
    }
    return is_unique;
}

static void check_limits(struct fill *l)
{
    for (size_t i = 0; i < l->r->n_limits; i++) {
        const struct limit_rule *rule = &l->r->limits[i];
        size_t there = tenant_count_limit(l->t, l->r, i, l->value);
        if (there < (size_t)rule->max) {
            continue;
        }
        struct finding f = finding_at(l, l->item, "L301");
        f.message = findings_text(l->fs, "limit \"%.*s\": this is number %zu, at most %lld may be",
                                  STR_ARG(rule->name), there + 1, (long long)rule->max);
        f.expected = findings_text(l->fs, "%lld", (long long)rule->max);
        f.case_name = rule->case_name;
        findings_add(l->fs, &f);
    }
}

/* The entity's id: given, joined, or (`out_is_made`) the next one; false: a finding. */
static bool find_id(struct fill *l, struct buf *id, bool *out_is_made)
{
    const struct resource *r = l->r;
    bool has_field = r->id_field && r->id_make != ID_JOIN;
    struct json given = {0};
    if (has_field) {
        given = field_find(r->id_field, l->item);
    }
    if (json_kind(given) == JSON_ARRAY || json_kind(given) == JSON_OBJECT) {
        struct finding f = finding_at(l, given, "S103");
        f.message = findings_text(l->fs, "an id is %.*s; expected a text or a number",
                                  STR_ARG(json_kind_name(json_kind(given))));
        findings_add(l->fs, &f);
        return false;
    }
    entity_put_id(id, r, l->item);
    *out_is_made = id->len == 0 && has_field;
    if (*out_is_made) {
        tenant_next_id(l->t, r, id);
    }
    return true;
}

/* No other has the id that the entity has now. */
static bool check_id(struct fill *l)
{
    struct buf id;
    buf_init(&id, &l->scratch);
    entity_put_id(&id, l->r, l->value);
    const struct entity *other = tenant_find(l->t, l->r, buf_str(&id));
    if (!other) {
        return true;
    }
    struct json given = {0};
    if (l->r->id_field) {
        given = field_find(l->r->id_field, l->item);
    }
    struct finding f = finding_at(l, json_exists(given) ? given : l->item, "U204");
    f.message = findings_text(l->fs, "there is a %.*s with this id already", STR_ARG(l->r->title));
    relate(l, &f, other, "the first one");
    findings_add(l->fs, &f);
    return false;
}

static void want_time(struct fill *l, struct json known, const char *key, int64_t *out)
{
    struct json v = json_get(known, str_of(key));
    if (json_exists(v)) {
        json_want_i64(known, str_of(key), -TIME_MAX_US, TIME_MAX_US, out, l->fs);
    }
}

/* Age, times and version as the state has them; false: a finding. */
static bool find_state(struct fill *l, struct str id, struct entity_times *times, int64_t *version)
{
    struct json known = json_get(json_get(json_get(l->state, STR("entities")), l->r->name), id);
    size_t errors = l->fs->errors;
    if (json_exists(json_get(known, STR("age")))) {
        int64_t age = 0;
        json_want_i64(known, STR("age"), 1, INT64_MAX - 1, &age, l->fs);
        times->age = (uint64_t)age;
    }
    if (json_exists(json_get(known, STR("version")))) {
        json_want_i64(known, STR("version"), 0, INT64_MAX - 1, version, l->fs);
    }
    want_time(l, known, "createdUs", &times->created_us);
    times->changed_us = times->created_us;
    want_time(l, known, "changedUs", &times->changed_us);
    const struct order *by_age = &l->t->tables[l->r->index]->sortings[0];
    struct order_bound bound = {.age = times->age};
    size_t rank = order_rank(by_age, SLOT_NONE, &bound);
    if (rank < order_count(by_age) && order_at(by_age, rank)->age == times->age) {
        struct finding f = finding_at(l, json_exists(known) ? known : l->item, "S111");
        f.message = findings_text(l->fs, "age %llu is that of another %.*s",
                                  (unsigned long long)times->age, STR_ARG(l->r->title));
        findings_add(l->fs, &f);
    }
    return l->fs->errors == errors;
}

/* The entity as it is stored, in the scratch arena. */
static void make(struct fill *l, enum build_mode mode, struct str id, int64_t version,
                 struct json previous)
{
    l->source.body = l->item;
    struct template_source source = tenant_source(&l->source);
    struct build build = {
        .resource = l->r,
        .mode = mode,
        .body = l->item,
        .previous = previous,
        .id = id,
        .version = version,
        .tenant = l->t,
        .source = &source,
        .targets = mode == BUILD_LOAD ? &l->targets : NULL,
    };
    struct buf text;
    const struct json_doc *doc = NULL;
    buf_init(&text, &l->scratch);
    entity_build(&text, &l->scratch, &build);
    if (json_is_written(l->item, buf_str(&text))) { /* a snapshot of ours: whole already */
        l->value = l->item;
        return;
    }
    bool is_ours = json_parse(&doc, &l->scratch, STR(""), buf_str(&text), NULL, NULL, NULL);
    l->value = is_ours ? json_root(doc) : (struct json){0};
}

static const struct entity *fill_one(struct fill *l)
{
    struct buf id;
    struct entity_times times = {.age = l->next_age++};
    buf_init(&id, &l->scratch);
    if (json_kind(l->item) != JSON_OBJECT) {
        struct finding f = finding_at(l, l->item, "S103");
        f.message = findings_text(l->fs, "a %.*s is an object", STR_ARG(l->r->title));
        f.expected = STR("object");
        findings_add(l->fs, &f);
        return NULL;
    }
    int64_t version = entity_version(l->r, l->item);
    bool is_made = false;
    if (!find_id(l, &id, &is_made) || !find_state(l, buf_str(&id), &times, &version)) {
        return NULL;
    }
    l->next_age = times.age + 1;
    l->value = l->item;
    if (!l->is_complete || is_made) {
        make(l, BUILD_LOAD, buf_str(&id), version, (struct json){0});
    }
    if (json_kind(l->value) != JSON_OBJECT) {
        struct finding f = finding_at(l, l->item, "J005");
        f.message = STR("the entity is nested too deeply once it is whole");
        findings_add(l->fs, &f);
        return NULL;
    }
    if (l->r->shape) {
        schema_check(l->r->shape, l->run, l->value, report, l);
    }
    check_limits(l);
    bool is_new = check_id(l);
    if (!check_unique(l, NULL) || !is_new) {
        return NULL;
    }
    return tenant_store(l->t, l->r, l->value, version, times);
}

/* So that made ids do not meet given ones. */
static void start_sequence(struct fill *l, struct json items)
{
    struct buf scratch = {0};
    enum { EXACT_BITS = 53 }; /* beyond, clients that keep numbers as doubles lose count */
    for (struct json v = json_first(items); json_exists(v); v = json_next(v)) {
        int64_t id = 0;
        struct str text = scalar_text(field_find(l->r->id_field, v), &scratch);
        if (text.s && num_parse_i64(&id, text, 0, INT64_C(1) << EXACT_BITS) &&
            id >= l->t->sequences[l->r->index]) {
            l->t->sequences[l->r->index] = id + 1;
        }
    }
    buf_done(&scratch);
}

static void fill_resource(struct fill *l, const struct resource *r)
{
    struct json items = json_get(l->resources, r->name);
    size_t place = 0;
    l->r = r;
    l->next_age = l->first_age[r->index];
    if (json_kind(items) != JSON_ARRAY) {
        return; /* absent, or a finding already */
    }
    if (r->id_make == ID_SEQUENCE && r->id_field) {
        start_sequence(l, items);
    }
    for (struct json v = json_first(items); json_exists(v) && !l->fs->dropped;
         v = json_next(v), place++) {
        l->item = v;
        l->stored[r->index][place] = fill_one(l);
        arena_reset(&l->scratch);
    }
}

/* Depth first: what is embedded is read before what embeds it. As deep as there are resources. */
static void fill_from(struct fill *l, const struct resource *r)
{
    if (l->is_read[r->index]) {
        return;
    }
    l->is_read[r->index] = true;
    for (size_t i = 0; i < r->n_references; i++) {
        if (r->references[i].embed) {
            fill_from(l, r->references[i].to);
        }
    }
    fill_resource(l, r);
}

/* True if it can reach itself through embeds. */
static bool is_circular(struct fill *l, const struct resource *r, const struct resource *start)
{
    for (size_t i = 0; i < r->n_references; i++) {
        const struct resource *to = r->references[i].to;
        if (!r->references[i].embed || (to != start && l->is_read[to->index])) {
            continue;
        }
        l->is_read[to->index] = true;
        if (to == start || is_circular(l, to, start)) {
            return true;
        }
    }
    return false;
}

/* Makes the embeds of a circular resource anew, now that all that they look at is there. */
static void refresh(struct fill *l, const struct resource *r)
{
    struct json v = json_first(json_get(l->resources, r->name));
    for (size_t i = 0; json_exists(v); v = json_next(v), i++) {
        const struct entity *e = l->stored[r->index][i];
        if (!e) {
            continue;
        }
        struct entity_times times = {e->age, e->created_us, e->changed_us};
        l->r = r;
        l->item = v;
        make(l, BUILD_REFRESH, e->id, e->version, entity_parse(&l->scratch, e));
        if (json_kind(l->value) == JSON_OBJECT && check_unique(l, e)) {
            l->stored[r->index][i] = tenant_store(l->t, r, l->value, e->version, times);
        }
        arena_reset(&l->scratch);
    }
}

/* Finds the value in the file that a missing reference was read from. */
struct place {
    const struct field_path *field;
    struct str text;
    struct json found;
};

static void match_place(struct json value, void *ctx)
{
    struct place *p = ctx;
    struct buf scratch = {0};
    struct str text = p->field->is_names ? json_key(value) : scalar_text(value, &scratch);
    if (text.s && !json_exists(p->found) && str_eq_fold(text, p->text)) {
        p->found = value;
    }
    buf_done(&scratch);
}

static bool is_excepted(const struct reference_rule *rule, struct str text)
{
    for (size_t i = 0; i < rule->n_except; i++) {
        if (str_eq(rule->except[i], text)) {
            return true;
        }
    }
    return false;
}

/* The target is there; is it as the rule requires? A snapshot may hold what has changed since. */
static void check_target(struct fill *l, const struct reference_rule *rule,
                         const struct entity *target, struct json at)
{
    struct arena_mark mark = arena_mark(&l->scratch);
    const struct requirement *broken =
        l->is_complete ? NULL
                       : requires_broken(&l->scratch, rule->requires, rule->n_requires, target);
    if (broken) {
        struct finding f = finding_at(l, at, "R406");
        requires_say(l->fs, &f, broken, rule->to, target->id);
        findings_add(l->fs, &f);
    }
    arena_release(&l->scratch, mark);
}

static void check_reference(struct fill *l, const struct reference_rule *rule, struct str text)
{
    if (is_excepted(rule, text)) {
        return;
    }
    const struct entity *target = rule->by ? tenant_find_by(l->t, rule->to, rule->by, text)
                                           : tenant_find(l->t, rule->to, text);
    if (target && rule->n_requires == 0) {
        return;
    }
    struct place place = {.field = rule->field, .text = text};
    field_each(rule->field, l->item, match_place, &place);
    struct json at = json_exists(place.found) ? place.found : l->item;
    if (target) {
        check_target(l, rule, target, at);
        return;
    }
    struct finding f = finding_at(l, at, "R403");
    f.rule = rule->rule.len ? rule->rule : f.rule;
    struct buf shown;
    buf_init(&shown, l->fs->arena);
    buf_put_quoted(&shown, text);
    f.name = rule->to->title;
    f.expected = findings_text(l->fs, "an existing %.*s", STR_ARG(rule->to->title));
    f.message = findings_text(l->fs, "\"%.*s\": there is no %.*s %.*s", STR_ARG(rule->field->text),
                              STR_ARG(rule->to->title), STR_ARG(buf_str(&shown)));
    f.case_name = rule->missing_case;
    findings_add(l->fs, &f);
}

static void check_references(struct fill *l, const struct resource *r)
{
    const struct layout *layout = tenant_layout(l->t, r);
    struct json v = json_first(json_get(l->resources, r->name));
    l->r = r;
    for (size_t i = 0; r->n_references && json_exists(v) && !l->fs->dropped;
         v = json_next(v), i++) {
        const struct entity *e = l->stored[r->index][i];
        l->item = v;
        for (size_t k = 0; e && k < r->n_references; k++) {
            if (r->references[k].keeps_unknown) {
                continue;
            }
            size_t slot = layout->groupings[layout->reference[k]].by;
            struct texts texts = slot_texts(&layout->slots[slot], entity_key(e, slot));
            struct str text;
            while (texts_next(&text, &texts)) {
                check_reference(l, &r->references[k], text);
            }
        }
    }
}

/* Every member of "resources" must be a resource, and an array. */
static void check_resources(struct fill *l)
{
    const struct contract *c = l->t->contract;
    for (struct json m = json_first(l->resources); json_exists(m); m = json_next(m)) {
        const struct resource *r = contract_resource(c, json_key(m));
        if (r && json_kind(m) == JSON_ARRAY) {
            continue;
        }
        struct finding f = r ? json_finding(l->fs, m, STR("S103"), SEVERITY_ERROR)
                             : json_key_finding(l->fs, m, STR("S102"), SEVERITY_ERROR);
        struct buf shown;
        buf_init(&shown, l->fs->arena);
        buf_put_quoted(&shown, json_key(m));
        f.message = findings_text(l->fs, r ? "%.*s is no array" : "there is no resource %.*s",
                                  STR_ARG(buf_str(&shown)));
        struct str *names = ARENA_ARRAY(&l->arena, c->n_resources, struct str);
        for (size_t i = 0; i < c->n_resources; i++) {
            names[i] = c->resources[i].name;
        }
        size_t near = r ? c->n_resources : str_nearest(json_key(m), names, c->n_resources);
        if (near < c->n_resources) {
            f.hint = findings_text(l->fs, "did you mean \"%.*s\"?", STR_ARG(names[near]));
        }
        findings_add(l->fs, &f);
    }
}

void tenant_load_entities(struct tenant *t, struct json snapshot, struct findings *fs)
{
    const struct contract *c = t->contract;
    struct fill l = {.t = t, .fs = fs, .run = schema_run_new()};
    uint64_t age = 1;
    arena_init(&l.scratch, 0, 0);
    arena_init(&l.arena, 0, 0);
    l.source = (struct tenant_source){.t = t, .scratch = &l.scratch};
    l.state = json_get(snapshot, STR("state"));
    l.is_complete = json_is_true(json_get(l.state, STR("complete")));
    l.is_read = ARENA_ARRAY(&l.arena, c->n_resources, bool);
    l.stored = ARENA_ARRAY(&l.arena, c->n_resources, const struct entity **);
    l.first_age = ARENA_ARRAY(&l.arena, c->n_resources, uint64_t);
    if (json_want_object(snapshot, STR("resources"), &l.resources, fs)) {
        check_resources(&l);
    }
    for (size_t i = 0; i < c->n_resources; i++) {
        size_t n = json_count(json_get(l.resources, c->resources[i].name));
        l.stored[i] = ARENA_ARRAY(&l.arena, n, const struct entity *);
        l.first_age[i] = age;
        age += n;
    }
    for (size_t i = 0; i < c->n_resources; i++) {
        table_fill(t->tables[i]);
    }
    for (size_t i = 0; i < c->n_resources; i++) {
        fill_from(&l, &c->resources[i]);
    }
    for (size_t i = 0; i < c->n_resources && !l.is_complete; i++) {
        for (size_t k = 0; k < c->n_resources; k++) {
            l.is_read[k] = false;
        }
        if (is_circular(&l, &c->resources[i], &c->resources[i])) {
            refresh(&l, &c->resources[i]);
        }
    }
    for (size_t i = 0; i < c->n_resources; i++) {
        check_references(&l, &c->resources[i]);
    }
    for (size_t i = 0; i < c->n_resources; i++) {
        table_filled(t->tables[i]);
    }
    schema_run_free(l.run);
    build_targets_done(&l.targets);
    arena_done(&l.scratch);
    arena_done(&l.arena);
}
