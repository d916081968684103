#include "core/pb.h"
#include <stdlib.h>
#include <string.h>
#include "core/err.h"
#include "core/mem.h"
#include "onnx.pb-c.h"

/* Which dtype a DataType is, and which typed field holds it when there are no raw data: narrow integers, bool
 * and half floats (by their bits) sit in int32_data. */
enum field { FLOAT, INT32, INT64, DOUBLE, UINT64, STRING };

static const struct {
    enum tv_dtype dtype;
    enum field field;
} types[] = {
    [ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT] = {TV_F32, FLOAT},
    [ONNX__TENSOR_PROTO__DATA_TYPE__UINT8] = {TV_U8, INT32},
    [ONNX__TENSOR_PROTO__DATA_TYPE__INT8] = {TV_I8, INT32},
    [ONNX__TENSOR_PROTO__DATA_TYPE__UINT16] = {TV_U16, INT32},
    [ONNX__TENSOR_PROTO__DATA_TYPE__INT16] = {TV_I16, INT32},
    [ONNX__TENSOR_PROTO__DATA_TYPE__INT32] = {TV_I32, INT32},
    [ONNX__TENSOR_PROTO__DATA_TYPE__INT64] = {TV_I64, INT64},
    [ONNX__TENSOR_PROTO__DATA_TYPE__STRING] = {TV_STR, STRING},
    [ONNX__TENSOR_PROTO__DATA_TYPE__BOOL] = {TV_BOOL, INT32},
    [ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT16] = {TV_F16, INT32},
    [ONNX__TENSOR_PROTO__DATA_TYPE__DOUBLE] = {TV_F64, DOUBLE},
    [ONNX__TENSOR_PROTO__DATA_TYPE__UINT32] = {TV_U32, UINT64},
    [ONNX__TENSOR_PROTO__DATA_TYPE__UINT64] = {TV_U64, UINT64},
    [ONNX__TENSOR_PROTO__DATA_TYPE__BFLOAT16] = {TV_BF16, INT32},
};

enum tv_dtype tv_pb_dtype(int32_t type)
{
    return type < 0 || (size_t)type >= sizeof types / sizeof *types ? 0 : types[type].dtype;
}

const char *tv_pb_type_name(int32_t type)
{
    static const char *const names[] = {
        "undefined",      "float",      "uint8",          "int8",       "uint16",   "int16",
        "int32",          "int64",      "string",         "bool",       "float16",  "double",
        "uint32",         "uint64",     "complex64",      "complex128", "bfloat16", "float8e4m3fn",
        "float8e4m3fnuz", "float8e5m2", "float8e5m2fnuz", "uint4",      "int4",     "float4e2m1"};
    return type < 0 || (size_t)type >= sizeof names / sizeof *names ? "unknown" : names[type];
}

/* The elements of the typed field, and their number and width. */
static const void *field_of(const Onnx__TensorProto *p, enum field f, size_t *n, size_t *width)
{
    switch (f) {
    case FLOAT: return *n = p->n_float_data, *width = 4, p->float_data;
    case INT32: return *n = p->n_int32_data, *width = 4, p->int32_data;
    case INT64: return *n = p->n_int64_data, *width = 8, p->int64_data;
    case DOUBLE: return *n = p->n_double_data, *width = 8, p->double_data;
    case UINT64: return *n = p->n_uint64_data, *width = 8, p->uint64_data;
    case STRING: break;
    }
    return *n = p->n_string_data, *width = 0, NULL;
}

static const char *check(const Onnx__TensorProto *p, const char *name, size_t *count)
{
    size_t type = (size_t)p->data_type, bytes, have, width;
    if (!tv_pb_dtype(p->data_type))
        return tv_msg("%s: elements of type %s are not supported", name, tv_pb_type_name(p->data_type));
    if (p->has_data_location && p->data_location == ONNX__TENSOR_PROTO__DATA_LOCATION__EXTERNAL)
        return tv_msg("%s: its data are in another file, and only a model names it", name);
    if (p->n_dims > TV_MAX_RANK || !tv_shape_bytes(&bytes, types[type].dtype, (int)p->n_dims, p->dims))
        return tv_msg("%s: bad dimensions in TensorProto", name);
    *count = bytes / tv_dtype_size(types[type].dtype);
    if (p->has_raw_data && types[type].dtype != TV_STR) {
        if (p->raw_data.len == bytes) return NULL;
        return tv_msg("%s: shape needs %zu bytes, raw_data has %zu: truncated or damaged", name, bytes,
                      p->raw_data.len);
    }
    field_of(p, types[type].field, &have, &width);
    if (have == *count) return NULL;
    return tv_msg("%s: shape needs %zu elements, TensorProto has %zu: truncated or damaged", name, *count,
                  have);
}

static void copy_strings(char **to, const Onnx__TensorProto *p)
{
    for (size_t i = 0; i < p->n_string_data; i++) {
        const ProtobufCBinaryData *text = &p->string_data[i]; /* data is NULL when it is empty */
        free(to[i]);
        to[i] = text->len ? tv_strndup((const char *)text->data, text->len) : tv_strdup("");
    }
}

const char *tv_pb_tensor_new(struct tv_tensor **t, const Onnx__TensorProto *p, const char *name)
{
    size_t count = 0, have, width;
    int64_t dim[TV_MAX_RANK] = {0};
    if (!name) name = p->name && *p->name ? p->name : "tensor";
    const char *msg = check(p, name, &count);
    if (msg) return msg;
    for (size_t i = 0; i < p->n_dims; i++) dim[i] = p->dims[i];
    enum tv_dtype dtype = types[p->data_type].dtype;
    *t = tv_tensor_new(name, dtype, (int)p->n_dims, dim);
    size_t size = tv_dtype_size(dtype);
    const uint8_t *from = field_of(p, types[p->data_type].field, &have, &width);
    if (dtype == TV_STR)
        copy_strings((*t)->data, p);
    else if (p->has_raw_data && count)
        memcpy((*t)->data, p->raw_data.data, count * size);
    else /* the low bytes of each element, little-endian */
        for (size_t i = 0; i < count; i++) memcpy((uint8_t *)(*t)->data + i * size, from + i * width, size);
    return NULL;
}

const char *tv_pb_tensor_take_new(struct tv_tensor **t, Onnx__TensorProto *p, const char *name)
{
    enum tv_dtype dtype = tv_pb_dtype(p->data_type);
    void *data = p->raw_data.data;
    size_t count;
    if (!p->has_raw_data || !data || (uintptr_t)data % 64 || dtype == TV_STR)
        return tv_pb_tensor_new(t, p, name);
    const char *msg = check(p, name, &count);
    if (msg) return msg;
    int64_t dim[TV_MAX_RANK] = {0};
    for (size_t i = 0; i < p->n_dims; i++) dim[i] = p->dims[i];
    *t = tv_tensor_around(name, dtype, (int)p->n_dims, dim, data);
    p->raw_data = (ProtobufCBinaryData){0};
    return NULL;
}

const char *tv_pb_parse_new(struct tv_tensor **t, const void *bytes, size_t n, const char *name)
{
    Onnx__TensorProto *p = onnx__tensor_proto__unpack(NULL, n, bytes);
    if (!p) return tv_msg("want an ONNX TensorProto, found something else or a truncated one");
    const char *msg = tv_pb_tensor_new(t, p, name);
    onnx__tensor_proto__free_unpacked(p, NULL);
    return msg;
}
