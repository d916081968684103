/* analysis/patches.h - the images that neurons respond to most, and what of them a neuron sees.
 *
 * A neuron's response to an image is the maximum of its channel over the positions of the layer's output
 * (after a BatchNormalization, before the non-linearity).  Of every neuron the k largest responses are kept,
 * ties in the order of the images, and their patches cut out as they are found, so that the images may
 * stream by: a patch is the receptive field of the position (nn/field.h), moved into the image.
 */
#ifndef TV_ANALYSIS_PATCHES_H
#define TV_ANALYSIS_PATCHES_H
#include "analysis/neurons.h"
#include "core/stream.h"

/* What a neuron of a layer sees: a window of size[] whose corner moves by step[]. */
struct tv_patch_window {
    int64_t start[2], step[2], size[2], side[2]; /* side: the image's */
    int64_t columns;                             /* of the map */
};
/* Of one layer; arrays [n neurons][k], best first. */
struct tv_patch_layer {
    struct tv_patch_window window;
    int64_t n, seen; /* seen: images so far; the first min(seen, k) entries are filled */
    float *value;
    int32_t *row, *place, *slot; /* image; position in the map, row-major; which of the patches */
    uint8_t *pixels;             /* [n][k] patches [h][w][3] */
};
struct tv_patches_best {
    const struct tv_neurons *neurons; /* borrowed */
    int64_t k;
    struct tv_patch_layer *layer; /* [n_layers] */
};
/* Images of h x w pixels; the graph is planned for them. */
void tv_patches_best_init(struct tv_patches_best *b, const struct tv_neurons *neurons, int64_t k, int64_t h,
                          int64_t w);
void tv_patches_best_release(struct tv_patches_best *b);
/* Bytes that the patches take. */
int64_t tv_patches_best_bytes(const struct tv_patches_best *b);
/* Adds images: rows of layer l's output [images][channels][positions], their indices, and themselves
 * [images][h][w][3]. */
void tv_patches_best_add(struct tv_patches_best *b, int l, int64_t images, const float *out,
                         int64_t positions, const int64_t *row, const uint8_t *rgb);
/* patch/<layer> and its companions (share/doc/tensors.md). */
void tv_patches_best_write(const struct tv_patches_best *b, struct tv_writer *w);

#endif
