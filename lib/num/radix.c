/* num/radix.c - radix sort of f64 keys. */
#include "num/radix.h"
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
