#include "num/bf16.h"
#include "num/ints.h"
#include "num/simd.h"
#include <stddef.h>
#include <string.h>

enum { PIECE = 1024 }; /* pairs at a time: a thread's share of a long row */

TV_INLINE uint32_t round_bf16(float x)
{
    uint32_t u;
    memcpy(&u, &x, sizeof u);
    return x == x ? (u + 0x7fff + (u >> 16 & 1)) >> 16 : 0x7fc0;
}

TV_INLINE void put(float *out, uint32_t low, uint32_t high)
{
    uint32_t pair = low | high << 16;
    memcpy(out, &pair, sizeof pair);
}

TV_SIMD static void pairs_of(float *restrict out, const float *restrict x, int64_t n)
{
    for (int64_t i = 0; i < n; i++) put(out + i, round_bf16(x[2 * i]), round_bf16(x[2 * i + 1]));
}

TV_SIMD static void pairs_of_differences(float *restrict out, const float *restrict x,
                                         const float *restrict minus, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        put(out + i, round_bf16(x[2 * i] - minus[2 * i]), round_bf16(x[2 * i + 1] - minus[2 * i + 1]));
}

void tv_bf16_row(float *out, const float *x, int64_t n)
{
    pairs_of(out, x, n / 2);
    if (n % 2) put(out + n / 2, round_bf16(x[n - 1]), 0);
}

void tv_bf16_pairs(float *out, const float *x, const float *minus, int64_t rows, int64_t n)
{
    if (n % 2 == 0) n *= rows, rows = 1; /* even rows are one long row */
#pragma omp parallel for collapse(2) schedule(static) if (rows * n > 1 << 15)
    for (int64_t r = 0; r < rows; r++)
        for (int64_t i = 0; i < tv_pairs(n); i += PIECE) {
            int64_t piece = min64(PIECE, n / 2 - i), at = r * n + 2 * i, last = at + 2 * piece;
            float *to = out + r * tv_pairs(n) + i;
            if (minus)
                pairs_of_differences(to, x + at, minus + at, piece);
            else
                pairs_of(to, x + at, piece);
            if (i + piece < tv_pairs(n) && piece < PIECE)
                put(to + piece, round_bf16(minus ? x[last] - minus[last] : x[last]), 0);
        }
}

TV_SIMD void tv_bf16_interleave(float *out, const float *low, const float *high, int64_t n)
{
    if (high)
        for (int64_t j = 0; j < n; j++) put(out + j, round_bf16(low[j]), round_bf16(high[j]));
    else
        for (int64_t j = 0; j < n; j++) put(out + j, round_bf16(low[j]), 0);
}

void tv_bf16_panels(float *out, const float *packed, int64_t blocks, int64_t k, int64_t nr)
{
    for (int64_t b = 0; b < blocks; b++)
        for (int64_t i = 0; i < tv_pairs(k); i++, out += nr) {
            const float *low = packed + (b * k + 2 * i) * nr;
            tv_bf16_interleave(out, low, 2 * i + 1 < k ? low + nr : NULL, nr);
        }
}
