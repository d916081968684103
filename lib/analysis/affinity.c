/* analysis/affinity.c - SPEC 6.6: from distances to affinities. */
#include "analysis/affinity.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "core/err.h"
#include "core/mem.h"
#include "num/knn.h"
#include "num/radix.h"

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
        return tv_msg("%lld rows: want a perplexity below %lld, got %g; use --perplexity %g or less",
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

/* Rows of P hold a row's own neighbours and then the others whose neighbour it is; then each is sorted. */
struct sorter {
    double *key;
    int32_t *order, *column;
    float *value;
    struct tv_radix_item *work;
};

static struct sorter sorter_new(int64_t room)
{
    size_t n = (size_t)room;
    return (struct sorter){TV_ARRAY(double, n), TV_ARRAY(int32_t, n), TV_ARRAY(int32_t, n),
                           TV_ARRAY(float, n), TV_ARRAY(struct tv_radix_item, 2 * n)};
}

static void sorter_free(struct sorter *s)
{
    free(s->key);
    free(s->order);
    free(s->column);
    free(s->value);
    free(s->work);
}

/* Puts the entries of a row in ascending order of the column. */
static void sort_row(struct sorter *s, int64_t k, int32_t *column, float *value)
{
    for (int64_t e = 0; e < k; e++) s->key[e] = column[e];
    tv_radix_argsort_f64(s->order, s->key, k, s->work);
    for (int64_t e = 0; e < k; e++) {
        s->column[e] = column[s->order[e]];
        s->value[e] = value[s->order[e]];
    }
    memcpy(column, s->column, (size_t)k * sizeof *column);
    memcpy(value, s->value, (size_t)k * sizeof *value);
}

/* Where `want` is among the ascending column[0..k); -1: nowhere. */
static int64_t find_column(const int32_t *column, int64_t k, int32_t want)
{
    int64_t lo = 0, hi = k;
    while (lo < hi) {
        int64_t middle = (lo + hi) / 2;
        if (column[middle] < want)
            lo = middle + 1;
        else
            hi = middle;
    }
    return lo < k && column[lo] == want ? lo : -1;
}

struct neighbours {
    int64_t n, k;
    int32_t *index;     /* [n,k] */
    float *conditional; /* [n,k] p_j|i */
};

static void sort_neighbours(const struct neighbours *b)
{
#pragma omp parallel
    {
        struct sorter s = sorter_new(b->k);
#pragma omp for schedule(dynamic, 64)
        for (int64_t i = 0; i < b->n; i++) sort_row(&s, b->k, b->index + i * b->k, b->conditional + i * b->k);
        sorter_free(&s);
    }
}

/* size[i]: entries of row i of P. */
static void count_rows(const struct neighbours *b, int32_t *size)
{
    for (int64_t i = 0; i < b->n; i++) size[i] = (int32_t)b->k;
#pragma omp parallel for schedule(dynamic, 64)
    for (int64_t i = 0; i < b->n; i++)
        for (int64_t e = 0; e < b->k; e++) {
            int32_t j = b->index[i * b->k + e];
            if (find_column(b->index + j * b->k, b->k, (int32_t)i) >= 0) continue;
#pragma omp atomic
            size[j]++;
        }
}

/* Row i's part in P: its own entries, and one in the row of each neighbour that has not row i for its own.
 * `used` counts the entries of rows. */
static void fill_row(struct tv_sparse *p, const struct neighbours *b, int64_t i, int32_t *used)
{
    double scale = 0.5 / (double)p->n;
    for (int64_t e = 0; e < b->k; e++) {
        int32_t j = b->index[i * b->k + e];
        double value = b->conditional[i * b->k + e];
        int64_t back = find_column(b->index + j * b->k, b->k, (int32_t)i), at = p->start[i] + e;
        p->column[at] = j;
        p->value[at] = (float)((value + (back < 0 ? 0 : b->conditional[j * b->k + back])) * scale);
        if (back >= 0) continue;
#pragma omp atomic capture
        at = used[j]++;
        p->column[p->start[j] + at] = (int32_t)i;
        p->value[p->start[j] + at] = (float)(value * scale);
    }
}

/* Makes room for rows of size[i] entries and pads each with (column i, value 0). */
static void sparse_init(struct tv_sparse *p, int64_t n, const int32_t *size)
{
    *p = (struct tv_sparse){.n = n, .start = TV_ARRAY(int64_t, (size_t)n + 1)};
    for (int64_t i = 0; i < n; i++) p->start[i + 1] = p->start[i] + tv_student_pad(size[i]);
    p->column = tv_alloc_aligned((size_t)p->start[n], sizeof *p->column);
    p->value = tv_alloc_aligned((size_t)p->start[n], sizeof *p->value);
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < n; i++)
        for (int64_t e = p->start[i] + size[i]; e < p->start[i + 1]; e++) {
            p->column[e] = (int32_t)i;
            p->value[e] = 0;
        }
}

static void sort_sparse(struct tv_sparse *p, const int32_t *size)
{
    int64_t most = 0;
    for (int64_t i = 0; i < p->n; i++) most = size[i] > most ? size[i] : most;
#pragma omp parallel
    {
        struct sorter s = sorter_new(most);
#pragma omp for schedule(dynamic, 64)
        for (int64_t i = 0; i < p->n; i++)
            sort_row(&s, size[i], p->column + p->start[i], p->value + p->start[i]);
        sorter_free(&s);
    }
}

void tv_affinity_joint(struct tv_sparse *p, int64_t n, int64_t k, int32_t *index, float *conditional)
{
    struct neighbours b = {n, k, index, conditional};
    int32_t *size = TV_ARRAY(int32_t, (size_t)n), *used = TV_ARRAY(int32_t, (size_t)n);
    sort_neighbours(&b);
    count_rows(&b, size);
    sparse_init(p, n, size);
    for (int64_t i = 0; i < n; i++) used[i] = (int32_t)k;
#pragma omp parallel for schedule(dynamic, 64)
    for (int64_t i = 0; i < n; i++) fill_row(p, &b, i, used);
    sort_sparse(p, size);
    free(size);
    free(used);
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

/* ---- rows ---- */

void tv_sparse_fill(struct tv_sparse *p, int64_t n, const int64_t *start, const int32_t *column,
                    const float *value)
{
    int32_t *size = TV_ARRAY(int32_t, (size_t)n);
    for (int64_t i = 0; i < n; i++) size[i] = (int32_t)(start[i + 1] - start[i]);
    sparse_init(p, n, size);
    for (int64_t i = 0; i < n; i++) {
        memcpy(p->column + p->start[i], column + start[i], (size_t)size[i] * sizeof *column);
        memcpy(p->value + p->start[i], value + start[i], (size_t)size[i] * sizeof *value);
    }
    free(size);
}

int64_t tv_sparse_size(const struct tv_sparse *p, int64_t i)
{
    int64_t end = p->start[i + 1];
    while (end > p->start[i] && p->value[end - 1] == 0 && p->column[end - 1] == i) end--;
    return end - p->start[i];
}

void tv_sparse_permute(struct tv_sparse *p, const int32_t *order)
{
    struct tv_sparse q;
    int32_t *size = TV_ARRAY(int32_t, (size_t)p->n), *to = TV_ARRAY(int32_t, (size_t)p->n);
    for (int64_t i = 0; i < p->n; i++) {
        to[order[i]] = (int32_t)i;
        size[i] = (int32_t)tv_sparse_size(p, order[i]);
    }
    sparse_init(&q, p->n, size);
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < p->n; i++)
        for (int64_t e = 0; e < size[i]; e++) {
            q.column[q.start[i] + e] = to[p->column[p->start[order[i]] + e]];
            q.value[q.start[i] + e] = p->value[p->start[order[i]] + e];
        }
    sort_sparse(&q, size);
    free(size);
    free(to);
    tv_sparse_release(p);
    *p = q;
}

void tv_sparse_release(struct tv_sparse *p)
{
    free(p->start);
    free(p->column);
    free(p->value);
    *p = (struct tv_sparse){0};
}
