/* nn/graph.c - values, nodes, names, and what a graph owns. */
#include "nn/graph.h"
#include <stdlib.h>
#include <string.h>
#include "core/mem.h"
#include "core/str.h"
#include "nn/graph_internal.h"
#include "nn/onnx_attr.h"
#include "nn/op.h"

int tv_graph_value(const struct tv_graph *g, const char *name)
{
    for (int i = 0; i < g->n_values; i++)
        if (!strcmp(g->value[i].name, name)) return i;
    return -1;
}

int64_t tv_value_count(const struct tv_value *v)
{
    int64_t n = 1;
    for (int i = 0; i < v->rank; i++) n *= v->dim[i];
    return n;
}

int64_t tv_value_row(const struct tv_value *v)
{
    int64_t n = 1;
    for (int i = 1; i < v->rank; i++) n *= v->dim[i];
    return n;
}

enum tv_dtype tv_graph_dtype(const struct tv_graph *g, enum tv_dtype t)
{
    return g->free_batch && tv_dtype_is_float(t) ? TV_F32 : t;
}

int tv_graph_add_value(struct tv_graph *g, const char *name)
{
    size_t cap = (size_t)g->cap_values;
    g->value = tv_grow(g->value, &cap, (size_t)g->n_values + 1, sizeof *g->value);
    g->cap_values = (int)cap;
    struct tv_value *v = &g->value[g->n_values];
    *v = (struct tv_value){.name = tv_strdup(name), .dtype = TV_F32, .producer = -1};
    return g->n_values++;
}

static int *copy_ints(const int *from, int n)
{
    int *to = TV_ARRAY(int, (size_t)n);
    if (n) memcpy(to, from, (size_t)n * sizeof *to);
    return to;
}

int tv_graph_add_node(struct tv_graph *g, const char *type, const char *name, int n_in, const int *in,
                      int n_out, const int *out)
{
    const struct tv_op *op = tv_op_find(type);
    if (!op) return -1;
    size_t cap = (size_t)g->cap_nodes;
    g->node = tv_grow(g->node, &cap, (size_t)g->n_nodes + 1, sizeof *g->node);
    g->cap_nodes = (int)cap;
    int at = g->n_nodes++;
    g->node[at] = (struct tv_node){.name = name && *name ? tv_strdup(name) : tv_format_new("%s_%d", type, at),
                                   .op = op,
                                   .n_in = n_in,
                                   .n_out = n_out,
                                   .in = copy_ints(in, n_in),
                                   .out = copy_ints(out, n_out)};
    for (int i = 0; i < n_out; i++)
        if (out[i] >= 0) g->value[out[i]].producer = at;
    return at;
}

static void free_node(struct tv_node *n)
{
    if (n->op && n->op->release)
        n->op->release(n);
    else
        free(n->state);
    tv_attrs_onnx_free(n->attrs);
    free(n->name);
    free(n->in);
    free(n->out);
    *n = (struct tv_node){0};
}

void tv_graph_release(struct tv_graph *g)
{
    for (int i = 0; i < g->n_nodes; i++) free_node(&g->node[i]);
    for (int i = 0; i < g->n_values; i++) {
        free(g->value[i].name);
        free(g->value[i].origin);
        free(g->value[i].data);
    }
    free(g->node);
    free(g->value);
    free(g->input);
    free(g->input_dim);
    free(g->output);
    free(g->layer);
    free(g->name);
    *g = (struct tv_graph){0};
}

void tv_graph_relink(struct tv_graph *g)
{
    for (int i = 0; i < g->n_values; i++) {
        g->value[i].producer = -1;
        g->value[i].uses = 0;
    }
    for (int i = 0; i < g->n_nodes; i++) {
        const struct tv_node *n = &g->node[i];
        for (int k = 0; k < n->n_in; k++)
            if (n->in[k] >= 0) g->value[n->in[k]].uses++;
        for (int k = 0; k < n->n_out; k++)
            if (n->out[k] >= 0) g->value[n->out[k]].producer = i;
    }
    for (int i = 0; i < g->n_outputs; i++) g->value[g->output[i]].uses++;
}

void tv_graph_remove(struct tv_graph *g, const bool *gone)
{
    int left = 0;
    for (int i = 0; i < g->n_nodes; i++) {
        if (gone[i])
            free_node(&g->node[i]);
        else
            g->node[left++] = g->node[i];
    }
    g->n_nodes = left;
    tv_graph_relink(g);
}
