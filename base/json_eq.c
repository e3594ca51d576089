/* Equality and hash of values as JSON Schema 2020-12 4.2.2 means them: numbers by value, members in
 * any order. Of a repeated name the first member counts, as in json_get. Recursion is as deep as
 * the reader allowed. */
#include "base/json_int.h"

#include "base/base.h"

static bool array_eq(struct json a, struct json b)
{
    struct json y = json_first(b);
    for (struct json x = json_first(a); json_exists(x); x = json_next(x)) {
        if (!json_eq(x, y)) {
            return false;
        }
        y = json_next(y);
    }
    return true;
}

/* Not the first of its name. */
static bool is_repeated(struct json obj, struct json member)
{
    return obj.doc->has_duplicates && json_get(obj, json_key(member)).at != member.at;
}

static size_t names_count(struct json obj)
{
    if (!obj.doc->has_duplicates) {
        return json_count(obj);
    }
    size_t n = 0;
    for (struct json m = json_first(obj); json_exists(m); m = json_next(m)) {
        n += !is_repeated(obj, m);
    }
    return n;
}

/* Members mostly stand in the same order: then no look-up is needed. */
static bool object_eq(struct json a, struct json b)
{
    if (names_count(a) != names_count(b)) {
        return false;
    }
    struct json y = json_first(b);
    for (struct json x = json_first(a); json_exists(x); x = json_next(x)) {
        if (is_repeated(a, x)) {
            continue;
        }
        bool is_in_step =
            json_exists(y) && !b.doc->has_duplicates && str_eq(json_key(x), json_key(y));
        if (!json_eq(x, is_in_step ? y : json_get(b, json_key(x)))) {
            return false;
        }
        y = json_next(y);
    }
    return true;
}

bool json_eq(struct json a, struct json b)
{
    enum json_kind kind = json_kind(a);
    if (kind != json_kind(b)) {
        return false;
    }
    switch (kind) {
    case JSON_NONE:
    case JSON_NULL:
        return true;
    case JSON_BOOL:
        return json_is_true(a) == json_is_true(b);
    case JSON_NUMBER:
        return json_number_eq(json_number_text(a), json_number_text(b));
    case JSON_STRING:
        return str_eq(json_str(a), json_str(b));
    case JSON_ARRAY:
        return json_count(a) == json_count(b) && array_eq(a, b);
    case JSON_OBJECT:
        return object_eq(a, b);
    }
    unreachable();
}

ALLOW_WRAP static uint64_t mix(uint64_t h, uint64_t x)
{
    h = (h ^ x) * UINT64_C(0x9E3779B97F4A7C15);
    return h ^ h >> 29;
}

/* Members are added up, so their order does not matter. */
ALLOW_WRAP static uint64_t group_hash(struct json v, bool is_object)
{
    uint64_t h = is_object ? 11 : 13;
    for (struct json m = json_first(v); json_exists(m); m = json_next(m)) {
        if (!is_object) {
            h = mix(h, json_hash(m));
        } else if (!is_repeated(v, m)) {
            h += mix(str_hash(json_key(m)), json_hash(m));
        }
    }
    return mix(h, 17);
}

uint64_t json_hash(struct json v)
{
    switch (json_kind(v)) {
    case JSON_NONE:
        return 1;
    case JSON_NULL:
        return 2;
    case JSON_BOOL:
        return json_is_true(v) ? 3 : 4;
    case JSON_NUMBER:
        return mix(5, json_number_hash(json_number_text(v)));
    case JSON_STRING:
        return mix(6, str_hash(json_str(v)));
    case JSON_ARRAY:
        return group_hash(v, false);
    case JSON_OBJECT:
        return group_hash(v, true);
    }
    unreachable();
}
