/* Bilinear resize with antialias: against PIL 9.4's output, and against the filter's definition in double
 * precision. */
#include "check.h"
#include <stdlib.h>
#include "data/image.h"

/* The test picture: pixel (y, x, k) = 37 y^2 + 11 x^2 + 13 x y + 91 k modulo 256. */
static struct tv_image picture(int64_t h, int64_t w, int64_t c)
{
    struct tv_image im = {0};
    tv_image_resize_buffer(&im, h, w, c);
    for (int64_t y = 0; y < h; y++)
        for (int64_t x = 0; x < w; x++)
            for (int64_t k = 0; k < c; k++)
                im.px[(y * w + x) * c + k] = (uint8_t)(37 * y * y + 11 * x * x + 91 * k + 13 * x * y);
    return im;
}

static const uint8_t pil_smaller[] = {75,  106, 130, 121, 166, 139, 122, 126, 116, 149,
                                      151, 143, 148, 129, 153, 124, 143, 135, 140, 139};
static const uint8_t pil_larger[] = {0,   4,   10,  28,  48,  79,  99,  16,  22,  31,  53,  76,  111, 132,
                                     44,  53,  67,  92,  120, 150, 168, 113, 125, 144, 174, 195, 138, 102,
                                     126, 140, 164, 199, 218, 120, 59,  81,  99,  127, 166, 190, 97,  39,
                                     79,  100, 132, 176, 204, 116, 61,  80,  103, 139, 186, 217, 132, 79};
static const uint8_t pil_colour[] = {93,  118, 149, 121, 132, 121, 135, 132, 111,
                                     121, 120, 131, 149, 140, 102, 140, 131, 91};

static void against_pil(int64_t h, int64_t w, int64_t c, int64_t oh, int64_t ow, const uint8_t *want)
{
    struct tv_image im = picture(h, w, c);
    CHECK(!tv_image_resize(&im, ow, oh));
    CHECK(im.h == oh && im.w == ow && im.c == c);
    CHECK(!memcmp(im.px, want, (size_t)(oh * ow * c)));
    tv_image_release(&im);
}

/* sum over inputs of triangle(distance / width) * value, normalised, along rows and then columns. */
static double weight(double centre, double width, int64_t j)
{
    double d = fabs(((double)j + 0.5 - centre) / width);
    return d < 1 ? 1 - d : 0;
}

static double exact(const struct tv_image *im, int64_t oh, int64_t ow, int64_t y, int64_t x)
{
    double sy = (double)im->h / (double)oh, sx = (double)im->w / (double)ow, sum = 0, total = 0;
    for (int64_t i = 0; i < im->h; i++)
        for (int64_t j = 0; j < im->w; j++) {
            double w = weight(((double)y + 0.5) * sy, sy > 1 ? sy : 1, i) *
                       weight(((double)x + 0.5) * sx, sx > 1 ? sx : 1, j);
            sum += w * im->px[i * im->w + j], total += w;
        }
    return sum / total;
}

static void against_definition(int64_t h, int64_t w, int64_t oh, int64_t ow)
{
    struct tv_image im = picture(h, w, 1), out = picture(h, w, 1);
    CHECK(!tv_image_resize(&out, ow, oh));
    double worst = 0;
    for (int64_t y = 0; y < oh; y++)
        for (int64_t x = 0; x < ow; x++)
            worst = fmax(worst, fabs(out.px[y * ow + x] - exact(&im, oh, ow, y, x)));
    CHECK_NEAR(worst, 0, 1.001); /* two roundings to 8 bits */
    tv_image_release(&im);
    tv_image_release(&out);
}

static void shorter_side(void)
{
    struct tv_image im = picture(30, 41, 1);
    CHECK(!tv_image_resize_shorter(&im, 20));
    CHECK(im.h == 20 && im.w == 27); /* floor(20 * 41 / 30) */
    CHECK(tv_image_resize(&im, 70000, 1) != NULL);
    tv_image_release(&im);
}

static void constant_stays(void)
{
    struct tv_image im = {0};
    tv_image_resize_buffer(&im, 50, 70, 3);
    memset(im.px, 255, 50 * 70 * 3);
    CHECK(!tv_image_resize(&im, 13, 91));
    int off = 0;
    for (int i = 0; i < 13 * 91 * 3; i++) off += im.px[i] != 255;
    CHECK(off == 0);
    tv_image_release(&im);
}

int main(void)
{
    against_pil(9, 13, 1, 4, 5, pil_smaller);
    against_pil(5, 4, 1, 8, 7, pil_larger);
    against_pil(7, 9, 3, 3, 2, pil_colour);
    against_definition(20, 30, 7, 9);
    against_definition(20, 30, 33, 12);
    against_definition(1, 1, 5, 4);
    shorter_side();
    constant_stays();
    return check_done();
}
