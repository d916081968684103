/* num/kernel_c.c - the kernels for four lanes, which every processor has (SSE, NEON). */
#define LANES 4
#define MR    4
#define NAME  tv_kernel_c
#define TEXT  "c"
#include "num/kernel.inc"
