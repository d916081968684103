#include "num/gemm.h"
#include "core/mem.h"
#include "num/bf16.h"
#include "num/kernel.h"
#include <omp.h>
#include <stdlib.h>
#include <string.h>

/* Blocks: KC columns of a row tile stay in the first-level cache, ROW_TILES tiles of them in the second,
 * while the panels of B stream by.  Cutting k does not change the result (num/kernel.h). */
enum { KC = 512, ROW_TILES = 8, PANELS = 16, STRIP_KC = 256, STRIP_PANELS = 8, STRIP_PAIRS = 16 };

static int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }
static int64_t min64(int64_t a, int64_t b) { return a < b ? a : b; }

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
    int64_t m, n, k, floats, lda, ldc; /* k as the kernel counts it; floats: the rows of op(B) */
    const float *a, *packed, *bias;
    float *c;
    bool accumulate, pairs; /* a and the panels are pairs (num/bf16.h), which k counts */
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

/* [k0, k0+kc) x [j0, j0+nr) of op(B) as a panel, zero padded. */
static void pack_panel(float *p, int64_t nr, const float *b, int64_t ldb, bool tb, int64_t k0, int64_t kc,
                       int64_t j0, int64_t n)
{
    enum { STRIP = 16 };
    int64_t w = min64(nr, n - j0);
    if (!tb) {
        for (int64_t i = 0; i < kc; i++, p += nr) {
            memcpy(p, b + (k0 + i) * ldb + j0, (size_t)w * sizeof *p);
            memset(p + w, 0, (size_t)(nr - w) * sizeof *p);
        }
        return;
    }
    for (int64_t i0 = 0; i0 < kc; i0 += STRIP) { /* strips of the transpose stay in the first-level cache */
        int64_t strip = min64(STRIP, kc - i0);
        for (int64_t j = 0; j < w; j++)
            for (int64_t i = 0; i < strip; i++) p[(i0 + i) * nr + j] = b[(j0 + j) * ldb + k0 + i0 + i];
        for (int64_t i = 0; i < strip; i++) memset(p + (i0 + i) * nr + w, 0, (size_t)(nr - w) * sizeof *p);
    }
}

/* The same in pairs: k0 and kc count pairs, of which the last may be half. */
static void pack_pairs(float *p, int64_t nr, const struct product *x, const float *b, int64_t ldb, bool tb,
                       int64_t k0, int64_t kc, int64_t j0)
{
    int64_t whole = min64(2 * (k0 + kc), x->floats) - 2 * k0;
    float panel[STRIP_PAIRS * 2 * TV_KERNEL_MAX_NR] __attribute__((aligned(64)));
    for (int64_t i = 0; i < kc; i += STRIP_PAIRS) {
        int64_t rows = min64(2 * STRIP_PAIRS, whole - 2 * i);
        pack_panel(panel, nr, b, ldb, tb, 2 * (k0 + i), rows, j0, x->n);
        tv_bf16_panels(p + i * nr, panel, 1, rows, nr);
    }
}

/* Rows [row0, row1) of C against one group of panels, which are packed as they are needed. */
static void strip_product(const struct tv_kernel *q, const struct product *x, const float *b, int64_t ldb,
                          bool tb, int64_t row0, int64_t row1, int64_t j0, int64_t j1, float *panels)
{
    const float *row[TV_KERNEL_MAX_MR];
    for (int64_t k0 = 0; k0 == 0 || k0 < x->k; k0 += STRIP_KC) {
        int64_t kc = min64(STRIP_KC, x->k - k0);
        bool go_on = k0 || x->accumulate;
        for (int64_t j = j0; j < j1; j += q->nr)
            x->pairs ? pack_pairs(panels + (j - j0) * STRIP_KC, q->nr, x, b, ldb, tb, k0, kc, j)
                     : pack_panel(panels + (j - j0) * STRIP_KC, q->nr, b, ldb, tb, k0, kc, j, x->n);
        for (int64_t i = row0; i < row1; i += q->mr) {
            int rows = (int)min64(q->mr, row1 - i);
            for (int r = 0; r < q->mr; r++) row[r] = x->a + (i + (r < rows ? r : 0)) * x->lda + k0;
            for (int64_t j = j0; j < j1; j += q->nr) {
                float *c = x->c + i * x->ldc + j;
                (x->pairs ? q->pairs : q->rows)(1, kc, row, panels + (j - j0) * STRIP_KC, c, x->ldc, rows,
                                                (int)min64(q->nr, x->n - j), go_on ? c : NULL, x->ldc);
            }
        }
    }
}

/* Units of work: groups of panels, and pieces of the rows where those are too few for the threads. */
static void streamed(const struct product *x, const float *b, int64_t ldb, bool tb)
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
                strip_product(q, x, b, ldb, tb, i, min64(x->m, i + step_m), j, min64(x->n, j + step_n),
                              panels);
        free(panels);
    }
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
    streamed(&x, b, ldb, tb);
    free(at);
}

void tv_gemm_pairs(int64_t m, int64_t n, int64_t k, const float *a, const float *b, int64_t ldb, bool tb,
                   float *c, int64_t ldc)
{
    struct product x = {.m = m,
                        .n = n,
                        .k = tv_pairs(k),
                        .floats = k,
                        .lda = tv_pairs(k),
                        .ldc = ldc,
                        .a = a,
                        .c = c,
                        .pairs = true};
    streamed(&x, b, ldb, tb);
}
