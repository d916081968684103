/* data/column.h - rows of one tensor of a dataset between the reader and whoever wants them: a queue. */
#ifndef TV_DATA_COLUMN_H
#define TV_DATA_COLUMN_H
#include "core/tensor.h"

struct tv_column {
    int id;              /* of the tensor in its stream; -1: not declared */
    int64_t declared;    /* rows by the declaration; -1 unknown */
    enum tv_dtype from;  /* dtype in the stream */
    enum tv_dtype dtype; /* dtype here: what the rows are converted to */
    int64_t row;         /* elements of a row */
    int64_t seen;        /* rows that the stream brought */
    int64_t head, n;     /* rows [head, head + n) of `data` are in the queue */
    void *data;
    size_t cap;
};

void tv_column_init(struct tv_column *c, int id, const struct tv_tensor *t, enum tv_dtype dtype);
void tv_column_release(struct tv_column *c);
/* Appends rows of the stream (dtype `from`) whose index among those seen is in [first, last); strings are
 * copied. */
void tv_column_append(struct tv_column *c, int64_t rows, const void *data, int64_t first, int64_t last);
/* Row i of the queue. */
void *tv_column_at(const struct tv_column *c, int64_t i);
/* Forgets the first n rows (a string that the caller took was replaced by NULL). */
void tv_column_drop(struct tv_column *c, int64_t n);
/* Keeps only rows index[0..n) (ascending). */
void tv_column_keep(struct tv_column *c, const int64_t *index, int64_t n);

#endif
