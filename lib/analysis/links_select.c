/* analysis/links_select.c - active links of an image, counts over the images, important links. */
#include "analysis/links_select.h"
#include <stdlib.h>
#include <string.h>
#include "analysis/share.h"
#include "core/err.h"
#include "core/mem.h"
#include "num/sort.h"

const char *tv_link_counts_check(int64_t na, int64_t nb)
{
    int64_t pairs;
    if (na < 1 || nb < 1 || __builtin_mul_overflow(na, nb, &pairs) || pairs > INT32_MAX)
        return tv_msg("want between 1 and 2^31 - 1 links, got %lld x %lld neurons", (long long)na,
                      (long long)nb);
    return NULL;
}

void tv_link_counts_init(struct tv_link_counts *l, int64_t na, int64_t nb, double share)
{
    *l = (struct tv_link_counts){.na = na, .nb = nb, .share = share};
    l->count = TV_ARRAY(int32_t, na * nb);
    l->sum = TV_ARRAY(double, na *nb);
}

void tv_link_counts_release(struct tv_link_counts *l)
{
    free(l->count);
    free(l->sum);
    *l = (struct tv_link_counts){0};
}

static const char *check_values(const float *v, int64_t images, int64_t pairs)
{
    for (int64_t i = 0; i < images * pairs; i++) {
        if (isnan(v[i]) || v[i] == INFINITY)
            return tv_msg("want finite link values, got %g for pair %lld", (double)v[i],
                          (long long)(i % pairs));
    }
    return NULL;
}

/* The active links of one image into active[0..k), where k is the number returned.  `order`: workspace of
 * `pairs`. */
static int64_t select_active(int32_t *active, const float *v, int64_t pairs, double share, int32_t *order)
{
    int64_t exist = 0;
    for (int64_t i = 0; i < pairs; i++) exist += v[i] != TV_LINK_NONE;
    int64_t k = tv_share_count(share, exist);
    tv_top_f32(order, v, pairs, k);
    memcpy(active, order, (size_t)k * sizeof *active);
    return k;
}

const char *tv_link_counts_add(struct tv_link_counts *l, const float *v, int64_t images)
{
    int64_t pairs = l->na * l->nb, most = tv_share_count(l->share, pairs);
    const char *bad = check_values(v, images, pairs);
    if (bad) return bad;
    int32_t *active = tv_alloc_aligned((size_t)(images * most), sizeof *active);
    int64_t *k = TV_ARRAY(int64_t, images);
#pragma omp parallel
    {
        int32_t *order = tv_alloc_aligned((size_t)pairs, sizeof *order);
#pragma omp for schedule(dynamic)
        for (int64_t p = 0; p < images; p++)
            k[p] = select_active(active + p * most, v + p * pairs, pairs, l->share, order);
        free(order);
        /* A pair's sum takes the images in their order, whatever the threads and the cuts between calls. */
#pragma omp for
        for (int64_t i = 0; i < pairs; i++) {
            for (int64_t p = 0; p < images; p++) l->sum[i] += (double)v[p * pairs + i];
        }
    }
    for (int64_t p = 0; p < images; p++) {
        for (int64_t i = 0; i < k[p]; i++) l->count[active[p * most + i]]++;
    }
    l->images += images;
    free(k);
    free(active);
    return NULL;
}

void tv_link_counts_mean(float *mean, const struct tv_link_counts *l)
{
    for (int64_t i = 0; i < l->na * l->nb; i++)
        mean[i] = l->images && l->sum[i] != TV_LINK_NONE ? (float)(l->sum[i] / (double)l->images) : NAN;
}

int64_t tv_link_counts_top_count(const struct tv_link_counts *l, double share)
{
    int64_t exist = 0;
    for (int64_t i = 0; i < l->na * l->nb; i++) exist += l->sum[i] != TV_LINK_NONE;
    return tv_share_count(share, exist);
}

void tv_link_counts_top(int32_t *top, int64_t k, const struct tv_link_counts *l, const float *mean)
{
    int32_t *order = tv_alloc_aligned((size_t)(l->na * l->nb), sizeof *order);
    tv_top_counts(order, l->count, mean, l->na * l->nb, k);
    for (int64_t i = 0; i < k; i++) {
        top[2 * i] = (int32_t)(order[i] / l->nb);
        top[2 * i + 1] = (int32_t)(order[i] % l->nb);
    }
    free(order);
}
