/* data/idx.h - IDX, the format of MNIST: 0 0 type rank, `rank` big-endian 32-bit dimensions, row-major
 * big-endian data.
 *
 *     type   0x08 u8   0x09 i8   0x0b i16   0x0c i32   0x0d f32   0x0e f64
 *
 * [N] are labels, [N,H,W] grey and [N,H,W,C] colour images.  Nothing is allocated by what the header claims:
 * rows are read into what the caller has, whole tensors grow with the data that really come. Functions return
 * NULL or a message (tv_msg) that names the file.
 */
#ifndef TV_DATA_IDX_H
#define TV_DATA_IDX_H
#include "core/tensor.h"
#include "data/bytes.h"

struct tv_idx {
    enum tv_dtype dtype;
    int rank;
    int64_t dim[TV_MAX_RANK];
    int64_t row;  /* elements of a row: product of dim[1..] */
    int64_t done; /* rows read */
};

bool tv_idx_is(const uint8_t *head, size_t n);
const char *tv_idx_header(struct tv_idx *x, struct tv_bytes *b);
/* The next n rows, in the machine's byte order, to `rows`; or past them when `rows` is NULL. */
const char *tv_idx_rows(struct tv_idx *x, struct tv_bytes *b, int64_t n, void *rows);
/* All rows were read: nothing may follow. */
const char *tv_idx_end(const struct tv_idx *x, struct tv_bytes *b);
/* Header and all rows as a new tensor. */
const char *tv_idx_tensor_new(struct tv_tensor **t, struct tv_bytes *b, const char *name);

#endif
