/* report/features.c - the feature view (the paper's section 5.4): the neurons with their discriminability,
 * what they respond to, the distributions of their conductances, and the scaled conductances themselves, from
 * which the page fits the domain classifier again on the neurons that are ticked.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "core/mem.h"
#include "fig/figure_parts.h"
#include "fig/ranking.h"
#include "report/parts.h"

/* The instances of a discrim stream. */
struct rows {
    int64_t n;
    int64_t *row;       /* [n] in the attributions of its domain */
    enum tv_side *side; /* [n] */
    char *const *path;  /* [n]; NULL: not known */
};

static void put_tensor(struct tv_str *b, const char *key, const struct tv_ranking *k,
                       const struct tv_figure *f, const char *name)
{
    const struct tv_tensor *t = tv_ranking_find(k, f, name);
    if (!t || t->dtype == TV_STR) return;
    double *v = tv_tensor_f64_new(t);
    if (t->rank == 0)
        tv_object_number(b, key, v[0]);
    else
        tv_object_f32(b, key, v, tv_tensor_count(t));
    free(v);
}

/* ---- scaled conductances ---- */

/* The column attrib/<layer> of the attributions on that domain; NULL when they are not given. */
static const struct tv_tensor *attributions(const struct tv_figure *f, enum tv_side side, const char *layer)
{
    for (size_t i = 0; i < f->n; i++) {
        const struct tv_tensor *t = tv_set_find(&f->stream[i], tv_msg("attrib/%s", layer)),
                               *d = tv_set_find(&f->stream[i], "domain");
        if (t && t->rank == 2 && d && d->dtype == TV_STR && d->dim[0] > 0 &&
            tv_figure_side(f, *(char **)d->data) == side)
            return t;
    }
    return NULL;
}

/* Neuron j of every instance, scaled to [-1, 1] by the range that tv-discrim found and then to 16 bits; false
 * when the attributions given are not those that it read. */
static bool scale_column(int16_t *x, const struct rows *m, const struct tv_ranking *k, int64_t j,
                         const double range[2], const struct tv_figure *f)
{
    double span = range[1] - range[0], slack = 1e-6 * (fabs(range[0]) + fabs(range[1]) + span);
    for (int64_t i = 0; i < m->n; i++) {
        const struct tv_tensor *t = attributions(f, m->side[i], k->layer[j]);
        if (!t || m->row[i] < 0 || m->row[i] >= t->dim[0] || k->neuron[j] >= t->dim[1]) return false;
        double v = tv_tensor_get(t, m->row[i] * t->dim[1] + k->neuron[j]);
        if (!(v >= range[0] - slack && v <= range[1] + slack)) return false;
        double scaled = span > 0 ? 2 * (v - range[0]) / span - 1 : 0;
        x[i * k->n + j] = (int16_t)lround(fmin(1, fmax(-1, scaled)) * INT16_MAX);
    }
    return true;
}

static void put_scaled(struct tv_str *b, const struct rows *m, const struct tv_ranking *k,
                       const struct tv_figure *f)
{
    const struct tv_tensor *t = tv_ranking_find(k, f, "range");
    if (!t || tv_figure_shape(t, 2, k->n, 2) || !m->row) return;
    double *range = tv_tensor_f64_new(t);
    int16_t *x = tv_alloc((size_t)(m->n * k->n), sizeof *x);
    bool known = true;
    for (int64_t j = 0; j < k->n && known; j++) known = scale_column(x, m, k, j, range + 2 * j, f);
    if (known) tv_object_i16(b, "scaled", x, m->n * k->n);
    free(range);
    free(x);
}

/* ---- instances ---- */

static char *const *strings(const struct tv_ranking *k, const struct tv_figure *f, const char *name,
                            int64_t n)
{
    const struct tv_tensor *t = tv_ranking_find(k, f, name);
    return t && t->dtype == TV_STR && t->rank == 1 && t->dim[0] == n ? t->data : NULL;
}

static void put_rows(struct tv_str *b, const struct rows *m, const struct tv_thumbs *t)
{
    int64_t *side = TV_ARRAY(int64_t, (size_t)m->n), *image = TV_ARRAY(int64_t, (size_t)m->n);
    for (int64_t i = 0; i < m->n; i++) {
        side[i] = m->side[i];
        image[i] = tv_thumbs_find(t, m->side[i], m->path ? m->path[i] : NULL);
        if (image[i] < 0 && m->row) image[i] = tv_thumbs_row(t, m->side[i], m->row[i]);
    }
    tv_object_i32(b, "domain", side, m->n);
    tv_object_i32(b, "image", image, m->n);
    if (m->path) tv_object_texts(b, "path", m->path, m->n);
    free(side);
    free(image);
}

static const char *put_instances(struct tv_str *b, const struct tv_ranking *k, const struct tv_figure *f,
                                 const struct tv_thumbs *t)
{
    const struct tv_tensor *at = tv_ranking_find(k, f, "projection"), *row = tv_ranking_find(k, f, "row"),
                           *axes = tv_ranking_find(k, f, "axes");
    if (!at || !axes) return tv_figure_missing(f, "discrim/<class>/projection and axes", "tv-discrim");
    const char *error = tv_figure_shape(at, 2, -1, 2);
    if (!error) error = tv_figure_shape(axes, 2, k->n, 2);
    if (!error && row) error = tv_figure_shape(row, 1, at->dim[0], -1);
    if (error) return error;
    struct rows m = {.n = at->dim[0]};
    m.row = row ? tv_tensor_i64_new(row) : NULL;
    char *const *domain = strings(k, f, "domain", m.n);
    m.side = TV_ARRAY(enum tv_side, (size_t)m.n);
    for (int64_t i = 0; i < m.n; i++) m.side[i] = tv_figure_side(f, domain ? domain[i] : NULL);
    m.path = strings(k, f, "path", m.n);
    put_rows(b, &m, t);
    put_tensor(b, "projection", k, f, "projection");
    put_tensor(b, "axes", k, f, "axes");
    put_tensor(b, "decision", k, f, "decision");
    put_tensor(b, "common", k, f, "common");
    put_tensor(b, "label", k, f, "label");
    put_scaled(b, &m, k, f);
    free(m.row);
    free(m.side);
    return NULL;
}

/* ---- all ---- */

static const char *put_neurons(struct tv_str *b, const struct tv_ranking *k, const struct tv_report *r)
{
    struct tv_report_pictures pictures;
    tv_object_texts(b, "layer", k->layer, k->n);
    tv_object_indices(b, "neuron", k->neuron, k->n);
    tv_object_indices(b, "rank", k->rank, k->n);
    put_tensor(b, "u", k, &r->all, "u");
    put_tensor(b, "histogram", k, &r->all, "histogram");
    put_tensor(b, "range", k, &r->all, "range");
    tv_report_pictures_begin(&pictures, r, k->key);
    for (int64_t j = 0; j < k->n; j++)
        tv_report_pictures_neuron(&pictures, TV_TARGET, k->layer[j], k->neuron[j]);
    return tv_report_pictures_end(&pictures, b);
}

static const char *put_class(struct tv_str *b, const struct tv_ranking *k, const struct tv_report *r,
                             const struct tv_thumbs *t)
{
    tv_object_open(b, NULL, '{');
    tv_object_text(b, "class", k->key);
    tv_object_text(b, "text", k->text);
    static const char *const scalars[] = {"bias", "cost", "cv", "adistance", "boundary"};
    for (size_t i = 0; i < sizeof scalars / sizeof *scalars; i++)
        put_tensor(b, scalars[i], k, &r->all, scalars[i]);
    const char *error = put_neurons(b, k, r);
    if (!error) error = put_instances(b, k, &r->all, t);
    tv_object_close(b, '}');
    return error;
}

const char *tv_report_features(struct tv_str *b, const struct tv_report *r, const struct tv_thumbs *t)
{
    size_t n;
    const char *error = NULL;
    char **key = tv_report_keys_new(&r->all, "discrim", &n);
    if (n) tv_object_open(b, "features", '[');
    for (size_t i = 0; i < n && !error; i++) {
        struct tv_figure f = r->all;
        struct tv_ranking ranking = {0};
        f.class = key[i];
        error = tv_ranking_load(&ranking, &f, INT64_MAX);
        if (!error) error = put_class(b, &ranking, r, t);
        tv_ranking_release(&ranking);
    }
    if (n) tv_object_close(b, ']');
    if (key) tv_split_free(key);
    return error;
}
