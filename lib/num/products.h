/* num/products.h - the k largest of the products x[a] w[a][b], most of which are never made.
 *
 * Rounding keeps order, so to the bit
 *
 *     max_b fl(x w[b]) = fl(x max_b w[b])  for x >= 0,   fl(x min_b w[b])  for x < 0
 *
 * and the extremes of blocks of weights, found once, tell of every vector x which blocks hold products above
 * a threshold; a sample of the weights tells where the threshold may be.
 */
#ifndef TV_NUM_PRODUCTS_H
#define TV_NUM_PRODUCTS_H
#include <stdbool.h>
#include "num/topk.h"

enum { TV_PRODUCTS_BLOCK = 32 }; /* weights; a multiple of TV_TOPK_PIECE */

struct tv_products {
    int64_t rows, columns;
    int64_t blocks, ld; /* blocks of a row; `blocks` filled up for vectors */
    const float *w;     /* [rows][blocks * TV_PRODUCTS_BLOCK] borrowed */
    float *high, *low;  /* [rows][ld] largest and smallest weight of each block */
    float *largest;     /* [rows] largest |w|; NaN when a weight is */
    int64_t samples;
    float *sample;       /* [samples] weights */
    int32_t *sample_row; /* [samples] their rows */
};

/* Of w, 64-byte aligned, whose rows are blocks of TV_PRODUCTS_BLOCK; receives NaN beyond the columns, which no
 * comparison lets pass. */
void tv_products_init(struct tv_products *p, int64_t rows, int64_t columns, float *w);
void tv_products_release(struct tv_products *p);
static inline int64_t tv_products_blocks(int64_t columns)
{
    return (columns + TV_PRODUCTS_BLOCK - 1) / TV_PRODUCTS_BLOCK;
}

/* A value that at least k of the products of x [rows] exceed, most likely, and not many more; -infinity when
 * the sample suggests none. */
float tv_products_guess(const struct tv_products *p, const float *x, int64_t k);
/* Takes the products x w[row][b], whose indices are first + b; false, with nothing taken, when one of them is
 * not finite.  t: for pieces of tv_products_blocks() * TV_PRODUCTS_BLOCK elements. */
bool tv_products_add(const struct tv_products *p, struct tv_topk *t, int64_t row, float x, int64_t first);

#endif
