/* nn/graph_sort.c - topological order by depth-first search from the nodes in file order: a producer comes
 * just before its first reader, and a graph that is sorted already keeps its order. */
#include <stdlib.h>
#include "core/mem.h"
#include "nn/graph_internal.h"
#include "nn/ops.h"

enum mark { NEW, OPEN, DONE };

struct visit {
    char *mark;
    int *stack, *next_input, depth; /* next_input: per node, the first one not yet looked at */
    int *order, n_order;
};

/* Goes down to the first producer that is not done; NULL, or a message when that closes a cycle. */
static const char *descend(const struct tv_graph *g, struct visit *v)
{
    int node = v->stack[v->depth - 1];
    const struct tv_node *n = &g->node[node];
    while (v->next_input[node] < n->n_in) {
        int value = n->in[v->next_input[node]++];
        int from = value < 0 ? -1 : g->value[value].producer;
        if (from < 0 || v->mark[from] == DONE) continue;
        if (v->mark[from] == OPEN)
            return tv_node_msg(n, "its input '%s' depends on its own output", g->value[value].name);
        v->mark[from] = OPEN;
        v->stack[v->depth++] = from;
        return NULL;
    }
    v->mark[node] = DONE;
    v->order[v->n_order++] = node;
    v->depth--;
    return NULL;
}

static const char *visit_all(const struct tv_graph *g, struct visit *v)
{
    for (int i = 0; i < g->n_nodes; i++) {
        if (v->mark[i] == DONE) continue;
        v->mark[i] = OPEN;
        v->stack[v->depth++] = i;
        while (v->depth > 0) {
            const char *err = descend(g, v);
            if (err) return err;
        }
    }
    return NULL;
}

const char *tv_graph_sort(struct tv_graph *g)
{
    size_t n = (size_t)g->n_nodes;
    struct visit v = {.mark = TV_ARRAY(char, n),
                      .stack = TV_ARRAY(int, n),
                      .next_input = TV_ARRAY(int, n),
                      .order = TV_ARRAY(int, n)};
    const char *err = visit_all(g, &v);
    if (!err) {
        struct tv_node *sorted = TV_ARRAY(struct tv_node, n);
        for (size_t i = 0; i < n; i++) sorted[i] = g->node[v.order[i]];
        free(g->node);
        g->node = sorted;
        g->cap_nodes = g->n_nodes;
        tv_graph_relink(g);
    }
    free(v.mark);
    free(v.stack);
    free(v.next_input);
    free(v.order);
    return err;
}
