/* fig/relation_links.c - the links between two layers in a corner of the network relation view (the paper's
 * section 5.3.3, weight visualization).
 *
 *                     shown columns      others
 *      shown rows   | squares          | boxplots, pies |
 *      others       | boxplots, pies   | histogram      |
 *
 * Above the diagonal flow lines enter from the left, along the rows of layer i, and leave downwards, along
 * the columns of layer i+1; below it they enter from above and leave to the right.
 */
#include <math.h>
#include <stdlib.h>
#include "core/mem.h"
#include "fig/axis.h"
#include "fig/relation_view.h"

enum { PIE = 5 /* radius */, PAD = 7, PIE_ROOM = 2 * PIE + 8, BINS = TV_RELATION_BINS };

/* The links at one neuron to others that are not shown. */
struct bundle {
    int64_t n, inherited, squares;
    double *value;
    double *at; /* [squares] page coordinate of the squares along the line, ascending */
};

struct corner {
    const struct tv_relation_view *v;
    int i; /* between layers i and i+1 */
    bool above;
    enum tv_side model;
    const struct tv_relation_layer *row, *column;
    const struct tv_relation_links *links;
    double x0, y0, xr, yr;             /* of the cells and of the rest */
    double left, top, right, bottom;   /* of the block */
    double lo, hi;                     /* values of both models */
    struct bundle *of_row, *of_column; /* [shown] */
    struct bundle others;              /* other to other */
};

static int row_place(const struct corner *k, const struct tv_relation_link *l)
{
    return k->row->place[k->model][k->above ? l->a : l->b];
}
static int column_place(const struct corner *k, const struct tv_relation_link *l)
{
    return k->column->place[k->model][k->above ? l->b : l->a];
}

static double middle(double first, double cell, int place) { return first + (place + 0.5) * cell - 1; }

static void bundle_add(struct bundle *b, const struct tv_relation_link *l, int64_t cap)
{
    if (!b->value) b->value = TV_ARRAY(double, (size_t)cap);
    b->value[b->n++] = l->value;
    b->inherited += l->inherited;
}

static void bundle_square(struct bundle *b, double at, int64_t cap)
{
    if (!b->at) b->at = TV_ARRAY(double, (size_t)cap);
    int64_t i = b->squares++;
    for (; i > 0 && b->at[i - 1] > at; i--) b->at[i] = b->at[i - 1];
    b->at[i] = at;
}

static void place_corner(struct corner *k)
{
    const struct tv_relation_view *v = k->v;
    int row = k->above ? k->i : k->i + 1, column = k->above ? k->i + 1 : k->i;
    k->row = &v->r->layer[row];
    k->column = &v->r->layer[column];
    k->x0 = tv_relation_cell_x(v, column);
    k->y0 = tv_relation_cell_y(v, row);
    k->xr = tv_relation_rest_x(v, column);
    k->yr = tv_relation_rest_y(v, row);
    k->left = v->x[column], k->right = v->x[column + 1];
    k->top = v->y[row], k->bottom = v->y[row + 1];
}

static bool corner_init(struct corner *k, const struct tv_relation_view *v, int i, bool above)
{
    const struct tv_relation_layer *first = &v->r->layer[i];
    *k = (struct corner){.v = v, .i = i, .above = above};
    k->model = above ? first->rows : tv_relation_columns(first);
    k->links = &v->r->links[k->model][i];
    if (!k->links->known || (k->model == TV_SOURCE && v->f->no_source_weights)) return false;
    if (!tv_relation_range(v->r, i, &k->lo, &k->hi)) return false;
    place_corner(k);
    k->of_row = TV_ARRAY(struct bundle, (size_t)k->row->shown[k->model]);
    k->of_column = TV_ARRAY(struct bundle, (size_t)k->column->shown[k->model]);
    for (int64_t j = 0; j < k->links->n; j++) {
        const struct tv_relation_link *l = &k->links->at[j];
        int r = row_place(k, l), c = column_place(k, l);
        if (r >= 0 && c >= 0) {
            bundle_square(&k->of_row[r], middle(k->x0, v->cell, c), k->column->shown[k->model]);
            bundle_square(&k->of_column[c], middle(k->y0, v->cell, r), k->row->shown[k->model]);
        } else {
            bundle_add(r >= 0 ? &k->of_row[r] : c >= 0 ? &k->of_column[c] : &k->others, l, k->links->n);
        }
    }
    return true;
}

static void bundle_release(struct bundle *b)
{
    free(b->value);
    free(b->at);
}

static void corner_release(struct corner *k)
{
    for (int r = 0; k->of_row && r < k->row->shown[k->model]; r++) bundle_release(&k->of_row[r]);
    for (int c = 0; k->of_column && c < k->column->shown[k->model]; c++) bundle_release(&k->of_column[c]);
    bundle_release(&k->others);
    free(k->of_row);
    free(k->of_column);
}

/* ---- one scale for all corners ---- */

static int64_t sum(const struct bundle *b, int n)
{
    int64_t all = 0;
    for (int i = 0; i < n; i++) all += b[i].n;
    return all;
}

void tv_relation_count(struct tv_relation_view *v, int i, bool above)
{
    struct corner k;
    if (corner_init(&k, v, i, above)) {
        int rows = k.row->shown[k.model], columns = k.column->shown[k.model];
        int64_t from_rows = sum(k.of_row, rows), from_columns = sum(k.of_column, columns);
        for (int j = 0; j < rows + columns; j++) {
            const struct bundle *b = j < rows ? &k.of_row[j] : &k.of_column[j - rows];
            if (b->n > v->thickest) v->thickest = b->n;
            if (b->n + b->squares > v->widest) v->widest = b->n + b->squares;
        }
        int64_t rail = k.others.n + (from_rows > from_columns ? from_rows : from_columns);
        if (rail > v->widest && v->rest > 0) v->widest = rail;
    }
    corner_release(&k);
}

/* ---- flow lines ---- */

static void draw_segment(const struct corner *k, bool upright, double across, double from, double to,
                         int64_t n)
{
    if (n <= 0 || to - from <= 0) return;
    struct tv_pen p =
        tv_pen_stroke(tv_color_fade(tv_side_light(k->v->c, k->model), 0.6), tv_relation_flow(k->v, n));
    if (upright)
        tv_draw_line(k->v->c, across, from, across, to, &p);
    else
        tv_draw_line(k->v->c, from, across, to, across, &p);
}

/* A line along one neuron: from `edge` it loses a link at each square and ends in the box, or it gains them
 * and leaves over the box to `edge`. */
static void draw_flow(const struct corner *k, bool upright, const struct bundle *b, double across, double box,
                      double edge, bool diverges)
{
    int64_t boxed = k->v->rest > 0 ? b->n : 0, n = diverges ? b->squares + boxed : 0;
    double at = edge;
    for (int64_t s = 0; s < b->squares; s++) {
        draw_segment(k, upright, across, at, b->at[s], n);
        at = b->at[s];
        n += diverges ? -1 : 1;
    }
    if (diverges) {
        draw_segment(k, upright, across, at, box, n);
        return;
    }
    if (boxed) draw_segment(k, upright, across, at, box, n);
    draw_segment(k, upright, across, boxed ? box : at, edge, n + boxed);
}

/* Room in the strip of indices before the cells: the line begins (or ends) there. */
static double strip(const struct corner *k) { return k->v->label - 42; }

static void draw_flows(const struct corner *k)
{
    const struct tv_relation_view *v = k->v;
    double down = k->bottom + strip(k), along = k->right + strip(k);
    tv_group(v->c, "flows");
    for (int r = 0; r < k->row->shown[k->model]; r++)
        draw_flow(k, false, &k->of_row[r], middle(k->y0, v->cell, r), k->xr + PAD,
                  k->above ? k->x0 - 14 : along, k->above);
    for (int c = 0; c < k->column->shown[k->model]; c++)
        draw_flow(k, true, &k->of_column[c], middle(k->x0, v->cell, c), k->yr + PAD,
                  k->above ? down : k->y0 - 14, !k->above);
    if (v->rest > 0) {
        int64_t out = sum(k->of_row, k->row->shown[k->model]),
                in = sum(k->of_column, k->column->shown[k->model]);
        double x = k->xr + v->rest / 2, y = k->yr + v->rest / 2, text = k->yr + v->rest - 8;
        if (k->above) {
            draw_segment(k, false, k->yr + 3, k->x0 - 14, k->xr + PAD, k->others.n + in);
            draw_segment(k, true, x, text, down + 14, k->others.n + out);
        } else {
            draw_segment(k, true, k->xr + 3, k->y0 - 14, k->yr + PAD, k->others.n + out);
            draw_segment(k, false, y, k->xr + PAD, along + 14, k->others.n + in);
        }
    }
    tv_group_end(v->c);
}

/* ---- squares ---- */

/* The pairs that could have a link, faintly. */
static void draw_grid(const struct corner *k)
{
    struct tv_pen p = tv_pen_fill(tv_canvas_theme(k->v->c)->histogram_ground);
    int rows = k->row->shown[k->model], columns = k->column->shown[k->model];
    double side = tv_relation_square(k->v), cell = k->v->cell;
    if ((int64_t)rows * columns > 2500) {
        tv_draw_rect(k->v->c, k->x0, k->y0, columns * cell, rows * cell, 0, &p);
        return;
    }
    for (int r = 0; r < rows; r++)
        for (int c = 0; c < columns; c++)
            tv_draw_rect(k->v->c, k->x0 + c * cell, k->y0 + r * cell, side, side, 0, &p);
}

static double darkness(const struct corner *k, double value) { return (value - k->lo) / (k->hi - k->lo); }

static void draw_square(const struct corner *k, const struct tv_relation_link *l, int r, int c)
{
    const struct tv_relation_view *v = k->v;
    double side = tv_relation_square(v), x = k->x0 + c * v->cell, y = k->y0 + r * v->cell;
    struct tv_pen p = tv_pen_fill(tv_theme_ramp(tv_canvas_theme(v->c), 0.08 + 0.92 * darkness(k, l->value)));
    tv_group(v->c, "link");
    tv_group_id(v->c, "link-%s-%s-%lld-%lld", tv_side_name[k->model], v->r->layer[k->i].name, (long long)l->a,
                (long long)l->b);
    tv_group_data(v->c, "from", "%lld", (long long)l->a);
    tv_group_data(v->c, "to", "%lld", (long long)l->b);
    tv_group_data(v->c, "value", "%.9g", l->value);
    if (k->model == TV_TARGET && v->r->inherited) tv_group_data(v->c, "inherited", "%d", l->inherited);
    if (l->counterpart[0] >= 0)
        tv_group_data(v->c, "counterpart", "%lld %lld", (long long)l->counterpart[0],
                      (long long)l->counterpart[1]);
    tv_group_title(v->c, "%s model: from neuron %lld to neuron %lld, value %.4g%s", tv_side_name[k->model],
                   (long long)l->a, (long long)l->b, l->value, l->inherited ? ", inherited" : "");
    tv_draw_rect(v->c, x, y, side, side, 0, &p);
    if (l->inherited) {
        struct tv_pen dot = tv_pen_fill(tv_canvas_theme(v->c)->inherited);
        dot.stroke = tv_canvas_theme(v->c)->ground;
        dot.width = 0.8;
        tv_draw_circle(v->c, x + side / 2, y + side / 2, 0.22 * side, &dot);
    }
    tv_group_end(v->c);
}

static void draw_squares(const struct corner *k)
{
    for (int64_t j = 0; j < k->links->n; j++) {
        const struct tv_relation_link *l = &k->links->at[j];
        int r = row_place(k, l), c = column_place(k, l);
        if (r >= 0 && c >= 0) draw_square(k, l, r, c);
    }
}

/* ---- boxplots and pies ---- */

static void draw_box(const struct corner *k, const struct bundle *b, int64_t neuron, double across,
                     double rest, bool upright)
{
    const struct tv_relation_view *v = k->v;
    if (b->n == 0) return;
    struct tv_five f = tv_five_of(b->value, b->n);
    double near = rest + PAD, far = rest + v->rest - PIE_ROOM;
    struct tv_scale s = {k->lo, k->hi, upright ? far : near, upright ? near : far};
    double *part[] = {&f.low, &f.q1, &f.median, &f.q3, &f.high}, pie = rest + v->rest - PIE - 5;
    struct tv_color off = tv_canvas_theme(v->c)->histogram;
    tv_group(v->c, "box");
    tv_group_data(v->c, "neuron", "%lld", (long long)neuron);
    tv_group_data(v->c, "links", "%lld", (long long)b->n);
    tv_group_data(v->c, "inherited", "%lld", (long long)b->inherited);
    tv_group_title(
        v->c, "%s model, neuron %lld: %lld links with other neurons, %lld inherited; median value %.4g",
        tv_side_name[k->model], (long long)neuron, (long long)b->n, (long long)b->inherited, f.median);
    for (int i = 0; i < 5; i++) *part[i] = tv_scale_at(&s, *part[i]);
    tv_glyph_box(v->c, &f, across, tv_relation_thickness(v, b->n), upright, tv_side_light(v->c, k->model),
                 tv_canvas_theme(v->c)->ink);
    if (k->model == TV_TARGET && v->r->inherited)
        tv_glyph_pie(v->c, upright ? across : pie, upright ? pie : across, fmin(PIE, v->cell / 2 - 1),
                     (double)b->inherited / (double)b->n, tv_canvas_theme(v->c)->inherited, off);
    tv_group_end(v->c);
}

/* Bars of the values of the links between other neurons, one height for both models. */
static void draw_others(const struct corner *k)
{
    const struct tv_relation_view *v = k->v;
    const struct bundle *b = &k->others;
    double bins[BINS] = {0}, full = 0, x = k->xr + PAD, y = k->yr + PAD, w = v->rest - 2 * PAD,
           h = v->rest - 30;
    for (int64_t j = 0; j < b->n; j++) {
        int bin = (int)(darkness(k, b->value[j]) * BINS);
        bins[bin < 0 ? 0 : bin < BINS ? bin : BINS - 1]++;
    }
    for (int i = 0; i < BINS; i++) full = fmax(full, bins[i]);
    struct tv_pen ground = tv_pen_fill(tv_canvas_theme(v->c)->ground),
                  tint = tv_pen_fill(tv_canvas_theme(v->c)->histogram_ground);
    struct tv_text s = tv_text_style(v->c, TV_SIZE_TINY);
    s.color = tv_canvas_theme(v->c)->muted;
    s.anchor = TV_MIDDLE;
    tv_group(v->c, "others");
    tv_group_data(v->c, "links", "%lld", (long long)b->n);
    tv_group_data(v->c, "inherited", "%lld", (long long)b->inherited);
    tv_group_title(v->c, "%s model: %lld links between other neurons, %lld inherited", tv_side_name[k->model],
                   (long long)b->n, (long long)b->inherited);
    tv_draw_rect(v->c, x, y, w, h, 0, &ground);
    tv_draw_rect(v->c, x, y, w, h, 0, &tint);
    tv_glyph_bars(v->c, bins, BINS, x, y + h, w, h - 4, full, tv_side_light(v->c, k->model));
    tv_draw_text(v->c, &s, x + w / 2, y + h + 11, "%s link%s", tv_text_count(b->n), b->n == 1 ? "" : "s");
    tv_group_end(v->c);
}

/* Ends of the values' scale beside the boxes; the lower end only where both fit. */
static void draw_scale(const struct corner *k)
{
    const struct tv_relation_view *v = k->v;
    struct tv_text s = tv_text_style(v->c, TV_SIZE_TINY);
    double near = PAD, far = v->rest - PIE_ROOM + 8;
    const char *lo = tv_text_short(k->lo, 2), *hi = tv_text_short(k->hi, 2);
    s.color = tv_canvas_theme(v->c)->muted;
    if (tv_text_width(v->c, &s, lo) + tv_text_width(v->c, &s, hi) + 6 < far - near)
        tv_draw_text(v->c, &s, k->xr + near, k->y0 - 5, "%s", lo);
    s.anchor = TV_END;
    tv_draw_text(v->c, &s, k->xr + far, k->y0 - 5, "%s", hi);
    tv_draw_text(v->c, &s, k->x0 - 5, k->yr + PAD + 10, "%s", hi);
    tv_draw_text(v->c, &s, k->x0 - 5, k->yr + v->rest - PIE_ROOM, "%s", lo);
}

/* ---- the corner ---- */

/* The indices of the neurons where their lines begin, because the matrix' own ones are far. */
static void draw_indices(const struct corner *k)
{
    const struct tv_relation_view *v = k->v;
    const struct tv_relation_layer *l = k->above ? k->row : k->column;
    struct tv_text s = tv_text_style(v->c, TV_SIZE_TINY);
    if (v->cell < 11) return;
    s.color = tv_side_color(v->c, k->model);
    s.anchor = k->above ? TV_END : TV_START;
    s.turn = k->above ? 0 : -90;
    for (int p = 0; p < l->shown[k->model]; p++) {
        double at = middle(k->above ? k->y0 : k->x0, v->cell, p) + TV_TEXT_MIDDLE * s.size;
        tv_draw_text(v->c, &s, k->above ? k->x0 - 18 : at, k->above ? at : k->y0 - 18, "%lld",
                     (long long)l->top[k->model][p]);
    }
}

void tv_relation_draw_links(const struct tv_relation_view *v, int i, bool above)
{
    struct corner k;
    if (corner_init(&k, v, i, above)) {
        tv_group(v->c, "links");
        tv_group_id(v->c, "links-%s-%s-%s", tv_side_name[k.model], v->r->layer[i].name,
                    v->r->layer[i + 1].name);
        tv_group_data(v->c, "model", "%s", tv_side_name[k.model]);
        tv_group_data(v->c, "from", "%s", v->r->layer[i].name);
        tv_group_data(v->c, "to", "%s", v->r->layer[i + 1].name);
        draw_grid(&k);
        draw_flows(&k);
        draw_indices(&k);
        draw_squares(&k);
        if (v->rest > 0) {
            for (int r = 0; r < k.row->shown[k.model]; r++)
                draw_box(&k, &k.of_row[r], k.row->top[k.model][r], middle(k.y0, v->cell, r), k.xr, false);
            for (int c = 0; c < k.column->shown[k.model]; c++)
                draw_box(&k, &k.of_column[c], k.column->top[k.model][c], middle(k.x0, v->cell, c), k.yr,
                         true);
            bool others = k.row->neurons[k.model] > k.row->shown[k.model] ||
                          k.column->neurons[k.model] > k.column->shown[k.model];
            if (k.others.n > 0) draw_others(&k);
            if (others) draw_scale(&k);
        }
        tv_group_end(v->c);
    }
    corner_release(&k);
}
