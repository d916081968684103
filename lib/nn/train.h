/* nn/train.h - training a network: forward, softmax cross-entropy, backward, update.
 *
 *     L = -1/n sum_i log softmax(z_i)[label_i]        dL/dz_i = (softmax(z_i) - onehot(label_i)) / n
 *
 * What is trained: the weights and biases of Conv, Gemm, MatMul, BatchNormalization and the like, and the
 * constants of Add and Mul behind the first layer that have more than one element, as far as they are float
 * initialisers of the file and not frozen.  Dropout nodes drop with their ratio; BatchNormalization takes the
 * statistics of the batch and updates the running ones, unless its layer is frozen.  Same bytes for any
 * number of threads.
 */
#ifndef TV_NN_TRAIN_H
#define TV_NN_TRAIN_H
#include "nn/exec.h"
#include "nn/optim.h"

/* What random numbers are for: the upper bits of their stream's number (num/rng.h). */
enum tv_train_random { TV_TRAIN_INIT, TV_TRAIN_DROPOUT, TV_TRAIN_SHUFFLE, TV_TRAIN_AUGMENT };
static inline uint64_t tv_train_stream(enum tv_train_random purpose, int64_t number)
{
    return (uint64_t)purpose << 56 | (uint64_t)number;
}

struct tv_train_options {
    struct tv_optim optim;
    const char *freeze; /* layers (names, globs, ranges: core/names.h), or NULL */
    double dropout; /* > 0: ratio of the Dropout nodes; without any, of new ones before every fully-connected
                     * layer but the last, or before the only one */
    uint64_t seed;
};

/* A trained array of weights. */
struct tv_train_param {
    int value;
    int64_t n;
    float *state[2]; /* of the optimiser */
};
struct tv_train {
    struct tv_graph *g;
    struct tv_train_options o;
    struct tv_train_param *param; /* in order of the graph's values */
    int n_params;
    int64_t step; /* done so far */
    struct tv_train_state *s;
};

/* Prepares g, which is borrowed: Dropout nodes may be inserted in it, and its weights change.
 * NULL or a message. */
const char *tv_train_init(struct tv_train *t, struct tv_graph *g, const struct tv_train_options *o);
void tv_train_release(struct tv_train *t);
/* Plans for n images and returns where they go, in the layout of the graph's input, through *x. */
const char *tv_train_batch(struct tv_train *t, int64_t n, float **x);
/* One step on that batch; labels of the n images, below 0: unknown, without weight.  Adds the loss summed
 * over the labelled images and the number of right predictions before the step. */
void tv_train_step(struct tv_train *t, const int32_t *label, double rate, double *loss, int64_t *right);
/* Bytes held at most while training on batches of n images, beside the weights. */
int64_t tv_train_bytes(struct tv_train *t, int64_t n);
/* Makes the graph ready to be run and written; training goes on with the next batch. */
void tv_train_settle(struct tv_train *t);

/* Summed cross-entropy of rows of logits; dz receives its gradient divided by the number of labelled rows. */
double tv_train_loss(float *dz, const float *z, const int32_t *label, int64_t rows, int64_t classes);

#endif
