/* analysis/neurons.c - see neurons.h. */
#include "analysis/neurons.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "core/err.h"
#include "core/mem.h"
#include "core/names.h"
#include "core/str.h"
#include "num/sort.h"

void tv_neurons_init(struct tv_neurons *s, const struct tv_graph *g, const bool *chosen)
{
    size_t n = (size_t)g->n_layers;
    *s = (struct tv_neurons){g, chosen, TV_ARRAY(int32_t *, n), TV_ARRAY(int64_t, n), TV_ARRAY(size_t, n)};
}

void tv_neurons_release(struct tv_neurons *s)
{
    for (int l = 0; s->at && l < s->g->n_layers; l++) free(s->at[l]);
    free(s->at), free(s->n), free(s->cap);
    *s = (struct tv_neurons){0};
}

int64_t tv_neurons_count(const struct tv_neurons *s)
{
    int64_t n = 0;
    for (int l = 0; l < s->g->n_layers; l++) n += s->n[l];
    return n;
}

/* A neuron of the layer called `name`, as `where` has it. */
static const char *add(struct tv_neurons *s, const char *name, int64_t neuron, const char *where)
{
    int l = tv_graph_layer(s->g, name);
    if (l < 0) return tv_msg("%s: %s has no layer %s; is it of another model?", where, s->g->name, name);
    if (neuron < 0 || neuron >= s->g->layer[l].channels)
        return tv_msg("%s: want neurons of %s below %lld, got %lld", where, name,
                      (long long)s->g->layer[l].channels, (long long)neuron);
    for (int64_t i = 0; i < s->n[l]; i++)
        if (s->at[l][i] == neuron) return NULL;
    if (!s->chosen[l]) return NULL;
    s->at[l] = tv_grow(s->at[l], &s->cap[l], (size_t)s->n[l] + 1, sizeof *s->at[l]);
    s->at[l][s->n[l]++] = (int32_t)neuron;
    return NULL;
}

const char *tv_neurons_class(bool *is, const char *class, const char *classes, const char *names)
{
    const char *error = NULL;
    int64_t k, own;
    *is = !classes;
    char **word = classes ? tv_split_new(classes, ',', NULL) : NULL;
    for (char **w = word; w && *w && !error; w++) {
        if (!strcmp(*w, "all") || !tv_parse_int(class, &own))
            *is |= !strcmp(*w, class);
        else if (!(error = tv_class_find(&k, *w, names)))
            *is |= k == own;
    }
    tv_split_free(word);
    return error;
}

const char *tv_neurons_ranked(struct tv_neurons *s, const struct tv_set *ranks, const char *classes,
                              int64_t top)
{
    const char *error = NULL, *names = tv_attrs_get(&ranks->meta, "classes"), *layer;
    char class[TV_CLASS_TEXT];
    bool any = false, wanted;
    for (size_t i = 0; i < ranks->n && !error; i++) {
        const struct tv_tensor *t = ranks->at[i];
        if (!tv_name_split(t->name, "top", class, &layer) || t->dtype == TV_STR) continue;
        error = tv_neurons_class(&wanted, class, classes, names);
        if (error || !wanted) continue;
        any = true;
        for (int64_t k = 0; k < tv_tensor_count(t) && k < top && !error; k++)
            error = add(s, layer, (int64_t)tv_tensor_get(t, k), ranks->name);
    }
    if (error || any) return error;
    return tv_msg("%s: want top/<class>/<layer>%s%s, found none; tv-rank makes it", ranks->name,
                  classes ? " of class " : "", classes ? classes : "");
}

static const char *add_discriminative(struct tv_neurons *s, const struct tv_set *d, const char *class,
                                      int64_t top)
{
    const struct tv_tensor *u = tv_set_find(d, tv_msg("discrim/%s/u", class));
    const struct tv_tensor *layer = tv_set_find(d, tv_msg("discrim/%s/layer", class));
    const struct tv_tensor *neuron = tv_set_find(d, tv_msg("discrim/%s/neuron", class));
    int64_t n = tv_tensor_count(u);
    if (!layer || !neuron || layer->dtype != TV_STR || neuron->dtype == TV_STR ||
        tv_tensor_count(layer) != n || tv_tensor_count(neuron) != n)
        return tv_msg("%s: want discrim/%s/layer and neuron as long as u; tv-discrim makes them", d->name,
                      class);
    double *size = tv_tensor_f64_new(u);
    int32_t *order = TV_ARRAY(int32_t, (size_t)n);
    const char *error = NULL;
    for (int64_t i = 0; i < n; i++) size[i] = fabs(size[i]);
    tv_argsort_desc_f64(order, size, n);
    for (int64_t k = 0; k < n && k < top && !error; k++)
        error = add(s, ((char **)layer->data)[order[k]], (int64_t)tv_tensor_get(neuron, order[k]), d->name);
    free(size);
    free(order);
    return error;
}

const char *tv_neurons_discriminative(struct tv_neurons *s, const struct tv_set *discrim, const char *classes,
                                      int64_t top)
{
    const char *error = NULL, *names = tv_attrs_get(&discrim->meta, "classes"), *rest;
    char class[TV_CLASS_TEXT];
    bool any = false, wanted;
    for (size_t i = 0; i < discrim->n && !error; i++) {
        if (!tv_name_split(discrim->at[i]->name, "discrim", class, &rest) || strcmp(rest, "u")) continue;
        error = tv_neurons_class(&wanted, class, classes, names);
        if (error || !wanted) continue;
        any = true;
        error = add_discriminative(s, discrim, class, top);
    }
    if (error || any) return error;
    return tv_msg("%s: want discrim/<class>/u%s%s, found none; tv-discrim makes it", discrim->name,
                  classes ? " of class " : "", classes ? classes : "");
}

const char *tv_neurons_listed(struct tv_neurons *s, const char *list)
{
    const char *error = NULL;
    char **word = tv_split_new(list, ',', NULL);
    for (char **w = word; *w && !error; w++) {
        char *colon = strrchr(*w, ':');
        int64_t neuron;
        if (!colon || !tv_parse_int(colon + 1, &neuron))
            error = tv_msg("--neurons: want LAYER:NEURON,... got \"%s\"", *w);
        else {
            *colon = 0;
            error = add(s, *w, neuron, "--neurons");
        }
    }
    tv_split_free(word);
    return error;
}
