/* report/sheet.c - see sheet.h. */
#include "report/sheet.h"

#include <stdlib.h>
#include <string.h>
#include "core/mem.h"
#include "data/image.h"

enum { SMALLEST = 16 };

static int64_t longer_side(const struct tv_dataset *d) { return d->w > d->h ? d->w : d->h; }

void tv_sheets_tile(const struct tv_sheets *s, const struct tv_dataset *d, int64_t *w, int64_t *h)
{
    int64_t longest = longer_side(d);
    *w = d->w, *h = d->h;
    if (longest <= s->cell) return;
    *w = (d->w * s->cell + longest / 2) / longest;
    *h = (d->h * s->cell + longest / 2) / longest;
    if (*w < 1) *w = 1;
    if (*h < 1) *h = 1;
}

/* Draws image `row` of the data set into cell `cell` of the sheet. */
static const char *draw_tile(uint8_t *sheet, const struct tv_sheets *s, const struct tv_dataset *d,
                             int64_t row, int64_t cell, struct tv_image *im)
{
    int64_t w, h, pitch = 3 * s->cell * TV_SHEET_COLUMNS;
    const char *error = tv_image_resize_buffer(im, d->h, d->w, 3);
    if (error) return error;
    tv_dataset_rgb(d, row, im->px);
    tv_sheets_tile(s, d, &w, &h);
    if (w != d->w || h != d->h) error = tv_image_resize(im, w, h);
    if (error) return error;
    uint8_t *to = sheet + cell / TV_SHEET_COLUMNS * s->cell * pitch + 3 * (cell % TV_SHEET_COLUMNS) * s->cell;
    for (int64_t y = 0; y < h; y++) memcpy(to + y * pitch, im->px + 3 * y * w, (size_t)(3 * w));
    return NULL;
}

/* All sheets at this size and quality. */
static const char *encode(struct tv_sheets *s, const struct tv_figure *f, int quality)
{
    int64_t side = s->cell * TV_SHEET_COLUMNS, i = 0, all = 0;
    uint8_t *sheet = tv_alloc((size_t)(side * side), 3);
    struct tv_image im = {0};
    const char *error = NULL;
    for (size_t d = 0; d < f->n_images; d++) all += f->images[d].n;
    s->n = (size_t)((all + TV_SHEET_TILES - 1) / TV_SHEET_TILES);
    s->at = TV_ARRAY(struct tv_sheet, s->n);
    for (size_t d = 0; d < f->n_images && !error; d++)
        for (int64_t row = 0; row < f->images[d].n && !error; row++) {
            error = draw_tile(sheet, s, &f->images[d], row, i % TV_SHEET_TILES, &im);
            i++;
            if (error || (i % TV_SHEET_TILES && i < all)) continue;
            struct tv_sheet *out = &s->at[(i - 1) / TV_SHEET_TILES];
            error = tv_jpeg_encode(sheet, side, side, quality, &out->bytes, &out->size);
            memset(sheet, 0, (size_t)(3 * side * side));
        }
    tv_image_release(&im);
    free(sheet);
    return error;
}

static uint64_t total(const struct tv_sheets *s)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < s->n; i++) bytes += s->at[i].size;
    return bytes;
}

const char *tv_sheets_init(struct tv_sheets *s, const struct tv_figure *f, int64_t side, uint64_t limit)
{
    static const int quality[] = {88, 70, 45};
    int64_t longest = 1;
    for (size_t d = 0; d < f->n_images; d++)
        if (longer_side(&f->images[d]) > longest) longest = longer_side(&f->images[d]);
    if (side > longest) side = longest;
    const char *error = NULL;
    for (s->cell = (side + 7) / 8 * 8;;
         s->cell = s->cell / 2 > SMALLEST ? (s->cell / 2 + 7) / 8 * 8 : SMALLEST)
        for (size_t q = 0; q < sizeof quality / sizeof *quality; q++) {
            error = encode(s, f, quality[q]);
            bool last = s->cell <= SMALLEST && q + 1 == sizeof quality / sizeof *quality;
            if (error || last || total(s) <= limit) return error;
            tv_sheets_release(s);
        }
}

void tv_sheets_release(struct tv_sheets *s)
{
    for (size_t i = 0; i < s->n; i++) free(s->at[i].bytes);
    free(s->at);
    s->at = NULL;
    s->n = 0;
}
