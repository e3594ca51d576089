/* "terraform": which resource type of a provider stands for which resource, attribute by attribute, and
 * which attributes name other entities. */
#include "model/contract_int.h"

#include <stdlib.h>

static int by_field(const void *a, const void *b)
{
    const struct terraform_field *x = a, *y = b;
    return str_cmp(x->field->text, y->field->text);
}

static int by_type(const void *a, const void *b)
{
    const struct terraform_type *x = a, *y = b;
    return str_cmp(x->type, y->type);
}

/* Values are written into nested objects: a field may not be another one, or stand within it. */
static bool is_within(struct str path, struct str of)
{
    return str_starts(path, of) && (path.len == of.len || path.s[of.len] == '.');
}

static bool field_of(struct loader *l, struct terraform_field *out, const struct resource *r,
                     struct json m)
{
    if (!field_compile(&out->attribute, l->a, json_key(m)) || out->attribute->is_list) {
        return load_bad(l, m, "\"%.*s\" is no path of an attribute without lists",
                        STR_ARG(json_key(m)));
    }
    out->field = load_field(l, m);
    if (out->field == NULL) {
        return false;
    }
    if (out->field->is_list) {
        return load_bad(l, m, "a field that an attribute becomes is no list");
    }
    if (json_exists(r->schema) &&
        !json_exists(contract_member(l->c, r->schema, out->field->parts[0]).member)) {
        return load_bad(l, m, "the schema of the resource has no member \"%.*s\"",
                        STR_ARG(out->field->parts[0]));
    }
    return true;
}

static void load_fields(struct loader *l, struct terraform_type *type, struct json all)
{
    struct terraform_field *at = ARENA_ARRAY(l->a, json_count(all) + 1, struct terraform_field);
    if (type->resource == NULL) {
        if (json_count(all) > 0) {
            load_bad(l, all, "\"fields\" need a \"resource\" that has them");
        }
        return;
    }
    size_t n = 0;
    for (struct json m = json_first(all); json_exists(m); m = json_next(m)) {
        n += field_of(l, &at[n], type->resource, m);
    }
    if (n > 1) {
        qsort(at, n, sizeof *at, by_field);
    }
    for (size_t i = 1; i < n; i++) {
        if (is_within(at[i].field->text, at[i - 1].field->text)) {
            load_bad(l, all, "two attributes become \"%.*s\"", STR_ARG(at[i - 1].field->text));
        }
    }
    type->fields = at;
    type->n_fields = n;
}

static void load_references(struct loader *l, struct terraform_type *type, struct json all)
{
    struct terraform_reference *at =
        ARENA_ARRAY(l->a, json_count(all) + 1, struct terraform_reference);
    size_t n = 0;
    for (struct json m = json_first(all); json_exists(m); m = json_next(m)) {
        struct terraform_reference *r = &at[n];
        struct json link = json_get(m, STR("link")), by = json_get(m, STR("by"));
        r->attribute = load_field(l, json_get(m, STR("attribute")));
        r->to = load_resource_named(l, json_get(m, STR("to")));
        r->by = json_exists(by) ? load_field(l, by) : NULL;
        r->link = json_exists(link) ? load_resource_named(l, link) : NULL;
        r->n_except = load_words(l, &r->except, json_get(m, STR("except")));
        r->edge = load_str(m, "edge", "breaks");
        n += r->attribute != NULL && r->to != NULL;
    }
    type->references = at;
    type->n_references = n;
}

static void load_type(struct loader *l, struct terraform_type *type, struct json m)
{
    struct json resource = json_get(m, STR("resource"));
    type->type = load_str(m, "type", "");
    type->resource = json_exists(resource) ? load_resource_named(l, resource) : NULL;
    struct str title = type->resource != NULL ? type->resource->title : type->type;
    type->title = json_str_or(json_get(m, STR("title")), title);
    load_fields(l, type, json_get(m, STR("fields")));
    load_references(l, type, json_get(m, STR("references")));
}

void load_terraform(struct loader *l)
{
    struct json all = json_path(l->ext, STR("terraform.types"));
    struct terraform_type *at = ARENA_ARRAY(l->a, json_count(all) + 1, struct terraform_type);
    size_t n = 0;
    for (struct json m = json_first(all); json_exists(m); m = json_next(m)) {
        load_type(l, &at[n], m);
        for (size_t i = 0; i < n; i++) {
            if (str_eq(at[i].type, at[n].type)) {
                load_bad(l, m, "type \"%.*s\" stands twice", STR_ARG(at[i].type));
            }
        }
        n++;
    }
    if (n > 1) {
        qsort(at, n, sizeof *at, by_type);
    }
    l->c->terraform = at;
    l->c->n_terraform = n;
}

const struct terraform_type *contract_terraform_type(const struct contract *c, struct str type)
{
    size_t low = 0, high = c->n_terraform;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = str_cmp(c->terraform[middle].type, type);
        if (order == 0) {
            return &c->terraform[middle];
        }
        low = order < 0 ? middle + 1 : low;
        high = order < 0 ? high : middle;
    }
    return NULL;
}
