/* fig/thumb.h - the images behind instances: found by domain and path in the data sets of a figure, drawn
 * small. */
#ifndef TV_FIG_THUMB_H
#define TV_FIG_THUMB_H
#include "core/index.h"
#include "fig/domain.h"

struct tv_thumbs {
    const struct tv_figure *figure;
    struct tv_batch *all;  /* [n_images] rows of each data set */
    struct tv_index index; /* "side<newline>path" to a row, counted over all data sets */
    char **key;
    size_t keys;
};
void tv_thumbs_init(struct tv_thumbs *t, const struct tv_figure *f);
void tv_thumbs_release(struct tv_thumbs *t);
/* The row, counted over all data sets, of the image with that path (may be NULL or "") in that domain; -1. */
int64_t tv_thumbs_find(const struct tv_thumbs *t, enum tv_side side, const char *path);
/* Row `row` of the data set whose instances are of that domain; -1. */
int64_t tv_thumbs_row(const struct tv_thumbs *t, enum tv_side side, int64_t row);
/* A rectangle of an image, in its pixels; may reach beyond it. */
struct tv_part {
    int64_t x, y, w, h;
};
/* The image, or the part of it, its larger side `size`, centred in a square whose upper left corner is (x,
 * y). */
void tv_thumbs_draw(struct tv_canvas *c, const struct tv_thumbs *t, int64_t image, const struct tv_part *part,
                    double x, double y, double size);

#endif
