/* nn/ops.h - what the files of the operator families share; private to lib/nn.
 *
 * Each family is an array of struct tv_op that ends with TV_OPS_END; ops.c joins them into the table.
 */
#ifndef TV_NN_OPS_H
#define TV_NN_OPS_H
#include "nn/graph.h"
#include "nn/onnx.h"
#include "nn/op.h"

#define TV_OPS_END                                                                                           \
    {                                                                                                        \
        .type = NULL                                                                                         \
    }

extern const struct tv_op tv_ops_conv[], tv_ops_matmul[], tv_ops_unary[], tv_ops_binary[], tv_ops_select[],
    tv_ops_pool[], tv_ops_norm[], tv_ops_groupnorm[], tv_ops_softmax[], tv_ops_reduce[], tv_ops_shape[],
    tv_ops_move[], tv_ops_gather[], tv_ops_pad[], tv_ops_const[], tv_ops_layout[];

/* "node 'NAME' (TYPE): ..." in a tv_msg() buffer. */
const char *tv_node_msg(const struct tv_node *n, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Input or output i, NULL when it is left out or there are fewer. */
struct tv_value *tv_node_in(const struct tv_graph *g, const struct tv_node *n, int i);
struct tv_value *tv_node_out(const struct tv_graph *g, const struct tv_node *n, int i);
/* Gives `out` (may be NULL) the dtype and shape of `like`. */
void tv_value_like(struct tv_value *out, const struct tv_value *like);
void tv_value_shape(struct tv_value *out, enum tv_dtype t, int rank, const int64_t *dim);

/* Checks of shape functions: NULL or a message. */
const char *tv_want_inputs(const struct tv_node *n, int min, int max);
const char *tv_want_rank(const struct tv_graph *g, const struct tv_node *n, int input, int min, int max);
const char *tv_want_float(const struct tv_graph *g, const struct tv_node *n); /* every input that is there */
const char *tv_want_numeric(const struct tv_graph *g,
                            const struct tv_node *n); /* no strings; all of one dtype */
/* Axis in -rank..rank-1 to 0..rank-1; false when outside. */
bool tv_axis(int64_t *axis, int rank);
/* Integers that must be known when shapes are planned: from input i (i32 or i64), up to `max` of them.
 * *n = -1 when the input is left out. */
const char *tv_known_ints(const struct tv_graph *g, const struct tv_node *node, int i, int64_t *v, int max,
                          int *n);
/* The same of a view in forward and backward, which planning has checked; -1 without data. */
int tv_view_ints(const struct tv_view *v, int64_t *to, int max);

/* Strides in elements for each logical dimension, by the view's layout. */
void tv_view_strides(const struct tv_view *v, int64_t *stride);
static inline size_t tv_view_bytes(const struct tv_view *v)
{
    return (size_t)tv_view_count(v) * tv_dtype_size(v->dtype);
}
/* A view with the shape of `like` on `data`. */
static inline struct tv_view tv_view_on(const struct tv_view *like, void *data)
{
    struct tv_view v = *like;
    v.data = data;
    return v;
}
/* Fills with zeros; nothing for a view without data. */
void tv_view_zero(struct tv_view *v);
/* NumPy's broadcasting of shapes into out; false when they do not fit. */
bool tv_broadcast_dims(int *rank, int64_t *dim, int rank2, const int64_t *dim2);

/* ---- what graph_fuse.c asks of two families ---- */

/* scale and shift per channel of a BatchNormalization with these inputs: a new array of 2 c numbers. */
float *tv_batchnorm_affine_new(const struct tv_node *n, const struct tv_view *in, int64_t c);
/* Are the elements of the node's output those of input 0 between limits that are known: Relu, Clip? */
bool tv_node_limits(const struct tv_graph *g, const struct tv_node *n, struct tv_limits *limits);
/* Makes a Conv's output scale y + shift, per channel, in its packed weights alone; false when it cannot. */
bool tv_conv_fold(const struct tv_graph *g, struct tv_node *n, const float *scale, const float *shift);
/* Have two nodes the same folded into them?  Nodes that nothing can be folded into have. */
bool tv_conv_folds_equal(const struct tv_node *a, const struct tv_node *b);

/* Bytes of the packed weight that a Gemm or MatMul node holds once it has run; 0 for others. */
int64_t tv_matmul_packed_bytes(const struct tv_graph *g, const struct tv_node *n);

#endif
