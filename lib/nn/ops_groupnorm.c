/* nn/ops_groupnorm.c - InstanceNormalization and LayerNormalization.
 *
 *     y_j = s_j d_j r + b_j,    d_j = x_j - mean(x),  r = (mean(d^2) + eps)^-1/2    over a group of an image
 *
 * A group is a channel's positions (s, b per channel) or the last dimensions from `axis` on (s, b per
 * element). Secant: with u_j = m_j s_j, the product gives mean(r) u_j to d_j and sum_k u_k mean(d_k) to r;
 * (r1 - r0)/(v1 - v0) = -1/(q0 q1 (q0 + q1)) with q = 1/r; v is the mean of squares; d is linear in x:
 *     t_j = mean(r) u_j + 2/n mean(d_j) (dr/dv) sum_k u_k mean(d_k),       dx_j = t_j - mean(t)
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "core/mem.h"
#include "nn/ops.h"

struct groupnorm {
    bool layer;
    int64_t axis;
    double epsilon;
};

static const char *setup(struct tv_graph *g, struct tv_node *n)
{
    (void)g;
    struct groupnorm *s = n->state = TV_NEW(struct groupnorm);
    s->layer = n->op->type[0] == 'L';
    s->epsilon = tv_attr_float(n, "epsilon", 1e-5);
    if (!s->layer) return tv_want_inputs(n, 3, 3);
    s->axis = tv_attr_int(n, "axis", -1);
    tv_attr_int(n, "stash_type", 1); /* sums are made in double whatever it says */
    return tv_want_inputs(n, 2, 3);
}

static const char *check_parameters(const struct tv_graph *g, const struct tv_node *n, int64_t want)
{
    for (int i = 1; i < n->n_in; i++) {
        const struct tv_value *p = tv_node_in(g, n, i);
        if (p && tv_value_count(p) != want)
            return tv_node_msg(n, "'%s': want %lld numbers, got %lld", p->name, (long long)want,
                               (long long)tv_value_count(p));
    }
    return NULL;
}

static const char *shape(struct tv_graph *g, struct tv_node *n)
{
    const struct groupnorm *s = n->state;
    const struct tv_value *x = tv_node_in(g, n, 0);
    int64_t axis = s->axis, size = 1, dim[TV_MAX_RANK];
    const char *err = tv_want_float(g, n);
    if (!err && !s->layer) err = tv_want_rank(g, n, 0, 3, TV_MAX_RANK);
    if (err) return err;
    if (!tv_axis(&axis, x->rank))
        return tv_node_msg(n, "axis %lld of %d dimensions", (long long)axis, x->rank);
    if (s->layer && axis == 0 && g->free_batch && x->varies)
        return tv_node_msg(n, "axis 0 mixes the images of a batch");
    for (int i = (int)axis; i < x->rank; i++) size *= x->dim[i];
    if ((err = check_parameters(g, n, s->layer ? size : x->dim[1]))) return err;
    tv_value_like(tv_node_out(g, n, 0), x);
    for (int i = 0; i < x->rank; i++) dim[i] = i < axis ? x->dim[i] : 1;
    for (int i = 1; i < 3; i++) tv_value_shape(tv_node_out(g, n, i), TV_F32, x->rank, dim);
    return NULL;
}

/* Groups of n elements, `step` apart; group i starts at start(i). */
struct groups {
    int64_t count, n, step;
    int64_t c, image; /* instance: channels, and elements of an image; layer: 0 */
    bool chlast;
};

static struct groups groups_of(const struct groupnorm *s, const struct tv_view *x)
{
    struct groups k = {.n = 1, .step = 1};
    int first = s->layer ? (int)(s->axis < 0 ? s->axis + x->rank : s->axis) : 2;
    for (int i = first; i < x->rank; i++) k.n *= x->dim[i];
    int64_t all = tv_view_count(x);
    k.count = k.n ? all / k.n : 0;
    if (s->layer) return k;
    k.c = x->dim[1];
    k.image = k.c * k.n;
    k.chlast = x->layout == TV_CHLAST;
    if (k.chlast) k.step = k.c;
    return k;
}

static int64_t group_start(const struct groups *k, int64_t i)
{
    return k->chlast ? i / k->c * k->image + i % k->c : i * k->n;
}

struct moments {
    double mean, q; /* q = sqrt(variance + epsilon) */
};

static struct moments moments_of(const float *x, int64_t n, int64_t step, double epsilon)
{
    double sum = 0, square = 0;
    for (int64_t i = 0; i < n; i++) sum += x[i * step];
    double mean = sum / (double)n;
    for (int64_t i = 0; i < n; i++) {
        double d = x[i * step] - mean;
        square += d * d;
    }
    return (struct moments){mean, sqrt(square / (double)n + epsilon)};
}

/* Parameter of element j of group i: per element, or per channel. */
static int64_t parameter(const struct groups *k, int64_t i, int64_t j) { return k->c ? i % k->c : j; }

static void forward(const struct tv_node *n, struct tv_view *out, const struct tv_view *in)
{
    const struct groupnorm *s = n->state;
    struct groups k = groups_of(s, &in[0]);
    const float *x = in[0].data, *scale = in[1].data, *bias = n->n_in > 2 ? in[2].data : NULL;
    float *y = out[0].data, *mean = n->n_out > 1 ? out[1].data : NULL,
          *rate = n->n_out > 2 ? out[2].data : NULL;
#pragma omp parallel for schedule(static) if (k.count > 1)
    for (int64_t i = 0; i < k.count; i++) {
        int64_t at = group_start(&k, i);
        struct moments m = moments_of(x + at, k.n, k.step, s->epsilon);
        for (int64_t j = 0; j < k.n; j++) {
            int64_t p = parameter(&k, i, j), e = at + j * k.step;
            y[e] = (float)((x[e] - m.mean) / m.q * scale[p] + (bias ? bias[p] : 0));
        }
        if (mean) mean[i] = (float)m.mean;
        if (rate) rate[i] = (float)(1 / m.q);
    }
}

/* Mean over the ends of d_j. */
static double middle(const float *x0, const float *x1, int64_t e, struct moments a, struct moments b)
{
    return 0.5 * ((x0[e] - a.mean) + (x1[e] - b.mean));
}

static void backward_x(const struct groups *k, int64_t i, float *dx, const float *dy, const float *x0,
                       const float *x1, const float *scale, double epsilon)
{
    int64_t at = group_start(k, i), n = k->n;
    struct moments a = moments_of(x0 + at, n, k->step, epsilon), b = moments_of(x1 + at, n, k->step, epsilon);
    double sum = 0, total = 0;
    for (int64_t j = 0; j < n; j++) {
        int64_t e = at + j * k->step;
        sum += (double)dy[e] * scale[parameter(k, i, j)] * middle(x0, x1, e, a, b);
    }
    double rate = 0.5 * (1 / a.q + 1 / b.q), by = -2 * sum / (a.q * b.q * (a.q + b.q)) / (double)n;
    for (int pass = 0; pass < 2; pass++) {
        double mean = total / (double)n;
        for (int64_t j = 0; j < n; j++) {
            int64_t e = at + j * k->step;
            double t = rate * dy[e] * scale[parameter(k, i, j)] + by * middle(x0, x1, e, a, b);
            if (pass == 0)
                total += t;
            else
                dx[e] = (float)(t - mean);
        }
    }
}

/* Gradients of scale and bias, in the order of the groups: the two middle normalised values' mean times m. */
static void backward_parameters(const struct groups *k, struct tv_view *min, int n_in, const float *dy,
                                const float *x0, const float *x1, double epsilon)
{
    float *ds = min[1].data, *db = n_in > 2 ? min[2].data : NULL;
    size_t count = (size_t)tv_view_count(&min[1]);
    double *sum = TV_ARRAY(double, 2 * count);
    for (int64_t i = 0; i < k->count; i++) {
        int64_t at = group_start(k, i);
        struct moments a = moments_of(x0 + at, k->n, k->step, epsilon),
                       b = moments_of(x1 + at, k->n, k->step, epsilon);
        for (int64_t j = 0; j < k->n; j++) {
            int64_t p = parameter(k, i, j), e = at + j * k->step;
            sum[p] += dy[e] * 0.5 * ((x0[e] - a.mean) / a.q + (x1[e] - b.mean) / b.q);
            sum[(int64_t)count + p] += dy[e];
        }
    }
    for (size_t p = 0; p < count; p++) {
        if (ds) ds[p] = (float)sum[p];
        if (db) db[p] = (float)sum[count + p];
    }
    free(sum);
}

static void backward(const struct tv_node *n, struct tv_view *min, const struct tv_view *mout,
                     const struct tv_view *in0, const struct tv_view *in1, const struct tv_view *out0,
                     const struct tv_view *out1)
{
    (void)out0, (void)out1;
    const struct groupnorm *s = n->state;
    struct groups k = groups_of(s, &in0[0]);
    const float *dy = mout[0].data, *x0 = in0[0].data, *x1 = in1[0].data, *scale = in0[1].data;
    float *dx = min[0].data;
#pragma omp parallel for schedule(static) if (k.count > 1)
    for (int64_t i = 0; i < (dx ? k.count : 0); i++) backward_x(&k, i, dx, dy, x0, x1, scale, s->epsilon);
    if (min[1].data || (n->n_in > 2 && min[2].data))
        backward_parameters(&k, min, n->n_in, dy, x0, x1, s->epsilon);
}

const struct tv_op tv_ops_groupnorm[] = {
    {"InstanceNormalization", TV_OP_LAYOUT | TV_OP_SAME, setup, shape, forward, backward, NULL, NULL},
    {"LayerNormalization", TV_OP_SAME, setup, shape, forward, backward, NULL, NULL},
    TV_OPS_END};
