#include "analysis/map_out.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "analysis/affinity.h"
#include "core/err.h"
#include "core/mem.h"
#include "core/str.h"

char *tv_map_name_new(const struct tv_map_input *in)
{
    const char *dot = strrchr(in->set.name, '.');
    return dot && dot > in->set.name ? tv_strndup(in->set.name, (size_t)(dot - in->set.name))
                                     : tv_strdup(in->set.name);
}

/* ---- tensors that come along ---- */

static bool is_carried(const struct tv_map_input *in, const struct tv_tensor *t)
{
    return t->rank == 1 && t->dim[0] == in->x->dim[0];
}

/* Do the rows mapped differ? */
static bool differ(const struct tv_map *m, const struct tv_tensor *a, const struct tv_tensor *b)
{
    if (!b || a->dtype != b->dtype) return true;
    size_t size = tv_dtype_size(a->dtype);
    for (int64_t i = 0; i < m->n; i++) {
        int64_t at = m->row[i];
        if (a->dtype == TV_STR
                ? strcmp(((char **)a->data)[at], ((char **)b->data)[at])
                : memcmp((char *)a->data + (size_t)at * size, (char *)b->data + (size_t)at * size, size))
            return true;
    }
    return false;
}

static void carry(const struct tv_map *m, struct tv_writer *w, const struct tv_tensor *t, const char *name)
{
    size_t size = tv_dtype_size(t->dtype);
    char *rows = tv_alloc((size_t)m->n, size);
    for (int64_t i = 0; i < m->n; i++)
        memcpy(rows + (size_t)i * size, (char *)t->data + (size_t)m->row[i] * size, size);
    tv_writer_array(w, name, t->dtype, 1, &m->n, rows, &t->attrs);
    free(rows);
}

void tv_map_carry(const struct tv_map *m, struct tv_writer *w)
{
    int first = m->o.align ? 0 : m->inputs - 1;
    struct tv_str name = {0};
    tv_writer_metas(w, &m->in[first].set.meta);
    for (int t = first; t < m->inputs; t++) {
        char *input = tv_map_name_new(&m->in[t]);
        for (size_t i = 0; i < m->in[t].set.n; i++) {
            const struct tv_tensor *x = m->in[t].set.at[i];
            if (!is_carried(&m->in[t], x)) continue;
            if (t > first && !differ(m, x, tv_set_find(&m->in[first].set, x->name))) continue;
            name.len = 0;
            tv_str_add(&name, t > first ? "%s/%s" : "%s", x->name, input);
            carry(m, w, x, name.s);
        }
        free(input);
    }
    tv_str_release(&name);
}

/* ---- P ---- */

void tv_map_save_p(struct tv_writer *w, const struct tv_sparse *p, double perplexity)
{
    struct tv_attrs attrs = {0};
    int64_t *start = TV_ARRAY(int64_t, (size_t)p->n + 1), rows = p->n + 1;
    for (int64_t i = 0; i < p->n; i++) start[i + 1] = start[i] + tv_sparse_size(p, i);
    int32_t *column = TV_ARRAY(int32_t, (size_t)start[p->n]);
    float *value = TV_ARRAY(float, (size_t)start[p->n]);
    for (int64_t i = 0; i < p->n; i++) {
        size_t count = (size_t)(start[i + 1] - start[i]);
        memcpy(column + start[i], p->column + p->start[i], count * sizeof *column);
        memcpy(value + start[i], p->value + p->start[i], count * sizeof *value);
    }
    tv_attrs_setf(&attrs, "perplexity", "%.17g", perplexity);
    tv_writer_array(w, "tsne.p/start", TV_I64, 1, &rows, start, &attrs);
    tv_writer_array(w, "tsne.p/column", TV_I32, 1, &start[p->n], column, NULL);
    tv_writer_array(w, "tsne.p/value", TV_F32, 1, &start[p->n], value, NULL);
    tv_attrs_release(&attrs);
    free(start);
    free(column);
    free(value);
}

/* NULL, or what is wrong with the three arrays of P of n rows. */
static const char *check_p(const struct tv_tensor *start, const struct tv_tensor *column,
                           const struct tv_tensor *value, int64_t n)
{
    if (start->dtype != TV_I64 || column->dtype != TV_I32 || value->dtype != TV_F32)
        return tv_msg("want i64, i32 and f32, got %s, %s, %s", tv_dtype_name(start->dtype),
                      tv_dtype_name(column->dtype), tv_dtype_name(value->dtype));
    if (start->dim[0] != n + 1)
        return tv_msg("want %lld rows, got %lld; P is that of other rows", (long long)n,
                      (long long)start->dim[0] - 1);
    const int64_t *s = start->data;
    const int32_t *c = column->data;
    const float *v = value->data;
    if (s[0] != 0 || s[n] != column->dim[0] || s[n] != value->dim[0])
        return tv_msg("want %lld entries, got %lld columns and %lld values", (long long)s[n],
                      (long long)column->dim[0], (long long)value->dim[0]);
    for (int64_t i = 0; i < n; i++)
        if (s[i + 1] < s[i] || s[i + 1] > s[n] || s[i + 1] - s[i] > n)
            return tv_msg("row %lld has no end", (long long)i);
    for (int64_t e = 0; e < s[n]; e++)
        if (c[e] < 0 || c[e] >= n || !(v[e] >= 0 && v[e] <= 1))
            return tv_msg("entry %lld: want a column below %lld and a value from 0 to 1, got %d, %g",
                          (long long)e, (long long)n, c[e], (double)v[e]);
    return NULL;
}

const char *tv_map_load_p(struct tv_sparse *p, const char *path, int64_t n)
{
    struct tv_set s = {0};
    tv_set_read(&s, path, NULL);
    const struct tv_tensor *start = tv_set_want(&s, "tsne.p/start", 1),
                           *column = tv_set_want(&s, "tsne.p/column", 1),
                           *value = tv_set_want(&s, "tsne.p/value", 1);
    const char *err = check_p(start, column, value, n);
    if (err) return tv_msg("--load-p %s: tsne.p: %s", path, err);
    tv_sparse_fill(p, n, start->data, column->data, value->data);
    tv_set_release(&s);
    return NULL;
}

/* ---- points ---- */

const char *tv_map_load_points(float **u, int64_t *n, const char *path, const char *option)
{
    struct tv_set s = {0};
    tv_set_read(&s, path, NULL);
    const struct tv_tensor *t = s.n == 1 ? s.at[0] : tv_set_want(&s, "tsne", 2);
    if (t->rank != 2 || (*n >= 0 && t->dim[0] != *n) || t->dim[1] != 2 || t->dtype == TV_STR)
        return *n >= 0 ? tv_msg("%s %s: want %lld points [%lld,2], got %s", option, path, (long long)*n,
                                (long long)*n, tv_tensor_text(t))
                       : tv_msg("%s %s: want points [rows,2], got %s", option, path, tv_tensor_text(t));
    *n = t->dim[0];
    *u = tv_tensor_f32_new(t);
    tv_set_release(&s);
    for (int64_t e = 0; e < 2 * *n; e++)
        if (!(fabsf((*u)[e]) < TV_TSNE_FAR))
            return tv_msg("%s %s: point %lld: want coordinates under %g, got %g", option, path,
                          (long long)e / 2, TV_TSNE_FAR, (double)(*u)[e]);
    return NULL;
}
