/* num/kmeans.c - num/kmeans.h. */
#include "num/kmeans.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "core/mem.h"
#include "num/gemm.h"
#include "num/rng.h"

enum {
    BLOCK = 256, /* rows multiplied together */
    SAMPLE = 64, /* tv_cells: rows per cell that k-means sees */
    ROUNDS = 8,
};

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

/* ---- cells ---- */

static double distance2(int64_t p, const float *a, const float *b)
{
    double s = 0;
    for (int64_t j = 0; j < p; j++) s += ((double)a[j] - b[j]) * ((double)a[j] - b[j]);
    return s;
}

/* Reorders the centres along a path: each is followed by the nearest of those that are left. */
static void path_sort(int64_t cells, int64_t p, float *centre)
{
    size_t row = (size_t)p * sizeof *centre;
    float *t = TV_ARRAY(float, (size_t)p);
    double *d = TV_ARRAY(double, (size_t)cells);
    for (int64_t c = 0; c + 1 < cells; c++) {
        int64_t best = c + 1;
#pragma omp parallel for
        for (int64_t e = c + 1; e < cells; e++) d[e] = distance2(p, centre + c * p, centre + e * p);
        for (int64_t e = c + 2; e < cells; e++)
            if (d[e] < d[best]) best = e;
        memcpy(t, centre + (c + 1) * p, row);
        memmove(centre + (c + 1) * p, centre + best * p, row);
        memcpy(centre + best * p, t, row);
    }
    free(t);
    free(d);
}

void tv_cells_init(struct tv_cells *c, int64_t n, int64_t p, const float *x)
{
    int64_t cells = (int64_t)ceil(sqrt((double)n)), sample = SAMPLE * cells < n ? SAMPLE * cells : n;
    float *some = TV_ARRAY(float, (size_t)(sample * p));
    int32_t *cell = TV_ARRAY(int32_t, (size_t)n);
    *c = (struct tv_cells){n,
                           p,
                           cells,
                           TV_ARRAY(int32_t, (size_t)n),
                           TV_ARRAY(int64_t, (size_t)cells + 1),
                           TV_ARRAY(float, (size_t)(cells * p))};
    for (int64_t i = 0; i < sample; i++) memcpy(some + i * p, x + i * n / sample * p, (size_t)p * sizeof *x);
    tv_kmeans(sample, p, some, cells, ROUNDS, 0, c->centre);
    path_sort(cells, p, c->centre);
    tv_kmeans_assign(n, p, x, cells, c->centre, cell);
    for (int64_t i = 0; i < n; i++) c->first[cell[i] + 1]++;
    for (int64_t e = 0; e < cells; e++) c->first[e + 1] += c->first[e];
    for (int64_t i = 0; i < n; i++) c->order[c->first[cell[i]]++] = (int32_t)i;
    for (int64_t e = cells; e > 0; e--) c->first[e] = c->first[e - 1];
    c->first[0] = 0;
    free(some);
    free(cell);
}

void tv_cells_release(struct tv_cells *c)
{
    free(c->order);
    free(c->first);
    free(c->centre);
    *c = (struct tv_cells){0};
}

void tv_cells_sort(const struct tv_cells *c, int64_t width, float *rows)
{
    size_t size = (size_t)width * sizeof *rows;
    float *from = tv_alloc_aligned((size_t)c->n, size);
    memcpy(from, rows, (size_t)c->n * size);
    for (int64_t i = 0; i < c->n; i++) memcpy(rows + i * width, from + c->order[i] * width, size);
    free(from);
}

void tv_cells_unsort(const struct tv_cells *c, int64_t width, float *rows)
{
    size_t size = (size_t)width * sizeof *rows;
    float *from = tv_alloc_aligned((size_t)c->n, size);
    memcpy(from, rows, (size_t)c->n * size);
    for (int64_t i = 0; i < c->n; i++) memcpy(rows + c->order[i] * width, from + i * width, size);
    free(from);
}
