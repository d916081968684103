/* nn/ops_unary.c - elementwise functions of one input.
 *
 * The table at the end gives each its formula's parameters; the loops come from unary_template.h.  Piecewise
 * linear functions take the exact quotient everywhere; smooth ones the derivative at the middle of intervals
 * so short (0.01, or 1 % of the argument where the function has a singularity) that it is exact to rounding.
 */
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "core/mem.h"
#include "nn/ops.h"
#include "num/vecmath.h"
#include "nn/wide.h"

enum { PARAMS = 3, BLOCK = 8192 };

typedef void forward_fn(const float *p, float *y, const float *x, int64_t n);
typedef void backward_fn(const float *p, float *dx, const float *dy, const float *x0, const float *x1,
                         const float *y0, const float *y1, int64_t n);
typedef void conduct_fn(const float *p, float *dx, const float *dy, const float *x0, const float *x1,
                        float *sum, int64_t n);

#define SHORT(a, b)         (fabsf((b) - (a)) < 0.01f)
#define SHORT_REL(a, b)     (fabsf((b) - (a)) <= 0.005f * fabsf((a) + (b)))
#define SAME_SIDE(a, b, at) (((a) < (at)) == ((b) < (at)))

#define FN(name)   relu_##name
#define F(x)       ((x) > 0 ? (x) : 0.0f)
#define DF(x)      ((x) > 0 ? 1.0f : 0.0f)
#define NEAR(a, b) ((a) == (b))
#define CHEAP
#include "nn/unary_template.h"

/* p = alpha */
#define FN(name)   leaky_##name
#define F(x)       ((x) >= 0 ? (x) : p[0] * (x))
#define DF(x)      ((x) >= 0 ? 1.0f : p[0])
#define NEAR(a, b) ((a) == (b))
#define CHEAP
#include "nn/unary_template.h"

/* p = smallest, largest; the largest wins where they cross */
#define FN(name)   clip_##name
#define F(x)       tv_clip(x, p[0], p[1])
#define DF(x)      ((((x) >= p[0]) & ((x) <= p[1])) ? 1.0f : 0.0f)
#define NEAR(a, b) ((a) == (b))
#define CHEAP
#include "nn/unary_template.h"

/* alpha x + beta between 0 and 1; p = alpha, beta */
TV_INLINE float hard_sigmoid(float x, const float *p)
{
    float y = p[0] * x + p[1];
    return y < 0 ? 0 : y > 1 ? 1 : y;
}
#define FN(name)   hard_sigmoid_##name
#define F(x)       hard_sigmoid(x, p)
#define DF(x)      (((p[0] * (x) + p[1] > 0) & (p[0] * (x) + p[1] < 1)) ? p[0] : 0.0f)
#define NEAR(a, b) ((a) == (b))
#define CHEAP
#include "nn/unary_template.h"

#define FN(name)   abs_##name
#define F(x)       fabsf(x)
#define DF(x)      ((x) > 0 ? 1.0f : (x) < 0 ? -1.0f : 0.0f)
#define NEAR(a, b) ((a) == (b))
#define CHEAP
#include "nn/unary_template.h"

TV_SIMD static void neg_forward(const float *p, float *y, const float *x, int64_t n)
{
    (void)p;
    for (int64_t i = 0; i < n; i++) y[i] = -x[i];
}

TV_INLINE float sigmoid_slope(float s) { return s * (1 - s); }
#define FN(name)   sigmoid_##name
#define F(x)       tv_sigmoid(x)
#define DF(x)      sigmoid_slope(tv_sigmoid(x))
#define NEAR(a, b) SHORT(a, b)
#include "nn/unary_template.h"

TV_INLINE float square(float x) { return x * x; }
#define FN(name)   tanh_##name
#define F(x)       tv_tanh(x)
#define DF(x)      (1 - square(tv_tanh(x)))
#define NEAR(a, b) SHORT(a, b)
#include "nn/unary_template.h"

#define FN(name)   exp_##name
#define F(x)       tv_exp(x)
#define DF(x)      tv_exp(x)
#define NEAR(a, b) SHORT(a, b)
#include "nn/unary_template.h"

#define FN(name)   log_##name
#define F(x)       logf(x)
#define DF(x)      (1 / (x))
#define NEAR(a, b) SHORT_REL(a, b)
#include "nn/unary_template.h"

#define FN(name)   sqrt_##name
#define F(x)       sqrtf(x)
#define DF(x)      (0.5f / sqrtf(x))
#define NEAR(a, b) SHORT_REL(a, b)
#include "nn/unary_template.h"

#define FN(name)   reciprocal_##name
#define F(x)       (1 / (x))
#define DF(x)      (-1 / ((x) * (x)))
#define NEAR(a, b) SHORT_REL(a, b)
#include "nn/unary_template.h"

#define TWO_OVER_SQRT_PI 1.12837916709551257f
#define FN(name)         erf_##name
#define F(x)             tv_erf(x)
#define DF(x)            (TWO_OVER_SQRT_PI * tv_exp(-(x) * (x)))
#define NEAR(a, b)       SHORT(a, b)
#include "nn/unary_template.h"

/* x Phi(x) */
#define SQRT_HALF         0.70710678118654752f
#define ONE_OVER_SQRT_2PI 0.39894228040143268f
TV_INLINE float gelu_slope(float x)
{
    return 0.5f * (1 + tv_erf(SQRT_HALF * x)) + x * ONE_OVER_SQRT_2PI * tv_exp(-0.5f * x * x);
}
#define FN(name)   gelu_##name
#define F(x)       (0.5f * (x) * (1 + tv_erf(SQRT_HALF * (x))))
#define DF(x)      gelu_slope(x)
#define NEAR(a, b) SHORT(a, b)
#include "nn/unary_template.h"

/* x/2 (1 + tanh(u)), u = sqrt(2/pi) (x + 0.044715 x^3) */
#define SQRT_2_OVER_PI 0.79788456080286536f
#define CUBIC          0.044715f
TV_INLINE float gelu_u(float x) { return SQRT_2_OVER_PI * (x + CUBIC * x * x * x); }
TV_INLINE float gelu_tanh_slope(float x)
{
    float t = tv_tanh(gelu_u(x));
    return 0.5f * (1 + t) + 0.5f * x * (1 - t * t) * SQRT_2_OVER_PI * (1 + 3 * CUBIC * x * x);
}
#define FN(name)   gelu_tanh_##name
#define F(x)       (0.5f * (x) * (1 + tv_tanh(gelu_u(x))))
#define DF(x)      gelu_tanh_slope(x)
#define NEAR(a, b) SHORT(a, b)
#include "nn/unary_template.h"

/* exp(x) - 1 for x <= 0, without loss near 0 */
TV_INLINE float expm1_of(float x)
{
    float t = tv_tanh(0.5f * x);
    return 2 * t / (1 - t);
}
/* p = alpha */
#define FN(name)   elu_##name
#define F(x)       ((x) >= 0 ? (x) : p[0] * expm1_of((x) < 0 ? (x) : 0))
#define DF(x)      ((x) >= 0 ? 1.0f : p[0] * tv_exp(x))
#define NEAR(a, b) (((a) == (b)) | (SHORT(a, b) & SAME_SIDE(a, b, 0)))
#include "nn/unary_template.h"

/* p = alpha, gamma */
#define FN(name)   selu_##name
#define F(x)       (p[1] * ((x) > 0 ? (x) : p[0] * expm1_of((x) < 0 ? (x) : 0)))
#define DF(x)      (p[1] * ((x) > 0 ? 1.0f : p[0] * tv_exp(x)))
#define NEAR(a, b) (((a) == (b)) | (SHORT(a, b) & SAME_SIDE(a, b, 0)))
#include "nn/unary_template.h"

/* x max(0, min(1, x/6 + 1/2)); p = 1/6, 1/2 */
TV_INLINE float hard_swish_slope(float x) { return x <= -3 ? 0 : x >= 3 ? 1 : (2 * x + 3) / 6; }
#define FN(name)   hard_swish_##name
#define F(x)       ((x)*hard_sigmoid(x, p))
#define DF(x)      hard_swish_slope(x)
#define NEAR(a, b) (((a) == (b)) | (SHORT(a, b) & SAME_SIDE(a, b, -3) & SAME_SIDE(a, b, 3)))
#define CHEAP
#include "nn/unary_template.h"

struct unary {
    const char *type;
    forward_fn *forward;
    backward_fn *backward;
    const char *param[PARAMS]; /* attribute names */
    float value[PARAMS];       /* their defaults */
    bool integers;             /* takes them, too: see integer() */
    conduct_fn *conduct;       /* of those that are CHEAP */
};
static const struct unary functions[] = {
    {"Relu", relu_forward, relu_backward, {NULL}, {0}, true, relu_conduct},
    {"LeakyRelu", leaky_forward, leaky_backward, {"alpha"}, {0.01f}, false, leaky_conduct},
    {"Clip", clip_forward, clip_backward, {"min", "max"}, {-FLT_MAX, FLT_MAX}, true, clip_conduct},
    {"Sigmoid", sigmoid_forward, sigmoid_backward, {NULL}, {0}, false},
    {"Tanh", tanh_forward, tanh_backward, {NULL}, {0}, false},
    {"Abs", abs_forward, abs_backward, {NULL}, {0}, true, abs_conduct},
    {"Neg", neg_forward, NULL, {NULL}, {0}, true},
    {"Exp", exp_forward, exp_backward, {NULL}, {0}, false},
    {"Log", log_forward, log_backward, {NULL}, {0}, false},
    {"Sqrt", sqrt_forward, sqrt_backward, {NULL}, {0}, false},
    {"Reciprocal", reciprocal_forward, reciprocal_backward, {NULL}, {0}, false},
    {"Erf", erf_forward, erf_backward, {NULL}, {0}, false},
    {"Gelu", gelu_forward, gelu_backward, {NULL}, {0}, false},
    {"Elu", elu_forward, elu_backward, {"alpha"}, {1}, false},
    {"Selu",
     selu_forward,
     selu_backward,
     {"alpha", "gamma"},
     {1.67326319217681884765625f, 1.05070102214813232421875f},
     false},
    {"HardSigmoid",
     hard_sigmoid_forward,
     hard_sigmoid_backward,
     {"alpha", "beta"},
     {0.2f, 0.5f},
     false,
     hard_sigmoid_conduct},
    {"HardSwish",
     hard_swish_forward,
     hard_swish_backward,
     {NULL},
     {1 / 6.0f, 0.5f},
     false,
     hard_swish_conduct},
};

struct state {
    const struct unary *fn;
    forward_fn *forward; /* Gelu has two */
    backward_fn *backward;
    float p[PARAMS];
};

/* ---- the operators ---- */

static const char *setup(struct tv_graph *g, struct tv_node *n)
{
    (void)g;
    struct state *s = n->state = TV_NEW(struct state);
    const struct unary *f = functions;
    while (strcmp(f->type, n->op->type)) f++;
    *s = (struct state){.fn = f, .forward = f->forward, .backward = f->backward};
    for (int i = 0; i < PARAMS; i++)
        s->p[i] = f->param[i] ? (float)tv_attr_float(n, f->param[i], f->value[i]) : f->value[i];
    if (!strcmp(f->type, "Gelu")) {
        const char *approximate = tv_attr_string(n, "approximate", "none");
        if (!strcmp(approximate, "tanh"))
            s->forward = gelu_tanh_forward, s->backward = gelu_tanh_backward;
        else if (strcmp(approximate, "none"))
            return tv_node_msg(n, "approximate: want none or tanh, got '%.40s'", approximate);
    }
    return tv_want_inputs(n, 1, !strcmp(f->type, "Clip") ? 3 : 1);
}

static const char *shape(struct tv_graph *g, struct tv_node *n)
{
    const struct state *s = n->state;
    const struct tv_value *x = tv_node_in(g, n, 0);
    const char *err = tv_want_numeric(g, n);
    if (!err && !tv_dtype_is_float(x->dtype) && !s->fn->integers)
        err = tv_node_msg(n, "input '%s': want floating-point numbers, got %s", x->name,
                          tv_dtype_name(x->dtype));
    for (int i = 1; i < 3 && !err; i++) {
        const struct tv_value *limit = tv_node_in(g, n, i);
        if (limit && (limit->rank > 1 || tv_value_count(limit) != 1))
            err = tv_node_msg(n, "limit '%s' is not a single number", limit->name);
    }
    if (!err) tv_value_like(tv_node_out(g, n, 0), x);
    return err;
}

/* The parameters; Clip's limits come as inputs since opset 11. */
static void parameters(const struct tv_node *n, const struct tv_view *in, float *p)
{
    const struct state *s = n->state;
    memcpy(p, s->p, sizeof s->p);
    for (int i = 1; i < n->n_in; i++)
        if (in[i].data && in[i].dtype == TV_F32) p[i - 1] = *(const float *)in[i].data;
}

bool tv_node_limits(const struct tv_graph *g, const struct tv_node *n, struct tv_limits *limits)
{
    bool relu = !strcmp(n->op->type, "Relu");
    if (!relu && strcmp(n->op->type, "Clip")) return false;
    const struct state *s = n->state;
    *limits = relu ? (struct tv_limits){0, INFINITY} : (struct tv_limits){s->p[0], s->p[1]};
    for (int i = 1; i < n->n_in; i++) {
        const struct tv_value *v = tv_node_in(g, n, i);
        if (!v) continue;
        if (!v->data || v->dtype != TV_F32) return false;
        *(i == 1 ? &limits->low : &limits->high) = *(const float *)v->data;
    }
    return true;
}

/* Relu, Clip, Abs, Neg in 64 bits; `limit` are the inputs of Clip, widened. */
static int64_t integer(const struct unary *f, int64_t x, const struct tv_view *limit)
{
    switch (f->type[0]) {
    case 'R': return x > 0 ? x : 0;
    case 'A': return x < 0 ? -x : x;
    case 'N': return (int64_t)(0 - (uint64_t)x);
    default: break;
    }
    if (limit[1].data && x < *(const int64_t *)limit[1].data) x = *(const int64_t *)limit[1].data;
    if (limit[2].data && x > *(const int64_t *)limit[2].data) x = *(const int64_t *)limit[2].data;
    return x;
}

/* Unsigned: nothing is below zero, and the limits compare as unsigned. */
static uint64_t natural(const struct unary *f, uint64_t x, const struct tv_view *limit)
{
    if (f->type[0] == 'N') return 0 - x;
    if (limit[1].data && x < *(const uint64_t *)limit[1].data) x = *(const uint64_t *)limit[1].data;
    if (limit[2].data && x > *(const uint64_t *)limit[2].data) x = *(const uint64_t *)limit[2].data;
    return x;
}

static void forward_integers(const struct tv_node *n, struct tv_view *out, const struct tv_view *in)
{
    const struct state *s = n->state;
    struct tv_view limit[3] = {{0}}, w = tv_widen_new(&in[0]);
    for (int i = 1; i < n->n_in; i++)
        if (in[i].data) limit[i] = tv_widen_new(&in[i]);
    int64_t count = tv_view_count(&w), *v = w.data;
    for (int64_t i = 0; i < count; i++)
        v[i] =
            w.dtype == TV_U64 ? (int64_t)natural(s->fn, (uint64_t)v[i], limit) : integer(s->fn, v[i], limit);
    tv_narrow(out, &w);
    for (int i = 1; i < 3; i++) free(limit[i].data);
}

static void forward(const struct tv_node *n, struct tv_view *out, const struct tv_view *in)
{
    const struct state *s = n->state;
    if (in[0].dtype != TV_F32) {
        forward_integers(n, out, in);
        return;
    }
    float p[PARAMS], *y = out[0].data;
    const float *x = in[0].data;
    parameters(n, in, p);
    int64_t count = tv_view_count(&in[0]);
    if (count <= BLOCK) { /* perhaps within a parallel loop: a region costs more than the work */
        s->forward(p, y, x, count);
        return;
    }
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < count; i += BLOCK)
        s->forward(p, y + i, x + i, count - i < BLOCK ? count - i : BLOCK);
}

static void backward(const struct tv_node *n, struct tv_view *min, const struct tv_view *mout,
                     const struct tv_view *in0, const struct tv_view *in1, const struct tv_view *out0,
                     const struct tv_view *out1)
{
    const struct state *s = n->state;
    for (int i = 1; i < n->n_in; i++) tv_view_zero(&min[i]); /* limits of Clip are not learnt */
    if (!min[0].data) return;
    float p[PARAMS], *dx = min[0].data;
    const float *dy = mout[0].data, *x0 = in0[0].data, *x1 = in1[0].data, *y0 = out0[0].data,
                *y1 = out1[0].data;
    parameters(n, in0, p);
    int64_t count = tv_view_count(&in0[0]);
    if (count <= BLOCK) {
        s->backward(p, dx, dy, x0, x1, y0, y1, count);
        return;
    }
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < count; i += BLOCK)
        s->backward(p, dx + i, dy + i, x0 + i, x1 + i, y0 + i, y1 + i, count - i < BLOCK ? count - i : BLOCK);
}

static void conduct(const struct tv_node *n, struct tv_view *min, const struct tv_view *mout,
                    const struct tv_view *in0, const struct tv_view *in1, float *sum)
{
    const struct state *s = n->state;
    float p[PARAMS];
    parameters(n, in0, p);
    s->fn->conduct(p, min[0].data, mout[0].data, in0[0].data, in1[0].data, sum, tv_view_count(&in0[0]));
}

/* Neg is affine: it must do without its input. */
static void backward_neg(const struct tv_node *n, struct tv_view *min, const struct tv_view *mout,
                         const struct tv_view *in0, const struct tv_view *in1, const struct tv_view *out0,
                         const struct tv_view *out1)
{
    (void)n, (void)in0, (void)in1, (void)out0, (void)out1;
    if (min[0].data) neg_forward(NULL, min[0].data, mout[0].data, tv_view_count(&mout[0]));
}

/* One line an operator; the functions of the same name are in `functions`. */
enum {
    ELEMENTWISE = TV_OP_LAYOUT | TV_OP_SAME | TV_OP_OVERWRITES | TV_OP_ROWS,
    PIECEWISE = ELEMENTWISE | TV_OP_FORGETS /* those that are CHEAP */
};
const struct tv_op tv_ops_unary[] = {
    {"Relu", PIECEWISE, setup, shape, forward, backward, NULL, NULL, .conduct = conduct},
    {"LeakyRelu", PIECEWISE, setup, shape, forward, backward, NULL, NULL, .conduct = conduct},
    {"Clip", PIECEWISE, setup, shape, forward, backward, NULL, NULL, .conduct = conduct},
    {"Sigmoid", ELEMENTWISE, setup, shape, forward, backward, NULL, NULL},
    {"Tanh", ELEMENTWISE, setup, shape, forward, backward, NULL, NULL},
    {"Abs", PIECEWISE, setup, shape, forward, backward, NULL, NULL, .conduct = conduct},
    {"Neg", ELEMENTWISE | TV_OP_AFFINE, setup, shape, forward, backward_neg, NULL, NULL},
    {"Exp", ELEMENTWISE, setup, shape, forward, backward, NULL, NULL},
    {"Log", ELEMENTWISE, setup, shape, forward, backward, NULL, NULL},
    {"Sqrt", ELEMENTWISE, setup, shape, forward, backward, NULL, NULL},
    {"Reciprocal", ELEMENTWISE, setup, shape, forward, backward, NULL, NULL},
    {"Erf", ELEMENTWISE, setup, shape, forward, backward, NULL, NULL},
    {"Gelu", ELEMENTWISE, setup, shape, forward, backward, NULL, NULL},
    {"Elu", ELEMENTWISE, setup, shape, forward, backward, NULL, NULL},
    {"Selu", ELEMENTWISE, setup, shape, forward, backward, NULL, NULL},
    {"HardSigmoid", PIECEWISE, setup, shape, forward, backward, NULL, NULL, .conduct = conduct},
    {"HardSwish", PIECEWISE, setup, shape, forward, backward, NULL, NULL, .conduct = conduct},
    TV_OPS_END};
