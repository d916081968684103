/* fig/dag.h - layered drawing of a directed graph, by Graphviz' `dot` through its library (Gansner,
 * Koutsofios, North and Vo, A technique for drawing directed graphs, 1993).
 *
 * Only the layout is Graphviz': sizes go in, positions and lines come out, and the canvas draws.  Equal input
 * gives equal positions.
 */
#ifndef TV_FIG_DAG_H
#define TV_FIG_DAG_H
#include <stddef.h>

struct tv_dag_node {
    double w, h; /* in: size */
    double x, y; /* out: centre, y downwards */
};
struct tv_dag_edge {
    int from, to; /* in: nodes */
    double *at;   /* out: [n][2] a line from one to the other; owned */
    int n;
};
struct tv_dag {
    struct tv_dag_node *node;
    int nodes;
    struct tv_dag_edge *edge;
    int edges;
    double across, down;  /* in: distance of neighbours, of ranks */
    double width, height; /* out */
};
/* Ranks go from the top to the bottom.  NULL or a message. */
const char *tv_dag_layout(struct tv_dag *d);
/* Frees the lines and both arrays. */
void tv_dag_release(struct tv_dag *d);

#endif
