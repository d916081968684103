/* nn/ops_binary.c - arithmetic of two or more inputs with NumPy's broadcasting: Add, Sub, Mul, Div, Pow,
 * PRelu; Sum, Min, Max.
 *
 * Secant: the change of f(a,b) over an interval is shared out between a and b,
 *     Add, Sub   1 and +-1
 *     Mul        mean(b) and mean(a)
 *     Div        mean(1/b) and -mean(a)/(b0 b1)
 *     Pow        means of the secants along a at both ends of b, and reverse
 *     PRelu      pos(x) + s neg(x): by parts
 *     Min, Max   as max-pooling with a moving winner
 * and what is broadcast gets the sum over where it went.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "core/mem.h"
#include "nn/loop.h"
#include "nn/ops.h"
#include "nn/wide.h"
#include "num/simd.h"

enum kind { ADD, SUB, MUL, DIV, POW, PRELU, SUM, MIN, MAX, KINDS };
static const char *const types[KINDS] = {"Add", "Sub", "Mul", "Div", "Pow", "PRelu", "Sum", "Min", "Max"};

struct state {
    enum kind kind;
    bool aligned; /* opset 6: input 1 is aligned with dimension `axis` of input 0 */
    int64_t axis;
};

static const char *setup(struct tv_graph *g, struct tv_node *n)
{
    struct state *s = n->state = TV_NEW(struct state);
    while (strcmp(types[s->kind], n->op->type)) s->kind++;
    if (s->kind < SUM) {
        int64_t unset = INT64_MIN, axis = tv_attr_int(n, "axis", unset);
        s->axis = axis;
        s->aligned = tv_attr_int(n, "broadcast", 0) && axis != unset;
        if (s->kind == PRELU && g->opset < 7)
            s->aligned = true, s->axis = 1; /* one slope a channel, or one for all */
    }
    return s->kind < SUM ? tv_want_inputs(n, 2, 2) : tv_want_inputs(n, 1, -1);
}

/* Input i with the dimensions of size 1 behind it that opset 6's alignment stands for. */
static struct tv_view aligned_view(const struct state *s, const struct tv_view *in, int i)
{
    struct tv_view v = in[i];
    if (!s->aligned || i != 1 || tv_view_count(&v) == 1) return v;
    int64_t axis = s->axis < 0 ? s->axis + in[0].rank : s->axis;
    for (; v.rank < in[0].rank - axis && v.rank < TV_MAX_RANK; v.rank++) v.dim[v.rank] = 1;
    return v;
}

static const char *shape(struct tv_graph *g, struct tv_node *n)
{
    const struct state *s = n->state;
    const struct tv_value *x = tv_node_in(g, n, 0);
    const char *err = s->kind == POW ? NULL : tv_want_numeric(g, n);
    if (!err && s->kind == PRELU) err = tv_want_float(g, n);
    if (err) return err;
    struct tv_view in[2] = {tv_view_of(x, NULL)};
    int64_t dim[TV_MAX_RANK];
    int rank = x->rank;
    memcpy(dim, x->dim, sizeof dim);
    for (int i = 1; i < n->n_in; i++) {
        const struct tv_value *v = tv_node_in(g, n, i);
        if (!v) return tv_node_msg(n, "input %d is left out", i);
        in[1] = tv_view_of(v, NULL);
        in[1] = aligned_view(s, in, 1);
        if (v->dtype == TV_STR || x->dtype == TV_STR || v->dtype == TV_BOOL || x->dtype == TV_BOOL)
            return tv_node_msg(n, "want numbers, got %s",
                               tv_dtype_name(v->dtype == TV_BOOL ? v->dtype : x->dtype));
        if (!tv_broadcast_dims(&rank, dim, in[1].rank, in[1].dim))
            return tv_node_msg(n, "shapes of '%s' and '%s' do not broadcast", x->name, v->name);
    }
    tv_value_shape(tv_node_out(g, n, 0), x->dtype, rank, dim);
    return NULL;
}

/* ---- forward ---- */

TV_INLINE float apply_f32(enum kind k, float a, float b)
{
    switch (k) {
    case ADD:
    case SUM: return a + b;
    case SUB: return a - b;
    case MUL: return a * b;
    case DIV: return a / b;
    case POW: return b == 2 ? a * a : powf(a, b);
    case PRELU: return a < 0 ? a * b : a;
    case MIN: return a != a || a < b ? a : b;
    default: return a != a || a > b ? a : b;
    }
}

static double apply_f64(enum kind k, double a, double b)
{
    switch (k) {
    case ADD:
    case SUM: return a + b;
    case SUB: return a - b;
    case MUL: return a * b;
    case DIV: return a / b;
    case POW: return pow(a, b);
    case PRELU: return a < 0 ? a * b : a;
    case MIN: return a != a || a < b ? a : b;
    default: return a != a || a > b ? a : b;
    }
}

/* Modulo 2^64; division by zero gives zero. */
static int64_t apply_i64(enum kind k, int64_t a, int64_t b)
{
    switch (k) {
    case DIV: return b == 0 ? 0 : b == -1 ? (int64_t)(0 - (uint64_t)a) : a / b;
    case MUL: return (int64_t)((uint64_t)a * (uint64_t)b);
    case SUB: return (int64_t)((uint64_t)a - (uint64_t)b);
    case MIN: return a < b ? a : b;
    case MAX: return a > b ? a : b;
    default: return (int64_t)((uint64_t)a + (uint64_t)b);
    }
}

static uint64_t apply_u64(enum kind k, uint64_t a, uint64_t b)
{
    switch (k) {
    case DIV: return b == 0 ? 0 : a / b;
    case MIN: return a < b ? a : b;
    case MAX: return a > b ? a : b;
    default: return (uint64_t)apply_i64(k, (int64_t)a, (int64_t)b);
    }
}

struct context {
    enum kind kind;
    enum tv_dtype dtype;
};

enum { CHUNK = 512 };

/* n floats that follow each other: those at `p`, or a copy of strided or repeated ones. */
TV_INLINE const float *flat(float *room, const char *p, int64_t step, int64_t n)
{
    if (step == (int64_t)sizeof(float)) return (const float *)p;
    for (int64_t i = 0; i < n; i++) room[i] = *(const float *)(p + i * step);
    return room;
}

/* The loop of one kind with its own constant `k`, so that the compiler resolves the switch and vectorises.  y
 * may be a or b: each element depends on its own place only. */
TV_INLINE void run_f32(enum kind k, int64_t n, char *const *p, const int64_t *step)
{
    float room[2][CHUNK];
    for (int64_t from = 0; from < n; from += CHUNK) {
        int64_t len = n - from < CHUNK ? n - from : CHUNK;
        const float *a = flat(room[0], p[1] + from * step[1], step[1], len);
        const float *b = flat(room[1], p[2] + from * step[2], step[2], len);
        float *y = (float *)p[0] + from;
#pragma GCC ivdep
        for (int64_t i = 0; i < len; i++) y[i] = apply_f32(k, a[i], b[i]);
    }
}

TV_SIMD static void forward_f32(const void *ctx, int64_t n, char *const *p, const int64_t *step)
{
    switch (((const struct context *)ctx)->kind) {
    case ADD:
    case SUM: run_f32(ADD, n, p, step); break;
    case SUB: run_f32(SUB, n, p, step); break;
    case MUL: run_f32(MUL, n, p, step); break;
    case DIV: run_f32(DIV, n, p, step); break;
    case POW: run_f32(POW, n, p, step); break;
    case PRELU: run_f32(PRELU, n, p, step); break;
    case MIN: run_f32(MIN, n, p, step); break;
    default: run_f32(MAX, n, p, step); break;
    }
}

static void forward_wide(const void *ctx, int64_t n, char *const *p, const int64_t *step)
{
    const struct context *c = ctx;
    for (int64_t i = 0; i < n; i++) {
        char *y = p[0] + i * step[0], *a = p[1] + i * step[1], *b = p[2] + i * step[2];
        if (c->dtype == TV_F64)
            *(double *)y = apply_f64(c->kind, *(double *)a, *(double *)b);
        else if (c->dtype == TV_U64)
            *(uint64_t *)y = apply_u64(c->kind, *(uint64_t *)a, *(uint64_t *)b);
        else
            *(int64_t *)y = apply_i64(c->kind, *(int64_t *)a, *(int64_t *)b);
    }
}

/* y = f(a, b), all of one type: f32 or 64 bits. */
static void combine(enum kind kind, struct tv_view *y, const struct tv_view *a, const struct tv_view *b)
{
    struct tv_loop l;
    tv_loop_init(&l, y, 2, (const struct tv_view *const[]){a, b});
    tv_loop_run(&l, y->dtype == TV_F32 ? forward_f32 : forward_wide, &(struct context){kind, y->dtype});
}

/* Pow takes any two types: computed in double and truncated to the first one's. */
static struct tv_view operand_new(const struct state *s, const struct tv_view *in, int i)
{
    struct tv_view v = aligned_view(s, in, i);
    if (s->kind != POW) return tv_widen_new(&v);
    struct tv_view w = v;
    w.dtype = TV_F64;
    w.data = tv_alloc_aligned((size_t)tv_view_count(&v), sizeof(double));
    tv_convert(w.data, TV_F64, v.data, v.dtype, (size_t)tv_view_count(&v));
    return w;
}

static void store_pow(struct tv_view *out, struct tv_view *y)
{
    int64_t n = tv_view_count(y), *to = y->data;
    const double *from = y->data;
    if (!tv_dtype_is_float(out->dtype)) {
        for (int64_t i = 0; i < n; i++) {
            double d = from[i];
            to[i] = out->dtype == TV_U64 && d >= 0x1p63 ? (int64_t)(uint64_t)d
                    : fabs(d) < 0x1p63                  ? (int64_t)d
                                                        : INT64_MIN;
        }
    }
    tv_narrow(out, y);
}

static void forward_other_types(const struct state *s, const struct tv_node *n, struct tv_view *out,
                                const struct tv_view *in)
{
    struct tv_view a = operand_new(s, in, 0);
    for (int i = 1; i < n->n_in; i++) {
        struct tv_view b = operand_new(s, in, i), y = *out;
        y.dtype = a.dtype;
        y.data = tv_alloc_aligned((size_t)tv_view_count(out), 8);
        if (i + 1 < n->n_in &&
            tv_view_count(&a) != tv_view_count(&y)) { /* still growing: keep the final shape */
        }
        combine(s->kind, &y, &a, &b);
        free(a.data);
        free(b.data);
        a = y;
    }
    if (s->kind == POW)
        store_pow(out, &a);
    else
        tv_narrow(out, &a);
}

static void forward(const struct tv_node *n, struct tv_view *out, const struct tv_view *in)
{
    const struct state *s = n->state;
    bool single = true;
    for (int i = 0; i < n->n_in; i++) single = single && in[i].dtype == TV_F32;
    if (n->n_in == 1) {
        memcpy(out[0].data, in[0].data, tv_view_bytes(&in[0]));
    } else if (!single) {
        forward_other_types(s, n, &out[0], in);
    } else {
        struct tv_view b = aligned_view(s, in, 1);
        combine(s->kind, &out[0], &in[0], &b);
        for (int i = 2; i < n->n_in; i++) combine(s->kind, &out[0], &out[0], &in[i]);
    }
}

/* ---- backward: m times the share of input a or b ---- */

/* (f(x1) - f(x0)) / (x1 - x0) of x^e, of base^x. */
static float pow_slope(float x0, float x1, float e)
{
    float d = x1 - x0;
    if (e == 2) return x0 + x1;
    if (fabsf(d) > 0.005f * fabsf(x0 + x1)) return (powf(x1, e) - powf(x0, e)) / d;
    return e == 0 ? 0 : e * powf(0.5f * (x0 + x1), e - 1);
}

static float exponent_slope(float base, float e0, float e1)
{
    float d = e1 - e0, mid = 0.5f * (e0 + e1);
    if (base <= 0) return 0;
    return fabsf(d) > 0.01f ? (powf(base, e1) - powf(base, e0)) / d : powf(base, mid) * logf(base);
}

TV_INLINE float pos(float x) { return x < 0 ? 0 : x; }
TV_INLINE float neg(float x) { return x < 0 ? x : 0; }

/* Shares of a and of b; a0, b0 at the start and a1, b1 at the end of the interval. */
TV_INLINE float share_a(enum kind k, float a0, float a1, float b0, float b1)
{
    switch (k) {
    case MUL: return 0.5f * (b0 + b1);
    case DIV: return 0.5f * (1 / b0 + 1 / b1);
    case POW:
        return b0 == b1 ? pow_slope(a0, a1, b0) : 0.5f * (pow_slope(a0, a1, b0) + pow_slope(a0, a1, b1));
    case PRELU: {
        float s = 0.5f * (b0 + b1);
        return a0 == a1 ? (a0 < 0 ? s : 1) : (pos(a1) - pos(a0) + s * (neg(a1) - neg(a0))) / (a1 - a0);
    }
    default: return 1;
    }
}

TV_INLINE float share_b(enum kind k, float a0, float a1, float b0, float b1)
{
    switch (k) {
    case SUB: return -1;
    case MUL: return 0.5f * (a0 + a1);
    case DIV: return -0.5f * (a0 + a1) / (b0 * b1);
    case POW: return 0.5f * (exponent_slope(a0, b0, b1) + exponent_slope(a1, b0, b1));
    case PRELU: return 0.5f * (neg(a0) + neg(a1));
    default: return 1;
    }
}

struct share {
    enum kind kind;
    bool b;
};

/* Operands: result, m, a0, a1, b0, b1. */
TV_INLINE void run_share(enum kind k, bool of_b, int64_t n, char *const *p, const int64_t *step)
{
    float room[5][CHUNK];
    for (int64_t from = 0; from < n; from += CHUNK) {
        int64_t len = n - from < CHUNK ? n - from : CHUNK;
        const float *x[5];
        for (int i = 0; i < 5; i++) x[i] = flat(room[i], p[i + 1] + from * step[i + 1], step[i + 1], len);
        const float *m = x[0], *a0 = x[1], *a1 = x[2], *b0 = x[3], *b1 = x[4];
        float *y = (float *)p[0] + from;
#pragma GCC ivdep
        for (int64_t i = 0; i < len; i++)
            y[i] = m[i] *
                   (of_b ? share_b(k, a0[i], a1[i], b0[i], b1[i]) : share_a(k, a0[i], a1[i], b0[i], b1[i]));
    }
}

TV_SIMD static void shares(const void *ctx, int64_t n, char *const *p, const int64_t *step)
{
    const struct share *s = ctx;
    bool b = s->b;
    switch (s->kind) {
    case SUB: run_share(SUB, true, n, p, step); break; /* the others' shares of 1 need no loop */
    case MUL: b ? run_share(MUL, true, n, p, step) : run_share(MUL, false, n, p, step); break;
    case DIV: b ? run_share(DIV, true, n, p, step) : run_share(DIV, false, n, p, step); break;
    case POW: b ? run_share(POW, true, n, p, step) : run_share(POW, false, n, p, step); break;
    default: b ? run_share(PRELU, true, n, p, step) : run_share(PRELU, false, n, p, step); break;
    }
}

static bool same_place(const struct tv_view *a, const struct tv_view *b)
{
    return tv_view_count(a) == tv_view_count(b) && (a->layout == b->layout || a->rank != 4);
}

/* Affine operators do without their varying input: a 0 stands for it, which the shares do not use. */
static void stand_in(struct tv_view *v)
{
    static float zero;
    if (!v->data) *v = (struct tv_view){.dtype = TV_F32, .data = &zero};
}

static void input_backward(const struct state *s, int i, struct tv_view *min, const struct tv_view *mout,
                           const struct tv_view *in0, const struct tv_view *in1)
{
    struct tv_view a0 = in0[0], a1 = in1[0], b0 = aligned_view(s, in0, 1), b1 = aligned_view(s, in1, 1);
    struct tv_view own[2] = {in0[0], *min}, to = aligned_view(s, own, 1), all = *mout;
    if (i == 0) to = *min;
    if (s->kind == ADD || (s->kind == SUB && i == 0)) {
        tv_sum_to(&to, mout);
        return;
    }
    stand_in(&a0), stand_in(&a1), stand_in(&b0), stand_in(&b1);
    bool direct = same_place(&to, mout);
    all.data = direct ? to.data : tv_alloc_aligned((size_t)tv_view_count(mout), sizeof(float));
    struct tv_loop l;
    tv_loop_init(&l, &all, 5, (const struct tv_view *const[]){mout, &a0, &a1, &b0, &b1});
    tv_loop_run(&l, shares, &(struct share){s->kind, i == 1});
    if (direct) return;
    tv_sum_to(&to, &all);
    free(all.data);
}

static void backward(const struct tv_node *n, struct tv_view *min, const struct tv_view *mout,
                     const struct tv_view *in0, const struct tv_view *in1, const struct tv_view *out0,
                     const struct tv_view *out1)
{
    (void)out0, (void)out1;
    for (int i = 0; i < n->n_in; i++)
        if (min[i].data) input_backward(n->state, i, &min[i], &mout[0], in0, in1);
}

/* ---- Sum, Min, Max ---- */

static void backward_sum(const struct tv_node *n, struct tv_view *min, const struct tv_view *mout,
                         const struct tv_view *in0, const struct tv_view *in1, const struct tv_view *out0,
                         const struct tv_view *out1)
{
    (void)in0, (void)in1, (void)out0, (void)out1;
    for (int i = 0; i < n->n_in; i++)
        if (min[i].data) tv_sum_to(&min[i], &mout[0]);
}

/* Inputs at one end as arrays in the output's shape and layout. */
static float **spread_new(const struct tv_node *n, const struct tv_view *out, const struct tv_view *in)
{
    float **x = TV_ARRAY(float *, (size_t)n->n_in);
    float zero = 0;
    struct tv_view none = {.dtype = TV_F32, .data = &zero};
    for (int i = 0; i < n->n_in; i++) {
        x[i] = in[i].data;
        if (same_place(&in[i], out)) continue;
        struct tv_view to =
            tv_view_on(out, x[i] = tv_alloc_aligned((size_t)tv_view_count(out), sizeof(float)));
        combine(ADD, &to, &in[i], &none);
    }
    return x;
}

static void spread_free(const struct tv_node *n, const struct tv_view *in, float **x)
{
    for (int i = 0; i < n->n_in; i++)
        if (x[i] != in[i].data) free(x[i]);
    free(x);
}

static int winner(int n, float *const *x, int64_t at, float sign)
{
    int best = 0;
    for (int i = 1; i < n; i++)
        if (sign * x[i][at] > sign * x[best][at]) best = i;
    return best;
}

/* The share of input i at every element. */
static void winner_shares(float *to, int i, int n, float sign, const float *m, float *const *x0,
                          float *const *x1, int64_t count)
{
#pragma omp parallel for schedule(static) if (count > 1 << 14)
    for (int64_t at = 0; at < count; at++) {
        int a = winner(n, x0, at, sign), b = winner(n, x1, at, sign);
        float p = sign * (x0[a][at] - x0[b][at]), q = sign * (x1[b][at] - x1[a][at]);
        float t = a == b ? 1 : p + q > 0 ? p / (p + q) : 0.5f;
        to[at] = m[at] * ((i == a ? t : 0) + (i == b && a != b ? 1 - t : 0));
    }
}

static void backward_extreme(const struct tv_node *n, struct tv_view *min, const struct tv_view *mout,
                             const struct tv_view *in0, const struct tv_view *in1, const struct tv_view *out0,
                             const struct tv_view *out1)
{
    (void)out0, (void)out1;
    float sign = ((const struct state *)n->state)->kind == MAX ? 1 : -1;
    int64_t count = tv_view_count(&mout[0]);
    float **x0 = spread_new(n, &mout[0], in0), **x1 = spread_new(n, &mout[0], in1);
    float *share = tv_alloc_aligned((size_t)count, sizeof *share);
    for (int i = 0; i < n->n_in; i++) {
        if (!min[i].data) continue;
        winner_shares(share, i, n->n_in, sign, mout[0].data, x0, x1, count);
        struct tv_view all = tv_view_on(&mout[0], share);
        tv_sum_to(&min[i], &all);
    }
    free(share);
    spread_free(n, in0, x0);
    spread_free(n, in1, x1);
}

enum { EACH = TV_OP_LAYOUT | TV_OP_SAME | TV_OP_TYPES | TV_OP_ROWS };
const struct tv_op tv_ops_binary[] = {
    {"Add", EACH | TV_OP_AFFINE | TV_OP_LINEAR, setup, shape, forward, backward, NULL, NULL},
    {"Sub", EACH | TV_OP_AFFINE | TV_OP_LINEAR, setup, shape, forward, backward, NULL, NULL},
    {"Mul", EACH | TV_OP_AFFINE, setup, shape, forward, backward, NULL, NULL},
    {"Div", EACH, setup, shape, forward, backward, NULL, NULL},
    {"Pow", EACH, setup, shape, forward, backward, NULL, NULL},
    {"PRelu", EACH, setup, shape, forward, backward, NULL, NULL},
    {"Sum", EACH | TV_OP_AFFINE | TV_OP_LINEAR, setup, shape, forward, backward_sum, NULL, NULL},
    {"Min", EACH, setup, shape, forward, backward_extreme, NULL, NULL},
    {"Max", EACH, setup, shape, forward, backward_extreme, NULL, NULL},
    TV_OPS_END};
