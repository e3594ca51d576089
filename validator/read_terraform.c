/* Terraform's JSON: which resources there are, and what becomes of each. What they say is read by
 * read_terraform_values.c. */
#include "validator/read_terraform_int.h"

#include <string.h>

/* --- which kind --- */

enum terraform_kind terraform_kind_of(struct json root)
{
    if (json_kind(root) != JSON_OBJECT) {
        return TERRAFORM_NONE;
    }
    bool has_version = json_exists(json_get(root, STR("format_version")));
    bool is_plan = json_exists(json_get(root, STR("resource_changes"))) ||
                   json_exists(json_get(root, STR("planned_values")));
    if (has_version && is_plan) {
        return TERRAFORM_PLAN;
    }
    if (has_version && (json_exists(json_get(root, STR("values"))) ||
                        json_exists(json_get(root, STR("terraform_version"))))) {
        return TERRAFORM_STATE;
    }
    struct json types = json_get(root, STR("resource"));
    bool is_typed = json_kind(types) == JSON_OBJECT && json_kind(json_first(types)) == JSON_OBJECT;
    return is_typed ? TERRAFORM_EXPORT : TERRAFORM_NONE;
}

/* Of version 1 each minor one only adds. */
static bool version_check(struct json root, struct err *err)
{
    struct json version = json_get(root, STR("format_version"));
    struct str text = json_str_or(version, STR(""));
    if (str_eq(text, STR("1")) || str_starts(text, STR("1."))) {
        return true;
    }
    return json_err(
        err, version,
        "format version %.*s of Terraform's JSON is not known here, expected 1.x: print "
        "it again with `terraform show -json` of a Terraform from 1.1 on",
        STR_ARG(text));
}

/* --- resources --- */

static struct terraform_change *change_add(struct terraform_reader *t,
                                           const struct terraform_type *type, struct json at)
{
    if (t->n_changes == t->changes_cap) {
        size_t cap = t->changes_cap > 0 ? t->changes_cap * 2 : 32;
        struct terraform_change *more = ARENA_ARRAY(t->arena, cap, struct terraform_change);
        if (t->n_changes > 0) {
            memcpy(more, t->changes, t->n_changes * sizeof *more);
        }
        t->changes = more;
        t->changes_cap = cap;
    }
    struct terraform_change *change = &t->changes[t->n_changes++];
    *change = (struct terraform_change){.type = type, .at = at};
    return change;
}

static const struct terraform_type *type_of(struct terraform_reader *t, struct str name)
{
    const struct terraform_type *type = contract_terraform_type(t->contract, name);
    t->n_others += type == NULL;
    return type;
}

/* Data sources are read, not made. */
static bool is_managed(struct json resource)
{
    return json_kind(resource) == JSON_OBJECT &&
           str_eq(json_str_or(json_get(resource, STR("mode")), STR("managed")), STR("managed"));
}

static bool has_word(struct json list, const char *word)
{
    for (struct json v = json_first(list); json_exists(v); v = json_next(v)) {
        if (str_eq(json_str_or(v, STR("")), str_of(word))) {
            return true;
        }
    }
    return false;
}

static enum terraform_action action_of(struct json actions)
{
    bool is_create = has_word(actions, "create"), is_delete = has_word(actions, "delete");
    if (is_create) {
        return is_delete ? TERRAFORM_REPLACE : TERRAFORM_CREATE;
    }
    if (is_delete) {
        return TERRAFORM_DELETE;
    }
    return has_word(actions, "update") ? TERRAFORM_UPDATE : TERRAFORM_KEEP;
}

static struct json object_or_none(struct json v)
{
    return json_kind(v) == JSON_OBJECT ? v : (struct json){.doc = NULL};
}

static bool is_referred_to(const struct contract *c, const struct resource *r)
{
    for (size_t i = 0; i < c->n_terraform; i++) {
        for (size_t k = 0; k < c->terraform[i].n_references; k++) {
            if (c->terraform[i].references[k].to == r) {
                return r != NULL;
            }
        }
    }
    return false;
}

/* What is deleted and made anew has another id: whoever named the old one names nothing. */
static void new_id_say(struct terraform_reader *t, const struct terraform_change *change,
                       struct json actions)
{
    if (t->fs == NULL || !is_referred_to(t->contract, change->type->resource)) {
        return;
    }
    struct finding f = json_finding(t->fs, actions, STR("D501"), SEVERITY_ERROR);
    f.message =
        findings_text(t->fs,
                      "%.*s is deleted and made anew: the %.*s gets a new id, and what names "
                      "the old one%s%.*s names nothing",
                      STR_ARG(change->address), STR_ARG(change->type->title),
                      change->id.len > 0 ? " " : "", STR_ARG(change->id));
    f.expected = STR("a change in place");
    f.hint = STR("keep what forces the replacement, or move all that use it to the new one first");
    findings_add(t->fs, &f);
}

static void plan_resource(struct terraform_reader *t, struct json resource)
{
    struct json change = json_get(resource, STR("change"));
    struct json actions = json_get(change, STR("actions"));
    if (!is_managed(resource) || json_exists(json_get(resource, STR("deposed")))) {
        return;
    }
    const struct terraform_type *type =
        type_of(t, json_str_or(json_get(resource, STR("type")), STR("")));
    if (type == NULL) {
        return;
    }
    struct terraform_change *out = change_add(t, type, resource);
    out->address = json_str_or(json_get(resource, STR("address")), type->type);
    out->action = action_of(actions);
    out->before = object_or_none(json_get(change, STR("before")));
    out->after = object_or_none(json_get(change, STR("after")));
    out->id = json_str_or(json_get(out->before, STR("id")), STR(""));
    terraform_values(t, t->n_changes - 1, json_get(change, STR("after_unknown")));
    if (out->action == TERRAFORM_REPLACE) {
        new_id_say(t, out, actions);
    }
}

static void state_resource(struct terraform_reader *t, struct json resource)
{
    const struct terraform_type *type =
        is_managed(resource) ? type_of(t, json_str_or(json_get(resource, STR("type")), STR("")))
                             : NULL;
    if (type == NULL) {
        return;
    }
    struct terraform_change *out = change_add(t, type, resource);
    out->address = json_str_or(json_get(resource, STR("address")), type->type);
    out->action = TERRAFORM_KEEP;
    out->after = out->before = object_or_none(json_get(resource, STR("values")));
    out->id = json_str_or(json_get(out->after, STR("id")), STR(""));
    terraform_values(t, t->n_changes - 1, (struct json){.doc = NULL});
}

/* Modules within modules: as deep as the JSON itself may be. */
static void state_module(struct terraform_reader *t, struct json module)
{
    struct json resources = json_get(module, STR("resources"));
    for (struct json v = json_first(resources); json_exists(v); v = json_next(v)) {
        state_resource(t, v);
    }
    struct json children = json_get(module, STR("child_modules"));
    for (struct json v = json_first(children); json_exists(v); v = json_next(v)) {
        state_module(t, v);
    }
}

static void export_resource(struct terraform_reader *t, const struct terraform_type *type,
                            struct json named)
{
    /* {"name": {…}} or, as JSON syntax allows, {"name": [{…}]} */
    struct json attributes = json_kind(named) == JSON_ARRAY ? json_first(named) : named;
    if (json_kind(attributes) != JSON_OBJECT) {
        return;
    }
    struct terraform_change *out = change_add(t, type, named);
    struct buf b;
    buf_init(&b, t->arena);
    buf_put(&b, type->type);
    buf_put_char(&b, '.');
    buf_put(&b, json_key(named));
    out->address = buf_str(&b);
    out->action = TERRAFORM_CREATE;
    out->after = attributes;
    terraform_values(t, t->n_changes - 1, (struct json){.doc = NULL});
}

static void export_read(struct terraform_reader *t, struct json root)
{
    struct json types = json_get(root, STR("resource"));
    for (struct json all = json_first(types); json_exists(all); all = json_next(all)) {
        const struct terraform_type *type = contract_terraform_type(t->contract, json_key(all));
        if (type == NULL) {
            t->n_others += json_count(all);
            continue;
        }
        for (struct json m = json_first(all); json_exists(m); m = json_next(m)) {
            export_resource(t, type, m);
        }
    }
}

/* --- all of it --- */

static void resources_read(struct terraform_reader *t, struct json root)
{
    if (t->kind == TERRAFORM_PLAN) {
        struct json all = json_get(root, STR("resource_changes"));
        for (struct json v = json_first(all); json_exists(v); v = json_next(v)) {
            plan_resource(t, v);
        }
    } else if (t->kind == TERRAFORM_STATE) {
        state_module(t, json_path(root, STR("values.root_module")));
    } else {
        export_read(t, root);
    }
}

bool read_terraform(struct terraform *out, struct arena *a, const struct contract *c,
                    struct json root, struct findings *fs, struct err *err)
{
    struct terraform_reader *t = ARENA_NEW(a, struct terraform_reader);
    *t = (struct terraform_reader){
        .arena = a, .contract = c, .fs = fs, .kind = terraform_kind_of(root)};
    if (t->kind == TERRAFORM_NONE) {
        return json_err(err, root, "this is no plan, state or export of Terraform");
    }
    if (t->kind != TERRAFORM_EXPORT && !version_check(root, err)) {
        return false;
    }
    json_maker_init(&t->maker, a, json_doc_name(root.doc), json_doc_text(root.doc));
    struct span whole = json_span(root);
    json_make_open(&t->maker, JSON_ARRAY, whole.from);
    resources_read(t, root);
    json_make_close(&t->maker, whole.to);
    if (!terraform_entities(t, err)) {
        return false;
    }
    for (size_t i = 0, at = 0; i < t->n_changes; at += t->changes[i].n_unknown, i++) {
        t->changes[i].unknowns = t->n_unknowns ? &t->unknowns[at] : NULL;
    }
    *out = (struct terraform){.kind = t->kind,
                              .changes = t->changes,
                              .n_changes = t->n_changes,
                              .unknowns = t->unknowns,
                              .n_unknowns = t->n_unknowns,
                              .n_others = t->n_others};
    return true;
}
