/* fig/blocks.h - a network in the blocks that a reader thinks in: a layer with the operators that only it
 * feeds,
 *
 *     Conv -> BatchNormalization -> Relu -> MaxPool   is one block   conv1: BatchNormalization, Relu, MaxPool
 *
 * and the operators where branches meet.  Operators that change nothing (Identity, Dropout, memory layouts)
 * and those of shape arithmetic are left out.
 */
#ifndef TV_FIG_BLOCKS_H
#define TV_FIG_BLOCKS_H
#include "core/str.h"
#include "nn/graph.h"

struct tv_netblock {
    int layer;            /* -1: none */
    int value;            /* its layer's output, else that of its first operator; a graph input */
    const char *title;    /* operator type, or name of the graph input; NULL: a layer */
    struct tv_str follow; /* "Relu · MaxPool": what follows in the block */
    int tail;             /* value that leaves it */
};
struct tv_netedge {
    int from, to;
};
struct tv_netblocks {
    struct tv_netblock *at;
    int n;
    struct tv_netedge *edge; /* each once, in the order of the nodes */
    int edges;
};
void tv_netblocks_init(struct tv_netblocks *b, const struct tv_graph *g);
void tv_netblocks_release(struct tv_netblocks *b);

#endif
