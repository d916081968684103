/* fig/relation_legend.c - the legend of the network relation view: a block a kind of mark, drawn with the
 * marks' own functions. */
#include <math.h>
#include "fig/figure_parts.h"
#include "fig/relation_view.h"

enum { NARROW = 206, WIDE = 262, BLOCK_H = 112, GAP = 18, TEXT_X = 66, LINE = 14 };

typedef void draw_glyph(const struct tv_relation_view *v, double x, double y);

static void glyph_similarity(const struct tv_relation_view *v, double x, double y)
{
    struct tv_text s = tv_text_style(v->c, TV_SIZE_TINY);
    struct tv_pen same = tv_pen_stroke(tv_canvas_theme(v->c)->highlight, 1.25);
    struct tv_pen grey = tv_pen_fill(tv_theme_ramp(tv_canvas_theme(v->c), 0.5));
    s.color = tv_canvas_theme(v->c)->muted;
    tv_glyph_ramp(v->c, x, y, 56, 11);
    tv_draw_text(v->c, &s, x, y + 22, "0");
    s.anchor = TV_END;
    tv_draw_text(v->c, &s, x + 56, y + 22, "1");
    tv_draw_rect(v->c, x, y + 32, 14, 14, 0, &grey);
    tv_draw_rect(v->c, x + 0.6, y + 32.6, 12.8, 12.8, 0, &same);
}

static void glyph_sides(const struct tv_relation_view *v, double x, double y)
{
    struct tv_text s = tv_text_style(v->c, TV_SIZE_SMALL - 0.5);
    for (int k = 0; k < 2; k++) {
        struct tv_pen bar = tv_pen_fill(tv_side_color(v->c, (enum tv_side)k));
        struct tv_pen pale = tv_pen_fill(tv_side_light(v->c, (enum tv_side)k));
        s.color = bar.fill;
        tv_draw_text(v->c, &s, x, y + 9 + 22 * k, "%s", k ? "17" : "4");
        tv_draw_rect(v->c, x + 20, y + 22 * k, 5, 14, 0, &bar);
        if (v->rest > 0) tv_draw_rect(v->c, x + 28, y + 22 * k, 5, 14, 0, &pale);
    }
}

static void glyph_histogram(const struct tv_relation_view *v, double x, double y)
{
    static const double share[TV_RELATION_BINS] = {0,  0,  0, 1, 1, 2, 3, 3, 5, 8,
                                                   10, 12, 9, 8, 6, 5, 3, 2, 1, 1};
    struct tv_pen ground = tv_pen_fill(tv_canvas_theme(v->c)->histogram_ground);
    tv_draw_rect(v->c, x, y, 56, 34, 0, &ground);
    tv_glyph_bars(v->c, share, TV_RELATION_BINS, x, y + 34, 56, 31, 12, tv_canvas_theme(v->c)->ramp[2]);
}

static void glyph_link(const struct tv_relation_view *v, double x, double y)
{
    struct tv_pen dot = tv_pen_fill(tv_canvas_theme(v->c)->inherited);
    dot.stroke = tv_canvas_theme(v->c)->ground;
    dot.width = 0.8;
    for (int k = 0; k < 3; k++) {
        struct tv_pen p = tv_pen_fill(tv_theme_ramp(tv_canvas_theme(v->c), 0.15 + 0.4 * k));
        tv_draw_rect(v->c, x + 18 * k, y, 16, 16, 0, &p);
    }
    if (v->r->inherited) tv_draw_circle(v->c, x + 44, y + 8, 3.5, &dot);
}

static void glyph_box(const struct tv_relation_view *v, double x, double y)
{
    struct tv_five f = {.n = 9, .low = x + 1, .q1 = x + 14, .median = x + 24, .q3 = x + 36, .high = x + 54};
    tv_glyph_box(v->c, &f, y + 8, 12, false, tv_side_light(v->c, TV_TARGET), tv_canvas_theme(v->c)->ink);
    f.q1 += 4, f.median += 3, f.high -= 6;
    tv_glyph_box(v->c, &f, y + 30, 4, false, tv_side_light(v->c, TV_TARGET), tv_canvas_theme(v->c)->ink);
}

static void glyph_pie(const struct tv_relation_view *v, double x, double y)
{
    static const double share[] = {0.25, 0.6, 1};
    for (int k = 0; k < 3; k++)
        tv_glyph_pie(v->c, x + 8 + 20 * k, y + 8, 7, share[k], tv_canvas_theme(v->c)->inherited,
                     tv_canvas_theme(v->c)->histogram);
}

static void glyph_flow(const struct tv_relation_view *v, double x, double y)
{
    int64_t n[] = {1, (v->widest + 3) / 4, v->widest};
    struct tv_text s = tv_text_style(v->c, TV_SIZE_TINY);
    s.color = tv_canvas_theme(v->c)->muted;
    s.anchor = TV_END;
    for (int k = 0; k < 3; k++) {
        struct tv_pen p =
            tv_pen_stroke(tv_color_fade(tv_side_light(v->c, TV_TARGET), 0.6), tv_relation_flow(v, n[k]));
        tv_draw_line(v->c, x + 26, y + 5 + 17 * k, x + 56, y + 5 + 17 * k, &p);
        tv_draw_text(v->c, &s, x + 22, y + 9 + 17 * k, "%s", tv_text_count(n[k]));
    }
}

struct block {
    const char *head, *text;
    draw_glyph *glyph;
    bool shown;
};

static void draw_block(const struct tv_relation_view *v, const struct block *b, double x, double y,
                       double width)
{
    struct tv_text head = tv_text_style(v->c, TV_SIZE_SMALL), s = tv_text_style(v->c, TV_SIZE_TINY + 0.5);
    head.bold = true;
    s.color = tv_canvas_theme(v->c)->muted;
    tv_draw_text(v->c, &head, x, y + 9, "%s", b->head);
    b->glyph(v, x, y + 20);
    tv_figure_wrap(v->c, &s, x + TEXT_X, y + 29, width - TEXT_X - GAP, LINE, b->text);
}

enum { BLOCKS = 7 };

/* The blocks that the view needs; returns how many. */
static int choose_blocks(struct block out[BLOCKS], const struct tv_relation_view *v)
{
    bool links = v->widest > 0, rest = v->rest > 0, boxes = links && rest && v->thickest > 0;
    const char *stronger = tv_theme_stronger(tv_canvas_theme(v->c));
    const struct block block[BLOCKS] = {
        {"Similarity", "of a source and a target neuron, negative as 0; outlined: the same index in both",
         glyph_similarity, true},
        {"Neurons",
         rest ? "important ones of the source and the target model, best first; pale, +n: the others"
              : "important ones of the source and the target model, best first",
         glyph_sides, true},
        {"Other similarities",
         "share of the pairs; beside: important " TV_TIMES " other, below: other " TV_TIMES
         " important, corner: other " TV_TIMES " other",
         glyph_histogram, rest},
        {"Important links",
         v->r->inherited ? tv_msg("of important neurons, the %s the larger the mean value; dot: "
                                  "inherited, with a counterpart in the source model",
                                  stronger)
                         : tv_msg("of important neurons, the %s the larger the mean value", stronger),
         glyph_link, links},
        {"Links with other neurons",
         "their values: quartiles, whiskers to 1.5 IQR, the thicker the more links; corner: "
         "other " TV_TIMES " other",
         glyph_box, boxes},
        {"Inherited share", "of these links of the target model", glyph_pie, boxes && v->r->inherited},
        {"Flow",
         "number of important links that a neuron sends or receives; red: source model, blue: target model",
         glyph_flow, links},
    };
    int n = 0;
    for (int i = 0; i < BLOCKS; i++)
        if (block[i].shown) out[n++] = block[i];
    return n;
}

static int columns_of(double width)
{
    int columns = (int)floor((width + GAP) / NARROW);
    return columns < 1 ? 1 : columns;
}

int tv_relation_legend_blocks(const struct tv_relation_view *v)
{
    struct block block[BLOCKS];
    return choose_blocks(block, v);
}

int tv_relation_legend_fit(double width, double height)
{
    return columns_of(width) * (int)fmax(floor(height / BLOCK_H), 0);
}

double tv_relation_legend(const struct tv_relation_view *v, double x, double y, double width, int first,
                          int end)
{
    struct block block[BLOCKS];
    int n = choose_blocks(block, v), columns = columns_of(width),
        rows = (end - first + columns - 1) / columns;
    double w = fmin((width + GAP) / columns, WIDE);
    tv_group(v->c, "legend");
    for (int k = first; k < n && k < end; k++)
        draw_block(v, &block[k], x + (k - first) % columns * w, y + (k - first) / columns * (double)BLOCK_H,
                   w);
    tv_group_end(v->c);
    return y + rows * (double)BLOCK_H;
}
