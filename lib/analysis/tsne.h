/* analysis/tsne.h - t-SNE (SPEC 6.6): the map u [n,2] that makes Q like P.
 *
 *     KL(P||Q) = sum_ij p_ij log(p_ij / q_ij)      q_ij = 1 / (1 + |u_i - u_j|^2) / Z
 *
 * by gradient descent with momentum and one gain a coordinate (delta-bar-delta), P exaggerated at first;
 * constants as in scikit-learn, but for the learning rate after the exaggeration.  The gradient is written
 * without its factor 4: a learning rate of N/12 here is N/48 there.
 *
 * Maps of the same objects, such as embeddings of one set of images by successive checkpoints, are aligned by
 * descending together (dynamic t-SNE: Rauber, Falcao and Telea, 2016):
 *
 *     C = sum_t KL(P_t||Q_t) + (2 lambda / N) sum_t sum_i |u_i,t - u_i,t+1|^2
 *
 * so that in the units of the gradient above a point of one map is drawn to its own place in the map before
 * and in the map after with the force lambda / N times the distance; its neighbours draw it with half of the
 * distance^-1 / N when they are far.  What did not change stays in place, what did has to pay for moving.
 */
#ifndef TV_ANALYSIS_TSNE_H
#define TV_ANALYSIS_TSNE_H
#include <stdbool.h>
#include "num/student.h"

enum {
    TV_TSNE_PAIRS_MAX = 10000, /* up to so many points all pairs repel each other, beyond the particle mesh */
    TV_TSNE_EXACT_KL = 20000,  /* up to so many points the final KL runs over all pairs */
    TV_TSNE_EARLY = 250,       /* exaggerated iterations: so many, at most a third of all */
};

enum tv_tsne_repulsion { TV_TSNE_AUTO, TV_TSNE_PAIRS, TV_TSNE_MESH };

struct tv_tsne {
    int64_t iterations;
    double exaggeration;
    double learning_rate; /* 0: N/12 */
    double late_rate; /* after the exaggeration times this; the default rate is at no time under 200.  Four
                         times the rate ends 2 to 3 % lower in KL on MNIST, whatever N: steps that exaggerated
                         forces would make too long are short without */
    enum tv_tsne_repulsion repulsion;
    double align; /* lambda of aligned maps; nothing to a single one */
};

/* One of several maps of the same n objects, or the only one. */
struct tv_tsne_map {
    const struct tv_sparse *p;
    float *u; /* [n,2] */
    double z; /* after tv_tsne_run: the normalisation Z, over all pairs in double precision up to
                 TV_TSNE_EXACT_KL points, else from the mesh */
};

#define TV_TSNE_FAR 1e6f /* coordinates beyond are no map; far under TV_STUDENT_FAR */

/* Is the repulsion of n points by mesh? */
bool tv_tsne_meshed(const struct tv_tsne *o, int64_t n);

/* Start: the first two principal component scores of x [n,p] (columns centred), scaled as tv_tsne_scale does.
 * False when the rows do not differ. */
bool tv_tsne_start_pca(int64_t n, int64_t p, const float *x, float *u);
/* Moves the points by 1e-6, normally distributed: equal rows start apart, and every seed makes its own map.
 */
void tv_tsne_jitter(int64_t n, uint64_t seed, float *u);
/* Independent normal coordinates of standard deviation 1e-4. */
void tv_tsne_start_random(int64_t n, uint64_t seed, float *u);
/* Centres the map and scales it so that its first axis has a standard deviation of 1e-4; false when that is
 * 0. */
bool tv_tsne_scale(int64_t n, float *u);

/* Moves the points of all maps; NULL, or a message when they flew apart.  `progress` (or NULL) is called with
 * the number of iterations done. */
const char *tv_tsne_run(const struct tv_tsne *o, int64_t maps, struct tv_tsne_map *map,
                        void (*progress)(int64_t done));
/* Z of a map, as in struct tv_tsne_map. */
double tv_tsne_z(int64_t n, const float *u);
/* KL(P||Q) in double precision. */
double tv_tsne_kl(const struct tv_sparse *p, const float *u, double z);

#endif
