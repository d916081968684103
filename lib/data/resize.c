/* Resampling as PIL does it (Image.resize with BILINEAR on 8-bit channels): for every output position the
 * weights of the input positions under a triangle whose half width is max(1, reduction), normalised to 1,
 * rounded to fixed point with 22 bits after the point; first along rows, rounded to 8 bits, then along
 * columns.  A pass that would change nothing is left out. */
#include "data/image.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "core/mem.h"

#define FRACTION 22
#define HALF     (1 << (FRACTION - 1))

/* Output position i is the sum over j < count[i] of weight[i*taps + j] * input[first[i] + j]. */
struct filter {
    int64_t taps;
    int64_t *first, *count;
    int32_t *weight;
};

static double triangle(double x)
{
    x = fabs(x);
    return x < 1.0 ? 1.0 - x : 0.0;
}

static struct filter filter_new(int64_t in, int64_t out)
{
    double scale = (double)in / (double)out, width = scale < 1.0 ? 1.0 : scale, narrow = 1.0 / width;
    struct filter f = {.taps = (int64_t)ceil(width) * 2 + 1};
    f.first = TV_ARRAY(int64_t, (size_t)out);
    f.count = TV_ARRAY(int64_t, (size_t)out);
    f.weight = TV_ARRAY(int32_t, (size_t)(out * f.taps));
    double *w = TV_ARRAY(double, (size_t)f.taps);
    for (int64_t i = 0; i < out; i++) {
        double centre = ((double)i + 0.5) * scale, sum = 0;
        int64_t a = (int64_t)(centre - width + 0.5), b = (int64_t)(centre + width + 0.5);
        if (a < 0) a = 0;
        if (b > in) b = in;
        for (int64_t j = a; j < b; j++) sum += w[j - a] = triangle(((double)j - centre + 0.5) * narrow);
        for (int64_t j = 0; j < b - a; j++)
            f.weight[i * f.taps + j] = (int32_t)(0.5 + w[j] / sum * (1 << FRACTION));
        f.first[i] = a, f.count[i] = b - a;
    }
    free(w);
    return f;
}

static void filter_release(struct filter *f)
{
    free(f->first);
    free(f->count);
    free(f->weight);
}

static uint8_t level(int32_t sum)
{
    return sum < 0 ? 0 : sum >> FRACTION > 255 ? 255 : (uint8_t)(sum >> FRACTION);
}

static void grey_row(uint8_t *dst, const uint8_t *src, int64_t out, const struct filter *f)
{
    for (int64_t x = 0; x < out; x++) {
        const uint8_t *p = src + f->first[x];
        const int32_t *w = f->weight + x * f->taps;
        int32_t sum = HALF;
        for (int64_t j = 0; j < f->count[x]; j++) sum += w[j] * p[j];
        dst[x] = level(sum);
    }
}

static void rgb_row(uint8_t *dst, const uint8_t *src, int64_t out, const struct filter *f)
{
    for (int64_t x = 0; x < out; x++) {
        const uint8_t *p = src + 3 * f->first[x];
        const int32_t *w = f->weight + x * f->taps;
        int32_t r = HALF, g = HALF, b = HALF;
        for (int64_t j = 0; j < f->count[x]; j++)
            r += w[j] * p[3 * j], g += w[j] * p[3 * j + 1], b += w[j] * p[3 * j + 2];
        dst[3 * x] = level(r), dst[3 * x + 1] = level(g), dst[3 * x + 2] = level(b);
    }
}

/* `row` elements a line; `sums` is workspace of as many. */
static void along_columns(uint8_t *dst, const uint8_t *src, int64_t row, int64_t out, const struct filter *f,
                          int32_t *sums)
{
    for (int64_t y = 0; y < out; y++) {
        for (int64_t x = 0; x < row; x++) sums[x] = HALF;
        for (int64_t j = 0; j < f->count[y]; j++) {
            const uint8_t *p = src + (f->first[y] + j) * row;
            int32_t w = f->weight[y * f->taps + j];
            for (int64_t x = 0; x < row; x++) sums[x] += w * p[x];
        }
        for (int64_t x = 0; x < row; x++) dst[y * row + x] = level(sums[x]);
    }
}

const char *tv_image_resize(struct tv_image *im, int64_t w, int64_t h)
{
    struct tv_image mid = {0};
    if (im->w != w) {
        const char *msg = tv_image_resize_buffer(&mid, im->h, w, im->c);
        if (msg) return msg;
        struct filter f = filter_new(im->w, w);
        for (int64_t y = 0; y < im->h; y++)
            (im->c == 3 ? rgb_row : grey_row)(mid.px + y * w * im->c, im->px + y * im->w * im->c, w, &f);
        filter_release(&f);
        tv_image_release(im);
        *im = mid;
        memset(&mid, 0, sizeof mid);
    }
    if (im->h != h) {
        const char *msg = tv_image_resize_buffer(&mid, h, w, im->c);
        if (msg) return msg;
        struct filter f = filter_new(im->h, h);
        int32_t *sums = TV_ARRAY(int32_t, (size_t)(w * im->c));
        along_columns(mid.px, im->px, w * im->c, h, &f, sums);
        free(sums);
        filter_release(&f);
        tv_image_release(im);
        *im = mid;
    }
    return NULL;
}

const char *tv_image_resize_shorter(struct tv_image *im, int64_t n)
{
    if (im->w <= im->h) return tv_image_resize(im, n, n * im->h / im->w);
    return tv_image_resize(im, n * im->w / im->h, n);
}
