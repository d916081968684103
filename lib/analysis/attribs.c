/* analysis/attribs.c - attributions in a stream. */
#include "analysis/attribs.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "core/err.h"
#include "core/mem.h"
#include "core/names.h"

static const char prefix[] = "attrib/";
enum { PREFIX = sizeof prefix - 1, MAX_CLASSES = 1 << 20 };

/* ---- one tensor ---- */

const char *tv_attrib_layer(const char *tensor)
{
    return !strncmp(tensor, prefix, PREFIX) && tensor[PREFIX] ? tensor + PREFIX : NULL;
}

const char *tv_attrib_check(const struct tv_tensor *t)
{
    if (t->rank != 2)
        return tv_msg("%s: want 2 dimensions [images, neurons], got %s; was it reduced (tv-attrib --reduce)?",
                      t->name, tv_tensor_text(t));
    if (t->dtype == TV_STR || t->dim[1] < 1 || t->dim[1] > INT32_MAX)
        return tv_msg("%s: want numbers [images, neurons], got %s", t->name, tv_tensor_text(t));
    return NULL;
}

const char *tv_attrib_check_classes(const struct tv_tensor *t)
{
    if (t->rank != 1 || t->dtype == TV_STR || tv_dtype_is_float(t->dtype))
        return tv_msg("%s: want integers [images] as classes, got %s", t->name, tv_tensor_text(t));
    return NULL;
}

const char *tv_attrib_check_class(const char *by, int32_t class)
{
    return class < MAX_CLASSES ? NULL
                               : tv_msg("%s: want class indices below %d, got %d", by, MAX_CLASSES, class);
}

const char *tv_attrib_none(void)
{
    return tv_msg("want attributions %s<layer>, found none; tv-attrib makes them of a model and a dataset",
                  prefix);
}

const char *tv_attrib_no_classes(const char *by)
{
    return tv_msg(
        "want tensor %s with the images' classes, found none; --by names another one (attrib.target)", by);
}

const char *tv_attrib_choose(bool *chosen, struct tv_tensor *const *t, size_t n, const char *list)
{
    const char **name = TV_ARRAY(const char *, n), **node = TV_ARRAY(const char *, n);
    for (size_t i = 0; i < n; i++) {
        name[i] = tv_attrib_layer(t[i]->name);
        node[i] = tv_attrs_get(&t[i]->attrs, "node");
    }
    const char *bad = tv_names_choose(chosen, &(struct tv_names){.n = n, .name = name, .alias = node}, list);
    free(name);
    free(node);
    return bad;
}

void tv_attrib_describe(struct tv_attrs *attrs, const struct tv_tensor *layer, const char *class_name,
                        int64_t instances)
{
    const char *const keys[] = {"kind", "node"};
    if (class_name) tv_attrs_set(attrs, "class-name", class_name);
    tv_attrs_setf(attrs, "instances", "%lld", (long long)instances);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        const char *value = tv_attrs_get(&layer->attrs, keys[i]);
        if (value) tv_attrs_set(attrs, keys[i], value);
    }
}

void tv_attrib_write_meta(struct tv_writer *w, const struct tv_attrs *meta, bool several)
{
    struct tv_attrs kept = {0};
    const char *shard = tv_attrs_get(meta, "shard");
    if (shard) tv_warn("the images are those of shard %s only; tv-cat joins all", shard);
    tv_attrs_copy(&kept, meta);
    tv_attrs_remove(&kept, "shard");
    if (several) tv_attrs_remove(&kept, "model");
    tv_writer_metas(w, &kept);
    tv_attrs_release(&kept);
}

const char *tv_attrib_indices(const struct tv_tensor **t, const struct tv_set *s, const char *name, int width,
                              const int64_t *limit)
{
    *t = tv_set_find(s, name);
    if (!*t) return NULL;
    if ((*t)->dtype != TV_I32 || (*t)->rank != (width == 1 ? 1 : 2) || (width > 1 && (*t)->dim[1] != width))
        return tv_msg("%s: %s: want indices i32 [n%s], got %s", s->name, name, width == 1 ? "" : ",2",
                      tv_tensor_text(*t));
    const int32_t *at = (*t)->data;
    for (int64_t i = 0; i < tv_tensor_count(*t); i++) {
        if (at[i] < 0 || at[i] >= limit[i % width])
            return tv_msg("%s: %s: want neurons below %lld, got %d: is it of the same model?", s->name, name,
                          (long long)limit[i % width], at[i]);
    }
    return NULL;
}

/* ---- a whole stream ---- */

/* The images' classes from the tensor `by`. */
static const char *read_classes(struct tv_attribs *a, const char *by)
{
    const struct tv_tensor *t = tv_set_find(&a->set, by);
    const char *bad = t ? tv_attrib_check_classes(t) : tv_attrib_no_classes(by);
    if (bad) return bad;
    if (t->dim[0] != a->images)
        return tv_msg("%s: want %lld images as %s has, got %lld", by, (long long)a->images, a->value[0]->name,
                      (long long)t->dim[0]);
    a->label = TV_ARRAY(int32_t, a->images);
    tv_convert(a->label, TV_I32, t->data, t->dtype, (size_t)a->images);
    int32_t largest = -1;
    for (int64_t i = 0; i < a->images; i++) {
        if (a->label[i] > largest) largest = a->label[i];
    }
    if ((bad = tv_attrib_check_class(by, largest))) return bad;
    a->instances = TV_ARRAY(int64_t, largest + 1);
    for (int64_t i = 0; i < a->images; i++) {
        if (a->label[i] >= 0) a->instances[a->label[i]]++;
    }
    a->census.classes = largest + 1;
    a->census.instances = a->instances;
    return NULL;
}

static const char *find_layers(struct tv_attribs *a)
{
    a->layer = TV_ARRAY(const char *, a->set.n + 1);
    a->value = TV_ARRAY(struct tv_tensor *, a->set.n);
    for (size_t i = 0; i < a->set.n; i++) {
        struct tv_tensor *t = a->set.at[i];
        const char *name = tv_attrib_layer(t->name), *bad = name ? tv_attrib_check(t) : NULL;
        if (bad) return bad;
        if (!name) continue;
        a->layer[a->layers] = name;
        a->value[a->layers++] = t;
        if (t->dim[0] != a->value[0]->dim[0])
            return tv_msg("%s: want %lld images as %s has, got %lld", t->name, (long long)a->value[0]->dim[0],
                          a->value[0]->name, (long long)t->dim[0]);
    }
    if (a->layers == 0) return tv_attrib_none();
    a->images = a->value[0]->dim[0];
    return a->images <= INT32_MAX ? NULL
                                  : tv_msg("want fewer than 2^31 images, got %lld", (long long)a->images);
}

const char *tv_attribs_read(struct tv_attribs *a, const char *path, const char *by, bool any_class)
{
    const char *const globs[] = {"attrib/*", "label", "path", by, NULL};
    *a = (struct tv_attribs){0};
    tv_set_read(&a->set, path, globs);
    a->name = a->set.name;
    a->census = (struct tv_class_census){.where = a->name, .names = tv_attrs_get(&a->set.meta, "classes")};
    const char *bad = find_layers(a);
    if (!bad && (!any_class || tv_set_find(&a->set, by))) bad = read_classes(a, by);
    return bad ? tv_msg("%s: %s", a->name, bad) : NULL;
}

void tv_attribs_release(struct tv_attribs *a)
{
    tv_set_release(&a->set);
    free(a->label);
    free(a->instances);
    free(a->layer);
    free(a->value);
    *a = (struct tv_attribs){0};
}

int tv_attribs_layer(const struct tv_attribs *a, const char *name)
{
    for (int l = 0; l < a->layers; l++) {
        if (!strcmp(a->layer[l], name)) return l;
    }
    return -1;
}

int64_t tv_attribs_neurons(const struct tv_attribs *a, int layer) { return a->value[layer]->dim[1]; }

int64_t tv_attribs_rows(int32_t *rows, const struct tv_attribs *a, int32_t class)
{
    int64_t n = 0;
    for (int64_t i = 0; i < a->images; i++) {
        if (class == TV_ALL_CLASSES || a->label[i] == class) rows[n++] = (int32_t)i;
    }
    return n;
}

/* One image's attributions, in the stream's dtype. */
static const void *row_of(const struct tv_tensor *t, int64_t image)
{
    return (const char *)t->data + (size_t)(image * t->dim[1]) * tv_dtype_size(t->dtype);
}

static const char *not_finite(const struct tv_attribs *a, int layer, int32_t image, int64_t neuron,
                              double value)
{
    return tv_msg("%s: %s: want finite numbers, got %g for image %d, neuron %lld", a->name,
                  a->value[layer]->name, value, image, (long long)neuron);
}

const char *tv_attribs_gather(float *x, const struct tv_attribs *a, int layer, const int32_t *rows, int64_t n)
{
    const struct tv_tensor *t = a->value[layer];
    for (int64_t i = 0; i < n; i++, x += t->dim[1]) {
        tv_convert(x, TV_F32, row_of(t, rows[i]), t->dtype, (size_t)t->dim[1]);
        for (int64_t j = 0; j < t->dim[1]; j++) {
            if (!isfinite(x[j])) return not_finite(a, layer, rows[i], j, (double)x[j]);
        }
    }
    return NULL;
}

const char *tv_attribs_pick(double *x, int64_t stride, const struct tv_attribs *a, int layer,
                            const int32_t *rows, int64_t n, const int32_t *neuron, int64_t neurons)
{
    const struct tv_tensor *t = a->value[layer];
    const char *bad = NULL;
    double *all = TV_ARRAY(double, t->dim[1]);
    for (int64_t i = 0; i < n; i++, x += stride) {
        tv_convert(all, TV_F64, row_of(t, rows[i]), t->dtype, (size_t)t->dim[1]);
        for (int64_t j = 0; j < neurons && !bad; j++) {
            x[j] = all[neuron[j]];
            if (!isfinite(x[j])) bad = not_finite(a, layer, rows[i], neuron[j], x[j]);
        }
    }
    free(all);
    return bad;
}
