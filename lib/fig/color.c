/* fig/color.c - see color.h. */
#include "fig/color.h"

#include <math.h>

#define HEX(x)                                                                                               \
    {                                                                                                        \
        (uint8_t)((x) >> 16), (uint8_t)((x) >> 8), (uint8_t)(x), 1                                           \
    }

/* Found by annealing on the smallest CIEDE2000 difference over the four kinds of vision, among the colours
 * and to the grounds, the ink and the grey of unselected classes; then ordered so that each prefix is as far
 * apart as it can be.  Those for the dark ground keep the hues and are light. */
static const struct tv_color light_classes[TV_CLASS_COLORS] = {
    HEX(0x0e60d6), HEX(0xf8b131), HEX(0x624701), HEX(0x04ba8f), HEX(0xa9117f), HEX(0x5e8206), HEX(0x99a1ff),
    HEX(0x196049), HEX(0x9e7c96), HEX(0xf95e61), HEX(0xac1941), HEX(0xb0a6ca), HEX(0x2486ff), HEX(0x6e71a7),
    HEX(0x3c8477), HEX(0x96cdfd), HEX(0x9f9500), HEX(0x925961), HEX(0xc7bb6d), HEX(0x69e69b),
};
static const struct tv_color dark_classes[TV_CLASS_COLORS] = {
    HEX(0x4587fa), HEX(0xfdee3c), HEX(0xc5a210), HEX(0x9be4bc), HEX(0xf380b4), HEX(0x2f8231), HEX(0x8872ab),
    HEX(0x7d9d83), HEX(0xd8148c), HEX(0xf8034c), HEX(0xc86a6b), HEX(0xd2cde5), HEX(0x9e9fff), HEX(0x5062f5),
    HEX(0x40a99d), HEX(0x80bae3), HEX(0xbccd26), HEX(0x9e747c), HEX(0xe1ee99), HEX(0x22d48b),
};

/* The same in every theme. */
#define DOMAINS                                                                                              \
    .source = HEX(0xf4b6b2), .source_dark = HEX(0xd6604d), .target = HEX(0x92c5de),                          \
    .target_dark = HEX(0x4393c3), .inherited = HEX(0xe6550d)

static const struct tv_theme themes[] = {
    {
        .name = "light",
        .classes = light_classes,
        .ground = HEX(0xffffff),
        .panel = HEX(0xf5f6f9),
        .ink = HEX(0x1f2430),
        .muted = HEX(0x5b6575),
        .rule = HEX(0xdcdfe6),
        DOMAINS,
        .histogram = HEX(0xbac0cb),
        .histogram_ground = {232, 234, 242, 0.45f},
        .unselected = HEX(0xd9d9d9),
        .highlight = HEX(0xd41939),
        .ramp = {HEX(0xf3f4f8), HEX(0xbac0cb), HEX(0x6c7891), HEX(0x1d2740)},
    },
    {
        .name = "dark",
        .classes = dark_classes,
        .ground = HEX(0x14171c),
        .panel = HEX(0x1c2027),
        .ink = HEX(0xe9ebf0),
        .muted = HEX(0xa0a9b7),
        .rule = HEX(0x343a45),
        DOMAINS,
        .histogram = HEX(0x7d8796),
        .histogram_ground = {60, 68, 82, 0.45f},
        .unselected = HEX(0x4a4e55),
        .highlight = HEX(0xff5c74),
        .ramp = {HEX(0x20252d), HEX(0x4d5666), HEX(0x8f9aae), HEX(0xeef1f8)},
    },
    {
        .name = "print",
        .classes = light_classes,
        .ground = HEX(0xffffff),
        .panel = HEX(0xffffff),
        .ink = HEX(0x000000),
        .muted = HEX(0x3d3d3d),
        .rule = HEX(0xc9c9c9),
        DOMAINS,
        .histogram = HEX(0xbac0cb),
        .histogram_ground = {232, 234, 242, 0.45f},
        .unselected = HEX(0xd9d9d9),
        .highlight = HEX(0xd41939),
        .ramp = {HEX(0xffffff), HEX(0xbdbdbd), HEX(0x6b6b6b), HEX(0x000000)},
    },
};
const char *const tv_theme_name[] = {"light", "dark", "print", 0};

const struct tv_theme *tv_theme_get(int i) { return &themes[i]; }

struct tv_color tv_class_color(const struct tv_theme *t, int i) { return t->classes[i % TV_CLASS_COLORS]; }

/* ---- colour spaces ---- */

static const double to_xyz[3][3] = {
    {0.4124564, 0.3575761, 0.1804375}, {0.2126729, 0.7151522, 0.0721750}, {0.0193339, 0.1191920, 0.9503041}};
static const double from_xyz[3][3] = {{3.2404542, -1.5371385, -0.4985314},
                                      {-0.9692660, 1.8760108, 0.0415560},
                                      {0.0556434, -0.2040259, 1.0572252}};
static const double white[3] = {0.95047, 1, 1.08883};

static double linear(uint8_t v)
{
    double c = v / 255.0;
    return c <= 0.04045 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4);
}

static uint8_t companded(double v)
{
    v = v < 0 ? 0 : v > 1 ? 1 : v;
    v = v <= 0.0031308 ? 12.92 * v : 1.055 * pow(v, 1 / 2.4) - 0.055;
    return (uint8_t)lround(v * 255);
}

static void multiply(double y[3], const double m[3][3], const double x[3])
{
    for (int i = 0; i < 3; i++) y[i] = m[i][0] * x[0] + m[i][1] * x[1] + m[i][2] * x[2];
}

struct tv_lab tv_color_lab(struct tv_color c)
{
    double rgb[3] = {linear(c.r), linear(c.g), linear(c.b)}, xyz[3], f[3];
    multiply(xyz, to_xyz, rgb);
    for (int i = 0; i < 3; i++) {
        double t = xyz[i] / white[i];
        f[i] = t > 216.0 / 24389 ? cbrt(t) : (24389.0 / 27 * t + 16) / 116;
    }
    return (struct tv_lab){116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])};
}

struct tv_color tv_lab_color(struct tv_lab c)
{
    double fy = (c.l + 16) / 116, f[3] = {fy + c.a / 500, fy, fy - c.b / 200}, xyz[3], rgb[3];
    for (int i = 0; i < 3; i++) {
        double cube = f[i] * f[i] * f[i];
        xyz[i] = white[i] * (cube > 216.0 / 24389 ? cube : (116 * f[i] - 16) * 27 / 24389);
    }
    multiply(rgb, from_xyz, xyz);
    return (struct tv_color){companded(rgb[0]), companded(rgb[1]), companded(rgb[2]), 1};
}

struct tv_color tv_theme_ramp(const struct tv_theme *t, double value)
{
    double x = (value > 0 ? value < 1 ? value : 1 : 0) * 3;
    int i = x >= 2 ? 2 : x >= 1 ? 1 : 0;
    struct tv_lab a = tv_color_lab(t->ramp[i]), b = tv_color_lab(t->ramp[i + 1]);
    double f = x - i;
    return tv_lab_color((struct tv_lab){a.l + f * (b.l - a.l), a.a + f * (b.a - a.a), a.b + f * (b.b - a.b)});
}

const char *tv_theme_stronger(const struct tv_theme *t)
{
    return tv_color_lab(t->ramp[3]).l < tv_color_lab(t->ramp[0]).l ? "darker" : "lighter";
}

/* Hue angle in degrees, 0 for a grey. */
static double hue(double a, double b)
{
    if (a == 0 && b == 0) return 0;
    double h = atan2(b, a) * 180 / M_PI;
    return h < 0 ? h + 360 : h;
}

static double deg_cos(double degrees) { return cos(degrees * M_PI / 180); }
static double deg_sin(double degrees) { return sin(degrees * M_PI / 180); }

/* c^7 / (c^7 + 25^7), the chroma weight that occurs twice in CIEDE2000. */
static double chroma_weight(double c) { return pow(c, 7) / (pow(c, 7) + pow(25, 7)); }

double tv_color_difference(struct tv_color x, struct tv_color y)
{
    return tv_lab_difference(tv_color_lab(x), tv_color_lab(y));
}

double tv_lab_difference(struct tv_lab p, struct tv_lab q)
{
    double g = 0.5 * (1 - sqrt(chroma_weight((hypot(p.a, p.b) + hypot(q.a, q.b)) / 2)));
    double a1 = (1 + g) * p.a, a2 = (1 + g) * q.a, c1 = hypot(a1, p.b), c2 = hypot(a2, q.b);
    double h1 = hue(a1, p.b), h2 = hue(a2, q.b), dh = h2 - h1, mean_h = h1 + h2;
    bool grey = c1 * c2 == 0;
    if (grey)
        dh = 0;
    else if (fabs(dh) > 180)
        dh += dh > 0 ? -360 : 360;
    if (!grey)
        mean_h = fabs(h1 - h2) <= 180 ? mean_h / 2 : mean_h < 360 ? (mean_h + 360) / 2 : (mean_h - 360) / 2;
    double dl = q.l - p.l, dc = c2 - c1, d_h = 2 * sqrt(c1 * c2) * deg_sin(dh / 2);
    double l = (p.l + q.l) / 2, c = (c1 + c2) / 2, l50 = (l - 50) * (l - 50);
    double t = 1 - 0.17 * deg_cos(mean_h - 30) + 0.24 * deg_cos(2 * mean_h) + 0.32 * deg_cos(3 * mean_h + 6) -
               0.20 * deg_cos(4 * mean_h - 63);
    double turn = (mean_h - 275) / 25, sl = 1 + 0.015 * l50 / sqrt(20 + l50), sc = 1 + 0.045 * c,
           sh = 1 + 0.015 * c * t;
    double rt = -deg_sin(60 * exp(-turn * turn)) * 2 * sqrt(chroma_weight(c));
    double e =
        (dl / sl) * (dl / sl) + (dc / sc) * (dc / sc) + (d_h / sh) * (d_h / sh) + rt * (dc / sc) * (d_h / sh);
    return sqrt(e > 0 ? e : 0);
}

struct tv_color tv_color_simulate(struct tv_color c, enum tv_vision v)
{
    static const double m[TV_VISIONS][3][3] = {
        {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}},
        {{0.152286, 1.052583, -0.204868}, {0.114503, 0.786281, 0.099216}, {-0.003882, -0.048116, 1.051998}},
        {{0.367322, 0.860646, -0.227968}, {0.280085, 0.672501, 0.047413}, {-0.011820, 0.042940, 0.968881}},
        {{1.255528, -0.076749, -0.178779}, {-0.078411, 0.930809, 0.147602}, {0.004733, 0.691367, 0.303900}},
    };
    double in[3] = {linear(c.r), linear(c.g), linear(c.b)}, out[3];
    multiply(out, m[v], in);
    return (struct tv_color){companded(out[0]), companded(out[1]), companded(out[2]), c.a};
}

static double luminance(struct tv_color c)
{
    return 0.2126 * linear(c.r) + 0.7152 * linear(c.g) + 0.0722 * linear(c.b);
}

double tv_color_contrast(struct tv_color a, struct tv_color b)
{
    double x = luminance(a), y = luminance(b);
    return x > y ? (x + 0.05) / (y + 0.05) : (y + 0.05) / (x + 0.05);
}
