/* num/kernel_avx2.c - the kernels for AVX2 with FMA: 12 of 16 registers hold the tile. */
#include <immintrin.h>
#define LANES        8
#define MR           6
#define NAME         tv_kernel_avx2
#define TEXT         "avx2"
#define LARGER(a, b) ((reg)_mm256_max_ps((__m256)(a), (__m256)(b)))
#define ANY(mask)    (!_mm256_testz_si256((__m256i)(mask), (__m256i)(mask)))
#include "num/kernel.inc"
