/* nn/onnx_update.c - a model file with new weights: the initialisers' data are exchanged, the rest of the
 * messages goes through as it came, fields that this program does not know included. */
#include <stdlib.h>
#include <string.h>
#include "core/err.h"
#include "core/mem.h"
#include "core/pb.h"
#include "nn/onnx.h"
#include "nn/onnx_tensor.h"

/* protobuf-c's own allocator is malloc, so a buffer of ours can be handed over. */
static void drop_data(Onnx__TensorProto *t)
{
    free(t->float_data);
    free(t->double_data);
    free(t->int32_data);
    t->n_float_data = t->n_double_data = t->n_int32_data = 0;
    t->float_data = NULL, t->double_data = NULL, t->int32_data = NULL;
    if (t->has_raw_data) free(t->raw_data.data);
    t->has_raw_data = 0;
    for (size_t i = 0; i < t->n_external_data; i++)
        protobuf_c_message_free_unpacked(&t->external_data[i]->base, NULL);
    free(t->external_data);
    t->n_external_data = 0;
    t->external_data = NULL;
    t->has_data_location = 0;
}

/* The value's elements as raw data in the tensor's own type. */
static void replace_data(Onnx__TensorProto *t, const struct tv_value *v)
{
    enum tv_dtype type = tv_pb_dtype(t->data_type);
    size_t n = (size_t)tv_value_count(v), bytes = n * tv_dtype_size(type);
    drop_data(t);
    t->has_raw_data = 1;
    t->raw_data.len = bytes;
    t->raw_data.data = tv_alloc(bytes, 1);
    tv_convert(t->raw_data.data, type, v->data, v->dtype, n);
}

/* The value that holds the elements of an initialiser, perhaps in another shape; NULL: it is not trained. */
static const struct tv_value *trained(const struct tv_graph *g, const char *name)
{
    for (int i = 0; name && i < g->n_values; i++) {
        const struct tv_value *v = &g->value[i];
        if (v->trainable && v->data && !strcmp(v->origin ? v->origin : v->name, name)) return v;
    }
    return NULL;
}

static const char *update(const struct tv_graph *g, Onnx__GraphProto *p)
{
    for (size_t i = 0; i < p->n_initializer; i++) {
        Onnx__TensorProto *t = p->initializer[i];
        const struct tv_value *v = trained(g, t->name);
        if (!v || !tv_dtype_is_float(tv_pb_dtype(t->data_type))) continue;
        int64_t count = 1;
        for (size_t k = 0; k < t->n_dims; k++) count *= t->dims[k];
        if (count != tv_value_count(v))
            return tv_msg("initialiser '%s': want %lld elements, got %lld", t->name, (long long)count,
                          (long long)tv_value_count(v));
        replace_data(t, v);
    }
    return NULL;
}

const char *tv_onnx_update_new(const struct tv_graph *g, const void *bytes, size_t n, void **out,
                               size_t *out_n)
{
    const char *err = tv_onnx_check_depth(&onnx__model_proto__descriptor, bytes, n, 0);
    if (err) return err;
    Onnx__ModelProto *m = onnx__model_proto__unpack(NULL, n, bytes);
    if (!m) return tv_msg("not an ONNX model, or damaged");
    err = m->graph ? update(g, m->graph) : tv_msg("an ONNX file without a graph");
    if (!err) {
        *out_n = onnx__model_proto__get_packed_size(m);
        *out = tv_alloc(*out_n, 1);
        onnx__model_proto__pack(m, *out);
    }
    onnx__model_proto__free_unpacked(m, NULL);
    return err;
}
