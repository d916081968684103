/* tests/unit/vecmath.c - against the C library's functions in double precision, and at the ends of their
 * ranges. */
#include <float.h>
#include "check.h"
#include "num/vecmath.h"

/* Largest error in units of 2^-24 of the result over [lo, hi]. */
static double worst(float (*f)(float), double (*exact)(double), double lo, double hi)
{
    double most = 0;
    for (int i = 0; i <= 200000; i++) {
        float x = (float)(lo + (hi - lo) * i / 200000);
        double y = exact(x), e = fabs(f(x) - y) / (fabs(y) + 1e-37) * 16777216;
        if (e > most) most = e;
    }
    return most;
}

static float f_exp(float x) { return tv_exp(x); }
static float f_tanh(float x) { return tv_tanh(x); }
static float f_erf(float x) { return tv_erf(x); }
static float f_sigmoid(float x) { return tv_sigmoid(x); }
static double d_sigmoid(double x) { return 1 / (1 + exp(-x)); }

/* Every element of a vectorised loop is what the function gives alone. */
TV_SIMD static void many(float *y, const float *x, int n)
{
    for (int i = 0; i < n; i++) y[i] = tv_tanh(x[i]) + tv_erf(x[i]);
}

int main(void)
{
    CHECK_NEAR(worst(f_exp, exp, -86.9, 88.7), 0, 3);
    CHECK_NEAR(worst(f_tanh, tanh, -9, 9), 0, 5);
    CHECK_NEAR(worst(f_erf, erf, -5, 5), 0, 4);
    CHECK_NEAR(worst(f_sigmoid, d_sigmoid, -80, 80), 0, 5);
    CHECK(tv_exp(0) == 1 && tv_exp(-200) == 0 && isinf(tv_exp(100)) && isnan(tv_exp(NAN)));
    CHECK(tv_exp(-INFINITY) == 0 && isinf(tv_exp(INFINITY)));
    CHECK(tv_tanh(0) == 0 && tv_tanh(50) == 1 && tv_tanh(-50) == -1 && isnan(tv_tanh(NAN)));
    CHECK(tv_erf(0) == 0 && tv_erf(9) == 1 && tv_erf(-INFINITY) == -1 && isnan(tv_erf(NAN)));
    CHECK(tv_sigmoid(-200) == 0 && tv_sigmoid(200) == 1);
    float x[37], y[37];
    for (int i = 0; i < 37; i++) x[i] = 0.3f * (float)i - 5;
    many(y, x, 37);
    for (int i = 0; i < 37; i++) CHECK(y[i] == f_tanh(x[i]) + f_erf(x[i]));
    return check_done();
}
