/* handwriting.c - digits as a pen writes them: a skeleton whose points are moved at random, slanted, turned
 * and wobbled, then drawn with a width that varies along the stroke; scaled into the middle of the picture as
 * MNIST's are. */
#include "domain.h"
#include "glyph.h"
#include <math.h>
#include <string.h>

enum { SIZE = 28, BODY = 20, MAX_POINTS = 160 };

/* One writer: an affine map, a smooth wobble, and a pen. */
struct hand {
    struct tv_rng *r;
    double wide, slant, cosine, sine;
    double wave_x, wave_y, phase_x, phase_y, bend; /* p += bend * sin(wave . p + phase) */
    double shake;                                  /* of the control points */
    double pen, swell, rhythm, phase;              /* width = pen (1 + swell sin(rhythm t + phase)) */
};

static struct hand choose_hand(struct tv_rng *r)
{
    double turn = 0.16 * tv_rng_normal(r);
    struct hand h = {.r = r, .cosine = cos(turn), .sine = sin(turn)};
    h.wide = fmax(0.55, 1 + 0.18 * tv_rng_normal(r));
    h.slant = 0.2 + 0.3 * tv_rng_normal(r);
    h.wave_x = uniform(r, 0.02, 0.06);
    h.wave_y = uniform(r, 0.02, 0.06);
    h.phase_x = uniform(r, 0, 2 * M_PI);
    h.phase_y = uniform(r, 0, 2 * M_PI);
    h.bend = uniform(r, 0, 8);
    h.shake = uniform(r, 2, 8);
    h.pen = exp(uniform(r, log(0.9), log(3.2)));
    h.swell = uniform(r, 0, 0.35);
    h.rhythm = uniform(r, 0.02, 0.15);
    h.phase = uniform(r, 0, 2 * M_PI);
    return h;
}

static struct point write_point(struct point p, const void *context)
{
    const struct hand *h = context;
    double x = (p.x - 30 + h->shake * tv_rng_normal(h->r)) * h->wide,
           y = p.y - 50 + h->shake * tv_rng_normal(h->r);
    x -= h->slant * y;
    double u = h->cosine * x - h->sine * y, v = h->sine * x + h->cosine * y;
    return (struct point){u + h->bend * sin(h->wave_y * v + h->phase_x),
                          v + h->bend * sin(h->wave_x * u + h->phase_y)};
}

/* Scales the points so that the larger side of their box is BODY less the pen's width, around the origin. */
static void fit(struct point *p, int n, double pen)
{
    double left = p[0].x, right = left, top = p[0].y, bottom = top;
    for (int i = 1; i < n; i++) {
        left = fmin(left, p[i].x), right = fmax(right, p[i].x);
        top = fmin(top, p[i].y), bottom = fmax(bottom, p[i].y);
    }
    double scale = (BODY - pen) / fmax(right - left, bottom - top);
    for (int i = 0; i < n; i++) {
        p[i].x = (p[i].x - (left + right) / 2) * scale;
        p[i].y = (p[i].y - (top + bottom) / 2) * scale;
    }
}

/* Where the mean of the ink is, weighted by the length of the pieces. */
static struct point centre(const struct point *p, const char *down, int n)
{
    double x = 0, y = 0, sum = 0;
    for (int i = 1; i < n; i++) {
        if (!down[i]) continue;
        double length = hypot(p[i].x - p[i - 1].x, p[i].y - p[i - 1].y);
        x += length * (p[i].x + p[i - 1].x) / 2;
        y += length * (p[i].y + p[i - 1].y) / 2;
        sum += length;
    }
    return (struct point){x / sum, y / sum};
}

static void draw_strokes(cairo_t *cr, const struct point *p, const char *down, int n, const struct hand *h)
{
    cairo_set_line_cap(cr, CAIRO_LINE_CAP_ROUND);
    for (int i = 1; i < n; i++) {
        if (!down[i]) continue;
        cairo_set_line_width(cr, h->pen * (1 + h->swell * sin(h->rhythm * i + h->phase)));
        cairo_move_to(cr, p[i - 1].x, p[i - 1].y);
        cairo_line_to(cr, p[i].x, p[i].y);
        cairo_stroke(cr);
    }
}

static void draw_handwriting(uint8_t *pixels, int digit, struct tv_rng *r)
{
    struct hand hand = choose_hand(r);
    struct glyph g = glyph_written(digit, one_of(r, glyph_hands(digit)));
    struct point p[MAX_POINTS];
    char down[MAX_POINTS];
    glyph_map(&g, write_point, &hand);
    int n = glyph_flatten(&g, p, down, MAX_POINTS);
    fit(p, n, hand.pen);
    struct point middle = centre(p, down, n);

    cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_A8, SIZE, SIZE);
    cairo_t *cr = cairo_create(surface);
    cairo_translate(cr, SIZE / 2.0 - middle.x, SIZE / 2.0 - middle.y);
    draw_strokes(cr, p, down, n, &hand);
    cairo_surface_flush(surface);
    for (int y = 0; y < SIZE; y++)
        memcpy(pixels + y * SIZE,
               cairo_image_surface_get_data(surface) + y * cairo_image_surface_get_stride(surface), SIZE);
    cairo_destroy(cr);
    cairo_surface_destroy(surface);
}

const struct domain domain_handwriting = {"handwriting", SIZE, 1, draw_handwriting};
