/* nn/loop.c */
#include "nn/loop.h"
#include <assert.h>
#include <string.h>
#include "nn/ops.h"
#include "num/simd.h"

enum { BLOCK = 16384 };

/* Strides of `v` for the dimensions of an output of rank `rank`: aligned at the last one, 0 where v is
 * broadcast. */
static void broadcast_strides(const struct tv_view *v, int rank, const int64_t *dim, int64_t *out)
{
    int64_t own[TV_MAX_RANK];
    tv_view_strides(v, own);
    int64_t size = (int64_t)tv_dtype_size(v->dtype);
    for (int i = 0; i < rank; i++) {
        int k = i - (rank - v->rank);
        out[i] = k < 0 || (v->dim[k] == 1 && dim[i] != 1) ? 0 : own[k] * size;
    }
}

/* Order of the dimensions in memory. */
static void memory_order(const struct tv_view *v, int *order)
{
    for (int i = 0; i < v->rank; i++) order[i] = i;
    if (v->layout == TV_CHLAST) order[1] = 2, order[2] = 3, order[3] = 1;
}

static void append(struct tv_loop *l, int64_t dim, int64_t stride[TV_LOOP_MAX])
{
    if (dim == 1) return;
    int last = l->rank - 1;
    bool merge = last >= 0;
    for (int k = 0; k < l->operands && merge; k++) merge = l->stride[k][last] == stride[k] * dim;
    if (!merge) last = l->rank++;
    l->dim[last] = merge ? l->dim[last] * dim : dim;
    for (int k = 0; k < l->operands; k++) l->stride[k][last] = stride[k];
}

/* A box with a single element has no dimension left. */
static void at_least_one(struct tv_loop *l)
{
    if (l->rank > 0) return;
    l->rank = 1;
    l->dim[0] = 1;
}

void tv_loop_box(struct tv_loop *l, int n, int rank, const int64_t *dim, char *const *base,
                 const int64_t (*stride)[TV_MAX_RANK])
{
    *l = (struct tv_loop){.operands = n};
    for (int k = 0; k < n; k++) l->base[k] = base[k];
    for (int i = 0; i < rank; i++) {
        int64_t s[TV_LOOP_MAX];
        for (int k = 0; k < n; k++) s[k] = stride[k][i];
        append(l, dim[i], s);
    }
    at_least_one(l);
}

void tv_loop_init(struct tv_loop *l, const struct tv_view *out, int n, const struct tv_view *const *in)
{
    assert(n + 1 <= TV_LOOP_MAX);
    const struct tv_view *v[TV_LOOP_MAX] = {out};
    int64_t stride[TV_LOOP_MAX][TV_MAX_RANK], logical[TV_MAX_RANK], dim[TV_MAX_RANK];
    char *base[TV_LOOP_MAX];
    int order[TV_MAX_RANK];
    for (int k = 0; k < n; k++) v[k + 1] = in[k];
    memory_order(out, order);
    for (int i = 0; i < out->rank; i++) dim[i] = out->dim[order[i]];
    for (int k = 0; k <= n; k++) {
        base[k] = v[k]->data;
        broadcast_strides(v[k], out->rank, out->dim, logical);
        for (int i = 0; i < out->rank; i++) stride[k][i] = logical[order[i]];
    }
    tv_loop_box(l, n + 1, out->rank, dim, base, (const int64_t(*)[TV_MAX_RANK])stride);
}

/* Where outer item `item` starts. */
static void seek(const struct tv_loop *l, int64_t item, int64_t *at, char **p)
{
    for (int k = 0; k < l->operands; k++) p[k] = l->base[k];
    for (int i = l->rank - 2; i >= 0; i--) {
        at[i] = item % l->dim[i];
        item /= l->dim[i];
        for (int k = 0; k < l->operands; k++) p[k] += at[i] * l->stride[k][i];
    }
}

/* To the next outer item, with carries. */
static void advance(const struct tv_loop *l, int64_t *at, char **p)
{
    for (int i = l->rank - 2; i >= 0; i--) {
        for (int k = 0; k < l->operands; k++) p[k] += l->stride[k][i];
        if (++at[i] < l->dim[i]) return;
        for (int k = 0; k < l->operands; k++) p[k] -= l->stride[k][i] * l->dim[i];
        at[i] = 0;
    }
}

/* The innermost runs of outer items `from` to `to`, of each the elements `first` to `last`. */
static void run_part(const struct tv_loop *l, tv_loop_fn *fn, const void *ctx, int64_t from, int64_t to,
                     int64_t first, int64_t last)
{
    int64_t at[TV_MAX_RANK], step[TV_LOOP_MAX] = {0};
    char *p[TV_LOOP_MAX], *q[TV_LOOP_MAX];
    for (int k = 0; k < l->operands; k++) step[k] = l->stride[k][l->rank - 1];
    seek(l, from, at, p);
    for (int64_t item = from; item < to; item++) {
        for (int k = 0; k < l->operands; k++) q[k] = p[k] + first * step[k];
        fn(ctx, last - first, q, step);
        advance(l, at, p);
    }
}

/* Parts of about BLOCK elements: several runs, or a piece of one. */
void tv_loop_run(const struct tv_loop *l, tv_loop_fn *fn, const void *ctx)
{
    int64_t run = l->dim[l->rank - 1], outer = 1;
    for (int i = 0; i < l->rank - 1; i++) outer *= l->dim[i];
    if (outer * run == 0) return;
    int64_t pieces = (run + BLOCK - 1) / BLOCK, together = run < BLOCK ? BLOCK / run : 1;
    int64_t parts = (outer + together - 1) / together * pieces;
#pragma omp parallel for if (parts > 1) schedule(static)
    for (int64_t part = 0; part < parts; part++) {
        int64_t from = part / pieces * together, first = part % pieces * BLOCK;
        run_part(l, fn, ctx, from, from + together < outer ? from + together : outer, first,
                 first + BLOCK < run ? first + BLOCK : run);
    }
}

/* ---- boxes ---- */

struct element {
    size_t size;
};

static void copy_run(const void *ctx, int64_t n, char *const *p, const int64_t *step)
{
    size_t size = ((const struct element *)ctx)->size;
    if (step[0] == (int64_t)size && step[1] == (int64_t)size) {
        memcpy(p[0], p[1], (size_t)n * size);
    } else if (size == sizeof(float)) {
        for (int64_t i = 0; i < n; i++) *(float *)(p[0] + i * step[0]) = *(const float *)(p[1] + i * step[1]);
    } else {
        for (int64_t i = 0; i < n; i++) memcpy(p[0] + i * step[0], p[1] + i * step[1], size);
    }
}

static void add_run(const void *ctx, int64_t n, char *const *p, const int64_t *step)
{
    (void)ctx;
    for (int64_t i = 0; i < n; i++) *(float *)(p[0] + i * step[0]) += *(const float *)(p[1] + i * step[1]);
}

/* Dimensions in the order in which `stride` falls, so that the inner runs are as contiguous as can be. */
static void run_box(size_t size, int rank, const int64_t *dim, void *dst, const int64_t *dst_stride,
                    const void *src, const int64_t *src_stride, tv_loop_fn *fn)
{
    int64_t d[TV_MAX_RANK], stride[2][TV_MAX_RANK];
    for (int i = 0; i < rank; i++) {
        int at = i;
        for (; at > 0 && stride[0][at - 1] < dst_stride[i] * (int64_t)size; at--) {
            d[at] = d[at - 1];
            stride[0][at] = stride[0][at - 1];
            stride[1][at] = stride[1][at - 1];
        }
        d[at] = dim[i];
        stride[0][at] = dst_stride[i] * (int64_t)size;
        stride[1][at] = src_stride[i] * (int64_t)size;
    }
    struct tv_loop l;
    tv_loop_box(&l, 2, rank, d, (char *const[]){dst, (char *)src}, (const int64_t(*)[TV_MAX_RANK])stride);
    tv_loop_run(&l, fn, &(struct element){size});
}

void tv_box_copy(size_t size, int rank, const int64_t *dim, void *dst, const int64_t *dst_stride,
                 const void *src, const int64_t *src_stride)
{
    run_box(size, rank, dim, dst, dst_stride, src, src_stride, copy_run);
}

void tv_box_add(int rank, const int64_t *dim, float *dst, const int64_t *dst_stride, const float *src,
                const int64_t *src_stride)
{
    run_box(sizeof(float), rank, dim, dst, dst_stride, src, src_stride, add_run);
}

/* ---- sums over broadcast dimensions ---- */

struct axes {
    int n;
    int64_t dim[TV_MAX_RANK], src[TV_MAX_RANK], dst[TV_MAX_RANK]; /* strides in floats */
};

static int64_t product(const struct axes *a)
{
    int64_t n = 1;
    for (int i = 0; i < a->n; i++) n *= a->dim[i];
    return n;
}

static int64_t offset(const struct axes *a, const int64_t *stride, int64_t item)
{
    int64_t o = 0;
    for (int i = a->n - 1; i >= 0; i--) {
        o += item % a->dim[i] * stride[i];
        item /= a->dim[i];
    }
    return o;
}

/* Adds an axis inside of the others, merged with the last one where they are contiguous. */
static void add_axis(struct axes *a, int64_t dim, int64_t src, int64_t dst)
{
    int last = a->n - 1;
    if (last >= 0 && a->src[last] == src * dim && a->dst[last] == dst * dim) {
        a->dim[last] *= dim;
    } else {
        last = a->n++;
        a->dim[last] = dim;
    }
    a->src[last] = src;
    a->dst[last] = dst;
}

static void split_axes(const struct tv_view *dst, const struct tv_view *src, struct axes *keep,
                       struct axes *sum)
{
    int64_t d[TV_MAX_RANK], s[TV_MAX_RANK], size = sizeof(float);
    int order[TV_MAX_RANK];
    *keep = *sum = (struct axes){0};
    broadcast_strides(dst, src->rank, src->dim, d);
    broadcast_strides(src, src->rank, src->dim, s);
    memory_order(src, order);
    for (int i = 0; i < src->rank; i++) {
        int k = order[i];
        if (src->dim[k] == 1) continue;
        add_axis(d[k] == 0 ? sum : keep, src->dim[k], s[k] / size, d[k] / size);
    }
}

enum { LANES = 8, WIDTH = 64 };

/* A contiguous run, in LANES interleaved sums, so that it can be vectorised. */
TV_SIMD static double sum_run(const float *p, int64_t n)
{
    double lane[LANES] = {0}, s = 0;
    int64_t i = 0;
    for (; i + LANES <= n; i += LANES)
        for (int k = 0; k < LANES; k++) lane[k] += p[i + k];
    for (int k = 0; k < LANES; k++) s += lane[k];
    for (; i < n; i++) s += p[i];
    return s;
}

TV_SIMD static void add_row(double *sum, const float *row, int64_t n)
{
    for (int64_t i = 0; i < n; i++) sum[i] += row[i];
}

/* The innermost axis in memory is summed: element by element, run by run. */
static void sum_inner(const struct axes *keep, const struct axes *sum, float *out, const float *in)
{
    int64_t n = product(keep), run = sum->dim[sum->n - 1], runs = product(sum) / run;
#pragma omp parallel for if (n * run * runs > BLOCK) schedule(static)
    for (int64_t j = 0; j < n; j++) {
        const float *p = in + offset(keep, keep->src, j);
        double s = 0;
        for (int64_t k = 0; k < runs; k++) s += sum_run(p + offset(sum, sum->src, k * run), run);
        out[offset(keep, keep->dst, j)] = (float)s;
    }
}

/* The innermost axis in memory is kept: pieces of it, row by row. */
static void sum_outer(const struct axes *keep, const struct axes *sum, float *out, const float *in)
{
    int last = keep->n - 1;
    int64_t run = keep->dim[last], pieces = (run + WIDTH - 1) / WIDTH, outer = product(keep) / run,
            rows = product(sum);
#pragma omp parallel for if (outer * run * rows > BLOCK) schedule(static)
    for (int64_t item = 0; item < outer * pieces; item++) {
        int64_t from = item % pieces * WIDTH, n = run - from < WIDTH ? run - from : WIDTH,
                j = item / pieces * run + from;
        const float *p = in + offset(keep, keep->src, j);
        float *to = out + offset(keep, keep->dst, j);
        double s[WIDTH] = {0};
        for (int64_t k = 0; k < rows; k++) add_row(s, p + offset(sum, sum->src, k), n);
        for (int64_t i = 0; i < n; i++) to[i * keep->dst[last]] = (float)s[i];
    }
}

void tv_sum_to(struct tv_view *dst, const struct tv_view *src)
{
    if (tv_view_count(dst) == tv_view_count(src) && dst->layout == src->layout) {
        if (dst->data != src->data) memcpy(dst->data, src->data, tv_view_bytes(src));
        return;
    }
    struct axes keep, sum;
    split_axes(dst, src, &keep, &sum);
    if (tv_view_count(src) == 0) {
        tv_view_zero(dst);
    } else if (sum.n == 0) { /* another layout */
        int64_t from[TV_MAX_RANK], to[TV_MAX_RANK];
        tv_view_strides(src, from);
        tv_view_strides(dst, to);
        tv_box_copy(sizeof(float), src->rank, src->dim, dst->data, to, src->data, from);
    } else if (keep.n > 0 && keep.src[keep.n - 1] == 1) {
        sum_outer(&keep, &sum, dst->data, src->data);
    } else {
        sum_inner(&keep, &sum, dst->data, src->data);
    }
}
