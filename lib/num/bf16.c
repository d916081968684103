#include "num/bf16.h"
#include "num/ints.h"
#include "num/simd.h"
#include <stddef.h>
#include <string.h>

enum { PIECE = 4096 }; /* pairs at a time: a thread's share of a long row, long enough to be read ahead of */

TV_INLINE uint32_t round_bf16(float x)
{
    uint32_t u;
    memcpy(&u, &x, sizeof u);
    return x == x ? (u + 0x7fff + (u >> 16 & 1)) >> 16 : 0x7fc0;
}

/* Away from zero where what is cut off and `offset` make a unit. */
TV_INLINE uint32_t round_with(float x, uint32_t offset)
{
    uint32_t u;
    memcpy(&u, &x, sizeof u);
    return x == x ? (u + offset) >> 16 : 0x7fc0;
}

/* A row's pairs, on a little-endian machine: its halves one after the other. */
typedef uint16_t half __attribute__((may_alias));

TV_INLINE void put(float *out, uint32_t low, uint32_t high)
{
    uint32_t pair = low | high << 16;
    memcpy(out, &pair, sizeof pair);
}

/* ---- rows ---- */

TV_SIMD static void halves_of(half *restrict out, const float *restrict x, int64_t n)
{
    for (int64_t i = 0; i < n; i++) out[i] = (uint16_t)round_bf16(x[i]);
}

void tv_bf16_row(float *out, const float *x, int64_t n)
{
    half *to = (half *)out;
    halves_of(to, x, n);
    if (n % 2) to[n] = 0;
}

/* Even rows are one long row. */
static void join_rows(int64_t *rows, int64_t *n)
{
    if (*n % 2 == 0) *n *= *rows, *rows = 1;
}

void tv_bf16_pairs(float *out, const float *x, int64_t rows, int64_t n)
{
    join_rows(&rows, &n);
    int64_t pairs = tv_pairs(n);
#pragma omp parallel for collapse(2) schedule(static) if (rows * n > 1 << 15)
    for (int64_t r = 0; r < rows; r++)
        for (int64_t i = 0; i < pairs; i += PIECE)
            tv_bf16_row(out + r * pairs + i, x + r * n + 2 * i, min64(2 * PIECE, n - 2 * i));
}

/* ---- ways ---- */

/* What way `way` adds before it cuts. */
static uint32_t offset_of(int64_t way, int ways)
{
    uint32_t reversed = 0;
    for (int bit = 1; bit < ways; bit *= 2) reversed = 2 * reversed + (way & bit ? 1 : 0);
    return (2 * reversed + 1) * (0x8000u / (uint32_t)ways);
}

enum { WAYS = 8 };

TV_SIMD static void halves_with(half *restrict out, const float *restrict x, uint32_t offset, int64_t n)
{
    for (int64_t i = 0; i < n; i++) out[i] = (uint16_t)round_with(x[i], offset);
}

void tv_bf16_path(float *out, const float *x, int64_t count, int64_t rows, int64_t n, int64_t row,
                  int64_t images)
{
    int64_t each = rows * n;
    join_rows(&rows, &n);
    int64_t pairs = tv_pairs(n), pieces = ceil_div(pairs, PIECE);
#pragma omp parallel for schedule(static) if (count * each > 1 << 15)
    for (int64_t p = 0; p < count * rows * pieces; p++) {
        int64_t r = p / pieces, i = p % pieces * PIECE, some = min64(2 * PIECE, n - 2 * i);
        half *to = (half *)(out + r * pairs + i);
        halves_with(to, x + r * n + 2 * i, offset_of((row + r / rows) / images % WAYS, WAYS), some);
        if (some % 2) to[some] = 0;
    }
}

/* ---- steps ---- */

TV_SIMD static void step(half *restrict out, const float *restrict x0, const float *restrict x1,
                         const float *restrict slope, float share, float low, float high, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        out[i] =
            (uint16_t)round_bf16(tv_clip(x1[i], low, high) - tv_clip(x0[i], low, high) - share * slope[i]);
}

void tv_bf16_steps(float *out, const struct tv_bf16_steps *s)
{
    int64_t rows = s->rows, n = s->n, size = rows * n;
    join_rows(&rows, &n);
    int64_t pairs = tv_pairs(n), pieces = ceil_div(pairs, PIECE);
#pragma omp parallel for schedule(static) if (size * s->steps > 1 << 15)
    for (int64_t i = 0; i < s->steps * rows * pieces; i++) {
        int64_t p = i / (rows * pieces), r = i / pieces % rows, at = i % pieces * PIECE,
                some = min64(2 * PIECE, n - 2 * at), from = r * n + 2 * at;
        const float *x = s->x + p * size + from;
        half *to = (half *)(out + (p * rows + r) * pairs + at);
        step(to, x, x + size, s->slope + from, s->share[p], s->low, s->high, some);
        if (some % 2) to[some] = 0;
    }
}

/* ---- weights ---- */

TV_SIMD void tv_bf16_interleave(float *out, const float *low, const float *high, int64_t n)
{
    if (high)
        for (int64_t j = 0; j < n; j++) put(out + j, round_bf16(low[j]), round_bf16(high[j]));
    else
        for (int64_t j = 0; j < n; j++) put(out + j, round_bf16(low[j]), 0);
}

/* A block of k rows of nr weights. */
TV_SIMD static void round_block(float *restrict out, const float *restrict w, int64_t k, int64_t nr,
                                uint32_t offset)
{
    for (int64_t i = 0; i < k / 2; i++, out += nr, w += 2 * nr)
        for (int64_t j = 0; j < nr; j++)
            put(out + j, round_with(w[j], offset), round_with(w[nr + j], offset));
    for (int64_t j = 0; k % 2 && j < nr; j++) put(out + j, round_with(w[j], offset), 0);
}

void tv_bf16_panels(float *out, const float *packed, int64_t blocks, int64_t k, int64_t nr, int ways)
{
    int64_t each = tv_pairs(k) * nr;
#pragma omp parallel for schedule(static) if (blocks * each > 1 << 15)
    for (int64_t b = 0; b < blocks; b++)
        for (int64_t w = 0; w < ways; w++)
            round_block(out + (w * blocks + b) * each, packed + b * k * nr, k, nr, offset_of(w, ways));
}
