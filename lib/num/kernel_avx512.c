/* num/kernel_avx512.c - the kernels for AVX-512: 28 of 32 registers hold the tile. */
#define LANES 16
#define MR    14
#define NAME  tv_kernel_avx512
#define TEXT  "avx512"
#include "num/kernel_avx512.h"
#include "num/kernel.inc"
