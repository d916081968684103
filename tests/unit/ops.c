/* tests/unit/ops.c - what each operator gives for a few numbers that can be checked by hand: the definitions,
 * the corner cases that ONNX spells out, and element types other than f32. */
#include "check.h"
#include "opcase.h"

static const struct {
    struct opcase c;
    const char *want; /* dims=values; of the first output */
} cases[] = {
    /* windows: 3x3 kernel of ones over 1..9; padding is zero, SAME_LOWER puts the odd one first */
    {{"Conv", "I:pads=1,1,1,1", "t1,1,3,3=1,2,3,4,5,6,7,8,9 t1,1,3,3=1,1,1,1,1,1,1,1,1"},
     "1,1,3,3=12,21,16,27,45,33,24,39,28"},
    {{"Conv", "s:auto_pad=SAME_UPPER", "t1,1,3=1,2,3 t1,1,2=1,10 t1=100"}, "1,1,3=121,132,103"},
    {{"Conv", "s:auto_pad=SAME_LOWER", "t1,1,3=1,2,3 t1,1,2=1,10 t1=100"}, "1,1,3=110,121,132"},
    {{"Conv", "i:group=2 I:strides=2 I:dilations=2", "t1,2,4=1,2,3,4,5,6,7,8 t2,1,2=1,1,1,-1"}, "1,2,1=4,-2"},
    {{"ConvTranspose", "I:strides=2", "t1,1,2=1,2 t1,1,3=1,10,100"}, "1,1,5=1,10,102,20,200"},
    {{"ConvTranspose", "I:strides=2 I:pads=1,0 I:output_padding=1", "t1,1,2=1,2 t1,1,3=1,10,100 t1=1"},
     "1,1,5=11,103,21,201,1"},
    {{"ConvTranspose", "I:strides=2 s:auto_pad=SAME_UPPER", "t1,1,2=1,2 t1,1,3=1,10,100"},
     "1,1,4=1,10,102,20"},
    {{"MaxPool", "I:kernel_shape=2 I:strides=2 i:ceil_mode=1", "t1,1,5=1,3,2,-4,-5"}, "1,1,3=3,2,-5"},
    {{"MaxPool", "I:kernel_shape=1 I:strides=2 i:ceil_mode=1", "t1,1,2=5,6"},
     "1,1,1=5"}, /* no window starts outside */
    {{"MaxPool", "I:kernel_shape=2 I:pads=1,1", "t1,1,2=-1,-2"}, "1,1,3=-1,-1,-2"}, /* padding never wins */
    {{"AveragePool", "I:kernel_shape=3 I:pads=1,1", "t1,1,3=3,6,9"}, "1,1,3=4.5,6,7.5"},
    {{"AveragePool", "I:kernel_shape=3 I:pads=1,1 i:count_include_pad=1", "t1,1,3=3,6,9"}, "1,1,3=3,6,5"},
    {{"AveragePool", "I:kernel_shape=2 I:strides=2 I:pads=1,0 i:count_include_pad=1 i:ceil_mode=1",
      "t1,1,4=2,4,6,8"},
     "1,1,3=1,5,8"},
    {{"GlobalAveragePool", "", "t1,2,2=1,2,3,5"}, "1,2,1=1.5,4"},
    {{"GlobalMaxPool", "", "t1,2,2=1,2,5,3"}, "1,2,1=2,5"},
    /* products */
    {{"Gemm", "i:transA=1 f:alpha=2 f:beta=10", "t2,1=1,2 t2,2=1,2,3,4 t1=1"}, "1,2=24,30"},
    {{"MatMul", "", "t3=1,2,3 t3=4,5,6"}, "=32"},
    {{"MatMul", "", "t2,1,2=1,2,3,4 t2,1=10,1"}, "2,1,1=12,34"},
    {{"MatMul", "", "t2,1,2=1,2,3,4 t2,2,1=1,1,10,1"}, "2,1,1=3,34"},
    /* elementwise */
    {{"Relu", "", "t3=-1,0,2"}, "3=0,0,2"},
    {{"Relu", "", "i=-3,4"}, "2=0,4"},
    {{"LeakyRelu", "", "t2=-1,2"}, "2=-0.01,2"},
    {{"PRelu", "", "t1,2,2=-1,1,-2,2 t2,1=10,0.5"}, "1,2,2=-10,1,-1,2"},
    {{"PRelu", "", "t1,2,2=-1,1,-2,2 t2=10,0.5", 6}, "1,2,2=-10,1,-1,2"}, /* one slope a channel */
    {{"Elu", "f:alpha=2", "t2=-1,3"}, "2=-1.2642411,3"},
    {{"Selu", "", "t2=-1,1"}, "2=-1.1113307,1.050701"},
    {{"Clip", "", "t3=-5,1,5 t=-2 t=3"}, "3=-2,1,3"},
    {{"Clip", "", "t2=-5,5 t=4 t=3"}, "2=3,3"}, /* the largest wins */
    {{"Clip", "", "i=-5,5 - j=3"}, "2=-5,3"},
    {{"Sigmoid", "", "t2=0,1"}, "2=0.5,0.7310586"},
    {{"Tanh", "", "t2=0.5,-2"}, "2=0.4621172,-0.9640276"},
    {{"HardSigmoid", "", "t3=-3,1,3"}, "3=0,0.7,1"},
    {{"HardSwish", "", "t3=-4,1,4", 14}, "3=0,0.6666667,4"},
    {{"Gelu", "", "t2=1,-1", 20}, "2=0.8413447,-0.1586553"},
    {{"Gelu", "s:approximate=tanh", "t2=1,-1", 20}, "2=0.841192,-0.158808"},
    {{"Erf", "", "t3=0.5,-1,3"}, "3=0.5204999,-0.8427008,0.9999779"},
    {{"Exp", "", "t2=0,-1"}, "2=1,0.3678794"},
    {{"Log", "", "t2=1,10"}, "2=0,2.3025851"},
    {{"Sqrt", "", "t2=4,2"}, "2=2,1.4142136"},
    {{"Reciprocal", "", "t2=4,-0.5"}, "2=0.25,-2"},
    {{"Abs", "", "i=-3,4"}, "2=3,4"},
    {{"Neg", "", "t2=-3,4"}, "2=3,-4"},
    {{"Add", "", "t2,2=1,2,3,4 t2=10,20"}, "2,2=11,22,13,24"},
    {{"Add", "i:broadcast=1 i:axis=0", "t2,2=1,2,3,4 t2=10,20", 6}, "2,2=11,12,23,24"},
    {{"Sub", "", "i=3,4 i=1,6"}, "2=2,-2"},
    {{"Mul", "", "t2,1=2,3 t1,2=5,7"}, "2,2=10,14,15,21"},
    {{"Div", "", "i=-7,7 i=2,-2"}, "2=-3,-3"}, /* toward zero */
    {{"Div", "", "t2=1,3 t=2"}, "2=0.5,1.5"},
    {{"Pow", "", "t2=2,9 t2=3,0.5"}, "2=8,3"},
    {{"Pow", "", "i=2,3 t2=3,2"}, "2=8,9"},
    {{"Sum", "", "t2=1,2 t2=10,20 t=100"}, "2=111,122"},
    {{"Min", "", "t2=1,5 t2=3,2"}, "2=1,2"},
    {{"Max", "", "t2=1,5 t2=3,2 t=4"}, "2=4,5"},
    {{"Less", "", "t3=1,2,3 t=2"}, "3=1,0,0"},
    {{"Greater", "", "i=1,2,3 j=2"}, "3=0,0,1"},
    {{"Equal", "", "i=1,2,3 j=2"}, "3=0,1,0"},
    {{"LessOrEqual", "", "t3=1,2,3 t=2"}, "3=1,1,0"},
    {{"GreaterOrEqual", "", "t3=1,2,3 t=2"}, "3=0,1,1"},
    /* normalisations */
    {{"BatchNormalization", "f:epsilon=0", "t1,2,1=3,5 t2=2,1 t2=1,0 t2=1,1 t2=4,16", 9}, "1,2,1=3,1"},
    {{"LRN", "i:size=3 f:alpha=3 f:beta=1 f:bias=1", "t1,3,1=1,2,3"}, "1,3,1=0.1666667,0.1333333,0.2142857"},
    {{"LRN", "i:size=2 f:alpha=2 f:beta=1 f:bias=0", "t1,3,1=1,2,3"},
     "1,3,1=0.2,0.1538462,0.3333333"}, /* the later one */
    {{"InstanceNormalization", "f:epsilon=0", "t1,1,2=1,5 t1=3 t1=1"}, "1,1,2=-2,4"},
    {{"LayerNormalization", "f:epsilon=0", "t2,2=1,5,2,4 t2=1,2 t2=0,10", 17}, "2,2=-1,12,-1,12"},
    {{"Softmax", "", "t1,2=1000,1000"}, "1,2=0.5,0.5"},
    {{"Softmax", "i:axis=0", "t2,2=0,0,0,1.0986123"}, "2,2=0.5,0.25,0.5,0.75"},
    {{"Softmax", "", "t1,2,2=0,0,0,0", 11}, "1,2,2=0.25,0.25,0.25,0.25"}, /* all behind the axis at once */
    {{"LogSoftmax", "", "t1,2=0,0"}, "1,2=-0.6931472,-0.6931472"},
    {{"ReduceSum", "i:keepdims=0", "t2,2=1,2,3,4 i=0"}, "2=4,6"},
    {{"ReduceSum", "i:noop_with_empty_axes=1", "t2=1,2"}, "2=1,2"},
    {{"ReduceMean", "I:axes=-1", "t2,2=1,2,3,4"}, "2,1=1.5,3.5"},
    {{"ReduceMean", "", "i=1,2,6"}, "1=3"},
    {{"ReduceMax", "I:axes=1", "t2,2=1,2,4,3"}, "2,1=2,4"},
    /* shapes */
    {{"Reshape", "", "t2,3=1,2,3,4,5,6 i=0,-1,1"}, "2,3,1=1,2,3,4,5,6"},
    {{"Flatten", "i:axis=2", "t1,2,2=1,2,3,4"}, "2,2=1,2,3,4"},
    {{"Flatten", "i:axis=0", "t1,2,2=1,2,3,4"}, "1,4=1,2,3,4"},
    {{"Squeeze", "", "t1,2,1=1,2"}, "2=1,2"},
    {{"Unsqueeze", "", "t2=1,2 i=0,-1"}, "1,2,1=1,2"},
    {{"Identity", "", "i=7"}, "1=7"},
    {{"Dropout", "", "t2=1,2", 12}, "2=1,2"},
    {{"Shape", "i:start=-2", "t2,3,1=1,2,3,4,5,6", 15}, "2=3,1"},
    {{"Size", "", "t2,3=1,2,3,4,5,6"}, "=6"},
    {{"Transpose", "", "t2,3=1,2,3,4,5,6"}, "3,2=1,4,2,5,3,6"},
    {{"Concat", "i:axis=1", "t2,1=1,2 t2,2=3,4,5,6"}, "2,3=1,3,4,2,5,6"},
    {{"Slice", "", "t5=1,2,3,4,5 i=-2 i=-100 i=0 i=-2"}, "2=4,2"},
    {{"Slice", "", "t3=1,2,3 i=5 i=9"}, "0="},
    {{"Split", "i:num_outputs=2", "t3=1,2,3", 18, 2}, "2=1,2"},
    {{"Expand", "", "t2,1=1,2 i=2,1,3"}, "2,2,3=1,1,1,2,2,2,1,1,1,2,2,2"},
    {{"Gather", "i:axis=1", "t2,3=1,2,3,4,5,6 i=-1,0"}, "2,2=3,1,6,4"},
    {{"GatherElements", "i:axis=1", "t2,2=1,2,3,4 j2,2=1,1,0,-1"}, "2,2=2,2,3,4"},
    {{"Pad", "", "t2=1,2 i=1,2 t=9"}, "5=9,1,2,9,9"},
    {{"Pad", "", "t3=1,2,3 i=-1,1"}, "3=2,3,0"},
    {{"Pad", "s:mode=reflect", "t3=1,2,3 i=2,2"}, "7=3,2,1,2,3,2,1"},
    {{"Pad", "s:mode=edge", "t2=1,2 i=2,1"}, "5=1,1,1,2,2"},
    {{"Pad", "s:mode=wrap", "t3=1,2,3 i=2,4", 19}, "9=2,3,1,2,3,1,2,3,1"},
    {{"Constant", "I:value_ints=3,4", ""}, "2=3,4"},
    {{"ConstantOfShape", "", "i=2,1"}, "2,1=0,0"},
    {{"Cast", "i:to=7", "t4=-1.7,1.7,2.5,0"}, "4=-1,1,2,0"},
    {{"Cast", "i:to=9", "t3=-1.7,0,2"}, "3=1,0,1"},
    {{"CastLike", "", "i=3 t1=0", 15}, "1=3"},
    {{"And", "", "o2=1,0 o1=1"}, "2=1,0"},
    {{"Or", "", "o2=1,0 o2=0,0"}, "2=1,0"},
    {{"Not", "", "o2=1,0"}, "2=0,1"},
    {{"Where", "", "o2=1,0 t2=1,2 t=9"}, "2=1,9"},
};
enum { CASES = sizeof cases / sizeof *cases };

static void check_case(int k)
{
    struct opgraph o;
    struct tv_rng r;
    struct opcase c = cases[k].c;
    int64_t dim[TV_MAX_RANK];
    tv_rng_seed(&r, 1, 0);
    const char *err = opcase_build(&o, &c, 1, &r);
    if (!CHECK(!err)) printf("    %s: %s\n", c.op, err);
    if (err) return;
    const struct tv_value *v = tv_node_out(&o.g, &o.g.node[0], 0);
    int rank = opcase_ints(cases[k].want, dim);
    const char *values = strchr(cases[k].want, '=') + 1;
    bool shape = rank == v->rank && !memcmp(dim, v->dim, (size_t)rank * sizeof *dim);
    if (!CHECK(shape && v->data))
        printf("    %s (%s; %s): another shape than %s\n", c.op, c.attrs, c.in, cases[k].want);
    for (int64_t i = 0; shape && v->data && i < tv_value_count(v); i++) {
        char *end;
        double got, want = strtod(values, &end);
        tv_convert(&got, TV_F64, (char *)v->data + (size_t)i * tv_dtype_size(v->dtype), v->dtype, 1);
        if (!CHECK_NEAR(got, want, 2e-7 * (1 + fabs(want)))) printf("    %s (%s; %s)\n", c.op, c.attrs, c.in);
        values = end + (*end == ',');
    }
    tv_graph_release(&o.g);
}

/* Old and other element types, through the converting evaluation. */
static void test_types(void)
{
    static const enum tv_dtype types[] = {TV_F64, TV_F16, TV_BF16, TV_U8,  TV_I8, TV_U16,
                                          TV_I16, TV_U32, TV_I32,  TV_U64, TV_I64};
    for (size_t t = 0; t < sizeof types / sizeof *types; t++) {
        struct opgraph o;
        struct tv_rng r;
        tv_rng_seed(&r, 1, 0);
        if (!CHECK(!opcase_build(&o, &(struct opcase){"MaxPool", "I:kernel_shape=2", "t1,1,3=1,7,3"}, 1, &r)))
            continue;
        struct tv_value *x = &o.g.value[o.in[0]], *y = tv_node_out(&o.g, &o.g.node[0], 0);
        void *data = tv_alloc(3, 8);
        tv_convert(data, types[t], x->data, TV_F32, 3);
        free(x->data);
        x->data = data;
        x->dtype = types[t];
        y->constant = false; /* evaluated again */
        CHECK(!tv_graph_plan(&o.g, 1) && y->dtype == types[t]);
        double got[2];
        tv_convert(got, TV_F64, y->data, y->dtype, 2);
        CHECK(got[0] == 7 && got[1] == 7);
        tv_graph_release(&o.g);
    }
}

int main(void)
{
    for (int k = 0; k < CASES; k++) check_case(k);
    const struct tv_op *op;
    for (int i = 0; (op = tv_op_at(i)); i++) {
        bool found = !strcmp(op->type, "Layout");
        for (int k = 0; k < CASES && !found; k++) found = !strcmp(cases[k].c.op, op->type);
        if (!CHECK(found)) printf("    no case for operator %s\n", op->type);
    }
    test_types();
    return check_done();
}
