/* num/kernel_avx2.c - the kernels for AVX2 with FMA: 12 of 16 registers hold the tile. */
#define LANES 8
#define MR    6
#define NAME  tv_kernel_avx2
#define TEXT  "avx2"
#include "num/kernel.inc"
