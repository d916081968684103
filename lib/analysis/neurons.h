/* analysis/neurons.h - which neurons of a network are asked for: important ones of a rank stream, the most
 * discriminative ones of tv-discrim's, or a list. */
#ifndef TV_ANALYSIS_NEURONS_H
#define TV_ANALYSIS_NEURONS_H
#include "core/stream.h"
#include "nn/graph.h"

/* Of each layer, each neuron once, in the order in which they were added. */
struct tv_neurons {
    const struct tv_graph *g; /* borrowed */
    const bool *chosen;       /* [n_layers] layers that count; borrowed */
    int32_t **at;             /* [n_layers][n] */
    int64_t *n;               /* [n_layers] */
    size_t *cap;
};
void tv_neurons_init(struct tv_neurons *s, const struct tv_graph *g, const bool *chosen);
void tv_neurons_release(struct tv_neurons *s);
int64_t tv_neurons_count(const struct tv_neurons *s);

/* These add; NULL or a message: a layer or neuron that the network does not have, a class that is not there.
 */

/* The first `top` of every top/<class>/<layer>.  `classes`: comma-separated, NULL: all of the stream. */
const char *tv_neurons_ranked(struct tv_neurons *s, const struct tv_set *ranks, const char *classes,
                              int64_t top);
/* The `top` with the largest |u| of every discrim/<class>/u. */
const char *tv_neurons_discriminative(struct tv_neurons *s, const struct tv_set *discrim, const char *classes,
                                      int64_t top);
/* "conv1:3,fc6:12" */
const char *tv_neurons_listed(struct tv_neurons *s, const char *list);

/* Does `classes` (NULL: any) hold the <class> of a tensor's name?  `names`: the stream's meta `classes`. */
const char *tv_neurons_class(bool *is, const char *class, const char *classes, const char *names);

#endif
