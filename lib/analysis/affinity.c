/* analysis/affinity.c - SPEC 6.6: from distances to affinities. */
#include "analysis/affinity.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "core/err.h"
#include "core/mem.h"
#include "num/knn.h"
#include "num/sort.h"

enum { STEPS = 100 };              /* of the search for b_i, which needs about seven */
static const double CLOSE = 1e-10; /* of the entropy */

int64_t tv_affinity_neighbours(int64_t n, double perplexity)
{
    double k = floor(3 * perplexity);
    return k < (double)n - 1 ? (int64_t)k : n - 1;
}

const char *tv_affinity_check(int64_t n, double perplexity)
{
    if (n < 4) return tv_msg("want at least 4 rows, got %lld; a map of so few says nothing", (long long)n);
    if (perplexity >= (double)n - 1)
        return tv_msg("%lld rows have a perplexity below %lld, got %g; use --perplexity %g or less",
                      (long long)n, (long long)n - 1, perplexity, floor((double)(n - 1) / 3));
    return NULL;
}

/* Entropy of exp(-b d) over a row, and its slope by log b; leaves the weights in w and returns their sum in
 * *total. */
static double entropy(int64_t k, const float *d, double b, double *w, double *total, double *slope)
{
    double s = 0, sd = 0, sdd = 0;
    for (int64_t j = 0; j < k; j++) {
        double t = (double)d[j] - d[0];
        w[j] = exp(-b * t);
        s += w[j];
        sd += w[j] * t;
        sdd += w[j] * t * t;
    }
    double mean = sd / s;
    *total = s;
    *slope = -b * b * (sdd / s - mean * mean);
    return log(s) + b * mean;
}

/* Newton's method in log b, kept inside the bracket of signs; the entropy falls as b grows. */
static void solve_row(int64_t k, double want, float *d, double *w)
{
    double mean = 0, total = 1, slope;
    for (int64_t j = 0; j < k; j++) mean += ((double)d[j] - d[0]) / (double)k;
    double t = mean > 0 ? -log(mean) : 0, lo = -INFINITY, hi = INFINITY; /* t = log b */
    for (int step = 0; step < STEPS; step++) {
        double over = entropy(k, d, exp(t), w, &total, &slope) - want;
        if (fabs(over) < CLOSE || mean == 0) break;
        if (over > 0)
            lo = t;
        else
            hi = t;
        double next = slope < 0 ? t - over / slope : INFINITY;
        if (!(next > lo && next < hi && fabs(next - t) < 3))
            next = isinf(lo) ? t - 3 : isinf(hi) ? t + 3 : (lo + hi) / 2;
        if (next == t || next > 600) break; /* as sharp as doubles allow: the nearest are tied */
        t = next;
    }
    for (int64_t j = 0; j < k; j++) d[j] = (float)(w[j] / total);
}

void tv_affinity_conditional(int64_t n, int64_t k, double perplexity, float *distance2)
{
#pragma omp parallel
    {
        double *w = TV_ARRAY(double, (size_t)k);
#pragma omp for schedule(dynamic, 64)
        for (int64_t i = 0; i < n; i++) solve_row(k, log(perplexity), distance2 + i * k, w);
        free(w);
    }
}

/* ---- symmetric P ---- */

/* The neighbours' lists turned round: who has i among its neighbours, in ascending order. */
struct turned {
    int64_t *start; /* [n + 1] */
    int32_t *from;
    float *value;
};

static struct turned turned_new(int64_t n, int64_t k, const int32_t *index, const float *conditional)
{
    struct turned t = {TV_ARRAY(int64_t, (size_t)n + 1), TV_ARRAY(int32_t, (size_t)(n * k)),
                       TV_ARRAY(float, (size_t)(n * k))};
    for (int64_t e = 0; e < n * k; e++) t.start[index[e] + 1]++;
    for (int64_t i = 0; i < n; i++) t.start[i + 1] += t.start[i];
    for (int64_t e = 0; e < n * k; e++) {
        int64_t at = t.start[index[e]]++;
        t.from[at] = (int32_t)(e / k);
        t.value[at] = conditional[e];
    }
    for (int64_t i = n; i > 0; i--) t.start[i] = t.start[i - 1];
    t.start[0] = 0;
    return t;
}

static void turned_free(struct turned *t)
{
    free(t->start);
    free(t->from);
    free(t->value);
}

/* Puts one row's neighbours in ascending order; `key` and `order` have room for k. */
static void sort_row(int64_t k, int32_t *index, float *conditional, double *key, int32_t *order)
{
    for (int64_t e = 0; e < k; e++) key[e] = index[e];
    tv_argsort_asc_f64(order, key, k);
    for (int64_t e = 0; e < k; e++) index[e] = (int32_t)key[order[e]];
    for (int64_t e = 0; e < k; e++) key[e] = conditional[e];
    for (int64_t e = 0; e < k; e++) conditional[e] = (float)key[order[e]];
}

static void sort_rows(int64_t n, int64_t k, int32_t *index, float *conditional)
{
#pragma omp parallel
    {
        double *key = TV_ARRAY(double, (size_t)k);
        int32_t *order = TV_ARRAY(int32_t, (size_t)k);
#pragma omp for schedule(dynamic, 64)
        for (int64_t i = 0; i < n; i++) sort_row(k, index + i * k, conditional + i * k, key, order);
        free(key);
        free(order);
    }
}

/* Number of different columns in row i: neighbours and those whose neighbour it is. */
static int64_t union_size(int64_t i, int64_t k, const int32_t *index, const struct turned *t)
{
    int64_t a = 0, b = t->start[i], end = t->start[i + 1], size = 0;
    for (; a < k || b < end; size++) {
        int32_t x = a < k ? index[a] : INT32_MAX, y = b < end ? t->from[b] : INT32_MAX;
        a += x <= y;
        b += y <= x;
    }
    return size;
}

static void union_fill(struct tv_sparse *p, int64_t i, int64_t k, const int32_t *index,
                       const float *conditional, const struct turned *t)
{
    int64_t a = 0, b = t->start[i], end = t->start[i + 1], at = p->start[i];
    double scale = 0.5 / (double)p->n;
    for (; a < k || b < end; at++) {
        int32_t x = a < k ? index[a] : INT32_MAX, y = b < end ? t->from[b] : INT32_MAX;
        double value = 0;
        p->column[at] = x < y ? x : y;
        if (x <= y) value += conditional[a++];
        if (y <= x) value += t->value[b++];
        p->value[at] = (float)(value * scale);
    }
    for (; at < p->start[i + 1]; at++) {
        p->column[at] = (int32_t)i;
        p->value[at] = 0;
    }
}

void tv_affinity_joint(struct tv_sparse *p, int64_t n, int64_t k, int32_t *index, float *conditional)
{
    sort_rows(n, k, index, conditional);
    struct turned t = turned_new(n, k, index, conditional);
    *p = (struct tv_sparse){.n = n, .start = TV_ARRAY(int64_t, (size_t)n + 1)};
#pragma omp parallel for schedule(dynamic, 64)
    for (int64_t i = 0; i < n; i++) p->start[i + 1] = tv_student_pad(union_size(i, k, index + i * k, &t));
    for (int64_t i = 0; i < n; i++) p->start[i + 1] += p->start[i];
    p->column = tv_alloc_aligned((size_t)p->start[n], sizeof *p->column);
    p->value = tv_alloc_aligned((size_t)p->start[n], sizeof *p->value);
#pragma omp parallel for schedule(dynamic, 64)
    for (int64_t i = 0; i < n; i++) union_fill(p, i, k, index + i * k, conditional + i * k, &t);
    turned_free(&t);
}

void tv_affinity(struct tv_sparse *joint, int64_t n, int64_t p, const float *x, double perplexity,
                 const struct tv_cells *cells, void (*progress)(int64_t done))
{
    int64_t k = tv_affinity_neighbours(n, perplexity);
    int32_t *index = TV_ARRAY(int32_t, (size_t)(n * k));
    float *weight = TV_ARRAY(float, (size_t)(n * k));
    tv_knn(n, p, x, k, cells, index, weight, progress);
    tv_affinity_conditional(n, k, perplexity, weight);
    tv_affinity_joint(joint, n, k, index, weight);
    free(index);
    free(weight);
}

void tv_sparse_release(struct tv_sparse *p)
{
    free(p->start);
    free(p->column);
    free(p->value);
    *p = (struct tv_sparse){0};
}
