/* num/radix.c - radix sorts of f64 and f32 keys. */
#include "num/radix.h"
#include "num/simd.h"
#include <string.h>

enum { BITS = 8, DIGITS = 64 / BITS, VALUES = 1 << BITS };

/* Unsigned integers in the order of the doubles: the sign bit flipped, negative numbers complemented.  -0
 * equals 0; every NaN comes last. */
static uint64_t key_of(double v)
{
    uint64_t bits;
    if (v != v) return UINT64_MAX;
    v += 0.0; /* -0 becomes 0 */
    memcpy(&bits, &v, sizeof bits);
    return bits >> 63 ? ~bits : bits | (uint64_t)1 << 63;
}

static unsigned digit(uint64_t key, int d) { return (unsigned)(key >> (d * BITS)) & (VALUES - 1); }

/* Counts become the places where each digit's items begin. */
static void accumulate(uint32_t *count)
{
    uint32_t sum = 0;
    for (int v = 0; v < VALUES; v++) {
        uint32_t here = count[v];
        count[v] = sum;
        sum += here;
    }
}

void tv_radix_argsort_f64(int32_t *index, const double *v, int64_t n, struct tv_radix_item *work)
{
    struct tv_radix_item *from = work, *to = work + n;
    uint32_t count[DIGITS][VALUES] = {{0}};
    for (int64_t i = 0; i < n; i++) {
        from[i] = (struct tv_radix_item){key_of(v[i]), (int32_t)i};
        for (int d = 0; d < DIGITS; d++) count[d][digit(from[i].key, d)]++;
    }
    for (int d = 0; d < DIGITS && n > 0; d++) {
        if (count[d][digit(from[0].key, d)] == n) continue;
        accumulate(count[d]);
        for (int64_t i = 0; i < n; i++) to[count[d][digit(from[i].key, d)]++] = from[i];
        struct tv_radix_item *swap = from;
        from = to;
        to = swap;
    }
    for (int64_t i = 0; i < n; i++) index[i] = from[i].index;
}

/* ---- f32: key and index in one number ---- */

enum { SHORT_BITS = 8, LONG_BITS = 11, LONG = 1024, INSERTION = 32 };

static uint64_t item_of(float v, uint32_t index)
{
    uint32_t bits;
    v += 0.0f; /* -0 becomes 0 */
    memcpy(&bits, &v, sizeof bits);
    bits ^= (uint32_t) - (int32_t)(bits >> 31) | (uint32_t)1 << 31;
    return (uint64_t)(v == v ? bits : TV_RADIX_NAN) << 32 | index;
}

/* By digits of so many bits, a constant where this is inlined: the fewer numbers, the smaller their tables.
 */
TV_INLINE uint64_t *sort_digits(int bits, uint64_t *from, int64_t n, uint64_t *to)
{
    enum { MOST = 4 };
    uint32_t count[MOST][1 << LONG_BITS];
    int digits = (32 + bits - 1) / bits;
    uint64_t mask = ((uint64_t)1 << bits) - 1;
    for (int d = 0; d < digits; d++) memset(count[d], 0, sizeof(uint32_t) << bits);
    for (int64_t i = 0; i < n; i++)
        for (int d = 0; d < digits; d++) count[d][from[i] >> (32 + d * bits) & mask]++;
    for (int d = 0; d < digits; d++) {
        int shift = 32 + d * bits;
        if (count[d][from[0] >> shift & mask] == n) continue;
        uint32_t sum = 0;
        for (uint64_t v = 0; v <= mask; v++) {
            uint32_t here = count[d][v];
            count[d][v] = sum;
            sum += here;
        }
        for (int64_t i = 0; i < n; i++) to[count[d][from[i] >> shift & mask]++] = from[i];
        uint64_t *swap = from;
        from = to;
        to = swap;
    }
    return from;
}

static void insertion(uint64_t *x, int64_t n)
{
    for (int64_t i = 1; i < n; i++) {
        uint64_t t = x[i];
        int64_t j = i;
        for (; j > 0 && x[j - 1] > t; j--) x[j] = x[j - 1];
        x[j] = t;
    }
}

const uint64_t *tv_radix_sort_f32(const float *v, int64_t n, uint64_t *work)
{
    for (int64_t i = 0; i < n; i++) work[i] = item_of(v[i], (uint32_t)i);
    if (n > LONG) return sort_digits(LONG_BITS, work, n, work + n);
    if (n > INSERTION) return sort_digits(SHORT_BITS, work, n, work + n);
    insertion(work, n);
    return work;
}
