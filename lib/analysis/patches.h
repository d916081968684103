/* analysis/patches.h - the images that neurons respond to most, and what of them a neuron sees.
 *
 * A neuron's response to an image is the maximum of its channel over the positions of the layer's output
 * (after a BatchNormalization, before the non-linearity).  Of every neuron the k largest responses are kept,
 * ties in the order of the images; the patch is the receptive field of the position (nn/field.h), moved into
 * the image.
 */
#ifndef TV_ANALYSIS_PATCHES_H
#define TV_ANALYSIS_PATCHES_H
#include "analysis/neurons.h"
#include "data/dataset.h"

/* Of one layer; arrays [n neurons][k], best first. */
struct tv_patch_layer {
    int64_t n, seen; /* seen: images so far; the first min(seen, k) entries are filled */
    float *value;
    int32_t *row, *place; /* image; position in the map, row-major */
};
struct tv_patches_best {
    const struct tv_neurons *neurons; /* borrowed */
    int64_t k;
    struct tv_patch_layer *layer; /* [n_layers] */
};
void tv_patches_best_init(struct tv_patches_best *b, const struct tv_neurons *neurons, int64_t k);
void tv_patches_best_release(struct tv_patches_best *b);
/* Adds images: rows of layer l's output [images][channels][positions], and their indices. */
void tv_patches_best_add(struct tv_patches_best *b, int l, int64_t images, const float *out,
                         int64_t positions, const int64_t *row);
/* patch/<layer> and its companions (share/doc/tensors.md); the dataset is loaded. */
void tv_patches_best_write(const struct tv_patches_best *b, const struct tv_dataset *d, struct tv_writer *w);

#endif
