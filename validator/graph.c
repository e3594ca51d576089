/* Walks over the graph of dependencies. Everything here is linear in what it touches. */
#include "validator/graph_int.h"

#include <string.h>

size_t deps_node_count(const struct deps *g)
{
    return g->n_nodes;
}

size_t deps_edge_count(const struct deps *g)
{
    return g->n_edges;
}

const struct deps_node *deps_node(const struct deps *g, uint32_t node)
{
    return &g->nodes[node];
}

const struct deps_edge *deps_edge(const struct deps *g, size_t i)
{
    return &g->edges[i];
}

size_t deps_users_count(const struct deps *g, uint32_t node)
{
    return g->in_from[node + 1] - g->in_from[node];
}

const struct deps_edge *deps_user(const struct deps *g, uint32_t node, size_t i)
{
    return &g->edges[g->in[g->in_from[node] + i].edge];
}

size_t deps_uses_count(const struct deps *g, uint32_t node)
{
    return g->out_from[node + 1] - g->out_from[node];
}

const struct deps_edge *deps_use(const struct deps *g, uint32_t node, size_t i)
{
    return &g->edges[g->out_from[node] + i];
}

uint32_t deps_find_name(const struct deps *g, const struct resource *r, struct str name,
                        uint32_t after)
{
    for (size_t i = after == DEPS_NONE ? 0 : (size_t)after + 1; i < g->n_nodes; i++) {
        if ((!r || g->nodes[i].resource == r) && str_eq(g->nodes[i].name, name)) {
            return (uint32_t)i;
        }
    }
    return DEPS_NONE;
}

void deps_put_node(struct buf *out, const struct deps *g, uint32_t node)
{
    const struct deps_node *n = &g->nodes[node];
    buf_put(out, n->type);
    buf_put_char(out, ' ');
    buf_put_quoted(out, n->name.len ? n->name : n->id);
}

/* --- impact --- */

static void add_hit(struct deps_impact *out, const struct deps_edge *edge, size_t by, size_t depth)
{
    out->hits[out->n++] = (struct deps_hit){edge, by, depth};
}

static void walk_direct(const struct deps *g, uint32_t node, enum deps_cause cause,
                        unsigned char *seen, struct deps_impact *out)
{
    for (size_t i = 0; i < deps_users_count(g, node); i++) {
        const struct deps_edge *e = deps_user(g, node, i);
        if (e->from == node || (cause == DEPS_RENAMED && !e->is_by_name)) {
            continue;
        }
        add_hit(out, e, SIZE_MAX, 1);
        out->by_kind[e->kind]++;
        out->n_nodes += !seen[e->from];
        seen[e->from] = 1;
    }
    out->n_direct = out->n;
}

struct deps_next {
    uint32_t node, hit, depth;
};

void deps_impact(const struct deps *g, uint32_t node, enum deps_cause cause, struct arena *a,
                 struct deps_impact *out)
{
    enum { SEEN = 1, WALKED = 2 };
    unsigned char *seen = ARENA_ARRAY(a, g->n_nodes + 1, unsigned char);
    *out = (struct deps_impact){0};
    /* each node comes in once behind the direct ones */
    out->hits = ARENA_ARRAY(a, deps_users_count(g, node) + g->n_nodes + 1, struct deps_hit);
    seen[node] = SEEN | WALKED;
    walk_direct(g, node, cause, seen, out);
    /* those whose users are walked, each with its hit */
    struct deps_next *next = ARENA_ARRAY(a, out->n + g->n_nodes + 1, struct deps_next);
    size_t n_next = 0;
    for (size_t i = 0; i < out->n; i++) {
        uint32_t by = out->hits[i].edge->from;
        if (out->hits[i].edge->kind == EDGE_BREAKS && !(seen[by] & WALKED)) {
            seen[by] |= WALKED;
            next[n_next++] = (struct deps_next){by, (uint32_t)i, 1};
        }
    }
    for (size_t at = 0; at < n_next; at++) {
        const struct deps_next one = next[at];
        for (size_t i = g->in_from[one.node]; i < g->in_from[one.node + 1]; i++) {
            const struct deps_in *in = &g->in[i];
            if (seen[in->from]) {
                continue;
            }
            seen[in->from] = SEEN;
            if (in->kind == EDGE_BREAKS) {
                next[n_next++] = (struct deps_next){in->from, (uint32_t)out->n, one.depth + 1};
            }
            add_hit(out, &g->edges[in->edge], one.hit, one.depth + 1U);
            out->n_nodes++;
        }
    }
}

/* --- components (Tarjan, without recursion) --- */

struct tarjan {
    const struct deps *g;
    uint32_t *number, *low, *stack, *path;
    size_t *next; /* edge of the node that is looked at next */
    unsigned char *is_open;
    uint32_t *component, *order; /* either may be NULL */
    size_t n_stack, n_path, n_ordered, n_components;
    uint32_t count;
};

static void enter(struct tarjan *t, uint32_t node)
{
    t->number[node] = t->low[node] = ++t->count;
    t->stack[t->n_stack++] = node;
    t->path[t->n_path++] = node;
    t->is_open[node] = 1;
}

static void leave(struct tarjan *t, uint32_t node)
{
    t->n_path--;
    if (t->n_path) {
        uint32_t up = t->path[t->n_path - 1];
        t->low[up] = t->low[node] < t->low[up] ? t->low[node] : t->low[up];
    }
    if (t->low[node] != t->number[node]) {
        return;
    }
    size_t first = t->n_stack;
    while (t->stack[first - 1] != node) {
        first--;
    }
    for (size_t i = first - 1; i < t->n_stack; i++) {
        uint32_t one = t->stack[i];
        t->is_open[one] = 0;
        if (t->component) {
            t->component[one] = (uint32_t)t->n_components;
        }
        if (t->order) {
            t->order[t->n_ordered++] = one;
        }
    }
    t->n_stack = first - 1;
    t->n_components++;
}

static void walk(struct tarjan *t, uint32_t root)
{
    const struct deps *g = t->g;
    enter(t, root);
    while (t->n_path) {
        uint32_t node = t->path[t->n_path - 1];
        if (t->next[node] == deps_uses_count(g, node)) {
            leave(t, node);
            continue;
        }
        const struct deps_edge *e = deps_use(g, node, t->next[node]++);
        uint32_t to = e->to;
        if (e->is_mirror) {
            continue;
        }
        if (!t->number[to]) {
            enter(t, to);
        } else if (t->is_open[to] && t->number[to] < t->low[node]) {
            t->low[node] = t->number[to];
        }
    }
}

static size_t tarjan(const struct deps *g, uint32_t *component, uint32_t *order)
{
    struct tarjan t = {.g = g, .component = component, .order = order};
    struct arena a;
    arena_init(&a, 0, 0);
    t.number = ARENA_ARRAY(&a, g->n_nodes + 1, uint32_t);
    t.low = ARENA_ARRAY(&a, g->n_nodes + 1, uint32_t);
    t.stack = ARENA_ARRAY(&a, g->n_nodes + 1, uint32_t);
    t.path = ARENA_ARRAY(&a, g->n_nodes + 1, uint32_t);
    t.next = ARENA_ARRAY(&a, g->n_nodes + 1, size_t);
    t.is_open = ARENA_ARRAY(&a, g->n_nodes + 1, unsigned char);
    for (size_t i = 0; i < g->n_nodes; i++) {
        if (!t.number[i]) {
            walk(&t, (uint32_t)i);
        }
    }
    arena_done(&a);
    return t.n_components;
}

size_t deps_components(const struct deps *g, uint32_t *component)
{
    return tarjan(g, component, NULL);
}

void deps_order(const struct deps *g, uint32_t *order)
{
    (void)tarjan(g, NULL, order);
}

static bool names_itself(const struct deps *g, uint32_t node)
{
    for (size_t i = 0; i < deps_uses_count(g, node); i++) {
        if (deps_use(g, node, i)->to == node) {
            return true;
        }
    }
    return false;
}

size_t deps_cycles(const struct deps *g, struct arena *a, const uint32_t **out)
{
    uint32_t *component = ARENA_ARRAY(a, g->n_nodes + 1, uint32_t);
    uint32_t *order = ARENA_ARRAY(a, g->n_nodes + 1, uint32_t);
    uint32_t *at = ARENA_ARRAY(a, 2 * g->n_nodes + 1, uint32_t);
    size_t n = 0, n_cycles = 0;
    (void)tarjan(g, component, order);
    for (size_t i = 0; i < g->n_nodes;) {
        size_t end = i + 1;
        while (end < g->n_nodes && component[order[end]] == component[order[i]]) {
            end++;
        }
        if (end - i > 1 || names_itself(g, order[i])) {
            memcpy(at + n, order + i, (end - i) * sizeof *at);
            n += end - i;
            at[n++] = DEPS_NONE;
            n_cycles++;
        }
        i = end;
    }
    *out = at;
    return n_cycles;
}
