/* tests/unit/onnx.c - ONNX files: element types, external data, weights beside the model, new weights, and
 * files that are damaged or mean harm. */
#include <unistd.h>
#include "check.h"
#include "model.h"
#include "scratch.h"
#include "nn/graph_internal.h"
#include "num/rng.h"

static struct model small_model(void)
{
    struct model m = model_new();
    model_input(&m, "x", "n,2,4,4");
    model_weight(&m, "w", "3,2,3,3");
    model_weight(&m, "b", "3");
    model_node(&m, "Conv", "c", "x,w,b", "");
    model_node(&m, "Relu", "y", "c", "");
    model_output(&m, "y");
    return m;
}

/* Loads a model that must be refused with a message that has `want` in it. */
static void refused(const char *what, struct model m, const char *want)
{
    struct tv_graph g;
    const char *err = model_load(&m, &g);
    if (!CHECK(err && strstr(err, want))) printf("    %s: %s\n", what, err ? err : "was loaded");
    if (!err) tv_graph_release(&g);
}

/* ---- element types ---- */

static struct tv_tensor *constant_of(struct model *m)
{
    struct tv_graph g;
    size_t n;
    void *bytes = model_bytes_new(m, &n);
    struct tv_tensor *t = NULL;
    if (CHECK(!tv_onnx_parse(&g, bytes, n, ".", false)) && CHECK(!tv_graph_plan(&g, 1))) {
        const struct tv_value *v = &g.value[g.output[0]];
        t = tv_tensor_new("t", v->dtype, v->rank, v->dim);
        memcpy(t->data, v->data, (size_t)tv_value_count(v) * tv_dtype_size(v->dtype));
        tv_graph_release(&g);
    }
    free(bytes);
    return t;
}

/* An initialiser of another type in its typed field, seen through an Identity. */
static void test_types(void)
{
    static const struct {
        int type;
        enum tv_dtype want;
        int32_t bits;
        double value;
    } cases[] = {{ONNX__TENSOR_PROTO__DATA_TYPE__INT8, TV_I8, -3, -3},
                 {ONNX__TENSOR_PROTO__DATA_TYPE__UINT16, TV_U16, 65535, 65535},
                 {ONNX__TENSOR_PROTO__DATA_TYPE__BOOL, TV_BOOL, 7, 1},
                 {ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT16, TV_F16, 0x3e00, 1.5},
                 {ONNX__TENSOR_PROTO__DATA_TYPE__BFLOAT16, TV_BF16, 0x4020, 2.5}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct model m = model_new();
        model_weight(&m, "w", "1");
        Onnx__TensorProto *t = m.p->graph->initializer[0];
        free(t->raw_data.data);
        t->raw_data = (ProtobufCBinaryData){0};
        t->has_raw_data = 0;
        t->data_type = cases[i].type;
        t->n_int32_data = 1;
        t->int32_data = TV_NEW(int32_t);
        t->int32_data[0] = cases[i].bits;
        model_node(&m, "Identity", "y", "w", "");
        model_output(&m, "y");
        struct tv_tensor *got = constant_of(&m);
        if (!got) continue;
        CHECK(got->dtype == cases[i].want);
        CHECK_NEAR(tv_tensor_get(got, 0), cases[i].value, 0);
        tv_tensor_free(got);
    }
}

/* ---- external data ---- */

static void set_entry(Onnx__TensorProto *t, const char *key, const char *value)
{
    static const Onnx__StringStringEntryProto init = ONNX__STRING_STRING_ENTRY_PROTO__INIT;
    t->external_data = tv_realloc(t->external_data, t->n_external_data + 1, sizeof *t->external_data);
    Onnx__StringStringEntryProto *e = tv_alloc(1, sizeof *e);
    *e = init;
    e->key = tv_strdup(key);
    e->value = tv_strdup(value);
    t->external_data[t->n_external_data++] = e;
}

static struct model external_model(const char *location, const char *offset, const char *length)
{
    struct model m = small_model();
    Onnx__TensorProto *t = m.p->graph->initializer[1];
    free(t->raw_data.data);
    t->raw_data = (ProtobufCBinaryData){0};
    t->has_raw_data = 0;
    t->has_data_location = 1;
    t->data_location = ONNX__TENSOR_PROTO__DATA_LOCATION__EXTERNAL;
    set_entry(t, "location", location);
    if (offset) set_entry(t, "offset", offset);
    if (length) set_entry(t, "length", length);
    return m;
}

static void test_external(void)
{
    scratch_write("b.bin", (const float[]){9, 1, 2, 3}, 4 * sizeof(float));
    CHECK(!chdir(scratch("")));
    struct model m = external_model("b.bin", "4", "12");
    struct tv_graph g;
    const char *err = model_load(&m, &g);
    if (CHECK(!err)) {
        const float *b = g.value[tv_graph_value(&g, "b")].data;
        CHECK(b[0] == 1 && b[2] == 3);
        tv_graph_release(&g);
    }
    refused("beyond the end", external_model("b.bin", "8", NULL), "the file has 16");
    refused("another length", external_model("b.bin", NULL, "16"), "want 12 bytes");
    refused("negative offset", external_model("b.bin", "-4", NULL), "bad offset");
    refused("absent", external_model("c.bin", NULL, NULL), "No such file");
    refused("absolute", external_model("/etc/passwd", NULL, NULL), "below the model's directory");
    refused("outside", external_model("a/../../b.bin", NULL, NULL), "below the model's directory");
    CHECK(!chdir("/"));
}

/* ---- new weights ---- */

static void test_update(void)
{
    struct model m = small_model();
    struct tv_graph g;
    size_t n, changed_n;
    m.p->doc_string = tv_strdup("kept");
    void *bytes = model_bytes_new(&m, &n), *changed;
    const uint8_t unknown[] = {0xfa, 0xff, 0x03, 3, 'a', 'b', 'c'}; /* field 8191, a string */
    bytes = tv_realloc(bytes, n + sizeof unknown, 1);
    memcpy((char *)bytes + n, unknown, sizeof unknown);
    n += sizeof unknown;
    if (!CHECK(!tv_onnx_parse(&g, bytes, n, ".", true))) return;
    CHECK(!tv_onnx_update_new(&g, bytes, n, &changed, &changed_n));
    CHECK(changed_n == n && !memcmp(changed, bytes, n)); /* nothing changed */
    free(changed);
    int b = tv_graph_value(&g, "b");
    CHECK(g.value[b].trainable);
    ((float *)g.value[b].data)[1] = 42;
    CHECK(!tv_onnx_update_new(&g, bytes, n, &changed, &changed_n));
    tv_graph_release(&g);
    CHECK(memmem(changed, changed_n, unknown, sizeof unknown) && memmem(changed, changed_n, "kept", 4));
    if (CHECK(!tv_onnx_parse(&g, changed, changed_n, ".", true))) {
        CHECK_NEAR(((float *)g.value[tv_graph_value(&g, "b")].data)[1], 42, 0);
        tv_graph_release(&g);
    }
    free(changed);
    free(bytes);
}

/* A weight that the file reshapes is trained in its new shape and written back in the old one. */
static void test_update_reshaped(void)
{
    struct model m = model_new();
    struct tv_graph g;
    size_t n, changed_n;
    void *changed;
    model_input(&m, "x", "n,6");
    model_weight(&m, "w", "2,3,2");
    model_ints(&m, "shape", "6,2");
    model_node(&m, "Reshape", "v", "w,shape", "");
    model_node(&m, "MatMul", "y", "x,v", "");
    model_output(&m, "y");
    void *bytes = model_bytes_new(&m, &n);
    if (!CHECK(!tv_onnx_parse(&g, bytes, n, ".", true))) return;
    struct tv_value *v = &g.value[g.layer[0].weight];
    CHECK(v->trainable && v->rank == 2);
    CHECK_STR(v->origin, "w");
    ((float *)v->data)[7] = 42;
    CHECK(!tv_onnx_update_new(&g, bytes, n, &changed, &changed_n) && changed_n == n);
    tv_graph_release(&g);
    if (CHECK(!tv_onnx_parse(&g, changed, changed_n, ".", true))) {
        CHECK_NEAR(((float *)g.value[g.layer[0].weight].data)[7], 42, 0);
        tv_graph_release(&g);
    }
    free(changed);
    free(bytes);
}

/* ---- functions ---- */

static Onnx__FunctionProto *add_function(struct model *m, const char *name, int nodes)
{
    static const Onnx__FunctionProto init = ONNX__FUNCTION_PROTO__INIT;
    Onnx__FunctionProto *f = tv_alloc(1, sizeof *f);
    *f = init;
    f->name = tv_strdup(name);
    f->domain = tv_strdup("local");
    f->n_input = f->n_output = 1;
    f->input = TV_ARRAY(char *, 1);
    f->output = TV_ARRAY(char *, 1);
    f->input[0] = tv_strdup("in");
    f->output[0] = tv_strdup("out");
    f->node = TV_ARRAY(Onnx__NodeProto *, (size_t)nodes);
    m->p->functions = tv_realloc(m->p->functions, m->p->n_functions + 1, sizeof f);
    m->p->functions[m->p->n_functions++] = f;
    return f;
}

/* Moves the graph's last node into a function. */
static Onnx__NodeProto *take_node(struct model *m, Onnx__FunctionProto *f)
{
    return f->node[f->n_node++] = m->p->graph->node[--m->p->graph->n_node];
}

/* outer(in; slope) = inner(inner(in)), inner(in) = LeakyRelu(Neg(in)) */
static void test_functions(void)
{
    struct model m = model_new();
    struct tv_graph g;
    model_input(&m, "x", "n,2");
    Onnx__FunctionProto *inner = add_function(&m, "inner", 2), *outer = add_function(&m, "outer", 2);
    model_node(&m, "Neg", "t", "in", ""), take_node(&m, inner);
    model_node(&m, "Softmax", "out", "t", "i:axis=7");
    Onnx__AttributeProto *a = take_node(&m, inner)->attribute[0];
    a->ref_attr_name = tv_strdup("along");
    model_node(&m, "inner", "t", "in", "i:along=1"), take_node(&m, outer)->domain = tv_strdup("local");
    model_node(&m, "inner", "out", "t", ""), take_node(&m, outer)->domain = tv_strdup("local");
    model_node(&m, "outer", "y", "x", "")->domain = tv_strdup("local");
    model_output(&m, "y");
    const char *err = model_load(&m, &g);
    if (!CHECK(!err)) printf("    %s\n", err);
    if (err) return;
    CHECK(g.n_nodes == 4);
    CHECK(tv_graph_value(&g, "y/1/t") >= 0 && tv_graph_value(&g, "y/3/t") >= 0);
    CHECK(tv_attr_int(&g.node[1], "axis", -9) == 1 && tv_attr_int(&g.node[3], "axis", -9) == -9);
    tv_graph_release(&g);
    m = small_model();
    Onnx__FunctionProto *f = add_function(&m, "f", 2);
    model_node(&m, "f", "t", "in", ""), take_node(&m, f)->domain = tv_strdup("local");
    model_node(&m, "f", "out", "t", ""), take_node(&m, f)->domain = tv_strdup("local");
    model_node(&m, "f", "z", "y", "")->domain = tv_strdup("local");
    refused("recursive function", m, "calls itself");
}

/* ---- refusals ---- */

static void test_refusals(void)
{
    struct model m = small_model();
    model_node(&m, "NonMaxSuppression", "z", "y", "");
    refused("operator", m, "NonMaxSuppression");
    m = small_model();
    m.p->graph->node[0]->domain = tv_strdup("com.example");
    refused("domain", m, "com.example.Conv");
    m = small_model();
    tv_onnx_add_int(m.p->graph->node[0], "colour", 3);
    refused("attribute", m, "attribute 'colour'");
    m = small_model();
    model_node(&m, "Add", "z", "y,nowhere", "");
    refused("missing input", m, "'nowhere' is neither computed nor given");
    m = small_model();
    model_node(&m, "Add", "p", "y,q", "");
    model_node(&m, "Relu", "q", "p", "");
    refused("cycle", m, "depends on its own output");
    m = small_model();
    model_node(&m, "Relu", "c", "x", "");
    refused("computed twice", m, "'c' is computed twice");
    m = small_model();
    model_weight(&m, "w", "1");
    refused("two initialisers", m, "two initialisers called 'w'");
    m = small_model();
    model_output(&m, "elsewhere");
    refused("output", m, "'elsewhere' is computed by no node");
    m = model_new();
    model_input(&m, "x", "8,2");
    model_node(&m, "Relu", "y", "x", "");
    model_output(&m, "y");
    refused("batch", m, "fixed batch of 8");
    m = small_model();
    m.p->graph->initializer[1]->raw_data.len = 8;
    refused("short data", m, "has 8");
    m = small_model();
    m.p->graph->initializer[1]->dims[0] = (int64_t)1 << 62;
    refused("huge tensor", m, "bad dimensions");
}

/* Files that ask for more than they hold. */
static void test_bombs(void)
{
    struct model m = small_model();
    model_ints(&m, "shape", "100000,100000,100");
    model_node(&m, "ConstantOfShape", "z", "shape", "");
    refused("constant", m, "out of a small file");
    m = small_model();
    model_ints(&m, "shape", "4611686018427387904,4611686018427387904");
    model_node(&m, "ConstantOfShape", "z", "shape", "");
    refused("overflow", m, "2^40");
    m = small_model();
    model_ints(&m, "shape", "1000,1000,100"); /* each is allowed, together they are not */
    for (int i = 0; i < 4; i++) {
        char name[8];
        snprintf(name, sizeof name, "z%d", i);
        model_node(&m, "ConstantOfShape", name, "shape", "");
    }
    refused("many constants", m, "out of a small file");
    uint8_t deep[4000] = {
        0}; /* graph in attribute in node in graph ... : lengths do not matter to the depth */
    size_t n = 0;
    struct tv_graph g;
    while (n + 9 < sizeof deep) {
        size_t rest = sizeof deep - n;
        const uint8_t head[] = {0x3a, (uint8_t)((rest - 3) & 127) | 128, (uint8_t)((rest - 3) >> 7)};
        const uint8_t node[] = {0x0a, (uint8_t)((rest - 6) & 127) | 128, (uint8_t)((rest - 6) >> 7)};
        const uint8_t attr[] = {0x2a, (uint8_t)((rest - 9) & 127) | 128, (uint8_t)((rest - 9) >> 7)};
        const uint8_t graph[] = {0x32, (uint8_t)((rest - 3) & 127) | 128, (uint8_t)((rest - 3) >> 7)};
        memcpy(deep + n, n ? graph : head, 3);
        memcpy(deep + n + 3, node, 3);
        memcpy(deep + n + 6, attr, 3);
        n += 9;
    }
    const char *err = tv_onnx_parse(&g, deep, sizeof deep, ".", true);
    CHECK(err && strstr(err, "deeper"));
}

/* Every truncation and many single-byte changes give a graph or a message. */
static void test_damage(void)
{
    struct model m = small_model();
    struct tv_rng r;
    struct tv_graph g;
    size_t n;
    uint8_t *bytes = model_bytes_new(&m, &n);
    int loaded = 0;
    for (size_t k = 0; k < n; k++) {
        uint8_t *part = malloc(k + 1); /* exactly as long, for the sanitizers */
        memcpy(part, bytes, k);
        if (!tv_onnx_parse(&g, part, k, ".", true)) tv_graph_release(&g), loaded++;
        free(part);
    }
    CHECK(loaded < 3);
    tv_rng_seed(&r, 1, 0);
    for (int k = 0; k < 3000; k++) {
        size_t at = tv_rng_below(&r, n);
        uint8_t was = bytes[at];
        bytes[at] ^= (uint8_t)(1 + tv_rng_below(&r, 255));
        if (!tv_onnx_parse(&g, bytes, n, ".", true)) tv_graph_release(&g);
        bytes[at] = was;
    }
    CHECK(!tv_onnx_parse(&g, bytes, n, ".", true));
    tv_graph_release(&g);
    free(bytes);
}

int main(void)
{
    test_types();
    test_external();
    test_update();
    test_update_reshaped();
    test_functions();
    test_refusals();
    test_bombs();
    test_damage();
    return check_done();
}
