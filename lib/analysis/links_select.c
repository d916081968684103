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

enum { PARTS = 64 }; /* into which the pairs are divided among threads */

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

/* Elements that a row brings, as values or as products. */
static int64_t row_most(int64_t nb) { return tv_products_blocks(nb) * TV_PRODUCTS_BLOCK; }

int64_t tv_link_scan_images(const struct tv_link_counts *l, int64_t bytes, int threads)
{
    int64_t each = threads * tv_topk_bytes(l->active, row_most(l->nb));
    return bytes > each ? bytes / each : 1;
}

void tv_link_scan_begin(struct tv_link_scan *s, struct tv_link_counts **of, int64_t images)
{
    s->of = of;
    s->images = images;
    s->threads = omp_get_max_threads();
    s->bad = -1;
    int64_t slots = images * s->threads;
    if (slots > s->slots) {
        s->top = tv_realloc(s->top, (size_t)slots, sizeof *s->top);
        for (; s->slots < slots; s->slots++) s->top[s->slots] = (struct tv_topk){0};
    }
    s->finite = tv_grow(s->finite, &s->finite_cap, (size_t)slots, sizeof *s->finite);
    for (int64_t i = 0; i < slots; i++) {
        const struct tv_link_counts *l = of[i / s->threads];
        tv_topk_begin(&s->top[i], l->active, row_most(l->nb));
        s->finite[i] = 0;
    }
}

void tv_link_scan_release(struct tv_link_scan *s)
{
    for (int64_t i = 0; i < s->slots; i++) tv_topk_release(&s->top[i]);
    free(s->top), free(s->finite), free(s->active);
    *s = (struct tv_link_scan){0};
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

void tv_link_scan_above(struct tv_link_scan *s, int64_t image, float above)
{
    assert(!s->of[image]->sum);
    for (int64_t slot = image * s->threads; slot < (image + 1) * s->threads; slot++) {
        s->top[slot].above = above;
        s->top[slot].n = s->finite[slot] = 0;
    }
}

bool tv_link_scan_short(const struct tv_link_scan *s, int64_t image)
{
    int64_t kept = 0;
    for (int t = 0; t < s->threads; t++) kept += s->top[image * s->threads + t].n;
    return kept < s->of[image]->active;
}

bool tv_link_scan_products(struct tv_link_scan *s, int64_t image, int64_t a, const struct tv_products *p,
                           int64_t row, float x)
{
    int64_t nb = s->of[image]->nb, slot = image * s->threads + omp_get_thread_num();
    if (!tv_products_add(p, &s->top[slot], row, x, a * nb)) return false;
    s->finite[slot] += nb;
    return true;
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

/* The active links of an image into index[0..l->active); whether they ascend, as those of one thread do. */
static bool choose(struct tv_link_scan *s, int64_t image, int32_t *index)
{
    int64_t n = tv_topk_choose(index, s->top + image * s->threads, s->threads), i = 1;
    assert(n == s->of[image]->active); /* as many as exist were finite */
    while (i < n && index[i - 1] < index[i]) i++;
    return i >= n;
}

/* Where the pairs from `pair` on begin in an ascending list. */
static int64_t place(const int32_t *index, int64_t n, int64_t pair)
{
    int64_t lo = 0;
    while (lo < n) {
        int64_t mid = lo + (n - lo) / 2;
        if (index[mid] < pair)
            lo = mid + 1;
        else
            n = mid;
    }
    return lo;
}

/* Counts the chosen pairs of part `part` of `parts`, into which ascending lists are divided. */
static void count_part(const struct tv_link_scan *s, int64_t active, int64_t part, int64_t parts)
{
    int64_t pairs = s->of[0]->na * s->of[0]->nb;
    for (int64_t p = 0; p < s->images; p++) {
        const int32_t *index = s->active + p * active;
        int64_t first = part ? place(index, active, pairs * part / parts) : 0,
                end = part + 1 < parts ? place(index, active, pairs * (part + 1) / parts) : active;
        for (int64_t i = first; i < end; i++) s->of[p]->count[index[i]]++;
    }
}

static void count_active(struct tv_link_scan *s)
{
    int64_t active = s->of[0]->active;
    bool ascend = true;
    s->active = tv_grow(s->active, &s->active_cap, (size_t)(s->images * active), sizeof *s->active);
#pragma omp parallel for schedule(dynamic) reduction(&& : ascend)
    for (int64_t p = 0; p < s->images; p++) ascend = choose(s, p, s->active + p * active) && ascend;
    int64_t parts = ascend ? PARTS : 1;
#pragma omp parallel for schedule(static) if (ascend)
    for (int64_t part = 0; part < parts; part++) count_part(s, active, part, parts);
    for (int64_t p = 0; p < s->images; p++) s->of[p]->images++;
}

const char *tv_link_scan_end(struct tv_link_scan *s)
{
    const char *err = s->images ? check_finite(s) : NULL;
    if (s->images && !err) count_active(s);
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
#pragma omp parallel
    {
        int64_t *own = TV_ARRAY(int64_t, l->images + 1);
#pragma omp for schedule(static)
        for (int64_t i = 0; i < l->na * l->nb; i++) own[l->count[i]]++;
#pragma omp critical(tv_link_least_count)
        for (int64_t c = 0; c <= l->images; c++) pairs[c] += own[c];
        free(own);
    }
    int64_t count = l->images;
    while (count > 0 && (reached += pairs[count]) < k) count--;
    free(pairs);
    return (int32_t)count;
}

/* The pairs with so many counts, in ascending order; *n of them.  New. */
static int32_t *reaching_new(const struct tv_link_counts *l, int32_t least, int64_t *n)
{
    int64_t pairs = l->na * l->nb, first[PARTS + 1] = {0};
#pragma omp parallel for schedule(static)
    for (int64_t part = 0; part < PARTS; part++)
        for (int64_t i = pairs * part / PARTS; i < pairs * (part + 1) / PARTS; i++)
            first[part + 1] += l->count[i] >= least;
    for (int part = 0; part < PARTS; part++) first[part + 1] += first[part];
    int32_t *pair = tv_alloc_aligned((size_t)first[PARTS], sizeof *pair);
#pragma omp parallel for schedule(static)
    for (int64_t part = 0; part < PARTS; part++)
        for (int64_t i = pairs * part / PARTS, at = first[part]; at < first[part + 1]; i++)
            if (l->count[i] >= least) pair[at++] = (int32_t)i;
    *n = first[PARTS];
    return pair;
}

void tv_link_counts_top(int32_t *top, int64_t k, const struct tv_link_counts *l, const float *mean)
{
    int64_t n;
    int32_t *pair = reaching_new(l, least_count(l, k), &n),
            *order = tv_alloc_aligned((size_t)n, sizeof *order),
            *count = tv_alloc_aligned((size_t)n, sizeof *count);
    float *value = tv_alloc_aligned((size_t)n, sizeof *value);
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < n; i++) count[i] = l->count[pair[i]], value[i] = mean[pair[i]];
    tv_top_counts(order, count, value, n, k);
    for (int64_t i = 0; i < k; i++) {
        top[2 * i] = (int32_t)(pair[order[i]] / l->nb);
        top[2 * i + 1] = (int32_t)(pair[order[i]] % l->nb);
    }
    free(pair), free(order), free(count), free(value);
}
