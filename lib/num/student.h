/* num/student.h - sums over the kernel of Student's t with one degree of freedom, q(r) = 1 / (1 + r^2), in
 * the plane.
 *
 * The two forces of t-SNE (van der Maaten and Hinton, 2008), for points u_i = (x_i, y_i):
 *
 *     repulsion  R_i = sum_j q_ij^2 (u_i - u_j)            z_i = sum_j q_ij, j = i included (q_ii = 1)
 *     attraction A_i = sum_j p_ij q_ij (u_i - u_j)         over the entries of row i
 *
 * so that the gradient of KL(P||Q) without its factor 4 is A_i - R_i / Z with Z = sum_i z_i - n.
 *
 * Kernels for AVX-512, AVX2 and plain C come from one template and are chosen as those of num/gemm.h.  Each
 * point's sum has one order, whatever the number of threads; true division, so that CPUs of one kind agree to
 * the bit.
 */
#ifndef TV_NUM_STUDENT_H
#define TV_NUM_STUDENT_H
#include <stdint.h>
#include "num/team.h"

enum {
    TV_STUDENT_LANES = 16, /* arrays of points and rows of entries are padded to a multiple of it */
};
#define TV_STUDENT_FAR 1e9f /* coordinate of padding points: their q is 1e-18 */

static inline int64_t tv_student_pad(int64_t n)
{
    return (n + TV_STUDENT_LANES - 1) / TV_STUDENT_LANES * TV_STUDENT_LANES;
}

/* Sparse rows, such as P: entries start[i]..start[i+1], padded with (column i, value 0); `column` 64-byte aligned. */
struct tv_sparse {
    int64_t n;
    int64_t *start;  /* [n + 1], multiples of TV_STUDENT_LANES */
    int32_t *column; /* [start[n]] */
    float *value;    /* [start[n]] */
};

/* The same rows in half the memory, for a descent that reads them a thousand times.  Tiles of
 * TV_STUDENT_LANES entries, first[i]..first[i+1] those of row i, hold
 *
 *     entry = value << 16 | column - base[tile]
 *
 * with values of five bits of exponent and eleven of fraction, in units of the row's scale: rounded by at
 * most 2^-12, and 0 when 2^29 times smaller than the largest of the row.  Entries of value 0 are left out or
 * fill the last tile. */
struct tv_student_rows {
    int64_t n;
    int64_t *first;  /* [n + 1] */
    int32_t *base;   /* [first[n]] */
    uint32_t *entry; /* [first[n]][TV_STUDENT_LANES] */
    float *scale;    /* [n] */
};

/* Of P with finite values >= 0, in any order within a row.  Owns memory: tv_student_rows_release. */
void tv_student_rows_init(struct tv_student_rows *r, const struct tv_sparse *p);
void tv_student_rows_release(struct tv_student_rows *r);

/* All pairs, each once; of a team (num/team.h).  `u` is [n,2], `z` receives n numbers whose sum is that of
 * the z_i; `work` tv_student_work(n) floats, 64-byte aligned.  16 pairs cost about six instructions. */
void tv_student_repel(struct tv_team *team, int64_t n, const float *u, float *z, float *work);
/* After tv_student_repel and a tv_team_wait `force` receives R as [n,2]: each thread adds up a share. */
void tv_student_collect(int64_t n, const float *work, float *force);
int64_t tv_student_work(int64_t n);
/* What TV_STUDENT_LANES places at_x, at_y anywhere in the plane feel of the points x, y [padded], aligned and
 * padded with TV_STUDENT_FAR: R to fx, fy, and the sum of q to z.  By one thread. */
void tv_student_field(int64_t padded, const float *x, const float *y, const float *at_x, const float *at_y,
                      float *fx, float *fy, float *z);
/* `force` [n,2] receives A of the rows from `first` to before `end`; by one thread. */
void tv_student_attract(const struct tv_student_rows *p, int64_t first, int64_t end, const float *u,
                        float *force);
/* sum_i z_i - n in double precision over all pairs: the normalisation of Q for a final KL.  `part` is [n]. */
double tv_student_z(int64_t n, const float *u, double *part);

#endif
