/* analysis/rank.h - neuron importance (SPEC 6.2; the paper's section 5.3.1, Figure 3 A).
 *
 * The attributions of one class and layer are a matrix [images, neurons].  Within each image the neurons are
 * ranked ascending from 1, ties share their average rank; a neuron's importance is the sum of its ranks over
 * the images. Sums of ranks are multiples of 1/2 and exact in f64 up to 2^53, so the order of the images does
 * not matter.
 */
#ifndef TV_ANALYSIS_RANK_H
#define TV_ANALYSIS_RANK_H
#include <stdint.h>
#include "num/radix.h"

/* rank[j] = (number of x smaller than x[j]) + (number equal to x[j], itself included, + 1) / 2.  No NaN in x.
 * `order` (n) and `work` (2 n) are workspace. */
void tv_rank_average(double *rank, const double *x, int64_t n, int32_t *order, struct tv_radix_item *work);

/* sum[p][j] += rank of x[p][j] among x[p][0..n), for every image p; sum[p] NULL: the image is left out.  `x`
 * is [images][n]; the images of a class share their sum[].  Runs on all threads. Returns -1; or, with nothing
 * added, the index in x of a NaN, which has no rank. */
int64_t tv_rank_add(double *const *sum, const double *x, int64_t images, int64_t n);

/* The k most important neurons, best first, ties by index.  k <= n (analysis/share.h). */
void tv_rank_top(int32_t *top, int64_t k, const double *sum, int64_t n);

#endif
