/* fig/font.c - see font.h and text.h. */
#include "fig/font.h"

#include <pango/pangocairo.h>
#include <stdlib.h>
#include "core/mem.h"

#define MEASURED_AT 100.0 /* size at which widths are taken; they scale, nothing is hinted */

struct tv_font {
    char *family;
    PangoFontMap *map;
    PangoContext *context;
    PangoLayout *weight[2]; /* regular, bold; each text in turn */
};

static PangoLayout *layout_new(const struct tv_font *f, PangoWeight weight)
{
    PangoLayout *layout = pango_layout_new(f->context);
    PangoFontDescription *font = pango_font_description_new();
    pango_font_description_set_family(font, f->family);
    pango_font_description_set_weight(font, weight);
    pango_font_description_set_absolute_size(font, MEASURED_AT * PANGO_SCALE);
    pango_layout_set_font_description(layout, font);
    pango_layout_set_single_paragraph_mode(layout, TRUE);
    pango_layout_set_auto_dir(layout, FALSE); /* as in SVG: lines run from left to right */
    pango_font_description_free(font);
    return layout;
}

struct tv_font *tv_font_new(const char *family)
{
    struct tv_font *f = TV_NEW(struct tv_font);
    f->family = tv_text_clean_new(family ? family : TV_TEXT_FAMILY);
    f->map = pango_cairo_font_map_new();
    f->context = pango_font_map_create_context(f->map);
    cairo_font_options_t *options = cairo_font_options_create();
    cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
    cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
    cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
    pango_cairo_context_set_font_options(f->context, options);
    cairo_font_options_destroy(options);
    pango_context_set_round_glyph_positions(f->context, FALSE);
    pango_context_set_base_dir(f->context, PANGO_DIRECTION_LTR);
    f->weight[0] = layout_new(f, PANGO_WEIGHT_NORMAL);
    f->weight[1] = layout_new(f, PANGO_WEIGHT_BOLD);
    return f;
}

void tv_font_free(struct tv_font *f)
{
    if (!f) return;
    for (int w = 0; w < 2; w++) g_object_unref(f->weight[w]);
    g_object_unref(f->context);
    g_object_unref(f->map);
    free(f->family);
    free(f);
}

const char *tv_font_family(const struct tv_font *f) { return f->family; }

static PangoLayoutLine *line_of(const struct tv_font *f, const struct tv_text *style, const char *s)
{
    pango_layout_set_text(f->weight[style->bold], s, -1);
    return pango_layout_get_line_readonly(f->weight[style->bold], 0);
}

double tv_font_width(const struct tv_font *f, const struct tv_text *style, const char *s)
{
    PangoRectangle logical;
    pango_layout_line_get_extents(line_of(f, style, s), NULL, &logical);
    return pango_units_to_double(logical.width) / MEASURED_AT * style->size;
}

int tv_font_unknown(const struct tv_font *f, const char *s)
{
    pango_layout_set_text(f->weight[0], s, -1);
    return pango_layout_get_unknown_glyphs_count(f->weight[0]);
}

void tv_font_show(cairo_t *cr, const struct tv_font *f, const struct tv_text *style, const char *s,
                  bool outlines)
{
    cairo_save(cr);
    cairo_scale(cr, style->size / MEASURED_AT, style->size / MEASURED_AT);
    if (outlines) cairo_new_path(cr);
    cairo_move_to(cr, 0, 0);
    PangoLayoutLine *line = line_of(f, style, s);
    (outlines ? pango_cairo_layout_line_path : pango_cairo_show_layout_line)(cr, line);
    cairo_restore(cr);
}
