/* tests/unit/arch.c - named architectures as ONNX: layers, sizes, seeds; new heads. */
#include "check.h"
#include "core/err.h"
#include "nn/arch.h"
#include "nn/head.h"
#include "nn/model.h"
#include "nn/onnx.h"
#include <stdlib.h>

static void check_layers(const char *arch, int side, const char *const *layers, int64_t parameters)
{
    struct tv_model m;
    const char *err = tv_model_new(&m, arch, 3, side, side, 7, 1);
    if (!CHECK(!err)) {
        printf("%s\n", err);
        return;
    }
    int64_t sum = 0;
    for (int i = 0; i < m.g.n_layers; i++) {
        CHECK_STR(m.g.layer[i].name, layers[i]);
        sum += m.g.layer[i].parameters;
    }
    CHECK(!layers[m.g.n_layers]);
    CHECK(sum == parameters);
    CHECK(tv_head_classes(&m.g) == 7);
    tv_model_release(&m);
}

static void test_layers(void)
{
    CHECK(tv_arch_is("lenet") && !tv_arch_is("lenet5"));
    check_layers("lenet", 32, (const char *const[]){"conv1", "conv2", "fc3", "fc4", NULL},
                 16 * 76 + 32 * 401 + 128 * 801 + 7 * 129);
    check_layers(
        "alexnet-s", 32,
        (const char *const[]){"conv1", "conv2", "conv3", "conv4", "conv5", "fc6", "fc7", "fc8", NULL},
        32 * 76 + 64 * 801 + 96 * 577 + 64 * 865 + 64 * 577 + 256 * 1025 + 128 * 257 + 7 * 129);
}

/* torchvision's count for 1000 classes is 61,100,840. */
static void test_alexnet(void)
{
    struct tv_model m;
    if (!CHECK(!tv_model_new(&m, "alexnet", 3, 224, 224, 1000, 1))) return;
    int64_t sum = 0;
    for (int i = 0; i < m.g.n_layers; i++) sum += m.g.layer[i].parameters;
    CHECK(sum == 61100840);
    CHECK(m.g.n_layers == 8);
    tv_model_release(&m);
}

static void test_seeds(void)
{
    void *a, *b, *c;
    size_t na, nb, nc;
    CHECK(!tv_arch_onnx_new("lenet", 1, 28, 28, 10, 1, &a, &na));
    CHECK(!tv_arch_onnx_new("lenet", 1, 28, 28, 10, 1, &b, &nb));
    CHECK(!tv_arch_onnx_new("lenet", 1, 28, 28, 10, 2, &c, &nc));
    CHECK(na == nb && !memcmp(a, b, na));
    CHECK(na == nc && memcmp(a, c, na));
    free(a), free(b), free(c);
}

static void test_too_small(void)
{
    void *bytes;
    size_t n;
    const char *err = tv_arch_onnx_new("lenet", 3, 15, 40, 10, 1, &bytes, &n);
    CHECK(err && strstr(err, "want images of at least 16x16, got 40x15"));
    CHECK(!tv_arch_onnx_new("lenet", 3, 16, 16, 10, 1, &bytes, &n));
    free(bytes);
}

static const struct tv_value *weight(const struct tv_model *m, const char *name)
{
    int at = tv_graph_value(&m->g, name);
    return at < 0 ? NULL : &m->g.value[at];
}

static void test_head(void)
{
    struct tv_model old, new;
    if (!CHECK(!tv_model_new(&old, "lenet", 3, 32, 32, 10, 1)) ||
        !CHECK(!tv_model_new(&new, "lenet", 3, 32, 32, 10, 1)))
        return;
    const char *err = tv_model_head(&new, 4, 9);
    if (!CHECK(!err)) {
        printf("%s\n", err);
        return;
    }
    CHECK(tv_head_classes(&new.g) == 4);
    CHECK_STR(new.g.name, "lenet");
    const struct tv_value *w = weight(&new, "9.weight"), *b = weight(&new, "9.bias");
    CHECK(w->dim[0] == 4 && w->dim[1] == 128 && b->dim[0] == 4);
    double squares = 0;
    for (int i = 0; i < 4 * 128; i++) squares += pow(((float *)w->data)[i], 2);
    CHECK_NEAR(squares / 4, 1, 0.2); /* variance 1/fan_in */
    CHECK(((float *)b->data)[0] == 0 && ((float *)b->data)[3] == 0);
    const char *const kept[] = {"0.weight", "0.bias", "3.weight", "7.weight", "7.bias"};
    for (int i = 0; i < 5; i++) {
        const struct tv_value *x = weight(&old, kept[i]), *y = weight(&new, kept[i]);
        CHECK(tv_value_count(x) == tv_value_count(y) &&
              !memcmp(x->data, y->data, 4 * (size_t)tv_value_count(x)));
    }
    tv_model_release(&old);
    tv_model_release(&new);
}

int main(void)
{
    test_layers();
    test_alexnet();
    test_seeds();
    test_too_small();
    test_head();
    return check_done();
}
