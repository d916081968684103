/* analysis/discrim.c - Algorithm 1 and what the feature view shows of it. */
#include "analysis/discrim.h"
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "analysis/scale.h"
#include "analysis/svm.h"
#include "core/err.h"
#include "core/mem.h"
#include "num/pca.h"
#include "num/sort.h"

/* The costs that cross-validation chooses from. */
static const double grid[] = {1e-3, 1e-2, 1e-1, 1, 1e1, 1e2};
enum { GRID = sizeof grid / sizeof *grid };

static const char *check(const double *a, int64_t source, int64_t target, int64_t columns)
{
    if (source < 1) return tv_msg("want source instances, got none");
    if (target < 1) return tv_msg("want target instances, got none");
    if (columns < 1) return tv_msg("want neurons, got none");
    if (source + target > INT_MAX || columns >= INT_MAX)
        return tv_msg("want fewer than 2^31 instances and neurons, got %lld and %lld",
                      (long long)(source + target), (long long)columns);
    for (int64_t i = 0; i < (source + target) * columns; i++) {
        if (!isfinite(a[i]))
            return tv_msg("want finite attributions, got %g in column %lld for %s instance %lld", a[i],
                          (long long)(i % columns), i / columns < source ? "source" : "target",
                          (long long)(i / columns < source ? i / columns : i / columns - source));
    }
    return NULL;
}

static void allocate(struct tv_discrim *d, int64_t source, int64_t target, int64_t columns)
{
    int64_t rows = source + target;
    *d = (struct tv_discrim){.source = source, .target = target, .columns = columns};
    d->u = TV_ARRAY(double, columns);
    d->histogram = TV_ARRAY(int32_t, columns * 2 * TV_DISCRIM_BINS);
    d->range = TV_ARRAY(double, columns * 2);
    d->decision = TV_ARRAY(double, rows);
    d->common = TV_ARRAY(int32_t, source);
    d->axes = TV_ARRAY(double, columns * 2);
    d->projection = TV_ARRAY(double, rows * 2);
}

void tv_discrim_release(struct tv_discrim *d)
{
    free(d->u);
    free(d->histogram);
    free(d->range);
    free(d->decision);
    free(d->common);
    free(d->axes);
    free(d->projection);
    *d = (struct tv_discrim){0};
}

/* d->cost, d->folds, d->cv, d->adistance. */
static void validate(struct tv_discrim *d, const double *a, const bool *positive,
                     const struct tv_discrim_options *o)
{
    int64_t rows = d->source + d->target, smaller = d->source < d->target ? d->source : d->target;
    int64_t costs = o->cost > 0 ? 1 : GRID;
    const double *cost = o->cost > 0 ? &o->cost : grid;
    d->folds = o->folds < smaller ? o->folds : smaller;
    d->cost = o->cost > 0 ? o->cost : 1;
    d->cv = d->adistance = NAN;
    if (d->folds < 2) {
        d->folds = 0;
        return;
    }
    int32_t *fold = TV_ARRAY(int32_t, rows);
    tv_svm_folds(fold, positive, rows, d->folds, o->seed);
    double accuracy[GRID];
    tv_svm_cross_validate(accuracy, a, positive, fold, rows, d->columns, d->folds, cost, costs);
    for (int64_t c = 0; c < costs; c++) { /* the smallest of equals */
        if (d->cv >= accuracy[c]) continue;
        d->cv = accuracy[c];
        d->cost = cost[c];
    }
    d->adistance = 2 * (1 - 2 * (1 - d->cv));
    free(fold);
}

/* d->histogram between the ends in d->range; a constant column falls into the first bin. */
static void count_bins(struct tv_discrim *d, const double *a)
{
    for (int64_t i = 0; i < d->source + d->target; i++) {
        for (int64_t j = 0; j < d->columns; j++) {
            double low = d->range[2 * j], span = d->range[2 * j + 1] - low;
            double at = span > 0 ? (a[i * d->columns + j] - low) / span * TV_DISCRIM_BINS : 0;
            int bin = at < TV_DISCRIM_BINS ? (int)at : TV_DISCRIM_BINS - 1;
            d->histogram[(2 * j + (i >= d->source)) * TV_DISCRIM_BINS + bin]++;
        }
    }
}

/* d->common: on the target's side of the boundary, or among the o->common source instances nearest to it. */
static void list_common(struct tv_discrim *d, int64_t at_least)
{
    tv_argsort_desc_f64(d->common, d->decision, d->source);
    d->commons = at_least < d->source ? at_least : d->source;
    while (d->commons < d->source && d->decision[d->common[d->commons]] > 0) d->commons++;
}

static double dot(const double *x, const double *y, int64_t n)
{
    double sum = 0;
    for (int64_t i = 0; i < n; i++) sum += x[i] * y[i];
    return sum;
}

/* x /= its length; false, and zeros, when it is no longer than `least`. */
static bool normalise(double *x, int64_t n, double least)
{
    double length = sqrt(dot(x, x, n));
    for (int64_t j = 0; j < n; j++) x[j] = length > least ? x[j] / length : 0;
    return length > least;
}

/* d->axes: Gram-Schmidt of [u, first principal component of x], which is centred.  Where that component is
 * u's own direction to rounding, the second one takes its place. */
static void find_axes(struct tv_discrim *d, const double *x)
{
    int64_t n = d->columns, components = n < 2 ? n : 2;
    double *q = TV_ARRAY(double, n), *g = TV_ARRAY(double, 2 * n), variance[2] = {0};
    bool found = false;
    memcpy(q, d->u, (size_t)n * sizeof *q);
    normalise(q, n, 0);
    tv_pca_f64(d->source + d->target, n, x, components, g, variance);
    for (int64_t c = 0; c < components && !found; c++) {
        double along = dot(q, g + c * n, n);
        for (int64_t j = 0; j < n; j++) g[j] = variance[c] > 0 ? g[c * n + j] - along * q[j] : 0;
        found = normalise(g, n, 1e-6);
    }
    for (int64_t j = 0; j < n; j++) {
        d->axes[2 * j] = q[j];
        d->axes[2 * j + 1] = g[j];
    }
    free(g);
    free(q);
}

/* Axes, projection and boundary; x is the scaled matrix and is centred here.  A point x lies on the boundary
 * where u . x + bias = 0, so that (x - mean) . u / |u| = -(bias + u . mean) / |u|. */
static void project(struct tv_discrim *d, double *x)
{
    int64_t rows = d->source + d->target, n = d->columns;
    double *mean = TV_ARRAY(double, n), length = sqrt(dot(d->u, d->u, n));
    tv_center_f64(rows, n, x, mean);
    find_axes(d, x);
    for (int64_t i = 0; i < rows; i++) {
        for (int64_t j = 0; j < n; j++) {
            d->projection[2 * i] += x[i * n + j] * d->axes[2 * j];
            d->projection[2 * i + 1] += x[i * n + j] * d->axes[2 * j + 1];
        }
    }
    d->boundary = length > 0 ? -(d->bias + dot(d->u, mean, n)) / length : NAN;
    free(mean);
}

const char *tv_discrim_run(struct tv_discrim *d, const double *a, int64_t source, int64_t target,
                           int64_t columns, const struct tv_discrim_options *o)
{
    *d = (struct tv_discrim){0};
    const char *bad = check(a, source, target, columns);
    if (bad) return bad;
    allocate(d, source, target, columns);
    int64_t rows = source + target;
    bool *positive = TV_ARRAY(bool, rows);
    double *x = tv_alloc_aligned((size_t)rows, (size_t)columns * sizeof *x);
    double *min = TV_ARRAY(double, columns), *max = TV_ARRAY(double, columns);
    for (int64_t i = source; i < rows; i++) positive[i] = true;
    validate(d, a, positive, o);
    tv_scale_fit(min, max, a, NULL, rows, columns);
    tv_scale_apply(x, a, rows, columns, min, max);
    tv_svm_train(d->u, &d->bias, x, positive, rows, columns, d->cost);
    for (int64_t i = 0; i < rows; i++)
        d->decision[i] = tv_svm_decision(d->u, d->bias, x + i * columns, columns);
    for (int64_t j = 0; j < columns; j++) {
        d->range[2 * j] = min[j];
        d->range[2 * j + 1] = max[j];
    }
    count_bins(d, a);
    list_common(d, o->common);
    project(d, x);
    free(max);
    free(min);
    free(x);
    free(positive);
    return NULL;
}
