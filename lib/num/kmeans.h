/* num/kmeans.h - k-means by Lloyd's iteration, rows compared with centres by matrix products. */
#ifndef TV_NUM_KMEANS_H
#define TV_NUM_KMEANS_H
#include <stdint.h>

/* `centre` [cells,p] from `rounds` rounds over the rows of x [n,p], begun at `cells` different rows drawn by
 * `seed`; a cell without rows keeps its centre.  Sums run over rows in order, in double precision.  1 <=
 * cells <= n. */
void tv_kmeans(int64_t n, int64_t p, const float *x, int64_t cells, int rounds, uint64_t seed, float *centre);
/* The nearest centre of each row; ties: the first. */
void tv_kmeans_assign(int64_t n, int64_t p, const float *x, int64_t cells, const float *centre,
                      int32_t *cell);

#endif
