/* nn/ops_softmax.c - Softmax and LogSoftmax along one axis (before opset 13: along all from `axis` on).
 *
 *     L = log sum_k exp(x_k)      LogSoftmax  u_j = x_j - L      Softmax  y_j = exp(u_j)
 *
 * Secants, with the logarithmic mean M(p, q) = (p - q) / (log p - log q), which is the secant of exp:
 *
 *     exp         m'_j = m_j M(y1_j, y0_j)
 *     L           L1 - L0 = sum_k w_k (x1_k - x0_k),   w_k = M(exp x1_k, exp x0_k) / M(exp L1, exp L0)
 *     LogSoftmax  dx_j = m_j - w_j sum_k m_k           Softmax: the same of m'
 *
 * The weights w are positive, add up to no more than 1, and a shift common to all x leaves them alone.
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

/* M(p, q) with d = log p - log q. */
static double log_mean(double p, double q, double d) { return fabs(d) < 1e-5 ? 0.5 * (p + q) : (p - q) / d; }

static double log_sum(const float *x, int64_t n, int64_t step)
{
    double max = largest(x, n, step), sum = 0;
    for (int64_t i = 0; i < n; i++) sum += exp(x[i * step] - max);
    return max + log(sum);
}

static void backward_one(bool log_of, float *dx, const float *dy, const float *x0, const float *x1, int64_t n,
                         int64_t step)
{
    double l0 = log_sum(x0, n, step), l1 = log_sum(x1, n, step), d = l1 - l0, sum = 0;
    double most = d > 0 ? l1 : l0, all = log_mean(exp(l1 - most), exp(l0 - most), d); /* nothing overflows */
    for (int pass = 0; pass < 2; pass++) { /* first the sum of the multipliers of u */
        for (int64_t i = 0; i < n; i++) {
            double a = x0[i * step], b = x1[i * step], m = dy[i * step];
            if (!log_of) m *= log_mean(exp(b - l1), exp(a - l0), (b - l1) - (a - l0));
            if (pass == 0)
                sum += m;
            else
                dx[i * step] = (float)(m - log_mean(exp(b - most), exp(a - most), b - a) / all * sum);
        }
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
