/* num/radix.c - radix sorts of f64 and f32 keys. */
#include "num/radix.h"
#include "num/gemm.h"
#include "num/network.h"
#include "num/simd.h"
#include <stdbool.h>
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

enum { SHORT_BITS = 8, LONG_BITS = 11, LONG = 1024, INSERTION = 32, MOVES = 2 };

TV_INLINE uint64_t item_of(float v, uint32_t index)
{
    uint32_t bits;
    v += 0.0f; /* -0 becomes 0 */
    memcpy(&bits, &v, sizeof bits);
    bits ^= (uint32_t) - (int32_t)(bits >> 31) | (uint32_t)1 << 31;
    return (uint64_t)(v == v ? bits : TV_RADIX_NAN) << 32 | index;
}

/* By digits of so many bits from bit `low` of the keys on; numbers that are constants where this is inlined.
 * The fewer items, the smaller should the tables be. */
TV_INLINE uint64_t *sort_digits(int bits, int digits, int low, uint64_t *from, int64_t n, uint64_t *to)
{
    enum { MOST = 4 };
    uint32_t count[MOST][1 << LONG_BITS];
    uint64_t mask = ((uint64_t)1 << bits) - 1;
    for (int d = 0; d < digits; d++) memset(count[d], 0, sizeof(uint32_t) << bits);
    for (int64_t i = 0; i < n; i++)
        for (int d = 0; d < digits; d++) count[d][from[i] >> (32 + low + d * bits) & mask]++;
    for (int d = 0; d < digits; d++) {
        int shift = 32 + low + d * bits;
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

/* Cheap where few items are out of place; false when they would have to move more than `most` places in all. */
static bool insertion(uint64_t *x, int64_t n, int64_t most)
{
    for (int64_t i = 1; i < n; i++) {
        uint64_t t = x[i];
        if (x[i - 1] <= t) continue;
        int64_t j = i;
        for (; j > 0 && x[j - 1] > t; j--) x[j] = x[j - 1];
        x[j] = t;
        if ((most -= i - j) < 0) return false;
    }
    return true;
}

static uint64_t *sort_upper(int low, uint64_t *items, int64_t n, uint64_t *to)
{
    return n > LONG ? sort_digits(LONG_BITS, 2, low, items, n, to)
                    : sort_digits(SHORT_BITS, 2, low, items, n, to);
}

/* The items of v; returns the bits in which their keys differ. */
TV_SIMD static uint32_t make_items(uint64_t *item, const float *v, int64_t n)
{
    uint64_t differ = 0, first = item_of(v[0], 0);
    for (int64_t i = 0; i < n; i++) {
        item[i] = item_of(v[i], (uint32_t)i);
        differ |= item[i] ^ first;
    }
    return (uint32_t)(differ >> 32);
}

/* Items of a network that takes n; 0: radix sort is better, or there is none for this processor. */
static int64_t network_size(int64_t n)
{
    int64_t size = TV_NETWORK_FEWEST;
    if (n <= INSERTION || n > LONG || strcmp(tv_kernel_name(), "avx512") != 0) return 0;
    while (size < n) size *= 2;
    return size;
}

/* The items, and some that come last. */
static uint64_t *sort_by_network(uint64_t *items, int64_t n, int64_t size)
{
    for (int64_t i = n; i < size; i++) items[i] = UINT64_MAX;
#if defined(__x86_64__)
    tv_network_sort_avx512(items, size, items + size);
#endif
    return items + size;
}

int64_t tv_radix_work_f32(int64_t n)
{
    int64_t size = network_size(n);
    return 2 * (size ? size : n);
}

const uint64_t *tv_radix_sort_f32(const float *v, int64_t n, uint64_t *work)
{
    if (n == 0) return work;
    uint32_t differ = make_items(work, v, n);
    if (n <= INSERTION) return insertion(work, n, INT64_MAX), work;
    int64_t size = network_size(n);
    if (size) return sort_by_network(work, n, size);
    /* Two digits below the bits that all keys share: few numbers agree in them and differ below. */
    int upper = 2 * (n > LONG ? LONG_BITS : SHORT_BITS), bits = differ ? 32 - __builtin_clz(differ) : 0;
    int low = bits > upper ? bits - upper : 0;
    uint64_t *sorted = sort_upper(low, work, n, work + n);
    if (!low || insertion(sorted, n, MOVES * n)) return sorted;
    make_items(work, v, n);
    return n > LONG ? sort_digits(LONG_BITS, 3, 0, work, n, work + n)
                    : sort_digits(SHORT_BITS, 4, 0, work, n, work + n);
}
