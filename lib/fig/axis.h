/* fig/axis.h - from values to the page: linear scales, round ticks, axes with grid lines. */
#ifndef TV_FIG_AXIS_H
#define TV_FIG_AXIS_H
#include "fig/canvas.h"

/* The value `lo` lies at page coordinate `from`, `hi` at `to`. */
struct tv_scale {
    double lo, hi, from, to;
};
/* lo == hi: the middle. */
double tv_scale_at(const struct tv_scale *s, double value);
/* Extends *lo and *hi to hold every finite value of v[0], v[step], ...  Start with lo = INFINITY, hi =
 * -INFINITY. */
void tv_range_add(double *lo, double *hi, const double *v, int64_t n, int64_t step);
/* A range that can be drawn: without values 0..1, of one value that value +- a half. */
void tv_range_settle(double *lo, double *hi);

/* Multiples of 1, 2 or 5 times a power of ten. */
#define TV_TICKS_MAX 24
struct tv_ticks {
    int n;
    double step, at[TV_TICKS_MAX];
    int decimals; /* that tell them apart */
};
/* About `about` ticks within [lo, hi]; whole numbers only with `whole`. */
struct tv_ticks tv_ticks_make(double lo, double hi, int about, bool whole);
/* Moves lo and hi outwards to the ticks' multiples. */
void tv_range_nice(double *lo, double *hi, int about);

/* The plot's rectangle; `x` and `y` map into it. */
struct tv_plot {
    struct tv_scale x, y;
};
/* Grid lines, tick labels and a title along the bottom or the left.  Labels of the left axis end 8 units left
 * of the plot; the title stands centred below, or turned at `title_x`. */
void tv_axis_bottom(struct tv_canvas *c, const struct tv_plot *p, const struct tv_ticks *t,
                    const char *title);
void tv_axis_left(struct tv_canvas *c, const struct tv_plot *p, const struct tv_ticks *t, const char *title,
                  double title_x);

#endif
