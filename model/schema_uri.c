/* References seen from a base: RFC 3986 section 5.2, for any scheme. Nothing is checked or
 * normalised beyond what resolving asks for: two URIs are the same if their texts are. A base of ""
 * is allowed; what is resolved against it may stay relative. */
#include "model/schema_int.h"

/* Parts as in RFC 3986 appendix B; s NULL: absent. */
struct parts {
    struct str scheme, authority, path, query, fragment;
};

static bool is_scheme(struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        char c = s.s[i];
        bool is_alpha = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        bool is_other = (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
        if (!is_alpha && (i == 0 || !is_other)) {
            return false;
        }
    }
    return s.len > 0;
}

/* Moves what follows the first `c` of *s to *out, if there is one. */
static void split_off(struct str *s, char c, struct str *out)
{
    size_t at = str_find_char(*s, c);
    if (at < s->len) {
        *out = str_slice(*s, at + 1, s->len);
        *s = str_slice(*s, 0, at);
    }
}

static struct parts split(struct str uri)
{
    struct parts p = {0};
    split_off(&uri, '#', &p.fragment);
    split_off(&uri, '?', &p.query);
    size_t colon = str_find_char(uri, ':');
    if (colon < uri.len && is_scheme(str_slice(uri, 0, colon))) {
        p.scheme = str_slice(uri, 0, colon);
        uri = str_slice(uri, colon + 1, uri.len);
    }
    if (str_starts(uri, STR("//"))) {
        uri = str_slice(uri, 2, uri.len);
        size_t slash = str_find_char(uri, '/');
        p.authority = str_slice(uri, 0, slash);
        uri = str_slice(uri, slash, uri.len);
    }
    p.path = uri;
    return p;
}

/* Appends `path` without its "." and ".." segments (RFC 3986 5.2.4). */
static void put_path(struct buf *out, struct str path)
{
    size_t from = out->len;
    bool is_rooted = path.len > 0 && path.s[0] == '/';
    struct str rest = is_rooted ? str_slice(path, 1, path.len) : path, segment;
    if (is_rooted) {
        buf_put_char(out, '/');
    }
    size_t first = out->len; /* nothing before this is taken back */
    while (str_cut(&rest, '/', &segment)) {
        bool is_last = rest.s == NULL;
        if (str_eq(segment, STR(".."))) {
            if (out->len > first) {
                out->len--; /* the slash after the segment that goes */
            }
            while (out->len > first && out->s[out->len - 1] != '/') {
                out->len--;
            }
        } else if (!str_eq(segment, STR("."))) {
            buf_put(out, segment);
            if (!is_last) {
                buf_put_char(out, '/');
            }
        }
    }
    if (out->len == from && is_rooted) {
        buf_put_char(out, '/');
    }
}

/* The base's path up to its last slash, then the reference's (RFC 3986 5.2.3). */
static struct str merge(struct arena *a, const struct parts *base, struct str path)
{
    struct buf out;
    buf_init(&out, a);
    if (base->authority.s != NULL && base->path.len == 0) {
        buf_put_char(&out, '/');
    } else {
        size_t to = base->path.len;
        while (to > 0 && base->path.s[to - 1] != '/') {
            to--;
        }
        buf_put(&out, str_slice(base->path, 0, to));
    }
    buf_put(&out, path);
    return buf_str(&out);
}

struct str schema_uri_resolve(struct arena *a, struct str base, struct str reference)
{
    struct parts b = split(base), r = split(reference);
    struct parts t = {.scheme = r.scheme, .query = r.query, .fragment = r.fragment};
    bool is_path_kept = false;
    if (r.scheme.s != NULL || r.authority.s != NULL) {
        t.scheme = r.scheme.s != NULL ? r.scheme : b.scheme;
        t.authority = r.authority;
        t.path = r.path;
    } else {
        t.scheme = b.scheme;
        t.authority = b.authority;
        is_path_kept = r.path.len == 0;
        if (is_path_kept) {
            t.path = b.path;
            t.query = r.query.s != NULL ? r.query : b.query;
        } else {
            t.path = r.path.s[0] == '/' ? r.path : merge(a, &b, r.path);
        }
    }
    struct buf out;
    buf_init(&out, a);
    if (t.scheme.s != NULL) {
        buf_put(&out, t.scheme);
        buf_put_char(&out, ':');
    }
    if (t.authority.s != NULL) {
        buf_put(&out, STR("//"));
        buf_put(&out, t.authority);
    }
    if (is_path_kept) {
        buf_put(&out, t.path);
    } else {
        put_path(&out, t.path);
    }
    if (t.query.s != NULL) {
        buf_put_char(&out, '?');
        buf_put(&out, t.query);
    }
    if (t.fragment.s != NULL) {
        buf_put_char(&out, '#');
        buf_put(&out, t.fragment);
    }
    return buf_str(&out);
}

struct str schema_uri_head(struct str uri, struct str *out_fragment)
{
    *out_fragment = (struct str){0};
    split_off(&uri, '#', out_fragment);
    return uri;
}
