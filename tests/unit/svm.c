/* The linear SVM against solutions by hand, and the folds. */
#include <stdlib.h>
#include "check.h"
#include "analysis/svm.h"

/* One feature, rows at -1 and +1: by symmetry b = 0, and (w^2)/2 + 2 C (1 - w)^2 is least at w = 4C / (1 +
 * 4C). */
static void test_two_points(void)
{
    const double x[] = {-1, 1};
    const bool positive[] = {false, true}, flipped[] = {true, false};
    double w, b;
    for (double cost = 0.01; cost < 1000; cost *= 10) {
        tv_svm_train(&w, &b, x, positive, 2, 1, cost);
        CHECK_NEAR(w, 4 * cost / (1 + 4 * cost), 1e-9);
        CHECK_NEAR(b, 0, 1e-9);
        tv_svm_train(&w, &b, x, flipped, 2, 1, cost);
        CHECK_NEAR(w, -4 * cost / (1 + 4 * cost), 1e-9);
    }
    CHECK_NEAR(tv_svm_decision((const double[]){2, -1}, 0.5, (const double[]){3, 4}, 2), 2.5, 1e-15);
}

/* No feature that tells the sides apart: the bias alone.  3 positive, 1 negative, C = 1:
 * b^2/2 + 3 (1-b)^2 + (1+b)^2 is least at b = 4/9. */
static void test_constant_feature(void)
{
    const double x[] = {0, 0, 0, 0};
    const bool positive[] = {true, false, true, true};
    double w, b;
    tv_svm_train(&w, &b, x, positive, 4, 1, 1);
    CHECK_NEAR(w, 0, 0);
    CHECK_NEAR(b, 4.0 / 9, 1e-9);
}

static void test_folds(void)
{
    enum { ROWS = 53, FOLDS = 10 };
    bool positive[ROWS];
    int32_t fold[ROWS], again[ROWS], other[ROWS];
    int count[FOLDS][2] = {{0}};
    for (int i = 0; i < ROWS; i++) positive[i] = i % 3 == 0; /* 18 of 53 */
    tv_svm_folds(fold, positive, ROWS, FOLDS, 1);
    tv_svm_folds(again, positive, ROWS, FOLDS, 1);
    tv_svm_folds(other, positive, ROWS, FOLDS, 2);
    for (int i = 0; i < ROWS; i++) count[fold[i]][positive[i]]++;
    for (int f = 0; f < FOLDS; f++) {
        CHECK(count[f][0] == 3 || count[f][0] == 4);
        CHECK(count[f][1] == 1 || count[f][1] == 2);
        CHECK(count[f][0] + count[f][1] == 5 || count[f][0] + count[f][1] == 6);
    }
    CHECK(!memcmp(fold, again, sizeof fold));
    CHECK(memcmp(fold, other, sizeof fold) != 0);
}

/* Four points on a line, -2 -1 1 2, in two folds. */
static void test_cross_validation(void)
{
    const double x[] = {-2, -1, 1, 2};
    const bool apart[] = {false, false, true, true}, mixed[] = {false, true, false, true};
    const int32_t alternate[] = {0, 1, 0, 1}, left_right[] = {0, 0, 1, 1};
    const double cost[] = {0.1, 100};
    double accuracy[2];
    tv_svm_cross_validate(accuracy, x, apart, alternate, 4, 1, 2, cost, 2);
    CHECK(accuracy[0] == 1 && accuracy[1] == 1);
    /* all that is held out lies on one side of the training pair */
    tv_svm_cross_validate(accuracy, x, mixed, left_right, 4, 1, 2, cost, 1);
    CHECK(accuracy[0] == 0.5);
}

int main(void)
{
    test_two_points();
    test_constant_feature();
    test_folds();
    test_cross_validation();
    return check_done();
}
