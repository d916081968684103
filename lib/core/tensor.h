/* core/tensor.h - a named tensor in memory: dtype, shape, attributes, data in row-major order. */
#ifndef TV_CORE_TENSOR_H
#define TV_CORE_TENSOR_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The numbers are those of the file format, tv(5); never renumber. */
enum tv_dtype {
    TV_U8 = 1,
    TV_I8,
    TV_U16,
    TV_I16,
    TV_U32,
    TV_I32,
    TV_U64,
    TV_I64,
    TV_BOOL,
    TV_F16,
    TV_BF16,
    TV_F32,
    TV_F64,
    TV_STR, /* UTF-8; in memory an array of char *, each a new string */
    TV_DTYPE_END
};
#define TV_MAX_RANK 8

/* How images and maps of logical shape [N,C,H,W] lie in memory. */
enum tv_layout {
    TV_PLAIN,  /* row-major in the order of the logical dimensions */
    TV_CHLAST, /* channels last: stored as [N,H,W,C] */
    TV_NCHW = TV_PLAIN,
    TV_NHWC = TV_CHLAST,
};

const char *tv_dtype_name(enum tv_dtype t);     /* "f32"; "?" for an unknown number */
enum tv_dtype tv_dtype_parse(const char *name); /* 0 when unknown */
size_t tv_dtype_size(enum tv_dtype t);          /* bytes in memory; sizeof(char *) for TV_STR */
bool tv_dtype_is_float(enum tv_dtype t);
/* n elements from one numeric dtype to another; integers saturate, floats round to nearest even. */
void tv_convert(void *dst, enum tv_dtype dt, const void *src, enum tv_dtype st, size_t n);

/* Key/value attributes, in the order in which they were set; values are text. */
struct tv_attr {
    char *key, *value;
};
struct tv_attrs {
    size_t n, cap;
    struct tv_attr *at;
};
const char *tv_attrs_get(const struct tv_attrs *a, const char *key); /* borrowed; NULL when absent */
void tv_attrs_set(struct tv_attrs *a, const char *key, const char *value);
void tv_attrs_setf(struct tv_attrs *a, const char *key, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void tv_attrs_remove(struct tv_attrs *a, const char *key);
void tv_attrs_copy(struct tv_attrs *dst, const struct tv_attrs *src); /* adds all of src to dst */
void tv_attrs_release(struct tv_attrs *a);

struct tv_tensor {
    char *name;
    enum tv_dtype dtype;
    int rank;
    int64_t dim[TV_MAX_RANK];
    struct tv_attrs attrs;
    void *data;
    bool borrowed; /* data belongs to a mapping or to the caller: release leaves it alone */
};

/* A tensor of zeros (empty strings).  The caller owns it: tv_tensor_free. */
struct tv_tensor *tv_tensor_new(const char *name, enum tv_dtype t, int rank, const int64_t *dim);
/* The same with `data`, from malloc or the like, which becomes the tensor's. */
struct tv_tensor *tv_tensor_around(const char *name, enum tv_dtype t, int rank, const int64_t *dim,
                                   void *data);
void tv_tensor_free(struct tv_tensor *t);
int64_t tv_tensor_count(const struct tv_tensor *t); /* number of elements */
int64_t tv_tensor_row(const struct tv_tensor *t); /* elements of one row: product of dim[1..]; 1 for rank 0 */
/* Bytes of an array of this shape, a shape that was read and cannot be trusted: false when a dimension is
 * negative or the product is beyond any memory, a dimension of 0 among them or not. */
bool tv_shape_bytes(size_t *bytes, enum tv_dtype t, int rank, const int64_t *dim);
/* Element i as a double (strings: NAN). */
double tv_tensor_get(const struct tv_tensor *t, int64_t i);
/* All elements as new f32 / f64 / i64 arrays of tv_tensor_count() elements; the caller frees. */
float *tv_tensor_f32_new(const struct tv_tensor *t);
double *tv_tensor_f64_new(const struct tv_tensor *t);
int64_t *tv_tensor_i64_new(const struct tv_tensor *t);
/* "f32 [200,32]" in a tv_msg() buffer. */
const char *tv_tensor_text(const struct tv_tensor *t);

#endif
