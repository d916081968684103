/* nn/exec.h - running a planned graph: forward, and multipliers backward over the intervals between rows.
 *
 * Rows are `points` blocks of `images` rows each, point-major:  row = point * images + image.  A forward pass treats
 * them all alike.  Backward goes over the intervals [p, p+1]: the values at their starts and ends are then two
 * overlapping views of the same buffers, offset by `images` rows.  points = 1 with `gradient` set gives gradients.
 */
#ifndef TV_NN_EXEC_H
#define TV_NN_EXEC_H
#include "nn/graph.h"

struct tv_exec {
    struct tv_graph *g;
    int64_t rows;
    float **data;     /* per value: its rows; NULL before it is computed or after it is freed */
    bool *keep;       /* per value: not freed when its last reader has run */
    float **m;        /* per value: multipliers during backward */
    int64_t bytes, peak; /* held now, most ever */
};
void tv_exec_init(struct tv_exec *e, struct tv_graph *g);
void tv_exec_release(struct tv_exec *e);

/* Computes the values in `want` (value numbers) from those already set.  The graph must be planned for `rows`. */
void tv_exec_forward(struct tv_exec *e, const int *want, int n_want);
/* Sets a value's rows: memory owned by e, uninitialised. */
float *tv_exec_set(struct tv_exec *e, int value);
void tv_exec_drop(struct tv_exec *e, int value);

#endif
