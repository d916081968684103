/* nn/graph_fuse.c - BatchNormalization into the convolution before it.
 *
 *     Conv -> a -> BatchNormalization -> b -> ...        Conv -> b -> ...
 *                                                              \-> Identity -> a    runs when asked for
 */
#include <stdlib.h>
#include <string.h>
#include "core/mem.h"
#include "nn/graph_internal.h"
#include "nn/ops.h"

/* The Conv whose output only this BatchNormalization reads, or NULL. */
static struct tv_node *conv_before(const struct tv_graph *g, const struct tv_node *n)
{
    const struct tv_value *a = &g->value[n->in[0]];
    if (a->uses != 1 || a->producer < 0 || strcmp(g->node[a->producer].op->type, "Conv")) return NULL;
    for (int i = 1; i < 5; i++)
        if (!g->value[n->in[i]].constant) return NULL;
    return &g->node[a->producer];
}

static bool fold(const struct tv_graph *g, struct tv_node *conv, const struct tv_node *n)
{
    struct tv_view in[5];
    int64_t c = tv_value_count(&g->value[n->in[1]]);
    for (int i = 0; i < 5; i++) in[i] = tv_view_of(&g->value[n->in[i]], g->value[n->in[i]].data);
    float *affine = tv_batchnorm_affine_new(n, in, c);
    bool done = tv_conv_fold(g, conv, affine, affine + c);
    free(affine);
    return done;
}

static void become_identity(struct tv_node *n)
{
    int a = n->in[0];
    free(n->state);
    n->op = tv_op_find("Identity");
    n->state = NULL;
    n->op->setup(NULL, n);
    n->in[0] = n->out[0];
    n->out[0] = a;
    n->n_in = n->n_out = 1;
}

void tv_graph_fuse(struct tv_graph *g)
{
    for (int i = 0; i < g->n_nodes; i++) {
        struct tv_node *n = &g->node[i];
        struct tv_node *conv = strcmp(n->op->type, "BatchNormalization") ? NULL : conv_before(g, n);
        if (!conv || !fold(g, conv, n)) continue;
        conv->out[0] = n->out[0];
        become_identity(n);
    }
    tv_graph_relink(g);
}
