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
#include "core/pb.h"
#include "core/str.h"

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

/* Whether the file has the bytes is known before memory is asked for. */
static const char *external_size(const char *path, int64_t offset, size_t n)
{
    struct stat st;
    if (stat(path, &st)) return tv_msg("external data '%s': %s", path, strerror(errno));
    if (!S_ISREG(st.st_mode)) return tv_msg("external data '%s': not a file", path);
    if (offset > st.st_size || (uint64_t)(st.st_size - offset) < n)
        return tv_msg("external data '%s': want %zu bytes at %lld, the file has %lld", path, n,
                      (long long)offset, (long long)st.st_size);
    return NULL;
}

static const char *read_at(const char *path, int64_t offset, void *to, size_t n)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return tv_msg("external data '%s': %s", path, strerror(errno));
    const char *err = NULL;
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

/* The part of the file that the tensor says holds its data: `bytes` from *offset on. */
static const char *external_part(const Onnx__TensorProto *t, size_t bytes, int64_t *offset)
{
    const char *location = entry(t, "location"), *from = entry(t, "offset"), *length = entry(t, "length");
    int64_t n = (int64_t)bytes;
    *offset = 0;
    if (!location || !inside(location))
        return tv_msg("tensor '%s': external data must name a file below the model's directory", name_of(t));
    if ((from && (!tv_parse_int(from, offset) || *offset < 0)) || (length && !tv_parse_int(length, &n)))
        return tv_msg("tensor '%s': bad offset or length of external data", name_of(t));
    if (n != (int64_t)bytes)
        return tv_msg("tensor '%s': want %zu bytes of external data, got %lld", name_of(t), bytes,
                      (long long)n);
    return NULL;
}

static const char *read_external(struct tv_tensor **out, const Onnx__TensorProto *t, const char *dir)
{
    enum tv_dtype type = tv_pb_dtype(t->data_type);
    size_t bytes;
    int64_t offset, dim[TV_MAX_RANK];
    if (t->n_dims > TV_MAX_RANK || !tv_shape_bytes(&bytes, type, (int)t->n_dims, t->dims))
        return tv_msg("tensor '%s': bad dimensions", name_of(t));
    const char *err = external_part(t, bytes, &offset);
    if (err) return err;
    for (size_t i = 0; i < t->n_dims; i++) dim[i] = t->dims[i];
    char *path = tv_format_new("%s/%s", dir ? dir : ".", entry(t, "location"));
    err = external_size(path, offset, bytes);
    if (!err) {
        *out = tv_tensor_new(name_of(t), type, (int)t->n_dims, dim);
        if ((err = read_at(path, offset, (*out)->data, bytes))) tv_tensor_free(*out);
    }
    free(path);
    return err;
}

/* Bytes other than 0 and 1 are true as well. */
static void normalise_bool(struct tv_tensor *t)
{
    uint8_t *b = t->data;
    for (int64_t i = 0; t->dtype == TV_BOOL && i < tv_tensor_count(t); i++) b[i] = b[i] != 0;
}

const char *tv_onnx_tensor_new(struct tv_tensor **out, Onnx__TensorProto *t, const char *dir)
{
    enum tv_dtype type = tv_pb_dtype(t->data_type);
    if (!type || type == TV_STR)
        return tv_msg("tensor '%s': elements of type %s are not supported", name_of(t),
                      tv_pb_type_name(t->data_type));
    bool external = t->has_data_location && t->data_location == ONNX__TENSOR_PROTO__DATA_LOCATION__EXTERNAL;
    const char *err = external ? read_external(out, t, dir) : tv_pb_tensor_take_new(out, t, name_of(t));
    if (!err) normalise_bool(*out);
    return err;
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
