#include "analysis/plan.h"
#include "core/cmd.h"
#include "core/mem.h"
#include "core/progress.h"
#include "core/str.h"
#include "num/gemm.h"
#include <math.h>
#include <omp.h>
#include <stdlib.h>

/* Multiply-adds a second that the kernels reach: one thread's best of some products that fit the caches,
 * tried for long enough to have a processor for itself once, times the threads.  Or what the first of them
 * reach, when that is `enough`. */
static double speed(double enough)
{
    enum { N = 384, TRIES = 5 };
    const double seconds = 0.03;
    float *a = TV_ARRAY(float, 2 * N * N), *c = TV_ARRAY(float, N *N);
    const double macs = (double)N * N * N;
    double best = INFINITY;
    int threads = omp_get_max_threads();
    double begun = tv_seconds();
    omp_set_num_threads(1);
    for (int t = 0; (t < TRIES || tv_seconds() - begun < seconds) && threads * macs / best < enough; t++) {
        double start = tv_seconds();
        tv_gemm(N, N, N, a, N, false, a + N * N, N, false, c, N, false);
        double took = tv_seconds() - start;
        best = took < best ? took : best;
    }
    free(a);
    free(c);
    omp_set_num_threads(threads);
    return threads * macs / best;
}

/* Bytes of the whole process. */
static int64_t memory(const struct tv_plan *p)
{
    int64_t bytes = tv_memory_used() + p->bytes;
    return bytes < tv_memory_peak() ? tv_memory_peak() : bytes; /* loading took more */
}

void tv_plan_print(const struct tv_plan *p)
{
    struct tv_str s = {0};
    tv_str_add(&s, "images\tflops\tbytes\tseconds\n");
    if (p->images >= 0)
        tv_str_add(&s, "%lld", (long long)p->images);
    else
        tv_str_add(&s, "1 (number unknown)");
    tv_str_add(&s, "\t%.3g\t%lld\t%.2g\n", 2.0 * (double)p->macs, (long long)memory(p),
               (double)p->macs / speed(INFINITY));
    tv_file_write(tv_common.output, s.s, s.len);
    tv_str_release(&s);
}

void tv_plan_say(const struct tv_plan *p, const char *unit)
{
    double seconds = (double)p->macs / speed((double)p->macs / TV_PLAN_SHORT);
    if (seconds <= TV_PLAN_SHORT) return;
    double gigabytes = (double)memory(p) / 1e9, time = seconds < 120 ? seconds : seconds / 60;
    tv_say("%lld %s: about %.*f %s, %.*f GB of memory", (long long)p->images, unit, time < 10, time,
           seconds < 120 ? "s" : "min", gigabytes < 10, gigabytes);
}
