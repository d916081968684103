/* nn/conv3d.h - convolution in three spatial dimensions on plain data, by its definition; private to lib/nn.
 *
 *     y[n,co,o] = bias[co] + sum_{ci,k} x[n, g Ci + ci, o stride - begin + k dilation] w[co,ci,k]
 *
 * x [N, groups*Ci, in], y [N, Co, out], w [Co, Ci, kernel].  Outside x is zero.  Threads share out whole
 * images or channels: results do not depend on their number.
 */
#ifndef TV_NN_CONV3D_H
#define TV_NN_CONV3D_H
#include <stdint.h>

struct tv_conv3d {
    int64_t n, ci, co, groups; /* ci: of one group; co: all */
    int64_t in[3], out[3], kernel[3], stride[3], dilation[3], begin[3];
};

void tv_conv3d_forward(const struct tv_conv3d *c, float *y, const float *x, const float *w,
                       const float *bias);
void tv_conv3d_backward(const struct tv_conv3d *c, float *dx, const float *dy, const float *w);
/* dw and db may be NULL. */
void tv_conv3d_weights(const struct tv_conv3d *c, float *dw, float *db, const float *dy, const float *x);

#endif
