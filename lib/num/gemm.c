#include "num/gemm.h"
#include "core/mem.h"
#include "num/bf16.h"
#include "num/gemm_pack.h"
#include "num/ints.h"
#include "num/kernel.h"
#include <omp.h>
#include <stdlib.h>
#include <string.h>

/* Blocks: KC columns of a row tile stay in the first-level cache, ROW_TILES tiles of them in the second,
 * while the panels of B stream by.  Cutting k does not change the result (num/kernel.h). */
enum { KC = 512, ROW_TILES = 8, PANELS = 16, STRIP_KC = 256, STRIP_PANELS = 8, A_STEP = STRIP_KC + 16 };

int64_t tv_gemm_packed_size(int64_t k, int64_t n)
{
    int64_t nr = tv_kernel()->nr;
    return ceil_div(n, nr) * nr * k;
}

void tv_gemm_pack(float *packed, int64_t k, int64_t n, const float *b, int64_t ldb, bool tb)
{
    int64_t nr = tv_kernel()->nr;
#pragma omp parallel for schedule(static)
    for (int64_t j0 = 0; j0 < n; j0 += nr) {
        float *p = packed + j0 * k;
        int64_t w = min64(nr, n - j0);
        for (int64_t i = 0; i < k; i++, p += nr) {
            for (int64_t j = 0; j < w; j++) p[j] = tb ? b[(j0 + j) * ldb + i] : b[i * ldb + j0 + j];
            memset(p + w, 0, (size_t)(nr - w) * sizeof *p);
        }
    }
}

struct product {
    int64_t m, n, k, lda, ldc; /* k in floats or, against pairs, in those */
    const float *a, *packed, *bias;
    float *c;
    bool accumulate;
};

/* One block of row tiles against one group of panels. */
static void block(const struct tv_kernel *q, const struct product *x, int64_t row0, int64_t row1, int64_t j0,
                  int64_t j1)
{
    const float *row[TV_KERNEL_MAX_MR];
    for (int64_t k0 = 0; k0 == 0 || k0 < x->k; k0 += KC) {
        int64_t kc = min64(KC, x->k - k0);
        bool go_on = k0 || x->accumulate;
        for (int64_t j = j0; j < j1; j += q->nr) {
            const float *w = x->packed + j * x->k + k0 * q->nr;
            int cols = (int)min64(q->nr, x->n - j);
            for (int64_t i = row0; i < row1; i += q->mr) {
                int rows = (int)min64(q->mr, row1 - i);
                for (int r = 0; r < q->mr; r++) row[r] = x->a + (i + (r < rows ? r : 0)) * x->lda + k0;
                float *c = x->c + i * x->ldc + j;
                const float *from = go_on ? c : x->bias ? x->bias + j : NULL;
                q->rows(1, kc, row, w, c, x->ldc, rows, cols, from, go_on ? x->ldc : 0);
            }
        }
    }
}

void tv_gemm_packed(int64_t m, int64_t n, int64_t k, const float *a, int64_t lda, const float *packed,
                    const float *bias, float *c, int64_t ldc, bool accumulate)
{
    const struct tv_kernel *q = tv_kernel();
    struct product x = {.m = m,
                        .n = n,
                        .k = k,
                        .lda = lda,
                        .ldc = ldc,
                        .a = a,
                        .packed = packed,
                        .bias = bias,
                        .c = c,
                        .accumulate = accumulate};
    int64_t step_m = ROW_TILES * q->mr, step_n = m > step_m ? PANELS * q->nr : q->nr;
#pragma omp parallel for collapse(2) schedule(dynamic) if (m * n * k > 1 << 15)
    for (int64_t i = 0; i < m; i += step_m)
        for (int64_t j = 0; j < n; j += step_n)
            block(q, &x, i, min64(m, i + step_m), j, min64(ceil_div(n, q->nr) * q->nr, j + step_n));
}

/* C (+)= A^T B by outer products, nothing packed: gradients of weights, where k is the batch. */
static void transposed(int64_t m, int64_t n, int64_t k, const float *a, int64_t lda, const float *b,
                       int64_t ldb, float *c, int64_t ldc)
{
    const struct tv_kernel *q = tv_kernel();
    enum { ROWS = 56 };
#pragma omp parallel for collapse(2) schedule(static) if (m * n * k > 1 << 15)
    for (int64_t j = 0; j < n; j += q->nr) {
        for (int64_t i = 0; i < m; i += ROWS) {
            const float *ap[TV_KERNEL_POINTS], *bp[TV_KERNEL_POINTS];
            for (int64_t p0 = 0; p0 < k; p0 += TV_KERNEL_POINTS) {
                int64_t points = min64(TV_KERNEL_POINTS, k - p0);
                for (int64_t p = 0; p < points; p++)
                    ap[p] = a + (p0 + p) * lda + i, bp[p] = b + (p0 + p) * ldb + j;
                q->outer(points, ap, 0, bp, c + i * ldc + j, ldc, (int)min64(ROWS, m - i),
                         (int)min64(q->nr, n - j));
            }
        }
    }
}

/* Rows [row0, row1) of C against one group of panels, which are packed as they are needed.  A tile's rows are
 * copied close together: where they lie a multiple of 4 KiB apart they would evict each other from the
 * first-level cache. */
static void strip_product(const struct tv_kernel *q, const struct product *x, const struct tv_operand *b,
                          int64_t row0, int64_t row1, int64_t j0, int64_t j1, float *panels)
{
    float a[TV_KERNEL_MAX_MR * A_STEP] __attribute__((aligned(64)));
    const float *row[TV_KERNEL_MAX_MR];
    int64_t step = STRIP_KC * q->nr;
    for (int r = 0; r < q->mr; r++) row[r] = a + r * A_STEP;
    for (int64_t k0 = 0; k0 == 0 || k0 < x->k; k0 += STRIP_KC) {
        int64_t kc = min64(STRIP_KC, x->k - k0);
        bool go_on = k0 || x->accumulate;
        tv_operand_pack(panels, step, b, k0, kc, j0, j1);
        for (int64_t i = row0; i < row1; i += q->mr) {
            int rows = (int)min64(q->mr, row1 - i);
            for (int r = 0; r < rows; r++)
                memcpy(a + r * A_STEP, x->a + (i + r) * x->lda + k0, (size_t)kc * sizeof *a);
            for (int r = rows; r < q->mr; r++) memset(a + r * A_STEP, 0, (size_t)kc * sizeof *a);
            for (int64_t j = j0; j < j1; j += q->nr) {
                float *c = x->c + i * x->ldc + j;
                (b->pairs ? q->pairs : q->rows)(1, kc, row, panels + (j - j0) / q->nr * step, c, x->ldc, rows,
                                                (int)min64(q->nr, x->n - j), go_on ? c : NULL, x->ldc);
            }
        }
    }
}

/* Units of work: groups of panels, and pieces of the rows where those are too few for the threads. */
static void streamed(const struct product *x, const struct tv_operand *b)
{
    const struct tv_kernel *q = tv_kernel();
    int64_t step_n = STRIP_PANELS * q->nr, groups = ceil_div(x->n, step_n), threads = omp_get_max_threads(),
            pieces = groups >= 2 * threads ? 1 : ceil_div(2 * threads, groups),
            step_m = ceil_div(ceil_div(x->m, pieces), q->mr) * q->mr;
#pragma omp parallel if (x->m * x->n * x->k > 1 << 15)
    {
        float *panels = tv_alloc_aligned((size_t)(STRIP_KC * step_n), sizeof *panels);
#pragma omp for collapse(2) schedule(dynamic)
        for (int64_t j = 0; j < x->n; j += step_n)
            for (int64_t i = 0; i < x->m; i += step_m)
                strip_product(q, x, b, i, min64(x->m, i + step_m), j, min64(x->n, j + step_n), panels);
        free(panels);
    }
}

/* Few rows and B [n][k]: the transpose of C, with A as the panel and the rows of B as they lie, so that a
 * large B is read once and not packed.  The sums are the same, in the same order. */
static void few_rows(const struct product *x, const float *b, int64_t ldb)
{
    const struct tv_kernel *q = tv_kernel();
    enum { TILES = 8 };
    float *panel = tv_alloc_aligned((size_t)(x->k * q->nr), sizeof *panel);
    const struct tv_operand a = {
        .b = x->a, .ldb = x->lda, .k = x->k, .n = x->m, .transposed = true, .nr = q->nr};
    tv_operand_pack(panel, 0, &a, 0, x->k, 0, x->m);
#pragma omp parallel for schedule(dynamic) if (x->m * x->n * x->k > 1 << 15)
    for (int64_t j0 = 0; j0 < x->n; j0 += TILES * q->mr)
        for (int64_t j = j0; j < min64(x->n, j0 + TILES * q->mr); j += q->mr) {
            const float *row[TV_KERNEL_MAX_MR];
            float ct[TV_KERNEL_MAX_MR * TV_KERNEL_MAX_NR];
            int rows = (int)min64(q->mr, x->n - j);
            for (int r = 0; r < q->mr; r++) row[r] = b + (j + (r < rows ? r : 0)) * ldb;
            if (x->accumulate) tv_transpose(ct, q->nr, x->c + j, x->ldc, rows, x->m);
            q->rows(1, x->k, row, panel, ct, q->nr, rows, (int)x->m, x->accumulate ? ct : NULL, q->nr);
            tv_transpose(x->c + j, x->ldc, ct, q->nr, x->m, rows);
        }
    free(panel);
}

void tv_gemm(int64_t m, int64_t n, int64_t k, const float *a, int64_t lda, bool ta, const float *b,
             int64_t ldb, bool tb, float *c, int64_t ldc, bool accumulate)
{
    if (ta && !tb) {
        if (!accumulate)
            for (int64_t i = 0; i < m; i++) memset(c + i * ldc, 0, (size_t)n * sizeof *c);
        transposed(m, n, k, a, lda, b, ldb, c, ldc);
        return;
    }
    float *at = NULL;
    if (ta) {
        at = tv_alloc_aligned((size_t)m * (size_t)k, sizeof *at);
        for (int64_t p = 0; p < k; p++)
            for (int64_t i = 0; i < m; i++) at[i * k + p] = a[p * lda + i];
        a = at, lda = k;
    }
    struct product x = {
        .m = m, .n = n, .k = k, .lda = lda, .ldc = ldc, .a = a, .c = c, .accumulate = accumulate};
    if (tb && m <= tv_kernel()->nr)
        few_rows(&x, b, ldb);
    else
        streamed(&x, &(struct tv_operand){b, ldb, k, n, tb, false, tv_kernel()->nr});
    free(at);
}

void tv_gemm_pairs(int64_t m, int64_t n, int64_t k, const float *a, const float *b, int64_t ldb, bool tb,
                   float *c, int64_t ldc)
{
    struct product x = {.m = m, .n = n, .k = tv_pairs(k), .lda = tv_pairs(k), .ldc = ldc, .a = a, .c = c};
    streamed(&x, &(struct tv_operand){b, ldb, k, n, tb, true, tv_kernel()->nr});
}
