/* analysis/domains_run.c - a class's matrix, its discriminability, and the tensors that hold it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "analysis/domains.h"
#include "core/err.h"
#include "core/mem.h"
#include "core/names.h"
#include "core/str.h"

/* Everything about one class. */
struct job {
    const struct tv_domains *d;
    int32_t class;
    char class_text[TV_CLASS_TEXT];
    struct tv_domains_column *column;
    int64_t columns;
    int32_t *rows; /* images of the source, then of the target */
    int64_t source, target;
    struct tv_discrim result;
};

/* ---- the matrix ---- */

/* a[i * j->columns + ...] = the attributions of images rows[0..n) of one domain for the columns. */
static const char *fill_rows(double *a, const struct job *j, const struct tv_attribs *from, const int *layer,
                             const int32_t *rows, int64_t n)
{
    const char *bad = NULL;
    int32_t *neuron = TV_ARRAY(int32_t, j->columns);
    for (int64_t k = 0; k < j->columns; k++) neuron[k] = j->column[k].neuron;
    for (int64_t first = 0, end; first < j->columns && !bad; first = end) { /* layer by layer */
        int l = j->column[first].layer;
        for (end = first + 1; end < j->columns && j->column[end].layer == l;) end++;
        bad = tv_attribs_pick(a + first, j->columns, from, layer[l], rows, n, neuron + first, end - first);
    }
    free(neuron);
    return bad;
}

static const char *discriminate(struct job *j)
{
    const struct tv_domains *d = j->d;
    double *a = tv_alloc_aligned((size_t)(j->source + j->target), (size_t)j->columns * sizeof *a);
    double *target = a + j->source * j->columns;
    const char *bad = fill_rows(a, j, &d->source, d->source_layer, j->rows, j->source);
    if (!bad) bad = fill_rows(target, j, &d->target, d->target_layer, j->rows + j->source, j->target);
    if (!bad) {
        bad = tv_discrim_run(&j->result, a, j->source, j->target, j->columns, &d->o->discrim);
        if (bad) bad = tv_msg("class %s: %s", j->class_text, bad);
    }
    free(a);
    return bad;
}

/* ---- the tensors ---- */

static void put(const struct job *j, struct tv_writer *w, const char *what, enum tv_dtype t, int rank,
                int64_t d0, int64_t d1, int64_t d2, const void *data)
{
    const int64_t dim[] = {d0, d1, d2};
    char *name = tv_format_new("discrim/%s/%s", j->class_text, what);
    tv_writer_array(w, name, t, rank, dim, data, NULL);
    free(name);
}

static void put_weights(const struct job *j, struct tv_writer *w)
{
    char *name = tv_format_new("discrim/%s/u", j->class_text);
    char *class_name =
        j->class == TV_ALL_CLASSES ? NULL : tv_class_name_new(j->d->target.census.names, j->class);
    struct tv_attrs attrs = {0};
    if (class_name) tv_attrs_set(&attrs, "class-name", class_name);
    tv_attrs_setf(&attrs, "source-instances", "%lld", (long long)j->source);
    tv_attrs_setf(&attrs, "target-instances", "%lld", (long long)j->target);
    tv_attrs_setf(&attrs, "folds", "%lld", (long long)j->result.folds);
    tv_writer_array(w, name, TV_F64, 1, &j->columns, j->result.u, &attrs);
    tv_attrs_release(&attrs);
    free(class_name);
    free(name);
}

static void put_columns(const struct job *j, struct tv_writer *w)
{
    const char **layer = TV_ARRAY(const char *, j->columns);
    int32_t *neuron = TV_ARRAY(int32_t, j->columns);
    for (int64_t k = 0; k < j->columns; k++) {
        layer[k] = j->d->target.layer[j->d->target_layer[j->column[k].layer]];
        neuron[k] = j->column[k].neuron;
    }
    put(j, w, "layer", TV_STR, 1, j->columns, 0, 0, layer);
    put(j, w, "neuron", TV_I32, 1, j->columns, 0, 0, neuron);
    free(neuron);
    free(layer);
}

/* The class of an image by the target's indices; -1: none, or one that the target does not have. */
static int32_t label_of(const struct job *j, int64_t i)
{
    const struct tv_domains *d = j->d;
    if (i >= j->source) return d->target.label ? d->target.label[j->rows[i]] : -1;
    int32_t own = d->source.label ? d->source.label[j->rows[i]] : -1;
    if (own < 0 || d->source_class[own] == own) return own;
    for (int32_t c = 0; c < d->target.census.classes; c++) {
        if (d->source_class[c] == own) return c;
    }
    return -1;
}

static const char *path_of(const struct tv_attribs *a, int32_t image)
{
    const struct tv_tensor *t = tv_set_find(&a->set, "path");
    bool there = t && t->dtype == TV_STR && t->rank == 1 && image < t->dim[0];
    return there ? ((char **)t->data)[image] : "";
}

static void put_instances(const struct job *j, struct tv_writer *w)
{
    int64_t n = j->source + j->target;
    const char **domain = TV_ARRAY(const char *, n), **path = TV_ARRAY(const char *, n);
    int32_t *label = TV_ARRAY(int32_t, n);
    for (int64_t i = 0; i < n; i++) {
        domain[i] = i < j->source ? "source" : "target";
        path[i] = path_of(i < j->source ? &j->d->source : &j->d->target, j->rows[i]);
        label[i] = label_of(j, i);
    }
    put(j, w, "domain", TV_STR, 1, n, 0, 0, domain);
    put(j, w, "label", TV_I32, 1, n, 0, 0, label);
    put(j, w, "row", TV_I32, 1, n, 0, 0, j->rows);
    put(j, w, "path", TV_STR, 1, n, 0, 0, path);
    free(label);
    free(path);
    free(domain);
}

static void put_result(const struct job *j, struct tv_writer *w)
{
    const struct tv_discrim *r = &j->result;
    int64_t n = j->source + j->target;
    put_weights(j, w);
    put_columns(j, w);
    put(j, w, "bias", TV_F64, 0, 0, 0, 0, &r->bias);
    put(j, w, "cost", TV_F64, 0, 0, 0, 0, &r->cost);
    put(j, w, "cv", TV_F64, 0, 0, 0, 0, &r->cv);
    put(j, w, "adistance", TV_F64, 0, 0, 0, 0, &r->adistance);
    put(j, w, "histogram", TV_I32, 3, j->columns, 2, TV_DISCRIM_BINS, r->histogram);
    put(j, w, "range", TV_F64, 2, j->columns, 2, 0, r->range);
    put(j, w, "decision", TV_F64, 1, n, 0, 0, r->decision);
    put_instances(j, w);
    put(j, w, "common", TV_I32, 1, r->commons, 0, 0, r->common);
    put(j, w, "projection", TV_F64, 2, n, 2, 0, r->projection);
    put(j, w, "axes", TV_F64, 2, j->columns, 2, 0, r->axes);
    put(j, w, "boundary", TV_F64, 0, 0, 0, 0, &r->boundary);
}

/* ---- */

static void say(const struct job *j)
{
    const struct tv_discrim *r = &j->result;
    if (r->folds == 0)
        tv_warn("class %s: %lld source and %lld target instances are too few to cross-validate: cv and "
                "adistance are "
                "NaN",
                j->class_text, (long long)j->source, (long long)j->target);
    else
        tv_note("class %s: %lld + %lld instances, %lld neurons, C %g: accuracy %.3f in %lld folds, "
                "A-distance %.3f",
                j->class_text, (long long)j->source, (long long)j->target, (long long)j->columns, r->cost,
                r->cv, (long long)r->folds, r->adistance);
}

static const char *run_class(const struct tv_domains *d, struct tv_writer *w, int32_t class)
{
    struct job j = {.d = d, .class = class};
    int64_t own = class == TV_ALL_CLASSES ? TV_ALL_CLASSES : d->source_class[class];
    if (class == TV_ALL_CLASSES)
        strcpy(j.class_text, "all");
    else
        snprintf(j.class_text, sizeof j.class_text, "%d", class);
    j.rows = TV_ARRAY(int32_t, d->source.images + d->target.images);
    j.source = tv_attribs_rows(j.rows, &d->source, (int32_t)own);
    j.target = tv_attribs_rows(j.rows + j.source, &d->target, class);
    const char *bad = tv_domains_columns_new(&j.column, &j.columns, d, class);
    if (!bad) bad = discriminate(&j);
    if (!bad) {
        put_result(&j, w);
        say(&j);
    }
    tv_discrim_release(&j.result);
    free(j.column);
    free(j.rows);
    return bad;
}

const char *tv_domains_run(struct tv_domains *d, struct tv_writer *w)
{
    tv_attrib_write_meta(w, &d->target.set.meta, false);
    const char *bad = d->classes.all ? run_class(d, w, TV_ALL_CLASSES) : NULL;
    for (int64_t i = 0; i < d->classes.n && !bad; i++) bad = run_class(d, w, d->classes.at[i]);
    return bad;
}
