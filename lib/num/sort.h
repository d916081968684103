/* num/sort.h - order of elements, as indices: sorting and selection with a total order, so that the result is
 * unique.
 *
 * `index` receives 0..n-1 reordered (n < 2^31); `v` is left alone.  Ties are ordered by index, smaller first.
 * NaN comes last in both directions.  In place: no memory is allocated.
 */
#ifndef TV_NUM_SORT_H
#define TV_NUM_SORT_H
#include <stdint.h>

/* All of index[0..n), smallest (largest) value first. */
void tv_argsort_asc_f32(int32_t *index, const float *v, int64_t n);
void tv_argsort_asc_f64(int32_t *index, const double *v, int64_t n);
/* Smallest value first, equal ones by `tie` (distinct numbers) instead of index. */
void tv_argsort_tie_f64(int32_t *index, const double *v, const int32_t *tie, int64_t n);
void tv_argsort_desc_f32(int32_t *index, const float *v, int64_t n);
void tv_argsort_desc_f64(int32_t *index, const double *v, int64_t n);

/* Selection: index[0..k) are the k largest, largest first; index[k..n) are the others in no useful order.
 * O(n + k log k).  k <= n. */
void tv_top_f32(int32_t *index, const float *v, int64_t n, int64_t k);
void tv_top_f64(int32_t *index, const double *v, int64_t n, int64_t k);
/* The k largest counts; equal counts by `value`, larger first (NULL: none), then by index. */
void tv_top_counts(int32_t *index, const int32_t *count, const float *value, int64_t n, int64_t k);

/* The k-th largest value (k >= 1) of v[0..n), which is reordered; no NaN. */
float tv_kth_largest_f32(float *v, int64_t n, int64_t k);

#endif
