/* num/spd.h - symmetric positive definite systems in double precision.
 *
 * Matrices are row-major with rows of `ld` numbers, a multiple of TV_SPD_LD, at 64-byte boundaries; of a
 * symmetric one only the elements [i][j >= i] are used and made, what lies below them and beyond column n is
 * undefined.  Every sum has one order: the result depends neither on the threads nor on the instruction set.
 */
#ifndef TV_NUM_SPD_H
#define TV_NUM_SPD_H
#include <stdbool.h>
#include <stdint.h>

enum {
    TV_SPD_LD = 16,
    TV_SPD_ROWS = 32 /* most rows of u that tv_syrk_f64 takes well: they stay in the cache */
};

/* The ld for n columns. */
static inline int64_t tv_spd_ld(int64_t n) { return (n + TV_SPD_LD - 1) / TV_SPD_LD * TV_SPD_LD; }

/* s [n][n] += sign u^T u, u [k][n]; both with rows of ld.  On all threads. */
void tv_syrk_f64(int64_t n, int64_t k, const double *u, double sign, double *s, int64_t ld);
/* s = x x^T [n][n] (rows) or x^T x [p][p] of x [n][p], with what lies below the diagonal. */
void tv_gram_f64(int64_t n, int64_t p, const double *x, bool rows, double *s, int64_t ld);
/* a = u^T u, u taking a's place.  A pivot that rounding makes smaller than `least` > 0 becomes that. */
void tv_cholesky_f64(int64_t n, double *a, int64_t ld, double least);
/* b = (u^T u)^-1 b */
void tv_cholesky_solve_f64(int64_t n, const double *u, int64_t ld, double *b);
/* x . y in eight interleaved sums */
double tv_dot_f64(int64_t n, const double *x, const double *y);
/* y += a x */
void tv_axpy_f64(int64_t n, double a, const double *x, double *y);

#endif
