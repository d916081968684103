/* nn/ops_reduce.c - ReduceSum, ReduceMean, ReduceMax over axes: from an attribute, or since opset 13/18 from
 * input 1.
 *
 * A maximum shares its multiplier as max-pooling does: t to the winner at the start, 1 - t to that at the
 * end.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "core/mem.h"
#include "nn/loop.h"
#include "nn/ops.h"
#include "nn/wide.h"

enum kind { SUM, MEAN, MAX };

struct reduce {
    enum kind kind;
    bool keep, noop;
    int n; /* axes given as an attribute; -1: none */
    int64_t axes[TV_MAX_RANK];
};

static const char *setup(struct tv_graph *g, struct tv_node *n)
{
    (void)g;
    struct reduce *s = n->state = TV_NEW(struct reduce);
    const char *what = n->op->type + strlen("Reduce");
    s->kind = !strcmp(what, "Sum") ? SUM : !strcmp(what, "Mean") ? MEAN : MAX;
    s->keep = tv_attr_int(n, "keepdims", 1) != 0;
    s->noop = tv_attr_int(n, "noop_with_empty_axes", 0) != 0;
    const int64_t *axes = tv_attr_ints(n, "axes", &s->n);
    if (s->n > TV_MAX_RANK) return tv_node_msg(n, "axes: want at most %d, got %d", TV_MAX_RANK, s->n);
    if (axes)
        memcpy(s->axes, axes, (size_t)s->n * sizeof *axes);
    else
        s->n = -1;
    return tv_want_inputs(n, 1, 2);
}

/* Marks the axes to reduce; false when one is outside. */
static bool marked(const struct reduce *s, int rank, int given, int64_t *axes, bool *mark)
{
    for (int i = 0; i < rank; i++) mark[i] = given <= 0 && !s->noop;
    for (int i = 0; i < given; i++) {
        if (!tv_axis(&axes[i], rank)) return false;
        mark[axes[i]] = true;
    }
    return true;
}

static const char *shape(struct tv_graph *g, struct tv_node *n)
{
    const struct reduce *s = n->state;
    const struct tv_value *x = tv_node_in(g, n, 0);
    int64_t axes[TV_MAX_RANK], dim[TV_MAX_RANK];
    bool mark[TV_MAX_RANK];
    int given = s->n, rank = 0;
    memcpy(axes, s->axes, sizeof axes);
    const char *err = given < 0 ? tv_known_ints(g, n, 1, axes, TV_MAX_RANK, &given) : NULL;
    if (err) return err;
    if (x->dtype == TV_STR || (x->dtype == TV_BOOL && s->kind != MAX))
        return tv_node_msg(n, "input '%s': want numbers, got %s", x->name, tv_dtype_name(x->dtype));
    if (!marked(s, x->rank, given, axes, mark))
        return tv_node_msg(n, "an axis beyond the %d dimensions", x->rank);
    for (int i = 0; i < x->rank; i++) {
        if (mark[i] && i == 0 && g->free_batch && x->varies)
            return tv_node_msg(n, "axis 0 mixes the images of a batch");
        if (mark[i] && x->dim[i] == 0 && s->kind != SUM)
            return tv_node_msg(n, "nothing to reduce along axis %d", i);
        if (!mark[i] || s->keep) dim[rank++] = mark[i] ? 1 : x->dim[i];
    }
    tv_value_shape(tv_node_out(g, n, 0), x->dtype, rank, dim);
    return NULL;
}

/* The output as a view of x's rank, with size 1 along the axes, and x's layout. */
static struct tv_view kept_view(const struct tv_node *n, const struct tv_view *in, const struct tv_view *y)
{
    const struct reduce *s = n->state;
    struct tv_view v = in[0];
    int64_t axes[TV_MAX_RANK];
    bool mark[TV_MAX_RANK];
    int given = s->n;
    memcpy(axes, s->axes, sizeof axes);
    if (given < 0 && n->n_in > 1) given = tv_view_ints(&in[1], axes, TV_MAX_RANK);
    marked(s, v.rank, given, axes, mark);
    for (int i = 0; i < v.rank; i++)
        if (mark[i]) v.dim[i] = 1;
    v.dtype = y->dtype;
    v.data = y->data;
    return v;
}

static void scale(struct tv_view *v, float by)
{
    float *p = v->data;
    int64_t count = tv_view_count(v);
    for (int64_t i = 0; i < count; i++) p[i] *= by;
}

/* ---- any type, any operator, one after the other ---- */

static void take(enum kind kind, enum tv_dtype t, char *to, const char *from, bool first)
{
    if (first)
        memcpy(to, from, 8);
    else if (t == TV_F64) {
        double *a = (double *)to, b = *(const double *)from;
        *a = kind == MAX ? (*a != *a || *a > b ? *a : b) : *a + b;
    } else if (t == TV_U64) {
        uint64_t *a = (uint64_t *)to, b = *(const uint64_t *)from;
        *a = kind == MAX ? (*a > b ? *a : b) : *a + b;
    } else {
        int64_t *a = (int64_t *)to, b = *(const int64_t *)from;
        *a = kind == MAX ? (*a > b ? *a : b) : (int64_t)((uint64_t)*a + (uint64_t)b);
    }
}

static void divide(struct tv_view *v, int64_t by)
{
    int64_t count = tv_view_count(v);
    for (int64_t i = 0; i < count; i++) {
        if (v->dtype == TV_F64)
            ((double *)v->data)[i] /= (double)by;
        else if (v->dtype == TV_U64)
            ((uint64_t *)v->data)[i] /= (uint64_t)by;
        else
            ((int64_t *)v->data)[i] /= by;
    }
}

/* Element of `kept` (size 1 along the axes) over element e of x, both plain. */
static int64_t kept_index(const struct tv_view *x, const struct tv_view *kept, int64_t e)
{
    int64_t at = 0, stride = 1;
    for (int i = x->rank - 1; i >= 0; i--) {
        if (kept->dim[i] != 1) at += e % x->dim[i] * stride;
        stride *= kept->dim[i];
        e /= x->dim[i];
    }
    return at;
}

static void forward_wide(const struct reduce *s, struct tv_view *out, struct tv_view *kept,
                         const struct tv_view *x)
{
    struct tv_view w = tv_widen_new(x), r = tv_wide_room_new(kept);
    int64_t count = tv_view_count(x), results = tv_view_count(kept);
    bool *seen = TV_ARRAY(bool, (size_t)results);
    memset(r.data, 0, (size_t)results * 8);
    for (int64_t e = 0; e < count; e++) {
        int64_t at = kept_index(x, kept, e);
        take(s->kind, w.dtype, (char *)r.data + at * 8, (char *)w.data + e * 8, !seen[at]);
        seen[at] = true;
    }
    if (s->kind == MEAN) divide(&r, results ? count / results : 1);
    tv_narrow(out, &r);
    free(w.data);
    free(seen);
}

/* ---- f32 ---- */

/* Offsets of the reduced elements below one kept element, in scan order. */
static int64_t *members_new(const struct tv_view *x, const struct tv_view *kept, int64_t *n)
{
    int64_t stride[TV_MAX_RANK];
    tv_view_strides(x, stride);
    *n = 1;
    for (int i = 0; i < x->rank; i++) *n *= kept->dim[i] == 1 ? x->dim[i] : 1;
    int64_t *offset = TV_ARRAY(int64_t, (size_t)*n);
    for (int64_t k = 0; k < *n; k++) {
        int64_t rest = k;
        for (int i = x->rank - 1; i >= 0; i--) {
            if (kept->dim[i] != 1) continue;
            offset[k] += rest % x->dim[i] * stride[i];
            rest /= x->dim[i];
        }
    }
    return offset;
}

/* Offset in x of the first element below kept element j, counted in the order in which `kept` lies in memory.
 */
static int64_t group_start(const struct tv_view *x, const struct tv_view *kept, int64_t j)
{
    int64_t xs[TV_MAX_RANK], ks[TV_MAX_RANK], offset = 0;
    tv_view_strides(x, xs);
    tv_view_strides(kept, ks);
    for (int i = 0; i < x->rank; i++)
        if (kept->dim[i] != 1) offset += j / ks[i] % kept->dim[i] * xs[i];
    return offset;
}

static int64_t winner(const float *x, const int64_t *offset, int64_t n)
{
    int64_t best = 0;
    for (int64_t k = 1; k < n; k++)
        if (x[offset[k]] > x[offset[best]]) best = k;
    return offset[best];
}

static void max_forward(struct tv_view *kept, const struct tv_view *x)
{
    int64_t n, groups = tv_view_count(kept), *offset = members_new(x, kept, &n);
    float *y = kept->data;
    const float *v = x->data;
#pragma omp parallel for schedule(static) if (groups * n > 1 << 14)
    for (int64_t j = 0; j < groups; j++) {
        const float *group = v + group_start(x, kept, j);
        y[j] = group[winner(group, offset, n)];
    }
    free(offset);
}

static void max_backward(struct tv_view *min, const struct tv_view *m, const struct tv_view *x0,
                         const struct tv_view *x1)
{
    int64_t n, groups = tv_view_count(m), *offset = members_new(x0, m, &n);
    const float *dy = m->data, *v0 = x0->data, *v1 = x1->data;
    float *dx = min->data;
    tv_view_zero(min);
#pragma omp parallel for schedule(static) if (groups * n > 1 << 14)
    for (int64_t j = 0; j < groups; j++) {
        int64_t at = group_start(x0, m, j), a = at + winner(v0 + at, offset, n),
                b = at + winner(v1 + at, offset, n);
        float p = v0[a] - v0[b], q = v1[b] - v1[a], t = a == b ? 1 : p + q > 0 ? p / (p + q) : 0.5f;
        dx[a] += t * dy[j];
        dx[b] += (1 - t) * dy[j];
    }
    free(offset);
}

static int64_t reduced_count(const struct tv_view *x, const struct tv_view *kept)
{
    int64_t k = tv_view_count(kept);
    return k ? tv_view_count(x) / k : 1;
}

static void forward(const struct tv_node *n, struct tv_view *out, const struct tv_view *in)
{
    const struct reduce *s = n->state;
    struct tv_view kept = kept_view(n, in, &out[0]);
    if (tv_view_count(&kept) == 0) return;
    if (in[0].dtype != TV_F32) {
        forward_wide(s, &out[0], &kept, &in[0]);
    } else if (s->kind == MAX) {
        max_forward(&kept, &in[0]);
    } else {
        tv_sum_to(&kept, &in[0]);
        if (s->kind == MEAN) scale(&kept, 1 / (float)reduced_count(&in[0], &kept));
    }
}

static void spread_run(const void *ctx, int64_t n, char *const *p, const int64_t *step)
{
    float by = *(const float *)ctx;
    for (int64_t i = 0; i < n; i++)
        *(float *)(p[0] + i * step[0]) = by * *(const float *)(p[1] + i * step[1]);
}

static void backward(const struct tv_node *n, struct tv_view *min, const struct tv_view *mout,
                     const struct tv_view *in0, const struct tv_view *in1, const struct tv_view *out0,
                     const struct tv_view *out1)
{
    (void)out0, (void)out1;
    const struct reduce *s = n->state;
    if (n->n_in > 1) tv_view_zero(&min[1]);
    if (!min[0].data || tv_view_count(&mout[0]) == 0) return;
    struct tv_view m = kept_view(n, in0, &mout[0]);
    if (s->kind == MAX) {
        max_backward(&min[0], &m, &in0[0], &in1[0]);
        return;
    }
    float by = s->kind == MEAN ? 1 / (float)reduced_count(&in0[0], &m) : 1;
    struct tv_loop l;
    tv_loop_init(&l, &min[0], 1, (const struct tv_view *const[]){&m});
    tv_loop_run(&l, spread_run, &by);
}

enum { REDUCES = TV_OP_LAYOUT | TV_OP_SAME | TV_OP_TYPES };
const struct tv_op tv_ops_reduce[] = {
    {"ReduceSum", REDUCES | TV_OP_AFFINE, setup, shape, forward, backward, NULL, NULL},
    {"ReduceMean", REDUCES | TV_OP_AFFINE, setup, shape, forward, backward, NULL, NULL},
    {"ReduceMax", REDUCES, setup, shape, forward, backward, NULL, NULL},
    TV_OPS_END};
