/* What the tenant says of one entity: references that must exist (R), limits (L), uniqueness
 * (U202). In that order, so that the first finding is the one that the tenant would answer with. */
#include "validator/validator_int.h"

struct look {
    const struct body_check *check;
    const struct reference_rule *rule;
    struct json body;
    size_t item;
    struct findings *fs;
    size_t errors;
};

/* The finding stands at the body's own member where it has one, else at the whole. */
static struct finding finding_at(struct look *l, const struct field_path *field, struct str rule)
{
    struct json at = field ? field_find(field, l->body) : (struct json){0};
    struct finding f = json_finding(l->fs, json_exists(at) ? at : l->body, rule, SEVERITY_ERROR);
    f.item = l->item;
    if (field && !json_exists(at) && field->n) {
        f.field = field->parts[field->n - 1];
    }
    if (l->check->resource) {
        f.name = l->check->resource->title;
    }
    return f;
}

static void add(struct look *l, struct finding *f)
{
    finding_settle(l->check, f);
    findings_add(l->fs, f);
    l->errors++;
}

static bool is_excepted(const struct reference_rule *rule, struct str value)
{
    for (size_t i = 0; i < rule->n_except; i++) {
        if (str_eq(rule->except[i], value)) {
            return true;
        }
    }
    return false;
}

static void look_up(struct json value, void *ctx)
{
    struct look *l = ctx;
    const struct reference_rule *rule = l->rule;
    struct str wanted = rule->field->is_names             ? json_key(value)
                        : json_kind(value) == JSON_STRING ? json_str(value)
                        : json_kind(value) == JSON_NUMBER ? json_number_text(value)
                                                          : (struct str){0};
    if (!wanted.s || is_excepted(rule, wanted)) {
        return;
    }
    const struct entity *target = tenant_find_by_rule(l->check->tenant, rule, wanted);
    const struct requirement *broken =
        target ? requires_broken(l->fs->arena, rule->requires, rule->n_requires, target) : NULL;
    if (broken) {
        struct finding f = finding_at(l, rule->field, broken->rule);
        requires_say(l->fs, &f, broken, rule->to, target->id);
        add(l, &f);
    }
    if (target) {
        return;
    }
    struct finding f = finding_at(l, rule->field, rule->rule.len ? rule->rule : STR("R403"));
    struct buf shown;
    buf_init(&shown, l->fs->arena);
    buf_put_quoted(&shown, wanted);
    f.value = findings_text(l->fs, "%.*s", STR_ARG(buf_str(&shown)));
    f.name = rule->to->title;
    f.expected = findings_text(l->fs, "an existing %.*s", STR_ARG(rule->to->title));
    f.message =
        findings_text(l->fs, "there is no %.*s %.*s", STR_ARG(rule->to->title), STR_ARG(f.value));
    f.case_name = rule->missing_case;
    add(l, &f);
}

static void check_limits(struct look *l, struct json entity)
{
    const struct resource *r = l->check->resource;
    for (size_t i = 0; i < r->n_limits; i++) {
        const struct limit_rule *rule = &r->limits[i];
        size_t there = tenant_count_limit(l->check->tenant, r, i, entity);
        if (there < (size_t)rule->max) {
            continue;
        }
        struct finding f = finding_at(l, rule->n ? rule->per[0] : NULL, STR("L301"));
        f.name = rule->name;
        f.expected = findings_text(l->fs, "%lld", (long long)rule->max);
        f.message =
            findings_text(l->fs, "limit \"%.*s\": there are %zu already, at most %lld may be",
                          STR_ARG(rule->name), there, (long long)rule->max);
        f.case_name = rule->case_name;
        add(l, &f);
    }
}

static void check_ordered(struct look *l, struct json entity)
{
    const struct resource *r = l->check->resource;
    for (size_t i = 0; i < r->n_ordered; i++) {
        const struct ordered_rule *o = &r->ordered[i];
        struct str first = json_str_or(field_find(o->first, entity), STR("")),
                   last = json_str_or(field_find(o->last, entity), STR(""));
        int64_t from = 0, to = 0;
        if (!date_parse(&from, first) || !date_parse(&to, last) || to >= from) {
            continue;
        }
        struct finding f = finding_at(l, o->last, STR("T701"));
        f.expected = findings_text(l->fs, "%.*s or later", STR_ARG(first));
        f.message = findings_text(l->fs, "\"%.*s\" is before \"%.*s\" (%.*s)",
                                  STR_ARG(o->last->text), STR_ARG(o->first->text), STR_ARG(first));
        f.case_name = o->case_name;
        add(l, &f);
    }
}

static void check_unique(struct look *l, struct json entity)
{
    const struct resource *r = l->check->resource;
    for (size_t i = 0; i < r->n_unique; i++) {
        const struct unique_rule *rule = &r->unique[i];
        if (rule->is_batch_only) {
            continue;
        }
        const struct entity *other = tenant_find_unique(l->check->tenant, r, i, entity);
        if (!other || (l->check->id.s && str_eq(other->id, l->check->id))) {
            continue;
        }
        const struct field_path *last = rule->fields[rule->n - 1];
        struct finding f = finding_at(l, last, STR("U202"));
        struct buf shown;
        buf_init(&shown, l->fs->arena);
        struct json value = field_find(last, entity);
        if (json_exists(value)) {
            json_put(&shown, value);
            f.value = buf_str(&shown);
        }
        f.expected = STR("a value that no other has");
        f.message =
            findings_text(l->fs, "%.*s %.*s already has \"%.*s\" %.*s%s%.*s", STR_ARG(r->title),
                          STR_ARG(other->id), STR_ARG(f.field), STR_ARG(f.value),
                          rule->within_name.len ? " within " : "", STR_ARG(rule->within_name));
        f.other_id = str_copy(l->fs->arena, other->id);
        f.case_name = rule->case_name;
        add(l, &f);
    }
}

bool check_entity(const struct body_check *check, struct json entity, struct json body, size_t item,
                  struct findings *fs)
{
    struct look l = {.check = check, .body = body, .item = item, .fs = fs};
    check_ordered(&l, entity);
    for (size_t i = 0; i < check->resource->n_references; i++) {
        l.rule = &check->resource->references[i];
        if (l.rule->keeps_unknown) {
            continue;
        }
        field_each(l.rule->field, entity, look_up, &l);
    }
    if (!check->id.s) {
        check_limits(&l, entity);
    }
    check_unique(&l, entity);
    return l.errors == 0;
}
