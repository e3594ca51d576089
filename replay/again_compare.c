/* Two answers, one recorded and one live: where they differ, and what of that is only to be expected. */
#include "replay/again_int.h"

#include <string.h>

enum { DIFFERENCES_MAX = 200, TEXT_MAX = 120 };

static bool is_uuid(struct str s)
{
    bool is_good = s.len == 36;
    for (size_t i = 0; i < s.len && is_good; i++) {
        bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
        bool is_hex = (s.s[i] >= '0' && s.s[i] <= '9') || (s.s[i] >= 'a' && s.s[i] <= 'f') ||
                      (s.s[i] >= 'A' && s.s[i] <= 'F');
        is_good = is_dash ? s.s[i] == '-' : is_hex;
    }
    return is_good;
}

static bool is_time(struct str s)
{
    int64_t at_us = 0;
    return s.len > 10 && date_parse(&at_us, s);
}

/* Members that the server sets: read-only ones of the resource, its id and version, what a token answer gives. */
static bool is_made_by_server(const struct again_compare *c, struct str member)
{
    const struct resource *r = c->op ? c->op->resource : NULL;
    if (c->op && c->op->action == ACTION_TOKEN) {
        return true;
    }
    if (!r || !member.len) {
        return false;
    }
    struct json property = json_get(json_get(r->schema, STR("properties")), member);
    return json_is_true(json_get(property, STR("readOnly"))) ||
           (r->id_field && str_eq(r->id_field->text, member)) ||
           (r->version_field && str_eq(r->version_field->text, member));
}

/* "/entities/<any>" against "/entities/3/name": a pattern also takes what stands below it. */
static bool is_ignored(const struct again_compare *c)
{
    for (size_t i = 0; i < c->spec->n_ignored; i++) {
        struct str pattern = c->spec->ignored[i], path = buf_str(&c->pointer), want, have;
        bool fits = str_cut(&pattern, '/', &want) && str_cut(&path, '/', &have);
        while (fits && pattern.len) {
            fits = path.len > 0 && str_cut(&pattern, '/', &want) && str_cut(&path, '/', &have) &&
                   (str_eq(want, STR("*")) || str_eq(want, have));
        }
        if (fits) {
            return true;
        }
    }
    return false;
}

static struct str shown(const struct again_compare *c, struct json v)
{
    return json_exists(v) ? str_copy(c->a, str_slice(json_source(v), 0, TEXT_MAX)) : STR("");
}

static void differ(struct again_compare *c, struct json recorded, struct json live)
{
    if (c->n == DIFFERENCES_MAX || is_ignored(c)) {
        return;
    }
    if (c->n == c->cap) {
        size_t cap = c->cap ? c->cap * 2 : 8;
        struct again_difference *more = ARENA_ARRAY(c->a, cap, struct again_difference);
        if (c->n) {
            memcpy(more, c->at, c->n * sizeof *more);
        }
        c->at = more;
        c->cap = cap;
    }
    c->at[c->n++] = (struct again_difference){str_copy(c->a, buf_str(&c->pointer)),
                                              shown(c, recorded), shown(c, live)};
}

static struct str scalar(struct json v)
{
    return json_kind(v) == JSON_STRING ? json_str(v) : json_source(v);
}

static void compare_scalars(struct again_compare *c, struct str member, struct json recorded,
                            struct json live)
{
    struct str was = scalar(recorded), is = scalar(live);
    if (str_eq(was, is) && json_kind(recorded) == json_kind(live)) {
        return;
    }
    bool is_masked = str_eq(was, STR("[left out]"));
    bool is_same_kind = json_kind(recorded) == json_kind(live);
    bool is_natural = is_masked || (is_uuid(was) && is_uuid(is)) || (is_time(was) && is_time(is)) ||
                      is_made_by_server(c, member);
    if (is_same_kind && is_natural) {
        again_learn(c->values, was, is);
        return;
    }
    if (json_kind(recorded) == JSON_STRING && is_same_kind &&
        str_eq(again_put_live(c->values, c->a, was), is)) {
        return;
    }
    differ(c, recorded, live);
}

static bool is_container(struct json v)
{
    return json_kind(v) == JSON_OBJECT || json_kind(v) == JSON_ARRAY;
}

static void compare_at(struct again_compare *c, struct str member, struct json recorded,
                       struct json live, int depth);

static void compare_members(struct again_compare *c, struct json recorded, struct json live,
                            int depth)
{
    bool is_object = json_kind(recorded) == JSON_OBJECT;
    struct json other = json_first(live);
    size_t before = c->pointer.len, i = 0;
    for (struct json m = json_first(recorded); json_exists(m); m = json_next(m), i++) {
        struct str member = is_object ? json_key(m) : STR("");
        if (is_object) {
            json_pointer_put_token(&c->pointer, member);
            other = json_get(live, member);
        } else {
            buf_printf(&c->pointer, "/%zu", i);
        }
        compare_at(c, member, m, other, depth + 1);
        c->pointer.len = before;
        other = is_object || !json_exists(other) ? other : json_next(other);
    }
    for (struct json m = is_object ? json_first(live) : other; json_exists(m);
         m = json_next(m), i++) {
        struct json none = {0};
        if (is_object && json_exists(json_get(recorded, json_key(m)))) {
            continue;
        }
        if (is_object) {
            json_pointer_put_token(&c->pointer, json_key(m));
        } else {
            buf_printf(&c->pointer, "/%zu", i);
        }
        differ(c, none, m);
        c->pointer.len = before;
    }
}

static void compare_at(struct again_compare *c, struct str member, struct json recorded,
                       struct json live, int depth)
{
    enum { DEPTH_MAX = 100 };
    bool is_one = json_exists(live) && !is_container(recorded) && !is_container(live);
    bool are_both = is_container(recorded) && json_kind(recorded) == json_kind(live);
    if (is_one) {
        compare_scalars(c, member, recorded, live);
    } else if (are_both && depth <= DEPTH_MAX) {
        compare_members(c, recorded, live, depth);
    } else {
        differ(c, recorded, live);
    }
}

void again_compare(struct again_compare *c, struct json recorded, struct json live)
{
    compare_at(c, STR(""), recorded, live, 0);
}
