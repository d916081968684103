/* Positive definite systems against their definition, for sizes around the blocks'; the same bits for any
 * threads. */
#include <omp.h>
#include <stdlib.h>
#include "check.h"
#include "core/mem.h"
#include "num/rng.h"
#include "num/spd.h"

static struct tv_rng rng;

static double *random_new(int64_t n)
{
    double *x = tv_alloc_aligned((size_t)n + 1, sizeof *x);
    for (int64_t i = 0; i < n; i++) x[i] = tv_rng_normal(&rng);
    return x;
}

/* x x^T and x^T x, both triangles. */
static void test_gram(int64_t n, int64_t p)
{
    double *x = random_new(n * p), worst = 0;
    for (int rows = 0; rows < 2; rows++) {
        int64_t m = rows ? n : p, terms = rows ? p : n, ld = tv_spd_ld(m);
        double *s = random_new(m * ld);
        tv_gram_f64(n, p, x, rows, s, ld);
        for (int64_t i = 0; i < m; i++)
            for (int64_t j = 0; j < m; j++) {
                double sum = 0;
                for (int64_t t = 0; t < terms; t++)
                    sum += rows ? x[i * p + t] * x[j * p + t] : x[t * p + i] * x[t * p + j];
                worst = fmax(worst, fabs(sum - s[i * ld + j]));
            }
        free(s);
    }
    CHECK_NEAR(worst, 0, 1e-11);
    free(x);
}

/* (x^T x + 1) b = y is solved. */
static void test_solve(int64_t n)
{
    int64_t ld = tv_spd_ld(n), rows = n + 3;
    double *x = random_new(rows * n), *s = random_new(n * ld), *u = random_new(n * ld), *y = random_new(n),
           *b = random_new(n), worst = 0;
    tv_gram_f64(rows, n, x, false, s, ld);
    for (int64_t i = 0; i < n; i++) s[i * ld + i] += 1;
    memcpy(u, s, (size_t)(n * ld) * sizeof *u);
    memcpy(b, y, (size_t)n * sizeof *b);
    tv_cholesky_f64(n, u, ld, 1e-300);
    tv_cholesky_solve_f64(n, u, ld, b);
    for (int64_t i = 0; i < n; i++) {
        double left = 0;
        for (int64_t j = 0; j < n; j++) left += s[i * ld + j] * b[j];
        worst = fmax(worst, fabs(left - y[i]));
    }
    CHECK_NEAR(worst, 0, 1e-10);
    free(x), free(s), free(u), free(y), free(b);
}

static void test_threads(void)
{
    enum { N = 213 };
    int64_t ld = tv_spd_ld(N);
    double *x = random_new(N * N), *a = random_new(N * ld), *b = random_new(N * ld);
    omp_set_num_threads(1);
    tv_gram_f64(N, N, x, true, a, ld);
    tv_cholesky_f64(N, a, ld, 1e-6);
    omp_set_num_threads(3);
    tv_gram_f64(N, N, x, true, b, ld);
    tv_cholesky_f64(N, b, ld, 1e-6);
    bool same = true;
    for (int64_t i = 0; i < N; i++)
        same &= !memcmp(a + i * ld + i, b + i * ld + i, (size_t)(N - i) * sizeof *a);
    CHECK(same);
    free(x), free(a), free(b);
}

/* A matrix of rank 1: pivots that would be 0 are `least`. */
static void test_least(void)
{
    double a[2 * TV_SPD_LD] __attribute__((aligned(64))) = {4, 2};
    a[TV_SPD_LD + 1] = 1;
    tv_cholesky_f64(2, a, TV_SPD_LD, 0.25);
    CHECK(a[0] == 2 && a[1] == 1 && a[TV_SPD_LD + 1] == 0.5);
}

int main(void)
{
    tv_rng_seed(&rng, 5, 0);
    const int64_t sizes[] = {1, 2, 3, 4, 5, 15, 16, 17, 31, 32, 33, 35, 64, 100};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        test_solve(sizes[i]);
        test_gram(sizes[i], 37);
        test_gram(41, sizes[i]);
    }
    test_threads();
    test_least();
    return check_done();
}
