#include "analysis/map.h"
#include "analysis/affinity.h"
#include "core/err.h"
#include "core/mem.h"
#include "core/names.h"
#include "core/progress.h"
#include "core/str.h"
#include "num/kmeans.h"
#include "num/pca.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- what to map ---- */

/* The only matrix among the floats, or among all numbers when there is none of floats. */
static const char *find_only(struct tv_map *m)
{
    struct tv_str names = {0};
    int found = 0;
    for (int floats = 1; floats >= 0 && found == 0; floats--)
        for (size_t i = 0; i < m->set.n; i++) {
            const struct tv_tensor *t = m->set.at[i];
            if (t->rank < 2 || t->dtype == TV_STR || (floats && !tv_dtype_is_float(t->dtype))) continue;
            tv_str_add(&names, "%s%s", found++ ? ", " : "", t->name);
            m->x = t;
        }
    const char *err = found == 1 ? NULL
                      : found    ? tv_msg("%s: has %s; -t NAME says which to map", m->set.name, names.s)
                                 : tv_msg("%s: has no matrix [rows, columns] to map", m->set.name);
    tv_str_release(&names);
    return err;
}

static const char *find_tensor(struct tv_map *m)
{
    if (!m->o.tensor) return find_only(m);
    m->x = tv_set_want(&m->set, m->o.tensor, -1);
    if (m->x->rank < 2 || m->x->dtype == TV_STR)
        return tv_msg("%s: %s: want numbers [rows, columns], got %s", m->set.name, m->x->name,
                      tv_tensor_text(m->x));
    return NULL;
}

/* Rows of the chosen classes, by `label`. */
static const char *choose_rows(struct tv_map *m)
{
    int64_t n = m->x->dim[0];
    m->row = TV_ARRAY(int64_t, (size_t)n + 1);
    if (!m->o.class) {
        for (int64_t i = 0; i < n; i++) m->row[i] = i;
        m->n = n;
        return NULL;
    }
    const struct tv_tensor *label = tv_set_want(&m->set, "label", 1);
    if (label->dim[0] != n)
        return tv_msg("%s: label: want %lld rows, got %lld", m->set.name, (long long)n,
                      (long long)label->dim[0]);
    int64_t *of = tv_tensor_i64_new(label);
    char **word = tv_split_new(m->o.class, ',', NULL);
    bool *take = TV_ARRAY(bool, (size_t)n + 1);
    const char *err = NULL;
    for (size_t k = 0; !err && word[k]; k++) {
        int64_t class;
        err = tv_class_find(&class, word[k], tv_attrs_get(&m->set.meta, "classes"));
        for (int64_t i = 0; !err && i < n; i++) take[i] |= of[i] == class;
    }
    for (int64_t i = 0; i < n; i++)
        if (take[i]) m->row[m->n++] = i;
    tv_split_free(word);
    free(of), free(take);
    return err;
}

const char *tv_map_open(struct tv_map *m, const char *path, const struct tv_map_options *o)
{
    *m = (struct tv_map){.o = *o};
    tv_set_read(&m->set, path, NULL);
    const char *err = find_tensor(m);
    if (!err) err = choose_rows(m);
    if (err) return err;
    m->p = tv_tensor_row(m->x);
    if (m->p == 0) return tv_msg("%s: %s has no columns", m->set.name, m->x->name);
    err = tv_affinity_check(m->n, o->perplexity);
    return err ? tv_msg("%s: %s: %s", m->set.name, m->x->name, err) : NULL;
}

void tv_map_close(struct tv_map *m)
{
    free(m->row);
    tv_set_release(&m->set);
}

/* ---- rows ---- */

/* Scales by a power of two so that the largest number is between 1 and 2: P does not depend on the scale, and
 * squares neither overflow nor vanish. */
static void scale(int64_t count, float *x)
{
    float most = 0;
    for (int64_t e = 0; e < count; e++) most = fabsf(x[e]) > most ? fabsf(x[e]) : most;
    if (most == 0) return;
    double factor = ldexp(1, -ilogbf(most));
    for (int64_t e = 0; e < count; e++) x[e] = (float)(x[e] * factor);
}

/* The chosen rows as f32 [n,p], columns centred. */
static const char *rows_new(const struct tv_map *m, float **out)
{
    float *all = tv_tensor_f32_new(m->x), *x = tv_alloc_aligned((size_t)(m->n * m->p), sizeof *x);
    for (int64_t i = 0; i < m->n; i++) memcpy(x + i * m->p, all + m->row[i] * m->p, (size_t)m->p * sizeof *x);
    free(all);
    for (int64_t e = 0; e < m->n * m->p; e++)
        if (!isfinite(x[e]))
            return tv_msg("%s: %s: row %lld, column %lld: want a finite number, got %g; leave the row out",
                          m->set.name, m->x->name, (long long)m->row[e / m->p], (long long)(e % m->p),
                          (double)x[e]);
    double *mean = TV_ARRAY(double, (size_t)m->p);
    scale(m->n * m->p, x);
    tv_center_f32(m->n, m->p, x, mean);
    scale(m->n * m->p, x);
    free(mean);
    *out = x;
    return NULL;
}

/* Scores of the first k principal components in place of x. */
static void reduce(int64_t n, int64_t *p, int64_t k, float *x)
{
    double *axis = TV_ARRAY(double, (size_t)(k * *p)), *variance = TV_ARRAY(double, (size_t)k);
    float *score = tv_alloc_aligned((size_t)(n * k), sizeof *score);
    tv_pca_f32(n, *p, x, k, axis, variance);
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < n; i++)
        for (int64_t a = 0; a < k; a++) {
            double sum = 0;
            for (int64_t j = 0; j < *p; j++) sum += x[i * *p + j] * axis[a * *p + j];
            score[i * k + a] = (float)sum;
        }
    memcpy(x, score, (size_t)(n * k) * sizeof *x);
    *p = k;
    free(axis), free(variance), free(score);
}

/* The points of a file.  Scaled down like the other starts, because exaggerated forces unfold only a small
 * map; without exaggeration the descent goes on from where they are. */
static const char *start_file(const struct tv_map *m, float *u)
{
    struct tv_set s = {0};
    tv_set_read(&s, m->o.init, NULL);
    const struct tv_tensor *t = s.n == 1 ? s.at[0] : tv_set_want(&s, "tsne", 2);
    if (t->rank != 2 || t->dim[0] != m->n || t->dim[1] != 2 || t->dtype == TV_STR)
        return tv_msg("--init %s: want %lld points [%lld,2], got %s", m->o.init, (long long)m->n,
                      (long long)m->n, tv_tensor_text(t));
    float *given = tv_tensor_f32_new(t);
    memcpy(u, given, 2 * (size_t)m->n * sizeof *u);
    free(given);
    tv_set_release(&s);
    for (int64_t e = 0; e < 2 * m->n; e++)
        if (!(fabsf(u[e]) < TV_TSNE_FAR))
            return tv_msg("--init %s: point %lld: want coordinates under %g, got %g", m->o.init,
                          (long long)e / 2, TV_TSNE_FAR, (double)u[e]);
    if (m->o.tsne.exaggeration > 1 && !tv_tsne_scale(m->n, u))
        return tv_msg("--init %s: the points do not differ along the first axis", m->o.init);
    return NULL;
}

static const char *start(const struct tv_map *m, int64_t p, const float *x, float *u)
{
    bool random = !strcmp(m->o.init, "random");
    if (!random && strcmp(m->o.init, "pca") != 0) return start_file(m, u);
    if (!random && tv_tsne_start_pca(m->n, p, x, u)) {
        tv_tsne_jitter(m->n, m->o.seed, u);
        return NULL;
    }
    if (!random) tv_warn("%s: all rows are equal; the start is random", m->x->name);
    tv_tsne_start_random(m->n, m->o.seed, u);
    return NULL;
}

/* ---- output ---- */

/* The chosen rows of a tensor of one element a row. */
static void carry(const struct tv_map *m, struct tv_writer *w, const struct tv_tensor *t)
{
    size_t size = tv_dtype_size(t->dtype);
    char *rows = tv_alloc((size_t)m->n, size);
    for (int64_t i = 0; i < m->n; i++)
        memcpy(rows + (size_t)i * size, (char *)t->data + (size_t)m->row[i] * size, size);
    tv_writer_array(w, t->name, t->dtype, 1, &m->n, rows, &t->attrs);
    free(rows);
}

static void write_map(const struct tv_map *m, struct tv_writer *w, const float *u, double kl)
{
    int64_t dim[2] = {m->n, 2};
    tv_writer_metas(w, &m->set.meta);
    for (size_t i = 0; i < m->set.n; i++)
        if (m->set.at[i]->rank == 1 && m->set.at[i]->dim[0] == m->x->dim[0]) carry(m, w, m->set.at[i]);
    tv_writer_array(w, "tsne", TV_F32, 2, dim, u, NULL);
    tv_writer_array(w, "tsne.kl", TV_F64, 0, NULL, &kl, NULL);
}

/* P of the rows x, which are freed. */
static void affinities(const struct tv_map *m, int64_t p, float *x, const struct tv_cells *cells,
                       struct tv_sparse *joint)
{
    tv_progress_begin("neighbours", "rows", m->n);
    tv_affinity(joint, m->n, p, x, m->o.perplexity, m->n > TV_MAP_LISTS ? cells : NULL, tv_progress);
    tv_progress_end();
    free(x);
}

const char *tv_map_run(struct tv_map *m, struct tv_writer *w)
{
    float *x = NULL, *u = TV_ARRAY(float, 2 * (size_t)m->n);
    int64_t p = m->p;
    const char *err = rows_new(m, &x);
    if (err) return err;
    if (m->o.pca > 0 && m->o.pca < p) reduce(m->n, &p, m->o.pca, x);
    if ((err = start(m, p, x, u))) return err;
    struct tv_cells cells = {0};
    if (m->n > TV_MAP_SORT) {
        tv_cells_init(&cells, m->n, p, x);
        tv_cells_sort(&cells, p, x);
        tv_cells_sort(&cells, 2, u);
    }
    struct tv_sparse affinity;
    double z;
    affinities(m, p, x, &cells, &affinity);
    tv_progress_begin("t-SNE", "iterations", m->o.tsne.iterations);
    err = tv_tsne_run(&m->o.tsne, &affinity, u, &z, tv_progress);
    tv_progress_end();
    if (!err) {
        double kl = tv_tsne_kl(&affinity, u, z);
        if (cells.n > 0) tv_cells_unsort(&cells, 2, u);
        write_map(m, w, u, kl);
    }
    tv_sparse_release(&affinity);
    tv_cells_release(&cells);
    free(u);
    return err;
}

/* What an inner product, a repelling pair, a stored affinity and a point on the mesh cost beside their
 * arithmetic, in multiply-adds of a matrix product: measured. */
int64_t tv_map_macs(const struct tv_map *m)
{
    enum { PRODUCT = 80, PAIR = 8, NEIGHBOUR = 100, MESH_POINT = 10000 };
    int64_t n = m->n, k = tv_affinity_neighbours(n, m->o.perplexity);
    int64_t p = m->o.pca > 0 && m->o.pca < m->p ? m->o.pca : m->p;
    int64_t others = n > TV_MAP_LISTS ? 48 * (int64_t)sqrt((double)n) : n;
    int64_t repulsion = tv_tsne_meshed(&m->o.tsne, n) ? MESH_POINT : PAIR * n;
    return n * others * (p + PRODUCT) + m->o.tsne.iterations * n * (repulsion + NEIGHBOUR * k);
}

/* At most when P is made: neighbours and affinities, turned round, and joint. */
int64_t tv_map_bytes(const struct tv_map *m)
{
    int64_t k = tv_affinity_neighbours(m->n, m->o.perplexity);
    return m->n * (2 * 4 * m->p + (8 + 8 + 13) * k + 100);
}
