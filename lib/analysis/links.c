#include "analysis/links.h"
#include "analysis/links_select.h"
#include "core/err.h"
#include "core/mem.h"
#include "core/str.h"
#include "nn/onnx.h"
#include "nn/op.h"
#include "nn/window.h"
#include "num/kernel.h"
#include <stdlib.h>
#include <string.h>

static int64_t max64(int64_t a, int64_t b) { return a > b ? a : b; }

/* ---- preparing a pair ---- */

struct geometry {
    int64_t h, w, kh, kw, sh, sw, pt, pl, dh, dw, ho, wo;
};

/* How the kernel moves over the map; the output size from the layer's value. */
static struct geometry geometry_of(const struct tv_link_map *m)
{
    const struct tv_graph *g = m->g;
    const struct tv_value *x = &g->value[m->input], *y = &g->value[m->node->out[0]];
    struct tv_window w;
    tv_window_read(m->node, &w); /* was read without complaint when the graph was loaded */
    memcpy(w.kernel, g->value[g->layer[m->b].weight].dim + 2, 2 * sizeof *w.kernel);
    return (struct geometry){.h = x->dim[2],
                             .w = x->dim[3],
                             .kh = w.kernel[0],
                             .kw = w.kernel[1],
                             .sh = w.stride[0],
                             .sw = w.stride[1],
                             .dh = w.dilation[0],
                             .dw = w.dilation[1],
                             .pt = tv_window_begin(&w, 0, x->dim[2]),
                             .pl = tv_window_begin(&w, 1, x->dim[3]),
                             .ho = y->dim[2],
                             .wo = y->dim[3]};
}

/* Input channels of b (fc: features) that come from a, grouped by the neuron that they come from. */
static void find_sources(struct tv_link_map *m, const struct tv_link *l, int64_t inputs, bool conv)
{
    int64_t *count = TV_ARRAY(int64_t, (size_t)m->na + 1), used = 0;
    for (int64_t i = 0; i < inputs; i++)
        if (l->channel[i] >= 0) count[l->channel[i]]++, used++;
    m->source = TV_ARRAY(int64_t, (size_t)used + 1);
    m->first = TV_ARRAY(int64_t, (size_t)used + 2);
    m->feature = TV_ARRAY(int64_t, (size_t)used + 1);
    m->offset = TV_ARRAY(int64_t, (size_t)used + 1);
    int64_t at = 0;
    for (int64_t a = 0; a < m->na; a++) {
        if (!count[a]) continue;
        for (int64_t i = 0; i < inputs; i++) {
            if (l->channel[i] != a) continue;
            if (conv || m->sources == 0 || m->source[m->sources - 1] != a) {
                m->first[m->sources] = at;
                m->source[m->sources++] = a;
            }
            m->feature[at++] = i;
        }
    }
    m->first[m->sources] = at;
    free(count);
}

/* Element [row][column] of the weight as [outputs][inputs]. */
static float fc_weight(const struct tv_link_map *m, int64_t b, int64_t feature, bool transposed, float alpha)
{
    const struct tv_value *w = &m->g->value[m->g->layer[m->b].weight];
    const float *d = w->data;
    return alpha * (transposed ? d[b * w->dim[1] + feature] : d[feature * w->dim[1] + b]);
}

static void pack_fc(struct tv_link_map *m)
{
    int64_t nr = tv_kernel()->nr, panels = (m->nb + nr - 1) / nr;
    bool gemm = !strcmp(m->node->op->type, "Gemm"), transposed = gemm && tv_attr_int(m->node, "transB", 0);
    float alpha = gemm ? (float)tv_attr_float(m->node, "alpha", 1) : 1;
    m->packed = tv_alloc((size_t)(m->first[m->sources] * panels * nr), sizeof(float));
    for (int64_t s = 0; s < m->sources; s++) m->offset[s] = m->first[s] * panels * nr;
#pragma omp parallel for schedule(static)
    for (int64_t s = 0; s < m->sources; s++) {
        float *p = m->packed + m->offset[s];
        for (int64_t j = 0; j < panels * nr; j += nr)
            for (int64_t f = m->first[s]; f < m->first[s + 1]; f++, p += nr)
                for (int64_t i = 0; i < nr && j + i < m->nb; i++)
                    p[i] = fc_weight(m, j + i, m->feature[f], transposed, alpha);
    }
}

/* Per source channel: its taps against the output channels of its group. */
static void pack_conv(struct tv_link_map *m)
{
    const struct tv_value *w = &m->g->value[m->g->layer[m->b].weight];
    int64_t nr = tv_kernel()->nr, panels = (m->group_out + nr - 1) / nr;
    m->taps = w->dim[2] * w->dim[3];
    m->packed = tv_alloc((size_t)(m->sources * m->taps * panels * nr), sizeof(float));
    for (int64_t s = 0; s < m->sources; s++) {
        int64_t channel = m->feature[s], group = channel / m->group_in, in = channel % m->group_in;
        float *p = m->packed + (m->offset[s] = s * m->taps * panels * nr);
        for (int64_t j = 0; j < panels * nr; j += nr)
            for (int64_t t = 0; t < m->taps; t++, p += nr)
                for (int64_t i = 0; i < nr && j + i < m->group_out; i++)
                    p[i] = ((const float *)
                                w->data)[((group * m->group_out + j + i) * m->group_in + in) * m->taps + t];
    }
}

const char *tv_link_map_init(struct tv_link_map *m, const struct tv_graph *g, const struct tv_link *l)
{
    const struct tv_layer *a = &g->layer[l->a], *b = &g->layer[l->b];
    *m = (struct tv_link_map){
        .g = g, .a = l->a, .b = l->b, .na = a->channels, .nb = b->channels, .input = b->input};
    m->node = &g->node[b->node];
    const struct tv_value *x = &g->value[b->input], *w = &g->value[b->weight];
    bool conv = b->kind == TV_LAYER_CONV;
    if (conv && (x->rank != 4 || w->rank != 4))
        return tv_msg("layer %s: links want a two-dimensional convolution, got rank %d", b->name, w->rank);
    if (!conv && (x->rank != 2 || w->rank != 2))
        return tv_msg("layer %s: links want one row of features an image, got rank %d", b->name, x->rank);
    m->row = tv_value_row(x);
    if (conv) {
        m->group_in = w->dim[1];
        m->group_out = w->dim[0] / (x->dim[1] / w->dim[1]);
    }
    find_sources(m, l, x->dim[1], conv);
    if (conv)
        pack_conv(m);
    else
        pack_fc(m);
    return NULL;
}

void tv_link_map_release(struct tv_link_map *m)
{
    free(m->source), free(m->first), free(m->feature), free(m->packed), free(m->offset);
    *m = (struct tv_link_map){0};
}

/* ---- values ---- */

/* The patches of one channel map [h][w] as rows of taps, zeros outside. */
static void patches(const struct geometry *q, const float *map, float *rows)
{
    for (int64_t y = 0; y < q->ho; y++)
        for (int64_t x = 0; x < q->wo; x++)
            for (int64_t i = 0; i < q->kh; i++) {
                int64_t iy = y * q->sh - q->pt + i * q->dh;
                for (int64_t j = 0; j < q->kw; j++) {
                    int64_t ix = x * q->sw - q->pl + j * q->dw;
                    bool in = iy >= 0 && iy < q->h && ix >= 0 && ix < q->w;
                    *rows++ = in ? map[iy * q->w + ix] : 0;
                }
            }
}

/* best[j] over all positions for the group's output channels of source s. */
static void conv_source(const struct tv_link_map *m, const struct geometry *q, int64_t s, const float *map,
                        float *rows, float *best)
{
    const struct tv_kernel *k = tv_kernel();
    const float *row[TV_KERNEL_MAX_MR];
    int64_t positions = q->ho * q->wo, columns = (m->group_out + k->nr - 1) / k->nr * k->nr;
    patches(q, map, rows);
    for (int64_t j = 0; j < columns; j++) best[j] = TV_LINK_NONE;
    for (int64_t j = 0; j < columns; j += k->nr)
        for (int64_t p = 0; p < positions; p += k->mr) {
            for (int r = 0; r < k->mr; r++) row[r] = rows + (p + r < positions ? p + r : p) * m->taps;
            k->maximum(m->taps, row, m->packed + m->offset[s] + j * m->taps, best + j);
        }
}

static void conv_values(const struct tv_link_map *m, int64_t images, const float *x, float *v)
{
    struct geometry q = geometry_of(m);
    int64_t pairs = m->na * m->nb;
#pragma omp parallel
    {
        float *rows = tv_alloc_aligned((size_t)(q.ho * q.wo * m->taps), sizeof(float));
        float *best = tv_alloc_aligned((size_t)(m->group_out + TV_KERNEL_MAX_NR), sizeof(float));
#pragma omp for collapse(2) schedule(dynamic)
        for (int64_t i = 0; i < images; i++)
            for (int64_t a = 0; a < m->na;
                 a++) /* one thread owns a row of v: channels of one neuron meet there */
                for (int64_t s = 0; s < m->sources; s++) {
                    if (m->source[s] != a) continue;
                    int64_t channel = m->feature[s], b0 = channel / m->group_in * m->group_out;
                    conv_source(m, &q, s, x + i * m->row + channel * q.h * q.w, rows, best);
                    float *out = v + i * pairs + a * m->nb + b0;
                    for (int64_t b = 0; b < m->group_out; b++) out[b] = best[b] > out[b] ? best[b] : out[b];
                }
        free(rows);
        free(best);
    }
}

static void fc_values(const struct tv_link_map *m, int64_t images, const float *x, float *v)
{
    const struct tv_kernel *k = tv_kernel();
    int64_t pairs = m->na * m->nb, longest = 1;
    for (int64_t s = 0; s < m->sources; s++) longest = max64(longest, m->first[s + 1] - m->first[s]);
#pragma omp parallel
    {
        float *rows = tv_alloc_aligned((size_t)(longest * k->mr), sizeof(float));
        const float *row[TV_KERNEL_MAX_MR];
        for (int r = 0; r < k->mr; r++) row[r] = rows + r * longest;
#pragma omp for schedule(dynamic)
        for (int64_t s = 0; s < m->sources; s++) {
            int64_t n = m->first[s + 1] - m->first[s];
            for (int64_t i = 0; i < images; i += k->mr) {
                int count = (int)(images - i < k->mr ? images - i : k->mr);
                for (int r = 0; r < count; r++)
                    for (int64_t f = 0; f < n; f++)
                        rows[r * longest + f] = x[(i + r) * m->row + m->feature[m->first[s] + f]];
                for (int64_t j = 0; j < m->nb; j += k->nr)
                    k->rows(1, n, row, m->packed + m->offset[s] + j * n,
                            v + i * pairs + m->source[s] * m->nb + j, pairs, count,
                            (int)(m->nb - j < k->nr ? m->nb - j : k->nr), NULL, 0);
            }
        }
        free(rows);
    }
}

void tv_link_values(const struct tv_link_map *m, int64_t images, const float *x, float *v)
{
    int64_t n = images * m->na * m->nb;
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < n; i++) v[i] = TV_LINK_NONE;
    if (m->taps)
        conv_values(m, images, x, v);
    else
        fc_values(m, images, x, v);
}

/* ---- counting ---- */

enum { TILE_BYTES = 128 << 20 };

/* The counts of one class: one entry a map. */
struct class_counts {
    int32_t label;
    int64_t images;
    struct tv_link_counts *map;
};

struct tv_link_table {
    const struct tv_graph *g;
    double share;
    int64_t tile; /* bytes of values at a time */
    struct tv_link_map *map;
    int *slot; /* per map: which of `input` it reads */
    int n;
    int *input, n_inputs;
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
        free(t->cls[c].map);
    }
    for (int i = 0; i < t->n; i++) tv_link_map_release(&t->map[i]);
    free(t->map), free(t->slot), free(t->input), free(t->cls), free(t);
}

int tv_link_table_inputs(const struct tv_link_table *t, const int **value)
{
    *value = t->input;
    return t->n_inputs;
}

int tv_link_table_classes(const struct tv_link_table *t) { return t->classes; }

int64_t tv_link_table_bytes(const struct tv_link_table *t)
{
    int64_t bytes = 0, tile = 0;
    for (int i = 0; i < t->n; i++) {
        int64_t pairs = t->map[i].na * t->map[i].nb;
        bytes += pairs * (int64_t)(sizeof(int32_t) + sizeof(double));
        tile =
            max64(tile, max64(t->tile, 2 * pairs * (int64_t)sizeof(float))); /* the mean is made as large */
    }
    return bytes + tile;
}

/* The counts of a class, inserted in order of labels when new. */
static struct class_counts *class_of(struct tv_link_table *t, int32_t label)
{
    int at = 0;
    while (at < t->classes && t->cls[at].label < label) at++;
    if (at < t->classes && t->cls[at].label == label) return &t->cls[at];
    t->cls = tv_realloc(t->cls, (size_t)t->classes + 1, sizeof *t->cls);
    memmove(t->cls + at + 1, t->cls + at, (size_t)(t->classes - at) * sizeof *t->cls);
    t->classes++;
    t->cls[at] = (struct class_counts){.label = label, .map = TV_ARRAY(struct tv_link_counts, (size_t)t->n)};
    for (int i = 0; i < t->n; i++)
        tv_link_counts_init(&t->cls[at].map[i], t->map[i].na, t->map[i].nb, t->share);
    return &t->cls[at];
}

/* One map for the images index[0..n) of a class, a tile of images at a time. */
static const char *add_images(struct tv_link_counts *counts, int64_t bytes, const struct tv_link_map *m,
                              const float *x, const int64_t *index, int64_t n)
{
    int64_t pairs = m->na * m->nb, tile = max64(1, bytes / (pairs * (int64_t)sizeof(float)));
    if (tile > n) tile = n;
    float *v = tv_alloc_aligned((size_t)(tile * pairs), sizeof *v),
          *rows = tv_alloc_aligned((size_t)(tile * m->row), sizeof *rows);
    const char *err = NULL;
    for (int64_t i = 0; !err && i < n; i += tile) {
        int64_t count = n - i < tile ? n - i : tile;
        for (int64_t k = 0; k < count; k++)
            memcpy(rows + k * m->row, x + index[i + k] * m->row, (size_t)m->row * sizeof *x);
        tv_link_values(m, count, rows, v);
        err = tv_link_counts_add(counts, v, count);
    }
    free(v);
    free(rows);
    return err;
}

const char *tv_link_table_add(struct tv_link_table *t, int64_t images, float *const *x, const int32_t *label)
{
    int64_t *index = TV_ARRAY(int64_t, (size_t)images + 1);
    bool *taken = TV_ARRAY(bool, (size_t)images + 1);
    const char *err = NULL;
    for (int64_t i = 0; !err && i < images; i++) {
        if (label[i] < 0 || taken[i]) continue;
        int64_t n = 0;
        for (int64_t k = i; k < images; k++)
            if (label[k] == label[i]) index[n++] = k, taken[k] = true;
        struct class_counts *c = class_of(t, label[i]);
        c->images += n;
        for (int k = 0; !err && k < t->n; k++)
            err = add_images(&c->map[k], t->tile, &t->map[k], x[t->slot[k]], index, n);
    }
    free(index);
    free(taken);
    return err;
}

static void write_map(const struct tv_link_table *t, const struct class_counts *c, int i, struct tv_writer *w,
                      const char *class_name)
{
    const struct tv_link_map *m = &t->map[i];
    const struct tv_link_counts *counts = &c->map[i];
    int64_t pairs[2] = {m->na, m->nb}, k = tv_link_counts_top_count(counts, t->share), links[2] = {k, 2};
    float *mean = TV_ARRAY(float, (size_t)(m->na * m->nb));
    int32_t *top = TV_ARRAY(int32_t, 2 * (size_t)k);
    tv_link_counts_mean(mean, counts);
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
