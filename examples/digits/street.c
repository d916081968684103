/* street.c - street numbers: printed digits on a wall, with their neighbours, seen by a poor camera.
 *
 *     ground (plain, bricks, boards, plate, clutter) -> digits in perspective -> light -> blur -> sensor
 *
 * Drawn at twice the size, then averaged down.
 */
#include "domain.h"
#include "glyph.h"
#include <math.h>
#include <string.h>

enum { SIZE = 32, DRAWN = 2 * SIZE, MIDDLE = DRAWN / 2, PLANES = 3, MAX_RADIUS = 16 };

struct colour {
    double at[PLANES];
};
struct scene {
    cairo_t *cr;
    struct tv_rng *r;
    double unit; /* drawn pixels per glyph unit */
    struct colour ground, ink;
};

/* Mostly greys with a tint of brick or sky, as walls are; now and then any colour. */
static struct colour random_colour(struct tv_rng *r, double luminance, double chroma)
{
    struct colour c;
    int any = chance(r, 0.2);
    double hue = any ? uniform(r, 0, 2 * M_PI) : chance(r, 0.5) ? 0.5 : 4.0;
    if (!any) hue += 0.35 * tv_rng_normal(r);
    double amount = chroma * (any ? 1 : uniform(r, 0, 0.6));
    for (int i = 0; i < PLANES; i++)
        c.at[i] = fmin(1, fmax(0, luminance + amount * cos(hue - i * 2 * M_PI / 3)));
    return c;
}

/* `c` made lighter (darker, where negative). */
static struct colour shade(struct colour c, double by)
{
    for (int i = 0; i < PLANES; i++) c.at[i] = fmin(1, fmax(0, c.at[i] + by));
    return c;
}

static void use(struct scene *s, struct colour c, double alpha)
{
    cairo_set_source_rgba(s->cr, c.at[0], c.at[1], c.at[2], alpha);
}

static void choose_colours(struct scene *s)
{
    double ground = uniform(s->r, 0.08, 0.95), apart = uniform(s->r, 0.15, 0.75);
    double sign = ground > 0.5 ? -1 : 1, ink = ground + sign * apart;
    s->ground = random_colour(s->r, ground, 0.3);
    s->ink = random_colour(s->r, fmin(1, fmax(0, ink)), chance(s->r, 0.3) ? 0.45 : 0.12);
}

/* ---- grounds ---- */

static void ground_plain(struct scene *s) { (void)s; }

static void ground_bricks(struct scene *s)
{
    double h = uniform(s->r, 9, 20), w = h * uniform(s->r, 1.8, 3), y = uniform(s->r, -h, 0);
    struct colour mortar = shade(s->ground, uniform(s->r, -0.3, 0.3));
    use(s, mortar, 1);
    cairo_paint(s->cr);
    for (int row = 0; y < DRAWN; row++, y += h)
        for (double x = -w + (row % 2) * w / 2; x < DRAWN; x += w) {
            use(s, shade(s->ground, uniform(s->r, -0.08, 0.08)), 1);
            cairo_rectangle(s->cr, x, y, w - 2, h - 2);
            cairo_fill(s->cr);
        }
}

static void ground_boards(struct scene *s)
{
    double step = uniform(s->r, 10, 26), width = uniform(s->r, 0.8, 3), along = chance(s->r, 0.7);
    use(s, shade(s->ground, uniform(s->r, -0.35, 0.2)), 0.8);
    cairo_set_line_width(s->cr, width);
    for (double at = uniform(s->r, 0, step); at < DRAWN; at += step) {
        cairo_move_to(s->cr, along ? -2 : at, along ? at : -2);
        cairo_line_to(s->cr, along ? DRAWN + 2 : at, along ? at : DRAWN + 2);
        cairo_stroke(s->cr);
    }
}

/* A sign on the wall: the number stands on it, its edges may be in the picture. */
static void ground_plate(struct scene *s)
{
    double half_h = 50 * s->unit + uniform(s->r, 2, 9), left = uniform(s->r, -50, 12),
           right = uniform(s->r, 52, 110);
    struct colour wall = random_colour(s->r, uniform(s->r, 0.05, 0.9), 0.3);
    use(s, wall, 1);
    cairo_paint(s->cr);
    cairo_rectangle(s->cr, left, MIDDLE - half_h, right - left, 2 * half_h);
    use(s, s->ground, 1);
    cairo_fill_preserve(s->cr);
    use(s, chance(s->r, 0.5) ? s->ink : wall, 0.9);
    cairo_set_line_width(s->cr, uniform(s->r, 0, 3));
    cairo_stroke(s->cr);
}

/* Leaves, pipes, edges of doors. */
static void ground_clutter(struct scene *s)
{
    for (int i = 4 + one_of(s->r, 10); i > 0; i--) {
        struct colour c = shade(s->ground, uniform(s->r, -0.3, 0.3));
        use(s, c, uniform(s->r, 0.3, 0.9));
        double x = uniform(s->r, -10, DRAWN), y = uniform(s->r, -10, DRAWN), size = uniform(s->r, 4, 30);
        cairo_save(s->cr);
        cairo_translate(s->cr, x, y);
        cairo_rotate(s->cr, uniform(s->r, 0, M_PI));
        if (chance(s->r, 0.5))
            cairo_rectangle(s->cr, 0, 0, size, size * uniform(s->r, 0.1, 3));
        else
            cairo_arc(s->cr, 0, 0, size / 2, 0, 2 * M_PI);
        cairo_restore(s->cr);
        cairo_fill(s->cr);
    }
}

static void (*const grounds[])(struct scene *) = {ground_plain,  ground_plain, ground_bricks,
                                                  ground_boards, ground_plate, ground_clutter};

/* ---- the number ---- */

/* Where the wall is: glyph units around the middle digit's centre to drawn pixels. */
struct view {
    double unit, wide, slant, cosine, sine, lean_x, lean_y, x, y;
    double along; /* offset of the digit at hand from the middle one, in glyph units */
};

static struct point project(struct point p, const void *context)
{
    const struct view *v = context;
    double down = p.y - 50, across = (p.x - 30) * v->wide + v->along - v->slant * down;
    double x = v->unit * (v->cosine * across - v->sine * down),
           y = v->unit * (v->sine * across + v->cosine * down);
    double depth = 1 + v->lean_x * x + v->lean_y * y;
    return (struct point){v->x + x / depth, v->y + y / depth};
}

static struct view choose_view(struct scene *s)
{
    double turn = 0.12 * tv_rng_normal(s->r);
    struct view v = {.unit = s->unit, .cosine = cos(turn), .sine = sin(turn)};
    v.wide = fmax(0.6, 0.9 + 0.14 * tv_rng_normal(s->r));
    v.slant = chance(s->r, 0.25) ? uniform(s->r, 0, 0.35) : 0.04 * tv_rng_normal(s->r);
    v.lean_x = uniform(s->r, -0.004, 0.004);
    v.lean_y = uniform(s->r, -0.003, 0.003);
    v.x = MIDDLE + uniform(s->r, -6, 6);
    v.y = MIDDLE + uniform(s->r, -6, 6);
    return v;
}

/* One type for the whole number. */
struct type {
    int face;
    double pen, nib; /* width in glyph units; vertical over horizontal width of the nib */
    cairo_line_cap_t cap;
    cairo_line_join_t join;
};

static struct type choose_type(struct scene *s)
{
    static const cairo_line_cap_t caps[] = {CAIRO_LINE_CAP_BUTT, CAIRO_LINE_CAP_ROUND, CAIRO_LINE_CAP_SQUARE};
    int c = one_of(s->r, 3);
    struct type t = {.cap = caps[c], .join = c == 1 ? CAIRO_LINE_JOIN_ROUND : CAIRO_LINE_JOIN_MITER};
    t.face = one_of(s->r, glyph_typefaces());
    t.pen = uniform(s->r, 9, 26);
    t.nib = chance(s->r, 0.4) ? uniform(s->r, 0.3, 0.8) : 1;
    return t;
}

static void stroke(struct scene *s, const struct glyph *g, const struct type *t, double wider, double dx,
                   double dy)
{
    cairo_save(s->cr);
    cairo_translate(s->cr, dx, dy);
    glyph_path(s->cr, g);
    cairo_set_line_width(s->cr, t->pen * s->unit + wider);
    cairo_set_line_cap(s->cr, t->cap);
    cairo_set_line_join(s->cr, t->join);
    cairo_scale(s->cr, 1, t->nib);
    cairo_stroke(s->cr);
    cairo_restore(s->cr);
}

/* The digit in the middle and up to two on either side. */
static void draw_number(struct scene *s, int digit)
{
    struct type type = choose_type(s);
    struct view view = choose_view(s);
    double advance = (60 + type.pen) * view.wide + uniform(s->r, -2, 20);
    int left = one_of(s->r, 3), right = one_of(s->r, 3);
    int shadow = chance(s->r, 0.25), outline = chance(s->r, 0.1);
    double dx = uniform(s->r, -4, 4), dy = uniform(s->r, 1, 4);
    struct colour dark = shade(s->ground, -uniform(s->r, 0.15, 0.4));
    for (int k = -left; k <= right; k++) {
        struct glyph g = glyph_printed(type.face, k == 0 ? digit : one_of(s->r, 10));
        view.along = k * advance;
        glyph_map(&g, project, &view);
        if (shadow) use(s, dark, 0.6), stroke(s, &g, &type, 1, dx, dy);
        if (outline) use(s, dark, 1), stroke(s, &g, &type, 4, 0, 0);
        use(s, s->ink, 1);
        stroke(s, &g, &type, 0, 0, 0);
    }
}

/* Light from one side, and sometimes the edge of a shadow. */
static void draw_light(struct scene *s)
{
    double angle = uniform(s->r, 0, 2 * M_PI), x = 45 * cos(angle), y = 45 * sin(angle);
    cairo_pattern_t *p = cairo_pattern_create_linear(MIDDLE - x, MIDDLE - y, MIDDLE + x, MIDDLE + y);
    cairo_pattern_add_color_stop_rgba(p, 0, 0, 0, 0, uniform(s->r, 0, 0.45));
    cairo_pattern_add_color_stop_rgba(p, 1, 1, 1, 1, uniform(s->r, 0, 0.2));
    cairo_set_source(s->cr, p);
    cairo_paint(s->cr);
    cairo_pattern_destroy(p);
    if (!chance(s->r, 0.15)) return;
    cairo_set_source_rgba(s->cr, 0, 0, 0, uniform(s->r, 0.15, 0.4));
    cairo_move_to(s->cr, uniform(s->r, 0, DRAWN), -5);
    cairo_line_to(s->cr, uniform(s->r, 0, DRAWN), DRAWN + 5);
    cairo_line_to(s->cr, DRAWN + 5, DRAWN + 5);
    cairo_line_to(s->cr, DRAWN + 5, -5);
    cairo_fill(s->cr);
}

/* ---- the camera ---- */

/* Gaussian blur of one line of DRAWN values `step` apart; edges repeat. */
static void blur_line(float *line, int step, const float *kernel, int radius)
{
    float wide[DRAWN + 2 * MAX_RADIUS];
    for (int i = -radius; i < DRAWN + radius; i++)
        wide[i + radius] = line[step * (i < 0 ? 0 : i >= DRAWN ? DRAWN - 1 : i)];
    for (int i = 0; i < DRAWN; i++) {
        float sum = 0;
        for (int k = 0; k <= 2 * radius; k++) sum += kernel[k] * wide[i + k];
        line[step * i] = sum;
    }
}

static void blur(float *plane, double sigma)
{
    float kernel[2 * MAX_RADIUS + 1], sum = 0;
    int radius = (int)fmin(MAX_RADIUS, ceil(3 * sigma));
    for (int k = 0; k <= 2 * radius; k++)
        sum += kernel[k] = (float)exp(-(k - radius) * (k - radius) / (2 * sigma * sigma));
    for (int k = 0; k <= 2 * radius; k++) kernel[k] /= sum;
    for (int i = 0; i < DRAWN; i++) blur_line(plane + i * DRAWN, 1, kernel, radius);
    for (int i = 0; i < DRAWN; i++) blur_line(plane + i, DRAWN, kernel, radius);
}

/* Blur, two by two pixels to one, contrast, colour cast and noise. */
static void photograph(uint8_t *pixels, cairo_surface_t *surface, struct tv_rng *r)
{
    cairo_surface_flush(surface);
    const unsigned char *data = cairo_image_surface_get_data(surface);
    int stride = cairo_image_surface_get_stride(surface);
    double sigma = exp(uniform(r, log(0.8), log(4.4))), contrast = uniform(r, 0.3, 1.05);
    double level = uniform(r, -25, 25), noise = uniform(r, 1, 9);
    for (int c = 0; c < PLANES; c++) {
        float plane[DRAWN * DRAWN];
        for (int i = 0; i < DRAWN * DRAWN; i++) { /* RGB24: 0x00RRGGBB in native order */
            uint32_t pixel;
            memcpy(&pixel, data + i / DRAWN * stride + i % DRAWN * 4, 4);
            plane[i] = (float)(pixel >> (16 - 8 * c) & 255);
        }
        blur(plane, sigma);
        double cast = level + uniform(r, -10, 10);
        for (int i = 0; i < SIZE * SIZE; i++) {
            const float *p = plane + i / SIZE * 2 * DRAWN + i % SIZE * 2;
            double v = (p[0] + p[1] + p[DRAWN] + p[DRAWN + 1]) / 4;
            v = 120 + contrast * (v - 120) + cast + noise * tv_rng_normal(r);
            pixels[i * PLANES + c] = (uint8_t)lrint(fmin(255, fmax(0, v)));
        }
    }
}

static void draw_street(uint8_t *pixels, int digit, struct tv_rng *r)
{
    cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, DRAWN, DRAWN);
    struct scene s = {.cr = cairo_create(surface), .r = r, .unit = uniform(r, 0.33, 0.58)};
    choose_colours(&s);
    use(&s, s.ground, 1);
    cairo_paint(s.cr);
    grounds[one_of(r, sizeof grounds / sizeof *grounds)](&s);
    draw_number(&s, digit);
    draw_light(&s);
    photograph(pixels, surface, r);
    cairo_destroy(s.cr);
    cairo_surface_destroy(surface);
}

const struct domain domain_street = {"street", SIZE, PLANES, draw_street};
