/* nn/describe.h - what a model holds, as lines of a table (tv-info). */
#ifndef TV_NN_DESCRIBE_H
#define TV_NN_DESCRIBE_H
#include "core/table.h"
#include "nn/graph.h"

/* Does the file at `path` start like an ONNX model?  False for "-" and for what cannot be read. */
bool tv_onnx_is_file(const char *path);

/* file, layer, kind, node, shape, parameters, macs: a line for each input, layer and output.  Shapes are
 * those of a batch of N images; parameters and multiply-accumulates are empty for what is no layer. */
extern const char *const tv_describe_columns[];
void tv_describe(struct tv_table *t, const struct tv_graph *g, const char *file);
/* file, key, value: opset, layers, parameters, macs, and the operators with how often each occurs. */
void tv_describe_meta(struct tv_table *t, const struct tv_graph *g, const char *file);

#endif
