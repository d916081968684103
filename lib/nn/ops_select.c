/* nn/ops_select.c - Less, Greater, Equal and their like give bool; And, Or and Not combine it; Where chooses
 * by it.
 *
 * Secant of y = c ? a : b where c changes along the interval, from a0 to b1 say: the shares s, t of a and b
 * must give s (a1 - a0) + t (b1 - b0) = b1 - a0. If a and b change places as the two sides of a maximum do,
 * the moving winner's rule says when; otherwise the shares nearest to 1/2 that add up are taken. A jump
 * cannot be shared out when neither side moves. Comparisons have no slope.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "core/mem.h"
#include "nn/loop.h"
#include "nn/ops.h"
#include "nn/wide.h"

enum kind { LESS, GREATER, EQUAL, LESS_EQUAL, GREATER_EQUAL, KINDS };
static const char *const types[KINDS] = {"Less", "Greater", "Equal", "LessOrEqual", "GreaterOrEqual"};

struct compare {
    enum kind kind;
};

static const char *setup_compare(struct tv_graph *g, struct tv_node *n)
{
    (void)g;
    struct compare *s = n->state = TV_NEW(struct compare);
    while (strcmp(types[s->kind], n->op->type)) s->kind++;
    return tv_want_inputs(n, 2, 2);
}

static const char *broadcast(const struct tv_graph *g, const struct tv_node *n, int *rank, int64_t *dim)
{
    *rank = 0;
    for (int i = 0; i < n->n_in; i++) {
        const struct tv_value *v = tv_node_in(g, n, i);
        if (v->dtype == TV_STR) return tv_node_msg(n, "strings are not supported");
        if (!tv_broadcast_dims(rank, dim, v->rank, v->dim))
            return tv_node_msg(n, "shape of '%s' does not broadcast", v->name);
    }
    return NULL;
}

static const char *shape_compare(struct tv_graph *g, struct tv_node *n)
{
    int rank;
    int64_t dim[TV_MAX_RANK];
    const char *err = tv_want_numeric(g, n);
    if (!err) err = broadcast(g, n, &rank, dim);
    if (!err) tv_value_shape(tv_node_out(g, n, 0), TV_BOOL, rank, dim);
    return err;
}

static bool holds(enum kind k, int order, bool unordered)
{
    if (unordered) return false;
    switch (k) {
    case LESS: return order < 0;
    case GREATER: return order > 0;
    case LESS_EQUAL: return order <= 0;
    case GREATER_EQUAL: return order >= 0;
    default: return order == 0;
    }
}

struct context {
    enum kind kind;
    enum tv_dtype dtype;
};

#define ORDER(T, a, b) ((*(const T *)(a) > *(const T *)(b)) - (*(const T *)(a) < *(const T *)(b)))

static void compare_run(const void *ctx, int64_t n, char *const *p, const int64_t *step)
{
    const struct context *c = ctx;
    for (int64_t i = 0; i < n; i++) {
        const char *a = p[1] + i * step[1], *b = p[2] + i * step[2];
        bool unordered = false;
        int order;
        if (c->dtype == TV_F32) {
            order = ORDER(float, a, b);
            unordered = isnan(*(const float *)a) || isnan(*(const float *)b);
        } else if (c->dtype == TV_F64) {
            order = ORDER(double, a, b);
            unordered = isnan(*(const double *)a) || isnan(*(const double *)b);
        } else {
            order = c->dtype == TV_U64 ? ORDER(uint64_t, a, b) : ORDER(int64_t, a, b);
        }
        *(uint8_t *)(p[0] + i * step[0]) = holds(c->kind, order, unordered);
    }
}

static void forward_compare(const struct tv_node *n, struct tv_view *out, const struct tv_view *in)
{
    bool single = in[0].dtype == TV_F32;
    struct tv_view a = single ? in[0] : tv_widen_new(&in[0]), b = single ? in[1] : tv_widen_new(&in[1]);
    struct tv_loop l;
    tv_loop_init(&l, &out[0], 2, (const struct tv_view *const[]){&a, &b});
    tv_loop_run(&l, compare_run, &(struct context){((const struct compare *)n->state)->kind, a.dtype});
    if (single) return;
    free(a.data);
    free(b.data);
}

static void backward_compare(const struct tv_node *n, struct tv_view *min, const struct tv_view *mout,
                             const struct tv_view *in0, const struct tv_view *in1, const struct tv_view *out0,
                             const struct tv_view *out1)
{
    (void)mout, (void)in0, (void)in1, (void)out0, (void)out1;
    for (int i = 0; i < n->n_in; i++) tv_view_zero(&min[i]);
}

/* ---- And, Or, Not ---- */

static const char *setup_logic(struct tv_graph *g, struct tv_node *n)
{
    (void)g;
    int inputs = strcmp(n->op->type, "Not") ? 2 : 1;
    return tv_want_inputs(n, inputs, inputs);
}

static const char *shape_logic(struct tv_graph *g, struct tv_node *n)
{
    int rank;
    int64_t dim[TV_MAX_RANK];
    for (int i = 0; i < n->n_in; i++) {
        const struct tv_value *v = tv_node_in(g, n, i);
        if (v->dtype != TV_BOOL)
            return tv_node_msg(n, "'%s': want bool, got %s", v->name, tv_dtype_name(v->dtype));
    }
    const char *err = broadcast(g, n, &rank, dim);
    if (!err) tv_value_shape(tv_node_out(g, n, 0), TV_BOOL, rank, dim);
    return err;
}

/* The type's first letter: A(nd), O(r), N(ot), which gets its input twice. */
static void logic_run(const void *ctx, int64_t n, char *const *p, const int64_t *step)
{
    char type = *(const char *)ctx;
    for (int64_t i = 0; i < n; i++) {
        bool a = p[1][i * step[1]], b = p[2][i * step[2]];
        p[0][i * step[0]] = type == 'A' ? a & b : type == 'O' ? a | b : !a;
    }
}

static void forward_logic(const struct tv_node *n, struct tv_view *out, const struct tv_view *in)
{
    struct tv_loop l;
    tv_loop_init(&l, &out[0], 2, (const struct tv_view *const[]){&in[0], &in[n->n_in - 1]});
    tv_loop_run(&l, logic_run, n->op->type);
}

/* ---- Where ---- */

static const char *setup_where(struct tv_graph *g, struct tv_node *n)
{
    (void)g;
    return tv_want_inputs(n, 3, 3);
}

static const char *shape_where(struct tv_graph *g, struct tv_node *n)
{
    const struct tv_value *c = tv_node_in(g, n, 0), *a = tv_node_in(g, n, 1), *b = tv_node_in(g, n, 2);
    int rank;
    int64_t dim[TV_MAX_RANK];
    if (c->dtype != TV_BOOL)
        return tv_node_msg(n, "condition '%s': want bool, got %s", c->name, tv_dtype_name(c->dtype));
    if (a->dtype != b->dtype)
        return tv_node_msg(n, "inputs of different types, %s and %s", tv_dtype_name(a->dtype),
                           tv_dtype_name(b->dtype));
    const char *err = broadcast(g, n, &rank, dim);
    if (!err) tv_value_shape(tv_node_out(g, n, 0), a->dtype, rank, dim);
    return err;
}

static void where_run(const void *ctx, int64_t n, char *const *p, const int64_t *step)
{
    size_t size = *(const size_t *)ctx;
    for (int64_t i = 0; i < n; i++) {
        int from = *(const uint8_t *)(p[1] + i * step[1]) ? 2 : 3;
        memcpy(p[0] + i * step[0], p[from] + i * step[from], size);
    }
}

static void forward_where(const struct tv_node *n, struct tv_view *out, const struct tv_view *in)
{
    (void)n;
    size_t size = tv_dtype_size(out[0].dtype);
    struct tv_loop l;
    tv_loop_init(&l, &out[0], 3, (const struct tv_view *const[]){&in[0], &in[1], &in[2]});
    tv_loop_run(&l, where_run, &size);
}

/* Shares of the side chosen at the start (*s) and of that chosen at the end (*t): u and v, from u0 to v1. */
static void shares(float u0, float u1, float v0, float v1, float *s, float *t)
{
    float du = u1 - u0, dv = v1 - v0, p = u0 - v0, q = v1 - u1, sum = p + q, norm = du * du + dv * dv;
    if (p * q >= 0 && sum != 0) {
        *s = p / sum;
        *t = 1 - *s;
        return;
    }
    float rest = (v1 - u0) - 0.5f * (du + dv), by = norm > 0 ? rest / norm : 0;
    *s = 0.5f + by * du;
    *t = 0.5f + by * dv;
}

/* Condition and both sides at both ends, in the output's shape. */
struct where {
    const uint8_t *c0, *c1;
    const float *a0, *a1, *b0, *b1;
};

static float share(const struct where *w, int64_t i, bool of_b)
{
    if (w->c0[i] == w->c1[i]) return (w->c0[i] != 0) != of_b;
    float s, t;
    if (w->c0[i])
        shares(w->a0[i], w->a1[i], w->b0[i], w->b1[i], &s, &t);
    else
        shares(w->b0[i], w->b1[i], w->a0[i], w->a1[i], &s, &t);
    return (w->c0[i] != 0) != of_b ? s : t;
}

static void spread_run(const void *ctx, int64_t n, char *const *p, const int64_t *step)
{
    size_t size = *(const size_t *)ctx;
    for (int64_t i = 0; i < n; i++) memcpy(p[0] + i * step[0], p[1] + i * step[1], size);
}

/* The input in the output's shape and layout; the caller frees it. */
static void *spread_new(const struct tv_view *out, const struct tv_view *in)
{
    size_t size = tv_dtype_size(in->dtype);
    struct tv_view to = *out;
    to.dtype = in->dtype;
    to.data = tv_alloc_aligned((size_t)tv_view_count(out), size);
    struct tv_loop l;
    tv_loop_init(&l, &to, 1, &in);
    tv_loop_run(&l, spread_run, &size);
    return to.data;
}

static void backward_where(const struct tv_node *n, struct tv_view *min, const struct tv_view *mout,
                           const struct tv_view *in0, const struct tv_view *in1, const struct tv_view *out0,
                           const struct tv_view *out1)
{
    (void)n, (void)out0, (void)out1;
    const float *m = mout[0].data;
    int64_t count = tv_view_count(&mout[0]);
    void *full[6];
    for (int i = 0; i < 6; i++) full[i] = spread_new(&mout[0], i % 2 ? &in1[i / 2] : &in0[i / 2]);
    struct where w = {full[0], full[1], full[2], full[3], full[4], full[5]};
    struct tv_view all = mout[0];
    float *part = all.data = tv_alloc_aligned((size_t)count, sizeof *part);
    tv_view_zero(&min[0]);
    for (int k = 1; k <= 2; k++) {
        if (!min[k].data) continue;
#pragma omp parallel for schedule(static) if (count > 1 << 14)
        for (int64_t i = 0; i < count; i++) part[i] = m[i] * share(&w, i, k == 2);
        tv_sum_to(&min[k], &all);
    }
    free(part);
    for (int i = 0; i < 6; i++) free(full[i]);
}

enum { EACH = TV_OP_LAYOUT | TV_OP_SAME | TV_OP_TYPES };
const struct tv_op tv_ops_select[] = {
    {"Less", EACH, setup_compare, shape_compare, forward_compare, backward_compare, NULL, NULL},
    {"Greater", EACH, setup_compare, shape_compare, forward_compare, backward_compare, NULL, NULL},
    {"Equal", EACH, setup_compare, shape_compare, forward_compare, backward_compare, NULL, NULL},
    {"LessOrEqual", EACH, setup_compare, shape_compare, forward_compare, backward_compare, NULL, NULL},
    {"GreaterOrEqual", EACH, setup_compare, shape_compare, forward_compare, backward_compare, NULL, NULL},
    {"And", EACH, setup_logic, shape_logic, forward_logic, backward_compare, NULL, NULL},
    {"Or", EACH, setup_logic, shape_logic, forward_logic, backward_compare, NULL, NULL},
    {"Not", EACH, setup_logic, shape_logic, forward_logic, backward_compare, NULL, NULL},
    {"Where", EACH, setup_where, shape_where, forward_where, backward_where, NULL, NULL},
    TV_OPS_END};
