/* analysis/kernels.c - see kernels.h. */
#include "analysis/kernels.h"
#include <stdlib.h>
#include <string.h>
#include "analysis/neurons.h"
#include "core/err.h"
#include "core/mem.h"
#include "core/names.h"
#include "core/str.h"
#include "nn/onnx.h"
#include "nn/op.h"

/* Consecutive layers, and the shape of the pictures of their links. */
struct pair {
    const struct tv_graph *g;
    const struct tv_link *link;
    int64_t size[2];  /* of a picture; size[0] 0: there is none */
    int64_t features; /* of the second layer's input that the links tell apart */
};

/* The map that a fully-connected layer's features were before they were flattened; NULL: none. */
static const struct tv_value *map_before(const struct tv_graph *g, int value)
{
    while (g->value[value].rank != 4) {
        int k = g->value[value].producer;
        if (k < 0 || g->node[k].n_in < 1 || g->node[k].in[0] < 0) return NULL;
        value = g->node[k].in[0];
    }
    return &g->value[value];
}

static struct pair pair_of(const struct tv_graph *g, const struct tv_link *link)
{
    const struct tv_layer *b = &g->layer[link->b];
    const struct tv_value *x = &g->value[b->input], *w = &g->value[b->weight];
    struct pair p = {.g = g, .link = link, .features = x->rank == 4 ? x->dim[1] : x->dim[x->rank - 1]};
    const struct tv_value *map = x->rank == 4 ? NULL : map_before(g, b->input);
    if (b->kind == TV_LAYER_CONV && w->rank == 4)
        p.size[0] = w->dim[2], p.size[1] = w->dim[3];
    else if (map && map->dim[1] * map->dim[2] * map->dim[3] == p.features)
        p.size[0] = map->dim[2], p.size[1] = map->dim[3];
    if (p.size[0] * p.size[1] < 2) p.size[0] = 0;
    return p;
}

/* Weight of a fully-connected layer between a feature and an output; Gemm may hold them transposed. */
static float fc_weight(const struct tv_graph *g, const struct tv_layer *b, int64_t feature, int64_t output)
{
    const struct tv_node *n = &g->node[b->node];
    const struct tv_value *w = &g->value[b->weight];
    bool transposed = !strcmp(n->op->type, "Gemm") && tv_attr_int(n, "transB", 0);
    return ((const float *)w->data)[transposed ? output * w->dim[1] + feature : feature * w->dim[1] + output];
}

/* The picture between neuron i of the first layer and j of the second; false: there is no such link. */
static bool slice(float *out, const struct pair *p, int64_t i, int64_t j)
{
    const struct tv_layer *b = &p->g->layer[p->link->b];
    const struct tv_value *w = &p->g->value[b->weight];
    int64_t n = p->size[0] * p->size[1], at = 0;
    if (b->kind == TV_LAYER_CONV) {
        int64_t in = w->dim[1], groups = tv_attr_int(&p->g->node[b->node], "group", 1);
        int64_t first = j / (b->channels / groups) * in;
        for (int64_t c = first; c < first + in; c++)
            if (p->link->channel[c] == i) {
                memcpy(out, (const float *)w->data + (j * in + c - first) * n, (size_t)n * sizeof *out);
                return true;
            }
        return false;
    }
    for (int64_t f = 0; f < p->features && at < n; f++)
        if (p->link->channel[f] == i) out[at++] = fc_weight(p->g, b, f, j);
    return at == n;
}

struct list {
    int32_t *pair; /* [n][2] */
    float *kernel; /* [n][size] */
    int64_t n;
    size_t pair_cap, kernel_cap;
};

static bool listed(const struct list *l, int64_t a, int64_t b)
{
    for (int64_t i = 0; i < l->n; i++)
        if (l->pair[2 * i] == a && l->pair[2 * i + 1] == b) return true;
    return false;
}

static const char *add_tensor(struct list *l, const struct pair *p, const struct tv_tensor *t)
{
    int64_t n = p->size[0] * p->size[1], na = p->g->layer[p->link->a].channels,
            nb = p->g->layer[p->link->b].channels;
    if (t->rank != 2 || t->dim[1] != 2 || t->dtype == TV_STR)
        return tv_msg("%s: want pairs of neurons [T,2], got %s", t->name, tv_tensor_text(t));
    for (int64_t k = 0; k < t->dim[0]; k++) {
        int64_t a = (int64_t)tv_tensor_get(t, 2 * k), b = (int64_t)tv_tensor_get(t, 2 * k + 1);
        if (a < 0 || a >= na || b < 0 || b >= nb)
            return tv_msg("%s: want neurons below %lld and %lld, got %lld and %lld; is it of another model?",
                          t->name, (long long)na, (long long)nb, (long long)a, (long long)b);
        if (listed(l, a, b)) continue;
        l->kernel = tv_grow(l->kernel, &l->kernel_cap, (size_t)((l->n + 1) * n), sizeof *l->kernel);
        if (!slice(l->kernel + l->n * n, p, a, b)) continue;
        l->pair = tv_grow(l->pair, &l->pair_cap, (size_t)(2 * l->n + 2), sizeof *l->pair);
        l->pair[2 * l->n] = (int32_t)a, l->pair[2 * l->n + 1] = (int32_t)b;
        l->n++;
    }
    return NULL;
}

static const char *write_pair(struct tv_writer *w, const struct pair *p, const struct tv_set *links,
                              const char *classes)
{
    const char *error = NULL, *rest, *names = tv_attrs_get(&links->meta, "classes");
    char class[TV_CLASS_TEXT];
    bool wanted;
    struct list l = {0};
    const char *a = p->g->layer[p->link->a].name, *b = p->g->layer[p->link->b].name;
    char *pair = tv_format_new("%s..%s/top", a, b), *name = tv_format_new("kernel/%s..%s", a, b),
         *which = tv_format_new("%s/link", name);
    for (size_t i = 0; i < links->n && !error; i++) {
        const struct tv_tensor *t = links->at[i];
        if (!tv_name_split(t->name, "links", class, &rest) || strcmp(rest, pair)) continue;
        error = tv_neurons_class(&wanted, class, classes, names);
        if (!error && wanted) error = add_tensor(&l, p, t);
    }
    if (!error && l.n > 0) {
        int64_t dim[3] = {l.n, p->size[0], p->size[1]}, two[2] = {l.n, 2};
        tv_writer_array(w, name, TV_F32, 3, dim, l.kernel, NULL);
        tv_writer_array(w, which, TV_I32, 2, two, l.pair, NULL);
    }
    free(pair), free(name), free(which), free(l.pair), free(l.kernel);
    return error;
}

const char *tv_kernels_write(struct tv_writer *w, const struct tv_graph *g, const struct tv_set *links,
                             const char *classes)
{
    int n;
    const char *error = NULL;
    struct tv_link *link = tv_graph_links_new(g, &n);
    for (int i = 0; i < n && !error; i++) {
        struct pair p = pair_of(g, &link[i]);
        if (p.size[0] > 0) error = write_pair(w, &p, links, classes);
    }
    tv_links_free(link, n);
    return error;
}
