/* fig/color.h - every colour of every figure, and the arithmetic that shows they can be told apart.
 *
 * Source is red and target is blue everywhere (SPEC 7).  Classes take their colours from one palette of
 * TV_CLASS_COLORS that stays apart for normal vision and for the three dichromacies; tests/unit/color.c holds
 * it to that with tv_color_difference() after tv_color_simulate().
 */
#ifndef TV_FIG_COLOR_H
#define TV_FIG_COLOR_H
#include <stdbool.h>
#include <stdint.h>

/* sRGB with opacity 0..1; `a` 0 is "no paint". */
struct tv_color {
    uint8_t r, g, b;
    float a;
};
#define TV_NO_COLOR ((struct tv_color){0, 0, 0, 0})

static inline struct tv_color tv_color_hex(uint32_t rgb)
{
    return (struct tv_color){(uint8_t)(rgb >> 16), (uint8_t)(rgb >> 8), (uint8_t)rgb, 1};
}
static inline struct tv_color tv_color_fade(struct tv_color c, double opacity)
{
    c.a = (float)(c.a * opacity);
    return c;
}

/* The roles of the colours; a theme gives each its value. */
#define TV_CLASS_COLORS 20

struct tv_theme {
    const char *name;
    const struct tv_color *classes;      /* [TV_CLASS_COLORS] */
    struct tv_color ground, panel;       /* the page; a tinted area on it */
    struct tv_color ink, muted, rule;    /* text; secondary text; grid lines and frames */
    struct tv_color source, source_dark; /* the source domain or model */
    struct tv_color target, target_dark; /* the target domain or model */
    struct tv_color histogram, histogram_ground;
    struct tv_color unselected; /* classes that are not selected */
    struct tv_color inherited;  /* important links with a counterpart in the source model */
    struct tv_color highlight;  /* what the reader should see first */
    struct tv_color ramp[4];    /* a value from low to high, at equal steps: the higher the darker
                                 * (lighter in the dark theme, whose ground is dark) */
};
extern const char *const tv_theme_name[]; /* choices of an option; NULL-terminated */
const struct tv_theme *tv_theme_get(int i);

/* Colour of t in [0,1] on the theme's ramp, interpolated in CIELAB; outside is clamped. */
struct tv_color tv_theme_ramp(const struct tv_theme *t, double value);
/* How larger values look on the ramp: "darker", or "lighter" on a dark ground. */
const char *tv_theme_stronger(const struct tv_theme *t);

/* The i-th colour of the theme's class palette; the first ones are the farthest apart. */
struct tv_color tv_class_color(const struct tv_theme *t, int i);

/* ---- colour spaces ---- */

struct tv_lab {
    double l, a, b;
};
struct tv_lab tv_color_lab(struct tv_color c); /* CIELAB, D65 */
struct tv_color tv_lab_color(struct tv_lab c); /* clipped into sRGB */
/* CIEDE2000 with unit weights (Sharma, Wu, Dalal 2005); about 1 is just noticeable. */
double tv_lab_difference(struct tv_lab a, struct tv_lab b);
double tv_color_difference(struct tv_color a, struct tv_color b);

enum tv_vision { TV_NORMAL, TV_PROTANOPIA, TV_DEUTERANOPIA, TV_TRITANOPIA, TV_VISIONS };
/* What a dichromat sees: the matrices of Machado, Oliveira, Fernandes 2009 at severity 1, on linear light. */
struct tv_color tv_color_simulate(struct tv_color c, enum tv_vision v);
/* Contrast ratio of WCAG 2, 1..21. */
double tv_color_contrast(struct tv_color a, struct tv_color b);

#endif
