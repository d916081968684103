/* nn/sweep_internal.h - what the sweep (sweep.c) asks of its results (sweep_result.c). */
#ifndef TV_NN_SWEEP_INTERNAL_H
#define TV_NN_SWEEP_INTERNAL_H
#include "nn/sweep.h"

/* Tap t's sums over the path, reduced: out [images][tv_sweep_width]. */
void tv_sweep_write_tap(const struct tv_sweep *s, int t, int64_t images, float *out);
/* Positions of the maxima: out [images][tv_sweep_channels]. */
void tv_sweep_write_peaks(const struct tv_sweep *s, int t, int64_t images, int32_t *out);
/* The completeness error of an image, farthest from zero over the cuts, where F changes by `change`. */
float tv_sweep_completeness(const struct tv_sweep *s, int64_t image, double change);
/* Image j of `from` becomes image i of `to`. */
void tv_sweep_result_copy(const struct tv_sweep *s, struct tv_sweep_result *to, int64_t i,
                          const struct tv_sweep_result *from, int64_t j);
/* Largest relative L1 change over the taps from image i of `old` to image j of `new`. */
double tv_sweep_change(const struct tv_sweep *s, float **old, int64_t i, float **new, int64_t j);

#endif
