/* fig/svg.c - the canvas as SVG 1.1: text as text, groups as groups, numbers with at most two decimals.
 *
 * Marks carry presentation attributes only where they differ from the root's (fill none), so that a style
 * sheet can override them by class. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/mem.h"
#include "fig/canvas_list.h"

static void escape(struct tv_str *out, const char *s)
{
    for (const char *p; *s; s = p) {
        size_t plain = strcspn(s, "<>&\"");
        tv_str_put(out, s, plain);
        p = s + plain;
        if (!*p) break;
        tv_str_add(out, "%s", *p == '<' ? "&lt;" : *p == '>' ? "&gt;" : *p == '&' ? "&amp;" : "&quot;");
        p++;
    }
}

/* Two decimals at most, no trailing zeros, no "-0". */
static void number(struct tv_str *out, double v)
{
    char s[40];
    v = nearbyint(v * 100) / 100;
    if (v == 0) v = 0;
    int n = snprintf(s, sizeof s, "%.2f", v);
    while (s[n - 1] == '0') n--;
    if (s[n - 1] == '.') n--;
    tv_str_put(out, s, (size_t)n);
}

static void attr_number(struct tv_str *out, const char *key, double v)
{
    tv_str_add(out, " %s=\"", key);
    number(out, v);
    tv_str_put(out, "\"", 1);
}

static void attr_color(struct tv_str *out, const char *key, struct tv_color c)
{
    tv_str_add(out, " %s=\"#%02x%02x%02x\"", key, c.r, c.g, c.b);
    if (c.a >= 1) return;
    tv_str_add(out, " %s-opacity=\"", key);
    number(out, c.a);
    tv_str_put(out, "\"", 1);
}

static void pen(struct tv_str *out, const struct tv_pen *p)
{
    if (p->fill.a > 0) attr_color(out, "fill", p->fill);
    if (p->stroke.a <= 0 || p->width <= 0) return;
    attr_color(out, "stroke", p->stroke);
    if (p->width != 1) attr_number(out, "stroke-width", p->width);
    if (p->dash == TV_DASHED) tv_str_add(out, " stroke-dasharray=\"6 4\"");
    if (p->dash == TV_DOTTED) tv_str_add(out, " stroke-dasharray=\"1.5 3\"");
    if (p->round) tv_str_add(out, " stroke-linecap=\"round\" stroke-linejoin=\"round\"");
}

static void point(struct tv_str *out, char op, double x, double y)
{
    if (op) tv_str_put(out, &op, 1);
    number(out, x);
    tv_str_put(out, " ", 1);
    number(out, y);
}

/* The arc of `s`, in two halves because SVG cannot draw a full turn at once. */
static void arc(struct tv_str *out, const struct tv_segment *s, bool first)
{
    point(out, first ? 'M' : 'L', s->x0 + s->x1 * cos(s->a), s->y0 + s->x1 * sin(s->a));
    for (int half = 1; half <= 2; half++) {
        double angle = s->a + (s->b - s->a) * half / 2;
        tv_str_put(out, "A", 1);
        number(out, s->x1);
        tv_str_put(out, " ", 1);
        number(out, s->x1);
        tv_str_add(out, " 0 0 %d ", s->b > s->a);
        point(out, 0, s->x0 + s->x1 * cos(angle), s->y0 + s->x1 * sin(angle));
    }
}

static void path(struct tv_str *out, const struct tv_path *p)
{
    tv_str_add(out, "<path d=\"");
    for (size_t i = 0; i < p->n; i++) {
        const struct tv_segment *s = &p->at[i];
        if (s->op == 'A')
            arc(out, s, i == 0);
        else if (s->op == 'Z')
            tv_str_put(out, "Z", 1);
        else
            point(out, s->op, s->x0, s->y0);
    }
    tv_str_put(out, "\"", 1);
}

static void text(struct tv_str *out, const struct tv_item *t)
{
    static const char *const anchor[] = {"", " text-anchor=\"middle\"", " text-anchor=\"end\""};
    const struct tv_text *s = &t->style;
    tv_str_add(out, "<text");
    attr_number(out, "x", t->v[0]);
    attr_number(out, "y", t->v[1]);
    attr_number(out, "font-size", s->size);
    attr_color(out, "fill", s->color);
    tv_str_add(out, "%s%s", s->bold ? " font-weight=\"bold\"" : "", anchor[s->anchor]);
    if (s->turn) {
        tv_str_add(out, " transform=\"rotate(%d ", s->turn);
        point(out, 0, t->v[0], t->v[1]);
        tv_str_add(out, ")\"");
    }
    if (s->halo.a > 0) {
        attr_color(out, "stroke", s->halo);
        attr_number(out, "stroke-width", s->size / 4);
        tv_str_add(out, " stroke-linejoin=\"round\" paint-order=\"stroke\"");
    }
    tv_str_put(out, ">", 1);
    escape(out, t->text);
    tv_str_add(out, "</text>\n");
}

static void base64(struct tv_str *out, const void *bytes, size_t n)
{
    static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const uint8_t *b = bytes;
    for (size_t i = 0; i < n; i += 3) {
        uint32_t v =
            (uint32_t)b[i] << 16 | (i + 1 < n ? (uint32_t)b[i + 1] << 8 : 0) | (i + 2 < n ? b[i + 2] : 0);
        char four[4] = {digit[v >> 18], digit[v >> 12 & 63], i + 1 < n ? digit[v >> 6 & 63] : '=',
                        i + 2 < n ? digit[v & 63] : '='};
        tv_str_put(out, four, 4);
    }
}

static void box(struct tv_str *out, const double v[4])
{
    static const char *const key[] = {"x", "y", "width", "height"};
    for (int k = 0; k < 4; k++) attr_number(out, key[k], v[k]);
}

static void image(struct tv_str *out, const struct tv_item *i)
{
    struct tv_str png = {0};
    tv_pixels_png(&png, &i->image);
    tv_str_add(out, "<image");
    box(out, i->v);
    if (i->image.columns < i->v[2]) tv_str_add(out, " image-rendering=\"optimizeSpeed\"");
    tv_str_add(out, " preserveAspectRatio=\"none\" xlink:href=\"data:image/png;base64,");
    base64(out, png.s, png.len);
    tv_str_add(out, "\"/>\n");
    tv_str_release(&png);
}

static void group(struct tv_str *out, const struct tv_item *g)
{
    tv_str_put(out, "<g", 2);
    for (size_t k = 0; k < g->attrs.n; k++) {
        tv_str_add(out, " %s=\"", g->attrs.at[k].key);
        escape(out, g->attrs.at[k].value);
        tv_str_put(out, "\"", 1);
    }
    tv_str_put(out, ">", 1);
    if (g->text) {
        tv_str_add(out, "<title>");
        escape(out, g->text);
        tv_str_add(out, "</title>");
    }
    tv_str_put(out, "\n", 1);
}

static void line(struct tv_str *out, const double v[4])
{
    static const char *const key[] = {"x1", "y1", "x2", "y2"};
    tv_str_add(out, "<line");
    for (int k = 0; k < 4; k++) attr_number(out, key[k], v[k]);
}

static void mark(struct tv_str *out, const struct tv_item *i)
{
    if (i->kind == TV_ITEM_LINE) line(out, i->v);
    if (i->kind == TV_ITEM_PATH) path(out, &i->path);
    if (i->kind == TV_ITEM_RECT) {
        tv_str_add(out, "<rect");
        box(out, i->v);
        if (i->v[4] > 0) attr_number(out, "rx", i->v[4]);
    }
    if (i->kind == TV_ITEM_CIRCLE) {
        tv_str_add(out, "<circle");
        attr_number(out, "cx", i->v[0]);
        attr_number(out, "cy", i->v[1]);
        attr_number(out, "r", i->v[2]);
    }
    pen(out, &i->pen);
    tv_str_add(out, "/>\n");
}

static void head(struct tv_str *out, const struct tv_canvas *c, double scale)
{
    tv_str_add(out, "<svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:xlink=\"http://www.w3.org/1999/xlink\"");
    attr_number(out, "width", c->width * scale);
    attr_number(out, "height", c->height * scale);
    tv_str_add(out, " viewBox=\"0 0 ");
    point(out, 0, c->width, c->height);
    tv_str_add(out, "\" font-family=\"'");
    escape(out, tv_font_family(c->font));
    tv_str_add(out, "', " TV_TEXT_FALLBACKS "\" fill=\"none\" role=\"img\">\n<title>");
    escape(out, c->title);
    tv_str_add(out, "</title>\n<desc>");
    escape(out, c->about);
    tv_str_add(out, "</desc>\n<rect class=\"ground\"");
    box(out, (double[]){0, 0, c->width, c->height});
    attr_color(out, "fill", c->theme->ground);
    tv_str_add(out, "/>\n");
}

void tv_svg_write(struct tv_str *out, const struct tv_canvas *c, double scale)
{
    size_t depth = 0;
    head(out, c, scale);
    for (size_t k = 0; k < c->n; k++) {
        const struct tv_item *i = &c->item[k];
        if (i->kind == TV_ITEM_END) depth--;
        for (size_t d = 0; d < depth; d++) tv_str_put(out, " ", 1);
        switch (i->kind) {
        case TV_ITEM_GROUP:
            group(out, i);
            depth++;
            break;
        case TV_ITEM_END: tv_str_add(out, "</g>\n"); break;
        case TV_ITEM_TEXT: text(out, i); break;
        case TV_ITEM_IMAGE: image(out, i); break;
        default: mark(out, i);
        }
    }
    tv_str_add(out, "</svg>\n");
}
