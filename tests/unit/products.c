/* The largest products against all of them: signs, zeros, ties, rows that do not end with a block, numbers that
 * are none, and what the sample suggests. */
#include <stdlib.h>
#include "check.h"
#include "core/mem.h"
#include "num/products.h"
#include "num/rng.h"
#include "num/sort.h"

static struct tv_rng rng;

struct matrix {
    int64_t rows, columns, ld;
    float *w, *x;
};

/* Weights of one kind: 0 normal, 1 a few equal ones, 2 all negative, 3 normal under factors that are mostly
 * zero, 4 under negative factors. */
static struct matrix matrix_new(int64_t rows, int64_t columns, int kind)
{
    struct matrix m = {rows, columns, tv_products_blocks(columns) * TV_PRODUCTS_BLOCK, NULL, NULL};
    m.w = tv_alloc_aligned((size_t)(rows * m.ld), sizeof *m.w);
    m.x = TV_ARRAY(float, rows);
    for (int64_t i = 0; i < rows * m.ld; i++) {
        float w = (float)tv_rng_normal(&rng);
        m.w[i] = kind == 1 ? floorf(2 * w) : kind == 2 ? -fabsf(w) : w;
    }
    for (int64_t r = 0; r < rows; r++) {
        float x = (float)tv_rng_normal(&rng);
        m.x[r] = kind == 1 ? floorf(2 * x) : kind == 3 ? fmaxf(x - 1, 0) : kind == 4 ? -fabsf(x) : x;
    }
    return m;
}

static void matrix_free(struct matrix *m) { free(m->w), free(m->x); }

static void check_kind(int kind, int64_t rows, int64_t columns, int64_t k)
{
    struct matrix m = matrix_new(rows, columns, kind);
    int64_t n = rows * columns;
    float *all = TV_ARRAY(float, n);
    int32_t *want = TV_ARRAY(int32_t, n), *got = TV_ARRAY(int32_t, n), *index = TV_ARRAY(int32_t, n);
    for (int64_t i = 0; i < n; i++) all[i] = m.x[i / columns] * m.w[i / columns * m.ld + i % columns];
    tv_top_f32(index, all, n, k);
    for (int64_t i = 0; i < k; i++) want[index[i]] = 1;
    struct tv_products p;
    struct tv_topk t = {0};
    tv_products_init(&p, rows, columns, m.w);
    float guess = tv_products_guess(&p, m.x, k);
    int64_t above = 0;
    for (int64_t i = 0; i < n; i++) above += all[i] > guess;
    CHECK(above >= k);
    if (kind == 0 && k >= 1000) CHECK(above < 2 * k);
    tv_topk_begin(&t, k, m.ld);
    t.above = guess;
    for (int64_t r = 0; r < rows; r++) CHECK(tv_products_add(&p, &t, r, m.x[r], r * columns));
    int64_t chosen = tv_topk_choose(index, &t, 1);
    for (int64_t i = 0; i < chosen; i++) got[index[i]]++;
    if (!CHECK(chosen == k && !memcmp(got, want, (size_t)n * sizeof *got)))
        printf("kind %d, %lld of %lld x %lld\n", kind, (long long)k, (long long)rows, (long long)columns);
    tv_topk_release(&t);
    tv_products_release(&p);
    free(all), free(want), free(got), free(index);
    matrix_free(&m);
}

/* Takes nothing of a row with a product that is not finite. */
static void check_refused(struct matrix *m, float x, bool taken)
{
    struct tv_products p;
    struct tv_topk t = {0};
    tv_products_init(&p, m->rows, m->columns, m->w);
    tv_topk_begin(&t, 4, m->ld);
    CHECK(tv_products_add(&p, &t, 1, x, 0) == taken);
    CHECK(t.n == (taken ? m->columns : 0));
    tv_topk_release(&t);
    tv_products_release(&p);
}

static void test_refused(void)
{
    struct matrix m = matrix_new(2, 40, 0);
    check_refused(&m, 2, true);
    check_refused(&m, NAN, false);
    check_refused(&m, -INFINITY, false);
    m.w[m.ld + 7] = 1e38f;
    check_refused(&m, -2, true);
    check_refused(&m, -20, false);
    m.w[m.ld + 7] = INFINITY;
    check_refused(&m, 0, false);
    m.w[m.ld + 7] = NAN;
    check_refused(&m, 1, false);
    matrix_free(&m);
}

int main(void)
{
    tv_rng_seed(&rng, 5, 0);
    for (int kind = 0; kind < 5; kind++) {
        check_kind(kind, 3, 7, 1);
        check_kind(kind, 40, 33, 14);
        check_kind(kind, 40, 33, 40 * 33);
        check_kind(kind, 300, 1000, 3000);
        check_kind(kind, 300, 1000, 150000);
    }
    test_refused();
    return check_done();
}
