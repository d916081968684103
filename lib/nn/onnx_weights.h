/* nn/onnx_weights.h - weights given beside a model (--weights FILE.safetensors), matched by name and shape;
 * private to lib/nn. */
#ifndef TV_NN_ONNX_WEIGHTS_H
#define TV_NN_ONNX_WEIGHTS_H
#include "core/stream.h"

struct tv_onnx_weights {
    struct tv_set set; /* empty: none were given */
    bool *used;        /* per tensor */
};
/* `path` NULL: none. */
const char *tv_onnx_weights_read(struct tv_onnx_weights *w, const char *path);
void tv_onnx_weights_release(struct tv_onnx_weights *w);
/* The tensor called `name`, NULL when there is none; it counts as used then.  Borrowed. */
const struct tv_tensor *tv_onnx_weights_find(struct tv_onnx_weights *w, const char *name);
/* Checks the shape: -1 in `dim` goes with anything. */
const char *tv_onnx_weights_fit(const struct tv_tensor *t, int rank, const int64_t *dim);
/* Warns about tensors that no name asked for; a message when that is all of them. */
const char *tv_onnx_weights_report(const struct tv_onnx_weights *w);

#endif
