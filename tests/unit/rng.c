/* tests/unit/rng.c - the generator against its published values, the distributions by their moments. */
#include "check.h"
#include "num/rng.h"

static void test_reference(void)
{
    /* xoshiro256** from the state 1 2 3 4: the first outputs of the authors' program */
    struct tv_rng r = {{1, 2, 3, 4}};
    const uint64_t want[] = {11520, 0, 1509978240, 1215971899390074240u};
    for (int i = 0; i < 4; i++) CHECK(tv_rng_u64(&r) == want[i]);
    /* splitmix64 from 0 */
    tv_rng_seed(&r, 0, 0);
    CHECK(r.s[0] == 0xe220a8397b1dcdafu && r.s[1] == 0x6e789e6aa1b965f4u);
}

static void test_streams(void)
{
    struct tv_rng a, b, c;
    tv_rng_seed(&a, 7, 0);
    tv_rng_seed(&b, 7, 0);
    tv_rng_seed(&c, 7, 1);
    int same = 0, other = 0;
    for (int i = 0; i < 100; i++) {
        uint64_t x = tv_rng_u64(&a);
        same += x == tv_rng_u64(&b);
        other += x == tv_rng_u64(&c);
    }
    CHECK(same == 100 && other == 0);
}

static void test_moments(void)
{
    enum { N = 200000 };
    struct tv_rng r;
    tv_rng_seed(&r, 1, 0);
    double u = 0, u2 = 0, z = 0, z2 = 0, z4 = 0, lo = 1, hi = 0;
    for (int i = 0; i < N; i++) {
        double x = tv_rng_double(&r), y = tv_rng_normal(&r), f = tv_rng_float(&r);
        lo = fmin(lo, fmin(x, f));
        hi = fmax(hi, fmax(x, f));
        u += x, u2 += x * x, z += y, z2 += y * y, z4 += y * y * y * y;
    }
    CHECK(lo >= 0 && hi < 1);
    CHECK_NEAR(u / N, 0.5, 0.003);
    CHECK_NEAR(u2 / N, 1.0 / 3, 0.003);
    CHECK_NEAR(z / N, 0, 0.01);
    CHECK_NEAR(z2 / N, 1, 0.015);
    CHECK_NEAR(z4 / N, 3, 0.12);
}

static void test_below(void)
{
    enum { N = 60000 };
    struct tv_rng r;
    tv_rng_seed(&r, 2, 0);
    int count[6] = {0};
    for (int i = 0; i < N; i++) count[tv_rng_below(&r, 6)]++;
    for (int i = 0; i < 6; i++) CHECK_NEAR(count[i], N / 6.0, 400);
    CHECK(tv_rng_below(&r, 1) == 0);
    for (int i = 0; i < 100; i++) CHECK(tv_rng_below(&r, (1ull << 63) + 1) <= 1ull << 63);
}

static void test_shuffle(void)
{
    enum { N = 24000 };
    struct tv_rng r;
    tv_rng_seed(&r, 3, 0);
    int count[4][4] = {{0}};
    for (int i = 0; i < N; i++) {
        int32_t a[4] = {0, 1, 2, 3};
        int64_t b[4] = {0, 1, 2, 3}, sum = 0;
        tv_rng_shuffle_i32(&r, a, 4);
        tv_rng_shuffle_i64(&r, b, 4);
        for (int j = 0; j < 4; j++) count[j][a[j]]++, sum += 1 << (4 * b[j]);
        if (sum != 0x1111) CHECK(!"a permutation");
    }
    for (int i = 0; i < 16; i++) CHECK_NEAR(count[i / 4][i % 4], N / 4.0, 300);
}

int main(void)
{
    test_reference();
    test_streams();
    test_moments();
    test_below();
    test_shuffle();
    return check_done();
}
