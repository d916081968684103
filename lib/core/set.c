/* core/set.c - a whole stream in memory, see stream.h.  A tensor that came as one uncompressed chunk of a
 * mapped file is used where it lies; chunks of others are joined in memory that grows with the bytes that
 * arrive, never with what a shape claims. */
#include "core/err.h"
#include "core/mem.h"
#include "core/reader.h"
#include "core/rows.h"
#include <stdlib.h>
#include <string.h>

/* A tensor being assembled. */
struct part {
    struct tv_tensor *t; /* in the set; NULL: not wanted */
    int64_t rows;        /* that came */
    struct tv_rows copy; /* they, unless t->data is borrowed */
};

struct tv_tensor *tv_set_add(struct tv_set *s, struct tv_tensor *t)
{
    s->at = tv_grow(s->at, &s->cap, s->n + 1, sizeof *s->at);
    return s->at[s->n++] = t;
}

struct tv_tensor *tv_set_find(const struct tv_set *s, const char *name)
{
    for (size_t i = 0; i < s->n; i++)
        if (!strcmp(s->at[i]->name, name)) return s->at[i];
    return NULL;
}

struct tv_tensor *tv_set_want(const struct tv_set *s, const char *name, int rank)
{
    struct tv_tensor *t = tv_set_find(s, name);
    const char *from = s->name ? s->name : "input";
    if (!t) {
        const char **names = TV_ARRAY(const char *, s->n + 1);
        for (size_t i = 0; i < s->n; i++) names[i] = s->at[i]->name;
        const char *near = tv_nearest(name, names);
        tv_die(TV_DATA, "%s: want tensor %s, found none; %s%s%s", from, name,
               near ? "did you mean " : "tv-info lists what it has", near ? near : "", near ? "?" : "");
    }
    if (rank >= 0 && t->rank != rank)
        tv_die(TV_DATA, "%s: %s: want %d dimension%s, got %s", from, name, rank, rank == 1 ? "" : "s",
               tv_tensor_text(t));
    return t;
}

void tv_set_release(struct tv_set *s)
{
    for (size_t i = 0; i < s->n; i++) tv_tensor_free(s->at[i]);
    free(s->at);
    tv_attrs_release(&s->meta);
    free(s->name);
    if (s->from) tv_reader_close(s->from);
    *s = (struct tv_set){0};
}

/* ---- assembling ---- */

static struct tv_tensor *declaration_new(const struct tv_tensor *from)
{
    struct tv_tensor *t = TV_NEW(struct tv_tensor);
    t->name = tv_strdup(from->name);
    t->dtype = from->dtype;
    t->rank = from->rank;
    memcpy(t->dim, from->dim, sizeof t->dim);
    tv_attrs_copy(&t->attrs, &from->attrs);
    return t;
}

static void append(struct part *p, const struct tv_reader *r, const struct tv_record *rec)
{
    struct tv_tensor *t = p->t;
    int64_t total = t->rank ? t->dim[0] : 1;
    if (!p->rows && !t->borrowed && r->in_place && !r->foreign) {
        t->data = rec->data;
        t->borrowed = true;
    } else {
        if (t->borrowed) { /* a second chunk: they are joined */
            tv_rows_append(&p->copy, p->rows, t->data, total);
            t->borrowed = false;
        }
        tv_rows_append(&p->copy, rec->rows, rec->data, total);
        t->data = p->copy.data;
    }
    p->rows += rec->rows;
}

static bool wanted(const char *name, const char *const *globs)
{
    if (!globs) return true;
    for (; *globs; globs++)
        if (tv_glob(*globs, name)) return true;
    return false;
}

void tv_set_read(struct tv_set *s, const char *path, const char *const *globs)
{
    struct tv_reader *r = tv_reader_open(path);
    struct part *parts = NULL;
    size_t n = 0, cap = 0;
    bool mapping_used = false;
    struct tv_record rec;
    *s = (struct tv_set){.name = tv_strdup(tv_reader_name(r))};
    r->src.keep = true;
    while (tv_reader_next(r, &rec) != TV_EV_END) {
        if (rec.event == TV_EV_META) tv_attrs_set(&s->meta, rec.key, rec.value);
        if (rec.event == TV_EV_TENSOR) {
            parts = tv_grow(parts, &cap, n + 1, sizeof *parts);
            bool take = wanted(rec.tensor->name, globs);
            parts[n] = (struct part){.t = take ? tv_set_add(s, declaration_new(rec.tensor)) : NULL};
            tv_rows_begin(&parts[n++].copy, rec.tensor);
        }
        if (rec.event == TV_EV_ROWS && parts[rec.id].t) append(&parts[rec.id], r, &rec);
    }
    for (size_t i = 0; i < n; i++) {
        struct tv_tensor *t = parts[i].t;
        if (!t) continue;
        if (t->rank) t->dim[0] = parts[i].rows;
        if (!t->data) t->data = tv_alloc_aligned(0, 1);
        mapping_used |= t->borrowed;
    }
    free(parts);
    if (mapping_used)
        s->from = r;
    else
        tv_reader_close(r);
}
