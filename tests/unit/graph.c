/* tests/unit/graph.c - planning, folding, layouts, layers and the channels that feed them, on small models.
 */
#include "check.h"
#include "model.h"
#include "nn/exec.h"
#include "nn/op.h"

/* ---- models ---- */

static struct model two_layers(void)
{
    struct model m = model_new();
    model_input(&m, "x", "n,3,8,8");
    model_weight(&m, "w", "4,3,3,3");
    model_weight(&m, "v", "16,5");
    model_weight(&m, "b", "5");
    model_node(&m, "Conv", "c", "x,w", "I:pads=1,1,1,1");
    model_node(&m, "Relu", "r", "c", "");
    model_node(&m, "MaxPool", "p", "r", "I:kernel_shape=4,4 I:strides=4,4");
    return m;
}

/* Flattened as exporters without a symbolic batch do: Reshape to [1,16]. */
static struct model baked_batch(void)
{
    struct model m = two_layers();
    model_ints(&m, "shape", "1,16");
    model_node(&m, "Reshape", "f", "p,shape", "");
    model_node(&m, "MatMul", "y", "f,v", "");
    model_node(&m, "Add", "z", "y,b", "");
    model_node(&m, "Softmax", "q", "z", "i:axis=1");
    model_output(&m, "q");
    return m;
}

/* Shape -> Gather -> Unsqueeze -> Concat -> Reshape, as PyTorch writes x.view(x.size(0), -1). */
static struct model computed_shape(void)
{
    struct model m = two_layers();
    model_ints(&m, "zero", "0");
    model_ints(&m, "rest", "16");
    model_node(&m, "Shape", "s", "p", "");
    model_node(&m, "Gather", "first", "s,zero", "i:axis=0");
    model_node(&m, "Concat", "shape", "first,rest", "i:axis=0");
    model_node(&m, "Reshape", "f", "p,shape", "");
    model_node(&m, "Gemm", "z", "f,v,b", "");
    model_output(&m, "z");
    return m;
}

/* conv1 -> conv2 -> Add(conv1) -> Concat(conv3 of it) -> shuffled -> conv4, gated by a squeeze-and-excite
 * conv. */
static struct model branches(void)
{
    struct model m = model_new();
    model_input(&m, "x", "n,3,8,8");
    model_weight(&m, "w1", "4,3,3,3");
    model_weight(&m, "w2", "4,4,3,3");
    model_weight(&m, "w3", "2,4,1,1");
    model_weight(&m, "w4", "6,3,1,1");
    model_weight(&m, "w5", "6,6,1,1");
    model_weight(&m, "w6", "96,3");
    model_ints(&m, "split", "0,2,3,8,8");
    model_ints(&m, "join", "0,6,8,8");
    model_node(&m, "Conv", "c1", "x,w1", "I:pads=1,1,1,1");
    model_node(&m, "Relu", "r1", "c1", "");
    model_node(&m, "Conv", "c2", "r1,w2", "I:pads=1,1,1,1");
    model_node(&m, "Add", "a", "c2,r1", "");
    model_node(&m, "Conv", "c3", "a,w3", "");
    model_node(&m, "Concat", "k", "a,c3", "i:axis=1");
    model_node(&m, "Reshape", "g", "k,split", "");
    model_node(&m, "Transpose", "t", "g", "I:perm=0,2,1,3,4");
    model_node(&m, "Reshape", "h", "t,join", "");
    model_node(&m, "Conv", "c4", "h,w4", "i:group=2");
    model_node(&m, "GlobalAveragePool", "mean", "c4", "");
    model_node(&m, "Conv", "c5", "mean,w5", "");
    model_node(&m, "Sigmoid", "gate", "c5", "");
    model_node(&m, "Mul", "e", "c4,gate", "");
    model_ints(&m, "border", "0,0,1,1,0,0,1,1");
    model_node(&m, "Pad", "padded", "e,border", "");
    model_node(&m, "AveragePool", "p", "padded", "I:kernel_shape=4,4 I:strides=2,2");
    model_node(&m, "Flatten", "f", "p", "");
    model_node(&m, "MatMul", "y", "f,w6", "");
    model_output(&m, "y");
    return m;
}

/* Images with the channels last, as TensorFlow's exporter has them. */
static struct model channels_last(void)
{
    struct model m = model_new();
    model_input(&m, "x", "n,8,8,3");
    model_weight(&m, "w", "4,3,3,3");
    model_node(&m, "Transpose", "t", "x", "I:perm=0,3,1,2");
    model_node(&m, "Conv", "c", "t,w", "I:strides=2,2");
    model_node(&m, "Transpose", "u", "c", "I:perm=0,2,3,1");
    model_node(&m, "Flatten", "f", "u", "");
    model_output(&m, "f");
    return m;
}

/* An activation spelled out with a comparison, and a squeeze-and-excite gate written with reductions. */
static struct model spelled_out(void)
{
    struct model m = model_new();
    model_input(&m, "x", "n,3,8,8");
    model_weight(&m, "w1", "4,3,3,3");
    model_weight(&m, "w2", "4,4,1,1");
    model_weight(&m, "zero", "1")[0] = 0;
    model_weight(&m, "slope", "1")[0] = 0.1f;
    model_weight(&m, "s", "4,1,1");
    model_node(&m, "Conv", "c1", "x,w1", "");
    model_node(&m, "Less", "below", "c1,zero", "");
    model_node(&m, "Mul", "small", "c1,slope", "");
    model_node(&m, "Where", "r", "below,small,c1", "");
    model_node(&m, "ReduceMean", "mean", "r", "I:axes=2,3");
    model_node(&m, "Conv", "c2", "mean,w2", "");
    model_node(&m, "Exp", "e", "c2", "");
    model_node(&m, "Mul", "g", "r,e", "");
    model_node(&m, "Add", "b", "g,s", "");
    model_node(&m, "MaxPool", "p", "b", "I:kernel_shape=3,3 I:strides=2,2");
    model_node(&m, "Flatten", "f", "p", "");
    model_node(&m, "LogSoftmax", "q", "f", "i:axis=1");
    model_node(&m, "Identity", "y", "q", "");
    model_output(&m, "y");
    return m;
}

/* ---- running ---- */

static struct tv_tensor *random_input(const struct tv_value *v, int64_t images)
{
    struct tv_rng r;
    int64_t dim[TV_MAX_RANK];
    memcpy(dim, v->dim, sizeof dim);
    dim[0] = images;
    struct tv_tensor *t = tv_tensor_new(v->name, TV_F32, v->rank, dim);
    tv_rng_seed(&r, 3, 0);
    for (int64_t i = 0; i < tv_tensor_count(t); i++) ((float *)t->data)[i] = (float)tv_rng_normal(&r);
    return t;
}

/* The output for the first `images` of 5 images, planned as one batch, in `y`. */
static int64_t run_batch(struct tv_graph *g, int64_t images, float *y)
{
    struct tv_exec e;
    if (!CHECK(!tv_graph_plan(g, images))) return 0;
    tv_exec_init(&e, g);
    struct tv_tensor *x = random_input(&g->value[g->input[0]], 5);
    int out = g->output[0];
    float *in = tv_exec_set(&e, g->input[0]);
    memcpy(in, x->data, (size_t)tv_value_count(&g->value[g->input[0]]) * sizeof *in);
    tv_exec_forward(&e, &out, 1);
    int64_t n = tv_value_count(&g->value[out]);
    memcpy(y, e.data[out], (size_t)n * sizeof *y);
    tv_exec_release(&e);
    tv_tensor_free(x);
    return n;
}

/* Batches agree to the bit with single images, and with the plain evaluation of the same file to rounding. */
static void check_runs(const char *name, struct model m)
{
    struct tv_graph g, plain;
    float y[5000], one[1000];
    size_t n;
    void *bytes = model_bytes_new(&m, &n);
    const char *err = tv_onnx_parse(&g, bytes, n, ".", true);
    if (!CHECK(!err)) {
        printf("    %s: %s\n", name, err);
        return;
    }
    int64_t count = run_batch(&g, 5, y), row = run_batch(&g, 1, one);
    CHECK(count == 5 * row && !memcmp(y, one, (size_t)row * sizeof *y));
    CHECK(!tv_onnx_parse(&plain, bytes, n, ".", false));
    struct tv_tensor *x = random_input(&g.value[g.input[0]], 1);
    if (g.value[g.input[0]].dim[1] != plain.value[plain.input[0]].dim[1]) x->dim[1] = 8, x->dim[3] = 3;
    CHECK(!tv_graph_feed(&plain, "x", x) && !tv_graph_plan(&plain, 1));
    const float *want = plain.value[plain.output[0]].data;
    for (int64_t i = 0; want && i < row && x->dim[1] == 3; i++) CHECK_NEAR(one[i], want[i], 1e-5);
    tv_tensor_free(x);
    tv_graph_release(&g);
    tv_graph_release(&plain);
    free(bytes);
}

/* ---- multipliers through whole graphs ---- */

struct told {
    struct tv_exec *e;
    double *sum;
};

static void add_up(void *user, int value, const float *m, int64_t first, int64_t count)
{
    const struct told *t = user;
    (void)first, (void)count;
    const struct tv_exec *e = t->e;
    const struct tv_value *v = &e->g->value[value]; /* planned for 2 images: the intervals */
    int64_t n = tv_value_count(v);
    const float *x = e->data[value];
    double sum = 0;
    for (int64_t i = 0; i < n; i++) sum += (double)m[i] * (x[n + i] - x[i]);
    *t->sum = sum;
}

/* Two points of two images: what the input's multipliers say equals the change of the output's weighted sum.
 */
static void check_complete(const char *name, struct model m)
{
    struct tv_graph g;
    struct tv_exec e;
    if (!CHECK(!model_load(&m, &g) && !tv_graph_plan(&g, 4))) return;
    tv_exec_init(&e, &g);
    int in = g.input[0], out = g.output[0];
    struct tv_tensor *x = random_input(&g.value[in], 4);
    memcpy(tv_exec_set(&e, in), x->data, (size_t)tv_tensor_count(x) * sizeof(float));
    for (int i = 0; i < g.n_values; i++) e.keep[i] = true;
    tv_exec_forward(&e, &out, 1);
    CHECK(!tv_graph_plan(&g, 2));
    float *seed = tv_exec_seed(&e, out);
    const float *y = e.data[out];
    double want = 0, sum = 0;
    int64_t n = tv_value_count(&g.value[out]);
    for (int64_t i = 0; i < n; i++) {
        seed[i] = (float)(1 + i % 3);
        want += (double)seed[i] * (y[n + i] - y[i]);
    }
    struct told told = {&e, &sum};
    tv_exec_backward(&e, out, (struct tv_intervals){.offset = 2}, &in, 1,
                     &(struct tv_exec_sink){.take = add_up, .user = &told});
    if (!CHECK_NEAR(sum, want, 1e-4 * (1 + fabs(want)))) printf("    %s\n", name);
    tv_exec_release(&e);
    tv_tensor_free(x);
    tv_graph_release(&g);
}

/* ---- what the graph knows ---- */

static int count_nodes(const struct tv_graph *g, const char *type)
{
    int n = 0;
    for (int i = 0; i < g->n_nodes; i++) n += !strcmp(g->node[i].op->type, type);
    return n;
}

static void test_layers(void)
{
    struct model m = baked_batch();
    struct tv_graph g;
    if (!CHECK(!model_load(&m, &g))) return;
    CHECK(g.n_layers == 2);
    CHECK_STR(g.layer[0].name, "conv1");
    CHECK_STR(g.layer[1].name, "fc2");
    CHECK(g.layer[0].channels == 4 && g.layer[0].parameters == 108 && g.layer[0].macs == 108 * 64);
    CHECK(g.layer[1].channels == 5 && g.layer[1].parameters == 85 && g.layer[1].macs == 80);
    CHECK_STR(g.value[g.layer[1].output].name, "z"); /* the Add is its bias */
    CHECK_STR(g.value[tv_graph_logits(&g)].name, "z");
    CHECK_STR(g.value[tv_graph_embedding(&g)].name, "f");
    CHECK(tv_graph_layer(&g, "fc2") == 1 && tv_graph_layer(&g, "c") == 0 && tv_graph_layer(&g, "fc3") == -1);
    CHECK(!tv_graph_plan(&g, 7) && g.value[g.output[0]].dim[0] == 7);
    tv_graph_release(&g);
}

static void test_folding(void)
{
    struct model m = computed_shape();
    struct tv_graph g;
    if (!CHECK(!model_load(&m, &g))) return;
    CHECK(count_nodes(&g, "Shape") == 1); /* depends on the batch, so it stays */
    CHECK(!tv_graph_plan(&g, 9));
    const struct tv_value *f = &g.value[tv_graph_embedding(&g)];
    CHECK(f->rank == 2 && f->dim[0] == 9 && f->dim[1] == 16);
    tv_graph_release(&g);
    m = two_layers();
    model_ints(&m, "one", "1");
    model_ints(&m, "two", "2");
    model_ints(&m, "shape", "4,3,3,3");
    model_node(&m, "Shape", "s", "p", ""); /* its channels are the same for every batch */
    model_node(&m, "Slice", "part", "s,one,two", "");
    model_ints(&m, "tail", "1,1");
    model_node(&m, "Concat", "all", "one,part,tail", "i:axis=0");
    model_node(&m, "ConstantOfShape", "c0", "all", "");
    model_node(&m, "Add", "y", "p,c0", "");
    model_output(&m, "y");
    if (!CHECK(!model_load(&m, &g))) return;
    CHECK(count_nodes(&g, "Shape") == 0 && count_nodes(&g, "ConstantOfShape") == 0 &&
          count_nodes(&g, "Add") == 1);
    tv_graph_release(&g);
}

static void test_layouts(void)
{
    struct model m = baked_batch();
    struct tv_graph g;
    if (!CHECK(!model_load(&m, &g))) return;
    CHECK(count_nodes(&g, "Layout") == 2); /* before the convolution and before the Reshape */
    CHECK(g.value[g.layer[0].output].layout == TV_CHLAST && g.value[g.input[0]].layout == TV_PLAIN);
    tv_graph_release(&g);
    m = channels_last();
    if (!CHECK(!model_load(&m, &g))) return;
    const struct tv_value *x = &g.value[g.input[0]];
    CHECK(x->dim[1] == 3 && x->dim[2] == 8 &&
          x->dim[3] == 8); /* images are [N,C,H,W] whatever the file says */
    tv_graph_release(&g);
}

/* Height and width left open by the file become those of the images. */
static void test_open_sizes(void)
{
    struct model m = model_new();
    struct tv_graph g;
    int64_t want[3];
    model_input(&m, "x", "n,3,n,n");
    model_weight(&m, "w", "4,3,3,3");
    model_node(&m, "Conv", "c", "x,w", "");
    model_node(&m, "GlobalAveragePool", "p", "c", "");
    model_node(&m, "Flatten", "y", "p", "");
    model_output(&m, "y");
    if (!CHECK(!model_load(&m, &g))) return;
    tv_graph_image(&g, want);
    CHECK(want[0] == 3 && want[1] == -1 && want[2] == -1);
    CHECK(g.value[g.layer[0].output].dim[2] == 222);
    CHECK(!tv_graph_set_image(&g, 3, 10, 12));
    CHECK(g.value[g.layer[0].output].dim[2] == 8 && g.value[g.layer[0].output].dim[3] == 10);
    CHECK(g.layer[0].macs == 108 * 80);
    CHECK(!tv_graph_plan(&g, 5) && g.value[g.input[0]].dim[3] == 12 && g.value[g.output[0]].dim[0] == 5);
    tv_graph_release(&g);
    m = model_new(); /* only 28x28 fits the weight behind the Flatten */
    model_input(&m, "x", "n,n,n,n");
    model_weight(&m, "w", "784,10");
    model_node(&m, "Flatten", "f", "x", "");
    model_node(&m, "MatMul", "y", "f,w", "");
    model_output(&m, "y");
    if (!CHECK(!model_load(&m, &g))) return;
    CHECK(g.value[g.input[0]].dim[1] == 1 && g.value[g.input[0]].dim[2] == 28);
    tv_graph_release(&g);
}

/* Folding a BatchNormalization changes rounding only; both nodes keep their names, and both give its output.
 */
static void test_fusing(void)
{
    struct model m = two_layers();
    struct tv_graph g;
    float y[1000], fused[1000];
    model_weight(&m, "s", "4"), model_weight(&m, "t", "4"), model_weight(&m, "mean", "4");
    float *var = model_weight(&m, "var", "4");
    for (int i = 0; i < 4; i++) var[i] = 0.5f + (float)i;
    model_node(&m, "Conv", "c2", "x,w", "I:pads=1,1,1,1");
    model_node(&m, "BatchNormalization", "n", "c2,s,t,mean,var", "");
    model_node(&m, "Relu", "y", "n", "");
    model_output(&m, "y");
    if (!CHECK(!model_load(&m, &g))) return;
    int64_t count = run_batch(&g, 2, y);
    CHECK_STR(g.value[g.layer[1].output].name, "n");
    tv_graph_fuse(&g);
    CHECK(count_nodes(&g, "BatchNormalization") == 0 && count_nodes(&g, "Identity") == 1);
    CHECK(run_batch(&g, 2, fused) == count);
    for (int64_t i = 0; i < count; i++) CHECK_NEAR(fused[i], y[i], 1e-5);
    CHECK(g.node[g.layer[1].node].out[0] == g.layer[1].output);
    tv_graph_release(&g);
}

/* ---- links ---- */

static const struct tv_link *find_link(const struct tv_link *l, int n, int a, int b)
{
    for (int i = 0; i < n; i++)
        if (l[i].a == a && l[i].b == b) return &l[i];
    return NULL;
}

static bool channels_are(const struct tv_link *l, const char *want)
{
    int64_t v[128];
    int n = l ? model_dims(want, v) : 0;
    bool equal = n > 0;
    for (int i = 0; i < n; i++) equal = equal && l->channel[i] == v[i];
    return equal;
}

static void test_links(void)
{
    struct model m = branches();
    struct tv_graph g;
    int n;
    if (!CHECK(!model_load(&m, &g))) return;
    struct tv_link *l = tv_graph_links_new(&g, &n);
    CHECK(g.n_layers == 6 && n == 9);
    CHECK(channels_are(find_link(l, n, 0, 1), "0,1,2,3"));
    CHECK(channels_are(find_link(l, n, 0, 2), "0,1,2,3")); /* through the Add */
    CHECK(channels_are(find_link(l, n, 1, 2), "0,1,2,3"));
    /* Concat is [a0 a1 a2 a3 c0 c1]; shuffled in two groups of three: a0 a3 a1 c0 a2 c1 */
    CHECK(channels_are(find_link(l, n, 1, 3), "0,3,1,-1,2,-1"));
    CHECK(channels_are(find_link(l, n, 0, 3), "0,3,1,-1,2,-1"));
    CHECK(channels_are(find_link(l, n, 2, 3), "-1,-1,-1,0,-1,1"));
    CHECK(channels_are(find_link(l, n, 3, 4), "0,1,2,3,4,5"));
    const struct tv_link *conv = find_link(l, n, 3, 5),
                         *gate = find_link(l, n, 4, 5); /* both sides of the Mul */
    bool flat = conv && gate;
    for (int f = 0; flat && f < 96; f++) flat = conv->channel[f] == f / 16 && gate->channel[f] == f / 16;
    CHECK(flat);
    tv_links_free(l, n);
    tv_graph_release(&g);
    m = channels_last();
    model_weight(&m, "v", "36,2");
    model_node(&m, "MatMul", "y", "f,v", "");
    if (!CHECK(!model_load(&m, &g))) return;
    l = tv_graph_links_new(&g, &n);
    CHECK(n == 1 && channels_are(l, "0,1,2,3,0,1,2,3"));
    tv_links_free(l, n);
    tv_graph_release(&g);
}

/* ---- what cannot be batched ---- */

static void test_refusals(void)
{
    static const struct {
        const char *type, *attrs, *want;
    } cases[] = {{"Transpose", "I:perm=1,0,2,3", "does not keep the images along its first dimension"},
                 {"Softmax", "i:axis=0", "mixes the images"},
                 {"ReduceMean", "i:keepdims=1", "mixes the images"},
                 {"Flatten", "i:axis=0", "does not keep the images"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct model m = two_layers();
        struct tv_graph g;
        model_node(&m, cases[i].type, "y", "p", cases[i].attrs);
        model_output(&m, "y");
        const char *err = model_load(&m, &g);
        if (!CHECK(err && strstr(err, cases[i].want) && strstr(err, "'y'")))
            printf("    %s: %s\n", cases[i].type, err ? err : "ran");
    }
}

int main(void)
{
    check_runs("baked batch", baked_batch());
    check_runs("computed shape", computed_shape());
    check_runs("branches", branches());
    check_runs("channels last", channels_last());
    check_runs("spelled out", spelled_out());
    check_complete("baked batch", baked_batch());
    check_complete("branches", branches());
    check_complete("channels last", channels_last());
    check_complete("spelled out", spelled_out());
    test_layers();
    test_folding();
    test_layouts();
    test_open_sizes();
    test_fusing();
    test_links();
    test_refusals();
    return check_done();
}
