#include "num/bf16.h"
#include "num/ints.h"
#include "num/simd.h"
#include <stdbool.h>
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

TV_SIMD static void pairs_of_clipped(float *restrict out, const float *restrict x,
                                     const float *restrict minus, float low, float high, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        put(out + i, round_bf16(tv_clip(x[2 * i], low, high) - tv_clip(minus[2 * i], low, high)),
            round_bf16(tv_clip(x[2 * i + 1], low, high) - tv_clip(minus[2 * i + 1], low, high)));
}

/* What becomes pairs. */
struct source {
    const float *x, *minus; /* minus: NULL: none */
    bool clips;
    float low, high;
};

/* n pairs from float `at` on, of which the last may be half a one. */
static void some_pairs(const struct source *s, float *out, int64_t at, int64_t n, bool half)
{
    const float *x = s->x + at, *minus = s->minus ? s->minus + at : NULL;
    int64_t whole = n - half, last = 2 * whole;
    if (s->clips)
        pairs_of_clipped(out, x, minus, s->low, s->high, whole);
    else if (minus)
        pairs_of_differences(out, x, minus, whole);
    else
        pairs_of(out, x, whole);
    if (!half) return;
    float a = x[last], b = minus ? minus[last] : 0;
    if (s->clips) a = tv_clip(a, s->low, s->high), b = tv_clip(b, s->low, s->high);
    put(out + whole, round_bf16(a - b), 0);
}

static void all_pairs(const struct source *s, float *out, int64_t rows, int64_t n)
{
    if (n % 2 == 0) n *= rows, rows = 1; /* even rows are one long row */
    int64_t pairs = tv_pairs(n);
#pragma omp parallel for collapse(2) schedule(static) if (rows * n > 1 << 15)
    for (int64_t r = 0; r < rows; r++)
        for (int64_t i = 0; i < pairs; i += PIECE) {
            int64_t end = min64(pairs, i + PIECE);
            some_pairs(s, out + r * pairs + i, r * n + 2 * i, end - i, end == pairs && n % 2);
        }
}

void tv_bf16_pairs(float *out, const float *x, const float *minus, int64_t rows, int64_t n)
{
    all_pairs(&(struct source){.x = x, .minus = minus}, out, rows, n);
}

void tv_bf16_clipped_pairs(float *out, const float *x, const float *minus, float low, float high,
                           int64_t rows, int64_t n)
{
    all_pairs(&(struct source){x, minus, true, low, high}, out, rows, n);
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
