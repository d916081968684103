/* num/gemm.h - single-precision matrix product, own micro-kernels chosen at run time (AVX-512, AVX2, plain
 * C).
 *
 *     C[m,n] = op(A)[m,k] . op(B)[k,n]  (+ C when `accumulate`)    row-major, leading dimensions in elements
 *
 * Every element is summed over k in one fixed order, whatever m, n, the tile it falls into and the number of
 * threads: a row's result does not depend on the rows beside it.  Runs on OpenMP's threads; called inside a
 * parallel region it runs on the caller's.
 */
#ifndef TV_NUM_GEMM_H
#define TV_NUM_GEMM_H
#include <stdbool.h>
#include <stdint.h>

void tv_gemm(int64_t m, int64_t n, int64_t k, const float *a, int64_t lda, bool ta, const float *b,
             int64_t ldb, bool tb, float *c, int64_t ldc, bool accumulate);

/* C = A op(B) in bfloat16 with sums in f32: A given as pairs (num/bf16.h), B rounded as it is read. */
void tv_gemm_pairs(int64_t m, int64_t n, int64_t k, const float *a, const float *b, int64_t ldb, bool tb,
                   float *c, int64_t ldc);

/* The same with B packed once: panels of tv_gemm_nr() columns, zero padded. */
int64_t tv_gemm_packed_size(int64_t k, int64_t n); /* floats */
void tv_gemm_pack(float *packed, int64_t k, int64_t n, const float *b, int64_t ldb, bool tb);
/* C = A . B + bias (bias[n] or NULL), or C += A . B. */
void tv_gemm_packed(int64_t m, int64_t n, int64_t k, const float *a, int64_t lda, const float *packed,
                    const float *bias, float *c, int64_t ldc, bool accumulate);

/* Name of the kernels in use ("avx512", "avx2", "c"); TV_KERNEL in the environment overrides the choice
 * (tests). */
const char *tv_kernel_name(void);

#endif
