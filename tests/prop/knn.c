/* tests/prop/knn.c - nearest neighbours against all distances in double precision, where it is hard: exact
 * ties, many equal rows, outliers, every kernel's tails; and the share found by inverted lists. */
#include <omp.h>
#include <stdlib.h>
#include "check.h"
#include "num/knn.h"
#include "num/rng.h"

struct pair {
    double d;
    int32_t j;
};

static int pair_compare(const void *a, const void *b)
{
    const struct pair *x = a, *y = b;
    return x->d != y->d ? (x->d > y->d) - (x->d < y->d) : (x->j > y->j) - (x->j < y->j);
}

/* The true neighbours of row i. */
static void brute(int n, int p, const float *x, int i, struct pair *all)
{
    int m = 0;
    for (int j = 0; j < n; j++) {
        double d = 0;
        for (int c = 0; c < p; c++) {
            double t = (double)x[i * p + c] - x[j * p + c];
            d += t * t;
        }
        if (j != i) all[m++] = (struct pair){d, j};
    }
    qsort(all, (size_t)m, sizeof *all, pair_compare);
}

/* Rows whose neighbours are not the true ones, order included, of the rows tried. */
static int wrong_rows(int n, int p, const float *x, int k, int step)
{
    int wrong = 0;
    int32_t *index = malloc(sizeof *index * (size_t)(n * k));
    float *d2 = malloc(sizeof *d2 * (size_t)(n * k));
    struct pair *all = malloc(sizeof *all * (size_t)n);
    tv_knn(n, p, x, k, NULL, index, d2, NULL);
    for (int i = 0; i < n; i += step) {
        int bad = 0;
        brute(n, p, x, i, all);
        for (int e = 0; e < k; e++)
            bad |= index[i * k + e] != all[e].j || fabs(d2[i * k + e] - all[e].d) > 1e-6 * all[e].d;
        wrong += bad;
    }
    free(index), free(d2), free(all);
    return wrong;
}

static float *gaussian_new(int n, int p, double outliers, double offset)
{
    struct tv_rng r;
    tv_rng_seed(&r, 1, 0);
    float *x = malloc(sizeof *x * (size_t)(n * p));
    for (int i = 0; i < n; i++) {
        double scale = tv_rng_double(&r) < outliers ? 1000 : 1;
        for (int j = 0; j < p; j++) x[i * p + j] = (float)(offset + scale * tv_rng_normal(&r));
    }
    return x;
}

static void test_gaussian(void)
{
    const int sizes[][3] = {{2, 1, 1},     {5, 3, 4},       {100, 2, 99},
                            {700, 17, 30}, {1500, 50, 120}, {600, 203, 9}};
    for (int t = 0; t < 6; t++) {
        float *x = gaussian_new(sizes[t][0], sizes[t][1], 0, 0);
        CHECK(wrong_rows(sizes[t][0], sizes[t][1], x, sizes[t][2], 1) == 0);
        free(x);
    }
    float *x = gaussian_new(1300, 20, 0.02, 0);
    CHECK(wrong_rows(1300, 20, x, 60, 1) == 0);
    free(x);
    x = gaussian_new(1300, 20, 0, 500); /* far from centred: wide bounds, same answer */
    CHECK(wrong_rows(1300, 20, x, 60, 1) == 0);
    free(x);
}

/* Integer coordinates: most distances are tied. */
static void test_ties(void)
{
    enum { N = 1200, P = 3 };
    static float x[N * P];
    struct tv_rng r;
    tv_rng_seed(&r, 2, 0);
    for (int e = 0; e < N * P; e++) x[e] = (float)tv_rng_below(&r, 5);
    CHECK(wrong_rows(N, P, x, 40, 1) == 0);
    for (int e = 0; e < N * P; e++) x[e] = e / P < N / 2 ? 0 : x[e]; /* half of the rows equal */
    CHECK(wrong_rows(N, P, x, 40, 1) == 0);
    memset(x, 0, sizeof x);
    CHECK(wrong_rows(N, P, x, 40, 7) == 0);
}

static void test_threads(void)
{
    enum { N = 2000, P = 20, K = 30 };
    float *x = gaussian_new(N, P, 0, 0);
    static int32_t index[2][N * K];
    static float d2[2][N * K];
    struct tv_cells cells[2];
    for (int t = 0; t < 2; t++) {
        omp_set_num_threads(1 + 2 * t);
        tv_cells_init(&cells[t], N, P, x);
    }
    CHECK(!memcmp(cells[0].order, cells[1].order, sizeof(int32_t[N])));
    tv_cells_sort(&cells[0], P, x);
    for (int lists = 0; lists < 2; lists++) {
        for (int t = 0; t < 2; t++) {
            omp_set_num_threads(1 + 2 * t);
            tv_knn(N, P, x, K, lists ? &cells[0] : NULL, index[t], d2[t], NULL);
        }
        CHECK(!memcmp(index[0], index[1], sizeof index[0]) && !memcmp(d2[0], d2[1], sizeof d2[0]));
    }
    omp_set_num_threads(2);
    tv_cells_release(&cells[0]);
    tv_cells_release(&cells[1]);
    free(x);
}

static void test_sort(void)
{
    enum { N = 500, P = 3 };
    float *x = gaussian_new(N, P, 0, 0), *y = gaussian_new(N, P, 0, 0);
    struct tv_cells c;
    tv_cells_init(&c, N, P, x);
    tv_cells_sort(&c, P, y);
    CHECK(!memcmp(y + 7 * P, x + c.order[7] * P, sizeof(float[P])));
    CHECK(c.first[0] == 0 && c.first[c.cells] == N);
    tv_cells_unsort(&c, P, y);
    CHECK(!memcmp(x, y, sizeof(float[N * P])));
    tv_cells_release(&c);
    free(x), free(y);
}

/* Gaussian clusters: the structure that real data have and that lists rely on. */
static void test_lists(void)
{
    enum { N = 12000, P = 16, K = 30 };
    struct tv_rng r;
    tv_rng_seed(&r, 3, 0);
    static float x[N * P], centre[40 * P], d2[N * K];
    static int32_t index[2][N * K];
    for (int e = 0; e < 40 * P; e++) centre[e] = (float)(2 * tv_rng_normal(&r));
    for (int i = 0; i < N; i++)
        for (int j = 0; j < P; j++) x[i * P + j] = centre[i % 40 * P + j] + (float)tv_rng_normal(&r);
    struct tv_cells cells;
    tv_cells_init(&cells, N, P, x);
    tv_cells_sort(&cells, P, x);
    tv_knn(N, P, x, K, NULL, index[0], d2, NULL);
    tv_knn(N, P, x, K, &cells, index[1], d2, NULL);
    tv_cells_release(&cells);
    int64_t found = 0;
    for (int i = 0; i < N; i++)
        for (int a = 0; a < K; a++)
            for (int b = 0; b < K; b++) found += index[0][i * K + a] == index[1][i * K + b];
    printf("inverted lists find %.4f of the neighbours\n", (double)found / (N * K));
    CHECK((double)found / (N * K) > 0.97);
}

/* The neighbours of later rows among the first ones: as if each were compared with these alone. */
static void test_onto(void)
{
    enum { N = 1300, M = 250, P = 12, K = 25 };
    float *x = gaussian_new(N + M, P, 0, 0), *alone = malloc(sizeof *alone * (N + 1) * P);
    static int32_t index[M * K], one[(N + 1) * K];
    static float d2[M * K], one_d2[(N + 1) * K];
    int wrong = 0;
    memcpy(alone, x, sizeof(float[N * P]));
    memcpy(x + (N + 3) * P, x + 17 * P, sizeof(float[P])); /* a row that is among the first too */
    tv_knn_onto(N, M, P, x, K, index, d2, NULL);
    CHECK(index[3 * K] == 17 && d2[3 * K] == 0);
    for (int i = 0; i < M; i += 50) {
        memcpy(alone + N * P, x + (N + i) * P, sizeof(float[P]));
        tv_knn(N + 1, P, alone, K, NULL, one, one_d2, NULL);
        wrong += memcmp(one + N * K, index + i * K, sizeof(int32_t[K])) != 0;
        wrong += memcmp(one_d2 + N * K, d2 + i * K, sizeof(float[K])) != 0;
    }
    CHECK(wrong == 0);
    free(x), free(alone);
}

static double squared(int p, const float *a, const float *b)
{
    double s = 0;
    for (int j = 0; j < p; j++) s += ((double)a[j] - b[j]) * ((double)a[j] - b[j]);
    return s;
}

/* Where k-means comes to rest, every row is in the cell of its nearest centre and centres are means; on the
 * way the distances only shrink.  Ties go to the first. */
static void test_kmeans(void)
{
    enum { N = 600, P = 4, CELLS = 7 };
    float *x = gaussian_new(N, P, 0, 0), centre[CELLS * P], pair[2] = {1, -1}, zero = 0;
    int32_t cell[N], tie;
    double spread[3] = {0}, mean[CELLS * P] = {0}, worst = 0;
    const int rounds[] = {0, 3, 100};
    for (int t = 0; t < 3; t++) {
        tv_kmeans(N, P, x, CELLS, rounds[t], 2, centre);
        tv_kmeans_assign(N, P, x, CELLS, centre, cell);
        for (int i = 0; i < N; i++) spread[t] += squared(P, x + i * P, centre + cell[i] * P);
    }
    CHECK(spread[0] > spread[1] && spread[1] > spread[2]);
    int count[CELLS] = {0}, farther = 0;
    for (int i = 0; i < N; i++) {
        count[cell[i]]++;
        for (int j = 0; j < P; j++) mean[cell[i] * P + j] += x[i * P + j];
        for (int c = 0; c < CELLS; c++)
            farther +=
                squared(P, x + i * P, centre + c * P) < squared(P, x + i * P, centre + cell[i] * P) - 1e-5;
    }
    for (int e = 0; e < CELLS * P; e++) worst = fmax(worst, fabs(mean[e] / count[e / P] - centre[e]));
    CHECK(farther == 0 && worst < 1e-5);
    tv_kmeans_assign(1, 1, &zero, 2, pair, &tie);
    CHECK(tie == 0);
    free(x);
}

int main(void)
{
    test_kmeans();
    test_gaussian();
    test_ties();
    test_threads();
    test_onto();
    test_sort();
    test_lists();
    return check_done();
}
