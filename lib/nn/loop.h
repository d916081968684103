/* nn/loop.h - strided loops over an output's elements with broadcast operands; private to lib/nn.
 *
 * The dimensions are taken in the order in which the output lies in memory, neighbours that every operand
 * walks through contiguously are merged, and the innermost run goes to a callback: for equal shapes that is
 * one run over everything, cut into blocks for the threads.  The cut depends on the shapes alone.
 */
#ifndef TV_NN_LOOP_H
#define TV_NN_LOOP_H
#include "nn/op.h"

#define TV_LOOP_MAX 6

struct tv_loop {
    int operands, rank;
    int64_t dim[TV_MAX_RANK];
    int64_t stride[TV_LOOP_MAX][TV_MAX_RANK]; /* bytes; 0 along broadcast dimensions */
    char *base[TV_LOOP_MAX];
};

/* Operand 0 is the output; the others broadcast to its shape. */
void tv_loop_init(struct tv_loop *l, const struct tv_view *out, int n, const struct tv_view *const *in);

/* A box of `rank` dimensions with given strides in bytes (negative ones run backwards), operand 0 the one
 * written; taken in the given order. */
void tv_loop_box(struct tv_loop *l, int n, int rank, const int64_t *dim, char *const *base,
                 const int64_t (*stride)[TV_MAX_RANK]);

/* n elements; operand k starts at p[k] and moves on by step[k] bytes. */
typedef void tv_loop_fn(const void *ctx, int64_t n, char *const *p, const int64_t *step);
void tv_loop_run(const struct tv_loop *l, tv_loop_fn *fn, const void *ctx);

/* Copies the elements of a box, or adds f32 ones: dst += src, where distinct elements must go to distinct
 * places. */
void tv_box_copy(size_t size, int rank, const int64_t *dim, void *dst, const int64_t *dst_stride,
                 const void *src, const int64_t *src_stride);
void tv_box_add(int rank, const int64_t *dim, float *dst, const int64_t *dst_stride, const float *src,
                const int64_t *src_stride);

/* dst[j] = sum of src over the dimensions along which dst is broadcast to src's shape; f32.  Equal shapes: a
 * copy. */
void tv_sum_to(struct tv_view *dst, const struct tv_view *src);

#endif
