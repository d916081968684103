/* fig/thumb.c - see thumb.h. */
#include "fig/thumb.h"

#include <stdlib.h>
#include <string.h>
#include "core/mem.h"
#include "core/str.h"

static char *key_new(enum tv_side side, const char *path)
{
    return tv_format_new("%d\n%s", side, path ? path : "");
}

void tv_thumbs_init(struct tv_thumbs *t, const struct tv_figure *f)
{
    *t = (struct tv_thumbs){.figure = f, .all = TV_ARRAY(struct tv_batch, f->n_images)};
    for (size_t d = 0; d < f->n_images; d++) {
        t->all[d] = tv_dataset_all(&f->images[d]);
        t->keys += (size_t)t->all[d].n;
    }
    t->key = TV_ARRAY(char *, t->keys);
    size_t k = 0;
    for (size_t d = 0; d < f->n_images; d++) {
        const struct tv_batch *b = &t->all[d];
        for (int64_t i = 0; i < b->n; i++, k++) {
            t->key[k] =
                key_new(tv_figure_side(f, b->domain ? b->domain[i] : NULL), b->path ? b->path[i] : NULL);
            tv_index_put(&t->index, t->key[k], (int)k);
        }
    }
}

void tv_thumbs_release(struct tv_thumbs *t)
{
    for (size_t k = 0; k < t->keys; k++) free(t->key[k]);
    free(t->key);
    free(t->all);
    tv_index_release(&t->index);
}

int64_t tv_thumbs_find(const struct tv_thumbs *t, enum tv_side side, const char *path)
{
    if (!path || !*path) return -1;
    char *key = key_new(side, path);
    int64_t i = tv_index_get(&t->index, key);
    free(key);
    return i;
}

int64_t tv_thumbs_row(const struct tv_thumbs *t, enum tv_side side, int64_t row)
{
    int64_t first = 0;
    for (size_t d = 0; d < t->figure->n_images; first += t->all[d++].n) {
        const struct tv_batch *b = &t->all[d];
        if (b->domain && b->n > 0 && tv_figure_side(t->figure, b->domain[0]) == side)
            return row >= 0 && row < b->n ? first + row : -1;
    }
    return -1;
}

/* Moves [*at, *at + *n) into [0, size), shortened when it does not fit. */
static void move_into(int64_t *at, int64_t *n, int64_t size)
{
    if (*n > size) *n = size;
    if (*n < 1) *n = 1;
    if (*at > size - *n) *at = size - *n;
    if (*at < 0) *at = 0;
}

/* The part of the image [h][w][3], moved into it.  New pixels. */
static uint8_t *cut_new(struct tv_part *part, const uint8_t *rgb, int64_t h, int64_t w)
{
    move_into(&part->x, &part->w, w);
    move_into(&part->y, &part->h, h);
    uint8_t *cut = tv_alloc((size_t)(part->w * part->h), 3);
    for (int64_t r = 0; r < part->h; r++)
        memcpy(cut + 3 * r * part->w, rgb + 3 * ((part->y + r) * w + part->x), (size_t)(3 * part->w));
    return cut;
}

void tv_thumbs_draw(struct tv_canvas *c, const struct tv_thumbs *t, int64_t image, const struct tv_part *part,
                    double x, double y, double size)
{
    size_t d = 0;
    while (image >= t->all[d].n) image -= t->all[d++].n;
    const struct tv_dataset *set = &t->figure->images[d];
    int64_t h = set->h, w = set->w;
    uint8_t *rgb = tv_alloc((size_t)(h * w), 3);
    tv_dataset_rgb(set, image, rgb);
    if (part) {
        struct tv_part inside = *part;
        uint8_t *cut = cut_new(&inside, rgb, h, w);
        free(rgb);
        rgb = cut;
        h = inside.h, w = inside.w;
    }
    double scale = size / (double)(w > h ? w : h), dw = (double)w * scale, dh = (double)h * scale;
    tv_draw_image(c, x + (size - dw) / 2, y + (size - dh) / 2, dw, dh, rgb, (int)w, (int)h, 3);
    free(rgb);
}
