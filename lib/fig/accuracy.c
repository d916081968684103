/* fig/accuracy.c - accuracy over epochs: six lines and the transferability score (SPEC 6.7; the paper's
 * section 5.1, accuracy chart).
 *
 *     score panel | plot                      | a label at the end of each line
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "analysis/accuracy.h"
#include "core/mem.h"
#include "fig/axis.h"
#include "fig/figure_parts.h"
#include "fig/glyph.h"
#include "fig/label.h"

enum { LINES = 6, PANEL = 236, LABELS = 292, PLOT = 372, KEY = 26, POINTS = 16 /* marks a line at most */ };

/* One line: a model's accuracy on a data set. */
struct series {
    enum tv_side model, data;
    bool training;
    int64_t n;
    double *v; /* [n], an epoch each; NaN: not known */
};

static const struct series lines[LINES] = {
    {.model = TV_SOURCE, .data = TV_SOURCE, .training = true},
    {.model = TV_SOURCE, .data = TV_TARGET, .training = true},
    {.model = TV_SOURCE, .data = TV_SOURCE, .training = false},
    {.model = TV_TARGET, .data = TV_SOURCE, .training = true},
    {.model = TV_TARGET, .data = TV_TARGET, .training = true},
    {.model = TV_TARGET, .data = TV_TARGET, .training = false},
};

static const char *load(struct series *s, const struct tv_figure *f, int64_t *epochs)
{
    int found = 0;
    *epochs = 0;
    memcpy(s, lines, sizeof lines);
    for (int i = 0; i < LINES; i++) {
        const struct tv_tensor *t = tv_figure_find(f, "accuracy/%s/%s-%s", tv_side_name[s[i].model],
                                                   tv_side_name[s[i].data], s[i].training ? "train" : "val");
        if (!t) continue;
        const char *error = tv_figure_shape(t, 1, -1, -1);
        if (error) return error;
        s[i].v = tv_tensor_f64_new(t);
        s[i].n = t->dim[0];
        if (s[i].n > *epochs) *epochs = s[i].n;
        found++;
    }
    return found ? NULL : tv_figure_missing(f, "accuracy/<model>/<role>", "tv-eval");
}

/* ---- the score ---- */

static void draw_best(struct tv_canvas *c, const struct tv_figure *f, enum tv_side model, double y)
{
    const struct tv_tensor *t = tv_figure_find(f, "accuracy/%s/target-val", tv_side_name[model]);
    double *v = t ? tv_tensor_f64_new(t) : NULL;
    int64_t epoch = t ? tv_accuracy_best(v, tv_tensor_count(t)) : -1;
    struct tv_text s = tv_text_style(c, TV_SIZE_BODY);
    struct tv_pen pen = tv_pen_fill(tv_canvas_theme(c)->ink);
    double x = TV_FIGURE_MARGIN, middle = y - TV_TEXT_MIDDLE * s.size;
    if (model == TV_TARGET) pen = tv_pen_stroke(pen.fill, 1.5);
    tv_group(c, "best");
    tv_group_data(c, "model", "%s", tv_side_name[model]);
    tv_glyph_mark(c, model, x + 6, middle, 4.5, &pen);
    tv_draw_text(c, &s, x + 20, y, "%s model", tv_side_name[model]);
    s.bold = true;
    s.anchor = TV_END;
    tv_draw_text(c, &s, x + 156, y, "%s", tv_text_fixed(epoch < 0 ? NAN : v[epoch], 3));
    free(v);
    s = tv_text_style(c, TV_SIZE_SMALL);
    s.color = tv_canvas_theme(c)->muted;
    if (epoch >= 0) tv_draw_text(c, &s, x + 166, y, "epoch %lld", (long long)epoch + 1);
    tv_group_end(c);
}

static double draw_score(struct tv_canvas *c, const struct tv_figure *f, double y)
{
    const struct tv_tensor *t = tv_figure_find(f, "score");
    double score = t ? tv_tensor_get(t, 0) : NAN;
    struct tv_text big = tv_text_style(c, TV_SIZE_DISPLAY), head = tv_text_style(c, TV_SIZE_BODY),
                   small = tv_text_style(c, TV_SIZE_SMALL);
    big.bold = head.bold = true;
    small.color = tv_canvas_theme(c)->muted;
    tv_group(c, "score");
    tv_group_data(c, "value", "%.17g", score);
    tv_group_title(
        c, "transferability score: best target-model accuracy minus best source-model accuracy, both on the "
           "target validation data");
    tv_draw_text(c, &head, TV_FIGURE_MARGIN, y + 10, "Transferability score");
    tv_draw_text(c, &big, TV_FIGURE_MARGIN - 2, y + 62, "%s", tv_text_signed(score, 3));
    y = tv_figure_wrap(
        c, &small, TV_FIGURE_MARGIN, y + 96, PANEL - 16, 17,
        "The best accuracy of the target model less that of the source model, both on the target "
        "validation data:");
    draw_best(c, f, TV_TARGET, y + 10);
    draw_best(c, f, TV_SOURCE, y + 32);
    tv_group_end(c);
    return y + 56;
}

/* ---- the lines ---- */

static struct tv_pen line_pen(const struct tv_canvas *c, const struct series *s)
{
    struct tv_pen p = tv_pen_stroke(tv_side_color(c, s->data), 2);
    p.dash = s->training ? TV_SOLID : TV_DASHED;
    p.round = s->training;
    return p;
}

/* The mark of a model on a line: a cross, or a circle that lets the page through. */
static void draw_mark(struct tv_canvas *c, enum tv_side model, double x, double y, struct tv_color color)
{
    struct tv_pen cross = tv_pen_fill(color), ring = tv_pen_stroke(color, 1.75);
    ring.fill = tv_canvas_theme(c)->ground;
    tv_glyph_mark(c, model, x, y, model == TV_SOURCE ? 4.8 : 3.9, model == TV_SOURCE ? &cross : &ring);
}

static void draw_points(struct tv_canvas *c, const struct series *s, const struct tv_plot *p)
{
    int64_t every = (s->n + POINTS - 1) / POINTS;
    for (int64_t e = 0; e < s->n; e++) {
        if (isnan(s->v[e]) || (e % every && e != s->n - 1)) continue;
        tv_group(c, "point");
        tv_group_data(c, "epoch", "%lld", (long long)e + 1);
        tv_group_data(c, "value", "%.17g", s->v[e]);
        tv_group_title(c, "epoch %lld: %.3f", (long long)e + 1, s->v[e]);
        draw_mark(c, s->model, tv_scale_at(&p->x, (double)e + 1), tv_scale_at(&p->y, s->v[e]),
                  tv_side_color(c, s->data));
        tv_group_end(c);
    }
}

static const char *series_name(const struct series *s)
{
    return tv_msg("%s %s", tv_side_name[s->data], s->training ? "training" : "validation");
}

static void draw_series(struct tv_canvas *c, const struct series *s, const struct tv_plot *p)
{
    struct tv_path path = {0};
    struct tv_pen pen = line_pen(c, s);
    bool open = false;
    for (int64_t e = 0; e < s->n; e++) {
        double x = tv_scale_at(&p->x, (double)e + 1), y = tv_scale_at(&p->y, s->v[e]);
        if (!isnan(s->v[e])) (open ? tv_path_line : tv_path_move)(&path, x, y);
        open = !isnan(s->v[e]);
    }
    tv_group(c, "series");
    tv_group_id(c, "series-%s-%s-%s", tv_side_name[s->model], tv_side_name[s->data],
                s->training ? "train" : "val");
    tv_group_data(c, "model", "%s", tv_side_name[s->model]);
    tv_group_data(c, "data", "%s", tv_side_name[s->data]);
    tv_group_data(c, "part", "%s", s->training ? "train" : "val");
    tv_group_title(c, "%s model on %s data", tv_side_name[s->model], series_name(s));
    tv_draw_path(c, &path, &pen);
    draw_points(c, s, p);
    tv_group_end(c);
    tv_path_release(&path);
}

/* The last epoch with a value, or -1. */
static int64_t last_epoch(const struct series *s)
{
    int64_t e = s->n - 1;
    while (e >= 0 && isnan(s->v[e])) e--;
    return e;
}

static void draw_label(struct tv_canvas *c, const struct series *s, double y, double from_y,
                       const struct tv_plot *p)
{
    struct tv_text text = tv_text_style(c, TV_SIZE_SMALL), value = text;
    value.bold = true;
    value.color = tv_side_color(c, s->data);
    double x = p->x.to + 34, base = y + TV_TEXT_MIDDLE * text.size;
    struct tv_pen lead = tv_pen_stroke(tv_color_fade(tv_side_color(c, s->data), 0.7), 1);
    struct tv_pen along = lead;
    along.dash = TV_DOTTED;
    double end = tv_scale_at(&p->x, (double)last_epoch(s) + 1);
    tv_group(c, "label");
    if (end < p->x.to) tv_draw_line(c, end + 7, from_y, p->x.to + 8, from_y, &along);
    tv_draw_line(c, p->x.to + 8, from_y, x - 6, y, &lead);
    tv_draw_text(c, &value, x, base, "%.3f", s->v[last_epoch(s)]);
    draw_mark(c, s->model, x + 46, y, tv_side_color(c, s->data));
    tv_draw_text(c, &text, x + 57, base, "%s, %s model", series_name(s), tv_side_name[s->model]);
    tv_group_end(c);
}

static void draw_labels(struct tv_canvas *c, const struct series *s, const struct tv_plot *p)
{
    double y[LINES], from[LINES];
    int of[LINES], n = 0;
    for (int i = 0; i < LINES; i++) {
        if (!s[i].v || last_epoch(&s[i]) < 0) continue;
        from[n] = y[n] = tv_scale_at(&p->y, s[i].v[last_epoch(&s[i])]);
        of[n++] = i;
    }
    tv_label_spread(y, n, 19, p->y.to, p->y.from);
    for (int k = 0; k < n; k++) draw_label(c, &s[of[k]], y[k], from[k], p);
}

/* ---- the page ---- */

/* Does a line have these properties?  Those that are -1 do not matter. */
static bool any(const struct series *s, int model, int data, int training)
{
    for (int i = 0; i < LINES; i++)
        if (s[i].v && (model < 0 || (int)s[i].model == model) && (data < 0 || (int)s[i].data == data) &&
            (training < 0 || s[i].training == training))
            return true;
    return false;
}

/* One entry a line, below the score, for what occurs. */
static void draw_legend(struct tv_canvas *c, const struct series *s, double y)
{
    struct tv_legend l = tv_legend_begin(c, TV_FIGURE_MARGIN, y, TV_FIGURE_MARGIN);
    struct tv_color grey = tv_canvas_theme(c)->muted;
    double at;
    tv_group(c, "legend");
    for (int m = 0; m < 2; m++) {
        if (!any(s, m, -1, -1)) continue;
        tv_legend_entry(&l, KEY, &at, "%s model", tv_side_name[m]);
        draw_mark(c, (enum tv_side)m, at, l.y, grey);
    }
    for (int d = 0; d < 2; d++) {
        struct tv_pen p = tv_pen_stroke(tv_side_color(c, (enum tv_side)d), 5);
        if (!any(s, -1, d, -1)) continue;
        tv_legend_entry(&l, KEY, &at, "%s data", tv_side_name[d]);
        tv_draw_line(c, at - KEY / 2, l.y, at + KEY / 2, l.y, &p);
    }
    for (int t = 1; t >= 0; t--) {
        struct tv_pen p = tv_pen_stroke(grey, 2);
        p.dash = t ? TV_SOLID : TV_DASHED;
        if (!any(s, -1, -1, t)) continue;
        tv_legend_entry(&l, KEY, &at, t ? "training data" : "the model's own validation data");
        tv_draw_line(c, at - KEY / 2, l.y, at + KEY / 2, l.y, &p);
    }
    tv_group_end(c);
}

static struct tv_plot plot_of(const struct series *s, const struct tv_figure *f, int64_t epochs, double top)
{
    double lo = INFINITY, hi = -INFINITY;
    for (int i = 0; i < LINES; i++)
        if (s[i].v) tv_range_add(&lo, &hi, s[i].v, s[i].n, 1);
    tv_range_settle(&lo, &hi);
    lo = lo > 0.5 && lo < 1 ? floor(lo * 10) / 10 : 0;
    return (struct tv_plot){
        .x = {1, (double)epochs, PANEL + 92, tv_figure_right(f) - LABELS},
        .y = {lo, 1, top + PLOT, top},
    };
}

static char *subtitle_new(const struct tv_figure *f)
{
    static const char *const role[] = {"source-train", "target-train", "source-val", "target-val"};
    static const char *const what[] = {"source training", "target training", "source validation",
                                       "target validation"};
    struct tv_str b = {0};
    if (f->classes) tv_str_add(&b, "%s classes", tv_text_count((int64_t)f->classes));
    for (int i = 0; i < 4; i++) {
        const struct tv_tensor *t = tv_figure_find(f, "count/%s", role[i]);
        if (t && tv_tensor_count(t) == 1)
            tv_str_add(&b, "%s%s %s images", b.s ? TV_DOT : "", tv_text_count((int64_t)tv_tensor_get(t, 0)),
                       what[i]);
    }
    return b.s ? b.s : tv_strdup("");
}

const char *tv_figure_accuracy(struct tv_canvas *c, const struct tv_figure *f)
{
    struct series s[LINES];
    int64_t epochs;
    const char *error = load(s, f, &epochs);
    if (!error) {
        char *subtitle = subtitle_new(f);
        double y =
            tv_figure_head(c, f, "Accuracy of the source and the target model", subtitle, tv_figure_width(f));
        free(subtitle);
        double top = y + 14;
        struct tv_plot p = plot_of(s, f, epochs, top);
        struct tv_ticks tx = tv_ticks_make(1, (double)epochs, 10, true),
                        ty = tv_ticks_make(p.y.lo, 1, 5, false);
        draw_legend(c, s, draw_score(c, f, top) + 28);
        tv_axis_left(c, &p, &ty, "accuracy", PANEL + 46);
        tv_axis_bottom(c, &p, &tx, "epoch");
        for (int i = 0; i < LINES; i++)
            if (s[i].v) draw_series(c, &s[i], &p);
        draw_labels(c, s, &p);
        tv_canvas_size(c, tv_figure_width(f), top + PLOT + 44 + TV_FIGURE_MARGIN);
    }
    for (int i = 0; i < LINES; i++) free(s[i].v);
    return error;
}
