/* Cosines of small matrices by hand, columns of zeros, the most similar source neuron. */
#include "check.h"
#include "analysis/similarity.h"

static void test_cosine(void)
{
    /* source columns (3,4), (1,0), (0,0); target columns (4,3), (-1,0) */
    const float a[] = {3, 1, 0, /* */ 4, 0, 0}, b[] = {4, -1, /* */ 3, 0};
    const double want[] = {24.0 / 25, -3.0 / 5, /* */ 4.0 / 5, -1, /* */ 0, 0};
    double sim[6];
    tv_similarity_cosine(sim, a, 3, b, 2, 2);
    for (int i = 0; i < 6; i++) CHECK_NEAR(sim[i], want[i], 1e-6);
    CHECK(sim[4] == 0 && sim[5] == 0);
    CHECK(tv_similarity_zeros(a, 3, 2) == 1);
    CHECK(tv_similarity_zeros(b, 2, 2) == 0);
}

static void test_one_image(void)
{
    const float a[] = {2, -3, 0}, b[] = {5, 1};
    const double want[] = {1, 1, -1, -1, 0, 0};
    double sim[6];
    tv_similarity_cosine(sim, a, 3, b, 2, 1);
    for (int i = 0; i < 6; i++) CHECK_NEAR(sim[i], want[i], 1e-6);
}

/* Squares of these would underflow, in the sum even as f64. */
static void test_tiny_and_huge(void)
{
    const float a[] = {1e-40F, 3e38F, /* */ 1e-40F, 3e38F}, b[] = {1e-38F, 2, /* */ 1e-38F, 0};
    double sim[4];
    tv_similarity_cosine(sim, a, 2, b, 2, 2);
    CHECK_NEAR(sim[0], 1, 1e-6);
    CHECK_NEAR(sim[1], sqrt(0.5), 1e-6);
    CHECK_NEAR(sim[2], 1, 1e-6);
    CHECK_NEAR(sim[3], sqrt(0.5), 1e-6);
}

static void test_best(void)
{
    const double sim[] = {0.2, -0.5, 0, 0.9, /* */ 0.7, -0.1, 0, 0.9, /* */ 0.7, -0.3, 0, 0.1};
    int32_t best[4];
    tv_similarity_best(best, sim, 3, 4);
    CHECK(best[0] == 1);  /* ties by index */
    CHECK(best[1] == 1);  /* the least dissimilar */
    CHECK(best[2] == -1); /* like none */
    CHECK(best[3] == 0);
}

int main(void)
{
    test_cosine();
    test_one_image();
    test_tiny_and_huge();
    test_best();
    return check_done();
}
