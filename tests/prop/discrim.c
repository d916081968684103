/* Domain discriminability: what holds between its results, and what reordering or exchanging domains does to
 * them. */
#include <omp.h>
#include <stdlib.h>
#include "check.h"
#include "analysis/discrim.h"
#include "num/rng.h"

enum { SOURCE = 31, TARGET = 24, ROWS = SOURCE + TARGET, COLUMNS = 17 };

/* Columns of very different scales; the first few shift between the domains; column 5 is constant. */
static void fill(double *a, uint64_t seed)
{
    struct tv_rng rng;
    tv_rng_seed(&rng, seed, 0);
    for (int i = 0; i < ROWS; i++) {
        for (int j = 0; j < COLUMNS; j++)
            a[i * COLUMNS + j] = pow(10, j % 5 - 2) * (tv_rng_normal(&rng) + (i >= SOURCE && j < 4 ? 1 : 0));
        a[i * COLUMNS + 5] = -3;
    }
}

static const struct tv_discrim_options options = {.cost = 1, .folds = 10, .seed = 1, .common = 5};

static void test_consistent(void)
{
    double a[ROWS * COLUMNS], norm = 0, q00 = 0, q01 = 0, q11 = 0;
    struct tv_discrim d;
    fill(a, 1);
    CHECK(!tv_discrim_run(&d, a, SOURCE, TARGET, COLUMNS, &options));
    for (int j = 0; j < COLUMNS; j++) {
        int count[2] = {0};
        norm += d.u[j] * d.u[j];
        q00 += d.axes[2 * j] * d.axes[2 * j];
        q01 += d.axes[2 * j] * d.axes[2 * j + 1];
        q11 += d.axes[2 * j + 1] * d.axes[2 * j + 1];
        for (int k = 0; k < 2 * TV_DISCRIM_BINS; k++)
            count[k / TV_DISCRIM_BINS] += d.histogram[2 * j * TV_DISCRIM_BINS + k];
        CHECK(count[0] == SOURCE && count[1] == TARGET);
    }
    norm = sqrt(norm);
    CHECK_NEAR(q00, 1, 1e-12);
    CHECK_NEAR(q01, 0, 1e-12);
    CHECK_NEAR(q11, 1, 1e-12);
    CHECK(d.u[5] == 0);
    for (int j = 0; j < COLUMNS; j++)
        CHECK_NEAR(d.axes[2 * j], d.u[j] / norm, 1e-12); /* u's direction kept */
    double mean[2] = {0};
    for (int i = 0; i < ROWS; i++) {
        /* horizontal distance from the boundary = signed distance from the hyperplane */
        CHECK_NEAR(d.projection[2 * i] - d.boundary, d.decision[i] / norm, 1e-10);
        mean[0] += d.projection[2 * i];
        mean[1] += d.projection[2 * i + 1];
    }
    CHECK_NEAR(mean[0], 0, 1e-10);
    CHECK_NEAR(mean[1], 0, 1e-10);
    CHECK_NEAR(d.adistance, 2 * (1 - 2 * (1 - d.cv)), 1e-15);
    for (int i = 1; i < d.commons; i++) CHECK(d.decision[d.common[i - 1]] >= d.decision[d.common[i]]);
    tv_discrim_release(&d);
}

static void test_exchanged_domains(void)
{
    double a[ROWS * COLUMNS], b[ROWS * COLUMNS];
    struct tv_discrim d, e;
    fill(a, 2);
    memcpy(b, a + SOURCE * COLUMNS, TARGET * COLUMNS * sizeof *b);
    memcpy(b + TARGET * COLUMNS, a, SOURCE * COLUMNS * sizeof *b);
    CHECK(!tv_discrim_run(&d, a, SOURCE, TARGET, COLUMNS, &options));
    CHECK(!tv_discrim_run(&e, b, TARGET, SOURCE, COLUMNS, &options));
    for (int j = 0; j < COLUMNS; j++) {
        CHECK_NEAR(d.u[j], -e.u[j], 1e-6);
        for (int k = 0; k < TV_DISCRIM_BINS; k++) {
            CHECK(d.histogram[2 * j * TV_DISCRIM_BINS + k] == e.histogram[(2 * j + 1) * TV_DISCRIM_BINS + k]);
        }
    }
    CHECK_NEAR(d.bias, -e.bias, 1e-6);
    CHECK_NEAR(d.boundary, -e.boundary, 1e-6);
    tv_discrim_release(&d);
    tv_discrim_release(&e);
}

/* Columns backwards and each stretched: scaling undoes the stretch, the results move with their columns. */
static void test_columns(void)
{
    double a[ROWS * COLUMNS], b[ROWS * COLUMNS];
    struct tv_discrim d, e;
    fill(a, 3);
    for (int i = 0; i < ROWS * COLUMNS; i++)
        b[i] = a[i / COLUMNS * COLUMNS + COLUMNS - 1 - i % COLUMNS] * (1 + i % COLUMNS) + 100;
    CHECK(!tv_discrim_run(&d, a, SOURCE, TARGET, COLUMNS, &options));
    CHECK(!tv_discrim_run(&e, b, SOURCE, TARGET, COLUMNS, &options));
    for (int j = 0; j < COLUMNS; j++) CHECK_NEAR(d.u[j], e.u[COLUMNS - 1 - j], 1e-6);
    for (int i = 0; i < ROWS; i++) {
        CHECK_NEAR(d.decision[i], e.decision[i], 1e-5);
        CHECK_NEAR(fabs(d.projection[2 * i + 1]), fabs(e.projection[2 * i + 1]), 1e-5);
    }
    CHECK(d.cv == e.cv);
    tv_discrim_release(&d);
    tv_discrim_release(&e);
}

static void test_threads_and_seed(void)
{
    double a[ROWS * COLUMNS];
    struct tv_discrim_options chosen = {.folds = 10, .seed = 4, .common = 5};
    struct tv_discrim one, two;
    fill(a, 5);
    omp_set_num_threads(1);
    CHECK(!tv_discrim_run(&one, a, SOURCE, TARGET, COLUMNS, &chosen));
    omp_set_num_threads(3);
    CHECK(!tv_discrim_run(&two, a, SOURCE, TARGET, COLUMNS, &chosen));
    CHECK(one.cost == two.cost && one.cv == two.cv && one.cost > 0);
    CHECK(one.cv > 0.6); /* the domains do differ */
    CHECK(!memcmp(one.u, two.u, COLUMNS * sizeof *one.u));
    CHECK(!memcmp(one.projection, two.projection, 2 * ROWS * sizeof *one.projection));
    tv_discrim_release(&one);
    tv_discrim_release(&two);
}

int main(void)
{
    test_consistent();
    test_exchanged_domains();
    test_columns();
    test_threads_and_seed();
    return check_done();
}
