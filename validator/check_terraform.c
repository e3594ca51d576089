/* Terraform's plans and exports: what becomes of each resource, what is not known until apply, what names
 * nothing. Entities were made of attributes: findings get the pointers of the user's text again. */
#include "validator/check_int.h"

#include "validator/read_terraform.h"

/* --- findings of made entities --- */

/* The smallest value of the user's text at that span, or around it. */
static struct json value_at(struct json v, struct span span)
{
    struct json m = json_first(v);
    while (json_exists(m)) {
        struct span whole = json_span(m), key = json_key_span(m);
        bool is_key = json_key(m).len && key.from == span.from && key.to == span.to;
        if (is_key || (whole.from <= span.from && span.to <= whole.to)) {
            bool is_whole = is_key || (whole.from == span.from && whole.to == span.to);
            v = m;
            if (is_whole) {
                return v;
            }
            m = json_first(v);
            continue;
        }
        m = json_next(m);
    }
    return v;
}

static void point(struct check *c, struct json in, struct finding *f)
{
    struct buf pointer;
    buf_init(&pointer, c->arena);
    json_pointer_put(&pointer, value_at(in, f->span));
    f->pointer = buf_str(&pointer);
}

/* The member that a finding misses is one that is known only after apply. */
static bool is_of_unknown(const struct terraform_change *change, const struct finding *f)
{
    if (!str_eq(f->rule, STR("S101"))) {
        return false;
    }
    for (size_t i = 0; i < change->n_unknown; i++) {
        for (size_t k = 0; k < change->type->n_fields; k++) {
            const struct terraform_field *field = &change->type->fields[k];
            bool is_it = str_eq(field->attribute->text, change->unknowns[i].attribute);
            for (size_t p = 0; is_it && p < field->field->n; p++) {
                if (str_eq(field->field->parts[p], f->field)) {
                    return true;
                }
            }
        }
    }
    return false;
}

/* Those of one change, from a list of their own into the run's. */
static void take_findings(struct check *c, const struct terraform_change *change,
                          const struct findings *found)
{
    size_t n_left = 0;
    for (size_t i = 0; i < found->len; i++) {
        struct finding f = found->at[i];
        if (is_of_unknown(change, &f)) {
            n_left++;
            continue;
        }
        point(c, change->at, &f);
        findings_add(c->fs, &f);
    }
    if (n_left) {
        struct buf why;
        buf_init(&why, c->arena);
        buf_printf(&why, "%.*s as a whole: the tenant cannot be asked without what is %.*s",
                   STR_ARG(change->address), STR_ARG(change->unknowns[0].why));
        check_skip(c, change->at, buf_str(&why));
    }
}

/* --- changes --- */

static bool is_used(const struct terraform_change *change)
{
    return json_exists(change->entity) && change->type->resource;
}

static void carry_out(struct check *c, const struct terraform_change *change, struct str *out_id)
{
    const struct resource *r = change->type->resource;
    switch (change->action) {
    case TERRAFORM_KEEP:
        break;
    case TERRAFORM_CREATE:
    case TERRAFORM_REPLACE:
        if (is_used(change)) {
            (void)check_create(c, r, change->at, change->entity, out_id);
        }
        break;
    case TERRAFORM_UPDATE:
        if (is_used(change) && change->id.len) {
            (void)check_update(c, r, change->at, change->id, change->entity);
        }
        break;
    case TERRAFORM_DELETE:
        if (r && change->id.len) {
            (void)check_delete(c, r, change->at, change->id);
        }
        break;
    }
}

void check_terraform_change(struct check *c, const struct terraform_change *change)
{
    struct findings found, *all = c->fs;
    struct str id = STR("");
    findings_init(&found, all->arena);
    found.max = all->max;
    c->fs = &found;
    carry_out(c, change, &id);
    c->fs = all;
    take_findings(c, change, &found);
    struct finding *made = id.len ? map_get(&c->made, id) : NULL;
    if (made) {
        point(c, change->at, made);
    }
}

/* --- what is named --- */

static const struct terraform_change *change_of(const struct terraform *t,
                                                const struct resource *r, struct str id,
                                                struct str address)
{
    for (size_t i = 0; i < t->n_changes; i++) {
        const struct terraform_change *change = &t->changes[i];
        if (address.len ? str_eq(change->address, address)
                        : change->type->resource == r && str_eq(change->id, id)) {
            return change;
        }
    }
    return NULL;
}

static void skip_use(struct check *c, const struct terraform_use *use)
{
    struct buf why;
    buf_init(&why, c->arena);
    buf_printf(&why, "%.*s: the resource is not in this file",
               STR_ARG(json_str_or(use->value, STR(""))));
    check_skip(c, use->value, buf_str(&why));
}

static void tell_use(struct check *c, const struct terraform_use *use, bool is_deleted)
{
    const struct resource *to = use->rule->to;
    bool is_link = use->rule->link != NULL;
    const char *rule = is_deleted ? "R409" : is_link ? "R403" : "D505";
    struct finding f = check_finding(c, use->value, rule, SEVERITY_ERROR);
    f.message = findings_text(c->fs, is_deleted ? "%.*s \"%.*s\" is deleted by this same plan"
                                                : "there is no %.*s \"%.*s\"",
                              STR_ARG(to->title), STR_ARG(json_str(use->value)));
    f.expected = findings_text(c->fs, "the id of a %.*s that is there", STR_ARG(to->title));
    f.hint = is_deleted ? STR("take it off here, or keep what it names")
                        : STR("refer to the resource itself (TYPE.NAME.id) in place of a bare id; "
                              "--tenant says which tenant is asked");
    findings_add(c->fs, &f);
}

/* Ids that stand in the plan are those of entities that are there, or that the plan keeps. */
static void check_use(struct check *c, const struct terraform *t, const struct terraform_use *use)
{
    const struct resource *to = use->rule->to;
    if (!to || use->rule->by) {
        return;
    }
    struct str id = json_str_or(use->value, STR(""));
    const struct terraform_change *change = change_of(t, to, id, use->address);
    if (use->address.len) {
        if (!change) {
            skip_use(c, use);
        }
        return;
    }
    tenant_lock_read(c->tenant);
    bool is_there = tenant_find(c->tenant, to, id) != NULL;
    tenant_unlock(c->tenant);
    bool is_deleted = change && change->action == TERRAFORM_DELETE;
    bool is_kept = change && (t->kind == TERRAFORM_STATE || change->action == TERRAFORM_KEEP ||
                              change->action == TERRAFORM_UPDATE);
    if (is_deleted || (!is_there && !is_kept)) {
        tell_use(c, use, is_deleted);
    }
}

static void check_uses(struct check *c, const struct terraform *t)
{
    for (size_t i = 0; i < t->n_changes; i++) {
        const struct terraform_change *change = &t->changes[i];
        check_about(c, change->type->resource, change->id, change->address);
        for (size_t k = 0; change->action != TERRAFORM_DELETE && k < change->n_uses; k++) {
            check_use(c, t, &change->uses[k]);
        }
    }
}

/* --- the document --- */

bool check_terraform_read(struct check *c, struct json root, struct terraform *t)
{
    struct err err = {0};
    if (!read_terraform(t, c->arena, c->contract, root, c->fs, &err)) {
        struct json version = json_get(root, STR("format_version"));
        struct finding f = check_finding(c, json_exists(version) ? version : root, "K912",
                                         SEVERITY_ERROR);
        f.message = findings_text(c->fs, "%s", err.msg);
        findings_add(c->fs, &f);
        return false;
    }
    for (size_t i = 0; i < t->n_unknowns; i++) {
        const struct terraform_unknown *u = &t->unknowns[i];
        const struct terraform_change *of = &t->changes[u->change];
        struct buf why;
        buf_init(&why, c->arena);
        check_about(c, of->type->resource, of->id, of->address);
        buf_printf(&why, "%.*s of %.*s: %.*s", STR_ARG(u->attribute), STR_ARG(of->address),
                   STR_ARG(u->why));
        check_skip(c, u->at, buf_str(&why));
    }
    return true;
}

void check_terraform(struct check *c, struct json root)
{
    struct terraform t = {0};
    bool is_read = check_terraform_read(c, root, &t);
    for (size_t i = 0; is_read && i < t.n_changes; i++) {
        check_terraform_change(c, &t.changes[i]);
    }
    if (is_read) {
        check_uses(c, &t);
    }
}
