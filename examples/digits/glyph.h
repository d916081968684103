/* glyph.h - outlines of the ten digits: own typefaces for the street numbers, own hands for the handwriting.
 *
 * A glyph is a pen's path in a box about 60 wide and 100 high, y downwards.  It is kept as control points, so
 * that any smooth map of the plane (shear, perspective, a wobble) can be applied to it before it is drawn.
 */
#ifndef EXAMPLES_DIGITS_GLYPH_H
#define EXAMPLES_DIGITS_GLYPH_H
#include <cairo/cairo.h>

struct point {
    double x, y;
};
struct segment {
    char op; /* M move, L line, C cubic, Z close */
    struct point p[3];
};
enum { GLYPH_SEGMENTS = 16 };
struct glyph {
    int n;
    struct segment at[GLYPH_SEGMENTS];
};

int glyph_typefaces(void);
/* Digit 0-9 of a typeface, 0 <= face < glyph_typefaces(). */
struct glyph glyph_printed(int face, int digit);
/* Number of ways to write a digit by hand, and one of them. */
int glyph_hands(int digit);
struct glyph glyph_written(int digit, int hand);

/* Every control point p becomes map(p, context). */
void glyph_map(struct glyph *g, struct point (*map)(struct point p, const void *context),
               const void *context);
/* Appends the glyph to the current path. */
void glyph_path(cairo_t *cr, const struct glyph *g);
/* The same as straight pieces: at most `max` points; pen_down[i] is 0 where a stroke starts.  Returns their
 * number. */
int glyph_flatten(const struct glyph *g, struct point *p, char *pen_down, int max);

#endif
