/* fig/blocks.c - see blocks.h. */
#include "fig/blocks.h"

#include <stdlib.h>
#include <string.h>
#include "core/mem.h"
#include "fig/text.h"
#include "nn/op.h"

struct walk {
    const struct tv_graph *g;
    struct tv_netblocks *b;
    int *same;  /* per value: the value that it repeats, itself */
    int *block; /* per value: the block that it leaves, -1: none */
    int *uses;  /* per value: visible nodes that read it */
    int *layer; /* per node: its layer, -1 */
};

static bool is_hidden(const struct tv_node *n)
{
    static const char *const none[] = {"Layout", "Identity", "Dropout", "Cast", "CastLike", NULL};
    for (int i = 0; none[i]; i++)
        if (!strcmp(n->op->type, none[i])) return true;
    return false;
}

static bool varies(const struct walk *w, int value) { return value >= 0 && w->g->value[value].varies; }

/* The data that the node reads: its inputs that depend on the image, each once.  Returns how many. */
static int inputs(int *in, const struct walk *w, const struct tv_node *n)
{
    int count = 0;
    for (int i = 0; i < n->n_in; i++) {
        if (!varies(w, n->in[i])) continue;
        int v = w->same[n->in[i]], k = 0;
        while (k < count && in[k] != v) k++;
        if (k == count) in[count++] = v;
    }
    return count;
}

static void find_aliases(struct walk *w)
{
    const struct tv_graph *g = w->g;
    int *in = TV_ARRAY(int, (size_t)g->n_values);
    for (int v = 0; v < g->n_values; v++) w->same[v] = v, w->block[v] = -1;
    for (int k = 0; k < g->n_nodes; k++) w->layer[k] = -1;
    for (int l = 0; l < g->n_layers; l++) w->layer[g->layer[l].node] = l;
    for (int k = 0; k < g->n_nodes; k++) {
        const struct tv_node *n = &g->node[k];
        if (!varies(w, n->out[0])) continue;
        if (is_hidden(n)) {
            w->same[n->out[0]] = w->same[n->in[0]];
            continue;
        }
        int count = inputs(in, w, n);
        for (int i = 0; i < count; i++) w->uses[in[i]]++;
    }
    free(in);
}

static int add_block(struct walk *w, struct tv_netblock one)
{
    struct tv_netblocks *b = w->b;
    b->at[b->n] = one;
    w->block[one.tail] = b->n;
    return b->n++;
}

static void add_node(struct walk *w, int k, int *in)
{
    const struct tv_node *n = &w->g->node[k];
    int count = inputs(in, w, n), out = n->out[0], from = count ? w->block[in[0]] : -1;
    bool follows = count == 1 && from >= 0 && w->layer[k] < 0 && w->uses[in[0]] == 1 &&
                   w->b->at[from].tail == in[0] && w->g->value[in[0]].producer >= 0;
    if (follows) {
        struct tv_netblock *block = &w->b->at[from];
        tv_str_add(&block->follow, "%s%s", block->follow.len ? TV_DOT : "", n->op->type);
        block->tail = out;
        w->block[out] = from;
        return;
    }
    int l = w->layer[k], value = l >= 0 ? w->g->layer[l].output : out;
    int to = add_block(w, (struct tv_netblock){
                              .layer = l, .value = value, .title = l < 0 ? n->op->type : NULL, .tail = out});
    for (int i = 0; i < count; i++) {
        if (w->block[in[i]] < 0) continue;
        w->b->edge = tv_realloc(w->b->edge, (size_t)w->b->edges + 1, sizeof *w->b->edge);
        w->b->edge[w->b->edges++] = (struct tv_netedge){w->block[in[i]], to};
    }
}

void tv_netblocks_init(struct tv_netblocks *b, const struct tv_graph *g)
{
    size_t values = (size_t)g->n_values;
    struct walk w = {g,
                     b,
                     TV_ARRAY(int, values),
                     TV_ARRAY(int, values),
                     TV_ARRAY(int, values),
                     TV_ARRAY(int, (size_t)g->n_nodes)};
    int *in = TV_ARRAY(int, values);
    *b = (struct tv_netblocks){.at = TV_ARRAY(struct tv_netblock, (size_t)(g->n_nodes + g->n_inputs))};
    find_aliases(&w);
    for (int i = 0; i < g->n_inputs; i++)
        if (varies(&w, g->input[i]))
            add_block(&w, (struct tv_netblock){.layer = -1,
                                               .value = g->input[i],
                                               .title = g->value[g->input[i]].name,
                                               .tail = g->input[i]});
    for (int k = 0; k < g->n_nodes; k++) {
        const struct tv_node *n = &g->node[k];
        if (varies(&w, n->out[0]) && !is_hidden(n)) add_node(&w, k, in);
    }
    free(in), free(w.same), free(w.block), free(w.uses), free(w.layer);
}

void tv_netblocks_release(struct tv_netblocks *b)
{
    for (int i = 0; i < b->n; i++) tv_str_release(&b->at[i].follow);
    free(b->at);
    free(b->edge);
}
