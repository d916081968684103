/* core/places.c - see places.h. */
#include "core/places.h"
#include "core/mem.h"
#include <stdlib.h>

enum {
    PIECE = 1 << 20,  /* bytes */
    AROUND = 64 << 10 /* the kernel maps as many around a page that is asked for */
};

static size_t row_bytes(const struct tv_tensor *t)
{
    return (size_t)tv_tensor_row(t) * tv_dtype_size(t->dtype);
}

void tv_places_add(struct tv_places *p, const struct tv_reader *r, const struct tv_record *rec)
{
    if (rec->event == TV_EV_TENSOR) {
        if (!p->n || p->rows_seen) p->groups++;
        p->rows_seen = false;
        p->at = tv_grow(p->at, &p->cap, p->n + 1, sizeof *p->at);
        tv_index_put(&p->names, rec->tensor->name, (int)p->n);
        p->at[p->n++] = (struct tv_place){
            .t = rec->tensor, .id = rec->id, .rows = rec->tensor->dim[0], .group = p->groups};
    } else if (rec->event == TV_EV_ROWS && p->n && rec->id >= p->at[0].id) {
        struct tv_place *x = &p->at[rec->id - p->at[0].id];
        p->rows_seen = true;
        x->at = tv_grow(x->at, &x->cap, x->n + 1, sizeof *x->at);
        x->at[x->n++] = r->at;
    }
}

struct tv_place *tv_places_find(const struct tv_places *p, const char *name)
{
    int i = tv_index_get(&p->names, name);
    return i >= 0 && !p->at[i].done ? &p->at[i] : NULL;
}

/* Gives back the memory of what was given, and of what lies between it and the next record: other tensors'
 * rows, as far as they were mapped beside it. */
static void drop(const struct tv_place *p, struct tv_reader *r)
{
    if (!p->next) return;
    uint64_t from = p->at[p->next - 1], to = from + TV_FORMAT_UNIT + (uint64_t)p->row * row_bytes(p->t);
    if (p->row == p->rec.rows) to = p->next < p->n ? p->at[p->next] : to + AROUND;
    tv_reader_drop(r, from > AROUND ? from - AROUND : 0, to);
}

bool tv_place_next(struct tv_place *p, struct tv_reader *r, struct tv_record *rec)
{
    size_t row = row_bytes(p->t);
    char *data = p->rec.data;
    drop(p, r);
    if (p->row == p->rec.rows) {
        if (p->next == p->n) return p->done = true, false;
        tv_reader_again(r, p->id, p->at[p->next++], &p->rec);
        data = p->rec.data;
        p->in_place = r->in_place;
        p->row = 0;
    }
    int64_t rows = p->rec.rows - p->row, most = row < PIECE ? (int64_t)(PIECE / (row ? row : 1)) : 1;
    if (p->in_place && rows > most) rows = most;
    *rec = p->rec;
    rec->row0 += p->row;
    rec->rows = rows;
    rec->data = data + (size_t)p->row * row;
    p->row += rows;
    p->given += rows;
    return true;
}

void tv_places_release(struct tv_places *p)
{
    for (size_t i = 0; i < p->n; i++) free(p->at[i].at);
    free(p->at);
    tv_index_release(&p->names);
    *p = (struct tv_places){0};
}
