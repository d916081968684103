/* nn/onnx.h - ONNX files to graphs and back, through protobuf-c and the distribution's onnx.proto.
 * Functions return NULL or a message (tv_msg) that names the node, the operator or the tensor. */
#ifndef TV_NN_ONNX_H
#define TV_NN_ONNX_H
#include "nn/graph.h"

/* Loads `path` (external data beside it), checks every operator, folds constants, chooses layouts, finds the
 * layers and plans for a batch of one.  On error nothing is left behind.  `weights`: a .safetensors file that
 * gives or replaces initialisers by name and shape, or NULL. */
const char *tv_onnx_load(struct tv_graph *g, const char *path, const char *weights);
/* As tv_onnx_load from memory, with fixed shapes when `free_batch` is false (conformance runs). */
const char *tv_onnx_parse(struct tv_graph *g, const void *bytes, size_t n, const char *dir, bool free_batch);
/* The bytes of the model at `bytes` with the float initialisers named in `g` replaced by g's present values;
 * everything else (names, metadata, unknown fields) as it was.  New buffer. */
const char *tv_onnx_update_new(const struct tv_graph *g, const void *bytes, size_t n, void **out,
                               size_t *out_n);

/* Conformance runs: a graph parsed with fixed shapes is fed its inputs by name and then planned;
 * tv_graph_plan then evaluates every node in its own dtype, and the outputs are the values' data.  The data
 * is copied. */
const char *tv_graph_feed(struct tv_graph *g, const char *name, const struct tv_tensor *t);

/* Attributes of a node, for the operators' setup. */
int64_t tv_attr_int(const struct tv_node *n, const char *name, int64_t otherwise);
double tv_attr_float(const struct tv_node *n, const char *name, double otherwise);
const char *tv_attr_string(const struct tv_node *n, const char *name, const char *otherwise); /* borrowed */
const int64_t *tv_attr_ints(const struct tv_node *n, const char *name, int *count); /* NULL when absent */
const float *tv_attr_floats(const struct tv_node *n, const char *name, int *count);
const struct tv_tensor *tv_attr_tensor(const struct tv_node *n, const char *name);

#endif
