/* analysis/svm.h - linear support vector machine with squared hinge loss, by liblinear (SPEC 6.5).
 *
 *     minimise over w, b:   (|w|^2 + b^2) / 2 + C sum_i max(0, 1 - y_i (w . x_i + b))^2
 *
 * liblinear's L2R_L2LOSS_SVC (primal, trust region; it does not call rand(), so several may train at once).
 * The bias is the weight of a feature that is 1 everywhere and is regularised as liblinear does. Fan et al.,
 * LIBLINEAR: a library for large linear classification, JMLR 9, 2008.
 */
#ifndef TV_ANALYSIS_SVM_H
#define TV_ANALYSIS_SVM_H
#include <stdbool.h>
#include <stdint.h>

/* Its default of 1e-2 leaves the weights off by a tenth. */
#define TV_SVM_EPS 1e-8

/* w[columns] and *bias from x [rows][columns]; positive[i]: is row i on the positive side (y = +1)?  Both
 * sides must be present, cost > 0: the caller's duty. */
void tv_svm_train(double *w, double *bias, const double *x, const bool *positive, int64_t rows,
                  int64_t columns, double cost);
/* w . x + bias */
double tv_svm_decision(const double *w, double bias, const double *x, int64_t columns);

/* Stratified folds: fold[i] in 0..folds-1, each side dealt out in turn after a seeded shuffle, so that every
 * fold has its share of both.  folds <= rows of the smaller side: then every fold and every complement has
 * both. */
void tv_svm_folds(int32_t *fold, const bool *positive, int64_t rows, int64_t folds, int64_t seed);
/* Cross-validated accuracy for each of the costs: correct predictions of held-out rows / rows.  The columns
 * of the *unscaled* x are scaled by each training part's own minimum and maximum (analysis/discrim.h).  Folds
 * and costs run in parallel; the result does not depend on the threads. */
void tv_svm_cross_validate(double *accuracy, const double *cost, int64_t costs, const double *x,
                           const bool *positive, const int32_t *fold, int64_t rows, int64_t columns,
                           int64_t folds);

/* Min-max scaling to [-1, 1]: y = 2 (x - min) / (max - min) - 1; a constant column becomes 0. */
void tv_scale_fit(double *min, double *max, const double *x, const bool *use, int64_t rows, int64_t columns);
void tv_scale_apply(double *y, const double *x, int64_t rows, int64_t columns, const double *min,
                    const double *max);

#endif
