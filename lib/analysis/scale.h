/* analysis/scale.h - min-max scaling of columns to [-1, 1] (SPEC 6.5). */
#ifndef TV_ANALYSIS_SCALE_H
#define TV_ANALYSIS_SCALE_H
#include <stdbool.h>
#include <stdint.h>

/* Smallest and largest value of each column of x [rows][columns], over the rows with use[i] (NULL: all). */
void tv_scale_fit(double *min, double *max, const double *x, const bool *use, int64_t rows, int64_t columns);
/* y = 2 (x - min) / (max - min) - 1 column by column; a column with min = max becomes 0.  Rows that were not
 * fitted may leave [-1, 1].  y may be x. */
void tv_scale_apply(double *y, const double *x, int64_t rows, int64_t columns, const double *min,
                    const double *max);

#endif
