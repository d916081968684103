/* nn/graph_plan.c - shapes of all values for a batch, and evaluation of what is known without the images. */
#include <stdlib.h>
#include <string.h>
#include "core/mem.h"
#include "nn/graph_internal.h"
#include "nn/ops.h"

/* The dimensions of a graph input for this batch; open ones other than the first keep what the last plan had.
 */
static void plan_input(struct tv_graph *g, int i, int64_t batch)
{
    struct tv_value *v = &g->value[g->input[i]];
    if (v->data) return; /* fed */
    for (int k = 0; k < v->rank; k++)
        if (g->input_dim[i][k] >= 0) v->dim[k] = g->input_dim[i][k];
    if (g->free_batch && v->rank > 0) v->dim[0] = batch;
}

static bool all_known(const struct tv_graph *g, const struct tv_node *n)
{
    for (int i = 0; i < n->n_in; i++) {
        const struct tv_value *v = tv_node_in(g, n, i);
        if (v && (v->varies || !v->data)) return false;
    }
    return true;
}

static bool all_constant(const struct tv_graph *g, const struct tv_node *n)
{
    for (int i = 0; i < n->n_in; i++) {
        const struct tv_value *v = tv_node_in(g, n, i);
        if (v && !v->constant) return false;
    }
    return true;
}

/* A bound on every size before anything is allocated from it. */
static const char *check_output(const struct tv_node *n, const struct tv_value *v)
{
    size_t count = 1;
    for (int i = 0; i < v->rank; i++)
        if (v->dim[i] < 0 || !tv_mul(count, (size_t)v->dim[i], &count) || count > (size_t)TV_MAX_COUNT)
            return tv_node_msg(n, "output '%s' would have more than 2^40 elements", v->name);
    return NULL;
}

/* Constants do not change from plan to plan. */
static bool done(const struct tv_graph *g, const struct tv_node *n)
{
    for (int i = 0; i < n->n_out; i++) {
        const struct tv_value *v = tv_node_out(g, n, i);
        if (v && !(v->constant && v->data)) return false;
    }
    return true;
}

static const char *plan_node(struct tv_graph *g, struct tv_node *n)
{
    if (done(g, n)) return NULL;
    const char *err = n->op->shape(g, n);
    for (int i = 0; i < n->n_out && !err; i++) {
        const struct tv_value *v = tv_node_out(g, n, i);
        if (v) err = check_output(n, v);
    }
    if (err) return err;
    bool known = all_known(g, n) || (n->op->flags & TV_OP_SHAPE), constant = all_constant(g, n);
    for (int i = 0; i < n->n_out; i++) {
        struct tv_value *v = tv_node_out(g, n, i);
        if (!v) continue;
        v->varies = !known;
        v->constant = constant;
    }
    return known ? tv_graph_evaluate(g, n) : NULL;
}

/* Forgets what the last plan evaluated, and counts what is there. */
static void forget(struct tv_graph *g)
{
    g->given = g->made = 0;
    for (int i = 0; i < g->n_values; i++) {
        struct tv_value *v = &g->value[i];
        if (!v->data) continue;
        if (v->producer < 0) {
            g->given += tv_value_cost(v);
        } else if (v->constant) {
            g->made += tv_value_cost(v);
        } else {
            free(v->data);
            v->data = NULL;
        }
    }
}

const char *tv_graph_plan(struct tv_graph *g, int64_t batch)
{
    g->batch = batch;
    forget(g);
    for (int i = 0; i < g->n_inputs; i++) {
        plan_input(g, i, batch);
        g->value[g->input[i]].varies = !g->value[g->input[i]].data;
    }
    for (int i = 0; i < g->n_nodes; i++) {
        const char *err = plan_node(g, &g->node[i]);
        if (err) return err;
    }
    return NULL;
}

void tv_graph_image(const struct tv_graph *g, int64_t *fixed)
{
    const struct tv_value *x = &g->value[g->input[0]];
    for (int k = 0; k < 3; k++) fixed[k] = k + 1 < x->rank ? g->input_dim[0][k + 1] : 1;
}

const char *tv_graph_set_image(struct tv_graph *g, int64_t c, int64_t h, int64_t w)
{
    const int64_t size[] = {c, h, w};
    struct tv_value *x = &g->value[g->input[0]];
    for (int k = 0; k < 3 && k + 1 < x->rank; k++)
        if (g->input_dim[0][k + 1] < 0) x->dim[k + 1] = size[k];
    const char *err = tv_graph_plan(g, 1);
    if (!err) tv_graph_find_layers(g); /* their work depends on it */
    return err;
}
