#include "data/idx.h"
#include <stdlib.h>
#include <string.h>
#include "core/err.h"
#include "core/mem.h"

static enum tv_dtype dtype_of(uint8_t type)
{
    static const enum tv_dtype of[16] = {
        [0x8] = TV_U8, [0x9] = TV_I8, [0xb] = TV_I16, [0xc] = TV_I32, [0xd] = TV_F32, [0xe] = TV_F64};
    return type < 16 ? of[type] : 0;
}

bool tv_idx_is(const uint8_t *head, size_t n)
{
    return n >= 4 && !head[0] && !head[1] && dtype_of(head[2]) && head[3] >= 1 && head[3] <= TV_MAX_RANK;
}

const char *tv_idx_header(struct tv_idx *x, struct tv_bytes *b)
{
    uint8_t head[4 + 4 * TV_MAX_RANK];
    size_t got;
    const char *msg = tv_bytes_read(b, head, 4, &got);
    if (msg) return msg;
    if (!tv_idx_is(head, got)) return tv_msg("%s: want an IDX file, found another or none", tv_bytes_name(b));
    memset(x, 0, sizeof *x);
    x->dtype = dtype_of(head[2]), x->rank = head[3], x->row = 1;
    if ((msg = tv_bytes_read(b, head + 4, 4 * (size_t)x->rank, &got))) return msg;
    if (got < 4 * (size_t)x->rank) return tv_msg("%s: IDX header is truncated", tv_bytes_name(b));
    for (int i = 0; i < x->rank; i++) {
        const uint8_t *d = head + 4 + 4 * i;
        x->dim[i] = (int64_t)d[0] << 24 | d[1] << 16 | d[2] << 8 | d[3];
    }
    size_t need, bound = tv_bytes_bound(b);
    if (!tv_shape_bytes(&need, x->dtype, x->rank, x->dim))
        return tv_msg("%s: IDX dimensions are beyond any file: damaged header", tv_bytes_name(b));
    for (int i = 1; i < x->rank; i++) x->row *= x->dim[i];
    if (need > bound)
        return tv_msg("%s: IDX header wants %zu bytes, the file has at most %zu: truncated", tv_bytes_name(b),
                      need, bound);
    return NULL;
}

/* Big-endian elements to the machine's order (little-endian, as the stream's). */
static void swap(uint8_t *p, size_t n, size_t size)
{
    for (size_t i = 0; i < n; i++, p += size)
        for (size_t j = 0; j < size / 2; j++) {
            uint8_t t = p[j];
            p[j] = p[size - 1 - j], p[size - 1 - j] = t;
        }
}

static const char *truncated(const struct tv_idx *x, struct tv_bytes *b, int64_t rows)
{
    return tv_msg("%s: IDX data end in row %lld of %lld: truncated", tv_bytes_name(b), (long long)rows,
                  (long long)x->dim[0]);
}

static const char *skip(struct tv_bytes *b, size_t n, size_t *got)
{
    uint8_t buffer[4096];
    size_t more = 1;
    const char *msg = NULL;
    for (*got = 0; *got < n && more && !msg; *got += more)
        msg = tv_bytes_read(b, buffer, n - *got < sizeof buffer ? n - *got : sizeof buffer, &more);
    return msg;
}

const char *tv_idx_rows(struct tv_idx *x, struct tv_bytes *b, int64_t n, void *rows)
{
    size_t size = tv_dtype_size(x->dtype), want = (size_t)(n * x->row) * size, got;
    const char *msg = rows ? tv_bytes_read(b, rows, want, &got) : skip(b, want, &got);
    if (msg) return msg;
    if (got < want) return truncated(x, b, x->done + (int64_t)(got / size) / x->row);
    if (rows) swap(rows, (size_t)(n * x->row), size);
    x->done += n;
    return NULL;
}

const char *tv_idx_end(const struct tv_idx *x, struct tv_bytes *b)
{
    const uint8_t *at;
    size_t got;
    const char *msg = tv_bytes_peek(b, &at, 1, &got);
    if (!msg && got)
        msg = tv_msg("%s: IDX data go on after row %lld, the last by its header", tv_bytes_name(b),
                     (long long)x->dim[0]);
    return msg;
}

const char *tv_idx_tensor_new(struct tv_tensor **t, struct tv_bytes *b, const char *name)
{
    struct tv_idx x;
    void *data;
    size_t n;
    const char *msg = tv_idx_header(&x, b);
    if (msg) return msg;
    size_t size = tv_dtype_size(x.dtype), want = (size_t)(x.dim[0] * x.row) * size;
    if ((msg = tv_bytes_rest_new(b, want, &data, &n))) return msg;
    if (n < want) {
        free(data);
        return truncated(&x, b, (int64_t)(n / size) / (x.row ? x.row : 1));
    }
    swap(data, want / size, size);
    *t = TV_NEW(struct tv_tensor);
    **t = (struct tv_tensor){.name = tv_strdup(name), .dtype = x.dtype, .rank = x.rank, .data = data};
    memcpy((*t)->dim, x.dim, sizeof x.dim);
    return NULL;
}
