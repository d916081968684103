/* fig/relation.c - see relation.h. */
#include "fig/relation.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "core/mem.h"
#include "core/names.h"
#include "fig/axis.h"
#include "fig/figure_parts.h"

enum { LAYERS = 5, TOP = 10 };

/* ---- layers ---- */

/* Layers of the tensors sim/<class>/<layer>, in stream order, and their ONNX nodes (NULL: not known).  New
 * arrays of borrowed strings. */
static int find_layers(const char ***name, const char ***node, const struct tv_relation *r,
                       const struct tv_figure *f)
{
    size_t names = 0, nodes = 0;
    char class[TV_CLASS_TEXT];
    int n = 0;
    *name = *node = NULL;
    for (size_t i = 0; i < f->n; i++)
        for (size_t k = 0; k < f->stream[i].n; k++) {
            const struct tv_tensor *t = f->stream[i].at[k];
            const char *rest;
            if (!tv_name_split(t->name, "sim", class, &rest) || strcmp(class, r->key) || strchr(rest, '/'))
                continue;
            *name = tv_grow(*name, &names, (size_t)n + 1, sizeof **name);
            *node = tv_grow(*node, &nodes, (size_t)n + 1, sizeof **node);
            (*name)[n] = rest;
            (*node)[n++] = tv_attrs_get(&t->attrs, "node");
        }
    return n;
}

/* The important neurons of one model: from tv-sim's output, else from the ranks given by option. */
static const char *load_top(struct tv_relation_layer *l, enum tv_side s, const struct tv_relation *r,
                            const struct tv_figure *f)
{
    const struct tv_set *ranks = f->part[s == TV_SOURCE ? TV_PART_SOURCE_RANKS : TV_PART_TARGET_RANKS];
    const struct tv_tensor *t = tv_figure_find(f, "sim/%s/%s/%s-top", r->key, l->name, tv_side_name[s]);
    if (!t && ranks) t = tv_set_find(ranks, tv_msg("top/%s/%s", r->key, l->name));
    if (!t)
        return tv_figure_missing(
            f, tv_msg("the important neurons sim/%s/%s/%s-top", r->key, l->name, tv_side_name[s]),
            tv_msg("tv-sim or tv-plot, given tv-rank's output as --%s-ranks,", tv_side_name[s]));
    const char *error = tv_figure_shape(t, 1, -1, -1);
    if (error) return error;
    l->important[s] = t->dim[0];
    l->top[s] = tv_tensor_i64_new(t);
    for (int64_t k = 0; k < l->important[s]; k++)
        if (l->top[s][k] < 0 || l->top[s][k] >= l->neurons[s])
            return tv_msg("%s: want neurons below %lld, got %lld", t->name, (long long)l->neurons[s],
                          (long long)l->top[s][k]);
    return NULL;
}

static const char *load_layer(struct tv_relation_layer *l, const struct tv_relation *r,
                              const struct tv_figure *f)
{
    const struct tv_tensor *t = tv_figure_find(f, "sim/%s/%s", r->key, l->name);
    const char *error = tv_figure_shape(t, 2, -1, -1);
    if (error) return error;
    int64_t most = f->top > 0 ? f->top : TOP;
    l->sim = tv_tensor_f64_new(t);
    for (int s = 0; s < 2; s++) {
        l->neurons[s] = t->dim[s];
        error = load_top(l, (enum tv_side)s, r, f);
        if (error) return error;
        l->shown[s] = (int)(l->important[s] < most ? l->important[s] : most);
        l->place[s] = TV_ARRAY(int, (size_t)l->neurons[s]);
        for (int64_t j = 0; j < l->neurons[s]; j++) l->place[s][j] = -1;
        for (int k = 0; k < l->shown[s]; k++) l->place[s][l->top[s][k]] = k;
    }
    return NULL;
}

static const char *load_layers(struct tv_relation *r, const struct tv_figure *f)
{
    const char **name, **node;
    int n = find_layers(&name, &node, r, f);
    bool *keep = TV_ARRAY(bool, (size_t)n);
    int last = f->last_layers > 0 ? f->last_layers : LAYERS;
    const char *error = n ? tv_figure_layers(keep, f, name, node, n)
                          : tv_figure_missing(f, tv_msg("sim/%s/<layer>", r->key), "tv-sim");
    r->layer = TV_ARRAY(struct tv_relation_layer, (size_t)n);
    for (int i = 0; i < n && !error; i++) {
        if (!keep[i] || (!f->layers && i < n - last)) continue;
        struct tv_relation_layer *l = &r->layer[r->n];
        l->rows = r->n % 2 ? TV_SOURCE : TV_TARGET;
        l->name = tv_strdup(name[i]);
        r->n++;
        error = load_layer(l, r, f);
    }
    free(name);
    free(node);
    free(keep);
    return error;
}

/* ---- links ---- */

/* What tv-sim found about the target's links; absent without links. */
static const char *load_inherited(struct tv_relation *r, const struct tv_figure *f, int i)
{
    struct tv_relation_links *l = &r->links[TV_TARGET][i];
    const char *pair = tv_msg("%s..%s", r->layer[i].name, r->layer[i + 1].name);
    const struct tv_tensor *is = tv_figure_find(f, "sim/%s/%s/inherited", r->key, pair);
    const struct tv_tensor *to = tv_figure_find(f, "sim/%s/%s/counterpart", r->key, pair);
    if (!is || !l->known) return NULL;
    const char *error = tv_figure_shape(is, 1, l->n, -1);
    if (!error && to) error = tv_figure_shape(to, 2, l->n, 2);
    if (error) return error;
    r->inherited = true;
    for (int64_t k = 0; k < l->n; k++) {
        l->at[k].inherited = tv_tensor_get(is, k) != 0;
        for (int e = 0; e < 2 && to; e++) l->at[k].counterpart[e] = (int64_t)tv_tensor_get(to, 2 * k + e);
    }
    return NULL;
}

static const char *load_pair(struct tv_relation *r, const struct tv_set *set, enum tv_side s, int i)
{
    const struct tv_relation_layer *a = &r->layer[i], *b = &r->layer[i + 1];
    struct tv_relation_links *l = &r->links[s][i];
    char *name = tv_format_new("links/%s/%s..%s", r->key, a->name, b->name);
    const struct tv_tensor *top = tv_set_find(set, tv_msg("%s/top", name));
    const struct tv_tensor *value = tv_set_find(set, tv_msg("%s/value", name));
    const char *error = NULL;
    free(name);
    if (!top || !value) return NULL;
    error = tv_figure_shape(top, 2, -1, 2);
    if (!error) error = tv_figure_shape(value, 2, a->neurons[s], b->neurons[s]);
    if (error) return error;
    l->known = true;
    l->n = top->dim[0];
    l->at = TV_ARRAY(struct tv_relation_link, (size_t)l->n);
    for (int64_t k = 0; k < l->n; k++) {
        int64_t p = (int64_t)tv_tensor_get(top, 2 * k), q = (int64_t)tv_tensor_get(top, 2 * k + 1);
        if (p < 0 || p >= a->neurons[s] || q < 0 || q >= b->neurons[s])
            return tv_msg("%s: want pairs below %lld, %lld, got %lld, %lld", top->name,
                          (long long)a->neurons[s], (long long)b->neurons[s], (long long)p, (long long)q);
        l->at[k] = (struct tv_relation_link){
            .a = p, .b = q, .value = tv_tensor_get(value, p * b->neurons[s] + q), .counterpart = {-1, -1}};
    }
    return NULL;
}

static const char *load_links(struct tv_relation *r, const struct tv_figure *f)
{
    size_t pairs = r->n > 1 ? (size_t)r->n - 1 : 0;
    const char *error = NULL;
    for (int s = 0; s < 2; s++) {
        const struct tv_set *set = f->part[s == TV_SOURCE ? TV_PART_SOURCE_LINKS : TV_PART_TARGET_LINKS];
        r->links[s] = TV_ARRAY(struct tv_relation_links, pairs);
        bool any = !set || pairs == 0;
        for (size_t i = 0; i < pairs && set && !error; i++) {
            error = load_pair(r, set, (enum tv_side)s, (int)i);
            any |= r->links[s][i].known;
        }
        if (!error && !any)
            error = tv_msg("%s: want links/%s/<a>..<b>/top and value of the layers shown, found none; "
                           "tv-weights --class %s "
                           "makes them",
                           set->name, r->key, r->key);
    }
    for (size_t i = 0; i < pairs && !error; i++) error = load_inherited(r, f, (int)i);
    return error;
}

bool tv_relation_range(const struct tv_relation *r, int i, double *lo, double *hi)
{
    *lo = INFINITY;
    *hi = -INFINITY;
    for (int s = 0; s < 2; s++)
        for (int64_t k = 0; k < r->links[s][i].n; k++)
            tv_range_add(lo, hi, &r->links[s][i].at[k].value, 1, 1);
    bool any = *lo <= *hi;
    if (any && *lo > 0) *lo = 0; /* darkness is measured from nothing */
    if (any) tv_range_settle(lo, hi);
    return any;
}

/* ---- all ---- */

const char *tv_relation_load(struct tv_relation *r, const struct tv_figure *f)
{
    const char *error = tv_figure_class_key(&r->key, f, "sim");
    if (error) return error;
    if (!r->key) return tv_figure_missing(f, "sim/<class>/<layer>", "tv-sim");
    r->text = tv_figure_key_text_new(f, r->key);
    error = load_layers(r, f);
    return error ? error : load_links(r, f);
}

void tv_relation_release(struct tv_relation *r)
{
    for (int i = 0; i < r->n; i++) {
        free(r->layer[i].name);
        free(r->layer[i].sim);
        for (int s = 0; s < 2; s++) {
            free(r->layer[i].top[s]);
            free(r->layer[i].place[s]);
            if (r->links[s] && i + 1 < r->n) free(r->links[s][i].at);
        }
    }
    for (int s = 0; s < 2; s++) free(r->links[s]);
    free(r->layer);
    free(r->key);
    free(r->text);
}
