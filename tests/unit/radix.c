/* The radix sort gives the order of the comparison sort, for every kind of double. */
#include <stdlib.h>
#include "check.h"
#include "core/mem.h"
#include "num/radix.h"
#include "num/rng.h"
#include "num/sort.h"

static void check_order(const double *v, int64_t n)
{
    int32_t *got = TV_ARRAY(int32_t, n), *want = TV_ARRAY(int32_t, n);
    struct tv_radix_item *work = TV_ARRAY(struct tv_radix_item, 2 * n);
    tv_radix_argsort_f64(got, v, n, work);
    tv_argsort_asc_f64(want, v, n);
    CHECK(!memcmp(got, want, (size_t)n * sizeof *got));
    free(work);
    free(want);
    free(got);
}

static void test_special(void)
{
    const double v[] = {0.0,    -0.0,    1,       -1,   INFINITY, -INFINITY,  NAN,
                        5e-324, -5e-324, 1.7e308, -NAN, -1.7e308, 1.0,        2.2e-308,
                        -0.0,   0.0,     -1,      256,  255.5,    1 + 0x1p-52};
    for (int64_t n = 0; n <= 20; n++) check_order(v, n);
}

static void test_random(void)
{
    enum { N = 3000 };
    double *v = TV_ARRAY(double, N);
    struct tv_rng rng;
    tv_rng_seed(&rng, 1, 0);
    for (int kind = 0; kind < 5; kind++) {
        for (int i = 0; i < N; i++) {
            double x = tv_rng_normal(&rng);
            v[i] = kind == 0   ? x
                   : kind == 1 ? (double)(float)x
                   : kind == 2 ? fmax(x, 0)                    /* half are tied */
                   : kind == 3 ? (double)tv_rng_below(&rng, 7) /* nearly all are */
                               : x * pow(10, 300 * (2 * tv_rng_double(&rng) - 1));
        }
        check_order(v, N);
        check_order(v, 257);
    }
    for (int i = 0; i < N; i++) v[i] = 3;
    check_order(v, N);
    free(v);
}

/* f32 keys: ascending, ties and NaN by index. */
static void check_f32(const float *v, int64_t n)
{
    uint64_t *work = tv_alloc_aligned((size_t)tv_radix_work_f32(n), sizeof *work);
    const uint64_t *item = tv_radix_sort_f32(v, n, work);
    uint8_t *seen = TV_ARRAY(uint8_t, n);
    bool ordered = true;
    for (int64_t i = 0; i < n; i++) {
        uint32_t index = (uint32_t)item[i];
        float x = v[index];
        ordered &= !seen[index]++ && (!isnan(x) == (item[i] >> 32 != TV_RADIX_NAN));
        if (!i) continue;
        uint32_t before = (uint32_t)item[i - 1];
        bool tie = v[before] == x || (isnan(v[before]) && isnan(x));
        ordered &= tie ? before < index && item[i - 1] >> 32 == item[i] >> 32 : v[before] < x || isnan(x);
    }
    CHECK(ordered);
    free(work);
    free(seen);
}

static void test_f32(void)
{
    enum { N = 3000, KINDS = 7 };
    static const int64_t sizes[] = {0, 1, 2, 31, 33, 64, 257, 1000, 1025, N};
    float *v = TV_ARRAY(float, N);
    struct tv_rng rng;
    tv_rng_seed(&rng, 1, 0);
    for (int kind = 0; kind < KINDS; kind++) {
        for (int i = 0; i < N; i++) {
            float x = (float)tv_rng_normal(&rng), near = 1 + 0x1p-23f * (float)tv_rng_below(&rng, 1000);
            v[i] = kind == 0   ? x
                   : kind == 1 ? fmaxf(x, 0)                  /* half are tied */
                   : kind == 2 ? (float)tv_rng_below(&rng, 7) /* nearly all are */
                   : kind == 3 ? near                         /* equal but for the low bits */
                   : kind == 4 ? (i % 100 ? near : x)         /* nearly all of them so */
                   : kind == 5 ? (i % 50 ? -x : NAN)
                               : 2;
        }
        for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) check_f32(v, sizes[k]);
    }
    free(v);
}

int main(void)
{
    test_f32();
    test_special();
    test_random();
    return check_done();
}
