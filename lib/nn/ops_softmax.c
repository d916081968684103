/* nn/ops_softmax.c - Softmax and LogSoftmax along one axis (before opset 13: along all from `axis` on).
 *
 *     e_j = exp(x_j - max), S = sum e_j        Softmax y_j = e_j / S        LogSoftmax y_j = x_j - max - log
 * S
 *
 * Backward is the chain of the scalar parts' secants, with a fixed shift c instead of the maximum so that
 * nothing but the exponentials depends on x: with e_j = exp(x_j - c), h_j = (e1_j - e0_j) / (x1_j - x0_j),
 *     Softmax     y_j = e_j r, r = 1/S:  dx_j = h_j (m_j mean(r) - sum_k m_k mean(e_k) / (S0 S1))
 *     LogSoftmax  y_j = x_j - log S:     dx_j = m_j - h_j (log S1 - log S0) / (S1 - S0) sum_k m_k
 * The terms add up exactly to the difference of the outputs.  c is the larger of both ends' maxima.
 */
#include <math.h>
#include <string.h>
#include "core/mem.h"
#include "nn/ops.h"

struct softmax {
    bool log;
    int64_t axis;
    bool rest; /* opset < 13: all dimensions from axis on are one */
};

static const char *setup(struct tv_graph *g, struct tv_node *n)
{
    struct softmax *s = n->state = TV_NEW(struct softmax);
    s->log = !strcmp(n->op->type, "LogSoftmax");
    s->rest = g->opset < 13;
    s->axis = tv_attr_int(n, "axis", s->rest ? 1 : -1);
    return tv_want_inputs(n, 1, 1);
}

static const char *shape(struct tv_graph *g, struct tv_node *n)
{
    const struct softmax *s = n->state;
    const struct tv_value *x = tv_node_in(g, n, 0);
    int64_t axis = s->axis;
    const char *err = tv_want_float(g, n);
    if (err) return err;
    bool end = s->rest && axis == x->rank; /* nothing left: every element by itself */
    if (!end && !tv_axis(&axis, x->rank))
        return tv_node_msg(n, "axis %lld of %d dimensions", (long long)s->axis, x->rank);
    if (g->free_batch && x->varies && axis == 0) return tv_node_msg(n, "axis 0 mixes the images of a batch");
    tv_value_like(tv_node_out(g, n, 0), x);
    return NULL;
}

/* [outer, n, inner]; plain data. */
struct axis {
    int64_t outer, n, inner;
};

static struct axis axis_of(const struct softmax *s, const struct tv_view *v)
{
    struct axis a = {1, 1, 1};
    int64_t axis = s->axis < 0 ? s->axis + v->rank : s->axis;
    for (int i = 0; i < v->rank; i++) {
        if (i < axis)
            a.outer *= v->dim[i];
        else if (i == axis || s->rest)
            a.n *= v->dim[i];
        else
            a.inner *= v->dim[i];
    }
    return a;
}

static float largest(const float *x, int64_t n, int64_t step)
{
    float m = -INFINITY;
    for (int64_t i = 0; i < n; i++) m = x[i * step] > m ? x[i * step] : m;
    return m == -INFINITY ? 0 : m;
}

static void forward_one(bool log_of, float *y, const float *x, int64_t n, int64_t step)
{
    float max = largest(x, n, step);
    double sum = 0;
    for (int64_t i = 0; i < n; i++) sum += exp((double)x[i * step] - max);
    double shift = log(sum);
    for (int64_t i = 0; i < n; i++) {
        double d = (double)x[i * step] - max;
        y[i * step] = (float)(log_of ? d - shift : exp(d) / sum);
    }
}

static void forward(const struct tv_node *n, struct tv_view *out, const struct tv_view *in)
{
    const struct softmax *s = n->state;
    struct axis a = axis_of(s, &in[0]);
    const float *x = in[0].data;
    float *y = out[0].data;
#pragma omp parallel for collapse(2) if (a.outer * a.inner > 1) schedule(static)
    for (int64_t o = 0; o < a.outer; o++)
        for (int64_t i = 0; i < a.inner; i++)
            forward_one(s->log, y + o * a.n * a.inner + i, x + o * a.n * a.inner + i, a.n, a.inner);
}

/* (exp(b) - exp(a)) / (b - a), without loss where they are near. */
static double exp_slope(double a, double b)
{
    double d = b - a;
    return fabs(d) < 1e-4 ? exp(0.5 * (a + b)) * (1 + d * d / 24) : exp(a) * expm1(d) / d;
}

static void backward_one(bool log_of, float *dx, const float *dy, const float *x0, const float *x1, int64_t n,
                         int64_t step)
{
    double c0 = largest(x0, n, step), c1 = largest(x1, n, step), c = c0 > c1 ? c0 : c1;
    double s0 = 0, s1 = 0, sum = 0; /* sum: of m_k, for Softmax times mean(e_k) */
    for (int64_t i = 0; i < n; i++) {
        double e0 = exp(x0[i * step] - c), e1 = exp(x1[i * step] - c);
        s0 += e0;
        s1 += e1;
        sum += dy[i * step] * (log_of ? 1 : 0.5 * (e0 + e1));
    }
    double r = 0.5 * (1 / s0 + 1 / s1), d = s1 - s0;
    double slope = fabs(d) < 1e-6 * s0 ? 2 / (s0 + s1) : log(s1 / s0) / d;
    for (int64_t i = 0; i < n; i++) {
        double h = exp_slope(x0[i * step] - c, x1[i * step] - c), m = dy[i * step];
        dx[i * step] = (float)(log_of ? m - h * slope * sum : h * (m * r - sum / (s0 * s1)));
    }
}

static void backward(const struct tv_node *n, struct tv_view *min, const struct tv_view *mout,
                     const struct tv_view *in0, const struct tv_view *in1, const struct tv_view *out0,
                     const struct tv_view *out1)
{
    (void)out0, (void)out1;
    if (!min[0].data) return;
    const struct softmax *s = n->state;
    struct axis a = axis_of(s, &in0[0]);
    const float *dy = mout[0].data, *x0 = in0[0].data, *x1 = in1[0].data;
    float *dx = min[0].data;
#pragma omp parallel for collapse(2) if (a.outer * a.inner > 1) schedule(static)
    for (int64_t o = 0; o < a.outer; o++) {
        for (int64_t i = 0; i < a.inner; i++) {
            int64_t at = o * a.n * a.inner + i;
            backward_one(s->log, dx + at, dy + at, x0 + at, x1 + at, a.n, a.inner);
        }
    }
}

const struct tv_op tv_ops_softmax[] = {{"Softmax", 0, setup, shape, forward, backward, NULL, NULL},
                                       {"LogSoftmax", 0, setup, shape, forward, backward, NULL, NULL},
                                       TV_OPS_END};
