#include "num/gemm_pack.h"
#include "num/bf16.h"
#include "num/ints.h"
#include "num/kernel.h"
#include <stddef.h>
#include <string.h>

enum { PAIRS = 256 }; /* of a column that are rounded at a time */

typedef float quad __attribute__((vector_size(16), aligned(4), may_alias));

static void transpose_quad(float *p, int64_t nr, const float *b, int64_t ldb)
{
    quad r0 = *(const quad *)b, r1 = *(const quad *)(b + ldb), r2 = *(const quad *)(b + 2 * ldb),
         r3 = *(const quad *)(b + 3 * ldb);
    quad low01 = __builtin_shufflevector(r0, r1, 0, 4, 1, 5),
         low23 = __builtin_shufflevector(r2, r3, 0, 4, 1, 5),
         high01 = __builtin_shufflevector(r0, r1, 2, 6, 3, 7),
         high23 = __builtin_shufflevector(r2, r3, 2, 6, 3, 7);
    *(quad *)p = __builtin_shufflevector(low01, low23, 0, 1, 4, 5);
    *(quad *)(p + nr) = __builtin_shufflevector(low01, low23, 2, 3, 6, 7);
    *(quad *)(p + 2 * nr) = __builtin_shufflevector(high01, high23, 0, 1, 4, 5);
    *(quad *)(p + 3 * nr) = __builtin_shufflevector(high01, high23, 2, 3, 6, 7);
}

void tv_transpose(float *p, int64_t nr, const float *b, int64_t ldb, int64_t kc, int64_t w)
{
    int64_t whole_k = kc / 4 * 4, whole_w = w / 4 * 4;
    for (int64_t j = 0; j < whole_w; j += 4)
        for (int64_t i = 0; i < whole_k; i += 4) transpose_quad(p + i * nr + j, nr, b + j * ldb + i, ldb);
    for (int64_t j = 0; j < w; j++)
        for (int64_t i = j < whole_w ? whole_k : 0; i < kc; i++)
            memcpy(p + i * nr + j, b + j * ldb + i, sizeof *p);
}

/* A large B comes from memory in pieces too short for the processor to see where the next one will be: it is
 * asked for ahead. */
static inline void ask_for(const float *x, int64_t n)
{
    enum { LINE = 16 };
    for (int64_t i = 0; i < n; i += LINE) __builtin_prefetch(x + i);
}
enum { ROWS_AHEAD = 16 };

/* The rows of op(B) are rows of B: each is read once, across all panels. */
static void pack_rows(float *panels, int64_t step, const struct tv_operand *s, int64_t k0, int64_t kc,
                      int64_t j0, int64_t j1)
{
    for (int64_t i = 0; i < kc; i++) {
        const float *row = s->b + (k0 + i) * s->ldb;
        float *p = panels + i * s->nr;
        if (k0 + i + ROWS_AHEAD < s->k) ask_for(row + ROWS_AHEAD * s->ldb + j0, min64(j1, s->n) - j0);
        for (int64_t j = j0; j < j1; j += s->nr, p += step) {
            int64_t w = min64(s->nr, s->n - j);
            for (int64_t c = 0; c < w; c++) p[c] = row[j + c];
        }
    }
}

static void pack_row_pairs(float *panels, int64_t step, const struct tv_operand *s, int64_t k0, int64_t kc,
                           int64_t j0, int64_t j1)
{
    for (int64_t i = 0; i < kc; i++) {
        const float *low = s->b + 2 * (k0 + i) * s->ldb,
                    *high = 2 * (k0 + i) + 1 < s->k ? low + s->ldb : NULL;
        float *p = panels + i * s->nr;
        for (int64_t ahead = ROWS_AHEAD; ahead < ROWS_AHEAD + 2 && 2 * (k0 + i) + ahead < s->k; ahead++)
            ask_for(low + ahead * s->ldb + j0, min64(j1, s->n) - j0);
        for (int64_t j = j0; j < j1; j += s->nr, p += step)
            tv_bf16_interleave(p, low + j, high ? high + j : NULL, min64(s->nr, s->n - j));
    }
}

/* The columns of op(B) are rows of B: each is rounded along k, then a panel of them transposed. */
static void pack_column_pairs(float *p, const struct tv_operand *s, int64_t k0, int64_t kc, int64_t j,
                              int64_t w)
{
    float column[TV_KERNEL_MAX_NR * PAIRS];
    for (int64_t i = 0; i < kc; i += PAIRS) {
        int64_t n = min64(PAIRS, kc - i), floats = min64(2 * n, s->k - 2 * (k0 + i));
        for (int64_t c = 0; c < w; c++) {
            if (j + c + s->nr < s->n) ask_for(s->b + (j + c + s->nr) * s->ldb + 2 * (k0 + i), floats);
            tv_bf16_row(column + c * PAIRS, s->b + (j + c) * s->ldb + 2 * (k0 + i), floats);
        }
        tv_transpose(p + i * s->nr, s->nr, column, PAIRS, n, w);
    }
}

void tv_operand_pack(float *panels, int64_t step, const struct tv_operand *s, int64_t k0, int64_t kc,
                     int64_t j0, int64_t j1)
{
    if (!s->transposed) (s->pairs ? pack_row_pairs : pack_rows)(panels, step, s, k0, kc, j0, j1);
    for (int64_t j = j0; j < j1; j += s->nr, panels += step) {
        int64_t w = min64(s->nr, s->n - j);
        if (s->transposed && s->pairs)
            pack_column_pairs(panels, s, k0, kc, j, w);
        else if (s->transposed) {
            for (int64_t c = j + s->nr; c < min64(s->n, j + 2 * s->nr); c++)
                ask_for(s->b + c * s->ldb + k0, kc);
            tv_transpose(panels, s->nr, s->b + j * s->ldb + k0, s->ldb, kc, w);
        }
        for (int64_t i = 0; w < s->nr && i < kc; i++)
            memset(panels + i * s->nr + w, 0, (size_t)(s->nr - w) * sizeof *panels);
    }
}
