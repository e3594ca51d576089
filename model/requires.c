/* What must hold of an entity before others may refer to it, or before it may be worked on: a queue
 * that is enabled, one that has channels. */
#include "model/requires.h"

static bool is_empty(struct json v)
{
    switch (json_kind(v)) {
    case JSON_STRING:
        return json_str(v).len == 0;
    case JSON_ARRAY:
    case JSON_OBJECT:
        return json_count(v) == 0;
    case JSON_NULL:
        return true;
    case JSON_BOOL:
    case JSON_NUMBER:
        return false;
    case JSON_NONE:
        break;
    }
    return true;
}

static bool holds(struct arena *a, const struct requirement *r, struct json entity)
{
    struct json value = field_find(r->field, entity);
    struct buf text;
    if (r->is_filled && is_empty(value)) {
        return false;
    }
    buf_init(&text, a);
    if (json_exists(value)) {
        json_put(&text, value);
    }
    for (size_t i = 0; i < r->n_is; i++) {
        if (str_eq(r->is[i], buf_str(&text))) {
            return true;
        }
    }
    return r->n_is == 0;
}

const struct requirement *requires_broken(struct arena *a, const struct requirement *all, size_t n,
                                          const struct entity *of)
{
    const struct json_doc *doc = NULL;
    struct err err = {0};
    if (n == 0 || !json_parse(&doc, a, STR(""), of->text, NULL, NULL, &err)) {
        return NULL;
    }
    for (size_t i = 0; i < n; i++) {
        if (!holds(a, &all[i], json_root(doc))) {
            return &all[i];
        }
    }
    return NULL;
}

void requires_say(struct findings *fs, struct finding *f, const struct requirement *r,
                  const struct resource *of_resource, struct str of_id)
{
    f->rule = r->rule;
    f->name = of_resource->title;
    f->value = findings_text(fs, "%.*s", STR_ARG(of_id));
    f->message = r->says.len ? findings_text(fs, "%.*s %.*s: %.*s", STR_ARG(of_resource->title),
                                             STR_ARG(of_id), STR_ARG(r->says))
                             : findings_text(fs, "%.*s %.*s is not as it has to be in \"%.*s\"",
                                             STR_ARG(of_resource->title), STR_ARG(of_id),
                                             STR_ARG(r->field->text));
    f->case_name = r->case_name;
}
