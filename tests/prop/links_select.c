/* Link counts: what the order of the images, the cuts between calls and the threads may not change. */
#include <omp.h>
#include "check.h"
#include "links_count.h"
#include "num/rng.h"

enum { IMAGES = 11, NA = 9, NB = 14, PAIRS = NA * NB };

static void fill(float *v, uint64_t seed)
{
    struct tv_rng rng;
    tv_rng_seed(&rng, seed, 0);
    for (int i = 0; i < IMAGES * PAIRS; i++) v[i] = (float)tv_rng_below(&rng, 60) - 30;
}

/* The active pairs of an image by definition: fewer than k pairs are before it. */
static void by_definition(int32_t *active, const float *v, int k)
{
    for (int p = 0; p < IMAGES; p++) {
        for (int i = 0; i < PAIRS; i++) {
            const float *x = v + p * PAIRS;
            int before = 0;
            for (int j = 0; j < PAIRS; j++) before += x[j] > x[i] || (x[j] == x[i] && j < i);
            active[i] += before < k;
        }
    }
}

static void test_definition_and_cuts(void)
{
    float v[IMAGES * PAIRS], mean[PAIRS];
    int32_t want[PAIRS] = {0};
    fill(v, 1);
    by_definition(want, v, 13); /* 10 % of 126, rounded up */
    for (int cut = 1; cut <= IMAGES; cut += 5) {
        struct tv_link_counts l;
        omp_set_num_threads(1 + cut % 3);
        tv_link_counts_init(&l, NA, NB, PAIRS, 0.1, true);
        for (int from = 0; from < IMAGES; from += cut)
            CHECK(!links_count(&l, v + from * PAIRS, from + cut < IMAGES ? cut : IMAGES - from));
        CHECK(!memcmp(l.count, want, sizeof want));
        tv_link_counts_mean(mean, &l);
        for (int i = 0; i < PAIRS; i += 17) {
            double sum = 0;
            for (int p = 0; p < IMAGES; p++) sum += v[p * PAIRS + i];
            CHECK_NEAR(mean[i], sum / IMAGES, 1e-5);
        }
        tv_link_counts_release(&l);
    }
}

/* top lists pairs in order of (count, mean, index) and leaves out none that is better. */
static void test_top(void)
{
    float v[IMAGES * PAIRS], mean[PAIRS];
    int32_t top[2 * PAIRS];
    struct tv_link_counts l;
    fill(v, 2);
    tv_link_counts_init(&l, NA, NB, PAIRS, 0.1, true);
    CHECK(!links_count(&l, v, IMAGES));
    tv_link_counts_mean(mean, &l);
    tv_link_counts_top(top, PAIRS, &l, mean);
    for (int i = 1; i < PAIRS; i++) {
        int a = top[2 * i - 2] * NB + top[2 * i - 1], b = top[2 * i] * NB + top[2 * i + 1];
        CHECK(l.count[a] > l.count[b] ||
              (l.count[a] == l.count[b] && (mean[a] > mean[b] || (mean[a] == mean[b] && a < b))));
    }
    tv_link_counts_release(&l);
}

int main(void)
{
    test_definition_and_cuts();
    test_top();
    return check_done();
}
