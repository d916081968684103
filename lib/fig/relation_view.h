/* fig/relation_view.h - geometry of the network relation view, shared by its matrices (network.c), the links
 * in the corners (relation_links.c) and the legend (relation_legend.c).
 *
 * A layer has a band of columns from x[i] to x[i+1] and a band of rows from y[i] to y[i+1], each
 *
 *     | label: indices and bar | cells: the important neurons shown | rest: the other neurons |
 */
#ifndef TV_FIG_RELATION_VIEW_H
#define TV_FIG_RELATION_VIEW_H
#include "fig/relation.h"

enum { TV_RELATION_BINS = 20 };

struct tv_relation_view {
    struct tv_canvas *c;
    const struct tv_figure *f;
    const struct tv_relation *r;
    double cell;        /* distance of cells; they are drawn a little smaller */
    double label, rest; /* widths; rest 0: the other neurons are not shown */
    double *x, *y;      /* [n + 1] */
    int64_t thickest;   /* most links in a boxplot */
    int64_t widest;     /* most links in a flow line */
};

/* Left of the cells and of the rest of layer i's columns; above those of its rows. */
double tv_relation_cell_x(const struct tv_relation_view *v, int i);
double tv_relation_rest_x(const struct tv_relation_view *v, int i);
double tv_relation_cell_y(const struct tv_relation_view *v, int i);
double tv_relation_rest_y(const struct tv_relation_view *v, int i);
/* Side of a drawn cell. */
static inline double tv_relation_square(const struct tv_relation_view *v)
{
    return v->cell - (v->cell > 8 ? 2 : 0);
}

/* Width of a flow line, thickness of a box that stand for n links. */
double tv_relation_flow(const struct tv_relation_view *v, int64_t n);
double tv_relation_thickness(const struct tv_relation_view *v, int64_t n);

/* The corner above (or below) the diagonal between matrices i and i + 1; counts first into v->thickest and
 * v->widest. */
void tv_relation_count(struct tv_relation_view *v, int i, bool above);
void tv_relation_draw_links(const struct tv_relation_view *v, int i, bool above);

/* Blocks that explain the marks. */
int tv_relation_legend_blocks(const struct tv_relation_view *v);
/* How many of them a box of that size holds. */
int tv_relation_legend_fit(double width, double height);
/* Draws those from `first` up to `end`, from left to right and top to bottom in a column of that width;
 * returns the y below them. */
double tv_relation_legend(const struct tv_relation_view *v, double x, double y, double width, int first,
                          int end);

#endif
