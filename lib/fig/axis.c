/* fig/axis.c - see axis.h. */
#include "fig/axis.h"

#include <math.h>

double tv_scale_at(const struct tv_scale *s, double value)
{
    if (s->hi == s->lo) return (s->from + s->to) / 2;
    return s->from + (value - s->lo) / (s->hi - s->lo) * (s->to - s->from);
}

void tv_range_add(double *lo, double *hi, const double *v, int64_t n, int64_t step)
{
    for (int64_t i = 0; i < n; i++) {
        double x = v[i * step];
        if (!isfinite(x)) continue;
        if (x < *lo) *lo = x;
        if (x > *hi) *hi = x;
    }
}

void tv_range_settle(double *lo, double *hi)
{
    if (*lo > *hi) *lo = 0, *hi = 1;
    if (*lo == *hi) {
        double half = *lo == 0 ? 0.5 : fabs(*lo) / 2;
        *lo -= half;
        *hi += half;
    }
}

struct tv_ticks tv_ticks_make(double lo, double hi, int about, bool whole)
{
    struct tv_ticks t = {0};
    double rough = (hi - lo) / about;
    if (!(rough > 0)) rough = 1;
    double power = pow(10, floor(log10(rough))), f = rough / power;
    t.step = power * (f < 1.5 ? 1 : f < 3.5 ? 2 : f < 7.5 ? 5 : 10);
    if (whole && t.step < 1) t.step = 1;
    double digits = -floor(log10(t.step) + 1e-9);
    t.decimals = digits > 0 ? (int)digits : 0;
    double first = ceil(lo / t.step - 1e-9);
    for (; t.n < TV_TICKS_MAX; t.n++) {
        double v = (first + t.n) * t.step;
        if (v > hi + 1e-9 * t.step) break;
        t.at[t.n] = v;
    }
    return t;
}

void tv_range_nice(double *lo, double *hi, int about)
{
    double step = tv_ticks_make(*lo, *hi, about, false).step;
    *lo = floor(*lo / step + 1e-9) * step;
    *hi = ceil(*hi / step - 1e-9) * step;
}

void tv_axis_bottom(struct tv_canvas *c, const struct tv_plot *p, const struct tv_ticks *t, const char *title)
{
    const struct tv_theme *theme = tv_canvas_theme(c);
    struct tv_text s = tv_text_style(c, TV_SIZE_SMALL);
    s.color = theme->muted;
    s.anchor = TV_MIDDLE;
    tv_group(c, "axis");
    struct tv_pen rule = tv_pen_stroke(theme->rule, 1);
    double bottom = fmax(p->y.from, p->y.to);
    for (int i = 0; i < t->n; i++) {
        double x = tv_scale_at(&p->x, t->at[i]);
        tv_draw_line(c, x, bottom, x, bottom + 5, &rule);
        tv_draw_text(c, &s, x, bottom + 8 + s.size, "%s", tv_text_fixed(t->at[i], t->decimals));
    }
    tv_draw_line(c, p->x.from, bottom, p->x.to, bottom, &rule);
    tv_draw_text(c, &s, (p->x.from + p->x.to) / 2, bottom + 16 + 2 * s.size, "%s", title);
    tv_group_end(c);
}

void tv_axis_left(struct tv_canvas *c, const struct tv_plot *p, const struct tv_ticks *t, const char *title,
                  double title_x)
{
    const struct tv_theme *theme = tv_canvas_theme(c);
    struct tv_text s = tv_text_style(c, TV_SIZE_SMALL);
    s.color = theme->muted;
    s.anchor = TV_END;
    tv_group(c, "axis");
    struct tv_pen rule = tv_pen_stroke(theme->rule, 1);
    for (int i = 0; i < t->n; i++) {
        double y = tv_scale_at(&p->y, t->at[i]);
        tv_draw_line(c, p->x.from, y, p->x.to, y, &rule);
        tv_draw_text(c, &s, p->x.from - 8, y + TV_TEXT_MIDDLE * s.size, "%s",
                     tv_text_fixed(t->at[i], t->decimals));
    }
    s.turn = -90;
    s.anchor = TV_MIDDLE;
    tv_draw_text(c, &s, title_x, (p->y.from + p->y.to) / 2, "%s", title);
    tv_group_end(c);
}
