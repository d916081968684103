/* num/kmeans.c - num/kmeans.h. */
#include "num/kmeans.h"
#include <stdlib.h>
#include <string.h>
#include "core/mem.h"
#include "num/gemm.h"
#include "num/rng.h"

enum { BLOCK = 256 }; /* rows multiplied together */

/* The nearest centre has the largest x . c - |c|^2 / 2. */
void tv_kmeans_assign(int64_t n, int64_t p, const float *x, int64_t cells, const float *centre, int32_t *cell)
{
    float *packed = tv_alloc_aligned((size_t)tv_gemm_packed_size(p, cells), sizeof *packed);
    float *bias = TV_ARRAY(float, (size_t)cells);
    for (int64_t c = 0; c < cells; c++) {
        double s = 0;
        for (int64_t j = 0; j < p; j++) s += (double)centre[c * p + j] * centre[c * p + j];
        bias[c] = (float)(-s / 2);
    }
    tv_gemm_pack(packed, p, cells, centre, p, true);
#pragma omp parallel
    {
        float *s = tv_alloc_aligned((size_t)(BLOCK * cells), sizeof *s);
#pragma omp for schedule(dynamic, 1)
        for (int64_t i0 = 0; i0 < n; i0 += BLOCK) {
            int64_t rows = n - i0 < BLOCK ? n - i0 : BLOCK;
            tv_gemm_packed(rows, cells, p, x + i0 * p, p, packed, bias, s, cells, false);
            for (int64_t i = 0; i < rows; i++) {
                int64_t best = 0;
                for (int64_t c = 1; c < cells; c++)
                    if (s[i * cells + c] > s[i * cells + best]) best = c;
                cell[i0 + i] = (int32_t)best;
            }
        }
        free(s);
    }
    free(packed);
    free(bias);
}

static void draw_rows(int64_t n, int64_t p, const float *x, int64_t cells, uint64_t seed, float *centre)
{
    struct tv_rng r;
    int64_t *row = TV_ARRAY(int64_t, (size_t)n);
    tv_rng_seed(&r, seed, 0);
    for (int64_t i = 0; i < n; i++) row[i] = i;
    tv_rng_shuffle_i64(&r, row, n);
    for (int64_t c = 0; c < cells; c++) memcpy(centre + c * p, x + row[c] * p, (size_t)p * sizeof *x);
    free(row);
}

void tv_kmeans(int64_t n, int64_t p, const float *x, int64_t cells, int rounds, uint64_t seed, float *centre)
{
    int32_t *cell = TV_ARRAY(int32_t, (size_t)n);
    double *sum = TV_ARRAY(double, (size_t)(cells * p));
    int64_t *count = TV_ARRAY(int64_t, (size_t)cells);
    draw_rows(n, p, x, cells, seed, centre);
    for (int round = 0; round < rounds; round++) {
        tv_kmeans_assign(n, p, x, cells, centre, cell);
        memset(sum, 0, (size_t)(cells * p) * sizeof *sum);
        memset(count, 0, (size_t)cells * sizeof *count);
        for (int64_t i = 0; i < n; i++) {
            double *s = sum + cell[i] * p;
            count[cell[i]]++;
            for (int64_t j = 0; j < p; j++) s[j] += x[i * p + j];
        }
        for (int64_t c = 0; c < cells; c++)
            for (int64_t j = 0; j < p && count[c] > 0; j++)
                centre[c * p + j] = (float)(sum[c * p + j] / (double)count[c]);
    }
    free(cell);
    free(sum);
    free(count);
}
