/* fig/patch.h - what a neuron responds to: the images, or patches of them, with its highest values (SPEC 7).
 *
 * Values come from the tensors attrib/<layer> (or act/<layer>) of the operands, [N,C] or [N,C,H,W]; the
 * images from the data sets, found by domain and path.  Maps tell where the highest value lies; with the
 * layer's receptive field (attributes `field-size`, `field-step`, `field-start` of the tensor, in pixels of
 * the input) the patch is cut out there.
 */
#ifndef TV_FIG_PATCH_H
#define TV_FIG_PATCH_H
#include "fig/glyph.h"
#include "fig/thumb.h"

struct tv_patches {
    const struct tv_figure *figure;
    struct tv_thumbs thumbs;
    int64_t class; /* only instances of that class; -1: all */
};
struct tv_patch {
    double value;
    int64_t image;     /* as tv_thumbs_find gives it */
    enum tv_side side; /* its domain */
    const char *path;  /* borrowed; NULL: none */
    const struct tv_tensor *from;
    int64_t row, column; /* of the highest value in the map; -1: no map */
};
/* `class` is the <class> of tensor names, an index or "all". */
void tv_patches_init(struct tv_patches *p, const struct tv_figure *f, const char *class);
void tv_patches_release(struct tv_patches *p);
bool tv_patches_any(const struct tv_patches *p); /* are there data sets and values? */
bool tv_patches_cut(const struct tv_patches *p); /* are patches cut out? */
/* The at most n instances with the highest values of a neuron, highest first.  Returns how many. */
int tv_patches_top(struct tv_patch *patch, int n, const struct tv_patches *p, const char *layer,
                   int64_t neuron);
void tv_patch_draw(struct tv_canvas *c, const struct tv_patches *p, const struct tv_patch *patch, double x,
                   double y, double size);

#endif
