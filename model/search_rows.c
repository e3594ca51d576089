/* Rows: the items of lists within an entity, and what they see of it. */
#include "model/search_int.h"

struct row_view row_view(const struct field_path *rows, const struct field_path *field)
{
    struct row_view v = {.field = field};
    for (size_t i = 0; rows && field && i < rows->n && i < field->n; i++) {
        if (!str_eq(rows->parts[i], field->parts[i])) {
            break;
        }
        if (rows->parts[i].len == 0) {
            v.depth++;
            v.part = i + 1;
        }
    }
    return v;
}

void row_values(const struct row *row, const struct row_view *view,
                void (*each)(struct json value, void *ctx), void *ctx)
{
    if (view->field) {
        field_each_from(view->field, view->part, row->at[view->depth], each, ctx);
    }
}

static void keep_first(struct json value, void *ctx)
{
    struct json *first = ctx;
    if (!json_exists(*first)) {
        *first = value;
    }
}

struct json row_value(const struct row *row, const struct row_view *view)
{
    struct json first = {0};
    row_values(row, view, keep_first, &first);
    return first;
}

bool row_time(const struct row *row, const struct row_view *view, int64_t *out_us)
{
    return date_parse(out_us, json_str_or(row_value(row, view), STR("")));
}

struct str row_text(struct json value)
{
    switch (json_kind(value)) {
    case JSON_STRING:
        return json_str(value);
    case JSON_NUMBER:
        return json_number_text(value);
    case JSON_BOOL:
        return json_is_true(value) ? STR("true") : STR("false");
    case JSON_NONE:
    case JSON_NULL:
    case JSON_ARRAY:
    case JSON_OBJECT:
        break;
    }
    return (struct str){0};
}

bool rows_each(const struct field_path *rows, size_t from, struct row *row,
               bool (*each)(struct row *row, void *ctx), void *ctx)
{
    struct json v = row->at[row->depth];
    size_t part = from;
    for (; rows && part < rows->n && rows->parts[part].len; part++) {
        v = json_get(v, rows->parts[part]);
    }
    if (!rows || part == rows->n) {
        return each(row, ctx);
    }
    bool goes_on = true;
    struct json item = json_kind(v) == JSON_ARRAY ? json_first(v) : (struct json){0};
    row->depth++; /* below SEARCH_DEPTH_MAX: the loader refuses deeper rows */
    for (; goes_on && json_exists(item); item = json_next(item)) {
        row->at[row->depth] = item;
        goes_on = rows_each(rows, part + 1, row, each, ctx);
    }
    row->depth--;
    return goes_on;
}
