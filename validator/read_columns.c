/* Which members a table's columns may fill: the scalars that a schema knows, through references,
 * branches and objects within objects. */
#include "validator/read.h"

#include <stdlib.h>

enum { COLUMNS_MAX = 512, SCHEMA_DEPTH_MAX = 24, OBJECT_DEPTH_MAX = 3 };

struct collector {
    struct arena *arena;
    const struct contract *contract;
    struct table_column *at;
    size_t n;
};

/* The type that is not null. */
static struct str type_of(struct json schema)
{
    struct json type = json_get(schema, STR("type"));
    if (json_kind(type) != JSON_ARRAY) {
        return json_str_or(type, STR(""));
    }
    for (struct json v = json_first(type); json_exists(v); v = json_next(v)) {
        if (!str_eq(json_str_or(v, STR("null")), STR("null"))) {
            return json_str(v);
        }
    }
    return STR("");
}

static bool scalar_kind(struct json schema, enum json_kind *out)
{
    struct str type = type_of(schema);
    bool has_enum = json_kind(json_get(schema, STR("enum"))) == JSON_ARRAY;
    if (str_eq(type, STR("string")) || (type.len == 0 && has_enum)) {
        *out = JSON_STRING;
    } else if (str_eq(type, STR("integer")) || str_eq(type, STR("number"))) {
        *out = JSON_NUMBER;
    } else if (str_eq(type, STR("boolean"))) {
        *out = JSON_BOOL;
    } else {
        return false;
    }
    return true;
}

static void column_add(struct collector *c, struct str path, enum json_kind kind, bool is_list)
{
    if (c->n < COLUMNS_MAX) {
        c->at[c->n++] = (struct table_column){.path = path, .kind = kind, .is_list = is_list};
    }
}

static void collect(struct collector *c, struct json schema, struct str path, size_t depth,
                    size_t objects);

static void collect_member(struct collector *c, struct json member, struct str path, size_t depth,
                           size_t objects)
{
    struct json schema = contract_deref(c->contract, member);
    struct str name = json_key(member);
    if (str_find_char(name, '.') < name.len) {
        return; /* a path could not tell it */
    }
    struct buf b;
    buf_init(&b, c->arena);
    buf_put(&b, path);
    buf_put(&b, path.len > 0 ? STR(".") : STR(""));
    buf_put(&b, name);
    enum json_kind kind;
    if (scalar_kind(schema, &kind)) {
        column_add(c, buf_str(&b), kind, false);
    } else if (str_eq(type_of(schema), STR("array"))) {
        struct json items = contract_deref(c->contract, json_get(schema, STR("items")));
        if (scalar_kind(items, &kind)) {
            column_add(c, buf_str(&b), kind, true);
        }
    } else if (objects < OBJECT_DEPTH_MAX) {
        collect(c, schema, buf_str(&b), depth + 1, objects + 1);
    }
}

static void collect(struct collector *c, struct json schema, struct str path, size_t depth,
                    size_t objects)
{
    static const struct str branches[] = {STR_INIT("allOf"), STR_INIT("anyOf"), STR_INIT("oneOf")};
    schema = contract_deref(c->contract, schema);
    if (depth > SCHEMA_DEPTH_MAX || c->n >= COLUMNS_MAX) {
        return;
    }
    struct json members = json_get(schema, STR("properties"));
    for (struct json m = json_first(members); json_exists(m); m = json_next(m)) {
        collect_member(c, m, path, depth, objects);
    }
    for (size_t i = 0; i < sizeof branches / sizeof branches[0]; i++) {
        struct json list = json_get(schema, branches[i]);
        for (struct json v = json_first(list); json_exists(v); v = json_next(v)) {
            collect(c, v, path, depth + 1, objects);
        }
    }
}

static int by_path(const void *a, const void *b)
{
    const struct table_column *x = a, *y = b;
    return str_cmp(x->path, y->path);
}

/* Is `path` that of `of`, or below it? */
static bool is_within(struct str path, struct str of)
{
    return str_starts(path, of) && (path.len == of.len || path.s[of.len] == '.');
}

size_t table_columns(const struct table_column **out, struct arena *a, const struct contract *c,
                     struct json schema)
{
    struct collector all = {
        .arena = a, .contract = c, .at = ARENA_ARRAY(a, COLUMNS_MAX, struct table_column)};
    collect(&all, schema, STR(""), 0, 0);
    if (all.n > 1) {
        qsort(all.at, all.n, sizeof *all.at, by_path);
    }
    size_t n = 0;
    for (size_t i = 0; i < all.n; i++) { /* what two branches name stands once */
        if (n == 0 || !is_within(all.at[i].path, all.at[n - 1].path)) {
            all.at[n++] = all.at[i];
        }
    }
    *out = all.at;
    return n;
}
