/* Images from spectra and warps on the torus: gradients are the transposes of the maps (adjoint test, central
 * differences), whole shifts move pixels, the identity gives the middle. */
#include <stdlib.h>
#include "check.h"
#include "core/mem.h"
#include "num/rng.h"
#include "num/spectral.h"
#include "num/warp.h"

static struct tv_rng rng;

static float *noise(int64_t n, double size)
{
    float *v = TV_ARRAY(float, (size_t)n);
    for (int64_t i = 0; i < n; i++) v[i] = (float)(size * tv_rng_normal(&rng));
    return v;
}

static double dot(const float *a, const float *b, int64_t n)
{
    double s = 0;
    for (int64_t i = 0; i < n; i++) s += (double)a[i] * b[i];
    return s;
}

/* d/dt f . image(theta + t d) at 0 is gradient . d */
static void test_gradient(int64_t c, int64_t h, int64_t w)
{
    struct tv_spectral s;
    tv_spectral_init(&s, c, h, w);
    int64_t n = c * h * w;
    float *theta = noise(s.size, 1), *d = noise(s.size, 1), *f = noise(n, 1),
          *scratch = TV_ARRAY(float, (size_t)s.scratch);
    float *image = TV_ARRAY(float, (size_t)n), *moved = TV_ARRAY(float, (size_t)s.size),
          *g = TV_ARRAY(float, (size_t)s.size);
    double side[2];
    const double t = 1e-2;
    for (int k = 0; k < 2; k++) {
        for (int64_t i = 0; i < s.size; i++) moved[i] = theta[i] + (float)((k ? t : -t) * d[i]);
        tv_spectral_image(&s, image, moved, scratch);
        side[k] = dot(f, image, n);
    }
    tv_spectral_image(&s, image, theta, scratch);
    for (int64_t i = 0; i < n; i++) CHECK(image[i] > 0 && image[i] < 1);
    tv_spectral_gradient(&s, g, f, image, scratch);
    double slope = (side[1] - side[0]) / (2 * t);
    CHECK_NEAR(dot(g, d, s.size), slope, 2e-3 * (1 + fabs(slope)));
    free(theta), free(d), free(f), free(scratch), free(image), free(moved), free(g);
    tv_spectral_release(&s);
}

/* The coarsest waves get at least 100 times the finest ones' scale, and exactly n/2 times in large images. */
static void test_scale(int64_t side, double ratio)
{
    struct tv_spectral s;
    tv_spectral_init(&s, 1, side, side);
    CHECK_NEAR(s.scale[1] / s.scale[side / 2], ratio, 1e-3 * ratio);
    tv_spectral_release(&s);
}

static void test_adjoint(void)
{
    enum { C = 3 };
    const struct tv_torus t = {{16, 20}, {13, 15}};
    float *x = noise(C * 16 * 20, 1), *y = noise(C * 13 * 15, 1), *ax = TV_ARRAY(float, C * 13 * 15),
          *aty = TV_ARRAY(float, C * 16 * 20);
    for (int k = 0; k < 20; k++) {
        struct tv_warp by = {tv_rng_normal(&rng),
                             1 + 0.3 * tv_rng_normal(&rng),
                             {9 * tv_rng_normal(&rng), tv_rng_normal(&rng)}};
        tv_warp_apply(ax, x, C, &t, &by);
        tv_warp_adjoint(aty, y, C, &t, &by);
        CHECK_NEAR(dot(ax, y, C * 13 * 15), dot(x, aty, C * 16 * 20), 1e-3);
    }
    free(x), free(y), free(ax), free(aty);
}

static void test_shift(void)
{
    const struct tv_torus t = {{8, 10}, {4, 6}};
    float in[80], out[24];
    for (int i = 0; i < 80; i++) in[i] = (float)i;
    tv_warp_apply(out, in, 1, &t, &(struct tv_warp){.zoom = 1});
    for (int i = 0; i < 24; i++) CHECK(out[i] == in[(i / 6 + 2) * 10 + i % 6 + 2]);
    tv_warp_apply(out, in, 1, &t, &(struct tv_warp){.zoom = 1, .shift = {-3, 17}});
    for (int i = 0; i < 24; i++) CHECK(out[i] == in[(i / 6 + 7) % 8 * 10 + (i % 6 + 19) % 10]);
}

int main(void)
{
    tv_rng_seed(&rng, 3, 0);
    test_gradient(3, 12, 16);
    test_gradient(1, 9, 7);
    test_gradient(3, 8, 15);
    test_scale(32, 100);
    test_scale(240, 120);
    test_adjoint();
    test_shift();
    return check_done();
}
