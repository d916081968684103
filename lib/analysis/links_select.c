/* analysis/links_select.c - active links of an image, counts over the images, important links. */
#include "analysis/links_select.h"
#include <assert.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>
#include "analysis/share.h"
#include "core/err.h"
#include "core/mem.h"
#include "num/simd.h"
#include "num/sort.h"

const char *tv_link_counts_check(int64_t na, int64_t nb)
{
    int64_t pairs;
    if (na < 1 || nb < 1 || __builtin_mul_overflow(na, nb, &pairs) || pairs > INT32_MAX)
        return tv_msg("want between 1 and 2^31 - 1 links, got %lld x %lld neurons", (long long)na,
                      (long long)nb);
    return NULL;
}

void tv_link_counts_init(struct tv_link_counts *l, int64_t na, int64_t nb, int64_t exist, double share,
                         bool sums)
{
    *l = (struct tv_link_counts){.na = na, .nb = nb, .exist = exist, .active = tv_share_count(share, exist)};
    l->count = TV_ARRAY(int32_t, na * nb);
    if (!sums) return;
    l->sum = tv_alloc_aligned((size_t)(na * nb), sizeof *l->sum);
    for (int64_t i = 0; i < na * nb; i++) l->sum[i] = TV_LINK_NONE;
}

void tv_link_counts_release(struct tv_link_counts *l)
{
    free(l->count);
    free(l->sum);
    *l = (struct tv_link_counts){0};
}

/* ---- a pass ---- */

int64_t tv_link_scan_images(const struct tv_link_counts *l, int64_t bytes)
{
    int64_t each = omp_get_max_threads() * tv_topk_bytes(l->active, tv_link_row(l->nb));
    return bytes > each ? bytes / each : 1;
}

void tv_link_scan_begin(struct tv_link_scan *s, struct tv_link_counts **of, int64_t images)
{
    *s = (struct tv_link_scan){.of = of, .images = images, .threads = omp_get_max_threads(), .bad = -1};
    s->top = TV_ARRAY(struct tv_topk, images * s->threads);
    s->finite = TV_ARRAY(int64_t, images * s->threads);
    for (int64_t i = 0; i < images * s->threads; i++) {
        const struct tv_link_counts *l = of[i / s->threads];
        tv_topk_init(&s->top[i], l->active, tv_link_row(l->nb));
    }
}

/* How many of v[0..n) are finite; *bad: some are NaN or +infinity. */
TV_SIMD static int64_t count_finite(const float *v, int64_t n, bool *bad)
{
    int32_t finite = 0, wrong = 0;
    for (int64_t i = 0; i < n; i++) {
        finite += v[i] > -INFINITY && v[i] < INFINITY;
        wrong += !(v[i] < INFINITY);
    }
    *bad = wrong > 0;
    return finite;
}

/* Of all the values that are none, the message names the first. */
static void remember_bad(struct tv_link_scan *s, int64_t image, int64_t a, const float *v)
{
    const struct tv_link_counts *l = s->of[image];
    int64_t b = 0;
    while (v[b] < INFINITY) b++;
    int64_t at = (image * l->na + a) * l->nb + b;
#pragma omp critical(tv_link_scan_bad)
    if (s->bad < 0 || at < s->bad) s->bad = at, s->bad_value = v[b];
}

/* The first value of a pair replaces its TV_LINK_NONE. */
TV_SIMD static void add_row(double *restrict sum, const float *restrict v, int64_t n)
{
    for (int64_t i = 0; i < n; i++) sum[i] = sum[i] == TV_LINK_NONE ? (double)v[i] : sum[i] + (double)v[i];
}

void tv_link_scan_row(struct tv_link_scan *s, int64_t image, int64_t a, const float *v)
{
    struct tv_link_counts *l = s->of[image];
    int64_t slot = image * s->threads + omp_get_thread_num();
    bool bad;
    s->finite[slot] += count_finite(v, l->nb, &bad);
    if (bad) {
        remember_bad(s, image, a, v);
        return;
    }
    if (l->sum) add_row(l->sum + a * l->nb, v, l->nb);
    tv_topk_add(&s->top[slot], v, tv_link_row(l->nb), a * l->nb);
}

static const char *check_finite(const struct tv_link_scan *s)
{
    const struct tv_link_counts *l = s->of[0];
    if (s->bad >= 0)
        return tv_msg("want finite link values, got %g for pair %lld", (double)s->bad_value,
                      (long long)(s->bad % (l->na * l->nb)));
    for (int64_t p = 0; p < s->images; p++) {
        int64_t finite = 0;
        for (int t = 0; t < s->threads; t++) finite += s->finite[p * s->threads + t];
        if (finite != l->exist)
            return tv_msg(
                "want finite values of %lld links, got %lld: the layer's input holds NaN or infinity",
                (long long)l->exist, (long long)finite);
    }
    return NULL;
}

/* The active links of an image into index[0..l->active). */
static void choose(struct tv_link_scan *s, int64_t image, int32_t *index)
{
    struct tv_topk *top = s->top + image * s->threads;
    int64_t active = s->of[image]->active, n = tv_topk_choose(index, top, s->threads, active);
    assert(n == active); /* as many as exist were finite */
    (void)n;
}

static void count_active(struct tv_link_scan *s)
{
    int64_t active = s->of[0]->active;
    int32_t *index = tv_alloc_aligned((size_t)(s->images * active), sizeof *index);
#pragma omp parallel for schedule(dynamic)
    for (int64_t p = 0; p < s->images; p++) choose(s, p, index + p * active);
    for (int64_t p = 0; p < s->images; p++) {
        for (int64_t i = 0; i < active; i++) s->of[p]->count[index[p * active + i]]++;
        s->of[p]->images++;
    }
    free(index);
}

const char *tv_link_scan_end(struct tv_link_scan *s)
{
    const char *err = s->images ? check_finite(s) : NULL;
    if (s->images && !err) count_active(s);
    for (int64_t i = 0; i < s->images * s->threads; i++) tv_topk_release(&s->top[i]);
    free(s->top);
    free(s->finite);
    return err;
}

/* ---- means and important links ---- */

void tv_link_counts_mean(float *mean, const struct tv_link_counts *l)
{
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < l->na * l->nb; i++)
        mean[i] = l->images && l->sum[i] != TV_LINK_NONE ? (float)(l->sum[i] / (double)l->images) : NAN;
}

int64_t tv_link_counts_top_count(const struct tv_link_counts *l, double share)
{
    return tv_share_count(share, l->exist);
}

/* The largest count that at least k pairs reach. */
static int32_t least_count(const struct tv_link_counts *l, int64_t k)
{
    int64_t *pairs = TV_ARRAY(int64_t, l->images + 1), reached = 0;
    for (int64_t i = 0; i < l->na * l->nb; i++) pairs[l->count[i]]++;
    int64_t count = l->images;
    while (count > 0 && (reached += pairs[count]) < k) count--;
    free(pairs);
    return (int32_t)count;
}

void tv_link_counts_top(int32_t *top, int64_t k, const struct tv_link_counts *l, const float *mean)
{
    int32_t least = least_count(l, k);
    int64_t n = 0, pairs = l->na * l->nb;
    for (int64_t i = 0; i < pairs; i++) n += l->count[i] >= least;
    int32_t *pair = tv_alloc_aligned((size_t)n, sizeof *pair),
            *order = tv_alloc_aligned((size_t)n, sizeof *order),
            *count = tv_alloc_aligned((size_t)n, sizeof *count);
    float *value = tv_alloc_aligned((size_t)n, sizeof *value);
    n = 0;
    for (int64_t i = 0; i < pairs; i++)
        if (l->count[i] >= least) pair[n] = (int32_t)i, count[n] = l->count[i], value[n++] = mean[i];
    tv_top_counts(order, count, value, n, k);
    for (int64_t i = 0; i < k; i++) {
        top[2 * i] = (int32_t)(pair[order[i]] / l->nb);
        top[2 * i + 1] = (int32_t)(pair[order[i]] % l->nb);
    }
    free(pair), free(order), free(count), free(value);
}
