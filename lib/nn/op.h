/* nn/op.h - the operator table: one entry an operator, with shape, forward and backward side by side.
 *
 * Backward and the secant rule are one function.  Over an interval the values of an operator's input go from
 * in0 to in1 and its output from out0 to out1; given multipliers m of the output, backward returns
 * multipliers of the inputs such that  sum m_in . (in1 - in0) = sum m_out . (out1 - out0)  exactly
 * (SPEC.md 6.1):
 *
 *     linear                 transpose(W) m
 *     elementwise g          m (g(z1) - g(z0)) / (z1 - z0);   m g'((z0 + z1)/2) where |z1 - z0| is tiny
 *     product x s            m (s0 + s1)/2 to x,  m (x0 + x1)/2 to s
 *     max over a window      to the winner; where it moves from a to b: t m and (1 - t) m, t = p/(p + q),
 *                            p = x_a - x_b at the start, q = x_b - x_a at the end
 *
 * With in1 == in0 this is the ordinary gradient, so one implementation serves attribution and training, and
 * one test (adjoint, completeness, finite differences), generated from the table, covers both.
 */
#ifndef TV_NN_OP_H
#define TV_NN_OP_H
#include <math.h>
#include "nn/graph.h"

/* A value's data as an operator sees it. */
struct tv_view {
    enum tv_dtype dtype;
    enum tv_layout layout;
    int rank;
    int64_t dim[TV_MAX_RANK];
    void *data; /* NULL: optional input left out, or a multiplier that nobody wants */
    const struct tv_limits
        *clip; /* NULL, or its elements count as max(low, min(high, x)): of a Relu for operators
                                   * with TV_OP_RELU, of any for tv_op_pairs */
};

struct tv_limits {
    float low, high;
};
static inline bool tv_view_is_relu(const struct tv_view *v)
{
    return v->clip && v->clip->low == 0 && v->clip->high == INFINITY;
}

enum tv_op_flags {
    TV_OP_AFFINE = 1, /* affine in its varying input while the others are constant: interpolated along the
                       * path; backward to that input then reads neither its data nor the output's */
    TV_OP_LAYOUT =
        2, /* takes rank-4 data in either layout and keeps it: all that vary alike, constants plain */
    TV_OP_CHLAST = 4, /* takes and gives rank-4 data channels-last */
    TV_OP_SAME =
        8, /* keeps channels apart and in place: elementwise, pooling (SPEC.md 6.3's "non-layer operator") */
    TV_OP_STRUCTURE = 16,   /* only moves elements: Reshape, Concat, Slice ...; any dtype */
    TV_OP_TYPES = 32,       /* forward takes every numeric dtype that shape let pass; without it f32 only, and
                           * evaluation on other floats converts (nn/evaluate.c) */
    TV_OP_SHAPE = 64,       /* reads only the shapes of its inputs */
    TV_OP_STRIDED = 128,    /* takes and gives rank-4 data in any layout, each its own */
    TV_OP_OVERWRITES = 256, /* elementwise: backward may put the multipliers of input 0 where those of output
                             * 0 lie */
    TV_OP_RELU = 512,       /* reads the input of a Relu in place of its output (struct tv_view) */
    TV_OP_LINEAR = 1024,  /* linear in all inputs together: backward reads no data even where several vary */
    TV_OP_FORGETS = 2048, /* backward does not read the outputs */
    TV_OP_ROWS = 4096,    /* forward and backward take any rows of their inputs alone: each row of the output
                           * comes from the same row of those inputs that vary, where all have as many rows */
    TV_OP_PATH = 8192,    /* backward over all intervals of an image takes less than over each */
};

/* The same with products in bfloat16 and sums in f32 (num/bf16.h), for an operator that is linear in its
 * first input while nothing else varies. */
struct tv_op_pairs {
    /* Are there such kernels for these shapes? */
    bool (*serves)(const struct tv_node *n, const struct tv_view *out, const struct tv_view *in);
    /* Rows are steps + 1 runs of equally many.  The first run of the output is given, each further one is
     *
     *     out[p+1] = out[p] + share[p] slope + the operator on d[p]
     *
     * where d[p], given as pairs, is the difference of the inputs beside share[p] of their way from the path's
     * beginning to its end, and slope, the rows of a run, is that way of the output: products of small differences
     * keep what products of rounded inputs would lose. */
    void (*forward)(const struct tv_node *n, struct tv_view *out, const struct tv_view *in, int64_t steps,
                    const float *d, const float *share, const float *slope);
    /* The first of the rows is the `row`th of the path, whose intervals have `images` each; `scratch` holds
     * tv_view_pairs of mout[0]. */
    void (*backward)(const struct tv_node *n, struct tv_view *min, const struct tv_view *mout,
                     const struct tv_view *in0, int64_t row, int64_t images, float *scratch);
};

struct tv_op {
    const char *type; /* ONNX operator */
    unsigned flags;
    /* Reads node->attrs into node->state once, at load.  NULL or a message. */
    const char *(*setup)(struct tv_graph *g, struct tv_node *n);
    /* Sets dtype, rank and dim of the outputs from those of the inputs.  NULL or a message. */
    const char *(*shape)(struct tv_graph *g, struct tv_node *n);
    void (*forward)(const struct tv_node *n, struct tv_view *out, const struct tv_view *in);
    /* min[i] is overwritten where min[i].data is not NULL.  NULL here: integer operators that nothing varies
     * through. */
    void (*backward)(const struct tv_node *n, struct tv_view *min, const struct tv_view *mout,
                     const struct tv_view *in0, const struct tv_view *in1, const struct tv_view *out0,
                     const struct tv_view *out1);
    /* The weights in in[1..] changed (training): repack them.  May be NULL. */
    void (*refresh)(struct tv_graph *g, struct tv_node *n);
    void (*release)(struct tv_node *n); /* frees state; NULL: free(state) */
    const struct tv_op_pairs *pairs;    /* may be NULL */
    /* May be NULL, for elementwise operators: backward to input 0, and sum += (in1 - in0) . min. */
    void (*conduct)(const struct tv_node *n, struct tv_view *min, const struct tv_view *mout,
                    const struct tv_view *in0, const struct tv_view *in1, float *sum);
};

/* In backward, `min` of a constant input (a weight, a bias) is its gradient: summed over the batch; asked for
 * in training only. */

const struct tv_op *tv_op_find(const char *type); /* NULL when unknown */
/* All operators, for tests and documentation: entry i, NULL past the end. */
const struct tv_op *tv_op_at(int i);
/* The view of a value's own shape on `data`. */
struct tv_view tv_view_of(const struct tv_value *v, void *data);
int64_t tv_view_count(const struct tv_view *v);
/* Size of the dimension whose elements lie next to each other: channels, or the last one. */
int64_t tv_view_inner(const struct tv_view *v);
/* Floats that its elements take as pairs (num/bf16.h) of that dimension. */
int64_t tv_view_pairs(const struct tv_view *v);

#endif
