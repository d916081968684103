/* fig/map.c - see map.h. */
#include "fig/map.h"

#include <stdlib.h>
#include <string.h>
#include "core/index.h"
#include "core/mem.h"
#include "fig/figure_parts.h"

/* The rows of a stream. */
struct rows {
    int64_t n;
    char *const *domain, *const *path; /* [n]; NULL: not given */
};

void tv_map_release(struct tv_map *m)
{
    free(m->at);
    free(m->label);
    free(m->pred[0]);
    free(m->pred[1]);
    free(m->side);
}

/* A string a row; NULL when absent. */
static const char *strings(char *const **v, const struct tv_set *s, const char *name, int64_t n)
{
    const struct tv_tensor *t = tv_set_find(s, name);
    *v = t && t->dtype == TV_STR && t->rank == 1 && t->dim[0] == n ? t->data : NULL;
    return t && !*v ? tv_msg("%s: want a string for each of %lld rows, got %s", name, (long long)n,
                             tv_tensor_text(t))
                    : NULL;
}

/* A number a row; NULL when absent. */
static const char *numbers(int64_t **v, const struct tv_set *s, const char *name, int64_t n)
{
    const struct tv_tensor *t = tv_set_find(s, name);
    const char *error = t ? tv_figure_shape(t, 1, n, -1) : NULL;
    *v = t && !error ? tv_tensor_i64_new(t) : NULL;
    return error;
}

/* ---- predictions of another stream ---- */

static char *key_new(const struct tv_figure *f, const struct rows *r, int64_t i)
{
    const char *domain = r->domain ? r->domain[i] : NULL;
    return tv_format_new("%d\n%s", tv_figure_side(f, domain), r->path[i]);
}

static bool same_rows(const struct rows *a, const struct rows *b)
{
    if (a->n != b->n) return false;
    for (int64_t i = 0; a->path && b->path && i < a->n; i++)
        if (strcmp(a->path[i], b->path[i])) return false;
    return true;
}

/* out[i]: the value of the row of `from` that is row i of `to`; -1 without. */
static void match(int64_t *out, const struct rows *to, const struct rows *from, const int64_t *value,
                  const struct tv_figure *f)
{
    struct tv_index index = {0};
    char **key = TV_ARRAY(char *, (size_t)from->n);
    for (int64_t i = from->n - 1; i >= 0; i--) {
        key[i] = key_new(f, from, i);
        tv_index_put(&index, key[i], (int)i);
    }
    for (int64_t i = 0; i < to->n; i++) {
        char *wanted = key_new(f, to, i);
        int at = tv_index_get(&index, wanted);
        out[i] = at >= 0 ? value[at] : -1;
        free(wanted);
    }
    for (int64_t i = 0; i < from->n; i++) free(key[i]);
    free(key);
    tv_index_release(&index);
}

/* The predictions of a model for the map's rows. */
static const char *predictions(struct tv_map *m, enum tv_side model, const struct tv_set *s,
                               const struct tv_figure *f)
{
    const struct tv_tensor *t = tv_set_find(s, "pred");
    struct rows map = {m->n, m->domain, m->path}, rows = {.n = t && t->rank == 1 ? t->dim[0] : m->n};
    int64_t *pred;
    const char *error = numbers(&pred, s, "pred", -1);
    if (error || !pred) return error;
    if (!error) error = strings(&rows.domain, s, "domain", rows.n);
    if (!error) error = strings(&rows.path, s, "path", rows.n);
    if (!error && same_rows(&map, &rows)) {
        m->pred[model] = pred;
        return NULL;
    }
    if (!error && (!map.path || !rows.path))
        error =
            tv_msg("%s: pred: want %lld rows as in the map, got %lld; with `path` in both streams they are "
                   "matched by it",
                   s->name, (long long)m->n, (long long)rows.n);
    if (!error) {
        m->pred[model] = TV_ARRAY(int64_t, (size_t)m->n);
        match(m->pred[model], &map, &rows, pred, f);
        if (rows.n > m->all) m->all = rows.n;
    }
    free(pred);
    return error;
}

/* ---- all ---- */

/* The images of the domains that the map has. */
static void count_images(struct tv_map *m, const struct tv_figure *f)
{
    int64_t images = 0;
    bool present[2] = {false, false};
    for (int64_t i = 0; i < m->n; i++) present[m->side[i]] = true;
    for (size_t d = 0; d < f->n_images; d++) {
        struct tv_batch b = tv_dataset_all(&f->images[d]);
        for (int64_t i = 0; i < b.n; i++) images += present[tv_figure_side(f, b.domain ? b.domain[i] : NULL)];
    }
    if (images > m->all) m->all = images;
}

/* The stream of map k; NULL beyond the last. */
static const struct tv_set *find_map(const struct tv_figure *f, int k)
{
    for (size_t i = 0; i < f->n; i++)
        if (tv_set_find(&f->stream[i], "tsne") && k-- == 0) return &f->stream[i];
    return NULL;
}

int tv_map_count(const struct tv_figure *f)
{
    int n = 0;
    while (find_map(f, n)) n++;
    return n;
}

const char *tv_map_load(struct tv_map *m, const struct tv_figure *f, int k)
{
    const struct tv_set *s = find_map(f, k);
    *m = (struct tv_map){0};
    if (!s) return tv_figure_missing(f, "a map `tsne`", "tv-tsne");
    const struct tv_tensor *t = tv_set_find(s, "tsne");
    const char *error = tv_figure_shape(t, 2, -1, 2);
    if (error) return error;
    m->name = s->name;
    m->n = m->all = t->dim[0];
    m->at = tv_tensor_f64_new(t);
    error = numbers(&m->label, s, "label", m->n);
    if (!error) error = strings(&m->domain, s, "domain", m->n);
    if (!error) error = strings(&m->path, s, "path", m->n);
    m->side = TV_ARRAY(enum tv_side, (size_t)m->n);
    for (int64_t i = 0; i < m->n; i++) m->side[i] = tv_figure_side(f, m->domain ? m->domain[i] : NULL);
    for (int model = 0; model < 2 && !error; model++) {
        const struct tv_set *infer = f->part[model ? TV_PART_TARGET_INFER : TV_PART_SOURCE_INFER];
        if (infer) error = predictions(m, (enum tv_side)model, infer, f);
    }
    if (!error && !m->pred[TV_TARGET]) error = numbers(&m->pred[TV_TARGET], s, "pred", m->n);
    if (!error) count_images(m, f);
    return error;
}
