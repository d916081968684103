/* fig/font.h - a font family as Pango has it, for the writers of PNG and PDF; text.h measures with it.
 *
 * Characters that the family lacks come from other installed fonts, and scripts are shaped; measuring and
 * drawing lay the text out in one way, so that a box which is wide enough on paper is wide enough in the
 * layout.
 */
#ifndef TV_FIG_FONT_H
#define TV_FIG_FONT_H
#include <cairo/cairo.h>
#include "fig/text.h"

/* Draws `s`, or appends its outlines to the path; the start of its baseline is the current origin. */
void tv_font_show(cairo_t *cr, const struct tv_font *f, const struct tv_text *style, const char *s,
                  bool outlines);

#endif
