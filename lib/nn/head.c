#include "nn/head.h"
#include <math.h>
#include <string.h>
#include "core/err.h"
#include "nn/onnx_build.h"
#include "nn/op.h"
#include "num/rng.h"

int64_t tv_head_classes(const struct tv_graph *g) { return tv_value_row(&g->value[tv_graph_logits(g)]); }

/* The initialiser that a node reads as input i, or NULL. */
static Onnx__TensorProto *weight_of(const Onnx__GraphProto *p, const Onnx__NodeProto *n, size_t i)
{
    return i < n->n_input ? tv_onnx_find_weight(p, n->input[i]) : NULL;
}

static Onnx__NodeProto *node_that_makes(const Onnx__GraphProto *p, const char *value)
{
    for (size_t i = 0; i < p->n_node; i++)
        if (p->node[i]->n_output && !strcmp(p->node[i]->output[0], value)) return p->node[i];
    return NULL;
}

/* The bias that an Add puts on `value`: its initialiser, or NULL. */
static Onnx__TensorProto *added_bias(const Onnx__GraphProto *p, const char *value)
{
    for (size_t i = 0; i < p->n_node; i++) {
        const Onnx__NodeProto *n = p->node[i];
        if (strcmp(n->op_type, "Add") || n->n_input != 2) continue;
        if (!strcmp(n->input[0], value)) return weight_of(p, n, 1);
        if (!strcmp(n->input[1], value)) return weight_of(p, n, 0);
    }
    return NULL;
}

static int64_t attribute(const Onnx__NodeProto *n, const char *name)
{
    for (size_t i = 0; i < n->n_attribute; i++)
        if (!strcmp(n->attribute[i]->name, name)) return n->attribute[i]->i;
    return 0;
}

/* The same tensor with k instead of `classes` along `axis`, random: variance 1/fan_in. */
static void replace_weight(Onnx__TensorProto *t, int axis, int64_t k, uint64_t seed)
{
    int64_t dim[TV_MAX_RANK], count = 1;
    int rank = (int)t->n_dims;
    for (int i = 0; i < rank; i++) count *= dim[i] = i == axis ? k : t->dims[i];
    float *w = tv_onnx_reshape_weight(t, rank, dim);
    double deviation = sqrt((double)k / (double)count);
    struct tv_rng r;
    tv_rng_seed(&r, seed, 0);
    for (int64_t i = 0; i < count; i++) w[i] = (float)(deviation * tv_rng_normal(&r));
}

/* Zeros of the shape, with k along its last dimension. */
static void replace_bias(Onnx__TensorProto *t, int64_t k)
{
    int64_t dim[TV_MAX_RANK];
    int rank = (int)t->n_dims;
    for (int i = 0; i < rank; i++) dim[i] = i == rank - 1 ? k : t->dims[i];
    tv_onnx_reshape_weight(t, rank, dim);
}

/* Declared shapes that name the old number of classes: the outputs get the new one, what is between is
 * forgotten. */
static void replace_shapes(Onnx__GraphProto *p, int64_t classes, int64_t k)
{
    for (size_t i = 0; i < p->n_value_info; i++)
        onnx__value_info_proto__free_unpacked(p->value_info[i], NULL);
    p->n_value_info = 0;
    for (size_t i = 0; i < p->n_output; i++) {
        const Onnx__TypeProto *type = p->output[i]->type;
        if (!type || type->value_case != ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE || !type->tensor_type->shape)
            continue;
        const Onnx__TensorShapeProto *shape = type->tensor_type->shape;
        if (shape->n_dim > 1 && shape->dim[1]->dim_value == classes) shape->dim[1]->dim_value = k;
    }
}

static const char *replace(const struct tv_graph *g, Onnx__GraphProto *p, int64_t k, uint64_t seed)
{
    const struct tv_layer *last = &g->layer[g->n_layers - 1];
    const struct tv_node *layer = &g->node[last->node];
    int64_t classes = tv_head_classes(g);
    Onnx__NodeProto *n = node_that_makes(p, g->value[layer->out[0]].name);
    Onnx__TensorProto *weight = n ? tv_onnx_find_weight(p, g->value[last->weight].name) : NULL;
    if (!weight)
        return tv_msg("%s: its weight is computed, not stored; --head cannot replace it", last->name);
    if (last->channels != classes)
        return tv_msg("%s: the last layer has %lld outputs, the model %lld; --head cannot replace it",
                      last->name, (long long)last->channels, (long long)classes);
    bool rows = strcmp(n->op_type, "MatMul") && (strcmp(n->op_type, "Gemm") || attribute(n, "transB"));
    Onnx__TensorProto *bias = weight_of(p, n, 2);
    if (!bias) bias = added_bias(p, n->output[0]);
    replace_weight(weight, rows ? 0 : (int)weight->n_dims - 1, k, seed);
    if (bias) replace_bias(bias, k);
    replace_shapes(p, classes, k);
    return NULL;
}

const char *tv_head_replace_new(const struct tv_graph *g, const void *bytes, size_t n, int64_t k,
                                uint64_t seed, void **out, size_t *out_n)
{
    if (g->n_layers == 0) return tv_msg("a model without layers");
    Onnx__ModelProto *m = onnx__model_proto__unpack(NULL, n, bytes);
    if (!m || !m->graph) return tv_msg("not an ONNX model, or damaged");
    const char *err = replace(g, m->graph, k, seed);
    if (!err) *out = tv_onnx_pack_new(m, out_n);
    onnx__model_proto__free_unpacked(m, NULL);
    return err;
}
