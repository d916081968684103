/* nn/model.h - a network to be trained: its graph, and the ONNX bytes that it is written back into. */
#ifndef TV_NN_MODEL_H
#define TV_NN_MODEL_H
#include "core/output.h"
#include "nn/graph.h"

struct tv_model {
    struct tv_graph g;
    void *bytes; /* the model as loaded; g's weights replace its own when it is written */
    size_t n;
};
/* From a file (weights: a .safetensors file or NULL).  Functions return NULL or a message that names the
 * file; on error nothing is left behind. */
const char *tv_model_load(struct tv_model *m, const char *path, const char *weights);
/* A named architecture (nn/arch.h) for images [c,h,w] and k classes, with weights from the seed. */
const char *tv_model_new(struct tv_model *m, const char *arch, int64_t c, int64_t h, int64_t w, int64_t k,
                         uint64_t seed);
/* Replaces the last layer by one of k outputs (nn/head.h). */
const char *tv_model_head(struct tv_model *m, int64_t k, uint64_t seed);
/* Writes the model with the present weights and closes the output. */
const char *tv_model_write(const struct tv_model *m, struct tv_output *o);
void tv_model_release(struct tv_model *m);

#endif
