/* The dependencies of a tenant as a typed graph: who names whom, and what becomes of the one that does
 * where the other goes.
 *
 *   nodes   the tenant's entities; what the snapshot's "external" section tells of; what is named, but
 *           is not there (is_missing)
 *   edges   from the one that names to the one that is named, with a kind (EDGE_BLOCKS … EDGE_SHOWS)
 *           and the place: "rules[2].conditions[0].codes[1]"
 *
 * A link resource (a code on a queue) is an edge between its ends, and no node. All that is known of a
 * vendor's fields comes from the contract: `references` of resources, `terraform` types.
 *
 * Building is linear in the tenant; every walk is linear in what it touches. The graph copies what it
 * needs: the tenant may change or go afterwards. Reading takes no lock and changes nothing.
 *
 *   struct deps *g = deps_build(tenant);                     (under the tenant's lock)
 *   uint32_t code = deps_find(g, resource, id);              DEPS_NONE: there is none
 *   for (i = 0; i < deps_users_count(g, code); i++)          who names it
 *       const struct deps_edge *e = deps_user(g, code, i);   e->from, e->kind, e->pointer
 *   deps_impact(g, code, DEPS_DELETED, &impact);             and who is touched behind those, with chains
 *   deps_free(g);
 */
#ifndef REHEARSE_VALIDATOR_GRAPH_H
#define REHEARSE_VALIDATOR_GRAPH_H

#include "model/model.h"

#define DEPS_NONE UINT32_MAX

struct deps_node {
    const struct resource *resource; /* NULL: outside of what the profile's API keeps */
    struct str type;                 /* for people: "wrap-up code", "outbound rule set", "report" */
    struct str id, name;             /* either may be "" */
    bool is_missing;                 /* is named, but there is none; `name`, where it is named so */
};

struct deps_edge {
    uint32_t from, to;
    enum edge_kind kind;
    bool is_by_name;    /* a rename of `to` breaks it */
    bool is_mirror;     /* the other side of an edge that is there too: no cycle, no order */
    struct str pointer; /* where in `from`, for people; of a link the link resource's title */
    const struct resource
        *link; /* the link resource that it stands for; NULL: a member of `from` */
    const struct reference_rule *rule; /* NULL: from outside */
};

struct deps;

/* The graph of all that is in the tenant; the caller holds its lock. Never NULL. */
struct deps *deps_build(const struct tenant *t);
void deps_free(struct deps *g);

size_t deps_node_count(const struct deps *g);
size_t deps_edge_count(const struct deps *g);
const struct deps_node *deps_node(const struct deps *g, uint32_t node);
/* Edges by number, 0 … count - 1, ordered by `from`, then as they stand in it. */
const struct deps_edge *deps_edge(const struct deps *g, size_t i);
/* The node of an entity. O(1) expected; DEPS_NONE: there is none. */
uint32_t deps_find(const struct deps *g, const struct resource *r, struct str id);
/* The first node of that name, from `after` on (DEPS_NONE: from the start); r NULL: of any resource. O(n). */
uint32_t deps_find_name(const struct deps *g, const struct resource *r, struct str name,
                        uint32_t after);
/* "queue "Sales"": type and name, else id. */
void deps_put_node(struct buf *out, const struct deps *g, uint32_t node);

/* Edges into a node (who names it), and out of it (whom it names). O(1) each. */
size_t deps_users_count(const struct deps *g, uint32_t node);
const struct deps_edge *deps_user(const struct deps *g, uint32_t node, size_t i);
size_t deps_uses_count(const struct deps *g, uint32_t node);
const struct deps_edge *deps_use(const struct deps *g, uint32_t node, size_t i);

enum deps_cause { DEPS_DELETED, DEPS_RENAMED };

/* One that is touched, and by what: the chain goes on at hits[by]. */
struct deps_hit {
    const struct deps_edge *edge; /* edge->from is touched, edge->to the cause */
    size_t by;                    /* SIZE_MAX: edge->to is where it began */
    size_t depth;                 /* 1: names it itself */
};
struct deps_impact {
    struct deps_hit
        *hits; /* the nearest first; an edge each: who names it in three places stands thrice
                              among those of depth 1, and once behind them */
    size_t n, n_direct;
    size_t n_nodes;                  /* different ones */
    size_t by_kind[EDGE_KIND_COUNT]; /* of the direct ones */
};
/* Who is touched when `node` goes or gets another name: breadth first over the edges into it. A chain goes
 * on behind one that breaks; what refuses, is silenced, shifts or shows stands for itself. Linear in the
 * edges walked; the hits are in `a`. */
void deps_impact(const struct deps *g, uint32_t node, enum deps_cause cause, struct arena *a,
                 struct deps_impact *out);

/* Cycles: components of more than one node, or with an edge to itself (Tarjan). `component[i]` of a node is
 * its number, from 0; gives how many components there are. `component` has deps_node_count entries. */
size_t deps_components(const struct deps *g, uint32_t *component);
/* The nodes of the cycles, one after the other, each ended by DEPS_NONE, in `a`; gives their number. */
size_t deps_cycles(const struct deps *g, struct arena *a, const uint32_t **out);
/* All nodes so that whom one names stands before it (order of creates; the other way round of deletes).
 * Within a cycle as they were found. `order` has deps_node_count entries. */
void deps_order(const struct deps *g, uint32_t *order);

#endif
