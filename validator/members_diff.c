/* What differs between two objects, member by member. */
#include "validator/draft.h"

#include <string.h>

struct diff {
    struct arena *arena;
    const struct contract *contract;
    struct plan_member *at;
    size_t n, cap;
    struct buf path;
};

static struct str text_of(struct diff *d, struct json v)
{
    struct buf out;
    if (!json_exists(v)) {
        return STR("");
    }
    buf_init(&out, d->arena);
    json_put(&out, v);
    return buf_str(&out);
}

static void add(struct diff *d, struct json before, struct json after)
{
    enum { FIRST = 8 };
    if (d->n == d->cap) {
        d->cap = d->cap ? 2 * d->cap : FIRST;
        struct plan_member *more = ARENA_ARRAY(d->arena, d->cap, struct plan_member);
        if (d->n) {
            memcpy(more, d->at, d->n * sizeof *more);
        }
        d->at = more;
    }
    d->at[d->n++] = (struct plan_member){str_copy(d->arena, buf_str(&d->path)), text_of(d, before),
                                         text_of(d, after)};
}

static void compare(struct diff *d, struct json schema, struct json before, struct json after);

/* One member; nothing for what is the same, or not for clients to write. As deep as the documents. */
static void compare_member(struct diff *d, struct json schema, struct str name, struct json before,
                           struct json after)
{
    struct member_look look = {0};
    size_t stem = d->path.len;
    if (json_exists(schema)) {
        look = contract_member(d->contract, schema, name);
    }
    if (look.n && look.is_read_only) {
        return;
    }
    buf_put(&d->path, stem ? STR(".") : STR(""));
    buf_put(&d->path, name);
    if (json_kind(before) == JSON_OBJECT && json_kind(after) == JSON_OBJECT) {
        compare(d, look.member, before, after);
    } else if (!json_exists(before) || !json_exists(after) || !json_eq(before, after)) {
        add(d, before, after);
    }
    d->path.len = stem;
}

static void compare(struct diff *d, struct json schema, struct json before, struct json after)
{
    for (struct json m = json_first(before); json_exists(m); m = json_next(m)) {
        compare_member(d, schema, json_key(m), m, json_get(after, json_key(m)));
    }
    for (struct json m = json_first(after); json_exists(m); m = json_next(m)) {
        if (!json_exists(json_get(before, json_key(m)))) {
            compare_member(d, schema, json_key(m), (struct json){0}, m);
        }
    }
}

size_t members_diff(const struct plan_member **out, struct arena *a, const struct contract *c,
                    struct json schema, struct json before, struct json after)
{
    struct diff d = {.arena = a, .contract = c};
    buf_init(&d.path, a);
    compare(&d, schema, before, after);
    *out = d.at;
    return d.n;
}
