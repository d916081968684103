/* Colours: CIEDE2000 against published values, the class palette under every kind of colour vision,
 * contrasts. */
#include "check.h"
#include "fig/color.h"

/* Pairs and differences from the test data of Sharma, Wu, Dalal (2005). */
static void test_difference(void)
{
    static const struct {
        struct tv_lab a, b;
        double e;
    } pair[] = {
        {{50, 2.6772, -79.7751}, {50, 0, -82.7485}, 2.0425},
        {{50, -1.3802, -84.2814}, {50, 0, -82.7485}, 1.0000},
        {{50, 0, 0}, {50, -1, 2}, 2.3669},
        {{50, 2.4900, -0.0010}, {50, -2.4900, 0.0009}, 7.1792},
        {{50, 2.4900, -0.0010}, {50, -2.4900, 0.0011}, 7.2195},
        {{50, -0.0010, 2.4900}, {50, 0.0009, -2.4900}, 4.8045},
        {{50, 2.5, 0}, {50, 0, -2.5}, 4.3065},
        {{50, 2.5, 0}, {73, 25, -18}, 27.1492},
        {{50, 2.5, 0}, {61, -5, 29}, 22.8977},
        {{50, 2.5, 0}, {56, -27, -3}, 31.9030},
        {{60.2574, -34.0099, 36.2677}, {60.4626, -34.1751, 39.4387}, 1.2644},
        {{90.8027, -2.0831, 1.4410}, {91.1528, -1.6435, 0.0447}, 1.4441},
        {{2.0776, 0.0795, -1.1350}, {0.9033, -0.0636, -0.5514}, 0.9082},
    };
    for (size_t i = 0; i < sizeof pair / sizeof *pair; i++) {
        CHECK_NEAR(tv_lab_difference(pair[i].a, pair[i].b), pair[i].e, 1e-4);
        CHECK_NEAR(tv_lab_difference(pair[i].b, pair[i].a), pair[i].e, 1e-4);
    }
}

static void test_lab(void)
{
    struct tv_lab white = tv_color_lab(tv_color_hex(0xffffff));
    CHECK_NEAR(white.l, 100, 1e-3);
    CHECK_NEAR(white.a, 0, 0.02);
    CHECK_NEAR(tv_color_lab(tv_color_hex(0xff0000)).l, 53.24, 0.01);
    for (uint32_t rgb = 0; rgb < 0x1000000; rgb += 40503) {
        struct tv_color c = tv_lab_color(tv_color_lab(tv_color_hex(rgb)));
        CHECK(((uint32_t)c.r << 16 | (uint32_t)c.g << 8 | c.b) == rgb);
    }
    CHECK_NEAR(tv_color_contrast(tv_color_hex(0), tv_color_hex(0xffffff)), 21, 1e-9);
}

/* Smallest difference among the first n class colours. */
static double apart(const struct tv_theme *t, int n, enum tv_vision v)
{
    double least = 1e9;
    for (int i = 0; i < n; i++)
        for (int j = 0; j < i; j++)
            least = fmin(least, tv_color_difference(tv_color_simulate(tv_class_color(t, i), v),
                                                    tv_color_simulate(tv_class_color(t, j), v)));
    return least;
}

/* Class colours differ from each other, from the ground and from the grey of classes that are not selected;
 * the first 10 more than all. */
static void test_palette(const struct tv_theme *t, bool dark)
{
    static const double least[2][4] = {{22, 13, 14, 8},
                                       {18, 11, 11.5, 7}}; /* what the annealing reached, less a little */
    const double *want = least[dark];
    CHECK(apart(t, 10, TV_NORMAL) > want[0]);
    CHECK(apart(t, TV_CLASS_COLORS, TV_NORMAL) > want[1]);
    for (int v = TV_PROTANOPIA; v < TV_VISIONS; v++) {
        CHECK(apart(t, 10, (enum tv_vision)v) > want[2]);
        CHECK(apart(t, TV_CLASS_COLORS, (enum tv_vision)v) > want[3]);
    }
    for (int i = 0; i < TV_CLASS_COLORS; i++)
        for (int v = 0; v < TV_VISIONS; v++) {
            struct tv_color c = tv_color_simulate(tv_class_color(t, i), (enum tv_vision)v);
            CHECK(tv_color_difference(c, t->ground) > 12);
            CHECK(tv_color_difference(c, t->unselected) > 5);
            CHECK(!dark || tv_color_contrast(c, t->ground) > 2.5);
        }
}

static bool is(struct tv_color c, uint32_t rgb)
{
    return ((uint32_t)c.r << 16 | (uint32_t)c.g << 8 | c.b) == rgb;
}

static void test_themes(void)
{
    int n = 0;
    for (; tv_theme_name[n]; n++) {
        const struct tv_theme *t = tv_theme_get(n);
        CHECK_STR(t->name, tv_theme_name[n]);
        CHECK(is(t->source, 0xf4b6b2) && is(t->source_dark, 0xd6604d));
        CHECK(is(t->target, 0x92c5de) && is(t->target_dark, 0x4393c3));
        CHECK(is(t->inherited, 0xe6550d));
        CHECK(tv_color_contrast(t->ink, t->ground) > 12);
        CHECK(tv_color_contrast(t->muted, t->ground) > 4.5);
        for (int v = 0; v < TV_VISIONS; v++)
            CHECK(tv_color_difference(tv_color_simulate(t->source_dark, (enum tv_vision)v),
                                      tv_color_simulate(t->target_dark, (enum tv_vision)v)) > 20);
    }
    CHECK(n == 3);
    CHECK(is(tv_theme_get(0)->unselected, 0xd9d9d9));
    CHECK_STR(tv_theme_stronger(tv_theme_get(0)), "darker");
    CHECK_STR(tv_theme_stronger(tv_theme_get(1)), "lighter");
}

/* Equal steps of a value are steps of lightness in one direction, and what is outside is clamped. */
static void test_ramp(void)
{
    for (int n = 0; tv_theme_name[n]; n++) {
        const struct tv_theme *t = tv_theme_get(n);
        double direction = n == 1 ? 1 : -1;
        for (double v = 0.05; v <= 1; v += 0.05) {
            double step = tv_color_lab(tv_theme_ramp(t, v)).l - tv_color_lab(tv_theme_ramp(t, v - 0.05)).l;
            CHECK(step * direction > 0.5);
        }
        CHECK(tv_color_difference(tv_theme_ramp(t, -3), t->ramp[0]) < 0.5);
        CHECK(tv_color_difference(tv_theme_ramp(t, 7), t->ramp[3]) < 0.5);
        CHECK(tv_color_difference(tv_theme_ramp(t, NAN), t->ramp[0]) < 0.5);
    }
}

int main(void)
{
    test_difference();
    test_lab();
    for (int t = 0; tv_theme_name[t]; t++) test_palette(tv_theme_get(t), t == 1);
    test_themes();
    test_ramp();
    return check_done();
}
