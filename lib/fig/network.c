/* fig/network.c - the network relation view: similarity matrices of the important neurons down the diagonal,
 * the links of both models in the corners between them (the paper's section 5.3.3, figure 4; relation.h,
 * relation_view.h).
 */
#include <math.h>
#include <stdlib.h>
#include "core/mem.h"
#include "fig/figure_parts.h"
#include "fig/relation_view.h"

enum {
    CELL = 18,
    LABEL = 56,
    REST = 90,
    GAP = 26 /* between bands without the rest */,
    OVERHANG = 60 /* of a legend below the last band */,
    SHOWN = 20,
    LEAST = 4
};
enum { LARGE = 50 /* neurons; a larger matrix is drawn as an image */, BINS = TV_RELATION_BINS };

/* ---- geometry ---- */

static double cells(const struct tv_relation_view *v, int shown)
{
    return (shown < LEAST ? LEAST : shown) * v->cell;
}

double tv_relation_cell_x(const struct tv_relation_view *v, int i) { return v->x[i] + v->label; }
double tv_relation_cell_y(const struct tv_relation_view *v, int i) { return v->y[i] + v->label; }
double tv_relation_rest_x(const struct tv_relation_view *v, int i)
{
    const struct tv_relation_layer *l = &v->r->layer[i];
    return v->x[i] + v->label + cells(v, l->shown[tv_relation_columns(l)]);
}
double tv_relation_rest_y(const struct tv_relation_view *v, int i)
{
    return v->y[i] + v->label + cells(v, v->r->layer[i].shown[v->r->layer[i].rows]);
}

double tv_relation_flow(const struct tv_relation_view *v, int64_t n)
{
    double most = v->widest > 1 ? (double)v->widest : 2;
    return 0.9 + 8 * sqrt((double)(n - 1) / (most - 1));
}
double tv_relation_thickness(const struct tv_relation_view *v, int64_t n)
{
    double most = v->thickest > 1 ? (double)v->thickest : 2, full = tv_relation_square(v) - 3;
    return fmin(3, full) + fmax(full - 3, 0) * (double)(n - 1) / (most - 1);
}

static void lay_out(struct tv_relation_view *v, double top)
{
    int n = v->r->n, most = 0;
    for (int i = 0; i < n; i++)
        for (int s = 0; s < 2; s++)
            if (v->r->layer[i].shown[s] > most) most = v->r->layer[i].shown[s];
    v->cell = most <= SHOWN ? CELL : fmax(4, floor((double)CELL * SHOWN / most));
    struct tv_text name = tv_text_style(v->c, TV_SIZE_BODY);
    name.bold = true;
    v->label = LABEL;
    for (int i = 0; i < n; i++)
        v->label = fmax(v->label, fmin(tv_text_width(v->c, &name, v->r->layer[i].name) + 14, 2 * LABEL));
    v->rest = v->f->no_rest ? 0 : REST;
    v->x = TV_ARRAY(double, (size_t)n + 1);
    v->y = TV_ARRAY(double, (size_t)n + 1);
    v->x[0] = TV_FIGURE_MARGIN - 7; /* the strip of indices has its own margin */
    v->y[0] = top;
    for (int i = 0; i < n; i++) {
        v->x[i + 1] = tv_relation_rest_x(v, i) + (v->rest > 0 ? v->rest : GAP);
        v->y[i + 1] = tv_relation_rest_y(v, i) + (v->rest > 0 ? v->rest : GAP);
    }
}

/* ---- similarities ---- */

enum { IMPORTANT_OTHER, OTHER_IMPORTANT, OTHER_OTHER, REGIONS };

/* Shares of the pairs of each region, in bins over [-1, 1]; n[region] pairs. */
static void count_region(double share[REGIONS][BINS], int64_t pairs[REGIONS],
                         const struct tv_relation_layer *l)
{
    enum tv_side rows = l->rows, columns = tv_relation_columns(l);
    for (int k = 0; k < REGIONS; k++) {
        pairs[k] = 0;
        for (int b = 0; b < BINS; b++) share[k][b] = 0;
    }
    for (int64_t r = 0; r < l->neurons[rows]; r++)
        for (int64_t c = 0; c < l->neurons[columns]; c++) {
            bool row = l->place[rows][r] >= 0, column = l->place[columns][c] >= 0;
            double sim = tv_relation_sim(l, r, c);
            if ((row && column) || isnan(sim)) continue;
            int region = row ? IMPORTANT_OTHER : column ? OTHER_IMPORTANT : OTHER_OTHER;
            int bin = (int)((sim + 1) / 2 * BINS);
            share[region][bin < 0 ? 0 : bin < BINS ? bin : BINS - 1]++;
            pairs[region]++;
        }
    for (int k = 0; k < REGIONS; k++)
        for (int b = 0; b < BINS && pairs[k] > 0; b++) share[k][b] /= (double)pairs[k];
}

static void draw_histogram(const struct tv_relation_view *v, const double *share, double full, int64_t pairs,
                           const char *region, double x, double y)
{
    enum { W = 70, H = 46 };
    struct tv_pen ground = tv_pen_fill(tv_canvas_theme(v->c)->histogram_ground);
    struct tv_pen zero = tv_pen_stroke(tv_color_fade(tv_canvas_theme(v->c)->muted, 0.5), 0.75);
    struct tv_text s = tv_text_style(v->c, TV_SIZE_TINY);
    if (pairs == 0) return;
    s.color = tv_canvas_theme(v->c)->muted;
    tv_group(v->c, "histogram");
    tv_group_data(v->c, "region", "%s", region);
    tv_group_data(v->c, "pairs", "%lld", (long long)pairs);
    tv_group_title(v->c, "%s: similarities of %lld pairs", region, (long long)pairs);
    tv_draw_rect(v->c, x, y, W, H, 0, &ground);
    tv_glyph_bars(v->c, share, BINS, x, y + H, W, H - 3, full, tv_canvas_theme(v->c)->ramp[2]);
    tv_draw_line(v->c, x + W / 2.0, y, x + W / 2.0, y + H, &zero);
    tv_draw_text(v->c, &s, x, y + H + 11, TV_MINUS "1");
    s.anchor = TV_MIDDLE;
    tv_draw_text(v->c, &s, x + W / 2.0, y + H + 11, "0");
    s.anchor = TV_END;
    tv_draw_text(v->c, &s, x + W, y + H + 11, "1");
    tv_group_end(v->c);
}

/* Three histograms on one height. */
static void draw_rest(const struct tv_relation_view *v, int i)
{
    double share[REGIONS][BINS], full = 0, x = tv_relation_rest_x(v, i) + 8, y = tv_relation_rest_y(v, i) + 8;
    int64_t pairs[REGIONS];
    count_region(share, pairs, &v->r->layer[i]);
    for (int k = 0; k < REGIONS; k++)
        for (int b = 0; b < BINS; b++) full = fmax(full, share[k][b]);
    draw_histogram(v, share[IMPORTANT_OTHER], full, pairs[IMPORTANT_OTHER], "important rows, other columns",
                   x, tv_relation_cell_y(v, i));
    draw_histogram(v, share[OTHER_IMPORTANT], full, pairs[OTHER_IMPORTANT], "other rows, important columns",
                   tv_relation_cell_x(v, i), y);
    draw_histogram(v, share[OTHER_OTHER], full, pairs[OTHER_OTHER], "other rows, other columns", x, y);
}

/* ---- the matrix ---- */

static void draw_cell(const struct tv_relation_view *v, int i, int r, int c)
{
    const struct tv_relation_layer *l = &v->r->layer[i];
    int64_t row = l->top[l->rows][r], column = l->top[tv_relation_columns(l)][c];
    int64_t source = l->rows == TV_SOURCE ? row : column, target = l->rows == TV_SOURCE ? column : row;
    double sim = tv_relation_sim(l, row, column), side = tv_relation_square(v);
    double x = tv_relation_cell_x(v, i) + c * v->cell, y = tv_relation_cell_y(v, i) + r * v->cell;
    struct tv_pen p = tv_pen_fill(tv_theme_ramp(tv_canvas_theme(v->c), sim));
    tv_group(v->c, "cell");
    tv_group_id(v->c, "sim-%s-%lld-%lld", l->name, (long long)source, (long long)target);
    tv_group_data(v->c, "source", "%lld", (long long)source);
    tv_group_data(v->c, "target", "%lld", (long long)target);
    tv_group_data(v->c, "value", "%.9g", sim);
    tv_group_title(v->c, "source neuron %lld, target neuron %lld: similarity %.3f", (long long)source,
                   (long long)target, sim);
    if (isnan(sim)) p = tv_pen_stroke(tv_canvas_theme(v->c)->rule, 1);
    tv_draw_rect(v->c, x, y, side, side, 0, &p);
    if (source == target) {
        struct tv_pen same = tv_pen_stroke(tv_canvas_theme(v->c)->highlight, 1.25);
        tv_draw_rect(v->c, x + 0.6, y + 0.6, side - 1.2, side - 1.2, 0, &same);
    }
    tv_group_end(v->c);
}

static void draw_large(const struct tv_relation_view *v, int i, int rows, int columns)
{
    const struct tv_relation_layer *l = &v->r->layer[i];
    uint8_t *rgb = tv_alloc((size_t)rows * (size_t)columns, 3);
    for (int r = 0; r < rows; r++)
        for (int c = 0; c < columns; c++) {
            double sim = tv_relation_sim(l, l->top[l->rows][r], l->top[tv_relation_columns(l)][c]);
            struct tv_color k = tv_theme_ramp(tv_canvas_theme(v->c), sim);
            uint8_t *p = rgb + 3 * (r * columns + c);
            p[0] = k.r, p[1] = k.g, p[2] = k.b;
        }
    tv_draw_image(v->c, tv_relation_cell_x(v, i), tv_relation_cell_y(v, i), columns * v->cell, rows * v->cell,
                  rgb, columns, rows, 3);
    free(rgb);
}

/* Indices and the bar of the domain along one side of the matrix. */
static void draw_side(const struct tv_relation_view *v, int i, bool columns)
{
    const struct tv_relation_layer *l = &v->r->layer[i];
    enum tv_side s = columns ? tv_relation_columns(l) : l->rows;
    double x0 = tv_relation_cell_x(v, i), y0 = tv_relation_cell_y(v, i), first = columns ? x0 : y0;
    double end = columns ? tv_relation_rest_x(v, i) : tv_relation_rest_y(v, i),
           length = l->shown[s] * v->cell - 2;
    struct tv_pen bar = tv_pen_fill(tv_side_color(v->c, s)), pale = tv_pen_fill(tv_side_light(v->c, s));
    struct tv_text t = tv_text_style(v->c, TV_SIZE_SMALL - 0.5);
    t.color = tv_side_color(v->c, s);
    t.anchor = columns ? TV_START : TV_END;
    t.turn = columns ? -90 : 0;
    tv_group(v->c, "side");
    tv_group_data(v->c, "model", "%s", tv_side_name[s]);
    tv_draw_rect(v->c, columns ? x0 : x0 - 9, columns ? y0 - 9 : y0, columns ? length : 5,
                 columns ? 5 : length, 0, &bar);
    if (v->rest > 0 && l->neurons[s] > l->shown[s])
        tv_draw_rect(v->c, columns ? end : x0 - 9, columns ? y0 - 9 : end, columns ? v->rest - 12 : 5,
                     columns ? 5 : v->rest - 12, 0, &pale);
    for (int k = 0; k < l->shown[s] && v->cell >= 11; k++) {
        double at = first + (k + 0.5) * v->cell - 1 + TV_TEXT_MIDDLE * t.size;
        tv_group(v->c, "neuron");
        tv_group_id(v->c, "neuron-%s-%s-%lld", tv_side_name[s], l->name, (long long)l->top[s][k]);
        tv_group_data(v->c, "rank", "%d", k + 1);
        tv_group_title(v->c, "%s model, %s, neuron %lld: rank %d", tv_side_name[s], l->name,
                       (long long)l->top[s][k], k + 1);
        tv_draw_text(v->c, &t, columns ? at : x0 - 13, columns ? y0 - 13 : at, "%lld",
                     (long long)l->top[s][k]);
        tv_group_end(v->c);
    }
    int64_t others = l->neurons[s] - l->shown[s];
    t.size = TV_SIZE_TINY;
    double at = end + 14 + TV_TEXT_MIDDLE * t.size;
    if (v->rest > 0 && others > 0)
        tv_draw_text(v->c, &t, columns ? at : x0 - 13, columns ? y0 - 13 : at, "+%lld", (long long)others);
    tv_group_end(v->c);
}

static void draw_matrix(const struct tv_relation_view *v, int i)
{
    const struct tv_relation_layer *l = &v->r->layer[i];
    int rows = l->shown[l->rows], columns = l->shown[tv_relation_columns(l)];
    struct tv_text s = tv_text_style(v->c, TV_SIZE_BODY);
    s.bold = true;
    s.anchor = TV_END;
    tv_group(v->c, "matrix");
    tv_group_id(v->c, "matrix-%s", l->name);
    tv_group_data(v->c, "layer", "%s", l->name);
    tv_group_data(v->c, "rows", "%s", tv_side_name[l->rows]);
    tv_draw_text_fit(v->c, &s, tv_relation_cell_x(v, i) - 9, tv_relation_cell_y(v, i) - 13, v->label - 10,
                     l->name);
    draw_side(v, i, true);
    draw_side(v, i, false);
    if (rows > LARGE || columns > LARGE)
        draw_large(v, i, rows, columns);
    else
        for (int r = 0; r < rows; r++)
            for (int c = 0; c < columns; c++) draw_cell(v, i, r, c);
    if (v->rest > 0) draw_rest(v, i);
    tv_group_end(v->c);
}

/* ---- the page ---- */

/* The steps above the diagonal: those right of band i. */
static struct tv_box steps_above(const struct tv_relation_view *v, int i, double width)
{
    int n = v->r->n;
    double floor = i == n ? fmax(v->y[n], 600) : v->y[i - 1];
    return (struct tv_box){v->x[i] + 24, v->y[0] + 16, width - TV_FIGURE_MARGIN, floor};
}

/* The legend stands where nothing else is: in the steps above the diagonal when it fits there, right of a
 * single band; else in those above and those below; else below all.  Returns the y below the page. */
static double draw_legend(const struct tv_relation_view *v, double width)
{
    int n = v->r->n, all = tv_relation_legend_blocks(v);
    for (int i = n > 2 ? 2 : n; i <= n; i++) {
        struct tv_box b = steps_above(v, i, width);
        if (b.x1 - b.x0 < 400 || tv_relation_legend_fit(b.x1 - b.x0, b.y1 - b.y0) < all) continue;
        return fmax(v->y[n], tv_relation_legend(v, b.x0, b.y0, b.x1 - b.x0, 0, all));
    }
    double margin = TV_FIGURE_MARGIN;
    if (n > 3) {
        struct tv_box b = steps_above(v, 2, width);
        double below = v->x[n - 2] - 24 - margin, top = v->y[n - 1] + 16;
        int first = tv_relation_legend_fit(b.x1 - b.x0, b.y1 - b.y0);
        if (b.x1 - b.x0 >= 400 && first + tv_relation_legend_fit(below, v->y[n] + OVERHANG - top) >= all) {
            tv_relation_legend(v, b.x0, b.y0, b.x1 - b.x0, 0, first);
            return fmax(v->y[n], tv_relation_legend(v, margin, top, below, first, all));
        }
    }
    return tv_relation_legend(v, margin, v->y[n] + 20, width - 2 * margin, 0, all);
}

/* The number of neurons to which --top cuts the important ones of some layer; 0: all are shown. */
static int most_shown(const struct tv_relation *r)
{
    for (int i = 0; i < r->n; i++)
        for (int s = 0; s < 2; s++)
            if (r->layer[i].important[s] > r->layer[i].shown[s]) return r->layer[i].shown[s];
    return 0;
}

static double draw_head(const struct tv_relation_view *v, double width)
{
    int n = v->r->n, most = most_shown(v->r);
    struct tv_str subtitle = {0};
    tv_str_add(&subtitle,
               "%s" TV_DOT "%d layer%s" TV_DOT
               "cosine similarity over the target images, the %s the more similar",
               v->r->text, n, n == 1 ? "" : "s", tv_theme_stronger(tv_canvas_theme(v->c)));
    if (most) tv_str_add(&subtitle, TV_DOT "at most %d important neurons a layer", most);
    if (v->f->part[TV_PART_TARGET_LINKS] && n > 1)
        tv_str_add(&subtitle, TV_DOT "important links in the corners");
    double top =
        tv_figure_head(v->c, v->f, "Which neurons and links the target model kept", subtitle.s, width);
    tv_str_release(&subtitle);
    return top;
}

static void draw_page(struct tv_relation_view *v)
{
    int n = v->r->n;
    lay_out(v, 0);
    double width = fmax(TV_FIGURE_WIDTH, v->x[n] + TV_FIGURE_MARGIN), top = draw_head(v, width);
    for (int i = 0; i <= n; i++) v->y[i] += top - 6;
    for (int i = 0; i < n - 1; i++) {
        tv_relation_count(v, i, true);
        tv_relation_count(v, i, false);
    }
    tv_group(v->c, "network");
    for (int i = 0; i + 1 < n; i++) {
        tv_relation_draw_links(v, i, true);
        tv_relation_draw_links(v, i, false);
    }
    for (int i = 0; i < n; i++) draw_matrix(v, i);
    tv_group_end(v->c);
    tv_canvas_size(v->c, width, draw_legend(v, width) + TV_FIGURE_MARGIN - 8);
}

const char *tv_figure_network(struct tv_canvas *c, const struct tv_figure *f)
{
    struct tv_relation r = {0};
    struct tv_relation_view v = {.c = c, .f = f, .r = &r};
    const char *error = tv_relation_load(&r, f);
    if (!error) draw_page(&v);
    free(v.x);
    free(v.y);
    tv_relation_release(&r);
    return error;
}
