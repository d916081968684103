/* fig/patch.c - see patch.h. */
#include "fig/patch.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "core/mem.h"
#include "fig/figure_parts.h"

void tv_patches_init(struct tv_patches *p, const struct tv_figure *f, const char *class)
{
    p->figure = f;
    if (!tv_parse_int(class, &p->class)) p->class = -1;
    tv_thumbs_init(&p->thumbs, f);
}

void tv_patches_release(struct tv_patches *p)
{
    if (p->figure) tv_thumbs_release(&p->thumbs);
}

/* Does the tensor hold a layer's values, an instance a row? */
static bool holds_values(const struct tv_tensor *t)
{
    return (!strncmp(t->name, "attrib/", 7) || !strncmp(t->name, "act/", 4)) &&
           (t->rank == 2 || t->rank == 4);
}

static bool has_field(const struct tv_tensor *t)
{
    return t->rank == 4 && tv_attrs_get(&t->attrs, "field-size");
}

static bool any(const struct tv_patches *p, bool (*what)(const struct tv_tensor *))
{
    for (size_t i = 0; i < p->figure->n && p->figure->n_images > 0; i++)
        for (size_t t = 0; t < p->figure->stream[i].n; t++)
            if (what(p->figure->stream[i].at[t])) return true;
    return false;
}

bool tv_patches_any(const struct tv_patches *p) { return any(p, holds_values); }
bool tv_patches_cut(const struct tv_patches *p) { return any(p, has_field); }

/* The largest value of the neuron for instance i, and where on its map. */
static double highest(const struct tv_tensor *t, int64_t i, int64_t neuron, int64_t *row, int64_t *column)
{
    int64_t h = t->rank == 4 ? t->dim[2] : 1, w = t->rank == 4 ? t->dim[3] : 1;
    int64_t at = (i * t->dim[1] + neuron) * h * w;
    double best = -INFINITY;
    *row = *column = -1;
    for (int64_t k = 0; k < h * w; k++) {
        double v = tv_tensor_get(t, at + k);
        if (!(v > best)) continue;
        best = v;
        if (t->rank == 4) *row = k / w, *column = k % w;
    }
    return best;
}

/* Keeps the list sorted by value, its n best. */
static int insert(struct tv_patch *patch, int have, int n, const struct tv_patch *one)
{
    int at = have;
    while (at > 0 && patch[at - 1].value < one->value) at--;
    if (at >= n) return have;
    if (have < n) have++;
    memmove(patch + at + 1, patch + at, (size_t)(have - 1 - at) * sizeof *patch);
    patch[at] = *one;
    return have;
}

/* A tensor of the set with a string an instance; NULL without. */
static char *const *strings(const struct tv_set *s, const char *name, int64_t n)
{
    const struct tv_tensor *t = tv_set_find(s, name);
    return t && t->dtype == TV_STR && t->rank == 1 && t->dim[0] == n ? t->data : NULL;
}

static int add_set(struct tv_patch *patch, int have, int n, const struct tv_patches *p,
                   const struct tv_set *s, const struct tv_tensor *t, int64_t neuron)
{
    char *const *domain = strings(s, "domain", t->dim[0]), *const *path = strings(s, "path", t->dim[0]);
    const struct tv_tensor *label = tv_set_find(s, "label");
    bool labelled = label && label->rank == 1 && label->dim[0] == t->dim[0];
    for (int64_t i = 0; i < t->dim[0]; i++) {
        if (p->class >= 0 && labelled && (int64_t)tv_tensor_get(label, i) != p->class) continue;
        const char *from = domain ? domain[i] : "";
        struct tv_patch one = {.from = t, .side = strcmp(from, "source") ? TV_TARGET : TV_SOURCE};
        one.value = highest(t, i, neuron, &one.row, &one.column);
        if (have == n && !(one.value > patch[n - 1].value)) continue;
        one.path = path ? path[i] : NULL;
        one.image = tv_thumbs_find(&p->thumbs, from, one.path);
        if (one.image < 0) one.image = tv_thumbs_row(&p->thumbs, from, i);
        if (one.image >= 0) have = insert(patch, have, n, &one);
    }
    return have;
}

int tv_patches_top(struct tv_patch *patch, int n, const struct tv_patches *p, const char *layer,
                   int64_t neuron)
{
    int have = 0;
    for (size_t i = 0; i < p->figure->n; i++) {
        const struct tv_set *s = &p->figure->stream[i];
        const struct tv_tensor *t = tv_set_find(s, tv_msg("attrib/%s", layer));
        if (!t) t = tv_set_find(s, tv_msg("act/%s", layer));
        if (t && holds_values(t) && neuron >= 0 && neuron < t->dim[1])
            have = add_set(patch, have, n, p, s, t, neuron);
    }
    return have;
}

static double attribute(const struct tv_tensor *t, const char *key)
{
    double v;
    const char *s = tv_attrs_get(&t->attrs, key);
    return s && tv_parse_double(s, &v) ? v : 0;
}

void tv_patch_draw(struct tv_canvas *c, const struct tv_patches *p, const struct tv_patch *patch, double x,
                   double y, double size)
{
    struct tv_part part, *cut = NULL;
    if (has_field(patch->from)) {
        double step = attribute(patch->from, "field-step"), start = attribute(patch->from, "field-start");
        part.size = (int64_t)attribute(patch->from, "field-size");
        part.x = (int64_t)lround(start + step * (double)patch->column);
        part.y = (int64_t)lround(start + step * (double)patch->row);
        cut = &part;
    }
    tv_thumbs_draw(c, &p->thumbs, patch->image, cut, x, y, size);
}
