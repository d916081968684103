/* nn/onnx_build.h - making and changing ONNX messages in memory; private to lib/nn.
 *
 * Everything hangs in the message and is allocated as protobuf-c's unpacker does it, so that
 * onnx__model_proto__free_unpacked() frees the whole.
 */
#ifndef TV_NN_ONNX_BUILD_H
#define TV_NN_ONNX_BUILD_H
#include <stdint.h>
#include "onnx.pb-c.h"

enum { TV_ONNX_IR = 7, TV_ONNX_OPSET = 13 };

/* An empty model of this program with a graph called `name`. */
Onnx__ModelProto *tv_onnx_model_new(const char *name);
/* A float input or output of the graph; dim[0] < 0: the symbolic batch "n". */
void tv_onnx_add_input(Onnx__GraphProto *g, const char *name, int rank, const int64_t *dim);
void tv_onnx_add_output(Onnx__GraphProto *g, const char *name, int rank, const int64_t *dim);
/* A node called `name` with one output; `inputs` is NULL-terminated. */
Onnx__NodeProto *tv_onnx_add_node(Onnx__GraphProto *g, const char *type, const char *name,
                                  const char *const *inputs, const char *output);
void tv_onnx_add_int(Onnx__NodeProto *n, const char *name, int64_t v);
void tv_onnx_add_ints(Onnx__NodeProto *n, const char *name, int count, const int64_t *v);
/* A float initialiser; its values, to be filled in. */
float *tv_onnx_add_weight(Onnx__GraphProto *g, const char *name, int rank, const int64_t *dim);
/* Gives an initialiser a new shape, as raw float data; its values, to be filled in. */
float *tv_onnx_reshape_weight(Onnx__TensorProto *t, int rank, const int64_t *dim);
/* The initialiser called `name`, or NULL. */
Onnx__TensorProto *tv_onnx_find_weight(const Onnx__GraphProto *g, const char *name);
/* The bytes of a model.  New buffer. */
void *tv_onnx_pack_new(const Onnx__ModelProto *m, size_t *n);

#endif
