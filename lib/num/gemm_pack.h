/* num/gemm_pack.h - strips of op(B) as the panels that the kernels read; private to lib/num.
 *
 * A panel is [kc][nr]: kc rows of op(B), nr columns, zero padded.  Rows are floats, or pairs of them in
 * bfloat16 (num/bf16.h), the last filled up with zero.
 */
#ifndef TV_NUM_GEMM_PACK_H
#define TV_NUM_GEMM_PACK_H
#include <stdbool.h>
#include <stdint.h>

struct tv_operand {
    const float *b; /* op(B) is [k][n] */
    int64_t ldb, k, n;
    bool transposed; /* B is [n][k] */
    bool pairs;
    int64_t nr;
};

/* Rows [k0, k0 + kc), in floats or pairs, of columns [j0, j1): panel p at panels + p * step; j0 begins a
 * panel. */
void tv_operand_pack(float *panels, int64_t step, const struct tv_operand *s, int64_t k0, int64_t kc,
                     int64_t j0, int64_t j1);
/* p[i * nr + j] = b[j * ldb + i],  i < kc, j < w. */
void tv_transpose(float *p, int64_t nr, const float *b, int64_t ldb, int64_t kc, int64_t w);

#endif
