/* analysis/affinity.h - the affinities P of t-SNE (SPEC 6.6; van der Maaten, 2014, sections 3 and 4.1).
 *
 *     p_j|i = exp(-b_i d_ij^2) / sum_l exp(-b_i d_il^2)     j, l among the k nearest neighbours of i
 *     p_ij  = (p_j|i + p_i|j) / 2N                          sum_ij p_ij = 1
 *
 * with b_i such that the perplexity exp(H(p_.|i)) is the one asked for; k = floor(3 * perplexity), but not
 * over N - 1.
 */
#ifndef TV_ANALYSIS_AFFINITY_H
#define TV_ANALYSIS_AFFINITY_H
#include "num/kmeans.h"
#include "num/student.h"

/* Number of neighbours. */
int64_t tv_affinity_neighbours(int64_t n, double perplexity);
/* NULL, or what is wrong with this perplexity for n rows and what can be done. */
const char *tv_affinity_check(int64_t n, double perplexity);
/* P of the rows of x [n,p]; `cells` and `progress` as in tv_knn.  tv_sparse_release frees it. */
void tv_affinity(struct tv_sparse *joint, int64_t n, int64_t p, const float *x, double perplexity,
                 const struct tv_cells *cells, void (*progress)(int64_t done));
/* The steps after the search for neighbours.  distance2 [n,k], nearest first, becomes p_j|i; where more than
 * `perplexity` neighbours are equally near (duplicates) these share the row equally. */
void tv_affinity_conditional(int64_t n, int64_t k, double perplexity, float *distance2);
/* P from neighbours [n,k] and p_j|i, whose rows are put in ascending order of the index; columns of P ascend
 * within a row. */
void tv_affinity_joint(struct tv_sparse *p, int64_t n, int64_t k, int32_t *index, float *conditional);
/* P from rows without padding: row i has the entries start[i]..start[i+1]. */
void tv_sparse_fill(struct tv_sparse *p, int64_t n, const int64_t *start, const int32_t *column,
                    const float *value);
/* Entries of row i without the padding. */
int64_t tv_sparse_size(const struct tv_sparse *p, int64_t i);
/* Renumbers the objects: row i of the new P is row order[i] of the old one; columns ascend again. */
void tv_sparse_permute(struct tv_sparse *p, const int32_t *order);
void tv_sparse_release(struct tv_sparse *p);

#endif
