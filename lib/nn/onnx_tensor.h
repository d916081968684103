/* nn/onnx_tensor.h - work on ONNX messages: tensors, functions, nesting; private to lib/nn. */
#ifndef TV_NN_ONNX_TENSOR_H
#define TV_NN_ONNX_TENSOR_H
#include "core/tensor.h"
#include "onnx.pb-c.h"

/* A new tensor with the data of `t`, wherever it lies; raw data may leave the message.  `dir` holds the
 * external files.  NULL or a message. */
const char *tv_onnx_tensor_new(struct tv_tensor **out, Onnx__TensorProto *t, const char *dir);
/* Fails where messages nest deeper than any model does: protobuf-c unpacks by recursion. */
const char *tv_onnx_check_depth(const ProtobufCMessageDescriptor *d, const uint8_t *p, size_t n, int depth);
/* Replaces calls of the model's own functions by their nodes. */
const char *tv_onnx_inline(Onnx__ModelProto *m);

#endif
