/* core/rows.c - see rows.h. */
#include "core/rows.h"
#include "core/mem.h"
#include <stdlib.h>
#include <string.h>

void tv_rows_begin(struct tv_rows *r, const struct tv_tensor *t)
{
    *r = (struct tv_rows){.dtype = t->dtype, .row = tv_tensor_row(t)};
}

static void reserve(struct tv_rows *r, size_t want, int64_t total)
{
    enum { STEP = 1 << 20 };
    if (want <= r->cap && r->data) return;
    size_t cap = want < STEP ? STEP : want > SIZE_MAX / 4 ? want : 2 * want;
    if (total >= 0 && tv_rows_bytes(r, total) >= want && tv_rows_bytes(r, total) < cap)
        cap = tv_rows_bytes(r, total);
    char *data = tv_alloc_aligned(cap, 1);
    if (r->n) memcpy(data, r->data, tv_rows_bytes(r, r->n));
    free(r->data);
    r->data = data;
    r->cap = cap;
}

void tv_rows_append(struct tv_rows *r, int64_t rows, const void *data, int64_t total)
{
    size_t have = tv_rows_bytes(r, r->n), more = tv_rows_bytes(r, rows);
    reserve(r, have + more, total);
    char *to = r->data + have;
    if (r->dtype == TV_STR)
        for (size_t i = 0; i < more / sizeof(char *); i++)
            ((char **)to)[i] = tv_strdup(((char *const *)data)[i]);
    else if (more)
        memcpy(to, data, more);
    r->n += rows;
}

static void free_strings(struct tv_rows *r, int64_t rows)
{
    if (r->dtype != TV_STR) return;
    for (int64_t i = 0; i < rows * r->row; i++) free(((char **)r->data)[i]);
}

void tv_rows_drop(struct tv_rows *r, int64_t rows)
{
    free_strings(r, rows);
    r->n -= rows;
    if (r->n) memmove(r->data, r->data + tv_rows_bytes(r, rows), tv_rows_bytes(r, r->n));
}

void tv_rows_release(struct tv_rows *r)
{
    free_strings(r, r->n);
    free(r->data);
    *r = (struct tv_rows){0};
}
