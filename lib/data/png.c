/* PNG through libpng: every colour type and depth to 8-bit grey or RGB; and an encoder for export. */
#include <png.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include "core/err.h"
#include "core/mem.h"
#include "data/codec.h"

/* Deflate's best ratio is 1032:1: an image that claims more is no image, and nothing is allocated for it. */
#define DEFLATE_MAX 1032

struct source {
    const uint8_t *at;
    size_t left;
    const char *message;
};

static void on_error(png_structp png, png_const_charp text)
{
    struct source *s = png_get_error_ptr(png);
    s->message = tv_msg("PNG: %s", text);
    png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp text) { (void)png, (void)text; }

static void on_read(png_structp png, png_bytep to, png_size_t n)
{
    struct source *s = png_get_io_ptr(png);
    if (n > s->left) png_error(png, "file ends early");
    memcpy(to, s->at, n);
    s->at += n, s->left -= n;
}

/* Asks libpng for 8-bit grey or RGB without alpha; returns the number of channels. */
static int64_t set_transforms(png_structp png, png_infop info)
{
    int type = png_get_color_type(png, info);
    if (type == PNG_COLOR_TYPE_PALETTE) png_set_palette_to_rgb(png);
    if (type == PNG_COLOR_TYPE_GRAY && png_get_bit_depth(png, info) < 8) png_set_expand_gray_1_2_4_to_8(png);
    png_set_strip_16(png);
    png_set_strip_alpha(png);
    return type & PNG_COLOR_MASK_COLOR ? 3 : 1;
}

static void read_image(png_structp png, png_infop info, struct tv_image *im, struct source *s, size_t size)
{
    png_set_read_fn(png, s, on_read);
    png_set_user_limits(png, TV_IMAGE_MAX_SIDE, TV_IMAGE_MAX_SIDE);
    png_set_chunk_malloc_max(png, 1 << 20);
    png_read_info(png, info);
    size_t h = png_get_image_height(png, info), row = png_get_rowbytes(png, info);
    if (h * row / DEFLATE_MAX > size) png_error(png, "fewer bytes than its size needs: truncated or damaged");
    int64_t c = set_transforms(png, info);
    int passes = png_set_interlace_handling(png);
    png_read_update_info(png, info);
    int64_t w = png_get_image_width(png, info);
    s->message = tv_image_resize_buffer(im, (int64_t)h, w, c);
    if (s->message) return;
    if (png_get_rowbytes(png, info) != (size_t)(w * c)) png_error(png, "unexpected row size");
    for (int pass = 0; pass < passes; pass++)
        for (size_t y = 0; y < h; y++) png_read_row(png, im->px + y * (size_t)(w * c), NULL);
    png_read_end(png, NULL);
}

const char *tv_png_decode(struct tv_image *im, const uint8_t *bytes, size_t n)
{
    struct source s = {bytes, n, NULL};
    png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &s, on_error, on_warning);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    if (!info)
        s.message = tv_msg("PNG: libpng cannot be set up");
    else if (!setjmp(png_jmpbuf(png)))
        read_image(png, info, im, &s, n);
    png_destroy_read_struct(&png, &info, NULL);
    return s.message;
}

struct sink {
    uint8_t *bytes;
    size_t n, cap;
    const char *message;
};

static void on_write(png_structp png, png_bytep from, png_size_t n)
{
    struct sink *s = png_get_io_ptr(png);
    s->bytes = tv_grow(s->bytes, &s->cap, s->n + n, 1);
    memcpy(s->bytes + s->n, from, n);
    s->n += n;
}

static void on_flush(png_structp png) { (void)png; }

static void on_write_error(png_structp png, png_const_charp text)
{
    struct sink *s = png_get_error_ptr(png);
    s->message = tv_msg("PNG: %s", text);
    png_longjmp(png, 1);
}

static void write_image(png_structp png, png_infop info, const uint8_t *px, int64_t h, int64_t w, int64_t c)
{
    png_set_IHDR(png, info, (png_uint_32)w, (png_uint_32)h, 8,
                 c == 3 ? PNG_COLOR_TYPE_RGB : PNG_COLOR_TYPE_GRAY, PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_write_info(png, info);
    for (int64_t y = 0; y < h; y++) png_write_row(png, px + y * w * c);
    png_write_end(png, NULL);
}

const char *tv_png_encode(const uint8_t *px, int64_t h, int64_t w, int64_t c, void **bytes, size_t *n)
{
    struct sink s = {0};
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &s, on_write_error, on_warning);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    if (!info) {
        s.message = tv_msg("PNG: libpng cannot be set up");
    } else if (!setjmp(png_jmpbuf(png))) {
        png_set_write_fn(png, &s, on_write, on_flush);
        write_image(png, info, px, h, w, c);
    }
    png_destroy_write_struct(&png, &info);
    *bytes = s.bytes, *n = s.n;
    if (s.message) free(s.bytes), *bytes = NULL, *n = 0;
    return s.message;
}
