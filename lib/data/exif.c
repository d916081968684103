/* The one EXIF tag that changes pixels: Orientation (0x0112), in the first directory of the TIFF data of
 * APP1. */
#include <string.h>
#include "data/codec.h"

#define ORIENTATION 0x0112

struct tiff {
    const uint8_t *b;
    size_t n;
    bool big; /* big-endian, "MM" */
};

static uint32_t get(const struct tiff *t, size_t at, int bytes)
{
    uint32_t v = 0;
    for (int i = 0; i < bytes; i++) v |= (uint32_t)t->b[at + (size_t)i] << 8 * (t->big ? bytes - 1 - i : i);
    return v;
}

int tv_exif_orientation(const uint8_t *app1, size_t n)
{
    if (n < 6 + 8 || memcmp(app1, "Exif\0\0", 6)) return 1;
    struct tiff t = {app1 + 6, n - 6, app1[6] == 'M'};
    if (memcmp(t.b, t.big ? "MM" : "II", 2) || get(&t, 2, 2) != 42) return 1;
    size_t dir = get(&t, 4, 4);
    if (dir > t.n || t.n - dir < 2) return 1;
    size_t entries = get(&t, dir, 2);
    for (size_t i = 0; i < entries; i++) {
        size_t at = dir + 2 + 12 * i;
        if (at > t.n || t.n - at < 12) return 1;
        if (get(&t, at, 2) != ORIENTATION) continue;
        uint32_t o = get(&t, at + 8, 2);
        return o >= 1 && o <= 8 ? (int)o : 1;
    }
    return 1;
}

/* Orientations 5 to 8 exchange rows and columns.  Pixel (y, x) of the upright image is taken from the stored
 * one. */
const char *tv_image_orient(struct tv_image *im, int orientation)
{
    if (orientation == 1) return NULL;
    bool turned = orientation >= 5;
    bool flip_x =
        orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8; /* of stored columns */
    bool flip_y =
        orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7; /* of stored rows */
    struct tv_image out = {0};
    const char *msg = tv_image_resize_buffer(&out, turned ? im->w : im->h, turned ? im->h : im->w, im->c);
    if (msg) return msg;
    for (int64_t y = 0; y < out.h; y++)
        for (int64_t x = 0; x < out.w; x++) {
            int64_t sy = turned ? x : y, sx = turned ? y : x;
            if (flip_y) sy = im->h - 1 - sy;
            if (flip_x) sx = im->w - 1 - sx;
            memcpy(out.px + (y * out.w + x) * im->c, im->px + (sy * im->w + sx) * im->c, (size_t)im->c);
        }
    tv_image_release(im);
    *im = out;
    return NULL;
}
