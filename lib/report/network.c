/* report/network.c - the network relation view (the paper's section 5.3) in a form that the page can lay out
 * for any choice of layers: per layer the similarities of the neurons shown, the histograms of all others and
 * the most similar neurons; per pair of layers and model the links, gathered by the neurons they belong to.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "core/mem.h"
#include "core/names.h"
#include "fig/figure_parts.h"
#include "fig/relation.h"
#include "num/sort.h"
#include "report/parts.h"

enum { BINS = 20, SIMILAR = 5 };
enum { SOURCE_OTHER, OTHER_TARGET, OTHER_OTHER, REGIONS };

/* A bundle of links: those of a shown neuron to others, or between others. */
struct bundle {
    int64_t n, inherited;
    double *value;
};

/* ---- layers ---- */

/* Rank from 1 of every neuron of a layer; NULL when the ranks are not given. */
static double *ranks_new(const struct tv_relation *r, const struct tv_figure *f,
                         const struct tv_relation_layer *l, enum tv_side s)
{
    const struct tv_set *set = f->part[s == TV_SOURCE ? TV_PART_SOURCE_RANKS : TV_PART_TARGET_RANKS];
    const struct tv_tensor *t = set ? tv_set_find(set, tv_msg("rank/%s/%s", r->key, l->name)) : NULL;
    if (!t || t->rank != 1 || t->dim[0] != l->neurons[s]) return NULL;
    int32_t *order = TV_ARRAY(int32_t, (size_t)t->dim[0]);
    double *sum = tv_tensor_f64_new(t), *rank = TV_ARRAY(double, (size_t)t->dim[0]);
    tv_argsort_desc_f64(order, sum, t->dim[0]);
    for (int64_t i = 0; i < t->dim[0]; i++) rank[order[i]] = (double)i + 1;
    free(order);
    free(sum);
    return rank;
}

static double similarity(const struct tv_relation_layer *l, int64_t source, int64_t target)
{
    return l->sim[source * l->neurons[TV_TARGET] + target];
}

/* [[neuron, similarity, rank], ...]: the neurons of the other model that are most similar to one of model s.
 */
static void put_similar(struct tv_str *b, const struct tv_relation_layer *l, enum tv_side s, int64_t neuron,
                        const double *rank, struct tv_report_pictures *pictures)
{
    enum tv_side other = s == TV_SOURCE ? TV_TARGET : TV_SOURCE;
    int64_t n = l->neurons[other];
    double *v = TV_ARRAY(double, (size_t)n);
    int32_t *order = TV_ARRAY(int32_t, (size_t)n);
    for (int64_t j = 0; j < n; j++) {
        v[j] = s == TV_SOURCE ? similarity(l, neuron, j) : similarity(l, j, neuron);
        if (isnan(v[j])) v[j] = -2;
    }
    tv_argsort_desc_f64(order, v, n);
    tv_object_open(b, NULL, '[');
    for (int64_t k = 0; k < n && k < SIMILAR; k++) {
        double entry[3] = {order[k], v[order[k]], rank ? rank[order[k]] : NAN};
        tv_object_list(b, NULL, entry, 3, 4);
        tv_report_pictures_neuron(pictures, other, l->name, order[k]);
    }
    tv_object_close(b, ']');
    free(v);
    free(order);
}

/* Counts of the pairs outside the matrix in bins over [-1, 1], by region. */
static void put_histograms(struct tv_str *b, const struct tv_relation_layer *l)
{
    double count[REGIONS][BINS] = {{0}};
    for (int64_t i = 0; i < l->neurons[TV_SOURCE]; i++)
        for (int64_t j = 0; j < l->neurons[TV_TARGET]; j++) {
            bool source = l->place[TV_SOURCE][i] >= 0, target = l->place[TV_TARGET][j] >= 0;
            double sim = similarity(l, i, j);
            if ((source && target) || isnan(sim)) continue;
            int bin = (int)((sim + 1) / 2 * BINS);
            count[source   ? SOURCE_OTHER
                  : target ? OTHER_TARGET
                           : OTHER_OTHER][bin < 0      ? 0
                                          : bin < BINS ? bin
                                                       : BINS - 1]++;
        }
    tv_object_open(b, "histograms", '[');
    for (int k = 0; k < REGIONS; k++) tv_object_list(b, NULL, count[k], BINS, 12);
    tv_object_close(b, ']');
}

static void put_sides(struct tv_str *b, const struct tv_relation *r, const struct tv_figure *f,
                      const struct tv_relation_layer *l, struct tv_report_pictures *pictures)
{
    double *rank[2] = {ranks_new(r, f, l, TV_SOURCE), ranks_new(r, f, l, TV_TARGET)};
    tv_object_open(b, "top", '[');
    for (int s = 0; s < 2; s++) tv_object_indices(b, NULL, l->top[s], l->shown[s]);
    tv_object_close(b, ']');
    tv_object_open(b, "similar", '[');
    for (int s = 0; s < 2; s++) {
        tv_object_open(b, NULL, '[');
        for (int k = 0; k < l->shown[s]; k++) {
            put_similar(b, l, (enum tv_side)s, l->top[s][k], rank[!s], pictures);
            tv_report_pictures_neuron(pictures, (enum tv_side)s, l->name, l->top[s][k]);
        }
        tv_object_close(b, ']');
    }
    tv_object_close(b, ']');
    free(rank[0]);
    free(rank[1]);
}

static void put_layer(struct tv_str *b, const struct tv_relation *r, const struct tv_figure *f,
                      const struct tv_relation_layer *l, struct tv_report_pictures *pictures)
{
    const struct tv_tensor *t = tv_figure_find(f, "sim/%s/%s", r->key, l->name);
    tv_object_open(b, NULL, '{');
    tv_object_text(b, "name", l->name);
    tv_object_text(b, "kind", tv_attrs_get(&t->attrs, "kind"));
    tv_object_text(b, "node", tv_attrs_get(&t->attrs, "node"));
    tv_object_indices(b, "neurons", l->neurons, 2);
    tv_object_indices(b, "important", l->important, 2);
    put_sides(b, r, f, l, pictures);
    tv_object_open(b, "sim", '[');
    for (int i = 0; i < l->shown[TV_SOURCE]; i++) {
        double row[1] = {0};
        tv_object_open(b, NULL, '[');
        for (int j = 0; j < l->shown[TV_TARGET]; j++) {
            row[0] = similarity(l, l->top[TV_SOURCE][i], l->top[TV_TARGET][j]);
            tv_str_add(b, isnan(row[0]) ? "%snull" : "%s%.4g", j ? "," : "", row[0]);
        }
        tv_object_close(b, ']');
    }
    tv_object_close(b, ']');
    put_histograms(b, l);
    tv_object_close(b, '}');
}

/* ---- links ---- */

static void bundle_add(struct bundle *u, const struct tv_relation_link *l, int64_t cap)
{
    if (!u->value) u->value = TV_ARRAY(double, (size_t)cap);
    u->value[u->n++] = l->value;
    u->inherited += l->inherited;
}

/* [links, inherited, low, q1, median, q3, high], or 0 for none. */
static void put_bundles(struct tv_str *b, const char *key, struct bundle *u, int n)
{
    tv_object_open(b, key, '[');
    for (int k = 0; k < n; k++) {
        if (u[k].n == 0) {
            tv_object_number(b, NULL, 0);
            continue;
        }
        struct tv_five five = tv_five_of(u[k].value, u[k].n);
        double v[] = {(double)u[k].n, (double)u[k].inherited, five.low, five.q1, five.median, five.q3,
                      five.high};
        tv_object_list(b, NULL, v, sizeof v / sizeof *v, 5);
        free(u[k].value);
    }
    tv_object_close(b, ']');
}

static void put_others(struct tv_str *b, struct bundle *u, double lo, double hi)
{
    double count[BINS] = {0};
    for (int64_t k = 0; k < u->n; k++) {
        int bin = hi > lo ? (int)((u->value[k] - lo) / (hi - lo) * BINS) : 0;
        count[bin < 0 ? 0 : bin < BINS ? bin : BINS - 1]++;
    }
    tv_object_open(b, "others", '{');
    tv_object_number(b, "n", (double)u->n);
    tv_object_number(b, "inherited", (double)u->inherited);
    tv_object_list(b, "histogram", count, BINS, 12);
    tv_object_close(b, '}');
    free(u->value);
}

/* The important links of one model between layers i and i+1. */
static void put_links(struct tv_str *b, const struct tv_relation *r, enum tv_side s, int i,
                      const double range[2], struct tv_report_pictures *pictures)
{
    const struct tv_relation_layer *from = &r->layer[i], *to = &r->layer[i + 1];
    const struct tv_relation_links *l = &r->links[s][i];
    struct bundle *out = TV_ARRAY(struct bundle, (size_t)from->shown[s]),
                  *in = TV_ARRAY(struct bundle, (size_t)to->shown[s]), others = {0};
    char *pair = tv_format_new("%s..%s", from->name, to->name);
    tv_object_open(b, NULL, '{');
    tv_object_number(b, "n", (double)l->n);
    tv_object_open(b, "links", '[');
    for (int64_t k = 0; k < l->n; k++) {
        const struct tv_relation_link *e = &l->at[k];
        int p = from->place[s][e->a], q = to->place[s][e->b];
        if (p >= 0 && q >= 0) {
            double v[] = {p, q, e->value, e->inherited, (double)e->counterpart[0], (double)e->counterpart[1]};
            tv_object_list(b, NULL, v, sizeof v / sizeof *v, 6);
            tv_report_pictures_link(pictures, s, pair, e->a, e->b);
            tv_report_pictures_link(pictures, TV_SOURCE, pair, e->counterpart[0], e->counterpart[1]);
        } else {
            bundle_add(p >= 0 ? &out[p] : q >= 0 ? &in[q] : &others, e, l->n);
        }
    }
    tv_object_close(b, ']');
    put_bundles(b, "from", out, from->shown[s]);
    put_bundles(b, "to", in, to->shown[s]);
    put_others(b, &others, range[0], range[1]);
    tv_object_close(b, '}');
    free(out);
    free(in);
    free(pair);
}

static void put_pair(struct tv_str *b, const struct tv_relation *r, int i,
                     struct tv_report_pictures *pictures)
{
    double range[2] = {0, 1};
    tv_object_open(b, NULL, '{');
    tv_object_number(b, "from", i);
    if (tv_relation_range(r, i, &range[0], &range[1])) tv_object_list(b, "range", range, 2, 6);
    tv_object_open(b, "models", '[');
    for (int s = 0; s < 2; s++) {
        if (r->links[s][i].known)
            put_links(b, r, (enum tv_side)s, i, range, pictures);
        else
            tv_object_text(b, NULL, NULL);
    }
    tv_object_close(b, ']');
    tv_object_close(b, '}');
}

/* ---- all ---- */

static const char *put_class(struct tv_str *b, const struct tv_report *r, const struct tv_relation *n)
{
    struct tv_report_pictures pictures;
    tv_report_pictures_begin(&pictures, r, n->key);
    tv_object_open(b, NULL, '{');
    tv_object_text(b, "class", n->key);
    tv_object_text(b, "text", n->text);
    tv_str_add(b, ",\"inherited\":%s", n->inherited ? "true" : "false");
    tv_object_open(b, "layers", '[');
    for (int i = 0; i < n->n; i++) put_layer(b, n, &r->all, &n->layer[i], &pictures);
    tv_object_close(b, ']');
    tv_object_open(b, "pairs", '[');
    for (int i = 0; i + 1 < n->n; i++) put_pair(b, n, i, &pictures);
    tv_object_close(b, ']');
    const char *error = tv_report_pictures_end(&pictures, b);
    tv_object_close(b, '}');
    return error;
}

/* Does the stream hold links of the class?  Links are often made of fewer classes than similarities. */
static bool has_links(const struct tv_set *s, const char *class)
{
    char found[TV_CLASS_TEXT];
    const char *rest;
    for (size_t i = 0; s && i < s->n; i++)
        if (tv_name_split(s->at[i]->name, "links", found, &rest) && !strcmp(found, class)) return true;
    return false;
}

const char *tv_report_network(struct tv_str *b, const struct tv_report *r)
{
    size_t n;
    const char *error = NULL;
    char **key = tv_report_keys_new(&r->all, "sim", &n);
    if (n) tv_object_open(b, "network", '[');
    for (size_t k = 0; k < n && !error; k++) {
        struct tv_figure f = r->all;
        struct tv_relation relation = {0};
        f.class = key[k];
        f.layers = "*";
        f.top = r->top;
        for (int part = TV_PART_SOURCE_LINKS; part <= TV_PART_TARGET_LINKS; part++)
            if (!has_links(f.part[part], key[k])) f.part[part] = NULL;
        error = tv_relation_load(&relation, &f);
        if (!error) error = put_class(b, r, &relation);
        tv_relation_release(&relation);
    }
    if (n) tv_object_close(b, ']');
    if (key) tv_split_free(key);
    return error;
}
