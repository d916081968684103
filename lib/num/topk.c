#include "num/topk.h"
#include "core/mem.h"
#include "num/knn_kernels.h"
#include "num/sort.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static int64_t capacity(int64_t k, int64_t most) { return 2 * k + most; }

void tv_topk_begin(struct tv_topk *t, int64_t k, int64_t most)
{
    t->k = k;
    t->n = 0;
    t->cap = capacity(k, most);
    t->above = -INFINITY;
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

/* Of many, a sample tells two values that the k-th most likely lies between, and only what does is selected
 * from. */
float tv_topk_kth(const float *v, int64_t n, int64_t k)
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
    inside = tv_knn_kernels()->between(v, n, low, high, between, &larger);
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
    float least = t->above = tv_topk_kth(t->value, t->n, t->k);
    t->n = tv_knn_kernels()->keep(t->value, t->index, t->n, nextafterf(least, -INFINITY));
    int64_t surplus = t->n - t->k, kept = t->n;
    while (surplus > 0) surplus -= t->value[--kept] == least;
    for (int64_t i = kept; i < t->n; i++) {
        t->value[kept] = t->value[i];
        t->index[kept] = t->index[i];
        kept += t->value[i] != least;
    }
    t->n = kept;
}

/* Makes room for m more.  A threshold that a sample suggests leaves a few more than k; where it does not fit,
 * they are counted. */
static void make_room(struct tv_topk *t, int64_t m)
{
    enum { SAMPLE = 256, MARGIN = 4 }; /* standard deviations of a rank in the sample */
    float sample[SAMPLE];
    double share = (double)t->k / (double)t->n, rank = share * SAMPLE;
    int64_t place = (int64_t)(rank + MARGIN * sqrt(rank * (1 - share)) + 1);
    if (t->n >= 2 * SAMPLE && place <= SAMPLE) {
        for (int64_t i = 0; i < SAMPLE; i++) sample[i] = t->value[i * (t->n / SAMPLE)];
        float above = tv_kth_largest_f32(sample, SAMPLE, place);
        int64_t larger = tv_knn_kernels()->above(t->value, t->n, above);
        if (larger >= t->k && larger + m <= t->cap) {
            t->above = above;
            t->n = tv_knn_kernels()->keep(t->value, t->index, t->n, above);
        }
    }
    if (t->n + m > t->cap) shrink(t);
}

void tv_topk_room(struct tv_topk *t, int64_t m)
{
    if (t->room < t->cap) {
        free(t->value);
        free(t->index);
        t->value = tv_alloc_aligned((size_t)t->cap, sizeof *t->value);
        t->index = tv_alloc_aligned((size_t)t->cap, sizeof *t->index);
        t->room = t->cap;
    }
    if (t->n + m > t->cap) make_room(t, m);
}

void tv_topk_add(struct tv_topk *t, const float *v, int64_t m, int64_t first)
{
    if (!t->k) return;
    tv_topk_room(t, m);
    t->n += tv_knn_kernels()->filter(v, m, t->above, (int32_t)first, t->index + t->n, t->value + t->n);
}

static int ascending(const void *a, const void *b)
{
    int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return (x > y) - (x < y);
}

/* Of several buffers that hold `all` elements together, all of them when these are no more than k. */
static int64_t choose_among(int32_t *index, const struct tv_topk *t, int64_t n, int64_t all, int64_t k)
{
    int64_t chosen = 0, ties = 0;
    float *value = tv_alloc_aligned((size_t)all + 1, sizeof *value);
    int32_t *tie = tv_alloc_aligned((size_t)all + 1, sizeof *tie);
    for (int64_t i = 0, at = 0; i < n; at += t[i++].n)
        if (t[i].n) memcpy(value + at, t[i].value, (size_t)t[i].n * sizeof *value);
    float least = all > k ? tv_topk_kth(value, all, k) : -INFINITY;
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

int64_t tv_topk_choose(int32_t *index, struct tv_topk *t, int64_t n)
{
    int64_t k = t->k, all = 0;
    struct tv_topk *one = NULL; /* that holds everything */
    for (int64_t i = 0; i < n; all += t[i++].n)
        if (t[i].n) one = &t[i];
    if (!one || !k) return 0;
    if (one->n < all) return choose_among(index, t, n, all, k);
    shrink(one);
    memcpy(index, one->index, (size_t)one->n * sizeof *index);
    return one->n;
}
