#include "num/machine.h"
#include "core/mem.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif
#pragma GCC optimize("fp-contract=fast")

enum { CHAINS = 12, TURNS = 1 << 21, RUNS = 5 }; /* independent sums: latency times units, rounded up */

/* Processor time of the calling thread: what other programs do does not count. */
static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* A loop of STEP on CHAINS sums of BYTES each; OPS operations a float of them.  The compiler is kept from
 * knowing what the vectors hold. */
#define PEAK(NAME, BYTES, TARGET, OPS, STEP)                                                                 \
    typedef float NAME##_vec __attribute__((vector_size(BYTES)));                                            \
    TARGET static double NAME(void)                                                                          \
    {                                                                                                        \
        NAME##_vec sum[CHAINS] = {{0}}, x = (NAME##_vec){0} + 0.5f, y = (NAME##_vec){0} + 1;                 \
        for (int c = 0; c < CHAINS; c++) __asm__ volatile("" : "+x"(sum[c]));                                \
        for (int i = 0; i < TURNS; i++) {                                                                    \
            __asm__ volatile("" : "+x"(x), "+x"(y));                                                         \
            for (int c = 0; c < CHAINS; c++) sum[c] = STEP;                                                  \
        }                                                                                                    \
        for (int c = 0; c < CHAINS; c++) __asm__ volatile("" : : "x"(sum[c]));                               \
        return (double)TURNS * CHAINS * (BYTES / 4) * OPS;                                                   \
    }
#define FMA sum[c] * x + y
PEAK(plain, 16, , 2, FMA)
#if defined(__x86_64__)
#define DOT (avx512bf16_vec) _mm512_dpbf16_ps((__m512)sum[c], (__m512bh)x, (__m512bh)y)
PEAK(avx2, 32, __attribute__((target("avx2,fma"))), 2, FMA)
PEAK(avx512, 64, __attribute__((target("avx512f"))), 2, FMA)
PEAK(avx512bf16, 64, __attribute__((target("avx512f,avx512bf16"))), 4, DOT)
#endif

static double floats(void)
{
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512f")) return avx512();
    if (__builtin_cpu_supports("fma")) return avx2();
#endif
    return plain();
}

static double pairs(void)
{
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512bf16")) return avx512bf16();
#endif
    return floats();
}

/* The best of a few runs on all threads. */
static double best_of(double (*work)(void))
{
    double best = 0;
    for (int run = 0; run < RUNS; run++) {
        double rate = 0;
#pragma omp parallel reduction(+ : rate)
        {
            double start = now();
            rate += work() / (now() - start);
        }
        best = rate > best ? rate : best;
    }
    return best;
}

double tv_machine_flops(void) { return best_of(floats); }
double tv_machine_flops_bf16(void) { return best_of(pairs); }

double tv_machine_bandwidth(void)
{
    enum { BYTES = 1 << 27, PART = 1 << 20 };
    char *a = tv_alloc(BYTES, 1), *b = tv_alloc(BYTES, 1);
    double best = 0;
    for (int run = 0; run <= RUNS; run++) { /* the first has the pages made */
        double rate = 0;
#pragma omp parallel reduction(+ : rate)
        {
            double start = now();
            int64_t bytes = 0;
#pragma omp for schedule(static) nowait
            for (int part = 0; part < BYTES; part += PART) {
                memcpy((run % 2 ? a : b) + part, (run % 2 ? b : a) + part, PART);
                bytes += 2 * PART;
            }
            rate += (double)bytes / (now() - start);
        }
        best = run && rate > best ? rate : best;
    }
    free(a), free(b);
    return best;
}
