/* data/norm.h - from pixels to what a network takes:  y = (x*scale - mean)/std  per channel, channels swapped
 * first when `order` is bgr: the attributes of `image` in share/doc/tensors.md. */
#ifndef TV_DATA_NORM_H
#define TV_DATA_NORM_H
#include "core/tensor.h"

struct tv_norm {
    int64_t channels;
    bool swap;                  /* output channel k is input channel channels-1-k */
    bool identity;              /* y = x */
    double *scale, *mean, *std; /* [channels], in the output's order */
    float *table;               /* [channels][256]: y of every 8-bit pixel value */
};

/* From the attributes; each list has one value or one a channel.  NULL or a message. */
const char *tv_norm_init(struct tv_norm *n, const struct tv_attrs *attrs, int64_t channels);
void tv_norm_release(struct tv_norm *n);
/* y of pixel value x in output channel k. */
static inline float tv_norm_value(const struct tv_norm *n, int64_t k, double x)
{
    return (float)((x * n->scale[k] - n->mean[k]) / n->std[k]);
}
/* One image: 8-bit pixels [h,w,c], or floats [c,h,w], to y in `layout`. */
void tv_norm_u8(const struct tv_norm *n, float *y, enum tv_layout layout, const uint8_t *px, int64_t pixels);
void tv_norm_f32(const struct tv_norm *n, float *y, enum tv_layout layout, const float *x, int64_t pixels);

#endif
