/* Every figure over made-up streams, ordinary and degenerate: it is drawn, the same each time, in well-formed
 * SVG; no text leaves the page or covers another; what is missing is named with the program that makes it. */
#include <stdlib.h>
#include "check.h"
#include "core/mem.h"
#include "fig/figure.h"
#include "fig/figure_parts.h"
#include "figures.h"
#include "scratch.h"
#include "xml.h"

static char about[200]; /* the case, for messages */

static int expect(bool ok, const char *what, const char *detail)
{
    if (!ok) printf("%s: %s: %s\n", about, what, detail);
    return CHECK(ok);
}

/* ---- what holds for every figure ---- */

/* No text beyond the page, no two that overlap by more than a hair. */
static void check_texts(const struct tv_canvas *c)
{
    enum { HAIR = 4 }; /* quarters of a unit */
    struct tv_box *box;
    const char **text;
    size_t n = tv_canvas_texts(c, &box, &text);
    expect(n > 0, "texts", "none");
    for (size_t i = 0; i < n; i++) {
        bool inside = box[i].x0 >= 0 && box[i].y0 >= 0 && box[i].x1 <= tv_canvas_width(c) &&
                      box[i].y1 <= tv_canvas_height(c);
        expect(inside, "text beyond the page", text[i]);
        struct tv_box b = {box[i].x0 + 1.0 / HAIR, box[i].y0 + 1.0 / HAIR, box[i].x1 - 1.0 / HAIR,
                           box[i].y1 - 1.0 / HAIR};
        for (size_t j = 0; j < i; j++)
            if (tv_box_meets(&b, &box[j]))
                expect(false, "texts overlap",
                       tv_msg("\"%s\" (%.0f, %.0f) and \"%s\" (%.0f, %.0f)", text[i], box[i].x0, box[i].y0,
                              text[j], box[j].x0, box[j].y0));
    }
    free(box);
    free(text);
}

static struct tv_str drawn(const struct tv_figure *f, enum tv_format format, int theme, double scale)
{
    struct tv_canvas *c = tv_canvas_new(tv_theme_get(theme), NULL);
    struct tv_str out = {0};
    const char *error = tv_figure_draw(c, f);
    expect(!error, "drawing", error ? error : "");
    if (!error) {
        if (format == TV_SVG) check_texts(c);
        error = tv_canvas_write(&out, c, format, scale);
        expect(!error, "writing", error ? error : "");
    }
    tv_canvas_free(c);
    return out;
}

/* The texts of the figure on a narrow page, and in a font that is much wider. */
static void check_layouts(const char *name, const struct tv_figure *f)
{
    static const struct {
        double width;
        const char *font;
    } layout[] = {{TV_FIGURE_NARROW, NULL}, {0, "DejaVu Sans Mono"}};
    for (size_t k = 0; k < sizeof layout / sizeof *layout; k++) {
        struct tv_canvas *c = tv_canvas_new(tv_theme_get(0), layout[k].font);
        struct tv_figure of = *f;
        of.width = layout[k].width;
        snprintf(about, sizeof about, "%s, %s", name, k ? layout[k].font : "narrow");
        if (expect(!tv_figure_draw(c, &of), "drawing", "fails")) check_texts(c);
        tv_canvas_free(c);
    }
}

static void check_figure(const char *name, const struct tv_figure *f)
{
    check_layouts(name, f);
    snprintf(about, sizeof about, "%s", name);
    struct tv_str svg = drawn(f, TV_SVG, 0, 1), again = drawn(f, TV_SVG, 0, 1);
    if (svg.s && again.s) {
        const char *wrong = xml_wrong(svg.s);
        expect(!wrong, "SVG", wrong ? wrong : "");
        expect(svg.len == again.len && !memcmp(svg.s, again.s, svg.len), "SVG", "differs from run to run");
        expect(svg.len < 5 << 20, "SVG", tv_msg("%zu bytes", svg.len));
    }
    tv_str_release(&svg);
    tv_str_release(&again);
}

/* PNG and PDF twice: equal bytes, and a PNG as wide as asked. */
static void check_pixels(const char *name, const struct tv_figure *f)
{
    snprintf(about, sizeof about, "%s", name);
    for (int k = 0; k < 2; k++) {
        struct tv_str a = drawn(f, k ? TV_PDF : TV_PNG, k, 0.5), b = drawn(f, k ? TV_PDF : TV_PNG, k, 0.5);
        expect(a.len > 100 && a.len == b.len && !memcmp(a.s, b.s, a.len), k ? "PDF" : "PNG",
               "differs from run to run");
        tv_str_release(&a);
        tv_str_release(&b);
    }
}

static void check_missing(struct tv_figure *f, const char *pattern)
{
    struct tv_canvas *c = tv_canvas_new(tv_theme_get(0), NULL);
    const char *error = tv_figure_draw(c, f);
    snprintf(about, sizeof about, "%s", tv_figure_name[f->kind]);
    expect(error && tv_glob(pattern, error), "message", error ? error : "none");
    tv_canvas_free(c);
}

static bool svg_has(const struct tv_figure *f, const char *part)
{
    struct tv_str svg = drawn(f, TV_SVG, 0, 1);
    bool has = svg.s && strstr(svg.s, part);
    tv_str_release(&svg);
    return has;
}

static struct tv_figure figure_of(enum tv_figure_kind kind, struct tv_set *s)
{
    return (struct tv_figure){.kind = (int)kind, .stream = s, .n = s ? 1 : 0};
}

/* ---- the figures ---- */

static void test_accuracy(void)
{
    static const int64_t epochs[] = {10, 1, 2, 100, 0};
    struct tv_set s;
    for (int i = 0; i < 5; i++) {
        made_eval(&s, 10, epochs[i], 0.1);
        struct tv_figure f = figure_of(TV_FIGURE_ACCURACY, &s);
        check_figure(tv_msg("accuracy over %lld epochs", (long long)epochs[i]), &f);
        if (i == 0) {
            check_pixels("accuracy", &f);
            CHECK(svg_has(&f, ">+0.235</text>"));
            CHECK(svg_has(&f, "id=\"series-target-target-val\""));
            *(double *)tv_set_find(&s, "accuracy/target/source-train")->data = NAN;
            double *lost = tv_set_find(&s, "accuracy/source/target-train")->data;
            for (int e = 0; e < 10; e++) lost[e] = NAN;
            *(double *)tv_set_find(&s, "score")->data = NAN;
            f.title = "A title that is far too long for the page, so that it has to be cut somewhere, and so "
                      "on and so forth "
                      "until it does not fit any more at all";
            check_figure("accuracy with NaN", &f);
        }
        tv_set_release(&s);
    }
    struct tv_figure f = figure_of(TV_FIGURE_ACCURACY, NULL);
    check_missing(&f, "accuracy: want accuracy/<model>/<role>, found none in *; tv-eval makes it");
}

static void test_classes(void)
{
    static const int64_t classes[] = {10, 1, 2, 3, 31, 1000, 0};
    struct tv_set s;
    for (int i = 0; i < 7; i++) {
        made_eval(&s, classes[i], 1, i % 2 ? 0 : 0.4);
        struct tv_figure f = figure_of(TV_FIGURE_CLASSES, &s);
        for (f.sort = 0; tv_figure_sort_name[f.sort] && (i < 2 || f.sort < 1); f.sort++)
            check_figure(tv_msg("%lld classes by %s", (long long)classes[i], tv_figure_sort_name[f.sort]),
                         &f);
        f.sort = 0;
        if (i == 0) check_pixels("classes", &f);
        f.top = 5;
        CHECK(svg_has(&f, "further classes") == (classes[i] > 5));
        tv_set_release(&s);
    }
    struct tv_figure f = figure_of(TV_FIGURE_CLASSES, NULL);
    check_missing(&f, "classes: want class/source-accuracy *; tv-eval makes it");
}

/* The order of the rows, and the wrong classes of a known matrix, most frequent first. */
static void test_table(void)
{
    struct tv_set s;
    made_eval(&s, 3, 1, 0);
    memcpy(tv_set_find(&s, "confusion/target/target-val")->data, (int32_t[]){5, 2, 3, 0, 4, 0, 1, 9, 0},
           9 * sizeof(int32_t));
    memcpy(tv_set_find(&s, "class/source-accuracy")->data, (double[]){0.5, 0.25, 0.5}, 3 * sizeof(double));
    memcpy(tv_set_find(&s, "class/target-accuracy")->data, (double[]){0.5, 1, 0}, 3 * sizeof(double));
    struct tv_figure f = figure_of(TV_FIGURE_CLASSES, &s);
    struct tv_str svg = drawn(&f, TV_SVG, 0, 1);
    const char *first = strstr(svg.s, "id=\"class-1\""), *second = strstr(svg.s, "id=\"class-0\""),
               *third = strstr(svg.s, "id=\"class-2\"");
    CHECK(first && second && third && first < second && second < third);
    const char *two = strstr(svg.s, ">2: 3<"), *one = strstr(svg.s, ">1: 2<");
    CHECK(two && one && two < one);
    CHECK(strstr(svg.s, ">" TV_MINUS "0.50<") != NULL);
    CHECK(strstr(svg.s, "source epoch") == NULL);
    tv_str_release(&svg);
    tv_set_release(&s);
    made_eval(&s, 3, 8, 0);
    for (int m = 0; m < 2; m++)
        tv_attrs_set(
            &tv_set_find(&s, m ? "confusion/target/target-val" : "confusion/source/target-val")->attrs,
            "epoch", m ? "5" : "7");
    f = figure_of(TV_FIGURE_CLASSES, &s);
    CHECK(svg_has(&f, "source epoch 8, target epoch 6"));
    tv_set_release(&s);
}

static void test_instances(void)
{
    static const struct {
        int64_t n, classes;
    } size[] = {{400, 10}, {1, 1}, {2, 2}, {3000, 1000}, {100000, 20}, {0, 1}};
    struct tv_set s;
    for (int i = 0; i < 6; i++) {
        made_map(&s, size[i].n, size[i].classes);
        struct tv_figure f = figure_of(TV_FIGURE_INSTANCES, &s);
        check_figure(tv_msg("%lld instances, %lld classes", (long long)size[i].n, (long long)size[i].classes),
                     &f);
        if (size[i].n <= TV_CANVAS_MARKS) {
            f.class = "0";
            check_figure("one class", &f);
            const int32_t *label = tv_set_find(&s, "label")->data;
            int64_t in_class = 0;
            for (int64_t k = 0; k < size[i].n; k++) in_class += label[k] == 0;
            CHECK(svg_has(&f, tv_msg(" of %s)", tv_text_count(in_class))));
        } else {
            CHECK(svg_has(&f, "<image") && !svg_has(&f, "class=\"instance\""));
        }
        if (i == 0) {
            check_pixels("instances", &f);
            f.class = "99";
            check_missing(&f, "no class 99*");
            int32_t *label = tv_set_find(&s, "label")->data, was = label[3];
            label[3] = 1 << 30;
            check_missing(&f, "label: want classes below *, got 1073741824 in row 3");
            label[3] = was;
            f.class = NULL;
            ((float *)tv_set_find(&s, "tsne")->data)[0] = NAN;
            ((int32_t *)tv_set_find(&s, "label")->data)[1] = -1;
            tv_set_find(&s, "pred")->name[0] = 'x';
            check_figure("instances without predictions", &f);
        }
        tv_set_release(&s);
    }
    struct tv_figure f = figure_of(TV_FIGURE_INSTANCES, NULL);
    check_missing(&f, "instances: want a map `tsne`, found none in *; tv-tsne makes it");
}

static void test_network(void)
{
    static const struct {
        int layers;
        int64_t neurons, top, links, shown;
        bool no_rest, no_source;
    } size[] = {{5, 64, 7, 40, 0, false, false},       {1, 4, 1, 0, 0, false, false},
                {2, 10, 10, 99, 0, false, false},      {3, 256, 26, 600, 0, true, false},
                {8, 32, 4, 20, 0, false, true},        {2, 1, 1, 1, 0, false, false},
                {2, 600, 60, 3000, 100, false, false}, {3, 1024, 30, 0, 15, false, false}};
    for (int i = 0; i < 8; i++) {
        struct tv_set sim, source, target;
        made_sim(&sim, size[i].layers, size[i].neurons, size[i].top);
        made_links(&target, &sim, size[i].layers, size[i].neurons, size[i].links);
        made_links(&source, NULL, size[i].layers, size[i].neurons, size[i].links);
        struct tv_figure f = figure_of(TV_FIGURE_NETWORK, &sim);
        f.no_rest = size[i].no_rest, f.no_source_weights = size[i].no_source, f.top = size[i].shown;
        if (i < 7) ((double *)tv_set_find(&sim, "sim/3/conv1")->data)[0] = NAN;
        check_figure(tv_msg("network of %d layers without links", size[i].layers), &f);
        f.part[TV_PART_SOURCE_LINKS] = &source;
        f.part[TV_PART_TARGET_LINKS] = &target;
        if (size[i].links && size[i].layers > 1)
            check_figure(
                tv_msg("network of %d layers, %lld neurons", size[i].layers, (long long)size[i].neurons), &f);
        if (i == 0) {
            check_pixels("network", &f);
            CHECK(svg_has(&f, "data-inherited=\"1\"") && svg_has(&f, "class=\"box\""));
            CHECK(svg_has(&f, "id=\"links-source-conv1-conv2\""));
            f.no_source_weights = true;
            CHECK(!svg_has(&f, "id=\"links-source-conv1-conv2\""));
            f.no_rest = true;
            CHECK(!svg_has(&f, "class=\"box\"") && !svg_has(&f, "class=\"histogram\""));
            f.layers = "conv9";
            check_missing(&f, "no layer conv9*");
            f.layers = NULL;
            f.class = "4";
            check_missing(&f, "network: want sim/4/<layer>, found none in sim.tv; tv-sim makes it");
        }
        tv_set_release(&sim);
        tv_set_release(&source);
        tv_set_release(&target);
    }
}

/* The alternation that lets the corners belong to one model each, and the cells' order. */
static void test_zigzag(void)
{
    struct tv_set sim, target;
    made_sim(&sim, 3, 20, 2);
    made_links(&target, &sim, 3, 20, 30);
    struct tv_figure f = figure_of(TV_FIGURE_NETWORK, &sim);
    f.part[TV_PART_TARGET_LINKS] = &target;
    CHECK(svg_has(&f, "id=\"matrix-conv1\" data-layer=\"conv1\" data-rows=\"target\""));
    CHECK(svg_has(&f, "id=\"matrix-conv2\" data-layer=\"conv2\" data-rows=\"source\""));
    CHECK(svg_has(&f, "id=\"matrix-conv3\" data-layer=\"conv3\" data-rows=\"target\""));
    CHECK(svg_has(&f, "id=\"neuron-source-conv1-0\" data-rank=\"1\""));
    CHECK(svg_has(&f, "id=\"neuron-target-conv1-7\" data-rank=\"1\""));
    CHECK(svg_has(&f, "id=\"sim-conv1-7-7\" data-source=\"7\" data-target=\"7\" data-value=\"0.95\""));
    for (size_t i = 0; i < sim.n; i++)
        if (strstr(sim.at[i]->name, "target-top")) sim.at[i]->name[0] = 'x';
    check_missing(&f, "network: want the important neurons sim/3/conv1/target-top*--target-ranks, makes it");
    tv_set_release(&sim);
    tv_set_release(&target);
    struct tv_figure none = figure_of(TV_FIGURE_NETWORK, NULL);
    check_missing(&none, "network: want sim/<class>/<layer>, found none in *; tv-sim makes it");
}

static void test_features(void)
{
    struct tv_set s[4], images;
    made_discrim(&s[0], 40, 60);
    made_attrib(&s[1], "source", 30, 3, 32);
    made_attrib(&s[2], "target", 30, 3, 32);
    struct tv_figure f = figure_of(TV_FIGURE_FEATURES, s);
    check_figure("features", &f);
    f.order = TV_ORDER_LEAST;
    check_figure("least discriminative features", &f);
    char *path[2];
    f = figure_of(TV_FIGURE_FEATURES, NULL);
    for (int k = 0; k < 2; k++) {
        made_images(&images, k ? "target" : "source", 30, 16);
        path[k] = tv_strdup(scratch(k ? "target.tv" : "source.tv"));
        made_write(&images, path[k]);
        tv_set_release(&images);
        CHECK(!tv_figure_add(&f, path[k])); /* a data set: does not become a stream */
    }
    CHECK(f.n == 0 && f.n_images == 2);
    made_features(&s[3], 3, 32);
    f.stream = tv_realloc(f.stream, 4, sizeof *f.stream);
    memcpy(f.stream, s, sizeof s);
    f.n = 3;
    CHECK(!svg_has(&f, "class=\"feature\""));
    f.n = 4;
    check_figure("features with images", &f);
    CHECK(svg_has(&f, "class=\"feature\""));
    check_pixels("features", &f);
    CHECK(svg_has(&f, "class=\"patch\"") && svg_has(&f, ">Top-activating patches<"));
    tv_figure_release(&f);
    made_discrim(s, 1, 2);
    memset(tv_set_find(s, "discrim/3/histogram")->data, 0, 60 * sizeof(int32_t));
    ((double *)tv_set_find(s, "discrim/3/range")->data)[0] = NAN;
    struct tv_figure one = figure_of(TV_FIGURE_FEATURES, s);
    check_figure("one feature", &one);
    tv_set_release(s);
    one = figure_of(TV_FIGURE_FEATURES, NULL);
    check_missing(&one, "features: want discrim/<class>/u, found none in *; tv-discrim makes it");
    for (int k = 0; k < 2; k++) free(path[k]);
}

static void test_domains(void)
{
    static const int64_t size[][2] = {{40, 60}, {1, 2}, {3, 3}, {20, 12000}, {0, 0}};
    struct tv_set s;
    for (int i = 0; i < 5; i++) {
        made_discrim(&s, size[i][0], size[i][1]);
        struct tv_figure f = figure_of(TV_FIGURE_DOMAINS, &s);
        check_figure(
            tv_msg("domains: %lld neurons, %lld instances", (long long)size[i][0], (long long)size[i][1]),
            &f);
        f.top = 12;
        check_figure("domains with twelve axes", &f);
        if (i == 0) check_pixels("domains", &f);
        if (i == 0)
            CHECK(svg_has(&f, ">source side<") && svg_has(&f, ">target side<") &&
                  svg_has(&f, ">decision boundary<"));
        double *at = tv_set_find(&s, "discrim/3/projection")->data;
        for (int64_t k = 0; k < 2 * size[i][1]; k++) at[k] = 0;
        *(double *)tv_set_find(&s, "discrim/3/boundary")->data = NAN;
        check_figure("domains in one point, without a boundary", &f);
        tv_set_release(&s);
    }
    struct tv_figure f = figure_of(TV_FIGURE_DOMAINS, NULL);
    check_missing(&f, "domains: want discrim/<class>/u, found none in *; tv-discrim makes it");
}

/* Thumbnails are found by domain and path. */
static void test_thumbnails(void)
{
    struct tv_set map, images;
    made_map(&map, 60, 5);
    const char *path = scratch("images.tv");
    made_images(&images, "source", 30, 8);
    made_write(&images, path);
    tv_set_release(&images);
    struct tv_figure f = {.kind = TV_FIGURE_INSTANCES, .thumbnails = 12};
    CHECK(!tv_figure_add(&f, path));
    f.stream[0] = map; /* room for one was made */
    f.n = 1;
    check_figure("instances with thumbnails", &f);
    CHECK(svg_has(&f, "class=\"thumbnail\""));
    tv_figure_release(&f);
}

/* Panels keep apart whatever their proportions are, and their ids stay unique (xml.h). */
static void test_overview(void)
{
    static const int64_t classes[] = {2, 10, 1000};
    for (int i = 0; i < 3; i++) {
        struct tv_set s[4], links[2];
        int layers = i == 0 ? 1 : 4;
        made_eval(&s[0], classes[i], 5, 0.2);
        made_map(&s[1], 200, classes[i]);
        made_sim(&s[2], layers, 24, 6);
        made_discrim(&s[3], 20, 40);
        made_links(&links[0], NULL, layers, 24, 30);
        made_links(&links[1], &s[2], layers, 24, 30);
        struct tv_figure f = figure_of(TV_FIGURE_OVERVIEW, s);
        f.n = 4;
        f.part[TV_PART_SOURCE_LINKS] = &links[0];
        f.part[TV_PART_TARGET_LINKS] = &links[1];
        check_figure(tv_msg("overview of %lld classes", (long long)classes[i]), &f);
        if (i == 1) check_pixels("overview", &f);
        CHECK(svg_has(&f, "id=\"panel-domains\""));
        f.n = 1;
        check_missing(&f, "network: want sim*");
        for (int k = 0; k < 4; k++) tv_set_release(&s[k]);
        for (int k = 0; k < 2; k++) tv_set_release(&links[k]);
    }
}

static void test_curves(void)
{
    static const struct {
        int panels, series;
        int64_t n;
        double size;
    } shape[] = {{3, 2, 5, 1},    {1, 1, 1, 1},     {2, 20, 100, 1e-9}, {4, 3, 5, -2e7},
                 {7, 4, 64, 1e4}, {1, 3, 20000, 1}, {1, 2, 0, 1},       {5, 2, 3, 0}};
    struct tv_set s;
    for (size_t i = 0; i < sizeof shape / sizeof *shape; i++) {
        made_curves(&s, shape[i].panels, shape[i].series, shape[i].n, shape[i].size);
        struct tv_figure f = figure_of(TV_FIGURE_CURVES, &s);
        check_figure(tv_msg("curves: %d panels, %d series, %lld points", shape[i].panels, shape[i].series,
                            (long long)shape[i].n),
                     &f);
        CHECK(svg_has(&f, "class=\"point\"") == (shape[i].n > (shape[i].n == 1) && shape[i].n <= 64));
        CHECK(svg_has(&f, "<image") == (shape[i].n > TV_CANVAS_MARKS));
        if (i == 0) check_pixels("curves", &f);
        tv_set_release(&s);
    }
}

/* Points where they belong, the fitted line, axes from zero; what is no curve is named. */
static void test_curve_values(void)
{
    struct tv_set s;
    made_curves(&s, 1, 2, 3, 1);
    struct tv_tensor *t = tv_set_find(&s, "curve/cost of <part> 1/way 2 & more");
    memcpy(t->data, (double[]){10, 5, 20, 10, 40, 20}, 6 * sizeof(double));
    struct tv_figure f = figure_of(TV_FIGURE_CURVES, &s);
    CHECK(svg_has(&f,
                  "data-series=\"way 2 &amp; more\" data-intercept=\"0\" data-slope=\"0.5\" data-r2=\"1\" "
                  "data-deviation=\"0\""));
    CHECK(svg_has(&f, "data-x=\"40\" data-y=\"20\""));
    CHECK(svg_has(&f, ">images<") && svg_has(&f, ">time and time again (s)<") && svg_has(&f, ">0<"));
    CHECK(svg_has(&f, ">off the line by at most 0.0\xc2\xa0%<"));
    /* a straight line may cross the axis below the points: it ends at them, so that the axis begins at 0 */
    tv_attrs_set(&t->attrs, "reference", "linear");
    memcpy(t->data, (double[]){1, 0, 2, 10, 3, 20}, 6 * sizeof(double));
    CHECK(svg_has(&f, "data-intercept=\"-10\" data-slope=\"10\"") && !svg_has(&f, ">" TV_MINUS));
    tv_attrs_set(&t->attrs, "reference", "straight");
    check_missing(&f, "curve/*: reference: want proportional or linear, got 'straight'");
    tv_attrs_set(&t->attrs, "reference", "linear");
    tv_attrs_set(&s.at[0]->attrs, "columns", "images");
    check_missing(&f, "curve/*: want two columns, comma-separated, got 'images'");
    tv_attrs_remove(&s.at[0]->attrs, "columns");
    struct tv_set twice[2] = {s, s};
    struct tv_figure both = figure_of(TV_FIGURE_CURVES, twice);
    both.n = 2;
    check_missing(&both, "curve/*: is in two streams; tv-select --rename makes the names differ");
    t->dim[0] = 2, t->dim[1] = 3;
    check_missing(&f, "curve/*: want 2 columns, got f64*");
    t->dim[0] = 3, t->dim[1] = 2;
    strcpy(t->name, "curve/alone");
    check_missing(&f, "curve/alone: want a name curve/<panel>/<series>; *");
    tv_set_release(&s);
    made_curves(&s, 1, 21, 3, 1);
    check_missing(&f, "curves: want at most 20 series, got 21*");
    tv_set_release(&s);
    struct tv_figure none = figure_of(TV_FIGURE_CURVES, NULL);
    check_missing(&none, "curves: want curve/<panel>/<series>, found none in *; tv-import*makes it");
}

int main(void)
{
    test_accuracy();
    test_classes();
    test_table();
    test_instances();
    test_network();
    test_zigzag();
    test_features();
    test_overview();
    test_domains();
    test_thumbnails();
    test_curves();
    test_curve_values();
    return check_done();
}
