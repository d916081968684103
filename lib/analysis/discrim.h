/* analysis/discrim.h - domain discriminability of neurons (SPEC 6.5; the paper's Algorithm 1 and
 * section 5.4).
 *
 * Rows are instances, source then target; columns are neurons.  X is A min-max scaled to [-1, 1] column by
 * column over all rows.  A linear SVM separates the domains: u its weights, target positive; |u_j| is the
 * discriminability.
 */
#ifndef TV_ANALYSIS_DISCRIM_H
#define TV_ANALYSIS_DISCRIM_H
#include <stdint.h>

#define TV_DISCRIM_BINS 30

struct tv_discrim_options {
    double cost;    /* C; 0: the best of a grid in cross-validation, the smallest of equals */
    int64_t folds;  /* at most; never more than the smaller domain has instances */
    int64_t seed;   /* of the folds */
    int64_t common; /* source instances to list at least */
};

struct tv_discrim {
    int64_t source, target; /* rows of the two domains */
    int64_t columns;
    double *u; /* [columns] */
    double bias, cost;
    int64_t folds;      /* used; 0: too few instances to cross-validate */
    double cv;          /* accuracy in cross-validation at `cost`; NaN without folds */
    double adistance;   /* proxy A-distance 2 (1 - 2 (1 - cv)) */
    int32_t *histogram; /* [columns][2][TV_DISCRIM_BINS] counts of A: source, target */
    double *range;      /* [columns][2] ends of the histogram: smallest and largest value of both domains */
    double *decision;   /* [rows] u . x + bias: positive on the target's side */
    int32_t *common; /* [commons] source rows, nearest to the target first: those on its side of the boundary,
                      * and the nearest to the boundary up to the number asked for */
    int64_t commons;
    double *axes;       /* [columns][2] Q: u / |u|, then the first principal component of X (largest loading
                         * positive), orthogonalised and normalised.  The second component where the first is u's
                         * own direction; zeros where a direction vanishes */
    double *projection; /* [rows][2] (X - mean of X) Q */
    double boundary;    /* decision = 0 is projection[.][0] = boundary; NaN when u = 0 */
};

/* A is [source + target][columns].  Returns NULL or a message: a domain without instances, no columns, NaN
 * values. `d` is to be released in either case. */
const char *tv_discrim_run(struct tv_discrim *d, const double *a, int64_t source, int64_t target,
                           int64_t columns, const struct tv_discrim_options *o);
void tv_discrim_release(struct tv_discrim *d);

#endif
