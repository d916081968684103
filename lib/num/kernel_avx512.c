/* num/kernel_avx512.c - the kernels for AVX-512: 28 of 32 registers hold the tile. */
#include <immintrin.h>
#define LANES        16
#define MR           14
#define NAME         tv_kernel_avx512
#define TEXT         "avx512"
#define LARGER(a, b) ((reg)_mm512_max_ps((__m512)(a), (__m512)(b)))
#define ANY(mask)    (_mm512_test_epi32_mask((__m512i)(mask), (__m512i)(mask)) != 0)
#include "num/kernel.inc"
