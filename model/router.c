/* From a path to its operation. A tree of segments: literal children are tried before the parameter
 * child, with one step back where a literal leads nowhere.
 *
 *     api ─ v2 ─ routing ─ wrapupcodes ─┬─ divisionviews ─ {codeId}
 *                                       └─ {codeId}                    each end: operations by
 * method          */
#include "model/contract_int.h"

struct end {
    struct str method;
    const struct operation *op;
    struct end *next;
};

struct branch {
    struct str text;                /* of a literal child */
    struct str before, after;       /* of a parameter child: what stands around it */
    struct branch *children, *next; /* literal children */
    struct branch *parameters;      /* those with most text around them first */
    struct end *ends;
};

struct router {
    struct branch root;
    bool ignores_case, merges_slashes;
};

struct router *router_new(struct arena *a, bool ignores_case, bool merges_slashes)
{
    struct router *r = ARENA_NEW(a, struct router);
    r->ignores_case = ignores_case;
    r->merges_slashes = merges_slashes;
    return r;
}

static bool is_same(const struct router *r, struct str a, struct str b)
{
    return r->ignores_case ? str_eq_fold(a, b) : str_eq(a, b);
}

static struct branch *parameter_child(struct arena *a, struct branch *b, const struct segment *s)
{
    struct branch **at = &b->parameters;
    for (; *at && (*at)->before.len + (*at)->after.len >= s->before.len + s->after.len;
         at = &(*at)->next) {
        if (str_eq((*at)->before, s->before) && str_eq((*at)->after, s->after)) {
            return *at;
        }
    }
    struct branch *c = ARENA_NEW(a, struct branch);
    c->before = s->before;
    c->after = s->after;
    c->next = *at;
    *at = c;
    return c;
}

static struct branch *child(const struct router *r, struct arena *a, struct branch *b,
                            const struct segment *s)
{
    if (s->is_parameter) {
        return parameter_child(a, b, s);
    }
    for (struct branch *c = b->children; c; c = c->next) {
        if (is_same(r, c->text, s->text)) {
            return c;
        }
    }
    struct branch *c = ARENA_NEW(a, struct branch);
    c->text = s->text;
    c->next = b->children;
    b->children = c;
    return c;
}

bool router_add(struct router *r, struct arena *a, const struct operation *op)
{
    struct branch *b = &r->root;
    for (size_t i = 0; i < op->n_segments; i++) {
        b = child(r, a, b, &op->segments[i]);
    }
    struct end **last = &b->ends;
    for (; *last; last = &(*last)->next) {
        if (str_eq((*last)->method, op->method)) {
            return false;
        }
    }
    *last = ARENA_NEW(a, struct end);
    **last = (struct end){.method = op->method, .op = op};
    return true;
}

/* The value of the parameter `b` in a segment; s NULL where the text around it is another. */
static struct str value_in(const struct router *r, const struct branch *b, struct str head)
{
    size_t around = b->before.len + b->after.len;
    if (head.len <= around || !is_same(r, str_slice(head, 0, b->before.len), b->before) ||
        !is_same(r, str_slice(head, head.len - b->after.len, head.len), b->after)) {
        return (struct str){0};
    }
    return str_slice(head, b->before.len, head.len - b->after.len);
}

/* `path` is what is left, without its leading slash; s NULL once nothing is left ("a/" leaves an
 * empty segment, which nothing matches). */
static const struct branch *walk(const struct router *r, const struct branch *b, struct str path,
                                 struct route *out, size_t n)
{
    if (!path.s) {
        return b->ends ? b : NULL;
    }
    while (r->merges_slashes && path.len > 1 && path.s[0] == '/') {
        path = str_slice(path, 1, path.len);
    }
    size_t end = str_find_char(path, '/');
    struct str head = str_slice(path, 0, end);
    struct str rest = end < path.len ? str_slice(path, end + 1, path.len) : (struct str){0};
    if (end + 1 == path.len) {
        rest = STR("");
    }
    for (const struct branch *c = b->children; c; c = c->next) {
        const struct branch *found = is_same(r, c->text, head) ? walk(r, c, rest, out, n) : NULL;
        if (found) {
            return found;
        }
    }
    for (const struct branch *p = b->parameters; p && n < PATH_PARAMETERS_MAX; p = p->next) {
        struct str value = value_in(r, p, head);
        const struct branch *found = NULL;
        if (value.s) {
            out->values[n] = value;
            found = walk(r, p, rest, out, n + 1);
        }
        if (found) {
            return found;
        }
    }
    return NULL;
}

static const struct branch *find(const struct contract *c, struct str path, struct route *out)
{
    if (path.len == 0 || path.s[0] != '/') {
        return NULL;
    }
    return walk(c->router, &c->router->root, str_slice(path, 1, path.len), out, 0);
}

struct route contract_route(const struct contract *c, struct str method, struct str path)
{
    struct route out = {0};
    const struct branch *b = find(c, path, &out);
    bool is_head = str_eq(method, STR("HEAD"));
    for (const struct end *e = b ? b->ends : NULL; e; e = e->next) {
        if (str_eq(e->method, method)) {
            out.op = e->op;
            return out;
        }
        if (is_head && str_eq(e->method, STR("GET"))) {
            out.op = e->op; /* unless HEAD is one of its own */
        }
    }
    if (out.op) {
        return out;
    }
    out.is_other_method = b != NULL;
    return out;
}

void contract_methods(struct buf *out, const struct contract *c, struct str path)
{
    struct route ignored = {0};
    const struct branch *b = find(c, path, &ignored);
    for (const struct end *e = b ? b->ends : NULL; e; e = e->next) {
        buf_put(out, e->method);
        buf_put(out, str_eq(e->method, STR("GET")) ? STR(", HEAD, ") : STR(", "));
    }
    buf_put(out, STR("OPTIONS"));
}
