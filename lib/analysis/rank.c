/* analysis/rank.c - average ranks and their sums. */
#include "analysis/rank.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "core/mem.h"
#include "num/simd.h"
#include "num/sort.h"

/* From here on a radix sort pays. */
#define MANY 64

void tv_rank_work_init(struct tv_rank_work *w, int64_t n, bool f32)
{
    *w = (struct tv_rank_work){0};
    if (f32) {
        w->key = tv_alloc_aligned((size_t)n, 2 * sizeof *w->key);
        return;
    }
    w->order = TV_ARRAY(int32_t, n);
    w->item = TV_ARRAY(struct tv_radix_item, 2 * n);
}

void tv_rank_work_release(struct tv_rank_work *w) { free(w->order), free(w->item), free(w->key); }

int64_t tv_rank_twice_f64(int32_t *twice, const double *x, int64_t n, struct tv_rank_work *w)
{
    int32_t *order = w->order;
    for (int64_t j = 0; j < n; j++)
        if (isnan(x[j])) return j;
    if (n < MANY)
        tv_argsort_asc_f64(order, x, n);
    else
        tv_radix_argsort_f64(order, x, n, w->item);
    for (int64_t first = 0, end; first < n; first = end) {
        for (end = first + 1; end < n && x[order[end]] == x[order[first]];) end++;
        for (int64_t i = first; i < end; i++) twice[order[i]] = (int32_t)(first + 1 + end);
    }
    return -1;
}

int64_t tv_rank_twice_f32(int32_t *twice, const float *x, int64_t n, struct tv_rank_work *w)
{
    const uint64_t *item = tv_radix_sort_f32(x, n, w->key);
    if (n && item[n - 1] >> 32 == TV_RADIX_NAN) {
        int64_t j = 0;
        while (!isnan(x[j])) j++;
        return j;
    }
    for (int64_t first = 0, end; first < n; first = end) {
        uint64_t key = item[first] >> 32;
        for (end = first + 1; end < n && item[end] >> 32 == key;) end++;
        for (int64_t i = first; i < end; i++) twice[(uint32_t)item[i]] = (int32_t)(first + 1 + end);
    }
    return -1;
}

/* One image; the index of a NaN or -1. */
static int64_t rank_image(int32_t *twice, const void *x, bool f32, int64_t image, int64_t n,
                          struct tv_rank_work *w)
{
    return f32 ? tv_rank_twice_f32(twice + image * n, (const float *)x + image * n, n, w)
               : tv_rank_twice_f64(twice + image * n, (const double *)x + image * n, n, w);
}

TV_SIMD static void add_halves(double *restrict sum, const int32_t *restrict twice, int64_t n)
{
    for (int64_t j = 0; j < n; j++) sum[j] += 0.5 * twice[j];
}

int64_t tv_rank_add(double *const *sum, const void *x, bool f32, int64_t images, int64_t n)
{
    enum { NEURONS = 512 };
    int64_t nan = INT64_MAX;
    int32_t *twice = tv_alloc_aligned((size_t)(images * n), sizeof *twice);
#pragma omp parallel if (images * n > 1 << 15) /* less is done before threads have met */
    {
        struct tv_rank_work work;
        tv_rank_work_init(&work, n, f32);
#pragma omp for schedule(dynamic, 4) reduction(min : nan)
        for (int64_t p = 0; p < images; p++) {
            int64_t at = sum[p] ? rank_image(twice, x, f32, p, n, &work) : -1;
            if (at >= 0 && p * n + at < nan) nan = p * n + at;
        }
        tv_rank_work_release(&work);
        /* Neurons, not images, are dealt out to the threads: images of a class share their sums. */
#pragma omp for
        for (int64_t j = 0; j < n; j += NEURONS) {
            for (int64_t p = 0; p < images && nan == INT64_MAX; p++)
                if (sum[p]) add_halves(sum[p] + j, twice + p * n + j, n - j < NEURONS ? n - j : NEURONS);
        }
    }
    free(twice);
    return nan == INT64_MAX ? -1 : nan;
}

void tv_rank_top(int32_t *top, int64_t k, const double *sum, int64_t n)
{
    int32_t *order = TV_ARRAY(int32_t, n);
    tv_top_f64(order, sum, n, k);
    memcpy(top, order, (size_t)k * sizeof *top);
    free(order);
}
