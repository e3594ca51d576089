/* A part of the graph of dependencies, to be shown: as dot (Graphviz), JSON or SVG. */
#ifndef REHEARSE_VALIDATOR_GRAPH_VIEW_H
#define REHEARSE_VALIDATOR_GRAPH_VIEW_H

#include "validator/graph.h"

enum { DEPS_DRAWN_MAX = 600 }; /* nodes in one picture */

struct deps_view {
    const struct deps *graph;
    uint32_t *nodes; /* in the graph's order */
    size_t n;
    uint32_t *place; /* by node of the graph: its place in `nodes`, or DEPS_NONE */
    uint32_t *level; /* by place: 0 names nobody here, each other one more than whom it names */
    unsigned char *marked; /* by place: what it is all about */
};

/* All nodes; or those that the `n` seeds lead to and that lead to them, the seeds marked. In `a`. */
void deps_view_all(struct deps_view *out, struct arena *a, const struct deps *g);
void deps_view_of(struct deps_view *out, struct arena *a, const struct deps *g,
                  const uint32_t *seeds, size_t n);
/* The nodes whose `is_in` is set, no others. */
void deps_view_these(struct deps_view *out, struct arena *a, const struct deps *g,
                     const unsigned char *is_in, const unsigned char *is_marked);

void deps_view_dot(struct buf *out, const struct deps_view *v);
void deps_view_json(struct buf *out, const struct deps_view *v);
/* A picture that stands alone: no script, no font, no network. */
void deps_view_svg(struct buf *out, const struct deps_view *v);
/* `s` as text of XML and HTML, in attributes too; what XML cannot hold becomes U+FFFD. */
void deps_put_markup(struct buf *out, struct str s);

#endif
