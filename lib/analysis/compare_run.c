/* analysis/compare_run.c - similarity and inheritance, class by class, of what compare.c matched. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "analysis/compare.h"
#include "analysis/inherit.h"
#include "analysis/similarity.h"
#include "core/err.h"
#include "core/mem.h"
#include "core/names.h"
#include "core/str.h"

/* ---- important neurons and links of a file ---- */

/* tv_attrib_indices() that counts what is missing. */
static const char *find_indices(const struct tv_tensor **t, const struct tv_set *s,
                                struct tv_compare_missing *missing, const char *name, int width,
                                const int64_t *limit)
{
    const char *bad = tv_attrib_indices(t, s, name, width, limit);
    if (!bad && !*t && missing->n++ == 0) missing->first = tv_strdup(name);
    return bad;
}

static void warn_missing(const struct tv_set *s, const struct tv_compare_missing *missing)
{
    int64_t others = missing->n - 1;
    if (others < 0) return;
    if (others == 0)
        tv_warn("%s: no %s: left out", s->name, missing->first);
    else
        tv_warn("%s: no %s, nor %lld other%s: left out", s->name, missing->first, (long long)others,
                others == 1 ? "" : "s");
}

/* ---- one layer ---- */

/* Counts the neurons whose attributions a (source) and b (target) are 0 for all images. */
static void count_zeros(struct tv_compare *c, const struct tv_compare_layer *layer, int32_t class,
                        const float *a, const float *b, int64_t images)
{
    int64_t source = tv_similarity_zeros(a, layer->neurons, images);
    int64_t target = tv_similarity_zeros(b, layer->neurons, images);
    if (source + target)
        tv_note("class %d, %s: %lld source and %lld target neurons have no attribution: similarity 0", class,
                layer->name, (long long)source, (long long)target);
    c->zeros += source + target;
}

static const char *write_tops(struct tv_compare_model *m, struct tv_writer *w,
                              const struct tv_compare_layer *layer, int64_t own_class, int32_t class,
                              const char *side)
{
    const struct tv_tensor *t;
    if (!m->ranks.n) return NULL;
    char *from = tv_format_new("top/%lld/%s", (long long)own_class, layer->name);
    char *to = tv_format_new("sim/%d/%s/%s-top", class, layer->name, side);
    const char *bad = find_indices(&t, &m->ranks, &m->missing_ranks, from, 1, &layer->neurons);
    if (!bad && t) tv_writer_array(w, to, TV_I32, 1, t->dim, t->data, NULL);
    free(to);
    free(from);
    return bad;
}

static void write_similarity(const struct tv_compare *c, struct tv_writer *w,
                             const struct tv_compare_layer *layer, int32_t class, const double *sim,
                             int64_t images)
{
    const int64_t dim[] = {layer->neurons, layer->neurons};
    struct tv_attrs attrs = {0};
    char *name = tv_format_new("sim/%d/%s", class, layer->name);
    char *class_name = tv_class_name_new(c->target.attribs.census.names, class);
    tv_attrib_describe(&attrs, c->target.attribs.value[layer->target], class_name, images);
    tv_writer_array(w, name, TV_F64, 2, dim, sim, &attrs);
    tv_attrs_release(&attrs);
    free(class_name);
    free(name);
}

/* Similarities of one layer over the images rows[0..n) of a class; fills layer->best. */
static const char *compare_layer(struct tv_compare *c, struct tv_writer *w, struct tv_compare_layer *layer,
                                 int32_t class, const int32_t *rows, int64_t n)
{
    int64_t neurons = layer->neurons;
    float *a = tv_alloc_aligned((size_t)n, (size_t)neurons * sizeof *a);
    float *b = tv_alloc_aligned((size_t)n, (size_t)neurons * sizeof *b);
    double *sim = tv_alloc_aligned((size_t)neurons, (size_t)neurons * sizeof *sim);
    const char *bad = tv_attribs_gather(a, &c->source.attribs, layer->source, rows, n);
    if (!bad) bad = tv_attribs_gather(b, &c->target.attribs, layer->target, rows, n);
    if (!bad) {
        count_zeros(c, layer, class, a, b, n);
        tv_similarity_cosine(sim, a, neurons, b, neurons, n);
        tv_similarity_best(layer->best, sim, neurons, neurons);
        write_similarity(c, w, layer, class, sim, n);
        bad = write_tops(&c->source, w, layer, c->source_class[class], class, "source");
    }
    if (!bad) bad = write_tops(&c->target, w, layer, class, class, "target");
    free(sim);
    free(b);
    free(a);
    return bad;
}

/* ---- one set of links ---- */

static const struct tv_compare_layer *find_layer(const struct tv_compare *c, const char *name, size_t length)
{
    for (int l = 0; l < c->layers; l++) {
        if (strlen(c->layer[l].name) == length && !strncmp(c->layer[l].name, name, length))
            return &c->layer[l];
    }
    return NULL;
}

static void write_inheritance(struct tv_writer *w, int32_t class, const char *pair, size_t pair_length,
                              const struct tv_tensor *target, const struct tv_tensor *source,
                              const struct tv_compare_layer *a, const struct tv_compare_layer *b)
{
    int64_t dim[] = {target->dim[0], 2};
    bool *inherited = TV_ARRAY(bool, dim[0]);
    int32_t *counterpart = TV_ARRAY(int32_t, 2 * dim[0]);
    char *name = tv_format_new("sim/%d/%.*s/inherited", class, (int)pair_length, pair);
    tv_inherit(inherited, counterpart, target->data, dim[0], source->data, source->dim[0], a->best, b->best);
    tv_writer_array(w, name, TV_BOOL, 1, dim, inherited, NULL);
    free(name);
    name = tv_format_new("sim/%d/%.*s/counterpart", class, (int)pair_length, pair);
    tv_writer_array(w, name, TV_I32, 2, dim, counterpart, NULL);
    free(name);
    free(counterpart);
    free(inherited);
}

/* `pair`: "conv1..conv2/top" of the target's links in this class. */
static const char *compare_links(struct tv_compare *c, struct tv_writer *w, int32_t class, const char *pair)
{
    const char *dots = strstr(pair, ".."), *end = strrchr(pair, '/');
    const struct tv_compare_layer *a = dots ? find_layer(c, pair, (size_t)(dots - pair)) : NULL;
    const struct tv_compare_layer *b =
        dots && end > dots ? find_layer(c, dots + 2, (size_t)(end - dots - 2)) : NULL;
    if (!a || !b) return NULL; /* not among the compared layers */
    const int64_t limit[] = {a->neurons, b->neurons};
    const struct tv_tensor *target, *source = NULL;
    char *own = tv_format_new("links/%d/%s", class, pair);
    char *other = tv_format_new("links/%lld/%s", (long long)c->source_class[class], pair);
    const char *bad = find_indices(&target, &c->target.links, &c->target.missing_links, own, 2, limit);
    if (!bad) bad = find_indices(&source, &c->source.links, &c->source.missing_links, other, 2, limit);
    if (!bad && source) write_inheritance(w, class, pair, (size_t)(end - pair), target, source, a, b);
    free(other);
    free(own);
    return bad;
}

/* ---- one class ---- */

static const char *compare_class(struct tv_compare *c, struct tv_writer *w, int32_t class, int32_t *rows)
{
    const char *bad = NULL, *pair;
    int64_t n = tv_attribs_rows(rows, &c->target.attribs, class);
    for (int l = 0; l < c->layers && !bad; l++) bad = compare_layer(c, w, &c->layer[l], class, rows, n);
    int64_t sets = 0;
    for (size_t i = 0; i < c->target.links.n && !bad; i++) {
        char own[TV_CLASS_TEXT], want[TV_CLASS_TEXT];
        snprintf(want, sizeof want, "%d", class);
        if (!tv_name_split(c->target.links.at[i]->name, "links", own, &pair) || strcmp(own, want)) continue;
        bad = compare_links(c, w, class, pair);
        sets++;
    }
    if (!bad && c->target.links.n && !sets && c->target.missing_links.n++ == 0)
        c->target.missing_links.first = tv_format_new("links/%d/*", class);
    return bad;
}

const char *tv_compare_run(struct tv_compare *c, struct tv_writer *w)
{
    int32_t *rows = TV_ARRAY(int32_t, c->target.attribs.images);
    const char *bad = NULL;
    tv_attrib_write_meta(w, &c->target.attribs.set.meta, true);
    for (int64_t i = 0; i < c->classes.n && !bad; i++) bad = compare_class(c, w, c->classes.at[i], rows);
    free(rows);
    if (bad) return bad;
    if (c->zeros)
        tv_warn("%lld neurons, counted per class and model, have no attribution for any image: "
                "similarity 0; -v "
                "names their layers",
                (long long)c->zeros);
    warn_missing(&c->source.ranks, &c->source.missing_ranks);
    warn_missing(&c->target.ranks, &c->target.missing_ranks);
    warn_missing(&c->source.links, &c->source.missing_links);
    warn_missing(&c->target.links, &c->target.missing_links);
    return NULL;
}
