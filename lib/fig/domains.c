/* fig/domains.c - the domain discriminability plot: instances projected on u and the first principal
 * component, the decision boundary, and the axes of the chosen neurons (SPEC 6.5; the paper's section 5.4.2).
 *
 *     plot: source side | target side          | the arrows' neurons, the marks, the common knowledge
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "core/mem.h"
#include "fig/axis.h"
#include "fig/figure_parts.h"
#include "fig/glyph.h"
#include "fig/label.h"
#include "fig/ranking.h"
#include "fig/thumb.h"

enum { PLOT_X = TV_FIGURE_MARGIN + 52, PLOT_H = 560, GAP = 30, SIDE_W = 246, AXES = 5 };
enum { THUMB = 42, COMMON = 10 /* images of common knowledge */ };

struct view {
    struct tv_ranking neurons;
    int64_t m;         /* instances */
    double *at;        /* [m][2] */
    double *q;         /* [neurons.n][2] */
    enum tv_side *of;  /* [m] domains */
    char *const *path; /* [m], borrowed; NULL: not known */
    int64_t *label, *row, *common, commons;
    double boundary; /* NaN: none */
    double reach;    /* factor of the arrows */
    double r;        /* radius of a mark */
    double right;    /* end of the plot */
    double side;     /* where the column beside it begins */
    struct tv_plot plot;
    struct tv_thumbs thumbs;
};

static void view_release(struct view *v)
{
    tv_ranking_release(&v->neurons);
    free(v->at);
    free(v->q);
    free(v->of);
    free(v->label);
    free(v->row);
    free(v->common);
    if (v->thumbs.figure) tv_thumbs_release(&v->thumbs);
}

/* ---- loading ---- */

/* One number an instance; absent is allowed. */
static const char *column(int64_t **out, const struct view *v, const struct tv_figure *f, const char *name)
{
    const struct tv_tensor *t = tv_ranking_find(&v->neurons, f, name);
    const char *error = t ? tv_figure_shape(t, 1, v->m, -1) : NULL;
    *out = t && !error ? tv_tensor_i64_new(t) : NULL;
    return error;
}

static const char *load_instances(struct view *v, const struct tv_figure *f)
{
    const struct tv_tensor *path = tv_ranking_find(&v->neurons, f, "path");
    const struct tv_tensor *common = tv_ranking_find(&v->neurons, f, "common");
    const char *error = column(&v->label, v, f, "label");
    if (!error) error = column(&v->row, v, f, "row");
    if (!error && path) error = tv_figure_shape(path, 1, v->m, -1);
    if (!error && common) error = tv_figure_shape(common, 1, -1, -1);
    if (error) return error;
    if (path && path->dtype == TV_STR) v->path = path->data;
    v->common = common ? tv_tensor_i64_new(common) : NULL;
    v->commons = common ? common->dim[0] : 0;
    for (int64_t i = 0; i < v->commons; i++)
        if (v->common[i] < 0 || v->common[i] >= v->m)
            return tv_msg("%s: want rows below %lld, got %lld", common->name, (long long)v->m,
                          (long long)v->common[i]);
    return NULL;
}

static const char *load(struct view *v, const struct tv_figure *f)
{
    const char *error = tv_ranking_load(&v->neurons, f, AXES);
    if (error) return error;
    const struct tv_tensor *at = tv_ranking_find(&v->neurons, f, "projection"),
                           *q = tv_ranking_find(&v->neurons, f, "axes");
    const struct tv_tensor *domain = tv_ranking_find(&v->neurons, f, "domain");
    const struct tv_tensor *boundary = tv_ranking_find(&v->neurons, f, "boundary");
    if (!at || !q || !domain)
        return tv_figure_missing(f, "discrim/<class>/projection, axes and domain", "tv-discrim");
    error = tv_figure_shape(at, 2, -1, 2);
    if (!error) error = tv_figure_shape(q, 2, v->neurons.n, 2);
    if (!error) error = tv_figure_shape(domain, 1, at->dim[0], -1);
    if (!error && domain->dtype != TV_STR)
        error = tv_msg("%s: want strings, got %s", domain->name, tv_tensor_text(domain));
    if (error) return error;
    v->m = at->dim[0];
    v->at = tv_tensor_f64_new(at);
    v->q = tv_tensor_f64_new(q);
    char *const *name = domain->data;
    v->of = TV_ARRAY(enum tv_side, (size_t)v->m);
    for (int64_t i = 0; i < v->m; i++) v->of[i] = tv_figure_side(f, name[i]);
    v->boundary = boundary ? tv_tensor_get(boundary, 0) : NAN;
    if (f->n_images) tv_thumbs_init(&v->thumbs, f);
    return load_instances(v, f);
}

static enum tv_side side_of(const struct view *v, int64_t i) { return v->of[i]; }

/* ---- scales ---- */

/* How far the arrows may be stretched so that none leaves the plot: the smallest room over its component. */
static double arrow_reach(const struct view *v)
{
    double reach = INFINITY;
    for (int64_t k = 0; k < v->neurons.shown; k++)
        for (int a = 0; a < 2; a++) {
            const struct tv_scale *s = a ? &v->plot.y : &v->plot.x;
            double q = v->q[2 * v->neurons.order[k] + a], room = 0.8 * (q > 0 ? s->hi : -s->lo);
            if (fabs(q) > 1e-12 && room / fabs(q) < reach) reach = room / fabs(q);
        }
    return isfinite(reach) ? reach : 1;
}

static void lay_out(struct view *v, double top)
{
    double lo[2] = {0, 0}, hi[2] = {0, 0}; /* the arrows start at the mean, 0 */
    for (int a = 0; a < 2; a++) tv_range_add(&lo[a], &hi[a], v->at + a, v->m, 2);
    tv_range_add(&lo[0], &hi[0], &v->boundary, 1, 1);
    for (int a = 0; a < 2; a++) {
        tv_range_settle(&lo[a], &hi[a]);
        double pad = 0.08 * (hi[a] - lo[a]);
        lo[a] = fmin(lo[a] - pad, -0.25 * hi[a]); /* room for arrows on both sides */
        hi[a] = fmax(hi[a] + pad, -0.25 * lo[a]);
    }
    v->plot.x = (struct tv_scale){lo[0], hi[0], PLOT_X, v->right};
    v->plot.y = (struct tv_scale){lo[1], hi[1], top + PLOT_H, top};
    v->reach = arrow_reach(v);
    double r = 110 / pow((double)(v->m > 0 ? v->m : 1), 0.45);
    v->r = r > 6 ? 6 : r < 1.2 ? 1.2 : r;
}

/* ---- the ground: sides and boundary ---- */

static void draw_ground(struct tv_canvas *c, const struct view *v)
{
    struct tv_text s = tv_text_style(c, TV_SIZE_SMALL);
    double top = v->plot.y.to, at = tv_scale_at(&v->plot.x, v->boundary), right = v->right;
    bool bound = isfinite(v->boundary);
    s.anchor = TV_MIDDLE;
    tv_group(c, "sides");
    if (bound) tv_draw_text(c, &s, fmin(fmax(at, PLOT_X + 140), right - 140), top - 8, "decision boundary");
    s.bold = true;
    for (int k = 0; k < 2; k++) {
        struct tv_pen wash = tv_pen_fill(tv_color_fade(tv_side_light(c, (enum tv_side)k), 0.16));
        double from = k ? at : PLOT_X, to = k ? right : at;
        s.anchor = k ? TV_END : TV_START;
        s.color = tv_side_color(c, (enum tv_side)k);
        if (bound) tv_draw_rect(c, from, top, to - from, PLOT_H, 0, &wash);
        tv_draw_text(c, &s, k ? right : PLOT_X, top - 8, "%s side", tv_side_name[k]);
    }
    if (bound) {
        struct tv_pen line = {.stroke = tv_canvas_theme(c)->ink, .width = 1.25, .dash = TV_DASHED};
        tv_draw_line(c, at, top, at, top + PLOT_H, &line);
    }
    tv_group_end(c);
}

/* ---- instances ---- */

static void draw_mark(struct tv_canvas *c, const struct view *v, int64_t i)
{
    enum tv_side side = side_of(v, i);
    struct tv_pen pen = tv_pen_fill(tv_color_fade(tv_side_color(c, side), 0.72));
    pen.stroke = tv_color_fade(tv_canvas_theme(c)->ground, 0.9);
    pen.width = 0.6;
    tv_glyph_mark(c, side, tv_scale_at(&v->plot.x, v->at[2 * i]), tv_scale_at(&v->plot.y, v->at[2 * i + 1]),
                  side == TV_SOURCE ? 1.25 * v->r : v->r, &pen);
}

static void draw_instance(struct tv_canvas *c, const struct view *v, int64_t i)
{
    const char *side = tv_side_name[side_of(v, i)];
    tv_group(c, "instance");
    tv_group_id(c, "instance-%lld", (long long)i);
    tv_group_data(c, "domain", "%s", side);
    if (v->label) tv_group_data(c, "label", "%lld", (long long)v->label[i]);
    if (v->row) tv_group_data(c, "row", "%lld", (long long)v->row[i]);
    if (v->path) tv_group_data(c, "path", "%s", v->path[i]);
    tv_group_title(c, "%s%s%s", v->path ? v->path[i] : "", v->path ? ", " : "", side);
    draw_mark(c, v, i);
    tv_group_end(c);
}

static void draw_instances(struct tv_canvas *c, const struct view *v)
{
    bool raster = v->m > TV_CANVAS_MARKS;
    tv_group(c, "instances");
    if (raster) tv_group_title(c, "%s instances, drawn as an image", tv_text_count(v->m));
    if (raster) tv_raster_begin(c, PLOT_X, v->plot.y.to, v->right - PLOT_X, PLOT_H);
    int64_t step = tv_figure_stride(v->m);
    for (int64_t k = 0, i = 0; k < v->m; k++, i = (i + step) % v->m)
        (raster ? draw_mark : draw_instance)(c, v, i);
    if (raster) tv_raster_end(c);
    tv_group_end(c);
}

/* The place of an instance's image among the data sets; -1 without. */
static int64_t image_of(const struct view *v, int64_t i)
{
    if (!v->thumbs.figure) return -1;
    int64_t image = v->path ? tv_thumbs_find(&v->thumbs, side_of(v, i), v->path[i]) : -1;
    return image < 0 && v->row ? tv_thumbs_row(&v->thumbs, side_of(v, i), v->row[i]) : image;
}

/* A thin line from a mark to its label where they are far from each other. */
static void draw_leader(struct tv_canvas *c, double x, double y, const struct tv_box *label, double clear,
                        struct tv_color color)
{
    double cx = (label->x0 + label->x1) / 2, cy = (label->y0 + label->y1) / 2;
    struct tv_pen pen = tv_pen_stroke(tv_color_fade(color, 0.5), 0.75);
    double dx = fmax(fabs(cx - x) - (label->x1 - label->x0) / 2, 0),
           dy = fmax(fabs(cy - y) - (label->y1 - label->y0) / 2, 0);
    if (hypot(dx, dy) > clear) tv_draw_line(c, x, y, cx, cy, &pen);
}

/* The number of the k-th ring, beside it. */
static void draw_number(struct tv_canvas *c, const struct view *v, int64_t k, struct tv_taken *taken)
{
    struct tv_text s = tv_text_style(c, TV_SIZE_TINY);
    int64_t i = v->common[k];
    double x = tv_scale_at(&v->plot.x, v->at[2 * i]), y = tv_scale_at(&v->plot.y, v->at[2 * i + 1]);
    const char *number = tv_msg("%lld", (long long)k + 1);
    struct tv_box place;
    s.bold = true;
    s.anchor = TV_MIDDLE;
    s.color = tv_canvas_theme(c)->highlight;
    s.halo = tv_canvas_theme(c)->ground;
    if (!tv_label_place(taken, x, y, -1, -1, tv_text_width(c, &s, number) + 2, s.size, 120, &place)) return;
    draw_leader(c, x, y, &place, v->r + 14, s.color);
    tv_draw_text(c, &s, (place.x0 + place.x1) / 2, place.y1 - 0.14 * s.size, "%s", number);
}

/* Rings around the instances that carry the common knowledge, numbered where their images stand at the side.
 */
static void draw_common(struct tv_canvas *c, const struct view *v, struct tv_taken *taken)
{
    struct tv_pen ring = tv_pen_stroke(tv_canvas_theme(c)->highlight, 1.5);
    tv_group(c, "common");
    for (int64_t k = 0; k < v->commons; k++) {
        int64_t i = v->common[k];
        double x = tv_scale_at(&v->plot.x, v->at[2 * i]), y = tv_scale_at(&v->plot.y, v->at[2 * i + 1]);
        tv_draw_circle(c, x, y, v->r + 4, &ring);
        tv_taken_add(taken, (struct tv_box){x - v->r - 4, y - v->r - 4, x + v->r + 4, y + v->r + 4});
    }
    for (int64_t k = 0; k < v->commons && k < COMMON; k++)
        if (image_of(v, v->common[k]) >= 0) draw_number(c, v, k, taken);
    tv_group_end(c);
}

/* Marks and arrows that labels should not cover. */
static void take_marks(struct tv_taken *taken, const struct view *v)
{
    enum { CROWD = 600 /* beyond it labels must lie on marks */, STEP = 7 };
    for (int64_t i = 0; i < v->m && v->m <= CROWD; i++) {
        double x = tv_scale_at(&v->plot.x, v->at[2 * i]), y = tv_scale_at(&v->plot.y, v->at[2 * i + 1]);
        tv_taken_add(taken, (struct tv_box){x - v->r, y - v->r, x + v->r, y + v->r});
    }
    double x0 = tv_scale_at(&v->plot.x, 0), y0 = tv_scale_at(&v->plot.y, 0);
    for (int64_t k = 0; k < v->neurons.shown; k++) {
        const double *q = v->q + 2 * v->neurons.order[k];
        double dx = tv_scale_at(&v->plot.x, v->reach * q[0]) - x0,
               dy = tv_scale_at(&v->plot.y, v->reach * q[1]) - y0;
        double n = ceil(hypot(dx, dy) / STEP);
        for (double j = 0; j <= n && n > 0; j++) {
            double x = x0 + dx * j / n, y = y0 + dy * j / n;
            tv_taken_add(taken, (struct tv_box){x - 3, y - 3, x + 3, y + 3});
        }
    }
}

/* ---- axes of the neurons ---- */

static char *neuron_new(const struct tv_ranking *r, int64_t i)
{
    return tv_format_new("%s #%lld", r->layer[i], (long long)r->neuron[i]);
}

static void draw_axis(struct tv_canvas *c, const struct view *v, int64_t i, struct tv_taken *taken)
{
    struct tv_text s = tv_text_style(c, TV_SIZE_SMALL);
    struct tv_color ink = tv_canvas_theme(c)->ink;
    double x0 = tv_scale_at(&v->plot.x, 0), y0 = tv_scale_at(&v->plot.y, 0);
    double x = tv_scale_at(&v->plot.x, v->reach * v->q[2 * i]),
           y = tv_scale_at(&v->plot.y, v->reach * v->q[2 * i + 1]);
    char *name = neuron_new(&v->neurons, i);
    struct tv_box place;
    s.bold = true;
    s.anchor = TV_MIDDLE;
    s.halo = tv_canvas_theme(c)->ground;
    tv_group(c, "neuron");
    tv_group_id(c, "axis-%s-%lld", v->neurons.layer[i], (long long)v->neurons.neuron[i]);
    tv_group_data(c, "layer", "%s", v->neurons.layer[i]);
    tv_group_data(c, "neuron", "%lld", (long long)v->neurons.neuron[i]);
    tv_group_data(c, "rank", "%lld", (long long)v->neurons.rank[i]);
    tv_group_title(c, "%s, rank %lld, u %.4g", name, (long long)v->neurons.rank[i], v->neurons.u[i]);
    tv_glyph_arrow(c, x0, y0, x, y, ink, 1.6);
    if (tv_label_place(taken, x, y, x - x0, y - y0, tv_text_width(c, &s, name) + 4, s.size + 2, 160,
                       &place)) {
        draw_leader(c, x, y, &place, 14, ink);
        tv_draw_text(c, &s, (place.x0 + place.x1) / 2, (place.y0 + place.y1) / 2 + TV_TEXT_MIDDLE * s.size,
                     "%s", name);
    }
    tv_group_end(c);
    free(name);
}

static void draw_axes(struct tv_canvas *c, const struct view *v, struct tv_taken *taken)
{
    double x = tv_scale_at(&v->plot.x, 0), y = tv_scale_at(&v->plot.y, 0);
    struct tv_pen dot = tv_pen_fill(tv_canvas_theme(c)->ink);
    tv_group(c, "axes");
    for (int64_t k = 0; k < v->neurons.shown; k++) draw_axis(c, v, v->neurons.order[k], taken);
    tv_draw_circle(c, x, y, 2.5, &dot);
    tv_group_end(c);
}

/* ---- the side ---- */

static double draw_neurons(struct tv_canvas *c, const struct view *v, const struct tv_figure *f, double y)
{
    struct tv_text s = tv_text_style(c, TV_SIZE_SMALL), value = s, head = s;
    double right = tv_figure_right(f);
    head.bold = true;
    value.anchor = TV_END;
    value.color = tv_canvas_theme(c)->muted;
    tv_draw_text(c, &head, v->side, y + 10, "%s discriminative",
                 f->order == TV_ORDER_LEAST ? "Least" : "Most");
    head.anchor = TV_END;
    tv_draw_text(c, &head, right, y + 10, "|u|");
    y += 32;
    for (int64_t k = 0; k < v->neurons.shown && k < 12; k++, y += 21) {
        int64_t i = v->neurons.order[k];
        char *name = neuron_new(&v->neurons, i);
        tv_draw_text(c, &s, v->side + 30, y, "%s", name);
        s.anchor = TV_END;
        tv_draw_text(c, &s, v->side + 20, y, "%lld", (long long)v->neurons.rank[i]);
        s.anchor = TV_START;
        tv_draw_text(c, &value, right, y, "%.3f", fabs(v->neurons.u[i]));
        free(name);
    }
    return y;
}

static double draw_legend(struct tv_canvas *c, const struct view *v, double y)
{
    struct tv_legend l = tv_legend_begin(c, v->side, y + 32, v->side);
    struct tv_text head = l.style;
    int64_t count[2] = {0, 0};
    double x;
    head.bold = true;
    for (int64_t i = 0; i < v->m; i++) count[side_of(v, i)]++;
    tv_group(c, "legend");
    tv_draw_text(c, &head, v->side, y + 12, "Marks");
    for (int s = 0; s < 2; s++) {
        struct tv_pen pen = tv_pen_fill(tv_color_fade(tv_side_color(c, (enum tv_side)s), 0.72));
        tv_legend_entry(&l, 20, &x, "%s %s instance%s", tv_text_count(count[s]), tv_side_name[s],
                        count[s] == 1 ? "" : "s");
        tv_glyph_mark(c, (enum tv_side)s, x, l.y, s ? 5 : 6, &pen);
    }
    tv_legend_entry(&l, 20, &x, "axis of a neuron, " TV_TIMES "%s", tv_text_short(v->reach, 3));
    tv_glyph_arrow(c, x - 10, l.y, x + 10, l.y, l.style.color, 1.6);
    if (v->commons) {
        struct tv_pen ring = tv_pen_stroke(tv_canvas_theme(c)->highlight, 1.5);
        tv_legend_entry(&l, 20, &x, "common knowledge: source");
        tv_draw_circle(c, x, l.y, 6, &ring);
        l.y += 16;
        tv_draw_text(c, &l.style, v->side + 27, l.y + TV_TEXT_MIDDLE * l.style.size,
                     "instances nearest the target side");
    }
    tv_group_end(c);
    return l.y + 14;
}

static double draw_images(struct tv_canvas *c, const struct view *v, double y)
{
    struct tv_text s = tv_text_style(c, TV_SIZE_TINY), head = tv_text_style(c, TV_SIZE_SMALL);
    int64_t drawn = 0;
    head.bold = s.bold = true;
    s.anchor = TV_MIDDLE;
    s.color = tv_canvas_theme(c)->highlight;
    for (int64_t k = 0; k < v->commons && k < COMMON; k++) {
        int64_t image = image_of(v, v->common[k]);
        if (image < 0) continue;
        if (drawn == 0) tv_draw_text(c, &head, v->side, y + 20, "Common knowledge");
        double x = v->side + (double)(drawn % 5) * (THUMB + 8),
               top = y + 34 + (double)(drawn / 5) * (THUMB + 20);
        tv_group(c, "thumbnail");
        tv_group_data(c, "instance", "%lld", (long long)v->common[k]);
        tv_thumbs_draw(c, &v->thumbs, image, NULL, x, top, THUMB);
        tv_draw_text(c, &s, x + THUMB / 2, top + THUMB + 12, "%lld", (long long)k + 1);
        tv_group_end(c);
        drawn++;
    }
    return drawn ? y + 34 + (double)((drawn + 4) / 5) * (THUMB + 20) : y;
}

/* ---- the page ---- */

static double draw_head(struct tv_canvas *c, const struct view *v, const struct tv_figure *f)
{
    char *text = tv_ranking_text_new(&v->neurons, f);
    char *subtitle = tv_format_new("%s" TV_DOT "%s", v->neurons.text, text);
    double y =
        tv_figure_head(c, f, "How the neurons tell the two domains apart", subtitle, tv_figure_width(f));
    free(subtitle);
    free(text);
    return y + 18;
}

static void draw_page(struct tv_canvas *c, struct view *v, const struct tv_figure *f)
{
    double top = draw_head(c, v, f);
    v->side = tv_figure_right(f) - SIDE_W;
    v->right = v->side - GAP;
    lay_out(v, top);
    struct tv_taken taken = {.within = {PLOT_X + 4, top + 4, v->right - 4, top + PLOT_H - 4}};
    struct tv_ticks tx = tv_ticks_make(v->plot.x.lo, v->plot.x.hi, 8, false);
    struct tv_ticks ty = tv_ticks_make(v->plot.y.lo, v->plot.y.hi, 8, false);
    draw_ground(c, v);
    tv_axis_left(c, &v->plot, &ty, "projection on the first principal component", TV_FIGURE_MARGIN + 8);
    tv_axis_bottom(c, &v->plot, &tx, "projection on u: domain discriminability");
    draw_instances(c, v);
    take_marks(&taken, v);
    draw_axes(c, v, &taken);
    draw_common(c, v, &taken);
    double side = draw_images(c, v, draw_legend(c, v, draw_neurons(c, v, f, top)));
    tv_canvas_size(c, tv_figure_width(f), fmax(top + PLOT_H + 44, side) + TV_FIGURE_MARGIN);
    tv_taken_release(&taken);
}

const char *tv_figure_domains(struct tv_canvas *c, const struct tv_figure *f)
{
    struct view v = {0};
    const char *error = load(&v, f);
    if (!error) draw_page(c, &v, f);
    view_release(&v);
    return error;
}
