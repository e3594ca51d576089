#include "validator/snapshot_diff.h"

#include "validator/draft.h"
#include "validator/report_int.h"

#include <stdlib.h>
#include <string.h>

struct walk {
    struct arena *arena;
    const struct tenant *one, *two;
    const struct resource *r;
    bool is_second, all;
    struct tenant_difference *at;
    size_t n, cap;
};

static struct tenant_difference *add(struct walk *w, enum plan_verb verb, const struct entity *e)
{
    enum { FIRST = 64 };
    if (w->n == w->cap) {
        w->cap = w->cap ? 2 * w->cap : FIRST;
        struct tenant_difference *more = ARENA_ARRAY(w->arena, w->cap, struct tenant_difference);
        if (w->n) {
            memcpy(more, w->at, w->n * sizeof *more);
        }
        w->at = more;
    }
    struct tenant_difference *out = &w->at[w->n++];
    struct str quoted =
        w->r->name_field ? json_text_path(e->text, w->r->name_field->text) : (struct str){0};
    struct buf name;
    buf_init(&name, w->arena);
    if (quoted.len > 1 && quoted.s[0] == '"') {
        json_put_decoded(&name, str_slice(quoted, 1, quoted.len - 1));
    }
    *out = (struct tenant_difference){
        .verb = verb, .resource = w->r, .id = e->id, .name = buf_str(&name)};
    return out;
}

static struct json parse(struct arena *a, struct str text)
{
    const struct json_doc *doc = NULL;
    return json_parse(&doc, a, STR(""), text, NULL, NULL, NULL) ? json_root(doc) : (struct json){0};
}

static void compare(struct walk *w, const struct entity *before, const struct entity *after)
{
    const struct resource *r = w->r;
    if (str_eq(before->text, after->text)) {
        return;
    }
    const struct plan_member *all = NULL;
    struct json none = {0}, schema = w->all ? none : r->schema;
    size_t kept = 0;
    size_t n = members_diff(&all, w->arena, tenant_contract(w->one), schema,
                            parse(w->arena, before->text), parse(w->arena, after->text));
    struct plan_member *members = ARENA_ARRAY(w->arena, n + 1, struct plan_member);
    for (size_t i = 0; i < n; i++) {
        bool is_version = r->version_field && str_eq(all[i].field, r->version_field->text);
        if (w->all || !is_version) {
            members[kept++] = all[i];
        }
    }
    if (kept) {
        struct tenant_difference *d = add(w, PLAN_CHANGE, after);
        d->members = members;
        d->n_members = kept;
    }
}

static bool take(const struct entity *e, void *ctx)
{
    struct walk *w = ctx;
    const struct entity *other = tenant_find(w->is_second ? w->one : w->two, w->r, e->id);
    if (w->is_second) {
        if (!other) {
            (void)add(w, PLAN_CREATE, e);
        }
    } else if (other) {
        compare(w, e, other);
    } else {
        (void)add(w, PLAN_DELETE, e);
    }
    return true;
}

static int by_place(const void *a, const void *b)
{
    const struct tenant_difference *x = a, *y = b;
    if (x->resource != y->resource) {
        return x->resource->index < y->resource->index ? -1 : 1;
    }
    return str_cmp(x->id, y->id);
}

size_t tenants_diff(const struct tenant_difference **out, struct arena *a, const struct tenant *one,
                    const struct tenant *two, bool all)
{
    struct walk w = {.arena = a, .one = one, .two = two, .all = all};
    const struct contract *c = tenant_contract(one);
    for (size_t i = 0; i < c->n_resources; i++) {
        w.r = &c->resources[i];
        w.is_second = false;
        (void)tenant_each(one, w.r, take, &w);
        w.is_second = true;
        (void)tenant_each(two, w.r, take, &w);
    }
    if (w.n) {
        qsort(w.at, w.n, sizeof *w.at, by_place);
    }
    *out = w.at;
    return w.n;
}

static void put_value(struct buf *out, struct str json)
{
    buf_put(out, json.len ? json : STR("(none)"));
}

void tenants_diff_text(struct buf *out, const struct tenant_difference *at, size_t n)
{
    static const char signs[PLAN_VERB_COUNT] = {'+', '~', '-', '>', '<', '*'};
    for (size_t i = 0; i < n; i++) {
        const struct tenant_difference *d = &at[i];
        buf_printf(out, "%c %.*s ", signs[d->verb], STR_ARG(d->resource->title));
        buf_put_quoted(out, d->name.len ? d->name : d->id);
        if (d->name.len) {
            buf_printf(out, " (%.*s)", STR_ARG(d->id));
        }
        buf_put_char(out, '\n');
        for (size_t k = 0; k < d->n_members; k++) {
            buf_printf(out, "    %.*s: ", STR_ARG(d->members[k].field));
            put_value(out, d->members[k].before);
            buf_put(out, STR(" → "));
            put_value(out, d->members[k].after);
            buf_put_char(out, '\n');
        }
    }
}

void tenants_diff_json(struct buf *b, const struct tenant_difference *at, size_t n,
                       struct str profile, struct str one, struct str two)
{
    static const char *const words[PLAN_VERB_COUNT] = {"added", "changed", "removed", "", "", ""};
    buf_put_char(b, '{');
    report_member_text(b, "format_version", STR("1.0"));
    report_member_text(b, "kind", STR("diff"));
    report_member_text(b, "profile", profile);
    report_member_text(b, "from", one);
    report_member_text(b, "to", two);
    report_member(b, "differences");
    buf_put_char(b, '[');
    for (size_t i = 0; i < n; i++) {
        const struct tenant_difference *d = &at[i];
        report_element(b);
        buf_put_char(b, '{');
        report_member_text(b, "what", str_of(words[d->verb]));
        report_member_text(b, "resource", d->resource->name);
        report_member_text(b, "id", d->id);
        report_member_text_if(b, "name", d->name);
        for (size_t k = 0; k < d->n_members; k++) {
            if (k == 0) {
                report_member(b, "members");
                buf_put_char(b, '[');
            }
            report_element(b);
            buf_put_char(b, '{');
            report_member_text(b, "field", d->members[k].field);
            if (d->members[k].before.len) {
                report_member(b, "from");
                buf_put(b, d->members[k].before);
            }
            if (d->members[k].after.len) {
                report_member(b, "to");
                buf_put(b, d->members[k].after);
            }
            buf_put_char(b, '}');
        }
        buf_put(b, d->n_members ? STR("]}") : STR("}"));
    }
    buf_put(b, STR("]}\n"));
}
