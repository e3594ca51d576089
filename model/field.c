/* Field paths: "division.id", "skills[].id", "mapping{}". */
#include "model/contract_int.h"

bool field_compile(const struct field_path **out, struct arena *a, struct str text)
{
    struct field_path *f = ARENA_NEW(a, struct field_path);
    struct str *parts = ARENA_ARRAY(a, text.len + 2, struct str);
    struct str rest = text, part;
    f->text = text;
    if (str_ends(rest, STR("{}"))) {
        rest = str_slice(rest, 0, rest.len - 2);
        f->is_names = f->is_list = true;
    }
    while (rest.len && str_cut(&rest, '.', &part)) {
        bool is_list = str_ends(part, STR("[]"));
        if (is_list) {
            part = str_slice(part, 0, part.len - 2);
        }
        if (part.len == 0) {
            return false;
        }
        parts[f->n++] = part;
        if (is_list) {
            parts[f->n++] = STR("");
            f->is_list = true;
        }
    }
    f->parts = parts;
    *out = f;
    return f->n > 0;
}

struct json field_find(const struct field_path *field, struct json entity)
{
    for (size_t i = 0; i < field->n; i++) {
        entity = field->parts[i].len               ? json_get(entity, field->parts[i])
                 : json_kind(entity) == JSON_ARRAY ? json_first(entity)
                                                   : (struct json){0};
    }
    return entity;
}

static void each_from(const struct field_path *field, size_t part, struct json v,
                      void (*each)(struct json value, void *ctx), void *ctx)
{
    for (; part < field->n && field->parts[part].len; part++) {
        v = json_get(v, field->parts[part]);
    }
    if (part == field->n) {
        if (!field->is_names && json_exists(v)) {
            each(v, ctx);
        }
        if (!field->is_names || json_kind(v) != JSON_OBJECT) {
            return;
        }
        for (struct json m = json_first(v); json_exists(m); m = json_next(m)) {
            each(m, ctx);
        }
        return;
    }
    if (json_kind(v) != JSON_ARRAY) {
        return;
    }
    for (struct json item = json_first(v); json_exists(item); item = json_next(item)) {
        each_from(field, part + 1, item, each, ctx);
    }
}

void field_each_from(const struct field_path *field, size_t part, struct json v,
                     void (*each)(struct json value, void *ctx), void *ctx)
{
    each_from(field, part, v, each, ctx);
}

void field_each(const struct field_path *field, struct json entity,
                void (*each)(struct json value, void *ctx), void *ctx)
{
    each_from(field, 0, entity, each, ctx);
}

struct str field_text(const struct field_path *field, struct json entity)
{
    struct json v = field_find(field, entity);
    return json_kind(v) == JSON_NUMBER ? json_number_text(v) : json_str_or(v, (struct str){0});
}
