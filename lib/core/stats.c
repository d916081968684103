/* core/stats.c - see stats.h. */
#include "core/stats.h"
#include <math.h>
#include <string.h>

enum { BLOCK = 1024 };

void tv_stats_begin(struct tv_stats *s) { *s = (struct tv_stats){.min = NAN, .max = NAN, .mean = NAN}; }

void tv_stats_add(struct tv_stats *s, enum tv_dtype t, const void *data, size_t n)
{
    double v[BLOCK];
    for (size_t i = 0; i < n; i += BLOCK) {
        size_t m = n - i < BLOCK ? n - i : BLOCK;
        tv_convert(v, TV_F64, (const char *)data + i * tv_dtype_size(t), t, m);
        for (size_t k = 0; k < m; k++) {
            if (isnan(v[k])) {
                s->nans++;
                continue;
            }
            if (!s->count++) {
                s->min = s->max = s->mean = v[k];
                continue;
            }
            if (v[k] < s->min) s->min = v[k];
            if (v[k] > s->max) s->max = v[k];
            s->mean += (v[k] - s->mean) / (double)s->count; /* does not overflow where a sum would */
        }
    }
}

static double distance(double a, double b)
{
    if (a == b || (isnan(a) && isnan(b))) return 0;
    double d = fabs(a - b);
    return isnan(d) ? INFINITY : d;
}

static double ratio(double d, double scale) { return d == 0 ? 0 : scale == 0 ? INFINITY : d / scale; }

void tv_diff_numbers(struct tv_diff *d, const struct tv_tensor *a, const struct tv_tensor *b, double rtol,
                     double atol)
{
    double va[BLOCK], vb[BLOCK], sum = 0, scale = 0;
    *d = (struct tv_diff){.count = tv_tensor_count(a)};
    /* 64-bit integers beyond 2^53 may differ where their doubles agree */
    bool bits = a->dtype == b->dtype && !tv_dtype_is_float(a->dtype);
    for (size_t i = 0, n = (size_t)d->count; i < n; i += BLOCK) {
        size_t m = n - i < BLOCK ? n - i : BLOCK, size = tv_dtype_size(a->dtype);
        const char *pa = (const char *)a->data + i * size;
        const char *pb = (const char *)b->data + i * tv_dtype_size(b->dtype);
        tv_convert(va, TV_F64, pa, a->dtype, m);
        tv_convert(vb, TV_F64, pb, b->dtype, m);
        for (size_t k = 0; k < m; k++) {
            double e = distance(va[k], vb[k]), size_a = isfinite(va[k]) ? fabs(va[k]) : 0, rel;
            if (e == 0 && bits && memcmp(pa + k * size, pb + k * size, size)) e = 1;
            if (e == 0) {
                scale += size_a;
                continue;
            }
            rel = ratio(e, size_a);
            if (!(e <= atol + rtol * size_a)) d->off++;
            if (e > d->max_abs) d->max_abs = e;
            if (rel > d->max_rel) d->max_rel = rel;
            sum += e;
            scale += size_a;
        }
    }
    d->l1 = ratio(sum, scale);
}

void tv_diff_strings(struct tv_diff *d, const struct tv_tensor *a, const struct tv_tensor *b)
{
    *d = (struct tv_diff){.count = tv_tensor_count(a)};
    for (int64_t i = 0; i < d->count; i++)
        d->off += strcmp(((char **)a->data)[i], ((char **)b->data)[i]) != 0;
    d->max_abs = d->max_rel = d->l1 = d->off ? INFINITY : 0;
}
