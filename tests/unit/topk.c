/* The k largest of a stream of values, against the order by definition: pieces, shared buffers, ties. */
#include <stdlib.h>
#include "check.h"
#include "core/mem.h"
#include "num/rng.h"
#include "num/sort.h"
#include "num/topk.h"

enum { PIECE = 48, MOST = 1 << 17 };

/* Deals the pieces of v[0..n) out to `buffers` and counts what is chosen. */
static void choose(int32_t *count, const float *v, int64_t n, int64_t k, int buffers, struct tv_rng *r)
{
    struct tv_topk *t = TV_ARRAY(struct tv_topk, buffers);
    for (int i = 0; i < buffers; i++) tv_topk_begin(&t[i], k, PIECE);
    for (int64_t at = 0; at < n; at += PIECE)
        tv_topk_add(&t[tv_rng_below(r, (uint64_t)buffers)], v + at, PIECE < n - at ? PIECE : n - at, at);
    memset(count, 0, (size_t)n * sizeof *count);
    int32_t *index = TV_ARRAY(int32_t, k + 1);
    for (int64_t i = tv_topk_choose(index, t, buffers); i-- > 0;) count[index[i]]++;
    free(index);
    for (int i = 0; i < buffers; i++) tv_topk_release(&t[i]);
    free(t);
}

/* Values of one kind: 0 distinct, 1 a few equal ones, 2 rising (each displaces one), 3 all equal, 4 mostly
 * zero. */
static float value(struct tv_rng *r, int kind, int64_t i)
{
    float x = (float)tv_rng_normal(r);
    return kind == 0 ? x : kind == 1 ? floorf(4 * x) : kind == 2 ? (float)i : kind == 3 ? -1 : x > 2 ? x : 0;
}

static void check_kind(int kind, int64_t n, int64_t k, int buffers)
{
    float *v = tv_alloc_aligned((size_t)n, sizeof *v);
    int32_t *got = TV_ARRAY(int32_t, n), *want = TV_ARRAY(int32_t, n), *order = TV_ARRAY(int32_t, n);
    struct tv_rng r;
    tv_rng_seed(&r, (uint64_t)(kind + n + k), 0);
    for (int64_t i = 0; i < n; i++) v[i] = value(&r, kind, i);
    tv_top_f32(order, v, n, k);
    for (int64_t i = 0; i < k; i++) want[order[i]] = 1;
    choose(got, v, n, k, buffers, &r);
    if (!CHECK(!memcmp(got, want, (size_t)n * sizeof *got)))
        printf("kind %d, %lld of %lld, %d buffers\n", kind, (long long)k, (long long)n, buffers);
    free(v), free(got), free(want), free(order);
}

/* Nothing but what exists is chosen. */
static void test_fewer(void)
{
    float *v = tv_alloc_aligned(PIECE, sizeof *v);
    int32_t count[PIECE];
    struct tv_rng r;
    tv_rng_seed(&r, 1, 0);
    for (int i = 0; i < PIECE; i++) v[i] = i % 3 ? -INFINITY : -1e30f;
    choose(count, v, PIECE, 20, 1, &r);
    for (int i = 0; i < PIECE; i++) CHECK(count[i] == (i % 3 == 0));
    choose(count, v, PIECE, 0, 2, &r);
    for (int i = 0; i < PIECE; i++) CHECK(count[i] == 0);
    free(v);
}

int main(void)
{
    for (int kind = 0; kind < 5; kind++)
        for (int buffers = 1; buffers <= 3; buffers += 2) {
            check_kind(kind, 16, 1, buffers);
            check_kind(kind, 1600, 16, buffers);
            check_kind(kind, 1600, 1600, buffers);
            check_kind(kind, MOST, MOST / 100, buffers); /* thresholds from samples: buffers of > 8192 */
            check_kind(kind, MOST, MOST / 10, buffers);
        }
    test_fewer();
    return check_done();
}
