/* fig/canvas_list.h - the list behind a canvas, for its writers: canvas.c builds it, svg.c and cairo.c read
 * it. */
#ifndef TV_FIG_CANVAS_LIST_H
#define TV_FIG_CANVAS_LIST_H
#include "core/tensor.h"
#include "fig/canvas.h"

enum tv_item_kind {
    TV_ITEM_GROUP, /* attrs: "class", "id", "data-..."; text: title */
    TV_ITEM_END,
    TV_ITEM_LINE,   /* v: x0 y0 x1 y1 */
    TV_ITEM_RECT,   /* v: x y w h radius */
    TV_ITEM_CIRCLE, /* v: x y r */
    TV_ITEM_PATH,   /* path */
    TV_ITEM_TEXT,   /* v: x y; text, style */
    TV_ITEM_IMAGE,  /* v: x y w h; image */
};

/* Pixels as cairo has them: premultiplied, native-endian 0xAARRGGBB, opaque ones without the alpha. */
struct tv_pixels {
    int columns, rows;
    bool opaque;
    uint32_t *at;
};

struct tv_item {
    enum tv_item_kind kind;
    struct tv_pen pen;
    double v[5];
    struct tv_path path;
    struct tv_attrs attrs;
    char *text;
    struct tv_text style;
    struct tv_pixels image;
};

struct tv_canvas {
    const struct tv_theme *theme;
    struct tv_font *font;
    char *title, *about;
    double width, height;
    struct tv_item *item;
    size_t n, cap;
    size_t open;    /* groups begun and not ended */
    size_t raster;  /* first item of the raster layer + 1; 0: none */
    double part[4]; /* its x y w h */
};

void tv_item_release(struct tv_item *i);

void tv_svg_write(struct tv_str *out, const struct tv_canvas *c, double scale);
const char *tv_cairo_write(struct tv_str *out, const struct tv_canvas *c, enum tv_format format,
                           double scale);
/* Items [from, c->n) drawn on a transparent image of the part of the page. */
void tv_cairo_rasterise(struct tv_pixels *image, const struct tv_canvas *c, size_t from, const double part[4],
                        double scale);
/* The image as a PNG file. */
void tv_pixels_png(struct tv_str *out, const struct tv_pixels *image);

#endif
