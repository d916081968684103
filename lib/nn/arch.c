#include "nn/arch.h"
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/err.h"
#include "core/mem.h"
#include "core/str.h"
#include "nn/onnx_build.h"
#include "num/rng.h"

/* A module a line: "conv NAME CHANNELS KERNEL STRIDE PAD", "pool NAME KERNEL STRIDE", "fc NAME CHANNELS" (0:
 * the number of classes), and those without parameters.  NAME as in PyTorch's state_dict. */
static const char *const lenet[] = {"conv 0 16 5 1 0", "relu 1",     "pool 2 2 2", "conv 3 32 5 1 0",
                                    "relu 4",          "pool 5 2 2", "flatten 6",  "fc 7 128",
                                    "relu 8",          "fc 9 0",     NULL};

/* 14 and 17 were dropout where this network comes from. */
static const char *const alexnet_s[] = {
    "conv 0 32 5 1 2",  "relu 1",          "pool 2 2 2",  "conv 3 64 5 1 2", "relu 4",
    "pool 5 2 2",       "conv 6 96 3 1 1", "relu 7",      "conv 8 64 3 1 1", "relu 9",
    "conv 10 64 3 1 1", "relu 11",         "pool 12 2 2", "flatten 13",      "fc 15 256",
    "relu 16",          "fc 18 128",       "relu 19",     "fc 20 0",         NULL};

static const char *const alexnet[] = {"conv features.0 64 11 4 2",
                                      "relu features.1",
                                      "pool features.2 3 2",
                                      "conv features.3 192 5 1 2",
                                      "relu features.4",
                                      "pool features.5 3 2",
                                      "conv features.6 384 3 1 1",
                                      "relu features.7",
                                      "conv features.8 256 3 1 1",
                                      "relu features.9",
                                      "conv features.10 256 3 1 1",
                                      "relu features.11",
                                      "pool features.12 3 2",
                                      "flatten flatten",
                                      "dropout classifier.0",
                                      "fc classifier.1 4096",
                                      "relu classifier.2",
                                      "dropout classifier.3",
                                      "fc classifier.4 4096",
                                      "relu classifier.5",
                                      "fc classifier.6 0",
                                      NULL};

static const char *const names[] = {"lenet", "alexnet-s", "alexnet", NULL};
static const char *const *const architectures[] = {lenet, alexnet_s, alexnet};

enum kind { CONV, POOL, FC, FLATTEN, RELU, DROPOUT };
static const struct {
    const char *word, *type; /* in the tables above, in ONNX */
} kinds[] = {
    [CONV] = {"conv", "Conv"},          [POOL] = {"pool", "MaxPool"}, [FC] = {"fc", "Gemm"},
    [FLATTEN] = {"flatten", "Flatten"}, [RELU] = {"relu", "Relu"},    [DROPOUT] = {"dropout", "Dropout"}};

struct module {
    enum kind kind;
    char name[32];
    int64_t out, kernel, stride, pad;
    bool last;
};

/* Module i of an architecture. */
static struct module parse(const char *const *arch, int i)
{
    struct module m = {.kind = CONV, .last = !arch[i + 1]};
    char word[16];
    long long v[4] = {0};
    sscanf(arch[i], "%15s %31s %lld %lld %lld %lld", word, m.name, &v[0], &v[1], &v[2], &v[3]);
    while (strcmp(word, kinds[m.kind].word)) m.kind++;
    if (m.kind == POOL) {
        m.kernel = v[0], m.stride = v[1];
    } else {
        m.out = v[0], m.kernel = v[1], m.stride = v[2], m.pad = v[3];
    }
    return m;
}

const char *const *tv_arch_names(void) { return names; }

static int find(const char *name)
{
    for (int i = 0; names[i]; i++)
        if (!strcmp(names[i], name)) return i;
    return -1;
}

int tv_arch_is(const char *name) { return find(name) >= 0; }

/* Height or width after a module. */
static int64_t side_after(const struct module *m, int64_t side)
{
    if (!m->stride) return side;
    return side + 2 * m->pad < m->kernel ? 0 : (side + 2 * m->pad - m->kernel) / m->stride + 1;
}

/* The model while it grows: the value that the next module reads, and its shape of one image. */
struct build {
    Onnx__GraphProto *g;
    char *value;
    int64_t c, h, w, classes;
    uint64_t seed;
    int weights; /* tensors so far: each has its own random numbers */
};

static void init_weights(struct build *b, const char *name, int rank, const int64_t *dim, int64_t fan_in,
                         bool last)
{
    struct tv_rng r;
    tv_rng_seed(&r, b->seed, (uint64_t)b->weights++);
    float *w = tv_onnx_add_weight(b->g, name, rank, dim);
    double deviation = sqrt((last ? 1.0 : 2.0) / (double)fan_in);
    for (int64_t i = 0, n = dim[0] * fan_in; i < n; i++) w[i] = (float)(deviation * tv_rng_normal(&r));
}

/* A node that reads b->value; its output becomes b->value.  `weighted` nodes read NAME.weight and NAME.bias.
 */
static Onnx__NodeProto *add_node(struct build *b, const struct module *m, bool weighted)
{
    char *node = tv_format_new("/%s/%s", m->name, kinds[m->kind].type),
         *out = tv_format_new("%s_output_0", node);
    char *weight = tv_format_new("%s.weight", m->name), *bias = tv_format_new("%s.bias", m->name);
    const char *const in[] = {b->value, weighted ? weight : NULL, bias, NULL};
    Onnx__NodeProto *n = tv_onnx_add_node(b->g, kinds[m->kind].type, node, in, m->last ? "logits" : out);
    free(b->value);
    b->value = out;
    free(node);
    free(weight);
    free(bias);
    return n;
}

static void add_weights(struct build *b, const struct module *m, int rank, const int64_t *dim, int64_t fan_in)
{
    char *weight = tv_format_new("%s.weight", m->name), *bias = tv_format_new("%s.bias", m->name);
    init_weights(b, weight, rank, dim, fan_in, m->last);
    tv_onnx_add_weight(b->g, bias, 1, dim); /* zeros */
    free(weight);
    free(bias);
}

static void add_conv(struct build *b, const struct module *m)
{
    const int64_t dim[] = {m->out, b->c, m->kernel, m->kernel}, one[] = {1, 1};
    const int64_t stride[] = {m->stride, m->stride}, pads[] = {m->pad, m->pad, m->pad, m->pad};
    Onnx__NodeProto *n = add_node(b, m, true);
    tv_onnx_add_ints(n, "dilations", 2, one);
    tv_onnx_add_int(n, "group", 1);
    tv_onnx_add_ints(n, "kernel_shape", 2, dim + 2);
    tv_onnx_add_ints(n, "pads", 4, pads);
    tv_onnx_add_ints(n, "strides", 2, stride);
    add_weights(b, m, 4, dim, b->c * m->kernel * m->kernel);
    b->c = m->out;
}

static void add_pool(struct build *b, const struct module *m)
{
    const int64_t kernel[] = {m->kernel, m->kernel}, stride[] = {m->stride, m->stride}, pads[4] = {0};
    Onnx__NodeProto *n = add_node(b, m, false);
    tv_onnx_add_int(n, "ceil_mode", 0);
    tv_onnx_add_ints(n, "kernel_shape", 2, kernel);
    tv_onnx_add_ints(n, "pads", 4, pads);
    tv_onnx_add_ints(n, "strides", 2, stride);
}

/* Fully connected: y = x transpose(W) + b, W [out, in]. */
static void add_fc(struct build *b, const struct module *m)
{
    const int64_t dim[] = {m->out ? m->out : b->classes, b->c};
    tv_onnx_add_int(add_node(b, m, true), "transB", 1);
    add_weights(b, m, 2, dim, b->c);
    b->c = dim[0];
}

static void add_module(struct build *b, const struct module *m)
{
    switch (m->kind) {
    case CONV: add_conv(b, m); break;
    case POOL: add_pool(b, m); break;
    case FC: add_fc(b, m); break;
    case FLATTEN:
        tv_onnx_add_int(add_node(b, m, false), "axis", 1);
        b->c *= b->h * b->w;
        break;
    default: add_node(b, m, false); /* Relu; Dropout, whose ratio is 0.5 where none is given */
    }
    b->h = side_after(m, b->h);
    b->w = side_after(m, b->w);
}

/* Do all windows of the network fit into an image of this side? */
static bool side_fits(const char *const *arch, int64_t side)
{
    for (int i = 0; arch[i]; i++) {
        struct module m = parse(arch, i);
        side = side_after(&m, side);
        if (side < 1) return false;
    }
    return true;
}

static int64_t smallest_side(const char *const *arch)
{
    int64_t side = 1;
    while (!side_fits(arch, side)) side++;
    return side;
}

const char *tv_arch_onnx_new(const char *name, int64_t c, int64_t h, int64_t w, int64_t k, uint64_t seed,
                             void **bytes, size_t *n)
{
    assert(tv_arch_is(name) && c > 0 && k > 0);
    const char *const *arch = architectures[find(name)];
    if (!side_fits(arch, h < w ? h : w))
        return tv_msg(
            "%s: want images of at least %lldx%lld, got %lldx%lld; tv-import --resize or --pad enlarges them",
            name, (long long)smallest_side(arch), (long long)smallest_side(arch), (long long)w, (long long)h);
    Onnx__ModelProto *m = tv_onnx_model_new(name);
    struct build b = {
        .g = m->graph, .value = tv_strdup("image"), .c = c, .h = h, .w = w, .classes = k, .seed = seed};
    tv_onnx_add_input(b.g, "image", 4, (const int64_t[]){-1, c, h, w});
    tv_onnx_add_output(b.g, "logits", 2, (const int64_t[]){-1, k});
    for (int i = 0; arch[i]; i++) {
        struct module module = parse(arch, i);
        add_module(&b, &module);
    }
    free(b.value);
    *bytes = tv_onnx_pack_new(m, n);
    onnx__model_proto__free_unpacked(m, NULL);
    return NULL;
}
