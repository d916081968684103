/* fig/place.c - a drawing within another one (tv_canvas_place): the overview's panels. */
#include <string.h>
#include "core/mem.h"
#include "fig/canvas_list.h"

struct place {
    double x, y, scale;
};

static void move_point(const struct place *p, double *v)
{
    v[0] = p->x + p->scale * v[0];
    v[1] = p->y + p->scale * v[1];
}

/* The coordinates of a mark, by its kind (canvas_list.h). */
static void move_mark(struct tv_item *i, const struct place *p)
{
    bool point2 = i->kind == TV_ITEM_LINE;
    move_point(p, i->v);
    if (point2) move_point(p, i->v + 2);
    for (int k = 2; k < 5 && !point2; k++) i->v[k] *= p->scale;
    i->pen.width *= p->scale;
    i->style.size *= p->scale;
}

static void copy_path(struct tv_item *to, const struct tv_item *from, const struct place *p)
{
    to->path = (struct tv_path){.n = from->path.n, .cap = from->path.n};
    to->path.at = TV_ARRAY(struct tv_segment, from->path.n);
    for (size_t k = 0; k < from->path.n; k++) {
        struct tv_segment s = from->path.at[k];
        s.x0 = p->x + p->scale * s.x0;
        s.y0 = p->y + p->scale * s.y0;
        s.x1 *= p->scale;
        to->path.at[k] = s;
    }
}

static void copy_attrs(struct tv_item *to, const struct tv_item *from, const char *prefix)
{
    to->attrs = (struct tv_attrs){0};
    for (size_t k = 0; k < from->attrs.n; k++) {
        const struct tv_attr *a = &from->attrs.at[k];
        if (!strcmp(a->key, "id"))
            tv_attrs_setf(&to->attrs, "id", "%s-%s", prefix, a->value);
        else
            tv_attrs_set(&to->attrs, a->key, a->value);
    }
}

void tv_canvas_place(struct tv_canvas *c, const struct tv_canvas *from, double x, double y, double scale,
                     const char *prefix)
{
    struct place p = {x, y, scale};
    c->item = tv_grow(c->item, &c->cap, c->n + from->n, sizeof *c->item);
    for (size_t k = 0; k < from->n; k++) {
        const struct tv_item *one = &from->item[k];
        struct tv_item *i = &c->item[c->n++];
        *i = *one;
        move_mark(i, &p);
        copy_path(i, one, &p);
        copy_attrs(i, one, prefix);
        i->text = one->text ? tv_strdup(one->text) : NULL;
        if (!one->image.at) continue;
        size_t pixels = (size_t)one->image.columns * (size_t)one->image.rows;
        i->image.at = TV_ARRAY(uint32_t, pixels);
        memcpy(i->image.at, one->image.at, pixels * sizeof *i->image.at);
    }
}
