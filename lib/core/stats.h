/* core/stats.h - smallest, largest and mean value of a tensor that arrives in pieces, and the difference of
 * two. */
#ifndef TV_CORE_STATS_H
#define TV_CORE_STATS_H
#include "core/tensor.h"

/* min, max and mean are NaN while there is no number. */
struct tv_stats {
    int64_t count, nans; /* elements that are numbers; that are not */
    double min, max, mean;
};
void tv_stats_begin(struct tv_stats *s);
/* n elements of a numeric dtype. */
void tv_stats_add(struct tv_stats *s, enum tv_dtype t, const void *data, size_t n);

/* How far b is from a, which is the reference:
 *
 *     max_abs = max |a-b|      max_rel = max |a-b| / |a|      l1 = sum |a-b| / sum |a|        (0/0 = 0)
 *
 * Equal infinities and two NaN differ by 0, a NaN and a number by infinity. */
struct tv_diff {
    int64_t count, off; /* elements; those with |a-b| > atol + rtol |a| */
    double max_abs, max_rel, l1;
};
/* Tensors of equal numeric shape; dtypes may differ. */
void tv_diff_numbers(struct tv_diff *d, const struct tv_tensor *a, const struct tv_tensor *b, double rtol,
                     double atol);
/* Strings: equal or off. */
void tv_diff_strings(struct tv_diff *d, const struct tv_tensor *a, const struct tv_tensor *b);

#endif
