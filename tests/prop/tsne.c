/* tests/prop/tsne.c - t-SNE by its properties: perplexity and symmetry of P, the gradient as the slope of KL,
 * maps that turn with their start and follow a permutation of the rows, equal bytes for any number of
 * threads. */
#include <omp.h>
#include <stdlib.h>
#include "analysis/affinity.h"
#include "analysis/place.h"
#include "analysis/tsne.h"
#include "check.h"
#include "core/mem.h"
#include "num/knn.h"
#include "num/pca.h"
#include "num/rng.h"

enum { DIMS = 8 };

/* Rows in `clusters` Gaussian clusters, row i in cluster i % clusters; columns centred. */
static float *rows_new(int64_t n, int clusters, double apart)
{
    struct tv_rng r;
    float *x = tv_alloc_aligned((size_t)(n * DIMS), sizeof *x), centre[16 * DIMS];
    double mean[DIMS];
    tv_rng_seed(&r, 1, 0);
    for (int e = 0; e < clusters * DIMS; e++) centre[e] = (float)(apart * tv_rng_normal(&r));
    for (int64_t e = 0; e < n * DIMS; e++)
        x[e] = centre[e / DIMS % clusters * DIMS + e % DIMS] + (float)tv_rng_normal(&r);
    tv_center_f32(n, DIMS, x, mean);
    return x;
}

static const struct tv_tsne usual = {.iterations = 750, .exaggeration = 12, .late_rate = 4};

/* ---- affinities ---- */

static void test_conditional(void)
{
    enum { N = 200, K = 45 };
    float *x = rows_new(N, 3, 2), d[N * K];
    int32_t index[N * K];
    tv_knn(N, DIMS, x, K, NULL, index, d, NULL);
    tv_affinity_conditional(N, K, 15, d);
    for (int i = 0; i < N; i++) {
        double sum = 0, entropy = 0;
        for (int e = 0; e < K; e++) {
            double p = d[i * K + e];
            sum += p;
            if (p > 0) entropy -= p * log(p);
        }
        CHECK_NEAR(sum, 1, 1e-6);
        CHECK_NEAR(exp(entropy), 15, 1e-4);
    }
    free(x);
}

/* Ties that no bandwidth separates, a perplexity that needs all neighbours alike, and distances of any scale.
 */
static void test_degenerate(void)
{
    float equal[6] = {0}, tied[6] = {2, 2, 2, 2, 9, 9}, flat[4] = {1, 2, 3, 4},
          large[4] = {1e30f, 2e30f, 3e30f, 4e30f};
    float small[4] = {1e-30f, 2e-30f, 3e-30f, 4e-30f};
    tv_affinity_conditional(1, 6, 2, equal);
    for (int e = 0; e < 6; e++) CHECK_NEAR(equal[e], 1.0 / 6, 1e-7);
    tv_affinity_conditional(1, 6, 2, tied);
    for (int e = 0; e < 6; e++) CHECK_NEAR(tied[e], e < 4 ? 0.25 : 0, 1e-6);
    tv_affinity_conditional(1, 4, 4, flat);
    for (int e = 0; e < 4; e++) CHECK_NEAR(flat[e], 0.25, 1e-3);
    tv_affinity_conditional(1, 4, 2, large);
    tv_affinity_conditional(1, 4, 2, small);
    for (int e = 0; e < 4; e++) CHECK_NEAR(small[e], large[e], 1e-6);
    CHECK(large[0] > large[1] && large[1] > large[3] && large[3] > 0);
}

static double entry(const struct tv_sparse *p, int64_t i, int64_t j)
{
    double sum = 0;
    for (int64_t e = p->start[i]; e < p->start[i + 1]; e++)
        if (p->column[e] == j) sum += p->value[e];
    return sum;
}

static void test_joint(void)
{
    enum { N = 150, K = 30 };
    float *x = rows_new(N, 3, 2), d[N * K];
    int32_t index[N * K];
    struct tv_sparse p;
    tv_affinity(&p, N, DIMS, x, 10, NULL, NULL);
    tv_knn(N, DIMS, x, K, NULL, index, d, NULL);
    tv_affinity_conditional(N, K, 10, d);
    double sum = 0, worst = 0;
    for (int64_t e = 0; e < p.start[N]; e++) sum += p.value[e];
    CHECK_NEAR(sum, 1, 1e-6);
    for (int i = 0; i < N; i++)
        for (int e = 0; e < K; e++) {
            int j = index[i * K + e];
            double want = d[i * K + e];
            for (int f = 0; f < K; f++)
                if (index[j * K + f] == i) want += d[j * K + f];
            worst = fmax(worst, fabs(entry(&p, i, j) - want / (2 * N)));
            worst = fmax(worst, fabs(entry(&p, i, j) - entry(&p, j, i)));
        }
    CHECK(worst < 1e-9);
    for (int64_t i = 0; i < N; i++) CHECK(p.start[i] % TV_STUDENT_LANES == 0 && entry(&p, i, i) == 0);
    tv_sparse_release(&p);
    free(x);
}

static void test_check(void)
{
    CHECK(tv_affinity_check(100, 40) == NULL && tv_affinity_check(100, 98.9) == NULL);
    CHECK(strstr(tv_affinity_check(100, 99), "--perplexity 33 or less") != NULL);
    CHECK(tv_affinity_check(3, 1) != NULL);
    CHECK(tv_affinity_neighbours(1000, 33.4) == 100 && tv_affinity_neighbours(50, 40) == 49);
}

/* Renumbered there and back P is the same to the bit; in between entries have moved. */
static void test_permute(void)
{
    enum { N = 130 };
    float *x = rows_new(N, 3, 2);
    struct tv_sparse p, q;
    struct tv_rng r;
    int32_t order[N], back[N];
    tv_affinity(&p, N, DIMS, x, 9, NULL, NULL);
    tv_affinity(&q, N, DIMS, x, 9, NULL, NULL);
    tv_rng_seed(&r, 4, 0);
    for (int i = 0; i < N; i++) order[i] = i;
    tv_rng_shuffle_i32(&r, order, N);
    for (int i = 0; i < N; i++) back[order[i]] = i;
    tv_sparse_permute(&q, order);
    int moved = 0;
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) moved += entry(&q, i, j) != entry(&p, order[i], order[j]);
    CHECK(moved == 0);
    tv_sparse_permute(&q, back);
    CHECK(!memcmp(p.start, q.start, sizeof(int64_t[N + 1])));
    CHECK(!memcmp(p.column, q.column, (size_t)p.start[N] * 4) &&
          !memcmp(p.value, q.value, (size_t)p.start[N] * 4));
    for (int i = 0; i < N; i++) CHECK(p.start[i] + tv_sparse_size(&p, i) <= p.start[i + 1]);
    tv_sparse_release(&p), tv_sparse_release(&q);
    free(x);
}

/* ---- gradient ---- */

/* A single map. */
static const char *run(const struct tv_tsne *o, const struct tv_sparse *p, float *u, double *z)
{
    struct tv_tsne_map m = {p, u, 0};
    const char *message = tv_tsne_run(o, 1, &m, NULL);
    *z = m.z;
    return message;
}

static double divergence(const struct tv_sparse *p, const float *u, double *part)
{
    return tv_tsne_kl(p, u, tv_student_z(p->n, u, part));
}

/* 4 (A - R / Z) is the derivative of KL: central differences in single coordinates. */
static void test_gradient(void)
{
    enum { N = 120 };
    float *x = rows_new(N, 4, 3), u[2 * N], a[2 * N], r[2 * N], z[N],
          *work = tv_alloc_aligned((size_t)tv_student_work(N), sizeof *work);
    double part[N], total = -N, worst = 0, most = 0;
    struct tv_sparse p;
    struct tv_rng rng;
    tv_affinity(&p, N, DIMS, x, 12, NULL, NULL);
    tv_rng_seed(&rng, 2, 0);
    for (int e = 0; e < 2 * N; e++) u[e] = (float)(3 * tv_rng_normal(&rng));
    struct tv_student_rows rows;
    tv_student_rows_init(&rows, &p);
    tv_student_attract(&rows, 0, N, u, a);
    tv_student_rows_release(&rows);
    struct tv_team team = {0};
    tv_student_repel(&team, N, u, z, work);
    tv_student_collect(N, work, r);
    for (int i = 0; i < N; i++) total += z[i];
    for (int e = 0; e < 2 * N; e += 7) {
        float at = u[e], step = 1.0f / 256;
        u[e] = at + step;
        double up = divergence(&p, u, part), width = u[e];
        u[e] = at - step;
        width -= u[e];
        double slope = (up - divergence(&p, u, part)) / width, want = 4 * (a[e] - r[e] / total);
        u[e] = at;
        worst = fmax(worst, fabs(slope - want));
        most = fmax(most, fabs(want));
    }
    CHECK(worst < 0x1p-12 * most); /* what rounding may do to P */
    tv_sparse_release(&p);
    free(x), free(work);
}

/* ---- maps ---- */

static double *squares(int64_t n, const float *u, const int32_t *order)
{
    double *d = TV_ARRAY(double, (size_t)(n * n));
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < n; j++) {
            const float *a = u + 2 * (order ? order[i] : i), *b = u + 2 * (order ? order[j] : j);
            d[i * n + j] = pow((double)a[0] - b[0], 2) + pow((double)a[1] - b[1], 2);
        }
    return d;
}

static double largest_difference(int64_t count, const double *a, const double *b)
{
    double worst = 0, most = 0;
    for (int64_t e = 0; e < count; e++) worst = fmax(worst, fabs(a[e] - b[e])), most = fmax(most, b[e]);
    return worst / most;
}

/* A permutation of the rows permutes the map, and a rotation of the start by a right angle rotates it: up to
 * rounding, which a short descent does not yet magnify. */
static void test_symmetry(void)
{
    enum { N = 300 };
    struct tv_tsne o = usual;
    o.iterations = 20;
    float *x = rows_new(N, 4, 3), *y = tv_alloc_aligned(N * DIMS, sizeof *y), u[2 * N], v[2 * N], w[2 * N];
    int32_t order[N];
    struct tv_rng r;
    struct tv_sparse p, q;
    double z;
    tv_rng_seed(&r, 3, 0);
    for (int i = 0; i < N; i++) order[i] = i;
    tv_rng_shuffle_i32(&r, order, N);
    for (int i = 0; i < N; i++) memcpy(y + i * DIMS, x + order[i] * DIMS, sizeof(float[DIMS]));
    CHECK(tv_tsne_start_pca(N, DIMS, x, u) && tv_tsne_start_pca(N, DIMS, y, v));
    for (int i = 0; i < N; i++) w[2 * i] = -u[2 * i + 1], w[2 * i + 1] = u[2 * i];
    tv_affinity(&p, N, DIMS, x, 20, NULL, NULL);
    tv_affinity(&q, N, DIMS, y, 20, NULL, NULL);
    CHECK(!run(&o, &p, u, &z) && !run(&o, &q, v, &z) && !run(&o, &p, w, &z));
    double *du = squares(N, u, NULL), *dp = squares(N, u, order), *dv = squares(N, v, NULL),
           *dw = squares(N, w, NULL);
    CHECK(largest_difference(N * N, dv, dp) < 1e-3);
    CHECK(largest_difference(N * N, dw, du) < 1e-3);
    CHECK(fabs(w[0] + u[1]) < 1e-3 * fabs(u[1]));
    tv_sparse_release(&p), tv_sparse_release(&q);
    free(x), free(y), free(du), free(dp), free(dv), free(dw);
}

/* Clusters that are apart stay apart: every point's nearest neighbour in the map is of its own. */
static void check_clusters(int64_t n, int clusters, const float *u)
{
    int strangers = 0;
    for (int64_t i = 0; i < n; i++) {
        int64_t best = -1;
        double least = INFINITY;
        for (int64_t j = 0; j < n; j++) {
            double d = pow((double)u[2 * i] - u[2 * j], 2) + pow((double)u[2 * i + 1] - u[2 * j + 1], 2);
            if (j != i && d < least) least = d, best = j;
        }
        strangers += best % clusters != i % clusters;
    }
    CHECK(strangers == 0);
}

/* What scikit-learn 1.2 reaches on the rows of test_descent by TSNE(perplexity=30, init='pca', n_iter=750):
 * KL over all pairs in double precision. */
static const double PEER_KL = 0.7868;

/* Both ways of repulsion end in the same divergence, which is no worse than the peer's; equal bytes for any
 * number of threads; KL beside its definition over all pairs. */
static void test_descent(void)
{
    enum { N = 700, CLUSTERS = 5 };
    float *x = rows_new(N, CLUSTERS, 6), start[2 * N], u[2][2 * N];
    double z, kl[2], part[N];
    struct tv_sparse p;
    tv_affinity(&p, N, DIMS, x, 30, NULL, NULL);
    CHECK(tv_tsne_start_pca(N, DIMS, x, start));
    for (int mesh = 0; mesh < 2; mesh++) {
        struct tv_tsne o = usual;
        o.repulsion = mesh ? TV_TSNE_MESH : TV_TSNE_PAIRS;
        for (int t = 0; t < 2; t++) {
            omp_set_num_threads(1 + 2 * t);
            memcpy(u[t], start, sizeof start);
            CHECK(run(&o, &p, u[t], &z) == NULL);
        }
        omp_set_num_threads(2);
        CHECK(!memcmp(u[0], u[1], sizeof start));
        check_clusters(N, CLUSTERS, u[0]);
        kl[mesh] = tv_tsne_kl(&p, u[0], z);
        CHECK(kl[mesh] < 1.005 * PEER_KL);
        CHECK_NEAR(kl[mesh], divergence(&p, u[0], part), 1e-9);
    }
    printf("KL of pairs %.4f, of the mesh %.4f\n", kl[0], kl[1]);
    CHECK_NEAR(kl[1], kl[0], 0.02 * kl[0]);
    tv_sparse_release(&p);
    free(x);
}

/* Together, maps of the same rows with a little noise come nearer, the more so the larger the weight, and pay
 * for it with little divergence; equal maps stay equal; nothing depends on the threads. */
static void test_align(void)
{
    enum { N = 300, MAPS = 3 };
    const double weight[] = {0, 0.01, 1};
    float *x = rows_new(N, 5, 5), start[2 * N], u[2][MAPS][2 * N];
    struct tv_sparse p[MAPS];
    struct tv_rng r;
    double apart[3], kl[3] = {0};
    tv_rng_seed(&r, 9, 0);
    CHECK(tv_tsne_start_pca(N, DIMS, x, start));
    for (int m = 0; m < MAPS; m++) {
        tv_affinity(&p[m], N, DIMS, x, 20, NULL, NULL);
        for (int e = 0; e < N * DIMS; e++) x[e] += (float)(0.3 * tv_rng_normal(&r));
    }
    for (int w = 0; w < 3; w++) {
        struct tv_tsne o = usual;
        struct tv_tsne_map map[MAPS];
        o.align = weight[w];
        for (int t = 0; t < 2; t++) {
            omp_set_num_threads(1 + 2 * t);
            for (int m = 0; m < MAPS; m++) {
                memcpy(u[t][m], start, sizeof start);
                map[m] = (struct tv_tsne_map){&p[m], u[t][m], 0};
            }
            CHECK(tv_tsne_run(&o, MAPS, map, NULL) == NULL);
        }
        omp_set_num_threads(2);
        CHECK(!memcmp(u[0], u[1], sizeof u[0]));
        apart[w] = 0;
        for (int m = 0; m < MAPS; m++) kl[w] += tv_tsne_kl(&p[m], u[0][m], map[m].z) / MAPS;
        for (int m = 1; m < MAPS; m++)
            for (int e = 0; e < 2 * N; e++) apart[w] += pow((double)u[0][m][e] - u[0][m - 1][e], 2);
    }
    printf("aligned: apart %.3g %.3g %.3g, KL %.4f %.4f %.4f\n", sqrt(apart[0] / N), sqrt(apart[1] / N),
           sqrt(apart[2] / N), kl[0], kl[1], kl[2]);
    CHECK(apart[1] < 0.1 * apart[0] && apart[2] < 0.1 * apart[1]);
    CHECK(kl[1] < 1.15 * kl[0]);
    struct tv_tsne o = usual;
    o.align = 0.01;
    struct tv_tsne_map same[2] = {{&p[0], u[0][0], 0}, {&p[0], u[0][1], 0}};
    memcpy(u[0][0], start, sizeof start), memcpy(u[0][1], start, sizeof start);
    CHECK(tv_tsne_run(&o, 2, same, NULL) == NULL && !memcmp(u[0][0], u[0][1], sizeof start));
    for (int m = 0; m < MAPS; m++) tv_sparse_release(&p[m]);
    free(x);
}

/* ---- new points ---- */

/* J of analysis/place.h by its definition. */
static double cost(const struct tv_place *t, int64_t i, double vx, double vy)
{
    double sum = 0;
    for (int64_t e = i * t->k; e < (i + 1) * t->k; e++) {
        const float *u = t->u + 2 * t->index[e];
        sum += t->conditional[e] * log(1 + pow(vx - u[0], 2) + pow(vy - u[1], 2));
    }
    for (int64_t j = 0; j < t->n; j++)
        sum += (double)t->n / t->z / (1 + pow(vx - t->u[2 * j], 2) + pow(vy - t->u[2 * j + 1], 2));
    return sum;
}

/* Rows of the map land beside themselves; every place is a minimum of J; it does not depend on the threads.
 */
static void test_place(void)
{
    enum { N = 600, M = 100, K = 60 };
    float *x = rows_new(N, 4, 4), *both = tv_alloc_aligned((N + M) * DIMS, sizeof *both), u[2 * N],
          v[2][2 * M];
    static int32_t index[M * K];
    static float weight[M * K];
    struct tv_sparse p;
    double z = 0, worst = 0, off = 0;
    tv_affinity(&p, N, DIMS, x, 20, NULL, NULL);
    CHECK(tv_tsne_start_pca(N, DIMS, x, u) && run(&usual, &p, u, &z) == NULL);
    CHECK_NEAR(tv_tsne_z(N, u), z, 1e-9 * z);
    memcpy(both, x, sizeof(float[N * DIMS])), memcpy(both + N * DIMS, x, sizeof(float[M * DIMS]));
    tv_knn_onto(N, M, DIMS, both, K, index, weight, NULL);
    tv_affinity_conditional(M, K, 20, weight);
    struct tv_place place = {N, u, z, M, K, index, weight};
    for (int t = 0; t < 2; t++) {
        omp_set_num_threads(1 + 2 * t);
        tv_place(&place, v[t], NULL);
    }
    omp_set_num_threads(2);
    CHECK(!memcmp(v[0], v[1], sizeof v[0]));
    for (int i = 0; i < M; i++) {
        double x0 = v[0][2 * i], y0 = v[0][2 * i + 1], here = cost(&place, i, x0, y0);
        off += hypot(x0 - u[2 * i], y0 - u[2 * i + 1]) / M;
        for (int a = 0; a < 8; a++)
            worst = fmax(worst, here - cost(&place, i, x0 + 0.05 * cos(a), y0 + 0.05 * sin(a)));
    }
    printf("placed %.3f from their own places; J falls by at most %.1e nearby\n", off, worst);
    CHECK(off < 1 && worst < 1e-4);
    tv_sparse_release(&p);
    free(x), free(both);
}

static void test_start(void)
{
    enum { N = 500 };
    float *x = rows_new(N, 3, 3), u[2 * N], v[2 * N];
    double s = 0;
    CHECK(tv_tsne_start_pca(N, DIMS, x, u));
    for (int i = 0; i < N; i++) s += (double)u[2 * i] * u[2 * i];
    CHECK_NEAR(sqrt(s / N), 1e-4, 1e-8);
    memcpy(v, u, sizeof u);
    tv_tsne_jitter(N, 1, v);
    for (int e = 0; e < 2 * N; e++) CHECK(v[e] != u[e] && fabs(v[e] - u[e]) < 6e-6);
    tv_tsne_start_random(N, 1, u);
    tv_tsne_start_random(N, 2, v);
    CHECK(memcmp(u, v, sizeof u) != 0);
    memset(x, 0, sizeof(float[N * DIMS]));
    CHECK(!tv_tsne_start_pca(N, DIMS, x, u));
    free(x);
}

static void test_divergent(void)
{
    enum { N = 60 };
    float *x = rows_new(N, 3, 3), u[2 * N];
    double z;
    for (int mesh = 0; mesh < 2; mesh++) {
        struct tv_tsne o = usual;
        struct tv_sparse p;
        o.learning_rate = 1e30;
        o.repulsion = mesh ? TV_TSNE_MESH : TV_TSNE_PAIRS;
        tv_affinity(&p, N, DIMS, x, 10, NULL, NULL);
        tv_tsne_start_random(N, 1, u);
        const char *message = run(&o, &p, u, &z);
        CHECK(message && strstr(message, "--learning-rate"));
        tv_sparse_release(&p);
    }
    free(x);
}

int main(void)
{
    test_conditional();
    test_degenerate();
    test_joint();
    test_permute();
    test_check();
    test_gradient();
    test_symmetry();
    test_start();
    test_descent();
    test_align();
    test_place();
    test_divergent();
    return check_done();
}
