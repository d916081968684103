/* nn/ops_conv.c - Conv: one and two spatial dimensions through num/conv.h, three by a plain loop (conv3d.h).
 *
 *     y[n,co,o] = b[co] + sum_{ci,k} x[n,ci, o stride - begin + k dilation] W[co,ci,k]           linear in x
 */
#include <stdlib.h>
#include <string.h>
#include "core/mem.h"
#include "nn/conv3d.h"
#include "nn/layout.h"
#include "nn/ops.h"
#include "nn/window.h"
#include "num/conv.h"

struct conv {
    struct tv_window w;
    int64_t group;
    bool constant; /* the weight never changes but by refresh: packed once */
    float *packed, *packed_back;
};

static const char *setup(struct tv_graph *g, struct tv_node *n)
{
    (void)g;
    struct conv *s = n->state = TV_NEW(struct conv);
    const char *err = tv_want_inputs(n, 2, 3);
    if (!err) err = tv_window_read(n, &s->w);
    s->group = tv_attr_int(n, "group", 1);
    if (!err && s->group < 1) err = tv_node_msg(n, "group: want 1 or more, got %lld", (long long)s->group);
    return err;
}

/* The window with the weight's kernel size, which kernel_shape may leave out. */
static struct tv_window window_of(const struct conv *s, const int64_t *weight, int k)
{
    struct tv_window w = s->w;
    for (int i = 0; i < k; i++) w.kernel[i] = weight[2 + i];
    return w;
}

static const char *check_weight(const struct tv_node *n, const struct conv *s, const struct tv_value *x,
                                const struct tv_value *w, const struct tv_value *b)
{
    if (w->rank != x->rank)
        return tv_node_msg(n, "weight '%s': want %d dimensions, got %d", w->name, x->rank, w->rank);
    if (w->dim[1] * s->group != x->dim[1] || w->dim[0] % s->group)
        return tv_node_msg(n, "weight '%s' is for %lld channels in %lld groups, input '%s' has %lld", w->name,
                           (long long)(w->dim[1] * s->group), (long long)s->group, x->name,
                           (long long)x->dim[1]);
    for (int i = 2; i < w->rank; i++) {
        bool given = s->w.n_kernel > 0;
        if (w->dim[i] < 1 || (given && w->dim[i] != s->w.kernel[i - 2]))
            return tv_node_msg(n, "weight '%s' does not have the size that kernel_shape says", w->name);
    }
    if (b && (b->rank != 1 || b->dim[0] != w->dim[0]))
        return tv_node_msg(n, "bias '%s': want one number a channel", b->name);
    return NULL;
}

static const char *shape(struct tv_graph *g, struct tv_node *n)
{
    const struct conv *s = n->state;
    const struct tv_value *x = tv_node_in(g, n, 0), *w = tv_node_in(g, n, 1);
    int64_t dim[TV_MAX_RANK];
    const char *err = tv_want_float(g, n);
    if (!err) err = tv_window_check(n, &s->w, x->rank - 2);
    if (!err) err = check_weight(n, s, x, w, tv_node_in(g, n, 2));
    if (err) return err;
    struct tv_window win = window_of(s, w->dim, x->rank - 2);
    dim[0] = x->dim[0];
    dim[1] = w->dim[0];
    for (int i = 2; i < x->rank; i++) dim[i] = tv_window_out(&win, i - 2, x->dim[i]);
    tv_value_shape(tv_node_out(g, n, 0), x->dtype, x->rank, dim);
    return NULL;
}

/* Geometry for num/conv.h; one spatial dimension is a height of 1. */
static struct tv_conv geometry(const struct conv *s, const struct tv_view *x, const struct tv_view *w,
                               const struct tv_view *y)
{
    int k = x->rank - 2, h = k - 2, v = k - 1; /* spatial indices of rows and columns; h < 0: none */
    struct tv_window win = window_of(s, w->dim, k);
    struct tv_conv c = {.n = x->dim[0], .ci = w->dim[1], .co = w->dim[0], .groups = s->group};
    c.h = c.ho = c.kh = c.sh = c.dh = 1;
    if (h >= 0) {
        c.h = x->dim[2 + h], c.ho = y->dim[2 + h];
        c.kh = win.kernel[h], c.sh = win.stride[h], c.dh = win.dilation[h];
        c.pt = tv_window_begin(&win, h, c.h);
    }
    c.w = x->dim[2 + v], c.wo = y->dim[2 + v];
    c.kw = win.kernel[v], c.sw = win.stride[v], c.dw = win.dilation[v];
    c.pl = tv_window_begin(&win, v, c.w);
    return c;
}

static struct tv_conv3d geometry3d(const struct conv *s, const struct tv_view *x, const struct tv_view *w,
                                   const struct tv_view *y)
{
    struct tv_window win = window_of(s, w->dim, 3);
    struct tv_conv3d c = {.n = x->dim[0], .ci = w->dim[1], .co = w->dim[0], .groups = s->group};
    for (int i = 0; i < 3; i++) {
        c.in[i] = x->dim[2 + i], c.out[i] = y->dim[2 + i], c.kernel[i] = win.kernel[i];
        c.stride[i] = win.stride[i], c.dilation[i] = win.dilation[i];
        c.begin[i] = tv_window_begin(&win, i, c.in[i]);
    }
    return c;
}

/* Packed weights: kept in *slot when the weight is constant, else a temporary that put_packed() frees. */
static float *get_packed(const struct conv *s, float **slot, const struct tv_conv *c, const float *w,
                         bool back)
{
    if (s->constant && *slot) return *slot;
    float *p =
        tv_alloc_aligned((size_t)(back ? tv_conv_packed_back_size(c) : tv_conv_packed_size(c)), sizeof *p);
    if (back)
        tv_conv_pack_back(c, p, w);
    else
        tv_conv_pack(c, p, w);
    if (s->constant) *slot = p;
    return p;
}

static void put_packed(const struct conv *s, float *p)
{
    if (!s->constant) free(p);
}

static int64_t positions(const struct tv_view *v)
{
    int64_t n = 1;
    for (int i = 2; i < v->rank; i++) n *= v->dim[i];
    return n;
}

/* The view's data channels-last: its own, or a copy that the caller frees when it differs. */
static float *to_chlast(const struct tv_view *v)
{
    if (v->layout == TV_CHLAST) return v->data;
    float *t = tv_alloc_aligned((size_t)tv_view_count(v), sizeof *t);
    tv_chlast_from_plain(t, v->data, v->dim[0], v->dim[1], positions(v));
    return t;
}

/* Room for a channels-last result; store_chlast() brings it home. */
static float *room_chlast(const struct tv_view *v)
{
    return v->layout == TV_CHLAST ? v->data : tv_alloc_aligned((size_t)tv_view_count(v), sizeof(float));
}

static void store_chlast(const struct tv_view *v, float *t)
{
    if (t == v->data) return;
    tv_plain_from_chlast(v->data, t, v->dim[0], v->dim[1], positions(v));
    free(t);
}

static void free_chlast(const struct tv_view *v, float *t)
{
    if (t != v->data) free(t);
}

static void forward(const struct tv_node *n, struct tv_view *out, const struct tv_view *in)
{
    struct conv *s = n->state;
    const float *bias = n->n_in > 2 ? in[2].data : NULL;
    if (tv_view_count(&out[0]) == 0) return;
    if (in[0].rank == 5) {
        struct tv_conv3d c = geometry3d(s, &in[0], &in[1], &out[0]);
        tv_conv3d_forward(&c, out[0].data, in[0].data, in[1].data, bias);
        return;
    }
    struct tv_conv c = geometry(s, &in[0], &in[1], &out[0]);
    float *packed = get_packed(s, &s->packed, &c, in[1].data, false);
    float *x = to_chlast(&in[0]), *y = room_chlast(&out[0]);
    tv_conv_forward(&c, y, x, packed, bias);
    store_chlast(&out[0], y);
    free_chlast(&in[0], x);
    put_packed(s, packed);
}

static void data_backward(struct conv *s, struct tv_view *min, const struct tv_view *mout,
                          const struct tv_conv *c, const float *w)
{
    float *packed = get_packed(s, &s->packed_back, c, w, true);
    float *dy = to_chlast(mout), *dx = room_chlast(min);
    tv_conv_backward(c, dx, dy, packed);
    store_chlast(min, dx);
    free_chlast(mout, dy);
    put_packed(s, packed);
}

static void weight_backward(struct tv_view *dw, struct tv_view *db, const struct tv_view *mout,
                            const struct tv_view *x, const struct tv_conv *c)
{
    float *dy = to_chlast(mout), *xl = to_chlast(x);
    float *scratch =
        dw->data ? NULL : tv_alloc_aligned((size_t)(c->co * c->ci * c->kh * c->kw), sizeof *scratch);
    tv_conv_weights(c, dw->data ? dw->data : scratch, db ? db->data : NULL, dy, xl);
    free(scratch);
    free_chlast(mout, dy);
    free_chlast(x, xl);
}

static void backward(const struct tv_node *n, struct tv_view *min, const struct tv_view *mout,
                     const struct tv_view *in0, const struct tv_view *in1, const struct tv_view *out0,
                     const struct tv_view *out1)
{
    (void)in1, (void)out0, (void)out1;
    struct conv *s = n->state;
    struct tv_view *db = n->n_in > 2 ? &min[2] : NULL;
    bool weights = min[1].data || (db && db->data);
    if (in0[0].rank == 5) {
        struct tv_conv3d c = geometry3d(s, &in0[0], &in0[1], &mout[0]);
        if (min[0].data) tv_conv3d_backward(&c, min[0].data, mout[0].data, in0[1].data);
        if (weights) tv_conv3d_weights(&c, min[1].data, db ? db->data : NULL, mout[0].data, in0[0].data);
        return;
    }
    struct tv_conv c = geometry(s, &in0[0], &in0[1], &mout[0]);
    if (min[0].data) data_backward(s, &min[0], &mout[0], &c, in0[1].data);
    if (weights) weight_backward(&min[1], db, &mout[0], &in0[0], &c);
}

static void drop_packed(struct conv *s)
{
    free(s->packed);
    free(s->packed_back);
    s->packed = s->packed_back = NULL;
}

static void refresh(struct tv_graph *g, struct tv_node *n)
{
    struct conv *s = n->state;
    drop_packed(s);
    s->constant = g->value[n->in[1]].constant;
}

static void release(struct tv_node *n)
{
    if (n->state) drop_packed(n->state);
    free(n->state);
}

const struct tv_op tv_ops_conv[] = {{.type = "Conv",
                                     .flags = TV_OP_AFFINE | TV_OP_CHLAST,
                                     .setup = setup,
                                     .shape = shape,
                                     .forward = forward,
                                     .backward = backward,
                                     .refresh = refresh,
                                     .release = release},
                                    TV_OPS_END};
