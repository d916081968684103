/* nn/onnx_tensor.c - elements from raw_data, the typed fields or external files.  Every size is checked
 * against the bytes that are there before memory is asked for. */
#include "nn/onnx_tensor.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "core/err.h"
#include "core/mem.h"
#include "core/str.h"

static const struct {
    const char *text;
    enum tv_dtype dtype;
} types[] = {{"undefined", 0},      {"float", TV_F32},   {"uint8", TV_U8},      {"int8", TV_I8},
             {"uint16", TV_U16},    {"int16", TV_I16},   {"int32", TV_I32},     {"int64", TV_I64},
             {"string", 0},         {"bool", TV_BOOL},   {"float16", TV_F16},   {"double", TV_F64},
             {"uint32", TV_U32},    {"uint64", TV_U64},  {"complex64", 0},      {"complex128", 0},
             {"bfloat16", TV_BF16}, {"float8e4m3fn", 0}, {"float8e4m3fnuz", 0}, {"float8e5m2", 0},
             {"float8e5m2fnuz", 0}, {"uint4", 0},        {"int4", 0},           {"float4e2m1", 0}};
enum { TYPES = sizeof types / sizeof *types };

enum tv_dtype tv_onnx_dtype(int32_t type) { return type < 0 || type >= TYPES ? 0 : types[type].dtype; }
const char *tv_onnx_dtype_text(int32_t type)
{
    return type < 0 || type >= TYPES ? "unknown" : types[type].text;
}

static const char *name_of(const Onnx__TensorProto *t) { return t->name ? t->name : ""; }

/* ---- external data ---- */

static const char *entry(const Onnx__TensorProto *t, const char *key)
{
    for (size_t i = 0; i < t->n_external_data; i++) {
        const Onnx__StringStringEntryProto *e = t->external_data[i];
        if (e->key && e->value && !strcmp(e->key, key)) return e->value;
    }
    return NULL;
}

/* A relative path that stays below the model's directory. */
static bool inside(const char *path)
{
    if (*path == '/' || !*path) return false;
    for (const char *p = path; p; p = strchr(p, '/')) {
        p += *p == '/';
        if (!strncmp(p, "..", 2) && (p[2] == '/' || !p[2])) return false;
    }
    return true;
}

static const char *read_at(const char *path, int64_t offset, void *to, size_t n)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return tv_msg("external data '%s': %s", path, strerror(errno));
    struct stat st;
    const char *err = NULL;
    if (fstat(fd, &st) || !S_ISREG(st.st_mode))
        err = tv_msg("external data '%s': not a file", path);
    else if (offset > st.st_size || (uint64_t)(st.st_size - offset) < n)
        err = tv_msg("external data '%s': want %zu bytes at %lld, the file has %lld", path, n,
                     (long long)offset, (long long)st.st_size);
    for (size_t done = 0; !err && done < n;) {
        ssize_t got = pread(fd, (char *)to + done, n - done, offset + (off_t)done);
        if (got <= 0)
            err = tv_msg("external data '%s': %s", path, got ? strerror(errno) : "shorter than expected");
        else
            done += (size_t)got;
    }
    close(fd);
    return err;
}

/* Whether the file has them is known before they are asked for. */
static const char *external_size(const char *path, int64_t offset, size_t n)
{
    struct stat st;
    if (stat(path, &st)) return tv_msg("external data '%s': %s", path, strerror(errno));
    if (offset > st.st_size || (uint64_t)(st.st_size - offset) < n)
        return tv_msg("external data '%s': want %zu bytes at %lld, the file has %lld", path, n,
                      (long long)offset, (long long)st.st_size);
    return NULL;
}

static const char *read_external(struct tv_tensor **out, const Onnx__TensorProto *t, enum tv_dtype type,
                                 const int64_t *dim, size_t bytes, const char *dir)
{
    const char *location = entry(t, "location"), *from = entry(t, "offset"), *length = entry(t, "length");
    int64_t offset = 0, n = (int64_t)bytes;
    if (!location || !inside(location))
        return tv_msg("tensor '%s': external data must name a file below the model's directory", name_of(t));
    if ((from && (!tv_parse_int(from, &offset) || offset < 0)) || (length && !tv_parse_int(length, &n)))
        return tv_msg("tensor '%s': bad offset or length of external data", name_of(t));
    if (n != (int64_t)bytes)
        return tv_msg("tensor '%s': want %zu bytes of external data, got %lld", name_of(t), bytes,
                      (long long)n);
    char *path = tv_format_new("%s/%s", dir ? dir : ".", location);
    const char *err = external_size(path, offset, bytes);
    if (!err) {
        *out = tv_tensor_new(name_of(t), type, (int)t->n_dims, dim);
        if ((err = read_at(path, offset, (*out)->data, bytes))) tv_tensor_free(*out);
    }
    free(path);
    return err;
}

/* ---- typed fields ---- */

/* The field that holds a type's elements. */
static size_t typed_count(const Onnx__TensorProto *t, enum tv_dtype type)
{
    switch (type) {
    case TV_F32: return t->n_float_data;
    case TV_F64: return t->n_double_data;
    case TV_I64: return t->n_int64_data;
    case TV_U32:
    case TV_U64: return t->n_uint64_data;
    default: return t->n_int32_data;
    }
}

/* The low bytes of each int32 (f16 and bf16 are stored as their bits) or uint64. */
static void narrow(void *dst, size_t size, const void *src, size_t from, size_t n)
{
    for (size_t i = 0; i < n; i++) memcpy((char *)dst + i * size, (const char *)src + i * from, size);
}

static void copy_typed(void *dst, const Onnx__TensorProto *t, enum tv_dtype type, size_t n)
{
    switch (type) {
    case TV_F32: memcpy(dst, t->float_data, n * sizeof(float)); break;
    case TV_F64: memcpy(dst, t->double_data, n * sizeof(double)); break;
    case TV_I64: memcpy(dst, t->int64_data, n * sizeof(int64_t)); break;
    case TV_U32:
    case TV_U64: narrow(dst, tv_dtype_size(type), t->uint64_data, sizeof(uint64_t), n); break;
    default: narrow(dst, tv_dtype_size(type), t->int32_data, sizeof(int32_t), n); break;
    }
}

/* Bytes other than 0 and 1 are true as well. */
static void normalise_bool(struct tv_tensor *t)
{
    uint8_t *b = t->data;
    if (t->dtype == TV_BOOL)
        for (int64_t i = 0; i < tv_tensor_count(t); i++) b[i] = b[i] != 0;
}

static const char *shape_of(const Onnx__TensorProto *t, enum tv_dtype *type, int64_t *dim, size_t *count)
{
    *type = tv_onnx_dtype(t->data_type);
    if (!*type)
        return tv_msg("tensor '%s': elements of type %s are not supported", name_of(t),
                      tv_onnx_dtype_text(t->data_type));
    if (t->n_dims > TV_MAX_RANK)
        return tv_msg("tensor '%s': want at most %d dimensions, got %zu", name_of(t), TV_MAX_RANK, t->n_dims);
    *count = 1;
    for (size_t i = 0; i < t->n_dims; i++) {
        dim[i] = t->dims[i];
        if (dim[i] < 0 || !tv_mul(*count, (size_t)dim[i], count) || *count > SIZE_MAX / 16)
            return tv_msg("tensor '%s': bad dimension %lld", name_of(t), (long long)dim[i]);
    }
    return NULL;
}

const char *tv_onnx_tensor_new(struct tv_tensor **out, const Onnx__TensorProto *t, const char *dir)
{
    enum tv_dtype type;
    int64_t dim[TV_MAX_RANK];
    size_t count = 0;
    const char *err = shape_of(t, &type, dim, &count);
    if (err) return err;
    size_t bytes = count * tv_dtype_size(type);
    if (t->has_data_location && t->data_location == ONNX__TENSOR_PROTO__DATA_LOCATION__EXTERNAL) {
        err = read_external(out, t, type, dim, bytes, dir);
        if (!err) normalise_bool(*out);
        return err;
    }
    bool raw = t->has_raw_data && (t->raw_data.len || !typed_count(t, type));
    size_t have = raw ? t->raw_data.len : typed_count(t, type), want = raw ? bytes : count;
    if (have != want)
        return tv_msg("tensor '%s': want %zu %s, got %zu", name_of(t), want, raw ? "bytes" : "elements",
                      have);
    *out = tv_tensor_new(name_of(t), type, (int)t->n_dims, dim);
    if (raw && bytes) memcpy((*out)->data, t->raw_data.data, bytes);
    if (!raw && count) copy_typed((*out)->data, t, type, count);
    normalise_bool(*out);
    return NULL;
}

/* ---- nesting ---- */

static bool varint(const uint8_t **p, const uint8_t *end, uint64_t *v)
{
    *v = 0;
    for (int shift = 0; *p < end && shift < 70; shift += 7) {
        uint8_t b = *(*p)++;
        if (shift < 64) *v |= (uint64_t)(b & 127) << shift;
        if (!(b & 128)) return true;
    }
    return false;
}

/* The field's payload to *len bytes at *p; false at the end or where the bytes are no message (unpacking says
 * so). */
static bool next_field(const uint8_t **p, const uint8_t *end, uint32_t *id, int *wire, uint64_t *len)
{
    uint64_t key;
    if (*p >= end || !varint(p, end, &key)) return false;
    *id = (uint32_t)(key >> 3);
    *wire = (int)(key & 7);
    *len = 0;
    uint64_t skipped;
    switch (*wire) {
    case 0: return varint(p, end, &skipped);
    case 1: *len = 8; break;
    case 2:
        if (!varint(p, end, len)) return false;
        break;
    case 5: *len = 4; break;
    default: return false;
    }
    return *len <= (uint64_t)(end - *p);
}

const char *tv_onnx_check_depth(const ProtobufCMessageDescriptor *d, const uint8_t *p, size_t n, int depth)
{
    enum { DEEPEST = 64 };
    const uint8_t *end = p + n;
    uint32_t id;
    int wire;
    uint64_t len;
    if (depth > DEEPEST) return tv_msg("messages nested deeper than %d", DEEPEST);
    for (; next_field(&p, end, &id, &wire, &len); p += len) {
        if (wire != 2) continue;
        const ProtobufCFieldDescriptor *f = protobuf_c_message_descriptor_get_field(d, id);
        if (!f || f->type != PROTOBUF_C_TYPE_MESSAGE) continue;
        const char *err = tv_onnx_check_depth(f->descriptor, p, (size_t)len, depth + 1);
        if (err) return err;
    }
    return NULL;
}
