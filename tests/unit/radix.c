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

int main(void)
{
    test_special();
    test_random();
    return check_done();
}
