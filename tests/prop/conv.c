/* The kernels against plain loops and against each other: forward by reference, backward by the adjoint
 * identity <dy, conv(x)> = <backward(dy), x>, weights by <dy, conv(x; w)> = <dw, w>; rows independent of the
 * batch. */
#include "check.h"
#include "core/mem.h"
#include "num/bf16.h"
#include "num/conv.h"
#include "num/gemm.h"
#include "num/kernel.h"
#include "num/rng.h"
#include <omp.h>
#include <stdlib.h>

static struct tv_rng rng;

static float *random_new(int64_t n)
{
    float *x = TV_ARRAY(float, (size_t)n);
    for (int64_t i = 0; i < n; i++) x[i] = (float)(2 * tv_rng_double(&rng) - 1);
    return x;
}

static double dot(const float *a, const float *b, int64_t n)
{
    double s = 0;
    for (int64_t i = 0; i < n; i++) s += (double)a[i] * b[i];
    return s;
}

static void reference(const struct tv_conv *c, float *y, const float *x, const float *w, const float *bias)
{
    int64_t cg = c->co / c->groups, in = c->groups * c->ci;
    for (int64_t p = 0; p < c->n * c->ho * c->wo; p++)
        for (int64_t o = 0; o < c->co; o++) {
            int64_t ox = p % c->wo, oy = p / c->wo % c->ho, i = p / (c->wo * c->ho);
            double s = bias[o];
            for (int64_t t = 0; t < c->kh * c->kw; t++) {
                int64_t iy = oy * c->sh - c->pt + t / c->kw * c->dh,
                        ix = ox * c->sw - c->pl + t % c->kw * c->dw;
                if (iy < 0 || iy >= c->h || ix < 0 || ix >= c->w) continue;
                for (int64_t k = 0; k < c->ci; k++)
                    s += (double)x[((i * c->h + iy) * c->w + ix) * in + o / cg * c->ci + k] *
                         w[(o * c->ci + k) * c->kh * c->kw + t];
            }
            y[p * c->co + o] = (float)s;
        }
}

/* Worst error of gradients of weights against sums in double precision. */
static double weights_error(const struct tv_conv *c, const float *dw, const float *dy, const float *x)
{
    int64_t cg = c->co / c->groups, in = c->groups * c->ci, taps = c->kh * c->kw;
    double *want = TV_ARRAY(double, (size_t)(c->co * c->ci * taps)), worst = 0;
    for (int64_t p = 0; p < c->n * c->ho * c->wo; p++)
        for (int64_t t = 0; t < taps; t++) {
            int64_t iy = p / c->wo % c->ho * c->sh - c->pt + t / c->kw * c->dh,
                    ix = p % c->wo * c->sw - c->pl + t % c->kw * c->dw, i = p / (c->wo * c->ho);
            if (iy < 0 || iy >= c->h || ix < 0 || ix >= c->w) continue;
            const float *at = x + ((i * c->h + iy) * c->w + ix) * in;
            for (int64_t o = 0; o < c->co; o++)
                for (int64_t k = 0; k < c->ci; k++)
                    want[(o * c->ci + k) * taps + t] += (double)dy[p * c->co + o] * at[o / cg * c->ci + k];
        }
    for (int64_t i = 0; i < c->co * c->ci * taps; i++) worst = fmax(worst, fabs(dw[i] - want[i]));
    free(want);
    return worst;
}

/* Depthwise passes do not depend on the number of threads, nor an image's part on the others. */
static void test_depthwise_threads(struct tv_conv c)
{
    int64_t nx = c.n * c.h * c.w * c.co, ny = c.n * c.ho * c.wo * c.co, nw = c.co * c.kh * c.kw;
    float *w = random_new(nw), *packed = TV_ARRAY(float, (size_t)tv_conv_packed_size(&c)),
          *back = TV_ARRAY(float, (size_t)tv_conv_packed_back_size(&c)), *x = random_new(nx),
          *y = random_new(ny), *y2 = random_new(ny), *dx = random_new(nx), *dx2 = random_new(nx);
    tv_conv_pack(&c, packed, w);
    tv_conv_pack_back(&c, back, w);
    omp_set_num_threads(1);
    tv_conv_forward(&c, y, x, packed, NULL);
    tv_conv_backward(&c, dx, y, back);
    omp_set_num_threads(5);
    tv_conv_forward(&c, y2, x, packed, NULL);
    tv_conv_backward(&c, dx2, y, back);
    CHECK(!memcmp(y, y2, (size_t)ny * sizeof *y));
    CHECK(!memcmp(dx, dx2, (size_t)nx * sizeof *dx));
    struct tv_conv one = c;
    one.n = 1;
    int64_t last = c.n - 1;
    tv_conv_backward(&one, dx2, y + last * ny / c.n, back);
    CHECK(!memcmp(dx + last * nx / c.n, dx2, (size_t)(nx / c.n) * sizeof *dx));
    free(w), free(packed), free(back), free(x), free(y), free(y2), free(dx), free(dx2);
}

/* Gradients of weights do not depend on the number of threads. */
static void test_weights_threads(struct tv_conv c)
{
    int64_t nw = c.co * c.ci * c.kh * c.kw;
    float *x = random_new(c.n * c.h * c.w * c.groups * c.ci), *dy = random_new(c.n * c.ho * c.wo * c.co),
          *one = random_new(nw + c.co), *many = random_new(nw + c.co);
    omp_set_num_threads(1);
    tv_conv_weights(&c, one, one + nw, dy, x);
    omp_set_num_threads(5);
    tv_conv_weights(&c, many, many + nw, dy, x);
    CHECK(!memcmp(one, many, (size_t)(nw + c.co) * sizeof *one));
    CHECK_NEAR(weights_error(&c, many, dy, x), 0, 1e-5 * sqrt((double)(c.n * c.ho * c.wo)));
    free(x), free(dy), free(one), free(many);
}

static void test_conv(struct tv_conv c)
{
    int64_t in = c.groups * c.ci, nx = c.n * c.h * c.w * in, ny = c.n * c.ho * c.wo * c.co,
            nw = c.co * c.ci * c.kh * c.kw;
    float *x = random_new(nx), *w = random_new(nw), *bias = random_new(c.co), *dy = random_new(ny),
          *y = random_new(ny), *want = random_new(ny), *dx = random_new(nx), *dw = random_new(nw),
          *db = random_new(c.co);
    float *packed = TV_ARRAY(float, (size_t)tv_conv_packed_size(&c)),
          *back = TV_ARRAY(float, (size_t)tv_conv_packed_back_size(&c));
    tv_conv_pack(&c, packed, w);
    tv_conv_pack_back(&c, back, w);
    tv_conv_forward(&c, y, x, packed, bias);
    reference(&c, want, x, w, bias);
    double worst = 0;
    for (int64_t i = 0; i < ny; i++) worst = fmax(worst, fabs(y[i] - want[i]));
    CHECK_NEAR(worst, 0, 1e-5 * sqrt((double)(c.ci * c.kh * c.kw)));
    tv_conv_forward(&c, y, x, packed, NULL);
    tv_conv_backward(&c, dx, dy, back);
    tv_conv_weights(&c, dw, db, dy, x);
    double scale = sqrt(dot(y, y, ny) * dot(dy, dy, ny)) * 1e-5;
    CHECK_NEAR(dot(dy, y, ny), dot(dx, x, nx), scale);
    CHECK_NEAR(dot(dy, y, ny), dot(dw, w, nw), scale);
    CHECK_NEAR(weights_error(&c, dw, dy, x), 0, 1e-5 * sqrt((double)(c.n * c.ho * c.wo)));
    double sum = 0;
    for (int64_t p = 0; p < c.n * c.ho * c.wo; p++) sum += dy[p * c.co + c.co - 1];
    CHECK_NEAR(db[c.co - 1], sum, 1e-4);
    if (c.n > 1) { /* the last image alone gives the same bits */
        struct tv_conv one = c;
        one.n = 1;
        tv_conv_forward(&one, want, x + (c.n - 1) * c.h * c.w * in, packed, NULL);
        CHECK(!memcmp(want, y + (c.n - 1) * c.ho * c.wo * c.co, (size_t)(c.ho * c.wo * c.co) * sizeof *y));
    }
    free(x), free(w), free(bias), free(dy), free(y), free(want), free(dx), free(dw), free(db), free(packed),
        free(back);
}

static void test_gemm(int64_t m, int64_t n, int64_t k, bool ta, bool tb)
{
    float *a = random_new(m * k), *b = random_new(k * n), *c = random_new(m * n), *c0 = random_new(m * n);
    memcpy(c0, c, (size_t)(m * n) * sizeof *c);
    for (int accumulate = 0; accumulate < 2; accumulate++) {
        memcpy(c, c0, (size_t)(m * n) * sizeof *c);
        tv_gemm(m, n, k, a, ta ? m : k, ta, b, tb ? k : n, tb, c, n, accumulate);
        double worst = 0;
        for (int64_t i = 0; i < m; i++)
            for (int64_t j = 0; j < n; j++) {
                double s = accumulate ? c0[i * n + j] : 0;
                for (int64_t p = 0; p < k; p++)
                    s += (double)a[ta ? p * m + i : i * k + p] * b[tb ? j * k + p : p * n + j];
                worst = fmax(worst, fabs(s - c[i * n + j]));
            }
        CHECK_NEAR(worst, 0, 1e-5 * sqrt((double)k));
    }
    free(a), free(b), free(c), free(c0);
}

/* What bfloat16 keeps of x: nearest, ties to even. */
static float rounded(float x)
{
    int e;
    float m = frexpf(x, &e);
    return ldexpf(rintf(ldexpf(m, 8)), e - 8);
}

static float *rounded_new(const float *x, int64_t n)
{
    float *y = TV_ARRAY(float, (size_t)n);
    for (int64_t i = 0; i < n; i++) y[i] = rounded(x[i]);
    return y;
}

/* The same of interval k of a path, in its way of 2 or 8. */
static float *rounded_way_new(const float *x, int64_t n, int64_t k, int ways)
{
    static const double of_eight[] = {1, 9, 5, 13, 3, 11, 7, 15}, of_two[] = {4, 12};
    double up = (ways == 2 ? of_two[k % 2] : of_eight[k % 8]) / 16;
    float *y = TV_ARRAY(float, (size_t)n);
    for (int64_t i = 0; i < n; i++) {
        int e;
        double units = ldexp(frexp(fabs((double)x[i]), &e), 8);
        y[i] = copysignf((float)ldexp(floor(units + up), e - 8), x[i]);
    }
    return y;
}

static double worst_of(const float *a, const float *b, int64_t n)
{
    double worst = 0;
    for (int64_t i = 0; i < n; i++) worst = fmax(worst, fabs((double)a[i] - b[i]));
    return worst;
}

/* Steps in pairs: each run is the one before it, its share of the slope, and the product of what bfloat16 keeps. */
static void test_conv_pairs(struct tv_conv c)
{
    enum { STEPS = 3 };
    static const float share[STEPS] = {0.125f, 0.5f, -0.25f};
    if (!tv_conv_has_pairs(&c)) return;
    int64_t in = c.groups * c.ci, nx = c.n * c.h * c.w * in, ny = c.n * c.ho * c.wo * c.co,
            nw = c.co * c.ci * c.kh * c.kw;
    float *x = random_new(STEPS * nx), *w = random_new(nw), *bias = TV_ARRAY(float, (size_t)c.co),
          *y = random_new((STEPS + 1) * ny), *want = random_new(ny), *slope = random_new(ny),
          *d = rounded_new(x, STEPS * nx), *low = rounded_new(w, nw), *pairs = random_new(STEPS * nx),
          *weights = tv_conv_pairs_new(&c, w);
    tv_bf16_pairs(pairs, x, STEPS * nx / in, in);
    tv_conv_forward_steps(&c, STEPS, y, pairs, share, slope, weights);
    for (int64_t s = 0; s < STEPS; s++) {
        reference(&c, want, d + s * nx, low, bias);
        for (int64_t i = 0; i < ny; i++) want[i] += y[s * ny + i] + share[s] * slope[i];
        CHECK_NEAR(worst_of(want, y + (s + 1) * ny, ny), 0, 1e-5 * sqrt((double)(c.ci * c.kh * c.kw)));
    }
    free(x), free(w), free(bias), free(y), free(want), free(slope), free(d), free(low), free(pairs),
        free(weights);
}

/* Backward is the adjoint with what the interval's way keeps, wherever the intervals begin. */
static void test_conv_pairs_back(struct tv_conv c, int64_t row, int64_t images)
{
    if (!tv_conv_has_pairs(&c)) return;
    int64_t nx = c.h * c.w * c.groups * c.ci, ny = c.ho * c.wo * c.co, nw = c.co * c.ci * c.kh * c.kw;
    float *x = random_new(c.n * nx), *w = random_new(nw), *bias = TV_ARRAY(float, (size_t)c.co),
          *y = random_new(c.n * ny), *want = random_new(ny), *dx = random_new(c.n * nx),
          *scratch = random_new(c.n * ny), *back = tv_conv_pairs_back_new(&c, w);
    tv_conv_backward_pairs(&c, row, images, dx, y, back, scratch);
    struct tv_conv one = c;
    one.n = 1;
    for (int64_t i = 0; i < c.n; i++) {
        int64_t k = (row + i) / images;
        float *low = rounded_way_new(w, nw, k + 1, 2), *dy = rounded_way_new(y + i * ny, ny, k, 8);
        reference(&one, want, x + i * nx, low, bias);
        CHECK_NEAR(dot(dy, want, ny), dot(dx + i * nx, x + i * nx, nx),
                   sqrt(dot(want, want, ny) * dot(dy, dy, ny)) * 1e-5 + 1e-12);
        free(low), free(dy);
    }
    free(x), free(w), free(bias), free(y), free(want), free(dx), free(scratch), free(back);
}

static void test_gemm_pairs(int64_t m, int64_t n, int64_t k, bool tb)
{
    float *a = random_new(m * k), *b = random_new(k * n), *c = random_new(m * n), *want = random_new(m * n),
          *al = rounded_new(a, m * k), *bl = rounded_new(b, k * n), *pairs = random_new(m * tv_pairs(k));
    tv_bf16_pairs(pairs, a, m, k);
    tv_gemm_pairs(m, n, k, pairs, b, tb ? k : n, tb, c, n);
    tv_gemm(m, n, k, al, k, false, bl, tb ? k : n, tb, want, n, false);
    CHECK_NEAR(worst_of(want, c, m * n), 0, 1e-5 * sqrt((double)k));
    free(a), free(b), free(c), free(want), free(al), free(bl), free(pairs);
}

static void test_rounding(void)
{
    static const float x[] = {1.00390625f, 1.01171875f, -3.0e38f, NAN, INFINITY, 1e-30f, 0.1f};
    float pairs[4];
    uint16_t half[8];
    tv_bf16_pairs(pairs, x, 1, 7);
    memcpy(half, pairs, sizeof half);
    static const uint16_t want[] = {0x3f80, 0x3f82, 0xff62, 0x7fc0, 0x7f80, 0x0da2, 0x3dcd, 0};
    for (int i = 0; i < 8; i++) CHECK_NEAR(half[i], want[i], 0);
}

static float half_at(const float *pairs, int64_t i)
{
    uint16_t half;
    memcpy(&half, (const char *)pairs + i * (int64_t)sizeof half, sizeof half);
    uint32_t u = (uint32_t)half << 16;
    float x;
    memcpy(&x, &u, sizeof x);
    return x;
}

/* Each step is what bfloat16 keeps of the difference beside its share of the slope. */
static void test_steps(int64_t rows, int64_t n)
{
    enum { STEPS = 3 };
    static const float share[STEPS] = {0.125f, 0.5f, 0.25f};
    const float low = -0.3f, high = 0.6f;
    int64_t all = rows * n, pairs = rows * tv_pairs(n);
    float *x = random_new((STEPS + 1) * all), *slope = random_new(all), *d = random_new(STEPS * pairs);
    tv_bf16_steps(d, &(struct tv_bf16_steps){x, slope, share, STEPS, rows, n, low, high});
    int wrong = 0;
    for (int64_t p = 0; p < STEPS; p++)
        for (int64_t i = 0; i < all; i++) {
            const float *at = x + p * all + i;
            float want =
                fminf(fmaxf(at[all], low), high) - fminf(fmaxf(at[0], low), high) - share[p] * slope[i];
            wrong += half_at(d + p * pairs, i / n * 2 * tv_pairs(n) + i % n) != rounded(want);
        }
    CHECK_NEAR(wrong, 0, 0);
    if (n % 2) CHECK_NEAR(half_at(d, n), 0, 0);
    free(x), free(slope), free(d);
}

#if defined(__x86_64__)
/* The instruction and its emulation agree to the bit. */
static void test_pair_kernels(void)
{
    enum { K = 37 };
    const struct tv_kernel *q = tv_kernel();
    if (q != &tv_kernel_avx512bf16) return;
    float *x = random_new(2 * K * q->mr), *w = random_new(2 * K * q->nr), *xp = random_new(K * q->mr),
          *wp = random_new(K * q->nr), *c = random_new(q->mr * q->nr), *c2 = random_new(q->mr * q->nr);
    const float *row[TV_KERNEL_MAX_MR];
    tv_bf16_pairs(xp, x, q->mr, 2 * K);
    tv_bf16_panels(wp, w, 1, 2 * K, q->nr, 1);
    for (int r = 0; r < q->mr; r++) row[r] = xp + r * K;
    q->pairs(1, K, row, wp, c, q->nr, q->mr, q->nr, NULL, 0);
    tv_kernel_avx512.pairs(1, K, row, wp, c2, q->nr, q->mr, q->nr, NULL, 0);
    CHECK(!memcmp(c, c2, (size_t)(q->mr * q->nr) * sizeof *c));
    free(x), free(w), free(xp), free(wp), free(c), free(c2);
}
#endif

int main(void)
{
    tv_rng_seed(&rng, 1, 0);
    static const struct tv_conv cases[] = {
        /* n h w ci ho wo co kh kw sh sw pt pl dh dw groups */
        {2, 8, 9, 5, 8, 9, 7, 3, 3, 1, 1, 1, 1, 1, 1, 1},
        {3, 13, 13, 48, 13, 13, 70, 3, 3, 1, 1, 1, 1, 1, 1, 1},
        {2, 35, 31, 3, 8, 7, 33, 11, 11, 4, 4, 2, 2, 1, 1, 1},
        {1, 12, 12, 17, 6, 6, 40, 3, 3, 2, 2, 1, 1, 1, 1, 1},
        {2, 11, 11, 9, 4, 5, 12, 5, 2, 2, 3, 1, 2, 1, 1, 1},
        {2, 14, 14, 4, 10, 12, 6, 3, 3, 1, 1, 0, 1, 2, 2, 2},
        {3, 9, 9, 1, 5, 5, 40, 3, 3, 2, 2, 1, 1, 1, 1, 40},
        {1, 7, 7, 1, 7, 7, 12, 3, 3, 1, 1, 1, 1, 1, 1, 6},
        {4, 1, 1, 600, 1, 1, 50, 1, 1, 1, 1, 0, 0, 1, 1, 1},
        {2, 5, 5, 4, 2, 2, 8, 1, 1, 3, 3, 0, 0, 1, 1, 1},
        {1, 6, 6, 600, 6, 6, 3, 5, 5, 1, 1, 2, 2, 1, 1, 1},
        /* few output channels, one way or back: along rows */
        {2, 9, 21, 20, 9, 21, 16, 3, 3, 1, 1, 1, 1, 1, 1, 1},
        {2, 18, 22, 4, 9, 11, 40, 3, 3, 2, 2, 1, 1, 1, 1, 1},
        {2, 7, 30, 6, 5, 26, 8, 3, 5, 1, 1, 0, 0, 1, 1, 1},
        {2, 9, 19, 5, 5, 15, 14, 3, 3, 1, 1, 0, 0, 2, 2, 2},
        {2, 130, 33, 40, 65, 17, 4, 3, 3, 2, 2, 1, 1, 1, 1, 1},
        /* depthwise: channels that fill vectors and that do not, long rows and short ones */
        {2, 20, 24, 1, 20, 24, 144, 3, 3, 1, 1, 1, 1, 1, 1, 144},
        {2, 19, 37, 1, 10, 19, 33, 3, 3, 2, 2, 1, 1, 1, 1, 33},
        {1, 17, 18, 1, 17, 18, 40, 5, 5, 1, 1, 2, 2, 1, 1, 40},
        {2, 30, 26, 1, 15, 13, 65, 5, 5, 2, 2, 2, 2, 1, 1, 65},
        {2, 15, 16, 1, 15, 16, 20, 3, 3, 1, 1, 2, 2, 2, 2, 20},
        {1, 12, 30, 1, 4, 10, 70, 2, 2, 3, 3, 0, 0, 1, 1, 70},
        {1, 3, 2, 1, 3, 2, 16, 7, 7, 1, 1, 3, 3, 1, 1, 16},
        {3, 66, 64, 1, 66, 64, 3, 3, 3, 1, 1, 1, 1, 1, 1, 3},
        {2, 9, 40, 1, 5, 14, 24, 3, 3, 2, 3, 1, 1, 1, 1, 24},
        {2, 14, 14, 1, 14, 14, 48, 3, 3, 1, 1, 1, 1, 1, 1, 48},
        {3, 7, 7, 1, 7, 7, 80, 5, 5, 1, 1, 2, 2, 1, 1, 80},
        {2, 9, 13, 1, 9, 13, 37, 5, 5, 1, 1, 2, 2, 1, 1, 37},
        {2, 14, 28, 1, 7, 14, 32, 5, 5, 2, 2, 2, 2, 1, 1, 32},
        {1, 12, 15, 1, 12, 15, 19, 7, 7, 1, 1, 3, 3, 1, 1, 19},
        {2, 6, 21, 1, 4, 19, 17, 3, 3, 1, 1, 0, 0, 1, 1, 17},
        {1, 9, 9, 1, 9, 9, 18, 3, 3, 1, 1, 6, 6, 6, 6, 18}, /* most inputs are outside */
        {2, 4, 3, 1, 4, 3, 33, 3, 3, 1, 1, 1, 1, 1, 1, 33},
        {1, 3, 4, 1, 3, 7, 32, 1, 2, 1, 1, 0, 0, 1, 5, 32}, /* a tap that no position finds inside */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        test_conv(cases[i]);
        test_conv_pairs(cases[i]);
        test_conv_pairs_back(cases[i], 0, cases[i].n);
        struct tv_conv many = cases[i];
        many.n = 8;
        test_conv_pairs_back(many, 5, 3);
        test_conv_pairs_back(many, 1, 100);
    }
    static const struct tv_conv threads[] = {
        {40, 8, 8, 32, 8, 8, 48, 3, 3, 1, 1, 1, 1, 1, 1, 1},    /* several images a block, several chunks */
        {2, 60, 60, 24, 30, 30, 32, 5, 5, 2, 2, 2, 2, 1, 1, 1}, /* images cut into strips */
        {3, 24, 24, 16, 24, 24, 40, 1, 1, 1, 1, 0, 0, 1, 1, 1}, /* nothing to pad */
        {9, 12, 12, 6, 12, 12, 20, 3, 3, 1, 1, 2, 2, 2, 2, 2},  /* groups, dilation */
        {40, 9, 9, 1, 9, 9, 72, 3, 3, 1, 1, 1, 1, 1, 1, 72},    /* depthwise: several images a block */
        {2, 60, 58, 1, 30, 29, 50, 5, 5, 2, 2, 2, 2, 1, 1, 50}, /* strips */
        {6, 16, 15, 1, 14, 13, 24, 3, 3, 1, 1, 0, 0, 1, 1, 24},
        {6, 16, 16, 1, 16, 16, 5, 7, 7, 1, 1, 3, 3, 1, 1, 5},
    };
    for (size_t i = 0; i < sizeof threads / sizeof *threads; i++) test_weights_threads(threads[i]);
    static const struct tv_conv channels[] = {
        {3, 29, 31, 1, 29, 31, 72, 3, 3, 1, 1, 1, 1, 1, 1, 72},
        {3, 29, 31, 1, 15, 16, 50, 3, 3, 2, 2, 1, 1, 1, 1, 50},
    };
    for (size_t i = 0; i < sizeof channels / sizeof *channels; i++) test_depthwise_threads(channels[i]);
    for (int t = 0; t < 4; t++) {
        test_gemm(1, 1, 1, t & 1, t & 2);
        test_gemm(15, 33, 70, t & 1, t & 2);
        test_gemm(130, 65, 1100, t & 1, t & 2);
    }
    for (int t = 0; t < 2; t++) {
        test_gemm_pairs(1, 1, 1, t);
        test_gemm_pairs(15, 33, 71, t);
        test_gemm_pairs(30, 65, 1101, t);
    }
    test_rounding();
    test_steps(3, 7), test_steps(5, 16), test_steps(2, 8195), test_steps(1, 1), test_steps(3, 8192);
#if defined(__x86_64__)
    test_pair_kernels();
#endif
    return check_done();
}
