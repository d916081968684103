/* analysis/map_rows.h - the rows that t-SNE compares (analysis/map.h). */
#ifndef TV_ANALYSIS_MAP_ROWS_H
#define TV_ANALYSIS_MAP_ROWS_H
#include "analysis/map.h"

/* Rows of one input, then perhaps of others: f32 [n,p]. */
struct tv_map_rows {
    int64_t n, p;
    float *x; /* 64-byte aligned */
};

/* Appends the rows row[0..n) of an input, all of them when NULL.  NULL, or which number is not finite. */
const char *tv_map_rows_add(struct tv_map_rows *r, const struct tv_map_input *in, int64_t n,
                            const int64_t *row);
/* Centres the columns by the first `fit` rows, scales all rows by a power of two so that squares neither
 * overflow nor vanish (P does not depend on the scale), and replaces them by the scores of the first `pca`
 * principal components of those rows, unless it is 0 or no less than p. */
void tv_map_rows_condition(struct tv_map_rows *r, int64_t fit, int64_t pca);
void tv_map_rows_release(struct tv_map_rows *r);

#endif
