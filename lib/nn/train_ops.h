/* nn/train_ops.h - what some operators do while a network is trained; private to lib/nn.  The other operators
 * compute the same in training as in inference, and stay as they are.
 *
 *     Dropout              y = x k / (1 - p), k = 0 with probability p, else 1
 *     BatchNormalization   y = s (x - mean) / sqrt(var + eps) + b with mean and (biased) variance of the
 *                          batch; running mean and variance <- momentum old + (1 - momentum) batch, the
 *                          variance unbiased, as PyTorch has it
 *     Relu                 behind a BatchNormalization: its loops do the work, the node passes data on
 */
#ifndef TV_NN_TRAIN_OPS_H
#define TV_NN_TRAIN_OPS_H
#include "nn/graph.h"

/* A node that is exchanged while training. */
struct tv_train_op {
    int node;
    const struct tv_op *op, *infer_op;
    void *state, *infer_state;
};
/* Room for the training of a Dropout or BatchNormalization node. */
struct tv_train_op tv_train_dropout(const struct tv_graph *g, int node, double ratio, uint64_t seed);
struct tv_train_op tv_train_batchnorm(struct tv_graph *g, int node);
/* The node `relu`, which alone reads the output of the BatchNormalization `norm` and works in place. */
struct tv_train_op tv_train_fuse_relu(const struct tv_graph *g, struct tv_train_op *norm, int relu);
void tv_train_op_release(struct tv_train_op *t);
/* Puts the node into training (on) or back, as it must be while shapes are planned. */
void tv_train_op_switch(struct tv_graph *g, const struct tv_train_op *t, bool on);
/* The random numbers of a dropout follow from its seed, the step and the row. */
void tv_train_op_step(struct tv_train_op *t, int64_t step);

#endif
