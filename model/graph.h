/* What uses what: the references that a profile calls consuming, as a graph of typed objects. A
 * link resource is an edge between its ends. */
#ifndef REHEARSE_MODEL_GRAPH_H
#define REHEARSE_MODEL_GRAPH_H

#include "model/tenant.h"

struct graph_node {
    const struct graph_type *type;
    struct str id, name;
    const struct entity *entity; /* NULL: it is gone, and only those that used it know of it */
    struct json value;           /* the entity's JSON */
    bool is_newer;               /* consumed: changed after the one that consumes it */
};

/* Nodes as they were found; graph_settle puts them in order. The arena is the caller's; entities are borrowed under the tenant's lock. */
struct graph_nodes {
    struct arena *arena;
    struct graph_node *at;
    size_t n, cap;
};

/* The node of an entity of `r`; false where that has no type. */
bool graph_node(struct graph_node *out, struct arena *a, const struct contract *c,
                const struct resource *r, const struct entity *e);
/* Every object of a type (NULL: of any type). O(all). */
void graph_objects(struct graph_nodes *out, const struct tenant *t, const struct graph_type *type);
/* Those that consume the entity `id` of `r`. O(1) expected, and those found. */
void graph_consumers(struct graph_nodes *out, const struct tenant *t, const struct resource *r,
                     struct str id);
/* What the entity of a node consumes, what is gone included. */
void graph_consumed(struct graph_nodes *out, const struct tenant *t, const struct graph_node *of);
/* By name, type and id, each once. */
void graph_settle(struct graph_nodes *nodes);
const struct graph_type *graph_type(const struct contract *c, struct str name);

#endif
