/* nn/graph_fold.c - what does not depend on the images becomes constant.
 *
 * The graph is planned for one and for two images, and once more with other sizes where the file leaves some
 * open.  A value that is known and the same in all plans is a constant, however it was computed; a value that
 * varies must have grown along its first dimension and nowhere else, for otherwise images could not be
 * batched.
 */
#include <stdlib.h>
#include <string.h>
#include "core/mem.h"
#include "nn/graph_internal.h"
#include "nn/ops.h"

/* A value as one plan left it. */
struct seen {
    int rank;
    int64_t dim[TV_MAX_RANK];
    void *data;
    bool differs;
};

static size_t value_bytes(const struct tv_value *v)
{
    return (size_t)tv_value_count(v) * tv_dtype_size(v->dtype);
}

/* Values that may turn out constant: known, not the images, not constant already. */
static bool candidate(const struct tv_value *v) { return !v->varies && !v->constant && v->data; }

static struct seen *remember_new(const struct tv_graph *g)
{
    struct seen *s = TV_ARRAY(struct seen, (size_t)g->n_values);
    for (int i = 0; i < g->n_values; i++) {
        const struct tv_value *v = &g->value[i];
        s[i].rank = v->rank;
        memcpy(s[i].dim, v->dim, sizeof s[i].dim);
        if (!candidate(v)) continue;
        s[i].data = tv_alloc_aligned(value_bytes(v), 1);
        memcpy(s[i].data, v->data, value_bytes(v));
    }
    return s;
}

static bool same_shape(const struct seen *s, const struct tv_value *v)
{
    return s->rank == v->rank && !memcmp(s->dim, v->dim, (size_t)v->rank * sizeof *v->dim);
}

static void compare(const struct tv_graph *g, struct seen *s)
{
    for (int i = 0; i < g->n_values; i++) {
        const struct tv_value *v = &g->value[i];
        if (s[i].data &&
            (!candidate(v) || !same_shape(&s[i], v) || memcmp(s[i].data, v->data, value_bytes(v))))
            s[i].differs = true;
    }
}

/* Planned for two images now, for one in `s`. */
static const char *check_batch(const struct tv_graph *g, const struct seen *s)
{
    for (int i = 0; i < g->n_nodes; i++) {
        for (int k = 0; k < g->node[i].n_out; k++) {
            const struct tv_value *v = tv_node_out(g, &g->node[i], k);
            if (!v || !v->varies) continue;
            const struct seen *one = &s[v - g->value];
            bool grew = v->rank > 0 && one->rank == v->rank && v->dim[0] == 2 * one->dim[0];
            for (int d = 1; d < v->rank && grew; d++) grew = v->dim[d] == one->dim[d];
            if (!grew)
                return tv_node_msg(&g->node[i],
                                   "output '%s' does not keep the images along its first dimension", v->name);
        }
    }
    return NULL;
}

/* ---- sizes that the file leaves open, beyond the batch ---- */

static bool set_open(struct tv_graph *g, int64_t channels, int64_t side)
{
    bool any = false;
    for (int i = 0; i < g->n_inputs; i++) {
        struct tv_value *v = &g->value[g->input[i]];
        for (int k = 1; k < v->rank; k++) {
            if (g->input_dim[i][k] >= 0) continue;
            v->dim[k] = k == 1 && v->rank == 4 ? channels : side;
            any = true;
        }
    }
    return any;
}

/* Plans for one image of the first usual size that the rest of the network takes. */
static const char *plan_open(struct tv_graph *g, int64_t *channels, int64_t *side)
{
    static const int64_t sides[] = {TV_PROBE_SIDE, 32, 28, 227, 256, 299, 64, 96, 128, 384};
    for (size_t i = 0; i < 2 * sizeof sides / sizeof *sides; i++) {
        *side = sides[i / 2];
        *channels = i % 2 ? 1 : TV_PROBE_CHANNELS;
        bool open = set_open(g, *channels, *side);
        const char *err = tv_graph_plan(g, 1);
        if (!err || !open) return err;
    }
    set_open(g, TV_PROBE_CHANNELS, TV_PROBE_SIDE);
    return tv_graph_plan(g, 1); /* the message for the most usual one */
}

static const char *probe(struct tv_graph *g, struct seen **seen)
{
    int64_t channels, side;
    const char *err = plan_open(g, &channels, &side);
    if (err) return err;
    *seen = remember_new(g);
    if (!g->free_batch) return NULL;
    if ((err = tv_graph_plan(g, 2))) return err;
    compare(g, *seen);
    if ((err = check_batch(g, *seen))) return err;
    if (set_open(g, channels, side + 32) && !tv_graph_plan(g, 1))
        compare(g, *seen); /* or no other size fits */
    set_open(g, channels, side);
    return tv_graph_plan(g, 1);
}

/* Is the node needed when the images are run?  Not when all it gives is constant, nor when it only took part
 * in computing such constants. */
static bool needed(const struct tv_graph *g, const struct tv_node *n)
{
    bool constant = true, unused = true, varies = false;
    for (int k = 0; k < n->n_out; k++) {
        const struct tv_value *v = tv_node_out(g, n, k);
        if (!v) continue;
        constant = constant && v->constant;
        unused = unused && v->uses == 0;
        varies = varies || v->varies;
    }
    return !constant && (varies || !unused);
}

/* A weight that only got another shape is still the initialiser's: it can be trained, and written back. */
static void keep_origin(struct tv_graph *g, const struct tv_node *n)
{
    static const char *const types[] = {"Reshape", "Flatten", "Squeeze", "Unsqueeze", "Identity"};
    bool shape_only = false;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        shape_only = shape_only || !strcmp(n->op->type, types[i]);
    if (!shape_only) return;
    struct tv_value *from = tv_node_in(g, n, 0), *to = tv_node_out(g, n, 0);
    if (!to->constant || !from->trainable || from->uses != 1) return;
    to->trainable = true;
    to->origin = tv_strdup(from->origin ? from->origin : from->name);
}

/* From the last node on, so that what only unneeded nodes read is unneeded, too. */
static void remove_constant_nodes(struct tv_graph *g)
{
    bool *gone = TV_ARRAY(bool, (size_t)g->n_nodes);
    for (int i = 0; i < g->n_nodes; i++) keep_origin(g, &g->node[i]);
    for (int i = g->n_nodes - 1; i >= 0; i--) {
        const struct tv_node *n = &g->node[i];
        gone[i] = !needed(g, n);
        for (int k = 0; k < n->n_in && gone[i]; k++)
            if (n->in[k] >= 0) g->value[n->in[k]].uses--;
    }
    tv_graph_remove(g, gone);
    free(gone);
}

/* Constants that only the removed nodes read. */
static void drop_unused(struct tv_graph *g)
{
    for (int i = 0; i < g->n_values; i++) {
        struct tv_value *v = &g->value[i];
        if (!v->constant || v->uses > 0) continue;
        free(v->data);
        v->data = NULL;
        v->trainable = false;
    }
}

const char *tv_graph_fold(struct tv_graph *g)
{
    struct seen *seen = NULL;
    const char *err = probe(g, &seen);
    if (!err) {
        for (int i = 0; i < g->n_values; i++)
            if (seen[i].data && !seen[i].differs && candidate(&g->value[i])) g->value[i].constant = true;
        remove_constant_nodes(g);
        drop_unused(g);
    }
    for (int i = 0; seen && i < g->n_values; i++) free(seen[i].data);
    free(seen);
    return err;
}
