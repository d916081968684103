/* fig/text.h - how wide text is, before anything is drawn.
 *
 * Widths come from Pango's layout in the family, unhinted, so that they scale with the size and one layout
 * serves SVG, PNG and PDF alike; characters that the family lacks are those of other installed fonts
 * (font.h). Heights are those of the DejaVu fonts, in parts of the size.
 */
#ifndef TV_FIG_TEXT_H
#define TV_FIG_TEXT_H
#include <stdbool.h>
#include "fig/color.h"

#define TV_TEXT_FAMILY    "DejaVu Sans"
#define TV_TEXT_FALLBACKS "Verdana, sans-serif" /* nearly as wide, for viewers without it */

#define TV_TEXT_ASCENT  0.76 /* top of the tall letters above the baseline */
#define TV_TEXT_DESCENT 0.22 /* tails below it */
#define TV_TEXT_MIDDLE  0.36 /* from the middle of the capitals down to the baseline */

#define TV_MINUS    "\xe2\x88\x92"
#define TV_TIMES    "\xc3\x97"
#define TV_DASH     "\xe2\x80\x93" /* for what is not known */
#define TV_DOT      " \xc2\xb7 "   /* between the parts of a line */
#define TV_ELLIPSIS "\xe2\x80\xa6"

/* The typographic scale: sizes in page units. */
#define TV_SIZE_DISPLAY 46
#define TV_SIZE_TITLE   19
#define TV_SIZE_BODY    13
#define TV_SIZE_SMALL   11.5
#define TV_SIZE_TINY    10

enum tv_anchor { TV_START, TV_MIDDLE, TV_END };

struct tv_text {
    double size;
    bool bold;
    enum tv_anchor anchor;
    int turn; /* degrees clockwise: 0, 90, -90 */
    struct tv_color color;
    struct tv_color halo; /* painted around the letters; TV_NO_COLOR: none */
};

/* A family's two weights, ready to be measured. */
struct tv_font;
struct tv_font *tv_font_new(const char *family);
void tv_font_free(struct tv_font *f);
const char *tv_font_family(const struct tv_font *f);
/* Advance of the UTF-8 string `s`. */
double tv_font_width(const struct tv_font *f, const struct tv_text *style, const char *s);
/* Characters of `s` that no installed font has; PNG and PDF show boxes for them. */
int tv_font_unknown(const struct tv_font *f, const char *s);
/* `s`, or its beginning and an ellipsis, no wider than `width` ("" when not even that fits).  New string. */
char *tv_font_fit_new(const struct tv_font *f, const struct tv_text *style, const char *s, double width);

/* Numbers with a true minus sign, in a tv_msg() buffer; NaN is a dash.  "0.25", "+0.25" (zero without a
 * sign), and with that many significant digits, or without an
 * exponent up to 10^7. */
const char *tv_text_fixed(double v, int decimals);
const char *tv_text_signed(double v, int decimals);
const char *tv_text_short(double v, int digits);
/* "12,345" */
const char *tv_text_count(int64_t n);

/* `s` as valid UTF-8 that XML admits: control characters become spaces, whatever is no character U+FFFD.  New
 * string. */
char *tv_text_clean_new(const char *s);

#endif
