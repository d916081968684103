/* analysis/kernels.h - what a link is made of: the slice of the second layer's weight between two neurons. */
#ifndef TV_ANALYSIS_KERNELS_H
#define TV_ANALYSIS_KERNELS_H
#include "core/stream.h"
#include "nn/graph.h"

/* kernel/<a>..<b> and kernel/<a>..<b>/link (share/doc/tensors.md) for the important links
 * links/<class>/<a>..<b>/top of tv-weights' stream, each once: of a convolution W[b,a], of a fully-connected
 * layer after a map its weights at the map's positions; one weight alone is no picture and left out.
 * `classes`: comma-separated, NULL: all. NULL or a message. */
const char *tv_kernels_write(struct tv_writer *w, const struct tv_graph *g, const struct tv_set *links,
                             const char *classes);

#endif
