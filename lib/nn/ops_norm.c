/* nn/ops_norm.c - normalisations.
 *
 *     BatchNormalization     y = s (x - mean) / sqrt(var + eps) + b, all per channel and given: affine in x
 *     LRN                    y = x (k + alpha/size sum_{|c'-c| in the window} x_c'^2)^-beta, across channels
 *     Instance, LayerNorm..  y = s (x - mean(x)) / sqrt(var(x) + eps) + b over a group of an image's elements
 *
 * Secants of the last two are the chain of those of their scalar parts: squares (mean of both ends), a power,
 * a product; everything between is linear.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "core/mem.h"
#include "nn/loop.h"
#include "nn/ops.h"
#include "num/simd.h"

/* ---- where the channels lie ---- */

/* Data as [n][a][c][b] in memory: plain [n][1][c][positions], channels-last [n][positions][c][1]. */
struct channels {
    int64_t n, outer, c, inner;
};

static struct channels channels_of(const struct tv_view *v)
{
    struct channels k = {v->dim[0], 1, v->rank > 1 ? v->dim[1] : 1, 1};
    int64_t positions = 1;
    for (int i = 2; i < v->rank; i++) positions *= v->dim[i];
    if (v->layout == TV_CHLAST)
        k.outer = positions;
    else
        k.inner = positions;
    return k;
}

/* ---- BatchNormalization ---- */

struct batchnorm {
    float epsilon;
};

static const char *setup_bn(struct tv_graph *g, struct tv_node *n)
{
    struct batchnorm *s = n->state = TV_NEW(struct batchnorm);
    s->epsilon = (float)tv_attr_float(n, "epsilon", 1e-5);
    tv_attr_float(n, "momentum", 0.9);
    if (!tv_attr_int(n, "spatial", 1))
        return tv_node_msg(n, "statistics per position (spatial 0) are not supported");
    if (tv_attr_int(n, "training_mode", 0)) return tv_node_msg(n, "training mode is not supported");
    (void)g;
    return tv_want_inputs(n, 5, 5);
}

static const char *shape_bn(struct tv_graph *g, struct tv_node *n)
{
    const struct tv_value *x = tv_node_in(g, n, 0);
    const char *err = tv_want_float(g, n);
    if (!err) err = tv_want_rank(g, n, 0, 1, TV_MAX_RANK);
    if (err) return err;
    int64_t c = x->rank > 1 ? x->dim[1] : 1;
    for (int i = 1; i < 5; i++) {
        const struct tv_value *p = tv_node_in(g, n, i);
        if (tv_value_count(p) != c)
            return tv_node_msg(n, "'%s': want %lld numbers, one a channel, got %lld", p->name, (long long)c,
                               (long long)tv_value_count(p));
    }
    for (int i = 1; i < n->n_out; i++)
        if (tv_node_out(g, n, i) && tv_node_out(g, n, i)->uses)
            return tv_node_msg(n, "outputs of training mode are not supported");
    tv_value_like(tv_node_out(g, n, 0), x);
    for (int i = 1; i < n->n_out; i++) tv_value_like(tv_node_out(g, n, i), tv_node_in(g, n, 3));
    return NULL;
}

/* y = scale x + shift per channel; arrays of c in the workspace, which the caller frees. */
float *tv_batchnorm_affine_new(const struct tv_node *n, const struct tv_view *in, int64_t c)
{
    const struct batchnorm *s = n->state;
    const float *w = in[1].data, *b = in[2].data, *mean = in[3].data, *var = in[4].data;
    float *p = tv_alloc_aligned((size_t)(2 * c), sizeof *p);
    for (int64_t i = 0; i < c; i++) {
        double scale = w[i] / sqrt((double)var[i] + s->epsilon);
        p[i] = (float)scale;
        p[c + i] = (float)(b[i] - scale * mean[i]);
    }
    return p;
}

/* One line of k->c channels of `inner` elements: y = scale x + shift; shift may be NULL. */
TV_SIMD static void affine_line(int64_t c, int64_t inner, float *y, const float *x, const float *scale,
                                const float *shift)
{
    if (inner == 1 && shift)
        for (int64_t i = 0; i < c; i++) y[i] = scale[i] * x[i] + shift[i];
    else if (inner == 1)
        for (int64_t i = 0; i < c; i++) y[i] = scale[i] * x[i];
    else
        for (int64_t i = 0; i < c; i++) {
            float by = scale[i], plus = shift ? shift[i] : 0;
            for (int64_t j = 0; j < inner; j++) y[i * inner + j] = by * x[i * inner + j] + plus;
        }
}

static void affine(const struct channels *k, float *y, const float *x, const float *scale, const float *shift)
{
    int64_t lines = k->n * k->outer, size = k->c * k->inner;
#pragma omp parallel for schedule(static) if (lines * size > 1 << 14)
    for (int64_t l = 0; l < lines; l++) affine_line(k->c, k->inner, y + l * size, x + l * size, scale, shift);
}

static void forward_bn(const struct tv_node *n, struct tv_view *out, const struct tv_view *in)
{
    struct channels k = channels_of(&in[0]);
    float *p = tv_batchnorm_affine_new(n, in, k.c);
    affine(&k, out[0].data, in[0].data, p, p + k.c);
    free(p);
    for (int i = 1; i < n->n_out; i++) tv_view_zero(&out[i]);
}

/* Gradients of scale and bias: sums over images and positions in their order. */
static void parameters_bn(const struct tv_node *n, struct tv_view *min, const float *dy,
                          const struct tv_view *in)
{
    const struct batchnorm *s = n->state;
    struct channels k = channels_of(&in[0]);
    const float *x = in[0].data, *mean = in[3].data, *var = in[4].data;
    float *dw = min[1].data, *db = min[2].data;
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < k.c; i++) {
        double sum = 0, weighted = 0;
        for (int64_t l = 0; l < k.n * k.outer; l++) {
            const int64_t at = (l * k.c + i) * k.inner;
            for (int64_t j = 0; j < k.inner; j++) {
                sum += dy[at + j];
                weighted += (double)dy[at + j] * (x[at + j] - mean[i]);
            }
        }
        if (dw) dw[i] = (float)(weighted / sqrt((double)var[i] + s->epsilon));
        if (db) db[i] = (float)sum;
    }
}

static void backward_bn(const struct tv_node *n, struct tv_view *min, const struct tv_view *mout,
                        const struct tv_view *in0, const struct tv_view *in1, const struct tv_view *out0,
                        const struct tv_view *out1)
{
    (void)in1, (void)out0, (void)out1;
    struct channels k = channels_of(&mout[0]);
    if (min[0].data) {
        float *p = tv_batchnorm_affine_new(n, in0, k.c);
        affine(&k, min[0].data, mout[0].data, p, NULL);
        free(p);
    }
    if (min[1].data || min[2].data) parameters_bn(n, min, mout[0].data, in0);
    tv_view_zero(&min[3]); /* the statistics are not learnt */
    tv_view_zero(&min[4]);
}

/* ---- LRN ---- */

struct lrn {
    int64_t size;
    double alpha, beta, bias;
};

static const char *setup_lrn(struct tv_graph *g, struct tv_node *n)
{
    (void)g;
    struct lrn *s = n->state = TV_NEW(struct lrn);
    s->size = tv_attr_int(n, "size", 0);
    s->alpha = tv_attr_float(n, "alpha", 1e-4);
    s->beta = tv_attr_float(n, "beta", 0.75);
    s->bias = tv_attr_float(n, "bias", 1);
    if (s->size < 1) return tv_node_msg(n, "size: want 1 or more, got %lld", (long long)s->size);
    return tv_want_inputs(n, 1, 1);
}

static const char *shape_like(struct tv_graph *g, struct tv_node *n)
{
    const char *err = tv_want_float(g, n);
    if (!err) err = tv_want_rank(g, n, 0, 2, TV_MAX_RANK);
    if (!err) tv_value_like(tv_node_out(g, n, 0), tv_node_in(g, n, 0));
    return err;
}

/* to[c] = sum of from[c'] over the window around c, or with `reverse` over the c' whose window holds c. */
static void window_sum(const struct lrn *s, int64_t channels, double *to, const double *from, bool reverse)
{
    int64_t before = (s->size - 1) / 2, after = s->size - 1 - before;
    if (reverse) {
        int64_t t = before;
        before = after, after = t;
    }
    for (int64_t c = 0; c < channels; c++) {
        int64_t lo = c - before > 0 ? c - before : 0,
                hi = c + after < channels - 1 ? c + after : channels - 1;
        double sum = 0;
        for (int64_t i = lo; i <= hi; i++) sum += from[i];
        to[c] = sum;
    }
}

/* One position's channels from and to an array. */
static void load(double *to, const float *from, int64_t n, int64_t step)
{
    for (int64_t i = 0; i < n; i++) to[i] = from[i * step];
}

/* base[c] = bias + alpha/size sum x^2 */
static void lrn_base(const struct lrn *s, int64_t c, double *base, double *square, const double *x)
{
    for (int64_t i = 0; i < c; i++) square[i] = x[i] * x[i];
    window_sum(s, c, base, square, false);
    for (int64_t i = 0; i < c; i++) base[i] = s->bias + s->alpha / (double)s->size * base[i];
}

static void lrn_forward_one(const struct lrn *s, int64_t c, int64_t step, float *y, const float *x,
                            double *room)
{
    double *v = room, *base = room + c, *square = room + 2 * c;
    load(v, x, c, step);
    lrn_base(s, c, base, square, v);
    for (int64_t i = 0; i < c; i++) y[i * step] = (float)(v[i] * pow(base[i], -s->beta));
}

/* y = x q, q = base^-beta: dx = mean(q) m + 2 mean(x) alpha/size sum over the windows of mean(x) m dq/dbase.
 */
static void lrn_backward_one(const struct lrn *s, int64_t c, int64_t step, float *dx, const float *dy,
                             const float *x0, const float *x1, double *room)
{
    double *a = room, *b = room + c, *base0 = room + 2 * c, *base1 = room + 3 * c, *t = room + 4 * c,
           *sum = room + 5 * c;
    load(a, x0, c, step);
    load(b, x1, c, step);
    lrn_base(s, c, base0, t, a);
    lrn_base(s, c, base1, t, b);
    for (int64_t i = 0; i < c; i++) {
        double d = base1[i] - base0[i], mid = 0.5 * (base0[i] + base1[i]);
        double slope = fabs(d) < 1e-5 * mid ? -s->beta * pow(mid, -s->beta - 1)
                                            : (pow(base1[i], -s->beta) - pow(base0[i], -s->beta)) / d;
        t[i] = 0.5 * (a[i] + b[i]) * dy[i * step] * slope;
    }
    window_sum(s, c, sum, t, true);
    for (int64_t i = 0; i < c; i++) {
        double q = 0.5 * (pow(base0[i], -s->beta) + pow(base1[i], -s->beta));
        dx[i * step] = (float)(q * dy[i * step] + s->alpha / (double)s->size * (a[i] + b[i]) * sum[i]);
    }
}

enum { LRN_ROOM = 6 };

static void forward_lrn(const struct tv_node *n, struct tv_view *out, const struct tv_view *in)
{
    struct channels k = channels_of(&in[0]);
    const float *x = in[0].data;
    float *y = out[0].data;
#pragma omp parallel
    {
        double *room = tv_alloc_aligned((size_t)(LRN_ROOM * k.c), sizeof *room);
#pragma omp for schedule(static)
        for (int64_t i = 0; i < k.n * k.outer * k.inner; i++) {
            int64_t at = i / k.inner * k.c * k.inner + i % k.inner;
            lrn_forward_one(n->state, k.c, k.inner, y + at, x + at, room);
        }
        free(room);
    }
}

static void backward_lrn(const struct tv_node *n, struct tv_view *min, const struct tv_view *mout,
                         const struct tv_view *in0, const struct tv_view *in1, const struct tv_view *out0,
                         const struct tv_view *out1)
{
    (void)out0, (void)out1;
    if (!min[0].data) return;
    struct channels k = channels_of(&in0[0]);
    const float *dy = mout[0].data, *x0 = in0[0].data, *x1 = in1[0].data;
    float *dx = min[0].data;
#pragma omp parallel
    {
        double *room = tv_alloc_aligned((size_t)(LRN_ROOM * k.c), sizeof *room);
#pragma omp for schedule(static)
        for (int64_t i = 0; i < k.n * k.outer * k.inner; i++) {
            int64_t at = i / k.inner * k.c * k.inner + i % k.inner;
            lrn_backward_one(n->state, k.c, k.inner, dx + at, dy + at, x0 + at, x1 + at, room);
        }
        free(room);
    }
}

const struct tv_op tv_ops_norm[] = {
    {"BatchNormalization", TV_OP_AFFINE | TV_OP_LAYOUT | TV_OP_SAME | TV_OP_ROWS, setup_bn, shape_bn,
     forward_bn, backward_bn, NULL, NULL},
    {"LRN", TV_OP_LAYOUT | TV_OP_SAME, setup_lrn, shape_like, forward_lrn, backward_lrn, NULL, NULL},
    TV_OPS_END};
