/* analysis/domains.c - reading both domains, their common layers and classes, and a class's columns. */
#include "analysis/domains.h"
#include <stdlib.h>
#include <string.h>
#include "analysis/rank.h"
#include "core/err.h"
#include "core/mem.h"
#include "core/names.h"
#include "core/str.h"

/* ---- layers ---- */

static const char *layer_name(const struct tv_domains *d, int l)
{
    return d->target.layer[d->target_layer[l]];
}
static int64_t neurons_of(const struct tv_domains *d, int l)
{
    return tv_attribs_neurons(&d->target, d->target_layer[l]);
}

static const char *match_layer(struct tv_domains *d, int l)
{
    const char *name = d->target.layer[l];
    int same = tv_attribs_layer(&d->source, name);
    if (same < 0)
        return tv_msg("%s: want layer %s as %s has, found none: are both of one model?", d->source.name, name,
                      d->target.name);
    int64_t want = tv_attribs_neurons(&d->target, l), got = tv_attribs_neurons(&d->source, same);
    if (want != got)
        return tv_msg("%s: layer %s: want %lld neurons as %s has, got %lld: are both of one model?",
                      d->source.name, name, (long long)want, d->target.name, (long long)got);
    d->source_layer[d->layers] = same;
    d->target_layer[d->layers++] = l;
    return NULL;
}

static const char *choose_layers(struct tv_domains *d)
{
    int n = d->target.layers;
    bool *chosen = TV_ARRAY(bool, n);
    d->source_layer = TV_ARRAY(int, n);
    d->target_layer = TV_ARRAY(int, n);
    const char *bad = tv_attrib_choose(chosen, d->target.value, (size_t)n, d->o->layers);
    if (bad) bad = tv_msg("%s: %s", d->target.name, bad);
    for (int l = 0; l < n && !bad; l++) {
        if (chosen[l]) bad = match_layer(d, l);
    }
    free(chosen);
    return bad;
}

/* ---- classes ---- */

static int64_t instances(const struct tv_attribs *a, int64_t class)
{
    return class >= 0 && class < a->census.classes ? a->instances[class] : 0;
}

/* Of the chosen classes those that have images in both domains: with `*` in the list the others are left out
 * with a warning, else they are an error. */
static const char *keep_classes_of_both(struct tv_domains *d)
{
    int64_t kept = 0;
    for (int64_t i = 0; i < d->classes.n; i++) {
        int32_t class = d->classes.at[i];
        bool in_source = instances(&d->source, d->source_class[class]) > 0,
             in_target = instances(&d->target, class) > 0;
        const char *lacks = in_source ? d->target.name : d->source.name;
        if (in_source && in_target)
            d->classes.at[kept++] = class;
        else if (!d->classes.every)
            return tv_msg("%s: class %d: want images of it in both domains, found none here", lacks, class);
        else
            tv_warn("%s: class %d has no images here: left out", lacks, class);
    }
    d->classes.n = kept;
    return NULL;
}

static const char *choose_classes(struct tv_domains *d)
{
    static const char *const all[] = {"all"};
    const struct tv_strings everything = {.at = (const char **)all, .n = 1};
    const struct tv_class_census *s = &d->source.census, *t = &d->target.census;
    struct tv_class_census any = {.names = t->names,
                                  .classes = s->classes > t->classes ? s->classes : t->classes};
    int64_t *sum = TV_ARRAY(int64_t, any.classes);
    char *where = tv_format_new("%s, %s", s->where, t->where);
    d->source_class = tv_classes_match_new(&any, s->names);
    for (int64_t c = 0; c < any.classes; c++)
        sum[c] = instances(&d->source, d->source_class[c]) + instances(&d->target, c);
    any.instances = sum;
    any.where = where;
    const char *bad =
        tv_classes_choose(&d->classes, d->o->classes.n ? &d->o->classes : &everything, &any, true);
    free(where);
    free(sum);
    return bad ? bad : keep_classes_of_both(d);
}

/* Are classes other than `all` asked for, and is there a stream without any? */
static const char *check_labelled(const struct tv_domains *d)
{
    const struct tv_attribs *without = !d->source.label ? &d->source : !d->target.label ? &d->target : NULL;
    for (int i = 0; without && i < d->o->classes.n; i++) {
        if (strcmp(d->o->classes.at[i], "all"))
            return tv_msg("%s: %s", without->name, tv_attrib_no_classes(d->o->by));
    }
    return NULL;
}

/* ---- columns ---- */

/* The important neurons of layer `l` for a class, best first: top/<class>/<layer>.  New array. */
static const char *class_neurons_new(int32_t **neuron, int64_t *n, const struct tv_domains *d, int32_t class,
                                     int l)
{
    const struct tv_tensor *t;
    int64_t limit = neurons_of(d, l);
    char *name = tv_format_new("top/%d/%s", class, layer_name(d, l));
    const char *bad = tv_attrib_indices(&t, &d->neurons, name, 1, &limit);
    if (!bad && !t) bad = tv_msg("%s: want %s, found none; tv-rank makes it", d->neurons.name, name);
    free(name);
    if (bad) return bad;
    *n = t->dim[0];
    *neuron = TV_ARRAY(int32_t, *n);
    memcpy(*neuron, t->data, (size_t)*n * sizeof **neuron);
    return NULL;
}

/* Adds the summed ranks of layer `l` over the classes in the set; *top: how many neurons are important for
 * one. */
static const char *add_ranks(double *sum, int64_t *top, const struct tv_domains *d, int l)
{
    const char *layer = layer_name(d, l), *of;
    char class[TV_CLASS_TEXT];
    int64_t n = neurons_of(d, l), classes = 0;
    *top = 0;
    for (size_t i = 0; i < d->neurons.n; i++) {
        const struct tv_tensor *t = d->neurons.at[i];
        if (tv_name_split(t->name, "top", class, &of) && !strcmp(of, layer)) *top = tv_tensor_count(t);
        if (!tv_name_split(t->name, "rank", class, &of) || strcmp(of, layer)) continue;
        if (t->rank != 1 || t->dtype == TV_STR || t->dim[0] != n)
            return tv_msg("%s: %s: want summed ranks f64 [%lld], got %s: is it of the same model?",
                          d->neurons.name, t->name, (long long)n, tv_tensor_text(t));
        for (int64_t j = 0; j < n; j++) sum[j] += tv_tensor_get(t, j);
        classes++;
    }
    if (classes && *top >= 1 && *top <= n) return NULL;
    return tv_msg("%s: want rank/<class>/%s and top/<class>/%s, found none; tv-rank makes them",
                  d->neurons.name, layer, layer);
}

/* The neurons of layer `l` with the largest ranks summed over the classes, as many as are important for one.
 */
static const char *common_neurons_new(int32_t **neuron, int64_t *n, const struct tv_domains *d, int l)
{
    double *sum = TV_ARRAY(double, neurons_of(d, l));
    const char *bad = add_ranks(sum, n, d, l);
    if (!bad) {
        *neuron = TV_ARRAY(int32_t, *n);
        tv_rank_top(*neuron, *n, sum, neurons_of(d, l));
    }
    free(sum);
    return bad;
}

static void all_neurons_new(int32_t **neuron, int64_t *n, const struct tv_domains *d, int l)
{
    *n = neurons_of(d, l);
    *neuron = TV_ARRAY(int32_t, *n);
    for (int64_t j = 0; j < *n; j++) (*neuron)[j] = (int32_t)j;
}

const char *tv_domains_columns_new(struct tv_domains_column **columns, int64_t *n, const struct tv_domains *d,
                                   int32_t class)
{
    size_t cap = 0;
    const char *bad = NULL;
    *columns = NULL;
    *n = 0;
    for (int l = 0; l < d->layers && !bad; l++) {
        int32_t *neuron = NULL;
        int64_t k = 0;
        if (!d->o->neurons)
            all_neurons_new(&neuron, &k, d, l);
        else if (class == TV_ALL_CLASSES)
            bad = common_neurons_new(&neuron, &k, d, l);
        else
            bad = class_neurons_new(&neuron, &k, d, class, l);
        *columns = tv_grow(*columns, &cap, (size_t)(*n + k), sizeof **columns);
        for (int64_t j = 0; j < k && !bad; j++)
            (*columns)[(*n)++] = (struct tv_domains_column){.layer = l, .neuron = neuron[j]};
        free(neuron);
    }
    return bad;
}

/* ---- */

const char *tv_domains_open(struct tv_domains *d, const struct tv_domains_options *o)
{
    static const char *const ranks[] = {"rank/*", "top/*", NULL};
    *d = (struct tv_domains){.o = o};
    const char *bad = tv_attribs_read(&d->source, o->source, o->by, true);
    if (!bad) bad = tv_attribs_read(&d->target, o->target, o->by, true);
    if (bad) return bad;
    if (o->neurons) tv_set_read(&d->neurons, o->neurons, ranks);
    const char *source = tv_attrs_get(&d->source.set.meta, "model"),
               *target = tv_attrs_get(&d->target.set.meta, "model");
    if (source && target && strcmp(source, target))
        tv_warn("%s is of model %s, %s of %s: want attributions of one model", d->source.name, source,
                d->target.name, target);
    if (!(bad = choose_layers(d)) && !(bad = check_labelled(d))) bad = choose_classes(d);
    return bad;
}

void tv_domains_close(struct tv_domains *d)
{
    tv_attribs_release(&d->source);
    tv_attribs_release(&d->target);
    tv_set_release(&d->neurons);
    tv_classes_release(&d->classes);
    free(d->source_layer);
    free(d->target_layer);
    free(d->source_class);
    *d = (struct tv_domains){0};
}
