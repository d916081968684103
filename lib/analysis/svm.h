/* analysis/svm.h - linear support vector machine with squared hinge loss, by liblinear (SPEC 6.5).
 *
 *     minimise over w, b:   (|w|^2 + b^2) / 2 + C sum_i max(0, 1 - y_i (w . x_i + b))^2          y_i = +1 or
 * -1
 *
 * liblinear's L2R_L2LOSS_SVC: primal, trust region Newton; it does not call rand(), so that several may train
 * at once. The bias is the weight of a feature that is 1 everywhere and is regularised like the others. Fan
 * et al., LIBLINEAR: a library for large linear classification, JMLR 9, 2008.
 */
#ifndef TV_ANALYSIS_SVM_H
#define TV_ANALYSIS_SVM_H
#include <stdbool.h>
#include <stdint.h>

/* liblinear's stopping tolerance at costs up to 1, for weights that are looked at and for held-out
 * predictions (its default of 1e-2 leaves the weights off by a tenth).  It is relative to the gradient at w =
 * 0, which grows with the cost while the weights do not: at larger costs it is divided by the cost. */
#define TV_SVM_EPS    1e-8
#define TV_SVM_CV_EPS 1e-6

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
/* Share of the rows that are predicted rightly (decision > 0: positive) by the machine that was trained on
 * the other folds.  x is unscaled: each training part is scaled by its own minima and maxima, and the fold
 * that was held out with them (analysis/scale.h).  Folds run in parallel; the result does not depend on the
 * threads. */
double tv_svm_cross_validate(const double *x, const bool *positive, const int32_t *fold, int64_t rows,
                             int64_t columns, int64_t folds, double cost);

#endif
