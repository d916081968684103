#include "analysis/plan.h"
#include "core/cmd.h"
#include "core/mem.h"
#include "core/progress.h"
#include "core/str.h"
#include "num/gemm.h"
#include <stdlib.h>

/* Multiply-adds a second that the kernels reach: the best of a few products that fit the caches. */
static double speed(void)
{
    enum { N = 384, TRIES = 5 };
    float *a = TV_ARRAY(float, 2 * N * N), *c = TV_ARRAY(float, N *N);
    double best = 1e30;
    for (int t = 0; t < TRIES; t++) {
        double start = tv_seconds();
        tv_gemm(N, N, N, a, N, false, a + N * N, N, false, c, N, false);
        double took = tv_seconds() - start;
        best = took < best ? took : best;
    }
    free(a);
    free(c);
    return (double)N * N * N / best;
}

void tv_plan_print(const struct tv_plan *p)
{
    struct tv_str s = {0};
    int64_t bytes = tv_memory_used() + p->bytes;
    if (bytes < tv_memory_peak()) bytes = tv_memory_peak(); /* loading the network took more */
    tv_str_add(&s, "images\tflops\tbytes\tseconds\n");
    if (p->images >= 0)
        tv_str_add(&s, "%lld", (long long)p->images);
    else
        tv_str_add(&s, "1 (number unknown)");
    tv_str_add(&s, "\t%.3g\t%lld\t%.2g\n", 2.0 * (double)p->macs, (long long)bytes,
               (double)p->macs / speed());
    tv_file_write(tv_common.output, s.s, s.len);
    tv_str_release(&s);
}
