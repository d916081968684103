/* nn/layout.h - between the two memory orders of f32 images: plain [N,C,positions], channels-last
 * [N,positions,C]. */
#ifndef TV_NN_LAYOUT_H
#define TV_NN_LAYOUT_H
#include "nn/op.h"

void tv_chlast_from_plain(float *dst, const float *src, int64_t n, int64_t c, int64_t positions);
void tv_plain_from_chlast(float *dst, const float *src, int64_t n, int64_t c, int64_t positions);
/* Equal shapes, any layouts. */
void tv_view_copy(struct tv_view *dst, const struct tv_view *src);

#endif
