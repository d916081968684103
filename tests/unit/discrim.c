/* Domain discriminability of small cases by hand: weights, folds, histograms, common instances, the
 * degenerate ones. */
#include <stdlib.h>
#include "check.h"
#include "analysis/discrim.h"

static const struct tv_discrim_options at_cost_1 = {.cost = 1, .folds = 10, .common = 1};

/* One neuron, 2 + 2 instances: scaled to -1 -1/3 | 1/3 1.  With C = 1, b = 0 by symmetry and all margins
 * inside: w^2/2 + 2 (1-w)^2 + 2 (1-w/3)^2 is least at w = (4 + 4/3) / (5 + 4/9) = 48/49. */
static void test_one_neuron(void)
{
    const double a[] = {10, 12, 14, 16};
    struct tv_discrim d;
    CHECK(!tv_discrim_run(&d, a, 2, 2, 1, &at_cost_1));
    CHECK_NEAR(d.u[0], 48.0 / 49, 1e-7);
    CHECK_NEAR(d.bias, 0, 1e-7);
    CHECK(d.folds == 2 && d.cost == 1);
    CHECK_NEAR(d.decision[0], -48.0 / 49, 1e-7);
    CHECK_NEAR(d.decision[2], 16.0 / 49, 1e-7);
    CHECK(d.range[0] == 10 && d.range[1] == 16);
    CHECK(d.histogram[0] == 1 && d.histogram[10] == 1);                                         /* source */
    CHECK(d.histogram[TV_DISCRIM_BINS + 20] == 1 && d.histogram[2 * TV_DISCRIM_BINS - 1] == 1); /* target */
    CHECK(d.commons == 1 && d.common[0] == 1);
    CHECK(d.axes[0] == 1 && d.axes[1] == 0); /* the only component is u's own direction */
    CHECK_NEAR(d.projection[0], -1, 1e-12);
    CHECK_NEAR(d.projection[6], 1, 1e-12);
    CHECK(d.projection[1] == 0);
    CHECK_NEAR(d.boundary, 0, 1e-7);
    tv_discrim_release(&d);
}

/* Neuron 0 tells the domains apart, neuron 1 varies within them, neuron 2 is constant. */
static void test_axes(void)
{
    const double a[] = {0, 0, 7, /* */ 0, 5, 7, /* */ 0, 10, 7, /* */ 1, 0, 7, /* */ 1, 5, 7, /* */ 1, 10, 7};
    struct tv_discrim d;
    CHECK(!tv_discrim_run(&d, a, 3, 3, 3, &at_cost_1));
    CHECK(d.u[0] > 0.5 && fabs(d.u[1]) < 1e-6 && d.u[2] == 0);
    CHECK_NEAR(d.axes[0], 1, 1e-6);
    CHECK_NEAR(fabs(d.axes[3]), 1, 1e-6); /* the first component is u's direction: the second one */
    CHECK_NEAR(d.axes[4], 0, 0);
    CHECK_NEAR(d.axes[5], 0, 1e-9);
    CHECK(d.range[4] == 7 && d.range[5] == 7);
    CHECK(d.histogram[4 * TV_DISCRIM_BINS] == 3 && d.histogram[5 * TV_DISCRIM_BINS] == 3);
    tv_discrim_release(&d);
}

/* One instance a domain: nothing to cross-validate, all else is there. */
static void test_one_instance(void)
{
    const double a[] = {1, 5, 2, /* */ 2, 5, 0};
    struct tv_discrim_options o = {.cost = 0, .folds = 10, .common = 10};
    struct tv_discrim d;
    CHECK(!tv_discrim_run(&d, a, 1, 1, 3, &o));
    CHECK(d.folds == 0 && d.cost == 1 && isnan(d.cv) && isnan(d.adistance));
    CHECK_NEAR(d.u[0], 4.0 / 9, 1e-7); /* w^2 + 2 (1 - 2w)^2 is least at 4/9 */
    CHECK_NEAR(d.u[2], -d.u[0], 1e-9);
    CHECK(d.u[1] == 0 && d.commons == 1 && d.common[0] == 0);
    tv_discrim_release(&d);
}

/* The same instances in both domains: no direction separates them. */
static void test_equal_domains(void)
{
    const double a[] = {3, 3, 3, 3};
    struct tv_discrim d;
    CHECK(!tv_discrim_run(&d, a, 2, 2, 1, &at_cost_1));
    CHECK(d.u[0] == 0 && isnan(d.boundary));
    CHECK(d.axes[0] == 0 && d.axes[1] == 0);
    tv_discrim_release(&d);
}

/* Source instances on the target's side are all listed, whatever the number asked for. */
static void test_common(void)
{
    const double a[] = {0, 1, 9, 8, 0.5, /* */ 10, 9.5, 9, 10, 9.8, 9.9};
    struct tv_discrim_options o = {.cost = 1, .folds = 3, .common = 0};
    struct tv_discrim d;
    CHECK(!tv_discrim_run(&d, a, 5, 6, 1, &o));
    CHECK(d.commons == 2 && d.common[0] == 2 && d.common[1] == 3);
    tv_discrim_release(&d);
    o.common = 4;
    CHECK(!tv_discrim_run(&d, a, 5, 6, 1, &o));
    CHECK(d.commons == 4 && d.common[2] == 1 && d.common[3] == 4);
    tv_discrim_release(&d);
    o.common = 100;
    CHECK(!tv_discrim_run(&d, a, 5, 6, 1, &o));
    CHECK(d.commons == 5 && d.common[4] == 0);
    tv_discrim_release(&d);
}

static void test_refusals(void)
{
    const double a[] = {0, 1, NAN, 3};
    struct tv_discrim d;
    const char *bad = tv_discrim_run(&d, a, 2, 2, 1, &at_cost_1);
    CHECK(bad && strstr(bad, "nan in column 0 for target instance 0"));
    tv_discrim_release(&d);
    bad = tv_discrim_run(&d, a, 0, 2, 1, &at_cost_1);
    CHECK(bad && strstr(bad, "source instances"));
    bad = tv_discrim_run(&d, a, 2, 0, 1, &at_cost_1);
    CHECK(bad && strstr(bad, "target instances"));
    bad = tv_discrim_run(&d, a, 2, 2, 0, &at_cost_1);
    CHECK(bad && strstr(bad, "neurons"));
    tv_discrim_release(&d);
}

int main(void)
{
    test_one_neuron();
    test_axes();
    test_one_instance();
    test_equal_domains();
    test_common();
    test_refusals();
    return check_done();
}
