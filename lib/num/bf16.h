/* num/bf16.h - bfloat16 in pairs: the upper halves of two floats in the place of one.
 *
 *     pair i = bf16(x[2i]) | bf16(x[2i + 1]) << 16        rounded to nearest, ties to even; NaN stays NaN
 *
 * A row of n floats becomes ceil(n / 2) pairs, the last filled up with zero.  Pairs are held in float arrays,
 * so that whoever moves rows about (num/conv_walk.h) need not know what they are; no arithmetic is done on
 * them as floats.
 */
#ifndef TV_NUM_BF16_H
#define TV_NUM_BF16_H
#include <stdint.h>

/* Floats that the pairs of a row take. */
static inline int64_t tv_pairs(int64_t n) { return (n + 1) / 2; }

/* `rows` rows of n floats x, or of the differences x - minus when that is not NULL, as pairs. */
void tv_bf16_pairs(float *out, const float *x, const float *minus, int64_t rows, int64_t n);
/* The same of differences of max(low, min(high, .)). */
void tv_bf16_clipped_pairs(float *out, const float *x, const float *minus, float low, float high,
                           int64_t rows, int64_t n);
/* One row of n floats, in the caller's thread. */
void tv_bf16_row(float *out, const float *x, int64_t n);
/* n pairs of low[i] and high[i]; of low[i] and zero when `high` is NULL. */
void tv_bf16_interleave(float *out, const float *low, const float *high, int64_t n);
/* Weights packed for tv_kernel.rows, [blocks][k][nr], as tv_kernel.pairs takes them: [blocks][ceil(k/2)][nr].
 */
void tv_bf16_panels(float *out, const float *packed, int64_t blocks, int64_t k, int64_t nr);

#endif
