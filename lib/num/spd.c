/* num/spd.c - right-looking blocked Cholesky factorisation; everything but its panels is tv_syrk_f64. */
#include "num/spd.h"
#include "core/mem.h"
#include "num/simd.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 4, LANES = 8 };
typedef double vec __attribute__((vector_size(8 * LANES)));
typedef double loose __attribute__((vector_size(8 * LANES), aligned(8), may_alias));

/* ROWS rows by two vectors of s, in registers. */
TV_INLINE void tile(int64_t k, const double *a, const double *b, double *s, int64_t ld)
{
    vec sum[ROWS][2];
#pragma GCC unroll 4
    for (int r = 0; r < ROWS; r++)
        sum[r][0] = *(const loose *)(s + r * ld), sum[r][1] = *(const loose *)(s + r * ld + LANES);
    for (int64_t p = 0; p < k; p++, a += ROWS, b += ld) {
        vec b0 = *(const loose *)b, b1 = *(const loose *)(b + LANES);
#pragma GCC unroll 4
        for (int r = 0; r < ROWS; r++) sum[r][0] += a[r] * b0, sum[r][1] += a[r] * b1;
    }
#pragma GCC unroll 4
    for (int r = 0; r < ROWS; r++)
        *(loose *)(s + r * ld) = sum[r][0], *(loose *)(s + r * ld + LANES) = sum[r][1];
}

/* Rows i .. i+ROWS of s from their diagonal on; the last rows go through a copy, for there may be fewer. */
TV_SIMD static void strip(int64_t n, int64_t k, const double *u, double sign, double *s, int64_t ld,
                          int64_t i)
{
    double a[TV_SPD_ROWS * ROWS], edge[ROWS * TV_SPD_LD];
    int64_t rows = n - i < ROWS ? n - i : ROWS;
    for (int64_t p = 0; p < k; p++)
        for (int64_t r = 0; r < ROWS; r++) a[p * ROWS + r] = r < rows ? sign * u[p * ld + i + r] : 0;
    for (int64_t j = i / TV_SPD_LD * TV_SPD_LD; j < n; j += TV_SPD_LD) {
        if (rows == ROWS) {
            tile(k, a, u + j, s + i * ld + j, ld);
            continue;
        }
        for (int64_t r = 0; r < ROWS; r++)
            for (int64_t c = 0; c < TV_SPD_LD; c++)
                edge[r * TV_SPD_LD + c] = r < rows ? s[(i + r) * ld + j + c] : 0;
        for (int64_t p = 0; p < k; p++)
            for (int64_t r = 0; r < rows; r++)
                for (int64_t c = 0; c < TV_SPD_LD; c++)
                    edge[r * TV_SPD_LD + c] += a[p * ROWS + r] * u[p * ld + j + c];
        for (int64_t r = 0; r < rows; r++)
            for (int64_t c = 0; c < TV_SPD_LD; c++) s[(i + r) * ld + j + c] = edge[r * TV_SPD_LD + c];
    }
}

/* Rows [first, n) of s += sign u^T u */
static void update(int64_t first, int64_t n, int64_t k, const double *u, double sign, double *s, int64_t ld)
{
    for (int64_t p = 0; p < k; p += TV_SPD_ROWS) {
        int64_t rows = k - p < TV_SPD_ROWS ? k - p : TV_SPD_ROWS;
#pragma omp parallel for schedule(dynamic, 4) if ((n - first) * (n - first) * rows > 1 << 16)
        for (int64_t i = first; i < n; i += ROWS) strip(n, rows, u + p * ld, sign, s, ld, i);
    }
}

void tv_syrk_f64(int64_t n, int64_t k, const double *u, double sign, double *s, int64_t ld)
{
    update(0, n, k, u, sign, s, ld);
}

void tv_gram_f64(int64_t n, int64_t p, const double *x, bool rows, double *s, int64_t ld)
{
    int64_t m = rows ? n : p, terms = rows ? p : n;
    double *some = tv_alloc_aligned(TV_SPD_ROWS, (size_t)ld * sizeof *some);
    memset(some, 0, TV_SPD_ROWS * (size_t)ld * sizeof *some);
    memset(s, 0, (size_t)(m * ld) * sizeof *s);
    for (int64_t t = 0; t < terms; t += TV_SPD_ROWS) {
        int64_t k = terms - t < TV_SPD_ROWS ? terms - t : TV_SPD_ROWS;
        if (rows)
            for (int64_t i = 0; i < m; i++)
                for (int64_t c = 0; c < k; c++) some[c * ld + i] = x[i * p + t + c];
        else
            for (int64_t c = 0; c < k; c++) memcpy(some + c * ld, x + (t + c) * p, (size_t)p * sizeof *x);
        tv_syrk_f64(m, k, some, 1, s, ld);
    }
    for (int64_t i = 0; i < m; i++)
        for (int64_t j = 0; j < i; j++) s[i * ld + j] = s[j * ld + i];
    free(some);
}

TV_SIMD void tv_axpy_f64(int64_t n, double a, const double *restrict x, double *restrict y)
{
    for (int64_t i = 0; i < n; i++) y[i] += a * x[i];
}

TV_SIMD double tv_dot_f64(int64_t n, const double *x, const double *y)
{
    vec sum = {0};
    int64_t i = 0;
    for (; i + LANES <= n; i += LANES) sum += *(const loose *)(x + i) * *(const loose *)(y + i);
    for (int l = 0; i < n; i++, l++) sum[l] += x[i] * y[i];
    double total = 0;
    for (int l = 0; l < LANES; l++) total += sum[l];
    return total;
}

/* Rows [first, end) of the factor. */
static void panel(int64_t first, int64_t end, int64_t n, double *a, int64_t ld, double least)
{
    for (int64_t k = first; k < end; k++) {
        double *row = a + k * ld, pivot = row[k] > least ? row[k] : least, scale = 1 / sqrt(pivot);
        row[k] = pivot;
        for (int64_t j = k; j < n; j++) row[j] *= scale;
        for (int64_t i = k + 1; i < end; i++) tv_axpy_f64(n - i, -row[i], row + i, a + i * ld + i);
    }
}

void tv_cholesky_f64(int64_t n, double *a, int64_t ld, double least)
{
    for (int64_t k = 0; k < n; k += TV_SPD_ROWS) {
        int64_t end = k + TV_SPD_ROWS < n ? k + TV_SPD_ROWS : n;
        panel(k, end, n, a, ld, least);
        update(end, n, end - k, a + k * ld, -1, a, ld);
    }
}

void tv_cholesky_solve_f64(int64_t n, const double *u, int64_t ld, double *b)
{
    for (int64_t i = 0; i < n; i++) { /* u^T y = b */
        b[i] /= u[i * ld + i];
        tv_axpy_f64(n - i - 1, -b[i], u + i * ld + i + 1, b + i + 1);
    }
    for (int64_t i = n; i-- > 0;)
        b[i] = (b[i] - tv_dot_f64(n - i - 1, u + i * ld + i + 1, b + i + 1)) / u[i * ld + i];
}
