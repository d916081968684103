/* nn/ops_pad.c - Pad: a constant, mirrored, repeated or wrapped around, or cut off where a padding is
 * negative.
 *
 * Every dimension has a table of the index in x that an index in y comes from, -1 for the constant.
 */
#include <stdlib.h>
#include <string.h>
#include "core/mem.h"
#include "nn/loop.h"
#include "nn/ops.h"

enum mode { CONSTANT, REFLECT, EDGE, WRAP };

struct pad {
    enum mode mode;
    int n; /* given as an attribute (before opset 11); -1: none */
    int64_t pads[2 * TV_MAX_RANK];
    float value;
};

static const char *setup(struct tv_graph *g, struct tv_node *n)
{
    static const char *const modes[] = {"constant", "reflect", "edge", "wrap"};
    (void)g;
    struct pad *s = n->state = TV_NEW(struct pad);
    const char *mode = tv_attr_string(n, "mode", "constant");
    while (s->mode <= WRAP && strcmp(modes[s->mode], mode)) s->mode++;
    if (s->mode > WRAP)
        return tv_node_msg(n, "mode: want constant, reflect, edge or wrap, got '%.40s'", mode);
    const int64_t *pads = tv_attr_ints(n, "pads", &s->n);
    if (!pads) pads = tv_attr_ints(n, "paddings", &s->n);
    if (s->n > 2 * TV_MAX_RANK)
        return tv_node_msg(n, "pads: want at most %d numbers, got %d", 2 * TV_MAX_RANK, s->n);
    if (pads)
        memcpy(s->pads, pads, (size_t)s->n * sizeof *pads);
    else
        s->n = -1;
    s->value = (float)tv_attr_float(n, "value", 0);
    return tv_want_inputs(n, 1, 4);
}

/* Padding before and after each dimension. */
struct border {
    int64_t before[TV_MAX_RANK], after[TV_MAX_RANK];
};

static const char *border_of(const struct tv_node *n, const struct tv_view *in, struct border *b)
{
    const struct pad *s = n->state;
    int64_t pads[2 * TV_MAX_RANK], axes[TV_MAX_RANK];
    int count = s->n, n_axes = -1, rank = in[0].rank;
    memcpy(pads, s->pads, sizeof pads);
    if (n->n_in > 1) count = tv_view_ints(&in[1], pads, 2 * TV_MAX_RANK);
    if (n->n_in > 3) n_axes = tv_view_ints(&in[3], axes, TV_MAX_RANK);
    for (int i = 0; n_axes < 0 && i < rank; i++) axes[i] = i;
    if (n_axes < 0) n_axes = rank;
    if (count != 2 * n_axes) return tv_node_msg(n, "want %d pads, got %d", 2 * n_axes, count);
    *b = (struct border){{0}, {0}};
    for (int i = 0; i < n_axes; i++) {
        if (!tv_axis(&axes[i], rank))
            return tv_node_msg(n, "axis %lld of %d dimensions", (long long)axes[i], rank);
        b->before[axes[i]] = pads[i];
        b->after[axes[i]] = pads[n_axes + i];
    }
    return NULL;
}

static const char *check_axis(const struct tv_node *n, const struct border *b, int i, int64_t size,
                              int64_t *out)
{
    const struct pad *s = n->state;
    enum { LARGEST = 1 << 24 };
    int64_t before = b->before[i], after = b->after[i];
    if (before > LARGEST || before < -LARGEST || after > LARGEST || after < -LARGEST)
        return tv_node_msg(n, "pads: want at most %d, got %lld and %lld", LARGEST, (long long)before,
                           (long long)after);
    *out = size + before + after;
    if (*out < 0) return tv_node_msg(n, "pads cut off more than the %lld elements", (long long)size);
    bool none = before <= 0 && after <= 0;
    if (s->mode != CONSTANT && !none && size == 0)
        return tv_node_msg(n, "nothing to repeat along dimension %d", i);
    if (s->mode == REFLECT && (before >= size || after >= size) && !none)
        return tv_node_msg(n, "cannot mirror %lld and %lld elements of %lld", (long long)before,
                           (long long)after, (long long)size);
    return NULL;
}

static const char *shape(struct tv_graph *g, struct tv_node *n)
{
    const struct pad *s = n->state;
    const struct tv_value *x = tv_node_in(g, n, 0), *value = tv_node_in(g, n, 2);
    struct tv_view in[4] = {{0}};
    struct border b;
    int64_t dim[TV_MAX_RANK], known[2 * TV_MAX_RANK];
    int count;
    const char *err = tv_known_ints(g, n, 1, known, 2 * TV_MAX_RANK, &count);
    if (!err) err = tv_known_ints(g, n, 3, known, TV_MAX_RANK, &count);
    if (err) return err;
    for (int i = 0; i < n->n_in; i++)
        if (tv_node_in(g, n, i)) in[i] = tv_view_of(tv_node_in(g, n, i), tv_node_in(g, n, i)->data);
    if ((err = border_of(n, in, &b))) return err;
    if (value && (tv_value_count(value) != 1 || value->dtype != x->dtype || value->varies))
        return tv_node_msg(n, "'%s': want one known number of the input's type", value->name);
    if (s->n >= 0 && s->value != 0 && x->dtype != TV_F32 && s->mode == CONSTANT)
        return tv_node_msg(n, "a value of type float for elements of type %s", tv_dtype_name(x->dtype));
    for (int i = 0; i < x->rank && !err; i++) err = check_axis(n, &b, i, x->dim[i], &dim[i]);
    if (!err && g->free_batch && x->varies && x->rank && dim[0] != x->dim[0])
        err = tv_node_msg(n, "pads along the images of a batch");
    if (!err) tv_value_shape(tv_node_out(g, n, 0), x->dtype, x->rank, dim);
    return err;
}

/* Index in x of index `o` in y along a dimension of `size` elements, -1: the constant. */
static int64_t source(enum mode mode, int64_t o, int64_t before, int64_t size)
{
    int64_t i = o - before;
    if (i >= 0 && i < size) return i;
    switch (mode) {
    case REFLECT: return i < 0 ? -i : 2 * (size - 1) - i;
    case EDGE: return i < 0 ? 0 : size - 1;
    case WRAP: return ((i % size) + size) % size;
    default: return -1;
    }
}

/* Copies or adds between the rows of y and where they come from in x; recursion over the dimensions. */
struct walk {
    enum mode mode;
    int rank;
    size_t size;
    struct border b;
    int64_t ys[TV_MAX_RANK], xs[TV_MAX_RANK];
    const int64_t *ydim, *xdim;
    bool add; /* y into x, f32 */
};

static void walk(const struct walk *w, int d, char *y, char *x)
{
    if (d == w->rank) {
        if (w->add)
            *(float *)x += *(const float *)y;
        else
            memcpy(y, x, w->size);
        return;
    }
    for (int64_t o = 0; o < w->ydim[d]; o++) {
        int64_t i = source(w->mode, o, w->b.before[d], w->xdim[d]);
        walk(w, d + 1, y + o * w->ys[d] * (int64_t)w->size, x + i * w->xs[d] * (int64_t)w->size);
    }
}

static struct walk walk_of(const struct tv_node *n, const struct tv_view *in, const struct tv_view *x,
                           const struct tv_view *y)
{
    struct walk w = {
        .mode = ((const struct pad *)n->state)->mode, .rank = x->rank, .size = tv_dtype_size(x->dtype)};
    border_of(n, in, &w.b);
    tv_view_strides(y, w.ys);
    tv_view_strides(x, w.xs);
    w.ydim = y->dim;
    w.xdim = x->dim;
    return w;
}

/* The box that both share, for the constant mode: dimensions, and offsets of its corner in x and y. */
static void common_box(const struct walk *w, int64_t *dim, int64_t *x_at, int64_t *y_at)
{
    *x_at = *y_at = 0;
    for (int i = 0; i < w->rank; i++) {
        int64_t before = w->b.before[i], first = before < 0 ? -before : 0; /* in x */
        int64_t last = w->xdim[i] < w->ydim[i] - before ? w->xdim[i] : w->ydim[i] - before;
        dim[i] = last > first ? last - first : 0;
        *x_at += first * w->xs[i];
        *y_at += (first + before) * w->ys[i];
    }
}

static void fill(const struct tv_node *n, struct tv_view *y, const struct tv_view *in)
{
    const struct pad *s = n->state;
    size_t size = tv_dtype_size(y->dtype), count = (size_t)tv_view_count(y);
    char zero[8] = {0};
    const char *value = n->n_in > 2 && in[2].data ? in[2].data : zero;
    if (y->dtype == TV_F32 && s->n >= 0) memcpy(zero, &s->value, sizeof s->value);
    bool nothing = true;
    for (size_t i = 0; i < size; i++) nothing = nothing && value[i] == 0;
    if (nothing) memset(y->data, 0, count * size);
    for (size_t i = 0; i < count && !nothing; i++) memcpy((char *)y->data + i * size, value, size);
}

static void forward(const struct tv_node *n, struct tv_view *out, const struct tv_view *in)
{
    struct walk w = walk_of(n, in, &in[0], &out[0]);
    int64_t dim[TV_MAX_RANK], x_at, y_at, size = (int64_t)w.size;
    if (w.mode != CONSTANT) {
        walk(&w, 0, out[0].data, in[0].data);
        return;
    }
    common_box(&w, dim, &x_at, &y_at);
    fill(n, &out[0], in);
    tv_box_copy(w.size, w.rank, dim, (char *)out[0].data + y_at * size, w.ys,
                (char *)in[0].data + x_at * size, w.xs);
}

static void backward(const struct tv_node *n, struct tv_view *min, const struct tv_view *mout,
                     const struct tv_view *in0, const struct tv_view *in1, const struct tv_view *out0,
                     const struct tv_view *out1)
{
    (void)in1, (void)out0, (void)out1;
    for (int i = 0; i < n->n_in; i++) tv_view_zero(&min[i]);
    if (!min[0].data) return;
    struct walk w = walk_of(n, in0, &min[0], &mout[0]);
    int64_t dim[TV_MAX_RANK], x_at, y_at;
    if (w.mode != CONSTANT) {
        w.add = true;
        walk(&w, 0, mout[0].data, min[0].data);
        return;
    }
    common_box(&w, dim, &x_at, &y_at);
    tv_box_copy(sizeof(float), w.rank, dim, (float *)min[0].data + x_at, w.xs,
                (const float *)mout[0].data + y_at, w.ys);
}

const struct tv_op tv_ops_pad[] = {
    {"Pad", TV_OP_AFFINE | TV_OP_STRUCTURE | TV_OP_LAYOUT, setup, shape, forward, backward, NULL, NULL},
    TV_OPS_END};
