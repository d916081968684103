/* nn/ops_gather.c - elements chosen by indices that are known when shapes are planned (negative ones count
 * from the end).
 *
 *     Gather          y[o, i, r] = x[o, index[i], r]               o before the axis, r behind it
 *     GatherElements  y[p] = x[p but index[p] along the axis]
 *
 * Backward adds what was taken more than once, in the order of the indices.
 */
#include <stdlib.h>
#include <string.h>
#include "core/mem.h"
#include "nn/ops.h"

struct gather {
    int64_t axis;
    bool elements;
};

static const char *setup(struct tv_graph *g, struct tv_node *n)
{
    (void)g;
    struct gather *s = n->state = TV_NEW(struct gather);
    s->axis = tv_attr_int(n, "axis", 0);
    s->elements = !strcmp(n->op->type, "GatherElements");
    return tv_want_inputs(n, 2, 2);
}

static int64_t index_at(const struct tv_view *index, int64_t i, int64_t n)
{
    int64_t v =
        index->dtype == TV_I32 ? ((const int32_t *)index->data)[i] : ((const int64_t *)index->data)[i];
    return v < 0 ? v + n : v;
}

static const char *check_indices(const struct tv_node *n, const struct tv_value *index, int64_t size)
{
    if (index->dtype != TV_I32 && index->dtype != TV_I64)
        return tv_node_msg(n, "'%s': want integers, got %s", index->name, tv_dtype_name(index->dtype));
    if (!index->data)
        return tv_node_msg(n, "indices '%s' depend on the images; want ones known at load", index->name);
    struct tv_view v = tv_view_of(index, index->data);
    for (int64_t i = 0; i < tv_view_count(&v); i++) {
        int64_t at = index_at(&v, i, size);
        if (at < 0 || at >= size) return tv_node_msg(n, "index %lld of %lld", (long long)at, (long long)size);
    }
    return NULL;
}

static const char *shape(struct tv_graph *g, struct tv_node *n)
{
    const struct gather *s = n->state;
    const struct tv_value *x = tv_node_in(g, n, 0), *index = tv_node_in(g, n, 1);
    int64_t axis = s->axis, dim[TV_MAX_RANK];
    if (!tv_axis(&axis, x->rank))
        return tv_node_msg(n, "axis %lld of %d dimensions", (long long)axis, x->rank);
    if (g->free_batch && x->varies && axis == 0) return tv_node_msg(n, "axis 0 mixes the images of a batch");
    const char *err = check_indices(n, index, x->dim[axis]);
    if (err) return err;
    if (s->elements) {
        bool fits = index->rank == x->rank;
        for (int i = 0; i < x->rank && fits; i++) fits = i == axis || index->dim[i] <= x->dim[i];
        if (!fits) return tv_node_msg(n, "indices '%s' do not fit '%s'", index->name, x->name);
        tv_value_shape(tv_node_out(g, n, 0), x->dtype, x->rank, index->dim);
        return NULL;
    }
    int rank = x->rank - 1 + index->rank;
    if (rank > TV_MAX_RANK) return tv_node_msg(n, "more than %d dimensions", TV_MAX_RANK);
    memcpy(dim, x->dim, (size_t)axis * sizeof *dim);
    memcpy(dim + axis, index->dim, (size_t)index->rank * sizeof *dim);
    memcpy(dim + axis + index->rank, x->dim + axis + 1, (size_t)(x->rank - axis - 1) * sizeof *dim);
    tv_value_shape(tv_node_out(g, n, 0), x->dtype, rank, dim);
    return NULL;
}

/* x as [outer, n, inner] around the axis. */
struct split {
    int64_t axis, outer, n, inner;
};

static struct split split_of(const struct gather *s, const struct tv_view *x)
{
    struct split p = {s->axis < 0 ? s->axis + x->rank : s->axis, 1, 1, 1};
    p.n = x->dim[p.axis];
    for (int i = 0; i < p.axis; i++) p.outer *= x->dim[i];
    for (int i = (int)p.axis + 1; i < x->rank; i++) p.inner *= x->dim[i];
    return p;
}

/* Offset in x of the element that GatherElements takes for element `e` of y. */
static int64_t element_source(const struct split *p, const struct tv_view *x, const struct tv_view *index,
                              int64_t e)
{
    int64_t offset = 0, stride = 1, rest = e;
    for (int i = x->rank - 1; i >= 0; i--) {
        int64_t at = rest % index->dim[i];
        rest /= index->dim[i];
        offset += (i == p->axis ? index_at(index, e, p->n) : at) * stride;
        stride *= x->dim[i];
    }
    return offset;
}

static void forward(const struct tv_node *n, struct tv_view *out, const struct tv_view *in)
{
    const struct gather *s = n->state;
    struct split p = split_of(s, &in[0]);
    size_t size = tv_dtype_size(in[0].dtype), run = (size_t)p.inner * size;
    int64_t chosen = tv_view_count(&in[1]);
    const char *x = in[0].data;
    char *y = out[0].data;
    if (s->elements) {
        for (int64_t e = 0; e < chosen; e++)
            memcpy(y + (size_t)e * size, x + (size_t)element_source(&p, &in[0], &in[1], e) * size, size);
        return;
    }
    for (int64_t o = 0; o < p.outer; o++)
        for (int64_t i = 0; i < chosen; i++)
            memcpy(y + (size_t)(o * chosen + i) * run, x + (size_t)(o * p.n + index_at(&in[1], i, p.n)) * run,
                   run);
}

static void backward(const struct tv_node *n, struct tv_view *min, const struct tv_view *mout,
                     const struct tv_view *in0, const struct tv_view *in1, const struct tv_view *out0,
                     const struct tv_view *out1)
{
    (void)in1, (void)out0, (void)out1;
    const struct gather *s = n->state;
    if (!min[0].data) return;
    struct split p = split_of(s, &in0[0]);
    int64_t chosen = tv_view_count(&in0[1]);
    const float *m = mout[0].data;
    float *dx = min[0].data;
    tv_view_zero(&min[0]);
    if (s->elements) {
        for (int64_t e = 0; e < chosen; e++) dx[element_source(&p, &in0[0], &in0[1], e)] += m[e];
        return;
    }
    for (int64_t o = 0; o < p.outer; o++) {
        for (int64_t i = 0; i < chosen; i++) {
            float *to = dx + (o * p.n + index_at(&in0[1], i, p.n)) * p.inner;
            const float *from = m + (o * chosen + i) * p.inner;
            for (int64_t r = 0; r < p.inner; r++) to[r] += from[r];
        }
    }
}

const struct tv_op tv_ops_gather[] = {
    {"Gather", TV_OP_AFFINE | TV_OP_STRUCTURE, setup, shape, forward, backward, NULL, NULL},
    {"GatherElements", TV_OP_AFFINE | TV_OP_STRUCTURE, setup, shape, forward, backward, NULL, NULL},
    TV_OPS_END};
