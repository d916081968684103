/* num/pca.h - principal components of rows, the first k, by subspace iteration with Rayleigh-Ritz projection.
 *
 *     x [n,p], columns centred: variance_1 >= variance_2 >= ..., component_a [p] unit, orthogonal,
 *     x^T x component_a = n * variance_a * component_a
 *
 * Signs are fixed: the largest loading (in absolute value; ties: the first) is positive.  Where the data have
 * fewer than k dimensions the variances that remain are 0 and their components complete an orthonormal basis.
 * Sums have fixed orders: the result does not depend on the number of threads.
 */
#ifndef TV_NUM_PCA_H
#define TV_NUM_PCA_H
#include <stdint.h>

/* Subtracts the columns' means, which go to `mean` [p] (sums in double precision, by blocks of rows). */
void tv_center_f32(int64_t n, int64_t p, float *x, double *mean);
void tv_center_f64(int64_t n, int64_t p, double *x, double *mean);

/* k <= p.  `component` [k,p], `variance` [k].  In f64 to the last digits that the gaps between variances
 * allow; in f32 the products run in single precision: the residual |x^T x v - lambda v| stays below 1e-5 of
 * the first variance. */
void tv_pca_f64(int64_t n, int64_t p, const double *x, int64_t k, double *component, double *variance);
void tv_pca_f32(int64_t n, int64_t p, const float *x, int64_t k, double *component, double *variance);

/* Eigenvectors of the symmetric a [m,m], which is destroyed: `value` [m] descending, row i of `vector` [m,m]
 * belongs to value[i].  Cyclic Jacobi: for small m. */
void tv_eigen(int64_t m, double *a, double *value, double *vector);

#endif
