/* nn/onnx.c - from the ONNX protobuf to a planned graph.
 *
 *     bytes -> messages -> values and nodes -> sorted -> set up -> constants folded -> layouts -> layers
 *           -> planned
 */
#include "nn/onnx.h"
#include <stdlib.h>
#include <string.h>
#include "core/cmd.h"
#include "core/err.h"
#include "core/mem.h"
#include "core/pb.h"
#include "core/str.h"
#include "nn/graph_internal.h"
#include "nn/onnx_attr.h"
#include "nn/onnx_tensor.h"
#include "nn/onnx_weights.h"
#include "nn/ops.h"

enum { OPSET_MIN = 1, NODES_MAX = 1 << 20 };

struct loader {
    struct tv_graph *g;
    const char *dir;
    struct tv_onnx_weights *weights;
    int *slot; /* hash table of the values' names: number + 1, 0 free */
    size_t slots;
};

/* ---- names ---- */

static size_t hash(const char *s)
{
    uint64_t h = 1469598103934665603u; /* FNV-1a */
    for (; *s; s++) h = (h ^ (unsigned char)*s) * 1099511628211u;
    return (size_t)h;
}

/* Where `name` is in the table or would go. */
static int *find_slot(const struct loader *l, const char *name)
{
    size_t i = hash(name) & (l->slots - 1);
    while (l->slot[i] && strcmp(l->g->value[l->slot[i] - 1].name, name)) i = (i + 1) & (l->slots - 1);
    return &l->slot[i];
}

static void grow_slots(struct loader *l)
{
    if (l->slots > 2 * (size_t)l->g->n_values) return;
    free(l->slot);
    l->slots = l->slots ? 4 * l->slots : 1024;
    l->slot = TV_ARRAY(int, l->slots);
    for (int i = 0; i < l->g->n_values; i++) *find_slot(l, l->g->value[i].name) = i + 1;
}

/* The value called `name`, made when there is none; -1 for the empty name of an input that is left out. */
static int value_number(struct loader *l, const char *name)
{
    if (!name || !*name) return -1;
    grow_slots(l);
    int *slot = find_slot(l, name);
    if (!*slot) *slot = tv_graph_add_value(l->g, name) + 1;
    return *slot - 1;
}

/* ---- attributes ---- */

static enum tv_attr_kind attr_kind(const Onnx__AttributeProto *a)
{
    switch (a->has_type ? a->type : ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__UNDEFINED) {
    case ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INT: return TV_ATTR_INT;
    case ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__FLOAT: return TV_ATTR_FLOAT;
    case ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__STRING: return TV_ATTR_STRING;
    case ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INTS: return TV_ATTR_INTS;
    case ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__FLOATS: return TV_ATTR_FLOATS;
    case ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__TENSOR: return TV_ATTR_TENSOR;
    case ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__UNDEFINED: break; /* files older than the field */
    default: return TV_ATTR_OTHER;
    }
    if (a->n_ints) return TV_ATTR_INTS;
    if (a->n_floats) return TV_ATTR_FLOATS;
    if (a->has_i) return TV_ATTR_INT;
    if (a->has_f) return TV_ATTR_FLOAT;
    if (a->has_s) return TV_ATTR_STRING;
    return a->t ? TV_ATTR_TENSOR : TV_ATTR_OTHER;
}

static const char *read_attr(struct tv_attr_onnx *to, const Onnx__AttributeProto *a, const char *dir)
{
    to->name = tv_strdup(a->name ? a->name : "");
    to->kind = attr_kind(a);
    to->i = a->i;
    to->f = a->f;
    if (to->kind == TV_ATTR_STRING) to->s = tv_strndup((const char *)a->s.data, a->s.len);
    if (to->kind == TV_ATTR_INTS) {
        to->count = (int)a->n_ints;
        to->ints = TV_ARRAY(int64_t, a->n_ints);
        if (a->n_ints) memcpy(to->ints, a->ints, a->n_ints * sizeof *a->ints);
    }
    if (to->kind == TV_ATTR_FLOATS) {
        to->count = (int)a->n_floats;
        to->floats = TV_ARRAY(float, a->n_floats);
        if (a->n_floats) memcpy(to->floats, a->floats, a->n_floats * sizeof *a->floats);
    }
    if (to->kind == TV_ATTR_TENSOR && !a->t) return tv_msg("attribute '%s' has no tensor", to->name);
    return to->kind == TV_ATTR_TENSOR ? tv_onnx_tensor_new(&to->t, a->t, dir) : NULL;
}

static const char *read_attrs(const struct loader *l, struct tv_node *n, const Onnx__NodeProto *p)
{
    struct tv_attrs_onnx *a = n->attrs = TV_NEW(struct tv_attrs_onnx);
    a->at = TV_ARRAY(struct tv_attr_onnx, p->n_attribute);
    for (size_t i = 0; i < p->n_attribute; i++) {
        const char *err = read_attr(&a->at[a->n++], p->attribute[i], l->dir);
        if (err) return tv_node_msg(n, "%s", err);
    }
    return NULL;
}

/* ---- values ---- */

/* Half and double precision are computed in single where images are run; fixed graphs keep their types. */
static void to_single(const struct tv_graph *g, struct tv_value *v)
{
    enum tv_dtype t = tv_graph_dtype(g, v->dtype);
    if (t == v->dtype) return;
    if (v->data) {
        size_t n = (size_t)tv_value_count(v);
        float *f = tv_alloc_aligned(n, sizeof *f);
        tv_convert(f, t, v->data, v->dtype, n);
        free(v->data);
        v->data = f;
    }
    v->dtype = t;
}

/* The tensor's data become the value's; the rest of the tensor is freed. */
static void take_tensor(const struct tv_graph *g, struct tv_value *v, struct tv_tensor *t)
{
    tv_value_shape(v, t->dtype, t->rank, t->dim);
    free(v->data);
    v->data = t->data;
    t->borrowed = true;
    tv_tensor_free(t);
    to_single(g, v);
}

/* The file's bytes are not needed once they are in a tensor: large models would be held twice. */
static void drop_raw(Onnx__TensorProto *t)
{
    free(t->raw_data.data); /* protobuf-c allocates with malloc */
    t->raw_data = (ProtobufCBinaryData){0};
}

static void become_constant(struct tv_value *v)
{
    v->constant = true;
    v->trainable = v->dtype == TV_F32;
}

/* A weight from the file beside the model; the copy is of the type that the model has it in. */
static const char *take_weight(const struct tv_graph *g, struct tv_value *v, const struct tv_tensor *t)
{
    const char *err = tv_onnx_weights_fit(t, v->rank, v->dim);
    if (err) return err;
    enum tv_dtype type = tv_graph_dtype(g, v->dtype);
    size_t n = (size_t)tv_tensor_count(t);
    tv_value_shape(v, type, t->rank, t->dim);
    v->data = tv_alloc_aligned(n, tv_dtype_size(type));
    tv_convert(v->data, type, t->data, t->dtype, n);
    return NULL;
}

static const char *read_initialiser(struct loader *l, struct tv_value *v, Onnx__TensorProto *p)
{
    const struct tv_tensor *weight = tv_onnx_weights_find(l->weights, p->name);
    enum tv_dtype type = tv_pb_dtype(p->data_type);
    if (weight && p->n_dims <= TV_MAX_RANK && type && type != TV_STR) {
        tv_value_shape(v, type, (int)p->n_dims, p->dims);
        return take_weight(l->g, v, weight);
    }
    struct tv_tensor *t;
    const char *err = tv_onnx_tensor_new(&t, p, l->dir);
    if (!err) take_tensor(l->g, v, t);
    drop_raw(p);
    return err;
}

static const char *read_initialisers(struct loader *l, Onnx__GraphProto *p)
{
    if (p->n_sparse_initializer) return tv_msg("sparse initialisers are not supported");
    for (size_t i = 0; i < p->n_initializer; i++) {
        int at = value_number(l, p->initializer[i]->name);
        if (at < 0) return tv_msg("initialiser %zu has no name", i);
        struct tv_value *v = &l->g->value[at];
        if (v->constant) return tv_msg("two initialisers called '%s'", v->name);
        const char *err = read_initialiser(l, v, p->initializer[i]);
        if (err) return err;
        become_constant(v);
    }
    return NULL;
}

/* dtype and declared shape of a graph input. */
static const char *read_input(const struct tv_graph *g, struct tv_value *v, const Onnx__ValueInfoProto *p)
{
    if (!p->type || p->type->value_case != ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE)
        return tv_msg("input '%s': want a tensor; sequences, maps and optionals are not supported", v->name);
    const Onnx__TypeProto__Tensor *t = p->type->tensor_type;
    v->dtype = tv_pb_dtype(t->elem_type);
    if (!v->dtype || v->dtype == TV_STR)
        return tv_msg("input '%s': elements of type %s are not supported", v->name,
                      tv_pb_type_name(t->elem_type));
    to_single(g, v);
    size_t rank = t->shape ? t->shape->n_dim : 0;
    if (rank > TV_MAX_RANK)
        return tv_msg("input '%s': want at most %d dimensions, got %zu", v->name, TV_MAX_RANK, rank);
    v->rank = (int)rank;
    for (size_t i = 0; i < rank; i++) {
        const Onnx__TensorShapeProto__Dimension *d = t->shape->dim[i];
        bool given =
            d->value_case == ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE && d->dim_value > 0;
        v->dim[i] = given ? d->dim_value : -1;
    }
    return NULL;
}

static const char *read_inputs(struct loader *l, const Onnx__GraphProto *p)
{
    struct tv_graph *g = l->g;
    g->input = TV_ARRAY(int, p->n_input);
    g->input_dim = tv_alloc(p->n_input, sizeof *g->input_dim);
    for (size_t i = 0; i < p->n_input; i++) {
        int before = g->n_values, at = value_number(l, p->input[i]->name);
        if (at < 0) return tv_msg("graph input %zu has no name", i);
        if (g->value[at].constant) continue; /* an initialiser, listed as files before IR 4 do */
        if (at < before) return tv_msg("two graph inputs called '%s'", p->input[i]->name);
        struct tv_value *v = &g->value[at];
        const char *err = read_input(g, v, p->input[i]);
        const struct tv_tensor *weight = err ? NULL : tv_onnx_weights_find(l->weights, v->name);
        if (weight && !(err = take_weight(g, v, weight)))
            become_constant(v); /* exported without its weights */
        if (err) return err;
        if (weight) continue;
        v->varies = true;
        memcpy(g->input_dim[g->n_inputs], v->dim, sizeof v->dim);
        g->input[g->n_inputs++] = at;
    }
    return NULL;
}

static const char *read_outputs(struct loader *l, const Onnx__GraphProto *p)
{
    struct tv_graph *g = l->g;
    if (p->n_output == 0) return tv_msg("the graph has no output");
    g->output = TV_ARRAY(int, p->n_output);
    for (size_t i = 0; i < p->n_output; i++) {
        int before = g->n_values, at = value_number(l, p->output[i]->name);
        if (at < 0 || at >= before)
            return tv_msg("graph output '%s' is computed by no node",
                          p->output[i]->name ? p->output[i]->name : "");
        g->output[g->n_outputs++] = at;
    }
    return NULL;
}

/* ---- nodes ---- */

static const char *unknown_operator(const struct tv_graph *g, const Onnx__NodeProto *p)
{
    bool foreign = p->domain && *p->domain && strcmp(p->domain, "ai.onnx");
    return tv_msg("node '%s': operator %s%s%s (opset %d) is not supported; tv(7) lists those that are",
                  p->name && *p->name ? p->name
                  : p->n_output       ? p->output[0]
                                      : "",
                  foreign ? p->domain : "", foreign ? "." : "", p->op_type ? p->op_type : "", g->opset);
}

static const char *read_node(struct loader *l, const Onnx__NodeProto *p)
{
    struct tv_graph *g = l->g;
    bool own = !p->domain || !*p->domain || !strcmp(p->domain, "ai.onnx");
    if (!own || !p->op_type || !tv_op_find(p->op_type) || !strcmp(p->op_type, "Layout"))
        return unknown_operator(g, p);
    int *in = TV_ARRAY(int, p->n_input), *out = TV_ARRAY(int, p->n_output);
    const char *err = NULL;
    for (size_t i = 0; i < p->n_input; i++) in[i] = value_number(l, p->input[i]);
    for (size_t i = 0; i < p->n_output; i++) {
        out[i] = value_number(l, p->output[i]);
        if (out[i] < 0 || err) continue;
        const struct tv_value *v = &g->value[out[i]];
        if (v->producer >= 0 || v->constant) err = tv_msg("value '%s' is computed twice", v->name);
        if (v->varies) err = tv_msg("value '%s' is a graph input and computed, too", v->name);
        g->value[out[i]].producer = g->n_nodes; /* a second output of the same name is found, too */
    }
    if (!err) {
        int at = tv_graph_add_node(g, p->op_type, p->name, (int)p->n_input, in, (int)p->n_output, out);
        err = read_attrs(l, &g->node[at], p);
    }
    free(in);
    free(out);
    return err;
}

/* Every value that a node reads must come from somewhere. */
static const char *check_sources(const struct tv_graph *g)
{
    for (int i = 0; i < g->n_nodes; i++) {
        for (int k = 0; k < g->node[i].n_in; k++) {
            const struct tv_value *v = tv_node_in(g, &g->node[i], k);
            if (v && v->producer < 0 && !v->constant && !v->varies)
                return tv_node_msg(&g->node[i], "input '%s' is neither computed nor given", v->name);
        }
    }
    return NULL;
}

static const char *read_graph(struct loader *l, Onnx__GraphProto *p)
{
    const char *err = NULL;
    if (p->n_node > NODES_MAX) return tv_msg("more than %d nodes", NODES_MAX);
    if ((err = read_initialisers(l, p)) || (err = read_inputs(l, p))) return err;
    for (size_t i = 0; i < p->n_node && !err; i++) err = read_node(l, p->node[i]);
    if (err || (err = read_outputs(l, p))) return err;
    return check_sources(l->g);
}

static const char *read_opset(struct tv_graph *g, const Onnx__ModelProto *m)
{
    g->opset = 1; /* files before IR 3 */
    for (size_t i = 0; i < m->n_opset_import; i++) {
        const Onnx__OperatorSetIdProto *o = m->opset_import[i];
        bool own = !o->domain || !*o->domain || !strcmp(o->domain, "ai.onnx");
        if (own && (o->version < OPSET_MIN || o->version > 1000))
            return tv_msg("opset %lld: want 6 to 25", (long long)o->version);
        if (own) g->opset = (int)o->version;
    }
    return NULL;
}

/* ---- from the messages to a graph ready to run ---- */

static const char *set_up(struct tv_graph *g)
{
    for (int i = 0; i < g->n_nodes; i++) {
        struct tv_node *n = &g->node[i];
        const char *err = n->op->setup ? n->op->setup(g, n) : NULL;
        if (err) return err;
        const char *unknown = tv_attr_unknown(n);
        if (unknown) return tv_node_msg(n, "attribute '%s' is not supported", unknown);
    }
    return NULL;
}

/* The images come in along the first dimension of every input. */
static const char *check_inputs(const struct tv_graph *g)
{
    if (g->n_inputs == 0) return tv_msg("the graph has no input");
    for (int i = 0; i < g->n_inputs; i++) {
        const struct tv_value *v = &g->value[g->input[i]];
        if (v->rank == 0) return tv_msg("input '%s' has no shape", v->name);
        if (g->input_dim[i][0] > 1)
            return tv_msg(
                "input '%s': fixed batch of %lld; export the model with a batch of 1 or a symbolic one%s",
                v->name, (long long)g->input_dim[i][0],
                i ? "; a weight kept in another file comes with --weights" : "");
    }
    return NULL;
}

static const char *finish(struct tv_graph *g)
{
    const char *err = tv_graph_sort(g);
    if (!err) err = set_up(g);
    if (err || !g->free_batch) return err;
    if ((err = check_inputs(g)) || (err = tv_graph_images(g)) || (err = tv_graph_fold(g))) return err;
    tv_graph_layout(g);
    for (int i = 0; i < g->n_nodes; i++)
        if (g->node[i].op->refresh) g->node[i].op->refresh(g, &g->node[i]);
    if ((err = tv_graph_plan(g, 1))) return err;
    tv_graph_find_layers(g);
    return NULL;
}

/* Weights lie where vectors begin, so that they need not be copied from the message into the graph. */
static void *allocate(void *nothing, size_t n)
{
    enum { LARGE = 4096 };
    (void)nothing;
    return n < LARGE ? malloc(n) : tv_alloc_aligned(n, 1);
}

static void release(void *nothing, void *p)
{
    (void)nothing;
    free(p);
}

static const char *unpack(Onnx__ModelProto **m, const void *bytes, size_t n)
{
    const char *err = tv_onnx_check_depth(&onnx__model_proto__descriptor, bytes, n, 0);
    if (err) return err;
    ProtobufCAllocator memory = {.alloc = allocate, .free = release}; /* free() frees it as well */
    *m = onnx__model_proto__unpack(&memory, n, bytes);
    return *m ? NULL : tv_msg("not an ONNX model, or damaged");
}

/* Builds the graph and frees the message. */
static const char *build(struct tv_graph *g, Onnx__ModelProto *m, const char *dir,
                         struct tv_onnx_weights *weights, bool free_batch)
{
    struct loader l = {.g = g, .dir = dir, .weights = weights};
    *g = (struct tv_graph){.free_batch = free_batch};
    const char *err = m->graph ? read_opset(g, m) : tv_msg("an ONNX file without a graph");
    if (!err) err = tv_onnx_inline(m);
    if (!err) err = read_graph(&l, m->graph);
    if (!err) err = tv_onnx_weights_report(weights);
    onnx__model_proto__free_unpacked(m, NULL);
    free(l.slot);
    if (!err) err = finish(g);
    if (err) tv_graph_release(g);
    return err;
}

const char *tv_onnx_parse(struct tv_graph *g, const void *bytes, size_t n, const char *dir, bool free_batch)
{
    Onnx__ModelProto *m;
    struct tv_onnx_weights none = {0};
    const char *err = unpack(&m, bytes, n);
    return err ? err : build(g, m, dir, &none, free_batch);
}

const char *tv_onnx_load(struct tv_graph *g, const char *path, const char *weights)
{
    size_t n;
    Onnx__ModelProto *m;
    void *bytes = tv_file_read_new(path, &n);
    const char *err = unpack(&m, bytes, n), *base = tv_basename(path);
    free(bytes);
    struct tv_onnx_weights beside;
    if (!err && (err = tv_onnx_weights_read(&beside, weights))) onnx__model_proto__free_unpacked(m, NULL);
    if (err) return err;
    char *dir = base == path ? tv_strdup(".") : tv_strndup(path, (size_t)(base - path));
    err = build(g, m, dir, &beside, true);
    tv_onnx_weights_release(&beside);
    free(dir);
    if (!err) g->name = tv_strdup(base);
    return err;
}

const char *tv_graph_feed(struct tv_graph *g, const char *name, const struct tv_tensor *t)
{
    int at = tv_graph_value(g, name);
    if (at < 0 || g->value[at].producer >= 0) return tv_msg("the model has no input '%s'", name);
    if (t->dtype == TV_STR) return tv_msg("input '%s': strings are not supported", name);
    struct tv_value *v = &g->value[at];
    size_t bytes = (size_t)tv_tensor_count(t) * tv_dtype_size(t->dtype);
    tv_value_shape(v, t->dtype, t->rank, t->dim);
    free(v->data);
    v->data = tv_alloc_aligned(bytes, 1);
    memcpy(v->data, t->data, bytes);
    to_single(g, v);
    return NULL;
}
