#include "core/safetensors.h"
#include <stdlib.h>
#include <string.h>
#include "core/json.h"
#include "core/mem.h"
#include "core/output.h"
#include "core/str.h"

enum { HEADER_MAX = 100 << 20 };

static const struct {
    const char *name;
    enum tv_dtype dtype;
} types[] = {{"F32", TV_F32}, {"F16", TV_F16}, {"BF16", TV_BF16}, {"F64", TV_F64}, {"I64", TV_I64},
             {"I32", TV_I32}, {"I16", TV_I16}, {"I8", TV_I8},     {"U8", TV_U8},   {"BOOL", TV_BOOL},
             {"U16", TV_U16}, {"U32", TV_U32}, {"U64", TV_U64}};

static enum tv_dtype type_of(const char *name)
{
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (!strcmp(types[i].name, name)) return types[i].dtype;
    return 0;
}

static const char *type_name(enum tv_dtype t)
{
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (types[i].dtype == t) return types[i].name;
    return NULL;
}

static uint64_t little64(const uint8_t *p)
{
    uint64_t v = 0;
    for (int i = 7; i >= 0; i--) v = v << 8 | p[i];
    return v;
}

bool tv_safetensors_is(const void *head, size_t n)
{
    return n >= 9 && little64(head) <= HEADER_MAX && ((const char *)head)[8] == '{';
}

/* ---- header to tensors ---- */

/* A JSON number that is a size; false when it is none. */
static bool size_of(const struct tv_json *j, int64_t *v)
{
    const double exact = 9007199254740992.0; /* 2^53 */
    if (!j || j->type != TV_JSON_NUMBER || !(j->number >= 0 && j->number < exact)) return false;
    *v = (int64_t)j->number;
    return (double)*v == j->number;
}

/* A tensor's dtype and shape, without data, and where its data lie. */
static const char *read_entry(const struct tv_json *j, struct tv_tensor *t, int64_t range[2])
{
    const struct tv_json *shape = tv_json_get(j, "shape"), *data = tv_json_get(j, "data_offsets");
    const char *type = tv_json_text(j, "dtype");
    if (!(t->dtype = type_of(type))) return tv_msg("%s: dtype \"%s\" is not supported", j->key, type);
    if (!shape || shape->type != TV_JSON_ARRAY || shape->n > TV_MAX_RANK)
        return tv_msg("%s: want a shape of at most %d dimensions", j->key, TV_MAX_RANK);
    for (t->rank = 0; t->rank < (int)shape->n; t->rank++)
        if (!size_of(&shape->at[t->rank], &t->dim[t->rank])) return tv_msg("%s: bad shape", j->key);
    if (!data || data->type != TV_JSON_ARRAY || data->n != 2 || !size_of(&data->at[0], &range[0]) ||
        !size_of(&data->at[1], &range[1]))
        return tv_msg("%s: want two data_offsets", j->key);
    return NULL;
}

static const char *check_entry(const struct tv_tensor *t, const char *name, const int64_t range[2],
                               size_t data)
{
    size_t bytes;
    if (!tv_shape_bytes(&bytes, t->dtype, t->rank, t->dim))
        return tv_msg("%s: dimensions are beyond any file: damaged header", name);
    if (range[1] < range[0] || (size_t)range[1] > data)
        return tv_msg("%s: want data within %zu bytes, found them at %lld to %lld: truncated or damaged",
                      name, data, (long long)range[0], (long long)range[1]);
    if ((size_t)(range[1] - range[0]) != bytes)
        return tv_msg("%s: shape needs %zu bytes, data_offsets give %lld", name, bytes,
                      (long long)(range[1] - range[0]));
    return NULL;
}

/* `left` counts the data bytes down, so that tensors that share them cannot multiply the file. */
static const char *add_tensor(struct tv_set *s, const struct tv_json *j, const uint8_t *data, size_t n,
                              size_t *left)
{
    struct tv_tensor head = {0};
    int64_t range[2] = {0, 0};
    const char *msg = read_entry(j, &head, range);
    if (msg || (msg = check_entry(&head, j->key, range, n))) return msg;
    size_t bytes = (size_t)(range[1] - range[0]);
    if (tv_set_find(s, j->key)) return tv_msg("%s: twice in the safetensors header", j->key);
    if (bytes > *left) return tv_msg("%s: safetensors data overlap", j->key);
    *left -= bytes;
    struct tv_tensor *t = tv_tensor_new(j->key, head.dtype, head.rank, head.dim);
    if (bytes) memcpy(t->data, data + range[0], bytes);
    tv_set_add(s, t);
    return NULL;
}

const char *tv_safetensors_parse(struct tv_set *s, const void *bytes, size_t n)
{
    uint64_t head = n >= 8 ? little64(bytes) : 0;
    if (!tv_safetensors_is(bytes, n) || head > n - 8)
        return tv_msg("safetensors header of %llu bytes in a file of %zu: truncated or another format",
                      (unsigned long long)head, n);
    const uint8_t *data = (const uint8_t *)bytes + 8 + head;
    size_t size = n - 8 - (size_t)head, left = size;
    char *text = tv_strndup((const char *)bytes + 8, (size_t)head);
    struct tv_json *j = tv_json_parse_new(text);
    const char *msg =
        j && j->type == TV_JSON_OBJECT ? NULL : tv_msg("safetensors header is not JSON: damaged");
    for (size_t i = 0; !msg && i < j->n; i++) {
        const struct tv_json *m = &j->at[i];
        if (strcmp(m->key, "__metadata__")) {
            msg = add_tensor(s, m, data, size, &left);
            continue;
        }
        for (size_t k = 0; k < m->n; k++)
            if (m->at[k].type == TV_JSON_STRING && m->at[k].key)
                tv_attrs_set(&s->meta, m->at[k].key, m->at[k].text);
    }
    tv_json_free(j);
    free(text);
    return msg;
}

/* ---- writing ---- */

static void add_attrs(struct tv_str *h, const char *prefix, const struct tv_attrs *a, bool *first)
{
    for (size_t i = 0; i < a->n; i++) {
        if (!strcmp(a->at[i].key, "history")) continue;
        char *key = *prefix ? tv_format_new("%s.%s", prefix, a->at[i].key) : tv_strdup(a->at[i].key);
        tv_str_add(h, *first ? "" : ",");
        tv_str_json(h, key);
        tv_str_add(h, ":");
        tv_str_json(h, a->at[i].value);
        *first = false;
        free(key);
    }
}

static void add_entry(struct tv_str *h, const struct tv_tensor *t, size_t *offset)
{
    size_t bytes = (size_t)tv_tensor_count(t) * tv_dtype_size(t->dtype);
    tv_str_add(h, ",");
    tv_str_json(h, t->name);
    tv_str_add(h, ":{\"dtype\":\"%s\",\"shape\":[", type_name(t->dtype));
    for (int i = 0; i < t->rank; i++) tv_str_add(h, "%s%lld", i ? "," : "", (long long)t->dim[i]);
    tv_str_add(h, "],\"data_offsets\":[%zu,%zu]}", *offset, *offset + bytes);
    *offset += bytes;
}

void tv_safetensors_write(const char *path, const struct tv_set *s, size_t *skipped)
{
    struct tv_str h = {0};
    size_t offset = 0;
    bool first = true;
    *skipped = 0;
    tv_str_add(&h, "{\"__metadata__\":{");
    add_attrs(&h, "", &s->meta, &first);
    for (size_t i = 0; i < s->n; i++) add_attrs(&h, s->at[i]->name, &s->at[i]->attrs, &first);
    tv_str_add(&h, "}");
    for (size_t width = 8; width; width /= 2)
        for (size_t i = 0; i < s->n; i++)
            if (type_name(s->at[i]->dtype) && tv_dtype_size(s->at[i]->dtype) == width)
                add_entry(&h, s->at[i], &offset);
    tv_str_add(&h, "}");
    while (h.len % 8) tv_str_add(&h, " ");
    struct tv_output o;
    tv_output_open(&o, path, true);
    uint64_t length = h.len; /* little-endian, as the machine */
    tv_output_write(&o, &length, sizeof length);
    tv_output_write(&o, h.s, h.len);
    for (size_t width = 8; width; width /= 2)
        for (size_t i = 0; i < s->n; i++)
            if (type_name(s->at[i]->dtype) && tv_dtype_size(s->at[i]->dtype) == width)
                tv_output_write(&o, s->at[i]->data, (size_t)tv_tensor_count(s->at[i]) * width);
    for (size_t i = 0; i < s->n; i++) *skipped += !type_name(s->at[i]->dtype);
    tv_output_close(&o);
    tv_str_release(&h);
}
