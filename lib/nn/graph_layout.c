/* nn/graph_layout.c - which values lie channels-last, and the Layout nodes between the two orders.
 *
 * Convolutions and pooling want channels-last; what takes either order keeps the one that comes in;
 * everything else, and the graph's outputs, are plain.  Constants stay plain: operators reach them through
 * strides.
 */
#include <stdlib.h>
#include <string.h>
#include "core/mem.h"
#include "nn/graph_internal.h"
#include "nn/ops.h"

struct pass {
    struct tv_graph *g;
    struct tv_graph out; /* only its nodes are used */
    int *twin;           /* per value: the same in the other order, -1: none yet */
};

static bool can_be_chlast(const struct tv_value *v) { return v && v->varies && v->rank == 4; }

/* The layout in which a node takes input i. */
static enum tv_layout wanted(const struct tv_graph *g, const struct tv_node *n, int i, bool any_chlast)
{
    const struct tv_value *v = tv_node_in(g, n, i);
    if (!can_be_chlast(v)) return TV_PLAIN;
    if (n->op->flags & TV_OP_STRIDED) return v->layout;
    bool indices = n->n_out > 1 && n->out[1] >= 0; /* MaxPool's second output counts in plain order */
    if (n->op->flags & TV_OP_CHLAST) return i == 0 && !indices && v->dtype == TV_F32 ? TV_CHLAST : TV_PLAIN;
    return (n->op->flags & TV_OP_LAYOUT) && any_chlast ? TV_CHLAST : TV_PLAIN;
}

/* Does an operator that takes either order get channels-last data, all of it of rank 4? */
static bool any_chlast(const struct tv_graph *g, const struct tv_node *n)
{
    bool any = false;
    for (int i = 0; i < n->n_in; i++) {
        const struct tv_value *v = tv_node_in(g, n, i);
        if (v && v->varies && v->layout == TV_CHLAST) any = true;
    }
    for (int i = 0; i < n->n_out; i++) {
        const struct tv_value *v = tv_node_out(g, n, i);
        if (v && v->rank != 4) any = false;
    }
    return any;
}

static void append_node(struct pass *p, struct tv_node n)
{
    size_t cap = (size_t)p->out.cap_nodes;
    p->out.node = tv_grow(p->out.node, &cap, (size_t)p->out.n_nodes + 1, sizeof n);
    p->out.cap_nodes = (int)cap;
    p->out.node[p->out.n_nodes++] = n;
}

/* The value in the layout wanted, by a Layout node where it lies in the other one. */
static int convert(struct pass *p, int value, enum tv_layout layout)
{
    struct tv_graph *g = p->g;
    if (g->value[value].layout == layout) return value;
    if (p->twin[value] >= 0) return p->twin[value];
    int twin = tv_graph_add_value(g, g->value[value].name);
    struct tv_value *v = &g->value[twin];
    tv_value_like(v, &g->value[value]);
    v->varies = true;
    v->layout = layout;
    int at = tv_graph_add_node(g, "Layout", NULL, 1, &value, 1, &twin);
    append_node(p, g->node[at]);
    g->n_nodes--; /* moved to the new list */
    p->twin = tv_realloc(p->twin, (size_t)g->n_values, sizeof *p->twin);
    p->twin[twin] = value;
    p->twin[value] = twin;
    return twin;
}

/* A Transpose from [N,H,W,C] gives channels-last data without moving anything. */
static bool gives_chlast(const struct tv_graph *g, const struct tv_node *n)
{
    int count;
    const int64_t *perm = strcmp(n->op->type, "Transpose") ? NULL : tv_attr_ints(n, "perm", &count);
    return perm && count == 4 && g->value[n->in[0]].layout == TV_PLAIN && perm[0] == 0 && perm[1] == 3 &&
           perm[2] == 1;
}

static void place_node(struct pass *p, struct tv_node n)
{
    struct tv_graph *g = p->g;
    bool any = any_chlast(g, &n), last = false;
    for (int i = 0; i < n.n_in; i++) {
        if (!tv_node_in(g, &n, i) || !g->value[n.in[i]].varies) continue;
        enum tv_layout layout = wanted(g, &n, i, any);
        n.in[i] = convert(p, n.in[i], layout);
        last = last || layout == TV_CHLAST;
    }
    for (int i = 0; i < n.n_out; i++) {
        struct tv_value *v = tv_node_out(g, &n, i);
        if (n.op->flags & TV_OP_STRIDED) last = gives_chlast(g, &n);
        if (v) v->layout = last && can_be_chlast(v) ? TV_CHLAST : TV_PLAIN;
    }
    append_node(p, n);
}

void tv_graph_layout(struct tv_graph *g)
{
    struct pass p = {.g = g, .twin = TV_ARRAY(int, (size_t)g->n_values)};
    for (int i = 0; i < g->n_values; i++) p.twin[i] = -1;
    int n = g->n_nodes;
    struct tv_node *old = g->node;
    g->node = NULL;
    g->n_nodes = g->cap_nodes = 0;
    for (int i = 0; i < n; i++) place_node(&p, old[i]);
    for (int i = 0; i < g->n_outputs; i++)
        if (g->value[g->output[i]].varies) g->output[i] = convert(&p, g->output[i], TV_PLAIN);
    free(old);
    free(g->node);
    free(p.twin);
    g->node = p.out.node;
    g->n_nodes = p.out.n_nodes;
    g->cap_nodes = p.out.cap_nodes;
    tv_graph_relink(g);
}
