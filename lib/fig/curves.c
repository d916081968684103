/* fig/curves.c - line charts of any numbers, small multiples: tensors curve/<panel>/<series> of points (x,
 * y).
 *
 *     title                                        the axes begin at 0; a series has the same colour in every
 *     legend: the series, the lines fitted         panel; what the axes are called is in the attribute
 *     panel         panel         panel            `columns`, whether a line is fitted in `reference`
 *       |             |             |
 *       +------       +------       +------
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "core/mem.h"
#include "core/names.h"
#include "fig/axis.h"
#include "fig/figure_parts.h"
#include "fig/glyph.h"
#include "num/line.h"

enum {
    KEY = 26,
    GAP = 34,
    BELOW = 46 /* of labels and title of an axis */,
    POINTS = 64 /* marks a series */
};

enum reference { NONE, PROPORTIONAL, LINEAR, REFERENCES };
static const char *const reference_name[] = {"", "proportional", "linear", NULL};
static const enum tv_dash reference_dash[] = {TV_SOLID, TV_DASHED, TV_DOTTED};

struct curve {
    size_t panel;
    char *name;
    int color;
    int64_t n;
    double *at; /* [n,2] */
    enum reference reference;
    struct tv_line line; /* unless NONE */
};

struct panel {
    char *name;
    char *title[2];      /* of the axes; NULL: none is given */
    double lo[2], hi[2]; /* of the points and lines, and 0 */
    int power[2];        /* labels are in units of 10^power */
    struct tv_ticks tick[2];
    struct tv_plot labels; /* in these units */
};

struct curves {
    struct curve *curve;
    size_t n, cap;
    struct panel *panel;
    size_t panels, panel_cap;
    const char **series; /* different names in order of their first curve, borrowed from them */
    size_t n_series, series_cap;
};

static void release(struct curves *s)
{
    for (size_t i = 0; i < s->n; i++) free(s->curve[i].name), free(s->curve[i].at);
    for (size_t i = 0; i < s->panels; i++) {
        free(s->panel[i].name);
        for (int a = 0; a < 2; a++) free(s->panel[i].title[a]);
    }
    free(s->curve);
    free(s->panel);
    free(s->series);
}

/* ---- loading ---- */

static size_t panel_of(struct curves *s, const char *name)
{
    for (size_t i = 0; i < s->panels; i++)
        if (!strcmp(s->panel[i].name, name)) return i;
    s->panel = tv_grow(s->panel, &s->panel_cap, s->panels + 1, sizeof *s->panel);
    s->panel[s->panels] = (struct panel){.name = tv_strdup(name)};
    return s->panels++;
}

static size_t series_of(struct curves *s, const char *name)
{
    for (size_t i = 0; i < s->n_series; i++)
        if (!strcmp(s->series[i], name)) return i;
    s->series = tv_grow(s->series, &s->series_cap, s->n_series + 1, sizeof *s->series);
    s->series[s->n_series] = name;
    return s->n_series++;
}

static const char *set_titles(struct panel *p, const struct tv_tensor *t)
{
    size_t n;
    const char *columns = tv_attrs_get(&t->attrs, "columns");
    if (!columns || p->title[0]) return NULL;
    char **title = tv_split_new(columns, ',', &n);
    for (size_t a = 0; a < 2 && n == 2; a++) p->title[a] = tv_strdup(title[a]);
    tv_split_free(title);
    return n == 2 ? NULL : tv_msg("%s: want two columns, comma-separated, got '%s'", t->name, columns);
}

static const char *set_reference(struct curve *c, const struct tv_tensor *t)
{
    const char *word = tv_attrs_get(&t->attrs, "reference");
    while (word && c->reference < REFERENCES && strcmp(word, reference_name[c->reference])) c->reference++;
    if (c->reference == REFERENCES)
        return tv_msg("%s: reference: want proportional or linear, got '%s'", t->name, word);
    if (c->reference) tv_line_fit(&c->line, c->at, c->n, c->reference == PROPORTIONAL);
    return NULL;
}

/* Adds curve/<panel>/<series>. */
static const char *add(struct curves *s, const struct tv_tensor *t)
{
    const char *rest = t->name + strlen("curve/"), *slash = strchr(rest, '/');
    const char *error = tv_figure_shape(t, 2, -1, 2);
    if (!slash || slash == rest || !slash[1])
        return tv_msg("%s: want a name curve/<panel>/<series>; tv-select --rename gives it", t->name);
    if (!error && t->dtype == TV_STR) error = tv_msg("%s: want numbers, got strings", t->name);
    if (error) return error;
    char *panel = tv_strndup(rest, (size_t)(slash - rest));
    struct curve c = {.panel = panel_of(s, panel), .n = t->dim[0]};
    free(panel);
    for (size_t i = 0; i < s->n; i++)
        if (s->curve[i].panel == c.panel && !strcmp(s->curve[i].name, slash + 1))
            return tv_msg("%s: is in two streams; tv-select --rename makes the names differ", t->name);
    c.name = tv_strdup(slash + 1);
    c.at = tv_tensor_f64_new(t);
    c.color = (int)series_of(s, c.name);
    error = set_titles(&s->panel[c.panel], t);
    if (!error) error = set_reference(&c, t);
    s->curve = tv_grow(s->curve, &s->cap, s->n + 1, sizeof *s->curve);
    s->curve[s->n++] = c;
    return error;
}

static const char *load(struct curves *s, const struct tv_figure *f)
{
    const char *error = NULL;
    for (size_t i = 0; i < f->n && !error; i++)
        for (size_t k = 0; k < f->stream[i].n && !error; k++)
            if (!strncmp(f->stream[i].at[k]->name, "curve/", strlen("curve/")))
                error = add(s, f->stream[i].at[k]);
    if (!error && s->n == 0)
        error = tv_figure_missing(f, "curve/<panel>/<series>", "tv-import, of a table of numbers,");
    if (!error && s->n_series > TV_CLASS_COLORS)
        error = tv_msg("curves: want at most %d series, got %zu: more colours cannot be told apart",
                       TV_CLASS_COLORS, s->n_series);
    return error;
}

/* ---- scales ---- */

static double line_at(const struct tv_line *l, double x) { return l->intercept + l->slope * x; }

/* Where a curve's line begins and ends: at the first and the last point, and one through the origin there. */
static void line_ends(const struct curve *c, double x[2])
{
    x[0] = c->reference == PROPORTIONAL ? 0 : INFINITY;
    x[1] = c->reference == PROPORTIONAL ? 0 : -INFINITY;
    tv_range_add(&x[0], &x[1], c->at, c->n, 2);
}

static void set_range(struct panel *p, const struct curves *s, size_t index)
{
    for (int a = 0; a < 2; a++) p->lo[a] = p->hi[a] = 0;
    for (size_t i = 0; i < s->n; i++) {
        const struct curve *c = &s->curve[i];
        double x[2];
        if (c->panel != index) continue;
        for (int a = 0; a < 2; a++) tv_range_add(&p->lo[a], &p->hi[a], c->at + a, c->n, 2);
        line_ends(c, x);
        double y[2] = {line_at(&c->line, x[0]), line_at(&c->line, x[1])};
        if (c->reference) tv_range_add(&p->lo[1], &p->hi[1], y, 2, 1);
    }
    for (int a = 0; a < 2; a++)
        if (p->lo[a] == p->hi[a]) p->hi[a] = 1;
}

/* A power of a thousand that keeps the labels short. */
static int power_of(double lo, double hi)
{
    double most = fmax(fabs(lo), fabs(hi));
    return most >= 1e6 || most < 1e-3 ? 3 * (int)floor(log10(most) / 3) : 0;
}

static void set_ticks(struct panel *p, double width, double height)
{
    const int about[2] = {(int)(width / 75), (int)(height / 52)};
    for (int a = 0; a < 2; a++) {
        p->power[a] = power_of(p->lo[a], p->hi[a]);
        double unit = pow(10, p->power[a]), lo = p->lo[a] / unit, hi = p->hi[a] / unit;
        tv_range_nice(&lo, &hi, about[a]);
        tv_range_nice(&lo, &hi, about[a]); /* of the wider range the step may be another */
        p->tick[a] = tv_ticks_make(lo, hi, about[a], false);
        *(a ? &p->labels.y : &p->labels.x) = (struct tv_scale){.lo = lo, .hi = hi};
    }
}

static double label_width(const struct tv_canvas *c, const struct tv_ticks *t)
{
    struct tv_text small = tv_text_style(c, TV_SIZE_SMALL);
    double most = 0;
    for (int i = 0; i < t->n; i++)
        most = fmax(most, tv_text_width(c, &small, tv_text_fixed(t->at[i], t->decimals)));
    return most;
}

static double x_at(const struct panel *p, double x)
{
    return tv_scale_at(&p->labels.x, x / pow(10, p->power[0]));
}
static double y_at(const struct panel *p, double y)
{
    return tv_scale_at(&p->labels.y, y / pow(10, p->power[1]));
}

/* ---- a panel ---- */

/* "time (s), x10^-6", cut to the axis' length.  New string. */
static char *axis_title_new(const struct tv_canvas *c, const struct panel *p, int a, double length)
{
    static const char *const digit[] = {"\xe2\x81\xb0", "\xc2\xb9",     "\xc2\xb2",     "\xc2\xb3",
                                        "\xe2\x81\xb4", "\xe2\x81\xb5", "\xe2\x81\xb6", "\xe2\x81\xb7",
                                        "\xe2\x81\xb8", "\xe2\x81\xb9"};
    struct tv_str title = {0};
    tv_str_add(&title, "%s", p->title[a] ? p->title[a] : a ? "y" : "x");
    if (p->power[a]) {
        tv_str_add(&title, ", " TV_TIMES "10%s", p->power[a] < 0 ? "\xe2\x81\xbb" : "");
        for (const char *d = tv_msg("%d", abs(p->power[a])); *d; d++)
            tv_str_add(&title, "%s", digit[*d - '0']);
    }
    struct tv_text small = tv_text_style(c, TV_SIZE_SMALL);
    char *fit = tv_font_fit_new(tv_canvas_font(c), &small, title.s, length);
    tv_str_release(&title);
    return fit;
}

static void draw_reference(struct tv_canvas *c, const struct panel *p, const struct curve *k)
{
    struct tv_pen pen = tv_pen_stroke(tv_canvas_theme(c)->muted, 1);
    double x[2];
    if (!k->reference) return;
    line_ends(k, x);
    pen.dash = reference_dash[k->reference];
    tv_group(c, "reference");
    tv_group_data(c, "panel", "%s", p->name);
    tv_group_data(c, "series", "%s", k->name);
    tv_group_data(c, "intercept", "%.17g", k->line.intercept);
    tv_group_data(c, "slope", "%.17g", k->line.slope);
    tv_group_data(c, "r2", "%.17g", k->line.r2);
    tv_group_data(c, "deviation", "%.17g", k->line.deviation);
    tv_group_title(c, "%s: %s by least squares, slope %s", k->name, reference_name[k->reference],
                   tv_text_short(k->line.slope, 4));
    tv_draw_line(c, x_at(p, x[0]), y_at(p, line_at(&k->line, x[0])), x_at(p, x[1]),
                 y_at(p, line_at(&k->line, x[1])), &pen);
    tv_group_end(c);
}

static void draw_points(struct tv_canvas *c, const struct panel *p, const struct curve *k)
{
    struct tv_pen pen = tv_pen_fill(tv_class_color(tv_canvas_theme(c), k->color));
    pen.stroke = tv_canvas_theme(c)->ground;
    pen.width = 1;
    for (int64_t i = 0; i < k->n && k->n <= POINTS; i++) {
        double x = k->at[2 * i], y = k->at[2 * i + 1];
        if (!isfinite(x) || !isfinite(y)) continue;
        tv_group(c, "point");
        tv_group_data(c, "x", "%.17g", x);
        tv_group_data(c, "y", "%.17g", y);
        tv_group_title(c, "%s: %s, %s", k->name, tv_text_short(x, 6), tv_text_short(y, 6));
        tv_draw_circle(c, x_at(p, x), y_at(p, y), 4, &pen);
        tv_group_end(c);
    }
}

static void draw_curve(struct tv_canvas *c, const struct panel *p, const struct curve *k, size_t id)
{
    struct tv_path path = {0};
    struct tv_pen pen = tv_pen_stroke(tv_class_color(tv_canvas_theme(c), k->color), 2);
    const struct tv_scale *x = &p->labels.x, *y = &p->labels.y;
    bool open = false, many = k->n > TV_CANVAS_MARKS;
    pen.round = true;
    for (int64_t i = 0; i < k->n; i++) {
        bool there = isfinite(k->at[2 * i]) && isfinite(k->at[2 * i + 1]);
        if (there)
            (open ? tv_path_line : tv_path_move)(&path, x_at(p, k->at[2 * i]), y_at(p, k->at[2 * i + 1]));
        open = there;
    }
    tv_group(c, "series");
    tv_group_id(c, "series-%zu", id);
    tv_group_data(c, "panel", "%s", p->name);
    tv_group_data(c, "series", "%s", k->name);
    tv_group_title(c, "%s", k->name);
    if (many) tv_raster_begin(c, x->from - 2, y->to - 2, x->to - x->from + 4, y->from - y->to + 4);
    if (path.n) tv_draw_path(c, &path, &pen);
    if (many) tv_raster_end(c);
    draw_points(c, p, k);
    tv_group_end(c);
    tv_path_release(&path);
}

/* How straight the panel's curves are: the one that is farthest from its line. */
static const char *note_of(const struct curves *s, size_t index)
{
    double most = NAN;
    for (size_t i = 0; i < s->n; i++)
        if (s->curve[i].panel == index && s->curve[i].reference)
            most = fmax(most, s->curve[i].line.deviation);
    return isnan(most) ? NULL : tv_msg("off the line by at most %s\xc2\xa0%%", tv_text_fixed(100 * most, 1));
}

static void draw_panel(struct tv_canvas *c, const struct curves *s, size_t index, double x0, double y0)
{
    const struct panel *p = &s->panel[index];
    const struct tv_scale *x = &p->labels.x, *y = &p->labels.y;
    struct tv_text head = tv_text_style(c, TV_SIZE_BODY), note = tv_text_style(c, TV_SIZE_SMALL);
    head.bold = true;
    note.color = tv_canvas_theme(c)->muted;
    char *title[2] = {axis_title_new(c, p, 0, x->to - x->from), axis_title_new(c, p, 1, y->from - y->to)};
    tv_group(c, "panel");
    tv_group_id(c, "panel-%zu", index + 1);
    tv_group_data(c, "panel", "%s", p->name);
    tv_draw_text_fit(c, &head, x->from, y0 + 13, x->to - x->from, p->name);
    const char *text = note_of(s, index);
    if (text) tv_draw_text_fit(c, &note, x->from, y0 + 30, x->to - x->from, text);
    tv_axis_left(c, &p->labels, &p->tick[1], title[1], x0 + note.size * TV_TEXT_ASCENT);
    tv_axis_bottom(c, &p->labels, &p->tick[0], title[0]);
    for (size_t i = 0; i < s->n; i++)
        if (s->curve[i].panel == index) draw_reference(c, p, &s->curve[i]);
    for (size_t i = 0; i < s->n; i++)
        if (s->curve[i].panel == index) draw_curve(c, p, &s->curve[i], i + 1);
    tv_group_end(c);
    free(title[0]);
    free(title[1]);
}

/* ---- the page ---- */

/* Returns the y below it. */
static double draw_legend(struct tv_canvas *c, const struct curves *s, double right, double top)
{
    static const char *const text[] = {"", "proportional (least squares)", "straight line (least squares)"};
    const struct tv_theme *theme = tv_canvas_theme(c);
    struct tv_legend l = tv_legend_begin(c, TV_FIGURE_MARGIN, top + 8, right);
    bool found[REFERENCES] = {false};
    double x;
    tv_group(c, "legend");
    for (size_t i = 0; i < s->n_series; i++) {
        struct tv_pen line = tv_pen_stroke(tv_class_color(theme, (int)i), 2),
                      point = tv_pen_fill(line.stroke);
        char *name = tv_font_fit_new(tv_canvas_font(c), &l.style, s->series[i], right - l.left - KEY - 7);
        tv_legend_entry(&l, KEY, &x, "%s", name);
        tv_draw_line(c, x - KEY / 2, l.y, x + KEY / 2, l.y, &line);
        tv_draw_circle(c, x, l.y, 3.5, &point);
        free(name);
    }
    for (size_t i = 0; i < s->n; i++) found[s->curve[i].reference] = true;
    for (int r = PROPORTIONAL; r < REFERENCES; r++) {
        struct tv_pen line = tv_pen_stroke(theme->muted, 1);
        line.dash = reference_dash[r];
        if (!found[r]) continue;
        tv_legend_entry(&l, KEY, &x, "%s", text[r]);
        tv_draw_line(c, x - KEY / 2, l.y, x + KEY / 2, l.y, &line);
    }
    tv_group_end(c);
    return l.y + 22;
}

static void draw_page(struct tv_canvas *c, struct curves *s, const struct tv_figure *f)
{
    const size_t columns = s->panels == 4 ? 2 : s->panels < 3 ? s->panels : 3;
    const double height = columns == 1 ? 372 : columns == 2 ? 290 : 230, head = 42;
    double left = 0, right = tv_figure_right(f);
    double width = (right - TV_FIGURE_MARGIN - GAP * (double)(columns - 1)) / (double)columns;
    char *subtitle = tv_format_new("%zu curve%s in %zu panel%s", s->n, s->n > 1 ? "s" : "", s->panels,
                                   s->panels > 1 ? "s" : "");
    double y = tv_figure_head(c, f, "Curves", subtitle, tv_figure_width(f));
    free(subtitle);
    y = draw_legend(c, s, right, y + 2);
    for (size_t i = 0; i < s->panels; i++) {
        set_range(&s->panel[i], s, i);
        set_ticks(&s->panel[i], width, height);
        left = fmax(left, label_width(c, &s->panel[i].tick[1]));
    }
    left += 2 * TV_SIZE_SMALL + 8; /* the axis' title */
    for (size_t i = 0; i < s->panels; i++) {
        struct tv_plot *p = &s->panel[i].labels;
        double x0 = TV_FIGURE_MARGIN + (width + GAP) * (double)(i % columns);
        if (i && i % columns == 0) y += head + height + BELOW + GAP / 2;
        p->x.from = x0 + left;
        p->x.to = x0 + width;
        p->y.from = y + head + height;
        p->y.to = y + head;
        draw_panel(c, s, i, x0, y);
    }
    tv_canvas_size(c, tv_figure_width(f), y + head + height + BELOW + TV_FIGURE_MARGIN / 2);
}

const char *tv_figure_curves(struct tv_canvas *c, const struct tv_figure *f)
{
    struct curves s = {0};
    const char *error = load(&s, f);
    if (!error) draw_page(c, &s, f);
    release(&s);
    return error;
}
