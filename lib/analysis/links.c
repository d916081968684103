/* analysis/links.c - link counts of a data set, class by class; see links.h. */
#include "analysis/links.h"
#include "analysis/links_select.h"
#include "analysis/share.h"
#include "core/err.h"
#include "core/mem.h"
#include "core/str.h"
#include <omp.h>
#include <stdlib.h>
#include <string.h>

static int64_t min64(int64_t a, int64_t b) { return a < b ? a : b; }
static int64_t max64(int64_t a, int64_t b) { return a > b ? a : b; }

enum { TILE_BYTES = 128 << 20 };

/* The counts of one class: one entry a map.  A fully-connected layer's mean value is that of its mean input.
 */
struct class_counts {
    int32_t label;
    int64_t images;
    struct tv_link_counts *map;
    double **sum; /* per input of fully-connected layers: its rows added up */
};

struct tv_link_table {
    const struct tv_graph *g;
    double share;
    int64_t tile; /* bytes of values kept at a time */
    struct tv_link_map *map;
    int *slot; /* per map: which of `input` it reads */
    int n;
    int *input, n_inputs;
    struct tv_link_scan scan;
    struct class_counts *cls; /* ascending labels */
    int classes;
};

static int input_slot(struct tv_link_table *t, int value)
{
    for (int i = 0; i < t->n_inputs; i++)
        if (t->input[i] == value) return i;
    t->input[t->n_inputs] = value;
    return t->n_inputs++;
}

static const char *add_map(struct tv_link_table *t, const struct tv_link *link)
{
    const struct tv_layer *a = &t->g->layer[link->a], *b = &t->g->layer[link->b];
    const char *err = tv_link_counts_check(a->channels, b->channels);
    if (!err) err = tv_link_map_init(&t->map[t->n], t->g, link);
    if (!err) t->slot[t->n++] = input_slot(t, b->input);
    return err;
}

const char *tv_link_table_new(struct tv_link_table **out, const struct tv_graph *g, const bool *chosen,
                              double share, int64_t tile)
{
    int n;
    struct tv_link *link = tv_graph_links_new(g, &n);
    struct tv_link_table *t = *out = TV_NEW(struct tv_link_table);
    t->g = g;
    t->share = share;
    t->tile = tile ? tile : TILE_BYTES;
    t->map = TV_ARRAY(struct tv_link_map, (size_t)n + 1);
    t->slot = TV_ARRAY(int, (size_t)n + 1);
    t->input = TV_ARRAY(int, (size_t)n + 1);
    const char *err = NULL;
    for (int i = 0; !err && i < n; i++)
        if (chosen[link[i].a] && chosen[link[i].b]) err = add_map(t, &link[i]);
    tv_links_free(link, n);
    if (!err && !t->n)
        err = "no two of the chosen layers are consecutive; --layers takes ranges such as conv1..fc7";
    return err;
}

void tv_link_table_free(struct tv_link_table *t)
{
    if (!t) return;
    for (int c = 0; c < t->classes; c++) {
        for (int i = 0; i < t->n; i++) tv_link_counts_release(&t->cls[c].map[i]);
        for (int i = 0; i < t->n_inputs; i++) free(t->cls[c].sum[i]);
        free(t->cls[c].map), free(t->cls[c].sum);
    }
    for (int i = 0; i < t->n; i++) tv_link_map_release(&t->map[i]);
    tv_link_scan_release(&t->scan);
    free(t->map), free(t->slot), free(t->input), free(t->cls), free(t);
}

int tv_link_table_inputs(const struct tv_link_table *t, const int **value)
{
    *value = t->input;
    return t->n_inputs;
}

int tv_link_table_classes(const struct tv_link_table *t) { return t->classes; }

static bool fully_connected(const struct tv_link_map *m) { return !m->taps; }

struct tv_link_bytes tv_link_table_bytes(const struct tv_link_table *t, int64_t images)
{
    struct tv_link_bytes b = {0};
    for (int i = 0; i < t->n; i++) {
        const struct tv_link_map *m = &t->map[i];
        int64_t pairs = m->na * m->nb, links = tv_share_count(t->share, m->exist),
                counted = images < 0 ? pairs : min64(pairs, images * links); /* each image counts so many */
        b.held += pairs * (int64_t)(sizeof(int32_t) + (fully_connected(m) ? 0 : sizeof(double)));
        if (fully_connected(m)) b.held += m->row * (int64_t)sizeof(double);
        b.passing = max64(b.passing, max64(t->tile, tv_topk_bytes(links, m->nb)));
        /* the mean, what is sorted of those that are counted, the links */
        b.writing = max64(b.writing, (pairs + 4 * counted + 2 * links) * (int64_t)sizeof(float));
    }
    return b;
}

/* The index of a class's counts, inserted in order of labels when new. */
static int class_of(struct tv_link_table *t, int32_t label)
{
    int at = 0;
    while (at < t->classes && t->cls[at].label < label) at++;
    if (at < t->classes && t->cls[at].label == label) return at;
    t->cls = tv_realloc(t->cls, (size_t)t->classes + 1, sizeof *t->cls);
    memmove(t->cls + at + 1, t->cls + at, (size_t)(t->classes - at) * sizeof *t->cls);
    t->classes++;
    struct class_counts *c = &t->cls[at];
    *c = (struct class_counts){.label = label,
                               .map = TV_ARRAY(struct tv_link_counts, (size_t)t->n),
                               .sum = TV_ARRAY(double *, (size_t)t->n_inputs)};
    for (int i = 0; i < t->n; i++) {
        const struct tv_link_map *m = &t->map[i];
        double **sum = &c->sum[t->slot[i]];
        tv_link_counts_init(&c->map[i], m->na, m->nb, m->exist, t->share, !fully_connected(m));
        if (fully_connected(m) && !*sum) *sum = TV_ARRAY(double, (size_t)m->row);
    }
    return at;
}

/* How many of n > 0 images pass at once.  Fully-connected layers' images are dealt out to the threads, where
 * there are as many; else every thread has a buffer for every image. */
static int64_t tile_images(const struct tv_link_table *t, int k, int64_t n)
{
    const struct tv_link_counts *l = &t->cls[0].map[k];
    int64_t threads = omp_get_max_threads(), tile = tv_link_scan_images(l, t->tile, 1);
    if (!fully_connected(&t->map[k]) || n < threads || tile < threads)
        return tv_link_scan_images(l, t->tile, (int)threads);
    int64_t tiles = (n + tile - 1) / tile;
    return ((n + tiles - 1) / tiles + threads - 1) / threads * threads;
}

/* Map `k` for n images. */
static const char *add_images(struct tv_link_table *t, int k, int64_t n, const float *const *x,
                              const int *class)
{
    struct tv_link_counts **of = TV_ARRAY(struct tv_link_counts *, (size_t)n + 1);
    for (int64_t i = 0; i < n; i++) of[i] = &t->cls[class[i]].map[k];
    int64_t tile = n ? tile_images(t, k, n) : 1;
    const char *err = NULL;
    for (int64_t i = 0; !err && i < n; i += tile) {
        tv_link_scan_begin(&t->scan, of + i, n - i < tile ? n - i : tile);
        tv_link_scan_values(&t->map[k], x + i, &t->scan);
        err = tv_link_scan_end(&t->scan);
    }
    free(of);
    return err;
}

/* Adds up the rows of input `slot`, image after image. */
static void add_inputs(struct tv_link_table *t, int slot, int64_t row, int64_t n, const float *const *x,
                       const int *class)
{
#pragma omp parallel for schedule(static)
    for (int64_t f = 0; f < row; f++)
        for (int64_t i = 0; i < n; i++) t->cls[class[i]].sum[slot][f] += (double)x[i][f];
}

static const char *add_known(struct tv_link_table *t, int64_t n, const int64_t *index, const int *class,
                             float *const *x)
{
    const float **row = TV_ARRAY(const float *, (size_t)n + 1);
    const char *err = NULL;
    for (int k = 0; !err && k < t->n; k++) {
        int slot = t->slot[k];
        for (int64_t i = 0; i < n; i++) row[i] = x[slot] + index[i] * t->map[k].row;
        err = add_images(t, k, n, row, class);
        bool first = true; /* of the maps that read this input */
        for (int j = 0; j < k; j++) first &= t->slot[j] != slot;
        if (fully_connected(&t->map[k]) && first) add_inputs(t, slot, t->map[k].row, n, row, class);
    }
    free(row);
    return err;
}

const char *tv_link_table_add(struct tv_link_table *t, int64_t images, float *const *x, const int32_t *label)
{
    int64_t *index = TV_ARRAY(int64_t, (size_t)images + 1), n = 0;
    int *class = TV_ARRAY(int, (size_t)images + 1);
    for (int64_t i = 0; i < images; i++)
        if (label[i] >= 0) class_of(t, label[i]), index[n++] = i;
    for (int64_t i = 0; i < n; i++) t->cls[class[i] = class_of(t, label[index[i]])].images++;
    const char *err = add_known(t, n, index, class, x);
    free(index);
    free(class);
    return err;
}

/* mean [na][nb] of the values of map i */
static void mean_of(float *mean, const struct tv_link_table *t, const struct class_counts *c, int i)
{
    const struct tv_link_map *m = &t->map[i];
    if (!fully_connected(m)) {
        tv_link_counts_mean(mean, &c->map[i]);
        return;
    }
    double *x = TV_ARRAY(double, (size_t)m->row);
    for (int64_t f = 0; f < m->row; f++) x[f] = c->sum[t->slot[i]][f] / (double)c->images;
    tv_link_fc_mean(mean, m, x);
    free(x);
}

static void write_map(const struct tv_link_table *t, const struct class_counts *c, int i, struct tv_writer *w,
                      const char *class_name)
{
    const struct tv_link_map *m = &t->map[i];
    const struct tv_link_counts *counts = &c->map[i];
    int64_t pairs[2] = {m->na, m->nb}, k = tv_link_counts_top_count(counts, t->share), links[2] = {k, 2};
    float *mean = tv_alloc_aligned((size_t)(m->na * m->nb), sizeof *mean);
    int32_t *top = TV_ARRAY(int32_t, 2 * (size_t)k);
    mean_of(mean, t, c, i);
    tv_link_counts_top(top, k, counts, mean);
    struct tv_attrs attrs = {0};
    if (class_name) tv_attrs_set(&attrs, "class-name", class_name);
    tv_attrs_setf(&attrs, "instances", "%lld", (long long)c->images);
    char *name = tv_format_new("links/%d/%s..%s", c->label, t->g->layer[m->a].name, t->g->layer[m->b].name),
         *value = tv_format_new("%s/value", name), *best = tv_format_new("%s/top", name);
    tv_writer_array(w, name, TV_I32, 2, pairs, counts->count, &attrs);
    tv_writer_array(w, value, TV_F32, 2, pairs, mean, &attrs);
    tv_writer_array(w, best, TV_I32, 2, links, top, &attrs);
    tv_attrs_release(&attrs);
    free(name), free(value), free(best), free(mean), free(top);
}

void tv_link_table_write(const struct tv_link_table *t, struct tv_writer *w, char *const *class_name,
                         size_t classes)
{
    for (int c = 0; c < t->classes; c++)
        for (int i = 0; i < t->n; i++)
            write_map(t, &t->cls[c], i, w,
                      (size_t)t->cls[c].label < classes ? class_name[t->cls[c].label] : NULL);
}
