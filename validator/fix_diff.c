/* A unified diff. Lines are compared in step; where they part, the nearest place at which both run alike
 * again is looked for, up to a bound: the diff is right always, the shortest for small changes. */
#include "validator/fix.h"

#include "base/base.h"

enum { CONTEXT = 3, LOOK_MAX = 200 };

struct line_list {
    struct str *at;
    size_t n;
};

/* Lines without their line feed; what follows the last line feed is a line if it is not empty. */
static struct line_list lines_of(struct arena *a, struct str text)
{
    size_t n = 1;
    for (size_t i = 0; i < text.len; i++) {
        n += text.s[i] == '\n';
    }
    struct line_list l = {ARENA_ARRAY(a, n, struct str), 0};
    for (size_t at = 0; at < text.len;) {
        struct str rest = str_slice(text, at, text.len);
        size_t len = str_find_char(rest, '\n');
        l.at[l.n++] = str_slice(rest, 0, len);
        at += len + 1;
    }
    return l;
}

struct change { /* lines [a, a_to) give way to [b, b_to) */
    size_t a, a_to, b, b_to;
};

/* From a place where the two differ to the nearest at which a line is alike. */
static void resync(const struct line_list *x, const struct line_list *y, struct change *c)
{
    for (size_t sum = 1; sum <= LOOK_MAX; sum++) {
        for (size_t i = 0; i <= sum; i++) {
            size_t a = c->a + i, b = c->b + (sum - i);
            bool is_end = a == x->n && b == y->n;
            if (is_end || (a < x->n && b < y->n && str_eq(x->at[a], y->at[b]))) {
                c->a_to = a;
                c->b_to = b;
                return;
            }
        }
    }
    c->a_to = x->n;
    c->b_to = y->n;
}

static size_t changes_of(struct change *out, const struct line_list *x, const struct line_list *y,
                         size_t cap)
{
    size_t a = 0, b = 0, n = 0;
    while (a < x->n || b < y->n) {
        if (a < x->n && b < y->n && str_eq(x->at[a], y->at[b])) {
            a++;
            b++;
            continue;
        }
        struct change c = {a, a, b, b};
        resync(x, y, &c);
        if (n + 1 == cap) { /* the rest as one */
            c.a_to = x->n;
            c.b_to = y->n;
        }
        out[n++] = c;
        a = c.a_to;
        b = c.b_to;
    }
    return n;
}

static bool is_unended(struct str text, const struct line_list *l, size_t line)
{
    return line + 1 == l->n && text.len > 0 && text.s[text.len - 1] != '\n';
}

static void put_line(struct buf *out, char mark, const struct line_list *l, size_t i,
                     struct str text)
{
    buf_put_char(out, mark);
    buf_put(out, l->at[i]);
    buf_put_char(out, '\n');
    if (is_unended(text, l, i)) {
        buf_put(out, STR("\\ No newline at end of file\n"));
    }
}

static void put_range(struct buf *out, char mark, size_t from, size_t n)
{
    buf_printf(out, "%c%zu,%zu ", mark, n > 0 ? from + 1 : from, n);
}

static void put_hunk(struct buf *out, const struct line_list *x, const struct line_list *y,
                     const struct change *c, size_t n, struct str before, struct str after)
{
    size_t lead = c[0].a < CONTEXT ? c[0].a : CONTEXT;
    size_t left = x->n - c[n - 1].a_to, tail = left < CONTEXT ? left : CONTEXT;
    size_t a = c[0].a - lead;
    buf_put(out, STR("@@ "));
    put_range(out, '-', a, c[n - 1].a_to + tail - a);
    put_range(out, '+', c[0].b - lead, c[n - 1].b_to + tail - (c[0].b - lead));
    buf_put(out, STR("@@\n"));
    for (size_t i = 0; i < n; i++) {
        for (; a < c[i].a; a++) {
            put_line(out, ' ', x, a, before);
        }
        for (; a < c[i].a_to; a++) {
            put_line(out, '-', x, a, before);
        }
        for (size_t b = c[i].b; b < c[i].b_to; b++) {
            put_line(out, '+', y, b, after);
        }
    }
    for (size_t end = a + tail; a < end; a++) {
        put_line(out, ' ', x, a, before);
    }
}

void diff_put(struct buf *out, struct arena *a, struct str name, struct str before,
              struct str after)
{
    struct line_list x = lines_of(a, before), y = lines_of(a, after);
    size_t cap = x.n + y.n + 2;
    struct change *c = ARENA_ARRAY(a, cap, struct change);
    if (str_eq(before, after)) {
        return;
    }
    size_t n = changes_of(c, &x, &y, cap);
    if (n == 0) { /* but for the last line feed they are alike */
        c[n++] = (struct change){x.n ? x.n - 1 : 0, x.n, y.n ? y.n - 1 : 0, y.n};
    }
    buf_printf(out, "--- %.*s\n+++ %.*s\n", STR_ARG(name), STR_ARG(name));
    for (size_t i = 0; i < n;) {
        size_t to = i + 1;
        while (to < n && c[to].a - c[to - 1].a_to <= 2 * (size_t)CONTEXT) {
            to++;
        }
        put_hunk(out, &x, &y, &c[i], to - i, before, after);
        i = to;
    }
}
