/* nn/graph.h - a network as a graph of values and nodes, loaded from ONNX (nn/onnx.h).
 *
 *     value --> node (operator, attributes) --> value --> ...        nodes are in topological order
 *
 * Values are single assignment, so "in-place" and shared activations of the exporting framework are separate
 * nodes. Shapes are ONNX's logical shapes (images [N,C,H,W]) for the batch of the last tv_graph_plan; where
 * the data lies channels-last in memory the value's layout says so, and Layout nodes inserted at load convert
 * where an operator needs the other order.  Shape arithmetic (Shape, Gather, Concat of integers ...) is
 * evaluated by tv_graph_plan.
 */
#ifndef TV_NN_GRAPH_H
#define TV_NN_GRAPH_H
#include "core/tensor.h"

struct tv_op;

struct tv_value {
    char *name; /* ONNX name */
    enum tv_dtype dtype;
    int rank;
    int64_t dim[TV_MAX_RANK];
    enum tv_layout layout;
    int producer;   /* node, or -1: graph input or constant */
    int uses;       /* number of node inputs (and graph outputs) that read it */
    bool constant;  /* initialiser, Constant node, or computed from those at load */
    bool trainable; /* floating-point initialiser that tv-train may change */
    bool varies;    /* depends on the graph's image input; false: constant or shape arithmetic */
    char *origin;   /* the initialiser whose elements these are in another shape; NULL: none but itself */
    void *data;     /* constant, or an integer known for the planned batch; else NULL.  Owned. */
};

struct tv_node {
    char *name; /* ONNX node name; "<type>_<index>" where the file has none */
    const struct tv_op *op;
    int n_in, n_out;
    int *in, *out; /* value numbers; -1: optional one left out */
    void *attrs;   /* decoded ONNX attributes (nn/onnx.h), read by the operator's setup */
    void *state;   /* the operator's parsed parameters and packed weights; freed by op->release */
};

/* A layer in the sense of SPEC.md 4: Conv, Gemm or MatMul with a constant weight. */
enum tv_layer_kind { TV_LAYER_CONV, TV_LAYER_FC };
struct tv_layer {
    char name[16]; /* conv1, fc6: kind and position in one count */
    enum tv_layer_kind kind;
    int node;
    int weight; /* value */
    int input;  /* value: its data input */
    int output; /* value: its output, after a bias (Add) or BatchNormalization that only it feeds */
    int64_t channels;
    int64_t parameters, macs; /* per image */
};

struct tv_graph {
    int opset;
    struct tv_value *value;
    int n_values, cap_values;
    struct tv_node *node;
    int n_nodes, cap_nodes;
    int *input, n_inputs;              /* graph inputs that are no initialisers */
    int64_t (*input_dim)[TV_MAX_RANK]; /* their shapes as the file declares them; -1: open */
    int *output, n_outputs;            /* graph outputs */
    struct tv_layer *layer;
    int n_layers;
    int64_t batch;       /* of the last plan */
    bool free_batch;     /* false: fixed shapes (conformance runs); then batch is ignored */
    char *name;          /* base name of the file */
    int64_t given, made; /* bytes of constants: from the file, and evaluated from those (bounded) */
};

/* Sets the shapes of all values for `batch` images and evaluates shape arithmetic.  A first dimension of the
 * image input that is symbolic, unknown or 1 is the batch; a Reshape to a baked-in batch of 1 follows it.
 * NULL or a message that names the node. */
const char *tv_graph_plan(struct tv_graph *g, int64_t batch);
/* Channels, height and width where the file leaves those of the (first) input open, planned for a batch of
 * one; the others stay, -1 in `fixed` [3] marks the open ones.  Until then they are 3, 224 and 224. */
const char *tv_graph_set_image(struct tv_graph *g, int64_t c, int64_t h, int64_t w);
void tv_graph_image(const struct tv_graph *g, int64_t *fixed);
void tv_graph_release(struct tv_graph *g);

int tv_graph_value(const struct tv_graph *g, const char *name); /* -1 when absent */
int64_t tv_value_count(const struct tv_value *v);               /* elements for the planned batch */
int64_t tv_value_row(const struct tv_value *v);               /* elements of one image: product of dim[1..] */
int tv_graph_add_value(struct tv_graph *g, const char *name); /* new, empty; returns its number */
int tv_graph_add_node(struct tv_graph *g, const char *type, const char *name, int n_in, const int *in,
                      int n_out, const int *out); /* -1 when the type is unknown */

/* For running only: folds each BatchNormalization into the packed weights of the convolution that it alone
 * follows.  The weights themselves stay; the node stays, too, and what it gives is the convolution's output
 * now. */
void tv_graph_fuse(struct tv_graph *g);

/* The value that holds the logits: the (first) output, or the input of a final Softmax/LogSoftmax. */
int tv_graph_logits(const struct tv_graph *g);
/* The embedding: input of the first fully-connected layer, without one of the last layer. */
int tv_graph_embedding(const struct tv_graph *g);
/* Names of the layers as a NULL-terminated array (for core/names.h); the caller frees the array only. */
const char **tv_graph_layer_names_new(const struct tv_graph *g);
/* The layer called `name` (conv1 or its ONNX node name), or -1. */
int tv_graph_layer(const struct tv_graph *g, const char *name);

/* Consecutive layers (SPEC.md 6.3): a's output reaches b's input through non-layer nodes. */
struct tv_link {
    int a, b;         /* layers */
    int64_t *channel; /* per input channel of b (for fc after Flatten: per input feature): a's channel, -1:
                         not from a */
};
/* All pairs in graph order; the caller frees with tv_links_free. */
struct tv_link *tv_graph_links_new(const struct tv_graph *g, int *n);
void tv_links_free(struct tv_link *l, int n);

#endif
