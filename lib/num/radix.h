/* num/radix.h - order of many numbers by radix sort: the order of tv_argsort_asc_f64 (num/sort.h), several
 * times as fast from a few hundred elements on.
 *
 * Least significant digit first, eight bits at a time, on keys that are ordered as unsigned integers; digits
 * that are the same in all keys are skipped, as the low ones of numbers that were f32.
 */
#ifndef TV_NUM_RADIX_H
#define TV_NUM_RADIX_H
#include <stdint.h>

struct tv_radix_item {
    uint64_t key;
    int32_t index;
};

/* index[0..n): 0..n-1, smallest value first, ties by index, NaN last; n < 2^31.  `work`: 2 n items. */
void tv_radix_argsort_f64(int32_t *index, const double *v, int64_t n, struct tv_radix_item *work);

/* v[0..n) in the same order: returns a part of `work`, tv_radix_work_f32(n) numbers at a 64-byte boundary, as
 * (key << 32 | index); keys are equal where values are, and TV_RADIX_NAN for NaN.  Where the processor has
 * vectors for it, a thousand items or less are sorted by a network (num/network.h).  The work grows with n. */
int64_t tv_radix_work_f32(int64_t n);
const uint64_t *tv_radix_sort_f32(const float *v, int64_t n, uint64_t *work);
#define TV_RADIX_NAN UINT32_MAX

#endif
