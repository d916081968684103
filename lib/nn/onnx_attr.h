/* nn/onnx_attr.h - a node's decoded ONNX attributes (tv_node.attrs); private to lib/nn.  The accessors are in
 * nn/onnx.h; asking for an attribute marks it as known. */
#ifndef TV_NN_ONNX_ATTR_H
#define TV_NN_ONNX_ATTR_H
#include "nn/graph.h"

enum tv_attr_kind {
    TV_ATTR_INT,
    TV_ATTR_FLOAT,
    TV_ATTR_STRING,
    TV_ATTR_INTS,
    TV_ATTR_FLOATS,
    TV_ATTR_TENSOR,
    TV_ATTR_OTHER
};

struct tv_attr_onnx {
    char *name;
    enum tv_attr_kind kind;
    bool known; /* the operator asked for it */
    int64_t i;
    double f;
    char *s;
    int64_t *ints;
    float *floats;
    int count; /* of ints or floats */
    struct tv_tensor *t;
};
struct tv_attrs_onnx {
    int n;
    struct tv_attr_onnx *at;
};

void tv_attrs_onnx_free(void *attrs); /* struct tv_attrs_onnx * or NULL */
/* The same attributes with the same values, in any order; NULL: none. */
bool tv_attrs_onnx_equal(const void *a, const void *b);
/* Sets or replaces an attribute of a node that is built in memory. */
void tv_attr_set_int(struct tv_node *n, const char *name, int64_t v);
void tv_attr_set_float(struct tv_node *n, const char *name, double v);
void tv_attr_set_string(struct tv_node *n, const char *name, const char *v);
void tv_attr_set_ints(struct tv_node *n, const char *name, const int64_t *v, int count);
/* The first attribute that the operator did not ask for, or NULL. */
const char *tv_attr_unknown(const struct tv_node *n);

#endif
