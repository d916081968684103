/* tests/fuzz/ops.c - any operator with any attributes, on inputs of any small shape: what planning lets pass
 * is run forward and backward.
 *
 *     bytes: operator, opset, outputs, inputs x (kind, rank, dims), then attributes x (name, count, values)
 */
#include <string.h>
#include "fuzz.h"
#include "opcase.h"

enum { ELEMENTS = 20000 };

static const uint8_t *next;
static size_t left;

static unsigned byte(void) { return left ? left--, *next++ : 0; }

static const char *const attributes[] = {"i:axis",          "I:axes",
                                         "I:perm",          "I:pads",
                                         "I:strides",       "I:dilations",
                                         "I:kernel_shape",  "i:group",
                                         "I:starts",        "I:ends",
                                         "I:shape",         "i:ceil_mode",
                                         "i:keepdims",      "i:count_include_pad",
                                         "i:transA",        "i:transB",
                                         "f:alpha",         "f:beta",
                                         "i:storage_order", "s:auto_pad",
                                         "s:mode",          "I:split",
                                         "i:size",          "i:to",
                                         "i:broadcast",     "I:output_padding",
                                         "I:output_shape",  "i:allowzero",
                                         "f:epsilon",       "i:end",
                                         "i:start",         "I:value_ints"};
static const char *const words[] = {"SAME_UPPER", "SAME_LOWER", "VALID", "NOTSET",
                                    "reflect",    "edge",       "wrap",  "constant"};

static int64_t number(void)
{
    int8_t v = (int8_t)byte();
    return v == 127 ? INT64_MAX : v == -128 ? INT64_MIN : v;
}

static void add_attribute(struct tv_node *n)
{
    const char *name = attributes[byte() % (sizeof attributes / sizeof *attributes)];
    int64_t v[6];
    int count = (int)(byte() % 7);
    for (int i = 0; i < count; i++) v[i] = number();
    if (name[0] == 'I') tv_attr_set_ints(n, name + 2, v, count);
    if (name[0] == 'i') tv_attr_set_int(n, name + 2, number());
    if (name[0] == 'f') tv_attr_set_float(n, name + 2, (double)number() / 8);
    if (name[0] == 's') tv_attr_set_string(n, name + 2, words[byte() % (sizeof words / sizeof *words)]);
}

/* A value of any type and shape; integers are known, so that they can be shapes, axes and indices. */
static int add_input(struct tv_graph *g)
{
    static const enum tv_dtype types[] = {TV_F32, TV_F32, TV_F32, TV_I64, TV_I64, TV_U8, TV_BOOL, TV_F64};
    unsigned kind = byte();
    if (kind % 16 == 15) return -1;
    int at = tv_graph_add_value(g, "in");
    struct tv_value *v = &g->value[at];
    v->dtype = types[kind % 8];
    v->rank = (int)(byte() % 6);
    for (int i = 0; i < v->rank; i++) v->dim[i] = byte() % 8;
    v->constant = true;
    int64_t n = tv_value_count(v);
    v->data = tv_alloc((size_t)n, tv_dtype_size(v->dtype));
    for (int64_t i = 0; i < n; i++) {
        int64_t value = v->dtype == TV_BOOL ? (int64_t)(byte() & 1) : (int64_t)(int8_t)byte();
        tv_convert((char *)v->data + (size_t)i * tv_dtype_size(v->dtype), v->dtype, &value, TV_I64, 1);
    }
    return at;
}

static void run_backward(struct tv_graph *g, const struct tv_node *n)
{
    struct tv_view in[8], min[8], out[8], m[8];
    bool single = true;
    for (int i = 0; i < n->n_in; i++) {
        const struct tv_value *v = tv_node_in(g, n, i);
        in[i] = v ? tv_view_of(v, v->data) : (struct tv_view){0};
        min[i] = in[i];
        min[i].data = v ? tv_alloc((size_t)tv_value_count(v), 8) : NULL;
    }
    for (int k = 0; k < n->n_out; k++) {
        const struct tv_value *v = tv_node_out(g, n, k);
        out[k] = tv_view_of(v, v->data);
        m[k] = out[k];
        m[k].data = tv_alloc((size_t)tv_value_count(v), 8);
    }
    single = n->n_in > 0 && in[0].dtype == TV_F32 && out[0].dtype == TV_F32;
    for (int i = 1; i < n->n_in; i++) single = single && in[i].dtype != TV_F64 && in[i].dtype != TV_U8;
    if (n->op->backward && single) n->op->backward(n, min, m, in, in, out, out);
    for (int i = 0; i < n->n_in; i++) free(min[i].data);
    for (int k = 0; k < n->n_out; k++) free(m[k].data);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct tv_graph g = {0};
    int in[4], out[3], ops = 0;
    next = bytes, left = n;
    tv_die_hook = fuzz_jump;
    if (setjmp(fuzz_away)) return 0;
    while (tv_op_at(ops)) ops++;
    const struct tv_op *op = tv_op_at((int)byte() % ops);
    g.opset = 1 + (int)(byte() % 25);
    int n_out = 1 + (int)(byte() % 3), n_in = (int)(byte() % 5);
    for (int i = 0; i < n_in; i++) in[i] = add_input(&g);
    for (int i = 0; i < n_out; i++) out[i] = tv_graph_add_value(&g, "out");
    int at = tv_graph_add_node(&g, op->type, "fuzz", n_in, in, n_out, out);
    struct tv_node *node = &g.node[at];
    for (unsigned k = byte() % 6; k > 0; k--) add_attribute(node);
    const char *err = op->setup ? op->setup(&g, node) : NULL;
    for (int i = 0; i < n_in && !err; i++)
        if (in[i] < 0 && i == 0) err = "nothing to do";
    if (!err) err = op->shape(&g, node);
    int64_t count = 0;
    for (int k = 0; k < n_out && !err; k++) {
        const struct tv_value *v = &g.value[out[k]];
        size_t size;
        if (!v->dtype || !tv_shape_bytes(&size, v->dtype, v->rank, v->dim))
            err = "too large";
        else
            count += (int64_t)size;
    }
    if (!err && count <= ELEMENTS && !tv_graph_evaluate(&g, node)) run_backward(&g, node);
    tv_graph_release(&g);
    return 0;
}
