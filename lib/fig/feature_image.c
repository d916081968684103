/* fig/feature_image.c - see feature_image.h. */
#include "fig/feature_image.h"

#include <string.h>

static const uint8_t *find(const struct tv_set *s, const char *layer, int64_t neuron, int64_t size[2])
{
    const struct tv_tensor *image = tv_set_find(s, tv_msg("feature/%s", layer));
    const struct tv_tensor *which = tv_set_find(s, tv_msg("feature/%s/neuron", layer));
    if (!image || !which || image->dtype != TV_U8 || image->rank != 4 || image->dim[3] != 3) return NULL;
    if (which->rank != 1 || which->dim[0] != image->dim[0] || which->dtype == TV_STR) return NULL;
    if (image->dim[1] < 1 || image->dim[2] < 1) return NULL;
    for (int64_t i = 0; i < which->dim[0]; i++) {
        if ((int64_t)tv_tensor_get(which, i) != neuron) continue;
        size[0] = image->dim[1], size[1] = image->dim[2];
        return (const uint8_t *)image->data + 3 * i * size[0] * size[1];
    }
    return NULL;
}

const uint8_t *tv_feature_image(const struct tv_figure *f, const char *layer, int64_t neuron, int64_t size[2])
{
    const uint8_t *pixels = NULL;
    for (size_t i = 0; i < f->n && !pixels; i++) pixels = find(&f->stream[i], layer, neuron, size);
    return pixels;
}

bool tv_feature_image_any(const struct tv_figure *f)
{
    for (size_t i = 0; i < f->n; i++)
        for (size_t t = 0; t < f->stream[i].n; t++)
            if (!strncmp(f->stream[i].at[t]->name, "feature/", 8)) return true;
    return false;
}
