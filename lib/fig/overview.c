/* fig/overview.c - the four views on one page (the paper's figure 1): each panel is drawn by its own figure
 * and placed, scaled.
 *
 *     a accuracy  | d network        The widths of the columns above and of the panels below are such that
 * both b classes   |                  ends are flush: heights are affine in widths, so that is one linear
 * equation. c instances | e features  | f domains
 */
#include <math.h>
#include <stdlib.h>
#include "core/mem.h"
#include "fig/figure_parts.h"

enum { PAGE = 2000, GAP = 14, PANELS = 6, LEFT = 3 /* panels in the left column */ };
enum { CLASSES = 10, NEURONS = 7 /* a layer of the network */, FEATURES = 6 };

struct panel {
    int kind; /* enum tv_figure_kind */
    struct tv_canvas *drawing;
};

/* Height of a drawing a unit of width. */
static double slope(const struct panel *p)
{
    return tv_canvas_height(p->drawing) / tv_canvas_width(p->drawing);
}

/* The panel's figure on a canvas of its own. */
static const char *draw_panel(struct panel *p, const struct tv_canvas *c, const struct tv_figure *f,
                              char letter)
{
    struct tv_figure of = *f;
    of.kind = p->kind;
    of.title = NULL;
    of.panel = letter;
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

/* Width of the left one of two columns of `width` together whose heights are  left w + gaps  and
 * right (width - w);  neither narrower than a third. */
static double flush(double width, double left, double gaps, double right)
{
    double w = (right * width - gaps) / (left + right), least = width / 3;
    return fmin(fmax(w, least), width - least);
}

static double draw_page(struct tv_canvas *c, const struct panel *p, double y)
{
    double x = TV_FIGURE_MARGIN, width = PAGE - 2 * x - GAP, left = 0, top = y;
    for (int i = 0; i < LEFT; i++) left += slope(&p[i]);
    double w = flush(width, left, (LEFT - 1) * GAP, slope(&p[LEFT]));
    for (int i = 0; i < LEFT; i++) y = place(c, &p[i], x, y, w);
    y = fmax(y, place(c, &p[LEFT], x + w + GAP, top, width - w));
    w = flush(width, slope(&p[LEFT + 1]), 0, slope(&p[LEFT + 2]));
    return fmax(place(c, &p[LEFT + 1], x, y, w), place(c, &p[LEFT + 2], x + w + GAP, y, width - w));
}

const char *tv_figure_overview(struct tv_canvas *c, const struct tv_figure *f)
{
    struct panel p[PANELS] = {{TV_FIGURE_ACCURACY}, {TV_FIGURE_CLASSES},  {TV_FIGURE_INSTANCES},
                              {TV_FIGURE_NETWORK},  {TV_FIGURE_FEATURES}, {TV_FIGURE_DOMAINS}};
    const char *error = NULL;
    for (int i = 0; i < PANELS && !error; i++) error = draw_panel(&p[i], c, f, (char)('a' + i));
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
