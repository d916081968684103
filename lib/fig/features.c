/* fig/features.c - the feature ranking list: neurons by their domain discriminability, each with what it
 * responds to and how its conductances are distributed in both domains (SPEC 6.5; the paper's section 5.4.2).
 *
 *     rank | layer | neuron | feature image | patches | mirrored histogram | |u|
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "core/mem.h"
#include "fig/feature_image.h"
#include "fig/figure_parts.h"
#include "fig/glyph.h"
#include "fig/patch.h"
#include "fig/ranking.h"

enum { ROWS = 10, LINE = 90, HALF = 29 /* of the histogram's height */, BINS = 30 };
enum { FEATURE = 70 };
enum { PATCHES = 3 /* of each domain; one less on narrow pages */, PATCH = 50, PATCH_GAP = 6 };
enum {
    X_RANK = TV_FIGURE_MARGIN + 26,
    X_LAYER = 78,
    X_NEURON = 196,
    X_IMAGES = 222,
    ENDS = 56,
    WEIGHT = 132
};

struct list {
    struct tv_ranking neurons;
    double *histogram; /* [n][2][BINS] */
    double *range;     /* [n][2] */
    struct tv_patches patches;
    bool images, features; /* are there any to show? */
    int patch;             /* of each domain */
    double weights;        /* x of the column |u| */
    const struct tv_figure *figure;
};

static void list_release(struct list *l)
{
    tv_ranking_release(&l->neurons);
    free(l->histogram);
    free(l->range);
    tv_patches_release(&l->patches);
}

static const char *load(struct list *l, const struct tv_figure *f)
{
    const char *error = tv_ranking_load(&l->neurons, f, ROWS);
    if (error) return error;
    const struct tv_tensor *h = tv_ranking_find(&l->neurons, f, "histogram"),
                           *r = tv_ranking_find(&l->neurons, f, "range");
    if (!h || !r) return tv_figure_missing(f, "discrim/<class>/histogram and range", "tv-discrim");
    error = tv_figure_shape(r, 2, l->neurons.n, 2);
    if (!error) error = tv_figure_shape(h, 3, l->neurons.n, 2);
    if (!error && h->dim[2] != BINS)
        error = tv_msg("%s: want %d bins, got %s", h->name, BINS, tv_tensor_text(h));
    if (error) return error;
    l->histogram = tv_tensor_f64_new(h);
    l->range = tv_tensor_f64_new(r);
    tv_patches_init(&l->patches, f, l->neurons.key);
    l->images = tv_patches_any(&l->patches);
    l->features = tv_feature_image_any(f);
    l->figure = f;
    l->weights = tv_figure_right(f) - WEIGHT;
    l->patch = tv_figure_width(f) < TV_FIGURE_WIDTH ? PATCHES - 1 : PATCHES;
    return NULL;
}

/* ---- cells ---- */

static double patches_w(const struct list *l) { return l->patch * (PATCH + PATCH_GAP); }
/* Where the patches begin, and the histogram's bars: wide when there are no images. */
static double patches_x(const struct list *l) { return X_IMAGES + (l->features ? FEATURE + 14 : 0); }
static double histogram_x(const struct list *l)
{
    return ENDS + patches_x(l) + (l->images ? 2 * patches_w(l) + 16 : 8);
}
static double histogram_w(const struct list *l) { return l->weights - 24 - ENDS - histogram_x(l); }

/* What the neuron would respond to most. */
static void draw_feature(struct tv_canvas *c, const struct list *l, int64_t i, double y)
{
    int64_t size[2];
    const uint8_t *rgb = tv_feature_image(l->figure, l->neurons.layer[i], l->neurons.neuron[i], size);
    if (!rgb) return;
    double scale = FEATURE / (double)(size[0] > size[1] ? size[0] : size[1]);
    tv_group(c, "feature");
    tv_group_title(c, "%s #%lld: feature image", l->neurons.layer[i], (long long)l->neurons.neuron[i]);
    tv_draw_image(c, X_IMAGES, y - FEATURE / 2, scale * (double)size[1], scale * (double)size[0], rgb,
                  (int)size[1], (int)size[0], 3);
    tv_group_end(c);
}

/* The instances of each domain to which the neuron responds most, source first. */
static void draw_images(struct tv_canvas *c, const struct list *l, int64_t i, double y)
{
    struct tv_patch patch[PATCHES];
    for (int side = 0; side < 2; side++) {
        int n = tv_patches_top(patch, l->patch, &l->patches, (enum tv_side)side, l->neurons.layer[i],
                               l->neurons.neuron[i]);
        struct tv_pen frame = tv_pen_stroke(tv_side_color(c, (enum tv_side)side), 2);
        for (int k = 0; k < n; k++) {
            double x = patches_x(l) + side * (patches_w(l) + PATCH_GAP) + k * (PATCH + PATCH_GAP);
            tv_group(c, "patch");
            tv_group_data(c, "domain", "%s", tv_side_name[side]);
            tv_group_data(c, "value", "%.9g", patch[k].value);
            tv_group_title(c, "%s%s%s: %.4g", patch[k].path ? patch[k].path : "", patch[k].path ? ", " : "",
                           tv_side_name[side], patch[k].value);
            tv_patch_draw(c, &l->patches, &patch[k], x, y - PATCH / 2, PATCH);
            tv_draw_rect(c, x, y - PATCH / 2, PATCH, PATCH, 0, &frame);
            tv_group_end(c);
        }
    }
}

/* The share of the tallest bar, beyond its tip. */
static void draw_peak(struct tv_canvas *c, const double *share, double x, double y, double w, double full,
                      int direction)
{
    struct tv_text s = tv_text_style(c, TV_SIZE_TINY);
    int best = 0;
    for (int b = 1; b < BINS; b++)
        if (share[b] > share[best]) best = b;
    if (!(share[best] > 0)) return;
    s.color = tv_canvas_theme(c)->muted;
    s.anchor = TV_MIDDLE;
    double tip = y + direction * HALF * share[best] / full, at = x + (best + 0.5) * w / BINS;
    tv_draw_text(c, &s, at, direction < 0 ? tip - 3 : tip + 3 + 0.75 * s.size, "%.0f%%", 100 * share[best]);
}

/* The lower or upper end of neuron i's conductances; what is nothing beside the other one is 0. */
static const char *range_end(const struct list *l, int64_t i, int upper)
{
    double v = l->range[2 * i + upper], other = l->range[2 * i + !upper];
    return tv_text_short(fabs(v) < 1e-6 * fabs(other) ? 0 : v, 3);
}

/* Source above, target below, as shares of each domain's instances on one scale. */
static void draw_histogram(struct tv_canvas *c, const struct list *l, int64_t i, double y)
{
    double share[2][BINS], full = 0, x = histogram_x(l), w = histogram_w(l);
    for (int side = 0; side < 2; side++) {
        const double *count = l->histogram + (2 * i + side) * BINS;
        double all = 0;
        for (int b = 0; b < BINS; b++) all += count[b];
        for (int b = 0; b < BINS; b++) {
            share[side][b] = all > 0 ? count[b] / all : 0;
            full = fmax(full, share[side][b]);
        }
    }
    struct tv_text s = tv_text_style(c, TV_SIZE_TINY);
    struct tv_pen base = tv_pen_stroke(tv_canvas_theme(c)->muted, 0.75);
    s.color = tv_canvas_theme(c)->muted;
    tv_group(c, "histogram");
    tv_glyph_bars(c, share[0], BINS, x, y, w, HALF, full, tv_side_color(c, TV_SOURCE));
    tv_glyph_bars(c, share[1], BINS, x, y, w, -HALF, full, tv_side_color(c, TV_TARGET));
    tv_draw_line(c, x, y, x + w, y, &base);
    draw_peak(c, share[0], x, y, w, full, -1);
    draw_peak(c, share[1], x, y, w, full, 1);
    tv_draw_text(c, &s, x + w + 6, y + TV_TEXT_MIDDLE * s.size, "%s", range_end(l, i, 1));
    s.anchor = TV_END;
    tv_draw_text(c, &s, x - 6, y + TV_TEXT_MIDDLE * s.size, "%s", range_end(l, i, 0));
    tv_group_end(c);
}

static void draw_weight(struct tv_canvas *c, const struct list *l, int64_t i, double y)
{
    struct tv_text s = tv_text_style(c, TV_SIZE_BODY);
    struct tv_pen track = tv_pen_fill(tv_canvas_theme(c)->histogram_ground);
    struct tv_pen bar = tv_pen_fill(tv_side_light(c, l->neurons.u[i] < 0 ? TV_SOURCE : TV_TARGET));
    double largest = 0, w = WEIGHT - 52;
    for (int64_t j = 0; j < l->neurons.n; j++) largest = fmax(largest, fabs(l->neurons.u[j]));
    s.bold = true;
    tv_draw_text(c, &s, l->weights, y + TV_TEXT_MIDDLE * s.size, "%s",
                 tv_text_fixed(fabs(l->neurons.u[i]), 3));
    tv_draw_rect(c, l->weights + 52, y - 5.5, w, 11, 0, &track);
    if (largest > 0)
        tv_draw_rect(c, l->weights + 52, y - 5.5, w * fabs(l->neurons.u[i]) / largest, 11, 0, &bar);
}

static void draw_row(struct tv_canvas *c, const struct list *l, int64_t i, double y)
{
    struct tv_text s = tv_text_style(c, TV_SIZE_BODY), end = s;
    const struct tv_ranking *r = &l->neurons;
    double base = y + TV_TEXT_MIDDLE * s.size;
    end.anchor = TV_END;
    tv_group(c, "neuron");
    tv_group_id(c, "neuron-%s-%lld", r->layer[i], (long long)r->neuron[i]);
    tv_group_data(c, "rank", "%lld", (long long)r->rank[i]);
    tv_group_data(c, "layer", "%s", r->layer[i]);
    tv_group_data(c, "neuron", "%lld", (long long)r->neuron[i]);
    tv_group_data(c, "u", "%.9g", r->u[i]);
    tv_group_title(c, "%s #%lld: rank %lld of %lld, u %.4g", r->layer[i], (long long)r->neuron[i],
                   (long long)r->rank[i], (long long)r->n, r->u[i]);
    tv_draw_text(c, &end, X_RANK, base, "%lld", (long long)r->rank[i]);
    tv_draw_text_fit(c, &s, X_LAYER, base, X_NEURON - X_LAYER - 50, r->layer[i]);
    tv_draw_text(c, &end, X_NEURON, base, "%lld", (long long)r->neuron[i]);
    if (l->features) draw_feature(c, l, i, y);
    if (l->images) draw_images(c, l, i, y);
    draw_histogram(c, l, i, y);
    draw_weight(c, l, i, y);
    tv_group_end(c);
}

/* ---- head and foot ---- */

static double draw_columns(struct tv_canvas *c, const struct list *l, double y)
{
    struct tv_text s = tv_text_style(c, TV_SIZE_SMALL), end = s;
    struct tv_pen rule = tv_pen_stroke(tv_canvas_theme(c)->muted, 1);
    s.bold = end.bold = true;
    end.anchor = TV_END;
    tv_draw_text(c, &end, X_RANK + 6, y, "Rank");
    tv_draw_text(c, &s, X_LAYER, y, "Layer");
    tv_draw_text(c, &end, X_NEURON, y, "Neuron");
    if (l->features) tv_draw_text(c, &s, X_IMAGES, y, "Feature");
    if (l->images)
        tv_draw_text(c, &s, patches_x(l), y, "%s",
                     tv_patches_cut(&l->patches) ? "Top-activating patches" : "Top-activating images");
    tv_draw_text(c, &s, histogram_x(l), y, "%s",
                 l->features ? "Conductances" : "Distribution of the conductances");
    tv_draw_text(c, &s, l->weights, y, "|u|");
    tv_draw_line(c, TV_FIGURE_MARGIN, y + 9, tv_figure_right(l->figure), y + 9, &rule);
    return y + 9;
}

static double draw_legend(struct tv_canvas *c, const struct list *l, double y)
{
    struct tv_legend g = tv_legend_begin(c, TV_FIGURE_MARGIN, y, tv_figure_right(l->figure));
    double x;
    tv_group(c, "legend");
    for (int k = 0; k < 2; k++) {
        enum tv_side side = (enum tv_side)k;
        struct tv_pen bar = tv_pen_fill(tv_side_color(c, side));
        tv_legend_entry(&g, 12, &x, "%s instances, %s", tv_side_name[k], k ? "below" : "above");
        tv_draw_rect(c, x - 5, g.y - 6, 4, 12, 0, &bar);
        tv_draw_rect(c, x + 1, g.y + (k ? -6 : -2), 4, 8, 0, &bar);
    }
    for (int k = 0; k < 2; k++) {
        struct tv_pen bar = tv_pen_fill(tv_side_light(c, (enum tv_side)k));
        tv_legend_entry(&g, 20, &x, "|u| towards %s", tv_side_name[k]);
        tv_draw_rect(c, x - 10, g.y - 5, 20, 10, 0, &bar);
    }
    for (int k = 0; k < 2 && l->images; k++) {
        struct tv_pen frame = tv_pen_stroke(tv_side_color(c, (enum tv_side)k), 2);
        tv_legend_entry(&g, 12, &x, "%s image", tv_side_name[k]);
        tv_draw_rect(c, x - 5, g.y - 5, 10, 10, 0, &frame);
    }
    tv_group_end(c);
    return g.y + 10;
}

static void draw_page(struct tv_canvas *c, const struct list *l, const struct tv_figure *f)
{
    const struct tv_ranking *r = &l->neurons;
    struct tv_pen rule = tv_pen_stroke(tv_canvas_theme(c)->rule, 1);
    char *text = tv_ranking_text_new(r, f), *subtitle;
    subtitle = tv_format_new("%s" TV_DOT "the %lld %s discriminative of %s", r->text, (long long)r->shown,
                             f->order == TV_ORDER_LEAST ? "least" : "most", text);
    double y = tv_figure_head(c, f, "Features by domain discriminability", subtitle, tv_figure_width(f));
    free(subtitle);
    free(text);
    y = draw_columns(c, l, y + 16);
    for (int64_t k = 0; k < r->shown; k++, y += LINE) {
        if (k > 0) tv_draw_line(c, TV_FIGURE_MARGIN, y, tv_figure_right(l->figure), y, &rule);
        draw_row(c, l, r->order[k], y + LINE / 2);
    }
    tv_canvas_size(c, tv_figure_width(f), draw_legend(c, l, y + 20) + TV_FIGURE_MARGIN - 8);
}

const char *tv_figure_features(struct tv_canvas *c, const struct tv_figure *f)
{
    struct list l = {0};
    const char *error = load(&l, f);
    if (!error) draw_page(c, &l, f);
    list_release(&l);
    return error;
}
