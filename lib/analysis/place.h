/* analysis/place.h - new points on an old map of t-SNE, which does not move (SPEC 6.6).
 *
 * A new row i with affinities p_j|i to the rows j of the map u [n,2] (analysis/affinity.h) goes where
 *
 *     J_i(v) = sum_j p_j|i log(1 + |v - u_j|^2) + (n / Z) sum_j 1 / (1 + |v - u_j|^2)
 *
 * is least, Z the normalisation of the old map: to the first order in 1/n, n times what the point adds to the
 * map's KL(P||Q).  It feels the forces that it would feel as one of the map's own points.  New points do not
 * feel each other: where one lands does not depend on the others.
 *
 * The start is that neighbour's place from which the first sum, over the neighbours, is least: a mean would
 * lie between two clusters that share a point.  From there gradient descent, whose step grows by half when J
 * falls and halves when it does not,
 * until it is shorter than a thousandth.
 */
#ifndef TV_ANALYSIS_PLACE_H
#define TV_ANALYSIS_PLACE_H
#include <stdint.h>

enum { TV_PLACE_STEPS = 50 }; /* evaluations of J, at most */

struct tv_place {
    int64_t n;
    const float *u; /* the old map [n,2] */
    double z;
    int64_t m, k;             /* new rows, neighbours of each */
    const int32_t *index;     /* [m,k] among the old rows */
    const float *conditional; /* [m,k] p_j|i */
};
/* `v` [m,2]; `progress` (or NULL) is called with the number of points done. */
void tv_place(const struct tv_place *t, float *v, void (*progress)(int64_t done));

#endif
