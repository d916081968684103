/* num/machine.h - what this machine can do at most, measured: the roofline that --profile and the benchmarks
 * hold the kernels against.  All in the threads that OpenMP would use; each takes a fraction of a second. */
#ifndef TV_NUM_MACHINE_H
#define TV_NUM_MACHINE_H

/* Floating-point operations a second of fused multiply-adds on vectors that stay in registers (2 each). */
double tv_machine_flops(void);
/* The same of products of bfloat16 pairs (4 each); that of floats where the processor has no such
 * instruction. */
double tv_machine_flops_bf16(void);
/* Bytes a second, read and written, of copying between arrays beyond all caches. */
double tv_machine_bandwidth(void);

#endif
