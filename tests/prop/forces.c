/* tests/prop/forces.c - t-SNE's forces: every kernel and the particle mesh against sums in double precision;
 * what does not depend on the number of threads. */
#include <omp.h>
#include <stdlib.h>
#include "check.h"
#include "num/gemm.h"
#include "num/mesh.h"
#include "num/rng.h"
#include "num/student.h"
#include "num/student_kernels.h"

static struct tv_team team;

struct cloud {
    int64_t n;
    float *u, *force, *z, *other, *other_z, *work;
    double *exact, *exact_z;
};

/* A few Gaussian heaps over `extent`, some of the points twice. */
static struct cloud cloud_new(int64_t n, double extent, uint64_t seed)
{
    size_t size = (size_t)n;
    struct cloud c = {n,
                      malloc(8 * size),
                      malloc(8 * size),
                      malloc(4 * size),
                      malloc(8 * size),
                      malloc(4 * size),
                      aligned_alloc(64, 4 * (size_t)tv_student_work(n)),
                      malloc(16 * size),
                      malloc(8 * size)};
    struct tv_rng r;
    tv_rng_seed(&r, seed, 0);
    for (int64_t i = 0; i < n; i++)
        for (int a = 0; a < 2; a++) {
            double heap = (double)(i % 7 * (a ? 3 : 5) % 7) / 7;
            c.u[2 * i + a] =
                i % 50 == 49 ? c.u[2 * i + a - 2] : (float)(extent * (heap + 0.1 * tv_rng_normal(&r)));
        }
    return c;
}

static void cloud_free(struct cloud *c)
{
    free(c->u), free(c->force), free(c->z), free(c->other), free(c->other_z), free(c->work);
    free(c->exact), free(c->exact_z);
}

static void exact(struct cloud *c)
{
    for (int64_t i = 0; i < c->n; i++) {
        double x = 0, y = 0, z = 0;
        for (int64_t j = 0; j < c->n; j++) {
            double dx = (double)c->u[2 * i] - c->u[2 * j], dy = (double)c->u[2 * i + 1] - c->u[2 * j + 1];
            double q = 1 / (1 + dx * dx + dy * dy);
            x += q * q * dx, y += q * q * dy, z += q;
        }
        c->exact[2 * i] = x, c->exact[2 * i + 1] = y, c->exact_z[i] = z;
    }
}

/* Root mean square of a - b over that of b. */
static double error(int64_t count, const float *a, const double *b)
{
    double e = 0, s = 0;
    for (int64_t i = 0; i < count; i++) e += (a[i] - b[i]) * (a[i] - b[i]), s += b[i] * b[i];
    return sqrt(e / s);
}

static double sum_z(const struct cloud *c, const float *z)
{
    double s = -(double)c->n;
    for (int64_t i = 0; i < c->n; i++) s += z[i];
    return s;
}

static void test_pairs(void)
{
    const int64_t sizes[] = {1, 2, 15, 16, 17, 100, 1003};
    for (int t = 0; t < 7; t++) {
        struct cloud c = cloud_new(sizes[t], 20, 1);
        exact(&c);
        tv_student_repel(&team, c.n, c.u, c.z, c.work);
        tv_student_collect(c.n, c.work, c.force);
        if (c.n > 1) CHECK(error(2 * c.n, c.force, c.exact) < 1e-6);
        double want = -(double)c.n;
        for (int64_t i = 0; i < c.n; i++) want += c.exact_z[i];
        CHECK_NEAR(sum_z(&c, c.z), want, 1e-6 * (double)c.n * (1 + want));
        CHECK_NEAR(tv_student_z(c.n, c.u, c.exact), want, 1e-10 * (1 + want));
        cloud_free(&c);
    }
}

/* P with `m` entries a row, some of them padding. */
static struct tv_sparse sparse_new(int64_t n, int64_t m)
{
    struct tv_rng r;
    tv_rng_seed(&r, 5, 0);
    struct tv_sparse p = {n, malloc(8 * (size_t)(n + 1)), aligned_alloc(64, 4 * (size_t)(n * m)),
                          aligned_alloc(64, 4 * (size_t)(n * m))};
    for (int64_t i = 0; i <= n; i++) p.start[i] = i * m;
    for (int64_t e = 0; e < n * m; e++) {
        p.column[e] = e % m < m - 3 ? (int32_t)tv_rng_below(&r, (uint64_t)n) : (int32_t)(e / m);
        p.value[e] = e % m < m - 3 ? tv_rng_float(&r) : 0;
    }
    return p;
}

/* Of columns within the reach of one tile, and of some that need several. */
static void test_attraction(int64_t n)
{
    struct cloud c = cloud_new(n, 10, 2);
    struct tv_sparse p = sparse_new(c.n, 48);
    struct tv_student_rows rows;
    tv_student_rows_init(&rows, &p);
    tv_student_attract(&rows, 0, n, c.u, c.force);
    tv_student_rows_release(&rows);
    for (int64_t i = 0; i < c.n; i++) {
        c.exact[2 * i] = c.exact[2 * i + 1] = 0;
        for (int64_t e = p.start[i]; e < p.start[i + 1]; e++) {
            int64_t j = p.column[e];
            double dx = (double)c.u[2 * i] - c.u[2 * j], dy = (double)c.u[2 * i + 1] - c.u[2 * j + 1];
            double pq = p.value[e] / (1 + dx * dx + dy * dy);
            c.exact[2 * i] += pq * dx, c.exact[2 * i + 1] += pq * dy;
        }
    }
    CHECK(error(2 * c.n, c.force, c.exact) < 0x1p-12);
    free(p.start), free(p.column), free(p.value);
    cloud_free(&c);
}

/* Each set of kernels that this processor runs against plain C. */
static void repel_all(const struct tv_student_kernels *k, struct cloud *c, float *force, float *z)
{
    float *x = c->work, *y = x + c->n, *fx = y + c->n, *fy = fx + c->n;
    for (int64_t i = 0; i < c->n; i++) x[i] = c->u[2 * i], y[i] = c->u[2 * i + 1], fx[i] = fy[i] = 0;
    for (int64_t i = 0; i < c->n; i += k->targets) k->repel(c->n, x, y, i, fx, fy, z + i);
    for (int64_t i = 0; i < c->n; i++) force[2 * i] = fx[i], force[2 * i + 1] = fy[i];
}

static void test_kernels(const struct tv_student_kernels *k)
{
    struct cloud c = cloud_new(512, 15, 3);
    struct tv_sparse p = sparse_new(c.n, 64);
    struct tv_student_rows rows;
    double worst = 0;
    tv_student_rows_init(&rows, &p);
    repel_all(k, &c, c.force, c.z);
    repel_all(&tv_student_c, &c, c.other, c.other_z);
    for (int64_t i = 0; i < 2 * c.n; i++)
        worst = fmax(worst, fabs(c.force[i] - c.other[i]) / (1 + fabs(c.other[i])));
    for (int64_t i = 0; i < c.n; i++) worst = fmax(worst, fabs(c.z[i] - c.other_z[i]) / c.other_z[i]);
    for (int64_t i = 0; i < c.n; i++) {
        float a[2], b[2];
        int64_t t = rows.first[i], tiles = rows.first[i + 1] - t;
        k->attract(tiles, rows.base + t, rows.entry + 16 * t, rows.scale[i], c.u, i, a);
        tv_student_c.attract(tiles, rows.base + t, rows.entry + 16 * t, rows.scale[i], c.u, i, b);
        worst = fmax(worst, fmax(fabs(a[0] - b[0]), fabs(a[1] - b[1])) / (1 + fabs(b[0]) + fabs(b[1])));
    }
    CHECK(worst < 1e-5);
    tv_student_rows_release(&rows);
    free(p.start), free(p.column), free(p.value);
    cloud_free(&c);
}

/* From one cell of the wanted spacing to many; the last needs a coarser grid than wanted and is only roughly
 * right. */
static void test_mesh(void)
{
    const struct {
        double extent, force, z;
    } want[] = {{1e-4, 2e-5, 1e-6}, {0.1, 2e-5, 1e-6}, {1, 2e-5, 1e-6},   {4, 2e-5, 1e-6},
                {12, 1e-3, 1e-5},   {40, 2e-3, 5e-5},  {150, 4e-3, 3e-4}, {1200, 0.3, 0.3}};
    for (int t = 0; t < 8; t++) {
        struct cloud c = cloud_new(3000, want[t].extent, 4);
        struct tv_mesh m;
        tv_mesh_init(&m, c.n, 0.25);
        exact(&c);
        tv_mesh_repel(&m, &team, c.u, c.force, c.z);
        double z = -(double)c.n;
        for (int64_t i = 0; i < c.n; i++) z += c.exact_z[i];
        double e = error(2 * c.n, c.force, c.exact), ez = fabs(sum_z(&c, c.z) / z - 1);
        printf("mesh over %g: force error %.1e, Z error %.1e\n", want[t].extent, e, ez);
        CHECK(e < want[t].force && ez < want[t].z);
        tv_mesh_release(&m);
        cloud_free(&c);
    }
}

/* A point alone feels nothing, wherever it is in its cell. */
static void test_self(void)
{
    struct tv_mesh m;
    struct tv_rng r;
    double worst = 0;
    tv_rng_seed(&r, 6, 0);
    tv_mesh_init(&m, 2, 0.25);
    for (int t = 0; t < 200; t++) {
        float u[4] = {0, 0, (float)(400 + tv_rng_double(&r)), (float)tv_rng_double(&r)}, force[4], z[2];
        tv_mesh_repel(&m, &team, u, force, z);
        for (int a = 0; a < 4; a++) worst = fmax(worst, fabs(force[a]));
    }
    CHECK(worst < 1e-4);
    tv_mesh_release(&m);
}

/* The same mesh serves maps that grow and shrink; nothing of the past remains. */
static void test_reuse(void)
{
    struct tv_mesh m;
    tv_mesh_init(&m, 500, 0.25);
    const double extents[] = {1e-3, 5, 60, 2};
    for (int t = 0; t < 4; t++) {
        struct cloud c = cloud_new(500, extents[t], 7);
        struct tv_mesh fresh;
        tv_mesh_init(&fresh, 500, 0.25);
        tv_mesh_repel(&m, &team, c.u, c.force, c.z);
        tv_mesh_repel(&fresh, &team, c.u, c.other, c.other_z);
        for (int64_t i = 0; i < 2 * c.n; i++) c.exact[i] = c.other[i];
        CHECK(error(2 * c.n, c.force, c.exact) < 1e-3);
        tv_mesh_release(&fresh);
        cloud_free(&c);
    }
    tv_mesh_release(&m);
}

static void test_threads(void)
{
    struct cloud c = cloud_new(9001, 30, 8);
    for (int mesh = 0; mesh < 2; mesh++) {
        for (int threads = 1; threads <= 3; threads += 2) {
            omp_set_num_threads(threads);
            float *force = threads == 1 ? c.force : c.other, *z = threads == 1 ? c.z : c.other_z;
            struct tv_mesh m;
            tv_mesh_init(&m, c.n, 0.25);
#pragma omp parallel
            if (mesh)
                tv_mesh_repel(&m, &team, c.u, force, z);
            else {
                tv_student_repel(&team, c.n, c.u, z, c.work);
                tv_team_wait(&team);
                tv_student_collect(c.n, c.work, force);
            }
            tv_mesh_release(&m);
        }
        CHECK(!memcmp(c.force, c.other, 8 * (size_t)c.n) && !memcmp(c.z, c.other_z, 4 * (size_t)c.n));
    }
    omp_set_num_threads(2);
    cloud_free(&c);
}

int main(void)
{
    test_pairs();
    test_attraction(333);
    test_attraction(200000);
#if defined(__x86_64__)
    if (!strcmp(tv_kernel_name(), "avx512")) test_kernels(&tv_student_avx512);
    if (strcmp(tv_kernel_name(), "c")) test_kernels(&tv_student_avx2);
#endif
    test_mesh();
    test_self();
    test_reuse();
    test_threads();
    return check_done();
}
