/* fig/overview.c - the four views on one page (the paper's figure 1): each panel is drawn by its own figure
 * and placed, scaled.
 *
 *     a accuracy  | c instances      Two columns: from the models to their neurons, from the images to what
 *     b classes   | e features       sets their domains apart.  Their widths are such that they end flush:
 *     d network   | f domains        heights are affine in widths, so that is one linear equation.
 */
#include <math.h>
#include <stdlib.h>
#include "core/mem.h"
#include "fig/figure_parts.h"

enum { PAGE = 2070, GAP = 14, PANELS = 6, LEFT = 3 /* panels in the left column */ };
enum { CLASSES = 10, NEURONS = 7 /* a layer of the network */, LAYERS = 4, FEATURES = 6 };

struct panel {
    int kind; /* enum tv_figure_kind */
    char letter;
    struct tv_canvas *drawing;
};

/* Height of a drawing a unit of width. */
static double slope(const struct panel *p)
{
    return tv_canvas_height(p->drawing) / tv_canvas_width(p->drawing);
}

/* The panel's figure on a canvas of its own. */
static const char *draw_panel(struct panel *p, const struct tv_canvas *c, const struct tv_figure *f)
{
    struct tv_figure of = *f;
    of.kind = p->kind;
    of.title = NULL;
    of.panel = p->letter;
    of.width = TV_FIGURE_NARROW;
    of.last_layers = LAYERS;
    if (p->kind == TV_FIGURE_CLASSES) of.top = CLASSES;
    if (p->kind == TV_FIGURE_FEATURES) of.top = FEATURES;
    if (p->kind == TV_FIGURE_DOMAINS) of.top = 0;
    if (p->kind == TV_FIGURE_NETWORK && of.top == 0) of.top = NEURONS;
    if (p->kind == TV_FIGURE_INSTANCES) of.class = NULL;
    p->drawing = tv_canvas_new(tv_canvas_theme(c), tv_font_family(tv_canvas_font(c)));
    return tv_figure_draw(p->drawing, &of);
}

/* Places the panel, `width` wide; returns the y below it. */
static double place(struct tv_canvas *c, const struct panel *p, double x, double y, double width)
{
    const char *name = tv_figure_name[p->kind];
    double scale = width / tv_canvas_width(p->drawing), height = scale * tv_canvas_height(p->drawing);
    struct tv_pen frame = tv_pen_stroke(tv_canvas_theme(c)->rule, 1);
    tv_group(c, "panel");
    tv_group_id(c, "panel-%s", name);
    tv_draw_rect(c, x, y, width, height, 6, &frame);
    tv_canvas_place(c, p->drawing, x, y, scale, name);
    tv_group_end(c);
    return y + height + GAP;
}

/* Width of the left one of two columns of `width` together that end flush; neither much narrower than the
 * other, so that no text becomes small. */
static double flush(double width, double left, double right)
{
    double w = right * width / (left + right), least = 0.46 * width;
    return fmin(fmax(w, least), width - least);
}

/* Sum of the heights of a column's panels a unit of width. */
static double column_slope(const struct panel *p)
{
    double sum = 0;
    for (int i = 0; i < LEFT; i++) sum += slope(&p[i]);
    return sum;
}

static double draw_column(struct tv_canvas *c, const struct panel *p, double x, double y, double width)
{
    for (int i = 0; i < LEFT; i++) y = place(c, &p[i], x, y, width);
    return y;
}

static double draw_page(struct tv_canvas *c, const struct panel *p, double y)
{
    double x = TV_FIGURE_MARGIN, width = PAGE - 2 * x - GAP;
    double w = flush(width, column_slope(p), column_slope(p + LEFT));
    return fmax(draw_column(c, p, x, y, w), draw_column(c, p + LEFT, x + w + GAP, y, width - w));
}

const char *tv_figure_overview(struct tv_canvas *c, const struct tv_figure *f)
{
    struct panel p[PANELS] = {{TV_FIGURE_ACCURACY, 'a'}, {TV_FIGURE_CLASSES, 'b'},
                              {TV_FIGURE_NETWORK, 'd'},  {TV_FIGURE_INSTANCES, 'c'},
                              {TV_FIGURE_FEATURES, 'e'}, {TV_FIGURE_DOMAINS, 'f'}};
    const char *error = NULL;
    for (int i = 0; i < PANELS && !error; i++) error = draw_panel(&p[i], c, f);
    if (!error) {
        double y = tv_figure_head(c, f, "What was transferred from the source to the target model",
                                  "Statistics (a, b)" TV_DOT "instances (c)" TV_DOT
                                  "neurons and links of the network (d)" TV_DOT
                                  "features and domain discriminability (e, f)",
                                  PAGE);
        tv_canvas_size(c, PAGE, draw_page(c, p, y) + TV_FIGURE_MARGIN - GAP);
    }
    for (int i = 0; i < PANELS; i++) tv_canvas_free(p[i].drawing);
    return error;
}
