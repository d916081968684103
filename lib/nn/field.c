#include "nn/field.h"
#include "nn/op.h"
#include "nn/window.h"
#include <string.h>

static const struct tv_field WHOLE = {.whole = true};

/* The smallest field that covers both; steps differ only where maps of different sizes are broadcast. */
static struct tv_field cover(struct tv_field a, struct tv_field b)
{
    if (a.whole || b.whole) return WHOLE;
    for (int i = 0; i < 2; i++) {
        if (a.step[i] != b.step[i]) return WHOLE;
        int64_t start = a.start[i] < b.start[i] ? a.start[i] : b.start[i], enda = a.start[i] + a.size[i],
                endb = b.start[i] + b.size[i];
        a.size[i] = (enda > endb ? enda : endb) - start;
        a.start[i] = start;
    }
    return a;
}

/* Conv and pooling over two spatial dimensions; the kernel of a convolution may be known from its weight
 * alone. */
static struct tv_field through_window(const struct tv_graph *g, const struct tv_node *n, struct tv_field f)
{
    struct tv_window w;
    const struct tv_value *x = &g->value[n->in[0]];
    if (f.whole || x->rank != 4 || tv_window_read(n, &w)) return WHOLE;
    bool conv = !strcmp(n->op->type, "Conv");
    for (int i = 0; i < 2; i++) {
        if (conv) w.kernel[i] = g->value[n->in[1]].dim[2 + i];
        f.start[i] -= tv_window_begin(&w, i, x->dim[2 + i]) * f.step[i];
        f.size[i] += (w.kernel[i] - 1) * w.dilation[i] * f.step[i];
        f.step[i] *= w.stride[i];
    }
    return f;
}

static bool same_map(const struct tv_value *a, const struct tv_value *b)
{
    return a->rank == 4 && b->rank == 4 && a->dim[2] == b->dim[2] && a->dim[3] == b->dim[3];
}

static struct tv_field field_of(const struct tv_graph *g, const struct tv_node *n,
                                const struct tv_field *field)
{
    static const char *const windows[] = {"Conv", "MaxPool", "AveragePool"};
    for (int i = 0; i < 3; i++)
        if (!strcmp(n->op->type, windows[i])) return through_window(g, n, field[n->in[0]]);
    struct tv_field f = WHOLE;
    bool any = false;
    for (int i = 0; i < n->n_in; i++) {
        if (n->in[i] < 0 || !g->value[n->in[i]].varies) continue;
        if (!same_map(&g->value[n->in[i]], &g->value[n->out[0]])) return WHOLE;
        f = any ? cover(f, field[n->in[i]]) : field[n->in[i]];
        any = true;
    }
    return f;
}

void tv_graph_fields(const struct tv_graph *g, struct tv_field *field)
{
    for (int v = 0; v < g->n_values; v++) field[v] = WHOLE;
    for (int i = 0; i < g->n_inputs; i++)
        field[g->input[i]] = (struct tv_field){.size = {1, 1}, .step = {1, 1}};
    for (int k = 0; k < g->n_nodes; k++)
        for (int o = 0; o < g->node[k].n_out; o++)
            if (g->node[k].out[o] >= 0) field[g->node[k].out[o]] = field_of(g, &g->node[k], field);
}
