/* num/conv_depthwise.h - convolutions in which each channel has an output channel of its own; private to
 * lib/num. */
#ifndef TV_NUM_CONV_DEPTHWISE_H
#define TV_NUM_CONV_DEPTHWISE_H
#include "num/conv.h"
#include "num/conv_walk.h"

bool tv_conv_is_depthwise(const struct tv_conv *c);

/* out[position][c] = bias[c] + sum_t in[tap t][c] . packed[t][c] for the `cols` channels of each walk; walks
 * of the same images, which are done row by row together, so that the phases of a row are written while it is
 * in the cache. */
void tv_walk_depthwise(const struct tv_walk *walk, int64_t walks);

#endif
