/* nn/graph_links.c - which channels of which layers feed the input of which layer (SPEC.md 6.3).
 *
 * Every value between layers carries maps: integer tensors of its own shape (one image) that name, per
 * element, the unit it comes from: 1 + the unit's number over all layers, 0 where it comes from none.
 *
 *     layer output                 one map: unit of the channel
 *     elementwise, pooling, ...    the maps of the input
 *     Add, Mul, ...                the maps of both inputs, side by side
 *     Slice, Concat, Reshape ...   the operator itself run on each map
 *
 * Dimensions along which a map does not change have size 1 in it, so that most maps are one number a channel.
 */
#include <stdlib.h>
#include <string.h>
#include "core/mem.h"
#include "nn/graph_internal.h"
#include "nn/ops.h"

#define MAX_ELEMENTS ((int64_t)1 << 27) /* of a full map; larger values lose their maps */

struct map {
    int32_t *unit; /* owned */
    int rank;
    int64_t dim[TV_MAX_RANK]; /* 1 where the map does not change */
};
struct maps {
    int n;
    struct map *at;
};

struct trace {
    const struct tv_graph *g;
    struct maps *of; /* per value */
    int32_t *first;  /* per layer: number of its first unit; [n_layers]: all of them */
    struct tv_link *link;
    int n_links;
};

static int64_t map_count(const struct map *m)
{
    int64_t n = 1;
    for (int i = 0; i < m->rank; i++) n *= m->dim[i];
    return n;
}

static void free_maps(struct maps *m)
{
    for (int i = 0; i < m->n; i++) free(m->at[i].unit);
    free(m->at);
    *m = (struct maps){0};
}

static struct map copy_map(const struct map *m)
{
    struct map c = *m;
    size_t n = (size_t)map_count(m);
    c.unit = TV_ARRAY(int32_t, n);
    memcpy(c.unit, m->unit, n * sizeof *c.unit);
    return c;
}

static bool equal_maps(const struct map *a, const struct map *b)
{
    return a->rank == b->rank && !memcmp(a->dim, b->dim, (size_t)a->rank * sizeof *a->dim) &&
           !memcmp(a->unit, b->unit, (size_t)map_count(a) * sizeof *a->unit);
}

/* Takes the map over; a second one of the same content, or one that names nothing, is freed. */
static void append(struct maps *to, struct map m)
{
    bool useless = true;
    for (int64_t i = 0; i < map_count(&m) && useless; i++) useless = m.unit[i] == 0;
    for (int i = 0; i < to->n && !useless; i++) useless = equal_maps(&to->at[i], &m);
    if (useless) {
        free(m.unit);
        return;
    }
    to->at = tv_realloc(to->at, (size_t)to->n + 1, sizeof m);
    to->at[to->n++] = m;
}

/* ---- between maps and full tensors of a value's shape ---- */

/* Shape of one image of a value. */
static int image_shape(const struct tv_graph *g, const struct tv_value *v, int64_t *dim)
{
    memcpy(dim, v->dim, sizeof v->dim);
    if (v->varies && v->rank > 0 && g->batch > 0) dim[0] /= g->batch;
    return v->rank;
}

static void map_strides(const struct map *m, int64_t *stride)
{
    int64_t s = 1;
    for (int i = m->rank - 1; i >= 0; i--) {
        stride[i] = m->dim[i] == 1 ? 0 : s;
        s *= m->dim[i];
    }
}

static int32_t *expand_new(const struct map *m, int rank, const int64_t *dim)
{
    int64_t stride[TV_MAX_RANK], n = 1, at[TV_MAX_RANK] = {0}, offset = 0;
    map_strides(m, stride);
    for (int i = 0; i < rank; i++) n *= dim[i];
    int32_t *full = TV_ARRAY(int32_t, (size_t)n);
    for (int64_t e = 0; e < n; e++) {
        full[e] = m->unit[offset];
        for (int i = rank - 1; i >= 0; i--) { /* the next element, with carries */
            offset += stride[i];
            if (++at[i] < dim[i]) break;
            offset -= stride[i] * dim[i];
            at[i] = 0;
        }
    }
    return full;
}

/* Drops one dimension along which `full` [outer, n, inner] does not change; in place. */
static bool constant_along(const int32_t *full, int64_t outer, int64_t n, int64_t inner)
{
    for (int64_t o = 0; o < outer; o++)
        for (int64_t k = 1; k < n; k++)
            if (memcmp(full + (o * n + k) * inner, full + o * n * inner, (size_t)inner * sizeof *full))
                return false;
    return true;
}

static struct map compress(int32_t *full, int rank, const int64_t *dim)
{
    struct map m = {.unit = full, .rank = rank};
    memcpy(m.dim, dim, (size_t)rank * sizeof *dim);
    for (int i = rank - 1; i >= 0; i--) {
        int64_t outer = 1, inner = 1, n = m.dim[i];
        for (int k = 0; k < i; k++) outer *= m.dim[k];
        for (int k = i + 1; k < rank; k++) inner *= m.dim[k];
        if (n <= 1 || !constant_along(full, outer, n, inner)) continue;
        for (int64_t o = 1; o < outer; o++)
            memmove(full + o * inner, full + o * n * inner, (size_t)inner * sizeof *full);
        m.dim[i] = 1;
    }
    return m;
}

/* Padding names no unit; along a dimension where a map does not change, its border belongs to the unit beside
 * it. */
static void fill_border(int32_t *full, int rank, const int64_t *dim, int axis)
{
    int64_t outer = 1, inner = 1, n = dim[axis];
    for (int k = 0; k < axis; k++) outer *= dim[k];
    for (int k = axis + 1; k < rank; k++) inner *= dim[k];
    for (int64_t line = 0; line < outer * inner; line++) {
        int32_t *at = full + line / inner * n * inner + line % inner, unit = 0;
        for (int64_t k = 0; k < n && !unit; k++) unit = at[k * inner];
        for (int64_t k = 0; k < n; k++)
            if (!at[k * inner]) at[k * inner] = unit;
    }
}

/* ---- through the operators ---- */

/* A layer's output: one unit a channel; the last dimension of a fully-connected one. */
static void start_layer(struct trace *t, int layer)
{
    const struct tv_layer *l = &t->g->layer[layer];
    const struct tv_value *v = &t->g->value[l->output];
    struct map m = {.rank = v->rank, .unit = TV_ARRAY(int32_t, (size_t)l->channels)};
    for (int i = 0; i < v->rank; i++) m.dim[i] = 1;
    m.dim[l->kind == TV_LAYER_CONV ? 1 : v->rank - 1] = l->channels;
    for (int64_t c = 0; c < l->channels; c++) m.unit[c] = t->first[layer] + (int32_t)c + 1;
    free_maps(&t->of[l->output]);
    append(&t->of[l->output], m);
}

/* Gives a map the rank of a value: dimensions of size 1 in front when broadcasting added some; without the
 * last ones of size 1 when a reduction dropped some.  False when that is impossible. */
static bool set_rank(struct map *m, int rank)
{
    for (int i = m->rank - 1; i >= 0 && m->rank > rank; i--) {
        if (m->dim[i] != 1) continue;
        memmove(m->dim + i, m->dim + i + 1, (size_t)(m->rank - i - 1) * sizeof *m->dim);
        m->rank--;
    }
    int more = rank - m->rank;
    if (more < 0) return false;
    memmove(m->dim + more, m->dim, (size_t)m->rank * sizeof *m->dim);
    for (int i = 0; i < more; i++) m->dim[i] = 1;
    m->rank = rank;
    return true;
}

/* Elementwise, pooling, reduction: the same maps; one that changes along a dimension whose size the operator
 * changes says nothing about the output. */
static void pass_maps(struct trace *t, int from, int to)
{
    const struct tv_value *y = &t->g->value[to];
    for (int k = 0; k < t->of[from].n; k++) {
        struct map m = copy_map(&t->of[from].at[k]);
        bool fits = set_rank(&m, y->rank);
        for (int i = 0; i < y->rank && fits; i++) fits = m.dim[i] == 1 || m.dim[i] == y->dim[i];
        if (fits)
            append(&t->of[to], m);
        else
            free(m.unit);
    }
}

static bool too_large(const struct tv_graph *g, const struct tv_node *n)
{
    bool large = false;
    for (int i = 0; i < n->n_in; i++)
        large = large || (n->in[i] >= 0 && tv_value_count(&g->value[n->in[i]]) > MAX_ELEMENTS);
    for (int o = 0; o < n->n_out; o++)
        large = large || (n->out[o] >= 0 && tv_value_count(&g->value[n->out[o]]) > MAX_ELEMENTS);
    return large;
}

/* Runs a node on integers: map number `k` of each varying input (zeros where it has fewer), known inputs as
 * they are when they say what to do (shape, axes, indices) and zeros when they are data. */
static void move_maps(struct trace *t, const struct tv_node *n, int k)
{
    const struct tv_graph *g = t->g;
    struct tv_view *in = TV_ARRAY(struct tv_view, (size_t)n->n_in),
                   *out = TV_ARRAY(struct tv_view, (size_t)n->n_out);
    for (int i = 0; i < n->n_in; i++) {
        const struct tv_value *v = tv_node_in(g, n, i);
        if (!v) continue;
        in[i] = tv_view_of(v, v->data);
        in[i].layout = TV_PLAIN;
        if (v->dtype != TV_F32) continue;
        in[i].rank = image_shape(g, v, in[i].dim);
        in[i].dtype = TV_I32;
        in[i].data = k < t->of[n->in[i]].n ? expand_new(&t->of[n->in[i]].at[k], in[i].rank, in[i].dim)
                                           : tv_alloc((size_t)tv_view_count(&in[i]), sizeof(int32_t));
    }
    for (int o = 0; o < n->n_out; o++) {
        const struct tv_value *v = tv_node_out(g, n, o);
        if (!v) continue;
        out[o] = (struct tv_view){.dtype = v->dtype == TV_F32 ? TV_I32 : v->dtype};
        out[o].rank = image_shape(g, v, out[o].dim);
        out[o].data = tv_alloc((size_t)tv_view_count(&out[o]), tv_dtype_size(out[o].dtype));
    }
    n->op->forward(n, out, in);
    for (int i = 0; i < n->n_in; i++)
        if (tv_node_in(g, n, i) && tv_node_in(g, n, i)->dtype == TV_F32) free(in[i].data);
    const struct map *first = k < t->of[n->in[0]].n ? &t->of[n->in[0]].at[k] : NULL;
    for (int i = 0; first && i < first->rank && !strcmp(n->op->type, "Pad"); i++)
        if (first->dim[i] == 1 && g->value[n->in[0]].dim[i] > 1)
            fill_border(out[0].data, out[0].rank, out[0].dim, i);
    for (int o = 0; o < n->n_out; o++) {
        if (out[o].dtype == TV_I32)
            append(&t->of[n->out[o]], compress(out[o].data, out[o].rank, out[o].dim));
        else
            free(out[o].data);
    }
    free(in);
    free(out);
}

static void trace_node(struct trace *t, const struct tv_node *n)
{
    int most = 0;
    for (int i = 0; i < n->n_in; i++)
        if (n->in[i] >= 0 && t->of[n->in[i]].n > most) most = t->of[n->in[i]].n;
    if (n->op->flags & TV_OP_SAME) {
        for (int i = 0; i < n->n_in && n->out[0] >= 0; i++)
            if (n->in[i] >= 0) pass_maps(t, n->in[i], n->out[0]);
    } else if ((n->op->flags & TV_OP_STRUCTURE) && !too_large(t->g, n)) {
        for (int k = 0; k < most; k++) move_maps(t, n, k);
    }
}

/* ---- links ---- */

static int layer_of_unit(const struct trace *t, int32_t unit)
{
    int lo = 0, hi = t->g->n_layers;
    while (hi - lo > 1) {
        int mid = (lo + hi) / 2;
        if (t->first[mid] <= unit)
            lo = mid;
        else
            hi = mid;
    }
    return lo;
}

/* Input channels (convolution) or features (fully connected) of layer b. */
static int64_t width_of(const struct tv_graph *g, const struct tv_layer *b, int *axis)
{
    const struct tv_value *v = &g->value[b->input];
    *axis = b->kind == TV_LAYER_CONV ? 1 : v->rank - 1;
    return v->dim[*axis];
}

static struct tv_link *link_between(struct trace *t, int a, int b, int64_t width)
{
    for (int i = t->n_links - 1; i >= 0 && t->link[i].b == b; i--)
        if (t->link[i].a == a) return &t->link[i];
    t->link = tv_realloc(t->link, (size_t)t->n_links + 1, sizeof *t->link);
    struct tv_link *l = &t->link[t->n_links++];
    *l = (struct tv_link){.a = a, .b = b, .channel = TV_ARRAY(int64_t, (size_t)width)};
    for (int64_t i = 0; i < width; i++) l->channel[i] = -1;
    return l;
}

/* Links from one map of b's input; where it changes over positions, too, the first position speaks. */
static void link_map(struct trace *t, const struct map *m, int b)
{
    int axis;
    int64_t width = width_of(t->g, &t->g->layer[b], &axis), stride[TV_MAX_RANK];
    map_strides(m, stride);
    for (int64_t f = 0; f < width; f++) {
        int32_t unit = m->unit[f * stride[axis]] - 1;
        if (unit < 0) continue;
        int a = layer_of_unit(t, unit);
        struct tv_link *l = link_between(t, a, b, width);
        if (l->channel[f] < 0) l->channel[f] = unit - t->first[a];
    }
}

static int by_layers(const void *x, const void *y)
{
    const struct tv_link *p = x, *q = y;
    return p->b != q->b ? (p->b > q->b) - (p->b < q->b) : (p->a > q->a) - (p->a < q->a);
}

static void trace_all(struct trace *t)
{
    const struct tv_graph *g = t->g;
    int *left = TV_ARRAY(int, (size_t)g->n_values); /* readers to come */
    for (int i = 0; i < g->n_values; i++) left[i] = g->value[i].uses;
    for (int i = 0, next = 0; i < g->n_nodes; i++) {
        const struct tv_node *n = &g->node[i];
        bool layer = next < g->n_layers && g->layer[next].node == i;
        if (layer) {
            const struct maps *in = &t->of[g->layer[next].input];
            for (int k = 0; k < in->n; k++) link_map(t, &in->at[k], next);
            next++;
        } else {
            trace_node(t, n);
        }
        for (int l = 0; l < next; l++)
            for (int o = 0; o < n->n_out; o++)
                if (g->layer[l].output == n->out[o]) start_layer(t, l);
        for (int k = 0; k < n->n_in; k++)
            if (n->in[k] >= 0 && --left[n->in[k]] == 0) free_maps(&t->of[n->in[k]]);
    }
    free(left);
}

struct tv_link *tv_graph_links_new(const struct tv_graph *g, int *n)
{
    struct trace t = {.g = g, .of = TV_ARRAY(struct maps, (size_t)g->n_values)};
    t.first = TV_ARRAY(int32_t, (size_t)g->n_layers + 1);
    for (int i = 0; i < g->n_layers; i++) t.first[i + 1] = t.first[i] + (int32_t)g->layer[i].channels;
    trace_all(&t);
    for (int i = 0; i < g->n_values; i++) free_maps(&t.of[i]);
    free(t.of);
    free(t.first);
    if (t.n_links) qsort(t.link, (size_t)t.n_links, sizeof *t.link, by_layers);
    *n = t.n_links;
    return t.link;
}

void tv_links_free(struct tv_link *l, int n)
{
    for (int i = 0; i < n; i++) free(l[i].channel);
    free(l);
}
