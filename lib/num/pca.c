/* num/pca.c - num/pca.h.  Vectors are rows of [b,p] blocks in double precision; what differs between f32 and
 * f64 is how A = x^T x / n is applied to a block. */
#include "num/pca.h"
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "core/mem.h"
#include "num/gemm.h"
#include "num/rng.h"
#include "num/spd.h"

enum {
    EXTRA = 8,         /* vectors beyond the k wanted: they carry the error away faster */
    DIRECT = 64,       /* with at most so many columns the block is the whole space */
    GROUPS = 16,       /* of rows, summed for themselves whatever the number of threads */
    STEPS = 4,         /* products between Rayleigh-Ritz projections */
    ROUNDS = 250,      /* projections at most */
    GRAM_MAX = 1024,   /* f32: with at most so many columns x^T x is formed once */
    GRAM_MAX64 = 4096, /* f64: with at most so many columns or rows, x^T x or x x^T */
    SWEEPS = 60,
    COLUMNS = 128, /* of a block of vectors, that stay in the cache */
    ALONE = 8192,  /* numbers of a block that one thread is through with before others have woken */
};

/* ---- centring ---- */

static int64_t group_begin(int64_t n, int64_t g) { return n * g / GROUPS; }

/* The mean of each column from its GROUPS partial sums. */
static void means(int64_t n, int64_t p, const double *part, double *mean)
{
    for (int64_t j = 0; j < p; j++) {
        mean[j] = 0;
        for (int64_t g = 0; g < GROUPS; g++) mean[j] += part[g * p + j];
        mean[j] /= n > 0 ? (double)n : 1;
    }
}

void tv_center_f32(int64_t n, int64_t p, float *x, double *mean)
{
    double *part = TV_ARRAY(double, (size_t)(GROUPS * p));
#pragma omp parallel for schedule(static, 1)
    for (int64_t g = 0; g < GROUPS; g++)
        for (int64_t i = group_begin(n, g); i < group_begin(n, g + 1); i++)
            for (int64_t j = 0; j < p; j++) part[g * p + j] += x[i * p + j];
    means(n, p, part, mean);
#pragma omp parallel for
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < p; j++) x[i * p + j] = (float)(x[i * p + j] - mean[j]);
    free(part);
}

void tv_center_f64(int64_t n, int64_t p, double *x, double *mean)
{
    double *part = TV_ARRAY(double, (size_t)(GROUPS * p));
#pragma omp parallel for schedule(static, 1)
    for (int64_t g = 0; g < GROUPS; g++)
        for (int64_t i = group_begin(n, g); i < group_begin(n, g + 1); i++)
            for (int64_t j = 0; j < p; j++) part[g * p + j] += x[i * p + j];
    means(n, p, part, mean);
#pragma omp parallel for
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < p; j++) x[i * p + j] -= mean[j];
    free(part);
}

/* ---- small dense algebra ---- */

/* Rotates rows and columns k and l of a, and rows k and l of v, so that a[k,l] becomes 0. */
static void jacobi_rotate(int64_t m, double *a, double *v, int64_t k, int64_t l)
{
    double theta = (a[l * m + l] - a[k * m + k]) / (2 * a[k * m + l]);
    double t = copysign(1, theta) / (fabs(theta) + sqrt(theta * theta + 1)), c = 1 / sqrt(t * t + 1),
           s = t * c;
    for (int64_t i = 0; i < m; i++) {
        double x = a[i * m + k], y = a[i * m + l];
        a[i * m + k] = c * x - s * y;
        a[i * m + l] = s * x + c * y;
    }
    for (int64_t i = 0; i < m; i++) {
        double x = a[k * m + i], y = a[l * m + i], vx = v[k * m + i], vy = v[l * m + i];
        a[k * m + i] = c * x - s * y;
        a[l * m + i] = s * x + c * y;
        v[k * m + i] = c * vx - s * vy;
        v[l * m + i] = s * vx + c * vy;
    }
    a[k * m + l] = a[l * m + k] = 0;
}

static void swap_rows(int64_t m, double *v, int64_t i, int64_t j)
{
    for (int64_t k = 0; k < m; k++) {
        double t = v[i * m + k];
        v[i * m + k] = v[j * m + k];
        v[j * m + k] = t;
    }
}

void tv_eigen(int64_t m, double *a, double *value, double *vector)
{
    memset(vector, 0, (size_t)(m * m) * sizeof *vector);
    for (int64_t i = 0; i < m; i++) vector[i * m + i] = 1;
    for (int sweep = 0; sweep < SWEEPS; sweep++) {
        bool rotated = false;
        for (int64_t k = 0; k < m; k++)
            for (int64_t l = k + 1; l < m; l++)
                if (fabs(a[k * m + l]) > 1e-17 * (fabs(a[k * m + k]) + fabs(a[l * m + l])) &&
                    a[k * m + l] != 0) {
                    jacobi_rotate(m, a, vector, k, l);
                    rotated = true;
                }
        if (!rotated) break;
    }
    for (int64_t i = 0; i < m; i++) value[i] = a[i * m + i];
    for (int64_t i = 0; i < m; i++) {
        int64_t best = i;
        for (int64_t j = i + 1; j < m; j++)
            if (value[j] > value[best]) best = j;
        if (best == i) continue;
        double t = value[i];
        value[i] = value[best];
        value[best] = t;
        swap_rows(m, vector, i, best);
    }
}

/* Gram-Schmidt, each vector twice.  One that depends on those before it is replaced by the first axis that
 * does not. */
static void gram_schmidt(int64_t b, int64_t p, double *v)
{
    int64_t axis = 0;
    for (int64_t i = 0; i < b; i++) {
        double *vi = v + i * p, before = sqrt(tv_dot_f64(p, vi, vi)), after = 0;
        for (int pass = 0; pass < 2; pass++) {
            for (int64_t k = 0; k < i; k++) {
                double c = tv_dot_f64(p, v + k * p, vi);
                tv_axpy_f64(p, -c, v + k * p, vi);
            }
            after = sqrt(tv_dot_f64(p, vi, vi));
        }
        if (!(after > 1e-13 * before) && axis < p) {
            memset(vi, 0, (size_t)p * sizeof *vi);
            vi[axis++] = 1;
            i--;
            continue;
        }
        for (int64_t j = 0; j < p; j++) vi[j] /= after;
    }
}

/* v <- u^-T v, u upper triangular with rows of ld. */
static void solve_block(int64_t b, int64_t p, const double *u, int64_t ld, double *v)
{
#pragma omp parallel for schedule(static) if (b * p > ALONE)
    for (int64_t j = 0; j < p; j += COLUMNS) {
        int64_t columns = p - j < COLUMNS ? p - j : COLUMNS;
        for (int64_t i = 0; i < b; i++) {
            double *vi = v + i * p + j;
            for (int64_t k = 0; k < i; k++) tv_axpy_f64(columns, -u[k * ld + i], v + k * p + j, vi);
            for (int64_t c = 0; c < columns; c++) vi[c] /= u[i * ld + i];
        }
    }
}

/* Cholesky QR (Yamamoto et al., 2015): v v^T = u^T u, v <- u^-T v.  False when some vector has less than
 * `least` of its squared length beside those before it; v is as it was. */
static bool cholesky_qr(int64_t b, int64_t p, double least, double *v)
{
    int64_t ld = tv_spd_ld(b);
    double *u = tv_alloc_aligned((size_t)(b * ld), sizeof *u), *length2 = TV_ARRAY(double, (size_t)b);
    bool apart = true;
#pragma omp parallel for schedule(dynamic, 1) if (b * p > ALONE)
    for (int64_t i = 0; i < b; i++)
        for (int64_t j = i; j < b; j++) u[i * ld + j] = tv_dot_f64(p, v + i * p, v + j * p);
    for (int64_t i = 0; i < b; i++) length2[i] = u[i * ld + i];
    tv_cholesky_f64(b, u, ld, DBL_MIN);
    for (int64_t i = 0; i < b; i++)
        apart &= u[i * ld + i] * u[i * ld + i] > fmax(least * length2[i], 2 * DBL_MIN);
    if (apart) solve_block(b, p, u, ld, v);
    free(u);
    free(length2);
    return apart;
}

/* Turns v into another basis of the same space, nearly orthonormal: as the next product wants it. */
static void condition(int64_t b, int64_t p, double *v)
{
    if (!cholesky_qr(b, p, 1e-10, v)) gram_schmidt(b, p, v);
}

/* The first Cholesky QR leaves products of the size of rounding over 1e-10, the second ends them: as good as
 * Gram-Schmidt twice, and a few parallel loops where that is a chain of vectors. */
static void orthonormalise(int64_t b, int64_t p, double *v)
{
    condition(b, p, v);
    if (!cholesky_qr(b, p, 0.5, v)) gram_schmidt(b, p, v);
}

/* v <- r v for b x b rotations r, through `spare` [b,p]. */
static void rotate_block(int64_t b, int64_t p, const double *r, double *v, double *spare)
{
#pragma omp parallel for if (b * p > ALONE)
    for (int64_t i = 0; i < b; i++) {
        memset(spare + i * p, 0, (size_t)p * sizeof *spare);
        for (int64_t k = 0; k < b; k++) tv_axpy_f64(p, r[i * b + k], v + k * p, spare + i * p);
    }
    memcpy(v, spare, (size_t)(b * p) * sizeof *v);
}

/* ---- A = x^T x / n, applied to a block ---- */

struct operator
{
    int64_t n, p, b;
    const double *x64;
    const float *x32;
    double *gram64; /* x^T x, or x x^T in the place of A, n times; rows of ld */
    int64_t ld;
    double *part; /* f64 without gram: [GROUPS,b,p] */
    float *gram;  /* f32: x^T x [p,p], or NULL */
    float *v, *w; /* f32: blocks [b,p] */
    float *t;     /* f32 without gram: x v^T [n,b] */
};

static void apply_f64(const struct operator* o, const double *v, double *w)
{
    int64_t p = o->p, b = o->b;
    memset(o->part, 0, (size_t)(GROUPS * b * p) * sizeof *o->part);
#pragma omp parallel for schedule(static, 1)
    for (int64_t g = 0; g < GROUPS; g++)
        for (int64_t i = group_begin(o->n, g); i < group_begin(o->n, g + 1); i++)
            for (int64_t a = 0; a < b; a++) {
                const double *x = o->x64 + i * p;
                tv_axpy_f64(p, tv_dot_f64(p, x, v + a * p), x, o->part + (g * b + a) * p);
            }
    for (int64_t e = 0; e < b * p; e++) {
        double s = 0;
        for (int64_t g = 0; g < GROUPS; g++) s += o->part[g * b * p + e];
        w[e] = s / (double)o->n;
    }
}

static void apply_f32(const struct operator* o, const double *v, double *w)
{
    int64_t p = o->p, b = o->b;
#pragma omp parallel for schedule(static) if (b * p > ALONE)
    for (int64_t e = 0; e < b * p; e++) o->v[e] = (float)v[e];
    if (o->gram) {
        tv_gemm(b, p, p, o->v, p, false, o->gram, p, false, o->w, p, false);
    } else {
        tv_gemm(o->n, b, p, o->x32, p, false, o->v, p, true, o->t, b, false);
        tv_gemm(b, p, o->n, o->t, b, true, o->x32, p, false, o->w, p, false);
    }
#pragma omp parallel for schedule(static) if (b * p > ALONE)
    for (int64_t e = 0; e < b * p; e++) w[e] = (double)o->w[e] / (double)o->n;
}

static void apply_gram(const struct operator* o, const double *v, double *w)
{
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < o->p; i++)
        for (int64_t a = 0; a < o->b; a++)
            w[a * o->p + i] = tv_dot_f64(o->p, o->gram64 + i * o->ld, v + a * o->p) / (double)o->n;
}

static void apply(const struct operator* o, const double *v, double *w)
{
    if (o->gram64)
        apply_gram(o, v, w);
    else if (o->x64)
        apply_f64(o, v, w);
    else
        apply_f32(o, v, w);
}

/* ---- subspace iteration ---- */

/* Turns v and w = A v so that v holds Ritz vectors, best first; true when the first k are eigenvectors to
 * `tol`. */
static bool rayleigh_ritz(const struct operator* o, int64_t k, double tol, double *v, double *w,
                          double *value, double *spare)
{
    int64_t p = o->p, b = o->b;
    double *t = TV_ARRAY(double, (size_t)(b * b)), *r = TV_ARRAY(double, (size_t)(b * b)), worst = 0;
#pragma omp parallel for schedule(dynamic, 1) if (b * p > ALONE)
    for (int64_t i = 0; i < b; i++)
        for (int64_t j = 0; j <= i; j++)
            t[i * b + j] = (tv_dot_f64(p, v + i * p, w + j * p) + tv_dot_f64(p, v + j * p, w + i * p)) / 2;
    for (int64_t i = 0; i < b; i++)
        for (int64_t j = i + 1; j < b; j++) t[i * b + j] = t[j * b + i];
    tv_eigen(b, t, value, r);
    rotate_block(b, p, r, v, spare);
    rotate_block(b, p, r, w, spare);
    for (int64_t i = 0; i < k; i++) {
        double s = 0;
        for (int64_t j = 0; j < p; j++) {
            double d = w[i * p + j] - value[i] * v[i * p + j];
            s += d * d;
        }
        worst = fmax(worst, sqrt(s));
    }
    free(t);
    free(r);
    return b == p || worst <= tol * value[0];
}

static void sign_fix(int64_t p, double *v)
{
    int64_t best = 0;
    for (int64_t j = 1; j < p; j++)
        if (fabs(v[j]) > fabs(v[best])) best = j;
    if (v[best] >= 0) return;
    for (int64_t j = 0; j < p; j++) v[j] = -v[j];
}

static int64_t block_size(int64_t p, int64_t k) { return p <= DIRECT || k + EXTRA > p ? p : k + EXTRA; }

static void iterate(const struct operator* o, int64_t k, double tol, double *component, double *variance)
{
    int64_t p = o->p, b = o->b;
    size_t size = (size_t)(b * p);
    double *v = TV_ARRAY(double, size), *w = TV_ARRAY(double, size), *spare = TV_ARRAY(double, size);
    double *value = TV_ARRAY(double, (size_t)b);
    struct tv_rng rng;
    tv_rng_seed(&rng, 0, 0);
    for (size_t e = 0; e < size; e++) v[e] = tv_rng_normal(&rng);
    for (int round = 1;; round++) {
        for (int step = 0; step < STEPS && b < p; step++) {
            condition(b, p, v);
            apply(o, v, w);
            memcpy(v, w, size * sizeof *v);
        }
        orthonormalise(b, p, v);
        apply(o, v, w);
        if (rayleigh_ritz(o, k, tol, v, w, value, spare) || round == ROUNDS) break;
        memcpy(v, w, size * sizeof *v);
    }
    for (int64_t i = 0; i < k; i++) {
        sign_fix(p, v + i * p);
        variance[i] = fmax(value[i], 0);
    }
    memcpy(component, v, (size_t)(k * p) * sizeof *v);
    free(v);
    free(w);
    free(spare);
    free(value);
}

static bool small(int64_t m) { return m <= GRAM_MAX64; }

/* From the eigenvectors u [k,n] of x x^T: the components x^T u.  Those without variance are made up. */
static void components_of_rows(int64_t n, int64_t p, const double *x, int64_t k, const double *u,
                               double *component, const double *variance)
{
    memset(component, 0, (size_t)(k * p) * sizeof *component);
#pragma omp parallel for schedule(static)
    for (int64_t a = 0; a < k; a++)
        for (int64_t i = 0; i < n && variance[a] > 1e-15 * variance[0]; i++)
            tv_axpy_f64(p, u[a * n + i], x + i * p, component + a * p);
    orthonormalise(k, p, component);
    for (int64_t a = 0; a < k; a++) sign_fix(p, component + a * p);
}

void tv_pca_f64(int64_t n, int64_t p, const double *x, int64_t k, double *component, double *variance)
{
    bool rows = n < p && k <= n && small(n);
    int64_t m = rows ? n : p;
    struct operator o = {.n = n, .p = m, .b = block_size(m, k), .x64 = x, .ld = tv_spd_ld(m)};
    double *u = rows ? TV_ARRAY(double, (size_t)(k * n)) : component;
    if (small(m)) {
        o.gram64 = tv_alloc_aligned((size_t)m, (size_t)o.ld * sizeof *o.gram64);
        tv_gram_f64(n, p, x, rows, o.gram64, o.ld);
    } else {
        o.part = TV_ARRAY(double, (size_t)(GROUPS * o.b * p));
    }
    iterate(&o, k, 1e-12, u, variance);
    if (rows) {
        components_of_rows(n, p, x, k, u, component, variance);
        free(u);
    }
    free(o.gram64);
    free(o.part);
}

void tv_pca_f32(int64_t n, int64_t p, const float *x, int64_t k, double *component, double *variance)
{
    struct operator o = {.n = n, .p = p, .b = block_size(p, k), .x32 = x};
    size_t size = (size_t)(o.b * p);
    o.v = tv_alloc_aligned(size, sizeof(float));
    o.w = tv_alloc_aligned(size, sizeof(float));
    if (p <= GRAM_MAX) {
        o.gram = tv_alloc_aligned((size_t)(p * p), sizeof(float));
        tv_gemm(p, p, n, x, p, true, x, p, false, o.gram, p, false);
    } else {
        o.t = tv_alloc_aligned((size_t)(n * o.b), sizeof(float));
    }
    iterate(&o, k, 1e-5, component, variance);
    free(o.v);
    free(o.w);
    free(o.gram);
    free(o.t);
}
