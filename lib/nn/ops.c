/* nn/ops.c - the operator table, and what the families share. */
#include "nn/ops.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "core/err.h"
#include "num/bf16.h"

static const struct tv_op *const families[] = {tv_ops_conv,    tv_ops_matmul, tv_ops_unary, tv_ops_binary,
                                               tv_ops_select,  tv_ops_pool,   tv_ops_norm,  tv_ops_groupnorm,
                                               tv_ops_softmax, tv_ops_reduce, tv_ops_shape, tv_ops_move,
                                               tv_ops_gather,  tv_ops_pad,    tv_ops_const, tv_ops_layout};
enum { FAMILIES = sizeof families / sizeof *families };

const struct tv_op *tv_op_at(int i)
{
    for (int f = 0; f < FAMILIES; f++)
        for (const struct tv_op *op = families[f]; op->type; op++)
            if (i-- == 0) return op;
    return NULL;
}

const struct tv_op *tv_op_find(const char *type)
{
    for (int f = 0; f < FAMILIES; f++)
        for (const struct tv_op *op = families[f]; op->type; op++)
            if (!strcmp(op->type, type)) return op;
    return NULL;
}

struct tv_view tv_view_of(const struct tv_value *v, void *data)
{
    struct tv_view w = {.dtype = v->dtype, .layout = v->layout, .rank = v->rank, .data = data};
    memcpy(w.dim, v->dim, sizeof w.dim);
    return w;
}

int64_t tv_view_inner(const struct tv_view *v)
{
    return v->rank == 0 ? 1 : v->layout == TV_CHLAST ? v->dim[1] : v->dim[v->rank - 1];
}

int64_t tv_view_pairs(const struct tv_view *v)
{
    int64_t inner = tv_view_inner(v);
    return inner ? tv_view_count(v) / inner * tv_pairs(inner) : 0;
}

int64_t tv_view_count(const struct tv_view *v)
{
    int64_t n = 1;
    for (int i = 0; i < v->rank; i++) n *= v->dim[i];
    return n;
}

void tv_view_strides(const struct tv_view *v, int64_t *stride)
{
    if (v->layout == TV_CHLAST) {
        int64_t c = v->dim[1], w = v->dim[3];
        stride[0] = v->dim[2] * w * c, stride[1] = 1, stride[2] = w * c, stride[3] = c;
        return;
    }
    int64_t s = 1;
    for (int i = v->rank - 1; i >= 0; i--) {
        stride[i] = s;
        s *= v->dim[i];
    }
}

void tv_view_zero(struct tv_view *v)
{
    if (v->data) memset(v->data, 0, tv_view_bytes(v));
}

const char *tv_node_msg(const struct tv_node *n, const char *fmt, ...)
{
    char text[768];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    return tv_msg("node '%.120s' (%s): %s", n->name, n->op->type, text);
}

struct tv_value *tv_node_in(const struct tv_graph *g, const struct tv_node *n, int i)
{
    return i < n->n_in && n->in[i] >= 0 ? &g->value[n->in[i]] : NULL;
}

struct tv_value *tv_node_out(const struct tv_graph *g, const struct tv_node *n, int i)
{
    return i < n->n_out && n->out[i] >= 0 ? &g->value[n->out[i]] : NULL;
}

void tv_value_shape(struct tv_value *out, enum tv_dtype t, int rank, const int64_t *dim)
{
    if (!out) return;
    out->dtype = t;
    out->rank = rank;
    if (rank) memmove(out->dim, dim, (size_t)rank * sizeof *dim);
}

void tv_value_like(struct tv_value *out, const struct tv_value *like)
{
    tv_value_shape(out, like->dtype, like->rank, like->dim);
}

const char *tv_want_inputs(const struct tv_node *n, int min, int max)
{
    if (n->n_in >= min && (max < 0 || n->n_in <= max) && n->n_out >= 1) {
        for (int i = 0; i < min; i++)
            if (n->in[i] < 0) return tv_node_msg(n, "input %d is left out", i);
        return NULL;
    }
    return tv_node_msg(n, "want %d to %d inputs, got %d", min, max < 0 ? 999 : max, n->n_in);
}

const char *tv_want_rank(const struct tv_graph *g, const struct tv_node *n, int input, int min, int max)
{
    const struct tv_value *v = tv_node_in(g, n, input);
    if (!v || (v->rank >= min && v->rank <= max)) return NULL;
    return tv_node_msg(n, "input '%s': want %d to %d dimensions, got %d", v->name, min, max, v->rank);
}

const char *tv_want_float(const struct tv_graph *g, const struct tv_node *n)
{
    for (int i = 0; i < n->n_in; i++) {
        const struct tv_value *v = tv_node_in(g, n, i);
        if (v && !tv_dtype_is_float(v->dtype))
            return tv_node_msg(n, "input '%s': want floating-point numbers, got %s", v->name,
                               tv_dtype_name(v->dtype));
    }
    return NULL;
}

const char *tv_want_numeric(const struct tv_graph *g, const struct tv_node *n)
{
    const struct tv_value *first = tv_node_in(g, n, 0);
    for (int i = 0; i < n->n_in; i++) {
        const struct tv_value *v = tv_node_in(g, n, i);
        if (!v) continue;
        if (v->dtype == TV_STR) return tv_node_msg(n, "input '%s': strings are not supported", v->name);
        if (v->dtype != first->dtype)
            return tv_node_msg(n, "inputs of different types, %s and %s", tv_dtype_name(first->dtype),
                               tv_dtype_name(v->dtype));
    }
    return NULL;
}

bool tv_axis(int64_t *axis, int rank)
{
    if (*axis < -rank || *axis >= rank) return false;
    if (*axis < 0) *axis += rank;
    return true;
}

int tv_view_ints(const struct tv_view *v, int64_t *to, int max)
{
    if (!v->data) return -1;
    int64_t count = tv_view_count(v);
    if (count > max) count = max;
    tv_convert(to, TV_I64, v->data, v->dtype, (size_t)count);
    return (int)count;
}

const char *tv_known_ints(const struct tv_graph *g, const struct tv_node *node, int i, int64_t *v, int max,
                          int *n)
{
    const struct tv_value *in = tv_node_in(g, node, i);
    *n = -1;
    if (!in) return NULL;
    if (in->dtype != TV_I64 && in->dtype != TV_I32)
        return tv_node_msg(node, "input '%s': want integers, got %s", in->name, tv_dtype_name(in->dtype));
    if (!in->data)
        return tv_node_msg(node, "input '%s' depends on the images: want integers known at load", in->name);
    if (in->rank > 1 || tv_value_count(in) > max)
        return tv_node_msg(node, "input '%s': want at most %d integers, got %lld", in->name, max,
                           (long long)tv_value_count(in));
    struct tv_view view = tv_view_of(in, in->data);
    *n = tv_view_ints(&view, v, max);
    return NULL;
}

bool tv_broadcast_dims(int *rank, int64_t *dim, int rank2, const int64_t *dim2)
{
    int r = *rank > rank2 ? *rank : rank2;
    for (int k = 1; k <= r;
         k++) { /* from the last dimension; in place, so from the end of the longer shape */
        int64_t a = k <= *rank ? dim[*rank - k] : 1, b = k <= rank2 ? dim2[rank2 - k] : 1;
        if (a != b && a != 1 && b != 1) return false;
    }
    int64_t out[TV_MAX_RANK];
    for (int k = 1; k <= r; k++) {
        int64_t a = k <= *rank ? dim[*rank - k] : 1, b = k <= rank2 ? dim2[rank2 - k] : 1;
        out[r - k] = a == 1 ? b : a;
    }
    memcpy(dim, out, (size_t)r * sizeof *dim);
    *rank = r;
    return true;
}
