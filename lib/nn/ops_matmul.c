/* nn/ops_matmul.c - Gemm and MatMul.
 *
 *     Gemm    Y = alpha op(A) op(B) + beta C
 *     MatMul  Y = A B over the last two dimensions, the others broadcast as NumPy does
 *
 * Both become products of [m,k] and [k,n] blocks.  A small constant B is packed once.
 * Secant: Y is a product, so A gets m op(B)' with B at the middle of the interval, and the other way round.
 */
#include <stdlib.h>
#include <string.h>
#include "core/mem.h"
#include "nn/loop.h"
#include "nn/ops.h"
#include "num/bf16.h"
#include "num/gemm.h"

struct matmul {
    bool gemm, ta, tb;
    float alpha, beta;
    bool constant; /* B never changes but by refresh */
    float *packed; /* alpha B */
};

/* ---- shapes ---- */

/* The product as blocks: [m,k] x [k,n], `blocks` of them; strides between blocks in elements (0: the same
 * block). */
struct product {
    int64_t m, k, n, blocks;
    int rank; /* of the block dimensions */
    int64_t dim[TV_MAX_RANK], a[TV_MAX_RANK], b[TV_MAX_RANK];
};

static const char *setup_gemm(struct tv_graph *g, struct tv_node *n)
{
    (void)g;
    struct matmul *s = n->state = TV_NEW(struct matmul);
    s->gemm = true;
    s->ta = tv_attr_int(n, "transA", 0) != 0;
    s->tb = tv_attr_int(n, "transB", 0) != 0;
    s->alpha = (float)tv_attr_float(n, "alpha", 1);
    s->beta = (float)tv_attr_float(n, "beta", 1);
    tv_attr_int(n, "broadcast", 1); /* opset 6; says what is always allowed now */
    return tv_want_inputs(n, 2, 3);
}

static const char *setup_matmul(struct tv_graph *g, struct tv_node *n)
{
    (void)g;
    struct matmul *s = n->state = TV_NEW(struct matmul);
    s->alpha = s->beta = 1;
    return tv_want_inputs(n, 2, 2);
}

static const char *shape_gemm(struct tv_graph *g, struct tv_node *n)
{
    const struct matmul *s = n->state;
    const struct tv_value *a = tv_node_in(g, n, 0), *b = tv_node_in(g, n, 1), *c = tv_node_in(g, n, 2);
    const char *err = tv_want_float(g, n);
    if (!err) err = tv_want_rank(g, n, 0, 2, 2);
    if (!err) err = tv_want_rank(g, n, 1, 2, 2);
    if (err) return err;
    int64_t dim[2] = {a->dim[s->ta], b->dim[!s->tb]}, k = a->dim[!s->ta];
    if (k != b->dim[s->tb])
        return tv_node_msg(n, "'%s' gives %lld features, weight '%s' takes %lld", a->name, (long long)k,
                           b->name, (long long)b->dim[s->tb]);
    if (c) {
        int64_t out[TV_MAX_RANK] = {dim[0], dim[1]};
        int rank = 2;
        if (!tv_broadcast_dims(&rank, out, c->rank, c->dim) || rank != 2 || out[0] != dim[0] ||
            out[1] != dim[1])
            return tv_node_msg(n, "'%s' does not broadcast to the product's shape", c->name);
    }
    tv_value_shape(tv_node_out(g, n, 0), a->dtype, 2, dim);
    return NULL;
}

static const char *shape_matmul(struct tv_graph *g, struct tv_node *n)
{
    const struct tv_value *a = tv_node_in(g, n, 0), *b = tv_node_in(g, n, 1);
    const char *err = tv_want_float(g, n);
    if (!err) err = tv_want_rank(g, n, 0, 1, TV_MAX_RANK);
    if (!err) err = tv_want_rank(g, n, 1, 1, TV_MAX_RANK);
    if (err) return err;
    int64_t k = a->dim[a->rank - 1], kb = b->rank == 1 ? b->dim[0] : b->dim[b->rank - 2], dim[TV_MAX_RANK];
    if (k != kb)
        return tv_node_msg(n, "'%s' gives %lld features, '%s' takes %lld", a->name, (long long)k, b->name,
                           (long long)kb);
    int rank = a->rank > 2 ? a->rank - 2 : 0;
    memcpy(dim, a->dim, (size_t)rank * sizeof *dim);
    if (!tv_broadcast_dims(&rank, dim, b->rank > 2 ? b->rank - 2 : 0, b->dim))
        return tv_node_msg(n, "shapes of '%s' and '%s' do not broadcast", a->name, b->name);
    if (a->rank > 1) dim[rank++] = a->dim[a->rank - 2];
    if (b->rank > 1) dim[rank++] = b->dim[b->rank - 1];
    tv_value_shape(tv_node_out(g, n, 0), a->dtype, rank, dim);
    return NULL;
}

/* Strides of `v`'s block dimensions, aligned with those of the product at the last one. */
static void block_strides(const struct tv_view *v, int rank, int64_t block, int64_t *stride)
{
    int own = v->rank > 2 ? v->rank - 2 : 0;
    for (int i = rank - 1, k = own - 1; i >= 0; i--, k--) {
        stride[i] = k >= 0 && v->dim[k] != 1 ? block : 0;
        if (k >= 0) block *= v->dim[k];
    }
}

static struct product product_of(const struct matmul *s, const struct tv_view *a, const struct tv_view *b)
{
    struct product p = {.blocks = 1};
    p.k = a->dim[a->rank - 1 - (s->ta ? 1 : 0)];
    p.m = a->rank == 1 ? 1 : a->dim[a->rank - 2 + (s->ta ? 1 : 0)];
    p.n = b->rank == 1 ? 1 : b->dim[b->rank - 1 - (s->tb ? 1 : 0)];
    p.rank = a->rank > 2 ? a->rank - 2 : 0;
    memcpy(p.dim, a->dim, (size_t)p.rank * sizeof *p.dim);
    tv_broadcast_dims(&p.rank, p.dim, b->rank > 2 ? b->rank - 2 : 0, b->dim);
    if (b->rank <= 2) { /* one B for all: one long product */
        for (int i = 0; i < p.rank; i++) p.m *= p.dim[i];
        p.rank = 0;
    }
    block_strides(a, p.rank, p.m * p.k, p.a);
    block_strides(b, p.rank, p.k * p.n, p.b);
    for (int i = 0; i < p.rank; i++) p.blocks *= p.dim[i];
    return p;
}

static int64_t block_offset(const struct product *p, const int64_t *stride, int64_t block)
{
    int64_t o = 0;
    for (int i = p->rank - 1; i >= 0; i--) {
        o += block % p->dim[i] * stride[i];
        block /= p->dim[i];
    }
    return o;
}

/* ---- forward ---- */

/* Weights up to this size are held packed as well; packing the larger ones as they stream by costs less than
 * their memory. */
enum { KEEP = 1 << 20 };

static bool keeps(const struct matmul *s, int64_t k, int64_t n)
{
    return !s->ta && s->constant && k * n <= KEEP;
}

int64_t tv_matmul_packed_bytes(const struct tv_graph *g, const struct tv_node *node)
{
    if (node->op->setup != setup_gemm && node->op->setup != setup_matmul) return 0;
    const struct matmul *s = node->state;
    const struct tv_value *b = tv_node_in(g, node, 1);
    if (b->rank != 2) return 0;
    int64_t k = b->dim[s->tb], n = b->dim[!s->tb];
    return keeps(s, k, n) ? tv_gemm_packed_size(k, n) * (int64_t)sizeof(float) : 0;
}

/* alpha B packed, for a constant B. */
static const float *get_packed(struct matmul *s, const struct product *p, const float *b)
{
    if (s->packed) return s->packed;
    size_t size = (size_t)tv_gemm_packed_size(p->k, p->n);
    s->packed = tv_alloc_aligned(size, sizeof *s->packed);
    tv_gemm_pack(s->packed, p->k, p->n, b, s->tb ? p->k : p->n, s->tb);
    for (size_t i = 0; s->alpha != 1 && i < size; i++) s->packed[i] *= s->alpha;
    return s->packed;
}

/* beta C spread over Y. */
struct scale {
    float by;
};
static void spread(const void *ctx, int64_t n, char *const *p, const int64_t *step)
{
    float by = ((const struct scale *)ctx)->by;
    for (int64_t i = 0; i < n; i++)
        *(float *)(p[0] + i * step[0]) = by * *(const float *)(p[1] + i * step[1]);
}

static void add_scaled(struct tv_view *y, const struct tv_view *c, float beta)
{
    struct tv_loop l;
    tv_loop_init(&l, y, 1, &c);
    tv_loop_run(&l, spread, &(struct scale){beta});
}

static void forward(const struct tv_node *n, struct tv_view *out, const struct tv_view *in)
{
    struct matmul *s = n->state;
    struct product p = product_of(s, &in[0], &in[1]);
    const float *a = in[0].data, *b = in[1].data;
    float *y = out[0].data;
    const struct tv_view *c = n->n_in > 2 && in[2].data ? &in[2] : NULL;
    bool row = c && s->beta == 1 && tv_view_count(c) == p.n && (c->rank == 0 || c->dim[c->rank - 1] == p.n);
    if (c && !row) add_scaled(&out[0], c, s->beta);
    if (p.m * p.n * p.blocks == 0) return;
    if (p.blocks == 1 && keeps(s, p.k, p.n)) {
        tv_gemm_packed(p.m, p.n, p.k, a, p.k, get_packed(s, &p, b), row ? c->data : NULL, y, p.n, c && !row);
        return;
    }
    float *at = NULL; /* alpha op(A): only Gemm transposes or scales, and it has one block */
    if (s->ta || s->alpha != 1) {
        at = tv_alloc_aligned((size_t)(p.m * p.k), sizeof *at);
        for (int64_t i = 0; i < p.m; i++)
            for (int64_t k = 0; k < p.k; k++)
                at[i * p.k + k] = s->alpha * (s->ta ? a[k * p.m + i] : a[i * p.k + k]);
    }
    if (row) add_scaled(&out[0], c, 1);
    for (int64_t i = 0; i < p.blocks; i++)
        tv_gemm(p.m, p.n, p.k, at ? at : a + block_offset(&p, p.a, i), p.k, false,
                b + block_offset(&p, p.b, i), s->tb ? p.k : p.n, s->tb, y + i * p.m * p.n, p.n, c != NULL);
    free(at);
}

/* ---- backward ---- */

/* The middle of an interval; freed by the caller when it differs from v0's data. */
static float *middle(const struct tv_view *v0, const struct tv_view *v1)
{
    if (v0->data == v1->data) return v0->data;
    const float *x0 = v0->data, *x1 = v1->data;
    int64_t n = tv_view_count(v0);
    float *m = tv_alloc_aligned((size_t)n, sizeof *m);
    for (int64_t i = 0; i < n; i++) m[i] = 0.5f * (x0[i] + x1[i]);
    return m;
}

static void scale_by(float *x, int64_t n, float by)
{
    for (int64_t i = 0; by != 1 && i < n; i++) x[i] *= by;
}

/* dA = alpha dY op(B)', transposed where A is; blocks that share an A add up in their order. */
static void backward_a(const struct matmul *s, const struct product *p, struct tv_view *min, const float *dy,
                       const float *b)
{
    float *da = min->data;
    int64_t ldb = s->tb ? p->k : p->n;
    tv_view_zero(min);
    for (int64_t i = 0; i < p->blocks; i++) {
        float *to = da + block_offset(p, p->a, i);
        const float *bi = b + block_offset(p, p->b, i), *dyi = dy + i * p->m * p->n;
        if (s->ta) /* dA [k,m] = op(B) dY' */
            tv_gemm(p->k, p->m, p->n, bi, ldb, s->tb, dyi, p->n, true, to, p->m, false);
        else
            tv_gemm(p->m, p->k, p->n, dyi, p->n, false, bi, ldb, !s->tb, to, p->k, p->blocks > 1);
    }
    scale_by(da, tv_view_count(min), s->alpha);
}

/* dB = alpha op(A)' dY, transposed where B is. */
static void backward_b(const struct matmul *s, const struct product *p, struct tv_view *min, const float *dy,
                       const float *a)
{
    float *db = min->data;
    int64_t lda = s->ta ? p->m : p->k;
    tv_view_zero(min);
    for (int64_t i = 0; i < p->blocks; i++) {
        float *to = db + block_offset(p, p->b, i);
        const float *ai = a + block_offset(p, p->a, i), *dyi = dy + i * p->m * p->n;
        if (s->tb) /* dB [n,k] = dY' op(A) */
            tv_gemm(p->n, p->k, p->m, dyi, p->n, true, ai, lda, s->ta, to, p->k, p->blocks > 1);
        else
            tv_gemm(p->k, p->n, p->m, ai, lda, !s->ta, dyi, p->n, false, to, p->n, p->blocks > 1);
    }
    scale_by(db, tv_view_count(min), s->alpha);
}

static void backward(const struct tv_node *n, struct tv_view *min, const struct tv_view *mout,
                     const struct tv_view *in0, const struct tv_view *in1, const struct tv_view *out0,
                     const struct tv_view *out1)
{
    (void)out0, (void)out1;
    const struct matmul *s = n->state;
    struct product p = product_of(s, &in0[0], &in0[1]);
    if (p.m * p.k * p.n * p.blocks == 0) {
        for (int i = 0; i < n->n_in; i++) tv_view_zero(&min[i]);
        return;
    }
    if (min[0].data) {
        float *b = middle(&in0[1], &in1[1]);
        backward_a(s, &p, &min[0], mout[0].data, b);
        if (b != in0[1].data) free(b);
    }
    if (min[1].data) {
        float *a = middle(&in0[0], &in1[0]);
        backward_b(s, &p, &min[1], mout[0].data, a);
        if (a != in0[0].data) free(a);
    }
    if (n->n_in > 2 && min[2].data) {
        tv_sum_to(&min[2], &mout[0]);
        scale_by(min[2].data, tv_view_count(&min[2]), s->beta);
    }
}

/* ---- in pairs of bfloat16 ---- */

/* A layer to a few classes stays in f32: rounding its weights, the same at all intervals, would cost the layers
 * before it more than their own rounding does, and takes no less time. */
enum { FEW_WEIGHTS = 1 << 18 };

static bool serves_pairs(const struct tv_node *n, const struct tv_view *out, const struct tv_view *in)
{
    const struct matmul *s = n->state;
    (void)out;
    return !s->ta && s->alpha == 1 && in[0].rank >= 2 && in[1].rank == 2 &&
           tv_view_count(&in[1]) > FEW_WEIGHTS;
}

static void forward_steps(const struct tv_node *n, struct tv_view *out, const struct tv_view *in,
                          int64_t steps, const float *d, const float *share, const float *slope)
{
    const struct matmul *s = n->state;
    struct product p = product_of(s, &in[0], &in[1]);
    int64_t run = p.m / (steps + 1), size = run * p.n;
    float *y = out[0].data;
    tv_gemm_pairs(steps * run, p.n, p.k, d, in[1].data, s->tb ? p.k : p.n, s->tb, y + size, p.n);
#pragma omp parallel for schedule(static) if (steps * size > 1 << 16)
    for (int64_t r = 0; r < run; r++)
        for (int64_t t = 1; t <= steps; t++)
            for (int64_t j = r * p.n; j < (r + 1) * p.n; j++)
                y[t * size + j] += y[(t - 1) * size + j] + share[t - 1] * slope[j];
}

static void backward_pairs(const struct tv_node *n, struct tv_view *min, const struct tv_view *mout,
                           const struct tv_view *in0, int64_t row, int64_t images, float *scratch)
{
    const struct matmul *s = n->state;
    struct product p = product_of(s, &in0[0], &in0[1]);
    tv_bf16_path(scratch, mout[0].data, mout[0].dim[0], p.m / mout[0].dim[0], p.n, row, images);
    tv_gemm_pairs(p.m, p.k, p.n, scratch, in0[1].data, s->tb ? p.k : p.n, !s->tb, min[0].data, p.k);
}

static const struct tv_op_pairs in_pairs = {serves_pairs, forward_steps, backward_pairs};

static void refresh(struct tv_graph *g, struct tv_node *n)
{
    struct matmul *s = n->state;
    free(s->packed);
    s->packed = NULL;
    s->constant = g->value[n->in[1]].constant;
}

static void release(struct tv_node *n)
{
    if (n->state) free(((struct matmul *)n->state)->packed);
    free(n->state);
}

const struct tv_op tv_ops_matmul[] = {{.type = "Gemm",
                                       .flags = TV_OP_AFFINE,
                                       .setup = setup_gemm,
                                       .shape = shape_gemm,
                                       .forward = forward,
                                       .backward = backward,
                                       .refresh = refresh,
                                       .release = release,
                                       .pairs = &in_pairs},
                                      {.type = "MatMul",
                                       .flags = TV_OP_AFFINE,
                                       .setup = setup_matmul,
                                       .shape = shape_matmul,
                                       .forward = forward,
                                       .backward = backward,
                                       .refresh = refresh,
                                       .release = release,
                                       .pairs = &in_pairs},
                                      TV_OPS_END};
