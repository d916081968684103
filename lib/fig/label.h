/* fig/label.h - where labels go so that they do not cover each other. */
#ifndef TV_FIG_LABEL_H
#define TV_FIG_LABEL_H
#include "fig/canvas.h"

/* Moves y[0..n) apart by at least `gap` within [lo, hi], each as little as possible in the sense of least
 * squares, their order kept (equal ones by index).  More than fit are spaced evenly. */
void tv_label_spread(double *y, int n, double gap, double lo, double hi);

/* Boxes that are taken. */
struct tv_taken {
    struct tv_box *at;
    size_t n, cap;
    struct tv_box within; /* labels stay inside */
};
void tv_taken_add(struct tv_taken *t, struct tv_box b);
void tv_taken_release(struct tv_taken *t);
/* Finds the place nearest to (x, y) for a label w x h, tried around the point on growing rings, preferably in
 * the direction (dx, dy); adds it.  False, and nothing added, when every place within `reach` is taken. */
bool tv_label_place(struct tv_taken *t, double x, double y, double dx, double dy, double w, double h,
                    double reach, struct tv_box *place);

#endif
