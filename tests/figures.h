/* tests/figures.h - made-up streams for the figures: every tensor of share/doc/tensors.md that tv-plot reads,
 * of any size, seeded. */
#ifndef TESTS_FIGURES_H
#define TESTS_FIGURES_H
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/mem.h"
#include "core/str.h"
#include "core/stream.h"
#include "num/rng.h"

static struct tv_rng made_rng;

static inline double made_uniform(void) { return tv_rng_double(&made_rng); }
static inline double made_normal(void) { return tv_rng_normal(&made_rng); }

static inline struct tv_tensor *made(struct tv_set *s, enum tv_dtype t, int rank, int64_t d0, int64_t d1,
                                     int64_t d2, const char *fmt, ...)
{
    char name[256];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(name, sizeof name, fmt, ap);
    va_end(ap);
    return tv_set_add(s, tv_tensor_new(name, t, rank, (int64_t[]){d0, d1, d2, 0}));
}
static inline double *made_f64(struct tv_set *s, int64_t n, const char *name)
{
    return made(s, TV_F64, 1, n, 0, 0, "%s", name)->data;
}
static inline void made_scalar(struct tv_set *s, const char *name, double v)
{
    *(double *)made(s, TV_F64, 0, 0, 0, 0, "%s", name)->data = v;
}
static inline void made_string(struct tv_tensor *t, int64_t i, const char *text)
{
    char **at = (char **)t->data + i;
    free(*at);
    *at = tv_strdup(text);
}

static inline void made_begin(struct tv_set *s, const char *name, uint64_t seed)
{
    *s = (struct tv_set){.name = tv_strdup(name)};
    tv_rng_seed(&made_rng, seed, 7);
}

/* Class names: digits for few classes, words of different lengths for many. */
static inline void made_classes(struct tv_set *s, int64_t classes)
{
    static const char *const word[] = {"cat", "file cabinet", "desktop computer",
                                       "mug", "a & b <c>",    "r\xc3\xa9sum\xc3\xa9"};
    struct tv_str b = {0};
    for (int64_t k = 0; k < classes; k++) {
        tv_str_add(&b, "%s", k ? "\n" : "");
        if (classes <= 10)
            tv_str_add(&b, "%lld", (long long)k);
        else
            tv_str_add(&b, "%s %lld", word[k % 6], (long long)k);
    }
    tv_attrs_set(&s->meta, "classes", b.s ? b.s : "");
    tv_str_release(&b);
}

/* tv-eval's output.  Class 1 of three or more has no instance. */
static inline void made_eval(struct tv_set *s, int64_t classes, int64_t epochs, double errors)
{
    static const char *const role[] = {"source-train", "target-train", "source-val", "target-val"};
    static const char *const model[] = {"source", "target"};
    made_begin(s, "eval.tv", 1);
    made_classes(s, classes);
    for (int m = 0; m < 2; m++) {
        for (int r = 0; r < 4; r++) {
            double *v = made(s, TV_F64, 1, epochs, 0, 0, "accuracy/%s/%s", model[m], role[r])->data;
            for (int64_t e = 0; e < epochs; e++)
                v[e] = 1 - (0.05 + 0.3 * (m != r % 2) + 0.02 * (r / 2)) * (1 + 3 * exp(-(double)e)) / 4;
        }
        int32_t *c = made(s, TV_I32, 2, classes, classes, 0, "confusion/%s/target-val", model[m])->data;
        double *a = made(s, TV_F64, 1, classes, 0, 0, "class/%s-accuracy", model[m])->data;
        for (int64_t k = 0; k < classes; k++) {
            int64_t n = classes > 2 && k == 1 ? 0 : 20, right = 0;
            for (int64_t i = 0; i < n; i++) {
                bool wrong = made_uniform() < errors * (m ? 1 : 3);
                int64_t to = wrong ? (int64_t)tv_rng_below(&made_rng, (uint64_t)classes) : k;
                c[k * classes + to]++;
                right += to == k;
            }
            a[k] = n ? (double)right / (double)n : NAN;
        }
    }
    for (int r = 0; r < 4; r++)
        *(int64_t *)made(s, TV_I64, 0, 0, 0, 0, "count/%s", role[r])->data = 12345 * (r + 1);
    made_scalar(s, "score", 0.235);
}

/* tv-tsne's output with labels, predictions, domains and paths carried along. */
static inline void made_map(struct tv_set *s, int64_t n, int64_t classes)
{
    made_begin(s, "map.tv", 2);
    made_classes(s, classes);
    float *at = made(s, TV_F32, 2, n, 2, 0, "tsne")->data;
    int32_t *label = made(s, TV_I32, 1, n, 0, 0, "label")->data,
            *pred = made(s, TV_I32, 1, n, 0, 0, "pred")->data;
    struct tv_tensor *domain = made(s, TV_STR, 1, n, 0, 0, "domain"),
                     *path = made(s, TV_STR, 1, n, 0, 0, "path");
    for (int64_t i = 0; i < n; i++) {
        int64_t k = (int64_t)tv_rng_below(&made_rng, (uint64_t)classes);
        bool source = i < n / 2;
        label[i] = (int32_t)k;
        pred[i] = (int32_t)(made_uniform() < 0.1 ? (k + 1) % classes : k);
        at[2 * i] = (float)(30 * cos(2.4 * (double)k) + 5 * made_normal() + (source ? 4 : 0));
        at[2 * i + 1] = (float)(20 * sin(2.4 * (double)k) + 5 * made_normal());
        made_string(domain, i, source ? "source" : "target");
        made_string(path, i,
                    tv_msg("%s#%lld", source ? "s.idx" : "t.idx", (long long)(source ? i : i - n / 2)));
    }
    made_scalar(s, "tsne.kl", 1.234);
}

/* A data set of that domain, with the paths of made_map. */
static inline void made_images(struct tv_set *s, const char *domain, int64_t n, int64_t side)
{
    made_begin(s, domain, 3);
    int64_t dim[] = {n, side, side, 3};
    uint8_t *pixel = tv_set_add(s, tv_tensor_new("image", TV_U8, 4, dim))->data;
    int32_t *label = made(s, TV_I32, 1, n, 0, 0, "label")->data;
    struct tv_tensor *d = made(s, TV_STR, 1, n, 0, 0, "domain"), *path = made(s, TV_STR, 1, n, 0, 0, "path");
    for (int64_t i = 0; i < n; i++) {
        for (int64_t p = 0; p < 3 * side * side; p++)
            pixel[i * 3 * side * side + p] =
                (uint8_t)(40 + 3 * (p % 61) + (p / 3 % side == i % side ? 30 : 0));
        label[i] = (int32_t)(i % 10);
        made_string(d, i, domain);
        made_string(path, i, tv_msg("%c.idx#%lld", domain[0], (long long)i));
    }
}

/* tv-attrib's output for them: layers conv1 .. convL of `neurons` channels, with --peaks. */
static inline void made_attrib(struct tv_set *s, const char *domain, int64_t n, int layers, int64_t neurons)
{
    made_begin(s, "attrib.tv", 4);
    struct tv_tensor *d = made(s, TV_STR, 1, n, 0, 0, "domain"), *path = made(s, TV_STR, 1, n, 0, 0, "path");
    for (int64_t i = 0; i < n; i++) {
        made_string(d, i, domain);
        made_string(path, i, tv_msg("%c.idx#%lld", domain[0], (long long)i));
    }
    for (int l = 0; l < layers; l++) {
        float *v = made(s, TV_F32, 2, n, neurons, 0, "attrib/conv%d", l + 1)->data;
        struct tv_tensor *peak = made(s, TV_I32, 2, n, neurons, 0, "peak/conv%d", l + 1);
        for (int64_t i = 0; i < n * neurons; i++) {
            v[i] = (float)made_uniform();
            ((int32_t *)peak->data)[i] = (int32_t)(i % 16);
        }
        if (l == 2) continue; /* sees the whole image */
        tv_attrs_set(&peak->attrs, "map", "4,4");
        tv_attrs_set(&peak->attrs, "start", "-2,-2");
        tv_attrs_set(&peak->attrs, "size", "5,5");
        tv_attrs_set(&peak->attrs, "step", "4,4");
    }
}

/* tv-features' output: images of the first `neurons` neurons of layers conv1 .. convL. */
static inline void made_features(struct tv_set *s, int layers, int64_t neurons)
{
    enum { SIDE = 12 };
    made_begin(s, "features.tv", 9);
    for (int l = 0; l < layers; l++) {
        char *name = tv_format_new("feature/conv%d", l + 1);
        int64_t dim[] = {neurons, SIDE, SIDE, 3};
        uint8_t *pixel = tv_set_add(s, tv_tensor_new(name, TV_U8, 4, dim))->data;
        for (int64_t i = 0; i < neurons * SIDE * SIDE * 3; i++) pixel[i] = (uint8_t)(i * 37 % 251);
        int32_t *which = made(s, TV_I32, 1, neurons, 0, 0, "%s/neuron", name)->data;
        for (int64_t i = 0; i < neurons; i++) which[i] = (int32_t)i;
        free(name);
    }
}

static inline void made_top(struct tv_set *s, int64_t neurons, int64_t top, int shift, const char *name)
{
    int32_t *t = made(s, TV_I32, 1, top, 0, 0, "%s", name)->data;
    for (int64_t k = 0; k < top; k++) t[k] = (int32_t)((7 * k + shift) % neurons);
}

/* tv-sim's output for one class: layers of `neurons` channels, `top` of them important. */
static inline void made_sim(struct tv_set *s, int layers, int64_t neurons, int64_t top)
{
    made_begin(s, "sim.tv", 5);
    made_classes(s, 10);
    for (int l = 0; l < layers; l++) {
        double *v = made(s, TV_F64, 2, neurons, neurons, 0, "sim/3/conv%d", l + 1)->data;
        for (int64_t i = 0; i < neurons * neurons; i++)
            v[i] = i / neurons == i % neurons ? 0.95 : 1.6 * made_uniform() - 0.6;
        made_top(s, neurons, top, 0, tv_msg("sim/3/conv%d/source-top", l + 1));
        made_top(s, neurons, top, 7, tv_msg("sim/3/conv%d/target-top", l + 1));
    }
}

/* tv-weights' output of one model, and what tv-sim says about it (into `sim` unless NULL). */
static inline void made_links(struct tv_set *s, struct tv_set *sim, int layers, int64_t neurons,
                              int64_t links)
{
    made_begin(s, "links.tv", sim ? 6 : 7);
    for (int l = 0; l + 1 < layers; l++) {
        char *name = tv_format_new("links/3/conv%d..conv%d", l + 1, l + 2);
        float *v = made(s, TV_F32, 2, neurons, neurons, 0, "%s/value", name)->data;
        int32_t *t = made(s, TV_I32, 2, links, 2, 0, "%s/top", name)->data;
        bool *inherited =
            sim ? made(sim, TV_BOOL, 1, links, 0, 0, "sim/3/%s/inherited", name + 8)->data : NULL;
        int32_t *pair =
            sim ? made(sim, TV_I32, 2, links, 2, 0, "sim/3/%s/counterpart", name + 8)->data : NULL;
        for (int64_t i = 0; i < neurons * neurons; i++) v[i] = (float)(3 * made_uniform() - 0.2);
        for (int64_t k = 0; k < links; k++) {
            int64_t at = k * 11 % (neurons * neurons);
            t[2 * k] = (int32_t)(at / neurons);
            t[2 * k + 1] = (int32_t)(at % neurons);
            if (inherited) inherited[k] = k % 3 == 0, pair[2 * k] = t[2 * k], pair[2 * k + 1] = 0;
        }
        free(name);
    }
}

/* tv-discrim's output: `neurons` columns over layers conv1, conv2, ..., m instances. */
static inline void made_discrim(struct tv_set *s, int64_t neurons, int64_t m)
{
    made_begin(s, "discrim.tv", 8);
    made_classes(s, 10);
    double *u = made_f64(s, neurons, "discrim/3/u");
    struct tv_tensor *layer = made(s, TV_STR, 1, neurons, 0, 0, "discrim/3/layer");
    int32_t *neuron = made(s, TV_I32, 1, neurons, 0, 0, "discrim/3/neuron")->data;
    int32_t *h = made(s, TV_I32, 3, neurons, 2, 30, "discrim/3/histogram")->data;
    double *range = made(s, TV_F64, 2, neurons, 2, 0, "discrim/3/range")->data;
    double *axes = made(s, TV_F64, 2, neurons, 2, 0, "discrim/3/axes")->data;
    double *at = made(s, TV_F64, 2, m, 2, 0, "discrim/3/projection")->data;
    struct tv_tensor *domain = made(s, TV_STR, 1, m, 0, 0, "discrim/3/domain"),
                     *path = made(s, TV_STR, 1, m, 0, 0, "discrim/3/path");
    int32_t *row = made(s, TV_I32, 1, m, 0, 0, "discrim/3/row")->data;
    int64_t commons = m < 8 ? m / 2 : 4;
    int32_t *common = made(s, TV_I32, 1, commons, 0, 0, "discrim/3/common")->data;
    for (int64_t j = 0; j < neurons; j++) {
        u[j] = made_normal();
        made_string(layer, j, tv_msg("conv%lld", (long long)(1 + 3 * j / neurons)));
        neuron[j] = (int32_t)(j * 7 % 32);
        axes[2 * j] = u[j] / 5;
        axes[2 * j + 1] = made_normal() / 5;
        range[2 * j + 1] = made_uniform();
        for (int b = 0; b < 60; b++) h[60 * j + b] = (int32_t)(10 * made_uniform() * (b % 30 < 20));
    }
    for (int64_t i = 0; i < m; i++) {
        bool source = i < m / 2;
        at[2 * i] = (source ? -1.5 : 1.5) + made_normal();
        at[2 * i + 1] = 2 * made_normal();
        row[i] = (int32_t)(source ? i : i - m / 2);
        made_string(domain, i, source ? "source" : "target");
        made_string(path, i, tv_msg("%c.idx#%d", source ? 's' : 't', row[i]));
    }
    for (int64_t k = 0; k < commons; k++) common[k] = (int32_t)k;
    made_scalar(s, "discrim/3/boundary", 0.1);
    made_scalar(s, "discrim/3/cv", 0.9);
    made_scalar(s, "discrim/3/adistance", 1.6);
}

/* `panels` panels of `series` curves of n points; of every third the first point is missing, the second has a
 * line through the origin, the third any line. */
static inline void made_curves(struct tv_set *s, int panels, int series, int64_t n, double size)
{
    static const char *const reference[] = {NULL, "proportional", "linear"};
    made_begin(s, "curves.tv", 10);
    for (int p = 0; p < panels; p++)
        for (int k = 0; k < series; k++) {
            struct tv_tensor *t =
                made(s, TV_F64, 2, n, 2, 0, "curve/cost of <part> %d/way %d & more", p + 1, k + 1);
            double *at = t->data;
            for (int64_t i = 0; i < n; i++) {
                at[2 * i] = (double)(i + 1);
                at[2 * i + 1] = size * (double)(i + 1) * (k + 1 + made_uniform());
            }
            if (n && k % 3 == 0) at[1] = NAN;
            tv_attrs_set(&t->attrs, "columns", "images,time and time again (s)");
            if (reference[k % 3]) tv_attrs_set(&t->attrs, "reference", reference[k % 3]);
        }
}

static inline void made_write(const struct tv_set *s, const char *path)
{
    struct tv_writer *w = tv_writer_open(path);
    tv_writer_metas(w, &s->meta);
    for (size_t i = 0; i < s->n; i++) tv_writer_put(w, s->at[i]);
    tv_writer_close(w);
}

#endif
