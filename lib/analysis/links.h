/* analysis/links.h - the value of every link between consecutive layers, per image (SPEC.md 6.3; the
 * paper's 5.3.1).
 *
 *     v(a -> b) = max over output positions of  (input map of channel a) * W[b,a]    convolution, no bias
 *     v(a -> b) = sum over the positions p of channel a of  x[a,p] W[b,(a,p)]        fully connected
 *
 * The input map is the actual input of the second layer.  Which of its channels come from which neurons of
 * the first layer is the graph's knowledge (struct tv_link).
 */
#ifndef TV_ANALYSIS_LINKS_H
#define TV_ANALYSIS_LINKS_H
#include "core/stream.h"
#include "analysis/links_select.h"
#include "nn/graph.h"
#include "num/products.h"

/* One pair of layers, prepared. */
struct tv_link_map {
    const struct tv_graph *g;
    int a, b;           /* layers */
    int64_t na, nb;     /* neurons */
    int input;          /* value: the input of b, wanted in logical order (nn/infer.h) */
    int64_t row;        /* elements of one image of it */
    int64_t exist;      /* pairs of neurons that a weight joins */
    int64_t sources;    /* channels (or, after Flatten, groups of features) of the input that come from a */
    int64_t *source;    /* [sources] the neuron of a each one is */
    int64_t *first;     /* [sources + 1] fc: where its features start in `feature` */
    int64_t *feature;   /* fc: features of the input, grouped by source; conv: [sources] the channel */
    int64_t rows;       /* neurons of a that have sources */
    int64_t *row_first; /* [rows + 1] where a neuron's sources start */
    int64_t taps;       /* conv: kernel positions; 0: fully connected */
    float *packed;      /* weights, per source: panels of kernel columns */
    int64_t *offset;    /* [sources] where a source's weights start in `packed` */
    struct tv_products products; /* fc whose sources are single features: of `packed`; else without rows */
    int64_t group_out, group_in; /* conv: output and input channels of a group */
    const struct tv_node *node;
};
/* Prepares the pair `l`.  NULL or a message (kernels that are not two-dimensional). */
const char *tv_link_map_init(struct tv_link_map *m, const struct tv_graph *g, const struct tv_link *l);
void tv_link_map_release(struct tv_link_map *m);
/* Receives v[0..nb) of neuron a and one image, TV_LINK_NONE where no link exists and on to tv_link_row(nb).
 */
typedef void tv_link_take(void *to, int64_t image, int64_t a, const float *v);
/* The values of the images x[i] [row], row by row as tv_link_scan_row (analysis/links_select.h) wants them.
 */
void tv_link_values(const struct tv_link_map *m, int64_t images, const float *const *x, tv_link_take *take,
                    void *to);
/* The same into a scan, begun for as many images; rows are only made as far as they may be active. */
void tv_link_scan_values(const struct tv_link_map *m, const float *const *x, struct tv_link_scan *s);
/* mean [na][nb] of a fully-connected map's values from the mean input x [row]; NaN where no link exists. */
void tv_link_fc_mean(float *mean, const struct tv_link_map *m, const double *x);

/* ---- counting over a data set, class by class ---- */

struct tv_link_table;
/* All consecutive pairs among the chosen layers [g->n_layers].  `share` of the pairs counts 1 in each image.
 * Values are kept `tile` bytes at a time (0: 128 MiB). NULL or a message; *out is to be freed in either case.
 */
const char *tv_link_table_new(struct tv_link_table **out, const struct tv_graph *g, const bool *chosen,
                              double share, int64_t tile);
void tv_link_table_free(struct tv_link_table *t);
/* The values whose rows tv_link_table_add wants, in this order: inputs of the second layers, each once. */
int tv_link_table_inputs(const struct tv_link_table *t, const int **value);
/* Adds images: x[i] holds the rows of input i in logical order; images with label < 0 are left out. */
const char *tv_link_table_add(struct tv_link_table *t, int64_t images, float *const *x, const int32_t *label);
/* Writes the tensors of share/doc/tensors.md, classes in ascending order; `class_name` [classes] or NULL. */
void tv_link_table_write(const struct tv_link_table *t, struct tv_writer *w, char *const *class_name,
                         size_t classes);
/* Number of classes met so far. */
int tv_link_table_classes(const struct tv_link_table *t);
/* Bytes for one class at most: `held` by counts and sums, beside that while images pass and while links are
 * written; of so many images, -1: any number. */
struct tv_link_bytes {
    int64_t held, passing, writing;
};
struct tv_link_bytes tv_link_table_bytes(const struct tv_link_table *t, int64_t images);

#endif
