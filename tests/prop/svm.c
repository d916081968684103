/* The linear SVM by what its solution must satisfy, whatever the solver. */
#include <stdlib.h>
#include "check.h"
#include "analysis/svm.h"
#include "num/rng.h"

enum { ROWS = 60, COLUMNS = 25 };

/* Two overlapping clouds in [-1, 1]. */
static void fill(double *x, bool *positive, uint64_t seed)
{
    struct tv_rng rng;
    tv_rng_seed(&rng, seed, 0);
    for (int i = 0; i < ROWS; i++) {
        positive[i] = i % 3 == 0;
        for (int j = 0; j < COLUMNS; j++)
            x[i * COLUMNS + j] =
                0.8 * (2 * tv_rng_double(&rng) - 1) + (j < 3 ? 0.2 * (positive[i] ? 1 : -1) : 0);
    }
}

/* The objective is convex and once differentiable: its gradient w - 2C sum_i y_i max(0, 1 - y_i f_i) x_i
 * vanishes at the solution and nowhere else.  Relative to the gradient at 0. */
static double gradient(const double *w, double b, const double *x, const bool *positive, int rows,
                       double cost)
{
    double g[COLUMNS + 1], g0[COLUMNS + 1] = {0}, norm = 0, norm0 = 0;
    for (int j = 0; j < COLUMNS; j++) g[j] = w[j];
    g[COLUMNS] = b;
    for (int i = 0; i < rows; i++) {
        double y = positive[i] ? 1 : -1, f = tv_svm_decision(w, b, x + i * COLUMNS, COLUMNS);
        double loss = fmax(0, 1 - y * f);
        for (int j = 0; j <= COLUMNS; j++) {
            double xj = j < COLUMNS ? x[i * COLUMNS + j] : 1;
            g[j] -= 2 * cost * y * loss * xj;
            g0[j] -= 2 * cost * y * xj;
        }
    }
    for (int j = 0; j <= COLUMNS; j++) {
        norm += g[j] * g[j];
        norm0 += g0[j] * g0[j];
    }
    return sqrt(norm / norm0);
}

static void test_optimal(void)
{
    double x[ROWS * COLUMNS], w[COLUMNS], b;
    bool positive[ROWS];
    for (uint64_t seed = 0; seed < 5; seed++) {
        fill(x, positive, seed);
        for (double cost = 1e-3; cost < 2e5; cost *= 10)
            for (int rows = ROWS; rows > COLUMNS / 2; rows -= 20) { /* more rows than columns, and fewer */
                tv_svm_train(w, &b, x, positive, rows, COLUMNS, cost);
                CHECK_NEAR(gradient(w, b, x, positive, rows, cost), 0, 1e-10);
            }
    }
}

static void check_weights(const double *w, const double *v, double sign)
{
    double off = 0, norm = 0;
    for (int j = 0; j < COLUMNS; j++) {
        off = fmax(off, fabs(w[j] - sign * v[j]));
        norm = fmax(norm, fabs(w[j]));
    }
    CHECK_NEAR(off / norm, 0, 1e-11);
}

static void test_symmetries(void)
{
    double x[ROWS * COLUMNS], y[ROWS * COLUMNS], w[COLUMNS], v[COLUMNS], back[COLUMNS], b, c;
    bool positive[ROWS], other[ROWS];
    fill(x, positive, 9);
    tv_svm_train(w, &b, x, positive, ROWS, COLUMNS, 1);

    for (int i = 0; i < ROWS; i++) other[i] = !positive[i];
    tv_svm_train(v, &c, x, other, ROWS, COLUMNS, 1);
    check_weights(w, v, -1);
    CHECK_NEAR(b, -c, 1e-11);

    for (int i = 0; i < ROWS; i++) { /* rows backwards: the first row's side may not matter */
        other[i] = positive[ROWS - 1 - i];
        memcpy(y + i * COLUMNS, x + (ROWS - 1 - i) * COLUMNS, COLUMNS * sizeof *y);
    }
    tv_svm_train(v, &c, y, other, ROWS, COLUMNS, 1);
    check_weights(w, v, 1);
    CHECK_NEAR(b, c, 1e-11);

    for (int i = 0; i < ROWS * COLUMNS; i++) y[i] = x[i / COLUMNS * COLUMNS + COLUMNS - 1 - i % COLUMNS];
    tv_svm_train(v, &c, y, positive, ROWS, COLUMNS, 1);
    for (int j = 0; j < COLUMNS; j++) back[j] = v[COLUMNS - 1 - j];
    check_weights(w, back, 1);
    CHECK_NEAR(b, c, 1e-11);
}

int main(void)
{
    test_optimal();
    test_symmetries();
    return check_done();
}
