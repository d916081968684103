/* analysis/domains.h - domain discriminability from stream to stream (SPEC 6.5): attributions of one model on
 * both domains and its ranks in, the tensors of tv-discrim (share/doc/tensors.md) out.
 *
 * For a class the columns are its important neurons of the chosen layers, layers in order, each best first.
 * For all classes together they are those with the largest sums of ranks over the classes that were ranked,
 * as many of each layer.  Without ranks every neuron is a column, by index.
 */
#ifndef TV_ANALYSIS_DOMAINS_H
#define TV_ANALYSIS_DOMAINS_H
#include "analysis/attribs.h"
#include "analysis/discrim.h"

struct tv_domains_options {
    const char *source, *target; /* attributions of one model, for the images of each domain */
    const char *neurons;         /* tv-rank's output for the target images; NULL: none */
    const char *by;              /* tensor of the images' classes; needless for `all` */
    const char *layers;          /* NULL: all */
    struct tv_strings classes;   /* empty: `all`, every image whatever its class */
    struct tv_discrim_options discrim;
};

/* One column: a neuron of a layer. */
struct tv_domains_column {
    int layer; /* of struct tv_domains */
    int32_t neuron;
};

struct tv_domains {
    const struct tv_domains_options *o; /* borrowed */
    struct tv_attribs source, target;
    struct tv_set neurons;
    int layers;
    int *source_layer, *target_layer; /* [layers] index in the attributions of each domain */
    int64_t *source_class; /* by the target's index: the source's index of the same class, or -1; as long as
                            * the longer of both censuses */
    struct tv_classes classes; /* the target's indices; .all: also all classes together */
};

/* Reads everything.  NULL or a message; a stream that is damaged dies in core.  tv_domains_close in either
 * case. */
const char *tv_domains_open(struct tv_domains *d, const struct tv_domains_options *o);
/* Writes the result of every class; says which could not be validated.  NULL or a message. */
const char *tv_domains_run(struct tv_domains *d, struct tv_writer *w);
void tv_domains_close(struct tv_domains *d);

/* The columns for a class (TV_ALL_CLASSES: all together); the caller frees *columns.  NULL or a message. */
const char *tv_domains_columns_new(struct tv_domains_column **columns, int64_t *n, const struct tv_domains *d,
                                   int32_t class);

#endif
