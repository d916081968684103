/* nn/ops_shape.c - operators that keep the elements and their order: Reshape, Flatten, Squeeze, Unsqueeze,
 * Identity, Dropout (inference); and Shape. */
#include <string.h>
#include "core/mem.h"
#include "nn/ops.h"

enum kind { RESHAPE, FLATTEN, SQUEEZE, UNSQUEEZE, SAME };

struct state {
    enum kind kind;
    int64_t axis;
    bool allow_zero;
    int n_given; /* numbers given as an attribute (old opsets); -1: none */
    int64_t given[TV_MAX_RANK];
};

static const char *read_given(struct tv_node *n, struct state *s, const char *name)
{
    const int64_t *v = tv_attr_ints(n, name, &s->n_given);
    if (s->n_given > TV_MAX_RANK)
        return tv_node_msg(n, "%s: want at most %d numbers, got %d", name, TV_MAX_RANK, s->n_given);
    if (v)
        memcpy(s->given, v, (size_t)s->n_given * sizeof *v);
    else
        s->n_given = -1;
    return NULL;
}

static const char *setup(struct tv_graph *g, struct tv_node *n)
{
    (void)g;
    static const char *const types[] = {"Reshape", "Flatten", "Squeeze", "Unsqueeze"};
    struct state *s = n->state = TV_NEW(struct state);
    s->kind = SAME;
    for (int i = 0; i < 4; i++)
        if (!strcmp(types[i], n->op->type)) s->kind = (enum kind)i;
    const char *err = NULL;
    if (s->kind == RESHAPE) {
        s->allow_zero = tv_attr_int(n, "allowzero", 0) != 0;
        err = read_given(n, s, "shape");
    } else if (s->kind == FLATTEN) {
        s->axis = tv_attr_int(n, "axis", 1);
    } else if (s->kind != SAME) {
        err = read_given(n, s, "axes");
    }
    return err ? err
               : tv_want_inputs(n, 1,
                                s->kind == RESHAPE || s->kind == SQUEEZE || s->kind == UNSQUEEZE ? 2 : 1);
}

/* Shape, or axes: from the attribute or from input 1. */
static const char *numbers(const struct tv_graph *g, const struct tv_node *n, int64_t *v, int *count)
{
    const struct state *s = n->state;
    *count = s->n_given;
    if (s->n_given < 0) return tv_known_ints(g, n, 1, v, TV_MAX_RANK, count);
    memcpy(v, s->given, (size_t)s->n_given * sizeof *v);
    return NULL;
}

/* A shape written for one image, when more are planned: its first dimension stands for the images. */
static void follow_batch(const struct tv_graph *g, const struct tv_node *n, const struct tv_value *x,
                         int64_t *dim, int rank)
{
    const struct tv_value *shape = tv_node_in(g, n, 1);
    if (!g->free_batch || !x->varies || rank == 0 || dim[0] <= 0 || g->batch == 0) return;
    int64_t known = 1;
    bool open = false;
    for (int i = 0; i < rank; i++) {
        if (dim[i] < 0)
            open = true;
        else
            known *= dim[i];
    }
    bool fixed = !shape || shape->constant; /* not computed from the images' shape */
    if (open ? fixed : known * g->batch == tv_value_count(x)) dim[0] *= g->batch;
}

static const char *reshape(const struct tv_graph *g, const struct tv_node *n, const struct tv_value *x,
                           int64_t *dim, int *rank)
{
    const struct state *s = n->state;
    int64_t known = 1, count = tv_value_count(x);
    int open = -1;
    const char *err = numbers(g, n, dim, rank);
    if (err) return err;
    if (*rank < 0) return tv_node_msg(n, "no shape is given");
    for (int i = 0; i < *rank; i++) {
        if (dim[i] == 0 && !s->allow_zero) {
            if (i >= x->rank) return tv_node_msg(n, "shape copies dimension %d of %d", i, x->rank);
            dim[i] = x->dim[i];
        } else if (i == 0) {
            follow_batch(g, n, x, dim, *rank);
        }
    }
    for (int i = 0; i < *rank; i++) {
        if (dim[i] == -1 && open < 0) {
            open = i;
        } else if (dim[i] < 0 || __builtin_mul_overflow(known, dim[i], &known)) {
            return tv_node_msg(n, "bad dimension %lld", (long long)dim[i]);
        }
    }
    if (open >= 0) {
        if (known == 0 || count % known)
            return tv_node_msg(n, "%lld elements do not fill the shape", (long long)count);
        dim[open] = count / known;
    } else if (known != count) {
        return tv_node_msg(n, "%lld elements do not fill a shape of %lld", (long long)count,
                           (long long)known);
    }
    return NULL;
}

static const char *flatten(const struct tv_node *n, const struct tv_value *x, int64_t *dim, int *rank)
{
    int64_t axis = ((const struct state *)n->state)->axis;
    if (axis < -x->rank || axis > x->rank)
        return tv_node_msg(n, "axis %lld of %d dimensions", (long long)axis, x->rank);
    if (axis < 0) axis += x->rank;
    dim[0] = dim[1] = 1;
    for (int i = 0; i < x->rank; i++) dim[i >= axis] *= x->dim[i];
    *rank = 2;
    return NULL;
}

/* Marks the axes given of `rank` dimensions. */
static const char *mark_axes(const struct tv_node *n, int rank, int n_axes, int64_t *axes, bool *mark)
{
    for (int i = 0; i < n_axes; i++) {
        if (!tv_axis(&axes[i], rank))
            return tv_node_msg(n, "axis %lld of %d dimensions", (long long)axes[i], rank);
        if (mark[axes[i]]) return tv_node_msg(n, "axis %lld given twice", (long long)axes[i]);
        mark[axes[i]] = true;
    }
    return NULL;
}

static const char *squeeze(const struct tv_graph *g, const struct tv_node *n, const struct tv_value *x,
                           int64_t *dim, int *rank)
{
    int64_t axes[TV_MAX_RANK];
    int n_axes;
    bool mark[TV_MAX_RANK] = {false};
    const char *err = numbers(g, n, axes, &n_axes);
    if (!err) err = mark_axes(n, x->rank, n_axes, axes, mark);
    if (err) return err;
    *rank = 0;
    for (int i = 0; i < x->rank; i++) {
        bool drop = n_axes >= 0 ? mark[i] : x->dim[i] == 1 && !(i == 0 && g->free_batch && x->varies);
        if (mark[i] && x->dim[i] != 1)
            return tv_node_msg(n, "axis %d has %lld elements, want 1", i, (long long)x->dim[i]);
        if (!drop) dim[(*rank)++] = x->dim[i];
    }
    return NULL;
}

static const char *unsqueeze(const struct tv_graph *g, const struct tv_node *n, const struct tv_value *x,
                             int64_t *dim, int *rank)
{
    int64_t axes[TV_MAX_RANK];
    int n_axes, from = 0;
    bool mark[TV_MAX_RANK] = {false};
    const char *err = numbers(g, n, axes, &n_axes);
    if (err) return err;
    if (n_axes < 0) return tv_node_msg(n, "no axes are given");
    *rank = x->rank + n_axes;
    if (*rank > TV_MAX_RANK) return tv_node_msg(n, "more than %d dimensions", TV_MAX_RANK);
    if ((err = mark_axes(n, *rank, n_axes, axes, mark))) return err;
    for (int i = 0; i < *rank; i++) dim[i] = mark[i] ? 1 : x->dim[from++];
    return NULL;
}

static const char *shape(struct tv_graph *g, struct tv_node *n)
{
    const struct state *s = n->state;
    const struct tv_value *x = tv_node_in(g, n, 0);
    int64_t dim[TV_MAX_RANK];
    int rank = x->rank;
    const char *err = NULL;
    memcpy(dim, x->dim, sizeof dim);
    if (x->dtype == TV_STR) return tv_node_msg(n, "strings are not supported");
    switch (s->kind) {
    case RESHAPE: err = reshape(g, n, x, dim, &rank); break;
    case FLATTEN: err = flatten(n, x, dim, &rank); break;
    case SQUEEZE: err = squeeze(g, n, x, dim, &rank); break;
    case UNSQUEEZE: err = unsqueeze(g, n, x, dim, &rank); break;
    case SAME: break;
    }
    if (!err) tv_value_shape(tv_node_out(g, n, 0), x->dtype, rank, dim);
    return err;
}

static void forward(const struct tv_node *n, struct tv_view *out, const struct tv_view *in)
{
    (void)n;
    memcpy(out[0].data, in[0].data, tv_view_bytes(&in[0]));
}

static void backward(const struct tv_node *n, struct tv_view *min, const struct tv_view *mout,
                     const struct tv_view *in0, const struct tv_view *in1, const struct tv_view *out0,
                     const struct tv_view *out1)
{
    (void)in0, (void)in1, (void)out0, (void)out1;
    if (min[0].data) memcpy(min[0].data, mout[0].data, tv_view_bytes(&min[0]));
    for (int i = 1; i < n->n_in; i++) tv_view_zero(&min[i]);
}

/* ---- Dropout: the identity; training happens in tv-train, which draws the masks itself ---- */

static const char *setup_dropout(struct tv_graph *g, struct tv_node *n)
{
    (void)g;
    struct state *s = n->state = TV_NEW(struct state);
    s->kind = SAME;
    tv_attr_float(n, "ratio", 0.5);
    tv_attr_int(n, "seed", 0);
    return tv_want_inputs(n, 1, 3);
}

static const char *shape_dropout(struct tv_graph *g, struct tv_node *n)
{
    const struct tv_value *x = tv_node_in(g, n, 0), *training = tv_node_in(g, n, 2);
    if (training && (!training->data || training->dtype != TV_BOOL || tv_value_count(training) != 1))
        return tv_node_msg(n, "training_mode must be a constant");
    if (training && *(const uint8_t *)training->data) return tv_node_msg(n, "training mode is not supported");
    tv_value_like(tv_node_out(g, n, 0), x);
    tv_value_shape(tv_node_out(g, n, 1), g->opset < 10 ? x->dtype : TV_BOOL, x->rank, x->dim);
    return NULL;
}

static void forward_dropout(const struct tv_node *n, struct tv_view *out, const struct tv_view *in)
{
    memcpy(out[0].data, in[0].data, tv_view_bytes(&in[0]));
    if (n->n_out < 2 || !out[1].data) return;
    const uint8_t one = 1; /* the mask: everything is kept */
    uint8_t *mask = out[1].data;
    int64_t count = tv_view_count(&out[1]);
    size_t size = tv_dtype_size(out[1].dtype);
    for (int64_t i = 0; i < count; i++) tv_convert(mask + (size_t)i * size, out[1].dtype, &one, TV_U8, 1);
}

/* ---- Shape ---- */

struct range {
    int64_t start, end;
};

static const char *setup_shape(struct tv_graph *g, struct tv_node *n)
{
    (void)g;
    struct range *s = n->state = TV_NEW(struct range);
    s->start = tv_attr_int(n, "start", 0);
    s->end = tv_attr_int(n, "end", TV_MAX_RANK);
    return tv_want_inputs(n, 1, 1);
}

static void clamp_range(const struct range *s, int rank, int64_t *from, int64_t *to)
{
    *from = s->start < 0 ? s->start + rank : s->start;
    *to = s->end < 0 ? s->end + rank : s->end;
    *from = *from < 0 ? 0 : *from > rank ? rank : *from;
    *to = *to < *from ? *from : *to > rank ? rank : *to;
}

static const char *shape_shape(struct tv_graph *g, struct tv_node *n)
{
    int64_t from, to;
    clamp_range(n->state, tv_node_in(g, n, 0)->rank, &from, &to);
    tv_value_shape(tv_node_out(g, n, 0), TV_I64, 1, &(int64_t){to - from});
    return NULL;
}

static void forward_shape(const struct tv_node *n, struct tv_view *out, const struct tv_view *in)
{
    int64_t from, to;
    clamp_range(n->state, in[0].rank, &from, &to);
    memcpy(out[0].data, in[0].dim + from, (size_t)(to - from) * sizeof *in[0].dim);
}

static const char *setup_size(struct tv_graph *g, struct tv_node *n)
{
    (void)g;
    return tv_want_inputs(n, 1, 1);
}

static const char *shape_size(struct tv_graph *g, struct tv_node *n)
{
    tv_value_shape(tv_node_out(g, n, 0), TV_I64, 0, NULL);
    return NULL;
}

static void forward_size(const struct tv_node *n, struct tv_view *out, const struct tv_view *in)
{
    (void)n;
    *(int64_t *)out[0].data = tv_view_count(&in[0]);
}

enum { MOVES = TV_OP_AFFINE | TV_OP_STRUCTURE };
const struct tv_op tv_ops_shape[] = {
    {"Reshape", MOVES, setup, shape, forward, backward, NULL, NULL},
    {"Flatten", MOVES, setup, shape, forward, backward, NULL, NULL},
    {"Squeeze", MOVES, setup, shape, forward, backward, NULL, NULL},
    {"Unsqueeze", MOVES, setup, shape, forward, backward, NULL, NULL},
    {"Identity", MOVES | TV_OP_LAYOUT | TV_OP_SAME, setup, shape, forward, backward, NULL, NULL},
    {"Dropout", MOVES | TV_OP_LAYOUT | TV_OP_SAME, setup_dropout, shape_dropout, forward_dropout, backward,
     NULL, NULL},
    {"Size", TV_OP_SHAPE | TV_OP_TYPES, setup_size, shape_size, forward_size, NULL, NULL, NULL},
    {"Shape", TV_OP_SHAPE | TV_OP_TYPES, setup_shape, shape_shape, forward_shape, NULL, NULL, NULL},
    TV_OPS_END};
