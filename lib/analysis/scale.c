/* analysis/scale.c - min-max scaling. */
#include "analysis/scale.h"
#include <math.h>

void tv_scale_fit(double *min, double *max, const double *x, const bool *use, int64_t rows, int64_t columns)
{
    for (int64_t j = 0; j < columns; j++) {
        min[j] = INFINITY;
        max[j] = -INFINITY;
    }
    for (int64_t i = 0; i < rows; i++) {
        if (use && !use[i]) continue;
        for (int64_t j = 0; j < columns; j++) {
            double v = x[i * columns + j];
            if (v < min[j]) min[j] = v;
            if (v > max[j]) max[j] = v;
        }
    }
}

void tv_scale_apply(double *y, const double *x, int64_t rows, int64_t columns, const double *min,
                    const double *max)
{
    for (int64_t i = 0; i < rows; i++) {
        for (int64_t j = 0; j < columns; j++) {
            double span = max[j] - min[j];
            y[i * columns + j] = span > 0 ? 2 * (x[i * columns + j] - min[j]) / span - 1 : 0;
        }
    }
}
