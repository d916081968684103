/* analysis/features.h - what neurons stand for: tv-features without its options.
 *
 * For the neurons asked for (analysis/neurons.h): feature images by activation maximisation (nn/maximise.h),
 * the patches of a dataset that they respond to most (analysis/patches.h); and the kernels of important links
 * (analysis/kernels.h).  A feature image of a convolution with small receptive fields is a texture: what is
 * written is its middle, twice a field wide, at least 32 pixels.
 */
#ifndef TV_ANALYSIS_FEATURES_H
#define TV_ANALYSIS_FEATURES_H
#include "analysis/patches.h"
#include "analysis/run.h"
#include "nn/maximise.h"

struct tv_features_options {
    const char *model, *weights, *data;
    const char *layers;                  /* NULL: all */
    const char *ranks, *discrim;         /* streams; NULL: none */
    const char *neurons;                 /* "conv1:3,fc6:12"; NULL: none */
    const char *links;                   /* stream; NULL: no kernels */
    const char *classes;                 /* of these streams; NULL: all */
    int64_t top;                         /* neurons a class and layer (ranks), a class (discrim) */
    int64_t patches;                     /* a neuron; 0: none */
    struct tv_maximise_options maximise; /* steps 0: no feature images */
};
struct tv_features {
    struct tv_features_options o;
    struct tv_run run;
    bool *chosen; /* [n_layers] */
    struct tv_neurons neurons;
    struct tv_set links;
    struct tv_maximise_input input;
};
/* NULL or a message. */
const char *tv_features_open(struct tv_features *f, const struct tv_features_options *o);
const char *tv_features_write(struct tv_features *f, struct tv_writer *w);
void tv_features_close(struct tv_features *f);
/* Multiply-adds of all that is to be done, bytes held (after a successful open). */
int64_t tv_features_macs(const struct tv_features *f);
int64_t tv_features_bytes(struct tv_features *f);

#endif
