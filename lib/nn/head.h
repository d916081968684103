/* nn/head.h - a new last layer for another number of classes. */
#ifndef TV_NN_HEAD_H
#define TV_NN_HEAD_H
#include "nn/graph.h"

/* Number of classes: elements of the logits of one image. */
int64_t tv_head_classes(const struct tv_graph *g);
/* The bytes of the model at `bytes`, of which `g` was loaded, with the last layer (Gemm, MatMul with its Add,
 * or Conv) replaced by one of k outputs: weights normal with variance 1/fan_in from `seed`, biases zero.  New
 * buffer. NULL or a message: where the last layer does not make the logits, or its weight is no initialiser
 * of the file. */
const char *tv_head_replace_new(const struct tv_graph *g, const void *bytes, size_t n, int64_t k,
                                uint64_t seed, void **out, size_t *out_n);

#endif
