/* tests/prop/train.c - training by its properties: gradients against finite differences, threads, frozen
 * layers, statistics of a batch, dropout. */
#include "check.h"
#include "core/err.h"
#include "core/threads.h"
#include "nn/infer.h"
#include "nn/model.h"
#include "nn/onnx.h"
#include "nn/onnx_build.h"
#include "nn/op.h"
#include "nn/train.h"
#include "num/rng.h"
#include <stdlib.h>

enum { N = 6, C = 2, SIDE = 6, PIXELS = C * SIDE * SIDE, CLASSES = 4 };

static void fill(float *w, int64_t n, double deviation, double mean, uint64_t stream)
{
    struct tv_rng r;
    tv_rng_seed(&r, 11, stream);
    for (int64_t i = 0; i < n; i++) w[i] = (float)(mean + deviation * tv_rng_normal(&r));
}

static void weight(Onnx__GraphProto *g, const char *name, int rank, const int64_t *dim, double deviation,
                   double mean)
{
    int64_t n = 1;
    for (int i = 0; i < rank; i++) n *= dim[i];
    fill(tv_onnx_add_weight(g, name, rank, dim), n, deviation, mean, g->n_initializer);
}

static void batchnorm(Onnx__GraphProto *g, const char *in, const char *out, int64_t channels)
{
    weight(g, "bn.weight", 1, &channels, 0.2, 1);
    weight(g, "bn.bias", 1, &channels, 0.2, 0);
    weight(g, "bn.mean", 1, &channels, 0, 0);
    weight(g, "bn.var", 1, &channels, 0, 1);
    tv_onnx_add_node(g, "BatchNormalization", "bn",
                     (const char *const[]){in, "bn.weight", "bn.bias", "bn.mean", "bn.var", NULL}, out);
}

static void load(struct tv_graph *g, Onnx__ModelProto *m)
{
    size_t n;
    void *bytes = tv_onnx_pack_new(m, &n);
    tv_check(tv_onnx_parse(g, bytes, n, ".", true));
    onnx__model_proto__free_unpacked(m, NULL);
    free(bytes);
}

/* conv1, batch normalisation, relu, mean, fc2, tanh, fc3 as MatMul and Add. */
static void small_net(struct tv_graph *graph)
{
    Onnx__ModelProto *m = tv_onnx_model_new("small");
    Onnx__GraphProto *g = m->graph;
    tv_onnx_add_input(g, "image", 4, (const int64_t[]){-1, C, SIDE, SIDE});
    tv_onnx_add_output(g, "logits", 2, (const int64_t[]){-1, CLASSES});
    weight(g, "conv.weight", 4, (const int64_t[]){3, C, 3, 3}, 0.4, 0);
    tv_onnx_add_ints(
        tv_onnx_add_node(g, "Conv", "conv", (const char *const[]){"image", "conv.weight", NULL}, "a"),
        "kernel_shape", 2, (const int64_t[]){3, 3});
    batchnorm(g, "a", "b", 3);
    tv_onnx_add_node(g, "Relu", "relu", (const char *const[]){"b", NULL}, "c");
    tv_onnx_add_node(g, "GlobalAveragePool", "mean", (const char *const[]){"c", NULL}, "d");
    tv_onnx_add_node(g, "Flatten", "flatten", (const char *const[]){"d", NULL}, "e");
    weight(g, "fc.weight", 2, (const int64_t[]){8, 3}, 0.8, 0);
    weight(g, "fc.bias", 1, (const int64_t[]){8}, 0.2, 0);
    tv_onnx_add_int(
        tv_onnx_add_node(g, "Gemm", "fc", (const char *const[]){"e", "fc.weight", "fc.bias", NULL}, "f"),
        "transB", 1);
    tv_onnx_add_node(g, "Tanh", "tanh", (const char *const[]){"f", NULL}, "g");
    weight(g, "out.weight", 2, (const int64_t[]){8, CLASSES}, 0.8, 0);
    weight(g, "out.bias", 1, (const int64_t[]){CLASSES}, 0.2, 0);
    tv_onnx_add_node(g, "MatMul", "out", (const char *const[]){"g", "out.weight", NULL}, "h");
    tv_onnx_add_node(g, "Add", "add", (const char *const[]){"h", "out.bias", NULL}, "logits");
    load(graph, m);
}

static void conv(Onnx__GraphProto *g, const char *name, const char *in, const char *out, int64_t from)
{
    char w[40];
    snprintf(w, sizeof w, "%s.weight", name);
    weight(g, w, 4, (const int64_t[]){3, from, 3, 3}, 0.4, 0);
    Onnx__NodeProto *n = tv_onnx_add_node(g, "Conv", name, (const char *const[]){in, w, NULL}, out);
    tv_onnx_add_ints(n, "kernel_shape", 2, (const int64_t[]){3, 3});
    tv_onnx_add_ints(n, "pads", 4, (const int64_t[]){1, 1, 1, 1});
}

static void plain(Onnx__GraphProto *g, const char *type, const char *a, const char *b, const char *out)
{
    tv_onnx_add_node(g, type, out, (const char *const[]){a, b, NULL}, out);
}

/* What runs in place: a Relu behind a normalisation, sums with a shortcut on either side and of a value with
 * itself, a Relu whose input others read. */
static void residual_net(struct tv_graph *graph)
{
    Onnx__ModelProto *m = tv_onnx_model_new("residual");
    Onnx__GraphProto *g = m->graph;
    tv_onnx_add_input(g, "image", 4, (const int64_t[]){-1, C, SIDE, SIDE});
    tv_onnx_add_output(g, "logits", 2, (const int64_t[]){-1, CLASSES});
    conv(g, "conv1", "image", "a", C);
    batchnorm(g, "a", "b", 3);
    plain(g, "Relu", "b", NULL, "c");
    conv(g, "conv2", "c", "d", 3);
    plain(g, "Add", "d", "c", "e");
    plain(g, "Relu", "e", NULL, "f");
    conv(g, "conv3", "f", "h", 3);
    plain(g, "Add", "f", "h", "i");
    plain(g, "Relu", "i", NULL, "j");
    plain(g, "Add", "i", "j", "k");
    plain(g, "Add", "k", "k", "l");
    plain(g, "GlobalAveragePool", "l", NULL, "m");
    plain(g, "Flatten", "m", NULL, "n");
    weight(g, "out.weight", 2, (const int64_t[]){3, CLASSES}, 0.4, 0);
    plain(g, "MatMul", "n", "out.weight", "logits");
    load(graph, m);
}

static const int32_t labels[N] = {0, 1, 2, 3, -1, 1};

/* One step on fixed images; the mean loss before it. */
static double step(struct tv_train *t, double rate)
{
    float *x;
    double loss = 0;
    int64_t right = 0;
    tv_check(tv_train_batch(t, N, &x));
    fill(x, N * tv_value_row(&t->g->value[t->g->input[0]]), 1, 0, 99);
    tv_train_step(t, labels, rate, &loss, &right);
    return loss / (N - 1); /* one image has no label */
}

static void refresh(struct tv_graph *g)
{
    for (int i = 0; i < g->n_nodes; i++)
        if (g->node[i].op->refresh) g->node[i].op->refresh(g, &g->node[i]);
}

/* The loss with parameter p moved by h along d, the step's number (and so the dropout) as it was. */
static double moved_loss(struct tv_train *t, const struct tv_train_param *p, const float *w, const float *d,
                         double h)
{
    float *at = t->g->value[p->value].data;
    for (int64_t i = 0; i < p->n; i++) at[i] = (float)(w[i] + h * d[i]);
    refresh(t->g);
    t->step = 0;
    return step(t, 0);
}

/* With plain SGD and rate 1 a step subtracts the gradient. */
static void test_gradients(void (*net)(struct tv_graph *g), int params, double dropout)
{
    enum { MOST = 7 };
    struct tv_graph g;
    struct tv_train t;
    net(&g);
    tv_check(tv_train_init(&t, &g, &(struct tv_train_options){.seed = 3, .dropout = dropout}));
    CHECK(t.n_params == params && params <= MOST);
    float *before[MOST], *gradient[MOST];
    for (int k = 0; k < t.n_params; k++) {
        size_t bytes = (size_t)t.param[k].n * sizeof(float);
        before[k] = memcpy(malloc(bytes), g.value[t.param[k].value].data, bytes);
        gradient[k] = malloc(bytes);
    }
    step(&t, 1);
    for (int k = 0; k < t.n_params; k++) {
        float *w = g.value[t.param[k].value].data;
        for (int64_t i = 0; i < t.param[k].n; i++) gradient[k][i] = before[k][i] - w[i];
        memcpy(w, before[k], (size_t)t.param[k].n * sizeof *w);
    }
    for (int k = 0; k < t.n_params; k++) {
        const struct tv_train_param *p = &t.param[k];
        float *d = malloc((size_t)p->n * sizeof *d);
        fill(d, p->n, 1, 0, 50 + (uint64_t)k);
        double slope = 0, h = 2e-3;
        for (int64_t i = 0; i < p->n; i++) slope += gradient[k][i] * d[i];
        double up = moved_loss(&t, p, before[k], d, h), down = moved_loss(&t, p, before[k], d, -h);
        moved_loss(&t, p, before[k], d, 0);
        if (!CHECK_NEAR((up - down) / (2 * h), slope, 2e-3 + 0.01 * fabs(slope)))
            printf("  parameter %s\n", g.value[p->value].name);
        free(d), free(before[k]), free(gradient[k]);
    }
    tv_train_release(&t);
    tv_graph_release(&g);
}

static void test_cross_entropy(void)
{
    const float z[3 * 3] = {1, 2, 3, 5, 5, 5, 1000, 0, -1000};
    const int32_t label[3] = {2, -1, 2};
    float dz[9];
    double sum = exp(-2) + exp(-1) + 1, loss = tv_train_loss(dz, z, label, 3, 3);
    CHECK_NEAR(loss, log(sum) + 2000, 1e-6);
    CHECK_NEAR(dz[0], exp(-2) / sum / 2, 1e-7);
    CHECK_NEAR(dz[2], (1 / sum - 1) / 2, 1e-7);
    CHECK(dz[3] == 0 && dz[4] == 0 && dz[5] == 0);
    CHECK(dz[6] == 0.5f && dz[8] == -0.5f);
}

/* All weights after some steps, in one new array. */
static float *trained_new(int threads, const char *freeze, double dropout, size_t *n)
{
    struct tv_model m;
    struct tv_train t;
    tv_threads_set(threads);
    tv_check(tv_model_new(&m, "lenet", 3, 32, 32, CLASSES, 5));
    struct tv_train_options o = {.optim.momentum = 0.9, .seed = 5, .freeze = freeze, .dropout = dropout};
    tv_check(tv_train_init(&t, &m.g, &o));
    for (int i = 0; i < 3; i++) step(&t, 0.01);
    float *all = NULL;
    *n = 0;
    for (int v = 0; v < m.g.n_values; v++) {
        if (!m.g.value[v].trainable) continue;
        size_t count = (size_t)tv_value_count(&m.g.value[v]);
        all = realloc(all, (*n + count) * sizeof *all);
        memcpy(all + *n, m.g.value[v].data, count * sizeof *all);
        *n += count;
    }
    tv_train_release(&t);
    tv_model_release(&m);
    tv_threads_set(0);
    return all;
}

static void test_threads(void)
{
    size_t n, m;
    float *one = trained_new(1, NULL, 0.3, &n), *two = trained_new(2, NULL, 0.3, &m),
          *none = trained_new(2, NULL, 0, &m);
    CHECK(n == m && !memcmp(one, two, n * sizeof *one));
    CHECK(memcmp(one, none, n * sizeof *one) != 0);
    free(one), free(two), free(none);
}

static void test_frozen(void)
{
    enum { CONV1 = 16 * 75 + 16, CONV2 = 32 * 400 + 32 };
    size_t n, m;
    float *start = trained_new(2, "conv1,conv2,fc3..fc3", 0, &n), *whole = trained_new(2, NULL, 0, &m);
    float *part = trained_new(2, "conv*", 0, &m);
    CHECK(!memcmp(part, start, (CONV1 + CONV2) * sizeof *part));
    CHECK(memcmp(whole, start, CONV1 * sizeof *part) != 0);
    CHECK(memcmp(part + CONV1 + CONV2, start + CONV1 + CONV2, 1000 * sizeof *part) != 0);
    free(start), free(whole), free(part);

    struct tv_graph g;
    struct tv_train t;
    small_net(&g);
    tv_check(tv_train_init(&t, &g, &(struct tv_train_options){.freeze = "conv1"}));
    CHECK(t.n_params == 4);
    step(&t, 0.1);
    const float *mean = g.value[tv_graph_value(&g, "bn.mean")].data,
                *var = g.value[tv_graph_value(&g, "bn.var")].data;
    for (int c = 0; c < 3; c++) CHECK(mean[c] == 0 && var[c] == 1);
    tv_train_release(&t);
    const char *err = tv_train_init(&t, &g, &(struct tv_train_options){.freeze = "*"});
    CHECK(err && strstr(err, "nothing to train"));
    err = tv_train_init(&t, &g, &(struct tv_train_options){.freeze = "conv2"});
    CHECK(err && strstr(err, "conv2"));
    tv_graph_release(&g);
}

/* Normalisation straight behind the image: its statistics are those of the pixels. */
static void test_batch_statistics(void)
{
    Onnx__ModelProto *m = tv_onnx_model_new("statistics");
    tv_onnx_add_input(m->graph, "image", 4, (const int64_t[]){-1, C, SIDE, SIDE});
    tv_onnx_add_output(m->graph, "logits", 2, (const int64_t[]){-1, CLASSES});
    batchnorm(m->graph, "image", "a", C);
    tv_onnx_add_node(m->graph, "Flatten", "flatten", (const char *const[]){"a", NULL}, "b");
    weight(m->graph, "fc.weight", 2, (const int64_t[]){PIXELS, CLASSES}, 0.1, 0);
    tv_onnx_add_node(m->graph, "MatMul", "fc", (const char *const[]){"b", "fc.weight", NULL}, "logits");
    struct tv_graph g;
    struct tv_train t;
    load(&g, m);
    tv_check(tv_train_init(&t, &g, &(struct tv_train_options){0}));
    step(&t, 0);
    tv_train_settle(&t);
    float x[N * PIXELS];
    fill(x, N * PIXELS, 1, 0, 99);
    for (int c = 0; c < C; c++) {
        double sum = 0, squares = 0, count = N * SIDE * SIDE;
        for (int i = 0; i < N * PIXELS; i++)
            if (i / (SIDE * SIDE) % C == c) sum += x[i], squares += (double)x[i] * x[i];
        double mean = sum / count, var = (squares - sum * mean) / (count - 1);
        CHECK_NEAR(((float *)g.value[tv_graph_value(&g, "bn.mean")].data)[c], 0.1 * mean, 1e-6);
        CHECK_NEAR(((float *)g.value[tv_graph_value(&g, "bn.var")].data)[c], 0.9 + 0.1 * var, 1e-6);
    }
    tv_train_release(&t);
    tv_graph_release(&g);
}

/* A settled network infers without dropout: twice the same, and the same as one that was never trained. */
static void test_settled(void)
{
    struct tv_graph a, b;
    struct tv_train t;
    struct tv_infer fa, fb;
    float x[N * PIXELS];
    small_net(&a);
    small_net(&b);
    fill(x, N * PIXELS, 1, 0, 7);
    tv_check(tv_train_init(&t, &a, &(struct tv_train_options){.dropout = 0.5, .freeze = "conv1"}));
    step(&t, 0);
    tv_train_settle(&t);
    int za = tv_graph_logits(&a), zb = tv_graph_logits(&b);
    tv_check(tv_infer_init(&fa, &a, &za, 1, N, 0, 0));
    tv_check(tv_infer_init(&fb, &b, &zb, 1, N, 0, 0));
    tv_check(tv_infer_run(&fa, N, x));
    tv_check(tv_infer_run(&fb, N, x));
    CHECK(!memcmp(fa.out[0], fb.out[0], N * CLASSES * sizeof(float)));
    tv_infer_release(&fa);
    tv_infer_release(&fb);
    tv_train_release(&t);
    tv_graph_release(&a);
    tv_graph_release(&b);
}

static void test_learns(void)
{
    struct tv_graph g;
    struct tv_train t;
    small_net(&g);
    struct tv_train_options o = {.optim = {.kind = TV_ADAM, .beta1 = 0.9, .beta2 = 0.999, .eps = 1e-8}};
    tv_check(tv_train_init(&t, &g, &o));
    double first = step(&t, 0.02), last = 0;
    for (int i = 0; i < 200; i++) last = step(&t, 0.02);
    CHECK(last < 0.1 * first);
    CHECK(t.step == 201);
    tv_train_release(&t);
    tv_graph_release(&g);
}

int main(void)
{
    test_cross_entropy();
    test_gradients(small_net, 7, 0);
    test_gradients(small_net, 7, 0.4);
    test_gradients(residual_net, 6, 0);
    test_threads();
    test_frozen();
    test_batch_statistics();
    test_settled();
    test_learns();
    return check_done();
}
