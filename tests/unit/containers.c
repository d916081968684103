/* safetensors and ONNX TensorProto: values, round trip, truncation, headers that lie. */
#include "check.h"
#include <stdint.h>
#include <stdlib.h>
#include "core/cmd.h"
#include "core/pb.h"
#include "core/safetensors.h"
#include "onnx.pb-c.h"
#include "scratch.h"

/* A file of this header (padded as it stands) and data. */
static size_t safetensors(uint8_t *to, const char *header, const void *data, size_t n)
{
    uint64_t length = strlen(header);
    memcpy(to, &length, 8);
    memcpy(to + 8, header, length);
    if (n) memcpy(to + 8 + length, data, n);
    return 8 + length + n;
}

static const char *parse(struct tv_set *s, const char *header, const void *data, size_t n)
{
    uint8_t file[1024];
    memset(s, 0, sizeof *s);
    return tv_safetensors_parse(s, file, safetensors(file, header, data, n));
}

static const char good[] = "{\"__metadata__\":{\"format\":\"pt\"},"
                           "\"b\\u00e9/w\":{\"dtype\":\"F32\",\"shape\":[1,2],\"data_offsets\":[0,8]},"
                           "\"n\":{\"dtype\":\"U8\",\"shape\":[],\"data_offsets\":[8,9]}}";
static const uint8_t data[9] = {0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0, 77};

static void safetensors_values(void)
{
    struct tv_set s;
    CHECK(!parse(&s, good, data, sizeof data));
    CHECK(s.n == 2);
    const struct tv_tensor *w = tv_set_find(&s, "b\xc3\xa9/w"), *n = tv_set_find(&s, "n");
    CHECK(w && w->dtype == TV_F32 && w->rank == 2 && w->dim[1] == 2);
    CHECK(w && ((float *)w->data)[0] == 1 && ((float *)w->data)[1] == -2);
    CHECK(n && n->rank == 0 && *(uint8_t *)n->data == 77);
    CHECK_STR(tv_attrs_get(&s.meta, "format"), "pt");
    tv_set_release(&s);
}

static void safetensors_lies(void)
{
    static const char *const bad[] = {
        "[]",
        "{\"a\":1}",
        "{\"a\"",
        "{\"a\\",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,16]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,0]}}",
        "{\"a\":{\"dtype\":\"F8_E4M3\",\"shape\":[1],\"data_offsets\":[0,1]}}",
        "{\"a\":{\"dtype\":\"U8\",\"shape\":[-1],\"data_offsets\":[0,1]}}",
        "{\"a\":{\"dtype\":\"U8\",\"shape\":[1.5],\"data_offsets\":[0,1]}}",
        "{\"a\":{\"dtype\":\"U8\",\"shape\":[1,1,1,1,1,1,1,1,1],\"data_offsets\":[0,1]}}",
        "{\"a\":{\"dtype\":\"F64\",\"shape\":[4294967296,4294967296],\"data_offsets\":[0,8]}}",
        /* the same bytes twice: a small file could grow without bound */
        "{\"a\":{\"dtype\":\"U8\",\"shape\":[9],\"data_offsets\":[0,9]},\"b\":{\"dtype\":\"U8\",\"shape\":[9]"
        ",\"data_offsets\":[0,9]}}",
        "{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]},\"a\":{\"dtype\":\"U8\",\"shape\":[1]"
        ",\"data_offsets\":[1,2]}}",
    };
    struct tv_set s;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        CHECK(parse(&s, bad[i], data, sizeof data) != NULL);
        tv_set_release(&s);
    }
    uint8_t file[1024];
    size_t n = safetensors(file, good, data, sizeof data);
    int accepted = 0;
    for (size_t cut = 0; cut < n; cut++) {
        memset(&s, 0, sizeof s);
        accepted += tv_safetensors_parse(&s, file, cut) == NULL;
        tv_set_release(&s);
    }
    CHECK(accepted == 0);
}

static void safetensors_roundtrip(void)
{
    struct tv_set s = {0}, back = {0};
    size_t n, skipped;
    const int64_t three = 3, two = 2;
    struct tv_tensor *small = tv_tensor_new("small", TV_U8, 1, &three),
                     *wide = tv_tensor_new("wide \"x\"", TV_F64, 1, &two);
    memcpy(small->data, "abc", 3);
    ((double *)wide->data)[1] = 0.1;
    tv_attrs_set(&small->attrs, "scale", "2");
    tv_set_add(&s, small);
    tv_set_add(&s, wide);
    tv_set_add(&s, tv_tensor_new("text", TV_STR, 1, &two));
    tv_attrs_set(&s.meta, "classes", "a\nb");
    tv_safetensors_write(scratch("x.safetensors"), &s, &skipped);
    CHECK(skipped == 1);
    void *bytes = tv_file_read_new(scratch("x.safetensors"), &n);
    CHECK(!tv_safetensors_parse(&back, bytes, n));
    CHECK(back.n == 2);
    CHECK_STR(back.at[0]->name, "wide \"x\""); /* wider types first, so that all data are aligned */
    CHECK(((double *)back.at[0]->data)[1] == 0.1 && !memcmp(back.at[1]->data, "abc", 3));
    CHECK_STR(tv_attrs_get(&back.meta, "classes"), "a\nb");
    CHECK_STR(tv_attrs_get(&back.meta, "small.scale"), "2");
    free(bytes);
    tv_set_release(&s);
    tv_set_release(&back);
}

/* ---- TensorProto ---- */

static size_t pack(const Onnx__TensorProto *p, uint8_t *to) { return onnx__tensor_proto__pack(p, to); }

static void pb_values(void)
{
    uint8_t file[512];
    int64_t dims[2] = {2, 2};
    float f[4] = {1, 2, 3, -4};
    int32_t halves[4] = {0x3c00, 0xc000, 0, 0x3800};
    uint8_t raw[4] = {1, 0, 255, 3};
    struct tv_tensor *t;
    Onnx__TensorProto p = ONNX__TENSOR_PROTO__INIT;
    p.n_dims = 2, p.dims = dims, p.has_data_type = 1, p.name = "w";
    p.data_type = ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT, p.n_float_data = 4, p.float_data = f;
    CHECK(!tv_pb_parse_new(&t, file, pack(&p, file), NULL));
    CHECK(t->dtype == TV_F32 && t->rank == 2 && ((float *)t->data)[3] == -4);
    CHECK_STR(t->name, "w");
    tv_tensor_free(t);
    p.n_float_data = 3; /* fewer than the shape says */
    CHECK(tv_pb_parse_new(&t, file, pack(&p, file), NULL) != NULL);
    p.n_float_data = 0;
    p.data_type = ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT16, p.n_int32_data = 4, p.int32_data = halves;
    CHECK(!tv_pb_parse_new(&t, file, pack(&p, file), "x"));
    CHECK(t->dtype == TV_F16 && tv_tensor_get(t, 1) == -2 && tv_tensor_get(t, 3) == 0.5);
    CHECK_STR(t->name, "x");
    tv_tensor_free(t);
    p.n_int32_data = 0, p.data_type = ONNX__TENSOR_PROTO__DATA_TYPE__INT8;
    dims[0] = 0, p.has_raw_data = 1; /* nothing, rawly */
    CHECK(!tv_pb_parse_new(&t, file, pack(&p, file), NULL) && tv_tensor_count(t) == 0);
    tv_tensor_free(t);
    dims[0] = INT64_MAX, dims[1] = 0; /* nothing, of an impossible shape */
    CHECK(tv_pb_parse_new(&t, file, pack(&p, file), NULL) != NULL);
    dims[0] = 2, dims[1] = 2;
    p.has_raw_data = 1, p.raw_data = (ProtobufCBinaryData){4, raw};
    CHECK(!tv_pb_parse_new(&t, file, pack(&p, file), NULL));
    CHECK(t->dtype == TV_I8 && tv_tensor_get(t, 2) == -1);
    tv_tensor_free(t);
    size_t n = pack(&p, file);
    int accepted = 0;
    for (size_t cut = 0; cut < n; cut++) accepted += !tv_pb_parse_new(&t, file, cut, NULL);
    CHECK(accepted == 0);
    dims[0] = INT64_MAX, dims[1] = 4;
    CHECK(tv_pb_parse_new(&t, file, pack(&p, file), NULL) != NULL);
    dims[0] = -1;
    CHECK(tv_pb_parse_new(&t, file, pack(&p, file), NULL) != NULL);
    dims[0] = 1, p.data_type = ONNX__TENSOR_PROTO__DATA_TYPE__COMPLEX64;
    CHECK(tv_pb_parse_new(&t, file, pack(&p, file), NULL) != NULL);
    p.data_type = ONNX__TENSOR_PROTO__DATA_TYPE__INT8;
    p.has_data_location = 1, p.data_location = ONNX__TENSOR_PROTO__DATA_LOCATION__EXTERNAL;
    const char *msg = tv_pb_parse_new(&t, file, pack(&p, file), NULL);
    CHECK(msg && strstr(msg, "another file"));
}

static void pb_strings(void)
{
    uint8_t file[256];
    int64_t dims = 2;
    ProtobufCBinaryData text[2] = {{2, (uint8_t *)"ab"}, {0, NULL}};
    struct tv_tensor *t;
    Onnx__TensorProto p = ONNX__TENSOR_PROTO__INIT;
    p.n_dims = 1, p.dims = &dims, p.has_data_type = 1, p.data_type = ONNX__TENSOR_PROTO__DATA_TYPE__STRING;
    p.n_string_data = 2, p.string_data = text;
    CHECK(!tv_pb_parse_new(&t, file, pack(&p, file), "s"));
    CHECK_STR(((char **)t->data)[0], "ab");
    CHECK_STR(((char **)t->data)[1], "");
    tv_tensor_free(t);
}

int main(void)
{
    safetensors_values();
    safetensors_lies();
    safetensors_roundtrip();
    pb_values();
    pb_strings();
    return check_done();
}
