#include "analysis/map_rows.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "core/err.h"
#include "core/mem.h"
#include "num/gemm.h"
#include "num/pca.h"

/* The first of x[0..count) that is not finite; count when all are. */
static int64_t first_bad(int64_t count, const float *x)
{
    int64_t bad = count;
#pragma omp parallel for schedule(static) reduction(min : bad)
    for (int64_t e = 0; e < count; e++)
        if (!isfinite(x[e]) && e < bad) bad = e;
    return bad;
}

const char *tv_map_rows_add(struct tv_map_rows *r, const struct tv_map_input *in, int64_t n,
                            const int64_t *row)
{
    int64_t p = r->p = in->p;
    size_t width = (size_t)p * sizeof *r->x;
    size_t from_width = (size_t)p * tv_dtype_size(in->x->dtype);
    float *x = tv_alloc_aligned((size_t)(r->n + n), width), *to = x + r->n * p;
    if (r->n > 0) memcpy(x, r->x, (size_t)r->n * width);
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < n; i++) {
        const char *from = (const char *)in->x->data + (size_t)(row ? row[i] : i) * from_width;
        tv_convert(to + i * p, TV_F32, from, in->x->dtype, (size_t)p);
    }
    free(r->x);
    r->x = x;
    r->n += n;
    int64_t e = first_bad(n * p, to);
    if (e == n * p) return NULL;
    return tv_msg("%s: %s: row %lld, column %lld: want a finite number, got %g; leave the row out",
                  in->set.name, in->x->name, (long long)(row ? row[e / p] : e / p), (long long)(e % p),
                  (double)to[e]);
}

/* So that the largest number is between 1 and 2. */
static void scale(int64_t count, float *x)
{
    float most = 0;
#pragma omp parallel for schedule(static) reduction(max : most)
    for (int64_t e = 0; e < count; e++) most = fabsf(x[e]) > most ? fabsf(x[e]) : most;
    if (most == 0) return;
    double factor = ldexp(1, -ilogbf(most));
#pragma omp parallel for schedule(static)
    for (int64_t e = 0; e < count; e++) x[e] = (float)(x[e] * factor);
}

static void reduce(struct tv_map_rows *r, int64_t fit, int64_t k)
{
    double *axis = TV_ARRAY(double, (size_t)(k * r->p)), *variance = TV_ARRAY(double, (size_t)k);
    float *axes = TV_ARRAY(float, (size_t)(k * r->p)),
          *score = tv_alloc_aligned((size_t)(r->n * k), sizeof *score);
    tv_pca_f32(fit, r->p, r->x, k, axis, variance);
    for (int64_t e = 0; e < k * r->p; e++) axes[e] = (float)axis[e];
    tv_gemm(r->n, k, r->p, r->x, r->p, false, axes, r->p, true, score, k, false);
    free(r->x);
    r->x = score;
    r->p = k;
    free(axis);
    free(axes);
    free(variance);
}

void tv_map_rows_condition(struct tv_map_rows *r, int64_t fit, int64_t pca)
{
    double *mean = TV_ARRAY(double, (size_t)r->p);
    scale(r->n * r->p, r->x);
    tv_center_f32(fit, r->p, r->x, mean);
    for (int64_t e = fit * r->p; e < r->n * r->p; e++) r->x[e] = (float)(r->x[e] - mean[e % r->p]);
    scale(r->n * r->p, r->x);
    free(mean);
    if (pca > 0 && pca < r->p) reduce(r, fit, pca);
}

void tv_map_rows_release(struct tv_map_rows *r)
{
    free(r->x);
    *r = (struct tv_map_rows){0};
}
