/* nn/graph_images.c - image inputs as [N,C,H,W] whatever the file says.
 *
 * TensorFlow's exporters write images [N,H,W,C] and transpose them at the border of the graph.  Such an input
 * becomes [N,C,H,W] with a Transpose behind it, and Transposes that undo each other disappear.
 */
#include <stdlib.h>
#include <string.h>
#include "core/mem.h"
#include "nn/graph_internal.h"
#include "nn/onnx_attr.h"
#include "nn/ops.h"

static bool colours(int64_t n) { return n == 1 || n == 3; }

static bool is_channels_last(const struct tv_value *v, const int64_t *dim)
{
    return v->rank == 4 && colours(dim[3]) && !colours(dim[1]);
}

static void replace_input(struct tv_node *n, int from, int to)
{
    for (int i = 0; i < n->n_in; i++)
        if (n->in[i] == from) n->in[i] = to;
}

/* Turns input `i` around and puts a Transpose to the file's order behind it. */
static const char *turn(struct tv_graph *g, int i)
{
    int input = g->input[i], files = tv_graph_add_value(g, g->value[input].name);
    int64_t *dim = g->input_dim[i], c = dim[3];
    struct tv_value *v = &g->value[input];
    dim[3] = dim[2], dim[2] = dim[1], dim[1] = c;
    memcpy(v->dim, dim, sizeof v->dim);
    for (int k = 0; k < g->n_nodes; k++) replace_input(&g->node[k], input, files);
    for (int k = 0; k < g->n_outputs; k++)
        if (g->output[k] == input) g->output[k] = files;
    int at = tv_graph_add_node(g, "Transpose", NULL, 1, &input, 1, &files);
    tv_attr_set_ints(&g->node[at], "perm", (const int64_t[]){0, 2, 3, 1}, 4);
    const char *err = g->node[at].op->setup(g, &g->node[at]);
    struct tv_node first = g->node[at];
    memmove(g->node + 1, g->node, (size_t)at * sizeof first);
    g->node[0] = first;
    return err;
}

/* Do two Transposes in a row change nothing? */
static bool undo(const struct tv_node *a, const struct tv_node *b)
{
    int na, nb;
    const int64_t *p = tv_attr_ints(a, "perm", &na), *q = tv_attr_ints(b, "perm", &nb);
    bool same = p && q && na == nb;
    for (int i = 0; i < nb && same; i++) same = p[q[i]] == i;
    return same;
}

static bool is_transpose(const struct tv_node *n) { return !strcmp(n->op->type, "Transpose"); }

static void drop_pairs(struct tv_graph *g)
{
    bool *gone = TV_ARRAY(bool, (size_t)g->n_nodes);
    tv_graph_relink(g);
    for (int i = 0; i < g->n_nodes; i++) {
        const struct tv_node *b = &g->node[i];
        int from = is_transpose(b) ? g->value[b->in[0]].producer : -1;
        if (from < 0 || !is_transpose(&g->node[from]) || !undo(&g->node[from], b)) continue;
        for (int k = 0; k < g->n_outputs; k++)
            if (g->output[k] == b->out[0]) from = -1; /* an output keeps its name */
        if (from < 0) continue;
        for (int k = i + 1; k < g->n_nodes; k++) replace_input(&g->node[k], b->out[0], g->node[from].in[0]);
        gone[i] = true;
    }
    tv_graph_remove(g, gone);
    free(gone);
    gone = TV_ARRAY(bool, (size_t)g->n_nodes);
    for (int i = 0; i < g->n_nodes; i++)
        gone[i] = is_transpose(&g->node[i]) && g->value[g->node[i].out[0]].uses == 0;
    tv_graph_remove(g, gone);
    free(gone);
}

const char *tv_graph_images(struct tv_graph *g)
{
    bool any = false;
    const char *err = NULL;
    for (int i = 0; i < g->n_inputs && !err; i++) {
        if (!is_channels_last(&g->value[g->input[i]], g->input_dim[i])) continue;
        err = turn(g, i);
        any = true;
    }
    if (any && !err) drop_pairs(g);
    return err;
}
