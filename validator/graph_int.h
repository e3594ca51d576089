/* Private to the graph of dependencies. */
#ifndef REHEARSE_VALIDATOR_GRAPH_INT_H
#define REHEARSE_VALIDATOR_GRAPH_INT_H

#include "validator/graph.h"

/* An edge seen from its end: walks look at `from` far more often than at the edge. */
struct deps_in {
    uint32_t from, edge;
    enum edge_kind kind;
};

struct deps {
    struct arena arena;
    const struct contract *contract;
    struct deps_node *nodes; /* on the heap while they grow */
    struct deps_edge *edges;
    size_t n_nodes, nodes_cap, n_edges, edges_cap;
    struct map *ids; /* by resource: id → uint32_t * */
    struct map
        *names; /* by resource: name → uint32_t *, the first of that name; built when asked for */
    uint32_t *same_name;        /* the next of the same name, DEPS_NONE: none */
    size_t n_named;             /* nodes that `names` knows */
    size_t *out_from, *in_from; /* n_nodes + 1 each */
    struct deps_in *in;         /* edges by where they lead */
};

/* graph_build.c */
uint32_t deps_add_node(struct deps *g, const struct deps_node *node);
void deps_add_edge(struct deps *g, const struct deps_edge *edge);
/* The node of that id, made as a missing one if there is none. */
uint32_t deps_target(struct deps *g, const struct resource *r, struct str id);
/* Calls `each` for every value at `field` in `v`, with the place for people ("rules[2].codes[0]"). */
void deps_walk(const struct field_path *field, struct json v, struct buf *place,
               void (*each)(struct str value, struct str place, void *ctx), void *ctx);

/* graph_external.c: nodes and edges of the tenant's "external" section. */
void deps_external(struct deps *g, const struct tenant *t);

#endif
