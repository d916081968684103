/* nn/convolve.h - a convolution of one to three spatial dimensions in its three directions, on views of
 * either layout; private to lib/nn.  One and two dimensions go through num/conv.h, three through its
 * definition (conv3d.h).
 *
 *     forward    y = x * W + bias
 *     back       x = transpose(W) y
 *     weights    dW, db from dy and x
 */
#ifndef TV_NN_CONVOLVE_H
#define TV_NN_CONVOLVE_H
#include "nn/conv3d.h"
#include "nn/op.h"
#include "nn/window.h"

/* Weights in the kernels' order, made at first use; kept only while `constant`. */
struct tv_conv_cache {
    bool constant;
    float *forward, *back, *pairs, *pairs_back;
    float *scale; /* per output channel, in the packed weights; NULL: 1.  Owned. */
};
void tv_conv_cache_clear(struct tv_conv_cache *c); /* forgets the packed weights */
void tv_conv_cache_release(struct tv_conv_cache *c);

/* From an x of shape [N, groups*Ci, in...] and W [Co, Ci, kernel...] to a y of size out...; the window says
 * the rest. Fewer than three dimensions are the last of the three. */
struct tv_conv3d tv_convolution(const struct tv_window *w, int64_t groups, int k, const int64_t *x,
                                const int64_t *weight, const int64_t *y);

void tv_convolve_forward(const struct tv_conv3d *c, struct tv_conv_cache *cache, struct tv_view *y,
                         const struct tv_view *x, const float *w, const float *bias);
void tv_convolve_back(const struct tv_conv3d *c, struct tv_conv_cache *cache, struct tv_view *x,
                      const struct tv_view *y, const float *w);
/* The two directions in bfloat16 (nn/op.h, struct tv_op_pairs), for channels-last images. */
bool tv_convolve_serves_pairs(const struct tv_conv3d *c, const struct tv_view *y, const struct tv_view *x);
void tv_convolve_steps(const struct tv_conv3d *c, struct tv_conv_cache *cache, int64_t steps,
                       struct tv_view *y, const float *d, const float *share, const float *slope,
                       const float *w);
void tv_convolve_back_pairs(const struct tv_conv3d *c, struct tv_conv_cache *cache, int64_t row,
                            int64_t images, struct tv_view *x, const struct tv_view *y, const float *w,
                            float *scratch);
/* dw and db may be NULL. */
void tv_convolve_weights(const struct tv_conv3d *c, float *dw, float *db, const struct tv_view *dy,
                         const struct tv_view *x);

#endif
