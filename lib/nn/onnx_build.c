#include "nn/onnx_build.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include "core/cmd.h"
#include "core/mem.h"

/* A new message behind a repeated field's array: grown by one, as rarely as not to matter. */
#define ADD(T, INIT, array, count)                                                                           \
    ((array) = tv_realloc((array), (count) + 1, sizeof *(array)),                                            \
     (array)[(count)++] = new_message(sizeof(T), &(T)INIT))

static void *new_message(size_t size, const void *initial)
{
    return memcpy(tv_alloc(1, size), initial, size);
}

Onnx__ModelProto *tv_onnx_model_new(const char *name)
{
    Onnx__ModelProto *m = new_message(sizeof *m, &(Onnx__ModelProto)ONNX__MODEL_PROTO__INIT);
    m->has_ir_version = 1;
    m->ir_version = TV_ONNX_IR;
    m->producer_name = tv_strdup("tv");
    m->producer_version = tv_strdup(TV_VERSION);
    Onnx__OperatorSetIdProto *o =
        ADD(Onnx__OperatorSetIdProto, ONNX__OPERATOR_SET_ID_PROTO__INIT, m->opset_import, m->n_opset_import);
    o->domain = tv_strdup("");
    o->has_version = 1;
    o->version = TV_ONNX_OPSET;
    m->graph = new_message(sizeof *m->graph, &(Onnx__GraphProto)ONNX__GRAPH_PROTO__INIT);
    m->graph->name = tv_strdup(name);
    return m;
}

static void set_dim(Onnx__TensorShapeProto__Dimension *d, int64_t v)
{
    if (v < 0) {
        d->value_case = ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_PARAM;
        d->dim_param = tv_strdup("n");
    } else {
        d->value_case = ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE;
        d->dim_value = v;
    }
}

static void set_info(Onnx__ValueInfoProto *v, const char *name, int rank, const int64_t *dim)
{
    v->name = tv_strdup(name);
    v->type = new_message(sizeof *v->type, &(Onnx__TypeProto)ONNX__TYPE_PROTO__INIT);
    v->type->value_case = ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE;
    Onnx__TypeProto__Tensor *t =
        new_message(sizeof *t, &(Onnx__TypeProto__Tensor)ONNX__TYPE_PROTO__TENSOR__INIT);
    v->type->tensor_type = t;
    t->has_elem_type = 1;
    t->elem_type = ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT;
    t->shape = new_message(sizeof *t->shape, &(Onnx__TensorShapeProto)ONNX__TENSOR_SHAPE_PROTO__INIT);
    for (int i = 0; i < rank; i++)
        set_dim(ADD(Onnx__TensorShapeProto__Dimension, ONNX__TENSOR_SHAPE_PROTO__DIMENSION__INIT,
                    t->shape->dim, t->shape->n_dim),
                dim[i]);
}

void tv_onnx_add_input(Onnx__GraphProto *g, const char *name, int rank, const int64_t *dim)
{
    set_info(ADD(Onnx__ValueInfoProto, ONNX__VALUE_INFO_PROTO__INIT, g->input, g->n_input), name, rank, dim);
}

void tv_onnx_add_output(Onnx__GraphProto *g, const char *name, int rank, const int64_t *dim)
{
    set_info(ADD(Onnx__ValueInfoProto, ONNX__VALUE_INFO_PROTO__INIT, g->output, g->n_output), name, rank,
             dim);
}

Onnx__NodeProto *tv_onnx_add_node(Onnx__GraphProto *g, const char *type, const char *name,
                                  const char *const *inputs, const char *output)
{
    Onnx__NodeProto *n = ADD(Onnx__NodeProto, ONNX__NODE_PROTO__INIT, g->node, g->n_node);
    n->op_type = tv_strdup(type);
    n->name = tv_strdup(name);
    while (inputs[n->n_input]) n->n_input++;
    n->input = TV_ARRAY(char *, n->n_input);
    for (size_t i = 0; i < n->n_input; i++) n->input[i] = tv_strdup(inputs[i]);
    n->n_output = 1;
    n->output = TV_ARRAY(char *, 1);
    n->output[0] = tv_strdup(output);
    return n;
}

static Onnx__AttributeProto *add_attribute(Onnx__NodeProto *n, const char *name,
                                           Onnx__AttributeProto__AttributeType type)
{
    Onnx__AttributeProto *a =
        ADD(Onnx__AttributeProto, ONNX__ATTRIBUTE_PROTO__INIT, n->attribute, n->n_attribute);
    a->name = tv_strdup(name);
    a->has_type = 1;
    a->type = type;
    return a;
}

void tv_onnx_add_int(Onnx__NodeProto *n, const char *name, int64_t v)
{
    Onnx__AttributeProto *a = add_attribute(n, name, ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INT);
    a->has_i = 1;
    a->i = v;
}

void tv_onnx_add_ints(Onnx__NodeProto *n, const char *name, int count, const int64_t *v)
{
    Onnx__AttributeProto *a = add_attribute(n, name, ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INTS);
    a->n_ints = (size_t)count;
    a->ints = TV_ARRAY(int64_t, a->n_ints);
    memcpy(a->ints, v, a->n_ints * sizeof *v);
}

/* Frees what a tensor holds, in whichever of its fields. */
static void empty(Onnx__TensorProto *t)
{
    char *name = t->name;
    t->name = NULL;
    Onnx__TensorProto *old = new_message(sizeof *t, t);
    onnx__tensor_proto__free_unpacked(old, NULL);
    onnx__tensor_proto__init(t);
    t->name = name;
}

float *tv_onnx_reshape_weight(Onnx__TensorProto *t, int rank, const int64_t *dim)
{
    empty(t);
    size_t count = 1;
    t->n_dims = (size_t)rank;
    t->dims = TV_ARRAY(int64_t, t->n_dims);
    for (int i = 0; i < rank; i++) {
        t->dims[i] = dim[i];
        bool fits = tv_mul(count, (size_t)dim[i], &count);
        assert(fits);
        (void)fits;
    }
    t->has_data_type = 1;
    t->data_type = ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT;
    t->has_raw_data = 1;
    t->raw_data.len = count * sizeof(float);
    t->raw_data.data = tv_alloc(count, sizeof(float));
    return (float *)(void *)t->raw_data.data;
}

float *tv_onnx_add_weight(Onnx__GraphProto *g, const char *name, int rank, const int64_t *dim)
{
    Onnx__TensorProto *t = ADD(Onnx__TensorProto, ONNX__TENSOR_PROTO__INIT, g->initializer, g->n_initializer);
    t->name = tv_strdup(name);
    return tv_onnx_reshape_weight(t, rank, dim);
}

Onnx__TensorProto *tv_onnx_find_weight(const Onnx__GraphProto *g, const char *name)
{
    for (size_t i = 0; i < g->n_initializer; i++)
        if (g->initializer[i]->name && !strcmp(g->initializer[i]->name, name)) return g->initializer[i];
    return NULL;
}

void *tv_onnx_pack_new(const Onnx__ModelProto *m, size_t *n)
{
    *n = onnx__model_proto__get_packed_size(m);
    uint8_t *bytes = tv_alloc(*n, 1);
    onnx__model_proto__pack(m, bytes);
    return bytes;
}
