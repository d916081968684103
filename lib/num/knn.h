/* num/knn.h - the k nearest neighbours of every row among the other rows, Euclidean.
 *
 * Rows are compared in blocks by their inner products: s_ij = x_i . x_j - |x_j|^2 / 2 orders the neighbours
 * of i as the distances do.  A bound on its rounding error goes with every s_ij, so that nothing is dropped
 * that could be among the k nearest; what is left is measured again in double precision.  So the result is
 * exact (ties: the smaller index first) and does not depend on blocks or threads.
 *
 * Given cells (num/kmeans.h) the search is limited to inverted lists (Jegou et al., 2011): a row is compared
 * with the rows of the cells nearest to its own.  Deterministic too, but approximate: a few of a hundred
 * neighbours of rows at the border of a cell are replaced by the next nearest.
 */
#ifndef TV_NUM_KNN_H
#define TV_NUM_KNN_H
#include "num/kmeans.h"

/* x [n,p] with columns centred (or near 0: the error bound grows with |x|), finite, |x_i|^2 < 1e30; 1 <= k <
 * n < 2^31. `index` [n,k] nearest first, `distance2` [n,k] squared distances.  Fastest when rows near in
 * index are near in space. `cells`: NULL for the exact search, else those of x, after tv_cells_sort(x).
 * `progress` (or NULL) is called with the number of rows done. */
void tv_knn(int64_t n, int64_t p, const float *x, int64_t k, const struct tv_cells *cells, int32_t *index,
            float *distance2, void (*progress)(int64_t done));
/* The k <= n nearest among the first n rows of x [n+m,p] of each of the m rows that follow: `index`,
 * `distance2` [m,k]; exact. */
void tv_knn_onto(int64_t n, int64_t m, int64_t p, const float *x, int64_t k, int32_t *index, float *distance2,
                 void (*progress)(int64_t done));

#endif
