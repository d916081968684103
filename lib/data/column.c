#include "data/column.h"
#include <stdlib.h>
#include <string.h>
#include "core/mem.h"

static size_t row_bytes(const struct tv_column *c) { return (size_t)c->row * tv_dtype_size(c->dtype); }

void tv_column_init(struct tv_column *c, int id, const struct tv_tensor *t, enum tv_dtype dtype)
{
    *c = (struct tv_column){
        .id = id, .declared = t->dim[0], .from = t->dtype, .dtype = dtype, .row = tv_tensor_row(t)};
}

static void free_strings(struct tv_column *c, int64_t from, int64_t n)
{
    if (c->dtype != TV_STR) return;
    for (int64_t i = from * c->row; i < (from + n) * c->row; i++) free(((char **)c->data)[i]);
}

void tv_column_release(struct tv_column *c)
{
    if (c->data) free_strings(c, c->head, c->n);
    free(c->data);
    *c = (struct tv_column){.id = -1};
}

void *tv_column_at(const struct tv_column *c, int64_t i)
{
    return (char *)c->data + (size_t)(c->head + i) * row_bytes(c);
}

void tv_column_append(struct tv_column *c, int64_t rows, const void *data, int64_t first, int64_t last)
{
    int64_t a = first - c->seen, b = last - c->seen; /* of the rows that came, [a, b) are wanted */
    c->seen += rows;
    if (a < 0) a = 0;
    if (b > rows) b = rows;
    if (a >= b) return;
    if (c->head > 0 && c->n > 0) memmove(c->data, tv_column_at(c, 0), (size_t)c->n * row_bytes(c));
    c->head = 0;
    c->data = tv_grow(c->data, &c->cap, (size_t)(c->n + b - a), row_bytes(c));
    size_t count = (size_t)((b - a) * c->row);
    const char *from = (const char *)data + (size_t)(a * c->row) * tv_dtype_size(c->from);
    void *to = tv_column_at(c, c->n);
    if (c->dtype == TV_STR)
        for (size_t i = 0; i < count; i++)
            ((char **)to)[i] = tv_strdup(((char *const *)(const void *)from)[i]);
    else if (c->dtype == c->from)
        memcpy(to, from, count * tv_dtype_size(c->dtype));
    else
        tv_convert(to, c->dtype, from, c->from, count);
    c->n += b - a;
}

void tv_column_drop(struct tv_column *c, int64_t n)
{
    free_strings(c, c->head, n);
    c->head += n, c->n -= n;
}

void tv_column_keep(struct tv_column *c, const int64_t *index, int64_t n)
{
    size_t bytes = row_bytes(c);
    int64_t next = 0;
    for (int64_t i = 0; i < c->n; i++) {
        if (next < n && index[next] == i) {
            if (next != i) memcpy(tv_column_at(c, next), tv_column_at(c, i), bytes);
            next++;
        } else {
            free_strings(c, c->head + i, 1);
        }
    }
    c->n = n;
}
