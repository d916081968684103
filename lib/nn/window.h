/* nn/window.h - the sliding window of convolution and pooling: attributes, padding, output size.
 *
 *     out = floor((in + begin + end - ((kernel - 1) dilation + 1)) / stride) + 1
 *
 * with ceil_mode ceil, and then without a last window that would start beyond in + begin; SAME_UPPER/LOWER:
 * out = ceil(in / stride), padding shared out, the odd one at the end/at the begin.
 */
#ifndef TV_NN_WINDOW_H
#define TV_NN_WINDOW_H
#include "nn/graph.h"

enum { TV_WINDOW_MAX = 3 }; /* spatial dimensions */
enum tv_auto_pad { TV_PAD_NOTSET, TV_PAD_SAME_UPPER, TV_PAD_SAME_LOWER, TV_PAD_VALID };

struct tv_window {
    int k; /* spatial dimensions; 0: not known before the shapes are */
    int64_t kernel[TV_WINDOW_MAX], stride[TV_WINDOW_MAX], dilation[TV_WINDOW_MAX];
    int64_t begin[TV_WINDOW_MAX], end[TV_WINDOW_MAX]; /* padding given by the file */
    int n_kernel;                                     /* given in kernel_shape; 0: none */
    enum tv_auto_pad pad;
    bool ceil;
};

/* Reads kernel_shape, strides, dilations, pads, auto_pad; what is absent is 1 or 0. */
const char *tv_window_read(const struct tv_node *n, struct tv_window *w);
/* Checks against an input of `k` spatial dimensions. */
const char *tv_window_check(const struct tv_node *n, const struct tv_window *w, int k);
/* Output size and padding before the first element along spatial dimension i. */
int64_t tv_window_out(const struct tv_window *w, int i, int64_t in);
int64_t tv_window_begin(const struct tv_window *w, int i, int64_t in);
/* Padding after the last element, as count_include_pad counts it. */
int64_t tv_window_end(const struct tv_window *w, int i, int64_t in);

#endif
