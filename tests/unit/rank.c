/* Ranks with ties, sums over images, the top list: cases computed by hand. */
#include "check.h"
#include "analysis/rank.h"
#include "analysis/share.h"

static void test_average(void)
{
    /*             2    0    2    -1   2   0   sorted: -1 0 0 2 2 2 */
    double x[] = {2.0, 0.0, 2.0, -1.0, 2.0, -0.0}, rank[6];
    const double want[] = {5, 2.5, 5, 1, 5, 2.5};
    int32_t order[6];
    struct tv_radix_item work[12];
    tv_rank_average(rank, x, 6, order, work);
    for (int i = 0; i < 6; i++) CHECK_NEAR(rank[i], want[i], 0);

    double all[] = {7, 7, 7, 7};
    tv_rank_average(rank, all, 4, order, work);
    for (int i = 0; i < 4; i++) CHECK_NEAR(rank[i], 2.5, 0);

    double one[] = {-3};
    tv_rank_average(rank, one, 1, order, work);
    CHECK_NEAR(rank[0], 1, 0);
}

static void test_add(void)
{
    double x[] = {3, 1, 2, /* */ 1, 1, 9, /* */ 5, 4, 3, /* */ 0, 0, 0};
    double a[3] = {0}, b[3] = {100, 0, 0};
    double *sum[] = {a, b, a, NULL};
    CHECK(tv_rank_add(sum, x, 4, 3) == -1);
    CHECK(a[0] == 3 + 3 && a[1] == 1 + 2 && a[2] == 2 + 1);
    CHECK(b[0] == 101.5 && b[1] == 1.5 && b[2] == 3);
}

static void test_add_refuses_nan(void)
{
    double x[] = {3, 1, 2, NAN}, sum[2] = {0};
    double *both[] = {sum, sum}, *first[] = {sum, NULL};
    CHECK(tv_rank_add(both, x, 2, 2) == 3);
    CHECK(sum[0] == 0 && sum[1] == 0);
    CHECK(tv_rank_add(first, x, 2, 2) == -1); /* an image that is left out may hold anything */
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
    test_add();
    test_add_refuses_nan();
    test_top();
    test_share();
    return check_done();
}
