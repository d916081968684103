#include "num/kernel.h"
#include "num/gemm.h"
#include <stdlib.h>
#include <string.h>

static const struct tv_kernel *choose(void)
{
    const struct tv_kernel *best = &tv_kernel_c;
    const char *wish = getenv("TV_KERNEL");
#if defined(__x86_64__)
    bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    bool avx512 = avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
                  __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
    if (wish && !strcmp(wish, "c")) return best;
    if (avx2) best = &tv_kernel_avx2;
    if (wish && !strcmp(wish, "avx2")) return best;
    if (avx512) best = &tv_kernel_avx512;
    if (wish && !strcmp(wish, "avx512")) return best;
    if (avx512 && __builtin_cpu_supports("avx512bf16")) best = &tv_kernel_avx512bf16;
#else
    (void)wish;
#endif
    return best;
}

const struct tv_kernel *tv_kernel(void)
{
    static const struct tv_kernel *chosen;
    const struct tv_kernel *k = __atomic_load_n(&chosen, __ATOMIC_ACQUIRE);
    if (!k) __atomic_store_n(&chosen, k = choose(), __ATOMIC_RELEASE);
    return k;
}

const char *tv_kernel_name(void) { return tv_kernel()->name; }
