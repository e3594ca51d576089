/* JSON Pointer (RFC 6901) over cursors. */
#include "base/json_int.h"

#include "base/buf.h"

void json_pointer_put_token(struct buf *b, struct str token)
{
    buf_put_char(b, '/');
    for (size_t i = 0; i < token.len; i++) {
        if (token.s[i] == '~') {
            buf_put(b, STR("~0"));
        } else if (token.s[i] == '/') {
            buf_put(b, STR("~1"));
        } else {
            buf_put_char(b, token.s[i]);
        }
    }
}

/* True if `name`, escaped, is `token`; an escape other than ~0 and ~1 is none. */
static bool token_is(struct str token, struct str name)
{
    size_t at = 0;
    for (size_t i = 0; i < name.len; i++, at++) {
        char c = name.s[i];
        if (c != '~' && c != '/') {
            if (at >= token.len || token.s[at] != c) {
                return false;
            }
            continue;
        }
        if (token.len - at < 2 || token.s[at] != '~' || token.s[at + 1] != (c == '~' ? '0' : '1')) {
            return false;
        }
        at++;
    }
    return at == token.len;
}

static struct json member_find(struct json obj, struct str token)
{
    if (str_find_char(token, '~') == token.len) {
        return json_get(obj, token);
    }
    struct json m = json_first(obj);
    while (json_exists(m) && !token_is(token, json_key(m))) {
        m = json_next(m);
    }
    return m;
}

/* Array index as RFC 6901 4 writes it: digits, no leading zero. */
static struct json element_find(struct json array, struct str token)
{
    uint64_t index;
    bool has_zero = token.len > 1 && token.s[0] == '0';
    if (has_zero || token.len == 0 || token.s[0] < '0' || token.s[0] > '9' ||
        !num_parse_u64(&index, token, 0, UINT32_MAX) || index >= json_count(array)) {
        return (struct json){.doc = NULL};
    }
    struct json v = json_first(array);
    for (; index > 0; index--) {
        v = json_next(v);
    }
    return v;
}

struct json json_pointer_find(struct json root, struct str pointer)
{
    if (pointer.len == 0) {
        return root;
    }
    if (pointer.s[0] != '/') {
        return (struct json){.doc = NULL};
    }
    struct json v = root;
    for (size_t from = 1; json_exists(v);) {
        struct str rest = str_slice(pointer, from, pointer.len);
        size_t len = str_find_char(rest, '/');
        struct str token = str_slice(rest, 0, len);
        v = json_kind(v) == JSON_ARRAY ? element_find(v, token) : member_find(v, token);
        if (len == rest.len) {
            break;
        }
        from += len + 1;
    }
    return v;
}

/* The child of `here` that `v` is or stands in; `trail` may be NULL. */
static struct json child_around(struct json here, struct json v, size_t level,
                                struct json_trail *trail, uint64_t *out_index)
{
    struct json child = json_first(here);
    uint64_t index = 0;
    struct json_step *step = trail != NULL && level < TRAIL_LEVELS ? &trail->steps[level] : NULL;
    if (step != NULL && json_exists(step->child) && step->parent == here.at &&
        step->child.at <= v.at) {
        child = step->child;
        index = step->index;
    }
    while (json_place_next(child.doc, child.at) <= v.at) {
        child = json_next(child);
        index++;
    }
    if (step != NULL) {
        *step = (struct json_step){.child = child, .parent = here.at, .index = index};
    }
    *out_index = index;
    return child;
}

void json_pointer_put(struct buf *b, struct json v)
{
    if (!json_exists(v)) {
        return;
    }
    struct json_trail *trail = v.doc->trail;
    if (trail != NULL) {
        pthread_mutex_lock(&trail->lock);
    }
    struct json here = json_root(v.doc);
    for (size_t level = 0; here.at != v.at; level++) {
        bool is_array = json_kind(here) == JSON_ARRAY;
        uint64_t index;
        here = child_around(here, v, level, trail, &index);
        if (is_array) {
            buf_put_char(b, '/');
            buf_put_u64(b, index);
        } else {
            json_pointer_put_token(b, json_key(here));
        }
    }
    if (trail != NULL) {
        pthread_mutex_unlock(&trail->lock);
    }
}
