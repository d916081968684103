/* glyph.c - the tables of digits, written as the path strings of SVG with absolute coordinates, and their
 * use. */
#include "glyph.h"
#include <assert.h>
#include <stdlib.h>

static const char *const printed[][10] = {
    {/* grotesque */
     "M30 0C47 0 60 22 60 50C60 78 47 100 30 100C13 100 0 78 0 50C0 22 13 0 30 0Z", "M8 22L34 0L34 100",
     "M2 28C4 10 14 0 30 0C47 0 58 11 58 27C58 46 40 58 2 100L60 100",
     "M4 20C8 7 18 0 30 0C46 0 56 10 56 25C56 40 46 48 26 48C48 48 60 58 60 74C60 90 48 100 30 100C14 100 4 "
     "92 0 78",
     "M46 100L46 0L0 70L62 70",
     "M54 0L10 0L5 46C12 39 20 35 30 35C48 35 60 48 60 67C60 87 47 100 29 100C14 100 4 92 0 80",
     "M56 16C51 5 43 0 33 0C12 0 0 22 0 56C0 84 10 100 31 100C48 100 60 87 60 68C60 49 48 37 31 37C14 37 0 "
     "50 0 66",
     "M0 0L60 0L22 100",
     "M30 47C15 47 4 37 4 23C4 9 15 0 30 0C45 0 56 9 56 23C56 37 45 47 30 47C13 47 0 58 0 74C0 90 13 100 30 "
     "100"
     "C47 100 60 90 60 74C60 58 47 47 30 47Z",
     "M4 84C9 95 17 100 27 100C48 100 60 78 60 44C60 16 50 0 29 0C12 0 0 13 0 32C0 51 12 63 29 63C46 63 60 "
     "50 60 34"},
    {/* geometric: straight stems, flat-topped three, open four */
     "M30 0C50 0 56 26 56 50C56 74 50 100 30 100C10 100 4 74 4 50C4 26 10 0 30 0Z",
     "M12 18L32 0L32 100M10 100L54 100",
     "M2 30C2 10 14 0 30 0C48 0 60 12 60 30C60 44 52 54 40 64L4 100L60 100",
     "M4 0L56 0L28 40C48 40 60 52 60 70C60 88 47 100 30 100C14 100 4 92 0 80",
     "M26 0L0 64L60 64M44 36L44 100", "M54 0L8 0L8 44L32 44C50 44 60 56 60 72C60 88 48 100 30 100L2 100",
     "M42 0L6 54C-8 78 8 100 30 100C48 100 60 87 60 70C60 52 48 40 30 40C18 40 10 46 5 55",
     "M0 0L60 0C44 22 26 60 24 100",
     "M30 44C17 44 8 35 8 22C8 9 17 0 30 0C43 0 52 9 52 22C52 35 43 44 30 44ZM30 44C13 44 0 56 0 72C0 88 13 "
     "100 30 100"
     "C47 100 60 88 60 72C60 56 47 44 30 44Z",
     "M18 100L54 46C68 22 52 0 30 0C12 0 0 13 0 30C0 48 12 60 30 60C42 60 50 54 55 45"},
    {/* octagonal: cut from sheet metal */
     "M15 0L45 0L60 15L60 85L45 100L15 100L0 85L0 15Z", "M12 14L30 0L30 100M10 100L50 100",
     "M0 22L0 15L15 0L45 0L60 15L60 36L0 84L0 100L60 100",
     "M0 16L15 0L45 0L60 15L60 36L46 48L22 48M46 48L60 62L60 85L45 100L15 100L0 84",
     "M44 100L44 0L0 54L0 66L60 66", "M58 0L2 0L2 42L45 42L60 56L60 85L45 100L15 100L0 86",
     "M60 16L45 0L15 0L0 15L0 85L15 100L45 100L60 85L60 58L46 45L0 45", "M0 12L0 0L60 0L60 14L26 60L26 100",
     "M16 47L2 34L2 13L15 0L45 0L58 13L58 34L44 47L16 47L0 62L0 86L15 100L45 100L60 86L60 62L44 47",
     "M0 84L15 100L45 100L60 85L60 15L45 0L15 0L0 15L0 42L14 55L60 55"},
    {/* roman: with serifs and hooked ends */
     "M30 0C46 0 55 24 55 50C55 76 46 100 30 100C14 100 5 76 5 50C5 24 14 0 30 0Z",
     "M10 16C20 14 28 8 32 0L32 100M12 100L52 100",
     "M8 30C14 30 14 20 6 22C4 10 16 0 30 0C46 0 55 10 55 26C55 48 28 66 4 98C20 88 34 100 48 98C54 97 56 90 "
     "58 82",
     "M10 22C12 8 20 0 31 0C44 0 52 9 52 23C52 37 42 46 26 47C46 48 56 58 56 74C56 90 45 100 28 100C14 100 4 "
     "90 10 82",
     "M42 100L42 0L0 68L60 68M28 100L56 100",
     "M54 2C40 8 22 6 14 2L10 46C18 38 26 36 32 36C48 36 56 50 56 67C56 88 44 100 26 100C12 100 2 90 10 82",
     "M54 4C26 10 5 34 5 66C5 88 14 100 31 100C46 100 56 87 56 70C56 53 46 43 32 43C18 43 8 52 5 66",
     "M4 20L6 2C20 6 40 6 58 2C42 28 28 60 26 100",
     "M34 46C20 40 9 34 9 20C9 8 18 0 31 0C44 0 52 8 52 20C52 34 40 42 28 48C12 56 4 64 4 77C4 91 15 100 30 "
     "100"
     "C46 100 56 91 56 77C56 62 46 52 34 46Z",
     "M6 96C34 90 55 66 55 34C55 12 46 0 29 0C14 0 4 13 4 30C4 47 14 57 28 57C42 57 52 48 55 34"},
    {/* sign writer: rounded, slightly cursive */
     "M34 0C54 0 60 24 58 50C56 80 44 100 26 100C6 100 0 76 2 50C4 20 16 0 34 0Z",
     "M14 26C24 18 30 8 34 0C34 30 30 70 28 100",
     "M6 26C8 8 20 0 34 0C50 0 58 12 54 28C48 50 20 68 2 96C20 92 36 100 58 94",
     "M10 14C20 2 30 0 38 0C52 0 56 12 52 24C48 38 36 44 26 46C44 46 56 54 54 74C52 92 38 100 24 100C12 100 "
     "4 94 0 86",
     "M30 0C22 26 14 46 0 68L58 64M46 34C44 60 42 80 42 100",
     "M56 0L20 2L12 42C28 34 58 38 54 70C50 94 30 100 20 100C10 100 4 96 0 90",
     "M48 0C20 14 2 44 2 72C2 90 12 100 28 100C44 100 56 88 56 70C56 54 46 46 34 46C20 46 8 58 3 74",
     "M2 4C20 0 40 2 60 0C42 26 24 58 18 100M12 52L44 48",
     "M52 14C46 4 38 0 30 0C16 0 8 10 10 22C14 44 56 52 54 78C53 92 42 100 28 100C14 100 4 92 4 78C4 56 44 "
     "46 54 22C55 19 54 17 52 14Z",
     "M52 26C52 10 44 0 32 0C16 0 4 14 4 32C4 46 12 56 26 56C42 56 52 42 54 24C58 60 44 90 16 100"},
};

static const char *const written[10][5] = {
    {"M38 4C10 -4 0 30 2 58C4 90 20 102 34 98C56 92 62 60 56 30C52 8 40 0 26 6",
     "M30 0C4 4 -4 50 6 80C14 104 44 102 54 70C62 40 54 -2 30 0",
     "M24 10C8 24 2 60 10 84C20 106 46 98 56 66C64 36 50 4 32 2C26 2 20 8 20 14"},
    {"M30 0L26 100", "M8 24L32 0L30 100", "M12 20L32 2L32 98M8 98L56 98", "M36 0C32 30 26 70 22 100"},
    {"M4 24C10 4 36 -6 48 12C58 30 30 62 2 96L60 94",
     "M6 22C14 0 44 -4 48 20C50 46 28 78 8 92C-4 98 0 76 14 80C28 84 40 100 62 90",
     "M4 10C24 -4 54 0 50 24C46 44 24 70 4 98C20 92 40 94 58 98"},
    {"M6 12C18 -4 48 -2 48 20C48 38 32 46 20 48C40 46 58 56 56 76C54 98 20 106 2 88",
     "M6 4L50 2L24 40C48 40 60 58 54 78C46 102 14 104 0 90",
     "M4 8C22 -4 50 2 44 22C40 36 28 44 16 46C30 44 52 50 50 70C48 92 22 102 0 98"},
    {"M12 0C8 20 4 40 2 54L52 50M44 10C42 40 40 70 38 100", "M42 100L44 0L0 66L60 64",
     "M6 4C0 30 0 52 14 54C30 54 44 40 50 4L42 100", "M16 0L0 56L60 52M46 24L34 100"},
    {"M14 4L8 44C24 34 54 40 52 68C50 98 14 106 0 90M14 4L54 0",
     "M54 2L16 4L10 42C40 34 60 56 50 78C42 100 12 102 0 92",
     "M58 0C44 6 30 4 18 4C14 18 10 30 6 42C30 36 46 50 42 72C38 92 16 102 -2 96"},
    {"M42 0C16 14 0 50 4 78C8 104 48 104 50 76C52 52 16 50 6 76",
     "M34 0C14 30 0 60 6 84C14 106 50 98 48 74C46 56 18 58 8 80",
     "M50 6C30 -4 2 40 4 72C6 104 44 106 54 84C60 62 34 50 4 74"},
    {"M2 6L54 2L22 100", "M2 8L52 2C44 40 30 70 24 100M12 52L48 48", "M4 18L6 4L54 4C46 30 28 60 26 100",
     "M2 10C16 0 34 10 52 2C40 36 24 70 12 100"},
    {"M48 14C36 -8 4 0 8 24C12 46 52 52 50 78C48 104 4 104 4 78C4 54 46 42 50 18C51 14 50 12 46 8",
     "M28 46C6 42 6 2 28 0C50 -2 52 42 28 46C2 50 -2 98 26 100C56 100 54 50 28 46",
     "M54 6C30 -6 8 6 10 22C14 44 48 56 44 82C38 106 0 100 4 80C10 54 54 40 56 8"},
    {"M50 18C44 -4 8 -2 6 26C4 52 42 54 48 22L50 12C50 40 46 70 40 100",
     "M48 22C40 -6 4 2 6 30C10 52 42 46 48 20C52 56 46 96 10 98",
     "M44 8C22 -6 2 14 6 36C14 54 40 40 46 8C44 40 34 70 26 100"},
};

/* Control points that follow the letter. */
static int points_of(const struct segment *a) { return a->op == 'Z' ? 0 : a->op == 'C' ? 3 : 1; }

static double number(const char **s)
{
    char *end;
    double v = strtod(*s, &end);
    assert(end != *s);
    *s = end;
    return v;
}

static struct glyph parse(const char *s)
{
    struct glyph g = {0};
    while (*s) {
        assert(g.n < GLYPH_SEGMENTS);
        struct segment *a = &g.at[g.n++];
        a->op = *s++;
        for (int i = 0; i < points_of(a); i++) {
            a->p[i].x = number(&s);
            a->p[i].y = number(&s);
        }
    }
    return g;
}

int glyph_typefaces(void) { return sizeof printed / sizeof *printed; }
struct glyph glyph_printed(int face, int digit) { return parse(printed[face][digit]); }

int glyph_hands(int digit)
{
    int n = 0;
    while (n < 5 && written[digit][n]) n++;
    return n;
}
struct glyph glyph_written(int digit, int hand) { return parse(written[digit][hand]); }

void glyph_map(struct glyph *g, struct point (*map)(struct point p, const void *context), const void *context)
{
    for (int i = 0; i < g->n; i++)
        for (int k = 0; k < points_of(&g->at[i]); k++) g->at[i].p[k] = map(g->at[i].p[k], context);
}

void glyph_path(cairo_t *cr, const struct glyph *g)
{
    for (int i = 0; i < g->n; i++) {
        const struct point *p = g->at[i].p;
        switch (g->at[i].op) {
        case 'M': cairo_move_to(cr, p->x, p->y); break;
        case 'L': cairo_line_to(cr, p->x, p->y); break;
        case 'C': cairo_curve_to(cr, p[0].x, p[0].y, p[1].x, p[1].y, p[2].x, p[2].y); break;
        default: cairo_close_path(cr);
        }
    }
}

static struct point cubic(struct point a, const struct point *p, double t)
{
    double s = 1 - t, w0 = s * s * s, w1 = 3 * s * s * t, w2 = 3 * s * t * t, w3 = t * t * t;
    return (struct point){w0 * a.x + w1 * p[0].x + w2 * p[1].x + w3 * p[2].x,
                          w0 * a.y + w1 * p[0].y + w2 * p[1].y + w3 * p[2].y};
}

int glyph_flatten(const struct glyph *g, struct point *p, char *pen_down, int max)
{
    enum { PIECES = 10 };
    int n = 0;
    struct point from = {0, 0}, start = {0, 0};
    for (int i = 0; i < g->n; i++) {
        const struct segment *a = &g->at[i];
        struct point to = a->op == 'Z' ? start : a->p[0], line[3] = {to, to, to};
        if (a->op == 'M') from = start = to;
        for (int k = 1; k <= (a->op == 'M' ? 1 : PIECES) && n < max; k++, n++) {
            pen_down[n] = a->op != 'M';
            p[n] = cubic(from, a->op == 'C' ? a->p : line, (double)k / PIECES);
        }
        if (n > 0) from = p[n - 1];
    }
    return n;
}
