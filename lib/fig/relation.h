/* fig/relation.h - what the network relation view shows: per layer the important neurons of both models and
 * their similarities, between consecutive layers the important links of both (SPEC 6.2-6.4; the paper's
 * section 5.3).
 *
 * Matrices stand on the diagonal; their rows are the target's neurons at even positions, the source's at odd
 * ones, so that the corners between two matrices belong to one model each:
 *
 *     [ M0 ]  links     above the diagonal the model on M0's rows and M1's columns,
 *      links [ M1 ]     below it the other one
 */
#ifndef TV_FIG_RELATION_H
#define TV_FIG_RELATION_H
#include "fig/figure.h"
#include "fig/glyph.h"

struct tv_relation_layer {
    char *name;
    int64_t neurons[2];   /* of the source, the target model */
    int64_t important[2]; /* of them */
    int shown[2];         /* the first so many important ones; all the rest are "other" */
    int64_t *top[2];      /* [important] best first */
    int *place[2];        /* [neurons] position among the shown, -1: other */
    double *sim;          /* [neurons[source]][neurons[target]] */
    enum tv_side rows;    /* whose neurons are the rows */
};
struct tv_relation_link {
    int64_t a, b; /* from neuron a of the layer to neuron b of the next */
    double value; /* mean value */
    bool inherited;
    int64_t
        counterpart[2]; /* target links: the link between the most similar source neurons; -1: not known */
};
/* The important links between two consecutive layers of one model. */
struct tv_relation_links {
    bool known; /* false: no such set in the streams */
    int64_t n;
    struct tv_relation_link *at;
};
struct tv_relation {
    char *key, *text; /* <class> of the tensor names; "Class 3" */
    int n;
    struct tv_relation_layer *layer;    /* [n] */
    struct tv_relation_links *links[2]; /* [n - 1] of the source, the target model */
    bool inherited;                     /* is it known which links are? */
};
/* Reads --class, --layers (the deepest five unless given) and --top (10). */
const char *tv_relation_load(struct tv_relation *r, const struct tv_figure *f);
void tv_relation_release(struct tv_relation *r);
/* Smallest and largest value of the links of both models between layers i and i+1; false: there are none. */
bool tv_relation_range(const struct tv_relation *r, int i, double *lo, double *hi);
static inline enum tv_side tv_relation_columns(const struct tv_relation_layer *l)
{
    return l->rows == TV_SOURCE ? TV_TARGET : TV_SOURCE;
}
/* Similarity of the row neuron r and the column neuron c. */
static inline double tv_relation_sim(const struct tv_relation_layer *l, int64_t r, int64_t c)
{
    return l->rows == TV_SOURCE ? l->sim[r * l->neurons[1] + c] : l->sim[c * l->neurons[1] + r];
}

#endif
