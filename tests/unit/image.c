/* Decoding of PNG, JPEG and PNM made here with libpng and libjpeg; crop, pad, channels, orientation. */
#include "check.h"
#include <stdlib.h>
#include <stdio.h>
#include <jpeglib.h>
#include <png.h>
#include <zlib.h>
#include "core/err.h"
#include "data/codec.h"

enum { W = 19, H = 13 };
static uint8_t rgb[H][W][3], grey[H][W];

static void make_pictures(void)
{
    for (int y = 0; y < H; y++)
        for (int x = 0; x < W; x++) {
            rgb[y][x][0] = (uint8_t)(x * 13), rgb[y][x][1] = (uint8_t)(y * 17),
            rgb[y][x][2] = (uint8_t)(x * y + 5);
            grey[y][x] = (uint8_t)(x * 9 + y * 3);
        }
}

/* ---- PNG ---- */

struct buffer {
    uint8_t bytes[1 << 16];
    size_t n;
};

static void put(png_structp png, png_bytep from, png_size_t n)
{
    struct buffer *b = png_get_io_ptr(png);
    if (b->n + n > sizeof b->bytes) abort();
    memcpy(b->bytes + b->n, from, n);
    b->n += n;
}

static struct buffer png_file(int type, int depth, int interlace, const uint8_t *rows, size_t stride)
{
    struct buffer b = {.n = 0};
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
    png_infop info = png_create_info_struct(png);
    png_color palette[256];
    png_set_write_fn(png, &b, put, NULL);
    png_set_IHDR(png, info, W, H, depth, type, interlace, PNG_COMPRESSION_TYPE_DEFAULT,
                 PNG_FILTER_TYPE_DEFAULT);
    for (int i = 0; i < 256; i++)
        palette[i] = (png_color){(png_byte)(255 - i), (png_byte)i, (png_byte)(i / 2)};
    if (type == PNG_COLOR_TYPE_PALETTE) png_set_PLTE(png, info, palette, 1 << depth);
    png_write_info(png, info);
    for (int pass = png_set_interlace_handling(png); pass > 0; pass--)
        for (int y = 0; y < H; y++) png_write_row(png, rows + (size_t)y * stride);
    png_write_end(png, NULL);
    png_destroy_write_struct(&png, &info);
    return b;
}

static int decodes_to(const void *bytes, size_t n, const void *px, int64_t c)
{
    struct tv_image im = {0};
    const char *msg = tv_image_decode(&im, bytes, n);
    int ok = !msg && im.h == H && im.w == W && im.c == c && !memcmp(im.px, px, (size_t)(H * W * c));
    if (msg) printf("%s\n", msg);
    tv_image_release(&im);
    return ok;
}

static void png_types(void)
{
    static uint8_t wide[H][W * 3 * 2], alpha[H][W * 4], packed[H][W], want[H][W], colours[H][W][3];
    struct buffer b = png_file(PNG_COLOR_TYPE_RGB, 8, PNG_INTERLACE_NONE, &rgb[0][0][0], W * 3);
    CHECK(decodes_to(b.bytes, b.n, rgb, 3));
    b = png_file(PNG_COLOR_TYPE_RGB, 8, PNG_INTERLACE_ADAM7, &rgb[0][0][0], W * 3);
    CHECK(decodes_to(b.bytes, b.n, rgb, 3));
    b = png_file(PNG_COLOR_TYPE_GRAY, 8, PNG_INTERLACE_NONE, &grey[0][0], W);
    CHECK(decodes_to(b.bytes, b.n, grey, 1));
    for (int y = 0; y < H; y++)
        for (int x = 0; x < W * 3; x++) wide[y][2 * x] = (&rgb[y][0][0])[x], wide[y][2 * x + 1] = 0xff;
    b = png_file(PNG_COLOR_TYPE_RGB, 16, PNG_INTERLACE_NONE, &wide[0][0], W * 6); /* the upper 8 bits stay */
    CHECK(decodes_to(b.bytes, b.n, rgb, 3));
    for (int y = 0; y < H; y++)
        for (int x = 0; x < W; x++)
            memcpy(&alpha[y][4 * x], rgb[y][x], 3), alpha[y][4 * x + 3] = (uint8_t)(x * 11);
    b = png_file(PNG_COLOR_TYPE_RGB_ALPHA, 8, PNG_INTERLACE_NONE, &alpha[0][0], W * 4); /* alpha is dropped */
    CHECK(decodes_to(b.bytes, b.n, rgb, 3));
    for (int y = 0; y < H; y++)
        for (int x = 0; x < W; x++) alpha[y][2 * x] = grey[y][x], alpha[y][2 * x + 1] = 7;
    b = png_file(PNG_COLOR_TYPE_GRAY_ALPHA, 8, PNG_INTERLACE_NONE, &alpha[0][0], W * 4);
    CHECK(decodes_to(b.bytes, b.n, grey, 1));
    for (int depth = 1; depth <= 8; depth *= 2) {
        memset(packed, 0, sizeof packed);
        for (int y = 0; y < H; y++)
            for (int x = 0; x < W; x++) {
                int v = (x + y) & ((1 << depth) - 1), at = x * depth;
                packed[y][at / 8] |= (uint8_t)(v << (8 - depth - at % 8));
                want[y][x] = (uint8_t)(v * 255 / ((1 << depth) - 1));
                colours[y][x][0] = (uint8_t)(255 - v), colours[y][x][1] = (uint8_t)v,
                colours[y][x][2] = (uint8_t)(v / 2);
            }
        b = png_file(PNG_COLOR_TYPE_GRAY, depth, PNG_INTERLACE_NONE, &packed[0][0], W);
        CHECK(decodes_to(b.bytes, b.n, want, 1));
        b = png_file(PNG_COLOR_TYPE_PALETTE, depth, PNG_INTERLACE_NONE, &packed[0][0], W);
        CHECK(decodes_to(b.bytes, b.n, colours, 3));
    }
}

static void png_roundtrip_and_damage(void)
{
    void *bytes;
    size_t n;
    struct tv_image im = {0};
    CHECK(!tv_png_encode(&rgb[0][0][0], H, W, 3, &bytes, &n));
    CHECK(decodes_to(bytes, n, rgb, 3));
    int accepted = 0;
    for (size_t cut = 0; cut < n; cut++) accepted += tv_image_decode(&im, bytes, cut) == NULL;
    CHECK(accepted == 0);
    ((uint8_t *)bytes)[n / 2] ^= 0x10; /* in the compressed data: CRC */
    CHECK(tv_image_decode(&im, bytes, n) != NULL);
    free(bytes);
    /* A header that claims 60000 x 60000 pixels allocates nothing. */
    struct buffer b = png_file(PNG_COLOR_TYPE_RGB, 8, PNG_INTERLACE_NONE, &rgb[0][0][0], W * 3);
    const uint8_t huge[8] = {0, 0, 0xea, 0x60, 0, 0, 0xea, 0x60};
    memcpy(b.bytes + 16, huge, 8);
    uint32_t crc = (uint32_t)crc32(0, b.bytes + 12, 17);
    for (int i = 0; i < 4; i++) b.bytes[29 + i] = (uint8_t)(crc >> (24 - 8 * i));
    const char *msg = tv_image_decode(&im, b.bytes, b.n);
    CHECK(msg && strstr(msg, "fewer bytes"));
    CHECK(im.cap < 1 << 20);
    tv_image_release(&im);
}

/* ---- JPEG ---- */

static unsigned char *jpeg_file(int c, J_COLOR_SPACE space, int progressive, int orientation,
                                unsigned long *n)
{
    struct jpeg_compress_struct j;
    struct jpeg_error_mgr err;
    unsigned char *bytes = NULL;
    *n = 0;
    j.err = jpeg_std_error(&err);
    jpeg_create_compress(&j);
    jpeg_mem_dest(&j, &bytes, n);
    j.image_width = W, j.image_height = H, j.input_components = c, j.in_color_space = space;
    jpeg_set_defaults(&j);
    jpeg_set_quality(&j, 100, TRUE);
    for (int i = 0; i < j.num_components; i++)
        j.comp_info[i].h_samp_factor = j.comp_info[i].v_samp_factor = 1;
    if (progressive) jpeg_simple_progression(&j);
    jpeg_start_compress(&j, TRUE);
    if (orientation) {
        JOCTET exif[] = "Exif\0\0MM\0*\0\0\0\10\0\1\1\22\0\3\0\0\0\1\0\0\0\0\0\0\0\0";
        exif[6 + 8 + 2 + 9] = (JOCTET)orientation;
        jpeg_write_marker(&j, JPEG_APP0 + 1, exif, sizeof exif - 1);
    }
    for (int y = 0; y < H; y++) {
        uint8_t cmyk[W * 4];
        for (int x = 0; x < W && c == 4; x++) memcpy(cmyk + 4 * x, rgb[y][x], 3), cmyk[4 * x + 3] = 255;
        JSAMPROW row = c == 1 ? grey[y] : c == 4 ? cmyk : rgb[y][0];
        jpeg_write_scanlines(&j, &row, 1);
    }
    jpeg_finish_compress(&j);
    jpeg_destroy_compress(&j);
    return bytes;
}

static double worst(const struct tv_image *im, const uint8_t *px)
{
    double d = 0;
    for (int64_t i = 0; i < im->h * im->w * im->c; i++) d = fmax(d, abs(im->px[i] - px[i]));
    return d;
}

static void jpeg_types(void)
{
    struct tv_image im = {0};
    for (int kind = 0; kind < 4; kind++) { /* grey, RGB, progressive RGB, CMYK with K = white */
        unsigned long n;
        int c = kind == 0 ? 1 : kind == 3 ? 4 : 3;
        unsigned char *b = jpeg_file(c,
                                     c == 1   ? JCS_GRAYSCALE
                                     : c == 4 ? JCS_CMYK
                                              : JCS_RGB,
                                     kind == 2, 0, &n);
        CHECK(!tv_image_decode(&im, b, n));
        CHECK(im.h == H && im.w == W && im.c == (c == 1 ? 1 : 3));
        CHECK_NEAR(worst(&im, c == 1 ? &grey[0][0] : &rgb[0][0][0]), 0, 4);
        int accepted = 0;
        for (unsigned long cut = 0; cut + 2 < n; cut++) accepted += tv_image_decode(&im, b, cut) == NULL;
        CHECK(accepted == 0); /* a JPEG that breaks off is damaged, not grey below */
        free(b);
    }
    tv_image_release(&im);
}

static void jpeg_orientation(void)
{
    struct tv_image im = {0};
    for (int o = 1; o <= 8; o++) {
        unsigned long n;
        unsigned char *b = jpeg_file(1, JCS_GRAYSCALE, 0, o, &n);
        CHECK(!tv_image_decode(&im, b, n));
        CHECK(im.w == (o >= 5 ? H : W));
        /* where the stored top left pixel, (0, 0), goes by the EXIF standard */
        int64_t right = im.w - 1, bottom = im.h - 1;
        int64_t x = o == 2 || o == 3 || o == 6 || o == 7 ? right : 0,
                y = o == 3 || o == 4 || o == 7 || o == 8 ? bottom : 0;
        CHECK_NEAR(im.px[y * im.w + x], grey[0][0], 4);
        /* and the stored top right one */
        int64_t x2 = o == 1 || o == 4 || o == 6 || o == 7 ? right : 0,
                y2 = o == 3 || o == 4 || o == 5 || o == 6 ? bottom : 0;
        CHECK_NEAR(im.px[y2 * im.w + x2], grey[0][W - 1], 4);
        free(b);
    }
    CHECK(tv_exif_orientation((const uint8_t *)"Exif\0\0MM\0*\377\377\377\377", 14) == 1);
    tv_image_release(&im);
}

/* ---- PNM, and what is none of them ---- */

static void pnm(void)
{
    struct tv_image im = {0};
    const char plain[] = "P2 # comment\n3 2\n15\n0 5 10 15 1 2", wide[] = "P5 2 1 1000\n\1\364\3\350";
    CHECK(!tv_image_decode(&im, plain, sizeof plain - 1));
    CHECK(im.w == 3 && im.h == 2 && im.c == 1 && im.px[1] == 85 && im.px[3] == 255 && im.px[4] == 17);
    CHECK(tv_image_decode(&im, plain, sizeof plain - 3) != NULL);
    CHECK(!tv_image_decode(&im, wide, sizeof wide - 1));
    CHECK(im.px[0] == 128 && im.px[1] == 255);
    CHECK(tv_image_decode(&im, wide, sizeof wide - 2) != NULL);
    CHECK(tv_image_decode(&im, "P6 60000 60000 255\n", 19) != NULL);
    CHECK(tv_image_decode(&im, "P5 2 1 10\n\1\13", 12) != NULL); /* 11 > maxval */
    CHECK(tv_image_decode(&im, "GIF89a", 6) != NULL);
    CHECK(tv_image_decode(&im, "", 0) != NULL);
    CHECK(tv_image_suffix("a/B.JPEG") && tv_image_suffix("x.ppm") && !tv_image_suffix("x.gif") &&
          !tv_image_suffix("png"));
    tv_image_release(&im);
}

/* ---- geometry ---- */

static void geometry(void)
{
    struct tv_image im = {0};
    tv_image_resize_buffer(&im, H, W, 1);
    memcpy(im.px, grey, sizeof grey);
    CHECK(!tv_image_crop(&im, 4, 5)); /* (19-4)/2 = 7.5 -> 8 (even), (13-5)/2 = 4 */
    CHECK(im.px[0] == grey[4][8] && im.px[4 * 5 - 1] == grey[8][11]);
    CHECK(!tv_image_pad(&im, 8, 9));
    CHECK(im.px[0] == 0 && im.px[2 * 8 + 2] == grey[4][8] && im.px[2 * 8 + 6] == 0);
    CHECK(tv_image_pad(&im, 4, 4) != NULL);
    CHECK(tv_image_crop(&im, 100, 1) != NULL);
    tv_image_channels(&im, 3);
    CHECK(im.px[(2 * 8 + 2) * 3 + 2] == grey[4][8]);
    uint8_t colour[3] = {200, 100, 50};
    memcpy(im.px, colour, 3);
    tv_image_channels(&im, 1);
    CHECK(im.px[0] == 124); /* 0.299*200 + 0.587*100 + 0.114*50 = 124.2 */
    tv_image_release(&im);
}

int main(void)
{
    make_pictures();
    png_types();
    png_roundtrip_and_damage();
    jpeg_types();
    jpeg_orientation();
    pnm();
    geometry();
    return check_done();
}
