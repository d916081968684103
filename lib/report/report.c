/* report/report.c - see report.h. */
#include "report/report.h"

#include <stdlib.h>
#include <string.h>
#include "core/cmd.h"
#include "core/mem.h"
#include "fig/domain.h"
#include "fig/figure_parts.h"
#include "report/parts.h"
#include "report/sheet.h"
#include "report/web.h"

enum { RAMP = 33 /* steps of the ramp as CSS variables */ };

const char *tv_report_add(struct tv_report *r, const char *path)
{
    r->all.kind = TV_FIGURES;
    return tv_figure_add(&r->all, path);
}

const char *tv_report_add_source(struct tv_report *r, const char *path)
{
    r->source.kind = TV_FIGURE_FEATURES;
    return tv_figure_add(&r->source, path);
}

void tv_report_add_pictures(struct tv_report *r, int model, const char *path)
{
    static const char *const globs[] = {"feature/*", "kernel/*", 0};
    tv_set_read(&r->pictures[model], path, globs);
}

void tv_report_release(struct tv_report *r)
{
    r->source.images = NULL;
    r->source.n_images = 0;
    tv_figure_release(&r->source);
    for (int model = 0; model < 2; model++) tv_set_release(&r->pictures[model]);
    tv_figure_forget_names(&r->all);
    tv_figure_release(&r->all);
}

/* ---- text into HTML ---- */

static void put_escaped(struct tv_str *b, const char *s)
{
    for (; *s; s++) {
        if (*s == '<')
            tv_str_add(b, "&lt;");
        else if (*s == '&')
            tv_str_add(b, "&amp;");
        else
            tv_str_put(b, s, 1);
    }
}

/* JSON within a script element: no "</script" or "<!--" may occur, and '<' stands in strings only. */
static void put_json(struct tv_str *b, const char *s)
{
    for (const char *next; (next = strchr(s, '<')); s = next + 1) {
        tv_str_put(b, s, (size_t)(next - s));
        tv_str_add(b, "\\u003c");
    }
    tv_str_put(b, s, strlen(s));
}

/* ---- colours ---- */

static void put_color(struct tv_str *b, const char *name, struct tv_color c)
{
    if (c.a < 1)
        tv_str_add(b, "--%s:rgba(%d,%d,%d,%.2g);", name, c.r, c.g, c.b, c.a);
    else
        tv_str_add(b, "--%s:#%02x%02x%02x;", name, c.r, c.g, c.b);
}

static void put_theme(struct tv_str *b, const char *selector, const struct tv_theme *t)
{
    const struct {
        const char *name;
        struct tv_color color;
    } roles[] = {
        {"ground", t->ground},
        {"panel", t->panel},
        {"ink", t->ink},
        {"muted", t->muted},
        {"rule", t->rule},
        {"source", t->source},
        {"source-dark", t->source_dark},
        {"target", t->target},
        {"target-dark", t->target_dark},
        {"histogram", t->histogram},
        {"histogram-ground", t->histogram_ground},
        {"unselected", t->unselected},
        {"inherited", t->inherited},
        {"highlight", t->highlight},
    };
    tv_str_add(b, "%s{", selector);
    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++) put_color(b, roles[i].name, roles[i].color);
    for (int i = 0; i < RAMP; i++) put_color(b, tv_msg("ramp-%d", i), tv_theme_ramp(t, i / (RAMP - 1.0)));
    for (int i = 0; i < TV_CLASS_COLORS; i++) put_color(b, tv_msg("class-%d", i), tv_class_color(t, i));
    tv_str_add(b, "}\n");
}

static void put_style(struct tv_str *b)
{
    tv_str_add(b, "<style>\n");
    put_theme(b, ":root", tv_theme_get(0));
    tv_str_add(b, "@media screen and (prefers-color-scheme:dark){");
    put_theme(b, ":root", tv_theme_get(1));
    tv_str_add(b, "}\n@media print{");
    put_theme(b, ":root", tv_theme_get(2));
    tv_str_add(b, "}\n");
    tv_str_put(b, tv_report_css, tv_report_css_size);
    tv_str_add(b, "</style>\n");
}

/* ---- data ---- */

static const char *model_name(const struct tv_report *r, enum tv_figure_part part)
{
    const struct tv_set *s = r->all.part[part];
    return s ? tv_attrs_get(&s->meta, "model") : NULL;
}

/* Each data set: its first image, how many, the size of its images and of its tiles. */
static void put_images(struct tv_str *b, const struct tv_figure *f, const struct tv_sheets *s)
{
    int64_t first = 0;
    tv_object_open(b, "images", '{');
    tv_object_number(b, "cell", (double)s->cell);
    tv_object_number(b, "columns", TV_SHEET_COLUMNS);
    tv_object_open(b, "sets", '[');
    for (size_t d = 0; d < f->n_images; d++) {
        const struct tv_dataset *set = &f->images[d];
        int64_t w, h;
        tv_sheets_tile(s, set, &w, &h);
        tv_object_indices(b, NULL, (int64_t[]){first, set->n, set->w, set->h, w, h}, 6);
        first += set->n;
    }
    tv_object_close(b, ']');
    tv_object_close(b, '}');
}

static const char *put_data(struct tv_str *b, const struct tv_report *r, const struct tv_thumbs *t,
                            const struct tv_sheets *s)
{
    const char *error;
    char *history = tv_history_json_new();
    tv_object_open(b, NULL, '{');
    tv_object_open(b, "models", '[');
    tv_object_text(b, NULL, model_name(r, TV_PART_SOURCE_INFER));
    tv_object_text(b, NULL, model_name(r, TV_PART_TARGET_INFER));
    tv_object_close(b, ']');
    tv_object_open(b, "domains", '[');
    for (int side = 0; side < 2; side++)
        tv_object_text(b, NULL, tv_figure_domain(&r->all, (enum tv_side)side));
    tv_object_close(b, ']');
    if (r->all.class_name) tv_object_texts(b, "classes", r->all.class_name, (int64_t)r->all.classes);
    put_images(b, &r->all, s);
    error = tv_report_statistics(b, &r->all);
    if (!error) error = tv_report_instances(b, &r->all, t);
    if (!error) error = tv_report_network(b, r);
    if (!error) error = tv_report_features(b, r, t);
    tv_str_add(b, ",\"history\":%s", history);
    tv_object_close(b, '}');
    free(history);
    return error;
}

static void put_sheets(struct tv_str *b, const struct tv_sheets *s)
{
    for (size_t i = 0; i < s->n; i++) {
        tv_str_add(b, "<script type=\"text/plain\" id=\"sheet-%zu\">", i);
        tv_base64(b, s->at[i].bytes, s->at[i].size);
        tv_str_add(b, "</script>\n");
    }
}

/* The chart as tv-plot draws it, once a theme; the style sheet shows one of them. */
static const char *put_accuracy(struct tv_str *b, const struct tv_figure *f)
{
    struct tv_figure chart = *f;
    chart.kind = TV_FIGURE_ACCURACY;
    for (int theme = 0; theme < 2; theme++) {
        struct tv_canvas *c = tv_canvas_new(tv_theme_get(theme), NULL);
        const char *error = tv_figure_find(f, "score") ? tv_figure_draw(c, &chart) : NULL;
        if (!error && tv_canvas_width(c) > 0) {
            tv_str_add(b, "<template id=\"accuracy-%s\">", tv_theme_name[theme]);
            error = tv_canvas_write(b, c, TV_SVG, 1);
            tv_str_add(b, "</template>\n");
        }
        tv_canvas_free(c);
        if (error) return error;
    }
    return NULL;
}

/* ---- the page ---- */

static void put_head(struct tv_str *b, const struct tv_report *r)
{
    const char *source = model_name(r, TV_PART_SOURCE_INFER), *target = model_name(r, TV_PART_TARGET_INFER);
    char *title = r->title           ? tv_strdup(r->title)
                  : source && target ? tv_format_new("%s \xe2\x86\x92 %s", source, target)
                                     : tv_strdup("Transfer report");
    tv_str_add(
        b,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
        "<meta name=\"color-scheme\" content=\"light dark\">\n<link rel=\"icon\" href=\"data:,\">\n<title>");
    put_escaped(b, title);
    tv_str_add(b, "</title>\n");
    put_style(b);
    tv_str_add(b, "</head>\n<body>\n<header id=\"top\"><h1>");
    put_escaped(b, title);
    tv_str_add(b, "</h1></header>\n");
    tv_str_put(b, tv_report_html, tv_report_html_size);
    free(title);
}

const char *tv_report_write(struct tv_str *html, struct tv_report *r)
{
    struct tv_thumbs thumbs;
    struct tv_sheets sheets = {0};
    struct tv_str data = {0};
    r->source.images = r->all.images;
    r->source.n_images = r->all.n_images;
    tv_figure_find_names(&r->all);
    for (int side = 0; side < 2; side++) r->source.domain[side] = r->all.domain[side];
    const char *error = tv_sheets_init(&sheets, &r->all, r->thumbnail, r->image_bytes);
    tv_thumbs_init(&thumbs, &r->all);
    if (!error) error = put_data(&data, r, &thumbs, &sheets);
    if (!error) {
        put_head(html, r);
        error = put_accuracy(html, &r->all);
        tv_str_add(html, "<script type=\"application/json\" id=\"data\">");
        put_json(html, data.s);
        tv_str_add(html, "</script>\n<script>\n");
        tv_str_put(html, tv_report_js, tv_report_js_size);
        tv_str_add(html, "</script>\n");
        put_sheets(html, &sheets);
        tv_str_add(html, "</body>\n</html>\n");
    }
    tv_str_release(&data);
    tv_thumbs_release(&thumbs);
    tv_sheets_release(&sheets);
    return error;
}
