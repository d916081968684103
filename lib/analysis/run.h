/* analysis/run.h - a model over a dataset: opened together, checked against each other, batch by batch. */
#ifndef TV_ANALYSIS_RUN_H
#define TV_ANALYSIS_RUN_H
#include "data/dataset.h"
#include "nn/graph.h"

struct tv_run {
    struct tv_graph g;
    struct tv_dataset d;
    struct tv_batch b; /* the batch at hand; b.n == 0 at the end */
    float *x;          /* its images: rows of the model's input, in its layout */
    int64_t room;      /* images that x holds */
    int64_t done, classes;
};

/* Loads the model (weights: a .safetensors file or NULL), opens the dataset and checks that it fits; shows
 * progress under `what`.  Registers the model for the history.  NULL or a message. */
const char *tv_run_open(struct tv_run *r, const char *model, const char *weights, const char *data);
/* The network alone, with its normalisations folded; registered for the history. */
const char *tv_run_load(struct tv_graph *g, const char *model, const char *weights);
/* Do a dataset's images fit a network?  Sizes that the network leaves open become theirs; d gives them in the
 * layout of the network's input then.  NULL or a message. */
const char *tv_run_fits(struct tv_graph *g, struct tv_dataset *d);
/* The next at most `images` images.  NULL or a message: a label that the model has no class for. */
const char *tv_run_next(struct tv_run *r, int64_t images);
/* Has the network, which takes the same images as r->g, a class for every label of the batch at hand?  NULL or
 * a message. */
const char *tv_run_check_labels(const struct tv_run *r, const struct tv_graph *g);
void tv_run_close(struct tv_run *r);

/* The meta of n networks for an output: `model`, their names, and `layers`, each once, a line each. */
void tv_run_meta(struct tv_writer *w, const struct tv_graph *const *g, int n);
/* The chosen layers of a --layers list (NULL: all) as flags [g.n_layers]. */
const char *tv_run_layers_new(const struct tv_graph *g, const char *list, bool **chosen);
/* A place in the network whose values are wanted: a layer's output, or the (first) output of any ONNX node.
 */
struct tv_tap {
    const char *name; /* the layer's, or the node's in ONNX; borrowed from the graph */
    int value;
    int layer; /* -1: a node that is no layer */
};
/* The places that a --layers list selects, in graph order: its items are layers (names, ONNX names, globs,
 * ranges) or, when no layer goes by that, names and globs of ONNX nodes.  NULL: all layers.  NULL or a
 * message. */
const char *tv_run_taps_new(const struct tv_graph *g, const char *list, struct tv_tap **tap, int *n);
/* Class index of a name or number, by the dataset's names; a message names the nearest. */
const char *tv_run_class(const struct tv_run *r, const char *word, int64_t *index);

#endif
