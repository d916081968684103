/* num/conv.h - 2-D convolution on channels-last data, as a product with indirect row pointers: no im2col.
 *
 *   y[n,oh,ow,co] = bias[co] + sum_{kh,kw,ci} x[n, oh*sh-pt+kh*dh, ow*sw-pl+kw*dw, g*Ci+ci] . w[co,ci,kh,kw]
 *
 * x [N,H,W,G*Ci], y [N,Ho,Wo,Co] (Co a multiple of groups), w as ONNX has it: [Co,Ci,Kh,Kw].  Outside x is
 * zero.  Same guarantees as num/gemm.h: fixed order of summation, any number of threads.
 */
#ifndef TV_NUM_CONV_H
#define TV_NUM_CONV_H
#include <stdbool.h>
#include <stdint.h>

struct tv_conv {
    int64_t n, h, w, ci; /* ci: input channels of one group */
    int64_t ho, wo, co;  /* co: all output channels */
    int64_t kh, kw, sh, sw, pt, pl, dh, dw;
    int64_t groups;
};

/* Packed weights for the forward and for the data-backward pass (sizes in floats). */
int64_t tv_conv_packed_size(const struct tv_conv *c);
void tv_conv_pack(const struct tv_conv *c, float *packed, const float *w);
int64_t tv_conv_packed_back_size(const struct tv_conv *c);
void tv_conv_pack_back(const struct tv_conv *c, float *packed, const float *w);

/* y = x * w + bias (bias may be NULL). */
void tv_conv_forward(const struct tv_conv *c, float *y, const float *x, const float *packed,
                     const float *bias);
/* dx = transpose(w) applied to dy; overwrites dx. */
void tv_conv_backward(const struct tv_conv *c, float *dx, const float *dy, const float *packed_back);

/* Products in bfloat16 with sums in f32 (num/bf16.h), where the shape allows it: not depthwise, even numbers
 * of channels in a group.  The packed weights are the caller's to free.
 *
 *     steps      y[p+1] = y[p] + share[p] slope + w * d[p]      p = 0 .. steps-1, each of c->n images
 *
 * y[0] is given: differences of a forward pass that rounds its inputs would cancel, sums of rounded differences
 * do not.  d, as pairs, is what is left of the differences beside the straight line to the path's end, of which
 * `slope` is what the convolution makes of it. */
bool tv_conv_has_pairs(const struct tv_conv *c);
float *tv_conv_pairs_new(const struct tv_conv *c, const float *w);
void tv_conv_forward_steps(const struct tv_conv *c, int64_t steps, float *y, const float *d,
                           const float *share, const float *slope, const float *pairs);
/* Backward, image i of the c->n belongs to interval (row + i) / images of a path, which rounds multipliers and
 * weights in its own way; `scratch` has room for the pairs of dy. */
float *tv_conv_pairs_back_new(const struct tv_conv *c, const float *w);
void tv_conv_backward_pairs(const struct tv_conv *c, int64_t row, int64_t images, float *dx, const float *dy,
                            const float *pairs_back, float *scratch);

/* dw[co,ci,kh,kw] = sum over images and positions of dy . x; overwrites dw. `db` [co] may be NULL. */
void tv_conv_weights(const struct tv_conv *c, float *dw, float *db, const float *dy, const float *x);

#endif
