/* fig/ranking.h - the neurons of a discrim stream, ordered by their domain discriminability |u| (SPEC 6.5).
 */
#ifndef TV_FIG_RANKING_H
#define TV_FIG_RANKING_H
#include "fig/figure.h"

struct tv_ranking {
    char *key;  /* <class> of the tensor names */
    char *text; /* "Class 3", "All classes" */
    int64_t n;  /* neurons */
    double *u;  /* [n] */
    int64_t *neuron;
    char *const *layer; /* [n], borrowed */
    int32_t *order;     /* [shown] neurons in the order asked for */
    int64_t shown;
    int64_t *rank; /* [n] from 1, the most discriminative */
};
/* Reads and orders them: --class, --layers, --order, and --top or `top`. */
const char *tv_ranking_load(struct tv_ranking *r, const struct tv_figure *f, int64_t top);
void tv_ranking_release(struct tv_ranking *r);
/* The tensor discrim/<class>/NAME; NULL when absent. */
const struct tv_tensor *tv_ranking_find(const struct tv_ranking *r, const struct tv_figure *f,
                                        const char *name);
/* "74 neurons · cross-validated accuracy 0.970 · proxy A-distance 1.88": what of it is known.  New string. */
char *tv_ranking_text_new(const struct tv_ranking *r, const struct tv_figure *f);

#endif
