/* nn/evaluate.c - one node on known data, in any dtype: constants, shape arithmetic, and whole graphs whose
 * inputs were all fed (conformance runs). */
#include <stdlib.h>
#include <string.h>
#include "core/mem.h"
#include "nn/graph_internal.h"
#include "nn/ops.h"

/* f64, f16 and bf16 go through f32 where an operator has f32 only. */
static bool converts(const struct tv_node *n, enum tv_dtype t)
{
    return !(n->op->flags & (TV_OP_TYPES | TV_OP_STRUCTURE)) && tv_dtype_is_float(t) && t != TV_F32;
}

static struct tv_view input_view(const struct tv_node *n, const struct tv_value *v)
{
    struct tv_view w = tv_view_of(v, v->data);
    if (!converts(n, v->dtype)) return w;
    size_t count = (size_t)tv_value_count(v);
    w.data = tv_alloc_aligned(count, sizeof(float));
    w.dtype = TV_F32;
    tv_convert(w.data, TV_F32, v->data, v->dtype, count);
    return w;
}

static struct tv_view output_view(const struct tv_node *n, const struct tv_value *v)
{
    struct tv_view w = tv_view_of(v, NULL);
    if (converts(n, v->dtype)) w.dtype = TV_F32;
    w.data = tv_alloc_aligned((size_t)tv_value_count(v), tv_dtype_size(w.dtype));
    return w;
}

static void keep_output(struct tv_graph *g, struct tv_value *v, const struct tv_view *w)
{
    free(v->data);
    v->data = w->data;
    g->made += tv_value_cost(v);
    if (w->dtype == v->dtype) return;
    size_t count = (size_t)tv_value_count(v);
    v->data = tv_alloc_aligned(count, tv_dtype_size(v->dtype));
    tv_convert(v->data, v->dtype, w->data, w->dtype, count);
    free(w->data);
}

int64_t tv_value_cost(const struct tv_value *v) { return tv_value_count(v) * (v->dtype == TV_F32 ? 4 : 8); }

/* Nothing is allocated that the file could not mean. */
static const char *check_memory(const struct tv_graph *g, const struct tv_node *n)
{
    int64_t out = 0;
    for (int i = 0; i < n->n_out; i++) {
        const struct tv_value *v = tv_node_out(g, n, i);
        if (v) out += tv_value_cost(v);
    }
    if (out <= TV_MAX_FOLDED && g->made + out <= TV_MAX_FOLDED + 2 * g->given) return NULL;
    return tv_node_msg(n, "would make a constant of %lld bytes out of a small file", (long long)out);
}

const char *tv_graph_evaluate(struct tv_graph *g, struct tv_node *n)
{
    const char *err = check_memory(g, n);
    if (err) return err;
    struct tv_view *in = TV_ARRAY(struct tv_view, (size_t)n->n_in),
                   *out = TV_ARRAY(struct tv_view, (size_t)n->n_out);
    for (int i = 0; i < n->n_in; i++) {
        const struct tv_value *v = tv_node_in(g, n, i);
        if (v) in[i] = v->data ? input_view(n, v) : tv_view_of(v, NULL);
    }
    for (int i = 0; i < n->n_out; i++) {
        const struct tv_value *v = tv_node_out(g, n, i);
        if (v) out[i] = output_view(n, v);
    }
    n->op->forward(n, out, in);
    for (int i = 0; i < n->n_in; i++) {
        const struct tv_value *v = tv_node_in(g, n, i);
        if (v && in[i].data != v->data) free(in[i].data);
    }
    for (int i = 0; i < n->n_out; i++) {
        struct tv_value *v = tv_node_out(g, n, i);
        if (v) keep_output(g, v, &out[i]);
    }
    free(in);
    free(out);
    return NULL;
}
