/* fig/ranking.c - see ranking.h. */
#include "fig/ranking.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "core/mem.h"
#include "fig/figure_parts.h"
#include "num/sort.h"

const struct tv_tensor *tv_ranking_find(const struct tv_ranking *r, const struct tv_figure *f,
                                        const char *name)
{
    return tv_figure_find(f, "discrim/%s/%s", r->key, name);
}

static const char *load_columns(struct tv_ranking *r, const struct tv_figure *f)
{
    const struct tv_tensor *u = tv_ranking_find(r, f, "u"), *layer = tv_ranking_find(r, f, "layer");
    const struct tv_tensor *neuron = tv_ranking_find(r, f, "neuron");
    if (!u || !layer || !neuron)
        return tv_figure_missing(f, tv_msg("discrim/%s/u with its layer and neuron", r->key), "tv-discrim");
    const char *error = tv_figure_shape(u, 1, -1, -1);
    if (!error) error = tv_figure_shape(layer, 1, u->dim[0], -1);
    if (!error) error = tv_figure_shape(neuron, 1, u->dim[0], -1);
    if (!error && layer->dtype != TV_STR)
        error = tv_msg("%s: want strings, got %s", layer->name, tv_tensor_text(layer));
    if (error) return error;
    r->n = u->dim[0];
    r->u = tv_tensor_f64_new(u);
    r->neuron = tv_tensor_i64_new(neuron);
    r->layer = layer->data;
    return NULL;
}

/* keep[i]: is neuron i of a layer that --layers asks for? */
static const char *choose_layers(bool *keep, const struct tv_ranking *r, const struct tv_figure *f)
{
    const char **name = TV_ARRAY(const char *, (size_t)r->n);
    bool *layer_kept = TV_ARRAY(bool, (size_t)r->n);
    int layers = 0;
    for (int64_t i = 0; i < r->n; i++) /* columns go layer by layer */
        if (i == 0 || strcmp(r->layer[i], r->layer[i - 1])) name[layers++] = r->layer[i];
    const char *error = tv_figure_layers(layer_kept, f, name, NULL, layers);
    for (int64_t i = 0, l = -1; i < r->n; i++) {
        if (i == 0 || strcmp(r->layer[i], r->layer[i - 1])) l++;
        keep[i] = layer_kept[l];
    }
    free(name);
    free(layer_kept);
    return error;
}

static const char *rank_neurons(struct tv_ranking *r, const struct tv_figure *f, int64_t top)
{
    bool *keep = TV_ARRAY(bool, (size_t)r->n);
    double *size = TV_ARRAY(double, (size_t)r->n);
    int32_t *order = TV_ARRAY(int32_t, (size_t)r->n);
    const char *error = choose_layers(keep, r, f);
    for (int64_t i = 0; i < r->n; i++) size[i] = fabs(r->u[i]);
    tv_argsort_desc_f64(order, size, r->n);
    r->rank = TV_ARRAY(int64_t, (size_t)r->n);
    r->order = TV_ARRAY(int32_t, (size_t)r->n);
    for (int64_t i = 0; i < r->n; i++) r->rank[order[i]] = i + 1;
    if (f->top > 0) top = f->top;
    for (int64_t i = 0; i < r->n && r->shown < top; i++) {
        int32_t j = order[f->order == TV_ORDER_LEAST ? r->n - 1 - i : i];
        if (keep[j]) r->order[r->shown++] = j;
    }
    free(keep);
    free(size);
    free(order);
    return error;
}

const char *tv_ranking_load(struct tv_ranking *r, const struct tv_figure *f, int64_t top)
{
    const char *error = tv_figure_class_key(&r->key, f, "discrim");
    if (error) return error;
    if (!r->key) return tv_figure_missing(f, "discrim/<class>/u", "tv-discrim");
    r->text = tv_figure_key_text_new(f, r->key);
    error = load_columns(r, f);
    return error ? error : rank_neurons(r, f, top);
}

void tv_ranking_release(struct tv_ranking *r)
{
    free(r->key);
    free(r->text);
    free(r->u);
    free(r->neuron);
    free(r->order);
    free(r->rank);
}

char *tv_ranking_text_new(const struct tv_ranking *r, const struct tv_figure *f)
{
    const struct tv_tensor *cv = tv_ranking_find(r, f, "cv"), *distance = tv_ranking_find(r, f, "adistance");
    struct tv_str b = {0};
    tv_str_add(&b, "%s neuron%s", tv_text_count(r->n), r->n == 1 ? "" : "s");
    if (cv && !isnan(tv_tensor_get(cv, 0)))
        tv_str_add(&b, TV_DOT "cross-validated accuracy %.3f", tv_tensor_get(cv, 0));
    if (distance && !isnan(tv_tensor_get(distance, 0)))
        tv_str_add(&b, TV_DOT "proxy A-distance %.2f", tv_tensor_get(distance, 0));
    return b.s;
}
