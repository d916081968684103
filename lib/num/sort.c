/* num/sort.c - the orders, and the sorts made of sort_template.h for each type of key. */
#include "num/sort.h"
#include <stdbool.h>
#include <stddef.h>

struct f32_order {
    const float *v;
    bool desc;
};
static bool f32_before(struct f32_order o, int32_t a, int32_t b)
{
    float x = o.v[a], y = o.v[b];
    if (x < y) return !o.desc;
    if (x > y) return o.desc;
    bool nx = x != x, ny = y != y;
    return nx == ny ? a < b : ny;
}
#define FN(name) f32_##name
#include "num/sort_template.h"

struct f64_order {
    const double *v;
    bool desc;
    const int32_t *tie; /* NULL: the index */
};
static bool f64_before(struct f64_order o, int32_t a, int32_t b)
{
    double x = o.v[a], y = o.v[b];
    if (x < y) return !o.desc;
    if (x > y) return o.desc;
    bool nx = x != x, ny = y != y;
    if (nx != ny) return ny;
    return o.tie ? o.tie[a] < o.tie[b] : a < b;
}
#define FN(name) f64_##name
#include "num/sort_template.h"

struct counts_order {
    const int32_t *count;
    const float *value;
};
static bool counts_before(struct counts_order o, int32_t a, int32_t b)
{
    if (o.count[a] != o.count[b]) return o.count[a] > o.count[b];
    return o.value ? f32_before((struct f32_order){o.value, true}, a, b) : a < b;
}
#define FN(name) counts_##name
#include "num/sort_template.h"

static void f32_argsort(int32_t *index, const float *v, int64_t n, bool desc)
{
    f32_identity(index, n);
    f32_introsort((struct f32_order){v, desc}, index, n, f32_depth(n));
}

static void f64_argsort(int32_t *index, const double *v, int64_t n, bool desc)
{
    f64_identity(index, n);
    f64_introsort((struct f64_order){v, desc, NULL}, index, n, f64_depth(n));
}

void tv_argsort_asc_f32(int32_t *index, const float *v, int64_t n) { f32_argsort(index, v, n, false); }
void tv_argsort_asc_f64(int32_t *index, const double *v, int64_t n) { f64_argsort(index, v, n, false); }
void tv_argsort_tie_f64(int32_t *index, const double *v, const int32_t *tie, int64_t n)
{
    f64_identity(index, n);
    f64_introsort((struct f64_order){v, false, tie}, index, n, f64_depth(n));
}

void tv_argsort_desc_f32(int32_t *index, const float *v, int64_t n) { f32_argsort(index, v, n, true); }
void tv_argsort_desc_f64(int32_t *index, const double *v, int64_t n) { f64_argsort(index, v, n, true); }

void tv_top_f32(int32_t *index, const float *v, int64_t n, int64_t k)
{
    f32_identity(index, n);
    f32_select((struct f32_order){v, true}, index, n, k);
}

void tv_top_f64(int32_t *index, const double *v, int64_t n, int64_t k)
{
    f64_identity(index, n);
    f64_select((struct f64_order){v, true, NULL}, index, n, k);
}

void tv_top_counts(int32_t *index, const int32_t *count, const float *value, int64_t n, int64_t k)
{
    counts_identity(index, n);
    counts_select((struct counts_order){count, value}, index, n, k);
}

/* Quickselect by Hoare's partition: equal values are shared out to both sides. */
float tv_kth_largest_f32(float *v, int64_t n, int64_t k)
{
    int64_t lo = 0, hi = n - 1, want = k - 1;
    while (lo < hi) {
        float a = v[lo], b = v[lo + (hi - lo) / 2], c = v[hi];
        float pivot = a < b ? (b < c ? b : a < c ? c : a) : (a < c ? a : b < c ? c : b);
        int64_t i = lo, j = hi;
        while (i <= j) {
            while (v[i] > pivot) i++;
            while (v[j] < pivot) j--;
            if (i > j) break;
            float t = v[i];
            v[i++] = v[j];
            v[j--] = t;
        }
        if (want <= j)
            hi = j;
        else if (want >= i)
            lo = i;
        else
            break;
    }
    return v[want];
}
