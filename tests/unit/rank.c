/* Ranks with ties, sums over images, the top list: cases computed by hand. */
#include "check.h"
#include "analysis/rank.h"
#include "analysis/share.h"
#include "num/rng.h"

/* Both precisions give twice the rank. */
static void check_twice(const double *x, const int32_t *want, int64_t n)
{
    struct tv_rank_work work;
    int32_t twice[8];
    float narrow[8];
    for (int64_t i = 0; i < n; i++) narrow[i] = (float)x[i];
    for (int f32 = 0; f32 < 2; f32++) {
        tv_rank_work_init(&work, n, f32);
        CHECK((f32 ? tv_rank_twice_f32(twice, narrow, n, &work) : tv_rank_twice_f64(twice, x, n, &work)) ==
              -1);
        CHECK(!memcmp(twice, want, (size_t)n * sizeof *twice));
        tv_rank_work_release(&work);
    }
}

static void test_average(void)
{
    /*             2    0    2    -1   2   0   sorted: -1 0 0 2 2 2 */
    check_twice((double[]){2.0, 0.0, 2.0, -1.0, 2.0, -0.0}, (int32_t[]){10, 5, 10, 2, 10, 5}, 6);
    check_twice((double[]){7, 7, 7, 7}, (int32_t[]){5, 5, 5, 5}, 4);
    check_twice((double[]){-3}, (int32_t[]){2}, 1);
    check_twice((double[]){INFINITY, -INFINITY, 1e-45, -1e-45, 0}, (int32_t[]){10, 2, 8, 4, 6}, 5);
}

/* Sizes on both sides of each sort's: f32 as f64, NaN found. */
static void test_precisions(void)
{
    enum { MOST = 3000 };
    static double x[MOST];
    static float narrow[MOST];
    static int32_t a[MOST], b[MOST];
    struct tv_rng rng;
    tv_rng_seed(&rng, 1, 0);
    const int sizes[] = {2, 31, 32, 33, 63, 64, 200, 1024, 1025, MOST};
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
        for (int kind = 0; kind < 3; kind++) {
            struct tv_rank_work wide, thin;
            int n = sizes[s];
            for (int i = 0; i < n; i++) {
                double v = tv_rng_normal(&rng);
                x[i] = narrow[i] = (float)(kind == 0 ? v : kind == 1 ? fmax(v, 0) : 1 + 1e-4 * v);
            }
            tv_rank_work_init(&wide, n, false);
            tv_rank_work_init(&thin, n, true);
            CHECK(tv_rank_twice_f64(a, x, n, &wide) == -1 && tv_rank_twice_f32(b, narrow, n, &thin) == -1);
            CHECK(!memcmp(a, b, (size_t)n * sizeof *a));
            narrow[n / 2] = narrow[n - 1] = kind ? NAN : -NAN;
            CHECK(tv_rank_twice_f32(b, narrow, n, &thin) == n / 2);
            tv_rank_work_release(&wide);
            tv_rank_work_release(&thin);
        }
}

static void test_add(void)
{
    double x[] = {3, 1, 2, /* */ 1, 1, 9, /* */ 5, 4, 3, /* */ 0, 0, 0};
    double a[3] = {0}, b[3] = {100, 0, 0};
    double *sum[] = {a, b, a, NULL};
    CHECK(!tv_rank_add(&(struct tv_rank_block){.sum = sum, .x = x, .images = 4, .n = 3}, 1));
    CHECK(a[0] == 3 + 3 && a[1] == 1 + 2 && a[2] == 2 + 1);
    CHECK(b[0] == 101.5 && b[1] == 1.5 && b[2] == 3);
}

static void test_add_refuses_nan(void)
{
    double x[] = {3, 1, 2, NAN}, sum[2] = {0};
    double *both[] = {sum, sum}, *first[] = {sum, NULL};
    float y[] = {1, 2};
    struct tv_rank_block block[] = {{.sum = both, .x = y, .f32 = true, .images = 1, .n = 2},
                                    {.sum = both, .x = x, .images = 2, .n = 2}};
    CHECK(tv_rank_add(block, 2) == &block[1] && block[1].nan == 3);
    CHECK(sum[0] == 0 && sum[1] == 0);
    block[1].sum = first; /* an image that is left out may hold anything */
    CHECK(!tv_rank_add(block + 1, 1));
    CHECK(sum[0] == 2 && sum[1] == 1);
}

static void test_top(void)
{
    double sum[] = {5, 9, 9, 1, 7, 9};
    const int32_t want[] = {1, 2, 5, 4, 0, 3};
    int32_t top[6];
    tv_rank_top(top, 6, sum, 6);
    CHECK(!memcmp(top, want, sizeof want));
    tv_rank_top(top, 2, sum, 6);
    CHECK(top[0] == 1 && top[1] == 2);
}

static void test_share(void)
{
    CHECK(tv_share_count(0.1, 32) == 4);
    CHECK(tv_share_count(0.1, 10) == 1);
    CHECK(tv_share_count(0.1, 30) == 3);
    CHECK(tv_share_count(0.07, 100) == 7); /* 0.07 * 100 is 7.000000000000001 in binary */
    CHECK(tv_share_count(0.01, 2048) == 21);
    CHECK(tv_share_count(0.01, 3) == 1);
    CHECK(tv_share_count(0, 3) == 1);
    CHECK(tv_share_count(1, 7) == 7);
    CHECK(tv_share_count(2, 7) == 7);
    CHECK(tv_share_count(0.5, 0) == 0);
}

int main(void)
{
    test_average();
    test_precisions();
    test_add();
    test_add_refuses_nan();
    test_top();
    test_share();
    return check_done();
}
