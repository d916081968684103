#include "num/topk.h"
#include "core/mem.h"
#include "num/knn_kernels.h"
#include "num/sort.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static int64_t capacity(int64_t k, int64_t most) { return 2 * k + most; }

void tv_topk_init(struct tv_topk *t, int64_t k, int64_t most)
{
    *t = (struct tv_topk){.k = k, .cap = capacity(k, most), .above = -INFINITY};
}

int64_t tv_topk_bytes(int64_t k, int64_t most)
{
    return capacity(k, most) * (int64_t)(sizeof(float) + sizeof(int32_t));
}

void tv_topk_release(struct tv_topk *t)
{
    free(t->value);
    free(t->index);
    *t = (struct tv_topk){0};
}

/* The k-th largest of v[0..n), n >= k: of many, a sample tells two values that it most likely lies between,
 * and only what does is selected from. */
static float kth_largest(const float *v, int64_t n, int64_t k)
{
    enum { SAMPLE = 1024, MARGIN = 64 }; /* four standard deviations of a rank in the sample */
    float sample[SAMPLE], low = -INFINITY, high = INFINITY;
    int64_t rank = (int64_t)((double)k / (double)n * SAMPLE), larger = 0, inside = 0;
    if (n >= 8 * SAMPLE) {
        for (int64_t i = 0; i < SAMPLE; i++) sample[i] = v[i * (n / SAMPLE)];
        if (rank + MARGIN <= SAMPLE) low = tv_kth_largest_f32(sample, SAMPLE, rank + MARGIN);
        if (rank > MARGIN) high = tv_kth_largest_f32(sample, SAMPLE, rank - MARGIN);
    }
    float *between = tv_alloc_aligned((size_t)n + 1, sizeof *between);
    for (int64_t i = 0; i < n; i++) {
        between[inside] = v[i];
        larger += v[i] > high;
        inside += v[i] >= low && v[i] <= high;
    }
    if (larger >= k || larger + inside < k) {
        memcpy(between, v, (size_t)n * sizeof *v);
        larger = 0, inside = n;
    }
    float kth = tv_kth_largest_f32(between, inside, k - larger);
    free(between);
    return kth;
}

/* Leaves the k largest, in their order.  Later values have larger indices: equal to the threshold they lose.
 */
static void shrink(struct tv_topk *t)
{
    if (t->n <= t->k) return;
    float least = t->above = kth_largest(t->value, t->n, t->k);
    int64_t kept = 0, larger = 0;
    for (int64_t i = 0; i < t->n; i++) larger += t->value[i] > least;
    for (int64_t i = 0, equal = t->k - larger; i < t->n; i++) {
        float v = t->value[i];
        t->value[kept] = v;
        t->index[kept] = t->index[i];
        bool tie = v == least && equal > 0;
        equal -= tie;
        kept += v > least || tie;
    }
    t->n = kept;
}

void tv_topk_add(struct tv_topk *t, const float *v, int64_t m, int64_t first)
{
    if (!t->k) return;
    if (!t->value) {
        t->value = tv_alloc_aligned((size_t)t->cap, sizeof *t->value);
        t->index = tv_alloc_aligned((size_t)t->cap, sizeof *t->index);
    }
    if (t->n + m > t->cap) shrink(t);
    t->n += tv_knn_kernels()->filter(v, m, t->above, (int32_t)first, t->index + t->n, t->value + t->n);
}

static int ascending(const void *a, const void *b)
{
    int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return (x > y) - (x < y);
}

int64_t tv_topk_choose(int32_t *index, const struct tv_topk *t, int64_t n, int64_t k)
{
    int64_t all = 0, chosen = 0, ties = 0;
    for (int64_t i = 0; i < n; i++) all += t[i].n;
    float *value = tv_alloc_aligned((size_t)all + 1, sizeof *value);
    int32_t *tie = tv_alloc_aligned((size_t)all + 1, sizeof *tie);
    for (int64_t i = 0, at = 0; i < n; at += t[i++].n)
        if (t[i].n) memcpy(value + at, t[i].value, (size_t)t[i].n * sizeof *value);
    float least = all > k ? kth_largest(value, all, k) : -INFINITY;
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < t[i].n; j++) {
            if (t[i].value[j] > least)
                index[chosen++] = t[i].index[j];
            else if (t[i].value[j] == least)
                tie[ties++] = t[i].index[j];
        }
    if (ties > k - chosen) qsort(tie, (size_t)ties, sizeof *tie, ascending);
    for (int64_t i = 0; i < ties && chosen < k; i++) index[chosen++] = tie[i];
    free(value);
    free(tie);
    return chosen;
}
