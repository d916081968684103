/* nn/ops_move.c - operators that move boxes of elements, of any type and in either layout: Transpose, Concat,
 * Slice, Split, Expand.  All are strided copies; backward is the copy back.
 */
#include <stdlib.h>
#include <string.h>
#include "core/mem.h"
#include "nn/loop.h"
#include "nn/ops.h"

/* ---- Transpose: y[i_0, i_1, ...] = x with i_k along dimension perm[k] ---- */

struct transpose {
    int n; /* given; 0: reversed */
    int64_t perm[TV_MAX_RANK];
};

static const char *setup_transpose(struct tv_graph *g, struct tv_node *n)
{
    (void)g;
    struct transpose *s = n->state = TV_NEW(struct transpose);
    const int64_t *perm = tv_attr_ints(n, "perm", &s->n);
    bool seen[TV_MAX_RANK] = {false};
    if (s->n > TV_MAX_RANK) return tv_node_msg(n, "perm: want at most %d numbers, got %d", TV_MAX_RANK, s->n);
    for (int i = 0; i < s->n; i++) {
        if (perm[i] < 0 || perm[i] >= s->n || seen[perm[i]])
            return tv_node_msg(n, "perm is not a permutation");
        seen[perm[i]] = true;
        s->perm[i] = perm[i];
    }
    return tv_want_inputs(n, 1, 1);
}

static int64_t source_axis(const struct transpose *s, int rank, int i)
{
    return s->n ? s->perm[i] : rank - 1 - i;
}

static const char *shape_transpose(struct tv_graph *g, struct tv_node *n)
{
    const struct transpose *s = n->state;
    const struct tv_value *x = tv_node_in(g, n, 0);
    int64_t dim[TV_MAX_RANK];
    if (s->n && s->n != x->rank) return tv_node_msg(n, "perm of %d for %d dimensions", s->n, x->rank);
    for (int i = 0; i < x->rank; i++) dim[i] = x->dim[source_axis(s, x->rank, i)];
    tv_value_shape(tv_node_out(g, n, 0), x->dtype, x->rank, dim);
    return NULL;
}

/* Strides of x in the order of y's dimensions. */
static void transposed_strides(const struct transpose *s, const struct tv_view *x, int64_t *stride)
{
    int64_t own[TV_MAX_RANK];
    tv_view_strides(x, own);
    for (int i = 0; i < x->rank; i++) stride[i] = own[source_axis(s, x->rank, i)];
}

static void forward_transpose(const struct tv_node *n, struct tv_view *out, const struct tv_view *in)
{
    int64_t from[TV_MAX_RANK], to[TV_MAX_RANK];
    transposed_strides(n->state, &in[0], from);
    tv_view_strides(&out[0], to);
    tv_box_copy(tv_dtype_size(in[0].dtype), out[0].rank, out[0].dim, out[0].data, to, in[0].data, from);
}

static void backward_transpose(const struct tv_node *n, struct tv_view *min, const struct tv_view *mout,
                               const struct tv_view *in0, const struct tv_view *in1,
                               const struct tv_view *out0, const struct tv_view *out1)
{
    (void)in0, (void)in1, (void)out0, (void)out1;
    if (!min[0].data) return;
    int64_t from[TV_MAX_RANK], to[TV_MAX_RANK];
    transposed_strides(n->state, &min[0], to);
    tv_view_strides(&mout[0], from);
    tv_box_copy(sizeof(float), mout[0].rank, mout[0].dim, min[0].data, to, mout[0].data, from);
}

/* ---- Concat ---- */

struct axis {
    int64_t axis;
};

static const char *setup_concat(struct tv_graph *g, struct tv_node *n)
{
    struct axis *s = n->state = TV_NEW(struct axis);
    s->axis = tv_attr_int(n, "axis", g->opset < 4 ? 1 : INT64_MIN);
    if (s->axis == INT64_MIN) return tv_node_msg(n, "axis is missing");
    return tv_want_inputs(n, 1, -1);
}

/* A constant of one image goes with every image of a batch. */
static bool for_every_image(const struct tv_value *v, const struct tv_graph *g, int64_t axis, int64_t rows)
{
    return g->free_batch && !v->varies && axis != 0 && v->dim[0] == 1 && rows == g->batch;
}

static const char *shape_concat(struct tv_graph *g, struct tv_node *n)
{
    int64_t axis = ((const struct axis *)n->state)->axis, sum = 0, dim[TV_MAX_RANK];
    const struct tv_value *like = tv_node_in(g, n, 0);
    const char *err = tv_want_numeric(g, n);
    if (err) return err;
    if (!tv_axis(&axis, like->rank))
        return tv_node_msg(n, "axis %lld of %d dimensions", (long long)axis, like->rank);
    for (int i = 0; i < n->n_in; i++)
        if (tv_node_in(g, n, i) && tv_node_in(g, n, i)->varies) like = tv_node_in(g, n, i);
    if (g->free_batch && like->varies && axis == 0)
        return tv_node_msg(n, "axis 0 mixes the images of a batch");
    memcpy(dim, like->dim, sizeof dim);
    for (int i = 0; i < n->n_in; i++) {
        const struct tv_value *v = tv_node_in(g, n, i);
        if (!v) return tv_node_msg(n, "input %d is left out", i);
        bool fits = v->rank == like->rank;
        for (int k = 0; k < v->rank && fits; k++)
            fits = k == axis || v->dim[k] == dim[k] || (k == 0 && for_every_image(v, g, axis, dim[0]));
        if (!fits)
            return tv_node_msg(n, "'%s' differs from '%s' in more than axis %lld", v->name, like->name,
                               (long long)axis);
        if (__builtin_add_overflow(sum, v->dim[axis], &sum)) return tv_node_msg(n, "too many elements");
    }
    dim[axis] = sum;
    tv_value_shape(tv_node_out(g, n, 0), like->dtype, like->rank, dim);
    return NULL;
}

/* A part's box in the whole: its dimensions (those of the whole but for the axis) and strides. */
static void part_box(const struct tv_view *whole, const struct tv_view *part, int64_t axis, int64_t *dim,
                     int64_t *whole_stride, int64_t *part_stride)
{
    memcpy(dim, whole->dim, sizeof whole->dim);
    dim[axis] = part->dim[axis];
    tv_view_strides(whole, whole_stride);
    tv_view_strides(part, part_stride);
    if (axis != 0 && part->dim[0] == 1 && whole->dim[0] != 1) part_stride[0] = 0;
}

static void forward_concat(const struct tv_node *n, struct tv_view *out, const struct tv_view *in)
{
    int64_t axis = ((const struct axis *)n->state)->axis, at = 0, dim[TV_MAX_RANK], to[TV_MAX_RANK],
            from[TV_MAX_RANK];
    size_t size = tv_dtype_size(out[0].dtype);
    if (axis < 0) axis += out[0].rank;
    for (int i = 0; i < n->n_in; i++) {
        part_box(&out[0], &in[i], axis, dim, to, from);
        tv_box_copy(size, out[0].rank, dim, (char *)out[0].data + (size_t)(at * to[axis]) * size, to,
                    in[i].data, from);
        at += in[i].dim[axis];
    }
}

static void backward_concat(const struct tv_node *n, struct tv_view *min, const struct tv_view *mout,
                            const struct tv_view *in0, const struct tv_view *in1, const struct tv_view *out0,
                            const struct tv_view *out1)
{
    (void)in1, (void)out0, (void)out1;
    int64_t axis = ((const struct axis *)n->state)->axis, at = 0, dim[TV_MAX_RANK], to[TV_MAX_RANK],
            from[TV_MAX_RANK];
    if (axis < 0) axis += mout[0].rank;
    for (int i = 0; i < n->n_in; i++) {
        part_box(&mout[0], &in0[i], axis, dim, from, to);
        const float *m = (const float *)mout[0].data + at * from[axis];
        at += in0[i].dim[axis];
        if (!min[i].data) continue;
        int64_t images = to[0] == 0 && dim[0] > 1 ? dim[0] : 1; /* one part for all: images add up in order */
        if (images == 1) {
            tv_box_copy(sizeof(float), mout[0].rank, dim, min[i].data, to, m, from);
            continue;
        }
        dim[0] = 1;
        tv_view_zero(&min[i]);
        for (int64_t k = 0; k < images; k++)
            tv_box_add(mout[0].rank, dim, min[i].data, to, m + k * from[0], from);
    }
}

/* ---- Slice ---- */

enum { SLICE_NUMBERS = 4 }; /* starts, ends, axes, steps: attributes (before opset 10) or inputs 1.. */
static const char *const slice_names[SLICE_NUMBERS] = {"starts", "ends", "axes", "steps"};

struct slice {
    int n[SLICE_NUMBERS]; /* -1: not given as an attribute */
    int64_t v[SLICE_NUMBERS][TV_MAX_RANK];
};

static const char *setup_slice(struct tv_graph *g, struct tv_node *n)
{
    (void)g;
    struct slice *s = n->state = TV_NEW(struct slice);
    for (int i = 0; i < SLICE_NUMBERS; i++) {
        const int64_t *v = tv_attr_ints(n, slice_names[i], &s->n[i]);
        if (s->n[i] > TV_MAX_RANK)
            return tv_node_msg(n, "%s: want at most %d numbers", slice_names[i], TV_MAX_RANK);
        if (v)
            memcpy(s->v[i], v, (size_t)s->n[i] * sizeof *v);
        else
            s->n[i] = -1;
    }
    return tv_want_inputs(n, 1, 5);
}

/* Per dimension: first index, step, number of elements. */
struct range {
    int64_t start[TV_MAX_RANK], step[TV_MAX_RANK], dim[TV_MAX_RANK];
};

static int64_t clamp(int64_t v, int64_t lo, int64_t hi) { return v < lo ? lo : v > hi ? hi : v; }

/* ONNX's rule: negative indices count from the end, then both are clamped to what the step can reach. */
static void slice_axis(struct range *r, int64_t axis, int64_t n, int64_t start, int64_t end, int64_t step)
{
    bool up = step > 0;
    if (start < 0) start = start < -n ? -1 : start + n; /* -1: clamped below */
    if (end < 0) end = end < -n ? -1 : end + n;
    start = clamp(start, 0, up ? n : n - 1);
    end = up ? clamp(end, 0, n) : clamp(end, -1, n - 1);
    int64_t span = up ? end - start : start - end, stride = up ? step : step == INT64_MIN ? INT64_MAX : -step;
    r->start[axis] = start;
    r->step[axis] = step;
    r->dim[axis] = n > 0 && span > 0 ? (span - 1) / stride + 1 : 0;
}

static const char *slice_range(const struct tv_node *n, const struct tv_view *in, struct range *r)
{
    const struct slice *s = n->state;
    int64_t v[SLICE_NUMBERS][TV_MAX_RANK];
    int count[SLICE_NUMBERS];
    for (int i = 0; i < SLICE_NUMBERS; i++) {
        count[i] = s->n[i];
        memcpy(v[i], s->v[i], sizeof v[i]);
        if (i + 1 < n->n_in) count[i] = tv_view_ints(&in[i + 1], v[i], TV_MAX_RANK);
    }
    if (count[0] < 0 || count[0] != count[1] || (count[2] >= 0 && count[2] != count[0]) ||
        (count[3] >= 0 && count[3] != count[0]))
        return tv_node_msg(n, "starts, ends, axes and steps of different lengths");
    for (int i = 0; i < in[0].rank; i++) slice_axis(r, i, in[0].dim[i], 0, in[0].dim[i], 1);
    for (int i = 0; i < count[0]; i++) {
        int64_t axis = count[2] >= 0 ? v[2][i] : i, step = count[3] >= 0 ? v[3][i] : 1;
        if (!tv_axis(&axis, in[0].rank))
            return tv_node_msg(n, "axis %lld of %d dimensions", (long long)axis, in[0].rank);
        if (step == 0) return tv_node_msg(n, "a step of 0");
        slice_axis(r, axis, in[0].dim[axis], v[0][i], v[1][i], step);
    }
    return NULL;
}

static const char *shape_slice(struct tv_graph *g, struct tv_node *n)
{
    const struct tv_value *x = tv_node_in(g, n, 0);
    struct tv_view in[5] = {{0}};
    struct range r;
    int64_t known[TV_MAX_RANK];
    int count;
    const char *err = NULL;
    for (int i = 1; i < n->n_in && !err; i++) err = tv_known_ints(g, n, i, known, TV_MAX_RANK, &count);
    for (int i = 0; i < n->n_in && !err; i++)
        if (tv_node_in(g, n, i)) in[i] = tv_view_of(tv_node_in(g, n, i), tv_node_in(g, n, i)->data);
    if (!err) err = slice_range(n, in, &r);
    if (!err) tv_value_shape(tv_node_out(g, n, 0), x->dtype, x->rank, r.dim);
    return err;
}

/* Offset of the first element and strides of the box in x. */
static int64_t slice_box(const struct range *r, const struct tv_view *x, int64_t *stride)
{
    int64_t offset = 0;
    tv_view_strides(x, stride);
    for (int i = 0; i < x->rank; i++) {
        offset += r->dim[i] > 0 ? r->start[i] * stride[i] : 0;
        stride[i] = r->dim[i] > 1 ? stride[i] * r->step[i] : 0;
    }
    return offset;
}

static void forward_slice(const struct tv_node *n, struct tv_view *out, const struct tv_view *in)
{
    struct range r;
    int64_t from[TV_MAX_RANK], to[TV_MAX_RANK];
    if (slice_range(n, in, &r) || tv_view_count(&out[0]) == 0) return;
    size_t size = tv_dtype_size(in[0].dtype);
    const char *x = (const char *)in[0].data + slice_box(&r, &in[0], from) * (int64_t)size;
    tv_view_strides(&out[0], to);
    tv_box_copy(size, in[0].rank, out[0].dim, out[0].data, to, x, from);
}

static void backward_slice(const struct tv_node *n, struct tv_view *min, const struct tv_view *mout,
                           const struct tv_view *in0, const struct tv_view *in1, const struct tv_view *out0,
                           const struct tv_view *out1)
{
    (void)in1, (void)out0, (void)out1;
    struct range r;
    int64_t from[TV_MAX_RANK], to[TV_MAX_RANK];
    if (!min[0].data) return;
    tv_view_zero(&min[0]);
    if (slice_range(n, in0, &r) || tv_view_count(&mout[0]) == 0) return;
    float *dx = (float *)min[0].data + slice_box(&r, &min[0], to);
    tv_view_strides(&mout[0], from);
    tv_box_copy(sizeof(float), min[0].rank, mout[0].dim, dx, to, mout[0].data, from);
}

/* ---- Split ---- */

struct split {
    int64_t axis, parts; /* parts: num_outputs of opset 18, or 0 */
    int n;               /* sizes given as an attribute; -1: none */
    int64_t *size;       /* borrowed from the attributes */
};

static const char *setup_split(struct tv_graph *g, struct tv_node *n)
{
    (void)g;
    struct split *s = n->state = TV_NEW(struct split);
    s->axis = tv_attr_int(n, "axis", 0);
    s->parts = tv_attr_int(n, "num_outputs", 0);
    s->size = (int64_t *)tv_attr_ints(n, "split", &s->n);
    if (!s->size) s->n = -1;
    if (s->parts && s->parts != n->n_out)
        return tv_node_msg(n, "num_outputs %lld, but %d outputs", (long long)s->parts, n->n_out);
    return tv_want_inputs(n, 1, 2);
}

/* Size of part i without sizes given: equal ones, the last one smaller (opset 18). */
static const char *split_sizes(const struct tv_graph *g, const struct tv_node *n, int64_t whole,
                               int64_t *size)
{
    const struct split *s = n->state;
    int count = s->n;
    const char *err = NULL;
    if (s->size && s->n == n->n_out) memcpy(size, s->size, (size_t)s->n * sizeof *size);
    if (!s->size) err = tv_known_ints(g, n, 1, size, n->n_out, &count);
    if (err) return err;
    if (count < 0) {
        int64_t each = (whole + n->n_out - 1) / n->n_out;
        if (whole % n->n_out && !s->parts)
            return tv_node_msg(n, "%lld does not divide into %d parts", (long long)whole, n->n_out);
        for (int i = 0; i < n->n_out; i++) size[i] = clamp(whole - i * each, 0, each);
    } else if (count != n->n_out) {
        return tv_node_msg(n, "%d sizes for %d outputs", count, n->n_out);
    }
    int64_t sum = 0;
    for (int i = 0; i < n->n_out; i++)
        if (size[i] < 0 || __builtin_add_overflow(sum, size[i], &sum))
            return tv_node_msg(n, "bad size %lld", (long long)size[i]);
    return sum == whole ? NULL
                        : tv_node_msg(n, "sizes add up to %lld, want %lld", (long long)sum, (long long)whole);
}

static const char *shape_split(struct tv_graph *g, struct tv_node *n)
{
    const struct tv_value *x = tv_node_in(g, n, 0);
    int64_t axis = ((const struct split *)n->state)->axis, dim[TV_MAX_RANK];
    if (!tv_axis(&axis, x->rank))
        return tv_node_msg(n, "axis %lld of %d dimensions", (long long)axis, x->rank);
    if (g->free_batch && x->varies && axis == 0)
        return tv_node_msg(n, "axis 0 divides the images of a batch");
    for (int i = 0; i < n->n_out; i++)
        if (n->out[i] < 0) return tv_node_msg(n, "output %d is left out", i);
    int64_t *size = TV_ARRAY(int64_t, (size_t)n->n_out);
    const char *err = split_sizes(g, n, x->dim[axis], size);
    memcpy(dim, x->dim, sizeof dim);
    for (int i = 0; i < n->n_out && !err; i++) {
        dim[axis] = size[i];
        tv_value_shape(tv_node_out(g, n, i), x->dtype, x->rank, dim);
    }
    free(size);
    return err;
}

static void forward_split(const struct tv_node *n, struct tv_view *out, const struct tv_view *in)
{
    int64_t axis = ((const struct split *)n->state)->axis, at = 0, dim[TV_MAX_RANK], to[TV_MAX_RANK],
            from[TV_MAX_RANK];
    size_t size = tv_dtype_size(in[0].dtype);
    if (axis < 0) axis += in[0].rank;
    for (int i = 0; i < n->n_out; i++) {
        part_box(&in[0], &out[i], axis, dim, from, to);
        tv_box_copy(size, in[0].rank, dim, out[i].data, to,
                    (const char *)in[0].data + at * from[axis] * (int64_t)size, from);
        at += out[i].dim[axis];
    }
}

static void backward_split(const struct tv_node *n, struct tv_view *min, const struct tv_view *mout,
                           const struct tv_view *in0, const struct tv_view *in1, const struct tv_view *out0,
                           const struct tv_view *out1)
{
    (void)in0, (void)in1, (void)out0, (void)out1;
    int64_t axis = ((const struct split *)n->state)->axis, at = 0, dim[TV_MAX_RANK], to[TV_MAX_RANK],
            from[TV_MAX_RANK];
    for (int i = 1; i < n->n_in; i++) tv_view_zero(&min[i]);
    if (!min[0].data) return;
    if (axis < 0) axis += min[0].rank;
    tv_view_zero(&min[0]);
    for (int i = 0; i < n->n_out; i++) {
        part_box(&min[0], &mout[i], axis, dim, to, from);
        if (mout[i].data)
            tv_box_copy(sizeof(float), min[0].rank, dim, (float *)min[0].data + at * to[axis], to,
                        mout[i].data, from);
        at += mout[i].dim[axis];
    }
}

/* ---- Expand: broadcasting to a shape ---- */

static const char *setup_expand(struct tv_graph *g, struct tv_node *n)
{
    (void)g;
    return tv_want_inputs(n, 2, 2);
}

static const char *shape_expand(struct tv_graph *g, struct tv_node *n)
{
    const struct tv_value *x = tv_node_in(g, n, 0);
    int64_t dim[TV_MAX_RANK], to[TV_MAX_RANK];
    int rank = x->rank, count;
    const char *err = tv_known_ints(g, n, 1, to, TV_MAX_RANK, &count);
    if (err) return err;
    memcpy(dim, x->dim, sizeof dim);
    for (int i = 0; i < count; i++)
        if (to[i] < 0) return tv_node_msg(n, "bad dimension %lld", (long long)to[i]);
    if (!tv_broadcast_dims(&rank, dim, count, to))
        return tv_node_msg(n, "'%s' does not broadcast to the shape", x->name);
    tv_value_shape(tv_node_out(g, n, 0), x->dtype, rank, dim);
    return NULL;
}

static void forward_expand(const struct tv_node *n, struct tv_view *out, const struct tv_view *in)
{
    (void)n;
    int64_t own[TV_MAX_RANK], from[TV_MAX_RANK], to[TV_MAX_RANK];
    tv_view_strides(&in[0], own);
    tv_view_strides(&out[0], to);
    for (int i = 0, more = out[0].rank - in[0].rank; i < out[0].rank; i++)
        from[i] = i < more || (in[0].dim[i - more] == 1 && out[0].dim[i] != 1) ? 0 : own[i - more];
    tv_box_copy(tv_dtype_size(in[0].dtype), out[0].rank, out[0].dim, out[0].data, to, in[0].data, from);
}

static void backward_expand(const struct tv_node *n, struct tv_view *min, const struct tv_view *mout,
                            const struct tv_view *in0, const struct tv_view *in1, const struct tv_view *out0,
                            const struct tv_view *out1)
{
    (void)n, (void)in0, (void)in1, (void)out0, (void)out1;
    if (min[0].data) tv_sum_to(&min[0], &mout[0]);
    tv_view_zero(&min[1]);
}

enum { MOVES = TV_OP_AFFINE | TV_OP_STRUCTURE };
const struct tv_op tv_ops_move[] = {
    {"Transpose", MOVES | TV_OP_STRIDED, setup_transpose, shape_transpose, forward_transpose,
     backward_transpose, NULL, NULL},
    {"Concat", MOVES | TV_OP_LAYOUT | TV_OP_LINEAR | TV_OP_ROWS, setup_concat, shape_concat, forward_concat,
     backward_concat, NULL, NULL},
    {"Slice", MOVES | TV_OP_LAYOUT, setup_slice, shape_slice, forward_slice, backward_slice, NULL, NULL},
    {"Expand", MOVES | TV_OP_LAYOUT, setup_expand, shape_expand, forward_expand, backward_expand, NULL, NULL},
    {"Split", MOVES | TV_OP_LAYOUT, setup_split, shape_split, forward_split, backward_split, NULL, NULL},
    TV_OPS_END};
