/* fig/glyph.c - see glyph.h. */
#include "fig/glyph.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include "core/mem.h"
#include "num/sort.h"

const char *const tv_side_name[2] = {"source", "target"};

struct tv_color tv_side_color(const struct tv_canvas *c, enum tv_side s)
{
    const struct tv_theme *t = tv_canvas_theme(c);
    return s == TV_SOURCE ? t->source_dark : t->target_dark;
}

struct tv_color tv_side_light(const struct tv_canvas *c, enum tv_side s)
{
    const struct tv_theme *t = tv_canvas_theme(c);
    return s == TV_SOURCE ? t->source : t->target;
}

void tv_glyph_mark(struct tv_canvas *c, enum tv_side shape, double x, double y, double r,
                   const struct tv_pen *p)
{
    if (shape == TV_TARGET) {
        tv_draw_circle(c, x, y, r, p);
        return;
    }
    /* Twelve corners: the tips at distance r on the diagonals, the notches on the axes. */
    double tip = r * 1.02, half = r * 0.36, notch = half * M_SQRT2;
    struct tv_path path = {0};
    for (int arm = 0; arm < 4; arm++) {
        double a = M_PI / 4 + arm * M_PI / 2, ux = cos(a), uy = sin(a), vx = -uy, vy = ux;
        double nx = cos(a + M_PI / 4), ny = sin(a + M_PI / 4);
        (arm ? tv_path_line : tv_path_move)(&path, x + tip * ux - half * vx, y + tip * uy - half * vy);
        tv_path_line(&path, x + tip * ux + half * vx, y + tip * uy + half * vy);
        tv_path_line(&path, x + notch * nx, y + notch * ny);
    }
    tv_path_close(&path);
    tv_draw_path(c, &path, p);
    tv_path_release(&path);
}

void tv_glyph_pie(struct tv_canvas *c, double x, double y, double r, double share, struct tv_color on,
                  struct tv_color off)
{
    struct tv_pen disc = tv_pen_fill(off), wedge = tv_pen_fill(on);
    tv_draw_circle(c, x, y, r, &disc);
    if (!(share > 0)) return;
    if (share >= 1) {
        tv_draw_circle(c, x, y, r, &wedge);
        return;
    }
    struct tv_path p = {0};
    tv_path_move(&p, x, y);
    tv_path_arc(&p, x, y, r, -M_PI / 2, -M_PI / 2 + 2 * M_PI * share);
    tv_path_close(&p);
    tv_draw_path(c, &p, &wedge);
    tv_path_release(&p);
}

void tv_glyph_bars(struct tv_canvas *c, const double *counts, int n, double x, double y, double w, double h,
                   double full, struct tv_color fill)
{
    struct tv_pen pen = tv_pen_fill(fill);
    double step = w / n, gap = step > 3 ? 1 : 0;
    for (int i = 0; i < n; i++) {
        if (!(counts[i] > 0) || !(full > 0)) continue;
        double bar = fmax(counts[i] / full * fabs(h), 1);
        tv_draw_rect(c, x + i * step + gap / 2, h < 0 ? y : y - bar, step - gap, bar, 0, &pen);
    }
}

/* Value at the fraction f of the sorted values, linearly interpolated. */
static double quantile(const double *v, const int32_t *order, int64_t n, double f)
{
    double at = f * (double)(n - 1);
    int64_t i = (int64_t)at;
    double below = v[order[i]], above = v[order[i + 1 < n ? i + 1 : i]];
    return below + (at - (double)i) * (above - below);
}

struct tv_five tv_five_of(const double *v, int64_t n)
{
    struct tv_five f = {.n = n};
    if (n == 0) return f;
    int32_t *order = TV_ARRAY(int32_t, (size_t)n);
    tv_argsort_asc_f64(order, v, n);
    f.q1 = quantile(v, order, n, 0.25);
    f.median = quantile(v, order, n, 0.5);
    f.q3 = quantile(v, order, n, 0.75);
    double reach = 1.5 * (f.q3 - f.q1);
    f.low = f.q1;
    f.high = f.q3;
    for (int64_t i = 0; i < n; i++) {
        if (v[i] < f.low && v[i] >= f.q1 - reach) f.low = v[i];
        if (v[i] > f.high && v[i] <= f.q3 + reach) f.high = v[i];
    }
    free(order);
    return f;
}

void tv_glyph_box(struct tv_canvas *c, const struct tv_five *at, double across, double thickness,
                  bool upright, struct tv_color fill, struct tv_color line)
{
    struct tv_pen thin = tv_pen_stroke(line, 1), strong = tv_pen_stroke(line, 1.75);
    struct tv_pen body = {.fill = fill, .stroke = line, .width = 1};
    double half = thickness / 2, a = fmin(at->q1, at->q3), length = fmax(fabs(at->q3 - at->q1), 0.5);
    if (upright) {
        tv_draw_line(c, across, at->low, across, at->high, &thin);
        tv_draw_rect(c, across - half, a, thickness, length, 0, &body);
        tv_draw_line(c, across - half, at->median, across + half, at->median, &strong);
    } else {
        tv_draw_line(c, at->low, across, at->high, across, &thin);
        tv_draw_rect(c, a, across - half, length, thickness, 0, &body);
        tv_draw_line(c, at->median, across - half, at->median, across + half, &strong);
    }
}

void tv_glyph_arrow(struct tv_canvas *c, double x0, double y0, double x1, double y1, struct tv_color color,
                    double width)
{
    double length = hypot(x1 - x0, y1 - y0), head = fmin(4 + 2.2 * width, length);
    if (!(length > 0)) return;
    double ux = (x1 - x0) / length, uy = (y1 - y0) / length, half = head * 0.42;
    struct tv_pen shaft = tv_pen_stroke(color, width), fill = tv_pen_fill(color);
    tv_draw_line(c, x0, y0, x1 - ux * head * 0.8, y1 - uy * head * 0.8, &shaft);
    struct tv_path p = {0};
    tv_path_move(&p, x1, y1);
    tv_path_line(&p, x1 - ux * head - uy * half, y1 - uy * head + ux * half);
    tv_path_line(&p, x1 - ux * head + uy * half, y1 - uy * head - ux * half);
    tv_path_close(&p);
    tv_draw_path(c, &p, &fill);
    tv_path_release(&p);
}

void tv_glyph_ramp(struct tv_canvas *c, double x, double y, double w, double h)
{
    enum { STEPS = 64 }; /* enough to look smooth whether or not a viewer interpolates */
    uint8_t rgb[STEPS * 3];
    for (int i = 0; i < STEPS; i++) {
        struct tv_color k = tv_theme_ramp(tv_canvas_theme(c), i / (STEPS - 1.0));
        rgb[3 * i] = k.r, rgb[3 * i + 1] = k.g, rgb[3 * i + 2] = k.b;
    }
    tv_draw_image(c, x, y, w, h, rgb, STEPS, 1, 3);
}

/* ---- legends ---- */

struct tv_legend tv_legend_begin(struct tv_canvas *c, double left, double y, double right)
{
    struct tv_legend l = {.c = c, .left = left, .right = right, .x = left, .y = y, .line = 21, .gap = 20};
    l.style = tv_text_style(c, TV_SIZE_SMALL);
    return l;
}

void tv_legend_entry(struct tv_legend *l, double w, double *gx, const char *fmt, ...)
{
    va_list ap;
    char *text = NULL;
    va_start(ap, fmt);
    if (vasprintf(&text, fmt, ap) < 0) text = tv_strdup("");
    va_end(ap);
    double pad = w > 0 ? 7 : 0, width = w + pad + tv_text_width(l->c, &l->style, text);
    if (l->x > l->left && l->x + width > l->right) {
        l->x = l->left;
        l->y += l->line;
    }
    *gx = l->x + w / 2;
    tv_draw_text(l->c, &l->style, l->x + w + pad, l->y + TV_TEXT_MIDDLE * l->style.size, "%s", text);
    l->x += width + l->gap;
    free(text);
}
