/* num/knn_template.h - the kernels of num/knn_kernels.h on vectors of LANES floats; included once per
 * instruction set.
 *
 * Before the inclusion: LANES; `vec` and `half`, vector types of LANES and LANES / 2 floats, `wide`, one of
 * LANES / 2 doubles, and `ints`, one of LANES int32_t; `unsigned greater(vec a, vec b)`, one bit a lane; and
 * KERNELS, the name of the resulting table.  With COMPRESSED also
 *
 *     int64_t append(vec v, unsigned bits, float *to)         writes the v[l] with bit l one after the other
 *     int64_t append_ints(ints v, unsigned bits, int32_t *to)
 *
 * which return how many, write no more, and may write where `v` was read.
 */
#include <string.h>
#include "num/knn_kernels.h"
#include "num/products.h"

#ifndef COMPRESSED
static inline int64_t append(vec v, unsigned bits, float *to)
{
    float lane[LANES];
    int64_t found = 0;
    memcpy(lane, &v, sizeof v);
    for (; bits; bits &= bits - 1) to[found++] = lane[__builtin_ctz(bits)];
    return found;
}

static inline int64_t append_ints(ints v, unsigned bits, int32_t *to)
{
    int32_t lane[LANES];
    int64_t found = 0;
    memcpy(lane, &v, sizeof v);
    for (; bits; bits &= bits - 1) to[found++] = lane[__builtin_ctz(bits)];
    return found;
}
#endif

static inline vec splat(float a) { return (vec){0} + a; }

/* first, first + 1, ... */
static inline ints counting(int32_t first)
{
    static const int32_t lane[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    ints v;
    memcpy(&v, lane, sizeof v);
    return v + first;
}

/* The lanes of v[j..n). */
static inline unsigned inside(int64_t j, int64_t n) { return (1u << (n - j < LANES ? n - j : LANES)) - 1; }

/* Appends those of the vector of elements from `first` on that are above the limit. */
static inline int64_t append_above(vec v, vec limit, int32_t first, int32_t *index, float *value)
{
    unsigned bits = greater(v, limit);
    if (!bits) return 0;
    append_ints(counting(first), bits, index);
    return append(v, bits, value);
}

static int64_t filter(const float *s, int64_t m, float above, int32_t first, int32_t *index, float *value)
{
    int64_t found = 0;
    vec limit = splat(above);
    for (int64_t j = 0; j < m; j += LANES)
        found += append_above(*(const vec *)(s + j), limit, first + (int32_t)j, index + found, value + found);
    return found;
}

static int64_t keep(float *value, int32_t *index, int64_t n, float above)
{
    int64_t kept = 0;
    vec limit = splat(above);
    for (int64_t j = 0; j < n; j += LANES) {
        vec v = *(const vec *)(value + j);
        ints at = *(const ints *)(index + j);
        unsigned bits = greater(v, limit) & inside(j, n);
        append_ints(at, bits, index + kept);
        kept += append(v, bits, value + kept);
    }
    return kept;
}

static int64_t above(const float *v, int64_t n, float than)
{
    int64_t found = 0;
    vec limit = splat(than);
    for (int64_t j = 0; j < n; j += LANES)
        found += __builtin_popcount(greater(*(const vec *)(v + j), limit) & inside(j, n));
    return found;
}

static int64_t between(const float *v, int64_t n, float low, float high, float *copy, int64_t *larger)
{
    int64_t found = 0, over_all = 0;
    vec least = splat(low), most = splat(high);
    for (int64_t j = 0; j < n; j += LANES) {
        vec x = *(const vec *)(v + j);
        unsigned in = inside(j, n), over = greater(x, most) & in;
        over_all += __builtin_popcount(over);
        found += append(x, in & ~over & ~greater(least, x), copy + found);
    }
    *larger = over_all;
    return found;
}

static int64_t products(const float *w, const float *bound, int64_t bounds, float x, float above,
                        int32_t first, int32_t *index, float *value)
{
    int64_t found = 0;
    vec factor = splat(x), limit = splat(above);
    for (int64_t k = 0; k < bounds; k += LANES)
        for (unsigned bits = greater(factor * *(const vec *)(bound + k), limit); bits; bits &= bits - 1) {
            int64_t begin = (k + __builtin_ctz(bits)) * TV_PRODUCTS_BLOCK;
            for (int64_t j = begin; j < begin + TV_PRODUCTS_BLOCK; j += LANES)
                found += append_above(factor * *(const vec *)(w + j), limit, first + (int32_t)j,
                                      index + found, value + found);
        }
    return found;
}

static double distance2(const float *a, const float *b, int64_t p)
{
    enum { STEP = LANES / 2 };
    wide sum = {0};
    int64_t j = 0;
    for (; j + STEP <= p; j += STEP) {
        wide d = __builtin_convertvector(*(const half *)(a + j), wide) -
                 __builtin_convertvector(*(const half *)(b + j), wide);
        sum += d * d;
    }
    for (int l = 0; j < p; j++, l++) {
        double d = (double)a[j] - (double)b[j];
        sum[l] += d * d;
    }
    double total = 0;
    for (int l = 0; l < STEP; l++) total += sum[l];
    return total;
}

const struct tv_knn_kernels KERNELS = {filter, keep, above, between, products, distance2};
