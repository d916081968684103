/* nn/graph_internal.h - passes over a graph, run once by the loader (onnx.c) in this order; private to
 * lib/nn. Functions return NULL or a message that names the node. */
#ifndef TV_NN_GRAPH_INTERNAL_H
#define TV_NN_GRAPH_INTERNAL_H
#include "nn/graph.h"

enum {
    TV_PROBE_SIDE = 224,   /* height and width planned with where the file leaves them open */
    TV_PROBE_CHANNELS = 3, /* the same for the channels */
};
#define TV_MAX_COUNT ((int64_t)1 << 40) /* elements of one value of a planned batch */
/* Bytes that evaluation may hold beyond twice those that the file gives: enough for the weights of VGG-19
 * made by ConstantOfShape, and less than a small file should be able to ask for. */
#define TV_MAX_FOLDED ((int64_t)768 << 20)

/* The type in which values of type `t` are computed: f32 for every float where images are run. */
enum tv_dtype tv_graph_dtype(const struct tv_graph *g, enum tv_dtype t);
/* Bytes of a value's data, those of the 64 bits in which types other than f32 are computed. */
int64_t tv_value_cost(const struct tv_value *v);
/* Producers and numbers of uses from the nodes' inputs and outputs. */
void tv_graph_relink(struct tv_graph *g);
/* Removes the nodes that `gone` [n_nodes] marks. */
void tv_graph_remove(struct tv_graph *g, const bool *gone);
/* Brings the nodes into topological order (stable: a sorted graph stays as it is); names a node of a cycle.
 */
const char *tv_graph_sort(struct tv_graph *g);
/* Turns image inputs [N,H,W,C] into [N,C,H,W]. */
const char *tv_graph_images(struct tv_graph *g);
/* Runs a node whose inputs are all known and keeps its outputs as data. */
const char *tv_graph_evaluate(struct tv_graph *g, struct tv_node *n);
/* Finds what does not depend on the images or their number, makes it constant and removes the nodes that
 * computed it. Checks that every value that varies has the images along its first dimension. */
const char *tv_graph_fold(struct tv_graph *g);
/* Chooses the layout of every value and inserts Layout nodes. */
void tv_graph_layout(struct tv_graph *g);
/* Fills g->layer. */
void tv_graph_find_layers(struct tv_graph *g);

#endif
