/* analysis/links_values.c - layers prepared for links, and their values; see links.h. */
#include "analysis/links_select.h"
#include "analysis/links.h"
#include "core/err.h"
#include "core/mem.h"
#include "nn/onnx.h"
#include "nn/op.h"
#include "nn/window.h"
#include "num/kernel.h"
#include "num/simd.h"
#include <omp.h>
#include <stdlib.h>
#include <string.h>

/* ---- preparing a pair ---- */

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
    m->row_first = TV_ARRAY(int64_t, (size_t)m->sources + 1);
    for (int64_t s = 0; s < m->sources; s++)
        if (s == 0 || m->source[s] != m->source[s - 1]) m->row_first[m->rows++] = s;
    m->row_first[m->rows] = m->sources;
}

/* A fully-connected layer's weight as it is stored. */
struct fc_weight {
    const float *data;
    int64_t ld;
    bool transposed; /* [outputs][inputs] */
    float alpha;
};

/* Columns j..j+nr of the features [f0, f1) into their sources' panels.  A few features at a time: their
 * weights lie side by side when the weight is transposed. */
static void pack_fc_panel(struct tv_link_map *m, const struct fc_weight *w, int64_t nr, int64_t j, int64_t s0,
                          int64_t s1)
{
    int64_t width = m->nb - j < nr ? m->nb - j : nr;
    for (int64_t i = 0; i < nr; i++)
        for (int64_t s = s0; s < s1; s++) {
            int64_t n = m->first[s + 1] - m->first[s];
            float *p = m->packed + m->offset[s] + j * n + i;
            for (int64_t f = 0; f < n; f++) {
                int64_t feature = m->feature[m->first[s] + f];
                p[f * nr] = i >= width      ? 0
                            : w->transposed ? w->alpha * w->data[(j + i) * w->ld + feature]
                                            : w->alpha * w->data[feature * w->ld + j + i];
            }
        }
}

static void pack_fc(struct tv_link_map *m)
{
    enum { SOURCES = 16 };
    int64_t nr = tv_kernel()->nr, columns = tv_products_blocks(m->nb) * TV_PRODUCTS_BLOCK;
    const struct tv_value *v = &m->g->value[m->g->layer[m->b].weight];
    bool gemm = !strcmp(m->node->op->type, "Gemm");
    struct fc_weight w = {v->data, v->dim[1], gemm && tv_attr_int(m->node, "transB", 0),
                          gemm ? (float)tv_attr_float(m->node, "alpha", 1) : 1};
    m->packed = tv_alloc_aligned((size_t)(m->first[m->sources] * columns), sizeof(float));
    for (int64_t s = 0; s < m->sources; s++) m->offset[s] = m->first[s] * columns;
#pragma omp parallel for collapse(2) schedule(static)
    for (int64_t s = 0; s < m->sources; s += SOURCES)
        for (int64_t j = 0; j < m->nb; j += nr)
            pack_fc_panel(m, &w, nr, j, s, s + SOURCES < m->sources ? s + SOURCES : m->sources);
    if (m->first[m->sources] == m->sources) tv_products_init(&m->products, m->sources, m->nb, m->packed);
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

/* Pairs of neurons that a weight joins; channels of one neuron may meet in one group. */
static int64_t count_pairs(const struct tv_link_map *m, bool conv)
{
    int64_t pairs = 0, last_source = -1, last_group = -1;
    for (int64_t s = 0; s < m->sources; s++) {
        int64_t group = conv ? m->feature[s] / m->group_in : 0;
        if (m->source[s] == last_source && group == last_group) continue;
        pairs += conv ? m->group_out : m->nb;
        last_source = m->source[s];
        last_group = group;
    }
    return pairs;
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
    m->exist = count_pairs(m, conv);
    if (conv)
        pack_conv(m);
    else
        pack_fc(m);
    return NULL;
}

void tv_link_map_release(struct tv_link_map *m)
{
    free(m->source), free(m->first), free(m->feature), free(m->packed), free(m->offset);
    free(m->row_first);
    tv_products_release(&m->products);
    *m = (struct tv_link_map){0};
}

/* ---- values ---- */

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

/* The map [h][w] of one channel, tap by tap: rows[t][p] is what tap t meets at output position p, zeros
 * outside. Positions are filled up with the first one to a multiple of the kernel's. */
static void taps_of(const struct geometry *q, const float *map, float *rows, int64_t ld)
{
    int64_t positions = q->ho * q->wo;
    for (int64_t i = 0; i < q->kh; i++)
        for (int64_t j = 0; j < q->kw; j++, rows += ld) {
            int64_t from = q->dw * j - q->pl, x0 = from < 0 ? (-from + q->sw - 1) / q->sw : 0,
                    x1 = from < q->w ? (q->w - from + q->sw - 1) / q->sw : 0;
            if (x1 > q->wo) x1 = q->wo;
            for (int64_t y = 0; y < q->ho; y++) {
                int64_t iy = y * q->sh - q->pt + i * q->dh;
                const float *in = map + iy * q->w + from;
                float *out = rows + y * q->wo;
                bool inside = iy >= 0 && iy < q->h && x1 > x0;
                int64_t begin = inside ? x0 : q->wo, end = inside ? x1 : q->wo;
                for (int64_t x = 0; x < begin; x++) out[x] = 0;
                if (q->sw == 1)
                    memcpy(out + begin, in + begin, (size_t)(end - begin) * sizeof *out);
                else
                    for (int64_t x = begin; x < end; x++) out[x] = in[x * q->sw];
                for (int64_t x = end; x < q->wo; x++) out[x] = 0;
            }
            for (int64_t p = positions; p < ld; p++) rows[p] = rows[0];
        }
}

/* One thread's room: row v of the pairs of a neuron, and what it is made from. */
struct room {
    float *v, *rows, *best;
};

static void room_init(struct room *r, int64_t v, int64_t rows, int64_t best)
{
    r->v = tv_alloc_aligned((size_t)v, sizeof(float));
    r->rows = tv_alloc_aligned((size_t)rows, sizeof(float));
    r->best = tv_alloc_aligned((size_t)best, sizeof(float));
    for (int64_t i = 0; i < v; i++) r->v[i] = TV_LINK_NONE;
}

static void room_release(struct room *r) { free(r->v), free(r->rows), free(r->best); }

/* Into v: the largest over all positions, for the group's output channels of source s. */
static void conv_source(const struct tv_link_map *m, const struct geometry *q, int64_t s, const float *x,
                        const struct room *room)
{
    const struct tv_kernel *k = tv_kernel();
    int64_t ld = (q->ho * q->wo + k->mr - 1) / k->mr * k->mr, channel = m->feature[s],
            columns = (m->group_out + k->nr - 1) / k->nr * k->nr;
    taps_of(q, x + channel * q->h * q->w, room->rows, ld);
    for (int64_t j = 0; j < columns; j++) room->best[j] = TV_LINK_NONE;
    for (int64_t j = 0; j < columns; j += k->nr)
        k->maximum(m->taps, room->rows, ld, ld, m->packed + m->offset[s] + j * m->taps, room->best + j);
    float *v = room->v + channel / m->group_in * m->group_out;
    for (int64_t b = 0; b < m->group_out; b++) v[b] = room->best[b] > v[b] ? room->best[b] : v[b];
}

static void conv_values(const struct tv_link_map *m, int64_t images, const float *const *x,
                        tv_link_take *take, void *to)
{
    struct geometry q = geometry_of(m);
#pragma omp parallel
    {
        struct room room;
        room_init(&room, tv_link_row(m->nb), (q.ho * q.wo + TV_KERNEL_MAX_MR) * m->taps,
                  m->group_out + TV_KERNEL_MAX_NR);
#pragma omp for schedule(monotonic : dynamic)
        for (int64_t r = 0; r < m->rows; r++)
            for (int64_t i = 0; i < images; i++) {
                for (int64_t b = 0; b < m->nb; b++) room.v[b] = TV_LINK_NONE;
                for (int64_t s = m->row_first[r]; s < m->row_first[r + 1]; s++)
                    conv_source(m, &q, s, x[i], &room);
                take(to, i, m->source[m->row_first[r]], room.v);
            }
        room_release(&room);
    }
}

/* v[0..n) = x w: a source of one feature, whose panels lie in one row. */
TV_SIMD static void scale_row(float *restrict v, const float *restrict w, float x, int64_t n)
{
    for (int64_t b = 0; b < n; b++) v[b] = x * w[b];
}

/* Source s for the images from `first` to before `end`. */
static void fc_source(const struct tv_link_map *m, int64_t s, int64_t first, int64_t end,
                      const float *const *x, const struct room *room, tv_link_take *take, void *to)
{
    const struct tv_kernel *k = tv_kernel();
    const float *row[TV_KERNEL_MAX_MR];
    const int64_t *feature = m->feature + m->first[s];
    int64_t n = m->first[s + 1] - m->first[s], ldv = tv_link_row(m->nb);
    for (int64_t i = first; n == 1 && i < end; i++) {
        scale_row(room->v, m->packed + m->offset[s], x[i][*feature], m->nb);
        take(to, i, m->source[s], room->v);
    }
    if (n == 1) return;
    for (int r = 0; r < k->mr; r++) row[r] = room->rows + r * n;
    for (int64_t i = first; i < end; i += k->mr) {
        int count = (int)(end - i < k->mr ? end - i : k->mr);
        for (int r = 0; r < k->mr; r++)
            for (int64_t f = 0; f < n; f++) room->rows[r * n + f] = x[i + (r < count ? r : 0)][feature[f]];
        for (int64_t j = 0; j < m->nb; j += k->nr)
            k->rows(1, n, row, m->packed + m->offset[s] + j * n, room->v + j, ldv, count,
                    (int)(m->nb - j < k->nr ? m->nb - j : k->nr), NULL, 0);
        for (int r = 0; r < count; r++) take(to, i + r, m->source[s], room->v + r * ldv);
    }
}

static void fc_values(const struct tv_link_map *m, int64_t images, const float *const *x, tv_link_take *take,
                      void *to)
{
    const struct tv_kernel *k = tv_kernel();
    int64_t longest = 1;
    for (int64_t s = 0; s < m->sources; s++)
        if (m->first[s + 1] - m->first[s] > longest) longest = m->first[s + 1] - m->first[s];
#pragma omp parallel
    {
        struct room room;
        room_init(&room, k->mr * tv_link_row(m->nb), longest * k->mr, 1);
        int64_t t = omp_get_thread_num(), threads = omp_get_num_threads();
        if (images >= threads) /* each its own images: only one thread looks for an image's active links */
            for (int64_t s = 0; s < m->sources; s++)
                fc_source(m, s, images * t / threads, images * (t + 1) / threads, x, &room, take, to);
        else
#pragma omp for schedule(monotonic : dynamic)
            for (int64_t s = 0; s < m->sources; s++) fc_source(m, s, 0, images, x, &room, take, to);
        room_release(&room);
    }
}

void tv_link_values(const struct tv_link_map *m, int64_t images, const float *const *x, tv_link_take *take,
                    void *to)
{
    if (m->taps)
        conv_values(m, images, x, take, to);
    else
        fc_values(m, images, x, take, to);
}

/* ---- values looked at once ---- */

static void take_row(void *scan, int64_t image, int64_t a, const float *v)
{
    tv_link_scan_row(scan, image, a, v);
}

/* Thresholds of the images from `first` to before `end`. */
static void guess_thresholds(const struct tv_link_map *m, int64_t first, int64_t end, const float *const *x,
                             struct tv_link_scan *scan)
{
    float *factor = TV_ARRAY(float, m->sources);
    for (int64_t i = first; i < end; i++) {
        for (int64_t s = 0; s < m->sources; s++) factor[s] = x[i][m->feature[s]];
        tv_link_scan_above(scan, i, tv_products_guess(&m->products, factor, scan->of[i]->active));
    }
    free(factor);
}

/* Source s, a single feature; `v` is room for a row. */
static void scan_source(const struct tv_link_map *m, int64_t s, int64_t first, int64_t end,
                        const float *const *x, float *v, struct tv_link_scan *scan)
{
    for (int64_t i = first; i < end; i++) {
        float factor = x[i][m->feature[s]];
        if (tv_link_scan_products(scan, i, m->source[s], &m->products, s, factor)) continue;
        scale_row(v, m->packed + m->offset[s], factor, m->nb);
        tv_link_scan_row(scan, i, m->source[s], v);
    }
}

/* The images from `first` to before `end`, by all threads of a team. */
static void scan_shared(const struct tv_link_map *m, int64_t first, int64_t end, const float *const *x,
                        float *v, struct tv_link_scan *scan)
{
#pragma omp for schedule(monotonic : dynamic)
    for (int64_t s = 0; s < m->sources; s++) scan_source(m, s, first, end, x, v, scan);
}

static void scan_products(const struct tv_link_map *m, const float *const *x, struct tv_link_scan *scan)
{
    int64_t images = scan->images;
#pragma omp parallel
    {
        struct room room;
        room_init(&room, tv_link_row(m->nb), 1, 1);
        int64_t t = omp_get_thread_num(), threads = omp_get_num_threads(), first = images * t / threads,
                end = images * (t + 1) / threads;
        guess_thresholds(m, first, end, x, scan);
        if (images >= threads) /* each its own images: only one thread looks for an image's active links */
            for (int64_t s = 0; s < m->sources; s++) scan_source(m, s, first, end, x, room.v, scan);
#pragma omp barrier
        if (images < threads) scan_shared(m, 0, images, x, room.v, scan);
        for (int64_t i = 0; i < images; i++) {
            bool again = tv_link_scan_short(scan, i);
#pragma omp barrier
            if (!again) continue;
#pragma omp single
            tv_link_scan_above(scan, i, -INFINITY);
            scan_shared(m, i, i + 1, x, room.v, scan);
        }
        room_release(&room);
    }
}

void tv_link_scan_values(const struct tv_link_map *m, const float *const *x, struct tv_link_scan *s)
{
    if (m->products.rows)
        scan_products(m, x, s);
    else
        tv_link_values(m, s->images, x, take_row, s);
}

/* ---- means ---- */

/* sum[i] += w[i] x for the columns of a panel. */
TV_SIMD static void add_panel(double *restrict sum, const float *restrict w, int64_t nr, const double *x,
                              int64_t n)
{
    for (int64_t f = 0; f < n; f++)
        for (int64_t i = 0; i < nr; i++) sum[i] += (double)w[f * nr + i] * x[f];
}

void tv_link_fc_mean(float *mean, const struct tv_link_map *m, const double *x)
{
    int64_t nr = tv_kernel()->nr;
    for (int64_t i = 0; i < m->na * m->nb; i++) mean[i] = NAN;
#pragma omp parallel for schedule(static)
    for (int64_t s = 0; s < m->sources; s++) {
        int64_t n = m->first[s + 1] - m->first[s];
        double *of = TV_ARRAY(double, n);
        for (int64_t f = 0; f < n; f++) of[f] = x[m->feature[m->first[s] + f]];
        for (int64_t j = 0; j < m->nb; j += nr) {
            double sum[TV_KERNEL_MAX_NR] = {0};
            add_panel(sum, m->packed + m->offset[s] + j * n, nr, of, n);
            for (int64_t i = 0; i < nr && j + i < m->nb; i++)
                mean[m->source[s] * m->nb + j + i] = (float)sum[i];
        }
        free(of);
    }
}
