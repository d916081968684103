/* fig/patch.h - what a neuron responds to: the images, or patches of them, with its highest attributions
 * (SPEC 7).
 *
 * The attributions are the tensors attrib/<layer> of the operands, [N,C]; the images come from the data sets,
 * found by domain and path.  Where the operand has peak/<layer> (tv-attrib --peaks), the neuron's receptive
 * field at the maximum is cut out.
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
    int64_t image;                /* as tv_thumbs_find gives it */
    enum tv_side side;            /* its domain */
    const char *path;             /* borrowed; NULL: none */
    const struct tv_tensor *peak; /* where the maximum lies; NULL: not known */
    int64_t at;                   /* element of `peak` */
};
/* `class` is the <class> of tensor names, an index or "all". */
void tv_patches_init(struct tv_patches *p, const struct tv_figure *f, const char *class);
void tv_patches_release(struct tv_patches *p);
bool tv_patches_any(const struct tv_patches *p); /* are there data sets and attributions? */
bool tv_patches_cut(const struct tv_patches *p); /* are patches cut out? */
/* The at most n instances of a domain with the highest values of a neuron, highest first.  Returns how many.
 */
int tv_patches_top(struct tv_patch *patch, int n, const struct tv_patches *p, enum tv_side side,
                   const char *layer, int64_t neuron);
/* Its receptive field at the maximum, which may reach beyond the image; false: the whole image. */
bool tv_patch_field(struct tv_part *field, const struct tv_patch *patch);
void tv_patch_draw(struct tv_canvas *c, const struct tv_patches *p, const struct tv_patch *patch, double x,
                   double y, double size);

#endif
