/* Which nodes are shown, and on which level each stands. */
#include "validator/graph_view.h"

#include <string.h>

static void set_levels(struct deps_view *v, struct arena *a)
{
    const struct deps *g = v->graph;
    size_t n = deps_node_count(g);
    uint32_t *order = ARENA_ARRAY(a, n + 1, uint32_t);
    v->level = ARENA_ARRAY(a, v->n + 1, uint32_t);
    deps_order(g, order);
    for (size_t i = 0; i < n; i++) { /* whom one names stands before it, but in a cycle */
        uint32_t node = order[i], place = v->place[node];
        for (size_t k = 0; place != DEPS_NONE && k < deps_uses_count(g, node); k++) {
            const struct deps_edge *e = deps_use(g, node, k);
            uint32_t under = v->place[e->to];
            if (under != DEPS_NONE && under != place && !e->is_mirror &&
                v->level[place] <= v->level[under] && v->level[under] < v->n) {
                v->level[place] = v->level[under] + 1;
            }
        }
    }
}

void deps_view_these(struct deps_view *out, struct arena *a, const struct deps *g,
                     const unsigned char *is_in, const unsigned char *is_marked)
{
    size_t n = deps_node_count(g);
    *out = (struct deps_view){.graph = g};
    out->nodes = ARENA_ARRAY(a, n + 1, uint32_t);
    out->place = ARENA_ARRAY(a, n + 1, uint32_t);
    out->marked = ARENA_ARRAY(a, n + 1, unsigned char);
    for (size_t i = 0; i < n; i++) {
        out->place[i] = DEPS_NONE;
        if (is_in[i]) {
            out->place[i] = (uint32_t)out->n;
            out->marked[out->n] = is_marked[i];
            out->nodes[out->n++] = (uint32_t)i;
        }
    }
    set_levels(out, a);
}

void deps_view_all(struct deps_view *out, struct arena *a, const struct deps *g)
{
    size_t n = deps_node_count(g);
    unsigned char *is_in = ARENA_ARRAY(a, n + 1, unsigned char);
    unsigned char *none = ARENA_ARRAY(a, n + 1, unsigned char);
    memset(is_in, 1, n + 1);
    deps_view_these(out, a, g, is_in, none);
}

/* All that can be reached from the seeds, one way. */
static void reach(const struct deps *g, struct arena *a, const uint32_t *seeds, size_t n,
                  bool is_up, unsigned char *is_in)
{
    size_t count = deps_node_count(g), n_stack = 0;
    uint32_t *stack = ARENA_ARRAY(a, count + n + 1, uint32_t);
    unsigned char *seen = ARENA_ARRAY(a, count + 1, unsigned char);
    for (size_t i = 0; i < n; i++) {
        if (!seen[seeds[i]]) {
            seen[seeds[i]] = is_in[seeds[i]] = 1;
            stack[n_stack++] = seeds[i];
        }
    }
    while (n_stack) {
        uint32_t node = stack[--n_stack];
        size_t edges = is_up ? deps_users_count(g, node) : deps_uses_count(g, node);
        for (size_t i = 0; i < edges; i++) {
            uint32_t next = is_up ? deps_user(g, node, i)->from : deps_use(g, node, i)->to;
            if (!seen[next]) {
                seen[next] = is_in[next] = 1;
                stack[n_stack++] = next;
            }
        }
    }
}

void deps_view_of(struct deps_view *out, struct arena *a, const struct deps *g,
                  const uint32_t *seeds, size_t n)
{
    size_t count = deps_node_count(g);
    unsigned char *is_in = ARENA_ARRAY(a, count + 1, unsigned char);
    unsigned char *is_marked = ARENA_ARRAY(a, count + 1, unsigned char);
    reach(g, a, seeds, n, true, is_in);
    reach(g, a, seeds, n, false, is_in);
    for (size_t i = 0; i < n; i++) {
        is_marked[seeds[i]] = 1;
    }
    deps_view_these(out, a, g, is_in, is_marked);
}

/* --- dot, JSON --- */

static struct str title_of(const struct deps_node *n)
{
    return n->name.len ? n->name : n->id;
}

void deps_view_dot(struct buf *out, const struct deps_view *v)
{
    static const char *const styles[EDGE_KIND_COUNT] = {
        "color=\"#b00020\",style=bold", "color=\"#d1571b\"", "color=\"#7b3fa0\",style=dashed",
        "color=\"#1f5fa8\"", "color=\"#999999\",style=dotted"};
    buf_put(out, STR("digraph rehearse {\n  rankdir=LR;\n  node [shape=box];\n"));
    for (size_t i = 0; i < v->n; i++) {
        const struct deps_node *node = deps_node(v->graph, v->nodes[i]);
        struct buf label = {0};
        buf_printf(&label, "%.*s\n%.*s", STR_ARG(node->type), STR_ARG(title_of(node)));
        buf_printf(out, "  n%zu [label=", i);
        buf_put_json_string(out, buf_str(&label)); /* \" and \n mean the same there */
        buf_put(out, v->marked[i] ? STR(",style=bold") : STR(""));
        buf_put(out, node->is_missing ? STR(",style=dashed") : STR(""));
        buf_put(out, STR("];\n"));
        buf_done(&label);
    }
    for (size_t i = 0; i < deps_edge_count(v->graph); i++) {
        const struct deps_edge *e = deps_edge(v->graph, i);
        if (v->place[e->from] == DEPS_NONE || v->place[e->to] == DEPS_NONE) {
            continue;
        }
        buf_printf(out, "  n%u -> n%u [label=", v->place[e->from], v->place[e->to]);
        buf_put_json_string(out, edge_kind_name(e->kind));
        buf_printf(out, ",%s];\n", styles[e->kind]);
    }
    buf_put(out, STR("}\n"));
}

static void member(struct buf *out, const char *name, struct str value)
{
    if (value.len) {
        buf_printf(out, ", \"%s\": ", name);
        buf_put_json_string(out, value);
    }
}

void deps_view_json(struct buf *out, const struct deps_view *v)
{
    size_t n_edges = 0;
    buf_put(out, STR("{\n  \"format_version\": \"1.0\",\n  \"kind\": \"graph\",\n  \"nodes\": ["));
    for (size_t i = 0; i < v->n; i++) {
        const struct deps_node *node = deps_node(v->graph, v->nodes[i]);
        buf_printf(out, "%s\n    {\"node\": %zu", i ? "," : "", i);
        member(out, "type", node->type);
        member(out, "resource", node->resource ? node->resource->name : STR(""));
        member(out, "id", node->id);
        member(out, "name", node->name);
        buf_put(out, node->is_missing ? STR(", \"missing\": true") : STR(""));
        buf_put(out, node->resource ? STR("") : STR(", \"external\": true"));
        buf_put_char(out, '}');
    }
    buf_put(out, STR("\n  ],\n  \"edges\": ["));
    for (size_t i = 0; i < deps_edge_count(v->graph); i++) {
        const struct deps_edge *e = deps_edge(v->graph, i);
        if (v->place[e->from] == DEPS_NONE || v->place[e->to] == DEPS_NONE) {
            continue;
        }
        buf_printf(out, "%s\n    {\"from\": %u, \"to\": %u", n_edges++ ? "," : "",
                   v->place[e->from], v->place[e->to]);
        member(out, "kind", edge_kind_name(e->kind));
        member(out, "at", e->pointer);
        buf_put(out, e->is_by_name ? STR(", \"byName\": true}") : STR("}"));
    }
    buf_put(out, STR("\n  ]\n}\n"));
}
