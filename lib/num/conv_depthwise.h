/* num/conv_depthwise.h - walks in which each channel goes to the output channel of its own; private to
 * lib/num. */
#ifndef TV_NUM_CONV_DEPTHWISE_H
#define TV_NUM_CONV_DEPTHWISE_H
#include "num/conv_walk.h"

/* out[position][c] = bias[c] + sum_t in[tap t][c] . packed[t][c] for the `cols` channels of each walk; walks
 * of the same images, which are done row by row together, so that the phases of a row are written while it is
 * in the cache. */
void tv_walk_depthwise(const struct tv_walk *walk, int64_t walks);

#endif
