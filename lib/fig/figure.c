/* fig/figure.c - see figure.h and figure_parts.h. */
#include "fig/figure.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/mem.h"
#include "core/names.h"
#include "fig/domain.h"
#include "fig/figure_parts.h"
#include "nn/describe.h"
#include "nn/onnx.h"

const char *const tv_figure_name[] = {"accuracy", "classes",  "instances", "network", "features",
                                      "domains",  "overview", "arch",      "curves",  0};
const char *const tv_figure_sort_name[] = {"difference", "index", "name", "source", "target", "errors", 0};
const char *const tv_figure_order_name[] = {"most", "least", 0};

typedef const char *draw_function(struct tv_canvas *, const struct tv_figure *);
static draw_function *const drawn_by[TV_FIGURES] = {
    tv_figure_accuracy, tv_figure_classes,  tv_figure_instances, tv_figure_network, tv_figure_features,
    tv_figure_domains,  tv_figure_overview, tv_figure_arch,      tv_figure_curves};

/* The tensors that each figure reads; the rest of a stream is verified and passed over. */
static const char *const *globs(int kind)
{
    static const char *const eval[] = {"accuracy/*", "confusion/*", "count/*", "class/*", "score", 0};
    static const char *const map[] = {"tsne", "tsne.kl", "label", "pred", "domain", "path", "image", 0};
    static const char *const sim[] = {"sim/*", "rank/*", "top/*", "links/*", 0};
    static const char *const discrim[] = {"discrim/*", "attrib/*", "peak/*", "feature/*", "label", "domain",
                                          "path",      "image",    0};
    static const char *const all[] = {
        "accuracy/*", "confusion/*", "count/*",   "class/*",  "score",  "tsne",      "tsne.kl",
        "label",      "pred",        "domain",    "path",     "image",  "sim/*",     "rank/*",
        "top/*",      "links/*",     "discrim/*", "attrib/*", "peak/*", "feature/*", 0};
    static const char *const ranks[] = {"top/*", 0};
    static const char *const curves[] = {"curve/*", 0};
    static const char *const *const of[TV_FIGURES] = {eval,    eval, map,   sim,   discrim,
                                                      discrim, all,  ranks, curves};
    return of[kind < TV_FIGURES ? kind : TV_FIGURE_OVERVIEW];
}

static const char *add_model(struct tv_figure *f, const char *path)
{
    if (f->model) return tv_msg("%s: arch shows one model, got a second one", tv_basename(path));
    f->model = TV_NEW(struct tv_graph);
    const char *error = tv_onnx_load(f->model, path, NULL);
    return error ? tv_msg("%s: %s", tv_basename(path), error) : NULL;
}

const char *tv_figure_add(struct tv_figure *f, const char *path)
{
    if (f->kind == TV_FIGURE_ARCH && tv_onnx_is_file(path)) return add_model(f, path);
    f->stream = tv_grow(f->stream, &f->cap, f->n + 1, sizeof *f->stream);
    struct tv_set *s = &f->stream[f->n++];
    *s = (struct tv_set){0};
    tv_set_read(s, path, globs(f->kind));
    if (!tv_set_find(s, "image")) return NULL;
    if (!strcmp(path, "-")) return "stdin: a data set must be a file here: its rows are looked up";
    f->n--;
    tv_set_release(s);
    f->images = tv_grow(f->images, &f->cap_images, f->n_images + 1, sizeof *f->images);
    struct tv_dataset *d = &f->images[f->n_images++];
    const char *error = tv_dataset_open(d, path);
    return error ? error : tv_dataset_load(d);
}

void tv_figure_add_part(struct tv_figure *f, enum tv_figure_part part, const char *path)
{
    static const char *const infer[] = {"pred", "label", "domain", "path", 0};
    f->part[part] = TV_NEW(struct tv_set);
    tv_set_read(f->part[part], path, part >= TV_PART_SOURCE_INFER ? infer : globs(f->kind));
}

void tv_figure_release(struct tv_figure *f)
{
    for (size_t i = 0; i < f->n; i++) tv_set_release(&f->stream[i]);
    for (size_t i = 0; i < f->n_images; i++) tv_dataset_close(&f->images[i]);
    for (int i = 0; i < TV_FIGURE_PARTS; i++) {
        if (f->part[i]) tv_set_release(f->part[i]);
        free(f->part[i]);
    }
    if (f->model) tv_graph_release(f->model);
    free(f->model);
    free(f->stream);
    free(f->images);
}

/* The first `classes` of the streams, the parts or the data sets; NULL without. */
static const char *find_classes(const struct tv_figure *f)
{
    const char *names = NULL;
    for (size_t i = 0; i < f->n && !names; i++) names = tv_attrs_get(&f->stream[i].meta, "classes");
    for (int i = 0; i < TV_FIGURE_PARTS && !names; i++)
        if (f->part[i]) names = tv_attrs_get(&f->part[i]->meta, "classes");
    for (size_t i = 0; i < f->n_images && !names; i++) names = tv_attrs_get(&f->images[i].meta, "classes");
    return names && *names ? names : NULL;
}

void tv_figure_find_names(struct tv_figure *f)
{
    f->class_names = find_classes(f);
    if (f->class_names) f->class_name = tv_split_new(f->class_names, '\n', &f->classes);
    tv_figure_find_domains(f);
}

void tv_figure_forget_names(struct tv_figure *f)
{
    if (f->class_name) tv_split_free(f->class_name);
    f->class_name = NULL;
}

const char *tv_figure_draw(struct tv_canvas *c, const struct tv_figure *f)
{
    struct tv_figure named = *f;
    tv_figure_find_names(&named);
    const char *error = drawn_by[f->kind](c, &named);
    tv_figure_forget_names(&named);
    return error;
}

/* ---- tensors ---- */

const struct tv_tensor *tv_figure_find(const struct tv_figure *f, const char *fmt, ...)
{
    char name[1024];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(name, sizeof name, fmt, ap);
    va_end(ap);
    for (size_t i = 0; i < f->n; i++) {
        const struct tv_tensor *t = tv_set_find(&f->stream[i], name);
        if (t) return t;
    }
    return NULL;
}

const char *tv_figure_shape(const struct tv_tensor *t, int rank, int64_t dim0, int64_t dim1)
{
    if (t->rank != rank) return tv_msg("%s: want %d dimensions, got %s", t->name, rank, tv_tensor_text(t));
    if (rank > 0 && dim0 >= 0 && t->dim[0] != dim0)
        return tv_msg("%s: want %lld rows, got %s", t->name, (long long)dim0, tv_tensor_text(t));
    if (rank > 1 && dim1 >= 0 && t->dim[1] != dim1)
        return tv_msg("%s: want %lld columns, got %s", t->name, (long long)dim1, tv_tensor_text(t));
    return NULL;
}

const char *tv_figure_epochs(const struct tv_figure *f)
{
    const char *epoch[2] = {NULL, NULL};
    bool several = false;
    for (int m = 0; m < 2; m++) {
        const struct tv_tensor *confusion = tv_figure_find(f, "confusion/%s/target-val", tv_side_name[m]);
        const struct tv_tensor *accuracy = tv_figure_find(f, "accuracy/%s/target-val", tv_side_name[m]);
        epoch[m] = confusion ? tv_attrs_get(&confusion->attrs, "epoch") : NULL;
        several |= accuracy && accuracy->rank == 1 && accuracy->dim[0] > 1;
    }
    if (!epoch[0] || !epoch[1] || !several) return "";
    return tv_msg(TV_DOT "source epoch %lld, target epoch %lld", atoll(epoch[0]) + 1, atoll(epoch[1]) + 1);
}

const char *tv_figure_missing(const struct tv_figure *f, const char *wanted, const char *maker)
{
    struct tv_str in = {0};
    for (size_t i = 0; i < f->n; i++) tv_str_add(&in, "%s%s", i ? ", " : "", f->stream[i].name);
    for (size_t i = 0; i < f->n_images; i++) tv_str_add(&in, "%s%s", in.s ? ", " : "", f->images[i].name);
    const char *figure = tv_figure_name[f->kind] ? tv_figure_name[f->kind] : "report";
    const char *message = tv_msg("%s: want %s, found none in %s; %s makes it", figure, wanted,
                                 in.s ? in.s : "no stream at all", maker);
    tv_str_release(&in);
    return message;
}

/* ---- classes ---- */

char *tv_figure_class_new(const struct tv_figure *f, int64_t k)
{
    return k >= 0 && (size_t)k < f->classes ? tv_strdup(f->class_name[k])
                                            : tv_format_new("%lld", (long long)k);
}

const char *tv_figure_class_key(char **key, const struct tv_figure *f, const char *prefix)
{
    int64_t k;
    char class[TV_CLASS_TEXT];
    const char *rest;
    *key = NULL;
    if (f->class && !strcmp(f->class, "all")) return *key = tv_strdup("all"), NULL;
    if (f->class) {
        const char *error = tv_class_find(&k, f->class, f->class_names);
        if (!error) *key = tv_format_new("%lld", (long long)k);
        return error;
    }
    for (size_t i = 0; i < f->n; i++)
        for (size_t t = 0; t < f->stream[i].n; t++)
            if (tv_name_split(f->stream[i].at[t]->name, prefix, class, &rest))
                return *key = tv_strdup(class), NULL;
    return NULL;
}

char *tv_figure_key_text_new(const struct tv_figure *f, const char *key)
{
    int64_t k;
    if (!tv_parse_int(key, &k)) return tv_strdup("All classes");
    char *name = tv_figure_class_new(f, k), *text = tv_format_new("Class %s", name);
    free(name);
    return text;
}

const char *tv_figure_layers(bool *keep, const struct tv_figure *f, const char *const *name,
                             const char *const *node, int n)
{
    struct tv_names names = {.n = (size_t)n, .name = name, .alias = node};
    return tv_names_choose(keep, &names, f->layers);
}

/* ---- the page ---- */

int64_t tv_figure_stride(int64_t n)
{
    int64_t step = n > 2 ? (int64_t)(0.6180339887 * (double)n) : 1;
    for (;; step++) {
        int64_t a = step, b = n;
        while (b) {
            int64_t rest = a % b;
            a = b;
            b = rest;
        }
        if (a == 1 || n < 1) return step;
    }
}

double tv_figure_width(const struct tv_figure *f)
{
    return f->width > 0 ? fmax(f->width, TV_FIGURE_NARROW) : TV_FIGURE_WIDTH;
}
double tv_figure_right(const struct tv_figure *f) { return tv_figure_width(f) - TV_FIGURE_MARGIN; }

double tv_figure_wrap(struct tv_canvas *c, const struct tv_text *style, double x, double y, double width,
                      double line, const char *s)
{
    struct tv_str now = {0};
    while (*s) {
        size_t word = strcspn(s, " "), before = now.len;
        if (before) tv_str_put(&now, " ", 1);
        tv_str_put(&now, s, word);
        if (before && tv_text_width(c, style, now.s) > width) {
            now.s[now.len = before] = 0;
            tv_draw_text_fit(c, style, x, y, width, now.s);
            now.len = 0;
            y += line;
            tv_str_put(&now, s, word);
        }
        s += word;
        while (*s == ' ') s++;
    }
    if (now.len) {
        tv_draw_text_fit(c, style, x, y, width, now.s);
        y += line;
    }
    tv_str_release(&now);
    return y;
}

double tv_figure_head(struct tv_canvas *c, const struct tv_figure *f, const char *title, const char *subtitle,
                      double width)
{
    struct tv_text large = tv_text_style(c, TV_SIZE_TITLE), small = tv_text_style(c, TV_SIZE_BODY);
    large.bold = true;
    small.color = tv_canvas_theme(c)->muted;
    if (f->title) title = f->title;
    if (f->panel) title = tv_msg("%c  %s", f->panel, title);
    tv_canvas_title(c, title, subtitle);
    double x = TV_FIGURE_MARGIN, y = TV_FIGURE_MARGIN + large.size * TV_TEXT_ASCENT;
    tv_group(c, "head");
    tv_draw_text_fit(c, &large, x, y, width - 2 * x, title);
    y = tv_figure_wrap(c, &small, x, y + 22, width - 2 * x, 18, subtitle);
    tv_group_end(c);
    return y;
}
