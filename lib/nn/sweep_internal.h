/* nn/sweep_internal.h - what the sweep (sweep.c) asks of its plan (sweep_plan.c) and of its results
 * (sweep_result.c). */
#ifndef TV_NN_SWEEP_INTERNAL_H
#define TV_NN_SWEEP_INTERNAL_H
#include "nn/sweep.h"

/* Does the method follow the path from the baseline, and at how many points is a pass? */
bool tv_sweep_along_path(const struct tv_sweep *s);
int tv_sweep_points(const struct tv_sweep *s);
/* What is affine, kept, computed again, passed on the way back; which taps all ways pass.  NULL or a message: the
 * network cannot be swept. */
const char *tv_sweep_plan(struct tv_sweep *s);
/* As many images at a time as fit; where one does not, as many points. */
const char *tv_sweep_choose_blocks(struct tv_sweep *s);
/* Points of a pass, of `all`, from point0 on; or the path's two ends. */
struct tv_sweep_pass {
    int64_t point0, points, all;
    bool ends;
};
/* Where passes have so many points of `all`, do these need one of the ends before them (nn/exec.h)? */
bool tv_sweep_needs_ends(const struct tv_sweep *s, int64_t points, int64_t all);
/* Computes in e, where the frontier is set, the logits and the taps, whether or not these lead there. */
void tv_sweep_forward(const struct tv_sweep *s, struct tv_exec *e, const struct tv_sweep_pass *p);

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
