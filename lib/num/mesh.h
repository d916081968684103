/* num/mesh.h - the repulsion of num/student.h by a particle mesh: O(n + cells log cells) instead of O(n^2).
 *
 * Points are spread with cubic B-splines w (order 4) onto a regular grid of spacing h, the grid is convolved
 * with the one kernel K(r) = 1 / (1 + r^2), and potential and gradient are read back with the same splines:
 *
 *     rho_m = sum_j w(u_j/h - m)     Phi = G * rho     psi(u) = sum_m w(u/h - m) Phi_m
 *     z_i = psi(u_i)                 R_i = -1/2 grad psi(u_i)
 *
 * G is K sampled on the grid, its spectrum divided by the squared symbol of the spline, so that at the nodes
 * the two spline sums cancel.  One forward and one inverse real FFT an evaluation, where FIt-SNE (Linderman
 * et al., 2019) needs eight or nine.  What interpolation makes a point feel of itself is known from its place
 * in its cell and taken off.  The error of the forces falls with h^4: tests/prop/forces.c.
 */
#ifndef TV_NUM_MESH_H
#define TV_NUM_MESH_H
#include <stdbool.h>
#include "num/fft.h"

enum {
    TV_MESH_NODES = 4096, /* largest number of nodes along an axis */
    TV_MESH_SELF = 32,    /* table of forces on oneself, entries along a cell */
};

struct tv_mesh_box {
    float lo[2], hi[2]; /* x, y */
};

struct tv_mesh {
    int64_t n;
    double spacing; /* wanted */
    double h;       /* in use: times a power of two, as points far apart or close together need */
    double reach; /* when > 0, K(reach) is taken off the kernel: among points close together K is 1 but for a
                     small part, which makes all of the forces and would drown in rounding */
    int64_t ny, nx;             /* nodes in use */
    double origin[2], per_unit; /* x, y of the second node; 1 / h */
    float self[TV_MESH_SELF + 1][TV_MESH_SELF + 1][2];
    struct tv_fft_filter filter;
    double *symbol[2];       /* x, y: of the spline, while the filter is renewed */
    int32_t *order;          /* points by row of cells, then by index */
    int32_t *row;            /* [n] row of cells of each point */
    int64_t *first;          /* [ny + 1] where each row of cells begins in `order` */
    int32_t *histogram;      /* [blocks of points][ny] */
    struct tv_mesh_box *box; /* [blocks of points] around each */
    bool renewed;            /* the filter, by the last tv_mesh_repel */
    size_t first_cap, histogram_cap;
};

/* For n points; owns memory: tv_mesh_release. */
void tv_mesh_init(struct tv_mesh *m, int64_t n, double spacing);
void tv_mesh_release(struct tv_mesh *m);
/* Nodes of a grid of the wanted spacing around the points: what tv_mesh_repel costs, while it can keep to it.
 */
double tv_mesh_nodes(const struct tv_mesh *m, const float *u);
/* `force` receives R as [n,2], `z` the z_i, for finite `u` [n,2]; of a team, and there after the next
 * tv_team_wait. */
void tv_mesh_repel(struct tv_mesh *m, struct tv_team *team, const float *u, float *force, float *z);

#endif
