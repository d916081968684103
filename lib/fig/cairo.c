/* fig/cairo.c - the canvas played to cairo: PNG, PDF, and raster layers.  Shows what svg.c writes. */
#include <cairo/cairo-pdf.h>
#include <cairo/cairo.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "core/mem.h"
#include "fig/canvas_list.h"
#include "fig/font.h"

#define LARGEST   32767 /* pixels that cairo takes in one direction */
#define PDF_POINT 0.75  /* points a page unit: 96 units are an inch */

static void set_color(cairo_t *cr, struct tv_color c)
{
    cairo_set_source_rgba(cr, c.r / 255.0, c.g / 255.0, c.b / 255.0, c.a);
}

/* Fills and strokes the current path as the pen says, and drops it. */
static void paint(cairo_t *cr, const struct tv_pen *p)
{
    static const double dashed[] = {6, 4}, dotted[] = {1.5, 3};
    if (p->fill.a > 0) {
        set_color(cr, p->fill);
        cairo_fill_preserve(cr);
    }
    if (p->stroke.a > 0 && p->width > 0) {
        set_color(cr, p->stroke);
        cairo_set_line_width(cr, p->width);
        cairo_set_dash(cr, p->dash == TV_DOTTED ? dotted : dashed, p->dash == TV_SOLID ? 0 : 2, 0);
        cairo_set_line_cap(cr, p->round ? CAIRO_LINE_CAP_ROUND : CAIRO_LINE_CAP_BUTT);
        cairo_set_line_join(cr, p->round ? CAIRO_LINE_JOIN_ROUND : CAIRO_LINE_JOIN_MITER);
        cairo_stroke_preserve(cr);
    }
    cairo_new_path(cr);
}

static void path_rect(cairo_t *cr, const double v[5])
{
    double x = v[0], y = v[1], w = v[2], h = v[3], r = fmin(v[4], fmin(w, h) / 2);
    if (r <= 0) {
        cairo_rectangle(cr, x, y, w, h);
        return;
    }
    cairo_arc(cr, x + w - r, y + r, r, -M_PI / 2, 0);
    cairo_arc(cr, x + w - r, y + h - r, r, 0, M_PI / 2);
    cairo_arc(cr, x + r, y + h - r, r, M_PI / 2, M_PI);
    cairo_arc(cr, x + r, y + r, r, M_PI, 1.5 * M_PI);
    cairo_close_path(cr);
}

static void path_segments(cairo_t *cr, const struct tv_path *p)
{
    for (size_t i = 0; i < p->n; i++) {
        const struct tv_segment *s = &p->at[i];
        switch (s->op) {
        case 'M': cairo_move_to(cr, s->x0, s->y0); break;
        case 'L': cairo_line_to(cr, s->x0, s->y0); break;
        case 'Z': cairo_close_path(cr); break;
        default: (s->b > s->a ? cairo_arc : cairo_arc_negative)(cr, s->x0, s->y0, s->x1, s->a, s->b);
        }
    }
}

static void draw_text(cairo_t *cr, const struct tv_item *i, const struct tv_font *font)
{
    const struct tv_text *s = &i->style;
    double w = tv_font_width(font, s, i->text);
    cairo_save(cr);
    cairo_translate(cr, i->v[0], i->v[1]);
    cairo_rotate(cr, s->turn * M_PI / 180);
    cairo_translate(cr, s->anchor == TV_START ? 0 : s->anchor == TV_END ? -w : -w / 2, 0);
    if (s->halo.a > 0) {
        tv_font_show(cr, font, s, i->text, true);
        paint(cr, &(struct tv_pen){.stroke = s->halo, .width = s->size / 4, .round = true});
    }
    set_color(cr, s->color);
    tv_font_show(cr, font, s, i->text, false);
    cairo_restore(cr);
}

static cairo_surface_t *pixel_surface_new(const struct tv_pixels *image)
{
    cairo_format_t format = image->opaque ? CAIRO_FORMAT_RGB24 : CAIRO_FORMAT_ARGB32;
    return cairo_image_surface_create_for_data((unsigned char *)image->at, format, image->columns,
                                               image->rows, image->columns * 4);
}

static void draw_image(cairo_t *cr, const struct tv_item *i)
{
    cairo_surface_t *s = pixel_surface_new(&i->image);
    cairo_save(cr);
    cairo_translate(cr, i->v[0], i->v[1]);
    cairo_scale(cr, i->v[2] / i->image.columns, i->v[3] / i->image.rows);
    cairo_set_source_surface(cr, s, 0, 0);
    bool enlarged = i->image.columns < i->v[2];
    cairo_pattern_set_filter(cairo_get_source(cr), enlarged ? CAIRO_FILTER_NEAREST : CAIRO_FILTER_GOOD);
    cairo_pattern_set_extend(cairo_get_source(cr), CAIRO_EXTEND_PAD);
    cairo_rectangle(cr, 0, 0, i->image.columns, i->image.rows);
    cairo_fill(cr);
    cairo_restore(cr);
    cairo_surface_destroy(s);
}

static void play(cairo_t *cr, const struct tv_canvas *c, size_t from)
{
    for (size_t k = from; k < c->n; k++) {
        const struct tv_item *i = &c->item[k];
        switch (i->kind) {
        case TV_ITEM_LINE:
            cairo_move_to(cr, i->v[0], i->v[1]);
            cairo_line_to(cr, i->v[2], i->v[3]);
            break;
        case TV_ITEM_RECT: path_rect(cr, i->v); break;
        case TV_ITEM_CIRCLE: cairo_arc(cr, i->v[0], i->v[1], i->v[2], 0, 2 * M_PI); break;
        case TV_ITEM_PATH: path_segments(cr, &i->path); break;
        case TV_ITEM_TEXT: draw_text(cr, i, c->font); break;
        case TV_ITEM_IMAGE: draw_image(cr, i); break;
        default: break;
        }
        paint(cr, &i->pen);
    }
}

static cairo_status_t collect(void *out, const unsigned char *bytes, unsigned n)
{
    tv_str_put(out, bytes, n);
    return CAIRO_STATUS_SUCCESS;
}

void tv_pixels_png(struct tv_str *out, const struct tv_pixels *image)
{
    cairo_surface_t *s = pixel_surface_new(image);
    cairo_surface_write_to_png_stream(s, collect, out);
    cairo_surface_destroy(s);
}

void tv_cairo_rasterise(struct tv_pixels *image, const struct tv_canvas *c, size_t from, const double part[4],
                        double scale)
{
    image->columns = (int)ceil(part[2] * scale);
    image->rows = (int)ceil(part[3] * scale);
    image->opaque = false;
    image->at = TV_ARRAY(uint32_t, (size_t)image->columns * (size_t)image->rows);
    cairo_surface_t *s = pixel_surface_new(image);
    cairo_t *cr = cairo_create(s);
    cairo_scale(cr, image->columns / part[2], image->rows / part[3]);
    cairo_translate(cr, -part[0], -part[1]);
    play(cr, c, from);
    cairo_destroy(cr);
    cairo_surface_flush(s);
    cairo_surface_destroy(s);
}

static cairo_surface_t *page_new(struct tv_str *out, const struct tv_canvas *c, enum tv_format format,
                                 double scale)
{
    if (format == TV_PNG)
        return cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)lround(c->width * scale),
                                          (int)lround(c->height * scale));
    cairo_surface_t *s = cairo_pdf_surface_create_for_stream(collect, out, c->width * scale * PDF_POINT,
                                                             c->height * scale * PDF_POINT);
    cairo_pdf_surface_set_metadata(s, CAIRO_PDF_METADATA_TITLE, c->title);
    cairo_pdf_surface_set_metadata(s, CAIRO_PDF_METADATA_SUBJECT, c->about);
    /* Equal drawings are equal bytes: the date would be that of the run. */
    cairo_pdf_surface_set_metadata(s, CAIRO_PDF_METADATA_CREATE_DATE, "");
    return s;
}

const char *tv_cairo_write(struct tv_str *out, const struct tv_canvas *c, enum tv_format format, double scale)
{
    if (format == TV_PNG && fmax(c->width, c->height) * scale > LARGEST)
        return tv_msg(
            "image: want at most %d pixels in each direction, got %.0f x %.0f; a smaller --width or --scale",
            LARGEST, c->width * scale, c->height * scale);
    cairo_surface_t *s = page_new(out, c, format, scale);
    cairo_t *cr = cairo_create(s);
    set_color(cr, c->theme->ground);
    cairo_paint(cr);
    cairo_scale(cr, format == TV_PNG ? scale : scale * PDF_POINT,
                format == TV_PNG ? scale : scale * PDF_POINT);
    play(cr, c, 0);
    cairo_status_t status = cairo_status(cr);
    cairo_destroy(cr);
    if (format == TV_PNG && status == CAIRO_STATUS_SUCCESS)
        status = cairo_surface_write_to_png_stream(s, collect, out);
    cairo_surface_finish(s);
    if (status == CAIRO_STATUS_SUCCESS) status = cairo_surface_status(s);
    cairo_surface_destroy(s);
    return status == CAIRO_STATUS_SUCCESS
               ? NULL
               : tv_msg("image: cannot be drawn: %s", cairo_status_to_string(status));
}
