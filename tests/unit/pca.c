/* tests/unit/pca.c - components against their definition, against Jacobi on the whole matrix, in awkward
 * cases. */
#include <omp.h>
#include <stdlib.h>
#include "check.h"
#include "num/pca.h"
#include "num/rng.h"

enum { N = 300, P = 90, K = 5 };

/* Gaussian columns mixed so that the spectrum decays; the mean is not 0. */
static void make_data(double *x, int n, int p, uint64_t seed)
{
    struct tv_rng r;
    tv_rng_seed(&r, seed, 0);
    for (int i = 0; i < n; i++) {
        double shared = tv_rng_normal(&r);
        for (int j = 0; j < p; j++) x[i * p + j] = 3 + tv_rng_normal(&r) * 4 / (1 + j) + shared / (1 + j % 7);
    }
}

static double residual(const double *x, int n, int p, const double *v, double lambda)
{
    double s = 0, *w = calloc((size_t)p, sizeof *w);
    for (int i = 0; i < n; i++) {
        double t = 0;
        for (int j = 0; j < p; j++) t += x[i * p + j] * v[j];
        for (int j = 0; j < p; j++) w[j] += t * x[i * p + j] / n;
    }
    for (int j = 0; j < p; j++) s += (w[j] - lambda * v[j]) * (w[j] - lambda * v[j]);
    free(w);
    return sqrt(s);
}

static void check_basis(const double *v, int k, int p)
{
    for (int a = 0; a < k; a++) {
        int best = 0;
        for (int j = 0; j < p; j++)
            if (fabs(v[a * p + j]) > fabs(v[a * p + best])) best = j;
        CHECK(v[a * p + best] > 0);
        for (int b = 0; b <= a; b++) {
            double s = 0;
            for (int j = 0; j < p; j++) s += v[a * p + j] * v[b * p + j];
            CHECK_NEAR(s, a == b, 1e-9);
        }
    }
}

static void test_center(void)
{
    static double x[N * P], mean[P], mean32[P];
    static float y[N * P];
    make_data(x, N, P, 1);
    for (int e = 0; e < N * P; e++) y[e] = (float)x[e];
    double want = 0, left = 0;
    for (int i = 0; i < N; i++) want += x[i * P + 7] / N;
    tv_center_f64(N, P, x, mean);
    tv_center_f32(N, P, y, mean32);
    for (int i = 0; i < N; i++) left += x[i * P + 7];
    CHECK_NEAR(mean[7], want, 1e-12);
    CHECK_NEAR(mean32[7], want, 1e-6);
    CHECK_NEAR(left, 0, 1e-11);
}

static void test_components(int p)
{
    static double x[N * P], v[K * P], v32[K * P], value[K], value32[K], mean[P], a[P * P], all[P],
        vectors[P * P];
    static float y[N * P];
    make_data(x, N, p, 2);
    tv_center_f64(N, p, x, mean);
    for (int e = 0; e < N * p; e++) y[e] = (float)x[e];
    tv_pca_f64(N, p, x, K, v, value);
    tv_pca_f32(N, p, y, K, v32, value32);
    check_basis(v, K, p);
    check_basis(v32, K, p);
    for (int i = 0; i < p; i++)
        for (int j = 0; j < p; j++) {
            a[i * p + j] = 0;
            for (int r = 0; r < N; r++) a[i * p + j] += x[r * p + i] * x[r * p + j] / N;
        }
    tv_eigen(p, a, all, vectors);
    for (int c = 0; c < K; c++) {
        CHECK_NEAR(value[c], all[c], 1e-10 * all[0]);
        CHECK_NEAR(value32[c], all[c], 1e-5 * all[0]);
        CHECK(residual(x, N, p, v + c * p, value[c]) < 1e-10 * all[0]);
        CHECK(residual(x, N, p, v32 + c * p, value32[c]) < 3e-5 * all[0]);
    }
}

/* More columns than rows, three dimensions at most; ten columns of which two are constant. */
static void test_deficient(void)
{
    static double x[4 * P], v[K * P], value[K], mean[P];
    make_data(x, 4, P, 3);
    tv_center_f64(4, P, x, mean);
    tv_pca_f64(4, P, x, K, v, value);
    check_basis(v, K, P);
    CHECK(value[2] > 1e-6 * value[0]);
    CHECK_NEAR(value[3], 0, 1e-12 * value[0]);
    memset(x, 0, sizeof x);
    tv_pca_f64(4, P, x, 2, v, value);
    check_basis(v, 2, P);
    CHECK(value[0] == 0 && value[1] == 0);
}

/* Over 1,024 columns the f32 path never forms the Gram matrix; both agree with f64. */
static void test_wide(void)
{
    enum { ROWS = 40, WIDE = 1100 };
    double *x = malloc(sizeof(double[ROWS * WIDE])), *v = malloc(sizeof(double[2][WIDE])), mean[WIDE],
           value[2];
    double *v32 = malloc(sizeof(double[2][WIDE])), value32[2];
    float *y = malloc(sizeof(float[ROWS * WIDE]));
    make_data(x, ROWS, WIDE, 4);
    tv_center_f64(ROWS, WIDE, x, mean);
    for (int e = 0; e < ROWS * WIDE; e++) y[e] = (float)x[e];
    tv_pca_f64(ROWS, WIDE, x, 2, v, value);
    tv_pca_f32(ROWS, WIDE, y, 2, v32, value32);
    CHECK_NEAR(value32[0], value[0], 1e-5 * value[0]);
    CHECK_NEAR(value32[1], value[1], 1e-5 * value[0]);
    CHECK(residual(x, ROWS, WIDE, v32, value32[0]) < 3e-5 * value[0]);
    free(x), free(v), free(v32), free(y);
}

static void test_threads(void)
{
    static double x[N * P], a[K * P], b[K * P], value[K], mean[P];
    make_data(x, N, P, 5);
    omp_set_num_threads(1);
    tv_center_f64(N, P, x, mean);
    tv_pca_f64(N, P, x, K, a, value);
    omp_set_num_threads(3);
    tv_pca_f64(N, P, x, K, b, value);
    CHECK(!memcmp(a, b, sizeof a));
    omp_set_num_threads(2);
}

int main(void)
{
    test_center();
    test_components(P);
    test_components(12);
    test_deficient();
    test_wide();
    test_threads();
    return check_done();
}
