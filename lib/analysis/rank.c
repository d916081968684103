/* analysis/rank.c - average ranks and their sums. */
#include "analysis/rank.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "core/mem.h"
#include "num/sort.h"

/* From here on a radix sort pays. */
#define MANY 64

void tv_rank_average(double *rank, const double *x, int64_t n, int32_t *order, struct tv_radix_item *work)
{
    if (n < MANY)
        tv_argsort_asc_f64(order, x, n);
    else
        tv_radix_argsort_f64(order, x, n, work);
    for (int64_t first = 0, end; first < n; first = end) {
        for (end = first + 1; end < n && x[order[end]] == x[order[first]];) end++;
        for (int64_t i = first; i < end; i++) rank[order[i]] = 0.5 * (double)(first + 1 + end);
    }
}

/* First NaN of the images that count, or -1. */
static int64_t find_nan(double *const *sum, const double *x, int64_t images, int64_t n)
{
    for (int64_t p = 0; p < images; p++) {
        for (int64_t j = 0; sum[p] && j < n; j++) {
            if (isnan(x[p * n + j])) return p * n + j;
        }
    }
    return -1;
}

int64_t tv_rank_add(double *const *sum, const double *x, int64_t images, int64_t n)
{
    int64_t nan = find_nan(sum, x, images, n);
    if (nan >= 0) return nan;
    double *rank = tv_alloc_aligned((size_t)(images * n), sizeof *rank);
#pragma omp parallel
    {
        int32_t *order = TV_ARRAY(int32_t, n);
        struct tv_radix_item *work = TV_ARRAY(struct tv_radix_item, 2 * n);
#pragma omp for schedule(dynamic, 4)
        for (int64_t p = 0; p < images; p++) {
            if (sum[p]) tv_rank_average(rank + p * n, x + p * n, n, order, work);
        }
        free(work);
        free(order);
        /* Neurons, not images, are dealt out to the threads: images of a class share their sums. */
#pragma omp for
        for (int64_t j = 0; j < n; j++) {
            for (int64_t p = 0; p < images; p++) {
                if (sum[p]) sum[p][j] += rank[p * n + j];
            }
        }
    }
    free(rank);
    return -1;
}

void tv_rank_top(int32_t *top, int64_t k, const double *sum, int64_t n)
{
    int32_t *order = TV_ARRAY(int32_t, n);
    tv_top_f64(order, sum, n, k);
    memcpy(top, order, (size_t)k * sizeof *top);
    free(order);
}
