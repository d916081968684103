/* data/image.h - one decoded image, and the geometry that it goes through before a network sees it.
 *
 * Pixels are 8-bit, [h][w][c], c = 1 (grey) or 3 (RGB).  What is not 8-bit grey or RGB becomes it at
 * decoding, as PIL's convert() does: palettes are looked up, alpha is dropped (not composited), 16 bits keep
 * the upper 8, CMYK becomes RGB (Adobe's inverted convention).  JPEG's EXIF orientation is applied.
 *
 * Functions return NULL or a message (tv_msg) without the file's name: the caller knows it.
 */
#ifndef TV_DATA_IMAGE_H
#define TV_DATA_IMAGE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TV_IMAGE_MAX_SIDE   65535
#define TV_IMAGE_MAX_PIXELS ((int64_t)1 << 28)

/* {0} is an empty image; the buffer grows and is reused. */
struct tv_image {
    int64_t h, w, c;
    uint8_t *px;
    size_t cap;
};
void tv_image_release(struct tv_image *im);
/* Sets the size and makes room; pixels are undefined.  NULL or a message when a side or the area is out of
 * bounds. */
const char *tv_image_resize_buffer(struct tv_image *im, int64_t h, int64_t w, int64_t c);

/* PNG, JPEG, PPM/PGM by their first bytes.  A file that breaks off or that holds bad codes is damaged: a
 * message. */
const char *tv_image_decode(struct tv_image *im, const void *bytes, size_t n);
/* "png", "jpeg", "pnm" by the first bytes, NULL when none. */
const char *tv_image_format(const void *bytes, size_t n);
/* Does the file name end as an image's does (png jpg jpeg ppm pgm pnm, any case)? */
bool tv_image_suffix(const char *path);
/* A PNG file's bytes: new buffer of *n bytes. */
const char *tv_png_encode(const uint8_t *px, int64_t h, int64_t w, int64_t c, void **bytes, size_t *n);

/* A JPEG file's bytes of RGB pixels, quality 1..100: new buffer of *n bytes. */
const char *tv_jpeg_encode(const uint8_t *rgb, int64_t h, int64_t w, int quality, void **bytes, size_t *n);

/* ---- in place ---- */

/* Grey to RGB by repetition, RGB to grey by ITU-R 601 luma (PIL's convert("L")). */
void tv_image_channels(struct tv_image *im, int64_t c);
/* Bilinear with antialias: the triangle filter, stretched by the factor of reduction, in two fixed-point
 * passes as PIL's Image.resize(size, BILINEAR) does it; equal to PIL to the last level. */
const char *tv_image_resize(struct tv_image *im, int64_t w, int64_t h);
/* The shorter side becomes n, the longer one floor(n*long/short), as torchvision's Resize(n). */
const char *tv_image_resize_shorter(struct tv_image *im, int64_t n);
/* The middle w x h pixels (offset round((size - n)/2), ties to even, as torchvision's CenterCrop). */
const char *tv_image_crop(struct tv_image *im, int64_t w, int64_t h);
/* Into the middle of w x h pixels of value 0. */
const char *tv_image_pad(struct tv_image *im, int64_t w, int64_t h);

#endif
