/* nn/onnx_attr.c - attributes of a node by name. */
#include "nn/onnx_attr.h"
#include <stdlib.h>
#include <string.h>
#include "core/mem.h"
#include "nn/onnx.h"

/* Said by old versions of operators or by exporters; without meaning for the result. */
static const char *const ignored[] = {"consumed_inputs", "is_test", NULL};

static struct tv_attr_onnx *find(const struct tv_node *n, const char *name, enum tv_attr_kind kind)
{
    struct tv_attrs_onnx *a = n->attrs;
    for (int i = 0; a && i < a->n; i++) {
        if (strcmp(a->at[i].name, name)) continue;
        if (a->at[i].kind != kind) return NULL; /* stays unknown, and is named for it */
        a->at[i].known = true;
        return &a->at[i];
    }
    return NULL;
}

int64_t tv_attr_int(const struct tv_node *n, const char *name, int64_t otherwise)
{
    const struct tv_attr_onnx *a = find(n, name, TV_ATTR_INT);
    return a ? a->i : otherwise;
}

double tv_attr_float(const struct tv_node *n, const char *name, double otherwise)
{
    const struct tv_attr_onnx *a = find(n, name, TV_ATTR_FLOAT);
    return a ? a->f : otherwise;
}

const char *tv_attr_string(const struct tv_node *n, const char *name, const char *otherwise)
{
    const struct tv_attr_onnx *a = find(n, name, TV_ATTR_STRING);
    return a ? a->s : otherwise;
}

const int64_t *tv_attr_ints(const struct tv_node *n, const char *name, int *count)
{
    const struct tv_attr_onnx *a = find(n, name, TV_ATTR_INTS);
    *count = a ? a->count : 0;
    return a ? a->ints : NULL;
}

const float *tv_attr_floats(const struct tv_node *n, const char *name, int *count)
{
    const struct tv_attr_onnx *a = find(n, name, TV_ATTR_FLOATS);
    *count = a ? a->count : 0;
    return a ? a->floats : NULL;
}

const struct tv_tensor *tv_attr_tensor(const struct tv_node *n, const char *name)
{
    const struct tv_attr_onnx *a = find(n, name, TV_ATTR_TENSOR);
    return a ? a->t : NULL;
}

const char *tv_attr_unknown(const struct tv_node *n)
{
    const struct tv_attrs_onnx *a = n->attrs;
    for (int i = 0; a && i < a->n; i++) {
        bool skip = a->at[i].known;
        for (int k = 0; ignored[k]; k++) skip = skip || !strcmp(a->at[i].name, ignored[k]);
        if (!skip) return a->at[i].name;
    }
    return NULL;
}

static void release_one(struct tv_attr_onnx *a)
{
    free(a->name);
    free(a->s);
    free(a->ints);
    free(a->floats);
    if (a->t) tv_tensor_free(a->t);
}

void tv_attrs_onnx_free(void *attrs)
{
    struct tv_attrs_onnx *a = attrs;
    if (!a) return;
    for (int i = 0; i < a->n; i++) release_one(&a->at[i]);
    free(a->at);
    free(a);
}

static struct tv_attr_onnx *put(struct tv_node *n, const char *name, enum tv_attr_kind kind)
{
    if (!n->attrs) n->attrs = TV_NEW(struct tv_attrs_onnx);
    struct tv_attrs_onnx *a = n->attrs;
    int i = 0;
    while (i < a->n && strcmp(a->at[i].name, name)) i++;
    if (i == a->n)
        a->at = tv_realloc(a->at, (size_t)++a->n, sizeof *a->at);
    else
        release_one(&a->at[i]);
    a->at[i] = (struct tv_attr_onnx){.name = tv_strdup(name), .kind = kind};
    return &a->at[i];
}

void tv_attr_set_int(struct tv_node *n, const char *name, int64_t v) { put(n, name, TV_ATTR_INT)->i = v; }
void tv_attr_set_float(struct tv_node *n, const char *name, double v) { put(n, name, TV_ATTR_FLOAT)->f = v; }
void tv_attr_set_string(struct tv_node *n, const char *name, const char *v)
{
    put(n, name, TV_ATTR_STRING)->s = tv_strdup(v);
}
void tv_attr_set_ints(struct tv_node *n, const char *name, const int64_t *v, int count)
{
    struct tv_attr_onnx *a = put(n, name, TV_ATTR_INTS);
    a->ints = TV_ARRAY(int64_t, (size_t)count);
    memcpy(a->ints, v, (size_t)count * sizeof *v);
    a->count = count;
}

static bool equal(const struct tv_attr_onnx *a, const struct tv_attr_onnx *b)
{
    if (a->kind != b->kind || a->i != b->i || memcmp(&a->f, &b->f, sizeof a->f) || a->count != b->count)
        return false;
    if (!a->s != !b->s || (a->s && strcmp(a->s, b->s)) || !a->t != !b->t) return false;
    if (a->ints && b->ints && memcmp(a->ints, b->ints, (size_t)a->count * sizeof *a->ints)) return false;
    if (a->floats && b->floats && memcmp(a->floats, b->floats, (size_t)a->count * sizeof *a->floats))
        return false;
    return !a->t ||
           (a->t->dtype == b->t->dtype && tv_tensor_count(a->t) == tv_tensor_count(b->t) &&
            !memcmp(a->t->data, b->t->data, (size_t)tv_tensor_count(a->t) * tv_dtype_size(a->t->dtype)));
}

bool tv_attrs_onnx_equal(const void *a, const void *b)
{
    const struct tv_attrs_onnx *x = a, *y = b;
    int nx = x ? x->n : 0, ny = y ? y->n : 0;
    for (int i = 0; i < nx; i++) {
        bool found = false;
        for (int j = 0; j < ny && !found; j++)
            found = !strcmp(x->at[i].name, y->at[j].name) && equal(&x->at[i], &y->at[j]);
        if (!found) return false;
    }
    return nx == ny;
}
