/* fig/glyph.h - the small drawings that figures are made of. */
#ifndef TV_FIG_GLYPH_H
#define TV_FIG_GLYPH_H
#include <stdint.h>
#include "fig/canvas.h"

/* The two domains and the two models: cross and red for source, circle and blue for target. */
enum tv_side { TV_SOURCE, TV_TARGET };
extern const char *const tv_side_name[2];
struct tv_color tv_side_color(const struct tv_canvas *c, enum tv_side s); /* dark */
struct tv_color tv_side_light(const struct tv_canvas *c, enum tv_side s);

/* A diagonal cross or a circle of radius r, filled, with a border. */
void tv_glyph_mark(struct tv_canvas *c, enum tv_side shape, double x, double y, double r,
                   const struct tv_pen *p);

/* A pie: `share` of the turn, clockwise from the top, in `on`, the rest in `off`. */
void tv_glyph_pie(struct tv_canvas *c, double x, double y, double r, double share, struct tv_color on,
                  struct tv_color off);

/* Bars of counts[0..n) on [x, x+w], `full` being the height h of a bar, upwards from y (downwards with h <
 * 0).  A count above zero is always visible. */
void tv_glyph_bars(struct tv_canvas *c, const double *counts, int n, double x, double y, double w, double h,
                   double full, struct tv_color fill);

/* Quartiles by linear interpolation; whiskers reach the farthest values within 1.5 interquartile ranges of
 * the box. */
struct tv_five {
    int64_t n;
    double low, q1, median, q3, high;
};
struct tv_five tv_five_of(const double *v, int64_t n);
/* Along x (or y, when `upright`) from page coordinates already scaled; `across` is the middle of the box on
 * the other axis. */
void tv_glyph_box(struct tv_canvas *c, const struct tv_five *at, double across, double thickness,
                  bool upright, struct tv_color fill, struct tv_color line);

/* A line with a head at (x1, y1). */
void tv_glyph_arrow(struct tv_canvas *c, double x0, double y0, double x1, double y1, struct tv_color color,
                    double width);

/* The theme's ramp from left to right, on [x, x+w]. */
void tv_glyph_ramp(struct tv_canvas *c, double x, double y, double w, double h);

/* ---- legends: entries flow from left to right and wrap ---- */
struct tv_legend {
    struct tv_canvas *c;
    struct tv_text style;
    double left, right; /* the column */
    double x, y;        /* where the next entry starts; y is the middle of its line */
    double line;        /* distance of lines */
    double gap;         /* between entries */
};
struct tv_legend tv_legend_begin(struct tv_canvas *c, double left, double y, double right);
/* Makes room for a glyph of width w and draws its text; the glyph belongs centred at (*gx, l->y). */
void tv_legend_entry(struct tv_legend *l, double w, double *gx, const char *fmt, ...) TV_PRINTF(4, 5);

#endif
