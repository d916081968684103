/* analysis/compare.h - the similarity of two models' neurons and the inheritance of their links, stream to
 * stream (SPEC 6.4): attributions, ranks and links of both models in, the tensors of tv-sim
 * (share/doc/tensors.md) out.
 *
 * Both models were run on the same images.  Classes are matched by name where both streams have names, else
 * by index; layers by name and number of neurons.  What has no match is left out and named in a warning.
 */
#ifndef TV_ANALYSIS_COMPARE_H
#define TV_ANALYSIS_COMPARE_H
#include "analysis/attribs.h"

/* Files of one model. */
struct tv_compare_files {
    const char *attribs;
    const char *ranks; /* tv-rank's output; NULL: none */
    const char *links; /* tv-weights' output; NULL: none */
};

struct tv_compare_options {
    struct tv_compare_files source, target;
    const char *by;            /* tensor of the images' classes */
    const char *layers;        /* NULL: all */
    struct tv_strings classes; /* empty: all that both streams have */
};

/* Tensors that were looked for in vain in one file. */
struct tv_compare_missing {
    char *first;
    int64_t n;
};

struct tv_compare_model {
    struct tv_attribs attribs;
    struct tv_set ranks, links;
    struct tv_compare_missing missing_ranks, missing_links;
};

/* One matched layer. */
struct tv_compare_layer {
    const char *name;
    int source, target; /* its index in the attributions of each model */
    int64_t neurons;    /* of either */
    int32_t *best; /* [neurons] the source neuron most similar to each target neuron, in the class at hand */
};

struct tv_compare {
    const struct tv_compare_options *o; /* borrowed */
    struct tv_compare_model source, target;
    struct tv_compare_layer *layer;
    int layers;
    struct tv_classes classes; /* chosen; the target's indices */
    int64_t *source_class; /* [target's census.classes] index of the same class in the source's, -1: none */
    int64_t zeros;         /* neurons without attribution, over classes, layers and models */
};

/* Reads everything and matches it, with warnings.  NULL or a message; a stream that is damaged dies in core.
 * tv_compare_close in either case. */
const char *tv_compare_open(struct tv_compare *c, const struct tv_compare_options *o);
/* Writes the result; warns of neurons without attribution and of tensors that ranks and links do not have.
 * NULL or a message: attributions that are not finite, indices beyond a layer. */
const char *tv_compare_run(struct tv_compare *c, struct tv_writer *w);
void tv_compare_close(struct tv_compare *c);

#endif
