/* nn/graph_layers.c - the layers of SPEC.md 4, the logits and the embedding. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/mem.h"
#include "core/str.h"
#include "nn/graph_internal.h"
#include "nn/ops.h"

static bool is(const struct tv_node *n, const char *type) { return !strcmp(n->op->type, type); }

/* The only node that reads `value`, or -1. */
static int only_reader(const struct tv_graph *g, int value)
{
    if (g->value[value].uses != 1) return -1;
    for (int i = 0; i < g->n_nodes; i++)
        for (int k = 0; k < g->node[i].n_in; k++)
            if (g->node[i].in[k] == value) return i;
    return -1;
}

/* The other input of a binary node. */
static const struct tv_value *other(const struct tv_graph *g, const struct tv_node *n, int value)
{
    return n->n_in == 2 ? tv_node_in(g, n, n->in[0] == value) : NULL;
}

/* Goes on over what belongs to the layer: a bias added by a node of its own, a BatchNormalization. */
static void extend(const struct tv_graph *g, struct tv_layer *l)
{
    for (;;) {
        int at = only_reader(g, l->output);
        if (at < 0) return;
        const struct tv_node *n = &g->node[at];
        if (is(n, "Add")) {
            const struct tv_value *bias = other(g, n, l->output);
            if (!bias || !bias->constant || tv_value_count(bias) != l->channels) return;
            l->parameters += l->channels;
        } else if (!(is(n, "BatchNormalization") && l->kind == TV_LAYER_CONV)) {
            return;
        }
        l->output = n->out[0];
    }
}

/* Is the node a layer?  Fills kind, weight, channels and the counts. */
static bool describe(const struct tv_graph *g, const struct tv_node *n, struct tv_layer *l)
{
    bool conv = is(n, "Conv"), gemm = is(n, "Gemm"), matmul = is(n, "MatMul");
    if (!conv && !gemm && !matmul) return false;
    const struct tv_value *w = tv_node_in(g, n, 1), *bias = tv_node_in(g, n, 2), *out = tv_node_out(g, n, 0);
    if (!w || !w->constant || !out || !out->varies || !g->value[n->in[0]].varies) return false;
    if (matmul && w->rank != 2) return false;
    l->kind = conv ? TV_LAYER_CONV : TV_LAYER_FC;
    l->weight = n->in[1];
    l->input = n->in[0];
    l->output = n->out[0];
    l->channels = conv ? out->dim[1] : out->dim[out->rank - 1];
    l->parameters = tv_value_count(w) + (bias ? tv_value_count(bias) : 0);
    int64_t positions = tv_value_count(out) / (g->batch ? g->batch : 1) / (l->channels ? l->channels : 1);
    l->macs = positions * tv_value_count(w);
    return true;
}

void tv_graph_find_layers(struct tv_graph *g)
{
    free(g->layer);
    g->layer = TV_ARRAY(struct tv_layer, (size_t)g->n_nodes);
    g->n_layers = 0;
    for (int i = 0; i < g->n_nodes; i++) {
        struct tv_layer l = {.node = i};
        if (!describe(g, &g->node[i], &l)) continue;
        snprintf(l.name, sizeof l.name, "%s%d", l.kind == TV_LAYER_CONV ? "conv" : "fc", g->n_layers + 1);
        extend(g, &l);
        g->layer[g->n_layers++] = l;
    }
}

int tv_graph_layer(const struct tv_graph *g, const char *name)
{
    for (int i = 0; i < g->n_layers; i++)
        if (!strcmp(g->layer[i].name, name)) return i;
    for (int i = 0; i < g->n_layers; i++)
        if (!strcmp(g->node[g->layer[i].node].name, name)) return i;
    return -1;
}

const char **tv_graph_layer_names_new(const struct tv_graph *g)
{
    const char **names = TV_ARRAY(const char *, (size_t)g->n_layers + 1);
    for (int i = 0; i < g->n_layers; i++) names[i] = g->layer[i].name;
    return names;
}

/* May stand between a final Softmax and the output. */
static bool passes_through(const struct tv_node *n)
{
    static const char *const types[] = {"Identity",  "Reshape", "Flatten", "Squeeze",
                                        "Unsqueeze", "Dropout", "Layout"};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (is(n, types[i])) return true;
    return false;
}

int tv_graph_logits(const struct tv_graph *g)
{
    int value = g->output[0], at = g->value[value].producer;
    while (at >= 0 && passes_through(&g->node[at])) at = g->value[g->node[at].in[0]].producer;
    if (at < 0 || (!is(&g->node[at], "Softmax") && !is(&g->node[at], "LogSoftmax"))) return value;
    return g->node[at].in[0];
}

int tv_graph_embedding(const struct tv_graph *g)
{
    if (g->n_layers == 0) return -1;
    for (int i = 0; i < g->n_layers; i++)
        if (g->layer[i].kind == TV_LAYER_FC) return g->layer[i].input;
    return g->layer[g->n_layers - 1].input;
}
