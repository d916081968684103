/* num/warp.h - planes moved, turned and scaled on the torus: bilinear samples of a periodic image.
 *
 *     out(p) = in(middle + A (p - middle of out) + shift)          A = zoom [cos -sin; sin cos], p = (y, x)
 */
#ifndef TV_NUM_WARP_H
#define TV_NUM_WARP_H
#include <stdint.h>

struct tv_warp {
    double angle, zoom; /* radians; > 1 samples farther apart */
    double shift[2];    /* rows, columns */
};
/* A window of size[] in the middle of a torus of period[], rows and columns. */
struct tv_torus {
    int64_t period[2], size[2];
};
/* out [c][size], in [c][period]. */
void tv_warp_apply(float *out, const float *in, int64_t c, const struct tv_torus *t,
                   const struct tv_warp *by);
/* din = the transpose of tv_warp_apply on dout. */
void tv_warp_adjoint(float *din, const float *dout, int64_t c, const struct tv_torus *t,
                     const struct tv_warp *by);

#endif
