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
        w->key = tv_alloc_aligned((size_t)tv_radix_work_f32(n), sizeof *w->key);
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

/* Image p of the block; the index of a NaN or -1. */
static int64_t rank_image(int32_t *twice, const struct tv_rank_block *b, int64_t p, struct tv_rank_work *w)
{
    return b->f32 ? tv_rank_twice_f32(twice, (const float *)b->x + p * b->n, b->n, w)
                  : tv_rank_twice_f64(twice, (const double *)b->x + p * b->n, b->n, w);
}

TV_SIMD static void add_halves(double *restrict sum, const int32_t *restrict twice, int64_t n)
{
    for (int64_t j = 0; j < n; j++) sum[j] += 0.5 * twice[j];
}

/* Twice the ranks of the images dealt to this thread, the blocks' one after the other; the place of the first
 * NaN that it meets, INT64_MAX without. */
static int64_t rank_blocks(int32_t *twice, const struct tv_rank_block *b, size_t count)
{
    int64_t nan = INT64_MAX, widest[2] = {0}, start = 0;
    struct tv_rank_work work[2];
    for (size_t k = 0; k < count; k++)
        if (b[k].n > widest[b[k].f32]) widest[b[k].f32] = b[k].n;
    for (int f32 = 0; f32 < 2; f32++) tv_rank_work_init(&work[f32], widest[f32], f32);
    for (size_t k = 0; k < count; start += b[k].images * b[k].n, k++) {
#pragma omp for schedule(dynamic, 4) nowait
        for (int64_t p = 0; p < b[k].images; p++) {
            int64_t row = start + p * b[k].n,
                    at = b[k].sum[p] ? rank_image(twice + row, &b[k], p, &work[b[k].f32]) : -1;
            if (at >= 0 && row + at < nan) nan = row + at;
        }
    }
    for (int f32 = 0; f32 < 2; f32++) tv_rank_work_release(&work[f32]);
    return nan;
}

/* Neurons, not images, are dealt out to the threads: images of a class share their sums. */
static void add_blocks(const int32_t *twice, const struct tv_rank_block *b, size_t count)
{
    enum { NEURONS = 512 };
    for (size_t k = 0; k < count; twice += b[k].images * b[k].n, k++) {
        int64_t n = b[k].n;
#pragma omp for nowait
        for (int64_t j = 0; j < n; j += NEURONS)
            for (int64_t p = 0; p < b[k].images; p++)
                if (b[k].sum[p])
                    add_halves(b[k].sum[p] + j, twice + p * n + j, n - j < NEURONS ? n - j : NEURONS);
    }
}

const struct tv_rank_block *tv_rank_add(struct tv_rank_block *b, size_t count)
{
    int64_t nan = INT64_MAX, values = 0;
    for (size_t k = 0; k < count; k++) values += b[k].images * b[k].n;
    int32_t *twice = tv_alloc_aligned((size_t)values, sizeof *twice);
#pragma omp parallel if (values > 1 << 15) /* less is done before threads have met */
    {
        int64_t mine = rank_blocks(twice, b, count);
#pragma omp critical
        if (mine < nan) nan = mine;
#pragma omp barrier
        if (nan == INT64_MAX) add_blocks(twice, b, count);
    }
    free(twice);
    if (nan == INT64_MAX) return NULL;
    while (nan >= b->images * b->n) nan -= b->images * b->n, b++;
    b->nan = nan;
    return b;
}

void tv_rank_top(int32_t *top, int64_t k, const double *sum, int64_t n)
{
    int32_t *order = TV_ARRAY(int32_t, n);
    tv_top_f64(order, sum, n, k);
    memcpy(top, order, (size_t)k * sizeof *top);
    free(order);
}
