/* Ranks by their definition, invariances, and what the cuts and the threads may not change. */
#include <omp.h>
#include <stdlib.h>
#include "check.h"
#include "analysis/rank.h"
#include "num/rng.h"

enum { IMAGES = 37, NEURONS = 53 };

/* Values on a coarse grid: about every other one is tied. */
static void fill(double *x, uint64_t seed)
{
    struct tv_rng rng;
    tv_rng_seed(&rng, seed, 0);
    for (int i = 0; i < IMAGES * NEURONS; i++) x[i] = (double)tv_rng_below(&rng, 40) - 20;
}

static void add_all(double *sum, const double *x, int images)
{
    double *to[IMAGES];
    for (int p = 0; p < images; p++) to[p] = sum;
    CHECK(!tv_rank_add(&(struct tv_rank_block){.sum = to, .x = x, .images = images, .n = NEURONS}, 1));
}

/* scipy.stats.rankdata's definition, in O(n^2). */
static void by_definition(double *sum, const double *x)
{
    for (int p = 0; p < IMAGES; p++) {
        for (int j = 0; j < NEURONS; j++) {
            double smaller = 0, equal = 0;
            for (int k = 0; k < NEURONS; k++) {
                smaller += x[p * NEURONS + k] < x[p * NEURONS + j];
                equal += x[p * NEURONS + k] == x[p * NEURONS + j];
            }
            sum[j] += smaller + (equal + 1) / 2;
        }
    }
}

static void test_definition(void)
{
    double x[IMAGES * NEURONS], sum[NEURONS] = {0}, want[NEURONS] = {0}, total = 0;
    fill(x, 1);
    add_all(sum, x, IMAGES);
    by_definition(want, x);
    CHECK(!memcmp(sum, want, sizeof sum));
    for (int j = 0; j < NEURONS; j++) total += sum[j];
    CHECK(total == IMAGES * NEURONS * (NEURONS + 1) / 2.0);
}

static void test_permutations(void)
{
    double x[IMAGES * NEURONS], y[IMAGES * NEURONS], sum[NEURONS] = {0}, moved[NEURONS] = {0};
    int32_t image[IMAGES], neuron[NEURONS];
    struct tv_rng rng;
    tv_rng_seed(&rng, 2, 0);
    for (int p = 0; p < IMAGES; p++) image[p] = p;
    for (int j = 0; j < NEURONS; j++) neuron[j] = j;
    tv_rng_shuffle_i32(&rng, image, IMAGES);
    tv_rng_shuffle_i32(&rng, neuron, NEURONS);
    fill(x, 3);
    for (int p = 0; p < IMAGES; p++) {
        for (int j = 0; j < NEURONS; j++) y[p * NEURONS + j] = x[image[p] * NEURONS + neuron[j]];
    }
    add_all(sum, x, IMAGES);
    add_all(moved, y, IMAGES);
    for (int j = 0; j < NEURONS; j++) CHECK(moved[j] == sum[neuron[j]]);
}

/* An increasing function of an image's values changes nothing. */
static void test_monotone(void)
{
    double x[IMAGES * NEURONS], y[IMAGES * NEURONS], sum[NEURONS] = {0}, other[NEURONS] = {0};
    fill(x, 4);
    for (int i = 0; i < IMAGES * NEURONS; i++) y[i] = exp(x[i]) - 1000;
    add_all(sum, x, IMAGES);
    add_all(other, y, IMAGES);
    CHECK(!memcmp(sum, other, sizeof sum));
}

static void test_cuts_and_threads(void)
{
    double x[IMAGES * NEURONS], sum[NEURONS] = {0};
    fill(x, 5);
    add_all(sum, x, IMAGES);
    for (int threads = 1; threads <= 3; threads++) {
        double cut[NEURONS] = {0};
        omp_set_num_threads(threads);
        for (int from = 0; from < IMAGES; from += 7)
            add_all(cut, x + from * NEURONS, from + 7 < IMAGES ? 7 : IMAGES - from);
        CHECK(!memcmp(sum, cut, sizeof sum));
    }
}

int main(void)
{
    test_definition();
    test_permutations();
    test_monotone();
    test_cuts_and_threads();
    return check_done();
}
