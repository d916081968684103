/* num/conv_walk.h - the walk that forward and data-backward convolution share; private to lib/num.
 *
 * At each position of a grid a few taps point at rows of the input, and the kernel sums their products with a
 * packed panel of weights.  With a stride s the positions of dx fall into s x s phases; those of one phase
 * are reached by the same taps, so each phase is a walk of its own.
 *
 *     grid (gy, gx)  --tap-->  input row (gy*ys + dy, gx*xs + dx)      zeros outside
 *                    ------->  output row (gy*os_y + oy, gx*os_x + ox)
 *
 * The input is of floats or of pairs of bfloat16 (num/bf16.h); sizes in "floats" count pairs then.
 */
#ifndef TV_NUM_CONV_WALK_H
#define TV_NUM_CONV_WALK_H
#include <stdbool.h>
#include <stdint.h>

struct tv_tap {
    int64_t dy, dx;
};
struct tv_walk {
    int64_t n, gh, gw;    /* grid of positions, images outermost */
    int64_t ys, xs;       /* input step a position */
    int64_t h, w, stride; /* input size, floats a pixel */
    int64_t k;            /* floats a tap reads */
    int64_t taps;
    const struct tv_tap *tap;
    bool pairs; /* in and packed are pairs */
    const float *in;
    const float *packed, *bias; /* [panel][tap][k][nr] */
    int64_t cols;               /* output columns of this walk */
    float *out;
    int64_t oh, ow, os_y, os_x, oy, ox, ostride; /* output size, steps, offsets, floats a pixel */
    int64_t runs; /* of n images, which follow each other in `in` and `out`; 0: one */
    /* Run r is interval `first` + r of a path: it takes set (first + r) % ways of the packed weights, each of `set`
     * floats; 0: there is but one. */
    int64_t first, ways, set;
    /* Not NULL: sums of the first run start from the n images before `out`, those of each further run from the
     * run before it, plus share[r] of the n images `slope`. */
    const float *share, *slope;
};

void tv_walk_run(const struct tv_walk *s);
/* Zeros at all output rows, for a walk that no tap reaches. */
void tv_walk_zero(const struct tv_walk *s);

#endif
