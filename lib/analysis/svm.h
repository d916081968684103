/* analysis/svm.h - linear support vector machine with squared hinge loss (SPEC 6.5).
 *
 *     minimise over w, b:   (|w|^2 + b^2) / 2 + C sum_i max(0, 1 - y_i (w . x_i + b))^2     y_i = +1 or -1
 *
 * The problem of liblinear's L2R_L2LOSS_SVC (Fan et al., LIBLINEAR: a library for large linear
 * classification, JMLR 9, 2008): the bias is the weight of a feature that is 1 everywhere and is regularised
 * like the others.  Solved to rounding on dense rows: a Newton step is the ridge regression of the rows
 * inside the margin, by Cholesky in whichever of features and rows are fewer; with an exact line search,
 * finitely many steps lead to the minimum (Keerthi and DeCoste, A modified finite Newton method for fast
 * solution of large scale linear SVMs, JMLR 6, 2005).
 */
#ifndef TV_ANALYSIS_SVM_H
#define TV_ANALYSIS_SVM_H
#include <stdbool.h>
#include <stdint.h>

/* w[columns] and *bias from x [rows][columns]; positive[i]: y_i = +1.  Both sides must be present and cost >
 * 0: the caller's duty.  x is finite and of the order of 1 (analysis/scale.h). */
void tv_svm_train(double *w, double *bias, const double *x, const bool *positive, int64_t rows,
                  int64_t columns, double cost);
/* w . x + bias */
double tv_svm_decision(const double *w, double bias, const double *x, int64_t columns);

/* Stratified folds: fold[i] in 0..folds-1; each side is shuffled and dealt out in turn, so that every fold
 * has its part of both.  2 <= folds <= rows of the smaller side: then every fold, and what is left without
 * it, has both. */
void tv_svm_folds(int32_t *fold, const bool *positive, int64_t rows, int64_t folds, int64_t seed);
/* accuracy[c]: share of the rows that are predicted rightly (decision > 0: positive) by the machine that was
 * trained on the other folds at cost[c], ascending.  x is unscaled: each training part is scaled by its own
 * minima and maxima, and the fold that was held out with them (analysis/scale.h).  Folds run in parallel; the
 * result does not depend on the threads. */
void tv_svm_cross_validate(double *accuracy, const double *x, const bool *positive, const int32_t *fold,
                           int64_t rows, int64_t columns, int64_t folds, const double *cost, int64_t costs);

#endif
