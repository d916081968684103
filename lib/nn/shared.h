/* nn/shared.h - what two networks have in common: a fine-tuned network often keeps its source's first layers.
 */
#ifndef TV_NN_SHARED_H
#define TV_NN_SHARED_H
#include "nn/graph.h"

/* For every value of b the value of a that is the same function of the same input, or -1: nodes with equal
 * operators, attributes and constants, on equal inputs.  Both graphs have one input and are planned for the
 * same batch.  The caller frees it. */
int *tv_shared_new(const struct tv_graph *a, const struct tv_graph *b);

#endif
