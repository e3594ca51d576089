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
    struct str text; /* "" for the parameter child */
    struct branch *children, *next, *parameter;
    struct end *ends;
};

struct router {
    struct branch root;
};

struct router *router_new(struct arena *a)
{
    return ARENA_NEW(a, struct router);
}

static struct branch *child(struct arena *a, struct branch *b, const struct segment *s)
{
    if (s->is_parameter) {
        if (!b->parameter) {
            b->parameter = ARENA_NEW(a, struct branch);
        }
        return b->parameter;
    }
    for (struct branch *c = b->children; c; c = c->next) {
        if (str_eq(c->text, s->text)) {
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
        b = child(a, b, &op->segments[i]);
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

/* `path` is what is left, without its leading slash; s NULL once nothing is left ("a/" leaves an
 * empty segment, which nothing matches). */
static const struct branch *walk(const struct branch *b, struct str path, struct route *out,
                                 size_t n)
{
    if (!path.s) {
        return b->ends ? b : NULL;
    }
    size_t end = str_find_char(path, '/');
    struct str head = str_slice(path, 0, end);
    struct str rest = end < path.len ? str_slice(path, end + 1, path.len) : (struct str){0};
    if (end + 1 == path.len) {
        rest = STR("");
    }
    for (const struct branch *c = b->children; c; c = c->next) {
        const struct branch *found = str_eq(c->text, head) ? walk(c, rest, out, n) : NULL;
        if (found) {
            return found;
        }
    }
    if (!b->parameter || head.len == 0 || n == PATH_PARAMETERS_MAX) {
        return NULL;
    }
    out->values[n] = head;
    return walk(b->parameter, rest, out, n + 1);
}

static const struct branch *find(const struct contract *c, struct str path, struct route *out)
{
    if (path.len == 0 || path.s[0] != '/') {
        return NULL;
    }
    return walk(&c->router->root, str_slice(path, 1, path.len), out, 0);
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
        if (out->len) {
            buf_put(out, STR(", "));
        }
        buf_put(out, e->method);
    }
}
