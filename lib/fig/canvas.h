/* fig/canvas.h - one drawing, three kinds of file.
 *
 * A figure draws on a canvas: a page with groups and marks, kept as a list.  The list is then written as SVG
 * (svg.c), or played to cairo for PNG and PDF (cairo.c); all three show the same.
 *
 *     tv_group(c, "point");                       one group an object:
 *     tv_group_id(c, "point-%d", i);                  <g class="point" id="point-7" data-domain="source">
 *     tv_group_data(c, "domain", "source");             <title>7: source</title>
 *     tv_group_title(c, "%d: source", i);
 *     tv_draw_circle(c, x, y, 3, &pen);                 <circle .../>
 *     tv_group_end(c);                                </g>
 *
 * Units are CSS pixels, y downwards.  Strings are copied.  A mark with a coordinate that is not finite is
 * left out.
 */
#ifndef TV_FIG_CANVAS_H
#define TV_FIG_CANVAS_H
#include <stddef.h>
#include "core/str.h"
#include "fig/color.h"
#include "fig/text.h"

enum tv_format { TV_SVG, TV_PNG, TV_PDF };
extern const char *const tv_format_name[]; /* "svg" "png" "pdf" NULL */

struct tv_canvas;
/* `font`: a family, NULL for the default. */
struct tv_canvas *tv_canvas_new(const struct tv_theme *theme, const char *font);
void tv_canvas_free(struct tv_canvas *c);
const struct tv_theme *tv_canvas_theme(const struct tv_canvas *c);
const struct tv_font *tv_canvas_font(const struct tv_canvas *c);
/* The document's title and description. */
void tv_canvas_title(struct tv_canvas *c, const char *title, const char *about);
/* Size of the page; figures set it when they know how tall they are. */
void tv_canvas_size(struct tv_canvas *c, double width, double height);
double tv_canvas_width(const struct tv_canvas *c);
double tv_canvas_height(const struct tv_canvas *c);

/* The whole file, appended to `out`, `scale` times the natural size (PDF: 96 units an inch).  Returns NULL or
 * a message: an image too large. */
const char *tv_canvas_write(struct tv_str *out, const struct tv_canvas *c, enum tv_format format,
                            double scale);

/* ---- objects ---- */

void tv_group(struct tv_canvas *c, const char *class);
/* Attributes of the group that was begun last; only before its first mark.  In an id what none may hold
 * becomes '-'. */
void tv_group_id(struct tv_canvas *c, const char *fmt, ...) TV_PRINTF(2, 3);
void tv_group_data(struct tv_canvas *c, const char *key, const char *fmt, ...) TV_PRINTF(3, 4);
void tv_group_title(struct tv_canvas *c, const char *fmt, ...) TV_PRINTF(2, 3);
void tv_group_end(struct tv_canvas *c);

/* ---- marks ---- */

enum tv_dash { TV_SOLID, TV_DASHED, TV_DOTTED };
struct tv_pen {
    struct tv_color fill, stroke;
    double width;
    enum tv_dash dash;
    bool round; /* ends and joins of the stroke */
};
static inline struct tv_pen tv_pen_fill(struct tv_color fill) { return (struct tv_pen){.fill = fill}; }
static inline struct tv_pen tv_pen_stroke(struct tv_color stroke, double width)
{
    return (struct tv_pen){.stroke = stroke, .width = width};
}

void tv_draw_line(struct tv_canvas *c, double x0, double y0, double x1, double y1, const struct tv_pen *p);
void tv_draw_rect(struct tv_canvas *c, double x, double y, double w, double h, double radius,
                  const struct tv_pen *p);
void tv_draw_circle(struct tv_canvas *c, double x, double y, double r, const struct tv_pen *p);
/* Baseline at y.  The formatted text is cleaned (text.h). */
void tv_draw_text(struct tv_canvas *c, const struct tv_text *style, double x, double y, const char *fmt, ...)
    TV_PRINTF(5, 6);
/* Pixels [rows][columns][3] RGB, or [..][4] RGBA not premultiplied, copied. */
void tv_draw_image(struct tv_canvas *c, double x, double y, double w, double h, const uint8_t *pixels,
                   int columns, int rows, int channels);

/* A path is built, drawn (which empties it) and released. */
struct tv_segment {
    char op; /* M, L, Z; A: arc about x0,y0 of radius x1 from angle a to b, in radians clockwise from +x */
    double x0, y0, x1, a, b;
};
struct tv_path {
    struct tv_segment *at;
    size_t n, cap;
};
void tv_path_move(struct tv_path *p, double x, double y);
void tv_path_line(struct tv_path *p, double x, double y);
void tv_path_arc(struct tv_path *p, double x, double y, double r, double from, double to);
void tv_path_close(struct tv_path *p);
void tv_path_release(struct tv_path *p);
void tv_draw_path(struct tv_canvas *c, struct tv_path *p, const struct tv_pen *pen);

/* Beyond this number of marks a layer should be an image. */
#define TV_CANVAS_MARKS 10000
/* What is drawn between the two becomes one image of that part of the page. */
void tv_raster_begin(struct tv_canvas *c, double x, double y, double w, double h);
void tv_raster_end(struct tv_canvas *c);

/* Draws all of `from`, `scale` times as large, its upper left corner at (x, y).  Ids get `prefix` and '-'
 * before them, so that they stay unique on the page. */
void tv_canvas_place(struct tv_canvas *c, const struct tv_canvas *from, double x, double y, double scale,
                     const char *prefix);

/* ---- text, for layout and for tests ---- */

/* The theme's ink in that size; alter the copy. */
struct tv_text tv_text_style(const struct tv_canvas *c, double size);
double tv_text_width(const struct tv_canvas *c, const struct tv_text *style, const char *s);
/* Draws `s`, cut to `width` with an ellipsis.  Returns its width. */
double tv_draw_text_fit(struct tv_canvas *c, const struct tv_text *style, double x, double y, double width,
                        const char *s);

struct tv_box {
    double x0, y0, x1, y1;
};
/* Box of the text `s` drawn at (x, y). */
struct tv_box tv_text_box(const struct tv_canvas *c, const struct tv_text *style, double x, double y,
                          const char *s);
bool tv_box_meets(const struct tv_box *a, const struct tv_box *b);
/* Characters on the page for which no font is installed; PNG and PDF show boxes in their place. */
size_t tv_canvas_unknown(const struct tv_canvas *c);
/* Every text on the page, in drawing order: its box, and the text itself (borrowed).  New arrays. */
size_t tv_canvas_texts(const struct tv_canvas *c, struct tv_box **box, const char ***text);

#endif
