/* fig/instances.c - the instance view: a t-SNE map, shape = domain, colour = class, dark border = wrong
 * prediction of the target model (the paper's section 5.2).
 *
 *     map, both axes on one scale                          | classes with counts, then the marks
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "core/mem.h"
#include "core/names.h"
#include "fig/axis.h"
#include "fig/figure_parts.h"
#include "fig/map.h"
#include "fig/thumb.h"
#include "num/sort.h"

enum { MAP_LOW = 430 /* at least so high */, GAP = 34, SIDE_W = 246, PAD = 14 };
enum { COLUMN = 56, COLUMN_MOST = 88 /* of counts */ };
enum { MOST_CLASSES = 1 << 20 };
enum { THUMB = 44, OTHER = -1 };

struct map {
    struct tv_map at;            /* the instances */
    const int64_t *label, *pred; /* [n] true classes, predictions of the target model; NULL: not known */
    const char *side_name[2];    /* what the domains are called */
    int64_t classes;             /* largest label or prediction + 1 */
    int *color;                  /* [classes] palette index or OTHER */
    int64_t *selected;           /* classes with a colour */
    int64_t n_selected;
    bool chosen; /* by --class: the others recede */
    double r;    /* radius of a mark */
    struct tv_plot plot;
    double width; /* of the map's box */
    double top, bottom;
    double side;   /* where the column beside it begins */
    double right;  /* and ends */
    double column; /* width of its counts */
};

static void map_release(struct map *m)
{
    tv_map_release(&m->at);
    free(m->color);
    free(m->selected);
}

/* ---- loading ---- */

/* So many that the largest value is one of them. */
static const char *count_classes(struct map *m, const int64_t *v, const char *name)
{
    for (int64_t i = 0; v && i < m->at.n; i++) {
        if (v[i] >= MOST_CLASSES)
            return tv_msg("%s: want classes below %d, got %lld in row %lld", name, MOST_CLASSES,
                          (long long)v[i], (long long)i);
        if (v[i] >= m->classes) m->classes = v[i] + 1;
    }
    return NULL;
}

static const char *load(struct map *m, const struct tv_figure *f)
{
    const char *error = tv_map_load(&m->at, f, 0);
    if (error) return error;
    for (int s = 0; s < 2; s++) m->side_name[s] = tv_figure_domain(f, (enum tv_side)s);
    m->label = m->at.label;
    m->pred = m->at.pred[TV_TARGET];
    error = count_classes(m, m->label, "label");
    if (!error) error = count_classes(m, m->pred, "pred");
    if ((int64_t)f->classes > m->classes) m->classes = (int64_t)f->classes;
    return error;
}

static enum tv_side side_of(const struct map *m, int64_t i) { return m->at.side[i]; }

static int64_t class_of(const struct map *m, int64_t i)
{
    return m->label && m->label[i] >= 0 ? m->label[i] : OTHER;
}

static bool is_wrong(const struct map *m, int64_t i)
{
    return m->pred && m->pred[i] >= 0 && class_of(m, i) >= 0 && m->pred[i] != m->label[i];
}

/* ---- the classes that have a colour ---- */

/* Those of --class; else all, or the most frequent when there are more than colours. */
static const char *select_classes(struct map *m, const struct tv_figure *f)
{
    double *count = TV_ARRAY(double, (size_t)m->classes);
    bool *chosen = TV_ARRAY(bool, (size_t)m->classes);
    int32_t *order = TV_ARRAY(int32_t, (size_t)m->classes);
    const char *error = NULL;
    for (int64_t i = 0; i < m->at.n; i++)
        if (class_of(m, i) >= 0) count[class_of(m, i)]++;
    m->chosen = f->class != NULL;
    char **word = f->class ? tv_split_new(f->class, ',', NULL) : NULL;
    for (char **w = word; w && *w && !error; w++) {
        int64_t k;
        error = tv_class_find(&k, *w, f->class_names);
        if (!error && k >= m->classes) error = tv_msg("class %s: no instance of the map has it", *w);
        if (!error) chosen[k] = true;
    }
    tv_split_free(word);
    tv_argsort_desc_f64(order, count, m->classes);
    for (int64_t i = 0; i < m->classes && i < TV_CLASS_COLORS && !f->class; i++)
        if (count[order[i]] > 0) chosen[order[i]] = true;
    m->color = TV_ARRAY(int, (size_t)m->classes);
    m->selected = TV_ARRAY(int64_t, (size_t)m->classes);
    for (int64_t k = 0; k < m->classes; k++) {
        /* of few classes each keeps its colour whichever are selected */
        int64_t color = m->classes <= TV_CLASS_COLORS ? k : m->n_selected;
        m->color[k] = chosen[k] ? (int)color % TV_CLASS_COLORS : OTHER;
        if (chosen[k]) m->selected[m->n_selected++] = k;
    }
    if (!error && m->n_selected > TV_CLASS_COLORS)
        error = tv_msg("--class: want at most %d classes, got %lld: more colours cannot be told apart",
                       TV_CLASS_COLORS, (long long)m->n_selected);
    free(count);
    free(chosen);
    free(order);
    return error;
}

static bool is_selected(const struct map *m, int64_t i)
{
    return class_of(m, i) >= 0 && m->color[m->label[i]] >= 0;
}

/* ---- marks ---- */

/* Both axes on one scale, the map in the middle of its box. */
static void lay_out(struct map *m, double top)
{
    double lo[2] = {INFINITY, INFINITY}, hi[2] = {-INFINITY, -INFINITY};
    for (int a = 0; a < 2; a++) {
        tv_range_add(&lo[a], &hi[a], m->at.at + a, m->at.n, 2);
        tv_range_settle(&lo[a], &hi[a]);
    }
    double inner = m->width - 2 * PAD, unit = fmax((hi[0] - lo[0]) / inner, (hi[1] - lo[1]) / inner);
    double w = (hi[0] - lo[0]) / unit, h = (hi[1] - lo[1]) / unit, height = fmax(h + 2 * PAD, MAP_LOW);
    double left = TV_FIGURE_MARGIN + (m->width - w) / 2, above = top + (height - h) / 2;
    m->plot.x = (struct tv_scale){lo[0], hi[0], left, left + w};
    m->plot.y = (struct tv_scale){lo[1], hi[1], above + h, above};
    double r = 110 / pow((double)(m->at.n > 0 ? m->at.n : 1), 0.45);
    m->r = r > 6 ? 6 : r < 1.2 ? 1.2 : r;
}

static void draw_mark(struct tv_canvas *c, const struct map *m, int64_t i)
{
    const struct tv_theme *theme = tv_canvas_theme(c);
    enum tv_side side = side_of(m, i);
    struct tv_color fill =
        is_selected(m, i) ? tv_class_color(theme, m->color[m->label[i]]) : theme->unselected;
    bool recedes = m->chosen && !is_selected(m, i), wrong = is_wrong(m, i) && !recedes;
    struct tv_pen pen = {.fill = tv_color_fade(fill, wrong ? 0.9 : recedes ? 0.5 : 0.7)};
    pen.stroke = wrong ? theme->ink : tv_color_fade(theme->muted, recedes ? 0.3 : 0.7);
    pen.width = wrong ? fmax(0.32 * m->r, 0.7) : m->r > 2.5 ? 0.5 : 0; /* would hide small marks */
    if (wrong && !is_selected(m, i)) pen.width /= 2;
    tv_glyph_mark(c, side, tv_scale_at(&m->plot.x, m->at.at[2 * i]),
                  tv_scale_at(&m->plot.y, m->at.at[2 * i + 1]), side == TV_SOURCE ? 1.2 * m->r : m->r, &pen);
}

static void draw_instance(struct tv_canvas *c, const struct map *m, const struct tv_figure *f, int64_t i)
{
    int64_t k = class_of(m, i);
    char *label = k < 0 ? tv_strdup("unlabelled") : tv_figure_class_new(f, k);
    char *pred = m->pred && m->pred[i] >= 0 ? tv_figure_class_new(f, m->pred[i]) : NULL;
    tv_group(c, "instance");
    tv_group_id(c, "instance-%lld", (long long)i);
    tv_group_data(c, "domain", "%s", tv_side_name[side_of(m, i)]);
    tv_group_data(c, "label", "%lld", (long long)k);
    if (pred) tv_group_data(c, "pred", "%lld", (long long)m->pred[i]);
    if (m->at.pred[TV_SOURCE]) tv_group_data(c, "source-pred", "%lld", (long long)m->at.pred[TV_SOURCE][i]);
    if (m->at.path) tv_group_data(c, "path", "%s", m->at.path[i]);
    tv_group_title(c, "%s%s%s, %s%s%s", m->at.path ? m->at.path[i] : "", m->at.path ? ": " : "",
                   m->side_name[side_of(m, i)], label, pred ? ", predicted " : "", pred ? pred : "");
    draw_mark(c, m, i);
    tv_group_end(c);
    free(label);
    free(pred);
}

/* Grey ones first, wrong ones last, so that what matters lies on top. */
static void draw_instances(struct tv_canvas *c, const struct map *m, const struct tv_figure *f, double top,
                           double height)
{
    int64_t n = m->at.n, step = tv_figure_stride(n);
    bool raster = n > TV_CANVAS_MARKS;
    tv_group(c, "map");
    if (raster) tv_group_title(c, "%s instances, drawn as an image", tv_text_count(m->at.n));
    if (raster) tv_raster_begin(c, TV_FIGURE_MARGIN, top, m->width, height);
    for (int layer = 0; layer < 3; layer++)
        for (int64_t k = 0, i = 0; k < n; k++, i = (i + step) % n)
            if ((is_wrong(m, i) && is_selected(m, i) ? 2 : is_selected(m, i)) == layer) {
                if (raster)
                    draw_mark(c, m, i);
                else
                    draw_instance(c, m, f, i);
            }
    if (raster) tv_raster_end(c);
    tv_group_end(c);
}

/* ---- thumbnails ---- */

static double distance2(const struct map *m, int64_t i, int64_t j)
{
    double unit = (m->plot.x.to - m->plot.x.from) / (m->plot.x.hi - m->plot.x.lo);
    double dx = m->at.at[2 * i] - m->at.at[2 * j], dy = m->at.at[2 * i + 1] - m->at.at[2 * j + 1];
    return (dx * dx + dy * dy) * unit * unit;
}

static void draw_thumbnail(struct tv_canvas *c, const struct map *m, const struct tv_thumbs *t, int64_t i,
                           int64_t image)
{
    const struct tv_theme *theme = tv_canvas_theme(c);
    enum tv_side side = side_of(m, i);
    double x = tv_scale_at(&m->plot.x, m->at.at[2 * i]) - THUMB / 2,
           y = tv_scale_at(&m->plot.y, m->at.at[2 * i + 1]) - THUMB / 2;
    x = fmin(fmax(x, TV_FIGURE_MARGIN + 4), TV_FIGURE_MARGIN + m->width - THUMB - 10);
    y = fmin(fmax(y, m->top + 4), m->bottom - THUMB - 10);
    struct tv_pen frame = tv_pen_stroke(
        is_selected(m, i) ? tv_class_color(theme, m->color[m->label[i]]) : theme->unselected, 3);
    struct tv_pen edge = tv_pen_stroke(is_wrong(m, i) ? theme->ink : theme->ground, 1.5);
    struct tv_pen disc = tv_pen_fill(theme->ground), mark = tv_pen_fill(frame.stroke);
    tv_group(c, "thumbnail");
    tv_group_data(c, "instance", "%lld", (long long)i);
    tv_group_title(c, "%s", m->at.path[i]);
    tv_thumbs_draw(c, t, image, NULL, x, y, THUMB);
    tv_draw_rect(c, x - 1, y - 1, THUMB + 2, THUMB + 2, 0, &frame);
    tv_draw_rect(c, x - 3, y - 3, THUMB + 6, THUMB + 6, 0, &edge);
    tv_draw_circle(c, x + THUMB - 2, y + THUMB - 2, 7.5, &disc);
    tv_glyph_mark(c, side, x + THUMB - 2, y + THUMB - 2, side == TV_SOURCE ? 5 : 4.2, &mark);
    tv_group_end(c);
}

/* Images of instances that lie far from each other: each next one is the farthest from those drawn, until
 * they would touch. */
static void draw_thumbnails(struct tv_canvas *c, const struct map *m, const struct tv_figure *f)
{
    struct tv_thumbs t;
    tv_thumbs_init(&t, f);
    int64_t *image = TV_ARRAY(int64_t, (size_t)m->at.n);
    double *far = TV_ARRAY(double, (size_t)m->at.n);
    for (int64_t i = 0; i < m->at.n; i++) {
        bool drawn =
            (is_selected(m, i) || !f->class) && isfinite(m->at.at[2 * i]) && isfinite(m->at.at[2 * i + 1]);
        image[i] = drawn && m->at.path ? tv_thumbs_find(&t, side_of(m, i), m->at.path[i]) : -1;
        far[i] = image[i] < 0 ? -1 : INFINITY;
    }
    tv_group(c, "thumbnails");
    for (int64_t drawn = 0; drawn < f->thumbnails; drawn++) {
        int64_t next = 0;
        for (int64_t i = 1; i < m->at.n; i++)
            if (far[i] > far[next]) next = i;
        if (m->at.n == 0 || far[next] < 2.0 * (THUMB + 10) * (THUMB + 10)) break;
        draw_thumbnail(c, m, &t, next, image[next]);
        for (int64_t i = 0; i < m->at.n; i++)
            if (far[i] >= 0) far[i] = fmin(far[i], distance2(m, i, next));
        far[next] = -1;
    }
    tv_group_end(c);
    free(image);
    free(far);
    tv_thumbs_release(&t);
}

/* ---- the side: classes, marks ---- */

static void count_sides(const struct map *m, int64_t k, int64_t count[2])
{
    count[0] = count[1] = 0;
    for (int64_t i = 0; i < m->at.n; i++)
        if (k == OTHER ? !is_selected(m, i) : class_of(m, i) == k) count[side_of(m, i)]++;
}

static void draw_class(struct tv_canvas *c, const struct map *m, int64_t k, const char *name, double y)
{
    struct tv_text s = tv_text_style(c, TV_SIZE_BODY), number = s;
    struct tv_pen swatch = tv_pen_fill(k == OTHER ? tv_canvas_theme(c)->unselected
                                                  : tv_class_color(tv_canvas_theme(c), m->color[k]));
    double base = y + TV_TEXT_MIDDLE * s.size;
    int64_t count[2];
    count_sides(m, k, count);
    number.color = tv_canvas_theme(c)->muted;
    number.anchor = TV_END;
    tv_group(c, "class");
    tv_group_id(c, "class-%lld", (long long)k);
    tv_group_data(c, "class", "%lld", (long long)k);
    tv_group_title(c, "%s: %s from %s, %s from %s", name, tv_text_count(count[0]), m->side_name[0],
                   tv_text_count(count[1]), m->side_name[1]);
    tv_draw_rect(c, m->side, y - 6, 12, 12, 2, &swatch);
    tv_draw_text_fit(c, &s, m->side + 20, base, m->right - 2 * m->column - m->side - 30, name);
    for (int side = 0; side < 2; side++)
        tv_draw_text(c, &number, m->right - (1 - side) * m->column, base, "%s", tv_text_count(count[side]));
    tv_group_end(c);
}

static void draw_columns(struct tv_canvas *c, const struct map *m, double y)
{
    struct tv_text s = tv_text_style(c, TV_SIZE_SMALL);
    s.bold = true;
    tv_draw_text(c, &s, m->side, y, "Class");
    s.anchor = TV_END;
    for (int side = 0; side < 2; side++)
        tv_draw_text_fit(c, &s, m->right - (1 - side) * m->column, y, m->column - 8, m->side_name[side]);
}

static double draw_classes(struct tv_canvas *c, const struct map *m, const struct tv_figure *f, double y)
{
    int64_t colored = 0;
    for (int64_t i = 0; i < m->at.n; i++) colored += is_selected(m, i);
    draw_columns(c, m, y + 10);
    y += 30;
    for (int64_t s = 0; s < m->n_selected; s++, y += 23) {
        char *name = tv_figure_class_new(f, m->selected[s]);
        draw_class(c, m, m->selected[s], name, y);
        free(name);
    }
    if (colored < m->at.n) {
        draw_class(c, m, OTHER, m->n_selected ? "others" : "all", y);
        y += 23;
    }
    return y;
}

static double draw_marks(struct tv_canvas *c, const struct map *m, const struct tv_figure *f, double y)
{
    const struct tv_theme *theme = tv_canvas_theme(c);
    struct tv_legend l = tv_legend_begin(c, m->side, y + 34, m->side);
    struct tv_pen plain = {
        .fill = theme->unselected, .stroke = tv_color_fade(theme->muted, 0.7), .width = 0.5};
    struct tv_pen dark = {.fill = theme->unselected, .stroke = theme->ink, .width = 1.8};
    int64_t wrong = 0, labelled = 0;
    double x;
    for (int64_t i = 0; i < m->at.n; i++) {
        if (m->chosen && !is_selected(m, i)) continue;
        wrong += is_wrong(m, i);
        labelled += class_of(m, i) >= 0;
    }
    tv_group(c, "legend");
    struct tv_text head = l.style;
    head.bold = true;
    tv_draw_text(c, &head, m->side, y + 14, "Marks");
    for (int s = 0; s < 2; s++) {
        tv_legend_entry(&l, 12, &x, "instance of the %s domain", m->side_name[s]);
        tv_glyph_mark(c, (enum tv_side)s, x, l.y, s == TV_SOURCE ? 6.6 : 5.5, &plain);
    }
    if (m->pred) {
        tv_legend_entry(&l, 12, &x, "wrong prediction (%s of %s)", tv_text_count(wrong),
                        tv_text_count(labelled));
        tv_draw_circle(c, x, l.y, 5.2, &dark);
    }
    if (f->thumbnails > 0) {
        tv_legend_entry(&l, 12, &x, "image, framed like its mark");
        tv_draw_rect(c, x - 5, l.y - 5, 10, 10, 0, &plain);
    }
    tv_group_end(c);
    return l.y + 12;
}

/* ---- the page ---- */

static char *subtitle_new(const struct map *m, const struct tv_figure *f)
{
    const struct tv_tensor *kl = tv_figure_find(f, "tsne.kl");
    struct tv_str b = {0};
    tv_str_add(&b, "t-SNE of %s", tv_text_count(m->at.n));
    if (m->at.all > m->at.n) tv_str_add(&b, " of %s", tv_text_count(m->at.all));
    tv_str_add(&b, m->at.all == 1 ? " instance" : " instances");
    if (kl) tv_str_add(&b, TV_DOT "Kullback-Leibler divergence %.3f", tv_tensor_get(kl, 0));
    tv_str_add(&b, m->pred ? TV_DOT "predictions of the target model" : TV_DOT "without predictions");
    return b.s;
}

static void draw_page(struct tv_canvas *c, struct map *m, const struct tv_figure *f)
{
    char *subtitle = subtitle_new(m, f);
    double top = tv_figure_head(c, f, "Instances of both domains as the target model sees them", subtitle,
                                tv_figure_width(f)) +
                 8;
    free(subtitle);
    m->right = tv_figure_right(f);
    m->side = m->right - SIDE_W;
    struct tv_text head = tv_text_style(c, TV_SIZE_SMALL);
    head.bold = true;
    m->column = COLUMN;
    for (int s = 0; s < 2; s++)
        m->column = fmax(m->column, fmin(tv_text_width(c, &head, m->side_name[s]) + 12, COLUMN_MOST));
    m->width = m->side - GAP - TV_FIGURE_MARGIN;
    lay_out(m, top);
    double side = draw_marks(c, m, f, draw_classes(c, m, f, top)),
           below = m->plot.y.from + m->plot.y.to - top;
    double bottom = fmax(below, side), height = bottom - top;
    struct tv_pen frame = tv_pen_stroke(tv_canvas_theme(c)->rule, 1);
    m->top = top;
    m->bottom = bottom;
    m->plot.y.from += (bottom - below) / 2; /* the map stays in the middle when the side is taller */
    m->plot.y.to += (bottom - below) / 2;
    tv_draw_rect(c, TV_FIGURE_MARGIN, top, m->width, height, 4, &frame);
    draw_instances(c, m, f, top, height);
    if (f->thumbnails > 0) draw_thumbnails(c, m, f);
    tv_canvas_size(c, tv_figure_width(f), bottom + TV_FIGURE_MARGIN);
}

const char *tv_figure_instances(struct tv_canvas *c, const struct tv_figure *f)
{
    struct map m = {0};
    const char *error = load(&m, f);
    if (!error && f->thumbnails > 0 && f->n_images == 0)
        error =
            "--thumbnails: want the data sets with the images, got none; give tv-import's files as operands";
    if (!error) error = select_classes(&m, f);
    if (!error) draw_page(c, &m, f);
    map_release(&m);
    return error;
}
