#include "data/augment.h"
#include <stdlib.h>
#include <string.h>
#include "core/mem.h"

/* Strides of channel, row and column. */
struct strides {
    int64_t c, h, w;
};

static struct strides strides_of(const struct tv_dataset *d)
{
    if (d->layout == TV_CHLAST) return (struct strides){1, d->w * d->c, d->c};
    return (struct strides){d->h * d->w, d->w, 1};
}

/* y(v, u) = x(v - down, u - right), mirrored before the shift. */
static void move_channel(const struct tv_dataset *d, float *y, const float *x, float black, bool flip,
                         int64_t down, int64_t right)
{
    struct strides s = strides_of(d);
    for (int64_t v = 0; v < d->h; v++)
        for (int64_t u = 0; u < d->w; u++) {
            int64_t from_v = v - down, from_u = flip ? d->w - 1 - (u - right) : u - right;
            bool inside = from_v >= 0 && from_v < d->h && from_u >= 0 && from_u < d->w;
            y[v * s.h + u * s.w] = inside ? x[from_v * s.h + from_u * s.w] : black;
        }
}

void tv_augment_image(const struct tv_augment *a, const struct tv_dataset *d, struct tv_rng *r, float *x)
{
    uint64_t steps = 2 * (uint64_t)a->shift + 1;
    bool flip = a->flip && tv_rng_below(r, 2);
    int64_t down = (int64_t)tv_rng_below(r, steps) - a->shift,
            right = (int64_t)tv_rng_below(r, steps) - a->shift;
    if (!flip && down == 0 && right == 0) return;
    size_t n = (size_t)(d->c * d->h * d->w);
    float *old = tv_alloc_aligned(n, sizeof *old);
    struct strides s = strides_of(d);
    memcpy(old, x, n * sizeof *old);
    for (int64_t c = 0; c < d->c; c++)
        move_channel(d, x + c * s.c, old + c * s.c, tv_dataset_value(d, c, 0), flip, down, right);
    free(old);
}
