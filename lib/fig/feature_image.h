/* fig/feature_image.h - feature images of neurons (tv-features) among a figure's operands. */
#ifndef TV_FIG_FEATURE_IMAGE_H
#define TV_FIG_FEATURE_IMAGE_H
#include "fig/figure.h"

/* Pixels [size[0]][size[1]][3] of the neuron's feature image, borrowed; NULL: none of the operands has it. */
const uint8_t *tv_feature_image(const struct tv_figure *f, const char *layer, int64_t neuron,
                                int64_t size[2]);
/* Has any of the operands feature images? */
bool tv_feature_image_any(const struct tv_figure *f);

#endif
