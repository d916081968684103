/* The canvas and what figures are laid out with: the SVG text, raster layers, text, ticks, labels, glyphs. */
#include <cairo/cairo.h>
#include <stdlib.h>
#include "check.h"
#include "core/mem.h"
#include "fig/axis.h"
#include "fig/canvas.h"
#include "fig/glyph.h"
#include "fig/label.h"
#include "xml.h"

static char *svg_new(struct tv_canvas *c, double scale)
{
    struct tv_str out = {0};
    CHECK(!tv_canvas_write(&out, c, TV_SVG, scale));
    return out.s;
}

static bool has(const char *text, const char *part) { return strstr(text, part) != NULL; }

static struct tv_canvas *page_new(void)
{
    struct tv_canvas *c = tv_canvas_new(tv_theme_get(0), NULL);
    tv_canvas_size(c, 200, 100);
    return c;
}

static void test_svg(void)
{
    struct tv_canvas *c = page_new();
    struct tv_pen pen = {
        .fill = tv_color_fade(tv_color_hex(0x102030), 0.5), .stroke = tv_color_hex(0xffffff), .width = 1.5};
    struct tv_text style = tv_text_style(c, 12);
    tv_canvas_title(c, "<T> & \"t\"", "about");
    tv_group(c, "point");
    tv_group_id(c, "p %s", "a/1");
    tv_group_data(c, "domain", "a\x01\xff<");
    tv_group_title(c, "tip & top");
    tv_draw_circle(c, 1.004, -0.001, 3.256, &pen);
    tv_draw_circle(c, NAN, 0, 1, &pen);
    tv_draw_rect(c, 10, 10, -4, 2, 0, &pen);
    tv_draw_text(c, &style, 5, 20, "%d < %s", 3, "\xc3\xa9");
    tv_group_end(c);
    char *svg = svg_new(c, 2);
    CHECK(!xml_wrong(svg));
    CHECK(has(svg, "width=\"400\" height=\"200\" viewBox=\"0 0 200 100\""));
    CHECK(has(svg, "<title>&lt;T&gt; &amp; &quot;t&quot;</title>"));
    CHECK(has(
        svg,
        "<g class=\"point\" id=\"p-a-1\" data-domain=\"a \xef\xbf\xbd&lt;\"><title>tip &amp; top</title>"));
    CHECK(has(svg,
              "<circle cx=\"1\" cy=\"0\" r=\"3.26\" fill=\"#102030\" fill-opacity=\"0.5\" stroke=\"#ffffff\" "
              "stroke-width=\"1.5\"/>"));
    CHECK(has(svg, "<rect x=\"6\" y=\"10\" width=\"4\" height=\"2\""));
    CHECK(has(svg, ">3 &lt; \xc3\xa9</text>"));
    CHECK(!strstr(svg, "nan"));
    free(svg);
    tv_canvas_free(c);
}

static void test_formats(void)
{
    struct tv_canvas *c = page_new();
    struct tv_str png = {0}, pdf = {0}, again = {0};
    struct tv_text style = tv_text_style(c, 12);
    tv_draw_text(c, &style, 5, 20, "text");
    CHECK(!tv_canvas_write(&png, c, TV_PNG, 3));
    CHECK(png.len > 33 && !memcmp(png.s + 1, "PNG", 3));
    CHECK((unsigned char)png.s[18] == 600 >> 8 && (unsigned char)png.s[19] == (600 & 255));
    CHECK((unsigned char)png.s[22] == 300 >> 8 && (unsigned char)png.s[23] == (300 & 255));
    CHECK(!tv_canvas_write(&pdf, c, TV_PDF, 1));
    CHECK(!tv_canvas_write(&again, c, TV_PDF, 1));
    CHECK(pdf.len == again.len && !memcmp(pdf.s, again.s, pdf.len));
    CHECK(!memcmp(pdf.s, "%PDF", 4));
    CHECK(!memmem(pdf.s, pdf.len, "CreationDate", 12));
    tv_str_release(&again);
    CHECK(tv_canvas_write(&again, c, TV_PNG, 200) != NULL);
    CHECK(again.len == 0);
    tv_str_release(&png);
    tv_str_release(&pdf);
    tv_str_release(&again);
    tv_canvas_free(c);
}

/* Marks between begin and end become one image that embeds a PNG. */
static void test_raster(void)
{
    struct tv_canvas *c = page_new();
    struct tv_pen pen = tv_pen_fill(tv_color_hex(0xff0000));
    tv_raster_begin(c, 0, 0, 100, 50);
    for (int i = 0; i < 1000; i++) tv_draw_circle(c, i % 100, i / 20.0, 1, &pen);
    tv_raster_end(c);
    char *svg = svg_new(c, 1);
    CHECK(!xml_wrong(svg));
    CHECK(!strstr(svg, "<circle") && strstr(svg, "<image x=\"0\" y=\"0\" width=\"100\" height=\"50\""));
    CHECK(has(svg, "data:image/png;base64,iVBORw0KGgo"));
    free(svg);
    tv_canvas_free(c);
}

static void test_text(void)
{
    struct tv_canvas *c = page_new();
    struct tv_text s = tv_text_style(c, 10), twice = tv_text_style(c, 20);
    double w = tv_text_width(c, &s, "accuracy");
    CHECK(w > 30 && w < 60);
    CHECK_NEAR(tv_text_width(c, &twice, "accuracy"), 2 * w, 1e-9);
    char *cut = tv_font_fit_new(tv_canvas_font(c), &s, "r\xc3\xa9sum\xc3\xa9 of all", 30);
    CHECK(tv_text_width(c, &s, cut) <= 30 && strstr(cut, TV_ELLIPSIS));
    CHECK(!strncmp(cut, "r\xc3\xa9", 3));
    free(cut);
    cut = tv_font_fit_new(tv_canvas_font(c), &s, "wide", 3);
    CHECK_STR(cut, "");
    free(cut);
    char *clean = tv_text_clean_new("a\tb\x80\xc0\xaf\xed\xa0\x80\xef\xbf\xbf\xf0\x9f\x98\x80");
    CHECK_STR(
        clean,
        "a b\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"
        "\xef\xbf\xbd\xf0\x9f\x98\x80");
    free(clean);
    s.turn = -90;
    struct tv_box b = tv_text_box(c, &s, 50, 50, "accuracy");
    CHECK_NEAR(b.y1, 50, 1e-9);
    CHECK_NEAR(b.y0, 50 - w, 1e-9);
    CHECK(b.x0 < 50 && b.x1 > 50 && b.x1 - b.x0 < 12);
    CHECK_STR(tv_text_signed(0.2349, 3), "+0.235");
    CHECK_STR(tv_text_signed(-0.5, 2), TV_MINUS "0.50");
    CHECK_STR(tv_text_signed(-0.0001, 2), "0.00");
    CHECK_STR(tv_text_signed(NAN, 2), TV_DASH);
    CHECK_STR(tv_text_short(-0.0794, 2), TV_MINUS "0.079");
    CHECK_STR(tv_text_short(182.4, 2), "182");
    CHECK_STR(tv_text_count(1234567), "1,234,567");
    CHECK_STR(tv_text_count(999), "999");
    tv_canvas_free(c);
}

static cairo_status_t take(void *from, unsigned char *bytes, unsigned n)
{
    struct tv_str *s = from;
    memcpy(bytes, s->s, n);
    memmove(s->s, s->s + n, s->len -= n);
    return CAIRO_STATUS_SUCCESS;
}

/* First and last column of the page that is not of the ground's colour. */
static void find_ink(int ink[2], const struct tv_canvas *c)
{
    struct tv_str png = {0};
    CHECK(!tv_canvas_write(&png, c, TV_PNG, 1));
    cairo_surface_t *s = cairo_image_surface_create_from_png_stream(take, &png);
    int w = cairo_image_surface_get_width(s), h = cairo_image_surface_get_height(s);
    const unsigned char *px = cairo_image_surface_get_data(s);
    ink[0] = w, ink[1] = -1;
    for (int y = 0; y < h; y++)
        for (int x = 0; x < w; x++)
            if (px[y * cairo_image_surface_get_stride(s) + 4 * x] < 200) {
                if (x < ink[0]) ink[0] = x;
                if (x > ink[1]) ink[1] = x;
            }
    cairo_surface_destroy(s);
    tv_str_release(&png);
}

/* What is drawn is as wide as what was measured, in scripts that join letters, and without a font for them.
 */
static void test_ink(void)
{
    static const char *const text[] = {
        "AVAVA Type", "\xd0\x9f\xd0\xb5\xd1\x80\xd0\xb5\xd0\xbd\xd0\xbe\xd1\x81",
        "\xd9\x85\xd8\xb1\xd8\xad\xd8\xa8\xd8\xa7", "\xe7\x94\xbb\xe5\x83\x8f\xe8\xbb\xa2",
        "\xf3\xb0\x80\x80\xf3\xb0\x80\x81"};
    for (size_t k = 0; k < sizeof text / sizeof *text; k++)
        for (int bold = 0; bold < 2; bold++) {
            struct tv_canvas *c = page_new();
            struct tv_text s = tv_text_style(c, 24);
            int ink[2];
            s.bold = bold;
            tv_draw_text(c, &s, 20, 60, "%s", text[k]);
            struct tv_box b = tv_text_box(c, &s, 20, 60, text[k]);
            find_ink(ink, c);
            CHECK(ink[0] >= b.x0 - 2 && ink[1] <= b.x1 + 2);
            CHECK(ink[1] - ink[0] > 0.8 * (b.x1 - b.x0));
            CHECK(k > 0 || tv_canvas_unknown(c) == 0);
            CHECK(k < 4 || tv_canvas_unknown(c) == 2); /* private use: no font has them */
            tv_canvas_free(c);
        }
}

static void test_ticks(void)
{
    struct tv_ticks t = tv_ticks_make(0, 1, 5, false);
    CHECK(t.n == 6 && t.decimals == 1);
    CHECK_NEAR(t.at[5], 1, 1e-12);
    t = tv_ticks_make(1, 3, 10, true);
    CHECK(t.n == 3 && t.decimals == 0);
    t = tv_ticks_make(1, 1, 10, true);
    CHECK(t.n == 1 && t.at[0] == 1);
    t = tv_ticks_make(-0.003, 0.0031, 5, false);
    CHECK(t.n >= 5 && t.decimals == 3);
    t = tv_ticks_make(0, 1e9, 3, false);
    CHECK(t.n >= 2 && t.n <= TV_TICKS_MAX && t.decimals == 0);
    double lo = INFINITY, hi = -INFINITY, v[] = {3, NAN, -1, INFINITY};
    tv_range_add(&lo, &hi, v, 4, 1);
    CHECK(lo == -1 && hi == 3);
    lo = INFINITY, hi = -INFINITY;
    tv_range_settle(&lo, &hi);
    CHECK(lo == 0 && hi == 1);
    lo = hi = 5;
    tv_range_settle(&lo, &hi);
    CHECK(lo < 5 && hi > 5);
}

static void test_labels(void)
{
    double y[] = {10, 11, 50, 12}, full[] = {5, 5, 5}, one[] = {100};
    tv_label_spread(y, 4, 10, 0, 100);
    CHECK_NEAR(y[0], 1, 1e-9); /* 10, 11, 12 around their mean 11 */
    CHECK_NEAR(y[1], 11, 1e-9);
    CHECK_NEAR(y[3], 21, 1e-9);
    CHECK_NEAR(y[2], 50, 1e-9);
    tv_label_spread(full, 3, 60, 0, 100);
    CHECK_NEAR(full[0], 0, 1e-9);
    CHECK_NEAR(full[1], 50, 1e-9);
    CHECK_NEAR(full[2], 100, 1e-9);
    tv_label_spread(one, 1, 10, 0, 50);
    CHECK_NEAR(one[0], 50, 1e-9);
    struct tv_taken t = {.within = {0, 0, 200, 200}};
    struct tv_box place[12];
    for (int i = 0; i < 12; i++) {
        CHECK(tv_label_place(&t, 100, 100, 1, 0, 30, 12, 300, &place[i]));
        CHECK(place[i].x0 >= 0 && place[i].y0 >= 0 && place[i].x1 <= 200 && place[i].y1 <= 200);
        for (int j = 0; j < i; j++) CHECK(!tv_box_meets(&place[i], &place[j]));
    }
    CHECK(place[0].x0 > 100);
    CHECK(!tv_label_place(&t, 100, 100, 1, 0, 300, 12, 300, &place[0]));
    tv_taken_release(&t);
}

/* Against numpy.percentile and matplotlib's boxplot statistics. */
static void test_five(void)
{
    double v[] = {7, 1, 2, 3, 4, 100, 5, 6};
    struct tv_five f = tv_five_of(v, 8);
    CHECK_NEAR(f.q1, 2.75, 1e-12);
    CHECK_NEAR(f.median, 4.5, 1e-12);
    CHECK_NEAR(f.q3, 6.25, 1e-12);
    CHECK_NEAR(f.low, 1, 1e-12);
    CHECK_NEAR(f.high, 7, 1e-12);
    f = tv_five_of(v, 1);
    CHECK(f.low == 7 && f.q1 == 7 && f.median == 7 && f.q3 == 7 && f.high == 7);
    CHECK(tv_five_of(v, 0).n == 0);
}

/* A count above zero is visible, however small; zero is not drawn. */
static void test_bars(void)
{
    struct tv_canvas *c = page_new();
    double counts[] = {1, 0, 100000};
    tv_glyph_bars(c, counts, 3, 0, 50, 30, 40, 100000, tv_color_hex(0));
    char *svg = svg_new(c, 1);
    CHECK(strstr(svg, "y=\"49\" width=\"9\" height=\"1\"") &&
          strstr(svg, "y=\"10\" width=\"9\" height=\"40\""));
    int n = 0;
    for (const char *s = svg; (s = strstr(s, "<rect")); s++) n++;
    CHECK(n == 3); /* the ground and two bars */
    free(svg);
    tv_canvas_free(c);
}

int main(void)
{
    test_svg();
    test_formats();
    test_raster();
    test_text();
    test_ink();
    test_ticks();
    test_labels();
    test_five();
    test_bars();
    return check_done();
}
