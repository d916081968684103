/* core/rows.h - rows of one tensor that wait in memory of ours; it grows with the rows that arrive. */
#ifndef TV_CORE_ROWS_H
#define TV_CORE_ROWS_H
#include "core/tensor.h"

struct tv_rows {
    enum tv_dtype dtype;
    int64_t row; /* elements of a row */
    int64_t n;   /* rows */
    char *data;  /* 64-byte aligned; TV_STR: strings of ours */
    size_t cap;  /* bytes */
};
/* Empty rows of a tensor's dtype and row shape. */
void tv_rows_begin(struct tv_rows *r, const struct tv_tensor *t);
/* Copies rows to the end; `total`: how many there will be at most, -1 unknown (memory is rounded up less). */
void tv_rows_append(struct tv_rows *r, int64_t rows, const void *data, int64_t total);
/* Takes the first rows away. */
void tv_rows_drop(struct tv_rows *r, int64_t rows);
void tv_rows_release(struct tv_rows *r);
/* Bytes of `rows` rows; for strings of their pointers. */
static inline size_t tv_rows_bytes(const struct tv_rows *r, int64_t rows)
{
    return (size_t)rows * (size_t)r->row * tv_dtype_size(r->dtype);
}

#endif
