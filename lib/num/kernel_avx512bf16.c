/* num/kernel_avx512bf16.c - the kernels for AVX-512 on processors that multiply bfloat16 (twice the rate of
 * floats). */
#include <immintrin.h>
#define LANES               16
#define MR                  14
#define NAME                tv_kernel_avx512bf16
#define TEXT                "avx512"
#define PAIR_DOT(acc, x, w) ((reg)_mm512_dpbf16_ps((__m512)(acc), (__m512bh)_mm512_set1_ps(x), (__m512bh)(w)))
#include "num/kernel_avx512.h"
#include "num/kernel.inc"
