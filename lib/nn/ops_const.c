/* nn/ops_const.c - Constant, ConstantOfShape, Cast, CastLike. */
#include <string.h>
#include "core/mem.h"
#include "core/pb.h"
#include "nn/graph_internal.h"
#include "nn/onnx_tensor.h"
#include "nn/ops.h"

/* ---- Constant: one of the attributes value, value_int(s), value_float(s) ---- */

struct constant {
    enum tv_dtype dtype;
    int rank;
    int64_t dim[TV_MAX_RANK];
    const void *data; /* in the attributes, or `number` */
    union {
        int64_t i;
        float f;
    } number;
};

static void constant_list(struct constant *s, enum tv_dtype t, int count, const void *data)
{
    s->dtype = t;
    s->rank = 1;
    s->dim[0] = count;
    s->data = data;
}

static const char *setup_constant(struct tv_graph *g, struct tv_node *n)
{
    struct constant *s = n->state = TV_NEW(struct constant);
    const struct tv_tensor *t = tv_attr_tensor(n, "value");
    int ints, floats;
    const int64_t *vi = tv_attr_ints(n, "value_ints", &ints);
    const float *vf = tv_attr_floats(n, "value_floats", &floats);
    (void)g;
    s->data = &s->number;
    if (t) {
        s->dtype = t->dtype;
        s->rank = t->rank;
        memcpy(s->dim, t->dim, sizeof s->dim);
        s->data = t->data;
    } else if (vi) {
        constant_list(s, TV_I64, ints, vi);
    } else if (vf) {
        constant_list(s, TV_F32, floats, vf);
    } else if (tv_attr_int(n, "value_int", 0) == tv_attr_int(n, "value_int", 1)) { /* given */
        s->dtype = TV_I64;
        s->number.i = tv_attr_int(n, "value_int", 0);
    } else if (tv_attr_float(n, "value_float", 0) == tv_attr_float(n, "value_float", 1)) {
        s->dtype = TV_F32;
        s->number.f = (float)tv_attr_float(n, "value_float", 0);
    } else {
        return tv_node_msg(n, "want a tensor, integers or floats as its value");
    }
    return NULL;
}

static const char *shape_constant(struct tv_graph *g, struct tv_node *n)
{
    const struct constant *s = n->state;
    tv_value_shape(tv_node_out(g, n, 0), tv_graph_dtype(g, s->dtype), s->rank, s->dim);
    return NULL;
}

static void forward_constant(const struct tv_node *n, struct tv_view *out, const struct tv_view *in)
{
    (void)in;
    const struct constant *s = n->state;
    tv_convert(out[0].data, out[0].dtype, s->data, s->dtype, (size_t)tv_view_count(&out[0]));
}

/* ---- ConstantOfShape ---- */

struct fill {
    enum tv_dtype dtype;
    char value[8];
};

static const char *setup_fill(struct tv_graph *g, struct tv_node *n)
{
    (void)g;
    struct fill *s = n->state = TV_NEW(struct fill);
    const struct tv_tensor *t = tv_attr_tensor(n, "value");
    if (t && tv_tensor_count(t) != 1) return tv_node_msg(n, "value: want one number");
    s->dtype = t ? t->dtype : TV_F32;
    if (t) memcpy(s->value, t->data, tv_dtype_size(t->dtype));
    return tv_want_inputs(n, 1, 1);
}

static const char *shape_fill(struct tv_graph *g, struct tv_node *n)
{
    const struct fill *s = n->state;
    int64_t dim[TV_MAX_RANK];
    int rank;
    const char *err = tv_known_ints(g, n, 0, dim, TV_MAX_RANK, &rank);
    for (int i = 0; i < rank && !err; i++)
        if (dim[i] < 0) err = tv_node_msg(n, "bad dimension %lld", (long long)dim[i]);
    if (!err) tv_value_shape(tv_node_out(g, n, 0), tv_graph_dtype(g, s->dtype), rank, dim);
    return err;
}

static void forward_fill(const struct tv_node *n, struct tv_view *out, const struct tv_view *in)
{
    (void)in;
    const struct fill *s = n->state;
    char value[8];
    size_t size = tv_dtype_size(out[0].dtype), count = (size_t)tv_view_count(&out[0]);
    tv_convert(value, out[0].dtype, s->value, s->dtype, 1);
    for (size_t i = 0; i < count; i++) memcpy((char *)out[0].data + i * size, value, size);
}

/* ---- Cast, CastLike ---- */

struct cast {
    enum tv_dtype to; /* 0: that of input 1 */
};

static const char *setup_cast(struct tv_graph *g, struct tv_node *n)
{
    struct cast *s = n->state = TV_NEW(struct cast);
    tv_attr_int(n, "saturate", 1); /* concerns 8-bit floats, which are refused */
    tv_attr_string(n, "round_mode", "");
    if (!strcmp(n->op->type, "CastLike")) return tv_want_inputs(n, 2, 2);
    int64_t to = tv_attr_int(n, "to", 0);
    s->to = tv_pb_dtype((int32_t)to);
    if (!s->to || s->to == TV_STR)
        return tv_node_msg(n, "casts to type %s are not supported", tv_pb_type_name((int32_t)to));
    s->to = tv_graph_dtype(g, s->to);
    return tv_want_inputs(n, 1, 1);
}

static const char *shape_cast(struct tv_graph *g, struct tv_node *n)
{
    const struct cast *s = n->state;
    const struct tv_value *x = tv_node_in(g, n, 0), *like = tv_node_in(g, n, 1);
    enum tv_dtype to = s->to ? s->to : like->dtype;
    if (x->dtype == TV_STR || to == TV_STR) return tv_node_msg(n, "strings are not supported");
    tv_value_shape(tv_node_out(g, n, 0), to, x->rank, x->dim);
    return NULL;
}

/* Floats to integers: toward zero, as C's conversion does where the number fits. */
static int64_t truncated(double v)
{
    if (!(v > -9223372036854775808.0)) return v != v ? 0 : INT64_MIN;
    return v < 9223372036854775808.0 ? (int64_t)v : INT64_MAX;
}

static void cast_to_integer(struct tv_view *out, const struct tv_view *in)
{
    size_t count = (size_t)tv_view_count(in), from = tv_dtype_size(in->dtype), to = tv_dtype_size(out->dtype);
    for (size_t i = 0; i < count; i++) {
        double d;
        tv_convert(&d, TV_F64, (const char *)in->data + i * from, in->dtype, 1);
        int64_t v = out->dtype == TV_BOOL ? d != 0 : truncated(d);
        if (out->dtype == TV_U64 && d >= 9223372036854775808.0) v = (int64_t)(uint64_t)d;
        memcpy((char *)out->data + i * to, &v, to); /* little-endian: the low bytes */
    }
}

static void integer_to_integer(struct tv_view *out, const struct tv_view *in)
{
    size_t count = (size_t)tv_view_count(in), from = tv_dtype_size(in->dtype), to = tv_dtype_size(out->dtype);
    bool natural = in->dtype == TV_U64;
    for (size_t i = 0; i < count; i++) {
        int64_t v;
        tv_convert(&v, natural ? TV_U64 : TV_I64, (const char *)in->data + i * from, in->dtype, 1);
        if (out->dtype == TV_BOOL) v = v != 0;
        memcpy((char *)out->data + i * to, &v, to);
    }
}

static void forward_cast(const struct tv_node *n, struct tv_view *out, const struct tv_view *in)
{
    (void)n;
    if (tv_dtype_is_float(out[0].dtype))
        tv_convert(out[0].data, out[0].dtype, in[0].data, in[0].dtype, (size_t)tv_view_count(&in[0]));
    else if (tv_dtype_is_float(in[0].dtype))
        cast_to_integer(&out[0], &in[0]);
    else
        integer_to_integer(&out[0], &in[0]);
}

/* Between floats the identity; integers carry no multiplier. */
static void backward_cast(const struct tv_node *n, struct tv_view *min, const struct tv_view *mout,
                          const struct tv_view *in0, const struct tv_view *in1, const struct tv_view *out0,
                          const struct tv_view *out1)
{
    (void)in1, (void)out0, (void)out1;
    for (int i = 0; i < n->n_in; i++) tv_view_zero(&min[i]);
    if (min[0].data && in0[0].dtype == TV_F32 && mout[0].dtype == TV_F32)
        memcpy(min[0].data, mout[0].data, tv_view_bytes(&min[0]));
}

enum { CAST = TV_OP_LAYOUT | TV_OP_SAME | TV_OP_TYPES };
const struct tv_op tv_ops_const[] = {
    {"Constant", TV_OP_TYPES, setup_constant, shape_constant, forward_constant, NULL, NULL, NULL},
    {"ConstantOfShape", TV_OP_TYPES, setup_fill, shape_fill, forward_fill, NULL, NULL, NULL},
    {"Cast", CAST, setup_cast, shape_cast, forward_cast, backward_cast, NULL, NULL},
    {"CastLike", CAST, setup_cast, shape_cast, forward_cast, backward_cast, NULL, NULL},
    TV_OPS_END};
