/* fig/patch.c - see patch.h. */
#include "fig/patch.h"

#include <stdio.h>
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

/* Is there a tensor KIND/<layer> among the operands, and a data set? */
static bool any(const struct tv_patches *p, const char *kind)
{
    size_t length = strlen(kind);
    for (size_t i = 0; i < p->figure->n && p->figure->n_images > 0; i++)
        for (size_t t = 0; t < p->figure->stream[i].n; t++)
            if (!strncmp(p->figure->stream[i].at[t]->name, kind, length)) return true;
    return false;
}

bool tv_patches_any(const struct tv_patches *p) { return any(p, "attrib/"); }
bool tv_patches_cut(const struct tv_patches *p) { return any(p, "peak/"); }

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

/* The rows of one operand. */
static int add_set(struct tv_patch *patch, int have, int n, const struct tv_patches *p, enum tv_side side,
                   const struct tv_set *s, const char *layer, int64_t neuron)
{
    const struct tv_tensor *t = tv_set_find(s, tv_msg("attrib/%s", layer));
    const struct tv_tensor *peak = tv_set_find(s, tv_msg("peak/%s", layer)), *label = tv_set_find(s, "label");
    if (!t || t->rank != 2 || neuron < 0 || neuron >= t->dim[1]) return have;
    if (peak && (peak->rank != 2 || peak->dim[0] != t->dim[0] || peak->dim[1] != t->dim[1])) peak = NULL;
    if (label && (label->rank != 1 || label->dim[0] != t->dim[0])) label = NULL;
    char *const *domain = strings(s, "domain", t->dim[0]), *const *path = strings(s, "path", t->dim[0]);
    for (int64_t i = 0; i < t->dim[0]; i++) {
        if (tv_figure_side(p->figure, domain ? domain[i] : NULL) != side) continue;
        if (p->class >= 0 && label && (int64_t)tv_tensor_get(label, i) != p->class) continue;
        struct tv_patch one = {
            .side = side, .peak = peak, .at = i * t->dim[1] + neuron, .path = path ? path[i] : NULL};
        one.value = tv_tensor_get(t, one.at);
        if (have == n && !(one.value > patch[n - 1].value)) continue;
        one.image = tv_thumbs_find(&p->thumbs, side, one.path);
        if (one.image < 0) one.image = tv_thumbs_row(&p->thumbs, side, i);
        if (one.image >= 0) have = insert(patch, have, n, &one);
    }
    return have;
}

int tv_patches_top(struct tv_patch *patch, int n, const struct tv_patches *p, enum tv_side side,
                   const char *layer, int64_t neuron)
{
    int have = 0;
    for (size_t i = 0; i < p->figure->n; i++)
        have = add_set(patch, have, n, p, side, &p->figure->stream[i], layer, neuron);
    return have;
}

/* An attribute "rows,columns" of the tensor. */
static bool pair(long long v[2], const struct tv_tensor *t, const char *key)
{
    const char *s = tv_attrs_get(&t->attrs, key);
    return s && sscanf(s, "%lld,%lld", &v[0], &v[1]) == 2;
}

bool tv_patch_field(struct tv_part *part, const struct tv_patch *patch)
{
    long long map[2], start[2], size[2], step[2];
    const struct tv_tensor *t = patch->peak;
    if (!t || !pair(map, t, "map") || !pair(start, t, "start") || !pair(size, t, "size") ||
        !pair(step, t, "step"))
        return false;
    long long at = (long long)tv_tensor_get(t, patch->at);
    if (map[1] <= 0 || at < 0 || at >= map[0] * map[1]) return false;
    part->y = start[0] + at / map[1] * step[0];
    part->x = start[1] + at % map[1] * step[1];
    part->h = size[0];
    part->w = size[1];
    return true;
}

void tv_patch_draw(struct tv_canvas *c, const struct tv_patches *p, const struct tv_patch *patch, double x,
                   double y, double size)
{
    struct tv_part field;
    tv_thumbs_draw(c, &p->thumbs, patch->image, tv_patch_field(&field, patch) ? &field : NULL, x, y, size);
}
