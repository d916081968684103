#include "data/image.h"
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "core/err.h"
#include "core/mem.h"
#include "data/codec.h"

void tv_image_release(struct tv_image *im)
{
    free(im->px);
    memset(im, 0, sizeof *im);
}

const char *tv_image_resize_buffer(struct tv_image *im, int64_t h, int64_t w, int64_t c)
{
    if (w < 1 || h < 1) return tv_msg("%lldx%lld pixels: empty", (long long)w, (long long)h);
    if (w > TV_IMAGE_MAX_SIDE || h > TV_IMAGE_MAX_SIDE || w * h > TV_IMAGE_MAX_PIXELS)
        return tv_msg("%lldx%lld pixels: larger than %d a side or %lld in all", (long long)w, (long long)h,
                      TV_IMAGE_MAX_SIDE, (long long)TV_IMAGE_MAX_PIXELS);
    im->h = h, im->w = w, im->c = c;
    im->px = tv_grow(im->px, &im->cap, (size_t)(w * h * c), 1);
    return NULL;
}

const char *tv_image_format(const void *bytes, size_t n)
{
    const uint8_t *b = bytes;
    if (n >= 8 && !memcmp(b, "\x89PNG\r\n\x1a\n", 8)) return "png";
    if (n >= 3 && !memcmp(b, "\xff\xd8\xff", 3)) return "jpeg";
    if (n >= 3 && b[0] == 'P' && b[1] >= '1' && b[1] <= '6' && strchr(" \t\r\n#", b[2])) return "pnm";
    return NULL;
}

bool tv_image_suffix(const char *path)
{
    static const char *const suffix[] = {"png", "jpg", "jpeg", "ppm", "pgm", "pnm"};
    const char *dot = strrchr(path, '.');
    if (!dot) return false;
    for (size_t i = 0; i < sizeof suffix / sizeof *suffix; i++)
        if (!strcasecmp(dot + 1, suffix[i])) return true;
    return false;
}

const char *tv_image_decode(struct tv_image *im, const void *bytes, size_t n)
{
    const char *format = tv_image_format(bytes, n);
    if (n == 0) return tv_msg("empty file");
    if (!format) return tv_msg("want PNG, JPEG or PPM/PGM, found none of them");
    if (*format == 'j') return tv_jpeg_decode(im, bytes, n);
    return format[1] == 'n' && format[2] == 'g' ? tv_png_decode(im, bytes, n) : tv_pnm_decode(im, bytes, n);
}

void tv_image_channels(struct tv_image *im, int64_t c)
{
    int64_t n = im->h * im->w;
    if (im->c == c) return;
    if (c == 3) {
        im->px = tv_grow(im->px, &im->cap, (size_t)(n * 3), 1);
        for (int64_t i = n - 1; i >= 0; i--) memset(im->px + 3 * i, im->px[i], 3);
    } else {
        for (int64_t i = 0; i < n; i++) {
            const uint8_t *p = im->px + 3 * i;
            im->px[i] = (uint8_t)((19595u * p[0] + 38470u * p[1] + 7471u * p[2] + 0x8000u) >> 16);
        }
    }
    im->c = c;
}

/* Offset of n pixels in the middle of `size`: round((size - n)/2) with ties to even. */
static int64_t middle(int64_t size, int64_t n)
{
    int64_t d = size - n;
    return d % 2 && (d / 2) % 2 ? d / 2 + 1 : d / 2;
}

const char *tv_image_crop(struct tv_image *im, int64_t w, int64_t h)
{
    if (im->w < w || im->h < h)
        return tv_msg("want at least %lldx%lld pixels to crop, got %lldx%lld; --resize makes it larger, "
                      "--pad adds a border",
                      (long long)w, (long long)h, (long long)im->w, (long long)im->h);
    int64_t x = middle(im->w, w), y = middle(im->h, h);
    size_t row = (size_t)(w * im->c);
    for (int64_t i = 0; i < h; i++)
        memmove(im->px + (size_t)i * row, im->px + ((y + i) * im->w + x) * im->c, row);
    im->w = w, im->h = h;
    return NULL;
}

const char *tv_image_pad(struct tv_image *im, int64_t w, int64_t h)
{
    if (im->w > w || im->h > h)
        return tv_msg("want at most %lldx%lld pixels to pad, got %lldx%lld; --resize or --crop first",
                      (long long)w, (long long)h, (long long)im->w, (long long)im->h);
    if (im->w == w && im->h == h) return NULL;
    struct tv_image out = {0};
    const char *msg = tv_image_resize_buffer(&out, h, w, im->c);
    if (msg) return msg;
    memset(out.px, 0, (size_t)(w * h * im->c));
    int64_t x = (w - im->w) / 2, y = (h - im->h) / 2;
    for (int64_t i = 0; i < im->h; i++)
        memcpy(out.px + ((y + i) * w + x) * im->c, im->px + i * im->w * im->c, (size_t)(im->w * im->c));
    tv_image_release(im);
    *im = out;
    return NULL;
}
