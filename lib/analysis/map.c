#include "analysis/map.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "analysis/affinity.h"
#include "analysis/map_out.h"
#include "analysis/map_rows.h"
#include "analysis/place.h"
#include "core/err.h"
#include "core/mem.h"
#include "core/names.h"
#include "core/progress.h"
#include "core/str.h"
#include "num/knn.h"

/* ---- what to map ---- */

/* The only matrix among the floats, or among all numbers when there is none of floats. */
static const char *find_only(struct tv_map_input *in)
{
    struct tv_str names = {0};
    int found = 0;
    for (int floats = 1; floats >= 0 && found == 0; floats--)
        for (size_t i = 0; i < in->set.n; i++) {
            const struct tv_tensor *t = in->set.at[i];
            if (t->rank < 2 || t->dtype == TV_STR || (floats && !tv_dtype_is_float(t->dtype))) continue;
            tv_str_add(&names, "%s%s", found++ ? ", " : "", t->name);
            in->x = t;
        }
    const char *err = found == 1 ? NULL
                      : found    ? tv_msg("%s: has %s; -t NAME says which to map", in->set.name, names.s)
                                 : tv_msg("%s: has no matrix [rows, columns] to map", in->set.name);
    tv_str_release(&names);
    return err;
}

static const char *find_tensor(struct tv_map_input *in, const char *name)
{
    if (!name) return find_only(in);
    in->x = tv_set_want(&in->set, name, -1);
    if (in->x->rank < 2 || in->x->dtype == TV_STR)
        return tv_msg("%s: %s: want numbers [rows, columns], got %s", in->set.name, in->x->name,
                      tv_tensor_text(in->x));
    return NULL;
}

static const char *input_open(struct tv_map_input *in, const char *path, const char *tensor)
{
    tv_set_read(&in->set, path, NULL);
    const char *err = find_tensor(in, tensor);
    if (err) return err;
    in->p = tv_tensor_row(in->x);
    return in->p == 0 ? tv_msg("%s: %s has no columns", in->set.name, in->x->name) : NULL;
}

/* Rows of the chosen classes, by `label`. */
static const char *choose_rows(struct tv_map *m, const struct tv_map_input *in)
{
    int64_t n = in->x->dim[0];
    m->row = TV_ARRAY(int64_t, (size_t)n + 1);
    if (!m->o.class) {
        for (int64_t i = 0; i < n; i++) m->row[i] = i;
        m->n = n;
        return NULL;
    }
    const struct tv_tensor *label = tv_set_want(&in->set, "label", 1);
    if (label->dim[0] != n)
        return tv_msg("%s: label: want %lld rows, got %lld", in->set.name, (long long)n,
                      (long long)label->dim[0]);
    int64_t *of = tv_tensor_i64_new(label);
    char **word = tv_split_new(m->o.class, ',', NULL);
    bool *take = TV_ARRAY(bool, (size_t)n + 1);
    const char *err = NULL;
    for (size_t k = 0; !err && word[k]; k++) {
        int64_t class;
        err = tv_class_find(&class, word[k], tv_attrs_get(&in->set.meta, "classes"));
        for (int64_t i = 0; !err && i < n; i++) take[i] |= of[i] == class;
    }
    for (int64_t i = 0; i < n; i++)
        if (take[i]) m->row[m->n++] = i;
    tv_split_free(word);
    free(of), free(take);
    return err;
}

/* Do two inputs hold the same objects in the same order? */
static const char *same_objects(const struct tv_map_input *a, const struct tv_map_input *b)
{
    if (a->x->dim[0] != b->x->dim[0])
        return tv_msg("%s: %s: want %lld rows as in %s, got %lld; aligned maps are of the same rows",
                      b->set.name, b->x->name, (long long)a->x->dim[0], a->set.name, (long long)b->x->dim[0]);
    const struct tv_tensor *x = tv_set_find(&a->set, "path"), *y = tv_set_find(&b->set, "path");
    for (int64_t i = 0; x && y && x->dtype == TV_STR && y->dtype == TV_STR && i < x->dim[0] && i < y->dim[0];
         i++)
        if (strcmp(((char **)x->data)[i], ((char **)y->data)[i]))
            return tv_msg(
                "%s: path: row %lld: want %s as in %s, got %s; aligned maps are of the same rows in the "
                "same order",
                b->set.name, (long long)i, ((char **)x->data)[i], a->set.name, ((char **)y->data)[i]);
    return NULL;
}

static const char *check_aligned(const struct tv_map *m)
{
    const char *err = NULL;
    for (int t = 1; t < m->inputs && !err; t++) err = same_objects(&m->in[0], &m->in[t]);
    for (int t = 0; t < m->inputs && !err; t++)
        for (int s = 0; s < t && !err; s++) {
            char *a = tv_map_name_new(&m->in[s]), *b = tv_map_name_new(&m->in[t]);
            if (!strcmp(a, b)) err = tv_msg("%s: two inputs are called so; give them different names", a);
            free(a), free(b);
        }
    return err;
}

static const char *check_transform(const struct tv_map *m)
{
    const struct tv_map_input *old = &m->in[0], *new = &m->in[1];
    if (old->p != new->p)
        return tv_msg("%s: %s: want %lld columns as in %s, got %lld", new->set.name, new->x->name,
                      (long long)old->p, old->set.name, (long long)new->p);
    return NULL;
}

const char *tv_map_open(struct tv_map *m, const char *const *path, int inputs, const struct tv_map_options *o)
{
    const char *err = NULL;
    *m = (struct tv_map){.o = *o, .inputs = inputs, .in = TV_ARRAY(struct tv_map_input, (size_t)inputs)};
    for (int t = 0; t < inputs && !err; t++) err = input_open(&m->in[t], path[t], o->tensor);
    if (!err && o->align) err = check_aligned(m);
    if (!err && o->transform) err = check_transform(m);
    const struct tv_map_input *chosen = &m->in[o->transform ? 1 : 0];
    if (!err) err = choose_rows(m, chosen);
    if (err) return err;
    err = tv_affinity_check(o->transform ? m->in[0].x->dim[0] : m->n, o->perplexity);
    return err ? tv_msg("%s: %s: %s", m->in[0].set.name, m->in[0].x->name, err) : NULL;
}

void tv_map_close(struct tv_map *m)
{
    for (int t = 0; t < m->inputs; t++) tv_set_release(&m->in[t].set);
    free(m->in);
    free(m->row);
}

/* ---- start ---- */

/* The points of a file.  Scaled down like the other starts, because exaggerated forces unfold only a small
 * map; without exaggeration the descent goes on from where they are. */
static const char *start_file(const struct tv_map *m, float *u)
{
    float *given;
    int64_t n = m->n;
    const char *err = tv_map_load_points(&given, &n, m->o.init, "--init");
    if (err) return err;
    memcpy(u, given, 2 * (size_t)n * sizeof *u);
    free(given);
    if (m->o.tsne.exaggeration > 1 && !tv_tsne_scale(n, u))
        return tv_msg("--init %s: the points do not differ along the first axis", m->o.init);
    return NULL;
}

static const char *start(const struct tv_map *m, const struct tv_map_rows *r, float *u)
{
    bool random = !strcmp(m->o.init, "random");
    if (!random && strcmp(m->o.init, "pca") != 0) return start_file(m, u);
    if (!random && tv_tsne_start_pca(r->n, r->p, r->x, u)) {
        tv_tsne_jitter(m->n, m->o.seed, u);
        return NULL;
    }
    if (!random) tv_warn("%s: all rows are equal; the start is random", m->in[0].x->name);
    tv_tsne_start_random(m->n, m->o.seed, u);
    return NULL;
}

/* ---- maps ---- */

/* One map and the order in which its rows lie in memory. */
struct descent_input {
    struct tv_cells cells; /* of few rows: none, their order is the input's */
    struct tv_sparse p;    /* in the order of the first input's cells */
    float *u;              /* [n,2] likewise */
};

static struct tv_cells cells_of(const struct tv_map_rows *r)
{
    struct tv_cells c = {0};
    if (r->n > TV_MAP_SORT) tv_cells_init(&c, r->n, r->p, r->x);
    return c;
}

/* Puts P, whose rows are in the order of `from`, in that of `to`; NULL: the input's order. */
static void reorder(struct tv_sparse *p, const struct tv_cells *from, const struct tv_cells *to)
{
    if (p->n <= TV_MAP_SORT || from == to) return;
    int32_t *order = TV_ARRAY(int32_t, (size_t)p->n), *place = TV_ARRAY(int32_t, (size_t)p->n);
    for (int64_t i = 0; i < p->n; i++) place[from ? from->order[i] : i] = (int32_t)i;
    for (int64_t i = 0; i < p->n; i++) order[i] = place[to ? to->order[i] : i];
    tv_sparse_permute(p, order);
    free(order);
    free(place);
}

/* P of the rows in the order of their cells; they are released. */
static void affinities(const struct tv_map *m, struct tv_map_rows *r, const struct tv_cells *cells,
                       struct tv_sparse *p)
{
    if (cells->n > 0) tv_cells_sort(cells, r->p, r->x);
    tv_progress_begin("neighbours", "rows", m->n);
    tv_affinity(p, m->n, r->p, r->x, m->o.perplexity, m->n > TV_MAP_LISTS ? cells : NULL, tv_progress);
    tv_progress_end();
    tv_map_rows_release(r);
}

static const char *prepare(const struct tv_map *m, int t, struct descent_input *d)
{
    struct tv_map_rows r = {0};
    const char *err = tv_map_rows_add(&r, &m->in[t], m->n, m->row);
    if (err) return err;
    tv_map_rows_condition(&r, m->n, m->o.pca);
    d[t].u = TV_ARRAY(float, 2 * (size_t)m->n);
    d[t].cells = cells_of(&r);
    if (t > 0) {
        memcpy(d[t].u, d[0].u, 2 * (size_t)m->n * sizeof(float));
    } else {
        err = start(m, &r, d[0].u);
        if (d[0].cells.n > 0) tv_cells_sort(&d[0].cells, 2, d[0].u);
    }
    if (err) return err;
    if (m->o.load_p) {
        tv_map_rows_release(&r);
        err = tv_map_load_p(&d[t].p, m->o.load_p, m->n);
    } else
        affinities(m, &r, &d[t].cells, &d[t].p);
    if (!err) reorder(&d[t].p, m->o.load_p ? NULL : &d[t].cells, &d[0].cells);
    return err;
}

/* Name of a tensor of map t: alone, or with its input's name. */
static void write_named(const struct tv_map *m, int t, struct tv_writer *w, const char *name,
                        enum tv_dtype type, int rank, const int64_t *dim, const void *data)
{
    char *input = tv_map_name_new(&m->in[t]), *full = tv_format_new(m->o.align ? "%s/%s" : "%s", name, input);
    tv_writer_array(w, full, type, rank, dim, data, NULL);
    free(input);
    free(full);
}

/* How far each point is from its place in the map before. */
static void write_shift(const struct tv_map *m, int t, struct tv_writer *w, const float *before,
                        const float *u)
{
    float *shift = TV_ARRAY(float, (size_t)m->n);
    for (int64_t i = 0; i < m->n; i++)
        shift[i] = hypotf(u[2 * i] - before[2 * i], u[2 * i + 1] - before[2 * i + 1]);
    write_named(m, t, w, "tsne.shift", TV_F32, 1, &m->n, shift);
    free(shift);
}

static void write_maps(const struct tv_map *m, struct tv_writer *w, struct descent_input *d,
                       const struct tv_tsne_map *map)
{
    int64_t dim[2] = {m->n, 2};
    tv_map_carry(m, w);
    for (int t = 0; t < m->inputs; t++) {
        double kl = tv_tsne_kl(map[t].p, map[t].u, map[t].z);
        if (d[0].cells.n > 0) tv_cells_unsort(&d[0].cells, 2, d[t].u);
        write_named(m, t, w, "tsne", TV_F32, 2, dim, d[t].u);
        if (t > 0) write_shift(m, t, w, d[t - 1].u, d[t].u);
        write_named(m, t, w, "tsne.kl", TV_F64, 0, NULL, &kl);
    }
    if (!m->o.save_p) return;
    reorder(&d[0].p, &d[0].cells, NULL);
    tv_map_save_p(w, &d[0].p, m->o.perplexity);
}

static const char *run_maps(struct tv_map *m, struct tv_writer *w)
{
    struct descent_input *d = TV_ARRAY(struct descent_input, (size_t)m->inputs);
    struct tv_tsne_map *map = TV_ARRAY(struct tv_tsne_map, (size_t)m->inputs);
    const char *err = NULL;
    for (int t = 0; t < m->inputs && !err; t++) {
        err = prepare(m, t, d);
        map[t] = (struct tv_tsne_map){&d[t].p, d[t].u, 0};
    }
    if (!err) {
        tv_progress_begin("t-SNE", "iterations", m->o.tsne.iterations);
        err = tv_tsne_run(&m->o.tsne, m->inputs, map, tv_progress);
        tv_progress_end();
    }
    if (!err) write_maps(m, w, d, map);
    for (int t = 0; t < m->inputs; t++) {
        tv_sparse_release(&d[t].p);
        tv_cells_release(&d[t].cells);
        free(d[t].u);
    }
    free(d);
    free(map);
    return err;
}

/* ---- new points on an old map ---- */

static void place(const struct tv_map *m, const struct tv_map_rows *r, const float *u, float *v)
{
    int64_t n = r->n - m->n, k = tv_affinity_neighbours(n, m->o.perplexity);
    int32_t *index = TV_ARRAY(int32_t, (size_t)(m->n * k));
    float *weight = TV_ARRAY(float, (size_t)(m->n * k));
    tv_progress_begin("neighbours", "rows", m->n);
    tv_knn_onto(n, m->n, r->p, r->x, k, index, weight, tv_progress);
    tv_progress_end();
    tv_affinity_conditional(m->n, k, m->o.perplexity, weight);
    tv_progress_begin("places", "rows", m->n);
    tv_place(&(struct tv_place){n, u, tv_tsne_z(n, u), m->n, k, index, weight}, v, tv_progress);
    tv_progress_end();
    free(index);
    free(weight);
}

static const char *run_transform(struct tv_map *m, struct tv_writer *w)
{
    struct tv_map_rows r = {0};
    int64_t n = m->in[0].x->dim[0], dim[2] = {m->n, 2};
    float *u = NULL, *v = TV_ARRAY(float, 2 * (size_t)m->n);
    const char *err = tv_map_load_points(&u, &n, m->o.transform, "--transform");
    if (!err) err = tv_map_rows_add(&r, &m->in[0], n, NULL);
    if (!err) err = tv_map_rows_add(&r, &m->in[1], m->n, m->row);
    if (err) return err;
    tv_map_rows_condition(&r, n, m->o.pca);
    place(m, &r, u, v);
    tv_map_carry(m, w);
    tv_writer_array(w, "tsne", TV_F32, 2, dim, v, NULL);
    tv_map_rows_release(&r);
    free(u);
    free(v);
    return NULL;
}

const char *tv_map_run(struct tv_map *m, struct tv_writer *w)
{
    return m->o.transform ? run_transform(m, w) : run_maps(m, w);
}
