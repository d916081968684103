/* num/kernel_c.c - the kernels for four lanes, which every processor has (SSE, NEON); NEON has registers for
 * a larger tile. */
#define LANES 4
#if defined(__aarch64__)
#define MR 12
#else
#define MR 4
#endif
#define NAME tv_kernel_c
#define TEXT "c"
#include "num/kernel.inc"
