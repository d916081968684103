/* num/kmeans.h - k-means by Lloyd's iteration, rows compared with centres by matrix products; and an order of
 * rows in which neighbours are close together, made from it. */
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

/* Rows in cells, cells along a path from each to the nearest that is left. */
struct tv_cells {
    int64_t n, p, cells;
    int32_t *order; /* [n] the rows, cell after cell, ascending within a cell */
    int64_t *first; /* [cells + 1] where each cell begins in `order` */
    float *centre;  /* [cells,p] */
};
/* About sqrt(n) cells, from k-means on a sample of the rows, n >= 1. */
void tv_cells_init(struct tv_cells *c, int64_t n, int64_t p, const float *x);
void tv_cells_release(struct tv_cells *c);
/* Puts rows of `width` floats, one a row of x, in that order, and back. */
void tv_cells_sort(const struct tv_cells *c, int64_t width, float *rows);
void tv_cells_unsort(const struct tv_cells *c, int64_t width, float *rows);

#endif
