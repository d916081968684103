/* num/bf16.h - bfloat16 in pairs: the upper halves of two floats in the place of one.
 *
 *     pair i = bf16(x[2i]) | bf16(x[2i + 1]) << 16        rounded to nearest, ties to even; NaN stays NaN
 *
 * A row of n floats becomes ceil(n / 2) pairs, the last filled up with zero.  Pairs are held in float arrays,
 * so that whoever moves rows about (num/conv_walk.h) need not know what they are; no arithmetic is done on
 * them as floats.
 *
 * What comes again at each interval of a path may be rounded in several ways in turn instead: way w of `ways`,
 * a power of two, adds (r(w) + 1/2) / ways of a unit in the last place and cuts, r(w) being w with its bits in
 * reverse order.  The mean over all ways is at most 1 / (2 ways) of a unit away from the number, that of
 * successive ones not much more.
 */
#ifndef TV_NUM_BF16_H
#define TV_NUM_BF16_H
#include <stdint.h>

/* Floats that the pairs of a row take. */
static inline int64_t tv_pairs(int64_t n) { return (n + 1) / 2; }

/* `rows` rows of n floats as pairs. */
void tv_bf16_pairs(float *out, const float *x, int64_t rows, int64_t n);
/* One row of n floats, in the caller's thread. */
void tv_bf16_row(float *out, const float *x, int64_t n);
/* n pairs of low[i] and high[i]; of low[i] and zero when `high` is NULL. */
void tv_bf16_interleave(float *out, const float *low, const float *high, int64_t n);

/* Steps between points, each of `rows` rows of n floats: x[0] .. x[steps], all taken as
 * max(low, min(high, .)), as far as they leave the straight line of which each step is a share:
 *
 *     d[p] = bf16(x[p+1] - x[p] - share[p] slope) */
struct tv_bf16_steps {
    const float *x, *slope, *share;
    int64_t steps, rows, n;
    float low, high;
};
/* The d as pairs: [steps][rows][tv_pairs(n)]. */
void tv_bf16_steps(float *out, const struct tv_bf16_steps *s);

/* `count` images of a path, `rows` rows of n floats each, as pairs: image i is of interval
 * k = (row + i) / images, which is rounded in way k mod 8 of 8. */
void tv_bf16_path(float *out, const float *x, int64_t count, int64_t rows, int64_t n, int64_t row,
                  int64_t images);
/* Weights packed for tv_kernel.rows, [blocks][k][nr], as tv_kernel.pairs takes them, [blocks][ceil(k/2)][nr],
 * in each of `ways` ways one after another; one way: ties away from zero. */
void tv_bf16_panels(float *out, const float *packed, int64_t blocks, int64_t k, int64_t nr, int ways);

#endif
