/* tests/model.h - small ONNX models in memory, for tests of the loader and of the graph:
 *
 *     struct model m = model_new();
 *     model_input(&m, "x", "n,3,8,8");
 *     model_weight(&m, "w", "4,3,3,3");                        random; model_floats, model_ints: given values
 *     model_node(&m, "Conv", "y", "x,w", "I:pads=1,1,1,1");    attributes as in tests/opcase.h
 *     model_output(&m, "y");
 *     const char *err = model_load(&m, &g);                    through the file format; frees the model
 */
#ifndef TESTS_MODEL_H
#define TESTS_MODEL_H
#include <stdlib.h>
#include <string.h>
#include "core/mem.h"
#include "core/str.h"
#include "nn/onnx.h"
#include "nn/onnx_build.h"
#include "num/rng.h"

struct model {
    Onnx__ModelProto *p;
    struct tv_rng r;
};

static inline struct model model_new(void)
{
    struct model m = {.p = tv_onnx_model_new("test")};
    tv_rng_seed(&m.r, 7, 0);
    return m;
}

/* "n,3,8,8"; n: symbolic */
static inline int model_dims(const char *s, int64_t *dim)
{
    int rank = 0;
    while (*s) {
        char *end = (char *)s + 1;
        dim[rank++] = *s == 'n' ? -1 : strtoll(s, &end, 10);
        s = *end == ',' ? end + 1 : end;
    }
    return rank;
}

static inline void model_input(struct model *m, const char *name, const char *dims)
{
    int64_t dim[8] = {0};
    int rank = model_dims(dims, dim);
    tv_onnx_add_input(m->p->graph, name, rank, dim);
}

static inline void model_output(struct model *m, const char *name)
{
    tv_onnx_add_output(m->p->graph, name, 0, NULL);
}

static inline float *model_weight(struct model *m, const char *name, const char *dims)
{
    int64_t dim[8] = {0}, n = 1;
    int rank = model_dims(dims, dim);
    float *w = tv_onnx_add_weight(m->p->graph, name, rank, dim);
    for (int i = 0; i < rank; i++) n *= dim[i];
    for (int64_t i = 0; i < n; i++) w[i] = 0.3f * (float)tv_rng_normal(&m->r);
    return w;
}

/* An int64 initialiser of one dimension. */
static inline void model_ints(struct model *m, const char *name, const char *values)
{
    int64_t v[16] = {0};
    int n = model_dims(values, v);
    tv_onnx_add_weight(m->p->graph, name, 1, &(int64_t){2 * n}); /* two floats make one int64 */
    Onnx__TensorProto *t = m->p->graph->initializer[m->p->graph->n_initializer - 1];
    t->data_type = ONNX__TENSOR_PROTO__DATA_TYPE__INT64;
    t->dims[0] = n;
    memcpy(t->raw_data.data, v, (size_t)n * sizeof *v);
}

static inline Onnx__NodeProto *model_node(struct model *m, const char *type, const char *out, const char *in,
                                          const char *attrs)
{
    char **inputs = tv_split_new(in, ',', NULL), **list = tv_split_new(attrs, ' ', NULL);
    Onnx__NodeProto *n = tv_onnx_add_node(m->p->graph, type, out, (const char *const *)inputs, out);
    for (int i = 0; list[i]; i++) {
        char *name = list[i] + 2, *value = strchr(list[i], '=');
        int64_t v[16];
        if (!value) continue;
        *value++ = 0;
        int count = model_dims(value, v);
        if (list[i][0] == 'i') tv_onnx_add_int(n, name, v[0]);
        if (list[i][0] == 'I') tv_onnx_add_ints(n, name, count, v);
    }
    tv_split_free(inputs);
    tv_split_free(list);
    return n;
}

/* The file's bytes; the model is freed. */
static inline void *model_bytes_new(struct model *m, size_t *n)
{
    void *bytes = tv_onnx_pack_new(m->p, n);
    onnx__model_proto__free_unpacked(m->p, NULL);
    return bytes;
}

static inline const char *model_load(struct model *m, struct tv_graph *g)
{
    size_t n;
    void *bytes = model_bytes_new(m, &n);
    const char *err = tv_onnx_parse(g, bytes, n, ".", true);
    free(bytes);
    return err;
}

#endif
