/* analysis/rank.h - neuron importance (SPEC 6.2; the paper's section 5.3.1, Figure 3 A).
 *
 * The attributions of one class and layer are a matrix [images, neurons].  Within each image the neurons are
 * ranked ascending from 1, ties share their average rank; a neuron's importance is the sum of its ranks over
 * the images. Sums of ranks are multiples of 1/2 and exact in f64 up to 2^53, so the order of the images does
 * not matter.
 */
#ifndef TV_ANALYSIS_RANK_H
#define TV_ANALYSIS_RANK_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "num/radix.h"

/* Workspace for the ranks of n values. */
struct tv_rank_work {
    int32_t *order;             /* [n], for f64 */
    struct tv_radix_item *item; /* [2 n], for f64 */
    uint64_t *key;              /* [tv_radix_work_f32(n)], for f32 */
};
void tv_rank_work_init(struct tv_rank_work *w, int64_t n, bool f32);
void tv_rank_work_release(struct tv_rank_work *w);
/* twice[j] = 2 (number of x smaller than x[j]) + (number equal to x[j], itself included) + 1: twice the
 * average rank. n < 2^30.  The index of a NaN (then nothing is of use), or -1. */
int64_t tv_rank_twice_f64(int32_t *twice, const double *x, int64_t n, struct tv_rank_work *w);
int64_t tv_rank_twice_f32(int32_t *twice, const float *x, int64_t n, struct tv_rank_work *w);

/* Attributions of some images in one layer. */
struct tv_rank_block {
    double *const *sum; /* [images]: the neurons' sums to which an image adds; NULL: it is left out */
    const void *x;      /* [images][n], f32 or else f64 */
    bool f32;
    int64_t images, n;
    int64_t nan; /* set by tv_rank_add: index in x of the first NaN, which has no rank */
};
/* sum[p][j] += rank of x[p][j] among x[p][0..n), for every image p of every block; images of a class share
 * their sums.  Runs on all threads, which meet twice: the more is given at once, the better.  NULL; or, with
 * nothing added, the first block with a NaN. */
const struct tv_rank_block *tv_rank_add(struct tv_rank_block *b, size_t count);

/* The k most important neurons, best first, ties by index.  k <= n (analysis/share.h). */
void tv_rank_top(int32_t *top, int64_t k, const double *sum, int64_t n);

#endif
