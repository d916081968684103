/* fig/canvas.c - builds the list of canvas_list.h. */
#include "fig/canvas.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/mem.h"
#include "fig/canvas_list.h"

#define RASTER 1.5 /* pixels of a raster layer a page unit: about those of a PNG of 1600 */

const char *const tv_format_name[] = {"svg", "png", "pdf", 0};

struct tv_canvas *tv_canvas_new(const struct tv_theme *theme, const char *font)
{
    struct tv_canvas *c = TV_NEW(struct tv_canvas);
    c->theme = theme;
    c->font = tv_font_new(font);
    c->title = tv_strdup("");
    c->about = tv_strdup("");
    return c;
}

void tv_item_release(struct tv_item *i)
{
    tv_path_release(&i->path);
    tv_attrs_release(&i->attrs);
    free(i->text);
    free(i->image.at);
}

void tv_canvas_free(struct tv_canvas *c)
{
    if (!c) return;
    for (size_t i = 0; i < c->n; i++) tv_item_release(&c->item[i]);
    free(c->item);
    free(c->title);
    free(c->about);
    tv_font_free(c->font);
    free(c);
}

const struct tv_theme *tv_canvas_theme(const struct tv_canvas *c) { return c->theme; }
const struct tv_font *tv_canvas_font(const struct tv_canvas *c) { return c->font; }
double tv_canvas_width(const struct tv_canvas *c) { return c->width; }
double tv_canvas_height(const struct tv_canvas *c) { return c->height; }

void tv_canvas_title(struct tv_canvas *c, const char *title, const char *about)
{
    free(c->title);
    free(c->about);
    c->title = tv_text_clean_new(title);
    c->about = tv_text_clean_new(about);
}

void tv_canvas_size(struct tv_canvas *c, double width, double height)
{
    c->width = ceil(width);
    c->height = ceil(height);
}

const char *tv_canvas_write(struct tv_str *out, const struct tv_canvas *c, enum tv_format format,
                            double scale)
{
    assert(c->open == 0 && c->raster == 0 && c->width > 0 && c->height > 0);
    if (format == TV_SVG) return tv_svg_write(out, c, scale), NULL;
    return tv_cairo_write(out, c, format, scale);
}

/* ---- objects ---- */

static struct tv_item *item_add(struct tv_canvas *c, enum tv_item_kind kind)
{
    c->item = tv_grow(c->item, &c->cap, c->n + 1, sizeof *c->item);
    struct tv_item *i = &c->item[c->n++];
    *i = (struct tv_item){.kind = kind};
    return i;
}

void tv_group(struct tv_canvas *c, const char *class)
{
    tv_attrs_set(&item_add(c, TV_ITEM_GROUP)->attrs, "class", class);
    c->open++;
}

/* The group that was begun last, while it is still without marks. */
static struct tv_item *fresh_group(struct tv_canvas *c)
{
    assert(c->n > 0 && c->item[c->n - 1].kind == TV_ITEM_GROUP);
    return &c->item[c->n - 1];
}

static char *clean_format_new(const char *fmt, va_list ap)
{
    char *raw = NULL;
    if (vasprintf(&raw, fmt, ap) < 0) return tv_strdup("");
    char *clean = tv_text_clean_new(raw);
    free(raw);
    return clean;
}

static void attr_set(struct tv_canvas *c, const char *key, char *value)
{
    tv_attrs_set(&fresh_group(c)->attrs, key, value);
    free(value);
}

void tv_group_id(struct tv_canvas *c, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    char *id = clean_format_new(fmt, ap);
    va_end(ap);
    for (char *s = id; *s; s++) {
        bool plain = (*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z') || (*s >= '0' && *s <= '9');
        if (!plain && *s != '_' && *s != '.') *s = '-';
    }
    attr_set(c, "id", id);
}

void tv_group_data(struct tv_canvas *c, const char *key, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    char *value = clean_format_new(fmt, ap);
    va_end(ap);
    char *name = tv_format_new("data-%s", key);
    attr_set(c, name, value);
    free(name);
}

void tv_group_title(struct tv_canvas *c, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    struct tv_item *g = fresh_group(c);
    free(g->text);
    g->text = clean_format_new(fmt, ap);
    va_end(ap);
}

void tv_group_end(struct tv_canvas *c)
{
    assert(c->open > 0);
    c->open--;
    item_add(c, TV_ITEM_END);
}

/* ---- marks ---- */

/* A new item of `n` coordinates, or NULL when one is not finite. */
static struct tv_item *mark_add(struct tv_canvas *c, enum tv_item_kind kind, const struct tv_pen *p,
                                const double *v, int n)
{
    for (int i = 0; i < n; i++)
        if (!isfinite(v[i])) return NULL;
    struct tv_item *item = item_add(c, kind);
    if (p) item->pen = *p;
    memcpy(item->v, v, (size_t)n * sizeof *v);
    return item;
}

void tv_draw_line(struct tv_canvas *c, double x0, double y0, double x1, double y1, const struct tv_pen *p)
{
    mark_add(c, TV_ITEM_LINE, p, (double[]){x0, y0, x1, y1}, 4);
}

void tv_draw_rect(struct tv_canvas *c, double x, double y, double w, double h, double radius,
                  const struct tv_pen *p)
{
    if (w < 0) x += w, w = -w;
    if (h < 0) y += h, h = -h;
    mark_add(c, TV_ITEM_RECT, p, (double[]){x, y, w, h, radius}, 5);
}

void tv_draw_circle(struct tv_canvas *c, double x, double y, double r, const struct tv_pen *p)
{
    mark_add(c, TV_ITEM_CIRCLE, p, (double[]){x, y, r}, 3);
}

void tv_draw_text(struct tv_canvas *c, const struct tv_text *style, double x, double y, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    char *text = clean_format_new(fmt, ap);
    va_end(ap);
    struct tv_item *i = *text ? mark_add(c, TV_ITEM_TEXT, NULL, (double[]){x, y}, 2) : NULL;
    if (i) {
        i->style = *style;
        i->text = text;
    } else {
        free(text);
    }
}

/* Straight 8-bit RGB(A) to cairo's premultiplied words. */
static void premultiply(struct tv_pixels *out, const uint8_t *in, int channels)
{
    size_t n = (size_t)out->columns * (size_t)out->rows;
    out->at = TV_ARRAY(uint32_t, n);
    out->opaque = channels < 4;
    for (size_t i = 0; i < n; i++, in += channels) {
        uint32_t a = channels < 4 ? 255 : in[3];
        uint32_t r = (in[0] * a + 127) / 255, g = (in[1] * a + 127) / 255, b = (in[2] * a + 127) / 255;
        out->at[i] = a << 24 | r << 16 | g << 8 | b;
    }
}

void tv_draw_image(struct tv_canvas *c, double x, double y, double w, double h, const uint8_t *pixels,
                   int columns, int rows, int channels)
{
    assert(columns > 0 && rows > 0 && (channels == 3 || channels == 4));
    struct tv_item *i = mark_add(c, TV_ITEM_IMAGE, NULL, (double[]){x, y, w, h}, 4);
    if (!i) return;
    i->image = (struct tv_pixels){.columns = columns, .rows = rows};
    premultiply(&i->image, pixels, channels);
}

/* ---- paths ---- */

static void segment_add(struct tv_path *p, struct tv_segment s)
{
    p->at = tv_grow(p->at, &p->cap, p->n + 1, sizeof *p->at);
    p->at[p->n++] = s;
}

void tv_path_move(struct tv_path *p, double x, double y)
{
    segment_add(p, (struct tv_segment){.op = 'M', .x0 = x, .y0 = y});
}
void tv_path_line(struct tv_path *p, double x, double y)
{
    segment_add(p, (struct tv_segment){.op = 'L', .x0 = x, .y0 = y});
}
void tv_path_arc(struct tv_path *p, double x, double y, double r, double from, double to)
{
    segment_add(p, (struct tv_segment){.op = 'A', .x0 = x, .y0 = y, .x1 = r, .a = from, .b = to});
}
void tv_path_close(struct tv_path *p) { segment_add(p, (struct tv_segment){.op = 'Z'}); }

void tv_path_release(struct tv_path *p)
{
    free(p->at);
    *p = (struct tv_path){0};
}

void tv_draw_path(struct tv_canvas *c, struct tv_path *p, const struct tv_pen *pen)
{
    bool finite = p->n > 0;
    for (size_t i = 0; i < p->n; i++) {
        const struct tv_segment *s = &p->at[i];
        finite &= isfinite(s->x0) && isfinite(s->y0) && isfinite(s->x1) && isfinite(s->a) && isfinite(s->b);
    }
    if (finite) {
        struct tv_item *i = item_add(c, TV_ITEM_PATH);
        i->pen = *pen;
        i->path.at = TV_ARRAY(struct tv_segment, p->n);
        i->path.n = i->path.cap = p->n;
        memcpy(i->path.at, p->at, p->n * sizeof *p->at);
    }
    p->n = 0;
}

/* ---- raster layers ---- */

void tv_raster_begin(struct tv_canvas *c, double x, double y, double w, double h)
{
    assert(c->raster == 0);
    c->raster = c->n + 1;
    memcpy(c->part, (double[]){x, y, w, h}, sizeof c->part);
}

void tv_raster_end(struct tv_canvas *c)
{
    assert(c->raster > 0);
    struct tv_pixels image = {0};
    size_t from = c->raster - 1;
    tv_cairo_rasterise(&image, c, from, c->part, RASTER);
    for (size_t i = from; i < c->n; i++) tv_item_release(&c->item[i]);
    c->n = from;
    c->raster = 0;
    struct tv_item *i = mark_add(c, TV_ITEM_IMAGE, NULL, c->part, 4);
    if (i)
        i->image = image;
    else
        free(image.at);
}

/* ---- text ---- */

struct tv_text tv_text_style(const struct tv_canvas *c, double size)
{
    return (struct tv_text){.size = size, .color = c->theme->ink};
}

double tv_text_width(const struct tv_canvas *c, const struct tv_text *style, const char *s)
{
    char *clean = tv_text_clean_new(s);
    double w = tv_font_width(c->font, style, clean);
    free(clean);
    return w;
}

double tv_draw_text_fit(struct tv_canvas *c, const struct tv_text *style, double x, double y, double width,
                        const char *s)
{
    char *cut = tv_font_fit_new(c->font, style, s, width);
    double w = tv_font_width(c->font, style, cut);
    tv_draw_text(c, style, x, y, "%s", cut);
    free(cut);
    return w;
}

struct tv_box tv_text_box(const struct tv_canvas *c, const struct tv_text *style, double x, double y,
                          const char *s)
{
    double w = tv_text_width(c, style, s), up = TV_TEXT_ASCENT * style->size,
           down = TV_TEXT_DESCENT * style->size;
    double before = style->anchor == TV_START ? 0 : style->anchor == TV_END ? w : w / 2, after = w - before;
    if (style->turn == 90) return (struct tv_box){x - down, y - before, x + up, y + after};
    if (style->turn == -90) return (struct tv_box){x - up, y - after, x + down, y + before};
    return (struct tv_box){x - before, y - up, x + after, y + down};
}

bool tv_box_meets(const struct tv_box *a, const struct tv_box *b)
{
    return a->x0 < b->x1 && b->x0 < a->x1 && a->y0 < b->y1 && b->y0 < a->y1;
}

size_t tv_canvas_texts(const struct tv_canvas *c, struct tv_box **box, const char ***text)
{
    size_t n = 0;
    *box = TV_ARRAY(struct tv_box, c->n);
    *text = TV_ARRAY(const char *, c->n);
    for (size_t i = 0; i < c->n; i++) {
        const struct tv_item *t = &c->item[i];
        if (t->kind != TV_ITEM_TEXT) continue;
        (*box)[n] = tv_text_box(c, &t->style, t->v[0], t->v[1], t->text);
        (*text)[n++] = t->text;
    }
    return n;
}

size_t tv_canvas_unknown(const struct tv_canvas *c)
{
    size_t n = 0;
    for (size_t i = 0; i < c->n; i++)
        if (c->item[i].kind == TV_ITEM_TEXT) n += (size_t)tv_font_unknown(c->font, c->item[i].text);
    return n;
}
