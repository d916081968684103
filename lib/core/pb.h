/* core/pb.h - an ONNX TensorProto (the .pb files of ONNX test cases, the initialisers of a model) as a
 * tensor. Functions return NULL or a message (tv_msg). */
#ifndef TV_CORE_PB_H
#define TV_CORE_PB_H
#include "core/tensor.h"

struct Onnx__TensorProto; /* protobuf-c's, from onnx.proto */

/* The dtype of an ONNX DataType, 0 where there is none here; its name in ONNX, for messages. */
enum tv_dtype tv_pb_dtype(int32_t type);
const char *tv_pb_type_name(int32_t type);

/* A new tensor, owned by the caller; `name` NULL: the proto's own.  External data are refused. */
const char *tv_pb_tensor_new(struct tv_tensor **t, const struct Onnx__TensorProto *p, const char *name);
/* The same, but raw data at a 64-byte boundary become the tensor's and leave the proto. */
const char *tv_pb_tensor_take_new(struct tv_tensor **t, struct Onnx__TensorProto *p, const char *name);
/* A new tensor from a file's bytes. */
const char *tv_pb_parse_new(struct tv_tensor **t, const void *bytes, size_t n, const char *name);

#endif
