/* analysis/similarity.c - cosines as a matrix product of unit columns. */
#include "analysis/similarity.h"
#include <math.h>
#include <stdlib.h>
#include "core/mem.h"
#include "num/gemm.h"

/* Images in one matrix product: bounds the rounding of the f32 sums and the memory of the scaled copies. */
#define TILE 256

/* 1 / |column|, 0 for a column of zeros.  Scaled by the largest value first, so that tiny attributions do not
 * underflow in their squares. */
static void inverse_norms(double *inverse, const float *x, int64_t n, int64_t images)
{
    double *largest = TV_ARRAY(double, n);
    for (int64_t p = 0; p < images; p++) {
        for (int64_t j = 0; j < n; j++) {
            double v = fabs((double)x[p * n + j]);
            largest[j] = v > largest[j] ? v : largest[j];
        }
    }
    for (int64_t j = 0; j < n; j++) inverse[j] = 0;
    for (int64_t p = 0; p < images; p++) {
        for (int64_t j = 0; j < n; j++) {
            double v = largest[j] > 0 ? (double)x[p * n + j] / largest[j] : 0;
            inverse[j] += v * v;
        }
    }
    for (int64_t j = 0; j < n; j++) inverse[j] = inverse[j] > 0 ? 1 / (largest[j] * sqrt(inverse[j])) : 0;
    free(largest);
}

static void scale_columns(float *y, const float *x, const double *by, int64_t n, int64_t images)
{
#pragma omp parallel for
    for (int64_t p = 0; p < images; p++) {
        for (int64_t j = 0; j < n; j++) y[p * n + j] = (float)((double)x[p * n + j] * by[j]);
    }
}

void tv_similarity_cosine(double *sim, const float *a, int64_t ns, const float *b, int64_t nt, int64_t images)
{
    double *inverse_a = TV_ARRAY(double, ns), *inverse_b = TV_ARRAY(double, nt);
    float *unit_a = tv_alloc_aligned((size_t)ns, TILE * sizeof *unit_a);
    float *unit_b = tv_alloc_aligned((size_t)nt, TILE * sizeof *unit_b);
    float *part = tv_alloc_aligned((size_t)(ns * nt), sizeof *part);
    inverse_norms(inverse_a, a, ns, images);
    inverse_norms(inverse_b, b, nt, images);
    for (int64_t i = 0; i < ns * nt; i++) sim[i] = 0;
    for (int64_t from = 0; from < images; from += TILE) {
        int64_t n = images - from < TILE ? images - from : TILE;
        scale_columns(unit_a, a + from * ns, inverse_a, ns, n);
        scale_columns(unit_b, b + from * nt, inverse_b, nt, n);
        tv_gemm(ns, nt, n, unit_a, ns, true, unit_b, nt, false, part, nt, false);
#pragma omp parallel for
        for (int64_t i = 0; i < ns * nt; i++) sim[i] += (double)part[i];
    }
#pragma omp parallel for
    for (int64_t i = 0; i < ns * nt; i++) sim[i] = sim[i] < -1 ? -1 : sim[i] > 1 ? 1 : sim[i];
    free(part);
    free(unit_b);
    free(unit_a);
    free(inverse_b);
    free(inverse_a);
}

int64_t tv_similarity_zeros(const float *a, int64_t n, int64_t images)
{
    int64_t zeros = 0;
    for (int64_t j = 0; j < n; j++) {
        int64_t p = 0;
        while (p < images && a[p * n + j] == 0) p++;
        zeros += p == images;
    }
    return zeros;
}

void tv_similarity_best(int32_t *best, const double *sim, int64_t ns, int64_t nt)
{
    double *most = TV_ARRAY(double, nt);
    bool *any = TV_ARRAY(bool, nt);
    for (int64_t j = 0; j < ns; j++) {
        for (int64_t k = 0; k < nt; k++) {
            double s = sim[j * nt + k];
            any[k] = any[k] || s != 0;
            if (j > 0 && s <= most[k]) continue;
            most[k] = s;
            best[k] = (int32_t)j;
        }
    }
    for (int64_t k = 0; k < nt; k++) {
        if (!any[k]) best[k] = -1;
    }
    free(any);
    free(most);
}
