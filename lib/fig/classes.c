/* fig/classes.c - the confusion table: per class the accuracy of both models on the target data, their
 * difference, and the classes that its images are taken for (the paper's section 5.1, class table).
 *
 *     class   images | source model | target model | difference | wrong classes of the target model
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "analysis/accuracy.h"
#include "core/mem.h"
#include "fig/axis.h"
#include "fig/figure_parts.h"
#include "fig/glyph.h"
#include "num/sort.h"

enum { ROWS = 40 /* shown without --top */, LINE = 27, MORE = 82 /* room for "+12 more" */ };
enum { X_CLASS = TV_FIGURE_MARGIN, NUMBER = 50 /* before a bar */, DIFFERENCE = 62 };
enum { GAP = -1 /* in place of a class: those between are left out */ };

struct table {
    int64_t k; /* classes */
    char **name;
    double *source, *target, *difference;
    int32_t *confusion; /* target model on target validation data [k][k], or NULL */
    double overall[2];  /* accuracy of the source, the target model over all classes; NaN: not known */
    int64_t *images;    /* [k] of each class: row sums of `confusion`; NULL without */
    int64_t *row;       /* [rows] class, or GAP */
    int64_t rows;
    double x_images, x_source, x_target, x_difference, x_wrong, end; /* of the columns */
    double bar, difference_bar;
};

static void table_release(struct table *t)
{
    for (int64_t i = 0; t->name && i < t->k; i++) free(t->name[i]);
    free(t->name);
    free(t->source);
    free(t->target);
    free(t->difference);
    free(t->confusion);
    free(t->images);
    free(t->row);
}

/* The target model's stays in the table; of both their accuracy over all images. */
static const char *load_confusion(struct table *t, const struct tv_figure *f, enum tv_side model)
{
    const struct tv_tensor *m = tv_figure_find(f, "confusion/%s/target-val", tv_side_name[model]);
    t->overall[model] = NAN;
    if (!m) return NULL;
    const char *error = tv_figure_shape(m, 2, t->k, t->k);
    if (error) return error;
    int32_t *counts = TV_ARRAY(int32_t, (size_t)(t->k * t->k));
    tv_convert(counts, TV_I32, m->data, m->dtype, (size_t)(t->k * t->k));
    int64_t all = tv_confusion_count(counts, t->k);
    if (all > 0) t->overall[model] = (double)tv_confusion_correct(counts, t->k) / (double)all;
    if (model == TV_SOURCE) return free(counts), NULL;
    t->confusion = counts;
    t->images = TV_ARRAY(int64_t, (size_t)t->k);
    for (int64_t i = 0; i < t->k * t->k; i++) t->images[i / t->k] += counts[i];
    return NULL;
}

static const char *load(struct table *t, const struct tv_figure *f)
{
    const struct tv_tensor *s = tv_figure_find(f, "class/source-accuracy");
    const struct tv_tensor *g = tv_figure_find(f, "class/target-accuracy");
    const struct tv_tensor *name = tv_figure_find(f, "class/name");
    if (!s || !g) return tv_figure_missing(f, "class/source-accuracy and class/target-accuracy", "tv-eval");
    const char *error = tv_figure_shape(s, 1, -1, -1);
    if (!error) error = tv_figure_shape(g, 1, s->dim[0], -1);
    if (!error && name) error = tv_figure_shape(name, 1, s->dim[0], -1);
    if (error) return error;
    t->k = s->dim[0];
    t->source = tv_tensor_f64_new(s);
    t->target = tv_tensor_f64_new(g);
    t->difference = TV_ARRAY(double, (size_t)t->k);
    t->name = TV_ARRAY(char *, (size_t)t->k);
    for (int64_t i = 0; i < t->k; i++) {
        t->difference[i] = t->target[i] - t->source[i];
        bool named = name && name->dtype == TV_STR;
        t->name[i] = named ? tv_strdup(((char **)name->data)[i]) : tv_figure_class_new(f, i);
    }
    error = load_confusion(t, f, TV_SOURCE);
    return error ? error : load_confusion(t, f, TV_TARGET);
}

/* ---- which classes, in which order ---- */

static int by_name(const void *a, const void *b, void *names)
{
    int64_t i = *(const int32_t *)a, j = *(const int32_t *)b;
    int order = strcmp(((char **)names)[i], ((char **)names)[j]);
    return order ? order : (i > j) - (i < j);
}

static int32_t *order_new(const struct table *t, enum tv_figure_sort sort)
{
    int32_t *order = TV_ARRAY(int32_t, (size_t)t->k);
    double *errors = TV_ARRAY(double, (size_t)t->k);
    for (int64_t i = 0; i < t->k; i++) {
        order[i] = (int32_t)i;
        errors[i] = t->images ? (double)(t->images[i] - t->confusion[i * t->k + i]) : 0;
    }
    if (sort == TV_SORT_DIFFERENCE) tv_argsort_desc_f64(order, t->difference, t->k);
    if (sort == TV_SORT_SOURCE) tv_argsort_asc_f64(order, t->source, t->k);
    if (sort == TV_SORT_TARGET) tv_argsort_asc_f64(order, t->target, t->k);
    if (sort == TV_SORT_ERRORS) tv_argsort_desc_f64(order, errors, t->k);
    if (sort == TV_SORT_NAME) qsort_r(order, (size_t)t->k, sizeof *order, by_name, t->name);
    free(errors);
    return order;
}

/* The first classes in the order; of those sorted by difference both ends. */
static void choose(struct table *t, const struct tv_figure *f)
{
    int64_t top = f->top > 0 ? f->top : ROWS, shown = t->k < top ? t->k : top;
    int64_t tail = f->sort == TV_SORT_DIFFERENCE && shown < t->k ? shown / 2 : 0;
    int32_t *order = order_new(t, f->sort);
    int64_t measured = t->k; /* classes without images are last: the tail ends before them */
    while (measured > shown && isnan(t->difference[order[measured - 1]])) measured--;
    t->row = TV_ARRAY(int64_t, (size_t)shown + 1);
    for (int64_t i = 0; i < shown - tail; i++) t->row[t->rows++] = order[i];
    if (shown < t->k) t->row[t->rows++] = GAP;
    for (int64_t i = measured - tail; i < measured && tail > 0; i++) t->row[t->rows++] = order[i];
    free(order);
}

/* The bars take what a narrow page lacks. */
static void lay_out(struct table *t, const struct tv_figure *f)
{
    double slack = tv_figure_width(f) - TV_FIGURE_NARROW, gap = 26;
    t->bar = fmin(60 + 0.2 * slack, 92);
    t->difference_bar = fmin(86 + 0.3 * slack, 120);
    t->x_images = 190 + fmin(0.3 * slack, 46);
    t->x_source = t->x_images + 30;
    t->x_target = t->x_source + NUMBER + t->bar + gap;
    t->x_difference = t->x_target + NUMBER + t->bar + gap;
    t->x_wrong = t->x_difference + DIFFERENCE + t->difference_bar + gap;
    t->end = tv_figure_right(f);
}

/* ---- cells ---- */

static void draw_accuracy(struct tv_canvas *c, const struct table *t, enum tv_side model, double v, double y,
                          bool bold)
{
    double x = model == TV_SOURCE ? t->x_source : t->x_target;
    struct tv_text s = tv_text_style(c, TV_SIZE_BODY);
    struct tv_pen track = tv_pen_fill(tv_canvas_theme(c)->histogram_ground),
                  bar = tv_pen_fill(tv_side_light(c, model));
    s.bold = bold;
    tv_draw_text(c, &s, x, y, isnan(v) ? TV_DASH : "%.3f", v);
    if (isnan(v)) return;
    tv_draw_rect(c, x + NUMBER, y - 10, t->bar, 11, 0, &track);
    tv_draw_rect(c, x + NUMBER, y - 10, t->bar * v, 11, 0, &bar);
}

static void draw_difference(struct tv_canvas *c, const struct table *t, double v, double y,
                            const struct tv_scale *scale, bool bold)
{
    struct tv_text s = tv_text_style(c, TV_SIZE_BODY);
    struct tv_pen zero = tv_pen_stroke(tv_canvas_theme(c)->muted, 1);
    struct tv_pen bar = tv_pen_fill(tv_side_color(c, v < 0 ? TV_SOURCE : TV_TARGET));
    double origin = tv_scale_at(scale, 0);
    s.bold = bold;
    s.anchor = TV_END;
    tv_draw_text(c, &s, t->x_difference + 46, y, "%s", tv_text_signed(v, 2));
    if (!isnan(v)) tv_draw_rect(c, origin, y - 10, tv_scale_at(scale, v) - origin, 11, 0, &bar);
    tv_draw_line(c, origin, y - 14, origin, y + 5, &zero);
}

/* "5: 12  8: 3": as many as fit, most frequent first, then how many more classes. */
static void draw_wrong(struct tv_canvas *c, const struct table *t, int64_t class, double y)
{
    struct tv_text s = tv_text_style(c, TV_SIZE_BODY), muted = s;
    muted.color = tv_canvas_theme(c)->muted;
    if (!t->confusion || t->images[class] == 0) return;
    int32_t *wrong = TV_ARRAY(int32_t, (size_t)t->k);
    int64_t n = tv_confusion_wrong(wrong, t->confusion, t->k, class), i = 0;
    double x = t->x_wrong;
    for (; i < n; i++) {
        char *text = tv_format_new("%s: %d", t->name[wrong[i]], t->confusion[class * t->k + wrong[i]]);
        double w = tv_text_width(c, &s, text), reserve = i + 1 < n ? MORE : 0;
        bool fits = i == 0 || x + w + reserve <= t->end;
        if (fits) x += tv_draw_text_fit(c, &s, x, y, t->end - x - reserve, text) + 14;
        free(text);
        if (!fits) break;
    }
    if (n == 0) tv_draw_text(c, &muted, x, y, "none");
    if (i < n) tv_draw_text(c, &muted, x, y, "+%lld more", (long long)(n - i));
    free(wrong);
}

static void draw_row(struct tv_canvas *c, const struct table *t, int64_t i, double y,
                     const struct tv_scale *scale)
{
    struct tv_text s = tv_text_style(c, TV_SIZE_BODY), count = s;
    count.color = tv_canvas_theme(c)->muted;
    count.anchor = TV_END;
    tv_group(c, "class");
    tv_group_id(c, "class-%lld", (long long)i);
    tv_group_data(c, "class", "%lld", (long long)i);
    tv_group_data(c, "name", "%s", t->name[i]);
    tv_group_data(c, "source", "%.17g", t->source[i]);
    tv_group_data(c, "target", "%.17g", t->target[i]);
    tv_group_title(c, "%s", t->name[i]);
    tv_draw_text_fit(c, &s, X_CLASS, y, t->x_images - X_CLASS - 52, t->name[i]);
    if (t->images) tv_draw_text(c, &count, t->x_images, y, "%s", tv_text_count(t->images[i]));
    draw_accuracy(c, t, TV_SOURCE, t->source[i], y, false);
    draw_accuracy(c, t, TV_TARGET, t->target[i], y, false);
    draw_difference(c, t, t->difference[i], y, scale, false);
    draw_wrong(c, t, i, y);
    tv_group_end(c);
}

/* ---- head and foot ---- */

static double draw_head(struct tv_canvas *c, const struct table *t, double y)
{
    struct tv_text s = tv_text_style(c, TV_SIZE_SMALL), end = s;
    struct tv_pen rule = tv_pen_stroke(tv_canvas_theme(c)->muted, 1);
    double x = t->x_source + 6;
    s.bold = end.bold = true;
    end.anchor = TV_END;
    tv_group(c, "legend");
    struct tv_pen ink = tv_pen_fill(s.color), ring = tv_pen_stroke(s.color, 1.5);
    tv_draw_text(c, &s, X_CLASS, y, "Class");
    if (t->images) tv_draw_text(c, &end, t->x_images, y, "Images");
    tv_glyph_mark(c, TV_SOURCE, x, y - 4, 4.5, &ink);
    tv_draw_text(c, &s, x + 12, y, "Source model");
    x += t->x_target - t->x_source;
    tv_glyph_mark(c, TV_TARGET, x, y - 4, 3.8, &ring);
    tv_draw_text(c, &s, x + 12, y, "Target model");
    tv_draw_text(c, &s, t->x_difference + 2, y, "Target " TV_MINUS " source model");
    if (t->confusion) tv_draw_text(c, &s, t->x_wrong, y, "Wrong classes of the target model: images");
    tv_draw_line(c, X_CLASS, y + 9, t->end, y + 9, &rule);
    tv_group_end(c);
    return y + 9;
}

static double draw_overall(struct tv_canvas *c, const struct table *t, double y, const struct tv_scale *scale)
{
    double source = t->overall[TV_SOURCE], target = t->overall[TV_TARGET];
    int64_t n = 0;
    if (isnan(source) || isnan(target)) return y;
    for (int64_t i = 0; i < t->k; i++) n += t->images[i];
    struct tv_text s = tv_text_style(c, TV_SIZE_BODY), end = s;
    struct tv_pen rule = tv_pen_stroke(tv_canvas_theme(c)->muted, 1);
    s.bold = end.bold = true;
    end.anchor = TV_END;
    tv_draw_line(c, X_CLASS, y, t->end, y, &rule);
    y += 19;
    tv_group(c, "overall");
    tv_draw_text(c, &s, X_CLASS, y, "All classes");
    tv_draw_text(c, &end, t->x_images, y, "%s", tv_text_count(n));
    draw_accuracy(c, t, TV_SOURCE, source, y, true);
    draw_accuracy(c, t, TV_TARGET, target, y, true);
    draw_difference(c, t, target - source, y, scale, true);
    tv_group_end(c);
    return y + 8;
}

static void draw_gap(struct tv_canvas *c, const struct table *t, double y)
{
    struct tv_text s = tv_text_style(c, TV_SIZE_BODY);
    s.color = tv_canvas_theme(c)->muted;
    tv_draw_text(c, &s, X_CLASS, y, "\xe2\x8b\xae  %s further classes, not shown",
                 tv_text_count(t->k - t->rows + 1));
}

/* Zero and every difference. */
static struct tv_scale difference_scale(const struct table *t)
{
    double lo = 0, hi = 0;
    tv_range_add(&lo, &hi, t->difference, t->k, 1);
    if (lo == hi) hi = 1;
    return (struct tv_scale){lo, hi, t->x_difference + DIFFERENCE,
                             t->x_difference + DIFFERENCE + t->difference_bar};
}

static double draw_page(struct tv_canvas *c, const struct table *t, const struct tv_figure *f)
{
    static const char *const sorted[] = {"difference, largest gain first",
                                         "index",
                                         "name",
                                         "accuracy of the source model, lowest first",
                                         "accuracy of the target model, lowest first",
                                         "errors of the target model, most first"};
    struct tv_pen rule = tv_pen_stroke(tv_canvas_theme(c)->rule, 1);
    struct tv_scale scale = difference_scale(t);
    char *subtitle = tv_format_new(
        "Accuracy of both models on the target validation data" TV_DOT "%s class%s" TV_DOT "by %s%s",
        tv_text_count(t->k), t->k == 1 ? "" : "es", sorted[f->sort], tv_figure_epochs(f));
    double y = tv_figure_head(c, f, "What each class gained and lost", subtitle, tv_figure_width(f));
    free(subtitle);
    y = draw_head(c, t, y + 16);
    for (int64_t r = 0; r < t->rows; r++, y += LINE) {
        if (r > 0) tv_draw_line(c, X_CLASS, y, t->end, y, &rule);
        if (t->row[r] == GAP)
            draw_gap(c, t, y + 18);
        else
            draw_row(c, t, t->row[r], y + 18, &scale);
    }
    return draw_overall(c, t, y, &scale);
}

const char *tv_figure_classes(struct tv_canvas *c, const struct tv_figure *f)
{
    struct table t = {0};
    const char *error = load(&t, f);
    if (!error) {
        choose(&t, f);
        lay_out(&t, f);
        tv_canvas_size(c, tv_figure_width(f), draw_page(c, &t, f) + TV_FIGURE_MARGIN);
    }
    table_release(&t);
    return error;
}
